"""How large a kit for a second coder must be, how wide the interval will be that comes of it, and what to code now.

Which fragments to code now, so that the machine gains most, is chosen from the tables alone.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.agreement.comparison.folds import Blocks, choose_blocks
from pipeline.agreement.comparison.inputs import NONE, AgreementInputs, Answer
from pipeline.agreement.statistics.coefficients import cohen_kappa
from pipeline.agreement.statistics.counts import contingency_by_block
from pipeline.agreement.statistics.resampling import expected_width, measured_correlation, smallest_size
from pipeline.analysis.codebook.space import centre
from pipeline.core.views import Floats
from pipeline.core.vocabulary import ADJUDICATED_CODER, TAUGHT_CODER, Scheme, Status
from pipeline.corpus.quotes import fold_quote


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingFrame:
    """The fragments to draw from.

    Attributes:
        rows: columns fragment_id, session, hat (given, or empty) and first (whether somebody coded it before, so
            that it can be compared at once); sorted by id.
        n_examples: fragments left out since the codebook quotes them.
    """

    rows: pd.DataFrame
    n_examples: int


def make_frame(
    fragments: pd.DataFrame, codebook: pd.DataFrame, seen: pd.DataFrame, schemes: Sequence[str]
) -> SamplingFrame:
    """Find the fragments that may be coded: used ones that are no example of the codebook.

    Args:
        fragments: the table of that name.
        codebook: the table of that name.
        seen: rows of the table of that name by other coders.
        schemes: what the kit asks for.
    """
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id", kind="stable")
    named = {fragment_id for ids in codebook["example_fragment_ids"] for fragment_id in ids}
    quoted = {folded for examples in codebook["examples"] for text in examples if (folded := fold_quote(text))}
    example = used["fragment_id"].isin(list(named)) | used["text"].map(fold_quote).isin(list(quoted))
    kept = used.loc[~example]
    looked = set(seen.loc[seen["scheme"].isin(list(schemes)) & (seen["coder"] != ADJUDICATED_CODER), "fragment_id"])
    rows = pd.DataFrame(
        {
            "fragment_id": kept["fragment_id"].astype(object),
            "session": kept["session"].astype(object),
            "hat": kept["hat_given"].astype(object).where(kept["hat_given"].notna(), ""),
            "first": kept["fragment_id"].isin(list(looked)),
        }
    ).reset_index(drop=True)
    return SamplingFrame(rows=rows, n_examples=int(example.sum()))


def draw(frame: SamplingFrame, size: int, *, seed: int) -> list[str]:
    """Draw fragments in proportion, by session and within a session by hat; fragments coded before come first.

    Systematic sampling with a start by chance, over fragments sorted by session, hat and chance: every fragment has the
    same probability, those coded before and the others apart. Source: Cochran (1977), Sampling Techniques, chapter 8.

    Two coders with the same seed get the same fragments.

    Args:
        frame: the fragments to draw from.
        size: how many; all when there are fewer.
        seed: of the draw.

    Returns:
        Their ids, sorted.
    """
    before, others = frame.rows.loc[frame.rows["first"]], frame.rows.loc[~frame.rows["first"]]
    n_before = min(size, len(before))
    return sorted([*_draw(before, n_before, seed), *_draw(others, min(size - n_before, len(others)), seed)])


def shuffle(fragment_ids: Sequence[str], *, seed: int, coder: str) -> list[str]:
    """Give the order in which a coder sees fragments: another for each coder, and none that the notes had."""
    return sorted(fragment_ids, key=lambda fragment_id: _hash(seed, coder, fragment_id))


def repeat(fragment_ids: Sequence[str], share: float, *, seed: int, coder: str) -> list[str]:
    """Put a share of the fragments of a kit in it a second time, under `second_id`, far from the first time.

    Args:
        fragment_ids: in the order of showing.
        share: of them that come again, in [0, 1/3].
        seed: of the choice.
        coder: for whom the kit is.

    Returns:
        Ids of rows in the order of showing: what comes again stood in the first third, and stands in the second half.
    """
    n = len(fragment_ids)
    first = sorted(fragment_ids[: max(n // 3, 1)], key=lambda name: _hash(seed, "again", coder, name))
    again = [second_id(coder, name) for name in first[: min(round(share * n), len(first))]]
    if not again:
        return [*fragment_ids]
    late = sorted([*fragment_ids[n - n // 2 :], *again], key=lambda name: _hash(seed, "late", coder, name))
    return [*fragment_ids[: n - n // 2], *late]


def second_id(coder: str, fragment_id: str) -> str:
    """Give the id under which a fragment stands in a kit the second time: one like any other."""
    return f"f-{hashlib.sha256(chr(31).join(['again', coder, fragment_id]).encode()).hexdigest()[:12]}"


def probabilities(frame: SamplingFrame, size: int) -> dict[str, float]:
    """Give each fragment that can be drawn the probability that `draw` takes it, over all seeds."""
    before = frame.rows["first"].to_numpy(dtype=bool)
    n_before = min(size, int(before.sum()))
    n_others = min(size - n_before, int((~before).sum()))
    shares = np.where(before, n_before / max(int(before.sum()), 1), n_others / max(int((~before).sum()), 1))
    return {str(name): float(p) for name, p in zip(frame.rows["fragment_id"], shares, strict=True) if p > 0}


def _draw(rows: pd.DataFrame, size: int, seed: int) -> list[str]:
    places = zip(rows["session"], rows["hat"], rows["fragment_id"], strict=True)
    ordered = sorted(places, key=lambda place: (*place[:2], _hash(seed, place[2])))
    n = len(ordered)
    # In whole numbers, so that rounding decides nothing: position i is taken where start + i * size passes a multiple.
    start = int(_hash(seed, "start"), 16) % n if n else 0
    return [name for i, (*_, name) in enumerate(ordered) if (start + (i + 1) * size) // n > (start + i * size) // n]


def _hash(seed: int, *parts: str) -> str:
    return hashlib.sha256("\x1f".join([str(seed), *parts]).encode()).hexdigest()


MIN_SIZE = 50
MIN_DOUBLE = 30
"""Fewer fragments coded by the same two people say too little of their kappa to plan with it."""
ASSUMED_KAPPA = 0.6
ASSUMED_CORRELATION = 0.02
"""Until two coders overlap: their sessions differ somewhat. Coders A and B of the example study differ not at all."""
NEAR_ENOUGH = 1.1
"""Where no size reaches the width: the smallest sample within ten percent of the width that all fragments give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected of one scheme.

    Attributes:
        scheme: the scheme.
        shares: of its codes, adding up to 1.
        kappa: in [0, 1].
        correlation: of fragments in one block.
        basis: where the figures come from, for the screen.
    """

    scheme: str
    shares: tuple[float, ...]
    kappa: float
    correlation: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large the sample is to be.

    Attributes:
        size: number of fragments.
        widths: scheme to expected width of the interval; None where there is no interval.
        reached: whether the wanted width is expected.
        unit: what the interval resamples.
        n_blocks: how many of these the sample touches.
    """

    size: int
    widths: Mapping[str, float | None]
    reached: bool
    unit: str
    n_blocks: int


