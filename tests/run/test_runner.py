"""The whole line on a part of the example study: order of files, receipts, sums."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.agreement.comparison import evaluation
from pipeline.agreement.diagnosis import learning_curve, topics
from pipeline.analysis.codebook import taught
from pipeline.analysis.stances import concepts, opinions
from pipeline.core.errors import InputError
from pipeline.core.schemas import SCHEMAS
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import OUTLIER_TOPIC, Status
from pipeline.questions import stage as questions
from pipeline.run import runner
from pipeline.run.stages import STAGES

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
TABLES = list(SCHEMAS)


# Every stage and every model of the defaults, with fewer draws.
FULL = """
[agreement]
resamples = 300
permutations = 199
[diagnosis]
resamples = 100
permutations = 99
draws = 4
refits = 3
[questions]
permutations = 99
orders = 100
"""
# Enough for what most of these tests ask.
LIGHT = """
[tokens]
tagger = "simplemma"
[embeddings]
encoder = "tfidf-svd"
[agreement]
resamples = 100
permutations = 99
[diagnosis]
resamples = 100
permutations = 99
draws = 0
refits = 0
"""


def copy_example(folder, sources, codings=("coder-a.csv", "coder-b.csv"), settings=LIGHT):
    (folder / "sources").mkdir(parents=True)
    (folder / "codings").mkdir()
    for name in ("study.toml", "codebook.csv"):
        shutil.copy(EXAMPLE / name, folder)
    with (folder / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write(settings)
    for name in sources:
        shutil.copy(EXAMPLE / "sources" / name, folder / "sources")
    sessions = [name.split(".")[0] for name in sources]
    for name in codings:
        rows = pd.read_csv(EXAMPLE / "codings" / name, dtype=str, keep_default_na=False)
        rows[rows["session"].isin(sessions)].to_csv(folder / "codings" / name, index=False)
    return folder


def run_job(study, job, **keywords):
    """Run the stages of a job, without lock and record."""
    return [runner.run_stage(study, name, **keywords) for name in runner.JOBS[job]]


def run(folder, **keywords):
    study = open_study(folder)
    runner.prepare(study)
    return study, run_job(study, "analyse", **keywords)


NAMED = """
- id: D001
  who: AB
  when: 2026-11-30
  action: rename
  themes: [{{theme: {theme}, label: zoals het heette, anchors: [{fragments}]}}]
  name: Een naam
