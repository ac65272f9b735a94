"""The runs of a study: which is going on, how each ended, what is kept of it, and whether its tables may be read."""

import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.core import receipts
from pipeline.core.config import STUDY_FILE
from pipeline.core.errors import BusyError, InputError, Notice, PipelineError, Problem, TableError, as_typed
from pipeline.core.files import lock_study, name_holder, private_folder, remove_temporary, write_bytes
from pipeline.core.study import Study, open_study
from pipeline.run.stages import JOBS, STAGES

RUNNING, FINISHED, FAILED, STOPPED = "running", "finished", "failed", "stopped"
KEPT_RUNS = 30
"""The latest runs that are kept; of the older ones, those that ``_needed`` names."""

PATIENCE = 20.0
"""Seconds that a command waits for another one that writes in the same study."""

COMPARED_TABLES = (
    "fragments", "sources", "topic_numbers", "proposed_topics", "themes", "theme_assignments",
    "theme_drift", "decisions_applied", "decision_themes", "agreement", "saturation",
    "human_codings",
)  # fmt: skip
"""The tables that are kept of a run, to tell what changed since."""

MANIFEST = "manifest.json"
_MOMENT = "%Y%m%dT%H%M%S%fZ"
_IDENTITY = "study.json"
_FAILURE = "failure.txt"
_REFUSAL, _REFUSED = "refused.json", "refused.txt"


