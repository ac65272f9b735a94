"""Which server a flow reports to, what becomes of runs whose process is gone, and what of Prefect a user sees."""

import logging
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import StateType
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.exceptions import TerminationSignal
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from prefect.states import Crashed

from flows import server
from pipeline.core.errors import DefectError, InputError, PipelineError

SECONDS_TO_RETURN = 120.0
"""How long a run that is done waits for a server that was stopped meanwhile."""


def _is_not_of_prefect(record: logging.LogRecord) -> bool:
    # Some of its loggers are named after a class.
    return not record.name.startswith("prefect") and "prefect" not in Path(record.pathname).parts


def _list_terminal_handlers() -> Iterator[logging.Handler]:
    for name in (None, *logging.root.manager.loggerDict):
        if name is None or name.partition(".")[0] == "prefect":
            handlers = logging.getLogger(name).handlers
            yield from (handler for handler in handlers if isinstance(handler, logging.StreamHandler))


def keep_off_terminal() -> None:
    """Keep Prefect's log lines, which show whole tracebacks, off the terminal of this process."""
    for handler in _list_terminal_handlers():
        handler.addFilter(_is_not_of_prefect)
    # Of lines that reach no server it writes that itself, past all handlers.
    logging.raiseExceptions = False


@contextmanager
def reporting() -> Iterator[None]:
    """Report to the server that is set, else to that of this machine, and keep Prefect's log lines off the terminal.

    The lines still go to the server. They stay off until the process ends, since Prefect also writes then.

    Raises:
        InputError: Prefect has no place for its database, or its server does not answer.
        SystemExit: the process was asked to stop.
    """
    keep_off_terminal()
    with on_a_server():
        try:
            yield
        except TerminationSignal as stop:
            sys.exit(128 + stop.signal)
        except RuntimeError as error:
            # Stages raise no RuntimeError: this is Prefect, whose words hold addresses only.
            shown: Exception = InputError.single("Prefect", str(error).rstrip("."), server.WITHOUT)
        except (httpx.TransportError, ConcurrencySlotAcquisitionError) as error:
            address = get_current_settings().api.url
            shown = _find_first(error) or InputError.single(
                "Prefect", f"no server answers at {address} any more", server.WITHOUT
            )
        else:
            return
        raise shown


def _find_first(error: BaseException | None) -> PipelineError | DefectError | None:
    """Find the error that ended a run, where no server could be told of it."""
    while error is not None and not isinstance(error, PipelineError | DefectError):
        error = error.__context__
    return error


@contextmanager
def on_a_server() -> Iterator[None]:
    """Have a server: that which is set, if it answers; else that of this machine."""
    given = get_current_settings().api.url
    if given:
        if not server.answers(str(given)):
            raise InputError.single("Prefect", f"no server answers at {given}", server.WITHOUT)
        if server.is_local(str(given)):
            server.register(server.home())
            with server.kept_running():
                yield
        else:
            yield
        return
    address, is_new = server.ensure_server()
    before = os.environ.get("PREFECT_API_URL")
    # In the environment too: a schedule starts each run in a process of its own.
    os.environ["PREFECT_API_URL"] = address
    try:
        with temporary_settings({PREFECT_API_URL: address}), server.kept_running():
            if is_new:
                mark_crashed()
            yield
    finally:
        if before is None:
            del os.environ["PREFECT_API_URL"]


def wait_for_server(seconds: float = SECONDS_TO_RETURN) -> None:
    """Wait for a server that was stopped during a run, and started again.

    Raises:
        InputError: it does not answer in that time.
    """
    address, deadline = str(get_current_settings().api.url), time.monotonic() + seconds
    while not server.answers(address):
        if time.monotonic() > deadline:
            raise InputError.single(
                "Prefect", f"no server answers at {address} any more; the study itself is finished", server.WITHOUT
            )
        time.sleep(1)


def mark_crashed(*tags: str, but: object = None) -> int:
    """Mark runs as crashed that seem to go on and whose process is gone.

    Without tags: all runs; only right after a server of this machine was started, since it ends with its last user.
    With tags: those of a study on this machine; only while holding its lock, without which no run goes on.

    Args:
        tags: tags that a run must have.
        but: id of a run that is left alone.

    Returns:
        How many were marked.
    """
    going_on = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.CANCELLING]))
    chosen = FlowRunFilter(state=going_on, tags=FlowRunFilterTags(all_=list(tags)) if tags else None)
    with get_client(sync_client=True) as client:
        found = [run for run in client.read_flow_runs(flow_run_filter=chosen) if run.id != but]
        for run in found:
            client.set_flow_run_state(run.id, Crashed(message="Its process ended before the run did."), force=True)
    return len(found)


def machine_tag() -> str:
    """Name this machine, as a tag of runs."""
    return f"machine:{platform.node()}"
