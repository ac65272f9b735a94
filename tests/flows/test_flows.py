"""The flows on a real Prefect server of their own, on this machine."""

import base64
import gc
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from small_study import finished_small_study, make_small_study, make_tiny_study, write_session

from pipeline.core.errors import DefectError, InputError
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import Status
from pipeline.run import runner, summary
from pipeline.run.history import study_id

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # Prefect leaves its clients open
]

WORDS = "de sleutel van Godelieve hangt achter de oven"


@pytest.fixture(scope="module")
def server(used_home):
    """Start the server of this machine with an empty database, as a run does; gives the path of that database."""
    home = used_home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        import flows  # noqa: F401, I001
        from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

        from flows.guard import on_a_server

        with temporary_settings({PREFECT_HOME: home}, restore_defaults={PREFECT_API_URL}), on_a_server():
            yield home / "prefect.db"
        gc.collect()


@pytest.fixture(scope="module")
def finished(server, tmp_path_factory):
    """Run the flow; gives its study, the one that the plain job made, and the steps that were told of."""
    from flows.analyse import run

    told = []
    by_flow = make_small_study(tmp_path_factory.mktemp("flow") / "Proef 1", ("tafel-02",))
    run(by_flow, overrides={}, force=False, on_stage=lambda report: told.append(report.stage))
    return by_flow, finished_small_study("tafel-02"), told


def database(server: Path) -> bytes:
    stored = b"".join(path.read_bytes() for path in sorted(server.parent.glob(f"{server.name}*")))
    assert stored.startswith(b"SQLite format 3")
    return stored


def latest_runs() -> list:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        return client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC)


def task_states(flow_run) -> dict[str, str]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    with get_client(sync_client=True) as client:
        chosen = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run.id]))
        return {task.name: task.state_name for task in client.read_task_runs(flow_run_filter=chosen)}


def wait_for(what, seconds: float):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(1)
    raise AssertionError(f"not there after {seconds} s")


def test_a_flow_makes_the_same_bytes_as_the_plain_job(finished):
    by_flow, plain, told = finished
    assert told == list(runner.JOBS["analyse"])
    made = {path.name: path.read_bytes() for path in (plain / "results").iterdir()}
    assert {path.name: path.read_bytes() for path in (by_flow / "results").iterdir()} == made
    assert {f"{table}.parquet" for table in ("codings", "topics", "agreement")} <= made.keys()
    assert (by_flow / "report.html").read_bytes() == (plain / "report.html").read_bytes()


def test_the_flow_leaves_a_manifest(finished):
    by_flow, _, told = finished
    (manifest,) = (by_flow / "runs").glob("*/manifest.json")
    assert [stage["stage"] for stage in json.loads(manifest.read_text())["stages"]] == told


def test_every_step_is_a_task_that_completed(finished):
    run = next(run for run in latest_runs() if run.parameters["study"] == str(finished[0]))
    states = task_states(run)
    assert run.name == "analyse · Proef · 1 new note"
    assert f"study:{study_id(open_study(finished[0]))}" in run.tags
    assert states == dict.fromkeys(["check", *runner.JOBS["analyse"], "publish"], "Completed")


def test_artifacts_hold_the_numbers_of_the_tables(finished):
    from prefect.artifacts import Artifact

    study = open_study(finished[0])
    key = study_id(study)
    fragments = read_table(study.table("fragments"), "fragments")
    used = int((fragments["status"] == Status.USED).sum())
    shown = Artifact.get(f"{key}-run").data
    assert re.search(rf"- fragments: {used} used .* = {len(fragments)}\n", shown)
    assert f"fragments {len(fragments)} |" in shown
    table = json.loads(Artifact.get(f"{key}-agreement").data)
    assert [row["n"] for row in table] == [row["n"] for row in summary.headlines(study)]
    figures = [value for row in table for value in row.values() if isinstance(value, float)]
    assert figures == [round(value, 3) for value in figures]
    assert Artifact.get(f"{key}-report").data == f"[Report of Proef]({(study.root / 'report.html').as_uri()})"
    (kappa,) = (
        row["estimate"]
        for row in table
        if (row["comparison"], row["scheme"], row["statistic"]) == ("A | B", "theme", "cohen_kappa")
    )
    assert 0.5 < kappa < 1


