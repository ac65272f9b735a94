"""Adjusted p-values are those of Benjamini and Hochberg."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.statistics.permutation import benjamini_hochberg


def test_benjamini_hochberg_by_hand() -> None:
    assert benjamini_hochberg([0.005, 0.011, 0.02, 0.04, 0.13]).tolist() == pytest.approx(
        [0.025, 0.0275, 1 / 30, 0.05, 0.13]
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_hochberg_never_lowers_and_keeps_the_order(p: list[float]) -> None:
    adjusted = benjamini_hochberg(p)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all()
