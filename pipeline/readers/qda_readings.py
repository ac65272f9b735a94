"""Texts of a project become readings: what is said through the readers of notes, codings at their verified places."""

import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import SYNTHESIS_CODER, Scheme, is_machine
from pipeline.readers import find_reader
from pipeline.readers.notes import transcript
from pipeline.readers.qda_codes import Meaning, understand_codes
from pipeline.readers.sources import Reading, SourceText, decode
from pipeline.refi.offsets import (
    STANDARD,
    Check,
    CountedText,
    Marked,
    OffsetCounting,
    Placed,
    choose_counting,
    place_selections,
)
from pipeline.refi.project import TEXT_SELECTION, TRANSCRIPT_SELECTION, Coding, Project, Selection, Source
from pipeline.refi.writing import ORIGIN
from pipeline.text.normalisation import LIGATURES


def clean_name(name: str) -> str:
    r"""Give a name on one line, without control characters, short enough for a message.

    >>> clean_name("An\n Peeters\x1b")
    'An Peeters'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:80]


def describe_checks(checks: Counter[Check], counting: OffsetCounting) -> Iterator[str]:
    """Say how the places of selections were found, and how many did not stand where they were said to."""
    n = sum(checks.values())
    if not n:
        return
    if counting != STANDARD:
        yield f"places of selections were read as {counting.say()}: that fits most of them"
    words = {
        Check.VERIFIED: "stand at their place word for word",
        Check.UNNAMED: "bear no text to compare",
        Check.UNLIKE: "bear a name that is not their text, and were taken at their place",
        Check.REPAIRED: "had shifted and were found again by their text",
        Check.OUTSIDE: "lie outside their text and were left out",
    }
    yield f"of {n} coded selections " + ", ".join(f"{checks[c]} {phrase}" for c, phrase in words.items() if checks[c])


def describe_lost(lost: Counter[str]) -> Iterator[str]:
    """Say which codings were left, and why."""
    words = {
        "machine": "codings of a machine were left: it codes again",
        "structure": "codings of the structure of a report were left: its text is read again",
        "code": "codings name a code that the project does not hold, and were left",
        "meaning": "codings give a code that belongs to no scheme here, or is a folder, and were left",
        "place": "coded selections have no place in a text, and were left",
    }
    for key, phrase in words.items():
        if lost[key]:
            yield f"{lost[key]} {phrase}"


def describe_users(project: Project) -> Iterator[str]:
    """Say what of the users and their codings is not as it may seem."""
    whole = sum(len(source.codings) for source in project.sources)
    if whole:
        yield f"{whole} codings of a source as a whole were left: they say nothing of its parts"
    named = Counter(clean_name(user.name) for user in project.users if user.name)
    for name, n in sorted(named.items()):
        if n > 1:
            yield f"{n} users are named {name!r} and count as one coder"


NOBODY = "onbekend"
"""The coder of codings that name no user."""

_TEXT_SUFFIXES = (".txt", ".md", ".docx", ".doc", ".odt", ".rtf", ".pdf", ".html", ".htm", ".vtt", ".srt")


@dataclass(frozen=True, slots=True)
class ProjectText:
    """A text of a project.

    Attributes:
        known: the source as its user knows it.
        text: the part that holds the text and its selections.
        data: its bytes; two texts of the same bytes are one text.
    """

    known: Source
    text: Source
    data: bytes


@dataclass(frozen=True, slots=True)
class _Given:
    """One coding at its place."""

    start: int
    end: int
    coder: str
    coding: Coding


@dataclass(slots=True)
class _Text:
    """One text with all selections of it."""

    source: SourceText
    counted: CountedText
    shifts: Sequence[int] | None
    selections: list[Selection]
    points: Mapping[str, int]


def make_readings(
    project: Project, found: Sequence[ProjectText], name: str, notices: Sequence[Notice]
) -> tuple[Reading, ...]:
    """Make a reading of each text of a project.

    Args:
        project: the project.
        found: its texts, at least one.
        name: the project, for tables and messages.
        notices: of the project as a whole; the first reading carries them, with the codebook.

    Raises:
        InputError: a text that cannot be decoded; all at once.
    """
    texts = _gather(found, name)
    counting = choose_counting([pair for text in texts for pair in _marked(text)])
    understood = understand_codes(project.codes, ours=project.origin == ORIGIN)
    users = {user.guid: clean_name(user.name) or NOBODY for user in project.users}
    checks: Counter[Check] = Counter()
    lost: Counter[str] = Counter()
    readings: list[Reading] = []
    numbers = _Numbers(name)
    for text in texts:
        given = list(_given(text, counting, users, checks, lost))
        reading = _read(text.source)
        own = {str(row["coder"]) for row in reading.given_codings}
        rows = tuple(numbers.rows(reading, given, understood.meanings, own, lost))
        readings.append(replace(reading, given_codings=(*reading.given_codings, *rows)))
    messages = [*understood.notices, *describe_checks(checks, counting), *describe_lost(lost), *describe_users(project)]
    first = replace(
        readings[0],
        codebook=(*readings[0].codebook, *understood.codebook),
        notices=(*notices, *(Notice(name, each) for each in messages), *readings[0].notices),
    )
    return (first, *readings[1:])


def _gather(found: Sequence[ProjectText], name: str) -> list[_Text]:
    """Decode the texts; one that several sources share is read once, with the selections of all."""
    by_path: dict[str, _Text] = {}
    titles: Counter[str] = Counter()
    problems: list[Problem] = []
    for each in found:
        key = hashlib.sha256(each.data).hexdigest()
        if key not in by_path:
            try:
                by_path[key] = _decode(each, f"{name}/{_title(each, titles)}")
            except InputError as error:
                problems.extend(error.problems)
                continue
        text = by_path[key]
        guids = {selection.guid for selection in text.selections if selection.guid}
        text.selections += [s for s in each.text.selections if not s.guid or s.guid not in guids]
        text.points = {**text.points, **_points(each.text)}
    if problems:
        raise InputError(problems)
    return list(by_path.values())


def _title(each: ProjectText, titles: Counter[str]) -> str:
    """Name a text as its user does, safe for a path; two of one name are numbered."""
    plain = clean_name((each.known.name or each.text.name or "tekst").replace("\\", "/").replace("/", "-")).strip(". ")
    path = PurePosixPath(plain or "tekst")
    stem, suffix = (path.stem, path.suffix) if path.suffix.lower() in _TEXT_SUFFIXES else (path.name, ".txt")
    folded = f"{stem}{suffix}".casefold()
    titles[folded] += 1
    return f"{stem}{suffix}" if titles[folded] == 1 else f"{stem} ({titles[folded]}){suffix}"


def _decode(each: ProjectText, name: str) -> _Text:
    source = replace(decode(each.data, name), container="qdpx")
    raw = each.data.decode(source.encoding)
    counted = CountedText(raw)
    return _Text(source, counted, _shifts(counted.text, source.text), [], {})


def _shifts(raw: str, text: str) -> Sequence[int] | None:
    """Give the offset in the text of each character of the raw text, where ligatures were spelled out."""
    if raw == text:
        return None
    at, shifts = 0, []
    for character in raw:
        shifts.append(at)
        at += len(LIGATURES.get(ord(character), character))
    return [*shifts, at]


def _points(source: Source) -> dict[str, int]:
    return {p.guid: int(p.position) for p in source.points if p.position and p.position.isdecimal()}


def _position(selection: Selection, points: Mapping[str, int]) -> tuple[int, int] | None:
    place = dict(selection.place)
    if selection.kind == TRANSCRIPT_SELECTION:
        ends = [points.get(place.get(each, "").strip("{}").lower()) for each in ("fromSyncPoint", "toSyncPoint")]
        return (ends[0], ends[1]) if ends[0] is not None and ends[1] is not None else None
    try:
        return int(place["startPosition"]), int(place["endPosition"])
    except (KeyError, ValueError):
        return None


def _marked(text: _Text) -> Iterator[tuple[CountedText, Marked]]:
    for selection in text.selections:
        position = _position(selection, text.points)
        if position is not None and selection.kind == TEXT_SELECTION:
            yield text.counted, Marked(*position, selection.name)


def _given(
    text: _Text, counting: OffsetCounting, users: Mapping[str, str], checks: Counter[Check], lost: Counter[str]
) -> Iterator[_Given]:
    """Give the codings of one text in the order of their places; each guid once."""
    coded = [(s, position) for s in text.selections if s.codings and (position := _position(s, text.points))]
    lost["place"] += sum(1 for s in text.selections if s.codings) - len(coded)
    placed = place_selections(text.counted, [Marked(*position, s.name) for s, position in coded], counting)
    known: set[str] = set()
    found = []
    for (selection, _), place in zip(coded, placed, strict=True):
        checks[place.check] += 1
        if place.check is Check.OUTSIDE:
            continue
        start, end = _moved(place, text.shifts)
        for coding in selection.codings:
            if coding.guid and coding.guid in known:
                continue
            known.add(coding.guid)
            coder = users.get(coding.user or selection.user or "", NOBODY)
            found.append(_Given(start, end, coder, coding))
    yield from sorted(found, key=lambda each: (each.start, each.end, each.coder))


def _moved(place: Placed, shifts: Sequence[int] | None) -> tuple[int, int]:
    return (place.start, place.end) if shifts is None else (shifts[place.start], shifts[place.end])


def _read(source: SourceText) -> Reading:
    """Read a text with the first reader that recognises it; one without structure as notes, a paragraph a remark."""
    reader = find_reader(source)
    if reader is not None:
        return reader.read(source)
    reading = transcript.read(source)
    what = "has neither hats nor speakers: each paragraph is read as a remark"
    return replace(reading, notices=(*reading.notices, Notice(source.name, what)))


class _Numbers:
    """Numbers the rows of a whole project: a row is what one coder said of one selection."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._next = 1

    def rows(
        self,
        reading: Reading,
        given: Sequence[_Given],
        meanings: Mapping[str, Meaning | None],
        own: set[str],
        lost: Counter[str],
    ) -> Iterator[Row]:
        grouped: dict[tuple[int, int, str], list[Meaning]] = defaultdict(list)
        for each in given:
            if is_machine(each.coder):
                lost["machine"] += 1
            elif each.coder == SYNTHESIS_CODER and each.coder in own:
                lost["structure"] += 1
            elif each.coding.code not in meanings:
                lost["code"] += 1
            elif (meaning := meanings[each.coding.code]) is None:
                lost["meaning"] += 1
            else:
                grouped[each.start, each.end, each.coder].append(meaning)
        for (start, end, coder), codes_of_passage in grouped.items():
            for scheme, codes in _by_scheme(codes_of_passage).items():
                given_codes = {meaning.code for meaning in codes_of_passage if meaning.scheme == scheme}
                for rank, code in enumerate(codes, start=1):
                    yield {
                        "row_id": f"{self._name}:{self._next:06d}:{scheme}:{rank}",
                        "coder": coder, "scheme": scheme, "code": code, "rank": rank,
                        "session": _session_at(reading, start), "source_id": reading.source.source_id,
                        "char_start": start, "char_end": end, "implied": code not in given_codes,
                    }  # fmt: skip
            self._next += 1


def _by_scheme(meanings: Sequence[Meaning]) -> dict[str, list[str | None]]:
    """List what was said by scheme, first code first; a theme that only follows from a subtheme comes last."""
    codes: dict[str, list[str | None]] = defaultdict(list)
    for meaning in meanings:
        codes[meaning.scheme].append(meaning.code)
    for meaning in meanings:
        if meaning.theme is not None:
            codes[str(Scheme.THEME)].append(meaning.theme)
    # Who gave a code did not give none.
    return {scheme: [c for c in dict.fromkeys(found) if c is not None] or [None] for scheme, found in codes.items()}


def _session_at(reading: Reading, start: int) -> Any:  # noqa: ANN401
    if len(reading.sessions) == 1:
        return reading.sessions[0]["session"]
    at = bisect_right(reading.utterances, start, key=lambda row: int(row["char_start"]))
    return reading.utterances[max(at - 1, 0)]["session"]
