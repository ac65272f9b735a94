"""What people said of a fragment, as one label that a model may learn from."""

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from pipeline.stances.scales import SCALES
from pipeline.vocabulary import ADJUDICATED_CODER, STRUCTURE_HATS, SYNTHESIS_CODER, Hat, Scheme


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
