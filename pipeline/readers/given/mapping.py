"""Reads and writes ``mapping.toml``: how codings and speakers are to be read where that is not certain.

``dialoogtafel check`` writes what it takes them to mean, each line with its reason; a person edits it, and every later
run obeys. What a person wrote is never changed: only what is not there yet is added.

    [files."mijn codes.xlsx"]            # kind: codings, codebook, notes or ignore
    [files."mijn codes.xlsx".columns]    # column to the header above it
    [files."mijn codes.xlsx".sheet.An.columns]   # where the sheets of a file differ; also [...sheet.An] coder = "An"
    [sessions]                           # session as the codings name it, to its own name
    [codes.theme]                        # code as written, to the code that is meant; "" for none
    [coders]                             # coder as written, to the name that is meant
    [roles]                              # speaker, or "session: speaker", to gespreksleider, verslaggever, gastheer
                                         # or deelnemer
    [speakers]                           # label in the notes, to the name that is meant
"""

import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.core.errors import InputError, Notice, Problem, list_some
from pipeline.core.files import write_bytes
from pipeline.core.vocabulary import Role, Scheme
from pipeline.readers.qda_codes import CLOSED_SCHEMES, NO_VALUE, is_no_code, is_undecided, read_closed
from pipeline.text.normalisation import bare_file_name, fold_name

MAPPING_FILE = "mapping.toml"
KINDS = ("codings", "codebook", "notes", "ignore")
COLUMN_ROLES = ("quote", "session", "source", "unit", "char_start", "char_end", "coder", "memo", *map(str, Scheme))
"""What a column of a table of codings may hold."""

_SECTIONS = ("files", "sessions", "codes", "coders", "roles", "speakers")
_FILE_KEYS = ("kind", "coder", "sheets", "columns", "separators", "sheet")
_SHEET_KEYS = ("coder", "columns")
HEAD = """\
# How codings and speakers are read where that is not certain; each line says why it was taken so.
# Change what is wrong: every later run obeys this file. Delete a line to have it proposed again.
"""
_BARE = re.compile(r"[A-Za-z0-9_-]+")

Names: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one file is to be read.

    Attributes:
        kind: one of `KINDS`; empty where nobody said.
        coder: whose codings it holds, where no column says so.
        sheets: names of the sheets that hold codings; all that do where it is empty.
        columns: one of `COLUMN_ROLES` to the headers of its columns.
        separators: what stands between several codes in one cell.
        sheet: how single sheets are to be read, by `fold_name`, where that differs from the others.
        name: of the file or sheet as the mapping writes it.
    """

    kind: str = ""
    coder: str = ""
    sheets: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    separators: tuple[str, ...] = ()
    sheet: Mapping[str, "FileMapping"] = field(default_factory=dict)
    name: str = ""

    def of_own(self, title: str) -> "FileMapping":
        """Give what is said of one sheet alone."""
        return self.sheet.get(fold_name(title), FileMapping())

    def of_sheet(self, title: str) -> "FileMapping":
        """Give how one sheet is to be read: what is said of it, else what is said of the file."""
        own = self.of_own(title)
        return replace(self, coder=own.coder or self.coder, columns=own.columns or self.columns)

    @property
    def has_columns(self) -> bool:
        """Tell whether a person named columns, of the file or of a sheet."""
        return bool(self.columns or any(each.columns for each in self.sheet.values()))


@dataclass(frozen=True, slots=True)
class StudyMapping:
    """What ``mapping.toml`` says; names are looked up by `fold_name`."""

    files: Mapping[str, FileMapping] = field(default_factory=dict)
    sessions: Names = field(default_factory=dict)
    codes: Mapping[str, Names] = field(default_factory=dict)
    coders: Names = field(default_factory=dict)
    roles: Names = field(default_factory=dict)
    speakers: Names = field(default_factory=dict)

    def file(self, name: str) -> FileMapping:
        """Give how a file is to be read; by its path, else by its name alone."""
        short = fold_name(name.rsplit("/", 1)[-1])
        return self.files.get(fold_name(name)) or self.files.get(short) or FileMapping()

    def code(self, scheme: str, code: str) -> str:
        """Give the code that is meant; empty where it counts for nothing."""
        return self.codes.get(scheme, {}).get(fold_name(code), code)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line that is proposed.

    Attributes:
        table: path of its table, as ``("files", "codes.xlsx", "columns")``.
        key: of the line.
        value: text, or texts.
        why: what it was taken from.
        is_asked: it is not read so yet; it is written as a comment, for a person to take up.
    """

    table: tuple[str, ...]
    key: str
    value: str | tuple[str, ...]
    why: str
    is_asked: bool = False


