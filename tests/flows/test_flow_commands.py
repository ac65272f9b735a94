"""The commands that run flows, as a user types them: each in a process of its own, on a server of this machine."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from small_study import make_tiny_study

from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.run import runner
from pipeline.run.history import list_runs, name_holder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _home_of_this_process(tmp_path_factory):
    """Importing Prefect makes its home; not in the home of who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        yield


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"} | more


def dialoogtafel(folder: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *map(str, words)]
    env = environment(folder / "prefect", **more)
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


WATCHES_CONNECTIONS = """
import os, sys
def watch(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        address = given[1] if event != "socket.getaddrinfo" else given[:2]
        host = address[0] if isinstance(address, tuple) else "local"
        with open(os.environ["CONNECTIONS"], "a") as stream:
            stream.write(f"{host}\\n")
sys.addaudithook(watch)
"""


def test_a_run_shows_its_steps_and_its_summary_and_connects_to_this_machine_only(used_home, tmp_path):
    """In a network that has loopback only, where that can be made; what is tried is written down in any case."""
    study, seen = make_tiny_study(tmp_path / "proef"), tmp_path / "connections.txt"
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(WATCHES_CONNECTIONS)
    alone = ["unshare", "-rn", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        alone = []
    env = environment(used_home, PYTHONPATH=str(tmp_path / "hook"), CONNECTIONS=str(seen))
    command = [*alone, sys.executable, "-m", "pipeline", "analyse", str(study)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = [line.split()[0] for line in done.stderr.splitlines() if line.strip()]
    assert sorted(shown) == sorted(runner.JOBS["analyse"])
    assert str(study / "report.html") in done.stdout
    assert ask_database(used_home, "select name from flow_run") == [("analyse · Proef · 1 new note",)]
    hosts = set(seen.read_text().split())
    assert "127.0.0.1" in hosts
    assert hosts <= {"127.0.0.1", "localhost", "::1", "local", "None"}


def ask_database(home: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "prefect.db")) as base:
        return base.execute(question).fetchall()


def test_a_server_that_does_not_answer_gives_one_message_and_code_2(tmp_path):
    study = make_tiny_study(tmp_path / "proef")
    done = dialoogtafel(tmp_path, "analyse", study, PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api")
    assert done.returncode == 2
    assert "--plain" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (study / "results").exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"cron": "elke nacht"}, "--cron: is not a schedule"), ({"cron": "0 2 * * *", "timezone": "Gent"}, "--timezone")],
)
def test_a_schedule_that_does_not_hold_is_refused(tmp_path, options, expected):
    from flows.schedule import serve

    with pytest.raises(InputError, match=expected):
        serve(make_tiny_study(tmp_path / "proef"), **options)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(command: list[str], log: Path, **settings):
    """Keep a command running, and end it with all that it started."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **settings)
        try:
            yield process
        finally:
            for end in (signal.SIGINT, signal.SIGKILL):
                try:
                    os.killpg(process.pid, end)
                    process.wait(timeout=15)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue


def ask(url: str, question: object = None):
    """Ask the server; None while it does not answer."""
    body = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def wait_for(what, seconds: float, log: Path):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(1)
    raise AssertionError(f"not there after {seconds} s:\n{log.read_text()}")


POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@pytest.fixture(scope="module")
def postgres():
    """Start PostgreSQL as a user who is no administrator; gives the address of its database."""
    if POSTGRES is None:
        pytest.skip("no PostgreSQL on this machine (Debian: postgresql)")
    as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    folder, port = Path(tempfile.mkdtemp(prefix="dialoogtafel-pg-")), free_port()
    if as_nobody:
        shutil.chown(folder, "nobody", "nogroup")
    data, plain = folder / "data", {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
    made = [POSTGRES / "initdb", "-D", data, "-U", "prefect", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, **plain, **as_nobody)
    command = [POSTGRES / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder, "-F"]
    try:
        with running(list(map(str, command)), folder.with_suffix(".log"), **plain, **as_nobody):
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink()


class TeamServer:
    """A server as a team would start it, on PostgreSQL, that can be stopped and started again at its address."""

    def __init__(self, folder: Path, database: str) -> None:
        self._port, self._log, self._open = free_port(), folder / "server.log", ExitStack()
        self.api = f"http://127.0.0.1:{self._port}/api"
        more = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_UI_ENABLED": "0"}
        self._env = environment(folder / "prefect", PREFECT_SERVER_DATABASE_CONNECTION_URL=database, **more)

    def start(self) -> None:
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port"]
        self._open.enter_context(running([*command, str(self._port)], self._log, env=self._env))
        wait_for(lambda: ask(f"{self.api}/health"), 300, self._log)

    def stop(self) -> None:
        self._open.close()


@pytest.fixture(scope="module")
def server_of_team(postgres, tmp_path_factory):
    server = TeamServer(tmp_path_factory.mktemp("team"), postgres)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def team_server(server_of_team):
    """Give the address of a server on PostgreSQL."""
    return server_of_team.api


def test_two_of_a_team_cannot_run_one_study_at_once(team_server, tmp_path):
    study, log = make_tiny_study(tmp_path / "proef"), tmp_path / "none.log"
    log.touch()
    command = [sys.executable, "-m", "pipeline", "analyse", str(study)]
    env = environment(tmp_path / "prefect", PREFECT_API_URL=team_server)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        wait_for(lambda: any(run.manifest.get("stage") for run in list_runs(open_study(study))), 300, log)
        holder = list_runs(open_study(study))[-1].manifest["process"]
        # It holds the study for longer than the other one waits.
        os.kill(holder, signal.SIGSTOP)
        second = subprocess.run([*command, "--plain"], env=env, capture_output=True, text=True, check=False)
        os.kill(holder, signal.SIGCONT)
        out, err = first.communicate()
    assert first.returncode == 0, err
    assert second.returncode == 2
    assert f"is in gebruik: analyse (proces {holder} op " in second.stderr
    assert str(study / "report.html") in out.decode()
    (run,) = ask(f"{team_server}/flow_runs/filter", {"flow_runs": {"name": {"any_": ["analyse · Proef · 1 new note"]}}})
    assert run["state"]["type"] == "COMPLETED"
    assert [tag.partition(":")[0] for tag in sorted(run["tags"])] == ["machine", "study"]


def test_a_step_that_cannot_do_its_work_gives_one_message_and_code_2(team_server, tmp_path):
    study = make_tiny_study(tmp_path / "proef")
    done = dialoogtafel(
        tmp_path, "analyse", study, "--encoder", "intfloat/multilingual-e5-small", PREFECT_API_URL=team_server
    )
    assert (done.returncode, done.stdout.strip()) == (2, "")
    said = [line for line in done.stderr.splitlines() if line.strip()]
    *done_before, last = (line.split()[0] for line in said)
    assert last == "dialoogtafel:"
    assert set(done_before) in ({"ingest", "decisions", "fragments", "manual"}, {*done_before, "tokens"})
    assert "multilingual-e5-small" in said[-1]


def test_a_run_that_is_asked_to_stop_ends_clean_and_does_not_seem_to_go_on(team_server, tmp_path):
    study, log = make_tiny_study(tmp_path / "gevraagd"), tmp_path / "none.log"
    log.touch()
    command = [sys.executable, "-m", "pipeline", "analyse", str(study)]
    env = environment(tmp_path / "prefect", PREFECT_API_URL=team_server)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(run.manifest.get("stage") for run in list_runs(open_study(study))), 300, log)
        process.terminate()
        _, err = process.communicate()
    assert process.returncode == 143, err
    assert "Traceback" not in err
    assert [run.state for run in list_runs(open_study(study))] == ["stopped"]
    assert name_holder(study) is None
    assert not list(study.rglob(".*.tmp"))
    (run, *_) = ask(f"{team_server}/flow_runs/filter", {"sort": "START_TIME_DESC"})
    assert run["state"]["type"] in {"CRASHED", "CANCELLED", "FAILED"}


def test_a_server_that_is_stopped_and_started_during_a_run_costs_nothing_of_it(server_of_team, tmp_path):
    study, log = make_tiny_study(tmp_path / "onderbroken"), tmp_path / "none.log"
    log.touch()
    command = [sys.executable, "-m", "pipeline", "analyse", str(study)]
    env = environment(tmp_path / "prefect", PREFECT_API_URL=server_of_team.api)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(run.manifest.get("stage") for run in list_runs(open_study(study))), 300, log)
        server_of_team.stop()
        assert process.poll() is None
        time.sleep(2)
        server_of_team.start()
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "ERROR" not in err
    assert str(study / "report.html") in out
    assert [run.state for run in list_runs(open_study(study))] == ["finished"]
    named = {"flow_runs": {"name": {"any_": ["analyse · Proef · 1 new note"]}}, "sort": "START_TIME_DESC"}
    (run, *_) = ask(f"{server_of_team.api}/flow_runs/filter", named)
    assert run["state"]["type"] == "COMPLETED"


def processes_of(folder: Path) -> list[int]:
    """The server processes that keep their database in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"flows.server" in words and str(folder).encode() in words:
            found.append(int(path.parent.name))
    return found


