"""How often a theme or a polarity occurs in all fragments, when people coded a part and the machine everything.

Machine shares alone are biased by the machine's errors; coded fragments alone waste the rest. The regression estimator
of survey sampling takes the share among the coded fragments and adds what the machine says of the difference between
these and all fragments, weighed by how well the machine predicts the codes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.agreement.comparison.topic_pairs import TopicMapping, map_topics, topic_code_table
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, interval_of
from pipeline.agreement.statistics.coefficients import divide
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.views import Floats, Mask
from pipeline.core.vocabulary import SYNTHESIS_CODER, TAUGHT_CODER, Scheme

_THEME, _POLARITY = str(Scheme.THEME), str(Scheme.POLARITY)
NOT_DRAWN = "the structure of a report decides which fragments carry a code; they are not a sample of all"
NOT_RECORDED = "the coded fragments were chosen by hand, as far as is recorded; they are not a sample of all"
CHOSEN = "fragments were chosen for what the machine learns of them; they are not a sample of all"
PART = "said of the fragments that could be drawn; the others had no chance"
ALL_CODED = "every fragment is coded: nothing is corrected, and the interval is that of other sessions"

ONE_TELLS = "the coded fragments lie in one session or block, so the uncertainty cannot be seen"


@dataclass(frozen=True)
class Draw:
    """How the fragments of one coder came to be coded.

    Attributes:
        reason: why their shares say nothing of all fragments; None where they do.
        weights: shape (units,) one over the probability of being drawn, 1 where every fragment is coded.
        inside: shape (units,) whether a unit could be drawn.
    """

    reason: str | None
    weights: Floats
    inside: Mask


def find_draw(sampling: pd.DataFrame, coder: str, units: Sequence[str], coded: Mask) -> Draw:
    """Say how the coded fragments of a coder were chosen, by the record of draws.

    Args:
        sampling: the table of that name.
        coder: who coded.
        units: n names of fragments, all that are used.
        coded: shape (n,) which of them the coder has seen.

    Returns:
        Weights where each coded fragment was drawn with a known probability, or where all are coded.
    """
    whole = np.ones(len(units), dtype=np.bool_)
    if coder == SYNTHESIS_CODER:
        return Draw(NOT_DRAWN, np.ones(len(units)), whole)
    if coded.all():
        return Draw(None, np.ones(len(units)), whole)
    rows = sampling.loc[sampling["coder"] == coder]
    known = dict(zip(rows["fragment_id"], rows["probability"], strict=True))
    drawn = set(rows.loc[rows["drawn"], "fragment_id"])
    inside = np.array([unit in known for unit in units], dtype=np.bool_)
    not_drawn = {unit for unit, is_coded in zip(units, coded, strict=True) if is_coded and unit not in drawn}
    if not_drawn:
        named = set(sampling.loc[sampling["probability"].isna(), "fragment_id"])
        return Draw(CHOSEN if not_drawn <= named else NOT_RECORDED, np.ones(len(units)), whole)
    weights = np.array([1.0 / known[unit] if unit in known else 0.0 for unit in units])
    return Draw(None, weights, inside)


def correct_frequencies(study: DiagnosisInputs, sampling: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the share of each theme and polarity among all used fragments, by coder.

    With y what a coder says of a fragment (1 or 0), x what the machine says, means over the coded part in lower case
    and over all fragments in capitals: y + b (X - x), with b the slope of y on x in the coded part. Source: Cochran
    (1977), Sampling Techniques, 3rd edition, section 7.3; with machine labels: Angelopoulos, Duchi & Zrnic (2023),
    arXiv:2311.01453, section 4. The machine's label of a coded fragment comes from a mapping or model that did not see
    its code. The interval leaves out whole sessions or blocks, the slope estimated anew each time;
    its degrees of freedom are those of the sessions that carry codes.

    It holds where chance drew the coded part, as for a kit: each coded fragment counts for one over the probability
    that it was drawn (Horvitz & Thompson 1952, JASA 47), and rows that came back empty are taken to be like the others.
    What a person or the machine chose to code is no sample, nor is the structure of a report: there it is refused.

    Args:
        study: the study.
        sampling: the table of that name.
    """
    for coder in study.people_of(_THEME) if study.has_topics else ():
        yield from _rows(study, _THEME, coder, _machine_themes(study, coder), sampling)
    for coder in study.people_of(_POLARITY):
        if TAUGHT_CODER in study.coders_of(_POLARITY):
            yield from _rows(study, _POLARITY, coder, study.members(_POLARITY, TAUGHT_CODER), sampling)


