"""Reads and writes ``mapping.toml``: how codings and speakers are to be read where that is not certain.

``dialoogtafel check`` writes what it takes them to mean, each line with its reason; a person edits it, and every later
run obeys. What a person wrote is never changed: only what is not there yet is added.

    [files."mijn codes.xlsx"]            # kind: codings, codebook, notes or ignore
    [files."mijn codes.xlsx".columns]    # column to the header above it
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
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.core.errors import InputError, Problem
from pipeline.core.files import write_bytes
from pipeline.core.vocabulary import Role, Scheme
from pipeline.text.identity import fold_name

MAPPING_FILE = "mapping.toml"
KINDS = ("codings", "codebook", "notes", "ignore")
COLUMN_ROLES = ("quote", "session", "source", "unit", "char_start", "char_end", "coder", "memo", *map(str, Scheme))
"""What a column of a table of codings may hold."""

_SECTIONS = ("files", "sessions", "codes", "coders", "roles", "speakers")
_FILE_KEYS = ("kind", "coder", "sheets", "columns", "separators")
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
    """

    kind: str = ""
    coder: str = ""
    sheets: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    separators: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, order=True)
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
    problems = [*_problems(given, name)]
    if problems:
        raise InputError(problems)
    return StudyMapping(
        files={fold_name(file): _file(said) for file, said in given.get("files", {}).items()},
        sessions=_names(given.get("sessions", {})),
        codes={scheme: _names(found) for scheme, found in given.get("codes", {}).items()},
        coders=_names(given.get("coders", {})),
        roles=_names(given.get("roles", {})),
        speakers=_names(given.get("speakers", {})),
    )


def _names(given: Mapping[str, str]) -> Names:
    return {fold_name(key): value for key, value in given.items()}


def _file(given: Mapping[str, Any]) -> FileMapping:
    columns = {role: _texts(header) for role, header in given.get("columns", {}).items()}
    return FileMapping(
        given.get("kind", ""), given.get("coder", ""), _texts(given.get("sheets", ())), columns,
        _texts(given.get("separators", ())),
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
    for file, said in given.get("files", {}).items():
        where = f"{name}, [files.{json.dumps(file, ensure_ascii=False)}]"
        if not isinstance(said, Mapping):
            yield Problem(where, "is no table", "Write it as in the example of the documentation")
            continue
        yield from _unknown(said, _FILE_KEYS, where, "key")
        yield from _unknown(said.get("columns", {}), COLUMN_ROLES, where, "column")
        if said.get("kind", KINDS[0]) not in KINDS:
            yield Problem(where, f"has the kind '{said['kind']}'", f"Choose one of {', '.join(KINDS)}")


def _unknown(given: Mapping[str, Any], known: Sequence[str], where: str, what: str) -> Iterable[Problem]:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            fix = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(known)}"
            yield Problem(where, f"names the {what} '{key}', which is not known", fix)


def _not_names(given: object, where: str) -> Iterable[Problem]:
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        yield Problem(where, "holds something else than names", 'Write lines such as "FG1" = "Focusgroep 1"')


def add_proposals(
    path: Path, proposals: Iterable[Proposal], *, head: str = HEAD, say: Callable[[str], str] = str
) -> int:
    """Write the proposals that the file does not have yet; what stands there stays as it is.

    Args:
        path: the file; made where it is absent and something is proposed.
        proposals: in any order.
        head: the comment with which a new file begins.
        say: puts a reason in the language of the team.

    Returns:
        How many lines were added.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else head
    held = tomllib.loads(text)
    asked = {fold_name(line) for line in text.split("\n") if line.startswith("#")}
    new = [each for each in sorted(set(proposals)) if not _holds(held, each) and not _is_asked(asked, each)]
    for each in new:
        text = _insert(text, each, say(each.why))
    if new:
        write_bytes(path, text.encode())
    return len(new)


def _holds(held: Mapping[str, Any], proposal: Proposal) -> bool:
    for part in proposal.table:
        keys = {fold_name(key): value for key, value in held.items()}
        held = keys.get(fold_name(part), {})
    return fold_name(proposal.key) in {fold_name(key) for key in held}


def _is_asked(asked: Collection[str], proposal: Proposal) -> bool:
    return proposal.is_asked and any(line.startswith(fold_name(_line(proposal))) for line in asked)


def _line(proposal: Proposal) -> str:
    mark = "# " if proposal.is_asked else ""
    return f"{mark}{_key(proposal.key)} = {json.dumps(proposal.value, ensure_ascii=False)}"


def _insert(text: str, proposal: Proposal, why: str) -> str:
    head = f"[{'.'.join(_key(part) for part in proposal.table)}]"
    line = _line(proposal) + (f"  # {why}" if why else "")
    lines = text.rstrip("\n").split("\n")
    if head not in lines:
        return "\n".join([*lines, "", head, line, ""])
    at = lines.index(head) + 1
    while at < len(lines) and lines[at].strip() and not lines[at].startswith("["):
        at += 1
    return "\n".join([*lines[:at], line, *lines[at:], ""])


def _key(part: str) -> str:
    return part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)
