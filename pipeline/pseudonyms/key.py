"""The key: which spelling has which pseudonym. A CSV file that people edit, kept apart from the study, mode 600.

With a pass phrase it is encrypted (Fernet; the key derived with scrypt, RFC 7914, N = 2^15, r = 8, p = 1).
"""

import base64
import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import InputError, Problem
from pipeline.core.files import render_csv, unguard_formula, write_bytes
from pipeline.core.vocabulary import Identity
from pipeline.pseudonyms.detection import Spelling

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

PASS_PHRASE = "DIALOOGTAFEL_KEY_PASSPHRASE"
COLUMNS = ("spelling", "pseudonym", "kind", "decision", "n", "first")
_SEALED = b"dialoogtafel-key-1\n"
_SALT_LENGTH = 16
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_NUMBERED = re.compile(r"(?P<word>\D+) (?P<number>\d+)")


class KeyDecision(StrEnum):
    """What people decided on a spelling; one that is still open is replaced too, to be on the safe side."""

    REPLACE = "vervangen"
    KEEP = "behouden"
    OPEN = "?"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One line of the key.

    Attributes:
        spelling: as written in the notes.
        pseudonym: what stands in its place; several spellings may share one.
        kind: what it is.
        decision: what people decided.
        n: how often it was found when the key was last written.
        first: file and place where it was found first.
    """

    spelling: str
    pseudonym: str
    kind: Identity
    decision: KeyDecision
    n: int = 0
    first: str = ""


def extend_key(key: Sequence[KeyEntry], found: Iterable[Spelling]) -> list[KeyEntry]:
    """Add what was found to a key; what stands there already stays as people left it.

    A name that is a part of one longer name, and of no other, is the same person: *Fatima* is *Fatima El Amrani*; so
    are the initials of a speaker. The possessive of a name has the pseudonym of that name.

    Args:
        key: entries, perhaps none.
        found: spellings, in a stable order.

    Returns:
        Entries: the old ones with new counts, then the new ones.

    >>> found = [Spelling("Fatima El Amrani", Identity.PERSOON, 1, "a, line 1", True),
    ...          Spelling("Fatima", Identity.PERSOON, 4, "a, line 2", True)]
    >>> [(entry.spelling, entry.pseudonym) for entry in extend_key([], found)]
    [('Fatima El Amrani', 'Persoon 1'), ('Fatima', 'Persoon 1')]
    """
    spellings = {spelling.text: spelling for spelling in found}
    kept = [
        replace(entry, n=spellings[entry.spelling].n if entry.spelling in spellings else 0, first=entry.first)
        for entry in key
    ]
    known = {entry.spelling: entry for entry in kept}
    numbers = _last_numbers(kept)
    added: list[KeyEntry] = []
    order = sorted(
        spellings.values(), key=lambda item: (bool(item.speaker), -len(item.text.split()), -item.n, item.text)
    )
    for spelling in order:
        if spelling.text in known:
            continue
        named = known.get(spelling.speaker)
        pseudonym = named.pseudonym if named is not None else _shared(spelling, list(known.values()))
        if pseudonym is None:
            numbers[spelling.kind] += 1
            pseudonym = f"{spelling.kind.capitalize()} {numbers[spelling.kind]}"
        decision = KeyDecision.REPLACE if spelling.is_sure else KeyDecision.OPEN
        entry = KeyEntry(spelling.text, pseudonym, spelling.kind, decision, spelling.n, spelling.first)
        known[spelling.text] = entry
        added.append(entry)
    return [*kept, *added]


def _last_numbers(key: Iterable[KeyEntry]) -> dict[Identity, int]:
    numbers: dict[Identity, int] = defaultdict(int)
    for entry in key:
        match = _NUMBERED.fullmatch(entry.pseudonym)
        if match and match["word"].casefold() == entry.kind:
            numbers[entry.kind] = max(numbers[entry.kind], int(match["number"]))
    return numbers


def _shared(spelling: Spelling, known: Sequence[KeyEntry]) -> str | None:
    """Find the pseudonym of the one longer name that a name is a part of."""
    if spelling.kind is not Identity.PERSOON:
        bare = spelling.text.removesuffix("se")
        return next((e.pseudonym for e in known if e.kind is spelling.kind and e.spelling == bare), None)
    words = {re.sub(r"['’]?s\Z|['’]\Z", "", spelling.text), spelling.text}
    longer = {
        entry.pseudonym
        for entry in known
        if entry.kind is Identity.PERSOON
        and any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", entry.spelling) for word in words)
    }
    return next(iter(longer)) if len(longer) == 1 else None


def read_key(path: Path, pass_phrase: str | None = None) -> list[KeyEntry]:
    """Read a key.

    Args:
        path: the file.
        pass_phrase: for an encrypted key; None takes it from the environment (``DIALOOGTAFEL_KEY_PASSPHRASE``).

    Returns:
        Its entries, in the order of the file.

    Raises:
        InputError: it is not there, cannot be opened with this pass phrase, or has mistakes; all at once, by row.
    """
    try:
        data = path.read_bytes()
    except OSError:
        raise InputError.single(path.name, "the key cannot be read", "Give its place with --key") from None
    if data.startswith(_SEALED):
        data = _open(data, path.name, pass_phrase or os.environ.get(PASS_PHRASE, ""))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.single(path.name, "is not UTF-8 text", "Save it as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)))
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise InputError.single(f"{path.name}, row 1", "is not the head of a key", f"Keep it: {','.join(COLUMNS)}")
    return _read_rows(rows[1:], path.name)


def _read_rows(rows: Sequence[Sequence[str]], name: str) -> list[KeyEntry]:
    entries: dict[str, KeyEntry] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        where = f"{name}, row {number}"
        try:
            spelling, pseudonym, kind, decision, n, place = (unguard_formula(cell.strip()) for cell in row)
            entry = KeyEntry(spelling, pseudonym, Identity(kind), KeyDecision(decision), int(n or 0), place)
        except ValueError:
            known = f"kind one of {', '.join(Identity)}; decision one of {', '.join(KeyDecision)}; n a number"
            problems.append(Problem(where, "does not hold", f"Six cells: {known}"))
            continue
        if not spelling or (not pseudonym and entry.decision is not KeyDecision.KEEP):
            problems.append(Problem(where, "lacks a spelling or a pseudonym", "Fill both"))
        elif spelling in entries:
            problems.append(Problem(where, "has the spelling of an earlier row", "Keep one of the two rows"))
        entries[spelling] = entry
    if problems:
        raise InputError(problems)
    return list(entries.values())


def write_key(entries: Iterable[KeyEntry], path: Path, pass_phrase: str | None = None) -> None:
    """Write a key, readable by its owner only; encrypted where a pass phrase is given."""
    data = render_csv([COLUMNS, *([getattr(entry, column) for column in COLUMNS] for entry in entries)]).encode()
    write_bytes(path, _seal(data, pass_phrase) if pass_phrase else data, keep_copy=True)


def is_encrypted(path: Path) -> bool:
    """Whether a file is an encrypted key."""
    with path.open("rb") as file:
        return file.read(len(_SEALED)) == _SEALED


def _cipher(pass_phrase: str, salt: bytes) -> "Fernet":
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    secret = Scrypt(salt=salt, length=32, **_SCRYPT).derive(pass_phrase.encode())
    return Fernet(base64.urlsafe_b64encode(secret))


def _seal(data: bytes, pass_phrase: str) -> bytes:
    salt = os.urandom(_SALT_LENGTH)
    return _SEALED + salt + _cipher(pass_phrase, salt).encrypt(data)


def _open(data: bytes, name: str, pass_phrase: str) -> bytes:
    from cryptography.fernet import InvalidToken

    if not pass_phrase:
        raise InputError.single(name, "the key is encrypted", f"Set {PASS_PHRASE} to its pass phrase")
    salt, sealed = data[len(_SEALED) :][:_SALT_LENGTH], data[len(_SEALED) + _SALT_LENGTH :]
    try:
        return _cipher(pass_phrase, salt).decrypt(sealed)
    except InvalidToken:
        raise InputError.single(name, "does not open with this pass phrase", f"Check {PASS_PHRASE}") from None
