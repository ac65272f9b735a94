"""How often the 95 % intervals hold the truth, and whether the p-values are what they claim, by simulation.

Run ``python -m tests.bench.calibration`` for the tables of ``docs/calibration.md``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.statistics.counts import contingency_by_block
from pipeline.agreement.statistics.permutation import Moved, permutation_test
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories
from pipeline.agreement.statistics.resampling import Method, figure_of_tables, interval

Floats = NDArray[np.float64]

SESSION_SIZES = (9, 10, 12, 13, 15, 16, 17, 18, 20, 22, 23, 25)
STATISTICS = ("percent", "cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1")
PREVALENCES = (0.05, 0.10, 0.30)
CORRELATIONS = (0.0, 0.1, 0.3)
COPYING = 0.7
LEVEL = 0.95
PAIR = Categories(2)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One kind of simulated study.

    Attributes:
        prevalence: share of fragments with the code.
        correlation: intra-session correlation of the code and of the care of the coders, 0 to < 1.
    """

    prevalence: float
    correlation: float


class Coverage(NamedTuple):
    """How an interval did over many studies."""

    method: str
    covered: int
    given: int
    studies: int

    @property
    def share(self) -> float:
        """Share of the given intervals that held the truth."""
        return self.covered / self.given if self.given else float("nan")

    @property
    def under_covers(self) -> bool:
        """Whether the share lies below the level by more than two standard errors of the simulation."""
        return self.given > 0 and self.share + 2 * np.sqrt(LEVEL * (1 - LEVEL) / self.given) < LEVEL


def true_table(setting: Setting) -> Floats:
    """Expected 2 x 2 table of a setting, scaled so that no small-sample term matters.

    The second coder copies the first with probability ``COPYING`` and draws anew from the session's share otherwise.
    """
    p, share = setting.prevalence, 1.0 - COPYING
    spread = setting.correlation * p * (1 - p)
    crossed = share * (p * (1 - p) - spread)
    return 1e9 * np.array([[1 - p - crossed, crossed], [crossed, p - crossed]])