def test_a_run_of_a_schedule_that_is_refused_says_so_in_one_message(tmp_path):
    """As the process that a schedule starts for each run does it; nothing of it has a handler for Prefect's lines."""
    study = make_tiny_study(tmp_path / "proef")
    (study / "sources" / "stuk.docx").write_text("kapot")
    code = (
        "from flows.analyse import analyse\nfrom flows.guard import on_a_server\n"
        f"with on_a_server():\n    print(analyse({str(study)!r}, return_state=True).type.value)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "FAILED\n", done.stderr
    lines = done.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["dialoogtafel", "stuk.docx"], done.stderr


def test_two_studies_whose_folders_have_one_name_have_a_schedule_each(tmp_path, monkeypatch):
    from flows import schedule

    served = []
    monkeypatch.setattr(schedule, "reporting", nullcontext)
    monkeypatch.setattr(schedule, "analyse", SimpleNamespace(serve=lambda **given: served.append(given)))
    folders = [make_tiny_study(tmp_path / town / "proef") for town in ("gent", "aalst")]
    for folder in (*folders, folders[0]):
        schedule.serve(folder, cron="0 2 * * *")
    assert [given["parameters"]["study"] for given in served[:2]] == [str(folder) for folder in folders]
    first, second, again = (given["name"] for given in served)
    assert first == again != second
    assert first.startswith("analyse-proef-")


def test_a_schedule_needs_nothing_else_on_a_fresh_machine(tmp_path):
    """As a user starts it: no home, no settings, no server. It runs on the minute, and leaves no server when killed."""
    study, home = make_tiny_study(tmp_path / "proef"), tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "pipeline", "schedule", str(study), "--cron", "* * * * *"]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DO_NOT"))}
    log, database = tmp_path / "schedule.log", home / ".dialoogtafel-prefect"
    with running(command, log, env=env | {"HOME": str(home)}, cwd=tmp_path) as process:
        wait_for(lambda: any(run.state == "finished" for run in list_runs(open_study(study))), 400, log)
        assert len(processes_of(database)) == 1
        address = json.loads((database / "server.json").read_bytes())["address"]
        ended = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
        (run, *_) = wait_for(lambda: ask(f"{address}/flow_runs/filter", ended), 60, log)
        os.kill(process.pid, signal.SIGKILL)
        wait_for(lambda: not processes_of(database), 120, log)
    assert (run["state"]["type"], run["auto_scheduled"]) == ("COMPLETED", True)
    assert run["name"] == "analyse · Proef · 1 new note"
    assert (study / "report.html").is_file()


