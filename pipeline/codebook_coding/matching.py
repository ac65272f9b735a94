"""How well each fragment fits each code, by what the codebook says of the code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.codebook_coding.codes import Codes
from pipeline.codebook_coding.refinement import pool, refine
from pipeline.codebook_coding.space import Space, compare
from pipeline.codebook_coding.terms import Floats
from pipeline.vocabulary import Scheme

POOLING_TEMPERATURE = 0.1
OWN_WEIGHT = 0.5
"""Of what is said of a theme itself, beside its sub-themes: a short name says little."""
REFINEMENT = 1.0
HUBNESS = 0.5
"""Share of its mean that a code loses: one that resembles everything a little says little (compare CSLS: Conneau et
al. 2018, Word translation without parallel data, ICLR, equation 3)."""
FROM_ABOVE = 0.15
"""Weight of the theme in the score of its sub-themes."""

Encode = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well n fragments fit the k codes of one scheme.

    Attributes:
        codes: the codes.
        lexical: (n, k) in words.
        semantic: (n, k) in meaning.
        score: (n, k) together, with what the codes learned from fragments, and for a theme its sub-themes.
    """

    codes: Codes
    lexical: Floats
    semantic: Floats
    score: Floats


def match(
    space: Space, codes: Mapping[Scheme, Codes], encode: Encode, *, refinement: float = REFINEMENT
) -> dict[Scheme, Fit]:
    """Match fragments with codes.

    A code scores the mean likeness to its name, its definition and its examples. To that of a theme comes what its
    sub-themes score, and to that of a sub-theme a part of what its theme scores.

    Args:
        space: n fragments.
        codes: scheme to codes.
        encode: gives (q, d) vectors of texts.
        refinement: weight of what codes learn from the fragments that resemble them; 0 for nothing.

    Returns:
        Scheme to fit.
    """
    texts = sorted({phrase.text for found in codes.values() for phrase in found.phrases})
    vectors = encode(texts)
    row = {text: i for i, text in enumerate(texts)}
    raw = {}
    for scheme, found in codes.items():
        own = [row[phrase.text] for phrase in found.phrases]
        likeness = (
            compare(space, [texts[i] for i in own], vectors[own]) if own else (np.zeros((len(space.ids), 0)),) * 2
        )
        raw[scheme] = (_mean_by_code(likeness[0], found), _mean_by_code(likeness[1], found))
    scores = {scheme: _damp(lexical + semantic) for scheme, (lexical, semantic) in raw.items()}
    themes, below = codes.get(Scheme.THEME), codes.get(Scheme.SUBTHEME)
    if themes is not None and below is not None:
        place = {name: i for i, name in enumerate(themes.names)}
        owners = np.array([-1 if parent is None else place[parent] for parent in below.parents])
        alone = scores[Scheme.THEME]
        pooled = pool(scores[Scheme.SUBTHEME], owners.tolist(), len(themes.names), POOLING_TEMPERATURE)
        # A theme without sub-themes stands in for them itself.
        scores[Scheme.THEME] = OWN_WEIGHT * alone + np.where(np.isnan(pooled), alone, _damp(pooled))
    refined = {scheme: refine(space, score, strength=refinement) for scheme, score in scores.items()}
    if themes is not None and below is not None:
        above = np.where(owners >= 0, refined[Scheme.THEME][:, owners], 0.0)
        refined[Scheme.SUBTHEME] = refined[Scheme.SUBTHEME] + FROM_ABOVE * above
    return {
        scheme: Fit(codes=found, lexical=raw[scheme][0], semantic=raw[scheme][1], score=refined[scheme])
        for scheme, found in codes.items()
    }


def _damp(scores: Floats) -> Floats:
    damped: Floats = scores - HUBNESS * scores.mean(axis=0)
    return damped


def _mean_by_code(likeness: Floats, codes: Codes) -> Floats:
    owners = np.array([phrase.code for phrase in codes.phrases])
    columns = [likeness[:, owners == code] for code in range(len(codes.names))]
    # A code of which the codebook says nothing, not even a name with a letter in it, resembles nothing.
    return np.stack([own.mean(axis=1) if own.shape[1] else np.zeros(len(likeness)) for own in columns], axis=1)
