"""The Prefect server of this machine: started by the first process that needs it, gone soon after the last one ends.

Prefect's own temporary server runs no schedules, and outlives a process that is killed. This one runs everything that a
server runs, and watches who uses it: each user holds a lock that goes with its process, however that ends.
"""

import fcntl
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from warnings import catch_warnings

from pipeline.core.errors import InputError
from pipeline.core.files import private_folder, write_bytes

START_SECONDS = 300.0
"""A first start makes a database: 8 s of processor time, and a busy machine may take long over that."""
GRACE_SECONDS = 1.0
BUSY, AGAIN_SECONDS = 503, b"0.1"
WATCH_SECONDS = 0.5
HEALTHY = b"true"
"""What a server of Prefect answers that is in order."""

WITHOUT = "Set PREFECT_HOME or PREFECT_API_URL, or run without Prefect: --plain"

_clients: dict[Path, int] = {}
"""The lock by which this process is known to the server of each home, as an open file."""


def home() -> Path:
    """Give the folder where Prefect keeps its database, made private.

    Raises:
        InputError: it cannot be made or written to.
    """
    path = Path(os.environ["PREFECT_HOME"]).expanduser()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError.single("PREFECT_HOME", f"{path} cannot be made: {error.strerror}", WITHOUT) from None
    if not os.access(path, os.W_OK):
        raise InputError.single("PREFECT_HOME", f"{path} cannot be written to", WITHOUT)
    return path


_unseen: set[str] = set()
"""Addresses of servers that this process started, and of which ``ensure_server`` has told nobody yet."""


def begin() -> None:
    """Start the server of this machine, if it will be needed and does not run, without waiting for it.

    Raises:
        InputError: there is no place for its database.
    """
    folder = home()
    # An address or a profile may name another server.
    if os.environ.get("PREFECT_API_URL") or (folder / "profiles.toml").exists():
        return
    register(folder)

    def start() -> None:
        # Who waits for it says so.
        with suppress(InputError):
            _ensure(folder)

    threading.Thread(target=start, daemon=True).start()


def ensure_server() -> tuple[str, bool]:
    """Give the address of the server of this machine, started if it does not run.

    Returns:
        The address of its API, and whether this process has just started it.

    Raises:
        InputError: there is no place for its database, or it does not start.
    """
    folder = home()
    register(folder)
    address = _ensure(folder)
    is_new = address in _unseen
    _unseen.discard(address)
    return address, is_new


def _ensure(folder: Path) -> str:
    """Find the server or start it, while others that want it wait."""
    with _alone(folder):
        found = _known(folder)
        if found and answers(found):
            return found
        address = _start(folder)
        _unseen.add(address)
    return address


