"""The profile of each theme: who carries it, under which hats, how it leans, how it came up, its sub-themes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pipeline.questions.carriers import describe_carriers
from pipeline.questions.ground import Ground, Ints, Themes, themes_of
from pipeline.questions.prompting import PROMPTINGS, count_media, find_medium, find_prompting
from pipeline.questions.values import Values, hats_of, polarities_of, sentiments_of
from pipeline.vocabulary import (
    BOTH_POLARITIES,
    NEUTRAL_POLARITY,
    UNKNOWN,
    Hat,
    Kind,
    Polarity,
    Scheme,
    Sentiment,
)

Row = dict[str, Any]
ORDERS: Mapping[str, tuple[str, ...]] = {
    "hat": (*(str(hat) for hat in Hat), UNKNOWN),
    "polarity": (str(Polarity.KANS), BOTH_POLARITIES, NEUTRAL_POLARITY, str(Polarity.KNELPUNT), UNKNOWN),
    "sentiment": (*(str(tone) for tone in Sentiment), UNKNOWN),
    "prompting": PROMPTINGS,
    "medium": (str(Kind.NOTE), str(Kind.TURN), UNKNOWN),
}


def profile_themes(
    ground: Ground, themes: Themes, *, narrow_share: float, min_fragments: int, draws: int, rng: np.random.Generator
) -> Iterator[Row]:
    """Describe who carries each theme of a coder.

    Yields:
        Rows of ``theme_profiles``.
    """
    for place, code, rows in themes.walk():
        carriers = describe_carriers(
            ground, rows, themes.looked, narrow_share=narrow_share, min_fragments=min_fragments, draws=draws, rng=rng
        )
        yield {
            "coder": themes.coder, "theme": code, "position": place, "n_fragments": len(rows),
            "n_seen": int(themes.looked.sum()), **carriers, **count_media(ground, rows),
        }  # fmt: skip


def count_values(ground: Ground, themes: Themes) -> Iterator[Row]:
    """Count hat, polarity, sentiment, prompting and medium within each theme of a coder.

    Yields:
        Rows of ``theme_counts``; those of one aspect add up to the fragments of the theme.
    """
    aspects: Mapping[str, Values] = {
        "hat": hats_of(ground, themes.coder),
        "polarity": polarities_of(ground, themes.coder),
        "sentiment": sentiments_of(ground, themes.coder),
        "prompting": find_prompting(ground),
        "medium": find_medium(ground),
    }
    for _, code, rows in themes.walk():
        for aspect, values in aspects.items():
            counts = Counter(zip(values.value[rows], values.source[rows], strict=True))
            for (value, source), n in counts.items():
                yield {
                    "coder": themes.coder, "theme": code, "aspect": aspect, "value": value, "source": source,
                    "position": _rank(ORDERS[aspect], value), "n": n,
                }  # fmt: skip


def count_subthemes(ground: Ground, themes: Themes) -> Iterator[Row]:
    """Count the sub-themes of the same coder within each theme.

    On a fragment with two themes, a sub-theme counts with the theme that the codebook puts it under; one that stands
    nowhere in the codebook counts with both.

    Yields:
        Rows of ``theme_subthemes``, the commonest first.
    """
    below = themes_of(ground, themes.coder, Scheme.SUBTHEME)
    roots = _roots(ground)
    for _, code, rows in themes.walk():
        counts = below.member[rows].sum(axis=0)
        found = [
            (int(n), subtheme)
            for n, subtheme in zip(counts, below.codes, strict=True)
            if n and roots.get(subtheme, code) == code
        ]
        for position, (n, subtheme) in enumerate(sorted(found, key=lambda item: (-item[0], item[1]))):
            yield {"coder": themes.coder, "theme": code, "subtheme": subtheme, "position": position, "n": n}


def _rank(order: tuple[str, ...], value: str) -> int:
    # A coder may use a value of their own; it comes before what is unknown.
    return order.index(value) if value in order else len(order)


def _roots(ground: Ground) -> dict[str, str]:
    """Sub-theme to the theme above it in the codebook, through other sub-themes."""
    book = ground.codebook
    themes = set(book.loc[book["scheme"] == Scheme.THEME, "code"])
    below = book.loc[book["scheme"] == Scheme.SUBTHEME]
    parents = {
        code: parent for code, parent in zip(below["code"], below["parent"], strict=True) if isinstance(parent, str)
    }
    roots = {}
    for code in parents:
        above, passed = parents[code], {code}
        while above not in themes and above in parents and above not in passed:
            passed.add(above)
            above = parents[above]
        if above in themes:
            roots[code] = above
    return roots


def majority(values: Values, rows: Ints) -> str | None:
    """The polarity that most of these fragments name alone; None where neither leads."""
    kans, knelpunt = (int((values.value[rows] == str(polarity)).sum()) for polarity in Polarity)
    if kans == knelpunt:
        return None
    return str(Polarity.KANS if kans > knelpunt else Polarity.KNELPUNT)
