"""Tables of the unit of analysis: fragments, their tokens and vectors, and the notices."""

from pipeline.core.schemas.forms import FRAGMENT, PLACE, SESSION, SPAN, column, table
from pipeline.core.vocabulary import Aspect, Hat, Kind, Role, Status

TABLES = (
    table(
        "fragments", "a unit of analysis", ["fragment_id"], ["session", "source_id", "char_start", "fragment_id"],
        FRAGMENT,
        column("utterance_id", "string", "the utterance it is (a part of)"),
        column("source_id", "string", "the file"),
        SESSION,
        column("line", "int", "first line in the text of the file, from 1"),
        PLACE,
        *SPAN,
        column("text", "string", "normalised text"),
        column("n_words", "int", "length in words"),
        column("kind", "string", "what it is", allowed=Kind),
        column("status", "string", "what becomes of it", allowed=Status),
        column("reason", "string", "why it is not used", nullable=True),
        column("speaker", "string", "who said it", nullable=True),
        column("role", "string", "role of who said it", nullable=True, allowed=Role),
        column("hat_given", "string", "the hat written above it", nullable=True, allowed=Hat),
        column("section", "string", "part of the session", nullable=True),
        column("heading_path", "strings", "headings above it; shown, never a feature"),
        column("block", "string", "for resampling; never a feature"),
        column("repeats", "int", "fragments that bear this text; empty where it stands once", nullable=True),
    ),
    table(
        "understanding", "one count of what was understood of notes and codings", ["subject", "aspect"], ["position"],
        column("position", "int", "order of printing"),
        column("subject", "string", "a file; empty: all files together"),
        column("aspect", "string", "what is counted: remarks, speakers, hats, roles, procedure, repeats, codings",
               allowed=Aspect),
        column("n", "int", "how many have it, or are it"),
        column("of", "int", "of how many"),
        column("files", "int", "of all files together: in how many of them most have it", nullable=True),
        column("rank", "int", "1, 2, 3: to mend this one would improve the reading most", nullable=True),
    ),
    table(
        "tokens", "a token", ["fragment_id", "i"], ["fragment_id", "i"],
        FRAGMENT,
        column("i", "int", "position in the fragment, from 0"),
        column("sentence", "int", "sentence in the fragment, from 0"),
        column("text", "string", "as written"),
        column("lemma", "string", "dictionary form, lower case"),
        column("pos", "string", "universal part of speech", nullable=True),
        column("is_stop", "bool", "a Dutch function word or a filler"),
        column("is_content", "bool", "counts for labels of topics"),
    ),
    table(
        "embeddings", "a vector", ["fragment_id"], ["fragment_id"],
        FRAGMENT, column("vector", "vector", "unit length"),
    ),
    table(
        "notices", "something a user should know", ["stage", "i"], ["position", "i"],
        column("position", "int", "order of the stage"),
        column("stage", "string", "who says it"),
        column("i", "int", "running number"),
        column("where", "string", "file and line, or table"),
        column("message", "string", "without text of a participant"),
    ),
)  # fmt: skip
