"""A small study: a few tables of the example, with what the two coders said of them."""

import csv
import fcntl
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
SETTINGS = """
[study]
name = "Proef"
invented = true

[tokens]
tagger = "simplemma"

[embeddings]
encoder = "tfidf-svd"

[agreement]
resamples = 100
permutations = 99

[diagnosis]
draws = 0
refits = 0
"""


def make_small_study(folder: Path, tables: tuple[str, ...] = ("tafel-01", "tafel-02")) -> Path:
    (folder / "sources").mkdir(parents=True)
    (folder / "codings").mkdir()
    (folder / "study.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copy(EXAMPLE / "codebook.csv", folder)
    for source in EXAMPLE.glob("sources/*"):
        if source.stem in tables:
            shutil.copy(source, folder / "sources")
    for path in EXAMPLE.glob("codings/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with (folder / "codings" / path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(row for row in rows if row["session"] in tables)
    return folder


TINY_SETTINGS = (
    SETTINGS.replace("permutations = 99", "permutations = 99\nfolds = 2")
    + """
resamples = 100
permutations = 99
folds = 2

[questions]
permutations = 99
orders = 100
"""
)
WORDS = "de sleutel van Godelieve hangt achter de oven"
SAID = (
    "Elke ochtend bellen wij de gezinnen zelf op.",
    "De wachtlijst voor de opvang is te lang.",
    "Samen met de school vinden wij wel een plaats.",
    "Zonder extra handen redden we het niet meer.",
    "De buurtwerker kent iedereen bij naam.",
)


def make_tiny_study(folder: Path, sessions: int = 1, more: str = "") -> Path:
    """A study that costs little: five invented remarks a session, no manual coding, no trained model."""
    (folder / "sources").mkdir(parents=True)
    (folder / "study.toml").write_text(TINY_SETTINGS, encoding="utf-8")
    for number in range(1, sessions + 1):
        write_session(folder, number, more)
    return folder


def write_session(folder: Path, number: int, more: str = "") -> Path:
    path = folder / "sources" / f"kring-{number}.md"
    lines = [
        f"D{i % 3 + 1}: {said}"
        for i, said in enumerate((*SAID, f"Dit was kring nummer {number}.", *([more] if more else [])))
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@cache
def finished_tiny_study() -> Path:
    """A tiny study that was analysed, once for all tests: copy it, and leave it alone."""
    return _analyse_once("kring", lambda folder: make_tiny_study(folder, more=WORDS))


@cache
def finished_small_study(*tables: str) -> Path:
    """A small study of these tables that was analysed, once for all tests: copy it, and leave it alone."""
    return _analyse_once("-".join(tables), lambda folder: make_small_study(folder, tables))


def _analyse_once(name: str, make: Callable[[Path], Path]) -> Path:
    from pipeline.core.study import open_study
    from pipeline.run import runner

    folder = Path(os.environ["DIALOOGTAFEL_TESTS"]) / name
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.fstat(lock.fileno()).st_size:
            shutil.rmtree(folder, ignore_errors=True)
            runner.execute(open_study(make(folder)), "analyse")
            lock.write("made")
    return folder
