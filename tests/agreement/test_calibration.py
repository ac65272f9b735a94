"""A small run of the simulation behind ``docs/calibration.md``: its truth, its marks and its direction."""

import numpy as np
import pytest

from pipeline.agreement.statistics.coefficients import cohen_kappa
from tests.bench.calibration import (
    COPYING,
    MANY_CODES,
    SESSION_SIZES,
    Coverage,
    Kind,
    ManyCodes,
    Null,
    Setting,
    coverage_table,
    main,
    measure_coverage,
    null_p_values,
    simulate_study,
    true_table,
)

CLUSTERED = Setting(prevalence=0.3, correlation=0.3)


def test_without_clustering_the_true_kappa_is_the_share_copied() -> None:
    table = true_table(Setting(prevalence=0.1, correlation=0.0))
    assert float(cohen_kappa(table)) == pytest.approx(COPYING)
    assert table.sum(axis=1)[1] / table.sum() == pytest.approx(0.1)


@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_many_studies_add_up_to_the_true_table(correlation: float) -> None:
    setting = Setting(prevalence=0.3, correlation=correlation)
    total = np.zeros((2, 2))
    for study in range(1500):
        session, first, second = simulate_study(setting, np.random.default_rng([1, study]))
        assert np.bincount(session).tolist() == list(SESSION_SIZES)
        np.add.at(total, (first, second), 1)
    assert total / total.sum() == pytest.approx(true_table(setting) / true_table(setting).sum(), abs=0.006)


def test_resampling_sessions_covers_where_resampling_fragments_does_not() -> None:
    measured = measure_coverage(CLUSTERED, n_studies=80, n_resamples=100, seed=3)
    for statistic in ("cohen_kappa", "gwet_ac1"):
        by_method = {coverage.method: coverage for coverage in measured[statistic]}
        assert by_method["single fragments"].under_covers
        default = by_method["jackknife t of log disagreement"]
        assert default.given >= 76
        assert not default.under_covers


def test_a_mark_needs_more_than_the_noise_of_the_simulation() -> None:
    assert Coverage("x", 90, 100, 100).under_covers
    assert not Coverage("x", 92, 100, 100).under_covers
    assert not Coverage("x", 0, 0, 100).under_covers


@pytest.mark.parametrize(
    ("kind", "size"), [(Kind.SESSIONS, 3), (Kind.SESSIONS, 10), (Kind.STATEMENTS, 0), (Kind.BY_HEADING, 0)]
)
def test_shifts_find_nothing_where_there_is_nothing(kind: Kind, size: int) -> None:
    p = null_p_values(kind, Null.KAPPA, size=size, n_studies=120, n_permutations=99, seed=4)
    assert p.size == 120
    assert (p <= 0.05).mean() <= 0.09
    assert 0.42 < p.mean() < 0.62


def test_p_values_are_far_too_small_when_single_fragments_move() -> None:
    p = null_p_values(Kind.STATEMENTS, Null.UNITS, size=0, n_studies=100, n_permutations=99, seed=4)
    assert (p <= 0.05).mean() > 0.15


def test_the_table_has_a_line_per_setting_and_statistic(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = list(coverage_table(n_studies=2, n_resamples=20, seed=1))
    assert len(lines) == 2 + 9 * 4
    assert lines[2].startswith("| percent | 0.05 | 0.0 |")
    main(["--studies", "2", "--resamples", "20", "--permutations", "19", "--part", "codes"])
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 2 + len(MANY_CODES) + 1
    monkeypatch.setattr("tests.bench.calibration.SETTINGS", ((Kind.NO_SESSIONS, 0), (Kind.RUNS, 2)))
    main(["--studies", "2", "--permutations", "19", "--part", "null"])
    printed = capsys.readouterr().out
    assert "| kappa, shifted | 100% |" in printed and "| kappa, shifted | 0% | – |" in printed


@pytest.mark.parametrize("setting", [MANY_CODES[0], MANY_CODES[2]])
def test_the_true_kappa_of_many_codes_is_what_many_studies_add_up_to(setting: ManyCodes) -> None:
    tables = sum(setting.simulate(np.random.default_rng([1, study])).sum(axis=0) for study in range(1500))
    assert float(cohen_kappa(np.asarray(tables))) == pytest.approx(setting.true_kappa, abs=0.01)


def test_groups_by_information_are_not_found_in_unrelated_runs_within_sessions() -> None:
    """Circles alone call one in five of these studies significant: they break a run in every session."""
    p = null_p_values(Kind.RUNS, Null.INFORMATION, size=10, n_studies=60, n_permutations=99, seed=4)
    assert p.size == 60 and (p <= 0.05).mean() <= 0.10
