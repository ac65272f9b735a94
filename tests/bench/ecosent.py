"""How far students agreed on the tone of Dutch headlines: the published codings of ECOSENT, with an interval.

Run ``python -m tests.bench.ecosent FOLDER``, with the folder that holds ``manual_coding.csv`` of
https://github.com/vanatteveldt/ecosent (MIT licence).

Source of the data: van Atteveldt, van der Velden & Boukes (2021), Communication Methods and Measures 15(2).
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.statistics.counts import Tallies, tally_by_block
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories
from pipeline.agreement.statistics.resampling import Interval, Method, draw_weights, intervals_of_sums
from pipeline.core.errors import InputError, PipelineError, Problem

FILE = "manual_coding.csv"
COLUMNS = ("id", "coder", "value")
VALUES = (-1, 0, 1)
STATISTICS = ("krippendorff_alpha_ordinal", "krippendorff_alpha_nominal", "krippendorff_alpha_interval")


@dataclass(frozen=True, kw_only=True)
class Codings:
    """The codings of headlines that two students or more coded.

    Attributes:
        codes: shape (headlines, coders) position in ``VALUES``, -1 where the student did not code the headline.
        n_single: headlines left out because one student coded them.
    """

    codes: NDArray[np.int64]
    n_single: int


def read_codings(folder: Path) -> Codings:
    """Read ``manual_coding.csv``: one line per headline and student, tone -1, 0 or 1.

    Args:
        folder: where the file is.

    Raises:
        InputError: no such file, a column is missing, or a line cannot be used; all lines at once.
    """
    path = folder / FILE
    if not path.is_file():
        raise InputError.single(FILE, "not found in that folder", "Give the folder that holds the codings of ECOSENT")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise InputError.single(f"{FILE}, line 1", f"no column {', '.join(missing)}", "Use the published file")
        rows = [(row["id"], row["coder"], row["value"]) for row in reader]
    _check(rows)
    headlines, coders = (sorted({row[part] for row in rows}) for part in (0, 1))
    at_headline, at_coder = ({name: i for i, name in enumerate(names)} for names in (headlines, coders))
    codes = np.full((len(headlines), len(coders)), -1, dtype=np.int64)
    for headline, coder, value in rows:
        codes[at_headline[headline], at_coder[coder]] = VALUES.index(int(value))
    several = (codes >= 0).sum(axis=1) >= 2
    return Codings(codes=codes[several], n_single=int((~several).sum()))


def estimate_agreement(codings: Codings, statistic: str, *, n_resamples: int, seed: int) -> Interval:
    """Give one alpha with its bootstrap interval over headlines.

    Args:
        codings: of at least two students per headline.
        statistic: one of ``STATISTICS``.
        n_resamples: draws of headlines.
        seed: of the draws.
    """
    n_headlines, n_values = len(codings.codes), len(VALUES)
    tallies = tally_by_block(codings.codes, n_values, np.arange(n_headlines))
    formula = COEFFICIENTS[statistic].of_tallies
    categories = Categories(n_values, ordered=True, numbers=np.array(VALUES, dtype=np.float64))
    if formula is None:
        raise ValueError(f"{statistic} compares two coders; there are more here")

    def of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        square = (len(sums), n_values, n_values)
        pairs, margins, coincidences = np.split(sums, [n_values**2, n_values**2 + n_values], axis=1)
        return formula(Tallies(pairs.reshape(square), margins, coincidences.reshape(square)), categories)

    by_headline = np.hstack([part.reshape(n_headlines, -1) for part in vars(tallies).values()])
    draws = draw_weights(n_headlines, n_resamples, seed=seed) if n_headlines > 1 else None
    [found] = intervals_of_sums(by_headline, of_sums, method=Method.PERCENTILE, lowest=-1.0, draws=draws)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures with their intervals; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ecosent", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2021)
    given = parser.parse_args(arguments)
    try:
        codings = read_codings(given.folder)
    except PipelineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    n_headlines, n_coders = codings.codes.shape
    sys.stdout.write(
        f"{n_headlines} headlines coded by two or more of {n_coders} students "
        f"({codings.n_single} coded once, left out); headlines resampled {given.resamples} times\n"
    )
    for statistic in STATISTICS:
        found = estimate_agreement(codings, statistic, n_resamples=given.resamples, seed=given.seed)
        if found.low is None or found.high is None:
            sys.stdout.write(f"{statistic}: no interval, {found.reason}\n")
        else:
            sys.stdout.write(f"{statistic} {found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]\n")
    return 0


def _check(rows: Sequence[tuple[str, str, str]]) -> None:
    """Refuse tones outside -1..1, empty names, and a student who coded a headline twice."""
    problems, seen = [], set()
    allowed = {str(value) for value in VALUES}
    for line, (headline, coder, value) in enumerate(rows, start=2):
        where = f"{FILE}, line {line}"
        if not headline or not coder:
            problems.append(Problem(where, "no headline or no coder", "Fill both in"))
        elif (headline, coder) in seen:
            problems.append(Problem(where, "this coder coded this headline before", "Keep one of the two"))
        if value not in allowed:
            problems.append(Problem(where, "the tone is not -1, 0 or 1", "Correct the tone"))
        seen.add((headline, coder))
    if problems:
        raise InputError(problems)


if __name__ == "__main__":
    sys.exit(main())
