"""The code that a stage is said to run is never less than what it runs."""

import json
import subprocess
import sys

import pytest
from small_study import finished_tiny_study

from pipeline.core.receipts import PACKAGES, close, hash_closure, hash_package
from pipeline.run.plan import LOADERS
from pipeline.run.stages import STAGES

# Every stage in a process that knows no more of ours than the runner; it tells which modules of ours it loads.
# What others wrote is loaded once, before the processes part.
RUN = """
import json, os, sys
from pathlib import Path
import jinja2, lxml.etree, numpy, openpyxl, pandas, pyarrow.parquet, scipy.sparse.linalg, scipy.stats
import rapidfuzz.fuzz, simplemma, spacy, xlsxwriter
import sklearn.cluster, sklearn.decomposition, sklearn.feature_extraction.text, sklearn.linear_model
from pipeline.core.study import open_study
from pipeline.run import runner
from pipeline.run.stages import STAGES
simplemma.lemmatize("huizen", lang="nl")
known = set(sys.modules)
for stage in STAGES:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        runner.run_stage(open_study(Path(sys.argv[1])), stage.name, force=True)
        new = sorted(name for name in set(sys.modules) - known if name.startswith(("pipeline.", "models.")))
        os.write(writer, json.dumps(new).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        print(json.dumps([stage.name, json.load(stream)]))
    os.waitpid(child, 0)
"""


def test_what_a_stage_loads_is_in_its_hash(tmp_path):
    import shutil

    folder = shutil.copytree(finished_tiny_study(), tmp_path / "kring")
    done = subprocess.run([sys.executable, "-c", RUN, str(folder)], capture_output=True, text=True, check=True)
    loaded = dict(json.loads(line) for line in done.stdout.splitlines())
    assert list(loaded) == [stage.name for stage in STAGES]
    for stage in STAGES:
        known = close([stage.module, "pipeline.run.runner"] + ([LOADERS] if stage.model else []))
        assert [name for name in loaded[stage.name] if name not in known] == []
    assert "pipeline.analysis.stances" in loaded["stances"]


def test_a_change_in_the_report_makes_no_topics_again():
    assert "pipeline.report.page" not in close(["pipeline.analysis.topics.stage"])
    assert "pipeline.report.page" in close(["pipeline.run.steps"])


def test_names_in_strings_and_in_parentheses_are_imports_too():
    # readers are found by strings; the names of a package may be modules
    assert "pipeline.readers.documents.word" in close(["pipeline.readers"])
    assert {name.partition(".")[0] for name in close(["pipeline.run.steps"])} <= set(PACKAGES)


def test_hashes_are_the_same_each_time_and_unknown_modules_are_refused():
    assert hash_closure("pipeline.core.errors") == hash_closure("pipeline.core.errors")
    assert hash_closure("pipeline.core.errors") != hash_closure("pipeline.core.vocabulary")
    assert len(hash_package()) == 64
    with pytest.raises(ValueError, match=r"pipeline\.absent"):
        close(["pipeline.absent"])
