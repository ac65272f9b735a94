"""How often the 95 % intervals hold the truth, and whether the p-values are what they claim, by simulation.

Run ``python -m tests.bench.calibration`` for the tables of ``docs/calibration.md``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.comparison.evaluation import Measure, TableCounting, evaluate
from pipeline.agreement.comparison.folds import ComparedFragments, Settings
from pipeline.agreement.comparison.inputs import AgreementInputs
from pipeline.agreement.statistics.clusterings import adjusted_mutual_information
from pipeline.agreement.statistics.coefficients import cohen_kappa
from pipeline.agreement.statistics.counts import contingency_by_block
from pipeline.agreement.statistics.permutation import Units, summarise_shifts
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories
from pipeline.agreement.statistics.resampling import Figure, Method, draw_weights, intervals_of_sums

Floats = NDArray[np.float64]

SESSION_SIZES = (9, 10, 12, 13, 15, 16, 17, 18, 20, 22, 23, 25)
STATISTICS = ("percent", "cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1")
PREVALENCES = (0.05, 0.10, 0.30)
CORRELATIONS = (0.0, 0.1, 0.3)
COPYING = 0.7
LEVEL = 0.95
PAIR = Categories(2)
BOOTSTRAP_T = "bootstrap t"
METHODS = (Method.PERCENTILE, BOOTSTRAP_T, Method.JACKKNIFE_T, Method.JACKKNIFE_T_LOG)
"""Those of the library, and one that was tried and not taken."""
NO_ENDS = (float("nan"), float("nan"))


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
    names = [*METHODS, "single fragments"]
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


N_CODES = 5


class Kind(StrEnum):
    """What is simulated where nothing links two coders."""

    SESSIONS = "sessions whose shares of codes differ, the same for both coders"
    RUNS = "runs of codes of four fragments on average, across sessions"
    LONG_RUNS = "runs of codes of ten fragments on average, across sessions"
    STATEMENTS = "one document of statements of 2 to 8 fragments, coded as a whole"
    BY_HEADING = "one document of which both coders code by heading"
    FIRST_BY_HEADING = "one document of which one coder codes by heading, the other in runs of his own"
    NO_SESSIONS = "a file without sessions, in runs"


class Null(StrEnum):
    """Which figure is tested, and which codes are moved for it."""

    KAPPA = "kappa, shifted"
    INFORMATION = "adjusted mutual information, shifted"
    UNITS = "kappa, single fragments moved"


def simulate_null(kind: Kind, size: int, rng: np.random.Generator) -> tuple[Units, Units, AgreementInputs]:
    """Draw two coders who know nothing of each other: their codes, and the material that they coded.

    Args:
        kind: of the material.
        size: fragments in a session; documents have 240 fragments or so in any case.
        rng: of the draws.
    """
    sessions = headings = statements = None
    if kind in (Kind.SESSIONS, Kind.RUNS, Kind.LONG_RUNS):
        n_sessions = int(np.clip(240 // size, 8, 40))
        session = np.repeat(np.arange(n_sessions), size)
        sessions = tuple(f"{number:03d}" for number in session)
        if kind is not Kind.SESSIONS:
            mean = 4.0 if kind is Kind.RUNS else 10.0
            first, second = (_in_runs(session.size, mean, rng) for _ in range(2))
        else:
            shares = rng.dirichlet(np.full(N_CODES, 0.7), n_sessions).cumsum(axis=1)[session]
            first, second = (
                np.minimum((rng.random((session.size, 1)) > shares).sum(axis=1), N_CODES - 1) for _ in range(2)
            )
    elif kind is Kind.NO_SESSIONS:
        first, second = (_in_runs(240, 4.0, rng) for _ in range(2))
    elif kind is Kind.STATEMENTS:
        block = np.repeat(np.arange(50), 2 + np.arange(50) * 3 % 7)
        statements = tuple(f"{number:03d}" for number in block)
        first, second = (_in_runs(50, 1.5, rng)[block] for _ in range(2))
    else:
        heading = np.repeat(np.arange(36), rng.integers(2, 12, 36))
        headings = tuple(f"{number:03d}" for number in heading)
        first = _in_runs(36, 1.5, rng)[heading]
        second = _in_runs(36, 1.5, rng)[heading] if kind is Kind.BY_HEADING else _in_runs(heading.size, 6.0, rng)
    answers = {coder: [(str(code),) for code in codes] for coder, codes in (("A", first), ("B", second))}
    document = None if kind is Kind.NO_SESSIONS else ("document",) * first.size
    return first, second, AgreementInputs(
        units=tuple(str(i) for i in range(first.size)), schemes={}, answers={"": answers},
        sessions=sessions or document, headings=headings, statements=statements,
    )  # fmt: skip


def null_p_values(kind: Kind, null: Null, *, size: int, n_studies: int, n_permutations: int, seed: int) -> Floats:
    """P-values for two coders who do not know each other; studies that are not tested have none."""
    found = []
    for study in range(n_studies):
        first, second, inputs = simulate_null(kind, size, np.random.default_rng([seed, study]))
        settings = Settings(100, n_permutations, 5, 10, seed + study)
        compared = ComparedFragments(inputs, np.arange(first.size), settings)
        counting = TableCounting((N_CODES, N_CODES))
        if null is Null.UNITS:
            within = compared.blocks.index if compared.unit == "session" else np.zeros(first.size, dtype=np.int64)
            keys = within + np.random.default_rng(seed + study).random((n_permutations, first.size))
            orders = np.vstack([np.arange(first.size), np.argsort(keys, axis=1)])
            rows = np.repeat(np.arange(len(orders)), first.size)
            tables = counting.count(np.tile(first, len(orders)), second[orders].ravel(), rows, len(orders))
            p = summarise_shifts(cohen_kappa(counting.view(tables)), is_complete=False).p
        else:
            [tested] = evaluate(compared, first, second, counting, [MEASURES[null]])
            p = tested.p
        if p is not None:
            found.append(p)
    return np.array(found)


MEASURES = {
    Null.KAPPA: Measure(name="kappa", of=cohen_kappa),
    Null.INFORMATION: Measure(name="ami", of=adjusted_mutual_information, by_name=False),
}


def _in_runs(n: int, mean: float, rng: np.random.Generator) -> Units:
    """Codes in runs of a geometric length with a mean."""
    lengths = rng.geometric(1.0 / mean, n)
    return np.repeat(rng.choice(N_CODES, n, p=(0.4, 0.25, 0.15, 0.12, 0.08)), lengths)[:n]


def coverage_table(*, n_studies: int, n_resamples: int, seed: int) -> Iterator[str]:
    """Write the coverage of every setting as lines of a Markdown table; a ▼ marks what under-covers.

    In brackets: the share of studies without an interval, where it is 1 % or more.
    """
    names = [*METHODS, "single fragments"]
    yield f"| statistic | prevalence | correlation | {' | '.join(names)} |"
    yield f"| --- | --- | --- |{' --- |' * len(names)}"
    for prevalence in PREVALENCES:
        for correlation in CORRELATIONS:
            setting = Setting(prevalence=prevalence, correlation=correlation)
            measured = measure_coverage(setting, n_studies=n_studies, n_resamples=n_resamples, seed=seed)
            for statistic, coverages in measured.items():
                cells = " | ".join(_cell(coverage) for coverage in coverages)
                yield f"| {statistic} | {prevalence:.2f} | {correlation:.1f} | {cells} |"


@dataclass(frozen=True, kw_only=True)
class ManyCodes:
    """A kind of simulated study in which two coders give one of `N_CODES` codes to every fragment.

    Attributes:
        unit: what is resampled.
        sizes: fragments in each session, or under each heading of one document.
        correlation: intra-session correlation of the codes and of the care of the coders, 0 to < 1.
    """

    unit: str
    sizes: tuple[int, ...]
    correlation: float

    @property
    def true_kappa(self) -> float:
        """Kappa over all sessions that there could be."""
        same = (PREVALENCE**2 + self.correlation * PREVALENCE * (1 - PREVALENCE)).sum()
        agreed, by_chance = COPYING + (1 - COPYING) * same, (PREVALENCE**2).sum()
        return float((agreed - by_chance) / (1 - by_chance))

    def simulate(self, rng: np.random.Generator) -> Floats:
        """Draw a study: its tables by session, shape (sessions, codes, codes)."""
        session, n = np.repeat(np.arange(len(self.sizes)), self.sizes), len(self.sizes)
        shares, copying = np.tile(PREVALENCE, (n, 1)), _by_session(COPYING, self.correlation, rng, n)[session]
        if self.correlation:
            shares = rng.dirichlet(PREVALENCE * (1 - self.correlation) / self.correlation, n)
        ends = shares.cumsum(axis=1)[session]
        first, anew = (np.minimum((rng.random((session.size, 1)) > ends).sum(axis=1), N_CODES - 1) for _ in range(2))
        second = np.where(rng.random(session.size) < copying, first, anew)
        return contingency_by_block(first, second, N_CODES, session)


PREVALENCE = np.array([0.4, 0.25, 0.15, 0.12, 0.08])
MANY_CODES = tuple(
    ManyCodes(unit="session", sizes=(50, 40, 60, 35, 55, 45, 30, 65, 50, 40, 55, 45)[:n], correlation=correlation)
    for n in (3, 4, 5, 8, 12)
    for correlation in (0.0, 0.1, 0.3)
) + (ManyCodes(unit="heading of one document", sizes=tuple(2 + i * 5 % 11 for i in range(30)), correlation=0.3),)


def many_codes_table(*, n_studies: int, n_resamples: int, seed: int) -> Iterator[str]:
    """Write the coverage for kappa of several codes as a Markdown table, with the mean width of the last."""
    yield f"| resampled | number | correlation | true kappa | {' | '.join(METHODS)} | width of the last |"
    yield f"| --- | --- | --- | --- |{' --- |' * (len(METHODS) + 1)}"
    for setting in MANY_CODES:
        held, widths = np.zeros((len(METHODS), 2), dtype=np.int64), []
        for study in range(n_studies):
            tables = setting.simulate(np.random.default_rng([seed, study]))
            for row, method in enumerate(METHODS):
                draws = draw_weights(len(tables), n_resamples, seed=seed + study)
                low, high = find_ends(tables, cohen_kappa, method, draws)
                held[row] += (low <= setting.true_kappa <= high, low <= high)
                if low <= high and method is Method.JACKKNIFE_T_LOG:
                    widths.append(high - low)
        cells = " | ".join(
            _cell(Coverage(method, int(covered), int(given), n_studies))
            for method, (covered, given) in zip(METHODS, held, strict=True)
        )
        yield (
            f"| {setting.unit} | {len(setting.sizes)} | {setting.correlation:.1f} | {setting.true_kappa:.3f} | {cells} "
            f"| {np.mean(widths):.2f} |"
        )


SIZES = (2, 3, 4, 5, 7, 10, 15, 20, 30)
SIZES_IN_FULL = (0, 3, 10, 30)
SETTINGS: tuple[tuple[Kind, int], ...] = (
    *((kind, size) for kind in (Kind.SESSIONS, Kind.RUNS) for size in SIZES),
    *((Kind.LONG_RUNS, size) for size in (10, 20, 30)),
    (Kind.STATEMENTS, 0), (Kind.BY_HEADING, 0), (Kind.FIRST_BY_HEADING, 0), (Kind.NO_SESSIONS, 0),
)  # fmt: skip


def null_table(*, n_studies: int, n_permutations: int, seed: int) -> Iterator[str]:
    """Write how often a figure is called significant where there is nothing to find, as a Markdown table."""
    yield "| simulated | session of | figure | tested | p <= .01 | p <= .05 | p <= .10 | mean p |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for kind, size in SETTINGS:
        for null in Null if size in SIZES_IN_FULL else (Null.KAPPA,):
            p = null_p_values(kind, null, size=size, n_studies=n_studies, n_permutations=n_permutations, seed=seed)
            figures = ["–"] * 4
            if p.size >= n_studies / 4:
                figures = [f"{(p <= level).mean():.3f}" for level in (0.01, 0.05, 0.10)] + [f"{p.mean():.3f}"]
            shown = " | ".join(figures)
            yield f"| {kind.value} | {size or ''} | {null.value} | {p.size / n_studies:.0%} | {shown} |"


PARTS = ("coverage", "codes", "null")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.calibration", description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="simulated studies per setting")
    parser.add_argument("--resamples", type=int, default=400, help="draws per bootstrap interval")
    parser.add_argument("--permutations", type=int, default=199, help="permutations per p-value")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this table")
    given = parser.parse_args(arguments)
    studies, resamples, seed = given.studies, given.resamples, given.seed
    tables = {
        "coverage": coverage_table(n_studies=studies, n_resamples=resamples, seed=seed),
        "codes": many_codes_table(n_studies=studies, n_resamples=resamples, seed=seed),
        "null": null_table(n_studies=studies, n_permutations=given.permutations, seed=seed),
    }
    for part in given.part or PARTS:
        for line in tables[part]:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        sys.stdout.write("\n")


def _by_session(mean: float, correlation: float, rng: np.random.Generator, n: int = len(SESSION_SIZES)) -> Floats:
    """A share per session with the given mean; correlation rho between two draws of one session (beta-binomial)."""
    if correlation == 0:
        return np.full(n, mean)
    size = (1 - correlation) / correlation
    return rng.beta(mean * size, (1 - mean) * size, n)


def _all_ends(
    name: str, by_session: Floats, by_unit: Floats, *, n_resamples: int, seed: int
) -> Iterator[tuple[float, float]]:
    coefficient = COEFFICIENTS[name]
    plans = [(by_session, method) for method in METHODS] + [(by_unit, Method.PERCENTILE)]
    for tables, method in plans:
        draws = draw_weights(len(tables), n_resamples, seed=seed)
        yield find_ends(tables, lambda sums: coefficient.of_tables(sums, PAIR), method, draws, coefficient.lowest)


def find_ends(
    tables: Floats, statistic: Figure, method: str, draws: Floats, lowest: float = -1.0
) -> tuple[float, float]:
    """Give the ends of an interval over blocks, shape (blocks, q, q); NaN where there is none."""
    if method == BOOTSTRAP_T:
        return _bootstrap_t(tables, statistic, draws, lowest)
    [found] = intervals_of_sums(tables, statistic, method=Method(method), lowest=lowest, draws=draws)
    return NO_ENDS if found.low is None or found.high is None else (found.low, found.high)


def _bootstrap_t(tables: Floats, statistic: Figure, draws: Floats, lowest: float) -> tuple[float, float]:
    """Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 12.5, with a jackknife inside each draw."""
    estimate = float(statistic(tables.sum(axis=0)))
    error = _jackknife_errors(tables, statistic, np.ones((1, len(tables))))[0]
    errors = _jackknife_errors(tables, statistic, draws)
    values = (statistic(np.tensordot(draws, tables, axes=1)) - estimate) / np.where(errors > 1e-12, errors, np.nan)
    known = values[np.isfinite(values)]
    if not np.isfinite(estimate) or known.size < max(2.0, 0.9 * values.size):
        return NO_ENDS
    low, high = np.quantile(known, [0.025, 0.975])
    ends = np.clip([estimate - high * error, estimate - low * error], lowest, 1.0)
    return float(ends[0]), float(ends[1])


def _jackknife_errors(tables: Floats, statistic: Figure, draws: Floats) -> Floats:
    """Errors of the figure of each draw, shape (draws,), from leaving one drawn block out at a time."""
    found = []
    for weights in draws:
        shortened = np.maximum(weights - np.eye(len(weights)), 0.0)
        values = statistic(np.tensordot(shortened, tables, axes=1))
        drawn = np.where(np.isfinite(values), weights, 0.0)
        n, values = drawn.sum(), np.where(drawn > 0, values, 0.0)
        squares = (drawn * (values - (drawn * values).sum() / max(n, 1.0)) ** 2).sum()
        found.append(np.sqrt(squares * (n - 1.0) / n) if n >= 2 else np.nan)
    return np.array(found)


def _cell(coverage: Coverage) -> str:
    missing = 1.0 - coverage.given / coverage.studies
    note = f" ({missing:.2f})" if missing >= 0.005 else ""
    return f"{coverage.share:.3f}{' ▼' if coverage.under_covers else ''}{note}"


if __name__ == "__main__":
    main()
