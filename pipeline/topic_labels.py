"""Words that describe topics: content lemmas in, ranked words through, the commonest written form out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

MOST_FRAGMENTS = 0.2
MIN_FRAGMENTS_FOR_LIMIT = 15
LEAST_INSIDE = 2
LEAST_SHARE_INSIDE = 0.1
LEAST_LIFT = 1.5
LABEL_WORDS = 4
WORDLESS_LABEL = "zonder trefwoorden"
OUTLIER_LABEL = "uitschieters"


@dataclass(frozen=True, slots=True)
class Words:
    """The content words of n fragments.

    Attributes:
        documents: per fragment its content lemmas, apart by a space, in the order of the text.
        written: lemma to its commonest written form.
    """

    documents: tuple[str, ...]
    written: Mapping[str, str]


def gather_words(tokens: pd.DataFrame, fragment_ids: Sequence[str]) -> Words:
    """Collect the content words of fragments, in the order that is given.

    Args:
        tokens: table ``tokens``.
        fragment_ids: n ids.

    Returns:
        n documents (empty where a fragment has no content word) and the written forms.
    """
    content = tokens.loc[tokens["is_content"], ["fragment_id", "i", "text", "lemma"]].sort_values(["fragment_id", "i"])
    lemmas = content.groupby("fragment_id", sort=False)["lemma"].agg(" ".join).to_dict()
    counts: dict[str, Counter[str]] = {}
    for text, lemma in zip(content["text"], content["lemma"], strict=True):
        counts.setdefault(lemma, Counter())[_plain(text)] += 1
    written = {lemma: min((-n, form) for form, n in forms.items())[1] for lemma, forms in counts.items()}
    return Words(tuple(lemmas.get(fragment_id, "") for fragment_id in fragment_ids), written)


def _plain(text: str) -> str:
    """Lower-case a word, but not an acronym: ``OCMW`` stays, ``Ouders`` at the start of a sentence does not."""
    return text if sum(letter.isupper() for letter in text) > 1 else text.lower()


def choose_keywords(
    ranked: Mapping[int, Sequence[str]], labels: Sequence[int], words: Words, n_keywords: int
) -> dict[int, list[str]]:
    """Pick the words that describe each topic.

    Left out are words that stand in more than 20 % of all fragments (where there are at least 15): they tell topics
    apart poorly. Words come after all others when they stand in few fragments of the topic (fewer than two, or than
    a tenth: one remark is no topic) or are hardly more at home there than elsewhere (share of fragments less than
    one and a half times the share overall).

    Args:
        ranked: topic to its lemmas, best first.
        labels: n topics, one per fragment.
        words: the words of the n fragments.
        n_keywords: the most words per topic.

    Returns:
        Topic to written words, best first.
    """
    sets = [frozenset(document.split()) for document in words.documents]
    overall = Counter(lemma for lemmas in sets for lemma in lemmas)
    limit = MOST_FRAGMENTS * len(sets) if len(sets) >= MIN_FRAGMENTS_FOR_LIMIT else len(sets)
    chosen = {}
    for topic, lemmas in ranked.items():
        inside = Counter(lemma for label, found in zip(labels, sets, strict=True) if label == topic for lemma in found)
        usable = [lemma for lemma in lemmas if inside[lemma] and overall[lemma] <= limit]
        size = sum(label == topic for label in labels)
        least = max(LEAST_INSIDE, LEAST_SHARE_INSIDE * size)
        lift = {lemma: inside[lemma] / size / (overall[lemma] / len(sets)) for lemma in usable}
        firm = {lemma for lemma in usable if inside[lemma] >= least and lift[lemma] >= LEAST_LIFT}
        ordered = [lemma for lemma in usable if lemma in firm] + [lemma for lemma in usable if lemma not in firm]
        chosen[topic] = [words.written[lemma] for lemma in ordered[:n_keywords]]
    return chosen


def make_label(keywords: Sequence[str]) -> str:
    """Name a topic by its first keywords.

    >>> make_label(["huiswerk", "school", "tolk", "taal", "brug"])
    'huiswerk, school, tolk, taal'
    >>> make_label([])
    'zonder trefwoorden'
    """
    return ", ".join(keywords[:LABEL_WORDS]) or WORDLESS_LABEL
