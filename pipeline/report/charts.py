"""The learning curve: agreement against the number of hand-coded fragments, below the band of what people reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

BAR_HEIGHT = 24
DOT_HEIGHT = 30
SMALLEST_LABELLED = 0.055
"""A part of a bar narrower than this share carries no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a stacked bar.

    Attributes:
        n: how many.
        style: CSS class that colours it.
        label: what it is, for the tooltip and for readers of the text alone.
        link: address of what it counts; empty where there is none.
    """

    n: int
    style: str
    label: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnInterval:
    """An estimate with its interval.

    Attributes:
        estimate: the figure.
        low: lower end, if known.
        high: upper end, if known.
        chance: the same figure by chance, if known.
    """

    estimate: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None


def as_percent(share: float) -> str:
    """Write a share as a coordinate.

    >>> as_percent(1 / 3), as_percent(0.5)
    ('33.33%', '50%')
    """
    return f"{round(100 * share, 2):g}%"


def draw_bar(n: int, largest: int, label: str) -> Markup:
    """Draw one bar, as wide as its share of the largest; a bar of 0 has no width.

    >>> 'width="50%"' in draw_bar(2, 4, "2 of 4")
    True
    """
    share = n / largest if largest else 0.0
    return Markup(
        '<svg class="bar" role="img" aria-label="{}" height="14">'
        '<rect class="track" width="100%" height="100%" rx="2"/>'
        '<rect class="size" width="{}" height="100%" rx="2"/></svg>'
    ).format(label, as_percent(share))


def draw_stack(parts: Sequence[Part], label: str) -> Markup:
    """Draw parts side by side, together the full width; a part that is wide enough carries its number.

    >>> draw_stack([Part(n=0, style="kans", label="kans")], "none")
    Markup('')
    """
    total = sum(part.n for part in parts)
    if not total:
        return Markup("")
    drawn, start = [], 0.0
    for part in parts:
        share = part.n / total
        if not part.n:
            continue
        number = Markup('<text class="on-{}" x="{}" y="16.5">{}</text>').format(
            part.style, as_percent(start + share / 2), part.n
        )
        shape = Markup('<g><title>{}: {}</title><rect class="fill-{}" x="{}" width="{}" height="{}"/>{}</g>').format(
            part.label,
            part.n,
            part.style,
            as_percent(start),
            as_percent(share),
            BAR_HEIGHT,
            number if share >= SMALLEST_LABELLED else "",
        )
        if part.link:
            shape = Markup('<a href="{}" aria-label="{}: {}">{}</a>').format(part.link, part.label, part.n, shape)
        drawn.append(shape)
        start += share
    # An image has no parts for a screen reader; a group of links has.
    role = "group" if any(part.link for part in parts) else "img"
    return Markup('<svg class="stack" role="{}" aria-label="{}" height="{}">{}</svg>').format(
        role, label, BAR_HEIGHT, Markup("").join(drawn)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A scale of figures from ``low`` to ``high`` with its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> str:
        """Where a value lies, held inside the axis; two percent stay free at each side."""
        share = (value - self.low) / (self.high - self.low)
        return as_percent(0.02 + 0.96 * min(max(share, 0.0), 1.0))


def choose_axis(intervals: Iterable[DrawnInterval]) -> Axis:
    """Choose the scale for figures that are 1 at most: from 0, or from lower where a figure lies below 0.

    >>> choose_axis([DrawnInterval(estimate=0.4, low=-0.1)]).ticks
    (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
    """
    values = [value for i in intervals for value in (i.estimate, i.low, i.chance) if value is not None]
    least = min(values, default=0.0)
    low = next((low for low in (0.0, -0.25, -0.5) if least >= low - 0.02), -1.0)
    step = 0.25 if low > -0.5 else 0.5
    return Axis(low=low, high=1.0, ticks=tuple(low + step * i for i in range(round((1.0 - low) / step) + 1)))


def draw_axis(axis: Axis, names: Sequence[str]) -> Markup:
    """Draw the names of the ticks; one for each."""
    texts = [
        Markup('<text x="{}" y="13">{}</text>').format(axis.place(t), n) for t, n in zip(axis.ticks, names, strict=True)
    ]
    return Markup('<svg class="axis" aria-hidden="true" height="18">{}</svg>').format(Markup("").join(texts))


def draw_interval(interval: DrawnInterval, axis: Axis, style: str, label: str) -> Markup:
    """Draw a dot for the estimate, a line for its interval, and a short upright dash for the chance level.

    Args:
        interval: what to draw.
        axis: the scale; what lies outside is drawn at its end.
        style: ``human`` is a filled dot, ``machine`` an open diamond.
        label: the same in words.
    """
    middle = DOT_HEIGHT / 2
    drawn = [
        Markup('<line class="grid{}" x1="{x}" x2="{x}" y1="0" y2="{y}"/>').format(
            " zero" if tick == 0 else "", x=axis.place(tick), y=DOT_HEIGHT
        )
        for tick in axis.ticks
    ]
    if interval.low is not None and interval.high is not None:
        low, high = axis.place(interval.low), axis.place(interval.high)
        drawn.append(Markup('<line class="range" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(low, high, y=middle))
        drawn += [
            Markup('<line class="range end" x1="{x}" x2="{x}" y1="{}" y2="{}"/>').format(middle - 5, middle + 5, x=end)
            for end in (low, high)
        ]
    if interval.chance is not None:
        drawn.append(
            Markup('<line class="chance" x1="{x}" x2="{x}" y1="4" y2="{}"/>').format(
                DOT_HEIGHT - 4, x=axis.place(interval.chance)
            )
        )
    drawn.append(
        Markup('<use class="dot {}" href="#dot-{}" x="{}" y="{}"/>').format(
            style, style, axis.place(interval.estimate), middle
        )
    )
    return Markup('<svg class="dots" role="img" aria-label="{}" height="{}">{}</svg>').format(
        label, DOT_HEIGHT, Markup("").join(drawn)
    )


def draw_hat(hat: str) -> Markup:
    """Draw a small hat in its colour, with an outline."""
    return Markup('<svg class="hat hat-{}" aria-hidden="true" viewBox="0 0 20 14"><use href="#hat"/></svg>').format(hat)


def tint(share: float) -> tuple[str, bool]:
    """Give the background of a cell of a heat table, and whether its letters must be light.

    >>> tint(0.0), tint(1.0)
    (('#ffffff', False), ('#1b6a85', True))
    """
    strength = min(max(share, 0.0), 1.0) ** 0.8
    mixed = [round(255 + (dark - 255) * strength) for dark in (27, 106, 133)]
    return "#" + "".join(f"{value:02x}" for value in mixed), strength > 0.8


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
        shown = min(max(value, axis.low), axis.high)
        return round(BOTTOM - (BOTTOM - TOP) * (shown - axis.low) / (axis.high - axis.low), 1)

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
