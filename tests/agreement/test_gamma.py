import pytest

from pipeline.agreement.statistics.spans import Span, gamma, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the extra 'gamma' is not installed")

ONE = [Span(0, 10, 0), Span(20, 32, 1), Span(40, 60, 0)]
MOVED = [Span(1, 11, 0), Span(20, 30, 1), Span(41, 60, 0)]
OTHER = [Span(12, 18, 1), Span(62, 90, 0), Span(33, 38, 1)]


def test_equal_passages_agree_fully():
    assert gamma([[ONE, ONE]], seed=1) == pytest.approx(1.0)


def test_moved_passages_agree_less_and_others_not_at_all():
    moved = gamma([[ONE, MOVED]], seed=1)
    assert 0.5 < moved < 1.0
    assert gamma([[ONE, OTHER]], seed=1) < 0.3


def test_the_seed_fixes_the_sample():
    assert gamma([[ONE, MOVED]], seed=7) == gamma([[ONE, MOVED]], seed=7)


def test_a_document_without_passages_of_a_coder_is_left_out():
    assert gamma([[ONE, []]], seed=1) is None
