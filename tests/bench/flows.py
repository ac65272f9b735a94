"""``python -m tests.bench.flows``: what a run costs where nothing, a name, a coding or a session is new; and Prefect.

Processor seconds of the commands; a server of this machine works beside them and is not counted.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from pipeline.core.study import open_study
from pipeline.run.history import latest_run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data" / "example"
COMMAND = [sys.executable, "-m", "pipeline"]
REPEATED = 3
LAST_SESSION = "tafel-12.md"


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
    """Print all figures."""
    place = Path(tempfile.mkdtemp(prefix="dialoogtafel-bench-"))
    try:
        measure(place)
    finally:
        shutil.rmtree(place)


def measure(place: Path) -> None:
    """Measure in a folder."""
    study, home = place / "study", place / "home"
    shutil.copytree(EXAMPLE, study, ignore=shutil.ignore_patterns("results", "runs", "report.*", "themes.json"))
    added = study / "sources" / LAST_SESSION
    aside = added.rename(place / LAST_SESSION)
    show("all sessions but one, from nothing, plain", run(study, home, "--plain"))
    aside.rename(added)
    more = run(study, home, "--plain")
    shutil.copytree(study, place / "full", ignore=shutil.ignore_patterns("results", "runs", "report.*", "themes.json"))
    full = run(place / "full", home, "--plain")
    show("all sessions, from nothing, plain", full)
    show("one session added, plain", more, f"{more[1] / full[1]:.0%} of all from nothing")
    unchanged = [run(study, home, "--plain") for _ in range(REPEATED)]
    show("nothing changed, plain", tuple(map(median, zip(*unchanged, strict=True))))  # type: ignore[arg-type]
    unchanged = [run(study, home) for _ in range(REPEATED)]
    show("nothing changed, with Prefect", tuple(map(median, zip(*unchanged, strict=True))))  # type: ignore[arg-type]
    settings = study / "study.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[study]", '[study]\nlanguage = "en"', 1).replace('language = "nl"\n', ""))
    show("another language of the report, plain", run(study, home, "--plain"), ran(study))
    settings.write_text(text, encoding="utf-8")
    run(study, home, "--plain")
    plain = run(study, home, "--plain", "--force")
    cold = run(study, home, "--force")
    show("all again, plain", plain)
    show("all again, with Prefect and a new home", cold, f"{cold[0] - plain[0]:+.1f} s on the clock")


def ran(study: Path) -> str:
    """Name the stages that ran."""
    last = latest_run(open_study(study))
    stages = last.manifest["stages"] if last else []
    return ", ".join(stage["stage"] for stage in stages if not stage["skipped"]) or "nothing ran"


if __name__ == "__main__":
    main()
