"""Which files are versions of one session, and which of them counts: the last that participants corrected."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias

from pipeline.core.errors import Problem
from pipeline.core.notices import Notice
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Kind, Version
from pipeline.readers.files.reading import Reading
from pipeline.readers.files.versions import is_later, name_session, split_version
from pipeline.text.identity import fold_name

MAX_SHARED = 0.5
"""Two files of a session that share more than this part of the remarks of the shorter one hold the same talk."""

MIN_SHARED = 3
REMARKS = (Kind.TURN, Kind.NOTE, Kind.STATEMENT, Kind.PARAGRAPH, Kind.QUOTE)

Names: TypeAlias = Mapping[tuple[str, str], str]
"""(source id, session as the file names it) to the name of the session."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of one session, or of one part of it.

    Attributes:
        session: its name.
        readings: those of this session only, the oldest first; the last ones, of one version, count.
    """

    session: str
    readings: tuple[Reading, ...]

    @property
    def latest(self) -> tuple[Reading, ...]:
        """The readings that count."""
        return tuple(reading for reading in self.readings if reading.version == self.readings[-1].version)

    @property
    def older(self) -> tuple[Reading, ...]:
        """The readings that do not count any more."""
        return tuple(reading for reading in self.readings if reading.version != self.readings[-1].version)


def sort_versions(readings: Sequence[Reading], names: Names) -> tuple[list[Reading], list[Versions], list[Problem]]:
    """Tell the readings that count from older versions of the same session.

    Args:
        readings: all, in order of name.
        names: the session of each.

    Returns:
        The readings without what is older, the sessions that have versions, and what cannot be told: the same notes
        twice, a version that is not marked, two sessions of one name.
    """
    parts: dict[str, list[Reading]] = {}
    for reading in readings:
        source_id = reading.source.source_id
        for session in dict.fromkeys(names[source_id, str(row["session"])] for row in reading.sessions):
            parts.setdefault(session, []).append(reading)
    several = {session for session, held in parts.items() if len(held) > 1}
    split = {r.source.source_id: _by_session(r, names, several) for r in readings} if several else {}
    found: list[Versions] = []
    problems: list[Problem] = []
    for session in parts:
        if session not in several:
            continue
        groups, wrong = _group(session, [split[reading.source.source_id][session] for reading in parts[session]])
        problems += wrong
        found += groups
    older = {(r.source.source_id, group.session) for group in found for r in group.older}
    current = [_without(reading, names, older) for reading in readings]
    return current, found, problems


def _by_session(reading: Reading, names: Names, wanted: Collection[str]) -> dict[str, Reading]:
    """Give the reading of each of some sessions in a file, in one pass over its rows."""
    source_id = reading.source.source_id

    def gather(rows: Sequence[Row]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {session: [] for session in wanted}
        for row in rows:
            session = names[source_id, str(row["session"])]
            if session in found:
                found[session].append(row)
        return found

    sessions, speakers, utterances = map(gather, (reading.sessions, reading.speakers, reading.utterances))
    return {
        session: replace(
            reading,
            sessions=tuple(rows),
            speakers=tuple(speakers[session]),
            utterances=tuple(utterances[session]),
        )
        for session, rows in sessions.items()
        if rows
    }


def _without(reading: Reading, names: Names, older: set[tuple[str, str]]) -> Reading:
    source_id = reading.source.source_id

    def counts(row: Row) -> bool:
        return (source_id, names[source_id, str(row["session"])]) not in older

    kept = _kept(reading, counts)
    if kept.sessions:
        return kept
    return replace(kept, codebook=(), given_codings=(), notices=())


def _kept(reading: Reading, keep: Callable[[Row], bool]) -> Reading:
    if all(map(keep, reading.sessions)):
        return reading
    return replace(
        reading,
        sessions=tuple(filter(keep, reading.sessions)),
        speakers=tuple(filter(keep, reading.speakers)),
        utterances=tuple(filter(keep, reading.utterances)),
    )


def _group(session: str, held: Sequence[Reading]) -> tuple[list[Versions], list[Problem]]:
    """Gather the readings of a session that are versions of each other."""
    problems = []
    group = list(range(len(held)))
    for i, one in enumerate(held):
        for j, other in enumerate(held[i + 1 :], start=i + 1):
            answer = _compare(session, one, other)
            if isinstance(answer, Problem):
                problems.append(answer)
            elif answer:
                joined, kept = group[j], group[i]
                group = [kept if number == joined else number for number in group]
    members = [[held[i] for i, number in enumerate(group) if number == first] for first in dict.fromkeys(group)]
    order: list[str | None] = [None, *Version]
    return [
        Versions(session, tuple(sorted(found, key=lambda reading: order.index(reading.version))))
        for found in members
        if len({reading.version for reading in found}) > 1
    ], problems


def _compare(session: str, one: Reading, other: Reading) -> bool | Problem:
    """Say whether two files are versions of one thing; a problem where that, or what they are, cannot be told."""
    where = other.source.name
    bases = [split_version(reading.source.name)[0] for reading in (one, other)]
    shared, fewest = _count_shared(one, other)
    repeats = shared >= MIN_SHARED and shared > MAX_SHARED * fewest
    if one.version != other.version:
        is_part = any(name_session(base) != base for base in bases)
        both = bool(one.version and other.version)
        repeats = repeats or (both and shared > MAX_SHARED * fewest)
        if repeats or bases[0] == bases[1] or (both and not is_part):
            return both or _is_marked(session, one, other)
        return False
    apart = PurePosixPath(one.source.name).parent != PurePosixPath(where).parent
    if differ(one.sessions[0], other.sessions[0], "date") or (
        apart and differ(one.sessions[0], other.sessions[0], "title")
    ):
        what = f"and {one.source.name} would both be session '{session}', but their headers differ in date or title"
        return Problem(where, what, "Rename one of the files, or give each a line 'Sessie: <name>' in its header")
    if repeats:
        what = f"repeats {shared} remarks of {one.source.name}, in the same session '{session}'"
        fix = "Keep one of the two, or end their names in their version: ontwerp, nagelezen, definitief"
        return Problem(where, what, fix)
    return False


def _is_marked(session: str, one: Reading, other: Reading) -> bool | Problem:
    """Notes without a version give way to definitive ones; beside a draft, nobody can tell."""
    marked, plain = (one, other) if one.version else (other, one)
    if marked.version is Version.DEFINITIEF:
        return True
    what = f"and {marked.source.name} are versions of session '{session}', and it is not said which is the later one"
    return Problem(plain.source.name, what, "End its name in its version too: ontwerp, nagelezen or definitief")


def differ(first: Row, second: Row, column: str) -> bool:
    """Tell whether two sessions both give a value, and not the same."""
    one, other = first.get(column), second.get(column)
    return bool(one and other and fold_name(one) != fold_name(other))


def _count_shared(one: Reading, other: Reading) -> tuple[int, int]:
    texts, others = (
        {str(row["text"]) for row in reading.utterances if row["kind"] in REMARKS} for reading in (one, other)
    )
    return len(texts & others), min(len(texts), len(others))


def version_notices(found: Sequence[Versions]) -> Iterator[Notice]:
    """Say of each older version that it does not count."""
    for group in found:
        latest = ", ".join(reading.source.name for reading in group.latest)
        for reading in group.older:
            what = f"is an older version of session '{group.session}': {latest} counts, and what changed is listed"
            yield Notice(reading.source.name, what)


def are_versions(one: str, other: str) -> bool:
    """Tell whether two files are versions of one thing by their names alone.

    >>> are_versions("tafel-03_ontwerp.md", "tafel-03_def.md"), are_versions("a.md", "b.md")
    (True, False)
    """
    (base, version), (other_base, other_version) = split_version(one), split_version(other)
    later = is_later(version, other_version) or is_later(other_version, version)
    return base == other_base and later
