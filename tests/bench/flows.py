"""``python -m tests.bench.flows [STUDY]``: what a run costs where nothing or a session is new, and what Prefect adds.

Processor seconds of the commands; a server of this machine works beside them and is not counted. What Prefect adds is
the time on the clock of a whole run from nothing: of the command with a new home, and of the flow in a process that has
run it before, as a worker does, each against the command ``--plain``. Medians.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import pandas as pd

from pipeline.core.study import open_study
from pipeline.run.history import latest_run
from pipeline.run.job_process import Follower

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data" / "example"
COMMAND = [sys.executable, "-m", "pipeline"]
REPEATED = 3
SHOWN = 8
MADE = ("results", "runs", "cache", "export", "report.*", "annex.html", "explorer.html", "*themes.json*", ".lock")


def run(folder: Path, home: Path, *words: str) -> tuple[float, float]:
    """Analyse a study; gives seconds on the clock and of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env = kept | {"PREFECT_HOME": str(home)}
    subprocess.run([*COMMAND, "analyse", str(folder), *words], env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show(name: str, seconds: tuple[float, float], note: str = "") -> None:
    """Print a line."""
    sys.stdout.write(f"{name:<44}{seconds[0]:>8.1f} s  {seconds[1]:>8.1f} s processor  {note}\n")
    sys.stdout.flush()


def main() -> None:
    """Print all figures, of the example or of a study that is given."""
    given = Path(sys.argv[1]) if sys.argv[1:] else EXAMPLE
    place = Path(tempfile.mkdtemp(prefix="dialoogtafel-bench-"))
    try:
        measure(given, place)
    finally:
        shutil.rmtree(place)


def copy_study(source: Path, target: Path) -> Path:
    """Copy what was given of a study, and nothing that was made of it."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns(*MADE)))


def take_median(measured: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Give the medians of seconds on the clock and of the processor."""
    clock, processor = zip(*measured, strict=True)
    return median(clock), median(processor)


def measure(given: Path, place: Path) -> None:
    """Measure in a folder."""
    home = place / "home"
    study = measure_added(given, place, home)
    show("nothing changed, plain", take_median(run(study, home, "--plain") for _ in range(REPEATED)))
    show("nothing changed, with Prefect", take_median(run(study, home) for _ in range(REPEATED)))
    found = {}
    for name, words in (("plain", ("--plain",)), ("with Prefect and a new home", ())):
        measured = []
        for i in range(REPEATED):
            measured.append(run(study, place / f"home-{i}", "--force", *words))
        found[name] = take_median(measured)
        show(f"all made again, {name}", found[name])
    plain, cold = found.values()
    in_worker = measure_worker(study, home)
    show("all made again, in a running worker", (in_worker, 0.0))
    sys.stdout.write(f"Prefect adds, cold: {cold[0] - plain[0]:.1f} s on the clock\n")
    sys.stdout.write(f"Prefect adds, in a running worker: {in_worker - plain[0]:.1f} s on the clock\n")


def measure_added(given: Path, place: Path, home: Path) -> Path:
    """Measure what the last session by name costs more, coded by people and not yet coded; gives a finished study."""
    study = copy_study(given, place / "study")
    added = max((study / "sources").iterdir())
    aside = added.rename(place / added.name)
    show("all sessions but one, from nothing, plain", run(study, home, "--plain"))
    uncoded = Path(shutil.copytree(study, place / "uncoded"))
    leave_out_codings(uncoded, added.stem)
    run(uncoded, home, "--plain")
    full = run(copy_study(given, place / "full"), home, "--plain")
    show("all sessions, from nothing, plain", full, took(place / "full"))
    for name, grown in (("coded", study), ("not yet coded", uncoded)):
        shutil.copy(aside, grown / "sources")
        more = run(grown, home, "--plain")
        show(f"one session added, {name}, plain", more, f"{more[1] / full[1]:.0%} of all from nothing; {took(grown)}")
    return study


def leave_out_codings(study: Path, session: str) -> None:
    """Take the manual codings of a session out of sheets that name it in a column ``session``."""
    for path in (study / "codings").glob("*.csv"):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows[rows["session"] != session].to_csv(path, index=False)


def took(study: Path) -> str:
    """Name the stages that took longest in the last run, in seconds on the clock."""
    last = latest_run(open_study(study))
    stages = sorted(last.manifest["stages"] if last else [], key=lambda stage: -stage["seconds"])
    return ", ".join(f"{stage['stage']} {stage['seconds']:.1f}" for stage in stages[:SHOWN])


def measure_worker(study: Path, home: Path) -> float:
    """Give the seconds of a flow that makes all again, in a process that has run it before."""
    os.environ["PREFECT_HOME"] = str(home)
    from flows.analyse import run as run_flow
    from flows.guard import on_a_server

    with on_a_server():
        seconds = []
        for _ in range(REPEATED + 1):
            started = time.monotonic()
            run_flow(study, overrides={}, force=True, follower=Follower())
            seconds.append(time.monotonic() - started)
    # The first one imports what it needs.
    return median(seconds[1:])


if __name__ == "__main__":
    main()
