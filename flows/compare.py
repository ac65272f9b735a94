"""The flow ``compare``: what depends on the manual codings, after they changed."""

from pathlib import Path

from prefect import flow

from flows.guard import quiet_and_frank
from flows.tasks import Finished, Listener, heard_by, run_job
from pipeline.core.study import Overrides


@flow(name="compare", persist_result=False)
def compare(study: str, overrides: Overrides | None = None, force: bool = False) -> Finished:
    """Read the manual codings again and renew stances, codings, agreement and report.

    Args:
        study: path of a study folder that was analysed before.
        overrides: settings that win over its study.toml, for this run.
        force: run each stage, also where nothing changed.
    """
    return run_job("compare", study, overrides or {}, force)


def run(study: Path, *, overrides: Overrides, force: bool, on_stage: Listener) -> Finished:
    """Run the flow and tell ``on_stage`` of each finished stage."""
    with quiet_and_frank(), heard_by(on_stage):
        return compare(str(study.resolve()), overrides, force)
