"""Tables of hat, sentiment and polarity."""

from pipeline.core.schemas.forms import FRAGMENT, STANCE_SCHEMES, column, table
from pipeline.core.vocabulary import Hat, Scheme, StanceSource

TABLES = (
    table(
        "stances", "one value of a fragment's hat, sentiment or polarity", ["fragment_id", "scheme", "rank"],
        ["scheme", "fragment_id", "rank"],
        FRAGMENT,
        column("scheme", "string", "hat, sentiment or polarity", allowed=STANCE_SCHEMES),
        column("rank", "int", "1; 2 for the second polarity, and for a hat heard or derived beside the first"),
        column("value", "string", "the value; empty when abstained", nullable=True),
        column("score", "float", "how sure the machine is, in [0, 1]: it ranks and is no probability", nullable=True),
        column("margin", "float", "distance to the runner-up, in [0, 1]", nullable=True),
        column("source", "string", "given, derived or predicted", allowed=StanceSource),
        column("abstained", "bool", "whether the machine declined to say"),
        column("fold", "int", "the fold in which this fragment was held out", nullable=True),
        column("evidence", "strings", "the words it rests on"),
    ),
    table(
        "hat_sentiments", "a hat with a sentiment", ["hat", "sentiment"], ["hat_position", "sentiment_position"],
        column("hat", "string", "the hat", allowed=Hat),
        column("hat_position", "int", "order of the hats"),
        column("sentiment", "string", "a sentiment, or 'onthouding' where the machine abstained"),
        column("sentiment_position", "int", "order of the sentiments"),
        column("n", "int", "number of fragments"),
        column("share", "float", "of the fragments under this hat"),
        column("mean_score", "float", "mean signed sentiment, in [-1, 1]", nullable=True),
    ),
    table(
        "hat_conflicts", "a remark that contradicts its hat", ["fragment_id", "scheme"],
        ["hat", "scheme", "fragment_id"],
        FRAGMENT,
        column("hat", "string", "the hat", allowed=Hat),
        column("hat_source", "string", "given or predicted", allowed=StanceSource),
        column("scheme", "string", "sentiment or polarity", allowed=(Scheme.SENTIMENT, Scheme.POLARITY)),
        column("value", "string", "the value that contradicts"),
        column("margin", "float", "how clear it is", nullable=True),
    ),
)  # fmt: skip
