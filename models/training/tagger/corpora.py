"""From treebank to spaCy documents: text is restored from tokens, sentences are grouped so that ends can be learnt."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from spacy.language import Language
from spacy.tokens import Doc, DocBin

from models.training.tagger.sources import Word

OPENING = frozenset("( [ { « “ ‘ ,, ``".split())  # noqa: SIM905
CLOSING = frozenset(", . ; : ? ! ) ] } » ” ’ % '' ... …".split())  # noqa: SIM905
STRAIGHT_QUOTES = frozenset({'"', "'"})

# Notes have fragments of one line as well as paragraphs.
GROUP_SIZES = (1, 1, 2, 3, 5, 8, 12)
EVALUATION_GROUP = 10


def spaces_after(forms: Sequence[str]) -> list[bool]:
    """Say after which tokens a space stands; the treebank files do not tell.

    >>> spaces_after(["Ze", "zei", ":", '"', "Ja", "(", "echt", ")", "!", '"'])
    [True, False, True, False, True, False, False, False, False, True]
    """
    spaces = []
    open_quotes: set[str] = set()
    for form, following in zip(forms, [*forms[1:], ""], strict=True):
        opens = form in STRAIGHT_QUOTES and form not in open_quotes
        if form in STRAIGHT_QUOTES:
            open_quotes ^= {form}
        closes_next = following in CLOSING or (following in STRAIGHT_QUOTES and following in open_quotes)
        spaces.append(not (form in OPENING or opens or closes_next))
    return spaces


def make_doc(nlp: Language, sentences: Sequence[Sequence[Word]]) -> Doc:
    """Make one document with gold tokens, tags, features, lemmas and sentence starts."""
    words = [word for sentence in sentences for word in sentence]
    spaces = [space for sentence in sentences for space in spaces_after([word.form for word in sentence])]
    starts: list[bool | int | None] = [place == 0 for sentence in sentences for place in range(len(sentence))]
    doc = Doc(
        nlp.vocab,
        words=[word.form for word in words],
        spaces=spaces,
        tags=[word.xpos for word in words],
        pos=[word.upos for word in words],
        morphs=["" if word.feats == "_" else word.feats for word in words],
        lemmas=[word.lemma for word in words],
        sent_starts=starts,
    )
    _leave_open(doc)
    return doc


def _leave_open(doc: Doc) -> None:
    """Mark the features of tokens without part of speech as unknown; spaCy takes an empty string for "has none"."""
    values = doc.to_array(["POS", "MORPH"])
    if not values[:, 0].all():
        values[values[:, 0] == 0, 1] = 0
        doc.from_array(["POS", "MORPH"], cast(Any, values))


def group(sentences: Sequence[list[Word]], size: int = EVALUATION_GROUP) -> Iterator[list[list[Word]]]:
    """Cut a treebank in documents of ``size`` sentences, in its order."""
    for start in range(0, len(sentences), size):
        yield list(sentences[start : start + size])


def group_mixed(sentences: Sequence[list[Word]], seed: int) -> Iterator[list[list[Word]]]:
    """Cut a treebank in documents of one to twelve sentences, in its order."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    start = 0
    while start < len(sentences):
        size = draw.choice(GROUP_SIZES)
        yield list(sentences[start : start + size])
        start += size


def to_bin(docs: Iterable[Doc]) -> DocBin:
    """Pack documents in spaCy's training format."""
    return DocBin(docs=docs, store_user_data=False)
