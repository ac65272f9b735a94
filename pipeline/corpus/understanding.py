"""How well the notes and codings were understood: counts for each file and in all, and what would improve them most."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.core.errors import Output
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import NOT_SEEN, NOT_UNDERSTOOD, REMARK_KINDS, Aspect, Outcome, Role, Status
from pipeline.readers.synthesis import FORMAT as SYNTHESIS

MOST, MANY_REPEATS, N_ADVICE = 0.5, 0.03, 3
"""A file has speakers or hats when most of its remarks do; repeats are worth a word above this share."""

UNSAID = (Status.HEADING, Status.FOOTNOTE, Status.LAYOUT)
"""Statuses of what nobody said."""
OF_TALK = (Aspect.SPEAKERS, Aspect.HATS, Aspect.ROLES)


@dataclass(frozen=True, slots=True)
class Count:
    """One row of ``understanding``."""

    subject: str
    aspect: Aspect
    n: int
    of: int
    files: int | None = None
    rank: int | None = None

    @property
    def missing(self) -> int:
        """How many lack it."""
        return self.of - self.n


def is_set_aside(statuses: pd.Series) -> "pd.Series[bool]":
    """Tell which fragments hold words that are not analysed; headings, feet of pages and layout hold none.

    >>> is_set_aside(pd.Series(["used", "filler", "heading", "author"])).tolist()
    [False, True, False, True]
    """
    return ~statuses.isin((Status.USED, *UNSAID))


def assess(
    sources: pd.DataFrame, speakers: pd.DataFrame, fragments: pd.DataFrame, coding_matches: pd.DataFrame
) -> Output:
    """Count what was understood.

    Args:
        sources: rows of ``sources``.
        speakers: rows of ``speakers``.
        fragments: rows of ``fragments``.
        coding_matches: rows of ``coding_matches``.

    Returns:
        ``understanding``: for each file and in all the used remarks, those with a speaker and with a hat, whether a
        role is known beside that of participants, what is kept aside as procedure or as said by who leads the talk,
        texts that stand more than once, and in all the codings that were matched. A report that is a synthesis has no
        speakers, and only its remarks and repeats are counted.
    """
    led = frozenset(speakers.loc[speakers["role"] != Role.DEELNEMER, "session"])
    counts = [count for source in _current(sources, fragments) for count in _of_file(*source, led)]
    counts += list(_in_all(counts))
    counts.append(_codings(coding_matches))
    ranked = _rank(counts)
    rows = [
        {"position": i, "subject": c.subject, "aspect": str(c.aspect), "n": c.n, "of": c.of, "files": c.files}
        | {"rank": c.rank}
        for i, c in enumerate(ranked)
    ]
    return Output({"understanding": table_from_rows(rows, "understanding")}, ())


def _current(sources: pd.DataFrame, fragments: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    of_source = dict(tuple(fragments.groupby("source_id", sort=False)))
    for source_id, name, reader in zip(sources["source_id"], sources["name"], sources["format"], strict=True):
        if source_id in of_source:
            yield str(name), str(reader), of_source[source_id]


def _of_file(name: str, reader: str, fragments: pd.DataFrame, led: frozenset[str]) -> Iterator[Count]:
    spoken = fragments[fragments["kind"].isin(REMARK_KINDS)]
    used = spoken[spoken["status"] == Status.USED]
    yield Count(name, Aspect.REMARKS, len(used), len(used) + int(is_set_aside(fragments["status"]).sum()))
    if reader != SYNTHESIS:
        yield Count(name, Aspect.SPEAKERS, int(used["speaker"].notna().sum()), len(used))
        yield Count(name, Aspect.HATS, int(used["hat_given"].notna().sum()), len(used))
        yield Count(name, Aspect.ROLES, int(bool(led & set(fragments["session"]))), 1)
        aside = spoken["status"].isin([Status.PROCEDURE, Status.MODERATOR])
        yield Count(name, Aspect.PROCEDURE, int(aside.sum()), len(spoken))
    yield Count(name, Aspect.REPEATS, int(used["repeats"].notna().sum()), len(used))


def _in_all(counts: Sequence[Count]) -> Iterator[Count]:
    for aspect in Aspect:
        found = [count for count in counts if count.aspect is aspect]
        if found:
            with_most = sum(count.of > 0 and count.n > MOST * count.of for count in found)
            total = Count("", aspect, sum(count.n for count in found), sum(count.of for count in found))
            yield replace(total, files=with_most) if aspect in OF_TALK else total


def _codings(coding_matches: pd.DataFrame) -> Count:
    """Count the rows of given codings that found their fragment."""
    rows = match_outcomes(coding_matches)
    return Count("", Aspect.CODINGS, sum(is_matched for is_matched, _ in rows.values()), len(rows))


def match_outcomes(coding_matches: pd.DataFrame) -> dict[tuple[str, str], tuple[bool, str]]:
    """Tell of each row of a file with codings whether it found its fragment; a row may give several codes.

    Args:
        coding_matches: columns of the schema.

    Returns:
        File and row to whether it was matched, and how, or why not. Rows that say nothing are left out.
    """
    found: dict[tuple[str, str], tuple[bool, str]] = {}
    columns = (coding_matches[name] for name in ("row_id", "outcome", "how", "reason"))
    for row_id, outcome, how, reason in zip(*columns, strict=True):
        if reason in NOT_SEEN:
            continue
        file, _, row = str(row_id).rsplit(":", 2)[0].rpartition(":")
        is_matched = outcome == Outcome.MATCHED
        if is_matched or (file, row) not in found:
            found[file, row] = is_matched, str(how if is_matched else reason)
    return found


def count_not_understood(coding_matches: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Count the cells that were not understood, by file and scheme."""
    ids = coding_matches.loc[coding_matches["reason"] == NOT_UNDERSTOOD, "row_id"]
    return dict(Counter((file, scheme) for file, _, scheme, _ in (str(each).rsplit(":", 3) for each in ids)))


def _rank(counts: Sequence[Count]) -> list[Count]:
    """Number the three that would improve the reading most, by how many remarks or codings each would mend."""
    has_hats = any(count.aspect is Aspect.HATS and count.n for count in counts)
    weights: dict[int, int] = {}
    for i, count in enumerate(counts):
        if count.subject and (count.aspect is Aspect.SPEAKERS or (count.aspect is Aspect.HATS and has_hats)):
            weights[i] = count.missing
        elif count.subject and count.aspect is Aspect.ROLES and count.missing:
            speakers = next(c for c in counts if c.subject == count.subject and c.aspect is Aspect.SPEAKERS)
            # Who leads a talk says a good part of it.
            weights[i] = speakers.n // 4
        elif count.aspect is Aspect.CODINGS:
            weights[i] = count.missing
        elif not count.subject and count.aspect is Aspect.REPEATS and count.n > MANY_REPEATS * count.of:
            weights[i] = count.n // 2
    best = sorted((i for i, weight in weights.items() if weight > 0), key=lambda i: (-weights[i], i))[:N_ADVICE]
    return [replace(count, rank=best.index(i) + 1) if i in best else count for i, count in enumerate(counts)]


def read_counts(understanding: pd.DataFrame) -> list[Count]:
    """Give the rows of ``understanding`` as counts, in order of printing."""
    frame = understanding.astype(object).where(understanding.notna(), None)
    return [
        Count(row["subject"], Aspect(row["aspect"]), row["n"], row["of"], row["files"], row["rank"])
        for row in frame.sort_values("position").to_dict("records")
    ]
