"""Score the compound splitter on words split by hand.

    python -m models.training.compounds.evaluate tests/golden/compounds.tsv

A cut is a place inside a word where two parts meet. Precision: share of the cuts made that are in the gold; recall:
share of the gold cuts that are made; words: share of words with exactly the right cuts, compounds and others. ``dev``
was for choosing the costs, ``test`` is for the figure.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.text.compounds import Lexicon, read_words, split_compound


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a set of words."""

    words: int
    precision: float
    recall: float
    whole_words: float
    wrong: tuple[tuple[str, str], ...]


def read_gold(path: Path, part: str) -> list[tuple[str, ...]]:
    """Read the parts of the words of a set, ``dev`` or ``test``."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [tuple(parts.split("|")) for _, parts, name in rows if name == part]


def _cuts(parts: Iterable[str]) -> set[int]:
    places, place = set(), 0
    for part in parts:
        place += len(part)
        places.add(place)
    return places - {place}


def score(golds: Iterable[tuple[str, ...]], lexicon: Lexicon) -> Scores:
    """Score the splitter."""
    hits = made = wanted = words = 0
    wrong = []
    for gold in golds:
        found = split_compound("".join(gold), lexicon)
        words += 1
        hits += len(_cuts(found) & _cuts(gold))
        made += len(_cuts(found))
        wanted += len(_cuts(gold))
        if found != gold:
            wrong.append(("|".join(gold), "|".join(found)))
    return Scores(words, hits / max(made, 1), hits / max(wanted, 1), 1 - len(wrong) / words, tuple(wrong))


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--parts", nargs="+", default=["dev", "test"])
    options = parser.parse_args()
    for part in options.parts:
        scores = score(read_gold(options.gold, part), read_words())
        figures = f"precision {scores.precision:.3f}, recall {scores.recall:.3f}, words {scores.whole_words:.3f}"
        print(f"{part}: {scores.words} words: {figures}")
        if part == "dev":
            print("\n".join(f"  {gold} -> {found}" for gold, found in scores.wrong))


if __name__ == "__main__":
    main()
