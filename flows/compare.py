"""The flow ``compare``: what depends on the manual codings, after they changed."""

from pathlib import Path

from prefect import flow

from flows.guard import reporting
from flows.tasks import Caller, called_by, name_run, run_job
from pipeline.core.study import Overrides
from pipeline.run.job_process import Finished, Follower, JobProcess


@flow(name="compare", flow_run_name=name_run, persist_result=False)
def compare(study: str, overrides: Overrides | None = None, force: bool = False) -> Finished:
    """Read the manual codings again and renew stances, codings, agreement and report.

    Args:
        study: path of a study folder that was analysed before.
        overrides: settings that win over its study.toml, for this run.
        force: run each stage, also where nothing changed.
    """
    return run_job("compare", study, overrides or {}, force)


def run(
    study: Path, *, overrides: Overrides, force: bool, follower: Follower, process: JobProcess | None = None
) -> Finished:
    """Run the flow in this process, tell ``follower`` of each finished stage, and take up a job that was started."""
    with reporting(), called_by(Caller(process, follower, patience=0.0)):
        return compare(str(study.resolve()), overrides, force)
