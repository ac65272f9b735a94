"""What Prefect may know of an error, and what of Prefect a user of the command line sees."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.errors import InputError, PipelineError

WITHOUT = "Set PREFECT_HOME or PREFECT_API_URL, or run without Prefect: --plain"


class StepError(RuntimeError):
    """A defect in a step, told to Prefect without the message of the original error.

    Attributes:
        original: the error itself, for who runs the flow in this process.
    """

    def __init__(self, step: str, original: Exception) -> None:
        """Name the step and the kind of error.

        >>> str(StepError("topics", KeyError("words")))
        "step 'topics' failed with KeyError; run it with --plain to see where"
        """
        super().__init__(f"step '{step}' failed with {type(original).__name__}; run it with --plain to see where")
        self.original = original


@contextmanager
def guarded(step: str) -> Iterator[None]:
    """Let no error out whose message or causes may hold words of a participant: Prefect stores them.

    Raises:
        PipelineError: as it was, without its causes.
        StepError: in place of any other error.
    """
    try:
        yield
    except PipelineError as error:
        raise error from None
    except Exception as error:
        raise StepError(step, error) from None


def _is_not_of_prefect(record: logging.LogRecord) -> bool:
    return not record.name.startswith("prefect")


def _check_home() -> None:
    if os.environ.get("PREFECT_API_URL"):
        return
    home = Path(os.environ["PREFECT_HOME"]).expanduser()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError.single("PREFECT_HOME", f"{home} cannot be made: {error.strerror}", WITHOUT) from None
    if not os.access(home, os.W_OK):
        raise InputError.single("PREFECT_HOME", f"{home} cannot be written to", WITHOUT)


@contextmanager
def quiet_and_frank() -> Iterator[None]:
    """Keep Prefect's log lines off the terminal, and raise an error of a step as it was.

    The lines still go to the Prefect server. They stay off until the process ends, since Prefect also writes then.

    Raises:
        InputError: Prefect has no place for its database, or its server does not answer.
    """
    _check_home()
    for handler in logging.getLogger().handlers:
        handler.addFilter(_is_not_of_prefect)
    try:
        yield
    except StepError as error:
        raise error.original from None
    except RuntimeError as error:
        # Steps raise no other RuntimeError: this is Prefect, whose words hold addresses only.
        raise InputError.single("Prefect", str(error).rstrip("."), WITHOUT) from None
