"""The text of each source, from what was found in it: offsets hold, and names that were replaced stay replaced.

Utterances cover every visible character of a source; between them stand only line ends and blanks. Where an utterance
bears pseudonyms it is longer or shorter than what it replaces, and what follows it moves along.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.report.material import records


@dataclass(frozen=True, slots=True)
class ExportText:
    """The text of one source.

    Attributes:
        text: all of it.
        starts: offsets of the study at which a stretch begins, in order.
        ends: where the stretch ends, in offsets of the study.
        moved: where each stretch begins in ``text``.
        lengths: how long each stretch is there.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    moved: tuple[int, ...]
    lengths: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the offsets in ``text`` of a span of the study; inside replaced words it widens to all of them.

        >>> ExportText("Persoon 1 zwijgt.", (0, 4), (4, 12), (0, 9), (9, 8)).span(0, 11)
        (0, 16)
        """
        return self._at(start, is_end=False), self._at(end, is_end=True)

    def _at(self, offset: int, *, is_end: bool) -> int:
        i = (bisect_left if is_end else bisect_right)(self.starts, offset) - 1
        if i < 0:
            return 0
        length = self.ends[i] - self.starts[i]
        inside = min(offset - self.starts[i], length)
        if length == self.lengths[i]:
            return self.moved[i] + inside
        return self.moved[i] + (self.lengths[i] if is_end or inside == length else 0)


def source_texts(
    sources: pd.DataFrame,
    utterances: pd.DataFrame,
    fragments: pd.DataFrame,
    blanks: Mapping[str, str] | None = None,
) -> dict[str, ExportText]:
    """Put the text of every source together.

    Args:
        sources: the table of that name.
        utterances: the table of that name.
        fragments: the table of that name; where an utterance bears pseudonyms its fragments say what stands where.
        blanks: source to its text as it was read, of which only what is blank between utterances is taken; where it is
            not there, as many line ends as there are lines stand there, and blanks for the rest.

    Returns:
        Source to text, with line feeds.
    """
    said: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(utterances):
        said[row["source_id"]].append(row)
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(fragments):
        parts[row["utterance_id"]].append(row)
    known = blanks or {}
    return {
        str(source): _put_together(
            sorted(said[source], key=lambda row: (row["char_start"], row["char_end"])),
            parts,
            int(n),
            known.get(source, "") if len(known.get(source, "")) == n else "",
        )
        for source, n in zip(sources["source_id"], sources["n_chars"], strict=True)
    }


def _put_together(
    rows: list[dict[str, Any]], parts: Mapping[str, list[dict[str, Any]]], n_chars: int, blanks: str
) -> ExportText:
    text: list[str] = []
    stretches: list[tuple[int, int, int, int]] = []
    size, end, line = 0, 0, 1
    for row in rows:
        if row["char_start"] < end:
            # What lies inside another utterance was written with it.
            continue
        gap = _gap(int(row["char_start"]) - end, int(row["line"]) - line, blanks[end : int(row["char_start"])])
        if gap:
            stretches.append((end, int(row["char_start"]), size, len(gap)))
            text.append(gap)
            size += len(gap)
        for start, stop, words in _stretches(row, parts.get(row["utterance_id"], [])):
            stretches.append((start, stop, size, len(words)))
            text.append(words)
            size += len(words)
        end, line = int(row["char_end"]), int(row["line"]) + str(row["raw"] or row["text"]).count("\n")
    rest = _gap(n_chars - end, 1, blanks[end:])
    stretches.append((end, n_chars, size, len(rest)))
    columns = tuple(zip(*stretches, strict=True))
    return ExportText("".join((*text, rest)), *columns)


def _gap(n: int, lines: int, blanks: str) -> str:
    """Write what stands between two utterances; where that is not known, line ends and then blanks."""
    if blanks:
        return "".join(character if character.isspace() else " " for character in blanks)
    ends = max(0, min(n, lines))
    return "\n" * ends + " " * (n - ends)


def _stretches(row: Mapping[str, Any], parts: list[dict[str, Any]]) -> Iterator[tuple[int, int, str]]:
    """Cut an utterance whose words were replaced at its fragments, so that each can be found again."""
    start, end, words = int(row["char_start"]), int(row["char_end"]), str(row["raw"] or row["text"])
    at, done = start, 0
    if len(words) != end - start:
        for part in sorted(parts, key=lambda part: int(part["char_start"])):
            found = words.find(str(part["text"]), done)
            if found < 0 or int(part["char_start"]) < at:
                continue
            if found > done or int(part["char_start"]) > at:
                yield at, int(part["char_start"]), words[done:found]
            yield int(part["char_start"]), int(part["char_end"]), str(part["text"])
            at, done = int(part["char_end"]), found + len(str(part["text"]))
    if done < len(words) or at < end:
        yield at, end, words[done:]
