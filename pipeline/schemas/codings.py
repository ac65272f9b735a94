"""Tables of who coded what: people, machines and both."""

from pipeline.schemas.forms import CODING, CODING_KEY, CODING_SORT, FRAGMENT, SCHEME, column, table
from pipeline.vocabulary import Outcome

TABLES = (
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
        "machine_codings", "one code by one machine coder", CODING_KEY, CODING_SORT, *CODING,
    ),
    table(
        "codings", "one code by one coder, human or machine", CODING_KEY, CODING_SORT, *CODING,
    ),
)  # fmt: skip