def expect(inputs: AgreementInputs, scheme: str, n_codes: int, *, leave_out: str) -> Expectation:
    """Say what to expect of a scheme: measured where people coded it, assumed where they did not.

    Args:
        inputs: the codings of people.
        scheme: the scheme.
        n_codes: number of codes that the kit offers.
        leave_out: the coder for whom the kit is.

    Returns:
        Shares of codes from the people who coded (else falling as 1, 1/2, 1/3 …), and kappa and correlation from
        those of them who coded ``MIN_DOUBLE`` of the same fragments (else assumed).
    """
    by_coder = {
        coder: [None if answer is None else _value(inputs, scheme, answer) for answer in answers]
        for coder, answers in sorted(inputs.answers.get(scheme, {}).items())
        if coder not in (leave_out, ADJUDICATED_CODER)
    }
    pooled = Counter(value for values in by_coder.values() for value in values if value is not None)
    counts = list(pooled.values()) if len(pooled) > 1 else [1 / rank for rank in range(1, max(n_codes, 2) + 1)]
    shares = tuple(float(share) for share in np.array(counts) / sum(counts))
    codes = f"shares of codes by {', '.join(by_coder)}" if len(pooled) > 1 else "shares of codes assumed"
    measured = [(pair, *found) for pair in combinations(by_coder, 2) if (found := _measure(inputs, by_coder, pair))]
    if not measured:
        basis = f"kappa {ASSUMED_KAPPA:.2f} assumed, {codes}"
        return Expectation(
            scheme=scheme, shares=shares, kappa=ASSUMED_KAPPA, correlation=ASSUMED_CORRELATION, basis=basis
        )
    weights = [n for _, n, _, _ in measured]
    kappa = float(np.clip(np.average([kappa for _, _, kappa, _ in measured], weights=weights), 0.0, 1.0))
    known = [found for *_, found in measured if found is not None]
    who = ", ".join(" and ".join(pair) for pair, *_ in measured)
    return Expectation(
        scheme=scheme,
        shares=shares,
        kappa=kappa,
        correlation=float(np.mean(known)) if known else ASSUMED_CORRELATION,
        basis=f"kappa {kappa:.2f} measured between {who}",
    )


