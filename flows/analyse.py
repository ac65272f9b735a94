"""The flow ``analyse``: from sources to report, for one study."""

from pathlib import Path

from prefect import flow

from flows.guard import reporting
from flows.tasks import Caller, called_by, name_run, run_job
from pipeline.core.study import Overrides
from pipeline.run.job_process import Finished, Follower, JobProcess


@flow(name="analyse", flow_run_name=name_run, persist_result=False)
def analyse(study: str, overrides: Overrides | None = None, force: bool = False) -> Finished:
    """Run every stage of a study and write its report.

    Args:
        study: path of the study folder.
        overrides: settings that win over its study.toml, for this run.
        force: run each stage, also where nothing changed.
    """
    return run_job("analyse", study, overrides or {}, force)


def run(
    study: Path, *, overrides: Overrides, force: bool, follower: Follower, process: JobProcess | None = None
) -> Finished:
    """Run the flow in this process, tell ``follower`` of each finished stage, and take up a job that was started."""
    with reporting(), called_by(Caller(process, follower, patience=0.0)):
        return analyse(str(study.resolve()), overrides, force)
