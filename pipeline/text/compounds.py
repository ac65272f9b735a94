"""Splits Dutch compounds into the words they are made of, for matching: ``opvoedings|ondersteuning``.

The cheapest way to read a word wins: as one known word, or as two to four known words with linking sounds between
them, each at the cost of its rarity (a unigram model; compare Koehn and Knight 2003, section 4, and the minimum
description length of Creutz and Lagus 2002). The word list is bundled; see the card in its folder.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORDS_PATH = Path(__file__).parents[2] / "models" / "bundled" / "compounds" / "words.tsv"

MIN_PART = 3
MAX_PARTS = 4
LINKS = ("s", "en", "e", "n")

# Costs are in tenths of a power of ten, as in the word list: ten means ten times as rare.
JOINT_COST = 2
SHORT_PART_COST = 6
LINK_COST = 6
UNUSUAL_LINK_COST = 14
# What a reading as one word pays: a familiar word stays whole, a rarer one that falls apart does not.
WHOLE_SURCHARGE = 46
FAMILIAR_COST = 50
MAX_PART_COST = 62

# Endings and beginnings that are words too, but rarely parts: "begeleid|ster", "daar|om", "over|leg".
NEVER_LAST = frozenset(
    """
    aar aard achtig art baar ben den der dien ding dingen dom eer elen end ens ent eren erig erij ers esse est
    eten gen heden heel heid iek ing ingen ist jes kan ken keren kunde kunst las legen len lijk lijke lijker
    ling loos los loze lozen naar nis pen per pers ren rijk rijke schap schappen sel sen ster sters tal ten ter
    ting uren vol zaam zame zij
    """.split()  # noqa: SIM905
)
NEVER_FIRST = frozenset(
    """
    aan acht achter alle als beet ben beneden bes bij binnen boven buiten daar dan dat der des die dit door een
    elk ene ent gaan geen ging haar had heb heen hel hem her het hier hij hoe ik ins kan kwijt langs las los
    mede mee men met mij mijn mis naar naast nee neer niet nog onder ons ont oor over par per pro rond samen sta
    tegen terug toe toen tot tussen uit van vast ver vol voor voort waar wan want was wat weg wel wie wij wil
    zal zich zij zijn zou
    """.split()  # noqa: SIM905
)
# After these a linking "s" is the rule: opvoeding-s, gezondheid-s, vriendschap-s, universiteit-s.
TAKES_S = ("ing", "heid", "schap", "teit", "dom", "tie", "eel", "aat", "ier", "er", "gang", "ief")

Lexicon = Mapping[str, int]


@cache
def read_words(path: Path = WORDS_PATH) -> Lexicon:
    """Read the word list: a word and its cost, ten times the negative decimal logarithm of its frequency.

    Args:
        path: two columns apart by a tab, without a header.
    """
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {word: int(cost) for word, cost in rows}


def split_compound(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Split a word into its parts, linking sounds left with the part before them.

    Args:
        word: one word, in any case; hyphens are seen as joints.
        lexicon: lower-case words with their costs, as ``read_words`` gives.

    Returns:
        The parts, in lower case; the word alone where it is no compound, or of unknown parts.

    >>> split_compound("Opvoedingsondersteuning", {"opvoeding": 55, "ondersteuning": 50, "ondersteun": 55})
    ('opvoedings', 'ondersteuning')
    >>> split_compound("huiswerkbegeleiding", {"huis": 35, "werk": 33, "huiswerk": 50, "begeleiding": 52})
    ('huiswerk', 'begeleiding')
    >>> split_compound("brug", {"brug": 45})
    ('brug',)
    """
    parts: list[str] = []
    for piece in word.lower().split("-"):
        parts += [form for form, _ in _read_cheapest(piece, lexicon)] if piece.isalpha() else [piece]
    return tuple(part for part in parts if part) or (word.lower(),)


def split_bases(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Split a word into its parts, linking sounds taken off, so that parts of different compounds are equal.

    >>> split_bases("opvoedingsondersteuning", {"opvoeding": 55, "ondersteuning": 50})
    ('opvoeding', 'ondersteuning')
    """
    bases: list[str] = []
    for piece in word.lower().split("-"):
        bases += [base for _, base in _read_cheapest(piece, lexicon)] if piece.isalpha() else [piece]
    return tuple(base for base in bases if base) or (word.lower(),)


def _read_cheapest(word: str, lexicon: Lexicon) -> list[tuple[str, str]]:
    """Find the cheapest reading: the parts, as written and without their linking sounds."""
    best: dict[tuple[int, int], tuple[int, list[tuple[str, str]]]] = {(0, 0): (0, [])}
    reached = [0]
    for end in range(MIN_PART, len(word) + 1):
        for start in [place for place in reached if place <= end - MIN_PART]:
            found = _read_part(word, start, end, lexicon)
            if found is None:
                continue
            cost, base = found
            for count in range(MAX_PARTS):
                before = best.get((start, count))
                if before is None:
                    continue
                total = before[0] + cost + (JOINT_COST if count else 0)
                if total < best.get((end, count + 1), (total + 1, []))[0]:
                    best[end, count + 1] = (total, [*before[1], (word[start:end], base)])
                    if reached[-1] != end:
                        reached.append(end)
    readings = [best[len(word), count] for count in range(1, MAX_PARTS + 1) if (len(word), count) in best]
    return min(readings, key=lambda reading: reading[0])[1] if readings else [(word, word)]


def _read_part(word: str, start: int, end: int, lexicon: Lexicon) -> tuple[int, str] | None:
    """Read one stretch of a word as a known word, with or without a linking sound; give its cost and base."""
    part = word[start:end]
    if start == 0 and end == len(word):
        return _read_whole(part, lexicon)
    is_last = end == len(word)
    if part in (NEVER_LAST if is_last else NEVER_FIRST) or (start and part in NEVER_LAST):
        return None
    readings = [(lexicon[part], part)] if part in lexicon else []
    if not is_last:
        readings += [(cost, base) for cost, base in _unlink(part, lexicon) if base not in NEVER_FIRST]
    readings = [(cost + SHORT_PART_COST * (len(base) == MIN_PART), base) for cost, base in readings]
    return min((reading for reading in readings if reading[0] <= MAX_PART_COST), default=None)


def _read_whole(word: str, lexicon: Lexicon) -> tuple[int, str] | None:
    cost = lexicon.get(word)
    if cost is None:
        return None
    return cost + (WHOLE_SURCHARGE if cost > FAMILIAR_COST else 0), word


def _unlink(part: str, lexicon: Lexicon) -> list[tuple[int, str]]:
    found = []
    for link in LINKS:
        base = part.removesuffix(link)
        if base != part and len(base) >= MIN_PART and base in lexicon:
            usual = link != "s" or base.endswith(TAKES_S)
            found.append((lexicon[base] + (LINK_COST if usual else UNUSUAL_LINK_COST), base))
    return found
