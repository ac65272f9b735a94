"""The used fragments for judging their stance: in canonical order, their words, vectors and findings."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.stances.cues import CueReader, Evidence, Findings, Word
from pipeline.analysis.stances.lexicon import load_lexicon
from pipeline.analysis.stances.scales import share_evidence
from pipeline.core.receipts import Kept
from pipeline.core.views import require_vectors
from pipeline.core.vocabulary import Scheme, Status


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
