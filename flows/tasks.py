"""Tasks: one wraps a stage or the report, one publishes counts. Paths go in and numbers come out, never text."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from pipeline import runner, summary
from pipeline.runner import StageReport
from pipeline.study import Overrides, open_study

Listener = Callable[[StageReport], None]

# A context variable, since Prefect stores the parameters of flows and tasks.
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` of each step that finishes in this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


# Prefect's result cache was seen to return the path of a deleted file; receipts decide what is skipped.
@task(task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def run_step(name: str, study: str, overrides: Overrides, force: bool) -> StageReport:
    """Run one stage, or the report."""
    report = runner.run_step(open_study(Path(study), overrides=overrides), name, force=force)
    listener = _listener.get()
    if listener:
        listener(report)
    return report


@task(task_run_name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish(study: str, reports: list[StageReport]) -> None:
    """Show counts and agreement in the Prefect UI: numbers and ids, no words of participants."""
    opened = open_study(Path(study))
    create_markdown_artifact(key="run", markdown=summary.as_markdown(opened, reports), description="What was run")
    create_table_artifact(key="agreement", table=summary.headlines(opened), description="Agreement between coders")


def run_job(job: str, study: str, overrides: Overrides, force: bool) -> list[StageReport]:
    """Run the steps of a job one after the other, inside a flow; a step that fails ends the flow."""
    reports = [run_step(name, study, overrides, force) for name in runner.JOBS[job]]
    publish(study, reports)
    return reports
