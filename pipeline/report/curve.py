"""The learning curve: agreement against the number of hand-coded fragments, below the band of what people reach."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.report.figures import Axis, as_percent

HEIGHT = 190
TOP, BOTTOM = 10, 160
LEFT, RIGHT = 0.08, 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of the curve: how many fragments were coded, the figure with its interval, and both in words."""

    n: float
    estimate: float
    low: float | None
    high: float | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What people reach among themselves, with its interval."""

    estimate: float
    low: float
    high: float


def draw_curve(
    points: Sequence[Point], band: Band | None, axis: Axis, names: Sequence[tuple[str, str]], label: str
) -> Markup:
    """Draw the curve of one coder.

    Args:
        points: in order of number; two at least.
        band: of people, None where it is unknown.
        axis: the scale of the figure, upwards.
        names: of the ticks of the axis and of the points, as ``("y", "0,5")`` and ``("x", "120")``, in order.
        label: what the figure shows, in words.

    Returns:
        The figure; empty with fewer than two points.
    """
    if len(points) < 2:
        return Markup("")
    most = max(point.n for point in points)
    upward = [name for side, name in names if side == "y"]
    along = [name for side, name in names if side == "x"]

    def x(n: float) -> str:
        return as_percent(LEFT + (RIGHT - LEFT) * n / most)

    def y(value: float) -> float:
        held = min(max(value, axis.low), axis.high)
        return round(BOTTOM - (BOTTOM - TOP) * (held - axis.low) / (axis.high - axis.low), 1)

    drawn = [_tick(y(tick), name, zero=tick == 0) for tick, name in zip(axis.ticks, upward, strict=True)]
    if band is not None:
        drawn.append(
            Markup('<rect class="ceiling" x="{}" width="{}" y="{}" height="{}"/>').format(
                as_percent(LEFT), as_percent(RIGHT - LEFT), y(band.high), round(y(band.low) - y(band.high), 1)
            )
        )
        drawn.append(_line("ceiling-line", as_percent(LEFT), as_percent(RIGHT), y(band.estimate), y(band.estimate)))
    for before, after in zip(points, points[1:], strict=False):
        drawn.append(_line("curve", x(before.n), x(after.n), y(before.estimate), y(after.estimate)))
    for point, name in zip(points, along, strict=True):
        if point.low is not None and point.high is not None:
            drawn.append(_line("range", x(point.n), x(point.n), y(point.low), y(point.high)))
        drawn.append(
            Markup('<g><title>{}</title><use class="dot machine" href="#dot-machine" x="{}" y="{}"/></g>').format(
                point.title, x(point.n), y(point.estimate)
            )
        )
        drawn.append(Markup('<text class="tick" x="{}" y="{}">{}</text>').format(x(point.n), BOTTOM + 18, name))
    return Markup('<svg class="curves" role="img" aria-label="{}" height="{}">{}</svg>').format(
        label, HEIGHT, Markup("").join(drawn)
    )


def _tick(height: float, name: str, *, zero: bool) -> Markup:
    return Markup(
        '<line class="grid{}" x1="{}" x2="{}" y1="{y}" y2="{y}"/><text class="tick" x="{}" y="{}">{}</text>'
    ).format(
        " zero" if zero else "", as_percent(LEFT), as_percent(RIGHT), as_percent(LEFT / 2), height + 4, name, y=height
    )


def _line(style: str, x1: str, x2: str, y1: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(style, x1, x2, y1, y2)
