"""Which files are versions of one session, which of them counts, and how codings of an older one are carried to it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeAlias

from rapidfuzz import fuzz, process

from pipeline.core.errors import Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import REMARK_KINDS, Version
from pipeline.corpus.quotes import MIN_PART_WORDS, Finder, QuoteMatch, fold_quote
from pipeline.readers.sources import Reading, is_later, name_session, split_version
from pipeline.text.normalisation import fold_name, name_fragment

MAX_SHARED = 0.5
"""Two files of a session that share more than this part of the remarks of the shorter one hold the same talk."""

MIN_SHARED = 3

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
    several = {session for session, of_session in parts.items() if len(of_session) > 1}
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


def _group(session: str, of_session: Sequence[Reading]) -> tuple[list[Versions], list[Problem]]:
    """Gather the readings of a session that are versions of each other."""
    problems = []
    group = list(range(len(of_session)))
    for i, one in enumerate(of_session):
        for j, other in enumerate(of_session[i + 1 :], start=i + 1):
            answer = _compare(session, one, other)
            if isinstance(answer, Problem):
                problems.append(answer)
            elif answer:
                joined, kept = group[j], group[i]
                group = [kept if number == joined else number for number in group]
    members = [[of_session[i] for i, number in enumerate(group) if number == first] for first in dict.fromkeys(group)]
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
        {str(row["text"]) for row in reading.utterances if row["kind"] in REMARK_KINDS} for reading in (one, other)
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


MIN_ALIKE = 0.65
"""A remark that was corrected is at least this like itself; two different remarks of the example study are at most .64
alike (``pipeline.corpus.quotes``)."""

CONTAINED = 0.95
"""A remark that was cut short or added to lies so far whole inside the other."""

REMOVED = "the remark was taken out in a later version"
CODED_ANEW = "its coder coded the later version anew"


@dataclass(frozen=True, slots=True)
class RemarkPair:
    """A remark before and after; None where there is none. ``similarity`` is in [0, 1]."""

    before: Row | None
    after: Row | None
    similarity: float | None = None


class Edition:
    """One version of a session: its remarks and where they are found.

    Attributes:
        version: how far it was corrected.
        rows: its remarks, in order.
        source_ids: the files it came from.
    """

    def __init__(self, session: str, readings: Sequence[Reading]) -> None:
        """Gather the remarks of the files of one version."""
        self.version = readings[0].version
        self.source_ids = tuple(reading.source.source_id for reading in readings)
        self._session = session
        rows = [{**row, "session": session} for reading in readings for row in reading.utterances]
        self._all = sorted(rows, key=lambda row: (row["source_id"], row["char_start"], row["utterance_id"]))
        self.rows = [row for row in self._all if row["kind"] in REMARK_KINDS]

    @cached_property
    def finder(self) -> Finder:
        """Finds remarks by id, place and text; each is one fragment here."""
        return Finder(self._all, [{**row, "fragment_id": self._names[row["utterance_id"]]} for row in self._all])

    @cached_property
    def _names(self) -> dict[str, str]:
        seen: Counter[str] = Counter()
        names = {}
        for row in self._all:
            seen[row["text"]] += 1
            names[str(row["utterance_id"])] = name_fragment(self._session, row["text"], seen[row["text"]])
        return names

    @cached_property
    def _rows_by_fragment(self) -> dict[str, str]:
        return {fragment_id: utterance_id for utterance_id, fragment_id in self._names.items()}

    def locate(self, row: Row) -> tuple[tuple[str, ...], bool]:
        """Find the remarks that a coding refers to.

        Returns:
            Ids of utterances, and whether the text of the coding stands here at several places.
        """
        place = QuoteMatch()
        if row["unit"]:
            place = self.finder.by_id(row["unit"])
        if not place.fragment_ids and row["char_start"] is not None and row["source_id"] in self.source_ids:
            place = self.finder.by_offsets(row["source_id"], int(row["char_start"]), int(row["char_end"]))
        if not place.fragment_ids and row["quote"] and row["session"] in (None, self._session):
            if self.finder.count(row["quote"], self._session) > 1:
                return (), True
            place = self.finder.by_quote(row["quote"], self._session)
        return tuple(self._rows_by_fragment[fragment_id] for fragment_id in place.fragment_ids), False

    def locate_surely(self, row: Row) -> tuple[tuple[str, ...], bool]:
        """Find remarks as `locate` does, but by a text that is only like theirs never."""
        found, is_several = self.locate(row)
        is_fuzzy = row["quote"] and not row["unit"] and row["char_start"] is None and found
        if is_fuzzy and self.finder.by_quote(row["quote"], self._session).how == "fuzzy":
            return (), False
        return found, is_several


def align(before: Sequence[Row], after: Sequence[Row]) -> list[RemarkPair]:
    """Pair the remarks of two versions.

    The same text is the same remark, in whatever order; of the rest, the two that are most alike are paired first.

    Args:
        before: rows of ``utterances`` of the older version.
        after: rows of the later version.

    Returns:
        Pairs in the order of the later version; what was removed comes last, in its own order.
    """
    texts: dict[str, list[int]] = defaultdict(list)
    for j, row in enumerate(after):
        texts[fold_quote(row["text"])].append(j)
    partner: dict[int, tuple[int, float]] = {}
    for i, row in enumerate(before):
        if places := texts[fold_quote(row["text"])]:
            partner[places.pop(0)] = i, 1.0
    partner |= _like(before, after, partner)
    pairs = [
        RemarkPair(before[partner[j][0]], row, partner[j][1]) if j in partner else RemarkPair(None, row)
        for j, row in enumerate(after)
    ]
    kept = {i for i, _ in partner.values()}
    return [*pairs, *(RemarkPair(row, None) for i, row in enumerate(before) if i not in kept)]


def _like(
    before: Sequence[Row], after: Sequence[Row], partner: dict[int, tuple[int, float]]
) -> dict[int, tuple[int, float]]:  # fmt: skip
    taken = {i for i, _ in partner.values()}
    left = [i for i in range(len(before)) if i not in taken]
    right = [j for j in range(len(after)) if j not in partner]
    if not left or not right:
        return {}
    olds, news = [fold_quote(before[i]["text"]) for i in left], [fold_quote(after[j]["text"]) for j in right]
    ratios = process.cdist(olds, news, scorer=fuzz.ratio)
    scored = []
    for a, old in enumerate(olds):
        for b, new in enumerate(news):
            similarity = float(ratios[a, b]) / 100
            if similarity >= MIN_ALIKE or _is_part(old, new, similarity):
                scored.append((-similarity, abs(left[a] - right[b]), left[a], right[b]))
    found: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for minus, _, i, j in sorted(scored):
        if i not in used and j not in found:
            used.add(i)
            found[j] = i, -minus
    return found


def _is_part(old: str, new: str, similarity: float) -> bool:
    """Tell whether one of two texts lies in the other."""
    short, long = sorted((len(old), len(new)))
    # What lies inside another text is at least so much like it; this spares the dearer measure.
    is_possible = similarity >= CONTAINED**2 * 2 * short / (short + long)
    if not is_possible or min(len(old.split()), len(new.split())) < MIN_PART_WORDS:
        return False
    return fuzz.partial_ratio(old, new) >= 100 * CONTAINED


_Codes = dict[str, dict[str, dict[str, set[str]]]]
"""Utterance to scheme to coder to codes; empty where the coder gave none."""


class Carrier:
    """Carries the codings of one session over its versions."""

    def __init__(self, versions: Versions) -> None:
        """Pair every version with the next, and every older one with the last."""
        of_version: dict[str | None, list[Reading]] = defaultdict(list)
        for reading in versions.readings:
            of_version[reading.version].append(reading)
        self._session = versions.session
        self.editions = [Edition(versions.session, readings) for readings in of_version.values()]
        *self._older, self._latest = self.editions
        self._to_latest = [
            {
                str(pair.before["utterance_id"]): str(pair.after["utterance_id"]) if pair.after else None
                for pair in align(edition.rows, self._latest.rows)
                if pair.before
            }
            for edition in self._older
        ]
        self._codes: list[_Codes] = [defaultdict(lambda: defaultdict(dict)) for _ in self.editions]

    def carry(self, rows: Sequence[Row]) -> list[Row]:
        """Say of each coding that was made on an older version what it refers to in the last one.

        Args:
            rows: rows of ``given_codings``.

        Returns:
            The same rows; those of an older version with ``carried_from`` and ``carried_to``, or ``dropped``.
        """
        places = [self._place(row) for row in rows]
        taken: set[tuple[str, str, str]] = set()
        for number, found in enumerate(places):
            if found:
                edition, ids = found
                for utterance_id in ids:
                    self._note(rows[number], edition, utterance_id)
                    if edition == len(self._older):
                        taken.add((rows[number]["coder"], rows[number]["scheme"], utterance_id))
        carried: dict[int, Row] = {}
        for edition in range(len(self._older) - 1, -1, -1):
            mine = [i for i, found in enumerate(places) if found and found[0] == edition]
            added = set()
            for i in mine:
                carried[i] = self._carried(rows[i], edition, places[i][1] if places[i] else (), taken)  # type: ignore[index]
                added |= {(rows[i]["coder"], rows[i]["scheme"], to) for to in carried[i]["carried_to"]}
            taken |= added
        return [carried.get(i, row) for i, row in enumerate(rows)]

    def _place(self, row: Row) -> tuple[int, tuple[str, ...]] | None:
        """Find the version, and the remarks in it, on which a coding was made."""
        if row["session"] not in (None, self._session):
            return None
        last = len(self._older)
        written = split_version(str(row["row_id"]).rsplit(":", 3)[0])[1]
        named = next((i for i, edition in enumerate(self._older) if edition.version == written and written), None)
        if named is not None and (found := self.editions[named].locate(row)[0]):
            return named, found
        for i in (last, *range(last - 1, -1, -1)):
            found, is_several = self.editions[i].locate_surely(row)
            if found or is_several:
                return (i, found) if found else None
        return None

    def _note(self, row: Row, edition: int, utterance_id: str) -> None:
        codes = self._codes[edition][utterance_id][str(row["scheme"])].setdefault(str(row["coder"]), set())
        codes |= {str(row["code"])} if row["code"] else set()

    def _carried(self, row: Row, edition: int, ids: Sequence[str], taken: set[tuple[str, str, str]]) -> Row:
        targets = [to for utterance_id in ids if (to := self._to_latest[edition].get(utterance_id))]
        free = [to for to in dict.fromkeys(targets) if (row["coder"], row["scheme"], to) not in taken]
        reason = None if free else CODED_ANEW if targets else REMOVED
        return {**row, "carried_from": list(ids), "carried_to": free, "dropped": reason}

    def changes(self) -> Iterator[Row]:
        """Give the rows of ``version_changes``; after `carry`, with the schemes of which the codes moved."""
        for i, (old, new) in enumerate(zip(self.editions, self.editions[1:], strict=False)):
            position = 0
            for pair in align(old.rows, new.rows):
                moved, lost = self._moved(pair, i)
                same = pair.before and pair.after and fold_quote(pair.before["text"]) == fold_quote(pair.after["text"])
                if same and not moved:
                    continue
                yield {
                    "session": self._session,
                    "from_version": str(old.version) if old.version else None,
                    "to_version": str(new.version),
                    "position": position,
                    "change": "recoded" if same else "changed" if pair.before and pair.after else
                    "added" if pair.after else "removed",
                    "from_source": pair.before["source_id"] if pair.before else None,
                    "to_source": pair.after["source_id"] if pair.after else None,
                    "from_utterance": pair.before["utterance_id"] if pair.before else None,
                    "to_utterance": pair.after["utterance_id"] if pair.after else None,
                    "similarity": pair.similarity,
                    "moved": moved,
                    "lost": lost,
                }  # fmt: skip
                position += 1

    def _moved(self, pair: RemarkPair, edition: int) -> tuple[list[str], list[str]]:
        """Name the schemes of which a coder's codes differ, and those coded on what was removed."""
        coded = self._codes[edition].get(pair.before["utterance_id"], {}) if pair.before else {}
        if pair.after is None:
            return [], sorted(scheme for scheme, codes in coded.items() if any(codes.values()))
        later = self._codes[edition + 1].get(pair.after["utterance_id"], {})
        return sorted(
            scheme
            for scheme, codes in coded.items()
            if any(codes[coder] != now for coder, now in later.get(scheme, {}).items() if coder in codes)
        ), []
