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
_ESTIMATE = _column("estimate", "float", "the figure; empty when undefined", nullable=True)
_DOUBT = (
    _column("low", "float", "lower end of the 95 % interval", nullable=True),
    _column("high", "float", "upper end", nullable=True),
)
_UNIT = _column("unit", "string", "what was left out in turn for the interval")
_CHANCE = _column("chance", "float", "the same figure under chance", nullable=True)
_P = _column("p", "float", "permutation p-value", nullable=True)
_REASON = _column("reason", "string", "why a figure is undefined, or what it lacks", nullable=True)
_COMPARISON = _column("comparison", "string", "the coders compared, joined by ' | '")
_CODER = _column("coder", "string", "the human coder")
_CODE = _column("code", "string", "a code of the codebook")
_POSITION = _column("position", "int", "printing order")
_P_MOVED = _column("p_moved", "float", "p-value when whole blocks move, adjusted for topics and codes", nullable=True)
_LIFT = _column("lift", "float", "times as often as chance", nullable=True)
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
        "topic_codes", "a topic and a code that meet", ["comparison", "scheme", "topic_id", "code"],
        ["comparison", "scheme", "topic_id", "code"],
        _COMPARISON, _SCHEME,
        _column("topic_id", "string", "the topic"),
        _CODE,
        _column("n", "int", "fragments in both"),
        _column("n_topic", "int", "fragments of the topic that the coder has seen"),
        _column("n_code", "int", "fragments with the code"),
        _column("precision", "float", "share of the topic that carries the code"),
        _column("recall", "float", "share of the code that lies in the topic"),
        _LIFT,
        _column("p", "float", "hypergeometric p-value, adjusted for all pairs (Benjamini-Hochberg)"),
        _P_MOVED,
        _column("linked", "bool", "whether the two belong together beyond chance, by both p-values"),
    ),
    _table(
        "code_diagnoses", "what became of a code in the topics", ["comparison", "scheme", "code"],
        ["comparison", "scheme", "position"],
        _COMPARISON, _SCHEME, _CODE, _POSITION,
        _column("verdict", "string", "what became of it", allowed=("found", "split", "merged", "missed")),
        _column("topics", "strings", "the topics that carry it"),
        _column("merged_with", "strings", "the codes that it shares them with"),
        _UNIT,
        _column("precision", "float", "share of these topics that carries the code", nullable=True),
        _column("precision_low", "float", "lower end of its 95 % interval", nullable=True),
        _column("precision_high", "float", "upper end", nullable=True),
        _column("recall", "float", "share of the code that lies in these topics", nullable=True),
        _column("recall_low", "float", "lower end of its 95 % interval", nullable=True),
        _column("recall_high", "float", "upper end", nullable=True),
        _column("chance", "float", "the recall under chance: the size of these topics", nullable=True),
        _LIFT,
        _column("p", "float", "least hypergeometric p-value, adjusted for all pairs (Benjamini-Hochberg)"),
        _P_MOVED,
        _column("n", "int", "fragments with the code"),
        _REASON,
    ),
    _table(
        "topic_diagnoses", "what people coded in a topic", ["comparison", "scheme", "topic_id"],
        ["comparison", "scheme", "topic_id"],
        _COMPARISON, _SCHEME,
        _column("topic_id", "string", "the topic"),
        _column(
            "verdict", "string", "codes that belong to it; none (as chance deals them); or hardly coded by anybody",
            allowed=("one_code", "several_codes", "no_code", "uncoded"),
        ),
        _column("codes", "strings", "the codes that belong to it, the commonest first"),
        _column("largest", "string", "its commonest code, whether it belongs to it or not", nullable=True),
        _UNIT,
        _column("estimate", "float", "share of the topic that carries its commonest code", nullable=True),
        *_DOUBT,
        _column("chance", "float", "share of all fragments that carries that code", nullable=True),
        _column("n", "int", "fragments of the topic"),
        _column("n_seen", "int", "those that the coder has seen"),
        _column("n_coded", "int", "those with a code"),
        _REASON,
    ),
    _table(
        "suggested_merges", "a merge and what it gains", ["comparison", "scheme", "kind", "merged"],
        ["comparison", "scheme", "kind", "merged"],
        _COMPARISON, _SCHEME,
        _column("kind", "string", "whether topics or codes are merged", allowed=("codes", "topics")),
        _column("merged", "string", "what is merged, joined by ' + '; 'all' for all suggested merges of topics"),
        _column("folds", "int", "folds whose other sessions suggest it"),
        _column("n_folds", "int", "all folds"),
        _UNIT,
        _column("estimate", "float", "gain in Cohen's kappa on the sessions that did not suggest it", nullable=True),
        *_DOUBT,
        _column("chance", "float", "mean gain of merging any two", nullable=True),
        _column("n", "int", "fragments scored"),
        _REASON,
    ),
    _table(
        "hat_bridge", "a given hat in a theme, beside a coder's polarity", ["coder", "theme", "hat"],
        ["coder", "position", "hat"],
        _CODER,
        _column("theme", "string", "a theme of the same coder; empty for all fragments"),
        _POSITION,
        _column("hat", "string", "the hat written in the source", allowed=Hat),
        _column("expected", "string", "the polarity that the bridge expects", nullable=True),
        _column("n", "int", "fragments"),
        _column("n_kans", "int", "kans only"),
        _column("n_knelpunt", "int", "knelpunt only"),
        _column("n_both", "int", "both"),
        _column("n_neither", "int", "neither"),
        _UNIT,
        _column("estimate", "float", "share with the expected polarity only", nullable=True),
        *_DOUBT,
        _column("chance", "float", "the same share under all hats together", nullable=True),
        _column(
            "verdict", "string", "whether the interval lies above, around or below chance", nullable=True,
            allowed=("holds", "not_shown", "contradicted"),
        ),
        _column("conflicts", "strings", "fragments with the other polarity only"),
        _REASON,
    ),
    _table(
        "near_misses", "one figure of how far off sub-themes are", ["comparison", "statistic"],
        ["comparison", "position"],
        _COMPARISON,
        _column("statistic", "string", "its name"),
        _POSITION, _UNIT, _ESTIMATE, *_DOUBT, _CHANCE, _P,
        _column("n", "int", "fragments with a sub-theme of both"),
        _REASON,
    ),
    _table(
        "polarity_differences", "one way in which two polarities relate", ["comparison", "difference"],
        ["comparison", "position"],
        _COMPARISON,
        _column(
            "difference", "string", "how they relate",
            allowed=("same", "both", "one_of_two", "reversed", "one_neutral", "abstained"),
        ),
        _POSITION,
        _column("count", "int", "fragments"),
        _UNIT,
        _column("estimate", "float", "share of n", nullable=True),
        *_DOUBT, _CHANCE, _P,
        _column("n", "int", "fragments that both answered; with *abstained* all that the machine looked at too"),
        _column("fragments", "strings", "the fragments, where reversed or one of two"),
        _REASON,
    ),
    _table(
        "levels", "two coders at one level", ["comparison", "level"], ["comparison", "position"],
        _COMPARISON,
        _column("level", "string", "theme, polarity, theme x polarity (on the same fragments), or hat"),
        _POSITION, _UNIT,
        _column("estimate", "float", "Cohen's kappa", nullable=True),
        *_DOUBT, _CHANCE, _P,
        _column("share", "float", "of the fragments on which they differ: at this level only", nullable=True),
        _column("share_low", "float", "lower end of its 95 % interval", nullable=True),
        _column("share_high", "float", "upper end", nullable=True),
        _column("n", "int", "fragments"),
        _REASON,
    ),
    _table(
        "bands", "a band of a convention", ["comparison", "level", "statistic", "band"],
        ["comparison", "level", "statistic", "position"],
        _COMPARISON,
        _column("level", "string", "as in levels"),
        _column("statistic", "string", "the coefficient"),
        _column("scale", "string", "whose convention it is"),
        _column("band", "string", "the band, in English"),
        _POSITION,
        _column("probability", "float", "of the coefficient lying in it, from its error between sessions or blocks"),
        _column("reached", "bool", "the highest band of which 95 % is sure that it is reached"),
        _column("n", "int", "fragments"),
    ),
    _table(
        "annotator_tests", "a machine in the place of a coder", ["scheme", "machine", "coder"],
        ["scheme", "machine", "coder"],
        _SCHEME,
        _column("machine", "string", "the machine"),
        _column("coder", "string", "the coder left out; empty for all in turn"),
        _column("winning_rate", "float", "share of the coders from whom the machine wins", nullable=True),
        _column("advantage", "float", "share of fragments where it is as near to the others, or nearer", nullable=True),
        _column("human_advantage", "float", "the same of the coder left out", nullable=True),
        _column("p", "float", "that the machine loses, adjusted (Benjamini-Yekutieli)", nullable=True),
        _column("epsilon", "float", "the handicap of a human"),
        _column("unit", "string", "between what the error is taken"),
        _column("n", "int", "fragments"),
        _REASON,
    ),
    _table(
        "learning_curve", "a machine that learned from so many fragments", ["coder", "scheme", "share"],
        ["coder", "scheme", "share"],
        _CODER, _SCHEME,
        _column("share", "float", "of the sessions or blocks that it learned from"),
        _column("n_blocks", "float", "mean number of those"),
        _column("n_coded", "float", "mean number of coded fragments in them"),
        _column("draws", "int", "how often sessions were dealt anew into held-out parts and an order of learning"),
        _UNIT,
        _column("estimate", "float", "Cohen's kappa on sessions not learned from, mean of the draws", nullable=True),
        *_DOUBT,
        _column("lowest", "float", "lowest of the draws", nullable=True),
        _column("highest", "float", "highest of the draws", nullable=True),
        _column("ceiling", "float", "mean kappa of this coder with other people; empty: unknown", nullable=True),
        _column("ceiling_low", "float", "lower end of its 95 % interval", nullable=True),
        _column("ceiling_high", "float", "upper end", nullable=True),
        _column("n", "int", "fragments scored"),
        _REASON,
    ),
    _table(
        "learning_gains", "what more coding would add", ["coder", "scheme"], ["coder", "scheme"],
        _CODER, _SCHEME,
        _column("n_coded", "int", "fragments coded now"),
        _column("n_more", "int", "fragments more"),
        _UNIT,
        _column("estimate", "float", "gain in Cohen's kappa, the curve carried on", nullable=True),
        *_DOUBT, _REASON,
    ),
    _table(
        "theme_stability", "how far a topic, or all of them, comes back", ["topic_id", "source", "statistic"],
        ["topic_id", "source", "statistic"],
        _column("topic_id", "string", "the topic; empty for all topics together"),
        _column("source", "string", "what was changed", allowed=("all", "bootstrap", "order", "seed")),
        _column("statistic", "string", "jaccard of a topic; adjusted_rand and normalized_mutual_information of all"),
        _column("verdict", "string", "in a word", nullable=True, allowed=("robuust", "wisselend", "toevallig")),
        _column("estimate", "float", "mean over the refits", nullable=True),
        _column("low", "float", "2.5 % of the refits lie below", nullable=True),
        _column("high", "float", "2.5 % of the refits lie above", nullable=True),
        _column("chance", "float", "the same with topics dealt at random", nullable=True),
        _column("refits", "int", "number of refits"),
        _column("n", "int", "fragments"),
        _REASON,
    ),
    _table(
        "corrected_frequencies", "how often a code occurs in all fragments", ["coder", "scheme", "code"],
        ["coder", "scheme", "position"],
        _CODER, _SCHEME, _CODE, _POSITION,
        _column("machine", "float", "share that the machine gives it to"),
        _column("coded", "float", "share of the coded fragments that the coder gave it to"),
        _UNIT,
        _column("estimate", "float", "corrected share of all fragments (regression estimator)", nullable=True),
        *_DOUBT,
        _column("weight", "float", "how far the machine is believed: the slope", nullable=True),
        _column("n_coded", "int", "fragments that the coder has seen"),
        _column("n", "int", "all fragments"),
        _REASON,
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
