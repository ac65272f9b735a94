"""What was left out and why: nothing disappears without a number and a reason."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.vocabulary import Outcome, Scheme, Status
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.words import Words

_SAID_BY = re.compile(r"said by the (\w+)")


_FEWER_THAN = re.compile(r"fewer than (\d+) words")


MOST_NOTICES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """How many fragments have one status for one reason."""

    name: str
    reason: str
    n: int
    used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """How many rows of the manual codings were matched in one way, or not for one reason."""

    name: str
    how: str
    n: int
    matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice of a stage."""

    stage: str
    where: str
    message: str


def status_rows(inputs: ReportInputs) -> list[StatusRow]:
    """Count fragments by status and reason; the counts add up to all fragments."""
    fragments, words = inputs.table("fragments"), inputs.words
    counts: dict[tuple[str, str], int] = {}
    for row in records(fragments[["status", "reason"]]):
        key = row["status"], row["reason"] or ""
        counts[key] = counts.get(key, 0) + 1
    order = [str(status) for status in Status]
    return [
        StatusRow(name=words(f"status.{status}"), reason=say_reason(reason, words), n=n, used=status == Status.USED)
        for (status, reason), n in sorted(
            counts.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1])
        )
    ]


def say_reason(reason: str, words: Words) -> str:
    """Say a reason of the fragments table in the language of the report; one that is not known stays as it is.

    >>> say_reason("fewer than 3 words", Words("nl"))
    'minder dan 3 woorden'
    """
    if found := _FEWER_THAN.fullmatch(reason):
        return words("reason.fewer", n=found[1])
    if found := _SAID_BY.fullmatch(reason):
        return words("reason.said_by", role=found[1])
    return words(f"reason.{reason}") if words.has(f"reason.{reason}") else reason


def match_rows(inputs: ReportInputs) -> list[MatchRow]:
    """Count the rows of the manual codings by what became of them, matched ones first."""
    words, counts = inputs.words, dict[tuple[bool, str], int]()
    for row in records(inputs.table("coding_matches")):
        matched = row["outcome"] == Outcome.MATCHED
        key = matched, (row["how"] if matched else row["reason"]) or ""
        counts[key] = counts.get(key, 0) + 1
    return [
        MatchRow(
            name=words("matched" if matched else "unmatched"),
            how=words(f"how.{how}") if matched and words.has(f"how.{how}") else how,
            n=n, matched=matched,
        )
        for (matched, how), n in sorted(counts.items(), key=lambda item: (not item[0][0], -item[1], item[0][1]))
    ]  # fmt: skip


def notice_rows(inputs: ReportInputs) -> tuple[list[NoticeRow], int]:
    """List the notices of the stages, and how many more there are than fit in a page."""
    rows = [
        NoticeRow(stage=row["stage"], where=row["where"], message=say_notice(row["message"], inputs.words))
        for row in records(inputs.table("notices"))
    ]
    return rows[:MOST_NOTICES], max(len(rows) - MOST_NOTICES, 0)


def say_notice(message: str, words: Words) -> str:
    """Say a notice of a stage in the language of the report; what is not known stays as it is.

    >>> say_notice("theme: learned from 475 coded fragments, cross-fitted in 2 folds", Words("nl"))
    'thema: geleerd van 475 gecodeerde fragmenten, kruiselings in 2 delen'
    """
    if words.language == "en":
        return message
    said = message
    for pattern, dutch in words.phrases("notice_phrase"):
        said = re.sub(pattern, dutch, said)
    if said == message:
        return message
    for scheme in Scheme:
        said = re.sub(rf"(?<![\w'-]){scheme}(?=[:,)’]| (?:zijn|is|bevat))", words(f"scheme.{scheme}").lower(), said)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", said)


def abstentions(inputs: ReportInputs) -> Mapping[str, float]:
    """Scheme to the share of the analysed fragments that have no value because the machine declined to say."""
    stances = inputs.table("stances")
    first = stances.loc[stances["rank"] == 1]
    return {str(scheme): float(rows["abstained"].mean()) for scheme, rows in first.groupby("scheme", sort=True)}