@dataclass(frozen=True, slots=True)
class StageReport:
    """What became of one stage in this run.

    Attributes:
        stage: its name.
        skipped: whether it would have made the same again.
        seconds: how long it took.
        rows: table to its number of rows.
        notices: what a user should know.
        reason: why it ran; None where it was skipped.
    """

    stage: str
    skipped: bool
    seconds: float
    rows: Mapping[str, int]
    notices: tuple[Notice, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that is written down.

    Attributes:
        run_id: the moment it began, as a name that sorts.
        state: ``running``, ``finished``, ``failed`` or ``stopped``.
        manifest: what its manifest holds.
        folder: where that lies.
    """

    run_id: str
    state: str
    manifest: Mapping[str, Any]
    folder: Path

    @property
    def finished(self) -> datetime | None:
        """When it ended well."""
        return datetime.fromisoformat(self.manifest["finished"]) if self.state == FINISHED else None

    def table(self, name: str) -> Path:
        """Where the run keeps a table."""
        return self.folder / "tables" / f"{name}.parquet"


@dataclass(slots=True)
class Run:
    """The run that is going on.

    Attributes:
        study: the study.
        job: what is run.
        folder: where its manifest lies.
        reports: what became of the stages so far.
    """

    study: Study
    job: str
    folder: Path
    started: datetime
    reports: list[StageReport] = field(default_factory=list)
    stage: str | None = None

    @property
    def manifest(self) -> Path:
        """The manifest of the run."""
        return self.folder / MANIFEST

    def enter(self, stage: str) -> None:
        """Write down that a stage begins."""
        self.stage = stage
        self._write(RUNNING)

    def add(self, report: StageReport) -> None:
        """Keep what became of a stage."""
        self.reports.append(report)

    def finish(self) -> None:
        """Write down that all went well, and keep what later runs are compared with."""
        self.stage = None
        _keep_tables(self)
        self._write(FINISHED, summary=self._summarise())
        with suppress(OSError):
            for name in (_REFUSAL, _REFUSED):
                (self.study.runs / name).unlink(missing_ok=True)
        _prune(self.study)

    def fail(self, error: BaseException) -> None:
        """Write down how it ended, with a message that can be sent."""
        state = FAILED if isinstance(error, Exception) else STOPPED
        kept = _hide_names(self.study, _keep_error(error))
        self._write(state, **kept)
        _write_mail(self.study, self.job, state, self.stage, kept, self.folder.name, self.folder / _FAILURE)

    def skip(self) -> None:
        """Keep that every stage of the job would make the same again, without a look at the tables."""
        for name in JOBS[self.job]:
            saved = receipts.read_receipt(self.study.receipt(name))
            if saved is not None:
                self.add(StageReport(name, True, 0.0, saved.rows, saved.notices, None))

    def _summarise(self) -> list[list[str]]:
        """Give what a user is shown at the end; that of the last run where nothing changed since."""
        last = last_good_run(self.study)
        if last is not None and last.manifest.get("summary") and all(report.skipped for report in self.reports):
            return [[str(part) for part in line] for line in last.manifest["summary"]]
        if not self.study.table("agreement").is_file():
            return []
        from pipeline.run.summary import summarise

        return [[name, text] for name, text in summarise(self.study)]

    def _write(self, state: str, **more: Any) -> None:  # noqa: ANN401
        content: dict[str, Any] = {
            "state": state,
            "job": self.job,
            "started": self.started.isoformat(timespec="seconds"),
            **({"finished": datetime.now(UTC).isoformat(timespec="seconds")} if state == FINISHED else {}),
            **({"stage": self.stage} if self.stage else {}),
            **more,
            **(describe(self.study) if state != RUNNING else {}),
            "process": os.getpid(),
            "machine": {"name": platform.node(), "system": platform.system(), "processor": platform.machine()},
            "sources": _sources(self.study),
            "stages": [
                {"stage": r.stage, "skipped": r.skipped, "seconds": round(r.seconds, 3), "rows": dict(r.rows)}
                | ({"reason": r.reason} if r.reason else {})
                for r in self.reports
            ],
            "notices": [{"where": n.where, "message": n.message} for r in self.reports for n in r.notices],
        }
        _write_json(self.manifest, content | _hide_names(self.study, {name: content.get(name) for name in _NAMING}))


_NAMING = ("sources", "stages", "notices", "error", "problems")
"""Parts of a manifest that name files."""


def _hide_names(study: Study, content: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the names of the key of a study in what is kept of its runs; a file may bear the name of a person."""
    found = {name: value for name, value in content.items() if value is not None}
    if study.key is None:
        return found
    from pipeline.pseudonyms.applying import Replacer
    from pipeline.pseudonyms.key import read_key

    try:
        hide = Replacer(read_key(study.key)).in_name
    except InputError:
        # Which names these are is not known without the key, and no run of this study begins without it.
        return found | {"sources": []}

    def replaced(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, Mapping):
            return {name: replaced(each) for name, each in value.items()}
        if isinstance(value, list):
            return [replaced(each) for each in value]
        return hide(value) if isinstance(value, str) else value

    return {name: replaced(value) for name, value in found.items()}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_bytes(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _sources(study: Study) -> list[dict[str, str]]:
    receipt = next((receipts.read_receipt(study.receipt(s.name)) for s in STAGES if "sources" in s.given), None)
    sources = receipts.take_sources(receipt.made_from) if receipt else {}
    return [{"name": name.removeprefix(receipts.SOURCE), "sha256": found} for name, found in sorted(sources.items())]


@contextmanager
def recorded(study: Study, job: str) -> Iterator[Run]:
    """Keep the manifest of a run: that it is going on, and how it ended. The caller holds the lock of the study.

    Half-written files of runs that were killed are removed first: they hold words of participants.
    """
    private_folder(study.runs)
    private_folder(study.results)
    remove_temporary(study.root, study.results, study.cache, study.runs, *study.runs.iterdir(), study.decisions.parent)
    _mark_stopped(study)
    now = datetime.now(UTC)
    last = latest_run(study)
    if last is not None and last.run_id >= now.strftime(_MOMENT):
        # The clock was set back: runs stay in order all the same.
        with suppress(ValueError):
            now = datetime.strptime(last.run_id, _MOMENT).replace(tzinfo=UTC) + timedelta(microseconds=1)
    run = Run(study, job, private_folder(study.runs / now.strftime(_MOMENT)), now)
    run._write(RUNNING)
    try:
        yield run
        run.finish()
    except BaseException as error:
        with suppress(PipelineError):
            run.fail(error)
        raise


def _message(error: BaseException) -> str:
    """Give what may be kept of an error; only the words of our own quote nobody."""
    return str(error) if isinstance(error, PipelineError) else type(error).__name__


@contextmanager
def note_refusal(study: Study, job: str) -> Iterator[None]:
    """Keep in a study why a job ended before a run of it began, so that ``status`` tells it; a good run removes it.

    Nothing is kept where there is no study yet, where this user cannot write, or where another process writes.
    """
    before = latest_run(study)
    try:
        yield
    except BusyError:
        raise
    except Exception as error:
        last, root = latest_run(study), study.root
        began = last is not None and (before is None or last.run_id != before.run_id)
        if not began and (root / STUDY_FILE).is_file() and os.access(root, os.W_OK):
            content = {"when": datetime.now(UTC).strftime(_MOMENT), "job": job, **_keep_error(error)}
            with suppress(PipelineError, OSError):
                private_folder(study.runs)
                content = _hide_names(study, content)
                _write_json(study.runs / _REFUSAL, content)
                _write_mail(study, job, "refused", None, content, content["when"], study.runs / _REFUSED)
        raise


def _keep_error(error: BaseException) -> dict[str, Any]:
    """Give what is kept of an error, from which `read_error` makes it again."""
    problems = [[each.where, each.what, each.fix] for each in error.problems] if isinstance(error, InputError) else []
    return {"error": _message(error)} | ({"problems": problems} if problems else {})


def read_error(kept: Mapping[str, Any]) -> PipelineError:
    """Give the error that a manifest or a refusal keeps."""
    problems = [Problem(*map(str, each)) for each in kept.get("problems", ())]
    return InputError(problems) if problems else PipelineError(str(kept["error"]))


def _write_mail(
    study: Study, job: str, state: str, stage: str | None, error: Mapping[str, Any], run: str, path: Path
) -> None:
    """Write how a job ended as a message that a mail program can send, in the language of the study."""
    from email.message import EmailMessage

    from pipeline.report.words import Words

    words, message = Words(study.config.study.language), EmailMessage()
    message["Subject"] = words("mail.subject", job=job, study=study.name, state=words(f"cli.status.state.{state}"))
    where = [words("mail.stage", stage=stage)] if stage else []
    what = str(words.say(read_error(error), as_typed(study.root)))
    end = words("mail.run", folder=study.root.resolve(), run=run)
    message.set_content("\n".join([*where, what, "", end]), cte="8bit")
    write_bytes(path, bytes(message))


def find_refusal(study: Study) -> tuple[str, PipelineError] | None:
    """Give when and why a job was refused after the last run; None where none was."""
    try:
        content = json.loads((study.runs / _REFUSAL).read_bytes())
        when, error = str(content["when"]), read_error(content)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    last = latest_run(study)
    return (when, error) if last is None or last.run_id < when else None


def _mark_stopped(study: Study) -> None:
    """Write down of a run that seems to go on that it ended: its process is gone, or it would hold the lock."""
    last = latest_run(study)
    if last is not None and last.state == RUNNING:
        content = dict(last.manifest) | {"state": STOPPED, "error": "its process ended before the run did"}
        _write_json(last.folder / MANIFEST, content)


def _keep_tables(run: Run) -> None:
    kept = private_folder(run.folder / "tables")
    for name in COMPARED_TABLES:
        source, target = run.study.table(name), kept / f"{name}.parquet"
        if source.is_file() and not target.exists():
            try:
                # Tables are replaced and never changed, so that a second name costs no room.
                os.link(source, target)
            except OSError:
                write_bytes(target, source.read_bytes())


def study_id(study: Study) -> str:
    """Give the id of a study, the same wherever its folder is moved and whatever it is called.

    Raises:
        StorageError: it is made by the first call, and cannot be kept.
    """
    path = study.runs / _IDENTITY
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(path.read_bytes())["id"])
    made = f"study-{uuid4().hex[:12]}"
    private_folder(study.runs)
    write_bytes(path, (json.dumps({"id": made}) + "\n").encode())
    return made


def list_runs(study: Study) -> list[PastRun]:
    """List the runs that are kept, the oldest first."""
    if not study.runs.is_dir():
        return []
    found = []
    for path in sorted(study.runs.glob(f"*/{MANIFEST}")):
        try:
            manifest = json.loads(path.read_bytes())
            # Before states were kept, a manifest meant that a run had finished.
            found.append(PastRun(path.parent.name, str(manifest.get("state", FINISHED)), manifest, path.parent))
        except (OSError, ValueError, AttributeError):
            found.append(PastRun(path.parent.name, STOPPED, {}, path.parent))
    return found


def latest_run(study: Study) -> PastRun | None:
    """Give the last run."""
    return next(reversed(list_runs(study)), None)


def last_good_run(study: Study) -> PastRun | None:
    """Give the last run that ended well."""
    return next((run for run in reversed(list_runs(study)) if run.state == FINISHED), None)


def find_earlier(study: Study) -> PastRun | None:
    """Find the last good run that left other tables than the present ones; None where no run did."""
    for run in reversed(list_runs(study)):
        kept = [name for name in COMPARED_TABLES if run.table(name).is_file()]
        if run.state == FINISHED and any(not _same_file(run.table(name), study.table(name)) for name in kept):
            return run
    return None


def _same_file(first: Path, second: Path) -> bool:
    """Tell whether two files hold the same; the tables of a run are mostly other names of the same files."""
    if not second.is_file() or first.stat().st_size != second.stat().st_size:
        return False
    return first.samefile(second) or receipts.hash_file(first) == receipts.hash_file(second)


def _needed(runs: list[PastRun]) -> set[str]:
    """Name the runs that no rule removes: the last good one, and the last before it that gave something else."""
    good = [run for run in runs if run.state == FINISHED]
    if not good:
        return set()
    needed = {good[-1].run_id}
    other = next((run for run in reversed(good) if _changed(run)), None)
    earlier = [run for run in good if other is not None and run.run_id < other.run_id]
    return needed | {run.run_id for run in (other, *earlier[-1:]) if run is not None}


def _changed(run: PastRun) -> bool:
    return any(not stage.get("skipped") for stage in run.manifest.get("stages", ()))


def _prune(study: Study) -> None:
    runs = list_runs(study)
    needed = _needed(runs)
    for run in runs[:-KEPT_RUNS]:
        if run.run_id not in needed:
            shutil.rmtree(run.folder, ignore_errors=True)


def require_finished(study: Study) -> None:
    """Refuse to serve tables that do not belong together: of a run that did not finish, or changed since.

    Raises:
        InputError: the last run did not finish; the message names it and the stage where it stopped.
        TableError: a table is not as it was made.
    """
    changed = _find_changed(study)
    if changed is None:
        return
    last = latest_run(study)
    if last is not None and last.state != FINISHED:
        holder = name_holder(study.root)
        where = f" in stage '{last.manifest['stage']}'" if last.manifest.get("stage") else ""
        what = f"is going on: {holder}" if holder else f"{_ENDS.get(last.state, STOPPED_EARLY)}{where}"
        fix = "Wait until it ends" if holder else f"Run: dialoogtafel analyse {as_typed(study.root)}"
        raise InputError.single(f"run {last.run_id}", f"{what}. Its tables are partly new and partly old", fix)
    raise TableError(f"{changed} is not as it was made: run the analysis again")


STOPPED_EARLY = "did not finish; it was stopped"
_ENDS = {FAILED: "did not finish; it failed"}


def _find_changed(study: Study) -> str | None:
    """Find a table or file that is not what its receipt, or the receipt of who read it, says; None where all fit."""
    if not study.results.is_dir():
        return None
    last = latest_run(study)
    for stage in STAGES:
        receipt = receipts.read_receipt(study.receipt(stage.name))
        if receipt is None:
            if last is not None:
                return f"what stage '{stage.name}' made"
            continue
        outputs = receipts.hash_files(study.table(table) for table in stage.outputs)
        inputs = receipts.hash_files(study.table(table) for table in stage.inputs)
        for name, now in outputs.items():
            if receipt.made.get(name) != now:
                return name
        for name, now in inputs.items():
            if receipt.made_from.get(name) != now:
                return name
    return None


@contextmanager
def lock_finished(study: Study, purpose: str) -> Iterator[None]:
    """Keep a study as its last run left it while its tables are read and something is made of them.

    A study that this user cannot write in is not locked: nobody of theirs can run there.

    Args:
        study: the study.
        purpose: what is made, which others read who want to write at the same time.

    Raises:
        InputError: its last run did not finish, or another process writes in it and does not end.
        TableError: a table is not as it was made.
    """
    if not os.access(study.root, os.W_OK):
        require_finished(study)
        yield
        return
    with lock_study(study.root, purpose, patience=PATIENCE):
        require_finished(study)
        yield


def open_finished(path: Path) -> Study:
    """Open a study whose tables may be read.

    Raises:
        InputError: there is no study, or its last run did not finish.
        TableError: a table is not as it was made.
    """
    study = open_study(path)
    require_finished(study)
    return study


def name_models(study: Study) -> dict[str, str]:
    """Name the model of each stage that has one."""
    saved = {stage.name: receipts.read_receipt(study.receipt(stage.name)) for stage in STAGES if stage.model}
    return {name: receipt.model for name, receipt in saved.items() if receipt is not None and receipt.model}


def describe(study: Study) -> dict[str, Any]:
    """Say what the results were made from: versions, models, settings; without paths or times of the run."""
    return {
        "study": study.name,
        "dialoogtafel": version("dialoogtafel"),
        "python": platform.python_version(),
        "libraries": dict(receipts.library_versions()),
        "code": receipts.hash_package(),
        "models": name_models(study),
        "config": study.config.model_dump(),
    }
