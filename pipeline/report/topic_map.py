"""The map of themes: every fragment a sign, with the names of the themes among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.report.figures import as_percent

MAP_MARGIN = 0.03
"""Share of the map left free at each side."""
NAME_WIDTH, NAME_HEIGHT = 0.045, 0.035
"""Room for the name of a group, as shares of the map."""
AROUND = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))
N_COLOURS = 7
OUTSIDE = -1
"""The group of a fragment without a theme."""
N_SHAPES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One fragment on the map: its place, its group and what a reader sees on touching it."""

    x: float
    y: float
    group: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The name of a group, written at the middle of its dots."""

    x: float
    y: float
    group: int
    name: str


def draw_map(dots: Sequence[Dot], marks: Sequence[Mark], label: str) -> Markup:
    """Draw fragments as dots that lie near each other when they say alike things.

    Args:
        dots: the fragments; group -1 is an outlier, drawn as a small cross.
        marks: names of groups, drawn above all dots.
        label: what the figure shows, in words.

    Returns:
        The figure; empty without dots.
    """
    if not dots:
        return Markup("")
    left, width = _span([dot.x for dot in dots])
    top, height = _span([dot.y for dot in dots])

    drawn = []
    for dot in dots:
        # y grows upwards on a map and downwards on a screen.
        x, y = as_percent(_share(dot.x, left, width)), as_percent(1 - _share(dot.y, top, height))
        drawn.append(
            Markup('<use href="#{}" class="{}" data-g="{}" x="{}" y="{}"><title>{}</title></use>').format(
                shape_of(dot.group), colour_of(dot.group), dot.group, x, y, dot.title
            )
        )
    spread = _spread([(_share(mark.x, left, width), 1 - _share(mark.y, top, height)) for mark in marks])
    for mark, (across, down) in zip(marks, spread, strict=True):
        drawn.append(
            Markup('<text class="mark" data-g="{}" x="{}" y="{}">{}</text>').format(
                mark.group, as_percent(across), as_percent(down), mark.name
            )
        )
    return Markup('<svg class="map" role="img" aria-label="{}">{}</svg>').format(label, Markup("").join(drawn))


def _share(value: float, low: float, width: float) -> float:
    return MAP_MARGIN + (1 - 2 * MAP_MARGIN) * (value - low) / width


def _spread(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Move names aside that would cover an earlier one, ring by ring, as little as needed.

    >>> _spread([(0.5, 0.5), (0.5, 0.5)])
    [(0.5, 0.5), (0.5, 0.535)]
    """
    found: list[tuple[float, float]] = []
    for x, y in places:
        rings = (
            (x + r * dx * NAME_WIDTH, y + r * dy * NAME_HEIGHT) for r in range(len(places) + 1) for dx, dy in AROUND
        )
        free = (place for place in rings if all(
            abs(place[0] - other[0]) >= NAME_WIDTH or abs(place[1] - other[1]) >= NAME_HEIGHT for other in found
        ))  # fmt: skip
        across, down = next(free)
        found.append((round(min(max(across, 0.02), 0.98), 4), round(min(max(down, 0.02), 0.98), 4)))
    return found


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high - low) if high > low else (low - 0.5, 1.0)


def shape_of(group: int) -> str:
    """Name the shape of a group: a circle, square or triangle, then again.

    >>> shape_of(0), shape_of(7), shape_of(-1)
    ('m0', 'm1', 'm-out')
    """
    return "m-out" if group < 0 else f"m{group // N_COLOURS % N_SHAPES}"


def colour_of(group: int) -> str:
    """Name the colour class of a group; seven colours that people with a colour deficiency can tell apart."""
    return "c-out" if group < 0 else f"c{group % N_COLOURS}"


def draw_sample(group: int) -> Markup:
    """Draw the sign of a group for a legend."""
    return Markup('<svg class="sample" aria-hidden="true"><use href="#{}" class="{}" x="50%" y="50%"/></svg>').format(
        shape_of(group), colour_of(group)
    )
