"""What is known of a study when its codings are read, which session a name means, and who is who in the notes."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from rapidfuzz import fuzz

from pipeline.core.errors import Notice, list_some
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Kind, Role
from pipeline.readers.given.layout import Texts
from pipeline.readers.given.mapping import Proposal, StudyMapping
from pipeline.readers.notes.header import read_date
from pipeline.readers.notes.labels import fold, initials_of
from pipeline.readers.notes.turns import CONTENT
from pipeline.readers.sources import Reading, split_version
from pipeline.readers.words import read_words
from pipeline.text.normalisation import bare_file_name, fold_name, letters_only, plain_name

LONG_HEADERS = read_words("coding_list")
WIDE_HEADERS = read_words("coding_columns")
_CODER_FILE = re.compile(r"(?:coder|codeur|codeerder|coding|codering)s?[-_ ]+(?P<coder>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session of the notes, under every name by which a coding may mean it."""

    name: str
    names: tuple[str, ...]
    date: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the study when its codings are read.

    Attributes:
        sessions: of the notes.
        texts: what the notes say, by session.
        codes: scheme to the codes of the study's own codebook.
        mapping: what a person said of how to read.
    """

    sessions: tuple[KnownSession, ...] = ()
    texts: Texts = field(default_factory=Texts)
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mapping: StudyMapping = field(default_factory=StudyMapping)


@dataclass(slots=True)
class Found:
    """What was read of a file, and what is not certain of it."""

    rows: list[Row] = field(default_factory=list)
    memos: list[Row] = field(default_factory=list)
    codebook: list[Row] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CodingFile:
    """What one file of manual codings holds.

    Attributes:
        rows: of ``given_codings``.
        notices: what a user should know.
        memos: rows of ``memos``.
        codebook: rows of ``codebook`` that the file brings along.
        proposals: what was taken to be so, for ``mapping.toml``.
    """

    rows: tuple[Row, ...]
    notices: tuple[Notice, ...] = ()
    memos: tuple[Row, ...] = ()
    codebook: tuple[Row, ...] = ()
    proposals: tuple[Proposal, ...] = ()


def say_empty(name: str, columns: Iterable[tuple[str, str]]) -> Iterator[Notice]:
    """Say which coders left all cells of a scheme empty."""
    coders: dict[str, list[str]] = defaultdict(list)
    for coder, scheme in sorted(columns):
        coders[scheme].append(coder)
    for scheme, who in coders.items():
        yield Notice(name, f"{', '.join(who)} left every cell for {scheme} empty: that is no coding")


MIN_LIKENESS = 85.0


MIN_LEAD = 5.0


_SAMPLE = 40


def resolve_sessions(name: str, rows: Sequence[Row], context: Context, found: Found) -> list[Row]:
    """Replace the names under which codings mention sessions by those of the sessions, where they are not the same.

    Tried are, in this order: what a person said, the name itself, its date, its number, the texts that are quoted,
    likeness.

    Args:
        name: of the file, for messages.
        rows: rows of ``given_codings``.
        context: what is known of the study.
        found: takes notices and proposals.

    Returns:
        The rows; a session that cannot be found stays as it is written.
    """
    if not context.sessions or not any(row.get("session") for row in rows):
        return list(rows)
    rows = _without_sentences(rows, context, found)
    labels = dict.fromkeys(str(row["session"]) for row in rows if row.get("session"))
    quotes: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.get("session") and row.get("quote"):
            quotes[str(row["session"])].append(str(row["quote"]))
    matcher = SessionNames(context, quotes)
    meanings = {label: matcher.find(label) for label in labels}
    numbered = Counter(session for session, how in meanings.values() if how == "by its number")
    meant: dict[str, str] = {}
    for label, (session, how) in meanings.items():
        if session is None or (how == "by its number" and numbered[session] > 1):
            continue
        meant[label] = session
        if how:
            found.proposals.append(Proposal(("sessions",), label, session, how))
    for label in quotes:
        if label not in meant and not matcher.is_known(label):
            found.notices.append(Notice(name, f"no session '{label}'; there are {list_some(sorted(matcher.names()))}"))
    shown = [f"'{label}' is '{session}'" for label, session in meant.items() if meanings[label][1]]
    if shown:
        how = ", ".join(sorted({meanings[label][1] for label in meant} - {""}))
        found.notices.append(Notice(name, f"sessions found {how}: {list_some(shown, '; ')}"))
    return [{**row, "session": meant.get(str(row.get("session")), row.get("session"))} for row in rows]


def _without_sentences(rows: Sequence[Row], context: Context, found: Found) -> Sequence[Row]:
    """Take away a sentence that stands in the place of a session: it may be a participant's, and is never shown."""
    sentences = {label for row in rows if row.get("session") and is_sentence(label := str(row["session"]))}
    if not sentences:
        return rows
    names = SessionNames(context, {})
    sentences = {label for label in sentences if not names.is_known(label) and not names.find(label)[0]}
    places: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.get("session") in sentences:
            file, number = str(row["row_id"]).rsplit(":", 3)[:2]
            places[file].add(int(number))
    for file, numbers in places.items():
        where = f"{file}, row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, sorted(numbers)))}"
        found.notices.append(Notice(where, "holds a sentence where the name of a session should stand"))
    return [{**row, "session": None} if row.get("session") in sentences else row for row in rows]


