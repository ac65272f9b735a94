"""What a user sees in the terminal: progress, the summary at the end, tables. Standard output stays clean for data."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.cli import words_of
from pipeline.core.errors import as_typed
from pipeline.core.study import Study
from pipeline.run.history import StageReport
from pipeline.run.job_process import Follower
from pipeline.run.stages import REPORT_FILES, STAGES

if TYPE_CHECKING:
    from pipeline.report.words import Words

SHOWN_WIDTH = 60
FEWEST_CHARACTERS = 14
"""A column that is cut to less than this cannot be read."""
SUMMARY_WIDTH = 100
SHOWN_TABLES = 20


@contextmanager
def progress(stages: Sequence[str], words: "Words") -> Iterator[Follower]:
    """Show a bar on standard error while stages run.

    Args:
        stages: names of the stages, in order.
        words: the texts of a language.

    Yields:
        Who is to be told of each stage.
    """
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(stages[0], total=len(stages))
        following = dict(zip(stages, [*stages[1:], words("cli.run.done")], strict=True))

        class Bar(Follower):
            def finished(self, report: StageReport) -> None:
                state = words("cli.run.unchanged") if report.skipped else f"{report.seconds:.1f} s"
                bar.console.print(f"  {report.stage:<14}{state:>12}", highlight=False)
                bar.update(task, advance=1, description=following[report.stage])

        yield Bar()


def summarise(study: Study, manifest: Path) -> None:
    """Say on one screen, in the language of the study, what was found and where everything is."""
    words, content = words_of(study), json.loads(manifest.read_bytes())
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f"\n{study.name}", style="bold")
    lines = [(str(name), str(text)) for name, text in content["summary"]]
    if study.config.pseudonyms.key:
        from pipeline.pseudonyms.applying import find_older

        if older := ", ".join(map(str, find_older(study))):
            warning = words("cli.pseudonymise.older", files=older, study=as_typed(study.root))
            lines.append((words("page.warnings"), warning))
    if content["models"]:
        lines.append((words("terminal.models"), ", ".join(dict.fromkeys(map(str, content["models"].values())))))
    if content["notices"]:
        n = words.count("notice", len(content["notices"]))
        lines.append((words("terminal.notices_name"), words("terminal.notices", n=n, study=as_typed(study.root))))
    where = words("terminal.where")
    lines += [(where, str(study.root / name)) for name in REPORT_FILES]
    lines += [(where, f"{study.results} ({words('terminal.tables')})")]
    lines += [(where, f"{manifest} ({words('terminal.manifest')})")]
    width = max(len(name) for name, _ in lines) + 2
    shown = ""
    for name, text in lines:
        # Paths stay whole, so that they can be copied.
        parts = [text] if name == where else wrap(text, SUMMARY_WIDTH - width - 2, break_on_hyphens=False)
        for part in parts:
            console.print(f"  {'' if name == shown else name:<{width}}{part}")
            shown = name


def show_table(names: Sequence[str], rows: Sequence[Sequence[object]], title: str, words: "Words") -> None:
    """Print a table for a person: long values cut, what is None left empty, with the number of rows.

    Where the screen is too narrow for its columns, each row is a list of names and values.
    """
    console = Console()
    cells = [[_cell(value) for value in row] for row in rows]
    columns = zip(names, *cells, strict=True)
    needed = sum(min(max(map(len, column)), FEWEST_CHARACTERS) + 3 for column in columns) + 1
    if needed <= console.width:
        shown = Table(title=title)
        for name in names:
            shown.add_column(name, overflow="fold")
        for row in cells:
            shown.add_row(*row)
        console.print(shown)
    else:
        _show_rows(console, names, cells, title)
    console.print(words("cli.table.rows", n=words.number(len(rows))), highlight=False)


def _show_rows(console: Console, names: Sequence[str], cells: Sequence[Sequence[str]], title: str) -> None:
    console.print(title, style="italic")
    for row in cells:
        shown = Table.grid(padding=(0, 2))
        shown.add_column(style="dim", no_wrap=True)
        shown.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                shown.add_row(name, cell)
        console.print(shown, "")


def _cell(value: object) -> str:
    if isinstance(value, list):
        text = " | ".join(str(item) for item in value)
    elif value is None:
        return ""
    else:
        text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return (text if len(text) <= SHOWN_WIDTH else text[: SHOWN_WIDTH - 1] + "…").replace("[", "\\[")


def show_stages() -> None:
    """Print the stages in order."""
    shown = Table(title="stages, in order")
    for name in ("stage", "reads", "writes", "what it does"):
        shown.add_column(name)
    for stage in STAGES:
        reads = (*stage.given, *stage.inputs) if len(stage.inputs) < SHOWN_TABLES else ("all tables",)
        shown.add_row(stage.name, "\n".join(reads), "\n".join((*stage.outputs, *stage.files)), stage.meaning)
    Console().print(shown)
