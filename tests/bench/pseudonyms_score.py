"""How much of what points to a person is found, on notes in which people marked it.

    python -m tests.bench.pseudonyms_score NOTES.txt

A mark is ``{{persoon|Jan Peeters}}``. A text is a line; a line that begins with ``#`` is skipped.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.analysis.tokens import Tagger
from pipeline.core.errors import InputError, PipelineError, Problem
from pipeline.core.vocabulary import Identity
from pipeline.pseudonyms.detection import detect
from pipeline.pseudonyms.identifiers import Find

GROUPS = {
    "persons": (Identity.PERSOON,),
    "identifiers": (
        Identity.TELEFOON, Identity.MAIL, Identity.GEBOORTEDATUM, Identity.RIJKSREGISTERNUMMER, Identity.REKENING,
        Identity.NUMMERPLAAT, Identity.ADRES,
    ),
    "places": (Identity.GEMEENTE,),
    "organisations": (Identity.ORGANISATIE,),
}  # fmt: skip
_MARK = re.compile(r"\{\{(?P<kind>\w+)\|(?P<text>[^{}|]+)\}\}")


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its doubt.

    Attributes:
        name: what it is a share of.
        k: how many are right.
        n: of how many.
    """

    name: str
    k: int
    n: int

    def interval(self) -> tuple[float, float]:
        """95 % interval of Wilson (1927), JASA 22, p. 209.

        >>> [round(end, 3) for end in Share("persons", 9, 10).interval()]
        [0.596, 0.982]
        """
        from scipy.stats import binomtest

        low, high = binomtest(self.k, self.n).proportion_ci(method="wilson")
        return float(low), float(high)

    def __str__(self) -> str:
        """Print it."""
        if not self.n:
            return f"{self.name:<40}  none"
        low, high = self.interval()
        return f"{self.name:<40}{self.k / self.n:>6.3f} [{low:.3f}, {high:.3f}]  {self.k} of {self.n}"


def read_marked(path: Path) -> tuple[list[str], list[list[Find]]]:
    """Read marked notes.

    Returns:
        n texts without marks, and n lists of what is marked in them.

    Raises:
        InputError: a mark of an unknown kind, with its line.
    """
    texts, marks, problems = [], [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        plain, found, at = "", [], 0
        for mark in _MARK.finditer(line):
            if mark["kind"] not in set(Identity):
                problems.append(Problem(f"{path.name}, line {number}", "marks an unknown kind", ", ".join(Identity)))
                continue
            plain += line[at : mark.start()]
            found.append(Find(len(plain), len(plain) + len(mark["text"]), Identity(mark["kind"])))
            plain, at = plain + mark["text"], mark.end()
        texts.append(plain + line[at:])
        marks.append(found)
    if problems:
        raise InputError(problems)
    return texts, marks


def score(texts: Sequence[str], marks: Sequence[Sequence[Find]], *, tagger: Tagger | None = None) -> list[Share]:
    """Count what is found.

    A mark is found when no letter or digit of it is left; of an organisation words without a capital may stay, such as
    *vzw* and *buurthuis*. A find is right when it touches a mark. *In the notes* counts mentions; *by the key* also
    those that are found elsewhere in the notes, since a key replaces a spelling everywhere.

    Args:
        texts: n texts.
        marks: n lists of what is to be found.
        tagger: see `detect`.

    Returns:
        Recall by group in the notes and by the key, and precision by group of what is found.
    """
    finds = list(detect(texts, tagger=tagger))
    keyed = {text[find.start : find.end] for text, found in zip(texts, finds, strict=True) for find in found}
    counts: dict[str, list[bool]] = defaultdict(list)
    for text, found, marked in zip(texts, finds, marks, strict=True):
        for mark in marked:
            group = _group(mark.kind)
            is_found = _is_covered(text, mark, found)
            counts[f"recall in the notes, {group}"].append(is_found)
            counts[f"recall by the key, {group}"].append(is_found or text[mark.start : mark.end] in keyed)
        for find in found:
            counts[f"precision, {_group(find.kind)}"].append(any(_touch(find, mark) for mark in marked))
            counts["precision, all"].append(any(_touch(find, mark) for mark in marked))
    wanted = [
        *(f"recall in the notes, {g}" for g in GROUPS),
        *(f"recall by the key, {g}" for g in GROUPS),
        *(f"precision, {g}" for g in (*GROUPS, "all")),
    ]
    return [Share(name, sum(counts[name]), len(counts[name])) for name in wanted]


def _group(kind: Identity) -> str:
    return next(name for name, kinds in GROUPS.items() if kind in kinds)


def _touch(find: Find, mark: Find) -> bool:
    return find.start < mark.end and mark.start < find.end


def _is_covered(text: str, mark: Find, finds: Iterable[Find]) -> bool:
    left = set(_signs(text, mark))
    for find in finds:
        left -= set(range(find.start, find.end))
    return not left


def _signs(text: str, mark: Find) -> Iterator[int]:
    """Places of the letters and digits that tell: of an organisation, those of words with a capital."""
    for word in re.finditer(r"[\w'’-]+", text[mark.start : mark.end]):
        if mark.kind is not Identity.ORGANISATIE or word[0] != word[0].casefold():
            yield from (mark.start + i for i in range(word.start(), word.end()) if text[mark.start + i].isalnum())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print recall and precision; see the module.

    Returns:
        The exit code.
    """
    from pipeline.core.config import load_config
    from pipeline.loaders import choose

    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.pseudonyms_score", description="Recall of what is found"
    )
    parser.add_argument("notes", type=Path, help="notes with marks")
    try:
        texts, marks = read_marked(parser.parse_args(arguments).notes)
        choice = choose("tagger", load_config())
    except PipelineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    shares = score(texts, marks, tagger=choice.load())
    sys.stdout.write(f"{len(texts)} texts, tagger {choice.name}\n" + "\n".join(map(str, shares)) + "\n")
    sys.stdout.write("A machine that finds most names does not replace a person who checks.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
