"""Run a command as a whole process and measure it."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SAMPLED = 0.5
"""Seconds between two looks at the memory of a command; each look takes milliseconds of a processor."""


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Attributes:
        seconds: wall time.
        processor: processor seconds, of the processes that it waited for too.
        peak_gb: largest resident memory of any of them.
        together_gb: largest memory of all of them at one moment, what they share counted once; 0: not known.
        output: what it printed.
    """

    seconds: float
    processor: float
    peak_gb: float
    together_gb: float
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
        with _sampled(process.pid) as together:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command[:4])} … failed:\n{err.read()[-1500:]}")
        processor = usage.ru_utime + usage.ru_stime
        return Measured(seconds, processor, usage.ru_maxrss / 1e6, max(together, default=0.0), out.read())


@contextmanager
def _sampled(pid: int) -> Iterator[list[float]]:
    """Look at the memory of a process and its descendants, in GB, until the block ends."""
    found: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(SAMPLED):
            found.append(sum(_proportional_gb(each) for each in _descendants(pid)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield from _descendants(int(child))


def _proportional_gb(pid: int) -> float:
    """Give the memory of a process; a page that several processes have counts for its share in each."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e9
    return 0.0
