"""The command ``dialoogtafel check``: how notes are understood, before anything runs."""

import csv
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.errors import InputError

if TYPE_CHECKING:
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

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(checked.facts)
    writer.writerows((notice.where, "notice", "", "", notice.message) for notice in checked.notices)
    writer.writerows((each.where, "problem", "", "", f"{each.what}. {each.fix}") for each in checked.problems)


def _show(checked: "Checked") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    of_subject: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in checked.facts:
        of_subject[fact.subject][fact.aspect.split(",")[0]].append(fact)
    for title, needed, columns, row in (
        ("files", "file", ("file", "format", "remarks", "session", "version"), _file_row),
        ("sessions", "sources", ("session", "date, place", "speakers", "hats of used remarks", "status"), _session_row),
        ("codings", "coders", ("file", "coders", "rows by how they were matched"), _coding_row),
    ):
        rows = [(subject, facts) for subject, facts in of_subject.items() if needed in facts]
        if rows:
            table = Table(title=title, title_justify="left")
            for column in columns:
                table.add_column(column, overflow="fold")
            for subject, facts in rows:
                table.add_row(*(escape(cell) for cell in row(subject, facts)))
            console.print(table)
    for line in (*_voices(of_subject), *_changes(of_subject)):
        console.print(escape(line), soft_wrap=True)
    for notice in checked.notices[:SHOWN_NOTICES]:
        console.print(escape(f"notice: {notice.where}: {notice.message}"), soft_wrap=True)
    if len(checked.notices) > SHOWN_NOTICES:
        console.print(f"and {len(checked.notices) - SHOWN_NOTICES} more notices: add --csv to see all")


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


def _voices(of_subject: "dict[str, _Facts]") -> Iterator[str]:
    for session, facts in of_subject.items():
        for fact in facts["spellings"]:
            yield f"one voice in {session}: {fact.item} is written {fact.detail.replace(' | ', ', ')}"


def _changes(of_subject: "dict[str, _Facts]") -> Iterator[str]:
    for session, facts in of_subject.items():
        for aspect in ("change", "theme moved", "theme lost", "polarity moved", "polarity lost"):
            for fact in facts[aspect]:
                step = fact.aspect.split(", ", 1)[1]
                ids = f": {fact.detail.replace(' | ', ' ')}" if fact.detail else ""
                what = fact.item if aspect == "change" else aspect
                yield f"{session}, {step}: {what} {fact.n}{ids}"