def test_no_word_of_a_participant_reaches_prefect(finished, server):
    stored = database(server)
    assert str(finished[0]).encode() in stored
    assert b"cohen_kappa" in stored
    texts = read_table(open_study(finished[0]).table("fragments"), "fragments")["text"]
    # Prefect stores JSON, which writes other letters in another way.
    openings = [" ".join(text.split()[:4]) for text in texts if len(text.split()) >= 4]
    plain_letters = [opening.encode() for opening in openings if opening.isascii() and opening.isprintable()]
    assert len(plain_letters) > 25
    assert [opening for opening in plain_letters if opening in stored] == []


def test_a_second_run_skips_what_has_not_changed(finished):
    from flows.compare import run

    told = {}
    reports, manifest = run(
        finished[0], overrides={}, force=False, on_stage=lambda report: told.update({report.stage: report.skipped})
    )
    assert told == dict.fromkeys(runner.JOBS["compare"], True)
    assert [report.stage for report in reports] == list(told)
    assert manifest.is_file()


def test_what_changed_is_shown_without_words_and_a_locked_database_is_waited_for(server, tmp_path):
    """Another program that writes in Prefect's database holds a run up for as long, and no longer."""
    from prefect.artifacts import Artifact

    from flows.analyse import run

    folder = make_tiny_study(tmp_path / "twee")
    run(folder, overrides={}, force=False, on_stage=lambda report: None)
    key = f"{study_id(open_study(folder))}-changes"
    assert Artifact.get(key) is None
    write_session(folder, 2)

    def hold(seconds: float) -> None:
        other = sqlite3.connect(server, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    locked = threading.Event()
    other = threading.Thread(target=hold, args=(8,))
    other.start()
    locked.wait()
    reports, _ = run(folder, overrides={}, force=False, on_stage=lambda report: None)
    other.join()
    assert not reports[0].skipped
    assert latest_runs()[0].state_name == "Completed"
    shown = Artifact.get(key).data
    assert "- gesprekken: 1 -> 2 (+1)" in shown
    annex = (folder / "annex.html").read_text(encoding="utf-8")
    assert "<li>gesprekken: 1 -&gt; 2 (+1)</li>" in annex
    assert runner.run_stage(open_study(folder), "report").skipped
    assert "Dit was kring" not in shown
    themes = read_table(open_study(folder).table("themes"), "themes")
    assert [label for label in themes["label"] if label in shown] == []


def run_broken(folder: Path, monkeypatch, error: Exception) -> tuple[list[str], Exception]:
    """Run the flow with a stage that fails; gives the stages that finished, and the error that came out."""
    from flows.analyse import run

    def fail(*tables, **keywords):
        raise error

    monkeypatch.setattr("pipeline.analysis.topics.stage.find_topics", fail)
    told = []
    with pytest.raises((InputError, DefectError)) as raised:
        run(folder, overrides={}, force=False, on_stage=lambda report: told.append(report.stage))
    return told, raised.value


def test_a_step_that_fails_ends_the_flow_with_its_error(server, tmp_path, monkeypatch):
    study = make_small_study(tmp_path / "stuk", ("tafel-02",))
    wrong = InputError.single("study.toml", "does not do", "Mend it")
    told, raised = run_broken(study, monkeypatch, wrong)
    assert raised is wrong
    assert told == ["ingest", "decisions", "fragments", "manual", "tokens", "embeddings"]
    failed = latest_runs()[0]
    assert failed.state_name == "Failed"
    assert "study.toml: does not do. Mend it." in failed.state.message
    states = task_states(failed)
    assert states == dict.fromkeys(["check", *told], "Completed") | {"topics": "Failed"}
    assert not (study / "results" / "stances.parquet").exists()
    (manifest,) = (study / "runs").glob("*/manifest.json")
    assert json.loads(manifest.read_bytes())["error"] == "study.toml: does not do. Mend it."


def stored_anywhere(*folders: Path) -> bytes:
    """All that lies in folders, with what is written in base 64 or packed in it as well."""
    found = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found.append(content)
        for coded in re.findall(rb"[A-Za-z0-9+/=]{24,}", content.replace(b"\\n", b"")):
            try:
                found.append(base64.b64decode(coded, validate=False))
            except ValueError:
                continue
    return b"".join(found)


def test_a_stage_that_hangs_is_ended_at_its_time_limit(server, monkeypatch):
    from prefect import flow

    from flows import tasks

    assert [(tuple(task.tags), task.timeout_seconds) for task in (tasks.check, tasks.run_stage, tasks.publish)] == [
        (("input",), tasks.STAGE_SECONDS), (("stage",), tasks.STAGE_SECONDS), (("artifacts",), tasks.PUBLISH_SECONDS),
    ]  # fmt: skip
    # In steps: under the alarm of the test runner Prefect interrupts between two of them.
    monkeypatch.setattr(tasks, "open_study", lambda *_, **__: [time.sleep(0.1) for _ in range(1200)])

    @flow(name="hangs", persist_result=False)
    def hangs() -> None:
        tasks.run_stage.with_options(timeout_seconds=2)("topics", "nowhere", {}, False)

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        hangs()
    assert time.monotonic() - started < 60
    failed = latest_runs()[0]
    assert (failed.state_name, task_states(failed)) == ("TimedOut", {"topics": "TimedOut"})


def test_words_in_an_unforeseen_error_reach_nothing_of_prefect(server, tmp_path, monkeypatch, capfd):
    from prefect.client.orchestration import get_client

    study = make_tiny_study(tmp_path / "woorden")
    cause = ValueError(WORDS)
    error = LookupError(WORDS)
    error.__cause__ = cause
    _, raised = run_broken(study, monkeypatch, error)
    assert isinstance(raised, DefectError)
    assert (raised.__cause__, raised.__context__) == (None, None)
    assert "step 'topics' failed with LookupError" in latest_runs()[0].state.message

    def logged() -> list[str]:
        with get_client(sync_client=True) as client:
            return [log.message for log in client.read_logs() if "failed with LookupError" in log.message]

    wait_for(logged, 30)
    assert WORDS.encode() not in database(server)
    stored = stored_anywhere(Path(os.environ["PREFECT_HOME"]), server.parent, study / "runs")
    assert b"LookupError" in stored
    assert WORDS.encode() not in stored
    assert WORDS not in "".join(capfd.readouterr())


def test_a_run_whose_process_was_killed_is_marked_as_crashed_by_the_next_one(server, tmp_path):
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    from flows.analyse import analyse, run
    from flows.guard import machine_tag

    study = make_tiny_study(tmp_path / "gestopt")
    tags = [f"study:{study_id(open_study(study))}", machine_tag()]
    with get_client(sync_client=True) as client:
        killed = client.create_flow_run(analyse, parameters={"study": str(study)}, state=Running(), tags=tags)
        elsewhere = client.create_flow_run(analyse, parameters={"study": str(study)}, state=Running(), tags=tags[:1])
        run(study, overrides={}, force=False, on_stage=lambda report: None)
        assert client.read_flow_run(killed.id).state_name == "Crashed"
        assert client.read_flow_run(elsewhere.id).state_name == "Running"


def test_bad_input_is_found_before_anything_is_written(server, tmp_path):
    from flows.analyse import analyse

    study = make_small_study(tmp_path / "leeg", ("tafel-02",))
    (study / "sources" / "tafel-03.txt").write_bytes(b"")
    with pytest.raises(InputError, match="tafel-03.txt"):
        analyse(str(study))
    assert not (study / "results").exists()


def test_telemetry_is_off_before_prefect_is_imported(tmp_path):
    code = (
        "import os, sys, flows\n"
        "assert 'prefect' not in sys.modules\n"
        "print(os.environ['DO_NOT_TRACK'], os.environ['PREFECT_SERVER_ANALYTICS_ENABLED'])\n"
        "import flows.analyse\n"
        "from prefect.settings import get_current_settings\n"
        "print(get_current_settings().server.analytics_enabled, get_current_settings().home)\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DO_NOT"))}
    env["HOME"] = str(tmp_path)
    shown = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == ["1 false", f"False {tmp_path / '.dialoogtafel-prefect'}"]
