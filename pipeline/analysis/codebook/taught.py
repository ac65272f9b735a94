"""Stage ``teach``: the coded fragments train, the codebook stands in where they are few."""

import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.codebook.space import Codes, FragmentFeatures, find_examples, make_space, read_codes, share_out
from pipeline.core.config import TaughtConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.folds import choose_blocks, deal_blocks, find_copies, have_copy
from pipeline.core.receipts import Kept, hash_content, look_up
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.views import (
    Floats,
    Ints,
    labels_are_headings,
    list_cells,
    pack_array,
    require_vectors,
    unpack_array,
)
from pipeline.core.vocabulary import ADJUDICATED_CODER, TAUGHT_CODER, TAUGHT_WITHOUT_CODEBOOK_CODER, Status


def gather_training_labels(human_codings: pd.DataFrame, codes: Codes) -> dict[str, int]:
    """Bring several coders to one code per fragment.

    The first code (rank 1) that most coders gave; a tie goes to the code of the coder who comes first in the alphabet.
    What coders settled together is left out: agreement before and after could not be kept apart. A fragment that
    coders looked at without giving a code teaches nothing.

    Args:
        human_codings: the table of that name.
        codes: of the scheme.

    Returns:
        fragment_id to the position of its code.
    """
    position = {name: i for i, name in enumerate(codes.names)}
    mine = (human_codings["scheme"] == codes.scheme) & (human_codings["coder"] != ADJUDICATED_CODER)
    rows = human_codings.loc[mine & human_codings["code"].isin(position)]
    firsts = rows.sort_values(["fragment_id", "coder", "rank", "code"]).drop_duplicates(["fragment_id", "coder"])
    given: dict[str, list[str]] = {}
    for fragment, code in zip(firsts["fragment_id"], firsts["code"], strict=True):
        given.setdefault(fragment, []).append(code)
    labels = {}
    for fragment, firsts_given in given.items():
        counts = Counter(firsts_given)
        labels[fragment] = position[next(code for code in firsts_given if counts[code] == max(counts.values()))]
    return labels


NEAREST = 10
NEAREST_WEIGHT = 6.0
PRIOR_WEIGHT = 5.0
RELATIVE_PENALTY = 1.0
MAX_ITERATIONS = 500
TEMPERATURES = tuple(np.geomspace(0.5, 4.0, 13))
NO_TEMPERATURE = 1.0


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """m coded fragments.

    Attributes:
        known: (m, m) likeness of the coded fragments to each other.
        prior: (m, k) what the codebook says of them.
        codes: m positions of their codes.
    """

    known: Floats
    prior: Floats
    codes: Ints

    def part(self, chosen: NDArray[np.bool_]) -> "TrainingSet":
        """Keep some of the coded fragments."""
        return TrainingSet(known=self.known[np.ix_(chosen, chosen)], prior=self.prior[chosen], codes=self.codes[chosen])


Learn = Callable[[TrainingSet, Floats], Floats]


def learn(training: TrainingSet, likeness: Floats) -> Floats:
    """Score (n, k) what examples alone say of n fragments, of which the likeness (n, m) to the coded ones is given."""
    scores: Floats = _regress(training, likeness) + NEAREST_WEIGHT * _nearest(training, likeness)
    return scores


def _remembering() -> Learn:
    """Give `learn` for priors that differ, of which examples know nothing: what was learned once is known after."""
    known: dict[bytes, Floats] = {}

    def learn_once(training: TrainingSet, likeness: Floats) -> Floats:
        digest = hashlib.blake2b(training.known.tobytes())
        for part in (training.codes, likeness):
            digest.update(part.tobytes())
        name = digest.digest()
        if name not in known:
            known[name] = learn(training, likeness)
        return known[name]

    return learn_once


