"""Tasks: the input is checked, each stage is followed, counts are published. No word of a participant comes out.

The work is done in a process of its own; a task lasts as long as its stage does there.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prefect import task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.states import Cancelled

from flows.guard import keep_off_terminal, machine_tag, mark_crashed, on_a_server, wait_for_server
from pipeline.cli import say_error
from pipeline.core.errors import DefectError, PipelineError, StorageError
from pipeline.core.study import Overrides, Study, open_study
from pipeline.run.history import study_id
from pipeline.run.job_process import Finished, Follower, JobProcess, JobRequest, Message, Shown
from pipeline.run.plan import hash_sources, sources_as_read

DECIMALS = 3
STAGE_SECONDS = 12 * 3600.0
"""No stage may take longer: a night that hangs is a night that failed, and says so."""

PUBLISH_SECONDS = 600.0
PATIENCE = 600.0
"""Seconds that a run waits for another one of the same study: a schedule comes again, people look at a terminal."""

ATTEMPTS, RETRY_SECONDS = 2, 2.0
"""A file that could not be written, or memory that ran out, may go well the second time: what is finished is kept."""

PUBLISH_ATTEMPTS = 5

LOOK_SECONDS = 1.0
"""How often a run looks whether a stage takes too long."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What the process that started a flow in itself has at hand.

    Attributes:
        process: the job, where it was started already.
        follower: who is told how the job goes on.
        patience: seconds to wait for another process that writes in the study.
    """

    process: JobProcess | None = None
    follower: Follower = field(default_factory=Follower)
    patience: float = PATIENCE


# A context variable, since Prefect stores the parameters of flows.
_caller: ContextVar[Caller] = ContextVar("caller")


@contextmanager
def called_by(caller: Caller) -> Iterator[None]:
    """Let the flows of this context know who called."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


@dataclass(slots=True)
class _Followed:
    """The job that tasks of one run follow, without Prefect, which would store what they are given.

    Attributes:
        process: where it is done.
        ends: by name of a stage, what is settled once that ends.
        tasks: by name of a stage, its task.
        overdue: names of the stages that take too long.
    """

    process: JobProcess
    ends: dict[str, Future[None]] = field(default_factory=dict)
    tasks: dict[str, PrefectFuture[Any]] = field(default_factory=dict)
    overdue: set[str] = field(default_factory=set)

    def take(self, message: Message) -> None:
        """Begin or end the task of a stage; raise the error of a job that failed."""
        if message.kind == "begun":
            self.ends[message.content] = Future()
            self.tasks[message.content] = run_stage.submit(message.content)
        elif message.kind == "finished":
            self.ends[message.content.stage].set_result(None)
        elif message.kind == "failed":
            stage, error = message.content
            if stage in self.ends:
                self.ends[stage].set_exception(error)
            raise error

    def raise_overdue(self) -> None:
        """Raise the error of a stage that takes too long."""
        for stage in self.overdue:
            if not self.ends[stage].done():
                self.tasks[stage].result()

    def close(self) -> None:
        """End the tasks that go on."""
        for end in self.ends.values():
            if end.cancel():
                end.set_running_or_notify_cancel()
        for each in self.tasks.values():
            each.wait()


_followed: ContextVar[_Followed] = ContextVar("followed")


def name_run() -> str:
    """Name a run after job and study, with the number of notes that are new or changed."""
    context = FlowRunContext.get()
    if context is None or context.flow is None:
        return "run"
    given: Mapping[str, Any] = context.parameters or {}
    try:
        study = open_study(Path(given["study"]), overrides=given.get("overrides"))
        before, now = sources_as_read(study), hash_sources(study)
        read_before = any(study.results.glob("*.receipt.json"))
        new = sum(before.get(name) != found for name, found in now.items()) if read_before else len(now)
    except PipelineError:
        return f"{context.flow.name} · {Path(given['study']).name}"
    notes = f"{new} new {'note' if new == 1 else 'notes'}" if new else "no new notes"
    return f"{context.flow.name} · {study.name} · {notes}"


@task(task_run_name="check", cache_policy=NO_CACHE, persist_result=False, tags=["input"], timeout_seconds=STAGE_SECONDS)
def check() -> None:
    """Wait until everything that was given was read; nothing has been written then."""
    _followed.get().process.check()


