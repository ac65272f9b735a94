"""Finds the theme that a decision speaks of: by its anchors, else by the centre of what it was."""

from collections import Counter
from dataclasses import dataclass

from pipeline.readers.decisions import ThemeReference
from pipeline.themes.previous import LEAST_COSINE, Previous, cosine_of
from pipeline.themes.state import DROPPED, State


@dataclass(frozen=True, slots=True)
class Found:
    """The group that is meant, or None; and how it was found, or why not (empty when all anchors lie in it)."""

    group: int | None
    reason: str = ""


def find(reference: ThemeReference, state: State, previous: Previous) -> Found:
    """Find a theme again.

    More than half of the anchors must lie in one group. Else the nearest group is taken, by the cosine of its centre
    with that of the theme as the previous generation knew it, or of the anchors that are still there; from
    ``LEAST_COSINE`` on. A theme whose fragments were dropped is not looked for elsewhere.
    """
    anchors, there = reference.anchors, [anchor for anchor in reference.anchors if anchor in state.place]
    dropped = Counter(state.dropped_by[anchor] for anchor in there if state.place[anchor] == DROPPED)
    if 2 * dropped.total() > len(anchors):
        by = ", ".join(sorted(dropped))
        return Found(None, f"{reference.theme_id}: its fragments were dropped by {by}")
    together = Counter(state.place[anchor] for anchor in there if state.place[anchor] >= 0)
    best, most = min(together.items(), key=lambda item: (-item[1], item[0]), default=(None, 0))
    if best is not None and 2 * most > len(anchors):
        whole = most == len(anchors)
        return Found(best, "" if whole else f"{reference.theme_id} found by {most} of its {len(anchors)} anchors")
    return _find_nearest(reference, there, most, state, previous)


def _find_nearest(reference: ThemeReference, there: list[str], most: int, state: State, previous: Previous) -> Found:
    n = len(reference.anchors)
    state_of = f"{len(there)} of its {n} anchors are still there, at most {most} together"
    wanted = previous.centre(reference.theme_id)
    if wanted is None:
        wanted = previous.space.centre(there)
    cosines = {
        group: cosine
        for group, members in state.occupied().items()
        if (cosine := cosine_of(wanted, previous.space.centre(members))) is not None
    }
    if not cosines:
        return Found(None, f"{reference.theme_id}: {state_of}, and nothing else tells where it went")
    group, cosine = max(cosines.items(), key=lambda item: (round(item[1], 9), -item[0]))
    if cosine < LEAST_COSINE:
        return Found(None, f"{reference.theme_id}: {state_of}; the nearest theme is not near (cosine {cosine:.2f})")
    return Found(group, f"{reference.theme_id} found as the nearest theme (cosine {cosine:.2f}): {state_of}")