def judge(training: TrainingSet, likeness: Floats, prior: Floats, learn: Learn = learn) -> Floats:
    """Score fragments on every code.

    The sum of three views: the logarithm of a balanced logistic regression's probability, the mean likeness to the
    nearest examples of a code, and what the codebook says. A code without examples has the last alone, and stands on
    the other two as a code that nothing speaks for or against.

    Args:
        training: m coded fragments, k codes.
        likeness: (n, m) of the fragments asked about to the coded ones.
        prior: (n, k) what the codebook says of them.
        learn: gives the first two.

    Returns:
        (n, k) scores, as logarithms of probabilities up to a constant and a temperature.
    """
    asked = prior - training.prior.mean(axis=0)
    estimated: Floats = learn(training, likeness) + PRIOR_WEIGHT * asked
    return estimated


def _nearest(training: TrainingSet, likeness: Floats) -> Floats:
    scores = np.zeros((len(likeness), training.prior.shape[1]))
    for code in np.unique(training.codes):
        own = np.sort(likeness[:, training.codes == code], axis=1)[:, -NEAREST:].mean(axis=1)
        scores[:, code] = own - own.mean()
    return scores


def _regress(training: TrainingSet, likeness: Floats) -> Floats:
    """Logistic regression on likeness, by way of the axes that the coded fragments span."""
    from sklearn.linear_model import LogisticRegression

    scores = np.zeros((len(likeness), training.prior.shape[1]))
    learned = np.unique(training.codes)
    if len(learned) < 2:
        return scores
    sizes, axes = np.linalg.eigh(training.known)
    kept = sizes > sizes.max() * 1e-9
    back = axes[:, kept] / np.sqrt(sizes[kept])
    taught = LogisticRegression(C=RELATIVE_PENALTY, class_weight="balanced", max_iter=MAX_ITERATIONS)
    with warnings.catch_warnings():
        # Few examples of many codes are what there is after a morning of coding; they are classes all the same.
        warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
        taught.fit(training.known @ back, training.codes)
    # What has no example gets the mean of what has: neither likely nor unlikely.
    estimated = taught.predict_log_proba(likeness @ back)
    scores[:] = estimated.mean(axis=1, keepdims=True)
    scores[:, learned] = estimated
    return scores


