"""How many topics: stability, the same on shuffled features, and what is said of it."""

import numpy as np
import pytest
from topic_study import make_study, run

from pipeline.analysis.topics.numbers import (
    Again,
    Level,
    Tried,
    _choose,
    bootstrap,
    choose_lower,
    choose_upper,
    find_components,
    judge_firmness,
    likeness,
    mutual_likeness,
    say_level,
    shuffle_columns,
    subsample,
)
from pipeline.analysis.topics.views import Views


def make_views(n: int, n_groups: int, *, spread: float, dims: int = 12) -> Views:
    random = np.random.default_rng(11)
    vectors = np.eye(dims)[np.arange(n) % n_groups] * bool(n_groups > 1) + random.normal(0, spread, (n, dims))
    nothing = np.zeros((n, 1))
    return Views(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), nothing, nothing)


def tried(k: int, stability: float, chance: float, error: float = 0.02) -> Tried:
    return Tried(
        k=k,
        stability=stability,
        permuted=(chance, chance - 0.1, chance + 0.1),
        gap_error=error,
        bootstrap_ari=0.4,
        bootstrap_ami=0.5,
        coverage=0.6,
        firm_ari=0.8,
    )


def test_the_planted_number_is_found():
    level = choose_upper(Again.of(make_views(80, 5, spread=0.08), 1), 0, 0)
    assert (level.chosen, level.beaten) == (5, True)
    best = next(one for one in level.tried if one.k == 5)
    assert best.stability == pytest.approx(1.0)
    assert best.bootstrap_ari == best.bootstrap_ami == best.coverage == best.firm_ari == pytest.approx(1.0)
    assert best.permuted[0] < 0.7


def test_a_single_cloud_is_said_to_hold_no_number():
    level = choose_upper(Again.of(make_views(80, 1, spread=1.0), 1), 0, 0)
    assert not level.beaten
    said = say_level(level, False, 80, 80)
    assert "of 2 to 6 topics, no number surely comes back more often than on shuffled features" in said
    assert said.endswith("take them as an order to read in, not as a finding")
    nothing = Level("theme", (tried(2, 0.4, 0.5), tried(3, 0.3, 0.4)), 6, False)
    assert say_level(nothing, False, 80, 80).startswith("6 topics by rule of thumb: of 2 to 3 topics, no number surely")


def test_two_halves_of_a_cloud_come_back_and_still_are_no_finding():
    stretched = make_views(80, 1, spread=1.0).meaning
    stretched[:, 0] *= 3
    views = Views(stretched / np.linalg.norm(stretched, axis=1, keepdims=True), np.zeros((80, 1)), np.zeros((80, 1)))
    level = choose_upper(Again.of(views, 1), 0, 0)
    assert level.tried[0].k == 2
    assert level.tried[0].stability > 0.75
    assert not level.beaten


def test_a_given_number_wins_and_is_tried_as_well():
    level = choose_upper(Again.of(make_views(60, 5, spread=0.08), 1), 11, 0)
    assert level.chosen == 11
    assert max(one.k for one in level.tried) == 11
    assert say_level(level, True, 60, 60).startswith("11 topics, as the study says: stability")


def test_subtopics_are_chosen_first_and_topics_of_them():
    centres = np.repeat(np.eye(12)[:3] * 3, 3, axis=0) + np.eye(12)[3:]
    vectors = centres[np.arange(162) % 9] + np.random.default_rng(3).normal(0, 0.1, (162, 12))
    nothing = np.zeros((162, 1))
    again = Again.of(Views(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), nothing, nothing), 1)
    lower = choose_lower(again, 3, 0)
    assert [one.k for one in lower.tried][:4] == [5, 6, 7, 9]
    assert (lower.chosen, lower.beaten) == (9, True)
    nine = next(one for one in lower.tried if one.k == 9)
    assert nine.stability == pytest.approx(1.0)
    upper = choose_upper(again, 0, 9)
    assert max(one.k for one in upper.tried) == 8
    three = next(one for one in upper.tried if one.k == 3)
    assert three.stability > 0.9
    assert three.gap > 0.3


def test_few_fragments_have_no_second_level():
    level = choose_lower(Again.of(make_views(20, 2, spread=0.1), 1), 0, 0)
    assert (level.tried, level.chosen) == ((), 0)
    assert say_level(level, False, 20, 20) == "no subtopics: too few fragments to try any number"


def test_a_large_study_is_tried_on_a_sample_and_says_so():
    again = Again.of(make_views(900, 4, spread=0.1), 1)
    assert len(again) == len(again.whole.rows) == 300
    level = choose_upper(again, 0, 0)
    assert level.chosen == 4
    assert "tried on 300 of 900 fragments" in say_level(level, False, 300, 900)


