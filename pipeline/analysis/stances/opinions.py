"""The used fragments, and the shares of their values: a prior from words and seeds, or learned and starting there."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.stances.classifier import Features, TrainingLabels, cross_fit
from pipeline.analysis.stances.concepts import SeedSimilarity
from pipeline.analysis.stances.cues import CueReader, Evidence, Findings, Word
from pipeline.analysis.stances.lexicon import load_lexicon
from pipeline.analysis.stances.scales import SCALES, share_evidence
from pipeline.core.config import StancesConfig
from pipeline.core.folds import choose_blocks, deal_blocks, find_copies
from pipeline.core.receipts import Kept, look_up
from pipeline.core.views import Floats, pack_array, require_vectors, unpack_array
from pipeline.core.vocabulary import Hat, Scheme, Status


class Shards(Protocol):
    """Where work on single fragments is done."""

    def work_on(self, work: Callable[[list[Any]], list[Any]], rows: Sequence[Any]) -> list[Any]:
        """Give what ``work``, a function of a module, makes of rows, in their order; it sees a shard at a time."""


@dataclass(frozen=True, kw_only=True)
class StanceInputs:
    """n used fragments, sorted by id.

    Attributes:
        ids: n fragment ids.
        sessions: n sessions; for folds only.
        statements: n blocks; for folds only.
        hats_given: n hats written above them, or None.
        texts: n texts.
        lemmas: n lists of lemmas, in order.
        vectors: (n, d) sentence vectors.
        findings: n findings of the lexicon.
    """

    ids: tuple[str, ...]
    sessions: tuple[str, ...]
    statements: tuple[str, ...]
    hats_given: tuple[str | None, ...]
    texts: tuple[str, ...]
    lemmas: tuple[tuple[str, ...], ...]
    vectors: NDArray[np.float64]
    findings: tuple[Findings, ...]

    def share(self, scheme: Scheme) -> NDArray[np.float64]:
        """Give the (n, k) shares that the lexicon gives to the k values of a scheme."""
        return np.array([share_evidence(found.evidence[scheme], scheme) for found in self.findings])


def read_cues(fragments: Sequence[Sequence[Word]]) -> list[Findings]:
    """Read fragments with the lexicon, each by itself."""
    reader = CueReader(load_lexicon())
    return [reader.read(words) for words in fragments]


def find_cues(fragments: Sequence[Sequence[Word]], shards: Shards | None, kept: Kept | None) -> list[Findings]:
    """Read fragments with the lexicon: those that no earlier run read, in shards where there are any."""
    if kept is None:
        return _read_in(shards, fragments)
    keys = [json.dumps([[word.text, word.lemma, word.sentence, word.pos] for word in words]) for words in fragments]
    words_of = dict(zip(keys, fragments, strict=True))
    found = kept.fill(keys, lambda new: map(_pack, _read_in(shards, [words_of[key] for key in new])))
    return [_unpack(row) for row in found]


def _read_in(shards: Shards | None, fragments: Sequence[Sequence[Word]]) -> list[Findings]:
    return shards.work_on(read_cues, fragments) if shards else read_cues(fragments)


def _pack(found: Findings) -> list[Any]:
    evidence = {scheme: [[e.value, e.weight, e.words, e.start] for e in of] for scheme, of in found.evidence.items()}
    return [evidence, found.n_negators, found.n_contrasts]


def _unpack(row: list[Any]) -> Findings:
    evidence, n_negators, n_contrasts = row
    return Findings(
        evidence={
            Scheme(scheme): tuple(
                Evidence(value=value, weight=weight, words=words, start=start) for value, weight, words, start in of
            )
            for scheme, of in evidence.items()
        },
        n_negators=n_negators,
        n_contrasts=n_contrasts,
    )


def gather_inputs(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    shards: Shards | None = None,
    kept: Kept | None = None,
) -> StanceInputs:
    """Read the used fragments with the lexicon.

    Args:
        fragments: the table of that name.
        tokens: the table of that name.
        embeddings: the table of that name.
        shards: where to read them; None: here, all at once.
        kept: what earlier runs found.

    Returns:
        The used fragments, sorted by id.

    Raises:
        TableError: a used fragment has no vector.
    """
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id")
    ids = tuple(used["fragment_id"])
    words = _gather_words(tokens, ids)
    return StanceInputs(
        ids=ids,
        sessions=tuple(used["session"]),
        statements=tuple(used["block"]),
        hats_given=tuple(None if pd.isna(hat) else str(hat) for hat in used["hat_given"]),
        texts=tuple(used["text"]),
        lemmas=tuple(tuple(word.lemma for word in own) for own in words),
        vectors=require_vectors(embeddings, ids),
        findings=tuple(find_cues(words, shards, kept)),
    )


def _gather_words(tokens: pd.DataFrame, ids: Sequence[str]) -> list[list[Word]]:
    found: dict[str, list[Word]] = {fragment: [] for fragment in ids}
    rows = tokens.loc[tokens["fragment_id"].isin(list(ids))].sort_values(["fragment_id", "i"])
    columns = (rows[name].tolist() for name in ("fragment_id", "text", "lemma", "sentence", "pos"))
    for fragment, text, lemma, sentence, pos in zip(*columns, strict=True):
        word = Word(
            text=text.lower(), lemma=lemma.lower(), sentence=int(sentence), pos=None if pd.isna(pos) else str(pos)
        )
        found[fragment].append(word)
    return list(found.values())


LEXICON_WEIGHT = 0.7
CONCEPT_WEIGHT = 0.5
VALENCE_WEIGHT = 0.5
SMALLEST = 1e-6


def apply_prior(lexical: Floats, similarity: SeedSimilarity | None, scheme: Scheme) -> Floats:
    """Give the (n, k) log-odds of each value.

    Args:
        lexical: (n, k) shares that the lexicon gives.
        similarity: likeness to the seeds, or None: the lexicon alone.
        scheme: hat, sentiment or polarity.
    """
    shares = np.clip(lexical, SMALLEST, 1 - SMALLEST)
    odds: Floats = np.log(shares) - np.log1p(-shares) if scheme is Scheme.POLARITY else np.log(shares)
    if similarity is None:
        return odds
    seeded: Floats = LEXICON_WEIGHT * odds + CONCEPT_WEIGHT * similarity.concepts[scheme]
    return seeded + VALENCE_WEIGHT * similarity.lean(scheme)


def to_shares(odds: Floats, scheme: Scheme) -> Floats:
    """Turn (n, k) log-odds into shares; they sum to 1, but for polarity.

    >>> to_shares(np.array([[0.0, np.log(3.0)]]), Scheme.POLARITY).round(2).tolist()
    [[0.5, 0.75]]
    >>> to_shares(np.log([[0.6, 0.3, 0.1]]), Scheme.SENTIMENT).round(2).tolist()
    [[0.6, 0.3, 0.1]]
    """
    if scheme is Scheme.POLARITY:
        shares: Floats = 1 / (1 + np.exp(-odds))
        return shares
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    exclusive: Floats = raised / raised.sum(axis=1, keepdims=True)
    return exclusive


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """Shares of the values of one scheme.

    Attributes:
        shares: (n, k), in [0, 1].
        margins: n margins; a judgement nearer to its runner-up is an abstention.
        folds: n fold numbers; -1 where nothing was learned.
        notices: how it was formed.
    """

    shares: Floats
    margins: NDArray[np.float64]
    folds: NDArray[np.int64]
    notices: tuple[str, ...]


def form_opinion(
    inputs: StanceInputs,
    similarity: SeedSimilarity | None,
    labels: Mapping[str, frozenset[str]],
    scheme: Scheme,
    config: StancesConfig,
    kept: Kept | None = None,
) -> Opinion:
    """Form an opinion of every fragment on one scheme.

    A judgement that was not learned abstains where it is nearer to its runner-up than ``min_margin``. One that was
    learned abstains only where it is also as unsure as the least sure of the training fragments were when held out
    (selective classification at a chosen coverage: El-Yaniv and Wiener 2010, JMLR 11).

    Args:
        inputs: n fragments.
        similarity: likeness to the seeds, or None.
        labels: fragment_id to the values that people gave.
        scheme: hat, sentiment or polarity.
        config: section ``stances``.
        kept: what earlier runs learned.
    """
    n = len(inputs.ids)
    odds = {other: apply_prior(inputs.share(other), similarity, other) for other in SCALES}
    prior = to_shares(odds[scheme], scheme)
    plain, alone = np.full(n, config.min_margin), np.full(n, -1, dtype=np.int64)
    basis = "cue lexicon" if similarity is None else "cue lexicon, seed sentences and valence"
    if len(labels) < config.min_coded:
        message = f"{scheme}: {len(labels)} coded fragments, fewer than {config.min_coded}: {basis} only"
        return Opinion(shares=prior, margins=plain, folds=alone, notices=(message,))
    copies = find_copies(inputs.texts)
    blocks = choose_blocks(inputs.sessions, inputs.statements, n_folds=config.folds, copies=copies)
    folds = deal_blocks(blocks, n_folds=config.folds, seed=config.seed)
    features = Features(
        vectors=inputs.vectors,
        lemmas=inputs.lemmas,
        prior=np.hstack(list(odds.values())),
        context=_mark_hats(inputs, scheme, config),
    )
    targets = np.array([[value in labels.get(fragment, ()) for value in SCALES[scheme]] for fragment in inputs.ids])
    coded = np.array([fragment in labels for fragment in inputs.ids])

    def learn() -> list[str]:
        learned = cross_fit(
            features, odds[scheme], targets, coded, scheme=scheme, blocks=blocks, copies=copies, folds=folds,
            max_abstained=config.max_abstained, seed=config.seed,
        )  # fmt: skip
        return [pack_array(learned.probabilities), pack_array(learned.unsure)]

    parts = [scheme, features, odds[scheme], targets, coded, blocks, copies, folds, config.max_abstained, config.seed]
    probabilities, unsure = map(unpack_array, look_up(kept, lambda: parts, learn))
    training = TrainingLabels(probabilities=probabilities.reshape(targets.shape), unsure=unsure)
    taught = ~np.isnan(training.unsure)
    return Opinion(
        shares=_join(training.probabilities, prior, exclusive=scheme is not Scheme.POLARITY),
        margins=np.where(taught, np.fmin(plain, training.unsure), plain),
        folds=np.where(taught, folds, -1),
        notices=tuple(_explain(training, folds, len(labels), scheme, basis)),
    )


def _mark_hats(inputs: StanceInputs, scheme: Scheme, config: StancesConfig) -> Floats:
    """Mark the hat that was given, where a study uses it for sentiment and polarity."""
    if config.context == "none" or scheme is Scheme.HAT:
        return np.zeros((len(inputs.ids), 0))
    return np.array([[float(given == hat) for hat in Hat] for given in inputs.hats_given])


def _join(learned: Floats, prior: Floats, *, exclusive: bool) -> Floats:
    """Take the prior for what was not learned; where values exclude each other, make them sum to 1."""
    unlearned = np.isnan(learned)
    if not exclusive:
        return np.where(unlearned, prior, learned)
    known = np.where(unlearned, 0.0, learned)
    total = known.sum(axis=1, keepdims=True)
    left = 1 - np.where(unlearned, prior, 0.0).sum(axis=1, keepdims=True)
    scaled = np.divide(known * left, total, out=np.zeros_like(known), where=total > 0)
    return np.where(unlearned, prior, scaled)


def _explain(
    training: TrainingLabels, folds: NDArray[np.int64], n_coded: int, scheme: Scheme, basis: str
) -> Iterator[str]:
    learned, numbers = training.probabilities, np.unique(folds)
    lacking = [
        sum(bool(np.isnan(learned[folds == fold, k]).all()) for fold in numbers) for k in range(learned.shape[1])
    ]
    if min(lacking) < len(numbers):
        yield f"{scheme}: learned from {n_coded} coded fragments, cross-fitted in {len(numbers)} folds of whole blocks"
    for value, n in zip(SCALES[scheme], lacking, strict=True):
        if n:
            yield f"{scheme}: too few examples to learn '{value}' in {n} of {len(numbers)} folds: {basis} there"
