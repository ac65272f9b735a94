"""The command ``dialoogtafel check``: how notes are understood, before anything runs."""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import words_of
from pipeline.core.errors import READ_AS_TABLE, InputError, StorageError
from pipeline.core.files import render_csv

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.core.study import Overrides, Study
    from pipeline.report.words import Words
    from pipeline.run.check import Checked, Fact

Given = Annotated[Path, typer.Argument(metavar="PATH", help="A study folder, a folder of files, or one file.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print every fact as a row of CSV, for other programs.")]
Lang = Annotated[
    str | None, typer.Option("--lang", help="Language of what is shown: nl or en; else that of the study.")
]
Skip = Annotated[bool, typer.Option("--skip-unreadable", help="Leave out files that cannot be read, and say so.")]

SHOWN_NOTICES = 30


def check(given: Given, csv: Csv = False, lang: Lang = None, skip_unreadable: Skip = False) -> None:
    """Show what is understood of notes and codings, and what is not; runs no analysis.

    What is not certain of codings, roles and speakers is written to mapping.toml, where it can be changed; nothing else
    is written.

    For every file: format, session, version. For every session: date, place, speakers with their roles and merged
    spellings, hats and statuses with counts, changes between versions. For every file with codings: what was matched.
    What was said is never printed. All problems of all files come last, with exit code 2.
    """
    from pipeline.run.check import check_study

    overrides: dict[str, dict[str, object]] = {"study": {"language": lang}} if lang else {}
    overrides |= {"input": {"skip_unreadable": True}} if skip_unreadable else {}
    study = _open(given, overrides)
    checked = check_study(study)
    if csv:
        _write_csv(checked)
    else:
        _show(checked, words_of(study))
    if checked.proposals:
        _write_mapping(study, checked)
    if checked.problems:
        raise InputError(checked.problems)


def _write_mapping(study: "Study", checked: "Checked") -> None:
    """Write what is not certain where a person can change it; a folder that may not be written to is no error."""
    from pipeline.core.files import explain
    from pipeline.readers.given.mapping import add_proposals, left_out
    from pipeline.report.sections.head import translate_notice
    from pipeline.run.inputs import mapping_path

    path, words = mapping_path(study), words_of(study)
    try:
        n_added = add_proposals(
            path, checked.proposals, head=words("mapping.head"), say=lambda why: translate_notice(why, words)
        )
    except (OSError, StorageError) as error:
        told = error if isinstance(error, StorageError) else explain(error, path)
        typer.echo(f"mapping: {words.rephrase('error_phrase', str(told))}", err=True)
        return
    if n_added:
        typer.echo(f"mapping: {words('check.mapping', path=path, n=n_added)}", err=True)
    if left := left_out(path, checked.proposals):
        typer.echo(f"mapping: {words('check.mapping_left', path=path, n=len(left))}", err=True)


def _open(given: Path, overrides: "Overrides") -> "Study":
    from pipeline.core.config import STUDY_FILE
    from pipeline.core.study import open_study

    if given.is_dir() and (given / STUDY_FILE).is_file():
        return open_study(given, overrides=overrides)
    # Notes that are no study yet are looked at as they would be laid out; the folder is never made.
    return open_study(given, Path(tempfile.gettempdir()) / "dialoogtafel-check" / "none", overrides)


def _write_csv(checked: "Checked") -> None:
    from pipeline.run.check import COLUMNS

    rows: list[Sequence[object]] = [COLUMNS, *checked.facts]
    rows += [(notice.where, "notice", "", "", notice.message) for notice in checked.notices]
    rows += [(each.where, "problem", "", "", f"{each.what}. {each.fix}") for each in checked.problems]
    sys.stdout.write(render_csv(rows))


def _show(checked: "Checked", words: "Words") -> None:
    from rich.console import Console
    from rich.markup import escape

    from pipeline.report.sections.head import translate_notice

    console = Console(highlight=False)
    of_subject: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in checked.facts:
        of_subject[fact.subject][fact.aspect.split(",")[0]].append(fact)
    for title, needed, columns, row in (
        ("files", "file", ("file", "format", "remarks", "session", "version"), _file_row),
        ("sessions", "sources", ("session", "where", "speakers", "hats", "status"), _session_row),
        ("codings", "coders", ("file", "coders", "matched", "codes"), _coding_row),
    ):
        rows = [row(subject, facts, words) for subject, facts in of_subject.items() if needed in facts]
        _print_table(console, words(f"check.{title}"), [words(f"check.{column}") for column in columns], rows)
    for line in (*_spellings(of_subject, words), *_changes(of_subject, words)):
        console.print(escape(line), soft_wrap=True)
    notices = [notice for notice in checked.notices if not notice.message.startswith(READ_AS_TABLE)]
    for notice in notices[:SHOWN_NOTICES]:
        text = translate_notice(notice.message, words)
        where = words.rephrase("place_phrase", notice.where)
        console.print(escape(f"{words('check.notice')}: {where}: {text}"), soft_wrap=True)
    if len(notices) > SHOWN_NOTICES:
        console.print(words("check.more_notices", n=len(notices) - SHOWN_NOTICES))
    _show_verdict(console, checked, words)


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


