"""How well the structure of a synthesis report is read: ``python -m tests.bench.structure_score REPORT GOLD``.

Exit code 0 when at least 97 % of the statements and quotes of the themes chapter have the right theme, polarity and
sub-heading, every fragment equals its source at its offsets and no row got lost; 1 when not; 2 when a file is absent.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.core.config import load_config
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import Kind, Scheme, Status
from pipeline.corpus.fragments import cut
from pipeline.readers import read_source
from pipeline.readers.sources import Reading
from tests.support.invented import reread

REQUIRED = 0.97
THEMES_CHAPTER = "2"
SCORED_KINDS = (Kind.STATEMENT, Kind.QUOTE)
ASPECTS = ("theme", "polarity", "sub-heading")
GOLD_COLUMNS = ("line_first", "line_last", "kind", "chapter", "theme", "polarity", "subheading_line")


@dataclass(frozen=True, slots=True)
class Unit:
    """A statement or quote with its lines and codes; sub-headings are known by their line."""

    first: int
    last: int
    kind: str
    theme: str
    polarity: str
    subheading: str

    def overlap(self, other: "Unit") -> float:
        """Lines that both have, as a share of the lines that either has."""
        both = min(self.last, other.last) - max(self.first, other.first) + 1
        return max(0, both) / (max(self.last, other.last) - min(self.first, other.first) + 1)

    def agreement(self, other: "Unit") -> dict[str, bool]:
        """For every aspect whether it is the same."""
        same = (self.theme == other.theme, self.polarity == other.polarity, self.subheading == other.subheading)
        return dict(zip(ASPECTS, same, strict=True))


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over the units of the hand-made list.

    Attributes:
        n: units in the list.
        n_found: units that the reader found.
        right: aspect to number of units where it is right.
        all_right: units where every aspect is right.
        exact: units with the same lines and kind as well.
        wrong: lines of units where an aspect is wrong, with those aspects.
    """

    n: int
    n_found: int
    right: Mapping[str, int]
    all_right: int
    exact: int
    wrong: tuple[tuple[int, str], ...]

    @property
    def total(self) -> int:
        """What shares are of: units in the list, or units found where those are more."""
        return max(self.n, self.n_found)