_NAME_WORDS = 8
_VERBS = re.compile(
    r"\b(?:is|was|zijn|waren|heeft|hebben|had|wordt|werd|kan|moet|wil|zegt|zei|gaat|vindt|vond|has|says|said|wants)\b",
    re.IGNORECASE,
)


def is_sentence(text: str) -> bool:
    """Tell whether a text says something rather than names a session.

    >>> is_sentence("De vrouw van An is ziek"), is_sentence("Ze weet het niet."), is_sentence("Focusgroep 2 - Zuid")
    (True, True, False)
    """
    n_words = len(text.split())
    return n_words > _NAME_WORDS or (n_words > 2 and (text.rstrip()[-1] in ".!?…" or bool(_VERBS.search(text))))  # noqa: PLR2004


class SessionNames:
    """Tells which session a name means."""

    def __init__(self, context: Context, quotes: Mapping[str, Sequence[str]]) -> None:
        """Learn the names of the sessions, and what is quoted of each name."""
        self._context, self._quotes = context, quotes
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._numbers: dict[int, set[str]] = defaultdict(set)
        self._dates: dict[str, set[str]] = defaultdict(set)
        for session in context.sessions:
            if session.date:
                self._dates[session.date].add(session.name)
            for spelling in session.names:
                self._exact[fold_name(spelling)].add(session.name)
                self._exact[fold_name(bare_file_name(spelling))].add(session.name)
            for spelling in session.names:
                if (number := _number(spelling)) is not None:
                    self._numbers[number].add(session.name)
                    break

    def is_known(self, label: str) -> bool:
        """Tell whether a name is that of a session, or of several."""
        forms = (label, bare_file_name(label), split_version(bare_file_name(label))[0])
        return any(self._exact.get(fold_name(form)) for form in forms)

    def names(self) -> list[str]:
        """Name all sessions."""
        return [session.name for session in self._context.sessions]

    def is_heading(self, cell: str) -> bool:
        """Tell whether a cell that stands alone in its row names a session, and is nothing that was said."""
        if len(cell.split()) > _HEADING_WORDS or self._context.texts.holds(cell):
            return False
        number = _number(cell)
        numbered = self._numbers.get(number, set()) if number is not None else set()
        return bool(self._exact.get(fold_name(cell))) or (len(numbered) == 1 and cell[:1].isalpha())

    def find(self, label: str) -> tuple[str | None, str]:
        """Give the session and how it was found; an empty how where nothing is uncertain."""
        given = self._context.mapping.sessions.get(fold_name(label))
        if given is not None:
            same = self._exact.get(fold_name(given), set())
            return (next(iter(same)) if len(same) == 1 else given), ""
        for spelling in (label, bare_file_name(label)):
            same = self._exact.get(fold_name(spelling), set())
            if len(same) == 1:
                # Ingest knows these names too, and says nothing.
                return None, ""
        dated = self._dates.get(read_date(label) or "", set())
        if len(dated) == 1:
            return next(iter(dated)), "by its date"
        shares = self._shares(label)
        best = max(shares.values(), default=0.0)
        number = _number(label)
        numbered = self._numbers.get(number, set()) if number is not None else set()
        if len(numbered) == 1:
            (session,) = numbered
            if shares.get(session, 0.0) >= best / 2:
                return session, "by its number"
        leading = [session for session, share in shares.items() if share == best]
        if best >= _MOST and len(leading) == 1:
            return leading[0], "by the texts that are quoted"
        return self._like(label)

    def _shares(self, label: str) -> dict[str, float]:
        """Give the share of the quotes of a label that stand in each session."""
        quotes = [quote for quote in self._quotes.get(label, ()) if len(letters_only(quote)) >= _LEAST_QUOTE]
        sample = quotes[:: max(1, len(quotes) // _SAMPLE)]
        texts = self._context.texts
        return {
            session.name: sum(texts.holds(quote, session.name) for quote in sample) / len(sample)
            for session in self._context.sessions
            if sample
        }

    def _like(self, label: str) -> tuple[str | None, str]:
        scored = sorted(
            (
                (max(fuzz.token_set_ratio(fold_name(label), fold_name(each)) for each in session.names), session.name)
                for session in self._context.sessions
            ),
            reverse=True,
        )
        clear = len(scored) < 2 or scored[0][0] - scored[1][0] >= MIN_LEAD  # noqa: PLR2004
        return (
            (scored[0][1], "by likeness of name") if scored and scored[0][0] >= MIN_LIKENESS and clear else (None, "")
        )


_HEADING_WORDS = 6


_MOST = 0.6


_LEAST_QUOTE = 12


_ORDINALS = {"eerste": 1, "tweede": 2, "derde": 3, "vierde": 4, "vijfde": 5, "zesde": 6, "zevende": 7, "achtste": 8,
             "een": 1, "één": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7, "acht": 8,
             "negen": 9, "tien": 10, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9,
             "x": 10}  # fmt: skip


def _number(name: str) -> int | None:
    """Read the number of a session: the first in its name that is no date.

    >>> _number("Focusgroep 1 - wijk Noord"), _number("FG06"), _number("tafel twee"), _number("14/03/2024")
    (1, 6, 2, None)
    """
    bare = re.sub(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|(?:19|20)\d\d|\d{1,2}[u:h]\d{0,2}", " ", plain_name(name))
    found = re.search(r"\d+", bare)
    if found:
        return int(found[0]) if len(found[0]) <= _MOST_DIGITS else None
    words = (_ORDINALS.get(word) for word in re.findall(r"\w+", bare.casefold())[:3])
    return next((word for word in words if word), None)


_MOST_DIGITS = 4


def name_coder(name: str) -> str:
    """Read the coder off the name of a file.

    >>> name_coder("codings/coder-a.csv"), name_coder("an-peeters.csv"), name_coder("coder-a_ontwerp.csv")
    ('A', 'an-peeters', 'A')
    """
    stem = split_version(PurePosixPath(name).name)[0]
    found = _CODER_FILE.fullmatch(stem)
    coder = found["coder"] if found else stem
    return coder.upper() if len(coder) == 1 else coder


MIN_NAME_LIKENESS, MIN_LETTERS = 85.0, 4
"""Two names that are this much alike, in percent, may be one; shorter ones are alike by chance."""
MIN_QUESTIONS, MIN_ASKED = 2, 0.4
"""Who asks at least this number of questions, in this share of all turns, may lead the talk."""

_ASKS = re.compile(r"(?P<who>.+) asks (?P<n>\d+) of (?P<of>\d+) questions and is taken as who leads")
_CODE = re.compile(r"[^\W\d_]{1,3}\d{0,3}|(?:spreker|speaker|deelnemer|respondent|person)[\s_-]*\d+", re.IGNORECASE)


def name_people(reading: Reading, mapping: StudyMapping) -> Reading:
    """Give speakers the names and roles that a person set.

    Args:
        reading: what a reader found.
        mapping: its ``speakers``, by label as written; its ``roles``, by label, by the name that is meant, or by
            ``session: label``.

    Returns:
        The same reading with those names and roles in its speakers and utterances.
    """
    if not mapping.speakers and not mapping.roles:
        return reading
    spelled = {str(row["speaker"]): [str(name) for name in row["spellings"]] for row in reading.speakers}

    def role_of(session: str, labels: Sequence[str], role: str | None) -> str | None:
        names = [f"{session}: {label}" for label in labels] + list(labels)
        return next((found for name in names if (found := mapping.roles.get(fold_name(name)))), role)

    rows, named = [], defaultdict[tuple[str, str], dict[str, None]](dict)
    for i, row in enumerate(reading.utterances):
        if not row.get("speaker"):
            rows.append(row)
            continue
        label = _written(reading.utterances, i, spelled.get(str(row["speaker"]), []), mapping) or str(row["speaker"])
        meant = _meant(label, mapping)
        named[str(row["session"]), str(row["speaker"])][meant] = None
        labels = (label, meant, str(row["speaker"]), *spelled.get(str(row["speaker"]), ()))
        role = role_of(str(row["session"]), labels if meant == _meant(str(row["speaker"]), mapping) else labels[:2],
                       row["role"])  # fmt: skip
        rows.append({**row, "speaker": meant, "role": role})
    speakers: dict[tuple[str, str], dict[str, Any]] = {}
    for row in reading.speakers:
        session, label = str(row["session"]), str(row["speaker"])
        own = _meant(label, mapping)
        for meant in named.get((session, label)) or {own: None}:
            spellings = [name for name in (*row["spellings"], label) if _meant(name, mapping) in (meant, name)]
            labels = (meant, label, *spellings) if meant == own else (meant,)
            found = {**row, "speaker": meant, "role": role_of(session, labels, row["role"])}
            kept = speakers.setdefault((session, meant), found)
            kept["spellings"] = sorted({*(kept["spellings"] if kept is not found else ()), *(spellings or [meant])})
    return replace(reading, speakers=tuple(speakers.values()), utterances=tuple(rows))


def _meant(label: str, mapping: StudyMapping) -> str:
    """Follow a label to the name that is meant; a name may itself stand for another."""
    followed = {fold_name(label)}
    while (name := mapping.speakers.get(fold_name(label))) is not None:
        label = name
        if fold_name(label) in followed:
            break
        followed.add(fold_name(label))
    return label


def _written(rows: Sequence[Row], i: int, spellings: Sequence[str], mapping: StudyMapping) -> str | None:
    """Find the spelling that stands beside a remark, where a person said of one of them who is meant."""
    if not any(fold_name(name) in mapping.speakers for name in spellings):
        return None
    beside = [row for row in rows[max(i - 1, 0) : i + 2] if row["kind"] == Kind.LAYOUT]
    texts = [row["text"] for row in beside if row["line"] == rows[i]["line"]]
    longest = sorted(spellings, key=len, reverse=True)
    return next(
        (name for name in longest if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", t) for t in texts)), None
    )


def propose_people(readings: Sequence[Reading]) -> Iterator[Proposal]:
    """Propose roles and names: what was read so and may be wrong, and what may be so and is not read so.

    Args:
        readings: of the notes, as their readers found them.

    Yields:
        ``[roles]``: who asks the questions. ``[speakers]``: initials that meet a name, two spellings of one name.
    """
    roles: dict[str, dict[str, str]] = defaultdict(dict)
    for row in (row for reading in readings for row in reading.speakers):
        roles[fold_name(str(row["speaker"]))][str(row["session"])] = str(row["role"])
    for reading in readings:
        yield from _propose_leads(reading, roles)
        for row in reading.speakers:
            name = str(row["speaker"])
            for spelling in row["spellings"]:
                # Alone in another session it is a question there, and this line would answer it.
                is_alone = fold_name(spelling) in roles
                if fold(spelling) != fold(name) and row["role"] == Role.DEELNEMER and not is_alone:
                    yield Proposal(("speakers",), spelling, name, "two spellings of one speaker")
    yield from _propose_same(readings)


def _propose_leads(reading: Reading, roles: Mapping[str, Mapping[str, str]]) -> Iterator[Proposal]:
    def key(session: str, name: str, role: Role) -> str:
        # A label that means others in other sessions says little by itself.
        is_one = all(found == role for other, found in roles[fold_name(name)].items() if other != session)
        return name if is_one else f"{session}: {name}"

    found = {match["who"]: match for notice in reading.notices if (match := _ASKS.match(notice.message))}
    for row in reading.speakers:
        session, name = str(row["session"]), str(row["speaker"])
        match = found.get(name)
        if match and row["role"] == Role.GESPREKSLEIDER:
            why = f"asks {match['n']} of {match['of']} questions"
            yield Proposal(("roles",), key(session, name, Role.GESPREKSLEIDER), str(Role.GESPREKSLEIDER), why)
    asked: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    led = {str(row["session"]) for row in reading.speakers if row["role"] != Role.DEELNEMER}
    for row in reading.utterances:
        if row["kind"] in CONTENT and row.get("speaker") and str(row["session"]) not in led:
            asked[str(row["session"])][str(row["speaker"])].append(str(row["text"]).rstrip().endswith("?"))
    for session, by_speaker in asked.items():
        n_asked, name = max((sum(each), name) for name, each in by_speaker.items())
        turns = by_speaker[name]
        if len(by_speaker) > 1 and n_asked >= MIN_QUESTIONS and n_asked >= MIN_ASKED * len(turns):
            why = f"asks {n_asked} questions in {len(turns)} turns: take the # away if so"
            role = str(Role.GESPREKSLEIDER)
            yield Proposal(("roles",), key(session, name, Role.GESPREKSLEIDER), role, why, is_asked=True)


def _propose_same(readings: Sequence[Reading]) -> Iterator[Proposal]:
    """Ask whether names that are nearly alike are one, and whether initials mean the one name that they fit."""
    counts: dict[str, int] = defaultdict(int)
    places: dict[str, dict[str, None]] = defaultdict(dict)
    spelled: dict[str, str] = {}
    for row in (row for reading in readings for row in reading.speakers):
        counts[str(row["speaker"])] += 1
        places[str(row["speaker"])][str(row["session"])] = None
        spelled |= {fold_name(spelling): str(row["speaker"]) for spelling in row["spellings"]}
    several = len({session for found in places.values() for session in found}) > 1

    def where(name: str) -> str:
        return f"; sessions: {list_some(sorted(places[name]))}" if several else ""

    names = sorted(name for name in counts if not _is_code(name) and name.casefold() not in set(Role))
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            is_long = min(len(one), len(other)) >= MIN_LETTERS
            if (
                is_long
                and fold_name(one) != fold_name(other)
                and fuzz.ratio(one.casefold(), other.casefold()) >= MIN_NAME_LIKENESS
            ):
                rarer, kept = sorted((one, other), key=lambda name: (counts[name], name))
                why = f"nearly the same name: take the # away if it is{where(rarer)}"
                yield Proposal(("speakers",), rarer, kept, why, is_asked=True)
    for code in counts:
        fits = [name for name in names if code.isalpha() and len(code) > 1 and code.casefold() in initials_of(name)]
        if _is_code(code) and len(fits) == 1 and spelled.get(fold_name(fits[0])) != code:
            why = f"initials of this name: take the # away if so{where(code)}"
            yield Proposal(("speakers",), code, fits[0], why, is_asked=True)


def _is_code(label: str) -> bool:
    """Tell whether a label is initials or a number; ``Tom`` and ``Jo`` are names, ``TO`` is none."""
    return _CODE.fullmatch(label) is not None and not (label.isalpha() and label.istitle() and len(label) > 1)
