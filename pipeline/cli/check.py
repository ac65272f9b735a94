"""The command ``dialoogtafel check``: how notes are understood, before anything runs."""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.errors import InputError
from pipeline.core.office import render_csv

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.core.study import Study
    from pipeline.run.check import Checked, Fact

Given = Annotated[Path, typer.Argument(metavar="PATH", help="A study folder, a folder of files, or one file.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print every fact as a row of CSV, for other programs.")]

SHOWN_NOTICES = 30


def check(given: Given, csv: Csv = False) -> None:
    """Show what is understood of notes and codings, and what is not; runs no analysis.

    What is not certain of codings is written to mapping.toml beside them, where it can be changed; nothing else is
    written.

    For every file: format, session, version. For every session: date, place, speakers with their roles and merged
    spellings, hats and statuses with counts, changes between versions. For every file with codings: what was matched.
    What was said is never printed. All problems of all files come last, with exit code 2.
    """
    from pipeline.run.check import check_study

    study = _open(given)
    checked = check_study(study)
    if csv:
        _write_csv(checked)
    else:
        _show(checked)
    if checked.proposals:
        _write_mapping(study, checked)
    if checked.problems:
        raise InputError(checked.problems)


def _write_mapping(study: "Study", checked: "Checked") -> None:
    """Write what is not certain where a person can change it; a folder that may not be written to is no error."""
    from pipeline.readers.given.mapping import add_proposals
    from pipeline.run.inputs import mapping_path

    path = mapping_path(study)
    try:
        n_added = add_proposals(path, checked.proposals)
    except OSError as error:
        typer.echo(f"mapping: {path} cannot be written ({(error.strerror or 'unknown reason').lower()})", err=True)
        return
    if n_added:
        what = f"now says how the codings are read ({n_added} lines added); edit it to change that"
        typer.echo(f"mapping: {path} {what}", err=True)


def _open(given: Path) -> "Study":
    from pipeline.core.config import STUDY_FILE
    from pipeline.core.study import open_study

    if given.is_dir() and (given / STUDY_FILE).is_file():
        return open_study(given)
    # Notes that are no study yet are looked at as they would be laid out; the folder is never made.
    return open_study(given, Path(tempfile.gettempdir()) / "dialoogtafel-check" / "none")


def _write_csv(checked: "Checked") -> None:
    from pipeline.run.check import COLUMNS

    rows: list[Sequence[object]] = [COLUMNS, *checked.facts]
    rows += [(notice.where, "notice", "", "", notice.message) for notice in checked.notices]
    rows += [(each.where, "problem", "", "", f"{each.what}. {each.fix}") for each in checked.problems]
    sys.stdout.write(render_csv(rows))


def _show(checked: "Checked") -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    of_subject: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in checked.facts:
        of_subject[fact.subject][fact.aspect.split(",")[0]].append(fact)
    for title, needed, columns, row in (
        ("files", "file", ("file", "format", "remarks", "session", "version"), _file_row),
        ("sessions", "sources", ("session", "date, place", "speakers", "hats of used remarks", "status"), _session_row),
        ("codings", "coders", ("file", "coders", "rows by how they were matched"), _coding_row),
    ):
        rows = [row(subject, facts) for subject, facts in of_subject.items() if needed in facts]
        _print_table(console, title, columns, rows)
    for line in (*_spellings(of_subject), *_changes(of_subject)):
        console.print(escape(line), soft_wrap=True)
    for notice in checked.notices[:SHOWN_NOTICES]:
        console.print(escape(f"notice: {notice.where}: {notice.message}"), soft_wrap=True)
    if len(checked.notices) > SHOWN_NOTICES:
        console.print(f"and {len(checked.notices) - SHOWN_NOTICES} more notices: add --csv to see all")
    _show_verdict(console, checked)