def read_gold(path: Path) -> list[Unit]:
    """Read the statements and quotes of the themes chapter from a hand-made list.

    Raises:
        InputError: the file is absent or lacks a column.
    """
    if not path.exists():
        raise InputError.single(path.name, "is not there", "Give the path of the hand-made list as second argument")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [column for column in GOLD_COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise InputError.single(path.name, f"lacks the columns {', '.join(missing)}", "See tests/golden/README.md")
        rows = [row for row in reader if row["chapter"] == THEMES_CHAPTER and row["kind"] in SCORED_KINDS]
    return [
        Unit(
            int(row["line_first"]), int(row["line_last"]), row["kind"],
            row["theme"], row["polarity"], row["subheading_line"],
        )
        for row in rows
    ]  # fmt: skip


def read_units(reading: Reading) -> list[Unit]:
    """Take the statements and quotes with a theme from a reading."""
    codes: dict[str, dict[str, str]] = {}
    for coding in reading.given_codings:
        codes.setdefault(coding["unit"], {})[coding["scheme"]] = coding["code"]
    return list(_units(reading, codes))


def _units(reading: Reading, codes: Mapping[str, Mapping[str, str]]) -> Iterator[Unit]:
    labels = {row["code"]: row["label"] for row in reading.codebook if row["scheme"] == Scheme.SUBTHEME}
    heading_lines: dict[str, int] = {}
    for row in reading.utterances:
        given = codes.get(row["utterance_id"], {})
        if row["kind"] == Kind.HEADING:
            heading_lines[row["text"]] = row["line"]
        elif row["kind"] in SCORED_KINDS and Scheme.THEME in given:
            subtheme = given.get(Scheme.SUBTHEME)
            yield Unit(
                first=row["line"],
                last=_last_line(reading, row),
                kind=str(row["kind"]),
                theme=given[Scheme.THEME].rpartition("-")[2],
                polarity=given.get(Scheme.POLARITY, ""),
                subheading=str(heading_lines[labels[subtheme]]) if subtheme else "",
            )


def _last_line(reading: Reading, row: Row) -> int:
    return reading.source.text.count("\n", 0, row["char_end"] - 1) + 1


def score(found: Sequence[Unit], gold: Sequence[Unit]) -> Score:
    """Compare units found with a hand-made list, each unit paired once, best overlap of lines first.

    >>> gold = [Unit(1, 2, "quote", "1", "kans", "")]
    >>> score([Unit(1, 3, "quote", "1", "knelpunt", "")], gold).right
    {'theme': 1, 'polarity': 0, 'sub-heading': 1}
    """
    pairs = sorted(
        ((g.overlap(f), -i, -j) for i, g in enumerate(gold) for j, f in enumerate(found) if g.overlap(f) > 0),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for _, i, j in pairs:
        if -i not in partner and -j not in partner.values():
            partner[-i] = -j
    judged = [
        g.agreement(found[partner[i]]) if i in partner else dict.fromkeys(ASPECTS, False) for i, g in enumerate(gold)
    ]
    wrong = tuple(
        (g.first, ", ".join(aspect for aspect, is_right in aspects.items() if not is_right))
        for g, aspects in zip(gold, judged, strict=True)
        if not all(aspects.values())
    )
    return Score(
        n=len(gold),
        n_found=len(found),
        right={aspect: sum(aspects[aspect] for aspects in judged) for aspect in ASPECTS},
        all_right=len(gold) - len(wrong),
        exact=sum(found[partner[i]] == g for i, g in enumerate(gold) if i in partner),
        wrong=wrong,
    )


def check_fragments(reading: Reading) -> tuple[pd.DataFrame, int, int]:
    """Cut a reading and count what does not hold.

    Returns:
        The fragments; how many differ from their source at their offsets; how many utterances gave no fragment.
    """
    utterances = table_from_rows(reading.utterances, "utterances")
    fragments = cut(utterances, config=load_config().fragments).tables["fragments"]
    text = reading.source.text
    places = zip(fragments["text"], fragments["char_start"], fragments["char_end"], strict=True)
    differing = sum(reread(text, int(start), int(end)) != fragment for fragment, start, end in places)
    lost = len(set(utterances["utterance_id"]) - set(fragments["utterance_id"]))
    return fragments, differing, lost


def describe(result: Score, fragments: pd.DataFrame, differing: int, lost: int) -> Iterator[str]:
    """Yield the lines to print; never a word of the report."""
    total = max(result.total, 1)
    yield f"statements and quotes: {result.n} in the list, {result.n_found} found, {result.exact} with the same lines"
    for aspect, right in result.right.items():
        yield f"right {aspect}: {right} of {total} ({right / total:.1%})"
    yield f"right in all three: {result.all_right} of {total} ({result.all_right / total:.1%}), required {REQUIRED:.0%}"
    for line, aspects in result.wrong:
        yield f"  line {line}: {aspects}"
    used = int((fragments["status"] == Status.USED).sum())
    reasons = fragments.loc[fragments["status"] != Status.USED, "status"].value_counts().sort_index()
    yield f"fragments: {len(fragments)}, of which {used} used; " + ", ".join(f"{n} {s}" for s, n in reasons.items())
    yield f"fragments that differ from their source at their offsets: {differing}"
    yield f"utterances without a fragment: {lost}; fragments set aside without a reason: {_unreasoned(fragments)}"


def _unreasoned(fragments: pd.DataFrame) -> int:
    return int(((fragments["status"] != Status.USED) & fragments["reason"].isna()).sum())


def main(arguments: Sequence[str] | None = None) -> int:
    """Score a report against a hand-made list and print the figures.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.structure_score", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("report", type=Path, help="the synthesis report, as plain text")
    parser.add_argument("gold", type=Path, help="the hand-made list, as CSV")
    given = parser.parse_args(arguments)
    try:
        gold = read_gold(given.gold)
        (reading,) = read_source(given.report, given.report.name)
    except PipelineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    result = score(read_units(reading), gold)
    fragments, differing, lost = check_fragments(reading)
    sys.stdout.write("\n".join(describe(result, fragments, differing, lost)) + "\n")
    holds = (
        result.n > 0
        and result.all_right >= REQUIRED * result.total
        and not (differing or lost or _unreasoned(fragments))
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
