"""Tables of what a research team asks of each theme; fragments by id, never their text."""

from pipeline.core.schemas.forms import FRAGMENT, POSITION, REASON, SCHEME, column, table
from pipeline.core.vocabulary import Scheme

VERDICTS = ("shared", "one_voice", "one_session", "too_few", "unknown")
ASPECTS = ("hat", "polarity", "sentiment", "prompting", "medium")
WHENCE = ("given", "predicted", "own", "machine", "notes", "none")
ROLES = ("shows", "contradicts")
LEVELS = ("fragment", "voice", "session")
REASONS = ("typical", "against", "short", "stands_alone", "other_session", "other_voice")

_CODER = column("coder", "string", "whose themes these are; machine coders begin with 'machine-'")
_THEME = column("theme", "string", "a theme of this coder")
_SCORE = column("score", "float", "geometric mean of the two likenesses, in standard deviations over all pairs")
_SEMANTIC = column("semantic", "float", "cosine of the vectors, what all fragments share taken out")
_LEXICAL = column("lexical", "float", "cosine of the weighted content words and parts of compounds")
_SHARED = column("shared", "strings", "lemmas that both hold, the rarest first")
_CHANCE_P = column("p", "float", "share of the best pairs in shuffles that are at least as alike")
_POLARITY_SOURCE = ("human", "machine")

