"""Charts: where things are drawn, what is left undrawn, and that words in them are escaped."""

import re

import pytest

from pipeline.report.charts import (
    Axis,
    DrawnInterval,
    Part,
    choose_axis,
    draw_axis,
    draw_bar,
    draw_hat,
    draw_interval,
    draw_stack,
    tint,
)
from pipeline.report.sections.themes import Dot, Mark, colour_of, draw_map, shape_of

UNIT = Axis(low=0.0, high=1.0, ticks=(0.0, 1.0))


def places(drawn, tag, name):
    return [
        float(re.search(rf'\b{name}="([\d.]+)%"', found)[1]) for found in re.findall(rf"<{tag}[^>]*>", drawn)
        if re.search(rf'\b{name}="([\d.]+)%"', found)
    ]  # fmt: skip


def test_a_bar_is_as_wide_as_its_share():
    assert 'width="25%"' in draw_bar(1, 4, "one of four")
    assert 'width="0%"' in draw_bar(0, 0, "none")


def test_a_stack_fills_its_width_in_order_and_names_its_parts():
    parts = [
        Part(n=3, style="kans", label="kans"),
        Part(n=0, style="beide", label="x"),
        Part(n=1, style="rood", label="y"),
    ]
    drawn = draw_stack(parts, "kans 3, y 1")
    assert places(drawn, "rect", "x") == [0, 75]
    assert places(drawn, "rect", "width") == [75, 25]
    assert re.findall(r"<title>([^<]*)</title>", drawn) == ["kans: 3", "y: 1"]
    assert "fill-beide" not in drawn


def test_a_narrow_part_has_no_number():
    drawn = draw_stack([Part(n=99, style="a", label="a"), Part(n=1, style="b", label="b")], "")
    assert re.findall(r"<text[^>]*>(\d+)</text>", drawn) == ["99"]


def test_an_interval_has_its_dot_ends_and_chance_in_place():
    drawn = draw_interval(DrawnInterval(estimate=0.5, low=0.25, high=0.75, chance=0.0), UNIT, "human", "in words")
    assert 'href="#dot-human" x="50%"' in drawn
    assert 'class="range" x1="26%" x2="74%"' in drawn
    assert 'class="chance" x1="2%" x2="2%"' in drawn
    assert 'aria-label="in words"' in drawn


def test_what_is_not_known_is_not_drawn():
    drawn = draw_interval(DrawnInterval(estimate=0.5), UNIT, "machine", "")
    assert "range" not in drawn and "chance" not in drawn


def test_what_lies_outside_is_drawn_at_the_end():
    drawn = draw_interval(DrawnInterval(estimate=1.4, low=-3, high=1.4), UNIT, "machine", "")
    assert 'class="range" x1="2%" x2="98%"' in drawn


@pytest.mark.parametrize(
    ("low", "expected"), [(0.1, 0.0), (-0.01, 0.0), (-0.2, -0.25), (-0.4, -0.5), (-0.9, -1.0), (None, 0.0)]
)
def test_the_axis_reaches_down_to_the_lowest_figure(low, expected):
    axis = choose_axis([DrawnInterval(estimate=0.4, low=low)])
    assert axis.low == expected == axis.ticks[0]
    assert axis.ticks[-1] == 1.0 and 0.0 in axis.ticks
    assert choose_axis([]).low == 0.0


def test_ticks_and_names_go_together():
    assert re.findall(r'x="([\d.]+)%"[^>]*>(\w)<', draw_axis(UNIT, ["a", "b"])) == [("2", "a"), ("98", "b")]
    with pytest.raises(ValueError):
        draw_axis(UNIT, ["a"])


def test_a_map_puts_high_values_at_the_top_and_stays_inside():
    dots = [
        Dot(x=-5, y=0, group=0, title="laag"),
        Dot(x=15, y=8, group=1, title="hoog"),
        Dot(x=5, y=4, group=-1, title="m"),
    ]
    drawn = draw_map(dots, [Mark(x=5, y=4, group=0, name="T01")], "kaart")
    assert places(drawn, "use", "x") == [3, 97, 50]
    assert places(drawn, "use", "y") == [97, 3, 50]
    assert '<text class="mark" data-g="0" x="50%" y="50%">T01</text>' in drawn


def test_a_map_of_one_place_or_none_is_drawn_or_left_out():
    assert places(draw_map([Dot(x=2, y=2, group=0, title="")], [], ""), "use", "x") == [50]
    assert draw_map([], [], "") == ""


def test_names_on_a_map_do_not_cover_each_other():
    dots = [Dot(x=0, y=0, group=0, title=""), Dot(x=1, y=1, group=0, title="")]
    marks = [Mark(x=0.5, y=0.5, group=i, name=f"T{i}") for i in range(20)]
    drawn = draw_map(dots, marks, "")
    found = list(zip(places(drawn, "text", "x"), places(drawn, "text", "y"), strict=True))
    assert len(found) == len(set(found)) == 20
    apart = [abs(a[0] - b[0]) >= 4.4 or abs(a[1] - b[1]) >= 3.4 for i, a in enumerate(found) for b in found[:i]]
    assert all(apart)


def test_signs_of_twenty_groups_differ():
    signs = {(shape_of(group), colour_of(group)) for group in range(20)}
    assert len(signs) == 20
    assert (shape_of(-1), colour_of(-1)) not in signs


def test_words_in_figures_are_escaped():
    sharp = '<b>"&'
    drawn = [
        draw_bar(1, 2, sharp), draw_stack([Part(n=1, style="kans", label=sharp)], sharp), draw_axis(UNIT, [sharp, "b"]),
        draw_interval(DrawnInterval(estimate=0.5), UNIT, "human", sharp),
        draw_map([Dot(x=0, y=0, group=0, title=sharp)], [Mark(x=0, y=0, group=0, name=sharp)], sharp),
    ]  # fmt: skip
    for figure in drawn:
        assert "<b>" not in figure
        assert "&lt;b&gt;&#34;&amp;" in figure


def test_the_white_hat_can_be_styled_apart():
    assert 'class="hat hat-wit"' in draw_hat("wit")


def test_letters_on_a_tinted_cell_can_be_read():
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for share in (0, 0.1, 0.25, 0.5, 0.7, 0.75, 0.76, 0.8, 0.9, 1.0, 2.0):
        colour, light_letters = tint(share)
        letters = 1.0 if light_letters else light("#1c232b")
        high, low = max(letters, light(colour)), min(letters, light(colour))
        assert (high + 0.05) / (low + 0.05) >= 3.5
