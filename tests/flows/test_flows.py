"""The flows on a real Prefect server of their own, on this machine."""

import asyncio
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
from contextlib import closing
from pathlib import Path

import pytest
from small_study import finished_small_study, make_small_study, make_tiny_study, write_session

from pipeline.core.errors import DefectError, InputError
from pipeline.core.files import name_holder
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import Status
from pipeline.run import job_process, runner, summary
from pipeline.run.history import list_runs, study_id
from pipeline.run.job_process import Follower

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # Prefect leaves its clients open
]


class Told(Follower):
    """Keeps what became of each stage."""

    def __init__(self):
        self.skipped = {}

    def finished(self, report):
        self.skipped[report.stage] = report.skipped


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

    told = Told()
    by_flow = make_small_study(tmp_path_factory.mktemp("flow") / "Proef 1", ("tafel-02",))
    run(by_flow, overrides={}, force=False, follower=told)
    return by_flow, finished_small_study("tafel-02"), told.skipped


def database(server: Path) -> bytes:
    stored = b"".join(path.read_bytes() for path in sorted(server.parent.glob(f"{server.name}*")))
    assert stored.startswith(b"SQLite format 3")
    return stored


def latest_runs() -> list:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        return client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC)


def read_tasks(flow_run) -> list:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    with get_client(sync_client=True) as client:
        chosen = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run.id]))
        return client.read_task_runs(flow_run_filter=chosen)


def task_states(flow_run) -> dict[str, str]:
    return {task.name: task.state_name for task in read_tasks(flow_run)}


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
    assert told == dict.fromkeys(runner.JOBS["analyse"], False)
    made = {path.name: path.read_bytes() for path in (plain / "results").iterdir()}
    assert {path.name: path.read_bytes() for path in (by_flow / "results").iterdir()} == made
    assert {f"{table}.parquet" for table in ("codings", "topics", "agreement")} <= made.keys()
    assert (by_flow / "report.html").read_bytes() == (plain / "report.html").read_bytes()


def test_the_flow_leaves_a_manifest(finished):
    by_flow, _, told = finished
    (manifest,) = (by_flow / "runs").glob("*/manifest.json")
    assert [stage["stage"] for stage in json.loads(manifest.read_text())["stages"]] == list(runner.JOBS["analyse"])


def test_every_step_is_a_task_that_completed(finished):
    run = next(run for run in latest_runs() if run.parameters["study"] == str(finished[0]))
    states = task_states(run)
    assert run.name == "analyse · Proef · 1 new note"
    assert f"study:{study_id(open_study(finished[0]))}" in run.tags
    assert states == dict.fromkeys(["check", *runner.JOBS["analyse"], "publish"], "Completed")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor does one thing at a time")
def test_stages_that_do_not_wait_for_each_other_run_side_by_side(finished):
    run = next(run for run in latest_runs() if run.parameters["study"] == str(finished[0]))
    tasks = {task.name: task for task in read_tasks(run)}
    assert tasks["tokens"].start_time < tasks["embeddings"].end_time
    assert tasks["embeddings"].start_time < tasks["tokens"].end_time
    assert tasks["diagnosis"].start_time < tasks["understanding"].end_time < tasks["questions"].end_time


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

    told = Told()
    reports, manifest = run(finished[0], overrides={}, force=False, follower=told)
    assert told.skipped == dict.fromkeys(runner.JOBS["compare"], True)
    assert [report.stage for report in reports] == list(runner.JOBS["compare"])
    assert manifest.is_file()


def test_what_changed_is_shown_without_words_and_a_locked_database_is_waited_for(server, tmp_path):
    """Another program that writes in Prefect's database holds a run up for as long, and no longer."""
    from prefect.artifacts import Artifact

    from flows.analyse import run

    folder = make_tiny_study(tmp_path / "twee")
    run(folder, overrides={}, force=False, follower=Told())
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
    reports, _ = run(folder, overrides={}, force=False, follower=Told())
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


def break_topics(monkeypatch, how: str) -> None:
    """Have the stage ``topics`` do something else in the process of the job."""
    code = (
        "import sys, time\n"
        "from pipeline.analysis.topics import stage\n"
        "from pipeline.core.errors import InputError\n"
        "from pipeline.run import job_process\n"
        "work = stage.find_topics\n"
        f"def fail(*tables, **keywords):\n    {how}\n"
        "stage.find_topics = fail\n"
        "job_process.work(int(sys.argv[1]))\n"
    )
    monkeypatch.setattr(job_process, "COMMAND", (sys.executable, "-c", code))


def run_broken(folder: Path, monkeypatch, how: str) -> tuple[list[str], Exception]:
    """Run the flow with a stage that fails; gives the stages that finished, and the error that came out."""
    from flows.analyse import run

    break_topics(monkeypatch, how)
    told = Told()
    with pytest.raises((InputError, DefectError)) as raised:
        run(folder, overrides={}, force=False, follower=told)
    return list(told.skipped), raised.value


