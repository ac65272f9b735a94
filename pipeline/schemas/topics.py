"""Tables of what the machine finds without a codebook."""

from pipeline.schemas.forms import FRAGMENT, column, table

TABLES = (
    table(
        "topics", "a topic", ["topic_id"], ["position"],
        column("topic_id", "string", "its id in codings"),
        column("position", "int", "order by size, from 0; the outlier row comes last"),
        column("label", "string", "its first keywords"),
        column("keywords", "strings", "words that set it apart, best first"),
        column("size", "int", "number of fragments assigned"),
        column("representative_fragment_ids", "strings", "fragments that show it best, best first"),
    ),
    table(
        "topic_assignments", "the topic of a fragment", ["fragment_id"], ["fragment_id"],
        FRAGMENT,
        column("topic_id", "string", "the topic it is assigned to"),
        column("original", "string", "the topic before outliers were reassigned"),
        column("strategy", "string", "how it was assigned: clustered, reassigned:<how>, or left an outlier"),
        column("score", "float", "cosine with the centre of its topic"),
        column("x", "float", "place on the map"),
        column("y", "float", "place on the map"),
    ),
)  # fmt: skip