def _print_table(console: "Console", title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in which no word is broken; where the screen is too narrow for that, a line a row."""
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    widths = _fit(columns, rows, console.width - 3 * len(columns) - 1)
    if widths:
        table = Table(title=title, title_justify="left")
        for column, width in zip(columns, widths, strict=True):
            table.add_column(column, width=width)
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        console.print(table)
        return
    console.print(title, style="italic")
    for first, *others in rows:
        parts = (f"{name}: {cell}" for name, cell in zip(columns[1:], others, strict=True) if cell)
        console.print(escape(f"  {first}"), soft_wrap=True)
        console.print(escape(f"      {'; '.join(parts)}"))


def _fit(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Give each column the width of its longest word, and the rest of the room to those that would wrap most.

    Returns:
        Widths in characters; none where not even the words fit.
    """
    cells = [[columns[i], *(row[i] for row in rows)] for i in range(len(columns))]
    widths = [max(len(word) for cell in column for word in (cell.split() or [""])) for column in cells]
    wanted = [max(len(cell) for cell in column) for column in cells]
    if sum(widths) > room:
        return []
    for _ in range(room - sum(widths)):
        lacks = [want - width for want, width in zip(wanted, widths, strict=True)]
        if max(lacks) <= 0:
            break
        widths[lacks.index(max(lacks))] += 1
    return widths


def _show_verdict(console: "Console", checked: "Checked") -> None:
    """End with what a person can act on: how much was understood, and the lines that would improve it most."""
    from rich.markup import escape

    from pipeline.core.vocabulary import Aspect
    from pipeline.corpus.understanding import say_advice, say_verdict

    if not checked.counts:
        return
    of_file: dict[str, dict[Aspect, str]] = defaultdict(dict)
    for count in checked.counts:
        if count.subject and count.aspect is Aspect.ROLES:
            of_file[count.subject][count.aspect] = "yes" if count.n else "no"
        elif count.subject:
            of_file[count.subject][count.aspect] = str(count.n)
    aspects = [aspect for aspect in Aspect if aspect is not Aspect.CODINGS]
    rows = [(name, *(cells.get(aspect, "") for aspect in aspects)) for name, cells in of_file.items()]
    heads = {Aspect.SPEAKERS: "with speaker", Aspect.HATS: "with hat", Aspect.ROLES: "lead known"}
    heads |= {Aspect.PROCEDURE: "kept aside", Aspect.REPEATS: "more than once"}
    columns = ("file", *(heads.get(aspect, str(aspect)) for aspect in aspects))
    _print_table(console, "understood of each file", columns, rows)
    console.print(f"\nunderstood: {say_verdict(checked.counts)}", soft_wrap=True, style="bold", markup=False)
    for number, line in enumerate(say_advice(checked.counts), start=1):
        console.print(escape(f"  {number}. {line}"), soft_wrap=True)


_Facts = dict[str, list["Fact"]]


def _file_row(name: str, facts: "_Facts") -> tuple[str, ...]:
    (file,) = facts["file"][:1]
    version = " ".join(fact.item for fact in facts["version"])
    later = "".join(f", superseded by {fact.item}" for fact in facts["superseded"])
    sessions = [fact.item for fact in facts["session"]]
    shown = ", ".join(sessions[:3]) + (f" and {len(sessions) - 3} more" if len(sessions) > 3 else "")
    structure = file.detail.replace(" | ", ", ")
    return name, f"{file.item}, {structure}", str(facts["remarks"][0].n), shown, version + later


def _session_row(name: str, facts: "_Facts") -> tuple[str, ...]:
    where = ", ".join(fact.detail for column in ("date", "place") for fact in facts[column])
    roles: dict[str, int] = defaultdict(int)
    for fact in facts["speaker"]:
        roles[fact.detail.split(" | ")[0]] += 1
    speakers = ", ".join(f"{n} {role}" for role, n in roles.items())
    return name, where, speakers, _listed(facts["hat"]), _listed(facts["status"])


def _coding_row(name: str, facts: "_Facts") -> tuple[str, ...]:
    return name, facts["coders"][0].detail, _listed(facts["coding"])


def _listed(facts: "Sequence[Fact]") -> str:
    return ", ".join(f"{fact.item} {fact.n}" for fact in facts)


def _spellings(of_subject: "dict[str, _Facts]") -> Iterator[str]:
    for session, facts in of_subject.items():
        for fact in facts["spellings"]:
            yield f"one speaker in {session}: {fact.item} is written {fact.detail.replace(' | ', ', ')}"


def _changes(of_subject: "dict[str, _Facts]") -> Iterator[str]:
    for session, facts in of_subject.items():
        for aspect in ("change", "theme moved", "theme lost", "polarity moved", "polarity lost"):
            for fact in facts[aspect]:
                step = fact.aspect.split(", ", 1)[1]
                ids = f": {fact.detail.replace(' | ', ' ')}" if fact.detail else ""
                what = fact.item if aspect == "change" else aspect
                yield f"{session}, {step}: {what} {fact.n}{ids}"