@contextmanager
def kept_running() -> Iterator[None]:
    """Start the server of this machine again where it is killed, at its port: Prefect's client tries for a minute."""
    folder, ended = home(), threading.Event()

    def look() -> None:
        while not ended.wait(WATCH_SECONDS):
            if _is_gone(folder):
                try:
                    ensure_server()
                except InputError:
                    # Who waits for it says so.
                    return

    threading.Thread(target=look, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _is_gone(folder: Path) -> bool:
    try:
        os.kill(int(json.loads((folder / "server.json").read_bytes())["process"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return False


def register(folder: Path) -> None:
    """Be known to the server as a process that uses it, for as long as this process lives."""
    if folder in _clients and (folder / "clients" / str(os.getpid())).exists():
        return
    path = private_folder(folder / "clients") / str(os.getpid())
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    _clients[folder] = handle


def is_local(address: str | None) -> bool:
    """Tell whether an address is that of the server of this machine."""
    return address is not None and address == _known(Path(os.environ["PREFECT_HOME"]).expanduser())


def answers(address: str) -> bool:
    """Tell whether a server of Prefect answers at an address."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            # Another program may have the port by now, and find any address in order.
            return bool(answer.read(len(HEALTHY) + 1) == HEALTHY)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one thread of one process start a server while others wait for it."""
    handle = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _known(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "server.json").read_bytes())["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _choose_port(folder: Path) -> int:
    """Give the port of the last server, where it is free: who used one that was killed finds the next one there."""
    with socket.socket() as found:
        # What is left of its connections keeps it from being bound for a minute.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", urlsplit(_known(folder) or "").port or 0))
        except (OSError, ValueError):
            found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _start(folder: Path) -> str:
    port = _choose_port(folder)
    log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # No pipe and no terminal of ours: nobody waits for a server that lives on for a moment.
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.server", str(folder), str(port)],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment(),
    )  # fmt: skip
    os.close(log)
    address = f"http://127.0.0.1:{port}/api"
    deadline = time.monotonic() + START_SECONDS
    while not answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            mend = f"If {folder / 'prefect.db'} is damaged, move it away: no study is in it. {WITHOUT}"
            raise InputError.single("Prefect", "its server does not start", mend)
        time.sleep(0.1)
    write_bytes(folder / "server.json", json.dumps({"address": address, "process": process.pid}).encode())
    # It ends by itself; who started it need not wait for it.
    threading.Thread(target=process.wait, daemon=True).start()
    return address


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    root = str(Path(__file__).parents[1])
    # Blocks serve automations, which this server does not run; to register them takes half of a first start.
    return kept | {
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH")))),
    }


def _is_used(folder: Path) -> bool:
    """Tell whether a process lives that uses the server; what others left is removed."""
    used = False
    for path in (folder / "clients").glob("*"):
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            used = True
        finally:
            os.close(handle)
    return used


def make_database() -> None:
    """Make the database of a new home by Prefect's own migrations, in a third of the time that its server takes.

    The server hands each of thousands of statements from one thread to another; here they go straight to SQLite. What
    cannot be made so is left to the server.
    """
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from prefect.server.database import provide_database_interface
    from prefect.server.database.alembic_commands import alembic_config
    from sqlalchemy import create_engine, make_url

    made_by_prefect = provide_database_interface()
    url = make_url(made_by_prefect.database_config.connection_url)
    if url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists():
        return
    path = Path(url.database)
    for half in path.parent.glob(f".{path.name}.*.tmp"):
        half.unlink()
    config = alembic_config()
    config.set_main_option("version_locations", str(made_by_prefect.orm.versions_dir))
    scripts = ScriptDirectory.from_config(config)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    engine = create_engine(f"sqlite:///{temporary}")
    try:
        with catch_warnings(action="ignore"), engine.connect() as connection:
            for setting in ("synchronous = OFF", "journal_mode = MEMORY", "foreign_keys = OFF"):
                connection.exec_driver_sql(f"PRAGMA {setting}")
            connection.commit()
            with EnvironmentContext(
                config, scripts, fn=lambda revision, _: scripts._upgrade_revs("head", revision)
            ) as each:
                each.configure(
                    connection, target_metadata=made_by_prefect.Base.metadata, render_as_batch=True,
                    transaction_per_migration=True, template_args={"dialect": "sqlite"},
                )  # fmt: skip
                with each.begin_transaction():
                    each.run_migrations()
            connection.commit()
        with temporary.open("rb") as made:
            os.fsync(made.fileno())
        temporary.rename(path)
    except Exception as error:
        sys.stderr.write(f"the server makes its database itself, after {type(error).__name__}\n")
    finally:
        engine.dispose()
        temporary.unlink(missing_ok=True)


class _SoonAgain:
    """An application that asks clients to come back at once where the database was busy; else they wait for seconds.

    A transaction of SQLite that began with reading cannot write once another one has written; it has to begin again.
    """

    def __init__(self, application: Any) -> None:  # noqa: ANN401
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == BUSY:
                message["headers"] = [*message["headers"], (b"retry-after", AGAIN_SECONDS)]
            await send(message)

        await self.application(scope, receive, answer)


def serve(folder: Path, port: int) -> None:
    """Run the server until nobody uses it any more."""
    import uvicorn

    os.umask(0o077)
    make_database()
    from prefect.server.api.server import create_app

    config = uvicorn.Config(
        _SoonAgain(create_app()), host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)

    def watch() -> None:
        last_used = time.monotonic()
        while time.monotonic() - last_used < GRACE_SECONDS:
            time.sleep(WATCH_SECONDS)
            if _is_used(folder):
                last_used = time.monotonic()
        server.should_exit = True
        time.sleep(10)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    server.run()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
