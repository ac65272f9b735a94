"""The profile of each theme: who carries it, under which hats, how it leans, how it came up, its sub-themes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.schemas.forms import Row
from pipeline.core.views import Ints, Mask
from pipeline.core.vocabulary import (
    BOTH_POLARITIES,
    NEUTRAL_POLARITY,
    UNKNOWN,
    Hat,
    Kind,
    Polarity,
    Role,
    Scheme,
    Sentiment,
    Status,
)
from pipeline.questions.inputs import (
    NONE,
    NOTES,
    QuestionInputs,
    Themes,
    Values,
    blank,
    hats_of,
    polarities_of,
    sentiments_of,
    themes_of,
)

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
    inputs: QuestionInputs, rows: Ints, looked: Mask, *, narrow_share: float, min_fragments: int, draws: int,
    rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    """Describe who carries a theme.

    Returns:
        The columns of ``theme_profiles`` from ``n_sessions`` to ``verdict``.
    """
    known = rows[inputs.speaker[rows] >= 0]
    all_known = np.flatnonzero(looked & (inputs.speaker >= 0))
    in_sessions = np.bincount(inputs.session[rows], minlength=len(inputs.sessions))
    seen_sessions = np.bincount(inputs.session[looked], minlength=len(inputs.sessions))
    of_speakers = np.bincount(inputs.speaker[known], minlength=len(inputs.speakers))
    seen_speakers = np.bincount(inputs.speaker[all_known], minlength=len(inputs.speakers))
    n_seen_sessions = int((seen_sessions > 0).sum())
    session = find_largest(in_sessions, seen_sessions, draws=draws, rng=rng) if n_seen_sessions > 1 else None
    speaker = find_largest(of_speakers, seen_speakers, draws=draws, rng=rng) if (seen_speakers > 0).sum() > 1 else None
    if len(rows) < min_fragments:
        verdict = "too_few"
    elif session is None and speaker is None:
        verdict = "unknown"
    elif len(known) >= min_fragments and _is_narrow(speaker, narrow_share):
        verdict = "one_voice"
    else:
        verdict = "one_session" if _is_narrow(session, narrow_share) else "shared"
    return {
        "n_sessions": int((in_sessions > 0).sum()),
        "n_sessions_seen": n_seen_sessions,
        "n_speakers": int((of_speakers > 0).sum()),
        "n_without_speaker": len(rows) - len(known),
        "largest_session": inputs.sessions[session.group] if session else None,
        "session_share": session.share if session else None,
        "session_chance": session.chance if session else None,
        "session_p": session.p if session else None,
        "largest_speaker": inputs.speakers[speaker.group] if speaker else None,
        "speaker_share": speaker.share if speaker else None,
        "speaker_chance": speaker.chance if speaker else None,
        "speaker_p": speaker.p if speaker else None,
        "verdict": verdict,
    }


def _is_narrow(largest: Largest | None, narrow_share: float) -> bool:
    return largest is not None and largest.share >= narrow_share and largest.p <= ALPHA


PROMPTED, AFTER_QUESTION, SPONTANEOUS = "prompted", "after_question", "spontaneous"
PROMPTINGS = (PROMPTED, AFTER_QUESTION, SPONTANEOUS, UNKNOWN)
SOURCE = "given"
_WORD = re.compile(r"[^\W\d_]+")
_PASSED_OVER = frozenset(
    {Status.FILLER, Status.TOO_SHORT, Status.HEADING, Status.LAYOUT, Status.FOOTNOTE, Status.AUTHOR}
)


def find_prompting(inputs: QuestionInputs) -> Values:
    """Say of each remark in a talk whether a question of the moderator came just before it.

    ``prompted`` is the turn right after a moderator's question (a turn with a question mark; fillers between them do
    not count) that shares a content word with it; ``after_question`` the turn right after one that shares none;
    ``spontaneous`` any other turn. Notes, reports and sessions without a moderator cannot tell.
    """
    found = blank(inputs.n)
    found.source[:] = NONE
    moderated = set(inputs.all_fragments.loc[_is_moderator(inputs.all_fragments), "session"])
    lemmas = _lemmas_by_row(inputs)
    surfaces = _lemmas_by_word(inputs)
    questions = dict(_questions_before(inputs.all_fragments))
    columns = ("kind", "session", "utterance_id")
    for row, (kind, session, utterance) in enumerate(zip(*(inputs.fragments[c] for c in columns), strict=True)):
        if kind != Kind.TURN or session not in moderated:
            continue
        question = questions.get(utterance)
        found.source[row] = SOURCE
        if question is None:
            found.value[row] = SPONTANEOUS
            continue
        asked = {lemma for word in _WORD.findall(question.lower()) for lemma in surfaces.get(word, {word})}
        found.value[row] = PROMPTED if asked & lemmas.get(row, set()) else AFTER_QUESTION
    return found


def find_medium(inputs: QuestionInputs) -> Values:
    """Say whether each fragment was written in a note or said aloud; what a reporter summed up is neither."""
    found = blank(inputs.n)
    kinds = inputs.fragments["kind"].to_numpy(dtype=object)
    for kind in (Kind.NOTE, Kind.TURN):
        where = kinds == str(kind)
        found.value[where] = str(kind)
        found.source[where] = NOTES if kind is Kind.NOTE else SOURCE
    return found


def _is_moderator(fragments: pd.DataFrame) -> "pd.Series[bool]":
    return (fragments["role"] == Role.GESPREKSLEIDER) | (fragments["status"] == Status.MODERATOR)


def _questions_before(fragments: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Utterance to the moderator's question right before it."""
    ordered = fragments.sort_values(["source_id", "char_start", "fragment_id"])
    leads = _is_moderator(ordered)
    question, of_source, asking = "", "", ""
    answering: str | None = None
    columns = ("source_id", "utterance_id", "status", "text")
    for (source, utterance, status, text), moderator in zip(
        zip(*(ordered[name] for name in columns), strict=True), leads, strict=True
    ):
        if source != of_source:
            question, of_source, asking, answering = "", source, "", None
        if moderator:
            question = f"{question} {text}" if asking == utterance else text
            asking, answering = utterance, None
        elif status not in _PASSED_OVER and "?" in question and answering in (None, utterance):
            answering = utterance
            yield utterance, question
        elif status not in _PASSED_OVER:
            question, asking, answering = "", "", None


