"""Tables of what the machine finds without a codebook."""

from pipeline.core.schemas.forms import FRAGMENT, column, table
from pipeline.core.vocabulary import Drift, Scheme

LEVELS = (Scheme.THEME, Scheme.SUBTHEME)

TABLES = (
    table(
        "topics", "a topic", ["topic_id"], ["position"],
        column("topic_id", "string", "its id in codings, stable over runs"),
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
        column("strategy", "string", "clustered, standing, joined:<how>, reassigned:<how>, or left an outlier"),
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
        column("level", "string", "theme: topics", allowed=LEVELS),
        column("k", "int", "how many"),
        column("score", "float", "modularity: share of the ties between neighbours inside topics, less chance"),
        column("least", "float", "the score below which the fragments form no topics, whatever their number"),
        column("n", "int", "fragments it was tried on: all, or 800 taken evenly"),
        column("chosen", "bool", "whether this is the number of the analysis"),
    ),
    table(
        "proposed_topics", "a topic of the refit that is proposed", ["topic_id"], ["position"],
        column("topic_id", "string", "the id it would have"),
        column("position", "int", "order by size, from 0; topics that would be gone come last"),
        column("state", "string", "what would become of it", allowed=Drift),
        column("label", "string", "its first keywords; its label now where it would be gone"),
        column("keywords", "strings", "words that would describe it"),
        column("previous_size", "int", "number of fragments now"),
        column("size", "int", "number of fragments it would have"),
        column("fragments_in", "int", "fragments that would come to it"),
        column("fragments_out", "int", "fragments that would leave it"),
        column("representative_fragment_ids", "strings", "fragments that would show it best"),
    ),
)  # fmt: skip
