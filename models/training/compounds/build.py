"""Build the bundled word list of the compound splitter: checked words, with how rare each is.

    python -m models.training.compounds.build --data ../shared/data

Words: OpenTaal (BSD-3 or CC BY 3.0). Frequencies: the mean of the shares in FrequencyWords (film subtitles, CC BY-SA
4.0) and in a sample of law text (no copyright) with everyday sentences (CC0, CC BY 2.0 FR, CC BY-SA 4.0).
"""

import argparse
import math
import re
from collections import Counter
from pathlib import Path

from models.training.tagger.sources import EVERYDAY_REPEATS, read_everyday, read_laws

TARGET = Path("models/bundled/compounds/words.tsv")
SUBTITLES = ("nl_50k_2016.txt", "nl_50k_2018.txt")
LISTS = ("basiswoorden-gekeurd.txt", "flexies-ongekeurd.txt", "nouns-meervouden.txt", "werkwoorden-infinitief.txt")
MIN_LETTERS = 3
MAX_LETTERS = 18
MIN_OWN_COUNT = 3

_WORD = re.compile(r"[^\W\d_]+")


def read_checked(data: Path) -> set[str]:
    """Read the lower-case words of OpenTaal."""
    folder = data / "embedding" / "opentaal"
    words = {word for name in LISTS for word in (folder / name).read_text(encoding="utf-8").split()}
    return {word for word in words if word.isalpha() and word.islower() and MIN_LETTERS <= len(word) <= MAX_LETTERS}


def count_subtitles(data: Path) -> Counter[str]:
    """Count words in subtitles."""
    counts: Counter[str] = Counter()
    for name in SUBTITLES:
        for line in (data / "embedding" / "frequencywords" / name).read_text(encoding="utf-8").splitlines():
            word, _, count = line.partition(" ")
            counts[word] += int(count)
    return counts


def count_own_text(data: Path) -> Counter[str]:
    """Count words in law text and everyday sentences; the sentences count three times, as they are few."""
    counts: Counter[str] = Counter()
    for line in read_laws(data):
        counts.update(_WORD.findall(line.lower()))
    for line in read_everyday(data):
        for word in _WORD.findall(line.lower()):
            counts[word] += EVERYDAY_REPEATS
    return Counter({word: count for word, count in counts.items() if count >= MIN_OWN_COUNT})


def weigh(checked: set[str], sources: list[Counter[str]]) -> dict[str, int]:
    """Give each checked word that occurs its cost: -10 log10 of its mean share."""
    totals = [source.total() for source in sources]
    costs = {}
    for word in sorted(checked):
        share = sum(source[word] / total for source, total in zip(sources, totals, strict=True)) / len(sources)
        if share:
            costs[word] = round(-10 * math.log10(share))
    return costs


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    costs = weigh(read_checked(options.data), [count_subtitles(options.data), count_own_text(options.data)])
    options.target.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{word}\t{cost}\n" for word, cost in costs.items())
    options.target.write_text(rows, encoding="utf-8")
    print(f"{len(costs):,} words, {len(rows.encode()):,} bytes")


if __name__ == "__main__":
    main()
