"""Judge hat, sentiment and polarity: the cue lexicon alone, or a classifier where enough fragments were coded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.config import StancesConfig
from pipeline.folds import choose_blocks, deal_blocks
from pipeline.outputs import Notice, Output
from pipeline.stances.by_hat import count_sentiments, find_conflicts
from pipeline.stances.classifier import cross_fit
from pipeline.stances.cues import Evidence
from pipeline.stances.labels import derive_hats, gather_labels
from pipeline.stances.lexicon import DIMENSIONS
from pipeline.stances.material import Material, gather_material
from pipeline.stances.scales import SCALES, Judgement, decide, sign_sentiment
from pipeline.tables import table_from_rows
from pipeline.vocabulary import Hat, Scheme, StanceSource

MAX_EVIDENCE = 6


@dataclass(frozen=True, kw_only=True)
class _Opinion:
    """Shares of the values of one scheme.

    Attributes:
        shares: (n, k), in [0, 1].
        folds: n fold numbers; -1 where only the lexicon spoke.
        notices: how it was formed.
    """

    shares: NDArray[np.float64]
    folds: NDArray[np.int64]
    notices: tuple[str, ...]


def judge(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    human_codings: pd.DataFrame,
    seen: pd.DataFrame,
    *,
    config: StancesConfig,
) -> Output:
    """Judge every used fragment on hat, sentiment and polarity.

    A hat written in the source is kept, at rank 1; what the machine heard in the words then stands at rank 2. A hat
    derived from the structure of a report stands at rank 2, as such. All else is predicted from the fragment's own
    words and vector: by the cue
    lexicon, or by a classifier where at least ``min_coded`` fragments were coded by people (for hats: carry a given or
    coded hat). The classifier is cross-fitted over whole blocks: sessions where there are as many as folds, else
    statements. Where the training fragments of a fold lack a code, the lexicon speaks for that code.

    Args:
        fragments: the table of that name.
        tokens: the table of that name.
        embeddings: the table of that name.
        human_codings: the table of that name; see ``gather_labels`` for how several coders become one label.
        seen: the table of that name.
        config: margins, minimum number of coded fragments, folds and seed.

    Returns:
        Tables ``stances`` (at least one row per used fragment and scheme), ``hat_sentiments``, ``hat_conflicts``.

    Raises:
        TableError: a used fragment has no vector.
    """
    material = gather_material(fragments, tokens, embeddings)
    rows: list[dict[str, Any]] = []
    messages: list[str] = []
    signed: dict[str, float] = {}
    derived = derive_hats(human_codings)
    for scheme in SCALES if material.ids else ():
        opinion = _form_opinion(material, _labels(material, human_codings, seen, scheme), scheme, config)
        messages += opinion.notices
        for i in range(len(material.ids)):
            rows += _rows(material, i, opinion, scheme, derived, config)
            if scheme is Scheme.SENTIMENT:
                signed[material.ids[i]] = sign_sentiment(opinion.shares[i])
    stances = table_from_rows(rows, "stances")
    tables = {
        "stances": stances,
        "hat_sentiments": count_sentiments(stances, signed),
        "hat_conflicts": find_conflicts(stances),
    }
    return Output(tables=tables, notices=tuple(Notice("stances", message) for message in messages))


def _labels(
    material: Material, human_codings: pd.DataFrame, seen: pd.DataFrame, scheme: Scheme
) -> Mapping[str, frozenset[str]]:
    labels = gather_labels(human_codings, seen, scheme)
    if scheme is Scheme.HAT:
        given = zip(material.ids, material.hats_given, strict=True)
        labels |= {fragment: frozenset({hat}) for fragment, hat in given if hat is not None}
    return {fragment: labels[fragment] for fragment in material.ids if fragment in labels}


def _form_opinion(
    material: Material, labels: Mapping[str, frozenset[str]], scheme: Scheme, config: StancesConfig
) -> _Opinion:
    lexical = material.share(scheme)
    alone = np.full(len(material.ids), -1, dtype=np.int64)
    if len(labels) < config.min_coded:
        message = f"{scheme}: {len(labels)} coded fragments, fewer than {config.min_coded}: cue lexicon only"
        return _Opinion(shares=lexical, folds=alone, notices=(message,))
    blocks = choose_blocks(material.sessions, material.statements, n_folds=config.folds)
    folds = deal_blocks(blocks, n_folds=config.folds, seed=config.seed)
    learned = cross_fit(
        material.features,
        np.array([[value in labels.get(fragment, ()) for value in SCALES[scheme]] for fragment in material.ids]),
        np.array([fragment in labels for fragment in material.ids]),
        blocks=blocks,
        folds=folds,
        seed=config.seed,
    )
    taught = ~np.isnan(learned).all(axis=1)
    return _Opinion(
        shares=_join(learned, lexical, exclusive=scheme is not Scheme.POLARITY),
        folds=np.where(taught, folds, -1),
        notices=tuple(_explain(learned, folds, len(labels), scheme)),
    )


def _join(learned: NDArray[np.float64], lexical: NDArray[np.float64], *, exclusive: bool) -> NDArray[np.float64]:
    """Let the lexicon speak for what was not learned; where values exclude each other, make them sum to 1."""
    unlearned = np.isnan(learned)
    if not exclusive:
        return np.where(unlearned, lexical, learned)
    known = np.where(unlearned, 0.0, learned)
    total = known.sum(axis=1, keepdims=True)
    left = 1 - np.where(unlearned, lexical, 0.0).sum(axis=1, keepdims=True)
    scaled = np.divide(known * left, total, out=np.zeros_like(known), where=total > 0)
    return np.where(unlearned, lexical, scaled)


def _explain(learned: NDArray[np.float64], folds: NDArray[np.int64], n_coded: int, scheme: Scheme) -> Iterator[str]:
    numbers = np.unique(folds)
    lacking = [
        sum(bool(np.isnan(learned[folds == fold, k]).all()) for fold in numbers) for k in range(learned.shape[1])
    ]
    if min(lacking) < len(numbers):
        yield f"{scheme}: learned from {n_coded} coded fragments, cross-fitted in {len(numbers)} folds of whole blocks"
    for value, n in zip(SCALES[scheme], lacking, strict=True):
        if n:
            yield f"{scheme}: too few examples to learn '{value}' in {n} of {len(numbers)} folds: cue lexicon there"


def _rows(
    material: Material, i: int, opinion: _Opinion, scheme: Scheme, derived: Mapping[str, Hat], config: StancesConfig
) -> Iterator[dict[str, Any]]:
    fragment = material.ids[i]
    base = {"fragment_id": fragment, "scheme": scheme}
    given = material.hats_given[i] if scheme is Scheme.HAT else None
    if given is not None:
        yield base | _unjudged(given, StanceSource.GIVEN, rank=1)
    fold = int(opinion.folds[i])
    evidence = material.findings[i].evidence[scheme]
    first = 1 if given is None else 2
    for rank, judgement in enumerate(decide(opinion.shares[i], scheme, min_margin=config.min_margin), start=first):
        yield base | {
            "rank": rank,
            "value": judgement.value,
            "score": judgement.score,
            "margin": judgement.margin,
            "source": StanceSource.PREDICTED,
            "abstained": judgement.value is None,
            "fold": fold if fold >= 0 else None,
            "evidence": _show(evidence, judgement, scheme),
        }
    if scheme is Scheme.HAT and given is None and fragment in derived:
        yield base | _unjudged(derived[fragment], StanceSource.DERIVED, rank=2)


def _unjudged(hat: str, source: StanceSource, *, rank: int) -> dict[str, Any]:
    return {
        "rank": rank, "value": hat, "source": source, "abstained": False, "evidence": [],
        "score": None, "margin": None, "fold": None,
    }  # fmt: skip


def _show(evidence: Sequence[Evidence], judgement: Judgement, scheme: Scheme) -> list[str]:
    """Name the cues that speak for the value, the strongest first; all cues of the scheme where no side was taken."""
    sided = judgement.value in DIMENSIONS[scheme]
    speaking = [item for item in evidence if item.value == judgement.value] if sided else evidence
    shown = sorted(speaking, key=lambda item: (-item.weight, item.start))
    return list(dict.fromkeys(item.words for item in shown))[:MAX_EVIDENCE]