def test_the_number_that_tells_most_is_chosen_and_whether_any_beats_chance_is_another_thing():
    several = (
        tried(2, 0.95, 0.94),
        tried(3, 0.85, 0.5),
        tried(6, 0.75, 0.4),
        tried(8, 0.7, 0.45),
        tried(9, 0.5, 0.45),
    )
    # 0.35 / 0.5 ln 3 = 0.77, 0.35 / 0.6 ln 6 = 1.05, 0.25 / 0.55 ln 8 = 0.95.
    assert [round(one.told, 2) for one in several[1:4]] == [0.77, 1.05, 0.95]
    assert _choose("theme", several, 0, 9) == Level("theme", several, 6, True)
    assert _choose("theme", several[:1], 0, 9) == Level("theme", several[:1], 2, False)
    unsure = (tried(3, 0.85, 0.5, 0.4), tried(4, 0.5, 0.6))
    assert _choose("theme", unsure, 0, 9) == Level("theme", unsure, 3, False)
    assert _choose("theme", unsure[1:], 0, 9) == Level("theme", unsure[1:], 9, False)
    assert _choose("theme", several, 2, 9).chosen == 2


def test_rows_of_the_table():
    level = Level("theme", (tried(2, 0.9, 0.5), tried(3, 0.7, 0.6)), 2, True)
    first, second = level.as_rows(40)
    assert (first["level"], first["k"], first["n"], first["chosen"]) == ("theme", 2, 40, True)
    assert first["gap"] == pytest.approx(0.4)
    assert (first["permuted_low"], first["permuted_high"]) == (0.4, 0.6)
    assert not second["chosen"]


def test_the_table_of_a_study_marks_one_number_per_level():
    numbers = run(make_study(90, 4)).tables["topic_numbers"]
    assert numbers.groupby("level").chosen.sum().to_dict() == {"subtheme": 1, "theme": 1}
    assert numbers[numbers.chosen & (numbers.level == "theme")].k.tolist() == [4]
    assert (numbers.permuted_low <= numbers.permuted).all()
    assert (numbers.permuted <= numbers.permuted_high).all()
    assert numbers.coverage.between(0, 1).all()


def test_shuffled_columns_keep_mean_and_spread_and_go_together_no_more():
    views, groups = make_views(60, 3, spread=0.2), np.arange(60) % 3
    parts = find_components(views)
    centred = views.meaning - views.meaning.mean(axis=0)
    np.testing.assert_allclose(parts.meaning @ parts.meaning.T, centred @ centred.T, atol=1e-9)
    shuffled = shuffle_columns(parts, np.random.default_rng(0)).meaning
    np.testing.assert_allclose(shuffled.mean(axis=0), parts.meaning.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(shuffled.std(axis=0), parts.meaning.std(axis=0), atol=1e-9)
    assert len({tuple(np.argsort(column)) for column in shuffled.T}) == shuffled.shape[1]
    assert abs(shuffled[groups == 0].mean(axis=0)).max() < 0.2 < abs(parts.meaning[groups == 0].mean(axis=0)).max()


def test_draws():
    random = np.random.default_rng(0)
    part, draw = subsample(50, random), bootstrap(50, random)
    assert len(part) == len(set(part.tolist())) == 40
    assert len(draw) == len(set(draw.tolist()))
    assert 25 <= len(draw) <= 38


def test_likeness_by_hand():
    first, second = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    # One pair is shared; 2 x 3 / 6 = 1 is expected by chance.
    assert likeness(first, second) == pytest.approx(0.0)
    assert likeness(first, first) == mutual_likeness(first, first) == 1.0
    assert likeness(np.zeros(4, dtype=int), np.zeros(4, dtype=int)) == 1.0


def test_firm_fragments_come_back_in_three_of_four_refits():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    rows = np.arange(8)
    moved = labels.copy()
    moved[0] = 1
    renamed = 1 - labels
    firmness = judge_firmness(labels, [(rows, labels), (rows, moved), (rows, renamed), (rows, moved)])
    assert firmness.coverage == 7 / 8  # the first came back in two of four
    # All are firm in the first half, where none moved; in the second, which is alike but for one, seven are.
    assert firmness.rand == pytest.approx((2 * likeness(labels, moved) + 1.0 + 1.0) / 4)
    scattered = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    none = judge_firmness(labels, [(rows, labels), (rows, scattered), (rows, scattered), (rows, labels)])
    assert none.coverage == 0.5  # matched one to one, half of the fragments come back in every refit