def _rows(
    study: DiagnosisInputs, scheme: str, coder: str, machine: Mask, sampling: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    units = np.flatnonzero(study.used)
    coded = study.seen(scheme, coder)[units]
    draw = find_draw(sampling, coder, [study.inputs.units[unit] for unit in units], coded)
    units, coded, weights = units[draw.inside], coded[draw.inside], draw.weights[draw.inside]
    by_machine, given = machine[units], study.members(scheme, coder)[units]
    if not coded.any():
        return
    compared = study.compared(units)
    # Only where codes were given is the slope and its error seen; what a machine alone read adds no freedom.
    n_coded_blocks = np.unique(compared.blocks.index[coded]).size
    for position, code in enumerate(study.inputs.schemes[scheme].labels):
        x, y = by_machine[:, position].astype(np.float64), np.where(coded, given[:, position], 0.0)
        seen = coded * weights
        numbers = np.stack([np.ones(units.size), x, seen, seen * x, weights * y, weights * x * y], axis=-1)
        sums = numbers.sum(axis=0)
        row = {
            "coder": coder,
            "scheme": scheme,
            "code": code,
            "position": position,
            "machine": float(sums[1] / sums[0]),
            "coded": float(y.sum() / coded.sum()),
            "unit": compared.unit,
            "n_coded": int(coded.sum()),
            "n": units.size,
        }
        if draw.reason is not None:
            yield {**row, "reason": draw.reason}
            continue
        if n_coded_blocks < 2:
            yield {**row, "reason": ONE_TELLS}
            continue
        figure = interval_of(compared, numbers, regression_share, method=Method.JACKKNIFE_T, freedom=n_coded_blocks - 1)
        if coded.all():
            figure |= {"reason": ALL_CODED}
        elif not draw.inside.all():
            figure |= {"reason": figure["reason"] or PART}
        yield {**row, **figure, "weight": float(_slope(sums))}


def regression_share(sums: Floats) -> Floats:
    """The regression estimator of a share from sums over fragments.

    Args:
        sums: shape (..., 6): fragments, those to which the machine gave the code; and of the coded fragments, each
            counted for one over its probability: all, those to which the machine gave it, the coder, and both.

    Returns:
        Shape (...), in [0, 1]; NaN where nothing is coded.

    >>> round(float(regression_share(np.array([100.0, 40.0, 10.0, 5.0, 5.0, 4.0]))), 3)
    0.44
    """
    n, machine, n_coded, machine_coded, coder_coded, _ = np.moveaxis(sums, -1, 0)
    difference = divide(machine, n) - divide(machine_coded, n_coded)
    return np.clip(divide(coder_coded, n_coded) + _slope(sums) * difference, 0.0, 1.0)


def _slope(sums: Floats) -> Floats:
    """Slope of the coder's code on the machine's; 0 where the machine gives the code to all or to none."""
    _, _, n, x, y, xy = np.moveaxis(sums, -1, 0)
    spread = x * n - x * x
    return np.where(spread > 1e-9, (xy * n - x * y) / np.where(spread > 1e-9, spread, 1.0), 0.0)


def _machine_themes(study: DiagnosisInputs, coder: str) -> Mask:
    """The machine's theme of each unit, from its topic; coded units by a mapping that did not see their code."""
    n_codes = len(study.inputs.schemes[_THEME].labels)
    numbered = study.numbered(_THEME)
    units, read = study.read_topics(_THEME, coder)
    themes: Units = np.full(len(study.inputs.units), n_codes, dtype=np.int64)
    placed = study.topics.assigned >= 0
    seen = np.flatnonzero(placed & study.seen(_THEME, coder))
    table = topic_code_table(study.topics.assigned[seen], numbered.first[seen, numbered.column(coder)])
    mapped = np.full(len(study.topic_ids), n_codes, dtype=np.int64)
    mapped[: len(table)] = map_topics(table, TopicMapping.MANY_TO_ONE)
    themes[placed] = mapped[study.topics.assigned[placed]]
    themes[units] = read
    return np.equal(themes[:, np.newaxis], np.arange(n_codes))
