"""Agreement on passages: published examples, hand counts, and what must not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.statistics import spans
from pipeline.agreement.statistics.spans import (
    Span,
    character_kappa,
    character_table,
    coverage,
    cu_alpha,
    ku_alpha,
    overlap_agreement,
    u_alpha,
    u_alpha_binary,
    unitizing_table,
)
from tests.bench.spans_2004 import u_alpha_2004, unitizing_disagreement

KNELPUNT, KANS = 0, 1
TOY = [
    [Span(10, 30, KNELPUNT), Span(50, 80, KANS), Span(100, 120, KNELPUNT)],
    [Span(12, 30, KNELPUNT), Span(50, 70, KANS), Span(100, 120, KANS)],
]


def starts_and_lengths(*spans: tuple[int, int], code: int = 0) -> list[Span]:
    return [Span(start, start + length, code) for start, length in spans]


@st.composite
def coders(draw: st.DrawFn) -> list[list[Span]]:
    """Two or three coders of a text of 30 characters, two codes."""
    found = []
    for _ in range(draw(st.integers(2, 3))):
        borders = sorted(draw(st.sets(st.integers(0, 30), max_size=8)))
        found.append([Span(a, b, draw(st.integers(0, 1))) for a, b in zip(borders[::2], borders[1::2], strict=False)])
    return found


def test_u_alpha_of_three_coders() -> None:
    # formulas of Krippendorff (2019), section 12.6; the project's reference, section 5.6: .5645
    marked = [
        starts_and_lengths((3, 12), (22, 31)), starts_and_lengths((3, 7), (22, 31)), starts_and_lengths((22, 24))
    ]  # fmt: skip
    assert float(u_alpha(unitizing_table(marked, 56, 1))) == pytest.approx(0.5645, abs=5e-5)


def test_the_family_on_the_toy_example() -> None:
    # the project's reference, section 5.6: own toy of length 150
    table = unitizing_table(TOY, 150, 2)
    assert float(u_alpha(table)) == pytest.approx(0.6441, abs=5e-5)
    assert float(u_alpha_binary(table)) == pytest.approx(0.8419, abs=5e-5)
    assert float(cu_alpha(table)) == pytest.approx(0.4249, abs=5e-5)
    assert ku_alpha(table) == pytest.approx([0.4209, 0.4286], abs=5e-5)
    assert coverage(table) == pytest.approx([56 / 58, 60 / 70])


def test_documents_add_up() -> None:
    second = [[Span(0, 20, KANS)], [Span(5, 20, KANS)]]
    table = unitizing_table(TOY, 150, 2) + unitizing_table(second, 40, 2)
    joined = [
        first + [Span(span.start + 150, span.end + 150, span.code) for span in more]
        for first, more in zip(TOY, second, strict=True)
    ]
    assert table.tolist() == unitizing_table(joined, 190, 2).tolist()


@given(coders())
def test_order_of_coders_and_names_of_codes_do_not_matter(marked: list[list[Span]]) -> None:
    table = unitizing_table(marked, 30, 2)
    renamed = unitizing_table([[span._replace(code=1 - span.code) for span in spans] for spans in marked], 30, 2)
    for measure in (u_alpha, u_alpha_binary, cu_alpha):
        assert float(measure(unitizing_table(marked[::-1], 30, 2))) == pytest.approx(float(measure(table)), nan_ok=True)
        assert float(measure(renamed)) == pytest.approx(float(measure(table)), nan_ok=True)
    assert ku_alpha(renamed)[::-1] == pytest.approx(ku_alpha(table), nan_ok=True)


@given(coders())
def test_agreeing_with_oneself_is_perfect_or_undefined(marked: list[list[Span]]) -> None:
    table = unitizing_table([marked[0], marked[0]], 30, 2)
    for value in (u_alpha(table), u_alpha_binary(table), cu_alpha(table), *ku_alpha(table), *coverage(table)):
        assert np.isnan(value) or value == pytest.approx(1.0)


def test_nothing_marked_and_everything_marked_are_undefined() -> None:
    assert np.isnan(u_alpha(unitizing_table([[], []], 10, 1)))
    assert np.isnan(u_alpha_binary(unitizing_table([[], []], 10, 1)))
    assert np.isnan(cu_alpha(unitizing_table([[Span(0, 3, 0)], []], 10, 1)))
    assert np.isnan(coverage(unitizing_table([[], []], 10, 2))).all()
    assert float(coverage(unitizing_table([[Span(0, 3, 0)], []], 10, 1))[0]) == 0.0


def test_older_alpha_of_the_2004_book() -> None:
    # Krippendorff (2004), Content Analysis, p. 254: c .7286, k 1.0, together .8591
    c, k = 0, 1
    i = [Span(225, 295, c), Span(370, 400, c), Span(180, 240, k), Span(300, 350, k)]
    j = [Span(220, 300, c), Span(355, 375, c), Span(400, 420, c), Span(180, 240, k), Span(300, 350, k)]
    on_c = unitizing_disagreement([i, j], 150, 300, c)
    assert on_c == pytest.approx((0.0144, 0.0532), abs=5e-5)
    assert unitizing_disagreement([i, j], 150, 300, k) == pytest.approx((0.0, 0.0490), abs=5e-5)
    alphas = [u_alpha_2004([i, j], 150, 300, codes) for codes in ([c], [k], [c, k])]
    assert alphas[:2] == pytest.approx([0.7286, 1.0], abs=5e-5)
    assert alphas[2] == pytest.approx(0.8591, abs=5e-4)  # printed from rounded parts: 1 - .0144 / .1022


@pytest.mark.parametrize(
    ("first", "second", "alpha", "tolerance"),
    [
        ([(2, 8), (14, 6)], [(4, 4), (15, 2)], 0.553, 5e-4),
        ([(0, 18)], [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 3), (9, 1)], -0.926, 0.02),
        ([(2, 6), (10, 2), (14, 4), (20, 2)], [(0, 2), (4, 4), (10, 4), (16, 2), (20, 2)], 0.679, 0.02),
        ([(0, 2), (2, 8), (10, 4), (14, 6), (20, 4)], [(0, 4), (4, 4), (8, 7), (15, 2), (17, 7)], 0.066, 5e-4),
    ],
)
def test_older_alpha_of_the_1995_paper(
    first: list[tuple[int, int]], second: list[tuple[int, int]], alpha: float, tolerance: float
) -> None:
    # Krippendorff (1995), p. 57: a text of 24, stretched so that its grain no longer matters. The printed B and C
    # follow from the formula to two decimals only, hence the tolerance (the one DKPro Statistics uses for them too).
    scale = 50_000
    marked = [
        [Span(start * scale, (start + length) * scale, 0) for start, length in spans] for spans in (first, second)
    ]
    assert u_alpha_2004(marked, 0, 24 * scale, [0]) == pytest.approx(alpha, abs=tolerance)


def test_older_alpha_of_a_short_text() -> None:
    # Krippendorff (1995): example C on a text of 12 gives .494
    first, second = starts_and_lengths((1, 3), (5, 1), (7, 2), (10, 1)), [(0, 1), (2, 2), (5, 2), (8, 1), (10, 1)]
    found = unitizing_disagreement([first, starts_and_lengths(*second)], 0, 12, 0)
    assert found == pytest.approx((0.027778, 0.054938), abs=5e-6)


def test_older_alpha_refuses_spans_outside_and_is_undefined_without_spans() -> None:
    with pytest.raises(ValueError, match="outside 0-5"):
        u_alpha_2004([[Span(3, 9, 0)], []], 0, 5, [0])
    assert np.isnan(u_alpha_2004([[], []], 0, 5, [0]))


def test_character_kappa_of_the_nvivo_example() -> None:
    # NVivo's help: 1000 characters, 50 coded by both, 150 by one, 800 by none; here 75 by each
    table = character_table([Span(0, 125, 0)], [Span(75, 200, 0)], 1000)
    assert table.tolist() == [[800, 75], [75, 50]]
    assert float(character_kappa(table)) == pytest.approx(0.3143, abs=5e-5)


def test_characters_coded_twice_by_one_coder_count_once() -> None:
    assert character_table([Span(0, 6, 0), Span(4, 8, 0)], [], 10).tolist() == [[2, 0], [8, 0]]
    assert np.isnan(character_kappa(character_table([], [], 10)))


def test_overlap_depends_on_the_threshold_and_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = [Span(0, 10, 0), Span(20, 30, 0)], [Span(0, 9, 0), Span(20, 25, 0), Span(20, 30, 1)]
    assert overlap_agreement(a, b) == (2, 5)
    monkeypatch.setattr(spans, "LEAST_OVERLAP", 0.5)
    assert overlap_agreement(a, b) == (4, 5)
    assert overlap_agreement([], []) == (0, 0)
