"""Whether a remark was prompted by the moderator or came by itself."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.questions.ground import Bools, Ground, Ints
from pipeline.questions.values import NONE, NOTES, Values, blank
from pipeline.vocabulary import UNKNOWN, Kind, Role, Status

PROMPTED, AFTER_QUESTION, SPONTANEOUS = "prompted", "after_question", "spontaneous"
PROMPTINGS = (PROMPTED, AFTER_QUESTION, SPONTANEOUS, UNKNOWN)
SOURCE = "given"
_WORD = re.compile(r"[^\W\d_]+")
_PASSED_OVER = frozenset(
    {Status.FILLER, Status.TOO_SHORT, Status.HEADING, Status.LAYOUT, Status.FOOTNOTE, Status.AUTHOR}
)


def find_prompting(ground: Ground) -> Values:
    """Say of each remark in a talk whether a question of the moderator came just before it.

    ``prompted`` is the turn right after a moderator's question (a turn with a question mark; fillers between them do
    not count) that shares a content word with it; ``after_question`` the turn right after one that shares none;
    ``spontaneous`` any other turn. Notes, reports and sessions without a moderator cannot tell.
    """
    found = blank(ground.n)
    found.source[:] = NONE
    moderated = set(ground.told.loc[_is_moderator(ground.told), "session"])
    lemmas = _lemmas_by_row(ground)
    surfaces = _lemmas_by_word(ground)
    questions = dict(_questions_before(ground.told))
    columns = ("kind", "session", "utterance_id")
    for row, (kind, session, utterance) in enumerate(zip(*(ground.fragments[c] for c in columns), strict=True)):
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


def find_medium(ground: Ground) -> Values:
    """Say whether each fragment was written in a note or said aloud; what a reporter summed up is neither."""
    found = blank(ground.n)
    kinds = ground.fragments["kind"].to_numpy(dtype=object)
    for kind in (Kind.NOTE, Kind.TURN):
        where = kinds == str(kind)
        found.value[where] = str(kind)
        found.source[where] = NOTES if kind is Kind.NOTE else SOURCE
    return found


def _is_moderator(told: pd.DataFrame) -> "pd.Series[bool]":
    return (told["role"] == Role.GESPREKSLEIDER) | (told["status"] == Status.MODERATOR)


def _questions_before(told: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Utterance to the moderator's question right before it."""
    ordered = told.sort_values(["source_id", "char_start", "fragment_id"])
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


def _lemmas_by_row(ground: Ground) -> dict[int, set[str]]:
    content = ground.tokens.loc[ground.tokens["is_content"]]
    return {int(str(row)): set(lemmas) for row, lemmas in content.groupby("row")["lemma"]}


def _lemmas_by_word(ground: Ground) -> dict[str, set[str]]:
    """The lemmas that a word has anywhere in the study; words of the moderator have no tokens of their own."""
    known: dict[str, set[str]] = {}
    content = ground.tokens.loc[ground.tokens["is_content"], ["text", "lemma"]].drop_duplicates()
    for text, lemma in zip(content["text"], content["lemma"], strict=True):
        known.setdefault(str(text).lower(), set()).add(lemma)
    return known


def count_media(ground: Ground, rows: Ints) -> dict[str, int]:
    """Count the sessions of some fragments that have them in notes only, aloud only or both.

    Only a session that holds notes and turns can tell; the others are counted as untold.
    """
    kinds, sessions = ground.fragments["kind"].to_numpy(dtype=object), ground.session
    n = len(ground.sessions)

    def holding(kind: Kind, among: Ints) -> Bools:
        return np.asarray(np.bincount(sessions[among[kinds[among] == str(kind)]], minlength=n) > 0)

    everything = np.arange(ground.n)
    able = holding(Kind.NOTE, everything) & holding(Kind.TURN, everything)
    noted, said = holding(Kind.NOTE, rows), holding(Kind.TURN, rows)
    present = np.bincount(sessions[rows], minlength=n) > 0
    return {
        "n_sessions_notes": int((able & noted & ~said).sum()),
        "n_sessions_aloud": int((able & said & ~noted).sum()),
        "n_sessions_both": int((able & said & noted).sum()),
        "n_sessions_untold": int((present & ~(able & (noted | said))).sum()),
    }
