"""Tables of what people decided of the machine's topics, and of themes over runs."""

from pipeline.core.schemas.forms import FRAGMENT, POSITION, column, table
from pipeline.core.vocabulary import Action, Drift, Effect, Placement

_DECISION = column("decision_id", "string", "its id in decisions.yaml")
_WHO = column("who", "string", "who decided")
_WHEN = column("when", "string", "the day, as in 2026-11-23")
_THEME = column("theme_id", "string", "stable over runs; 'outlier' for what is no theme")
_PART = column("part", "int", "which of its parts, from 0")
_PART_THEME = column(
    "theme_id", "string", "the theme that it is; empty where later decisions took it up", nullable=True
)
_PART_FRAGMENTS = column("fragment_ids", "strings", "the fragments that were split off; none for a pinned theme")

TABLES = (
    table(
        "decisions", "one decision of a person", ["decision_id"], ["position"],
        _DECISION, POSITION,
        column("line", "int", "where it begins in decisions.yaml, from 1"),
        _WHO, _WHEN,
        column("action", "string", "what was decided", allowed=Action),
        column("name", "string", "the name a person gave", nullable=True),
        column("into", "int", "number of parts of a split", nullable=True),
        column("fragments", "strings", "the fragments that it moves, splits off or pins"),
        column("undoes", "string", "the decision that it takes back", nullable=True),
        column("note", "string", "why, in the words of who decided", nullable=True),
    ),
    table(
        "decision_themes", "a theme that a decision speaks of", ["decision_id", "rank"], ["decision_id", "rank"],
        _DECISION,
        column("rank", "int", "1 is the theme that stays in a merge"),
        column("theme_id", "string", "its id at the time"),
        column("label", "string", "its label at the time", nullable=True),
        column("anchors", "strings", "fragments that showed it best at the time"),
    ),
    table(
        "previous_themes", "a theme of the previous generation", ["theme_id"], ["theme_id"],
        _THEME,
        column("label", "string", "its label then"),
        column("fragment_ids", "strings", "its fragments then; for 'outlier' those outside all themes"),
        column("centroid", "vector", "mean of their vectors then, to unit length; empty for 'outlier'"),
        column("issued", "int", "the highest number that any theme has had so far"),
    ),
    table(
        "standing_topics", "a topic of the previous generation, before decisions", ["topic_id"], ["topic_id"],
        column("topic_id", "string", "stable over runs; 'outlier' for what is no topic"),
        column("label", "string", "its label then"),
        column("fragment_ids", "strings", "its fragments then; for 'outlier' those outside all topics"),
        column("centroid", "vector", "mean of their vectors then, to unit length; empty for 'outlier'"),
        column("issued", "int", "the highest number that any theme has had so far"),
        column("decided", "bool", "whether people decided of it: a refit keeps it whole"),
        column("stands", "bool", "whether the settings of the division are those of then"),
    ),
    table(
        "standing_parts", "a part that a decision made in the previous generation", ["decision_id", "part"],
        ["decision_id", "part"],
        _DECISION, _PART, _PART_THEME, _PART_FRAGMENTS,
    ),
    table(
        "theme_parts", "a part that a decision made", ["decision_id", "part"], ["decision_id", "part"],
        _DECISION, _PART, _PART_THEME, _PART_FRAGMENTS,
    ),
    table(
        "themes", "a theme, after what people decided", ["theme_id"], ["position"],
        _THEME,
        column("position", "int", "order by size, from 0; the outlier row comes last"),
        column("topics", "strings", "the topics that its fragments come from, most first"),
        column("label", "string", "the name a person gave, else its first keywords"),
        column("named", "bool", "whether a person gave the name"),
        column("keywords", "strings", "words that set it apart, best first"),
        column("size", "int", "number of fragments"),
        column("representative_fragment_ids", "strings", "fragments that show it best, best first"),
        column("pinned", "bool", "whether a person pinned it"),
        column("decision_ids", "strings", "the decisions that made it what it is"),
    ),
    table(
        "theme_assignments", "the theme of a fragment", ["fragment_id"], ["fragment_id"],
        FRAGMENT,
        column("theme_id", "string", "its theme, 'outlier', or empty when people dropped it", nullable=True),
        column("topic_id", "string", "its topic, without people"),
        column("how", "string", "by its topic, or by a decision", allowed=Placement),
        column("score", "float", "cosine with the centre of its theme", nullable=True),
    ),
    table(
        "decisions_applied", "what a decision did", ["decision_id"], ["position"],
        _DECISION, POSITION, _WHO, _WHEN,
        column("action", "string", "what was decided", allowed=Action),
        column("outcome", "string", "what became of it", allowed=Effect),
        column("n_fragments", "int", "number of fragments that it touched"),
        column("theme_ids", "strings", "the themes that came of it, as they are called now"),
        column("reason", "string", "why not, or how its theme was found", nullable=True),
    ),
    table(
        "theme_drift", "a theme beside the previous generation", ["theme_id"], ["position"],
        column("theme_id", "string", "stable over runs"), POSITION,
        column("state", "string", "what became of it", allowed=Drift),
        column("previous_size", "int", "number of fragments then"),
        column("size", "int", "number of fragments now"),
        column("new_fragments", "int", "fragments that the material did not hold then"),
        column("fragments_in", "int", "fragments that stood elsewhere then"),
        column("fragments_out", "int", "fragments that stand elsewhere now"),
        column("gone_fragments", "int", "fragments that the material does not hold any more"),
        column("overlap", "float", "shared part of the fragments that both generations know", nullable=True),
        column("cosine", "float", "between its centre then and now", nullable=True),
        column("label_before", "string", "its label then", nullable=True),
        column("label", "string", "its label now", nullable=True),
    ),
)  # fmt: skip
