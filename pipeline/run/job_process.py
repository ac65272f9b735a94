"""A job in a process of its own, which is followed stage by stage: an orchestrator keeps its threads out of the work.

A process with threads cannot fork a second one safely, and can end a stage that hangs only between two steps of Python.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pipeline.core.errors import DefectError, StorageError, conceal
from pipeline.core.study import Study
from pipeline.run.history import StageReport, study_id

COMMAND = (sys.executable, "-c", "import sys; from pipeline.run import job_process; job_process.work(int(sys.argv[1]))")
STOPS = (signal.SIGTERM, signal.SIGINT)
SECONDS_TO_END = 10.0
"""How long a job that is asked to stop may take to write down that it did."""


class Follower:
    """Is told how a job goes on; what it does then, a class below says. This one does nothing."""

    def checked(self) -> None:
        """The input was read and is in order, and nothing was written."""

    def locked(self) -> None:
        """The job is now the only writer of the study."""

    def begun(self, *stages: str) -> None:
        """Stages begin, perhaps beside others: one, or one after the other."""

    def finished(self, report: StageReport) -> None:
        """A stage is done, or was found done."""


class Finished(NamedTuple):
    """What became of each stage, and the manifest of the run."""

    reports: list[StageReport]
    manifest: Path


class Shown(NamedTuple):
    """What a run found, for who looks at runs: numbers, ids, names of files and coders, no words of participants.

    Attributes:
        study_id: the id of the study, which stays when its folder is renamed.
        name: its name.
        counts: in Markdown, what the study holds and what became of each stage.
        figures: the headlines of agreement, a row a comparison.
        changes: what the last run that changed something changed.
        report: address of the report.
    """

    study_id: str
    name: str
    counts: str
    figures: list[dict[str, Any]]
    changes: list[str]
    report: str


class JobRequest(NamedTuple):
    """What a job is asked to do; see ``runner.execute``."""

    study: Study
    job: str
    force: bool
    patience: float


Kind = Literal["checked", "locked", "begun", "finished", "done", "failed"]


class Message(NamedTuple):
    """What a job tells.

    Attributes:
        kind: that its input is in order, that it holds the study, that a stage began or finished, that all is done, or
            that it failed.
        content: the name of a stage that begins; the report of one that finished; what was done and what is shown of
            it; the stage and the error.
    """

    kind: Kind
    content: Any = None


class JobProcess:
    """A job in a process of its own, which ends with this one, however this one ends."""

    def __init__(self, request: JobRequest) -> None:
        """Start it; it reads its input, and then waits for ``go_on`` before it writes anything."""
        from multiprocessing import Pipe

        self.request = request
        self._checked = False
        self._connection, theirs = Pipe()
        place = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (place, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [*COMMAND, str(theirs.fileno())],
            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        theirs.close()
        self._connection.send(request)

    def check(self) -> None:
        """Wait until everything that was given was read.

        Raises:
            PipelineError: the input is not in order; nothing was written.
            DefectError: another error, without its own words.
        """
        while not self._checked:
            message = self.read()
            if message and message.kind == "failed":
                raise message.content[1]
            self._checked = True

    def go_on(self) -> None:
        """Let it work."""
        with suppress(OSError):
            self._connection.send(None)

    def read(self, seconds: float | None = None) -> Message | None:
        """Give what it tells next.

        Args:
            seconds: how long to wait; None: as long as it takes.

        Returns:
            What it tells; None where it told nothing in that time.

        Raises:
            SystemExit: it was asked to stop.
            StorageError: it was killed, as the system does where memory runs out.
            DefectError: it ended in another way.
        """
        try:
            if self._connection.poll(seconds):
                return Message(*self._connection.recv())
        except (EOFError, OSError):
            pass
        else:
            return None
        code = self._process.wait()
        if code in [128 + each for each in STOPS]:
            raise SystemExit(code)
        if code == -signal.SIGKILL:
            raise StorageError(
                "the process of the job was killed, as the system does where memory runs out. Close other programs, "
                "and run again."
            )
        raise DefectError(f"the process of the job ended with code {code}")

    def stop(self) -> None:
        """End it, if it has not ended; what is finished is kept."""
        self._connection.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()


def show(study: Study, finished: Finished) -> Shown:
    """Give what is shown of a finished run."""
    from pipeline.run import differences, summary

    return Shown(
        study_id(study), study.name, summary.as_markdown(study, finished.reports), summary.headlines(study),
        differences.describe_last_change(study), (study.root / "report.html").resolve().as_uri(),
    )  # fmt: skip


def _stop(number: int, _: object) -> None:
    # A terminal interrupts both processes, and the other one then asks this one to stop: that it did is written once.
    _when_stopped(signal.SIG_IGN)
    sys.exit(128 + number)


def _when_stopped(handler: Any) -> None:  # noqa: ANN401
    for each in STOPS:
        signal.signal(each, handler)


def work(number: int) -> None:
    """Do a job that another process asks for, and tell it of each stage.

    Args:
        number: the end of the line to that process, as an open file.
    """
    from multiprocessing.connection import Connection

    from pipeline.run import runner

    connection = Connection(number)
    request: JobRequest = connection.recv()
    gone_on = threading.Event()

    _when_stopped(_stop)

    def listen() -> None:
        """End with the process that asked: its end of the line closes, however it ends."""
        with suppress(EOFError, OSError):
            connection.recv()
            gone_on.set()
            connection.recv()
        os.kill(os.getpid(), signal.SIGTERM)
        gone_on.set()
        time.sleep(SECONDS_TO_END)
        os._exit(1)

    class Teller(Follower):
        def __init__(self) -> None:
            self.open: list[str] = []

        def checked(self) -> None:
            connection.send(Message("checked"))
            gone_on.wait()

        def locked(self) -> None:
            connection.send(Message("locked"))

        def begun(self, *stages: str) -> None:
            self.open.extend(stages)
            for stage in stages:
                connection.send(Message("begun", stage))

        def finished(self, report: StageReport) -> None:
            self.open.remove(report.stage)
            connection.send(Message("finished", report))

    threading.Thread(target=listen, daemon=True).start()
    teller = Teller()
    try:
        finished = runner.execute(
            request.study,
            request.job,
            force=request.force,
            follower=teller,
            patience=request.patience,
            two_at_a_time=True,
        )
        message = Message("done", (finished, show(request.study, finished)))
    except Exception as error:
        # The last one that began is made here; those that others make beside it began before.
        stage = teller.open[-1] if teller.open else None
        message = Message("failed", (stage, conceal(error, stage or request.job)))
    # All is written: asked to stop now, it would only say so on the terminal while it ends.
    _when_stopped(signal.SIG_IGN)
    with suppress(OSError):
        connection.send(message)