def test_a_run_that_is_killed_leaves_no_server_that_holds_its_output(used_home, tmp_path):
    """What reads the output of a run that was killed is not kept waiting by a server that lives on."""
    study, database, log = make_tiny_study(tmp_path / "proef"), used_home, tmp_path / "none.log"
    log.touch()
    command, env = [sys.executable, "-m", "pipeline", "analyse", str(study)], environment(database)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        wait_for(lambda: any(run.manifest.get("stage") for run in list_runs(open_study(study))), 400, log)
        process.kill()
        started = time.monotonic()
        process.stdout.read()
        assert time.monotonic() - started < 60
    # The process of the job ended too: it held the output, and the lock of the study.
    assert name_holder(study) is None
    assert [run.state for run in list_runs(open_study(study))] == ["stopped"]
    wait_for(lambda: not processes_of(database), 120, log)


def test_a_server_of_this_machine_that_is_killed_during_a_run_is_started_again(used_home, tmp_path):
    study, log = make_tiny_study(tmp_path / "proef"), tmp_path / "none.log"
    log.touch()
    command, env = [sys.executable, "-m", "pipeline", "analyse", str(study)], environment(used_home)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(run.manifest.get("stage") for run in list_runs(open_study(study))), 400, log)
        (before,) = processes_of(used_home)
        os.kill(before, signal.SIGKILL)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    shown = [line.split()[0] for line in err.splitlines() if line.strip()]
    assert sorted(shown) == sorted(runner.JOBS["analyse"]), err
    wait_for(lambda: not processes_of(used_home), 120, log)
    ended = ask_database(used_home, "select state_type from flow_run order by start_time desc limit 1")
    assert ended == [("COMPLETED",)]


