"""Who carries a theme: how many sessions and voices, and whether it is one of them beyond chance."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.questions.ground import Bools, Ground, Ints

ALPHA = 0.05
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """The group that holds most of a theme: its place, its share, the largest share by chance, and p."""

    group: int
    share: float
    chance: float
    p: float


def find_largest(of_theme: Ints, of_all: Ints, *, draws: int, rng: np.random.Generator) -> Largest | None:
    """Find the group that holds most of a theme, beside themes of the same size drawn at random from what was seen.

    Args:
        of_theme: shape (groups,), fragments of the theme.
        of_all: shape (groups,), all fragments that might carry it.
        draws: how many random themes.
        rng: where the draws come from.

    Returns:
        The largest group (the first of equals); None for a theme without fragments.

    >>> found = find_largest(np.array([4, 0]), np.array([5, 95]), draws=99, rng=np.random.default_rng(1))
    >>> found.group, found.share, found.p
    (0, 1.0, 0.01)
    """
    n = int(of_theme.sum())
    if not n:
        return None
    drawn = rng.multivariate_hypergeometric(of_all, n, size=draws) / n
    group = int(of_theme.argmax())
    part = of_all / of_all.sum()
    share = float(of_theme[group] / n)
    # Who talks most holds most of any theme: what counts is how far the share exceeds the part in all that was said.
    reached = (drawn - part).max(axis=1) >= share - part[group] - ROUNDING
    return Largest(
        group=group, share=share, chance=float(drawn.max(axis=1).mean()), p=float((1 + reached.sum()) / (draws + 1))
    )


def describe_carriers(
    ground: Ground, rows: Ints, looked: Bools, *, narrow_share: float, min_fragments: int, draws: int,
    rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    """Describe who carries a theme.

    Returns:
        The columns of ``theme_profiles`` from ``n_sessions`` to ``verdict``.
    """
    voiced = rows[ground.voice[rows] >= 0]
    all_voiced = np.flatnonzero(looked & (ground.voice >= 0))
    in_sessions = np.bincount(ground.session[rows], minlength=len(ground.sessions))
    seen_sessions = np.bincount(ground.session[looked], minlength=len(ground.sessions))
    of_voices = np.bincount(ground.voice[voiced], minlength=len(ground.voices))
    seen_voices = np.bincount(ground.voice[all_voiced], minlength=len(ground.voices))
    n_seen_sessions = int((seen_sessions > 0).sum())
    session = find_largest(in_sessions, seen_sessions, draws=draws, rng=rng) if n_seen_sessions > 1 else None
    speaker = find_largest(of_voices, seen_voices, draws=draws, rng=rng) if (seen_voices > 0).sum() > 1 else None
    if len(rows) < min_fragments:
        verdict = "too_few"
    elif session is None and speaker is None:
        verdict = "unknown"
    elif len(voiced) >= min_fragments and _is_narrow(speaker, narrow_share):
        verdict = "one_voice"
    else:
        verdict = "one_session" if _is_narrow(session, narrow_share) else "shared"
    return {
        "n_sessions": int((in_sessions > 0).sum()),
        "n_sessions_seen": n_seen_sessions,
        "n_speakers": int((of_voices > 0).sum()),
        "n_without_speaker": len(rows) - len(voiced),
        "largest_session": ground.sessions[session.group] if session else None,
        "session_share": session.share if session else None,
        "session_chance": session.chance if session else None,
        "session_p": session.p if session else None,
        "largest_speaker": ground.voices[speaker.group] if speaker else None,
        "speaker_share": speaker.share if speaker else None,
        "speaker_chance": speaker.chance if speaker else None,
        "speaker_p": speaker.p if speaker else None,
        "verdict": verdict,
    }


def _is_narrow(largest: Largest | None, narrow_share: float) -> bool:
    return largest is not None and largest.share >= narrow_share and largest.p <= ALPHA