def _lemmas_by_row(inputs: QuestionInputs) -> dict[int, set[str]]:
    content = inputs.tokens.loc[inputs.tokens["is_content"]]
    return {int(str(row)): set(lemmas) for row, lemmas in content.groupby("row")["lemma"]}


def _lemmas_by_word(inputs: QuestionInputs) -> dict[str, set[str]]:
    """The lemmas that a word has anywhere in the study; words of the moderator have no tokens of their own."""
    known: dict[str, set[str]] = {}
    content = inputs.tokens.loc[inputs.tokens["is_content"], ["text", "lemma"]].drop_duplicates()
    for text, lemma in zip(content["text"], content["lemma"], strict=True):
        known.setdefault(str(text).lower(), set()).add(lemma)
    return known


def count_media(inputs: QuestionInputs, rows: Ints) -> dict[str, int]:
    """Count the sessions of some fragments that have them in notes only, aloud only or both.

    Only a session that holds notes and turns can tell; the others are counted as untold.
    """
    kinds, sessions = inputs.fragments["kind"].to_numpy(dtype=object), inputs.session
    n = len(inputs.sessions)

    def holding(kind: Kind, among: Ints) -> Mask:
        return np.asarray(np.bincount(sessions[among[kinds[among] == str(kind)]], minlength=n) > 0)

    everything = np.arange(inputs.n)
    able = holding(Kind.NOTE, everything) & holding(Kind.TURN, everything)
    noted, spoken = holding(Kind.NOTE, rows), holding(Kind.TURN, rows)
    present = np.bincount(sessions[rows], minlength=n) > 0
    return {
        "n_sessions_notes": int((able & noted & ~spoken).sum()),
        "n_sessions_aloud": int((able & spoken & ~noted).sum()),
        "n_sessions_both": int((able & spoken & noted).sum()),
        "n_sessions_untold": int((present & ~(able & (noted | spoken))).sum()),
    }


ORDERS: Mapping[str, tuple[str, ...]] = {
    "hat": (*(str(hat) for hat in Hat), UNKNOWN),
    "polarity": (str(Polarity.KANS), BOTH_POLARITIES, NEUTRAL_POLARITY, str(Polarity.KNELPUNT), UNKNOWN),
    "sentiment": (*(str(tone) for tone in Sentiment), UNKNOWN),
    "prompting": PROMPTINGS,
    "medium": (str(Kind.NOTE), str(Kind.TURN), UNKNOWN),
}


