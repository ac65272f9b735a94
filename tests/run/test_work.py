"""How much work a command does, in figures that hold on every machine, against a budget that is written here.

Imports, sources read, models loaded, texts worked on; what is drawn by chance is counted in ``test_runner``.
"""

import hashlib
import json
import shutil
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from small_study import TINY_SETTINGS, finished_tiny_study, make_tiny_study, write_session

from pipeline.analysis.stances.cues import CueReader
from pipeline.core.schemas import SCHEMAS
from pipeline.core.study import open_study
from pipeline.loaders.cache import Cache, hash_one
from pipeline.loaders.numpy_encoders import NumpyEncoder
from pipeline.loaders.taggers import SpacyTagger, load_simplemma_tagger
from pipeline.run import intake, runner

HEAVY = {"numpy", "pandas", "pyarrow", "scipy", "sklearn", "torch", "spacy", "prefect", "plotly", "bertopic",
         "sentence_transformers", "openpyxl"}  # fmt: skip
READS_TABLES = {"numpy", "pandas", "pyarrow"}
BUNDLED = TINY_SETTINGS.replace('"tfidf-svd"', '"bundled"')
MOST_MODULES = {"--help": 19, "table": 41, "check": 150, "analyse": 70}
"""Command to the number of our own modules that it may import; a higher one needs a reason in the commit."""
NEVER = {
    "torch", "transformers", "sentence_transformers", "umap", "hdbscan", "numba", "prefect", "huggingface_hub.hf_api",
    "scipy.stats._stats_py", "bertopic.plotting._topics", "plotly.express", "numpy.f2py.crackfortran", "openpyxl",
}  # fmt: skip
"""What no stage of a run with the defaults uses; each costs tenths of a second or more to import."""
CACHES = ("agreement", "diagnosis", "embeddings", "guided", "questions", "stances", "stances-parts", "taught", "tokens")
WORKS_OUT = {
    "scipy", "sklearn", "spacy", "pipeline.corpus.ingest", "pipeline.agreement.comparison.evaluation",
    "pipeline.agreement.diagnosis.stage", "pipeline.questions.stage", "pipeline.analysis.stances.stage",
}  # fmt: skip
"""What is not even imported where only a name changed."""
CHECKS_WITHOUT = {"pyarrow.dataset", "openpyxl", "lxml", "jinja2", "jsonschema", "scipy", "yaml"}
"""What ``check`` of a study of texts and CSV files needs for nothing."""
HISTORY = {"previous_themes", "standing_topics", "theme_drift", "notices"}
"""Tables that say what was before."""


@pytest.fixture
def study(tmp_path):
    return Path(shutil.copytree(finished_tiny_study(), tmp_path / "kring"))