def _show_verdict(console: "Console", checked: "Checked", words: "Words") -> None:
    """End with what a person can act on: how much was understood, and the lines that would improve it most."""
    from rich.markup import escape

    from pipeline.core.vocabulary import Aspect
    from pipeline.report.sections.head import translate_notice
    from pipeline.run.check import describe_verdict, give_advice

    if not checked.counts:
        return
    of_file: dict[str, dict[Aspect, str]] = defaultdict(dict)
    for count in (count for count in checked.counts if count.subject):
        cells = of_file[count.subject]
        if count.aspect is Aspect.ROLES:
            cells[count.aspect] = words("check.yes" if count.n else "check.no")
        elif count.aspect is not Aspect.PROCEDURE:
            cells[count.aspect] = words.number(count.n)
        if count.aspect is Aspect.REMARKS:
            # All that is not used is put aside, as the report counts it; procedure is only a part of that.
            cells[Aspect.PROCEDURE] = words.number(count.missing)
    heads = {Aspect.REMARKS: "remarks", Aspect.SPEAKERS: "with_speaker", Aspect.HATS: "with_hat"}
    heads |= {Aspect.ROLES: "lead_known", Aspect.PROCEDURE: "aside", Aspect.REPEATS: "repeats"}
    rows = [(name, *(cells.get(aspect, "") for aspect in heads)) for name, cells in of_file.items()]
    columns = [words(f"check.{name}") for name in ("file", *heads.values())]
    _print_table(console, words("check.understood_of"), columns, rows)
    verdict = f"\n{words('check.understood')}: {describe_verdict(checked.counts, words)}"
    console.print(verdict, soft_wrap=True, style="bold", markup=False)
    for notice in (notice for notice in checked.notices if notice.message.startswith(READ_AS_TABLE)):
        text = f"{words.rephrase('place_phrase', notice.where)}: {translate_notice(notice.message, words)}"
        console.print(escape(f"  {text}"), soft_wrap=True)
    for number, line in enumerate(give_advice(checked.counts, words), start=1):
        console.print(escape(f"  {number}. {line}"), soft_wrap=True)


_Facts = dict[str, list["Fact"]]


def _file_row(name: str, facts: "_Facts", words: "Words") -> tuple[str, ...]:
    (file,) = facts["file"][:1]
    version = " ".join(fact.item for fact in facts["version"])
    later = "".join(f", {words('check.superseded', name=fact.item)}" for fact in facts["superseded"])
    sessions = [fact.item for fact in facts["session"]]
    shown = ", ".join(sessions[:3])
    shown = words("check.more", shown=shown, n=len(sessions) - 3) if len(sessions) > 3 else shown
    structure = file.detail.replace(" | ", ", ")
    return name, f"{file.item}, {structure}", str(facts["remarks"][0].n), shown, version + later


def _session_row(name: str, facts: "_Facts", words: "Words") -> tuple[str, ...]:
    where = ", ".join(fact.detail for column in ("date", "place") for fact in facts[column])
    roles: dict[str, int] = defaultdict(int)
    for fact in facts["speaker"]:
        roles[fact.detail.split(" | ")[0]] += 1
    speakers = ", ".join(f"{n} {role}" for role, n in roles.items())
    return name, where, speakers, _listed(facts["hat"], "check", words), _listed(facts["status"], "status", words)


def _coding_row(name: str, facts: "_Facts", words: "Words") -> tuple[str, ...]:
    n_codes = words.number(facts["codes"][0].n or 0)
    return name, facts["coders"][0].detail, _listed(facts["coding"], "how", words), n_codes


def _listed(facts: "Sequence[Fact]", family: str, words: "Words") -> str:
    """List what was counted, each in the words of its family where there are any."""
    items = ((f"{family}.{fact.item}", fact) for fact in facts)
    phrased = (
        (words(key) if words.has(key) else words.rephrase("notice_phrase", fact.item), fact) for key, fact in items
    )
    return ", ".join(f"{text} {fact.n}" for text, fact in phrased)


def _spellings(of_subject: "dict[str, _Facts]", words: "Words") -> Iterator[str]:
    """Say once of each speaker how the notes write the name, and in which sessions."""
    from pipeline.core.vocabulary import Role

    sessions: dict[tuple[str, str], list[str]] = defaultdict(list)
    for session, facts in of_subject.items():
        for fact in facts["spellings"]:
            sessions[fact.item, fact.detail.replace(" | ", ", ")].append(session)
    for (name, detail), found in sessions.items():
        shown = ", ".join(found[:3])
        shown = words("check.more", shown=shown, n=len(found) - 3) if len(found) > 3 else shown
        # A lead bears the name of the role; it would read as if that were somebody's name.
        key = "check.leads" if name.casefold() in set(Role) else "check.spellings"
        yield words(key, session=shown, name=name, detail=detail)


def _changes(of_subject: "dict[str, _Facts]", words: "Words") -> Iterator[str]:
    for session, facts in of_subject.items():
        for aspect in ("change", "theme moved", "theme lost", "polarity moved", "polarity lost"):
            for fact in facts[aspect]:
                step = fact.aspect.split(", ", 1)[1]
                ids = f": {fact.detail.replace(' | ', ' ')}" if fact.detail else ""
                key = f"change.{fact.item}"
                what = (words(key) if words.has(key) else fact.item) if aspect == "change" else aspect
                yield f"{session}, {step}: {what} {fact.n}{ids}"
