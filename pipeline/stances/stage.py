"""Judge hat, sentiment and polarity of every used fragment, and say what the judgement rests on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.config import StancesConfig
from pipeline.outputs import Notice, Output
from pipeline.stances.by_hat import count_sentiments, find_conflicts
from pipeline.stances.concepts import Encoder, listen
from pipeline.stances.cues import Evidence
from pipeline.stances.labels import derive_hats, gather_labels
from pipeline.stances.lexicon import DIMENSIONS
from pipeline.stances.material import Material, gather_material
from pipeline.stances.opinions import Opinion, form_opinion
from pipeline.stances.scales import SCALES, Judgement, decide, sign_sentiment
from pipeline.stances.seeds import load_seeds
from pipeline.stances.valence import read_directions
from pipeline.tables import table_from_rows
from pipeline.vocabulary import Hat, Scheme, StanceSource

MAX_EVIDENCE = 6


def judge(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    human_codings: pd.DataFrame,
    seen: pd.DataFrame,
    *,
    config: StancesConfig,
    encoder: Encoder | None = None,
) -> Output:
    """Judge every used fragment on hat, sentiment and polarity.

    A hat written in the source is kept, at rank 1; what the machine heard in the words then stands at rank 2. A hat
    derived from the structure of a report stands at rank 2, as such. All else is predicted from the fragment's own
    words and vector: by what was held beforehand (cue lexicon, seed sentences, valence), or by a classifier that starts
    there, where at least ``min_coded`` fragments were coded by people (for hats: carry a given or coded hat). The
    classifier is cross-fitted over whole blocks: sessions where there are as many as folds, else statements. Where the
    training fragments of a fold lack a code, what was held beforehand speaks for that code.

    Args:
        fragments: the table of that name.
        tokens: the table of that name.
        embeddings: the table of that name.
        human_codings: the table of that name; see ``gather_labels`` for how several coders become one label.
        seen: the table of that name.
        config: margins, minimum number of coded fragments, folds, context and seed.
        encoder: the one that made the embeddings, for the seed sentences; None: the lexicon alone.

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
    sound = None
    if encoder is not None and material.ids:
        sound = listen(
            material.texts, material.vectors, encoder=encoder, seeds=load_seeds(), directions=read_directions()
        )
    for scheme in SCALES if material.ids else ():
        opinion = form_opinion(material, sound, _labels(material, human_codings, seen, scheme), scheme, config)
        messages += opinion.notices
        for i in range(len(material.ids)):
            rows += _rows(material, i, opinion, scheme, derived)
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


def _rows(
    material: Material, i: int, opinion: Opinion, scheme: Scheme, derived: Mapping[str, Hat]
) -> Iterator[dict[str, Any]]:
    fragment = material.ids[i]
    base = {"fragment_id": fragment, "scheme": scheme}
    given = material.hats_given[i] if scheme is Scheme.HAT else None
    if given is not None:
        yield base | _unjudged(given, StanceSource.GIVEN, rank=1)
    fold = int(opinion.folds[i])
    evidence = material.findings[i].evidence[scheme]
    first = 1 if given is None else 2
    for rank, judgement in enumerate(decide(opinion.shares[i], scheme, min_margin=opinion.margins[i]), start=first):
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