TABLES = (
    table(
        "theme_profiles", "a theme of a coder: who carries it", ["coder", "theme"], ["coder", "position"],
        _CODER, _THEME, POSITION,
        column("n_fragments", "int", "fragments with the theme"),
        column("n_seen", "int", "fragments that this coder looked at for themes"),
        column("n_sessions", "int", "sessions that hold the theme"),
        column("n_sessions_seen", "int", "sessions that this coder looked at"),
        column("n_speakers", "int", "voices that carry it, where the speaker is known"),
        column("n_without_speaker", "int", "fragments of which the speaker is unknown"),
        column("largest_session", "string", "the session with most of it", nullable=True),
        column("session_share", "float", "share of the fragments in that session", nullable=True),
        column("session_chance", "float", "the same share, mean over random draws of seen fragments", nullable=True),
        column("session_p", "float", "share of the draws in which one exceeds its part of all as much", nullable=True),
        column("largest_speaker", "string", "session and speaker with most of it, joined by ': '", nullable=True),
        column("speaker_share", "float", "share of the fragments with a known speaker", nullable=True),
        column("speaker_chance", "float", "the same share, mean over random draws", nullable=True),
        column("speaker_p", "float", "share of the draws in which one exceeds its part of all as much", nullable=True),
        column(
            "verdict", "string", "one voice or session holds at least narrow_share of it, beyond chance (p at most "
            "0.05); shared by several; too few fragments; or no second voice or session is known", allowed=VERDICTS,
        ),
        column("n_sessions_notes", "int", "sessions that have it in the written notes only"),
        column("n_sessions_aloud", "int", "sessions that have it aloud only"),
        column("n_sessions_both", "int", "sessions that have it in both"),
        column("n_sessions_untold", "int", "sessions with the theme that hold only one of the two, so cannot tell"),
    ),
    table(
        "theme_counts", "how many fragments of a theme have a value", ["coder", "theme", "aspect", "value", "source"],
        ["coder", "theme", "aspect", "position", "source"],
        _CODER, _THEME,
        column("aspect", "string", "what is counted; the values of an aspect add up to the theme", allowed=ASPECTS),
        column("value", "string", "a hat, polarity, sentiment, way of prompting or medium; 'onbekend' is not no"),
        POSITION,
        column("source", "string", "where the value comes from", allowed=WHENCE),
        column("n", "int", "fragments"),
    ),
    table(
        "theme_subthemes", "a sub-theme within a theme", ["coder", "theme", "subtheme"], ["coder", "theme", "position"],
        _CODER, _THEME,
        column("subtheme", "string", "a sub-theme of the same coder"),
        POSITION,
        column("n", "int", "fragments with both"),
    ),
    table(
        "theme_quotes", "a fragment that shows a theme, or contradicts it", ["coder", "theme", "role", "rank"],
        ["coder", "theme", "role", "rank"],
        _CODER, _THEME,
        column("role", "string", "shows it best, or has the polarity opposed to its majority", allowed=ROLES),
        column("rank", "int", "1 is the best"),
        FRAGMENT,
        column("score", "float", "typical times self-standing times spread, in [0, 1]"),
        column("typical", "float", "nearness to the middle of the others of the theme, or of its majority, in [-1, 1]"),
        column("standing", "float", "how far it can be read on its own, in [0, 1]"),
        column("why", "strings", f"of {', '.join(REASONS)}"),
    ),
    table(
        "saturation", "codes met after so many sessions or blocks", ["coder", "scheme", "step"],
        ["coder", "scheme", "step"],
        _CODER, SCHEME,
        column("step", "int", "how many were read; 0 stands for a curve that could not be drawn"),
        column("unit", "string", "what is added", allowed=("session", "block")),
        column("session", "string", "the session added, by date and else by name", nullable=True),
        column("n_new", "int", "codes met there for the first time", nullable=True),
        column("n_codes", "int", "codes met so far, in that order", nullable=True),
        column("mean", "float", "codes met so far, mean over random orders", nullable=True),
        column("low", "float", "2.5 % of the random orders lie below", nullable=True),
        column("high", "float", "2.5 % lie above", nullable=True),
        column("n_all", "int", "codes this coder used"),
        column("share", "float", "mean / n_all", nullable=True),
        REASON,
    ),
    table(
        "cooccurrence", "two themes that meet", ["coder", "level", "theme_a", "theme_b"],
        ["coder", "level", "theme_a", "theme_b"],
        _CODER,
        column(
            "level", "string", "on one fragment (of those with several themes), at one voice, in one session",
            allowed=LEVELS,
        ),
        column("theme_a", "string", "the first by name"),
        column("theme_b", "string", "the other"),
        column("n_units", "int", "fragments with several themes, voices or sessions"),
        column("n_a", "int", "units with the first"),
        column("n_b", "int", "units with the other"),
        column("n_both", "int", "units with both"),
        column("expected", "float", "units with both, mean under circular shifts of one theme", nullable=True),
        column("lift", "float", "n_both / expected", nullable=True),
        column("p", "float", "share of shifts with at least as many units with both; empty where not tested",
               nullable=True),
        column("p_adjusted", "float", "adjusted for all pairs of coder and level (Benjamini-Hochberg)", nullable=True),
        column("null", "string", "which circular shifts, how many, or why not tested", nullable=True),
    ),
    table(
        "knelpunten", "a fragment that names a knelpunt", ["fragment_id"], ["fragment_id"],
        FRAGMENT,
        column("source", "string", "who says so: people, or the machine where nobody coded it",
               allowed=_POLARITY_SOURCE),
        column("n_candidates", "int", "fragments that might answer it"),
        column("n_answers", "int", "those that do, by the rule of table answers"),
        column("best", "float", "the score of the likest candidate, whether it answers or not", nullable=True),
        column("chance", "float", "the same score, mean over the shuffles", nullable=True),
        REASON,
    ),
    table(
        "answers", "an expectation or idea that may answer a knelpunt", ["knelpunt_id", "answer_id"],
        ["position"],
        POSITION,
        column("knelpunt_id", "string", "the fragment that names a knelpunt"),
        column("answer_id", "string", "the fragment that may answer it"),
        column("rank", "int", "1 is the likest answer of this knelpunt"),
        column("answer_source", "string", "coded with an expectation; said under the groene hoed; predicted groen",
               allowed=("expectation", "given", "predicted")),
        _SCORE, _SEMANTIC, _LEXICAL, _SHARED, _CHANCE_P,
        column("mutual", "bool", "whether each is the likest of the other"),
        column("same_session", "bool", "whether both come from one session"),
    ),
    table(
        "theme_answers", "a theme: knelpunten with and without an answer", ["coder", "theme"], ["coder", "position"],
        _CODER, _THEME, POSITION,
        column("n_knelpunten", "int", "its fragments that name a knelpunt"),
        column("n_answered", "int", "those that an expectation or idea may answer"),
        column("unanswered", "strings", "the fragments that none answers"),
    ),
    table(
        "perspectives", "a kans and a knelpunt on one subject", ["kans_id", "knelpunt_id"], ["position"],
        POSITION,
        column("kans_id", "string", "the fragment that names a kans only"),
        column("knelpunt_id", "string", "the fragment that names a knelpunt only"),
        column("kans_source", "string", "who says kans", allowed=_POLARITY_SOURCE),
        column("knelpunt_source", "string", "who says knelpunt", allowed=_POLARITY_SOURCE),
        _SCORE, _SEMANTIC, _LEXICAL, _SHARED, _CHANCE_P,
        column("mutual", "bool", "whether each is the likest of the other"),
        column("same_session", "bool", "whether both come from one session"),
        column("themes", "strings", "themes that both carry, each as coder and theme joined by ': '"),
    ),
)  # fmt: skip

COUNTED_SCHEMES = (Scheme.THEME, Scheme.SUBTHEME)
