"""The flow ``analyse``: from sources to report, for one study."""

from pathlib import Path

from prefect import flow

from flows.guard import quiet_and_frank
from flows.tasks import Finished, Listener, heard_by, run_job
from pipeline.core.study import Overrides


@flow(name="analyse", persist_result=False)
def analyse(study: str, overrides: Overrides | None = None, force: bool = False) -> Finished:
    """Run every stage of a study and write its report.

    Args:
        study: path of the study folder.
        overrides: settings that win over its study.toml, for this run.
        force: run each stage, also where nothing changed.
    """
    return run_job("analyse", study, overrides or {}, force)


def run(study: Path, *, overrides: Overrides, force: bool, on_stage: Listener) -> Finished:
    """Run the flow and tell ``on_stage`` of each finished stage."""
    with quiet_and_frank(), heard_by(on_stage):
        return analyse(str(study.resolve()), overrides, force)
