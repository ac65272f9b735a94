"""Tables of what the machine finds without a codebook."""

from pipeline.core.schemas.forms import FRAGMENT, column, table
from pipeline.core.vocabulary import Scheme

LEVELS = (Scheme.THEME, Scheme.SUBTHEME)

TABLES = (
    table(
        "topics", "a topic", ["topic_id"], ["position"],
        column("topic_id", "string", "its id in codings"),
        column("position", "int", "order by size, from 0; the outlier row comes last"),
        column("label", "string", "its first keywords"),
        column("keywords", "strings", "words and phrases that set it apart, best first"),
        column("size", "int", "number of fragments assigned"),
        column("representative_fragment_ids", "strings", "fragments that show it best, best first"),
    ),
    table(
        "topic_assignments", "the topic of a fragment", ["fragment_id"], ["fragment_id"],
        FRAGMENT,
        column("topic_id", "string", "the topic it is assigned to"),
        column("original", "string", "the topic before outliers were reassigned"),
        column("strategy", "string", "how it was assigned: clustered, reassigned:<how>, or left an outlier"),
        column("score", "float", "cosine with the centre of its topic, without what all fragments share"),
        column("x", "float", "place on the map"),
        column("y", "float", "place on the map"),
    ),
    table(
        "subtopics", "a part of a topic", ["subtopic_id"], ["position"],
        column("subtopic_id", "string", "its id in codings: that of its topic, a point and a number"),
        column("topic_id", "string", "the topic it is a part of"),
        column("position", "int", "order by topic and size, from 0; the outlier row comes last"),
        column("label", "string", "its first keywords"),
        column("keywords", "strings", "words and phrases that set it apart, best first"),
        column("size", "int", "number of fragments assigned"),
        column("representative_fragment_ids", "strings", "fragments that show it best, best first"),
    ),
    table(
        "topic_mentions", "a topic that a fragment touches", ["fragment_id", "scheme", "rank"],
        ["scheme", "fragment_id", "rank"],
        FRAGMENT,
        column("scheme", "string", "theme: topics; subtheme: subtopics", allowed=LEVELS),
        column("code", "string", "id of the topic or subtopic"),
        column("rank", "int", "1: assigned; more: other topics that are really near"),
        column("score", "float", "share of its nearest neighbours that lie in it, in [0, 1]"),
    ),
    table(
        "topic_numbers", "a number of topics that was tried", ["level", "k"], ["level", "k"],
        column("level", "string", "theme: topics, made of the chosen subtopics; subtheme: subtopics", allowed=LEVELS),
        column("k", "int", "how many"),
        column("stability", "float",
               "mean adjusted Rand index with refits on four fifths of the fragments"),
        column("permuted", "float", "the same on features whose columns were shuffled, mean: what chance gives"),
        column("permuted_low", "float", "2.5 % point of the shuffles"),
        column("permuted_high", "float", "97.5 % point of the shuffles"),
        column("gap", "float", "stability less what chance gives"),
        column("gap_error", "float", "standard error of the gap"),
        column("told", "float", "the gap as a share of what chance leaves, times ln k: what comes back, in nats"),
        column("bootstrap_ari", "float", "mean adjusted Rand index with refits on bootstrap draws"),
        column("bootstrap_ami", "float", "mean adjusted mutual information with the same"),
        column("coverage", "float", "share of fragments that are firm: back in their topic in 75 % of refits"),
        column("firm_ari", "float", "adjusted Rand index among firm fragments, in refits that did not say who is firm"),
        column("n", "int", "fragments that were fitted: all, or 300 taken evenly"),
        column("chosen", "bool", "whether this is the number of the analysis"),
    ),
)  # fmt: skip
