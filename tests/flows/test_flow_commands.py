"""The commands that run flows, as a user types them: each in a process of its own, on a server of this machine."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from small_study import make_small_study

from pipeline.core.errors import InputError
from pipeline.run import runner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

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


def test_a_run_shows_its_steps_and_its_summary_and_nothing_of_prefect(tmp_path):
    study = make_small_study(tmp_path / "proef", ("tafel-02",))
    done = dialoogtafel(tmp_path, "analyse", study)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stderr.splitlines() if line.strip()] == list(runner.JOBS["analyse"])
    assert str(study / "report.html") in done.stdout
    assert (tmp_path / "prefect" / "prefect.db").is_file()


def test_a_server_that_does_not_answer_gives_one_message_and_code_2(tmp_path):
    study = make_small_study(tmp_path / "proef", ("tafel-02",))
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
        serve(make_small_study(tmp_path / "proef", ("tafel-02",)), **options)


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


@pytest.fixture(scope="module")
def team_server(tmp_path_factory):
    """Start a server as a team would; gives its address."""
    folder, port = tmp_path_factory.mktemp("team"), free_port()
    api, log = f"http://127.0.0.1:{port}/api", folder / "server.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, log, env=environment(folder / "prefect", DO_NOT_TRACK="1")):
        wait_for(lambda: ask(f"{api}/health"), 120, log)
        yield api


def test_a_step_that_cannot_do_its_work_gives_one_message_and_code_2(team_server, tmp_path):
    study = make_small_study(tmp_path / "proef", ("tafel-02",))
    done = dialoogtafel(
        tmp_path, "analyse", study, "--encoder", "intfloat/multilingual-e5-small", PREFECT_API_URL=team_server
    )
    assert (done.returncode, done.stdout.strip()) == (2, "")
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert [line.split()[0] for line in said] == ["ingest", "fragments", "manual", "tokens", "dialoogtafel:"]
    assert "multilingual-e5-small" in said[-1]


def test_a_schedule_analyses_the_study_on_the_minute(team_server, tmp_path):
    study = make_small_study(tmp_path / "proef", ("tafel-02",))
    command = [sys.executable, "-m", "pipeline", "schedule", str(study), "--cron", "* * * * *"]
    env, log = environment(tmp_path / "prefect", PREFECT_API_URL=team_server), tmp_path / "schedule.log"
    ended = {
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}},
        "deployments": {"name": {"any_": ["analyse-proef"]}},
    }
    with running(command, log, env=env, cwd=tmp_path):
        runs = wait_for(lambda: ask(f"{team_server}/flow_runs/filter", ended), 180, log)
        (deployment,) = ask(f"{team_server}/deployments/filter", {})
    assert runs[0]["state"]["type"] == "COMPLETED", log.read_text()
    assert runs[0]["auto_scheduled"]
    assert deployment["parameters"] == {"study": str(study.resolve())}
    (made,) = deployment["schedules"]
    assert made["schedule"] == {"cron": "* * * * *", "timezone": "Europe/Brussels", "day_or": True}
    assert (study / "results" / "agreement.parquet").is_file()
    assert (study / "report.html").is_file()
    assert list((study / "runs").glob("*/manifest.json"))


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