def test_a_step_that_fails_ends_the_flow_with_its_error(server, tmp_path, monkeypatch):
    study = make_small_study(tmp_path / "stuk", ("tafel-02",))
    wrong = 'InputError.single("study.toml", "does not do", "Mend it")'
    told, raised = run_broken(study, monkeypatch, f"raise {wrong}")
    assert str(raised) == "study.toml: does not do. Mend it."
    assert sorted(told) == ["decisions", "embeddings", "fragments", "ingest", "manual", "tokens"]
    failed = latest_runs()[0]
    assert failed.state_name == "Failed"
    assert "study.toml: does not do. Mend it." in failed.state.message
    states = task_states(failed)
    assert states == dict.fromkeys(["check", *told], "Completed") | {"topics": "Failed"}
    assert not (study / "results" / "stances.parquet").exists()
    (manifest,) = (study / "runs").glob("*/manifest.json")
    assert json.loads(manifest.read_bytes())["error"] == "study.toml: does not do. Mend it."


def test_a_job_that_is_killed_once_goes_on_where_it_was(server, tmp_path, monkeypatch):
    """As the system kills a process that wants too much memory."""
    from flows.analyse import run

    mark = tmp_path / "killed"
    again = "import os; again = not os.path.exists({0!r}); open({0!r}, 'w'); again and os.kill(os.getpid(), 9)"
    break_topics(monkeypatch, f"{again.format(str(mark))}; return work(*tables, **keywords)")
    folder, told = make_tiny_study(tmp_path / "gedood"), Told()
    run(folder, overrides={}, force=False, follower=told)
    assert told.skipped["fragments"]
    assert not told.skipped["topics"]
    names = [(task.name, task.state_name) for task in read_tasks(latest_runs()[0])]
    assert [state for name, state in names if name == "topics"] in (
        ["Cancelled", "Completed"],
        ["Completed", "Cancelled"],
    )
    assert [run.state for run in list_runs(open_study(folder))] == ["stopped", "finished"]


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


def test_a_stage_that_hangs_is_ended_at_its_time_limit(server, tmp_path, monkeypatch):
    """Also where it hangs in one step of Python that nothing interrupts: its process is ended."""
    from flows import tasks
    from flows.analyse import run

    tags = [(tuple(task.tags), task.timeout_seconds) for task in (tasks.check, tasks.run_stage, tasks.publish)]
    assert tags == [(("input",), tasks.STAGE_SECONDS), (("stage",), None), (("artifacts",), tasks.PUBLISH_SECONDS)]
    monkeypatch.setattr(tasks, "STAGE_SECONDS", 15.0)
    monkeypatch.setattr(job_process, "SECONDS_TO_END", 1.0)
    break_topics(monkeypatch, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")
    folder, told, started = make_tiny_study(tmp_path / "hangt"), Told(), time.monotonic()
    with pytest.raises(TimeoutError):
        run(folder, overrides={}, force=False, follower=told)
    assert time.monotonic() - started < 120
    failed = latest_runs()[0]
    states = dict.fromkeys(["check", *told.skipped], "Completed") | {"topics": "TimedOut"}
    assert (failed.state_name, task_states(failed)) == ("TimedOut", states)
    assert name_holder(folder) is None


def test_words_in_an_unforeseen_error_reach_nothing_of_prefect(server, tmp_path, monkeypatch, capfd):
    from prefect.client.orchestration import get_client

    study = make_tiny_study(tmp_path / "woorden")
    _, raised = run_broken(study, monkeypatch, f"raise LookupError({WORDS!r}) from ValueError({WORDS!r})")
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
        run(study, overrides={}, force=False, follower=Told())
        assert client.read_flow_run(killed.id).state_name == "Crashed"
        assert client.read_flow_run(elsewhere.id).state_name == "Running"


def test_bad_input_is_found_before_anything_is_written(server, tmp_path):
    from flows.analyse import analyse

    study = make_small_study(tmp_path / "leeg", ("tafel-02",))
    (study / "sources" / "tafel-03.txt").write_bytes(b"")
    with pytest.raises(InputError, match="tafel-03.txt"):
        analyse(str(study))
    assert not (study / "results").exists()


def read_schema(path: Path) -> set[tuple[str, str, frozenset[str]]]:
    """Tables and indices of a database with their parts, whose order Prefect's own migrations do not settle."""
    with closing(sqlite3.connect(path)) as base:
        rows = base.execute("select type, name, coalesce(sql, '') from sqlite_master").fetchall()
        (revision,) = base.execute("select version_num from alembic_version").fetchone()
    parts = (re.split(r",\s*\n|\n\)", sql) for _, _, sql in rows)
    made = {(kind, name, frozenset(map(str.strip, part))) for (kind, name, _), part in zip(rows, parts, strict=True)}
    return made | {("revision", revision, frozenset())}


def test_the_database_that_is_made_ahead_is_the_one_that_prefect_makes(empty_database, tmp_path):
    code = "from flows import server; server.make_database()"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
    subprocess.run([sys.executable, "-c", code], env=env | {"PREFECT_HOME": str(tmp_path)}, check=True)
    assert read_schema(tmp_path / "prefect.db") == read_schema(empty_database)
    assert len(read_schema(empty_database)) > 200


def test_a_client_of_a_busy_database_is_asked_to_come_back_soon():
    import httpx
    from starlette.responses import Response

    from flows.server import _SoonAgain

    def ask(status: int) -> httpx.Response:
        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(app=_SoonAgain(Response(status_code=status)))
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.get("/")

        return asyncio.run(get())

    assert ask(503).headers["retry-after"] == "0.1"
    assert "retry-after" not in ask(500).headers


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
