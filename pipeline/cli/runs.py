"""The commands on runs of a study: ``plan``, ``status``, ``diff`` and ``watch``."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import StudyFolder, say_error, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.core.study import Study
    from pipeline.report.words import Words

EXIT_OLD = 1
HOUR = 3600


def plan(study: StudyFolder) -> None:
    """Say what an analysis would run now, and why; nothing runs."""
    from pipeline.core.study import open_study
    from pipeline.run.plan import plan as make_plan

    opened = open_study(study)
    words, steps = words_of(opened), list(make_plan(opened))
    for step in steps:
        kind = "runs" if step.certain else "may_run"
        would = words(f"cli.plan.{kind if step.reason else 'skipped'}")
        typer.echo(f"  {step.stage:<15}{would:<18}{words.rephrase('plan_phrase', step.reason or '')}".rstrip())
    runs = sum(step.reason is not None and step.certain for step in steps)
    typer.echo(words("cli.plan.count", n=runs, total=len(steps)) if runs else words("cli.plan.nothing"))


def status(
    study: StudyFolder,
    max_age: Annotated[
        float | None, typer.Option("--max-age", metavar="HOURS", help="An older last good run is a failure too.")
    ] = None,
) -> None:
    """Say how a study stands, for monitoring: exit code 1 where the last run did not end well, or is too old."""
    from pipeline.core.errors import as_typed
    from pipeline.core.files import name_holder
    from pipeline.core.study import open_study
    from pipeline.run.history import FINISHED, find_refusal, last_good_run, latest_run, read_error

    opened = open_study(study)
    words = words_of(opened)

    def show(name: str, text: str) -> None:
        typer.echo(f"{words(f'cli.status.{name}'):<13}{text}")

    last, good, holder = latest_run(opened), last_good_run(opened), name_holder(opened.root)
    found = None if holder else find_refusal(opened)
    refusal = (found[0], words.say(found[1], as_typed(study))) if found else None
    if holder:
        show("in_use", holder)
    if good is None or good.finished is None:
        show("good", words("cli.status.none"))
        _show_refusal(show, refusal, words)
        raise typer.Exit(EXIT_OLD)
    age = (datetime.now(UTC) - good.finished).total_seconds()
    # The clock was set back since: how old the run is, nobody knows.
    ahead = age < -HOUR
    since = words("cli.status.ahead", run=good.run_id) if ahead else None
    show("good", since or words("cli.status.ago", run=good.run_id, age=write_age(age, words)))
    bad = last is not None and last.state != FINISHED and not holder
    if last is not None and bad:
        stage = last.manifest.get("stage")
        error = words.say(read_error(last.manifest), as_typed(study)) if last.manifest.get("error") else None
        show("last", words(
            "cli.status.failed", run=last.run_id, error=error or words("cli.status.gone"),
            state=words(f"cli.status.state.{'stopped' if last.state == 'running' else last.state}"),
            stage=words("cli.status.in_stage", stage=stage) if stage else "",
        ))  # fmt: skip
    _show_refusal(show, refusal, words)
    too_old = max_age is not None and (ahead or age > max_age * HOUR)
    if max_age is not None and too_old and not ahead:
        show("old", words("cli.status.older", hours=f"{max_age:g}"))
    if bad or refusal or too_old:
        raise typer.Exit(EXIT_OLD)


def _show_refusal(show: "Callable[[str, str], None]", refusal: tuple[str, Exception] | None, words: "Words") -> None:
    if refusal is not None:
        when, error = refusal
        state = words("cli.status.state.refused")
        show("last", words("cli.status.failed", run=when, state=state, stage="", error=error))


def write_age(seconds: float, words: "Words") -> str:
    """Write an age in whole minutes, hours or days.

    >>> from pipeline.report.words import Words
    >>> [write_age(seconds, Words("nl")) for seconds in (90, 7 * 3600, 3 * 86400)]
    ['2 minuten', '7 uur', '3 dagen']
    """
    unit, length = next(
        (unit, length) for unit, length in (("day", 24 * HOUR), ("hour", HOUR), ("minute", 60))
        if seconds >= 2 * length or unit == "minute"
    )  # fmt: skip
    return words.count(unit, max(round(seconds / length), 0))


def diff(
    study: StudyFolder,
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN] [RUN]", help="Two runs; if not given, the last two that differ."),
    ] = None,
) -> None:
    """Say what changed between two runs: themes with a quote, agreement, saturation, decisions without an anchor."""
    from pipeline.core.errors import InputError
    from pipeline.core.study import open_study
    from pipeline.run.differences import choose_runs, compare_runs, describe_differences

    if len(runs or []) > 2:
        raise InputError.single("runs", "more than two were given", "Give two at most")
    opened = open_study(study)
    for line in describe_differences(compare_runs(*choose_runs(opened, runs or [])), words_of(opened)):
        typer.echo(line)


def watch(
    study: StudyFolder,
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between two looks at the folder.")] = 5.0,
    settle: Annotated[
        float, typer.Option("--settle", min=0.0, help="Seconds without a change before files count as complete.")
    ] = 20.0,
    plain: Annotated[bool, typer.Option("--plain", help="Run without Prefect.")] = False,
) -> None:
    """Analyse a study whenever its notes, codings or decisions change, until interrupted."""
    from pipeline.core.errors import BusyError, PipelineError
    from pipeline.core.study import open_study
    from pipeline.run.history import note_refusal
    from pipeline.run.plan import plan as make_plan

    opened = open_study(study)
    typer.echo(words_of(opened)("cli.watch.start", folder=opened.root.resolve()), err=True)
    done: tuple[object, ...] | None = None
    said = ""
    while True:
        now = _wait_until_settled(opened, every=every, settle=settle)
        if now != done:
            done, problem = now, ""
            try:
                with note_refusal(opened, "analyse"):
                    # Settings may be among what changed.
                    opened = open_study(study)
                    if any(step.reason for step in make_plan(opened)):
                        _analyse(study, plain=plain)
            except PipelineError as error:
                problem = f"dialoogtafel: {say_error(error, [str(study)])}\n"
                if isinstance(error, BusyError):
                    # Another run may have read its files before these changed: looked at again once it has ended.
                    done = None
                # Else a file that is wrong is mended by who put it there, and then looked at again.
            if problem != said:
                sys.stderr.write(problem)
            said = problem
        time.sleep(every)


def _analyse(study: Path, *, plain: bool) -> None:
    from pipeline.cli import app
    from pipeline.core.study import open_study

    app.run_job(open_study(study), "analyse", {}, plain=plain, force=False)


def _wait_until_settled(study: "Study", *, every: float, settle: float) -> tuple[object, ...]:
    """Wait until no file of the study that people write has changed for a while; gives names, sizes and times."""
    seen, since = _look(study), time.monotonic()
    while time.monotonic() - since < settle:
        time.sleep(min(every, settle))
        now = _look(study)
        if now != seen:
            seen, since = now, time.monotonic()
    return seen


def _look(study: "Study") -> tuple[object, ...]:
    from contextlib import suppress

    roots = {study.sources, study.root / study.config.study.codings}
    files = {path for root in roots for path in (root.rglob("*") if root.is_dir() else [root])}
    files |= {study.codebook, study.decisions, study.root / "study.toml", study.root / "mapping.toml"}
    made = {study.results, study.runs, study.cache, study.exports}
    found = []
    for path in sorted(files):
        if path.name.startswith((".", "~$", "report.")) or made & set(path.parents) or path.name == "themes.json":
            continue
        with suppress(OSError):
            if path.is_file():
                state = path.stat()
                found.append((str(path), state.st_size, state.st_mtime_ns))
    return tuple(found)
