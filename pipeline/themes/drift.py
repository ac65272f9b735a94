"""What became of every theme since the previous generation."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.themes.previous import Previous, cosine_of
from pipeline.vocabulary import Drift

SAME_OVERLAP = 0.8
"""A theme that keeps less than this of the fragments that both generations know has shifted."""

Row = dict[str, Any]


def compare_generations(
    members: Mapping[str, Sequence[str]], labels: Mapping[str, str], previous: Previous
) -> list[Row]:
    """Compare the themes of now with those of the previous generation.

    The size then, less the fragments that are gone from the material and those that went to another theme, plus
    those that came from elsewhere and the new ones, is the size now.

    Args:
        members: theme to fragments now, in printing order.
        labels: theme to label now.
        previous: the previous generation.

    Returns:
        Rows of ``theme_drift``, themes that are gone last; none where there is no previous generation.
    """
    if not previous.known:
        return []
    gone = [theme for theme in previous.themes if theme not in members]
    rows = [_row(theme, members.get(theme, ()), labels.get(theme), previous) for theme in (*members, *gone)]
    return [{**row, "position": position} for position, row in enumerate(rows)]


def _row(theme: str, members: Sequence[str], label: str | None, previous: Previous) -> Row:
    known = previous.themes.get(theme)
    then = known.fragment_ids if known else frozenset[str]()
    now, there = frozenset(members), previous.space.rows.keys()
    row: Row = {
        "theme_id": theme,
        "previous_size": len(then),
        "size": len(now),
        "new_fragments": len(now - previous.known),
        "fragments_in": len((now & previous.known) - then),
        "fragments_out": len((then & there) - now),
        "gone_fragments": len(then - there),
        "label_before": known.label if known else None,
        "label": label,
    }
    if known is None:
        return row | {"state": Drift.NEW}
    if not members:
        return row | {"state": Drift.GONE}
    shared = previous.overlap(theme, members)
    cosine = cosine_of(previous.centre(theme), previous.space.centre(members))
    same = shared is not None and shared >= SAME_OVERLAP
    return row | {"state": Drift.SAME if same else Drift.SHIFTED, "overlap": shared, "cosine": cosine}
