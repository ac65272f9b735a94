"""Stage ``guide``: the codebook steers, and no coded fragment is used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.codebook.space import (
    TEMPERATURE,
    Codes,
    FragmentFeatures,
    compare,
    find_examples,
    find_weaknesses,
    make_space,
    pool,
    read_codes,
    refine,
    share_out,
)
from pipeline.analysis.embeddings import Encoder
from pipeline.core.config import GuidedConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.views import Floats, labels_are_headings
from pipeline.core.vocabulary import Scheme

POOLING_TEMPERATURE = 0.1
OWN_WEIGHT = 0.5
"""Of what is said of a theme itself, beside its sub-themes: a short name says little."""
REFINEMENT = 1.0
HUBNESS = 0.5
"""Share of its mean that a code loses: one that resembles everything a little says little (compare CSLS: Conneau et
al. 2018, Word translation without parallel data, ICLR, equation 3)."""
FROM_ABOVE = 0.3
"""Weight of the theme in the score of its sub-themes. ``make bench-codebook`` tries this and the two above on half of
the example and on planted sentences, never on the real report: a setting is taken that is better on both."""

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
    space: FragmentFeatures, codes: Mapping[Scheme, Codes], encode: Encode, *, refinement: float = REFINEMENT
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
    # A code that the codebook does not describe, not even by a name with a letter in it, resembles nothing.
    return np.stack([own.mean(axis=1) if own.shape[1] else np.zeros(len(likeness)) for own in columns], axis=1)


TABLES = ("guided_codings", "codebook_scores", "beyond_codebook")
MOST_EVIDENCE = 5
PROBES = 3
SAME_VECTOR = 1e-3
BATCH = 64


def guide(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    codebook: pd.DataFrame,
    topic_assignments: pd.DataFrame,
    *,
    config: GuidedConfig,
    encoder: Encoder,
) -> Output:
    """Give every used fragment the themes and sub-themes of the codebook that it fits.

    A fragment is compared with the name, definition and examples of each code, in words and in meaning; it sees its
    own text alone. What fits no code half as well as most fragments fit theirs stays without one. A fragment that the
    codebook quotes as an example gets no code, since its code was shown.

    Args:
        fragments: the table of that name.
        tokens: the table of that name.
        embeddings: the table of that name.
        codebook: the table of that name; without themes and sub-themes all tables are empty.
        topic_assignments: the table of that name, for what fits no code.
        config: section ``guided``.
        encoder: the one that made the embeddings.

    Returns:
        Tables ``guided_codings``, ``codebook_scores`` (without the examples) and ``beyond_codebook``.

    Raises:
        TableError: a used fragment has no vector.
    """
    codes = read_codes(codebook)
    if not codes:
        notice = Notice("codebook", "there is no codebook with themes or sub-themes: nothing guides, nothing is coded")
        return Output({name: empty_table(name) for name in TABLES}, (notice,))
    space = make_space(fragments, tokens, embeddings)
    messages = [*find_weaknesses(codes, codebook), *_re_finding(fragments, codes, codebook)]
    if not space.ids:
        return Output({name: empty_table(name) for name in TABLES}, _notices(messages))
    fits = match(space, codes, lambda texts: _encode(texts, space, encoder), refinement=config.refinement)
    shown = find_examples(codebook, space.ids, space.texts)
    if shown:
        messages.append(f"{len(shown)} fragments are examples of the codebook: no machine codes them")
    likeness = np.max([(fit.lexical + fit.semantic).max(axis=1) for fit in fits.values()], axis=0)
    fitting = likeness >= config.min_likeness * np.median(likeness)
    coded = np.array([fragment not in shown for fragment in space.ids])
    beyond = list(_beyond(space, fits, likeness, np.flatnonzero(coded & ~fitting), topic_assignments))
    if beyond:
        messages.append(f"{len(beyond)} of {len(space.ids)} fragments fit no code: said, but not in the codebook")
    tables = {
        "guided_codings": table_from_rows(
            (
                row
                for fit in fits.values()
                for row in _rows(space, fit, np.flatnonzero(coded & fitting), config)
            ),
            "guided_codings",
        ),
        "codebook_scores": table_from_rows(
            (
                {"fragment_id": space.ids[i], "scheme": scheme, "scores": fit.score[i]}
                for scheme, fit in fits.items()
                for i in np.flatnonzero(coded)
            ),
            "codebook_scores",
        ),
        "beyond_codebook": table_from_rows(beyond, "beyond_codebook"),
    }  # fmt: skip
    return Output(tables, _notices(messages))


def _notices(messages: Sequence[str]) -> tuple[Notice, ...]:
    return tuple(Notice("guided", message) for message in messages)


def _encode(texts: Sequence[str], space: FragmentFeatures, encoder: Encoder) -> Floats:
    """Encode texts of the codebook as the fragments were; an encoder that learns from its texts reads all again."""
    probes = sorted(set(space.texts), key=lambda text: (len(text), text))[:PROBES]
    found = np.asarray(encoder.encode([*texts, *probes], batch_size=BATCH), dtype=np.float64)
    place = {text: i for i, text in reversed(list(enumerate(space.texts)))}
    known = space.vectors[[place[text] for text in probes]]
    if found.shape[1] == known.shape[1] and np.abs(found[len(texts) :] - known).max(initial=0.0) < SAME_VECTOR:
        return found[: len(texts)]
    together = [*texts, *sorted(set(space.texts))]
    again = np.asarray(encoder.encode(together, batch_size=BATCH), dtype=np.float64)
    # Its new axes are turned into those of the table by the least-squares map between both views of the fragments.
    row = {text: len(texts) + i for i, text in enumerate(sorted(set(space.texts)))}
    turned, *_ = np.linalg.lstsq(again[[row[text] for text in space.texts]], space.vectors, rcond=None)
    carried: Floats = again[: len(texts)] @ turned
    return carried


def _re_finding(fragments: pd.DataFrame, codes: Mapping[Scheme, Codes], codebook: pd.DataFrame) -> Iterator[str]:
    """Say so where the codes are headings of the very document: only the notice looks at headings."""
    if labels_are_headings(fragments, codebook, codes):
        yield (
            "the codes are headings of the document itself, written over these fragments: agreement with them is "
            "re-finding, not blind coding"
        )


def _rows(
    space: FragmentFeatures, fit: Fit, which: NDArray[np.int64], config: GuidedConfig
) -> Iterator[dict[str, Any]]:
    shares = share_out(fit.score, TEMPERATURE)
    asked = [
        space.terms.count([phrase.text for phrase in fit.codes.phrases if phrase.code == k])
        for k in range(len(fit.codes.names))
    ]
    for i in which:
        # Rounded, so that the last digit of another machine does not decide.
        best = np.argsort(-np.round(fit.score[i], 9), kind="stable")[: config.n_ranks]
        for rank, k in enumerate(best, start=1):
            yield {
                "fragment_id": space.ids[i],
                "scheme": fit.codes.scheme,
                "code": fit.codes.names[k],
                "rank": rank,
                "score": float(shares[i, k]),
                "lexical": float(fit.lexical[i, k]),
                "semantic": float(fit.semantic[i, k]),
                "assigned": bool(rank == 1 or shares[i, k] >= config.second_share * shares[i, best[0]]),
                "evidence": space.terms.share(i, asked[k], most=MOST_EVIDENCE),
            }


def _beyond(
    space: FragmentFeatures,
    fits: Mapping[Scheme, Fit],
    likeness: Floats,
    which: NDArray[np.int64],
    topics: pd.DataFrame,
) -> Iterator[dict[str, Any]]:
    topic_of = dict(zip(topics["fragment_id"], topics["topic_id"], strict=True))
    middle = float(np.median(likeness))
    for i in which:
        near = {scheme: fit.lexical[i] + fit.semantic[i] for scheme, fit in fits.items()}
        scheme = max(near, key=lambda each: float(near[each].max()))
        yield {
            "fragment_id": space.ids[i],
            "scheme": scheme,
            "nearest": fits[scheme].codes.names[int(near[scheme].argmax())],
            "likeness": float(likeness[i]) / middle,
            "topic_id": topic_of.get(space.ids[i]),
        }