def test_a_run_that_a_terminal_interrupts_writes_down_that_it_stopped(used_home, tmp_path):
    """An interrupt reaches the command and its job at once, and the command then stops the job too."""
    study, log = make_tiny_study(tmp_path / "proef"), tmp_path / "run.log"
    command = [sys.executable, "-m", "pipeline", "analyse", str(study)]
    with running(command, log, env=environment(used_home)) as process:
        wait_for(lambda: any(run.manifest.get("stage") for run in list_runs(open_study(study))), 400, log)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130, log.read_text()
    assert [run.manifest["state"] for run in list_runs(open_study(study))] == ["stopped"]


@pytest.mark.parametrize("answer", [b"SSH-2.0-other\r\n", b"HTTP/1.1 200 OK\r\n\r\n<html>"])
def test_another_program_at_the_port_of_the_last_server_is_no_server_of_prefect(answer):
    from flows.server import answers

    def reply(listening):
        with listening.accept()[0] as found:
            found.recv(1000)
            found.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=reply, args=(listening,), daemon=True).start()
        assert not answers(f"http://127.0.0.1:{listening.getsockname()[1]}/api")


def test_a_run_that_is_refused_while_its_server_begins_keeps_nobody_waiting(used_home):
    """A watched study goes on for hours after its notes were refused; others start their runs meanwhile."""
    env, log = environment(used_home), used_home / "none.log"
    log.touch()
    begun = [sys.executable, "-c", "import time; from flows import server; server.begin(); time.sleep(600)"]
    asks = "from flows import server; print(server.ensure_server()[0])"
    with running(begun, log, env=env):
        wait_for(lambda: processes_of(used_home), 60, log)
        other = [sys.executable, "-c", asks]
        done = subprocess.run(other, env=env, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.startswith("http://127.0.0.1:")
    wait_for(lambda: not processes_of(used_home), 120, log)


def test_the_deployments_of_prefect_yaml_name_a_flow_with_its_parameters():
    from prefect.flows import load_flow_from_entrypoint

    described = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    assert [deployment["name"] for deployment in described["deployments"]] == ["nightly", "after-coding"]
    for deployment in described["deployments"]:
        flow = load_flow_from_entrypoint(deployment["entrypoint"])
        assert flow.validate_parameters(deployment["parameters"])["force"] is False
        assert {schedule["timezone"] for schedule in deployment.get("schedules", [])} <= {"Europe/Brussels"}
        env = deployment["work_pool"]["job_variables"]["env"]
        assert env == {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "HF_HUB_OFFLINE": "1"}
