"""Tasks: check the input, run one stage, publish counts. Paths go in and numbers come out, never text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.tasks import Task

from flows.guard import machine_tag, mark_crashed, on_a_server
from pipeline.core.errors import PipelineError, StorageError, conceal
from pipeline.core.files import lock_study
from pipeline.core.study import Overrides, Study, open_study
from pipeline.run import differences, runner, summary
from pipeline.run.history import StageReport, recorded, study_id
from pipeline.run.plan import hash_sources, sources_as_read
from pipeline.run.runner import Finished, OnStage, Prepared
from pipeline.run.stages import JOBS

DECIMALS = 3
STAGE_SECONDS = 12 * 3600.0
"""No stage may take longer: a night that hangs is a night that failed, and says so."""

PUBLISH_SECONDS = 600.0
PATIENCE = 600.0
"""Seconds that a run waits for another one of the same study: a schedule comes again, people look at a terminal."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What the process that started a flow in itself has at hand.

    Attributes:
        prepared: what it read already.
        on_stage: is called after each stage.
        patience: seconds to wait for another process that writes in the study.
    """

    prepared: Prepared | None = None
    on_stage: OnStage | None = None
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
class _Shared:
    """What tasks of one run hand on without Prefect, which would store it."""

    prepared: Prepared = field(default_factory=Prepared)


_shared: ContextVar[_Shared] = ContextVar("shared")


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
def check(study: str, overrides: Overrides, job: str) -> None:
    """Read everything that was given before anything is written; a schedule has no command line to do so."""
    prepared = _caller.get(Caller()).prepared
    try:
        opened = open_study(Path(study), overrides=overrides)
        _shared.get().prepared = runner.prepare(opened, job) if prepared is None else prepared
        return
    except Exception as error:
        shown = conceal(error, "check")
    raise shown


def _may_pass(task: Task[Any, Any], run: TaskRun, state: State[Any]) -> bool:
    """Try again what may go well the second time: a disk that was full or busy for a moment."""
    del task, run
    return isinstance(state.result(raise_on_failure=False), StorageError)


# Prefect's result cache was seen to return the path of a deleted file; receipts decide what is skipped.
@task(
    task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False, retries=1, retry_delay_seconds=2,
    retry_condition_fn=_may_pass, tags=["stage"], timeout_seconds=STAGE_SECONDS,
)  # fmt: skip
def run_stage(name: str, study: str, overrides: Overrides, force: bool) -> StageReport:
    """Run one stage; no error leaves it whose words may be a participant's."""
    opened = open_study(Path(study), overrides=overrides)
    return runner.run_stage(opened, name, force=force, prepared=_shared.get().prepared)


@task(
    task_run_name="publish", cache_policy=NO_CACHE, persist_result=False, tags=["artifacts"], retries=2,
    retry_delay_seconds=2, timeout_seconds=PUBLISH_SECONDS,
)  # fmt: skip
def publish(study: str, overrides: Overrides, reports: list[StageReport]) -> None:
    """Show counts, agreement and what changed in the Prefect UI: numbers and ids, no participant's words."""
    try:
        opened = open_study(Path(study), overrides=overrides)
        identity, counts = study_id(opened), summary.as_markdown(opened, reports)
        figures = [{name: _rounded(value) for name, value in row.items()} for row in summary.headlines(opened)]
        create_markdown_artifact(key=f"{identity}-run", markdown=counts, description=f"What was run in {opened.name}")
        create_table_artifact(key=f"{identity}-agreement", table=figures, description=f"Agreement in {opened.name}")
        changes = differences.describe_last_change(opened)
        if changes:
            markdown = "\n".join(f"- {line}" for line in changes)
            create_markdown_artifact(key=f"{identity}-changes", markdown=markdown, description="What changed")
        report = (opened.root / "report.html").resolve().as_uri()
        create_link_artifact(key=f"{identity}-report", link=report, link_text=f"Report of {opened.name}")
        return
    except Exception as error:
        shown = conceal(error, "publish")
    raise shown


def _rounded(value: object) -> object:
    return round(value, DECIMALS) if isinstance(value, float) else value


def run_job(job: str, study: str, overrides: Overrides, force: bool) -> Finished:
    """Run the stages of a job one after the other, inside a flow; a stage that fails ends the flow."""
    caller = _caller.get(Caller())
    _shared.set(_Shared())
    with on_a_server():
        check(study, overrides, job)
        opened = open_study(Path(study), overrides=overrides)
        with lock_study(opened.root, job, patience=caller.patience):
            _tag(opened)
            with recorded(opened, job) as run:
                for name in JOBS[job]:
                    run.enter(name)
                    run.add(run_stage(name, study, overrides, force))
                    if caller.on_stage:
                        caller.on_stage(run.reports[-1])
            # After the run is written down: what it left is compared with what an earlier one left.
            publish(study, overrides, run.reports)
        return Finished(run.reports, run.manifest)


def _tag(study: Study) -> None:
    """Tag the run with study and machine, and mark earlier runs of both that were killed as crashed."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    tags = [f"study:{study_id(study)}", machine_tag()]
    run = context.flow_run
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.id, tags=[*run.tags, *tags])
    mark_crashed(*tags, but=run.id)
