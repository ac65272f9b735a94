"""Judge hat, sentiment and polarity of every used fragment, and say what the judgement rests on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from pipeline.analysis.embeddings import Encoder
from pipeline.analysis.stances.concepts import compare_with_seeds, load_seeds, read_directions
from pipeline.analysis.stances.cues import Evidence
from pipeline.analysis.stances.lexicon import DIMENSIONS
from pipeline.analysis.stances.opinions import Opinion, Shards, StanceInputs, form_opinion, gather_inputs
from pipeline.analysis.stances.scales import SCALES, Judgement, decide, sign_sentiment
from pipeline.core.config import StancesConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.receipts import Kept
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import (
    ABSTENTION,
    ADJUDICATED_CODER,
    HAT_POLARITY_BRIDGE,
    NEUTRAL_POLARITY,
    STRUCTURE_HATS,
    SYNTHESIS_CODER,
    Hat,
    Polarity,
    Scheme,
    Sentiment,
    StanceSource,
)


def gather_labels(human_codings: pd.DataFrame, seen: pd.DataFrame, scheme: Scheme) -> dict[str, frozenset[str]]:
    """Bring several coders to one label per fragment.

    Hat and sentiment: the first code (rank 1) that most coders gave; a tie goes to the code of the coder who comes
    first in the alphabet. Polarity: each value that more than half of the coders who looked gave; exactly half goes
    the way of the coder who comes first in the alphabet. A fragment that coders looked at without giving a polarity
    is labelled with the empty set; without a hat or a sentiment it has no label. What coders settled together is left
    out: the machine would learn from it, and agreement before and after could not be kept apart.

    Args:
        human_codings: the table of that name.
        seen: the table of that name.
        scheme: hat, sentiment or polarity.

    Returns:
        fragment_id to a set of values: one value, or for polarity none to two.
    """
    given = _codes_by_coder(human_codings.loc[human_codings["coder"] != ADJUDICATED_CODER], scheme)
    if scheme is not Scheme.POLARITY:
        return {fragment: frozenset({_most_given(coders)}) for fragment, coders in sorted(given.items())}
    looked: dict[str, set[str]] = {fragment: set(coders) for fragment, coders in given.items()}
    rows = seen.loc[(seen["scheme"] == scheme) & (seen["coder"] != ADJUDICATED_CODER)]
    for fragment, coder in zip(rows["fragment_id"].tolist(), rows["coder"].tolist(), strict=True):
        looked.setdefault(fragment, set()).add(coder)
    return {
        fragment: frozenset(
            value for value in SCALES[scheme] if _holds(value, given.get(fragment, {}), sorted(looked[fragment]))
        )
        for fragment in sorted(looked)
    }


def _codes_by_coder(human_codings: pd.DataFrame, scheme: Scheme) -> dict[str, dict[str, list[str]]]:
    of_scheme = (human_codings["scheme"] == scheme) & human_codings["code"].isin(SCALES[scheme])
    rows = human_codings.loc[of_scheme].sort_values(["fragment_id", "coder", "rank", "code"])
    columns = (rows[name].tolist() for name in ("fragment_id", "coder", "code"))
    given: dict[str, dict[str, list[str]]] = {}
    for fragment, coder, code in zip(*columns, strict=True):
        given.setdefault(fragment, {}).setdefault(coder, []).append(code)
    return given


def _most_given(coders: Mapping[str, list[str]]) -> str:
    firsts = [coders[coder][0] for coder in sorted(coders)]
    counts = Counter(firsts)
    return next(code for code in firsts if counts[code] == max(counts.values()))


def _holds(value: str, given: Mapping[str, list[str]], coders: list[str]) -> bool:
    yes = sum(value in given.get(coder, ()) for coder in coders)
    return value in given.get(coders[0], ()) if 2 * yes == len(coders) else 2 * yes > len(coders)


def derive_hats(human_codings: pd.DataFrame) -> Mapping[str, Hat]:
    """Read off the structure of a synthesis report which hat asked for a fragment.

    Args:
        human_codings: the table of that name; only what the structure of a report says is used.

    Returns:
        fragment_id to hat.
    """
    structure = human_codings.loc[human_codings["coder"] == SYNTHESIS_CODER]
    derived: dict[str, Hat] = {}
    for (scheme, polarity), hat in STRUCTURE_HATS.items():
        coded = structure["scheme"] == scheme
        if polarity is not None:
            coded &= structure["code"] == polarity
        derived |= dict.fromkeys(structure.loc[coded, "fragment_id"], hat)
    return derived


TONES = (*Sentiment, ABSTENTION)
_CONTRARY_SENTIMENT: Mapping[Polarity, Sentiment] = {
    Polarity.KANS: Sentiment.NEGATIEF,
    Polarity.KNELPUNT: Sentiment.POSITIEF,
}


def count_sentiments(stances: pd.DataFrame, signed: Mapping[str, float]) -> pd.DataFrame:
    """Count fragments by hat and sentiment.

    Args:
        stances: the table of that name.
        signed: fragment_id to signed sentiment, in [-1, 1].

    Returns:
        Table ``hat_sentiments``: for each hat that occurs, every sentiment and the abstentions, also where n is 0;
        n sums to the number of fragments with a hat.
    """
    hats = _read_hats(stances)
    judged = stances.loc[stances["scheme"] == Scheme.SENTIMENT].set_index("fragment_id")["value"]
    tones = judged.where(judged.notna(), ABSTENTION)
    rows = []
    for hat_position, hat in enumerate(Hat):
        with_hat = [fragment for fragment in hats.index if hats.at[fragment, "value"] == hat]
        for tone_position, tone in enumerate(TONES if with_hat else ()):
            of_tone = [fragment for fragment in with_hat if tones[fragment] == tone]
            total = sum(signed[fragment] for fragment in of_tone)
            rows.append(
                {
                    "hat": hat,
                    "hat_position": hat_position,
                    "sentiment": tone,
                    "sentiment_position": tone_position,
                    "n": len(of_tone),
                    "share": len(of_tone) / len(with_hat),
                    "mean_score": round(total / len(of_tone), 6) if of_tone else None,
                }
            )
    return table_from_rows(rows, "hat_sentiments")


class _Judged(NamedTuple):
    scheme: str
    value: str
    margin: float


def find_conflicts(stances: pd.DataFrame) -> pd.DataFrame:
    """List the remarks that contradict what their hat suggests.

    A hat that suggests a polarity (``HAT_POLARITY_BRIDGE``) is contradicted by the opposite sentiment, and by a
    polarity that holds the opposite alone.

    Args:
        stances: the table of that name.

    Returns:
        Table ``hat_conflicts``.
    """
    hats = _read_hats(stances)
    judged = stances.loc[stances["value"].notna() & (stances["scheme"] != Scheme.HAT)]
    by_fragment: dict[str, list[_Judged]] = {}
    for fragment, *found in zip(*(judged[name].tolist() for name in ("fragment_id", *_Judged._fields)), strict=True):
        by_fragment.setdefault(fragment, []).append(_Judged(*found))
    rows: list[dict[str, Any]] = []
    for fragment in hats.index:
        suggested = HAT_POLARITY_BRIDGE[Hat(str(hats.at[fragment, "value"]))]
        if suggested is None or fragment not in by_fragment:
            continue
        for scheme, value, margin in _contradictions(by_fragment[fragment], suggested):
            rows.append(
                {
                    "fragment_id": fragment,
                    "hat": hats.at[fragment, "value"],
                    "hat_source": hats.at[fragment, "source"],
                    "scheme": scheme,
                    "value": value,
                    "margin": margin,
                }
            )
    return table_from_rows(rows, "hat_conflicts")


def _read_hats(stances: pd.DataFrame) -> pd.DataFrame:
    """The first hat of each fragment, given or else predicted; one derived from a report is left out."""
    with_hat = (stances["scheme"] == Scheme.HAT) & stances["value"].notna() & (stances["rank"] == 1)
    return stances.loc[with_hat].set_index("fragment_id").sort_index()


def _contradictions(judged: Sequence[_Judged], suggested: Polarity) -> Iterator[_Judged]:
    polarities = [one for one in judged if one.scheme == Scheme.POLARITY and one.value != NEUTRAL_POLARITY]
    if polarities and all(one.value != suggested for one in polarities):
        yield polarities[0]
    tones = [one for one in judged if one.scheme == Scheme.SENTIMENT]
    if tones and tones[0].value == _CONTRARY_SENTIMENT[suggested]:
        yield tones[0]


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
    shards: Shards | None = None,
    kept: Kept | None = None,
) -> Output:
    """Judge every used fragment on hat, sentiment and polarity.

    A hat written in the source is kept, at rank 1; what the machine reads in the words then stands at rank 2. A hat
    derived from the structure of a report stands at rank 2, as such. All else is predicted from the fragment's own
    words and vector: by the prior (cue lexicon, seed sentences, valence), or by a classifier that starts
    there, where at least ``min_coded`` fragments were coded by people (for hats: carry a given or coded hat). The
    classifier is cross-fitted over whole blocks: sessions where there are as many as folds, else statements. Where the
    training fragments of a fold lack a code, the prior decides on that code.

    Args:
        fragments: the table of that name.
        tokens: the table of that name.
        embeddings: the table of that name.
        human_codings: the table of that name; see ``gather_labels`` for how several coders become one label.
        seen: the table of that name.
        config: margins, minimum number of coded fragments, folds, context and seed.
        encoder: the one that made the embeddings, for the seed sentences; None: the lexicon alone.
        shards: where fragments are read with the lexicon; None: here.
        kept: what earlier runs found: of fragments in the lexicon, and of schemes whose codes did not change.

    Returns:
        Tables ``stances`` (at least one row per used fragment and scheme), ``hat_sentiments``, ``hat_conflicts``.

    Raises:
        TableError: a used fragment has no vector.
    """
    inputs = gather_inputs(fragments, tokens, embeddings, shards, kept)
    rows: list[dict[str, Any]] = []
    messages: list[str] = []
    signed: dict[str, float] = {}
    derived = derive_hats(human_codings)
    similarity = None
    if encoder is not None and inputs.ids:
        similarity = compare_with_seeds(
            inputs.texts, inputs.vectors, encoder=encoder, seeds=load_seeds(), directions=read_directions(),
            kept=kept,
        )  # fmt: skip
    for scheme in SCALES if inputs.ids else ():
        labels = _labels(inputs, human_codings, seen, scheme)
        opinion = form_opinion(inputs, similarity, labels, scheme, config, kept)
        messages += opinion.notices
        for i in range(len(inputs.ids)):
            rows += _rows(inputs, i, opinion, scheme, derived)
            if scheme is Scheme.SENTIMENT:
                signed[inputs.ids[i]] = sign_sentiment(opinion.shares[i])
    stances = table_from_rows(rows, "stances")
    tables = {
        "stances": stances,
        "hat_sentiments": count_sentiments(stances, signed),
        "hat_conflicts": find_conflicts(stances),
    }
    return Output(tables=tables, notices=tuple(Notice("stances", message) for message in messages))


def _labels(
    inputs: StanceInputs, human_codings: pd.DataFrame, seen: pd.DataFrame, scheme: Scheme
) -> Mapping[str, frozenset[str]]:
    labels = gather_labels(human_codings, seen, scheme)
    if scheme is Scheme.HAT:
        given = zip(inputs.ids, inputs.hats_given, strict=True)
        labels |= {fragment: frozenset({hat}) for fragment, hat in given if hat is not None}
    return {fragment: labels[fragment] for fragment in inputs.ids if fragment in labels}


def _rows(
    inputs: StanceInputs, i: int, opinion: Opinion, scheme: Scheme, derived: Mapping[str, Hat]
) -> Iterator[dict[str, Any]]:
    fragment = inputs.ids[i]
    base = {"fragment_id": fragment, "scheme": scheme}
    given = inputs.hats_given[i] if scheme is Scheme.HAT else None
    if given is not None:
        yield base | _unjudged(given, StanceSource.GIVEN, rank=1)
    fold = int(opinion.folds[i])
    evidence = inputs.findings[i].evidence[scheme]
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
    cues = [item for item in evidence if item.value == judgement.value] if sided else evidence
    shown = sorted(cues, key=lambda item: (-item.weight, item.start))
    return list(dict.fromkeys(item.words for item in shown))[:MAX_EVIDENCE]