# Prefect's result cache was seen to return the path of a deleted file; receipts decide what is skipped.
# Its time limit is its own: Prefect's cannot interrupt a task in a thread that waits.
@task(task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False, tags=["stage"])
def run_stage(name: str) -> State[None] | None:
    """Last as long as a stage does; no error comes of it whose words may be a participant's."""
    followed = _followed.get()
    end = followed.ends[name]
    if not wait([end], timeout=STAGE_SECONDS).done:
        followed.overdue.add(name)
        raise TimeoutError(f"stage '{name}' took longer than {STAGE_SECONDS:.0f} s")
    if end.cancelled():
        return Cancelled(message="Ended with the run.")
    return end.result()


@task(
    task_run_name="publish", cache_policy=NO_CACHE, persist_result=False, tags=["artifacts"], retries=2,
    retry_delay_seconds=2, timeout_seconds=PUBLISH_SECONDS,
)  # fmt: skip
def publish(shown: Shown) -> None:
    """Show counts, agreement and what changed in the Prefect UI: no participant's words."""
    key, name = shown.study_id, shown.name
    figures = [{column: _rounded(value) for column, value in row.items()} for row in shown.figures]
    create_markdown_artifact(key=f"{key}-run", markdown=shown.counts, description=f"What was run in {name}")
    create_table_artifact(key=f"{key}-agreement", table=figures, description=f"Agreement in {name}")
    if shown.changes:
        changes = "\n".join(f"- {line}" for line in shown.changes)
        create_markdown_artifact(key=f"{key}-changes", markdown=changes, description="What changed")
    create_link_artifact(key=f"{key}-report", link=shown.report, link_text=f"Report of {name}")


def _rounded(value: object) -> object:
    return round(value, DECIMALS) if isinstance(value, float) else value


def run_job(job: str, study: str, overrides: Overrides, force: bool) -> Finished:
    """Run a job in a process of its own, inside a flow, a task a stage; a stage that fails ends the flow."""
    caller = _caller.get(Caller())
    started = caller.process
    with _one_message(study), on_a_server():
        for left in reversed(range(ATTEMPTS)):
            if started is None:
                opened = open_study(Path(study), overrides=overrides)
                started = JobProcess(JobRequest(opened, job, force, caller.patience))
            process, started = started, None
            try:
                finished, shown = _follow(process, caller.follower)
                break
            except StorageError:
                if not left:
                    raise
            finally:
                process.stop()
            time.sleep(RETRY_SECONDS)
        _publish_once_there(shown)
        return finished


def _publish_once_there(shown: Shown) -> None:
    """Publish, again where the server was just being stopped: a run that is done is worth waiting for."""
    for left in reversed(range(PUBLISH_ATTEMPTS)):
        wait_for_server()
        try:
            publish(shown)
        except (httpx.TransportError, ConcurrencySlotAcquisitionError):
            if not left:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


@contextmanager
def _one_message(study: str) -> Iterator[None]:
    """Say why a run ended in one message where nobody else does: a schedule gives each run a process of its own."""
    keep_off_terminal()
    try:
        yield
    except (PipelineError, DefectError) as error:
        if _caller.get(None) is None:
            sys.stderr.write(f"dialoogtafel: {say_error(error, [study])}\n")
        raise


def _follow(process: JobProcess, follower: Follower) -> tuple[Finished, Shown]:
    """Follow a job to its end, with a task for its input and for each stage."""
    followed = _Followed(process)
    _followed.set(followed)
    try:
        check()
        process.go_on()
        while True:
            message = process.read(LOOK_SECONDS)
            if message is None:
                followed.raise_overdue()
            elif message.kind == "done":
                done: tuple[Finished, Shown] = message.content
                return done
            elif message.kind == "locked":
                _tag(process.request.study)
            else:
                followed.take(message)
                if message.kind == "finished":
                    follower.finished(message.content)
    finally:
        followed.close()


def _tag(study: Study) -> None:
    """Tag the run with study and machine, and mark earlier runs of both that were killed as crashed."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    tags = [f"study:{study_id(study)}", machine_tag()]
    run = context.flow_run

    def tag() -> None:
        with get_client(sync_client=True) as client:
            client.update_flow_run(run.id, tags=[*run.tags, *tags])
        mark_crashed(*tags, but=run.id)

    try:
        tag()
    except httpx.TransportError:
        wait_for_server()
        tag()