def profile_themes(
    inputs: QuestionInputs,
    themes: Themes,
    *,
    narrow_share: float,
    min_fragments: int,
    draws: int,
    rng: np.random.Generator,
) -> Iterator[Row]:
    """Describe who carries each theme of a coder.

    Yields:
        Rows of ``theme_profiles``.
    """
    for place, code, rows in themes.walk():
        carriers = describe_carriers(
            inputs, rows, themes.looked, narrow_share=narrow_share, min_fragments=min_fragments, draws=draws, rng=rng
        )
        yield {
            "coder": themes.coder, "theme": code, "position": place, "n_fragments": len(rows),
            "n_seen": int(themes.looked.sum()), **carriers, **count_media(inputs, rows),
        }  # fmt: skip


def count_values(inputs: QuestionInputs, themes: Themes, prompting: Values, medium: Values) -> Iterator[Row]:
    """Count hat, polarity, sentiment, prompting and medium within each theme of a coder.

    Args:
        inputs: the fragments.
        themes: what the coder gave.
        prompting: as `find_prompting` says, of any coder.
        medium: as `find_medium` says, likewise.

    Yields:
        Rows of ``theme_counts``; those of one aspect add up to the fragments of the theme.
    """
    aspects: Mapping[str, Values] = {
        "hat": hats_of(inputs, themes.coder),
        "polarity": polarities_of(inputs, themes.coder),
        "sentiment": sentiments_of(inputs, themes.coder),
        "prompting": prompting,
        "medium": medium,
    }
    for _, code, rows in themes.walk():
        for aspect, values in aspects.items():
            counts = Counter(zip(values.value[rows], values.source[rows], strict=True))
            for (value, source), n in counts.items():
                yield {
                    "coder": themes.coder, "theme": code, "aspect": aspect, "value": value, "source": source,
                    "position": _rank(ORDERS[aspect], value), "n": n,
                }  # fmt: skip


def count_subthemes(inputs: QuestionInputs, themes: Themes) -> Iterator[Row]:
    """Count the sub-themes of the same coder within each theme.

    On a fragment with two themes, a sub-theme counts with the theme that the codebook puts it under; one that stands
    nowhere in the codebook counts with both.

    Yields:
        Rows of ``theme_subthemes``, the commonest first.
    """
    below = themes_of(inputs, themes.coder, Scheme.SUBTHEME)
    roots = _roots(inputs)
    for _, code, rows in themes.walk():
        counts = below.member[rows].sum(axis=0)
        found = [
            (int(n), subtheme)
            for n, subtheme in zip(counts, below.codes, strict=True)
            if n and roots.get(subtheme, code) == code
        ]
        for position, (n, subtheme) in enumerate(sorted(found, key=lambda item: (-item[0], item[1]))):
            yield {"coder": themes.coder, "theme": code, "subtheme": subtheme, "position": position, "n": n}


def _rank(order: tuple[str, ...], value: str) -> int:
    # A coder may use a value of their own; it comes before what is unknown.
    return order.index(value) if value in order else len(order)


def _roots(inputs: QuestionInputs) -> dict[str, str]:
    """Sub-theme to the theme above it in the codebook, through other sub-themes."""
    book = inputs.codebook
    themes = set(book.loc[book["scheme"] == Scheme.THEME, "code"])
    below = book.loc[book["scheme"] == Scheme.SUBTHEME]
    parents = {
        code: parent for code, parent in zip(below["code"], below["parent"], strict=True) if isinstance(parent, str)
    }
    roots = {}
    for code in parents:
        above, passed = parents[code], {code}
        while above not in themes and above in parents and above not in passed:
            passed.add(above)
            above = parents[above]
        if above in themes:
            roots[code] = above
    return roots


def majority(values: Values, rows: Ints) -> str | None:
    """The polarity that most of these fragments name alone; None where neither leads."""
    kans, knelpunt = (int((values.value[rows] == str(polarity)).sum()) for polarity in Polarity)
    if kans == knelpunt:
        return None
    return str(Polarity.KANS if kans > knelpunt else Polarity.KNELPUNT)
