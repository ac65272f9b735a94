"""Words for themes that a decision changed; a theme that is a topic as it was found keeps the topic's words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.topic_labels import choose_keywords, gather_words

NO_THEME = -1


def describe(
    tokens: pd.DataFrame, members: Mapping[int, Sequence[str]], used: Sequence[str], *, n_keywords: int
) -> dict[int, list[str]]:
    """Rank and choose the words of themes, as those of topics are chosen.

    Args:
        tokens: table ``tokens``.
        members: theme number, from 0, to its fragments.
        used: all n fragments, sorted; those in no theme count for what is common.
        n_keywords: the most words per theme.

    Returns:
        Theme number to written words, best first.
    """
    of_fragment = {fragment_id: theme for theme, found in members.items() for fragment_id in found}
    labels = [of_fragment.get(fragment_id, NO_THEME) for fragment_id in used]
    words = gather_words(tokens, used)
    ranked = rank_lemmas(words.documents, labels)
    return choose_keywords(ranked, labels, words, n_keywords)


def rank_lemmas(documents: Sequence[str], labels: Sequence[int]) -> dict[int, list[str]]:
    """Rank the lemmas of each group by class-based TF-IDF, best first; of equal ones in order of the alphabet.

    A lemma weighs its share of the words of the group, times log(1 + A / f): A the mean number of words of a group,
    f how often the lemma stands in all groups.
    Source: Grootendorst (2022), BERTopic, section 3.3 (arXiv 2203.05794).

    Args:
        documents: n fragments as lemmas apart by spaces.
        labels: n groups; a negative one is none.

    >>> rank_lemmas(["bus bus halte", "tolk halte"], [0, 1])
    {0: ['bus', 'halte'], 1: ['tolk', 'halte']}
    """
    counts: dict[int, dict[str, int]] = {label: {} for label in sorted(set(labels)) if label >= 0}
    for document, label in zip(documents, labels, strict=True):
        if label >= 0:
            for lemma in document.split():
                counts[label][lemma] = counts[label].get(lemma, 0) + 1
    total: dict[str, int] = {}
    for found in counts.values():
        for lemma, n in found.items():
            total[lemma] = total.get(lemma, 0) + n
    mean = sum(total.values()) / max(len(counts), 1)
    ranked = {}
    for label, found in counts.items():
        size = sum(found.values())
        weights = {lemma: n / size * float(np.log1p(mean / total[lemma])) for lemma, n in found.items()}
        ranked[label] = [lemma for _, lemma in sorted((-round(weight, 12), lemma) for lemma, weight in weights.items())]
    return ranked
