"""Words of every fragment: as written, dictionary form, part of speech, and whether they count for labels."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import pandas as pd

from pipeline.core.errors import Notice, Output, list_some
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import Identity, Status
from pipeline.text.languages import DUTCH, NAMES, tell_language

CONTENT_POS = frozenset({"NOUN", "PROPN", "VERB", "ADJ"})
MIN_CONTENT_CHARS = 3
PSEUDONYM_WORDS = frozenset(str(kind).capitalize() for kind in Identity)

_WORD = re.compile(r"[^\W\d_]+(?:[-'’‘][^\W\d_]+)*")


class TaggedToken(NamedTuple):
    """A token as a tagger sees it.

    Attributes:
        text: as written.
        lemma: dictionary form, lower case.
        pos: universal part of speech, or None where the tagger knows none.
        sentence: number of its sentence in the text, from 0.
        is_stop: a Dutch function word or a filler.
    """

    text: str
    lemma: str
    pos: str | None
    sentence: int
    is_stop: bool


class Tagger(Protocol):
    """A Dutch pipeline that reads the words of texts, each text on its own."""

    name: str
    fingerprint: str

    def tag(self, texts: Sequence[str]) -> Iterator[list[TaggedToken]]:
        """Tag texts, in their order; white space is no token."""
        ...


def tokenize(fragments: pd.DataFrame, *, tagger: Tagger) -> Output:
    """Read the words of the fragments that are used.

    Args:
        fragments: table ``fragments``; only status ``used`` is read.
        tagger: the Dutch pipeline.

    Returns:
        Table ``tokens``, and notices when fragments hold no word that counts for labels, or are not in Dutch.
    """
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id")
    rows: list[dict[str, Any]] = []
    wordless = 0
    for fragment_id, tagged in zip(used["fragment_id"], tagger.tag(list(used["text"])), strict=True):
        hidden = _pseudonyms(tagged)
        made = [_row(fragment_id, i, token, is_name=i in hidden) for i, token in enumerate(tagged)]
        wordless += not any(row["is_content"] for row in made)
        rows.extend(made)
    notices = []
    if wordless:
        message = f"{wordless} of {len(used)} fragments hold only function words; they add no word to a topic's label"
        notices.append(Notice("tokens", message))
    notices += _foreign(used)
    return Output({"tokens": table_from_rows(rows, "tokens")}, tuple(notices))


def _foreign(used: pd.DataFrame) -> list[Notice]:
    known = [
        (tell_language(text), fragment_id) for text, fragment_id in zip(used["text"], used["fragment_id"], strict=True)
    ]
    notices = []
    for language, name in NAMES.items():
        found = [fragment_id for spoken, fragment_id in known if spoken == language]
        if language != DUTCH and found:
            verb = "looks" if len(found) == 1 else "look"
            message = (
                f"{len(found)} of {len(used)} fragments {verb} {name} and not Dutch ({list_some(found)}); "
                "lemmas, vectors and stances of another language mean little"
            )
            notices.append(Notice("tokens", message))
    return notices


def _pseudonyms(tagged: Sequence[TaggedToken]) -> set[int]:
    """Find the words of pseudonyms such as *Persoon 3*: who was named makes no topic."""
    return {
        i
        for i, (word, number) in enumerate(pairwise(tagged))
        if word.text in PSEUDONYM_WORDS and number.text.isdecimal()
    }


def _row(fragment_id: str, i: int, token: TaggedToken, *, is_name: bool) -> dict[str, Any]:
    return {
        "fragment_id": fragment_id,
        "i": i,
        "sentence": token.sentence,
        "text": token.text,
        "lemma": token.lemma,
        "pos": token.pos,
        "is_stop": token.is_stop,
        "is_content": is_content(token) and not is_name,
    }


def is_content(token: TaggedToken) -> bool:
    """Say whether a token counts for labels of topics.

    It does when it is no stop word, consists of letters (hyphens and apostrophes inside allowed), has at least three
    characters, and is a noun, name, verb or adjective where the part of speech is known.

    >>> is_content(TaggedToken("huiswerkklas", "huiswerkklas", None, 0, False))
    True
    >>> is_content(TaggedToken("gisteren", "gisteren", "ADV", 0, False))
    False
    >>> is_content(TaggedToken("18u", "18u", None, 0, False))
    False
    """
    return (
        not token.is_stop
        and len(token.text) >= MIN_CONTENT_CHARS
        and _WORD.fullmatch(token.text) is not None
        and (token.pos is None or token.pos in CONTENT_POS)
    )
