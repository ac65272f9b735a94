"""Tables of themes and sub-themes of the codebook, as a machine gives them without and with coded fragments."""

from pipeline.core.schemas.forms import CODING, CODING_KEY, CODING_SORT, FRAGMENT, SCHEME, column, table
from pipeline.core.vocabulary import Outcome

CODING_TABLES = (
    table(
        "human_codings", "one code by one human coder", CODING_KEY, CODING_SORT, *CODING,
    ),
    table(
        "coding_matches", "what became of a given coding row", ["row_id"], ["row_id"],
        column("row_id", "string", "the row of given_codings"),
        column("outcome", "string", "matched or not", allowed=Outcome),
        column("how", "string", "structure, id, offsets, exact or fuzzy", nullable=True),
        column("similarity", "float", "likeness of a fuzzy match, in [0, 1]", nullable=True),
        column("fragment_ids", "strings", "the fragments that carry it"),
        column("reason", "string", "why it was not matched", nullable=True),
    ),
    table(
        "seen", "a fragment that a coder has looked at", ["coder", "fragment_id", "scheme"],
        ["coder", "scheme", "fragment_id"],
        column("coder", "string", "who looked"), FRAGMENT, SCHEME,
    ),
    table(
        "sampling", "a fragment that could be drawn for a coder, or that was chosen", ["coder", "fragment_id"],
        ["coder", "fragment_id"],
        column("coder", "string", "for whom; empty: for anybody, by the command next"), FRAGMENT,
        column("probability", "float", "that it was drawn, above 0; empty: chance did not choose it", nullable=True),
        column("drawn", "bool", "whether it was drawn"),
    ),
    table(
        "machine_codings", "one code by one machine coder", CODING_KEY, CODING_SORT, *CODING,
    ),
    table(
        "codings", "one code by one coder, human or machine", CODING_KEY, CODING_SORT, *CODING,
    ),
)  # fmt: skip
_CODE = column("code", "string", "a code of the codebook, verbatim")
_RANK = column("rank", "int", "1 is the code that fits best")
_SHARE = column(
    "score", "float", "share of this code among all of its scheme, in [0, 1]: it ranks codes and is no probability"
)
_ASSIGNED = column("assigned", "bool", "whether the machine gives the code, or only names it as a runner-up")

CODEBOOK_TABLES = (
    table(
        "guided_codings", "a code that fits a fragment, by the codebook alone", ["fragment_id", "scheme", "code"],
        ["scheme", "fragment_id", "rank"],
        FRAGMENT, SCHEME, _CODE, _RANK, _SHARE,
        column("lexical", "float", "likeness to the words of the code, the sum of two cosines"),
        column("semantic", "float", "likeness to its meaning, a cosine"),
        _ASSIGNED,
        column("evidence", "strings", "lemmas and parts of compounds that fragment and code share, weightiest first"),
    ),
    table(
        "codebook_scores", "how well a fragment fits every code", ["fragment_id", "scheme"], ["scheme", "fragment_id"],
        FRAGMENT, SCHEME,
        column("scores", "vector", "one score per code of the scheme, in the order of the codebook"),
    ),
    table(
        "beyond_codebook", "a fragment that fits no code: said, but not in the codebook", ["fragment_id"],
        ["topic_id", "fragment_id"],
        FRAGMENT, SCHEME,
        column("nearest", "string", "the code that comes nearest all the same"),
        column("likeness", "float", "to it; the likeness of most fragments to their code is 1"),
        column("topic_id", "string", "the topic that it lies in, found without the codebook", nullable=True),
    ),
    table(
        "taught_codings", "a code that fits a fragment, after what people coded",
        ["coder", "fragment_id", "scheme", "code"],
        ["coder", "scheme", "fragment_id", "rank"],
        column("coder", "string", "machine-taught; or without the codebook, where that was written over the fragments"),
        FRAGMENT, SCHEME, _CODE, _RANK, _SHARE, _ASSIGNED,
        column("fold", "int", "that had not seen its manual code; empty where nobody coded it", nullable=True),
    ),
)  # fmt: skip

_PROMPTED = column("coder", "string", "machine-prompted, or machine-prompted-taught")

PROMPTED_TABLES = (
    table(
        "prompted_codings", "a code that a language model gave, or named next",
        ["coder", "fragment_id", "scheme", "code"],
        ["coder", "scheme", "fragment_id", "rank"],
        _PROMPTED, FRAGMENT, SCHEME, column("code", "string", "a code of the codebook, or a value of the scheme"),
        _RANK, column("score", "float", "probability of this code, in [0, 1]"), _ASSIGNED,
        column("fold", "int", "of which no manual code was used; empty where none was", nullable=True),
    ),
    table(
        "prompted_evidence", "the words of a fragment that show a code", ["coder", "fragment_id", "scheme", "code"],
        ["coder", "scheme", "fragment_id", "code"],
        _PROMPTED, FRAGMENT, SCHEME, column("code", "string", "the code that they show"),
        column("start", "int", "first character in the fragment"),
        column("end", "int", "one past the last"),
        column("text", "string", "the words, as the fragment has them"),
    ),
    table(
        "prompted_abstentions", "a code that was not given", ["coder", "fragment_id", "scheme", "code"],
        ["coder", "scheme", "fragment_id", "code"],
        _PROMPTED, FRAGMENT, SCHEME,
        column("code", "string", "the code that was dropped; empty where no code was reached", nullable=True),
        column("reason", "string", "why"),
    ),
)  # fmt: skip

TABLES = (*CODING_TABLES, *CODEBOOK_TABLES, *PROMPTED_TABLES)
