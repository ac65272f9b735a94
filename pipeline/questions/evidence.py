"""The quotes that show a theme best, and those that contradict it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats, Ints, Mask
from pipeline.core.vocabulary import Polarity
from pipeline.questions.inputs import QuestionInputs, Themes, polarities_of
from pipeline.questions.likeness import Likeness, as_unit
from pipeline.questions.profiles import majority

SHOWS, CONTRADICTS = "shows", "contradicts"
SHORT_FROM, SHORT_TO, LONGEST = 6, 35, 90
"""Words: between the first two a quote reads at a glance; from there it loses, to half at the longest."""
LEANING = 0.75
"""What is left of a remark that opens with a word which leans on what came before."""
UNFINISHED = 0.5
"""What is left of a remark that breaks off, or only leads in what follows."""
SECOND_CODE = 0.85
"""What is left of a remark for which the theme was not the first choice."""
SAME_SESSION, SAME_SPEAKER = 0.7, 0.8
"""What is left for each quote already chosen from the same session, and from the same speaker."""
CLOSING = " \"'”“’»)"
OPENINGS = frozenset(
    """
    en maar dus want dat die dit deze daarom daardoor daar dan toen zo ook of nee ja neen omdat terwijl hij zij ze het
    er hierdoor hiervoor hierover bovendien anderzijds enerzijds zoals ge wel allee amai euh goh voilà bijvoorbeeld
    """.split()  # noqa: SIM905
)
"""Words with which a Dutch remark leans on the one before it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Shelf:
    """What choosing quotes needs to know of every fragment: how far it stands alone, its length, its opening."""

    standing: Floats
    short: Mask
    alone: Mask


def make_shelf(inputs: QuestionInputs) -> Shelf:
    """Weigh how far each fragment can be read on its own."""
    words = inputs.fragments["n_words"].to_numpy(dtype=np.float64)
    spoken = inputs.tokens.loc[inputs.tokens["lemma"].str.contains(r"\w", regex=True)]
    first = spoken.drop_duplicates("row")
    alone = np.ones(inputs.n, dtype=bool)
    alone[first.loc[first["text"].str.lower().isin(OPENINGS), "row"].to_numpy(dtype=np.int64)] = False
    alone &= ~_breaks_off(inputs)
    length = np.interp(words, [1, SHORT_FROM, SHORT_TO, LONGEST], [0.3, 1.0, 1.0, 0.5])
    return Shelf(
        standing=length * np.where(alone, 1.0, LEANING) * np.where(_breaks_off(inputs), UNFINISHED, 1.0),
        short=(words >= SHORT_FROM) & (words <= SHORT_TO),
        alone=alone,
    )


def _breaks_off(inputs: QuestionInputs) -> Mask:
    ends = inputs.fragments["text"].str.rstrip(CLOSING).str[-1:]
    return ends.isin(list(":,;…")).to_numpy(dtype=bool)


def choose_quotes(
    inputs: QuestionInputs, likeness: Likeness, themes: Themes, shelf: Shelf, *, n_quotes: int
) -> Iterator[Row]:
    """Choose, for each theme of a coder, the quotes that show it and those that contradict it.

    What shows a theme is near the middle of the other fragments of the theme, reads at a glance, stands on its own,
    comes from another session and speaker than the quotes before it, and does not have the polarity opposed to that of
    most of the theme. What contradicts it has that polarity, and is near the middle of the majority: it speaks of the
    same, the other way round.

    Yields:
        Rows of ``theme_quotes``.
    """
    polarity = polarities_of(inputs, themes.coder)
    for place, code, rows in themes.walk():
        first = np.where(themes.first[rows] == place, 1.0, SECOND_CODE)
        most = majority(polarity, rows)
        leans = polarity.value[rows]
        opposed = (leans != most) & np.isin(leans, [str(value) for value in Polarity]) & (most is not None)
        base = {"coder": themes.coder, "theme": code}
        typical = _near(likeness, rows, rows)
        yield from _write(
            inputs, shelf, rows[~opposed], typical[~opposed], first[~opposed], n_quotes, {**base, "role": SHOWS}
        )
        near = _near(likeness, rows[opposed], rows[leans == most])
        same = near > 0
        against, weight = rows[opposed][same], first[opposed][same]
        yield from _write(inputs, shelf, against, near[same], weight, n_quotes, {**base, "role": CONTRADICTS})


def _near(likeness: Likeness, rows: Ints, group: Ints) -> Floats:
    """Nearness of each to the middle of a group, itself left out; mean of the cosines of vectors and of words."""
    if not rows.size or not group.size:
        return np.zeros(rows.size)
    within = np.isin(rows, group).astype(np.float64)[:, np.newaxis]
    vectors, words = likeness.vectors, likeness.words
    semantic = (vectors[rows] * as_unit(vectors[group].sum(axis=0) - within * vectors[rows])).sum(axis=1)
    own = words[rows]
    total = np.asarray(words[group].sum(axis=0)).ravel()
    squares = np.asarray(own.multiply(own).sum(axis=1)).ravel()
    inner = own @ total - within[:, 0] * squares
    # The length of the middle without one of its members, from the lengths of both.
    length = float(total @ total) - within[:, 0] * (2 * (own @ total) - squares)
    lengths = np.sqrt(np.maximum(length * squares, 0.0))
    lexical = np.divide(inner, lengths, out=np.zeros_like(inner), where=lengths > 1e-12)
    return np.asarray((semantic + lexical) / 2)


def _write(
    inputs: QuestionInputs, shelf: Shelf, rows: Ints, typical: Floats, weight: Floats, n_quotes: int, base: Row
) -> Iterator[Row]:
    """Choose greedily: the best, then the best once its session and speaker have been chosen, and so on."""
    # Cosines from -1 to 1 become 0 to 1, so that length and opening weigh on an untypical remark too.
    worth = (1 + typical) / 2 * shelf.standing[rows] * weight
    texts = inputs.fragments["text"].to_numpy(dtype=object)[rows]
    session, speaker = inputs.session[rows], inputs.speaker[rows]
    usual = float(np.median(typical)) if len(rows) else 0.0
    several = len(inputs.sessions) > 1
    left = np.ones(len(rows), dtype=bool)
    for rank in range(1, n_quotes + 1):
        if not left.any():
            return
        best = int(np.argmax(np.where(left, worth, -1.0)))
        row = int(rows[best])
        again = rank > 1 and several
        found = {
            "typical" if base["role"] == SHOWS else "against": base["role"] == CONTRADICTS or typical[best] >= usual,
            "short": shelf.short[row],
            "stands_alone": shelf.alone[row],
            "other_session": again and not (session[~left] == session[best]).any(),
            "other_voice": rank > 1 and speaker[best] >= 0 and not (speaker[~left] == speaker[best]).any(),
        }
        yield {
            **base, "rank": rank, "fragment_id": inputs.ids[row], "score": float(worth[best]),
            "typical": float(typical[best]), "standing": float(shelf.standing[row]),
            "why": [why for why, holds in found.items() if holds],
        }  # fmt: skip
        left &= texts != texts[best]
        if several:
            worth = worth * np.where(session == session[best], SAME_SESSION, 1.0)
        worth = worth * np.where((speaker == speaker[best]) & (speaker >= 0), SAME_SPEAKER, 1.0)
