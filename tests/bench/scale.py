"""``python -m tests.bench.scale DATA [N ...]``: seconds and memory of each stage on many fragments of natural text.

The text is Dutch of Tatoeba (CC BY 2.0 FR), 40 remarks a session by 6 speakers. Two coders coded theme and polarity of
the first 1,000, by turns and not by reading: it is what codings cost that is measured, not what they are worth. Every
stage runs in its own process, so that its peak of memory is its own.
"""

import csv
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from pipeline.core.study import open_study
from pipeline.run import runner
from pipeline.run.stages import JOBS

SIZES = (1_000, 10_000)
PER_SESSION = 40
SPEAKERS = 6
MIN_WORDS = 5
CODED = 1_000
THEMES = ("nabijheid", "grenzen", "vertrouwen", "wederkerigheid")
SETTINGS = """
[study]
name = "scale"
[embeddings]
encoder = "bundled-static"
[agreement]
resamples = 100
permutations = 99
[diagnosis]
resamples = 100
permutations = 99
draws = 0
refits = 0
"""


def make_study(folder: Path, texts: list[str]) -> None:
    """Write notes of sessions with speakers, the codebook of the example, and the codings of two coders."""
    (folder / "sources").mkdir(parents=True)
    (folder / "codings").mkdir()
    (folder / "study.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copy(Path(__file__).parents[2] / "data" / "example" / "codebook.csv", folder)
    for start in range(0, len(texts), PER_SESSION):
        lines = [f"D{i % SPEAKERS + 1}: {text}" for i, text in enumerate(texts[start : start + PER_SESSION])]
        path = folder / "sources" / f"tafel-{start // PER_SESSION:05d}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for coder, turns in (("a", 5), ("b", 4)):
        with (folder / "codings" / f"coder-{coder}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("session", "quote", "theme", "polarity"))
            for i, text in enumerate(texts[:CODED]):
                theme = THEMES[i // PER_SESSION % 4 if i % turns else i % 4]
                rows.writerow((f"tafel-{i // PER_SESSION:05d}", text, theme, "kans" if i % 3 else "knelpunt"))


def read_texts(data: Path, n: int) -> list[str]:
    """Give n sentences spread over the file, in its order."""
    path = data / "embedding" / "tatoeba" / "nld-mono-union.txt"
    lines = dict.fromkeys(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    long_enough = [line for line in lines if len(line.split()) >= MIN_WORDS and ":" not in line]
    step = max(len(long_enough) // n, 1)
    return long_enough[::step][:n]


def run_alone(folder: Path, stage: str) -> tuple[float, float, float]:
    """Run a stage in a process of its own; gives seconds on the clock, of the processor, and MB at the peak."""
    started = time.monotonic()
    child = os.fork()
    if not child:
        try:
            runner.run_stage(open_study(folder), stage)
        except BaseException as error:
            sys.stderr.write(f"{stage}: {error}\n")
            os._exit(1)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"stage '{stage}' did not finish")
    return time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Print a line for each stage and size, as a table."""
    data = Path(sys.argv[1])
    sizes = tuple(int(word.replace("_", "")) for word in sys.argv[2:]) or SIZES
    sys.stdout.write("fragments\tstage\tseconds\tprocessor\tMB\n")
    for n in sizes:
        folder = Path(tempfile.mkdtemp(prefix="dialoogtafel-scale-"))
        try:
            make_study(folder, read_texts(data, n))
            for stage in JOBS["analyse"]:
                seconds, processor, peak = run_alone(folder, stage)
                sys.stdout.write(f"{n}\t{stage}\t{seconds:.1f}\t{processor:.1f}\t{peak:.0f}\n")
                sys.stdout.flush()
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