def find_temperature(training: TrainingSet, inner: Ints, copies: Sequence[str] = (), learn: Learn = learn) -> float:
    """Find the temperature at which held-out probabilities fit best (Guo et al. 2017, On calibration, ICML, section 4).

    Args:
        training: the coded fragments.
        inner: m fold numbers; whole blocks.
        copies: m keys of repeated texts; none of a held-out text is learned from.
        learn: what examples say.

    Returns:
        The temperature; 1 where nothing can be held out.
    """
    scores, codes = [], []
    for fold in np.unique(inner):
        asked = inner == fold
        rest = ~asked & ~have_copy(copies, asked) if copies else ~asked
        if rest.any():
            likeness = training.known[np.ix_(asked, rest)]
            scores.append(judge(training.part(rest), likeness, training.prior[asked], learn))
            codes.append(training.codes[asked])
    if not scores:
        return NO_TEMPERATURE
    held_out, right = np.concatenate(scores), np.concatenate(codes)
    rows = np.arange(len(right))
    losses = [-np.log(np.maximum(share_out(held_out, t)[rows, right], 1e-12)).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


TABLE = "taught_codings"
INNER_FOLDS = 3
MOST_CODED = 3000
FEW_EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class _TaughtInputs:
    """What is taught, and to whom.

    Attributes:
        ids: n fragments.
        blocks: n block names, for folds only.
        copies: n keys of repeated texts, for folds only.
        folds: n fold numbers.
        coded: n, true where people coded.
        codes: n positions of codes; -1 where nobody coded.
        prior: (n, k) what the codebook says.
    """

    ids: tuple[str, ...]
    blocks: tuple[str, ...]
    copies: tuple[str, ...]
    folds: Ints
    coded: NDArray[np.bool_]
    codes: Ints
    prior: Floats


def teach(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    codebook: pd.DataFrame,
    codebook_scores: pd.DataFrame,
    human_codings: pd.DataFrame,
    *,
    config: TaughtConfig,
    kept: Kept | None = None,
) -> Output:
    """Give every used fragment the themes and sub-themes that coded fragments like it have.

    Each coded fragment is judged by a model that saw no code of its fold: whole sessions, or where there are too few
    whole statements with their quotes. A fragment that nobody coded is judged by all that is coded. What a model
    knows of a fragment is its own text.

    Args:
        fragments: the table of that name; session and block deal folds and are no features.
        tokens: the table of that name.
        embeddings: the table of that name.
        codebook: the table of that name.
        codebook_scores: the table of that name; a fragment without a row is an example of the codebook, which teaches
            but is not judged.
        human_codings: the table of that name; see ``gather_training_labels`` for how several coders become one code.
        config: section ``taught``.
        kept: what earlier runs found: a scheme whose codes did not change is not learned again.

    Where the codes are headings of the very document, a codebook finds them again: then all is done a second time
    without the codebook, by a coder of its own.

    Returns:
        Table ``taught_codings``; empty where fewer than ``min_coded`` fragments are coded.

    Raises:
        TableError: a used fragment has no vector.
    """
    codes = read_codes(codebook)
    labels = {scheme: gather_training_labels(human_codings, found) for scheme, found in codes.items()}
    messages, wanted = [], []
    for scheme, given in labels.items():
        if len(given) >= config.min_coded:
            wanted.append(scheme)
        else:
            messages.append(
                f"{scheme}: {len(given)} coded fragments, fewer than {config.min_coded}: the codebook alone"
            )
    if not wanted:
        return Output({TABLE: empty_table(TABLE)}, _notices(messages))
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id")
    ids, texts = used["fragment_id"].tolist(), used["text"].tolist()
    if not ids:
        return Output({TABLE: empty_table(TABLE)}, _notices(messages))

    @cache
    def lay_out() -> FragmentFeatures:
        return make_space(fragments, tokens, embeddings)

    @cache
    def hash_texts() -> str:
        return hash_content([ids, texts, require_vectors(embeddings, ids), list_cells(tokens, *tokens.columns)])

    def estimate(inputs: _TaughtInputs, learn: Learn) -> Floats:
        packed = look_up(
            kept,
            lambda: [
                hash_texts(), inputs.blocks, inputs.copies, inputs.folds, inputs.codes, inputs.prior,
                config.model_dump_json(),
            ],
            lambda: pack_array(_judge_all(lay_out(), inputs, config, learn)),
        )  # fmt: skip
        return unpack_array(packed).reshape(inputs.prior.shape)

    place = used[["session", "block"]]
    copies = find_copies(texts)
    blocks = tuple(
        choose_blocks(place["session"].tolist(), place["block"].tolist(), n_folds=config.folds, copies=copies)
    )
    folds = deal_blocks(blocks, n_folds=config.folds, seed=config.seed)
    shown = find_examples(codebook, ids, texts)
    rows: list[dict[str, Any]] = []
    are_headings = labels_are_headings(fragments, codebook, codes)
    for scheme in wanted:
        learned = _remembering() if are_headings else learn
        inputs = _gather(ids, blocks, copies, folds, codes[scheme], labels[scheme], codebook_scores)
        rows += _rows(inputs, codes[scheme], estimate(inputs, learned), shown, config, TAUGHT_CODER)
        messages += _explain(inputs, codes[scheme])
        if are_headings:
            alone = replace(inputs, prior=np.zeros_like(inputs.prior))
            rows += _rows(alone, codes[scheme], estimate(alone, learned), shown, config, TAUGHT_WITHOUT_CODEBOOK_CODER)
    return Output({TABLE: table_from_rows(rows, TABLE)}, _notices(messages))


def _notices(messages: list[str]) -> tuple[Notice, ...]:
    return tuple(Notice("taught", message) for message in messages)


def _gather(
    ids: Sequence[str], blocks: tuple[str, ...], copies: Sequence[str], folds: Ints, codes: Codes,
    labels: Mapping[str, int], codebook_scores: pd.DataFrame,
) -> _TaughtInputs:  # fmt: skip
    own = codebook_scores.loc[codebook_scores["scheme"] == codes.scheme]
    estimated = dict(zip(own["fragment_id"], own["scores"], strict=True))
    average = np.mean(np.stack(own["scores"].tolist()), axis=0) if estimated else np.zeros(len(codes.names))
    positions = np.array([labels.get(fragment, -1) for fragment in ids], dtype=np.int64)
    return _TaughtInputs(
        ids=tuple(ids), blocks=blocks, copies=tuple(copies), folds=folds, coded=positions >= 0, codes=positions,
        prior=np.array([estimated.get(fragment, average) for fragment in ids], dtype=np.float64),
    )  # fmt: skip


def _judge_all(space: FragmentFeatures, inputs: _TaughtInputs, config: TaughtConfig, learn: Learn) -> Floats:
    """Give (n, k) probabilities, each coded fragment from a model without its fold."""
    shares = np.full(inputs.prior.shape, np.nan)
    for fold in np.unique(inputs.folds):
        held_out = inputs.coded & (inputs.folds == fold)
        if held_out.any():
            taught = inputs.coded & (inputs.folds != fold) & ~have_copy(inputs.copies, held_out)
            shares[held_out] = _judge(space, inputs, taught, held_out, config, learn)
    if not inputs.coded.all():
        shares[~inputs.coded] = _judge(space, inputs, inputs.coded, ~inputs.coded, config, learn)
    return shares


def _judge(
    space: FragmentFeatures,
    inputs: _TaughtInputs,
    taught: NDArray[np.bool_],
    asked: NDArray[np.bool_],
    config: TaughtConfig,
    learn: Learn,
) -> Floats:
    known = np.flatnonzero(taught)[:MOST_CODED]
    questions = np.flatnonzero(asked)
    if not len(known):
        return np.full((len(questions), inputs.prior.shape[1]), np.nan)
    likeness = space.likeness(known)
    training = TrainingSet(known=likeness[known], prior=inputs.prior[known], codes=inputs.codes[known])
    inner = deal_blocks([inputs.blocks[i] for i in known], n_folds=INNER_FOLDS, seed=config.seed)
    temperature = find_temperature(training, inner, [inputs.copies[i] for i in known], learn)
    return share_out(judge(training, likeness[questions], inputs.prior[questions], learn), temperature)


def _rows(
    inputs: _TaughtInputs, codes: Codes, shares: Floats, shown: frozenset[str], config: TaughtConfig, coder: str
) -> Iterator[dict[str, Any]]:
    for i, fragment in enumerate(inputs.ids):
        if fragment in shown or np.isnan(shares[i]).any():
            continue
        # Rounded, so that the last digit of another machine does not decide.
        best = np.argsort(-np.round(shares[i], 9), kind="stable")[: config.n_ranks]
        sure = shares[i, best[0]] >= config.min_lift / len(codes.names)
        for rank, k in enumerate(best, start=1):
            near = rank == 1 or shares[i, k] >= config.second_share * shares[i, best[0]]
            yield {
                "coder": coder,
                "fragment_id": fragment,
                "scheme": codes.scheme,
                "code": codes.names[k],
                "rank": rank,
                "score": float(shares[i, k]),
                "assigned": bool(sure and near),
                "fold": int(inputs.folds[i]) if inputs.coded[i] else None,
            }


def _explain(inputs: _TaughtInputs, codes: Codes) -> Iterator[str]:
    n_folds = len(np.unique(inputs.folds))
    if n_folds < 2:
        yield f"{codes.scheme}: all fragments lie in one block, nothing can be held out: coded fragments are not judged"
        return
    yield f"{codes.scheme}: learned from {int(inputs.coded.sum())} coded fragments, cross-fitted in {n_folds} folds"
    counts = np.bincount(inputs.codes[inputs.coded], minlength=len(codes.names))
    few = int((counts < FEW_EXAMPLES).sum())
    if few:
        yield f"{codes.scheme}: {few} of {len(counts)} codes have under {FEW_EXAMPLES} examples: the codebook helps"
