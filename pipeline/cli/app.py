"""The command ``dialoogtafel``, thin over ``pipeline.run.runner``; heavy imports only inside the command in need."""

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from enum import StrEnum
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import Language, StudyFolder, decide, models, runs, say_error, words_of
from pipeline.cli.check import check
from pipeline.cli.coding import adjudicate, agreement, kit, suggest_next
from pipeline.cli.export import draft, export, propose_codebook
from pipeline.cli.pseudonymise import pseudonymise
from pipeline.core.errors import InputError, PipelineError, as_typed, conceal
from pipeline.core.process import postponed

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.core.study import Study
    from pipeline.report.words import Words
    from pipeline.run.job_process import Follower

EXIT_DEFECT = 1
EXIT_INPUT = 2
HELP_PARTS = ("rich.markdown", "rich.traceback")
"""What Typer imports for help in Markdown, which this has none of, and for errors, which this shows itself."""
ORCHESTRATORS = "dialoogtafel.orchestrators"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
MOST_SECONDS = 180
PATIENCE = 5.0
"""Seconds that a run waits for who writes in the study: a decision takes one, another run takes longer."""
_OFFLINE = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)

app = typer.Typer(
    name="dialoogtafel",
    help="Thematic analysis of Dutch focus-group notes, compared with manual coding. Text never leaves this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models.app, name="models")
app.add_typer(decide.app, name="decide")


class Page(StrEnum):
    """Pages of a study."""

    EXPLORER = "explorer"
    REPORT = "report"


Given = Annotated[Path, typer.Argument(metavar="PATH", help="A file with notes, a folder of files, or a study folder.")]

Out = Annotated[Path | None, typer.Option("--out", help="The study folder to make; a study is its own output.")]
Plain = Annotated[bool, typer.Option("--plain", help="Run the same stages without Prefect.")]
Force = Annotated[bool, typer.Option("--force", help="Run every stage, also where nothing changed.")]
SkipUnreadable = Annotated[
    bool, typer.Option("--skip-unreadable", help="Leave out files that cannot be read, and say so in the report.")
]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of the report.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dialoogtafel {version('dialoogtafel')}")
        raise typer.Exit


@app.callback()
def _common(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    pass


def _overrides(
    lang: Language | None = None,
    encoder: str | None = None,
    tagger: str | None = None,
    limit: int | None = None,
    *,
    refit: bool = False,
    skip_unreadable: bool = False,
) -> dict[str, dict[str, Any]]:
    wanted: dict[str, dict[str, Any]] = {
        "study": {"language": lang.value if lang else None},
        "embeddings": {"encoder": encoder},
        "tokens": {"tagger": tagger},
        "prompted": {"limit": limit},
        "topics": {"refit": True if refit else None},
        "input": {"skip_unreadable": skip_unreadable or None},
    }
    kept = {section: {k: v for k, v in values.items() if v is not None} for section, values in wanted.items()}
    return {section: values for section, values in kept.items() if values}


@app.command()
def analyse(
    given: Given,
    out: Out = None,
    plain: Plain = False,
    force: Force = False,
    lang: Lang = None,
    encoder: Annotated[str | None, typer.Option(help="A model recipe or a folder, for this run.")] = None,
    tagger: Annotated[str | None, typer.Option(help="A model recipe or a folder, for this run.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Put so many fragments to the language model, as a sample; 0: all.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Divide the topics anew; what people decided is kept.")
    ] = False,
    skip_unreadable: SkipUnreadable = False,
    printed: Annotated[
        bool, typer.Option("--print", help="Also report.pdf, by a browser that is on this machine.")
    ] = False,
) -> None:
    """Analyse notes: from sources to report, as a Prefect flow on this machine."""
    from pipeline.core.study import open_study

    overrides = _overrides(lang, encoder, tagger, limit, refit=refit, skip_unreadable=skip_unreadable)
    study = open_study(given, out, overrides)
    run_job(study, "analyse", overrides, plain=plain, force=force)
    if printed:
        typer.echo(f"  {print_page(study.root / 'report.html', study.root / 'report.pdf')}")


@app.command()
def compare(
    study: StudyFolder, plain: Plain = False, force: Force = False, skip_unreadable: SkipUnreadable = False
) -> None:
    """Run again what depends on the manual codings, after they changed: codings, stances, agreement, report."""
    from pipeline.core.study import open_study

    overrides = _overrides(skip_unreadable=skip_unreadable)
    run_job(open_study(study, overrides=overrides), "compare", overrides, plain=plain, force=force)


def run_job(study: "Study", job: str, overrides: dict[str, dict[str, Any]], *, plain: bool, force: bool) -> None:
    """Run a job of a study, with progress on standard error and a summary at the end."""
    from pipeline.cli import screen
    from pipeline.run.history import note_refusal

    with note_refusal(study, job):
        manifest = _run(study, job, overrides, plain=plain, force=force)
    screen.summarise(study, manifest)


def _run(study: "Study", job: str, overrides: dict[str, dict[str, Any]], *, plain: bool, force: bool) -> Path:
    manifest = None if force else _skip(study, job, plain=plain)
    if manifest is None:
        from pipeline.cli import screen
        from pipeline.run.stages import JOBS

        with screen.progress(JOBS[job], words_of(study)) as bar:
            if plain:
                from pipeline.run import runner

                _, manifest = runner.execute(
                    study, job, force=force, follower=bar, patience=PATIENCE, two_at_a_time=True
                )
            else:
                manifest = _orchestrate(study, job, overrides, force=force, follower=bar)
    return Path(manifest)


def _orchestrate(
    study: "Study", job: str, overrides: dict[str, dict[str, Any]], *, force: bool, follower: "Follower"
) -> Path:
    """Run a job with the orchestrator, which takes seconds to start: its server and the job begin at once."""
    from pipeline.run.job_process import JobProcess, JobRequest

    _orchestrator("server")()
    process = JobProcess(JobRequest(study, job, force, PATIENCE))
    try:
        run = _orchestrator(job)
        process.check()
        _, manifest = run(study.root, overrides=overrides, force=force, follower=follower, process=process)
    finally:
        process.stop()
    return Path(manifest)


def _skip(study: "Study", job: str, *, plain: bool) -> Path | None:
    """Write down a run in which nothing has to be made again; None where something has, or a server wants to know."""
    from pipeline.core.files import lock_study
    from pipeline.run.history import FINISHED, latest_run, recorded
    from pipeline.run.plan import plan

    last = latest_run(study)
    if last is None or last.state != FINISHED or (not plain and os.environ.get("PREFECT_API_URL")):
        return None
    try:
        if any(step.reason for step in plan(study, job)):
            return None
    except InputError:
        # Whoever reads the input says all that is wrong with it.
        return None
    with lock_study(study.root, job, patience=PATIENCE), recorded(study, job) as run:
        run.skip()
    typer.echo(f"  {words_of(study)('cli.run.nothing')}", err=True)
    return run.manifest


def _orchestrator(job: str) -> Any:  # noqa: ANN401
    # The library does not know the orchestrator: the flows announce themselves as entry points.
    found = entry_points(group=ORCHESTRATORS, name=job)
    if not found:
        raise InputError.single("flows", "are not installed", "Install the project again, or add --plain")
    return next(iter(found)).load()


@app.command()
def schedule(
    study: StudyFolder,
    cron: Annotated[str, typer.Option(help="Minute, hour, day, month and weekday, as in a crontab.")] = "0 2 * * *",
    timezone: Annotated[str, typer.Option(help="The time zone of the schedule.")] = "Europe/Brussels",
) -> None:
    """Keep analysing a study on a schedule, until interrupted; new notes in its folder are taken up."""
    from pipeline.core.study import open_study

    opened = open_study(study)
    _orchestrator("schedule")(opened.root, cron=cron, timezone=timezone)


@app.command()
def table(
    study: StudyFolder,
    name: Annotated[str, typer.Argument(help="A table, for example codings, topics or agreement.")],
    csv: Annotated[bool, typer.Option("--csv", help="Print as CSV, for other programs.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All ranks of codings and stances, as --csv gives.")] = False,
    by: Annotated[
        str | None, typer.Option(help="Count fragments by an attribute (age), or by session, speaker, role, hat.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Keep fragments with a value, as region=Noord; may be given again.")
    ] = None,
) -> None:
    """Print a table of a study, or compare it by what is known of respondents and remarks."""
    from pipeline.cli import screen
    from pipeline.core.schemas import get_schema
    from pipeline.run.history import open_finished

    schema = get_schema(name)
    opened = open_finished(study)
    words = words_of(opened)
    title = words("cli.table.by", table=name, by=by) if by else name
    # A program that reads them wants all rows; figures by an attribute are those that are shown.
    # Other tables rank other things: which part of the notes to mend first, which theme a decision keeps.
    of_codes = {"fragment_id", "scheme", "rank"} <= set(schema.column_names)
    first_only = of_codes and not every and bool(by or not csv)
    if not (csv or by or where or name == "notices" or "vector" in {column.type for column in schema.columns}):
        from pipeline.core.parquet import read_rows

        rows = read_rows(opened.table(name), name)
        if first_only:
            rank, total = schema.column_names.index("rank"), len(rows)
            rows = [row for row in rows if row[rank] == 1]
            _say_left_out(total, len(rows), words)
        screen.show_table(schema.column_names, rows, title, words)
        return
    from pipeline.core.tables import read_table, to_csv

    frame = read_table(opened.table(name), name)
    if where:
        frame = _select(opened, name, frame, None, where)
    if first_only:
        n, frame = len(frame), frame[frame["rank"] == 1]
        _say_left_out(n, len(frame), words)
    if by:
        frame = _select(opened, name, frame, by, where or ())
    if csv:
        typer.echo(to_csv(frame), nl=False)
        return
    if name == "notices" and not by:
        from pipeline.report.sections.head import translate_notice

        frame = frame.assign(message=[translate_notice(message, words) for message in frame["message"]])
    if by:
        from pipeline.corpus.attributes import ALL, UNKNOWN

        frame = frame.rename(columns={name: words(f"cli.table.{name}") for name in (UNKNOWN, ALL)})
    shown = frame.astype(object).where(frame.notna(), None)
    screen.show_table([str(column) for column in frame.columns], list(shown.itertuples(index=False)), title, words)


def _say_left_out(total: int, shown: int, words: "Words") -> None:
    if shown < total:
        typer.echo(words("cli.table.left_out", n=total - shown, total=total), err=True)


def _select(study: "Study", name: str, frame: "pd.DataFrame", by: str | None, where: Sequence[str]) -> "pd.DataFrame":
    """Keep and count the rows of a table by what is known of their fragments."""
    from pipeline.core.tables import read_table
    from pipeline.corpus.attributes import compare_by, describe_fragments, keep_where

    if "fragment_id" not in frame.columns:
        raise InputError.single(name, "is not about fragments", "Try fragments, codings or stances")
    wanted = dict(part.split("=", 1) for part in where if "=" in part)
    if len(wanted) < len(where):
        raise InputError.single("--where", "is not understood", "Write name=value, once for each, as region=Noord")
    needed = ("fragments", "speakers", "sources", "attributes")
    described = describe_fragments({each: read_table(study.table(each), each) for each in needed})
    described = described.loc[keep_where(described, wanted)]
    return compare_by(frame, described, by) if by else frame[frame["fragment_id"].isin(described.index)]


@app.command("open")
def open_page(
    study: StudyFolder,
    page: Annotated[Page, typer.Option("--page", help="Which page.")] = Page.EXPLORER,
    fragment: Annotated[
        str | None, typer.Option("--fragment", metavar="F-…", help="Show this fragment in its session.")
    ] = None,
    path: Annotated[bool, typer.Option("--path", help="Only print where the page is.")] = False,
) -> None:
    """Open the explorer of a study in the browser: filter, search and read fragments, compare codes, decide."""
    from pipeline.core.study import open_study

    opened = open_study(study)
    file = (opened.root / f"{page}.html").resolve()
    if not file.is_file():
        job = "compare" if opened.results.is_dir() else "analyse"
        fix = f"Run: dialoogtafel {job} {as_typed(study)}"
        raise InputError.single(str(study), f"has no {file.name} yet", fix)
    address = file.as_uri() + (f"#open={fragment}" if fragment and page is Page.EXPLORER else "")
    typer.echo(address)
    if not path and not webbrowser.open(address):
        typer.echo(words_of(opened)("cli.open.no_browser"))


@app.command()
def stages() -> None:
    """List the stages: what each reads and writes."""
    from pipeline.cli import screen

    screen.show_stages()


app.command()(check)
app.command()(agreement)
app.command()(kit)
app.command("next")(suggest_next)
app.command("propose")(propose_codebook)
app.command()(pseudonymise)
app.command()(adjudicate)
app.command()(export)
app.command()(runs.plan)
app.command()(runs.status)
app.command()(runs.diff)
app.command()(runs.watch)
app.command()(draft)


STOPPED = "stopped before it was done: what is finished is kept, and the same command goes on from there"


def main() -> None:
    """Run the command; an error is one message: exit code 2 where the user can mend it, else 1."""
    # Participants spoke in confidence: no library may report home or fetch anything.
    os.environ.update({"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "HF_HUB_OFFLINE": "1"})
    # A terminal or pipe of another encoding: a sign that it lacks is shown as a question mark.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    # A run that is asked to stop ends as one that fails does: it says so, and leaves nothing half written.
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with postponed(HELP_PARTS):
            app()
    except BrokenPipeError:
        # The reader of our output stopped early, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except SystemExit as error:
        if error.code in (128 + signal.SIGINT, 128 + signal.SIGTERM):
            typer.echo(f"dialoogtafel: {say_error(PipelineError(STOPPED), sys.argv[1:])}", err=True)
        raise
    except Exception as error:
        shown = say_error(conceal(error, " ".join(sys.argv[1:2])), sys.argv[1:])
        typer.echo(f"dialoogtafel: {shown}", err=True)
        sys.exit(EXIT_INPUT if isinstance(shown, PipelineError) else EXIT_DEFECT)
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, _: object) -> None:
    # Once: what comes after is for cleaning up.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def find_browser() -> str | None:
    """Find a browser that can print; ``BROWSER_PATH`` goes before those on the path."""
    named = os.environ.get("BROWSER_PATH")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_page(page: Path, out: Path) -> Path:
    """Print a page to PDF.

    Args:
        page: a self-contained page.
        out: the file to write; only its owner may read it, as the page.

    Raises:
        InputError: there is no browser, or it made no PDF.
    """
    from pipeline.core.files import write_bytes

    browser = find_browser()
    if browser is None:
        raise InputError.single(
            "--print",
            "needs Chromium, Chrome or Edge on this machine",
            f"Open {page} in your browser and print it there",
        )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "page.pdf"
        # A browser that is run by the administrator starts without its sandbox only.
        plain = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        command = [
            browser,
            *_OFFLINE,
            *plain,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=MOST_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise InputError.single("--print", f"{browser} made no PDF", f"Open {page} and print it there") from error
        if not made.is_file():
            raise InputError.single("--print", f"{browser} made no PDF", f"Open {page} and print it there")
        write_bytes(out, made.read_bytes())
    return out
