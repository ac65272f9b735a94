"""Tasks: check the input, run one step, publish counts. Paths go in and numbers come out, never text."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeAlias

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.guard import guarded
from pipeline.core.study import Overrides, Study, open_study
from pipeline.run import runner, summary
from pipeline.run.manifest import StageReport, write_manifest

Listener: TypeAlias = Callable[[StageReport], None]
Finished: TypeAlias = tuple[list[StageReport], Path]
"""What became of each step, and the manifest of the run."""

# A context variable, since Prefect stores the parameters of flows.
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` of each step that finishes in this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@task(task_run_name="check", cache_policy=NO_CACHE, persist_result=False)
def check(study: str, overrides: Overrides) -> None:
    """Read everything that was given before anything is written; a schedule has no command line to do so."""
    with guarded("check"):
        runner.prepare(open_study(Path(study), overrides=overrides))


# Prefect's result cache was seen to return the path of a deleted file; receipts decide what is skipped.
@task(task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def run_step(name: str, study: str, overrides: Overrides, force: bool) -> StageReport:
    """Run one stage, or the report."""
    with guarded(name):
        report = runner.run_step(open_study(Path(study), overrides=overrides), name, force=force)
    listener = _listener.get()
    if listener:
        listener(report)
    return report


@task(task_run_name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish(study: str, overrides: Overrides, reports: list[StageReport]) -> Path:
    """Write the manifest, and show counts and agreement in the Prefect UI: numbers and ids, no participant's words."""
    with guarded("publish"):
        opened = open_study(Path(study), overrides=overrides)
        counts, figures = summary.as_markdown(opened, reports), summary.headlines(opened)
        manifest = write_manifest(opened, reports)
    create_markdown_artifact(key=artifact_key(opened, "run"), markdown=counts, description="What was run")
    create_table_artifact(key=artifact_key(opened, "agreement"), table=figures, description="Agreement between coders")
    return manifest


def artifact_key(study: Study, what: str) -> str:
    """Name an artifact after the folder of its study; Prefect takes small letters, digits and dashes.

    >>> from pipeline.core.config import load_config
    >>> artifact_key(Study(Path("out/OCMW 2012"), load_config(), {}), "run")
    'ocmw-2012-run'
    """
    return re.sub(r"[^a-z0-9]+", "-", f"{study.root.resolve().name} {what}".lower()).strip("-")


def run_job(job: str, study: str, overrides: Overrides, force: bool) -> Finished:
    """Run the steps of a job one after the other, inside a flow; a step that fails ends the flow."""
    check(study, overrides)
    reports = [run_step(name, study, overrides, force) for name in runner.JOBS[job]]
    return reports, publish(study, overrides, reports)
