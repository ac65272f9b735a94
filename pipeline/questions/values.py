"""What is known of each fragment's hat, polarity and sentiment, and whence; unknown is never no."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.questions.ground import Bools, Ground, is_machine
from pipeline.vocabulary import (
    ADJUDICATED_CODER,
    BOTH_POLARITIES,
    NEUTRAL_POLARITY,
    TAUGHT_CODER,
    UNKNOWN,
    Kind,
    Polarity,
    Scheme,
)

Names = NDArray[np.object_]
GIVEN, PREDICTED, OWN, MACHINE, NOTES, NONE = "given", "predicted", "own", "machine", "notes", "none"


@dataclass(frozen=True, eq=False, kw_only=True)
class Values:
    """One value for each fragment, and where it comes from (``none`` where it is unknown)."""

    value: Names
    source: Names


def blank(n: int) -> Values:
    """Nothing known of any fragment."""
    return Values(value=np.full(n, UNKNOWN, dtype=object), source=np.full(n, NONE, dtype=object))


def polarities_of(ground: Ground, coder: str) -> Values:
    """How the fragments lean by this coder; by the machine where this coder coded no polarity at all."""
    own = _polarity_of(ground, coder, OWN)
    return own if own is not None else _polarity_of(ground, TAUGHT_CODER, MACHINE) or blank(ground.n)


def sentiments_of(ground: Ground, coder: str) -> Values:
    """The sentiment of the fragments by this coder; by the machine where this coder coded none."""
    for who, source in ((coder, OWN), (TAUGHT_CODER, MACHINE)):
        found = blank(ground.n)
        _write_first(found, ground.coded(Scheme.SENTIMENT, who), source)
        if (found.source != NONE).any():
            return found
    return blank(ground.n)


def hats_of(ground: Ground, coder: str) -> Values:
    """The hat written in the source; else the coder's own, else the machine's, each marked."""
    found = blank(ground.n)
    _write_first(found, ground.coded(Scheme.HAT, TAUGHT_CODER), PREDICTED)
    if coder != TAUGHT_CODER:
        _write_first(found, ground.coded(Scheme.HAT, coder), OWN)
    given = ground.fragments["hat_given"]
    worn = given.notna().to_numpy()
    found.value[worn] = given[worn].to_numpy(dtype=object)
    found.source[worn] = GIVEN
    return found


def judge_polarity(ground: Ground) -> Values:
    """One polarity for each fragment, whoever coded it.

    What people settled together comes first; then each polarity that at least half of the people gave who looked; the
    machine's only where nobody looked, and never where the question does not arise: what people coded with a function
    or an expectation, and the introductions of a report, which name a subject and take no side.
    """
    found = blank(ground.n)
    machine = _polarity_of(ground, TAUGHT_CODER, MACHINE)
    if machine is not None:
        asked_else = [ground.coded(scheme) for scheme in (Scheme.FUNCTION, Scheme.EXPECTATION)]
        free = ground.fragments["kind"].ne(str(Kind.PARAGRAPH)).to_numpy(dtype=bool, copy=True)
        for rows in asked_else:
            free[rows["row"].to_numpy(dtype=np.int64)] = False
        _copy(machine, found, free)
    people = [coder for coder in ground.coders(Scheme.POLARITY) if not is_machine(coder)]
    coders = {*people, *(coder for coder in set(ground.seen["coder"]) if not is_machine(coder))} - {ADJUDICATED_CODER}
    _write_people(ground, sorted(coders), found)
    if ADJUDICATED_CODER in people:
        settled = _polarity_of(ground, ADJUDICATED_CODER, OWN)
        if settled is not None:
            _copy(settled, found, ground.looked(Scheme.POLARITY, ADJUDICATED_CODER))
    return found


def holds(values: Values, polarity: Polarity) -> Bools:
    """Which fragments name a polarity, alone or beside the other."""
    return np.asarray(np.isin(values.value, [str(polarity), BOTH_POLARITIES]), dtype=bool)


def only(values: Values, polarity: Polarity) -> Bools:
    """Which fragments name a polarity and not the other."""
    return np.asarray(values.value == str(polarity), dtype=bool)


def _copy(origin: Values, target: Values, where: Bools) -> None:
    target.value[where] = origin.value[where]
    target.source[where] = origin.source[where]


def _write_first(found: Values, rows: pd.DataFrame, source: str) -> None:
    first = rows.drop_duplicates("row")
    at = first["row"].to_numpy(dtype=np.int64)
    found.value[at] = first["code"].to_numpy(dtype=object)
    found.source[at] = source


def _flags(ground: Ground, coder: str) -> Bools:
    """Whether a coder gave kans and knelpunt, shape (fragments, 2)."""
    rows = ground.coded(Scheme.POLARITY, coder)
    flags = np.zeros((ground.n, len(Polarity)), dtype=bool)
    for place, polarity in enumerate(Polarity):
        flags[rows.loc[rows["code"] == str(polarity), "row"].to_numpy(dtype=np.int64), place] = True
    return flags


def _name(flags: Bools) -> Names:
    names = np.array([NEUTRAL_POLARITY, *(str(polarity) for polarity in Polarity), BOTH_POLARITIES], dtype=object)
    return np.asarray(names[flags[:, 0] + 2 * flags[:, 1].astype(np.int64)], dtype=object)


def _polarity_of(ground: Ground, coder: str, source: str) -> Values | None:
    """Polarity by one coder; None where that coder never looked for any."""
    rows = ground.coded(Scheme.POLARITY, coder)
    known = np.zeros(ground.n, dtype=bool)
    if is_machine(coder):
        # A machine that declines has no row; one that is sure of neither writes it down.
        known[rows["row"].to_numpy(dtype=np.int64)] = True
    else:
        known = ground.looked(Scheme.POLARITY, coder)
    if not known.any():
        return None
    found = blank(ground.n)
    found.value[known] = _name(_flags(ground, coder))[known]
    found.source[known] = source
    return found


def _write_people(ground: Ground, coders: list[str], found: Values) -> None:
    votes, lookers = np.zeros((ground.n, len(Polarity)), dtype=np.int64), np.zeros(ground.n, dtype=np.int64)
    for coder in coders:
        votes += _flags(ground, coder)
        lookers += ground.looked(Scheme.POLARITY, coder)
    looked = lookers > 0
    held = (2 * votes >= lookers[:, np.newaxis]) & (votes > 0)
    found.value[looked] = _name(held)[looked]
    found.source[looked] = OWN