def _value(inputs: AgreementInputs, scheme: str, answer: Answer) -> str:
    return "+".join(sorted(answer)) if inputs.schemes[scheme].as_set else (answer or (NONE,))[0]


def _measure(
    inputs: AgreementInputs, by_coder: Mapping[str, Sequence[str | None]], pair: tuple[str, str]
) -> tuple[int, float, float | None] | None:
    """Number of fragments that two people coded, their kappa, and its intra-block correlation."""
    both = [
        (unit, first, second)
        for unit, (first, second) in enumerate(zip(by_coder[pair[0]], by_coder[pair[1]], strict=True))
        if first is not None and second is not None
    ]
    if len(both) < MIN_DOUBLE:
        return None
    number = {code: i for i, code in enumerate(sorted({code for _, *codes in both for code in codes}))}
    blocks = find_blocks(inputs, [unit for unit, _, _ in both])
    codes = np.array([[number[first], number[second]] for _, first, second in both], dtype=np.int64)
    tables = contingency_by_block(codes[:, 0], codes[:, 1], len(number), blocks.index)
    kappa = float(cohen_kappa(tables.sum(axis=0)))
    return (len(both), kappa, measured_correlation(tables)) if np.isfinite(kappa) else None


def find_blocks(inputs: AgreementInputs, units: Sequence[int]) -> Blocks:
    """Find what the interval of these units will resample, as the comparison of coders does."""

    def pick(labels: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if labels is None else tuple(labels[unit] for unit in units)

    return choose_blocks(
        len(units),
        sessions=pick(inputs.sessions),
        headings=pick(inputs.headings),
        statements=pick(inputs.statements),
    )


def plan(
    frame: SamplingFrame,
    inputs: AgreementInputs,
    expectations: Sequence[Expectation],
    *,
    seed: int,
    width: float,
    size: int | None,
) -> Plan:
    """Find the size that the wanted width needs in every scheme, at least ``MIN_SIZE``, or judge a given size.

    Args:
        frame: the fragments to draw from.
        inputs: for the blocks of fragments.
        expectations: of each scheme.
        seed: of the draw.
        width: wanted width of the interval of kappa, from end to end.
        size: a size that was given; None to compute it.
    """
    position = {unit: i for i, unit in enumerate(inputs.units)}
    comparable = set(frame.rows.loc[frame.rows["first"] | (not frame.rows["first"].any()), "fragment_id"])

    def blocks_at(n: int) -> Blocks:
        drawn = draw(frame, n, seed=seed)
        return find_blocks(inputs, [position[fragment_id] for fragment_id in drawn if fragment_id in comparable])

    def widths_at(n: int) -> dict[str, float | None]:
        sizes = np.bincount(blocks_at(n).index)
        return {
            each.scheme: expected_width(each.shares, each.kappa, sizes, correlation=each.correlation)
            for each in expectations
        }

    def widest_at(n: int) -> float | None:
        widths = [found for found in widths_at(n).values() if found is not None]
        return max(widths) if len(widths) == len(expectations) else None

    chosen = min(size or _choose_size(widest_at, len(comparable), width), len(frame.rows))
    widths, blocks = widths_at(chosen), blocks_at(chosen)
    reached = all(found is not None and found <= width for found in widths.values())
    return Plan(size=chosen, widths=widths, reached=reached, unit=blocks.unit, n_blocks=len(blocks.names))


def _choose_size(widest_at: Callable[[int], float | None], most: int, width: float) -> int:
    sizes = range(min(MIN_SIZE, most), most + 1)
    chosen = smallest_size(widest_at, sizes, width)
    if chosen is None and (least := widest_at(most)) is not None:
        chosen = smallest_size(widest_at, sizes, least * NEAR_ENOUGH)
    return max(chosen or MIN_SIZE, MIN_SIZE)


NEIGHBOURS = 10
FEW_EXAMPLES = 5
RARITY_WEIGHT = 4.0
DOUBT_WEIGHT = 0.1
LIKENESS_WEIGHT = 0.05
DISTANCE_WEIGHT = 0.5
"""Weights chosen by simulated coding: themes with few examples and distance from what is coded bring most; doubt and
likeness to others only decide between fragments that are otherwise equal."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One fragment to code.

    Attributes:
        fragment_id: the fragment.
        likely: the theme that the machine would give; None where it has no opinion.
        examples: how many fragments people gave that theme.
        uncertainty: how near the second theme is to the first, in [0, 1].
        typical: how much it resembles other fragments, as a share of the fragments that do so less.
        why: the reason that weighs most.
    """

    fragment_id: str
    likely: str | None
    examples: int
    uncertainty: float
    typical: float
    why: str


def suggest(
    fragments: pd.DataFrame,
    embeddings: pd.DataFrame,
    seen: pd.DataFrame,
    human_codings: pd.DataFrame,
    codebook: pd.DataFrame,
    guided_codings: pd.DataFrame,
    taught_codings: pd.DataFrame,
    *,
    n: int,
) -> list[Suggestion]:
    """Choose fragments that nobody has coded, one after the other.

    Each time the best of what is left: one that speaks for a theme with few examples, of which the machine is in
    doubt, that resembles many fragments, and that differs from what is coded or chosen (a greedy form of the
    density-weighted uncertainty of Settles & Craven 2008, EMNLP, equation 14, with the diversity of core sets, Sener &
    Savarese 2018, ICLR).

    Args:
        fragments: the table of that name.
        embeddings: the table of that name.
        seen: the table of that name; what a person has looked at for its theme is not asked again.
        human_codings: the table of that name.
        codebook: the table of that name; fragments named as examples are left out.
        guided_codings: the table of that name, for fragments of which the taught machine says nothing.
        taught_codings: the table of that name.
        n: how many.

    Returns:
        At most n suggestions, the best first.
    """
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id")
    ids = used["fragment_id"].tolist()
    vector_of = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    people = human_codings.loc[human_codings["coder"] != ADJUDICATED_CODER]
    mine = people.loc[(people["scheme"] == Scheme.THEME) & (people["rank"] == 1)]
    looked = set(mine["fragment_id"]) | set(seen.loc[seen["scheme"] == Scheme.THEME, "fragment_id"])
    examples = {fragment for named in codebook["example_fragment_ids"] for fragment in named}
    free = np.array([fragment not in looked and fragment not in examples for fragment in ids], dtype=bool)
    if not free.any():
        return []
    counts = Counter(mine.drop_duplicates(["fragment_id", "code"])["code"])
    opinions = _opinions(guided_codings) | _opinions(taught_codings.loc[taught_codings["coder"] == TAUGHT_CODER])
    likely = [opinions[fragment][0] if fragment in opinions else None for fragment in ids]
    uncertainty = np.array([opinions[fragment][1] if fragment in opinions else 1.0 for fragment in ids])
    vectors = np.array([vector_of[fragment] for fragment in ids], dtype=np.float64)
    chosen = pick(vectors, likely, uncertainty, counts, free=free, n=n)
    typical = _rank(_density(centre(vectors, vectors)))
    return [
        Suggestion(
            fragment_id=ids[i], likely=likely[i], examples=counts[likely[i] or ""], uncertainty=float(uncertainty[i]),
            typical=float(typical[i]), why=_why(likely[i], counts, float(uncertainty[i]), float(typical[i])),
        )
        for i in chosen
    ]  # fmt: skip


def pick(
    vectors: Floats,
    likely: list[str | None],
    uncertainty: Floats,
    counts: Mapping[str, int],
    *,
    free: NDArray[np.bool_],
    n: int,
) -> list[int]:
    """Pick n of the free fragments, one after the other.

    Args:
        vectors: (m, d).
        likely: m themes that the machine would give.
        uncertainty: m, in [0, 1].
        counts: theme to number of coded fragments.
        free: m, true where nobody coded.
        n: how many.

    Returns:
        Their positions, the best first.
    """
    near = centre(vectors, vectors)
    worth = DOUBT_WEIGHT * _rank(uncertainty) + LIKENESS_WEIGHT * _rank(_density(near))
    coded = np.flatnonzero(~free)
    closest = (near @ near[coded].T).max(axis=1) if len(coded) else np.full(len(near), -1.0)
    have = Counter(counts)
    left = free.copy()
    chosen: list[int] = []
    while left.any() and len(chosen) < n:
        rare = np.array([1.0 / np.sqrt(1 + have[theme]) if theme is not None else 1.0 for theme in likely])
        value = worth + RARITY_WEIGHT * rare + DISTANCE_WEIGHT * (1.0 - closest)
        # Rounded, so that the last digit of another machine does not decide.
        best = int(np.argmax(np.where(left, np.round(value, 9), -np.inf)))
        chosen.append(best)
        left[best] = False
        closest = np.maximum(closest, near @ near[best])
        theme = likely[best]
        if theme is not None:
            have[theme] += 1
    return chosen


def _density(near: Floats) -> Floats:
    """Mean likeness to the nearest other fragments."""
    density = np.zeros(len(near))
    wanted = min(NEIGHBOURS, len(near) - 1)
    if wanted < 1:
        return density
    for start in range(0, len(near), 1000):
        likeness = near[start : start + 1000] @ near.T
        likeness[np.arange(len(likeness)), np.arange(start, start + len(likeness))] = -np.inf
        density[start : start + 1000] = np.partition(likeness, -wanted, axis=1)[:, -wanted:].mean(axis=1)
    return density


def _rank(values: Floats) -> Floats:
    """Give the share of values that lie lower."""
    ranks = pd.Series(np.round(values, 9)).rank(pct=True)
    return np.asarray(ranks, dtype=np.float64)


def _opinions(codings: pd.DataFrame) -> dict[str, tuple[str, float]]:
    """Give the first theme and the doubt: the share of the second theme over that of the first."""
    rows = codings.loc[codings["scheme"] == Scheme.THEME]
    first = rows.loc[rows["rank"] == 1].set_index("fragment_id")
    second = rows.loc[rows["rank"] == 2].set_index("fragment_id")["score"]
    return {
        fragment: (code, float(second.get(fragment, 0.0)) / score if score > 0 else 1.0)
        for fragment, code, score in zip(first.index, first["code"], first["score"], strict=True)
    }


def _why(likely: str | None, counts: Mapping[str, int], uncertainty: float, typical: float) -> str:
    if likely is None:
        return "fits no code"
    if counts.get(likely, 0) < FEW_EXAMPLES:
        return f"its likely theme has {counts.get(likely, 0)} examples"
    return "the machine is in doubt" if uncertainty >= typical else "many fragments resemble it"
