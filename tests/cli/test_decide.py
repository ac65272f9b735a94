"""The command decide on a small study, with the whole line: names and ids last when sessions are added."""

import shutil
import sys

import pytest
from small_study import EXAMPLE, make_small_study

from pipeline.cli import app as cli
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.report.words import Words
from pipeline.run import history, runner
from pipeline.run.differences import choose_runs, compare_runs, describe_differences


def table(folder, name):
    return read_table(open_study(folder).table(name), name)


STEPS = ("ingest", "decisions", "fragments", "manual", "tokens", "embeddings", "topics", "themes", "memory")
"""What comes after the themes takes long, and does not change them."""


def run_job(folder, job="analyse", **keywords):
    study = open_study(folder)
    runner.prepare(study)
    return [runner.run_stage(study, name, **keywords) for name in runner.JOBS[job] if name in STEPS]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = make_small_study(tmp_path_factory.mktemp("proef") / "proef")
    run_job(folder)
    return folder


@pytest.fixture
def study(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "proef")


@pytest.fixture
def decide(monkeypatch, capsys, study):
    """Run the command in this process; gives exit code, standard output and standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["dialoogtafel", "decide", str(study), *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def labels(folder):
    rows = table(folder, "themes")
    return dict(zip(rows["theme_id"], rows["label"], strict=True))


def test_a_decision_is_kept_and_takes_effect_with_compare(study, decide):
    code, out, err = decide("rename", "t02", "Aan de deur", "--who", "An", "--when", "2026-11-20", "--note", "samen")
    assert (code, err) == (0, "")
    assert "D001: T02 heet “Aan de deur”" in out
    assert f"het gaat in met: dialoogtafel compare {study}" in out
    assert "nog niet uitgevoerd" in decide("history")[1]
    made = {report.stage for report in run_job(study, "compare") if not report.skipped}
    assert {"decisions", "themes"} <= made and not {"tokens", "embeddings", "topics"} & made
    assert {"machine", "codings", "agreement"} < set(runner.JOBS["compare"])
    assert labels(study)["T02"] == "Aan de deur"
    assert decide("history")[1].splitlines() == [
        "D001  2026-11-20  An: T02 heet “Aan de deur”",
        f"      uitgevoerd: {table(study, 'themes').set_index('theme_id').loc['T02', 'size']} fragmenten, nu T02",
        "      samen",
    ]


def test_each_kind_of_decision_is_written_and_carried_out(study, decide):
    assigned = table(study, "theme_assignments")
    first, second, *_ = assigned.loc[assigned["theme_id"] == "T01", "fragment_id"]
    for words in (
        ("merge", "T02", "T03", "--name", "Samen"),
        ("split", "T01", "--into", "2"),
        ("move", first, "T04"),
        ("pin", "T05"),
        ("pin", f"{first},{second}", "--name", "Twee"),
        ("drop", "T06"),
        ("undo",),
    ):
        code, _, err = decide(*words, "--who", "An")
        assert (code, err) == (0, ""), words
    run_job(study, "compare")
    outcomes = table(study, "decisions_applied")["outcome"].tolist()
    assert outcomes == ["applied"] * 5 + ["undone", "applied"]
    themes = table(study, "themes")
    assert themes["size"].sum() == len(assigned)
    assert "T03" not in set(themes["theme_id"])
    assert themes.set_index("label").loc["Twee", "size"] == 2


def test_undo_takes_back_what_is_named_and_can_be_taken_back(study, decide):
    decide("drop", "T01", "--who", "An")
    assert "D002: D001 teruggenomen" in decide("undo", "d001", "--who", "Bo")[1]
    assert (
        "D001 is al teruggenomen door D002. Neem D002 terug om het opnieuw te doen."
        in decide("undo", "D001", "--who", "Bo")[2]
    )
    assert "D003: D002 teruggenomen" in decide("undo", "D002", "--who", "Bo")[1]
    run_job(study, "compare")
    assert "T01" not in labels(study)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("rename", "T20", "x", "--who", "An"), "de laatste run heeft geen thema ‘T20’. Bekend zijn: T01,"),
        (("drop", "outlier", "--who", "An"), "de laatste run heeft geen thema ‘outlier’"),
        (("move", "f-000000000000", "T01", "--who", "An"), "f-000000000000: zo’n fragment is niet geanalyseerd"),
        (("move", "de bus", "T01", "--who", "An"), "zo’n fragment is niet geanalyseerd"),
        (
            ("split", "T01", "--who", "An"),
            "is een splitsing die niet zegt hoe. Geef ofwel --into 2, ofwel",
        ),
        (
            ("merge", "T01", "--who", "An"),
            "decide merge: is een merge van 1 thema. Een merge gaat over twee thema’s of meer",
        ),
        (("rename", "T01", " ", "--who", "An"), "NAME: is een rename zonder ‘name’"),
        (("drop", "T01", "--who", " "), "--who: zegt niet wie besliste. Geef --who mee."),
        (
            ("drop", "T01", "--who", "An", "--when", "nu"),
            "--when: zegt niet wanneer, als een dag. Schrijf jaar, maand en dag, zoals --when 2026-",
        ),
        (("rename", "T01", "x" * 300, "--who", "An"), "NAME: geeft een naam die geen enkele regel"),
        (("drop", "T01", "--who", "An", "--note", "x", "--when", "2026"), "--when: "),
        (("undo", "--who", "An"), "bevat niets dat teruggenomen kan worden"),
        (("undo", "D009", "--who", "An"), "bevat geen beslissing ‘D009’"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_written(study, decide, words, expected):
    code, out, err = decide(*words)
    assert (code, out) == (2, "")
    assert expected in err and "de bus" not in err and "Traceback" not in err
    assert ", line " not in err
    assert not (study / "decisions.yaml").exists()


def test_who_decides_must_be_said(decide):
    code, _, err = decide("drop", "T01")
    assert code == 2 and "--who" in err


def test_a_circle_is_refused_before_it_is_written(study, decide):
    decide("merge", "T01", "T02", "--who", "An")
    before = (study / "decisions.yaml").read_bytes()
    code, _, err = decide("merge", "T02", "T01", "--who", "Bo")
    assert code == 2 and "voegt ‘T01’ bij ‘T02’, maar D001 in regel" in err
    assert (study / "decisions.yaml").read_bytes() == before


def test_there_is_no_history_before_the_first_decision(decide):
    assert "nog geen beslissingen" in decide("history")[1]


def test_what_is_wrong_in_the_file_is_said_before_anything_runs(study):
    (study / "decisions.yaml").write_text("- id: D1\n  whom: An\n", encoding="utf-8")
    before = open_study(study).receipt("ingest").read_bytes()
    with pytest.raises(Exception, match="decisions.yaml, line 2: holds the unknown key 'whom'. Did you mean 'who'?"):
        runner.prepare(open_study(study))
    assert open_study(study).receipt("ingest").read_bytes() == before


def test_what_changed_since_the_run_before_tells_a_merge(study, decide):
    opened = open_study(study)
    assert decide("merge", "T04", "T07", "--who", "An")[0] == 0
    with history.recorded(opened, "analyse"):
        pass
    with history.recorded(opened, "compare"):
        run_job(study, "compare")
    lines = describe_differences(compare_runs(*choose_runs(opened, [])), Words("nl"))
    assert any(line.startswith("thema T07 (") and ": gevoegd bij T04 (D001, An), " in line for line in lines)


def test_names_ids_and_decisions_last_when_sessions_are_added(study, decide):
    before = table(study, "themes")
    decide("rename", "T06", "Eerste", "--who", "An")
    decide("merge", "T04", "T07", "--who", "An", "--name", "Tweede")
    run_job(study)
    shutil.copy(EXAMPLE / "sources" / "tafel-03.md", study / "sources")
    run_job(study)
    applied = table(study, "decisions_applied")
    assert set(applied["outcome"]) <= {"applied", "partly"}
    now = table(study, "themes").set_index("label")
    assert now.loc[["Eerste", "Tweede"], "theme_id"].tolist() == ["T06", "T04"]
    drift = table(study, "theme_drift").set_index("theme_id")
    assert drift.loc["T06", ["label_before", "label"]].tolist() == ["Eerste", "Eerste"]
    assert drift["new_fragments"].sum() > 0
    new = drift.query("state == 'new'").index.str.removeprefix("T").astype(int)
    assert (new > len(before)).all()
    # A second session; what is new is new beside the generation just before.
    known = set(table(study, "theme_assignments")["fragment_id"])
    shutil.copy(EXAMPLE / "sources" / "tafel-04.txt", study / "sources")
    run_job(study)
    assert set(table(study, "decisions_applied")["outcome"]) <= {"applied", "partly"}
    held = {fragment for row in table(study, "previous_themes")["fragment_ids"] for fragment in row}
    assert held == known


def test_a_run_on_the_same_input_gives_the_same_bytes_and_the_same_memory(study):
    shutil.copy(EXAMPLE / "sources" / "tafel-03.md", study / "sources")
    run_job(study)
    kept = [study / "themes.json", *sorted((study / "results").glob("*theme*.parquet"))]
    before = [path.read_bytes() for path in kept]
    assert all(report.skipped for report in run_job(study))
    assert not any(report.skipped for report in run_job(study, force=True))
    assert [path.read_bytes() for path in kept] == before


def test_other_settings_are_another_generation_that_continues_the_ids(study):
    with (study / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write("\n[topics]\nn_topics = 4\n")
    run_job(study)
    drift = table(study, "theme_drift").set_index("theme_id")
    assert (drift["state"] == "gone").any() and drift["new_fragments"].sum() == 0
    assert (drift["size"].sum(), drift["previous_size"].sum()) == (len(table(study, "theme_assignments")),) * 2


def test_a_decision_whose_fragments_are_gone_is_listed(study, decide):
    decide("drop", "T01", "--who", "An")
    path = study / "decisions.yaml"
    text = path.read_text(encoding="utf-8")
    fragments = [word.strip(" ,[]") for word in text.split() if word.strip(" ,[").startswith("f-")]
    for i, fragment in enumerate(fragments):
        text = text.replace(fragment, f"f-{i:012x}")
    path.write_text(text, encoding="utf-8")
    reports = {report.stage: report for report in run_job(study, "compare")}
    assert [notice.where.split(",")[0] for notice in reports["themes"].notices] == ["decisions.yaml"]
    assert table(study, "decisions_applied")["outcome"].tolist() == ["unmatched"]
    assert "T01" in labels(study)


def test_a_damaged_memory_is_said_and_kept(study):
    (study / "themes.json").write_text("{", encoding="utf-8")
    with pytest.raises(Exception, match="themes.json: is damaged"):
        run_job(study)
    assert (study / "themes.json").read_text(encoding="utf-8") == "{"
