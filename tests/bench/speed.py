"""Seconds, processor seconds and memory of whole commands, beside what is to be reached and BERTopic written by hand.

Each figure is the median of some runs, with the lowest and the highest. A figure that cannot be taken is said to be
absent, and loses no other.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from pipeline.core.tables import read_table
from pipeline.core.vocabulary import SYNTHESIS_CODER, Kind, Scheme
from tests.bench import scale
from tests.bench.flows import EXAMPLE, copy_study
from tests.bench.measuring import Measured, measure

ROOT = Path(__file__).parents[2]
ENCODER = ROOT / "models" / "bundled" / "encoder"
DIALOOGTAFEL = [sys.executable, "-m", "pipeline"]
BY_HAND = Path(__file__).with_name("default_bertopic.py")
RECORD = ROOT / "docs" / "bench.tsv"
HEADER = ("date", "commit", "cores", "load", "figure", "median", "lowest", "highest", "runs", "unit", "reach")
OFTEN, COSTLY = 5, 3
DEFAULT_SETTINGS = """
[study]
name = "scale"
"""
IMPORT = "import time; t = time.perf_counter(); import pipeline; print(time.perf_counter() - t)"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of one thing.

    Attributes:
        name: what it is.
        values: of each run; empty where it could not be taken.
        unit: of the values.
        reach: what the median is to be, at most; of a ratio, at least.
    """

    name: str
    values: Sequence[float]
    unit: str
    reach: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it was taken and the reach is reached, where there is one."""
        if not self.values:
            return False
        found = median(self.values)
        return self.reach is None or (found >= self.reach if self.unit == "times" else found <= self.reach)

    def __str__(self) -> str:
        """Give a line for people."""
        if not self.values:
            return f"{self.name:<44} could not be taken"
        low, high = min(self.values), max(self.values)
        reach = "" if self.reach is None else f"   reach {self.reach:g}{'' if self.holds else ': not reached'}"
        spread = f"[{low:.2f}, {high:.2f}] of {len(self.values)}"
        return f"{self.name:<44}{median(self.values):8.2f} {self.unit:<6} {spread}{reach}"


class Bench:
    """Takes the figures of the speed of the library in a folder of its own."""

    def __init__(self, report: Path, data: Path, folder: Path) -> None:
        """Say what to measure on.

        Args:
            report: the real report.
            data: the folder with sentences of Tatoeba, for many fragments.
            folder: an empty one, for what is made.
        """
        self.report, self.data, self.folder = report, data, folder
        self.by_hand: list[dict[str, list]] = []

    def measure(self) -> Iterator[Figure]:
        """Give each figure as soon as it is taken, cheap ones first."""
        for take in (
            self._start, self._real_report, self._unchanged, self._example, self._table, self._renamed, self._corrected,
            self._two_thousand, self._ten_thousand,
        ):  # fmt: skip
            try:
                yield from take()
            except (Exception, SystemExit) as error:
                yield Figure(f"({take.__name__.strip('_')} stopped: {str(error)[-300:]})", (), "")

    def _start(self) -> Iterator[Figure]:
        yield _seconds("--help", _repeat(OFTEN, [*DIALOOGTAFEL, "--help"]), 0.4)
        imports = _repeat(OFTEN, [sys.executable, "-c", IMPORT])
        yield Figure("import of pipeline", [float(run.output) for run in imports], "s", 0.2)
        checks = []
        for i in range(OFTEN):
            study = copy_study(EXAMPLE, self.folder / f"check-{i}")
            checks.append(measure([*DIALOOGTAFEL, "check", str(study)]))
        yield _seconds("check of twelve notes", checks, 2.0)

    def _real_report(self) -> Iterator[Figure]:
        cold, by_hand = [], []
        for i in range(OFTEN):
            out = self.folder / f"run-{i}"
            cold.append(measure([*DIALOOGTAFEL, "analyse", str(self.report), "--out", str(out), "--plain"]))
            with suppress(SystemExit):  # a figure that lacks is said to; ours is measured all the same
                if i < COSTLY:
                    encoder = [str(ENCODER)] if ENCODER.is_dir() else []
                    by_hand.append(measure([sys.executable, str(BY_HAND), *encoder], read_statements(out)[0]))
        self.by_hand = [json.loads(run.output) for run in by_hand]
        yield _seconds("real report, cold", cold, 12)
        yield _processor("real report, cold", cold)
        yield from _peaks("real report, cold", cold)
        yield _seconds("BERTopic by hand, in turn with it", by_hand)
        pairs = zip(by_hand, cold, strict=False)
        yield Figure("by hand / real report, cold", [hand.seconds / own.seconds for hand, own in pairs], "times", 2.5)

    def _unchanged(self) -> Iterator[Figure]:
        command = [*DIALOOGTAFEL, "analyse", str(self.report), "--out", str(self.folder / "run-0"), "--plain"]
        yield _seconds("real report, nothing changed", _repeat(OFTEN, command), 1.5)

    def _example(self) -> Iterator[Figure]:
        runs = []
        for i in range(COSTLY):
            study = copy_study(EXAMPLE, self.folder / f"example-{i}")
            runs.append(measure([*DIALOOGTAFEL, "analyse", str(study), "--plain"]))
        yield _seconds("example, cold", runs, 15)
        yield _processor("example, cold", runs)
        yield from _peaks("example, cold", runs, 0.6)

    def _table(self) -> Iterator[Figure]:
        command = [*DIALOOGTAFEL, "table", str(self.folder / "example-0"), "topics"]
        yield _seconds("table", _repeat(OFTEN, command), 0.6)

    def _renamed(self) -> Iterator[Figure]:
        yield _seconds("compare, a theme renamed", self._after(self._rename, self.folder / "example-1"), 3)

    def _corrected(self) -> Iterator[Figure]:
        yield _seconds("compare, a coding corrected", self._after(self._correct, self.folder / "example-2"), 8)

    @staticmethod
    def _after(change: Callable[[Path, int], None], study: Path) -> list[Measured]:
        runs = []
        for i in range(COSTLY):
            change(study, i)
            runs.append(measure([*DIALOOGTAFEL, "compare", str(study), "--plain"]))
        return runs

    @staticmethod
    def _rename(study: Path, i: int) -> None:
        theme = read_table(study / "results" / "themes.parquet", "themes")["theme_id"].iloc[0]
        measure([*DIALOOGTAFEL, "decide", str(study), "rename", str(theme), f"Naam {i}", "--who", "bench"])

    @staticmethod
    def _correct(study: Path, i: int) -> None:
        path = study / "codings" / "coder-a.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        changed = next(n for n in range(1 + i, len(lines)) if ",kans," in lines[n])
        lines[changed] = lines[changed].replace(",kans,", ",knelpunt,")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _two_thousand(self) -> Iterator[Figure]:
        return self._many(2_000, 60)

    def _ten_thousand(self) -> Iterator[Figure]:
        return self._many(10_000, 150, peak=1.0)

    def _many(self, n: int, reach: float, peak: float | None = None) -> Iterator[Figure]:
        study = self.folder / f"many-{n}"
        scale.make_study(study, scale.read_texts(self.data, n))
        (study / "study.toml").write_text(DEFAULT_SETTINGS, encoding="utf-8")
        runs = _repeat(1, [*DIALOOGTAFEL, "analyse", str(study), "--plain"])
        shutil.rmtree(study)
        yield _processor(f"{n:,} fragments, cold", runs, reach)
        yield from _peaks(f"{n:,} fragments, cold", runs, peak)


def _repeat(times: int, command: list[str]) -> list[Measured]:
    return [measure(command) for _ in range(times)]


def _seconds(name: str, runs: Sequence[Measured], reach: float | None = None) -> Figure:
    return Figure(name, [run.seconds for run in runs], "s", reach)


def _processor(name: str, runs: Sequence[Measured], reach: float | None = None) -> Figure:
    return Figure(f"{name}, processor", [run.processor for run in runs], "s", reach)


def _peaks(name: str, runs: Sequence[Measured], reach: float | None = None) -> Iterator[Figure]:
    """Give the peak of the largest process, and that of all together, which is what a machine must have."""
    yield Figure(f"{name}, peak of the largest process", [run.peak_gb for run in runs], "GB")
    yield Figure(f"{name}, peak of all processes", [run.together_gb for run in runs], "GB", reach)


def read_statements(out: Path) -> tuple[str, list[str]]:
    """Give the statements and quotes that carry a theme, one a line, and their themes."""
    fragments = read_table(out / "results" / "fragments.parquet", "fragments")
    codings = read_table(out / "results" / "human_codings.parquet", "human_codings")
    themes = codings[(codings["coder"] == SYNTHESIS_CODER) & (codings["scheme"] == Scheme.THEME)]
    coded = fragments[fragments["kind"].isin([Kind.STATEMENT, Kind.QUOTE])].merge(
        themes[["fragment_id", "code"]], on="fragment_id", validate="one_to_one"
    )
    return "\n".join(json.dumps(text) for text in coded["text"]), coded["code"].tolist()


def keep(figure: Figure) -> None:
    """Add a figure to the record, beside what the machine was doing: figures of a busy machine are no figures."""
    if not figure.values:
        return
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    numbers = [f"{value:.2f}" for value in (median(figure.values), min(figure.values), max(figure.values))]
    row = [
        datetime.now(UTC).date().isoformat(), commit.stdout.strip(), os.cpu_count(), f"{os.getloadavg()[0]:.1f}",
        figure.name, *numbers, len(figure.values), figure.unit, "" if figure.reach is None else f"{figure.reach:g}",
    ]  # fmt: skip
    is_new = not RECORD.exists()
    with RECORD.open("a", encoding="utf-8", newline="") as record:
        writer = csv.writer(record, delimiter="\t", lineterminator="\n")
        if is_new:
            writer.writerow(HEADER)
        writer.writerow(row)