"""
EARLIER: set[str] = set()
"""Tables that say what an earlier run had."""
MOST_DRAWS = 420
"""How often a run of the study below begins to draw by chance: for resamples, permutations, refits and samples."""


@pytest.fixture(scope="module")
def draws():
    """Count how often a generator of random numbers is made while the study below is analysed."""
    return []


@pytest.fixture(scope="module")
def finished(tmp_path_factory, draws):
    sources = ["tafel-01.md", "tafel-07.txt", "tafel-12.md"]
    make = np.random.default_rng
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", lambda *seed: (draws.append(seed), make(*seed))[1])
        return run(copy_example(tmp_path_factory.mktemp("study"), sources, settings=FULL))


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """Analyse the study above anew, elsewhere and written in another order; gives also what stages changed of input."""
    changed = {}
    call = runner.call_stage

    def call_and_compare(stage, study, tables, model=None, kept=None):
        before = {name: frame.copy(deep=True) for name, frame in tables.items()}
        output = call(stage, study, tables, model, kept)
        changed[stage.name] = [name for name, frame in tables.items() if not same(frame, before[name])]
        return output

    sources = ["tafel-12.md", "tafel-07.txt", "tafel-01.md"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "call_stage", call_and_compare)
        return *run(copy_example(tmp_path_factory.mktemp("again") / "anders", sources, settings=FULL)), changed


def same(one, other):
    try:
        pd.testing.assert_frame_equal(one, other)
    except AssertionError:
        return False
    return True


@pytest.fixture(scope="module")
def finished_light(tmp_path_factory):
    return run(copy_example(tmp_path_factory.mktemp("light") / "s", ["tafel-01.md"]))[0].root


@pytest.fixture
def light(finished_light, tmp_path):
    """A study of one session that was analysed, to be changed."""
    return open_study(shutil.copytree(finished_light, tmp_path / "s"))


def table(study, name):
    return read_table(study.table(name), name)


def test_every_table_is_written_and_fits_its_schema(finished):
    study, _ = finished
    for name in SCHEMAS:
        assert tuple(table(study, name).columns) == SCHEMAS[name].column_names


def test_no_more_is_drawn_by_chance_than_was_agreed(finished, draws):
    assert 0 < len(draws) <= MOST_DRAWS


def test_no_row_is_lost(finished):
    study, _ = finished
    fragments, assignments, topics = (table(study, name) for name in ("fragments", "topic_assignments", "topics"))
    used = fragments[fragments["status"] == Status.USED]
    assert set(table(study, "utterances")["utterance_id"]) == set(fragments["utterance_id"])
    assert fragments.loc[fragments["status"] != Status.USED, "reason"].notna().all()
    assert set(assignments["fragment_id"]) == set(used["fragment_id"])
    assert topics["size"].sum() == len(used)
    assert set(table(study, "stances")["fragment_id"]) == set(used["fragment_id"])
    assert len(table(study, "coding_matches")) == len(table(study, "given_codings"))
    n_codings = len(table(study, "human_codings")) + len(table(study, "machine_codings"))
    assert len(table(study, "codings")) == n_codings


def test_after_a_corrected_coding_only_its_comparisons_are_worked_out_and_give_the_same(
    finished, tmp_path, monkeypatch
):
    worked_out = []

    def note(name, work):
        return lambda *given, **named: (worked_out.append(name), work(*given, **named))[1]

    parts = (
        (evaluation, "_evaluate"), (topics, "_stability"), (learning_curve, "_teach_and_count"), (taught, "_judge_all"),
        (opinions, "cross_fit"), (concepts, "_learn"), (opinions, "read_cues"), (questions, "find_cooccurrence"),
        (questions, "follow_codes"),
    )  # fmt: skip
    for module, name in parts:
        before = getattr(module, name)
        monkeypatch.setattr(module, name, note(name, before))
    counts, made = {}, {}
    for what in ("kept", "damaged"):
        study = open_study(shutil.copytree(finished[0].root, tmp_path / what / "s"))
        coded = study.root / "codings" / "coder-a.csv"
        coded.write_text(coded.read_text(encoding="utf-8").replace(",kans,", ",knelpunt,", 1), encoding="utf-8")
        if what == "damaged":
            for path in study.cache.glob("*.bin"):
                content = bytearray(path.read_bytes())
                content[len(content) // 2] ^= 1
                path.write_bytes(bytes(content))
        worked_out.clear()
        runner.prepare(study, "compare")
        run_job(study, "compare")
        counts[what], made[what] = Counter(worked_out), {name: study.table(name).read_bytes() for name in SCHEMAS}
    assert made["kept"] == made["damaged"]
    assert made["kept"]["agreement"] != finished[0].table("agreement").read_bytes()
    assert 0 < counts["kept"]["_evaluate"] < counts["damaged"]["_evaluate"] / 2
    assert counts["damaged"]["_stability"] and not counts["kept"]["_stability"]
    assert counts["kept"]["_teach_and_count"] < counts["damaged"]["_teach_and_count"]
    assert (counts["kept"]["cross_fit"], counts["damaged"]["cross_fit"]) == (1, 3)  # polarity alone
    for name in ("_judge_all", "_learn", "read_cues", "find_cooccurrence", "follow_codes"):
        assert counts["damaged"][name] and not counts["kept"][name], name


def test_after_a_theme_got_a_name_nothing_is_worked_out_and_all_is_as_from_nothing(finished, tmp_path):
    made = {}
    for what in ("kept", "from nothing"):
        study = open_study(shutil.copytree(finished[0].root, tmp_path / what / "s"))
        themes = table(study, "themes")
        theme = themes.loc[themes["theme_id"] != OUTLIER_TOPIC].iloc[0]
        fragments = ", ".join(theme["representative_fragment_ids"])
        study.decisions.write_text(NAMED.format(theme=theme["theme_id"], fragments=fragments), encoding="utf-8")
        if what == "from nothing":
            shutil.rmtree(study.results)
            shutil.rmtree(study.cache)
            study.memory.unlink()
        _, reports = run(study.root) if what == "from nothing" else (study, run_job(study, "compare"))
        ran = {report.stage for report in reports if not report.skipped}
        assert what == "from nothing" or ran == {"decisions", "themes", "memory", "machine", "report"}
        made[what] = {name: study.table(name).read_bytes() for name in SCHEMAS if name != "notices"}
        assert "Een naam" in set(table(study, "themes")["label"])
    differing = {name for name, content in made["kept"].items() if content != made["from nothing"][name]}
    assert not differing - EARLIER


def test_a_table_that_is_handed_on_is_the_table_that_would_be_read(light):
    prepared = runner.prepare(light)
    run_job(light, "analyse", force=True, prepared=prepared)
    handed_on = {name for name, _ in prepared.tables}
    assert handed_on == {name for stage in STAGES for name in stage.outputs}
    for (name, _), found in prepared.tables.items():
        pd.testing.assert_frame_equal(found, table(light, name), check_column_type=True)
        written = read_table(light.table(name), name, as_written=True)
        pd.testing.assert_frame_equal(written, found, check_column_type=True)


def test_a_second_run_makes_nothing_again(finished):
    study, reports = finished
    assert not any(report.skipped for report in reports)
    again = run_job(study, "analyse")
    assert all(report.skipped for report in again)
    assert [report.rows for report in again] == [report.rows for report in reports]
    assert [report.notices for report in again] == [report.notices for report in reports]


def test_two_runs_other_names_of_folders_and_another_order_of_files_give_the_same_bytes(finished, again):
    study, other = finished[0], again[0]
    for name in TABLES:
        assert other.table(name).read_bytes() == study.table(name).read_bytes(), name


def test_a_changed_coding_runs_what_depends_on_it_and_no_more(light):
    study = light
    path = study.root / "codings" / "coder-b.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    made = [report.stage for report in run_job(study, "compare") if not report.skipped]
    assert "manual" in made and "agreement" in made
    assert not {"fragments", "tokens", "embeddings", "topics"} & set(made)


def test_a_deleted_table_is_made_again(light):
    study = light
    before = study.table("topics").read_bytes()
    study.table("topics").unlink()
    report = runner.run_stage(study, "topics")
    assert not report.skipped
    assert study.table("topics").read_bytes() == before


def test_the_compare_job_leaves_out_what_codings_cannot_change():
    # Topics are in it, since what people decided of them keeps them whole; where nothing was decided they are skipped.
    assert not {"tokens", "embeddings"} & set(runner.JOBS["compare"])
    assert {"ingest", "manual", "stances", "machine", "codings", "agreement"} < set(runner.JOBS["compare"])


def test_comparing_refuses_tables_of_notes_that_have_changed(light):
    study = light
    path = study.root / "sources" / "tafel-01.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nD1: en dan is er nog iets van de tuin.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"table 'fragments'.*changed since.*dialoogtafel analyse"):
        run_job(study, "compare")
    for name in runner.JOBS["analyse"][: runner.JOBS["analyse"].index("fragments") + 1]:
        report = runner.run_stage(study, name)
    assert report.stage == "fragments" and not report.skipped


def test_a_run_without_manual_coding_is_complete(tmp_path):
    study, _ = run(copy_example(tmp_path / "s", ["tafel-02.txt"], codings=()))
    assert set(table(study, "codings")["coder"]) <= {"machine-inductive", "machine-guided", "machine-taught"}
    assert len(table(study, "human_codings")) == 0


def test_a_session_without_a_hat_is_read(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "sources").mkdir()
    (folder / "study.toml").write_text(LIGHT)
    (folder / "sources" / "tafel.txt").write_text("D1: op maandag gaat de bus niet\nD2: dan stap ik dat stuk te voet\n")
    study, _ = run(folder)
    assert table(study, "fragments")["hat_given"].isna().all()


@pytest.mark.parametrize("stage", [stage for stage in STAGES if not stage.given], ids=lambda stage: stage.name)
def test_a_stage_leaves_its_input_alone(again, stage):
    assert again[-1][stage.name] == []


def test_the_manifest_says_what_was_run(finished):
    study, _ = finished
    reports, path = runner.execute(study, "analyse")
    assert all(report.skipped for report in reports)
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert (manifest["state"], manifest["job"]) == ("finished", "analyse")
    assert [source["name"] for source in manifest["sources"]] == ["tafel-01.md", "tafel-07.txt", "tafel-12.md"]
    assert "bertopic" in manifest["libraries"]
    assert path.parent.parent == study.runs


def test_a_stage_has_one_thread_for_matrices_also_in_libraries_that_it_loads(tmp_path):
    script = """
import sys
from pathlib import Path
import numpy
from threadpoolctl import threadpool_info
from pipeline.core.study import open_study
from pipeline.run import runner
from pipeline.run.stages import Stage

def threads(of=""):
    # Pools are listed in no fixed order.
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas" and of in pool["filepath"]]

def load(stage):
    if stage.name == "ingest":
        import scipy.linalg
        made = loaded(stage)
        return lambda *given: (print(threads()), made(*given))[1]
    return loaded(stage)

loaded, Stage.load = Stage.load, load
study = open_study(Path(sys.argv[1]))
runner.run_stage(study, "ingest")
print(threads("numpy.libs")[0])
"""
    folder = copy_example(tmp_path / "study", ["tafel-01.md"])
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    inside, after = (json.loads(line) for line in done.stdout.splitlines())
    assert inside == [1] * len(inside)
    assert len(inside) > 1
    assert after == min(2, os.cpu_count())
