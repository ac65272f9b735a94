"""What is known of a study when its codings are read, what was read of them, and which session a name means."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from rapidfuzz import fuzz

from pipeline.core.notices import Notice
from pipeline.core.schemas.forms import Row
from pipeline.readers.files.versions import split_version
from pipeline.readers.given.layout import Texts
from pipeline.readers.given.mapping import Proposal, StudyMapping, list_some
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


MIN_LIKENESS = 85.0


MIN_LEAD = 5.0


_SAMPLE = 40


def resolve_sessions(name: str, rows: Sequence[Row], context: Context, found: Found) -> list[Row]:
    """Replace the names under which codings mention sessions by those of the sessions, where they are not the same.

    Tried are, in this order: what a person said, the name itself, its number, the texts that are quoted, likeness.

    Args:
        name: of the file, for messages.
        rows: rows of ``given_codings``.
        context: what is known of the study.
        found: takes notices and proposals.

    Returns:
        The rows; a session that cannot be found stays as it is written.
    """
    labels = dict.fromkeys(str(row["session"]) for row in rows if row.get("session"))
    if not labels or not context.sessions:
        return list(rows)
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
            found.notices.append(Notice(name, f"no session '{label}'; there are {list_some(matcher.names())}"))
    said = [f"'{label}' is '{session}'" for label, session in meant.items() if meanings[label][1]]
    if said:
        how = ", ".join(sorted({meanings[label][1] for label in meant} - {""}))
        found.notices.append(Notice(name, f"sessions found {how}: {'; '.join(said[:20])}"))
    return [{**row, "session": meant.get(str(row.get("session")), row.get("session"))} for row in rows]


class SessionNames:
    """Tells which session a name means."""

    def __init__(self, context: Context, quotes: Mapping[str, Sequence[str]]) -> None:
        """Learn the names of the sessions, and what is quoted of each name."""
        self._context, self._quotes = context, quotes
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._numbers: dict[int, set[str]] = defaultdict(set)
        for session in context.sessions:
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
        return (scored[0][1], "by likeness of name") if scored[0][0] >= MIN_LIKENESS and clear else (None, "")


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