def simulate_study(setting: Setting, rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Draw one study of 200 fragments in 12 sessions of unequal size: session, coder A, coder B, each (200,)."""
    session = np.repeat(np.arange(len(SESSION_SIZES)), SESSION_SIZES)
    share = _by_session(setting.prevalence, setting.correlation, rng)[session]
    copying = _by_session(COPYING, setting.correlation, rng)[session]
    first = rng.random(session.size) < share
    anew = rng.random(session.size) < share
    second = np.where(rng.random(session.size) < copying, first, anew)
    return session, first.astype(np.int64), second.astype(np.int64)


def measure_coverage(setting: Setting, *, n_studies: int, n_resamples: int, seed: int) -> dict[str, list[Coverage]]:
    """Count, per statistic and method, how often the interval holds the true value.

    The last method resamples single fragments, as most software does.

    Args:
        setting: the kind of study.
        n_studies: how many studies.
        n_resamples: draws per bootstrap interval.
        seed: study i draws from (seed, i).

    Returns:
        For each of ``STATISTICS`` one `Coverage` per method.
    """
    names = [*(method.value for method in Method), "single fragments"]
    held = {name: np.zeros((len(names), 2), dtype=np.int64) for name in STATISTICS}
    truth = {name: float(COEFFICIENTS[name].of_tables(true_table(setting), PAIR)) for name in STATISTICS}
    for study in range(n_studies):
        session, first, second = simulate_study(setting, np.random.default_rng([seed, study]))
        by_session = contingency_by_block(first, second, 2, session)
        by_unit = contingency_by_block(first, second, 2, np.arange(session.size))
        for name in STATISTICS:
            ends = _all_ends(name, by_session, by_unit, n_resamples=n_resamples, seed=seed + study)
            for row, (low, high) in enumerate(ends):
                held[name][row] += (low <= truth[name] <= high, low <= high)
    return {
        name: [
            Coverage(method, int(covered), int(given), n_studies)
            for method, (covered, given) in zip(names, counts, strict=True)
        ]
        for name, counts in held.items()
    }


def null_p_values(moved: Moved, *, n_studies: int, n_permutations: int, seed: int) -> Floats:
    """Permutation p-values of kappa for two coders who do not know each other and both code in runs.

    Eighty statements of two to eight fragments, each statement coded as a whole with one of five codes, in four
    documents; nothing links the coders.
    """
    block = np.repeat(np.arange(80), 2 + np.arange(80) * 3 % 7)
    five = Categories(5)
    kappa = COEFFICIENTS["cohen_kappa"].of_tables
    found = []
    for study in range(n_studies):
        rng = np.random.default_rng([seed, study])
        first, second = (rng.choice(5, 80, p=(0.4, 0.25, 0.15, 0.12, 0.08))[block] for _ in range(2))
        test = permutation_test(
            first, second, (5, 5), lambda tables: kappa(tables, five),
            moved=moved, documents=block // 20, blocks=block, n_permutations=n_permutations, seed=seed + study,
        )  # fmt: skip
        found.append(test.p)
    return np.array(found)


def coverage_table(*, n_studies: int, n_resamples: int, seed: int) -> Iterator[str]:
    """Write the coverage of every setting as lines of a Markdown table; a ▼ marks what under-covers.

    In brackets: the share of studies without an interval, where it is 1 % or more.
    """
    names = [*(method.value for method in Method), "single fragments"]
    yield f"| statistic | prevalence | correlation | {' | '.join(names)} |"
    yield f"| --- | --- | --- |{' --- |' * len(names)}"
    for prevalence in PREVALENCES:
        for correlation in CORRELATIONS:
            setting = Setting(prevalence=prevalence, correlation=correlation)
            measured = measure_coverage(setting, n_studies=n_studies, n_resamples=n_resamples, seed=seed)
            for statistic, coverages in measured.items():
                cells = " | ".join(_cell(coverage) for coverage in coverages)
                yield f"| {statistic} | {prevalence:.2f} | {correlation:.1f} | {cells} |"


def null_table(*, n_studies: int, n_permutations: int, seed: int) -> Iterator[str]:
    """Write how often each kind of permutation rejects where there is nothing to find, as a Markdown table."""
    from scipy.stats import kstest

    yield "| moved | p <= .01 | p <= .05 | p <= .10 | mean p | Kolmogorov-Smirnov p |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for moved in Moved:
        p = null_p_values(moved, n_studies=n_studies, n_permutations=n_permutations, seed=seed)
        shares = " | ".join(f"{(p <= level).mean():.3f}" for level in (0.01, 0.05, 0.10))
        yield f"| {moved.value} | {shares} | {p.mean():.3f} | {kstest(p, 'uniform').pvalue:.3f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.calibration", description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="simulated studies per setting")
    parser.add_argument("--resamples", type=int, default=400, help="draws per bootstrap interval")
    parser.add_argument("--permutations", type=int, default=199, help="permutations per p-value")
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args(arguments)
    for line in coverage_table(n_studies=given.studies, n_resamples=given.resamples, seed=given.seed):
        sys.stdout.write(line + "\n")
    sys.stdout.write("\n")
    for line in null_table(n_studies=given.studies, n_permutations=given.permutations, seed=given.seed):
        sys.stdout.write(line + "\n")


def _by_session(mean: float, correlation: float, rng: np.random.Generator) -> Floats:
    """A share per session with the given mean; correlation rho between two draws of one session (beta-binomial)."""
    if correlation == 0:
        return np.full(len(SESSION_SIZES), mean)
    size = (1 - correlation) / correlation
    return rng.beta(mean * size, (1 - mean) * size, len(SESSION_SIZES))


def _all_ends(
    name: str, by_session: Floats, by_unit: Floats, *, n_resamples: int, seed: int
) -> Iterator[tuple[float, float]]:
    coefficient = COEFFICIENTS[name]
    plans = [(by_session, method) for method in Method] + [(by_unit, Method.PERCENTILE)]
    for tables, method in plans:
        found = interval(
            figure_of_tables(tables, lambda summed: coefficient.of_tables(summed, PAIR)), len(tables),
            unit="session", seed=seed, n_resamples=n_resamples, method=method, bounds=(coefficient.lowest, 1.0),
        )  # fmt: skip
        if found.low is None or found.high is None:
            yield float("nan"), float("nan")
        else:
            yield found.low, found.high


def _cell(coverage: Coverage) -> str:
    missing = 1.0 - coverage.given / coverage.studies
    note = f" ({missing:.2f})" if missing >= 0.005 else ""
    return f"{coverage.share:.3f}{' ▼' if coverage.under_covers else ''}{note}"


if __name__ == "__main__":
    main()
