"""Keep a study analysed on a schedule, in one process, until it is interrupted."""

from pathlib import Path

from flows.analyse import analyse


def serve(study: Path, *, cron: str) -> None:
    """Offer the flow ``analyse`` as a deployment with a cron schedule.

    With ``PREFECT_API_URL`` set, the server of the team creates the runs; else Prefect starts one on this machine.

    Args:
        study: the study folder.
        cron: five fields, in the time zone of the server.
    """
    folder = study.resolve()
    analyse.serve(name=f"analyse-{folder.name}", cron=cron, parameters={"study": str(folder)}, limit=1)
