"""Every table, written once: its columns, their types and meaning, its key. Checked on write and on read.

A table has one writer (``pipeline.stages``) and prints in the order of its ``sort`` columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

from pipeline.errors import InputError
from pipeline.vocabulary import Hat, Kind, Outcome, Role, Scheme, StanceSource, Status, Version

ColumnType: TypeAlias = Literal["string", "int", "float", "bool", "strings", "vector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        name: as printed and stored.
        type: ``string``, ``int``, ``float``, ``bool``, ``strings`` (a list) or ``vector`` (float32).
        meaning: one line a reader understands.
        nullable: whether a value may be absent.
        allowed: the closed set of values, or empty when it is open.
    """

    name: str
    type: ColumnType
    meaning: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """One table: what a row is, its columns, its key and its printing order."""

    name: str
    row: str
    key: tuple[str, ...]
    sort: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Find one column by name."""
        return next(column for column in self.columns if column.name == name)


def _column(
    name: str, kind: ColumnType, meaning: str, *, nullable: bool = False, allowed: Iterable[StrEnum | str] = ()
) -> Column:
    return Column(name=name, type=kind, meaning=meaning, nullable=nullable, allowed=tuple(str(a) for a in allowed))


def _table(name: str, row: str, key: Sequence[str], sort: Sequence[str], *columns: Column) -> TableSchema:
    return TableSchema(name=name, row=row, key=tuple(key), sort=tuple(sort), columns=columns)


_SCHEME = _column("scheme", "string", "which part of the codebook", allowed=Scheme)
_FRAGMENT = _column("fragment_id", "string", "hash of session, normalised text and occurrence number")
_SESSION = _column("session", "string", "the dialogue table; the unit of resampling")
_SPAN = (
    _column("char_start", "int", "first character in the source after line endings are normalised"),
    _column("char_end", "int", "one past the last character"),
)
_CODING = (
    _column("coder", "string", "who codes; machine coders begin with 'machine-'"),
    _FRAGMENT,
    _SCHEME,
    _column("code", "string", "a code of the codebook, or a topic id of the machine"),
    _column("rank", "int", "1 is the coder's first code of this scheme for this fragment"),
    _column("score", "float", "how sure a machine is, in [0, 1]", nullable=True),
    _column("fold", "int", "the fold in which the machine had not seen this fragment's manual code", nullable=True),
    *_SPAN,
)
_STANCE_SCHEMES = (Scheme.HAT, Scheme.SENTIMENT, Scheme.POLARITY)
_CODING_KEY = ("coder", "fragment_id", "scheme", "code")
_CODING_SORT = ("coder", "scheme", "fragment_id", "rank", "code")

_SCHEMAS = (
    _table(
        "sources", "a source file", ["source_id"], ["name"],
        _column("source_id", "string", "hash of the relative name"),
        _column("name", "string", "path relative to the folder that was given"),
        _column("sha256", "string", "hash of the bytes"),
        _column("format", "string", "the reader that took it"),
        _column("encoding", "string", "how its bytes were decoded"),
        _column("version", "string", "how far participants have corrected it", nullable=True, allowed=Version),
        _SESSION,
        _column("n_chars", "int", "length in characters after line endings are normalised"),
    ),
    _table(
        "sessions", "a dialogue table", ["session"], ["session"],
        _SESSION,
        _column("title", "string", "its title as written", nullable=True),
        _column("date", "string", "ISO date", nullable=True),
        _column("place", "string", "where it was held", nullable=True),
        _column("province", "string", "province", nullable=True),
        _column("source_ids", "strings", "the files it came from"),
    ),
    _table(
        "speakers", "a voice in a session", ["session", "speaker"], ["session", "speaker"],
        _SESSION,
        _column("speaker", "string", "as labelled in the notes, spelling unified"),
        _column("role", "string", "role in the talk", allowed=Role),
        _column("organisation", "string", "for whom the voice speaks", nullable=True),
        _column("spellings", "strings", "all ways in which the label was written"),
    ),
    _table(
        "codebook", "a code", ["scheme", "code"], ["scheme", "position"],
        _SCHEME,
        _column("code", "string", "the code, verbatim"),
        _column("position", "int", "order in the codebook, from 0"),
        _column("parent", "string", "the code above it", nullable=True),
        _column("label", "string", "the name a reader sees"),
        _column("definition", "string", "what belongs under it", nullable=True),
        _column("examples", "strings", "example sentences given with the code"),
        _column("example_fragment_ids", "strings", "fragments given as examples; never scored"),
    ),
    _table(
        "utterances", "one thing found in a source", ["utterance_id"], ["source_id", "char_start", "utterance_id"],
        _column("utterance_id", "string", "source_id, colon, running number of five digits"),
        _column("source_id", "string", "the file"),
        _SESSION,
        _column("line", "int", "first line in the file, from 1"),
        *_SPAN,
        _column("kind", "string", "what it is", allowed=Kind),
        _column("speaker", "string", "who said it", nullable=True),
        _column("role", "string", "role of who said it", nullable=True, allowed=Role),
        _column("hat_given", "string", "the hat written above it", nullable=True, allowed=Hat),
        _column("section", "string", "part of the session: hoed, notities, afronding, inleiding", nullable=True),
        _column("heading_path", "strings", "headings above it, outermost first"),
        _column("block", "string", "a statement with its quotes, or the utterance itself: codes lie together in it"),
        _column("time_start_s", "float", "seconds from the start of the recording", nullable=True),
        _column("text", "string", "normalised text"),
        _column("raw", "string", "the source between the offsets, where it differs from text", nullable=True),
    ),
    _table(
        "given_codings", "a row of a manual coding as it was given", ["row_id"], ["row_id"],
        _column("row_id", "string", "file, colon, row number of six digits, colon, scheme, colon, rank"),
        _column("coder", "string", "who coded"),
        _SCHEME,
        _column("code", "string", "the code as given; empty when the coder looked and gave no code", nullable=True),
        _column("rank", "int", "1 is the first code given"),
        _column("session", "string", "the session named in the row", nullable=True),
        _column("unit", "string", "a fragment_id or utterance_id named in the row", nullable=True),
        _column("source_id", "string", "the file to which offsets refer", nullable=True),
        _column("char_start", "int", "offset named in the row", nullable=True),
        _column("char_end", "int", "offset named in the row", nullable=True),
        _column("quote", "string", "the text named in the row", nullable=True),
    ),
    _table(
        "fragments", "a unit of analysis", ["fragment_id"], ["session", "source_id", "char_start", "fragment_id"],
        _FRAGMENT,
        _column("utterance_id", "string", "the utterance it is (a part of)"),
        _column("source_id", "string", "the file"),
        _SESSION,
        _column("line", "int", "first line in the file, from 1"),
        *_SPAN,
        _column("text", "string", "normalised text"),
        _column("n_words", "int", "length in words"),
        _column("kind", "string", "what it is", allowed=Kind),
        _column("status", "string", "what becomes of it", allowed=Status),
        _column("reason", "string", "why it is not used", nullable=True),
        _column("speaker", "string", "who said it", nullable=True),
        _column("role", "string", "role of who said it", nullable=True, allowed=Role),
        _column("hat_given", "string", "the hat written above it", nullable=True, allowed=Hat),
        _column("section", "string", "part of the session", nullable=True),
        _column("heading_path", "strings", "headings above it; shown, never a feature"),
        _column("block", "string", "for resampling; never a feature"),
    ),
    _table(
        "human_codings", "one code by one human coder", _CODING_KEY, _CODING_SORT, *_CODING,
    ),
    _table(
        "coding_matches", "what became of a given coding row", ["row_id"], ["row_id"],
        _column("row_id", "string", "the row of given_codings"),
        _column("outcome", "string", "matched or not", allowed=Outcome),
        _column("how", "string", "structure, id, offsets, exact or fuzzy", nullable=True),
        _column("similarity", "float", "likeness of a fuzzy match, in [0, 1]", nullable=True),
        _column("fragment_ids", "strings", "the fragments that carry it"),
        _column("reason", "string", "why it was not matched", nullable=True),
    ),
    _table(
        "seen", "a fragment that a coder has looked at", ["coder", "fragment_id", "scheme"],
        ["coder", "scheme", "fragment_id"],
        _column("coder", "string", "who looked"), _FRAGMENT, _SCHEME,
    ),
    _table(
        "tokens", "a token", ["fragment_id", "i"], ["fragment_id", "i"],
        _FRAGMENT,
        _column("i", "int", "position in the fragment, from 0"),
        _column("sentence", "int", "sentence in the fragment, from 0"),
        _column("text", "string", "as written"),
        _column("lemma", "string", "dictionary form, lower case"),
        _column("pos", "string", "universal part of speech", nullable=True),
        _column("is_stop", "bool", "a Dutch function word or a filler"),
        _column("is_content", "bool", "counts for labels of topics"),
    ),
    _table(
        "embeddings", "a vector", ["fragment_id"], ["fragment_id"],
        _FRAGMENT, _column("vector", "vector", "unit length"),
    ),
    _table(
        "topics", "a topic", ["topic_id"], ["position"],
        _column("topic_id", "string", "its id in codings"),
        _column("position", "int", "order by size, from 0; the outlier row comes last"),
        _column("label", "string", "its first keywords"),
        _column("keywords", "strings", "words that set it apart, best first"),
        _column("size", "int", "number of fragments assigned"),
        _column("representative_fragment_ids", "strings", "fragments that show it best, best first"),
    ),
    _table(
        "topic_assignments", "the topic of a fragment", ["fragment_id"], ["fragment_id"],
        _FRAGMENT,
        _column("topic_id", "string", "the topic it is assigned to"),
        _column("original", "string", "the topic before outliers were reassigned"),
        _column("strategy", "string", "how it was assigned: clustered, reassigned:<how>, or left an outlier"),
        _column("score", "float", "cosine with the centre of its topic"),
        _column("x", "float", "place on the map"),
        _column("y", "float", "place on the map"),
    ),
    _table(
        "stances", "one value of a fragment's hat, sentiment or polarity", ["fragment_id", "scheme", "rank"],
        ["scheme", "fragment_id", "rank"],
        _FRAGMENT,
        _column("scheme", "string", "hat, sentiment or polarity", allowed=_STANCE_SCHEMES),
        _column("rank", "int", "1; 2 for the second polarity, and for a hat heard or derived beside the first"),
        _column("value", "string", "the value; empty when abstained", nullable=True),
        _column("score", "float", "probability or share, in [0, 1]", nullable=True),
        _column("margin", "float", "distance to the runner-up, in [0, 1]", nullable=True),
        _column("source", "string", "given, derived or predicted", allowed=StanceSource),
        _column("abstained", "bool", "whether the machine declined to say"),
        _column("fold", "int", "the fold in which this fragment was held out", nullable=True),
        _column("evidence", "strings", "the words it rests on"),
    ),
    _table(
        "hat_sentiments", "a hat with a sentiment", ["hat", "sentiment"], ["hat_position", "sentiment_position"],
        _column("hat", "string", "the hat", allowed=Hat),
        _column("hat_position", "int", "order of the hats"),
        _column("sentiment", "string", "a sentiment, or 'onthouding' where the machine abstained"),
        _column("sentiment_position", "int", "order of the sentiments"),
        _column("n", "int", "number of fragments"),
        _column("share", "float", "of the fragments under this hat"),
        _column("mean_score", "float", "mean signed sentiment, in [-1, 1]", nullable=True),
    ),
    _table(
        "hat_conflicts", "a remark that contradicts its hat", ["fragment_id", "scheme"],
        ["hat", "scheme", "fragment_id"],
        _FRAGMENT,
        _column("hat", "string", "the hat", allowed=Hat),
        _column("hat_source", "string", "given or predicted", allowed=StanceSource),
        _column("scheme", "string", "sentiment or polarity", allowed=(Scheme.SENTIMENT, Scheme.POLARITY)),
        _column("value", "string", "the value that contradicts"),
        _column("margin", "float", "how clear it is", nullable=True),
    ),
    _table(
        "machine_codings", "one code by one machine coder", _CODING_KEY, _CODING_SORT, *_CODING,
    ),
    _table(
        "codings", "one code by one coder, human or machine", _CODING_KEY, _CODING_SORT, *_CODING,
    ),
    _table(
        "agreement", "one figure", ["comparison", "scheme", "code", "statistic", "unit", "excluded"], ["position"],
        _column("comparison", "string", "the coders compared, joined by ' | '"),
        _column("scheme", "string", "a scheme, or theme x polarity"),
        _column("code", "string", "one code against the rest; empty for the scheme as a whole"),
        _column("statistic", "string", "its name"),
        _column("unit", "string", "what was resampled for the interval"),
        _column("estimate", "float", "the figure; empty when undefined", nullable=True),
        _column("low", "float", "lower end of the 95 % interval, or of the leave-one-out range", nullable=True),
        _column("high", "float", "upper end, likewise", nullable=True),
        _column("chance", "float", "mean of the same figure under permutation of blocks", nullable=True),
        _column("p", "float", "permutation p-value; over codes adjusted (Benjamini-Hochberg)", nullable=True),
        _column("n", "int", "number of fragments it rests on"),
        _column("excluded", "string", "how many fragments are left out, why, and after a semicolon the policy"),
        _column("reason", "string", "why a figure is undefined or has no interval", nullable=True),
        _column("position", "int", "printing order: all coders first, overall before codes"),
    ),
    _table(
        "crosstabs", "a pair of codes given to the same fragments", ["comparison", "scheme", "code_a", "code_b"],
        ["comparison", "scheme", "code_a", "code_b"],
        _column("comparison", "string", "the coders compared, joined by ' | '"),
        _column("scheme", "string", "a scheme"),
        _column("code_a", "string", "code of the first coder; '-' for none"),
        _column("code_b", "string", "code of the second coder, unmapped; '-' for none"),
        _column("n", "int", "number of fragments"),
    ),
    _table(
        "notices", "something a user should know", ["stage", "i"], ["position", "i"],
        _column("position", "int", "order of the stage"),
        _column("stage", "string", "who says it"),
        _column("i", "int", "running number"),
        _column("where", "string", "file and line, or table"),
        _column("message", "string", "without text of a participant"),
    ),
)  # fmt: skip

SCHEMAS: Mapping[str, TableSchema] = MappingProxyType({schema.name: schema for schema in _SCHEMAS})


def get_schema(name: str) -> TableSchema:
    """Find the schema of a table.

    Args:
        name: name of the table.

    Returns:
        Its schema.

    Raises:
        InputError: there is no such table; the nearest known name is offered.

    >>> get_schema("embeddings").column_names
    ('fragment_id', 'vector')
    """
    if name in SCHEMAS:
        return SCHEMAS[name]
    near = get_close_matches(name, SCHEMAS, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known tables: {', '.join(SCHEMAS)}"
    raise InputError.single("table", f"there is no table '{name}'", hint)
