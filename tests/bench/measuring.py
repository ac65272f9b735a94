"""Run a command as a whole process and measure it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Attributes:
        seconds: wall time.
        processor: processor seconds, of the processes that it waited for too.
        peak_gb: largest resident memory of any of them.
        output: what it printed.
    """

    seconds: float
    processor: float
    peak_gb: float
    output: str


def measure(command: Sequence[str], given: str = "") -> Measured:
    """Run a command in a process of its own.

    Raises:
        SystemExit: it failed; its last lines are shown.
    """
    # As for a user: what Python has compiled once it keeps, whatever this shell says of it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True, env=environment)
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command[:4])} … failed:\n{err.read()[-1500:]}")
        return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6, out.read())
