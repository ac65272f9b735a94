"""Dutch words with how favourable they are, from two public lists.

- pattern.nl (De Smedt and Daelemans 2012, LREC; PDDL): Dutch words, most of them adjectives, in [-1, 1];
- VADER (Hutto and Gilbert 2014, ICWSM; MIT): English words rated by ten people, in [-4, 4], carried over to Dutch by a
  word list (Open Dutch WordNet and Wiktionary, CC BY-SA; pairs that FreeDict alone gives are left out, being GPL). A
  Dutch word gets the mean over its translations of one word, a pair counting as often as there are sources for it; a
  translation that VADER does not list counts as 0, and so does most of the language.
"""

import csv
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

GPL_ONLY = "freedict"
VADER_RANGE = 4.0
MIN_SUBTITLE_COUNT = 300

Valences = dict[str, float]


def read_pattern(path: Path) -> Valences:
    """Read pattern.nl: the mean over the senses of a word."""
    senses: dict[str, list[float]] = defaultdict(list)
    for word in ElementTree.parse(path).getroot():
        form = (word.get("form") or "").lower()
        if form.isalpha():
            senses[form].append(float(word.get("polarity") or 0))
    return {form: sum(values) / len(values) for form, values in sorted(senses.items())}


def read_vader(path: Path) -> Valences:
    """Read the word list of VADER, brought to [-1, 1]."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {row[0].lower(): float(row[1]) / VADER_RANGE for row in rows}


def carry_over(english: Mapping[str, float], word_list: Path, common: set[str]) -> Valences:
    """Carry English valences over to common Dutch words.

    Args:
        english: word to valence.
        word_list: tab-separated, with columns nl, en and sources.
        common: Dutch words that are kept.

    Returns:
        Dutch word to valence; 0 where no translation is listed.
    """
    weighed: dict[str, list[tuple[float, int]]] = defaultdict(list)
    with word_list.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            word, translation, sources = row["nl"].lower(), row["en"].lower(), row["sources"]
            if sources != GPL_ONLY and len(translation.split()) == 1 and word.isalpha() and word in common:
                weighed[word].append((english.get(translation, 0.0), sources.count(",") + 1))
    return {
        word: sum(value * n for value, n in found) / sum(n for _, n in found) for word, found in sorted(weighed.items())
    }


def read_common(path: Path) -> set[str]:
    """Read the words that film subtitles use at least ``MIN_SUBTITLE_COUNT`` times."""
    rows = (line.split(" ") for line in path.read_text(encoding="utf-8").splitlines())
    return {word for word, count in rows if int(count) >= MIN_SUBTITLE_COUNT}
