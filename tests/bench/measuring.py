"""Run a command as a whole process and measure it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Attributes:
        seconds: wall time.
        peak_gb: largest resident memory.
        output: what it printed.
    """

    seconds: float
    peak_gb: float
    output: str


def measure(command: Sequence[str], given: str = "") -> Measured:
    """Run a command in a process of its own.

    Raises:
        SystemExit: it failed; its last lines are shown.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True)
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
        return Measured(seconds, usage.ru_maxrss / 1e6, out.read())


def spread(runs: Sequence[Measured]) -> str:
    """Give median, lowest and highest wall time, and peak memory."""
    seconds = sorted(run.seconds for run in runs)
    peak = max(run.peak_gb for run in runs)
    return f"{median(seconds):6.2f} s [{seconds[0]:.2f}, {seconds[-1]:.2f}] of {len(runs)}, {peak:.2f} GB"