def imported_by(*words: object, among: set[str] = HEAVY) -> set[str]:
    """Run a command in a process of its own; gives the heavy libraries, or modules, that it imported."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('imported', *(name for name in {sorted(among)!r} if name in sys.modules)))\n"
        "own = lambda: sum(name.split('.')[0] in ('pipeline', 'flows', 'models') for name in sys.modules)\n"
        "atexit.register(lambda: print('modules', own()))\n"
        f"sys.argv = {['dialoogtafel', *map(str, words)]!r}\n"
        "from pipeline.cli.app import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("imported"))
    (count,) = (line for line in done.stdout.splitlines() if line.startswith("modules"))
    assert among is not HEAVY or int(count.split()[1]) <= MOST_MODULES[str(words[0])], count
    return set(line.split()[1:])


def test_help_imports_no_heavy_library():
    assert imported_by("--help") == set()


def test_a_table_is_printed_without_pandas_and_given_to_programs_without_models_and_prefect(study):
    assert imported_by("table", study, "topics") == {"numpy", "pyarrow"}
    assert imported_by("table", study, "topics", "--csv") <= READS_TABLES


def test_notes_are_checked_without_what_models_need(study):
    assert imported_by("check", study) <= READS_TABLES
    assert imported_by("check", study, among=CHECKS_WITHOUT) == set()


def test_a_run_without_anything_to_do_imports_no_heavy_library(study):
    assert imported_by("analyse", study) <= {"numpy"}


def test_a_run_from_nothing_imports_nothing_that_it_does_not_use(tmp_path):
    made = make_tiny_study(tmp_path / "kring", 2)
    (made / "study.toml").write_text(BUNDLED, encoding="utf-8")
    assert imported_by("analyse", made, "--plain", among=NEVER) == set()


def test_a_name_for_a_theme_imports_nothing_that_works_figures_out(study):
    imported_by("decide", study, "rename", "T01", "Een naam", "--who", "AB", among=WORKS_OUT)
    assert imported_by("compare", study, "--plain", among=WORKS_OUT) == set()


@pytest.fixture
def work(monkeypatch):
    """Count what is done: sources read, models loaded, texts encoded and tagged."""
    done = {"read": [], "loaded": [], "encoded": [], "tagged": [], "weighed": []}

    def count(owner, name, note):
        before = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, **named: (note(*given), before(*given, **named))[1])

    count(intake, "read_source", lambda path, *_: done["read"].append(path.name))
    count(NumpyEncoder, "encode", lambda _, texts: done["encoded"].extend(texts))
    count(CueReader, "read", lambda _, words: done["weighed"].append(" ".join(word.text for word in words)))
    count(SpacyTagger, "tag", lambda _, texts: done["tagged"].extend(texts))
    count(SpacyTagger, "__init__", lambda *_: done["loaded"].append("tagger"))
    monkeypatch.setattr("pipeline.loaders.choices._LAST", {})
    load_simplemma_tagger.cache_clear()  # other tests of this process may have loaded it
    count(NumpyEncoder, "__init__", lambda *_: done["loaded"].append("encoder"))
    return done


def tables(folder: Path) -> dict[str, bytes]:
    return {name: open_study(folder).table(name).read_bytes() for name in SCHEMAS}


def pack(content: dict) -> bytes:
    packed = zlib.compress(json.dumps(content).encode())
    return hashlib.sha256(packed).digest() + packed


def unpack(path: Path) -> dict:
    return json.loads(zlib.decompress(path.read_bytes()[32:]))


DAMAGED = {
    "one byte is another": lambda path: path.read_bytes()[:-9] + bytes([path.read_bytes()[-9] ^ 1]) + b"\0" * 8,
    "cut short": lambda path: path.read_bytes()[:40],
    "of other code": lambda path: pack({"key": "other", "rows": dict.fromkeys(unpack(path)["rows"])}),
}
"""What is never used of a cache, though each of its results is wanted."""


def test_of_an_added_session_only_its_own_texts_are_worked_on_and_nothing_comes_out_otherwise(work, tmp_path):
    def make(folder: Path, sessions: int) -> Path:
        made = make_tiny_study(folder, sessions)
        (made / "study.toml").write_text(BUNDLED, encoding="utf-8")
        return made

    folder = make(tmp_path / "grown" / "kring", 2)
    runner.execute(open_study(folder), "analyse")
    first = {name: list(found) for name, found in work.items()}
    assert sorted(first["loaded"]) == ["encoder", "tagger"]
    assert first["read"] == ["kring-1.md", "kring-2.md"]
    for found in work.values():
        found.clear()
    damaged = Path(shutil.copytree(folder, tmp_path / "damaged" / "kring"))
    for i, path in enumerate(sorted((damaged / "cache").iterdir())):
        path.write_bytes(list(DAMAGED.values())[i % len(DAMAGED)](path))

    write_session(folder, 3)
    runner.execute(open_study(folder), "analyse")
    assert work["read"] == ["kring-1.md", "kring-2.md", "kring-3.md"]
    assert work["encoded"] == work["tagged"] == ["Dit was kring nummer 3."]
    assert work["weighed"] == ["dit was kring nummer 3 ."]
    assert work["loaded"] == []  # the process has both still

    whole = make(tmp_path / "whole" / "kring", 3)
    runner.execute(open_study(whole), "analyse")
    grown = tables(folder)
    assert {name for name, content in tables(whole).items() if content != grown[name]} <= HISTORY

    write_session(damaged, 3)
    runner.execute(open_study(damaged), "analyse")
    assert tables(damaged) == grown

    for found in work.values():
        found.clear()
    runner.run_stage(open_study(folder), "embeddings", force=True)
    assert len(work["encoded"]) == 8
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "cache").iterdir()} == dict.fromkeys(
        [f"{name}.bin" for name in CACHES], 0o600
    )
    assert stat.S_IMODE((folder / "cache").stat().st_mode) == 0o700


def test_words_of_a_session_that_was_taken_out_leave_the_cache(work, tmp_path):
    folder = make_tiny_study(tmp_path / "kring", 2)
    texts = ["Dit was kring nummer 1.", "Dit was kring nummer 2."]
    names = ("ingest", "decisions", "fragments", "manual", "tokens")

    def kept() -> list[bool]:
        rows = unpack(folder / "cache" / "tokens.bin")["rows"]
        return [hash_one(text) in rows for text in texts]

    for name in names:
        runner.run_stage(open_study(folder), name)
    assert kept() == [True, True]
    (folder / "sources" / "kring-2.md").unlink()
    for name in names:
        runner.run_stage(open_study(folder), name)
    assert kept() == [True, False]
    path = folder / "cache" / "tokens.bin"
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(bytes(content))
    assert not Cache(path, "any", 10).is_known
    work["tagged"].clear()
    (folder / "results" / "tokens.receipt.json").unlink()
    runner.run_stage(open_study(folder), "tokens")
    assert len(work["tagged"]) == 6
