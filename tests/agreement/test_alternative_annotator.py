"""The alternative-annotator test against scipy, by hand, and at its limits.

The implementation was also run on five of the authors' published data sets (28 machines: framing, lgbteen,
cebab_stars, lesion, summeval); winning rates and advantage probabilities were theirs to two decimals.
"""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from pipeline.agreement.diagnosis.annotators import AlternativeAnnotatorTest, alternative_annotator_test


def compare(humans: np.ndarray, machine: np.ndarray, *, epsilon: float, blocks=None) -> AlternativeAnnotatorTest:
    """Without blocks each unit is one, as in the paper."""
    blocks = np.arange(len(machine)) if blocks is None else blocks
    return alternative_annotator_test(humans, machine, epsilon=epsilon, blocks=blocks)


def coded(n: int, accuracy: float, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(n) < accuracy, truth, rng.integers(0, 4, n)).astype(float)


def study(machine_accuracy: float, *, n: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, n)
    humans = np.stack([coded(n, 0.75, truth, rng) for _ in range(3)], axis=1)
    return humans, coded(n, machine_accuracy, truth, rng)


def test_one_comparison_by_hand_and_by_scipy() -> None:
    humans, machine = study(0.75)
    found = compare(humans, machine, epsilon=0.2).coders[1]
    others = humans[:, [0, 2]]
    near_human = (humans[:, [1]] == others).mean(axis=1)
    near_machine = (machine[:, None] == others).mean(axis=1)
    difference = (near_human >= near_machine).astype(float) - (near_machine >= near_human)
    assert found.machine_advantage == pytest.approx((near_machine >= near_human).mean())
    assert found.human_advantage == pytest.approx((near_human >= near_machine).mean())
    assert found.p == pytest.approx(ttest_1samp(difference, 0.2, alternative="less").pvalue)


def test_benjamini_yekutieli_by_hand() -> None:
    humans, machine = study(0.7, n=90)
    found = compare(humans, machine, epsilon=0.1)
    p = np.array([coder.p for coder in found.coders])
    falling = np.argsort(-p)
    expected = np.empty(3)
    expected[falling] = np.minimum(np.minimum.accumulate(p[falling] * 3 / np.array([3, 2, 1]) * (1 + 1 / 2 + 1 / 3)), 1)
    assert [coder.p_adjusted for coder in found.coders] == pytest.approx(expected.tolist())
    assert [coder.won for coder in found.coders] == (expected <= 0.05).tolist()


def test_a_good_machine_passes_and_a_guessing_one_does_not() -> None:
    good = compare(*study(0.95), epsilon=0.2)
    poor = compare(*study(0.0), epsilon=0.2)
    assert good.winning_rate == 1.0
    assert poor.winning_rate == 0.0
    assert good.advantage > 0.8 > poor.advantage


def test_a_machine_as_good_as_a_human_wins_only_with_the_handicap() -> None:
    humans, machine = study(0.75, n=300)
    assert compare(humans, machine, epsilon=0.2).winning_rate == 1.0
    assert compare(humans, machine, epsilon=-0.2).winning_rate == 0.0


def test_a_code_is_the_same_or_another_however_near() -> None:
    humans = np.tile([[1.0, 1.0, 5.0]], (40, 1))
    same = compare(humans, np.full(40, 2.0), epsilon=0.1)
    assert [coder.machine_advantage for coder in same.coders] == [0.0, 0.0, 1.0]
    assert [coder.p for coder in same.coders] == [1.0, 1.0, 0.0]


def test_negative_codes_are_values_and_missing_is_nan() -> None:
    humans = np.tile([[-1.0, -1.0, np.nan]], (40, 1))
    found = compare(humans, np.full(40, -1.0), epsilon=0.1)
    assert [(coder.n_units, coder.won) for coder in found.coders] == [(40, True), (40, True), (0, False)]
    assert found.winning_rate == 1.0


def test_units_without_two_humans_or_a_machine_do_not_count() -> None:
    humans, machine = study(0.9)
    humans[:5, :2] = np.nan
    machine[10:12] = np.nan
    found = compare(humans, machine, epsilon=0.2)
    assert found.coders[2].n_units == 143


def test_whole_sessions_make_the_test_more_careful() -> None:
    humans, machine = study(0.8, n=40)
    repeated, sessions = np.repeat(humans, 5, axis=0), np.repeat(np.arange(40), 5)
    machine = np.repeat(machine, 5)
    units = compare(repeated, machine, epsilon=0.2).coders[0].p
    blocks = compare(repeated, machine, epsilon=0.2, blocks=sessions).coders[0].p
    alone = compare(humans, machine[::5], epsilon=0.2).coders[0].p
    assert blocks == pytest.approx(alone)
    assert blocks > units


def test_too_few_units_give_a_reason_and_no_verdict() -> None:
    humans, machine = study(0.9, n=20)
    found = compare(humans, machine, epsilon=0.2)
    assert (found.winning_rate, found.advantage) == (None, None)
    assert found.reason == "no coder has 30 units that another human and the machine coded too"
