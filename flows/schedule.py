"""Keep a study analysed on a schedule, by one command, until it is interrupted."""

import hashlib
import platform
import sys
import warnings
from pathlib import Path
from zoneinfo import available_timezones

from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.analyse import analyse
from flows.guard import reporting
from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.report.words import Words

TIMEZONE = "Europe/Brussels"


def serve(study: Path, *, cron: str, timezone: str = TIMEZONE) -> None:
    """Offer the flow ``analyse`` as a deployment with a cron schedule.

    With ``PREFECT_API_URL`` set, the server of the team creates the runs; else that of this machine, which is started
    here and lives as long as the schedule.

    Args:
        study: the study folder.
        cron: five fields: minute, hour, day, month, weekday.
        timezone: an IANA name.

    Raises:
        InputError: no study there, or a schedule that does not hold.
    """
    opened = open_study(study)
    folder = opened.root.resolve()
    if timezone not in available_timezones():
        raise InputError.single("--timezone", "is not a time zone", f"Give a name as {TIMEZONE}")
    try:
        schedule = Cron(cron, timezone=timezone)
    except ValueError as error:
        raise InputError.single("--cron", "is not a schedule", 'Give five fields, as in "0 2 * * *"') from error
    # Folders of two studies may have one name, and a deployment has one study: its last.
    place = hashlib.sha256(f"{platform.node()} {folder}".encode()).hexdigest()[:8]
    with reporting():
        words = Words(opened.config.study.language)
        sys.stderr.write(words("cli.schedule.start", folder=folder, cron=cron, timezone=timezone) + "\n")
        # Prefect, asked to end, forgets to await what it only calls to be sure.
        warnings.filterwarnings("ignore", "coroutine 'Runner.astop' was never awaited", RuntimeWarning)
        analyse.serve(
            name=f"analyse-{folder.name}-{place}",
            schedule=schedule,
            parameters={"study": str(folder)},
            limit=1,
            entrypoint_type=EntrypointType.MODULE_PATH,
            print_starting_message=False,
        )