def read_mapping(path: Path, name: str = MAPPING_FILE) -> StudyMapping:
    """Read a mapping; an empty one where there is no file.

    Args:
        path: the file.
        name: the name to use for it in messages.

    Raises:
        InputError: it is no TOML, or says what nobody understands: all at once.
    """
    if not path.is_file():
        return StudyMapping()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InputError.single(name, "is not UTF-8", "Save it as plain text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        fix = "Write texts between quotation marks, and one thing a line"
        raise InputError.single(name, f"cannot be read: {error}", fix) from None
    problems = [*_problems(given, name), *_wrong_values(given.get("codes", {}), path.read_text(encoding="utf-8"), name)]
    if problems:
        raise InputError(problems)
    return StudyMapping(
        files={fold_name(file): _file(entry, file) for file, entry in given.get("files", {}).items()},
        sessions=_names(given.get("sessions", {})),
        codes={scheme: _names(found) for scheme, found in given.get("codes", {}).items()},
        coders=_names(given.get("coders", {})),
        roles=_names(given.get("roles", {})),
        speakers=_names(given.get("speakers", {})),
    )


def _names(given: Mapping[str, str]) -> Names:
    return {fold_name(key): value for key, value in given.items()}


def _file(given: Mapping[str, Any], name: str) -> FileMapping:
    columns = {role: _texts(header) for role, header in given.get("columns", {}).items()}
    return FileMapping(
        given.get("kind", ""), given.get("coder", ""), _texts(given.get("sheets", ())), columns,
        _texts(given.get("separators", ())),
        {fold_name(title): _file(entry, title) for title, entry in given.get("sheet", {}).items()}, name,
    )  # fmt: skip


def _texts(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _problems(given: Mapping[str, Any], name: str) -> Iterable[Problem]:
    yield from _unknown(given, _SECTIONS, name, "table")
    for section in ("sessions", "coders", "roles", "speakers"):
        yield from _not_names(given.get(section, {}), f"{name}, [{section}]")
    codes = given.get("codes", {})
    yield from _unknown(codes, tuple(map(str, Scheme)), f"{name}, [codes]", "scheme")
    for scheme, found in codes.items():
        yield from _not_names(found, f"{name}, [codes.{scheme}]")
    for speaker, role in given.get("roles", {}).items():
        if role not in set(Role):
            fix = f"Choose one of {', '.join(Role)}"
            yield Problem(f"{name}, [roles]", f"gives '{speaker}' the role '{role}', which is not known", fix)
    for file, entry in given.get("files", {}).items():
        where = f"{name}, [files.{json.dumps(file, ensure_ascii=False)}]"
        if not isinstance(entry, Mapping):
            yield Problem(where, "is no table", "Write it as in the example of the documentation")
            continue
        yield from _unknown(entry, _FILE_KEYS, where, "key")
        yield from _wrong_columns(entry.get("columns", {}), where)
        sheets = entry.get("sheet", {})
        if not isinstance(sheets, Mapping) or not all(isinstance(each, Mapping) for each in sheets.values()):
            yield Problem(where, "has a 'sheet' that is no table", "Write it as [files.FILE.sheet.SHEET.columns]")
            continue
        for title, own in sheets.items():
            place = f"{where[:-1]}.sheet.{_key(title)}]"
            yield from _unknown(own, _SHEET_KEYS, place, "key")
            yield from _wrong_columns(own.get("columns", {}), place)
        if entry.get("kind", KINDS[0]) not in KINDS:
            yield Problem(where, f"has the kind '{entry['kind']}'", f"Choose one of {', '.join(KINDS)}")


def _wrong_values(codes: Mapping[str, Any], text: str, name: str) -> Iterable[Problem]:
    """Find what is given for a cell and is no value of its scheme, where the values are fixed."""
    for scheme, values in CLOSED_SCHEMES.items():
        found = codes.get(scheme, {}) if isinstance(codes, Mapping) else {}
        for key, value in found.items() if isinstance(found, Mapping) else ():
            if isinstance(value, str) and not (is_no_code(value) or is_undecided(value) or read_closed(scheme, value)):
                line = _find_line(text, ("codes", scheme), key)
                what = f"gives '{key}' the value '{value}', which {scheme} does not have"
                fix = f"Choose one of {', '.join((*values, NO_VALUE))}"
                yield Problem(f"{name}, line {line}" if line else f"{name}, [codes.{scheme}]", what, fix)


def _find_line(text: str, table: Sequence[str], key: str) -> int | None:
    """Give the number of the line on which a table has a key; None where it is written in another way."""
    head, is_within = f"[{'.'.join(map(_key, table))}]", False
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("["):
            is_within = _is_head(line, head, table)
        elif is_within:
            with suppress(tomllib.TOMLDecodeError):
                if key in tomllib.loads(line):
                    return number
    return None


def _wrong_columns(columns: object, where: str) -> Iterable[Problem]:
    texts = columns.values() if isinstance(columns, Mapping) else [None]
    if not all(isinstance(each, str) or (isinstance(each, list) and all(map(_is_text, each))) for each in texts):
        yield Problem(where, "holds columns that are no headers", 'Write lines such as quote = "Citaat"')
    if isinstance(columns, Mapping):
        yield from _unknown(columns, COLUMN_ROLES, where, "column")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _unknown(given: Mapping[str, Any], known: Sequence[str], where: str, what: str) -> Iterable[Problem]:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            fix = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(known)}"
            yield Problem(where, f"names the {what} '{key}', which is not known", fix)


def _not_names(given: object, where: str) -> Iterable[Problem]:
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        yield Problem(where, "holds something else than names", 'Write lines such as "FG1" = "Focusgroep 1"')


def list_unknown(
    mapping: StudyMapping, files: Collection[str], sessions: Mapping[str, Collection[str]]
) -> list[Notice]:
    """Say which files and sessions a mapping names that are not there, and which there are.

    Args:
        mapping: what a person said.
        files: names of all files that were given.
        sessions: each session to the names by which it may be meant.
    """
    notices = []
    known = {fold_name(form) for name in files for form in (name, name.rsplit("/", 1)[-1])}
    for key, entry in mapping.files.items():
        if files and key not in known:
            what = f"names the file '{entry.name}', which is not there; there are {list_some(sorted(files))}"
            notices.append(Notice(MAPPING_FILE, what))
    meant = {fold_name(form) for forms in sessions.values() for each in forms for form in (each, bare_file_name(each))}
    for label, session in mapping.sessions.items():
        if sessions and fold_name(session) not in meant:
            there = list_some(sorted(sessions))
            what = f"'{label}' is said to be session '{session}', which is not there; there are {there}"
            notices.append(Notice(MAPPING_FILE, what))
    return notices


def add_proposals(
    path: Path, proposals: Iterable[Proposal], *, head: str = HEAD, say: Callable[[str], str] = str
) -> int:
    """Write the proposals that the file does not have yet; what stands there stays as it is.

    What is written can always be read again: of lines that say different things of one key each is written as a
    question, and a line that the file as it stands cannot take is left out; see `left_out`.

    Args:
        path: the file; made where it is absent and something is proposed.
        proposals: in any order.
        head: the comment with which a new file begins.
        say: puts a reason in the language of the team.

    Returns:
        How many lines were added.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else head
    new = _not_in(text, proposals)
    whole = text
    for each in new:
        whole = _insert(whole, each, say(each.why))
    n_added = len(new)
    if not _can_be_read(whole, new):
        whole, n_added = text, 0
        for each in new:
            longer = _insert(whole, each, say(each.why))
            if _can_be_read(longer, [each]):
                whole, n_added = longer, n_added + 1
    if n_added:
        write_bytes(path, whole.encode())
    return n_added


def left_out(path: Path, proposals: Iterable[Proposal]) -> list[Proposal]:
    """Give the proposals that the file neither holds nor asks, as its tables are written in another way."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return _not_in(text, proposals)


def _not_in(text: str, proposals: Iterable[Proposal]) -> list[Proposal]:
    written, asked = tomllib.loads(text), _asked(text)
    return [each for each in _settle(proposals) if not _holds(written, each) and not _is_asked(asked, each)]


def _settle(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Order proposals and keep one for each key; where they differ in value, all of them are questions."""
    of_key: dict[tuple[tuple[str, ...], str], dict[str, Proposal]] = {}
    for each in sorted(set(proposals), key=_order):
        key = tuple(map(fold_name, each.table)), fold_name(each.key)
        of_key.setdefault(key, {}).setdefault(json.dumps(each.value), each)
    settled: list[Proposal] = []
    for found in of_key.values():
        certain = [each for each in found.values() if not each.is_asked]
        if len(certain) <= 1:
            settled += found.values()
        else:
            settled += (replace(each, is_asked=True) for each in found.values())
    return sorted(settled, key=_order)


def _order(proposal: Proposal) -> tuple[object, ...]:
    return proposal.table, proposal.key, json.dumps(proposal.value, ensure_ascii=False), proposal.why, proposal.is_asked


def _can_be_read(text: str, proposals: Iterable[Proposal]) -> bool:
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return all(each.is_asked or _holds(written, each) for each in proposals)


def _asked(text: str) -> set[str]:
    return {fold_name(line) for line in text.split("\n") if line.startswith("#")}


def _holds(table: Mapping[str, Any], proposal: Proposal) -> bool:
    for part in proposal.table:
        keys = {fold_name(key): value for key, value in table.items()}
        table = keys.get(fold_name(part), {})
        if not isinstance(table, Mapping):
            return False
    return fold_name(proposal.key) in {fold_name(key) for key in table}


def _is_asked(asked: Collection[str], proposal: Proposal) -> bool:
    return proposal.is_asked and any(line.startswith(fold_name(_line(proposal))) for line in asked)


def _line(proposal: Proposal) -> str:
    mark = "# " if proposal.is_asked else ""
    return f"{mark}{_key(proposal.key)} = {json.dumps(proposal.value, ensure_ascii=False)}"


def _insert(text: str, proposal: Proposal, why: str) -> str:
    head = f"[{'.'.join(_key(part) for part in proposal.table)}]"
    line = _line(proposal) + (f"  # {why}" if why else "")
    lines = text.rstrip("\n").split("\n")
    at = next((i for i, each in enumerate(lines) if _is_head(each, head, proposal.table)), -1) + 1
    if not at:
        return "\n".join([*lines, "", head, line, ""])
    while at < len(lines) and lines[at].strip() and not lines[at].startswith("["):
        at += 1
    return "\n".join([*lines[:at], line, *lines[at:], ""])


def _is_head(line: str, head: str, table: Sequence[str]) -> bool:
    """Tell whether a line begins a table, in whatever way its name is written."""
    if line.strip() == head:
        return True
    if not line.lstrip().startswith("["):
        return False
    try:
        tables = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    for part in table:
        if not isinstance(tables, dict) or [fold_name(key) for key in tables] != [fold_name(part)]:
            return False
        (tables,) = tables.values()
    return tables == {}


def _key(part: str) -> str:
    return part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)
