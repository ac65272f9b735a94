"""The commands plan, status, diff and watch, on a study that costs little."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pandas as pd
import pytest
from small_study import finished_tiny_study, write_session

from pipeline.cli import app as cli
from pipeline.core.files import lock_study
from pipeline.core.study import open_study
from pipeline.core.tables import read_table, table_from_rows, write_table
from pipeline.run import history, runner
from pipeline.run.stages import STAGES


@pytest.fixture
def study(tmp_path):
    return Path(shutil.copytree(finished_tiny_study(), tmp_path / "kring"))


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command in this process; gives exit code, standard output and standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["dialoogtafel", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def test_plan_says_what_would_run_and_why(study, command):
    assert command("plan", study)[1].endswith("niets gewijzigd: niets draait\n")
    settings = (study / "study.toml").read_text()
    (study / "study.toml").write_text(settings.replace("orders = 100", "orders = 101"))
    code, out, _ = command("plan", study)
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert {stage.name for stage in STAGES} <= set(lines)
    assert (code, lines["questions"]) == (0, "  questions      draait            gewijzigd: settings")
    assert lines["report"] == "  report         draait            gewijzigd: study.toml"
    assert all("overgeslagen" in lines[name] for name in ("ingest", "topics", "agreement"))
    made = [report.stage for report in runner.execute(open_study(study), "analyse").reports if not report.skipped]
    assert made == ["questions", "report"]
    write_session(study, 2)
    out = command("plan", study)[1]
    assert "  ingest         draait            gewijzigd: kring-2.md\n" in out
    assert "  fragments      draait misschien  als fixed_fragments, utterances anders uitvallen\n" in out


def test_a_new_name_of_the_study_makes_only_the_report_again(study):
    settings = (study / "study.toml").read_text()
    (study / "study.toml").write_text(settings.replace("Proef", "Een andere naam"))
    made = [report.stage for report in runner.execute(open_study(study), "analyse").reports if not report.skipped]
    assert made == ["report"]


def test_status_tells_a_monitor_how_a_study_stands(study, command, monkeypatch):
    code, out, _ = command("status", study, "--max-age", "1")
    assert (code, out.split()[:2]) == (0, ["laatst", "goed"])
    assert command("status", study, "--max-age", "0")[0] == 1
    monkeypatch.setattr("pipeline.corpus.fragments.cut", lambda *_, **__: 1 / 0)
    assert command("analyse", study, "--plain", "--force")[0] == 1
    code, out, _ = command("status", study)
    assert code == 1
    assert ": mislukt in stap 'fragments'; DefectError" in out


@pytest.mark.parametrize("plain", [True, False])
def test_status_tells_that_an_analysis_was_refused_until_a_good_one(study, command, plain, monkeypatch):
    # Refused before any flow begins; its server is started meanwhile.
    starts = {"server": lambda: None, "analyse": lambda *_, **__: pytest.fail("not reached")}
    monkeypatch.setattr(cli, "_orchestrator", starts.__getitem__)
    words = ["analyse", study, *(["--plain"] if plain else [])]
    for file in (study / "sources" / "stuk.docx", study / "decisions.yaml"):
        file.write_text("kapot: [")
        refused = command(*words)
        assert refused[0] == 2
        code, out, _ = command("status", study)
        assert (code, ": geweigerd; " in out, file.name in out) == (1, True, True), out
        file.unlink()
        assert command("analyse", study, "--plain")[0] == 0
        assert command("status", study)[0] == 0


def test_a_refused_run_of_a_schedule_is_told_and_one_that_waits_is_not(study, command):
    from pipeline.core.errors import BusyError, InputError

    (study / "sources" / "stuk.docx").write_text("kapot")
    with pytest.raises(InputError):
        runner.prepare(open_study(study))
    code, out, _ = command("status", study)
    assert (code, "stuk.docx: is geen bestand van de soort" in out) == (1, True), out
    message = message_from_bytes((study / "runs" / "refused.txt").read_bytes(), policy=default)
    assert message["Subject"] == "dialoogtafel: analyse van Proef geweigerd"
    assert "stuk.docx: is geen bestand van de soort" in message.get_content()
    assert f"studie: {study}\n" in message.get_content()
    (study / "sources" / "stuk.docx").unlink()
    assert command("analyse", study, "--plain")[0] == 0
    assert not (study / "runs" / "refused.txt").exists()
    with pytest.raises(BusyError), history.note_refusal(open_study(study), "analyse"):
        raise BusyError.single("kring", "is in use", "Wait")
    assert command("status", study)[0] == 0


def test_status_of_a_study_that_never_ran(tmp_path, command):
    (tmp_path / "study.toml").write_text("")
    assert command("status", tmp_path)[:2] == (1, "laatst goed  nog geen\n")


def keep_run(study: Path, change) -> None:
    """Leave a run whose tables are changed, without the work of one."""
    opened = open_study(study)
    with history.recorded(opened, "analyse") as run:
        pass
    kept = {path.stem: read_table(path, path.stem) for path in (run.folder / "tables").iterdir()}
    for name, frame in change(kept).items():
        path = run.folder / "tables" / f"{name}.parquet"
        path.unlink()
        write_table(frame, path, name)


def test_diff_tells_themes_with_a_quote_and_figures_with_intervals(study, command):
    def change(tables):
        assigned, themes = tables["theme_assignments"].copy(), tables["themes"].copy()
        old = themes["theme_id"].iloc[0]
        assigned["theme_id"] = ["T09" if theme == old else theme for theme in assigned["theme_id"]]
        themes["theme_id"] = ["T09" if theme == old else theme for theme in themes["theme_id"]]
        return {"themes": themes, "theme_assignments": assigned}

    keep_run(study, change)
    code, out, err = command("diff", study)
    assert code == 0, err
    lines = out.splitlines()
    (new,) = (
        i for i, line in enumerate(lines) if line.startswith("thema T09") and ": nieuw, 0 -> 7 fragmenten" in line
    )
    assert any(": verdwenen, 7 -> 0 fragmenten" in line for line in lines)
    texts = read_table(open_study(study).table("fragments"), "fragments")
    fragment_id, _, quote = lines[new + 1].strip().partition(": ")
    assert texts.set_index("fragment_id").at[fragment_id, "text"] == quote
    runs = [run.run_id for run in history.list_runs(open_study(study))]
    assert command("diff", study, runs[0], runs[0])[1].splitlines()[1:] == ["niets gewijzigd"]
    assert command("diff", study, "1999")[0] == 2


def decided(outcome, action="rename"):
    row = {"decision_id": "d1", "position": 0, "who": "An", "when": "2026-11-30", "action": action}
    return pd.DataFrame([row | {"outcome": outcome, "n_fragments": 3, "theme_ids": ["T01"], "reason": None}])


def test_diff_of_agreement_and_of_decisions_that_lost_their_anchor(study):
    from pipeline.report.words import Words
    from pipeline.run.differences import choose_runs, compare_runs, describe_differences

    keep_run(study, lambda tables: {"decisions_applied": decided("applied")})
    keep_run(study, lambda tables: {"decisions_applied": decided("unmatched")})
    found = compare_runs(*choose_runs(open_study(study), []))
    assert found.lost_decisions == ("d1",)
    found = replace(found, saturation={("machine-decided", "theme"): (0.5, 0.75)})
    said = describe_differences(found, Words("nl"))
    assert "beslissingen die hun fragmenten niet meer vinden: d1" in said
    assert any("machine (na wat mensen beslisten)" in line for line in said)


def test_a_theme_that_people_merged_is_said_to_be_merged_not_vanished():
    from pipeline.report.sections.decisions import Merged
    from pipeline.report.words import Words
    from pipeline.run.differences import Differences, ThemeChange, describe_differences

    merged = ThemeChange("T07", "avond", "vanished", 10, 0, None, None, Merged("T01", "D002", "Ilse"))
    lines = describe_differences(Differences("a", "b", {}, (merged,), {}, {}, (), ()), Words("nl"))
    assert lines[1:] == ["thema T07 (avond): gevoegd bij T01 (D002, Ilse), 10 fragmenten"]


def test_a_theme_that_people_dropped_is_said_to_be_dropped_and_another_name_stands_beside_the_old_one(study):
    from pipeline.report.words import Words
    from pipeline.run.differences import choose_runs, compare_runs, describe_differences

    def divide(tables):
        assigned, themes = tables["theme_assignments"].copy(), tables["themes"]
        assigned.loc[assigned["theme_id"].notna() & (assigned.index % 5 == 0), "theme_id"] = "T09"
        other = themes.assign(theme_id="T09", position=1, label="avond")
        return {"themes": pd.concat([themes, other], ignore_index=True), "theme_assignments": assigned}

    def drop(tables):
        row = {"decision_id": "d1", "position": 0, "rank": 1, "theme_id": "T09", "label": "avond", "anchors": ["f-1"]}
        named = pd.DataFrame([row])[tables["decision_themes"].columns.tolist()]
        themes = tables["themes"].assign(label="Onderweg")
        return {"themes": themes, "decisions_applied": decided("applied", "drop"), "decision_themes": named}

    opened = open_study(study)
    keep_run(study, divide)
    keep_run(study, drop)
    said = describe_differences(compare_runs(*choose_runs(opened, [])), Words("nl"))
    old = read_table(opened.table("themes"), "themes")["label"].iloc[0]
    assert any(line.startswith("thema T09 (avond): weggelaten (d1, An), ") for line in said)
    assert any(f" ({old} -> Onderweg): andere naam, " in line for line in said)
    assert "verdwenen" not in "\n".join(said)


def test_diff_tells_what_people_changed_files_codes_settings_and_decisions(study):
    from pipeline.report.words import Words
    from pipeline.run.differences import choose_runs, compare_runs, describe_differences

    def add(tables):
        sources = tables["sources"]
        others = [sources.assign(name=name, source_id=f"s-{i}", sha256=str(i) * 64) for i, name in enumerate("ab")]
        return {
            "sources": pd.concat([sources, *others], ignore_index=True), "decisions_applied": decided("applied"),
            "human_codings": table_from_rows([code | {"code": "kans"}], "human_codings"),
        }  # fmt: skip

    def change(tables):
        sources = tables["sources"]
        others = [
            sources.assign(name=name, source_id=f"s-{sign}", sha256=sign * 64)
            for name, sign in {"a": "9", "c": "1", "d": "3"}.items()
        ]
        codings = table_from_rows(
            [code | {"code": "knelpunt"}, code | {"scheme": "hat", "code": "wit"}], "human_codings"
        )
        return {"sources": pd.concat(others, ignore_index=True), "human_codings": codings}

    code = {"coder": "A", "fragment_id": "f-1", "scheme": "polarity", "rank": 1, "char_start": 0, "char_end": 9}
    opened = open_study(study)
    settings = (study / "study.toml").read_text()
    keep_run(study, add)
    (study / "study.toml").write_text(settings.replace("orders = 100", "orders = 101"))
    keep_run(study, change)
    said = describe_differences(compare_runs(*choose_runs(opened, [])), Words("nl"))
    name = read_table(opened.table("sources"), "sources")["name"].iloc[0]
    expected = [
        "nieuwe bestanden: d", f"bestanden die er niet meer zijn: {name}", "gewijzigde bestanden: a",
        "bestanden met een andere naam: b -> c", "codes van A: 2 erbij, 1 weg",
        "gewijzigde instellingen: questions.orders", "beslissingen die niet meer in decisions.yaml staan: d1",
    ]  # fmt: skip
    assert [line for line in said if line in expected] == expected


def test_a_decision_that_was_taken_back_did_not_lose_its_fragments(study):
    from pipeline.run.differences import choose_runs, compare_runs

    keep_run(study, lambda tables: {"decisions_applied": decided("applied")})
    keep_run(study, lambda tables: {"decisions_applied": decided("undone")})
    assert compare_runs(*choose_runs(open_study(study), [])).lost_decisions == ()


def test_a_table_for_programs_has_all_rows_and_another_says_what_it_leaves_out(study, command, monkeypatch):
    monkeypatch.setattr("pipeline.run.history.require_finished", lambda _: None)
    path = open_study(study).table("codings")
    frame = read_table(path, "codings")
    first = frame[frame["rank"] == 1]
    write_table(pd.concat([first, first.head(3).assign(rank=2, code="ander")]), path, "codings")
    code, out, err = command("table", study, "codings", "--csv")
    assert (code, len(out.splitlines()), err) == (0, 1 + len(first) + 3, "")
    left_out = f"alleen eerste codes: 3 van {len(first) + 3} rijen weggelaten; --all geeft ze ook\n"
    assert command("table", study, "codings")[2] == left_out
    assert command("table", study, "codings", "--by", "session", "--csv")[2] == left_out
    assert command("table", study, "codings", "--all")[2] == ""
    assert "alleen eerste codes" not in command("table", study, "understanding")[2]


def test_a_proposal_without_a_model_ends_in_a_whole_sentence(study, command):
    code, out, err = command("propose", study)
    assert code == 0, err
    assert out.endswith("bewaar het als codebook.csv in de studie.\n")


def test_a_command_that_is_shown_can_be_copied_where_the_path_has_a_space(study, command):
    study = study.rename(study.with_name("een studie"))
    theme = read_table(open_study(study).table("themes"), "themes")["theme_id"].iloc[0]
    assert f"dialoogtafel compare '{study}'" in command("decide", study, "rename", theme, "naam", "--who", "An")[1]
    (study / "explorer.html").unlink()
    assert f"Doe: dialoogtafel compare '{study}'." in command("open", study, "--path")[2]


def test_a_sign_that_the_terminal_lacks_stops_nothing(study):
    study = study.rename(study.with_name("kring Ω"))
    theme = read_table(open_study(study).table("themes"), "themes")["theme_id"].iloc[0]
    words = ["decide", str(study), "rename", theme, "naam", "--who", "An"]
    env = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-m", "pipeline", *words], capture_output=True, env=env, check=False)
    assert (done.returncode, b"kring ?" in done.stdout) == (0, True), done.stderr


def wait_for(what, seconds=240.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.2)
    raise AssertionError("not there in time")


def test_a_watched_study_is_analysed_when_a_note_is_complete(study):
    words = ["watch", str(study), "--plain", "--every", "0.2", "--settle", "1.5"]
    with subprocess.Popen([sys.executable, "-m", "pipeline", *words], stderr=subprocess.PIPE, text=True) as watching:
        try:
            wait_for(lambda: history.name_holder(study) is None and watching.poll() is None)
            before = len(history.list_runs(open_study(study)))
            path = study / "sources" / "kring-2.md"
            for _ in range(3):
                with path.open("a", encoding="utf-8") as stream:
                    stream.write("D1: een regel die nog wordt geschreven\n")
                time.sleep(0.5)
            wait_for(lambda: history.latest_run(open_study(study)).state == "finished"
                     and len(history.list_runs(open_study(study))) > before)  # fmt: skip
        finally:
            watching.send_signal(signal.SIGTERM)
        watching.stderr.read()
    assert watching.returncode == 143
    last = history.latest_run(open_study(study))
    assert [source["name"] for source in last.manifest["sources"]] == ["kring-1.md", "kring-2.md"]
    assert len(history.list_runs(open_study(study))) == before + 1
    utterances = read_table(open_study(study).table("utterances"), "utterances")
    assert (utterances["text"] == "een regel die nog wordt geschreven").sum() == 3


def test_a_watched_study_is_analysed_once_another_run_has_ended(study):
    words = ["watch", str(study), "--plain", "--every", "0.1", "--settle", "0.2"]
    with subprocess.Popen([sys.executable, "-m", "pipeline", *words], stderr=subprocess.PIPE, text=True) as watching:
        try:
            assert watching.stderr.readline().startswith("let op ")
            before = len(history.list_runs(open_study(study)))
            with lock_study(study, "analyse"):
                write_session(study, 2)
                while "is in gebruik: analyse" not in (line := watching.stderr.readline()):
                    assert line
                # The other one is looked for again, and named once.
                time.sleep(1)
            wait_for(lambda: len(history.list_runs(open_study(study))) > before)
            wait_for(lambda: history.latest_run(open_study(study)).state == "finished")
        finally:
            watching.send_signal(signal.SIGTERM)
        assert "is in gebruik" not in watching.stderr.read()
    sources = history.latest_run(open_study(study)).manifest["sources"]
    assert [source["name"] for source in sources] == ["kring-1.md", "kring-2.md"]


def test_four_that_decide_at_once_are_all_kept(study):
    theme = read_table(open_study(study).table("themes"), "themes")["theme_id"].iloc[0]
    ready = study.parent / "ready"
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from pipeline.cli import app\n"
        "import pipeline.analysis.themes.decisions, pipeline.core.tables\n"
        f"while not Path({str(ready)!r}).exists(): time.sleep(.01)\n"
        "app.main()\n"
    )
    command = [sys.executable, "-c", code, "decide", str(study), "rename", theme]
    deciding = [
        subprocess.Popen([*command, f"naam {i}", "--who", f"p{i}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for i in range(4)
    ]
    ready.touch()
    ended = [process.communicate() for process in deciding]
    assert [process.returncode for process in deciding] == [0] * 4, ended
    text = (study / "decisions.yaml").read_text(encoding="utf-8")
    assert all(f"naam {i}" in text for i in range(4))
    assert len({out.split(b":")[0] for out, _ in ended}) == 4
    assert (study / ".decisions.yaml.bak").read_text(encoding="utf-8").count("naam") == 3


def test_a_linked_file_of_decisions_has_one_rule(study, command, tmp_path):
    elsewhere = tmp_path / "elders.yaml"
    elsewhere.write_text("")
    (study / "decisions.yaml").symlink_to(elsewhere)
    theme = read_table(open_study(study).table("themes"), "themes")["theme_id"].iloc[0]
    refused = command("decide", study, "rename", theme, "naam", "--who", "An")
    assert refused[0] == 2
    assert (study / "decisions.yaml").is_symlink()
    assert elsewhere.read_text() == ""
    analysed = command("analyse", study, "--plain")
    assert analysed[0] == 2
    assert refused[2].splitlines()[0] in analysed[2]

    # Also where it holds what was read before.
    (study / "decisions.yaml").unlink()
    assert command("decide", study, "rename", theme, "naam", "--who", "An")[0] == 0
    assert command("analyse", study, "--plain")[0] == 0
    (study / "decisions.yaml").rename(elsewhere)
    (study / "decisions.yaml").symlink_to(elsewhere)
    assert command("analyse", study, "--plain")[0] == 2


def test_deciding_waits_for_nobody_who_runs(study, command, monkeypatch):
    hold = (
        "import sys, time\nfrom pathlib import Path\nfrom pipeline.core.files import lock_study\n"
        f"with lock_study(Path({str(study)!r}), 'analyse'):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    monkeypatch.setattr("pipeline.run.history.PATIENCE", 0.0)
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            code, _, err = command("decide", study, "rename", "T01", "naam", "--who", "An")
        finally:
            os.kill(holder.pid, signal.SIGKILL)
    assert code == 2
    assert f"is in gebruik: analyse (proces {holder.pid} op " in err


def test_the_manifest_of_a_run_can_be_read_by_other_programs(study):
    manifest = json.loads(history.latest_run(open_study(study)).folder.joinpath("manifest.json").read_bytes())
    assert (manifest["state"], manifest["job"], manifest["study"]) == ("finished", "analyse", "Proef")
    assert {stage["stage"]: stage.get("reason") for stage in manifest["stages"]}["topics"] == "not made yet"
