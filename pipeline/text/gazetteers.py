"""Lists of names of persons and places that are bundled."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("lists")
ALSO_A_WORD = "*"


@dataclass(frozen=True, slots=True)
class Gazetteers:
    """Names as written, each with whether it is also a Dutch word.

    Attributes:
        given: given names.
        family: family names.
        places: municipalities and places.
        no_names: words and names with a capital that point to nobody: peoples, languages, brands, public bodies.
    """

    given: Mapping[str, bool]
    family: Mapping[str, bool]
    places: Mapping[str, bool]
    no_names: frozenset[str]


@cache
def read_gazetteers() -> Gazetteers:
    """Read the bundled lists.

    >>> lists = read_gazetteers()
    >>> "Kortrijk" in lists.places, lists.given["Elke"], lists.given["Fatima"], "OCMW" in lists.no_names
    (True, True, False, True)
    """
    no_names = (FOLDER / "no_names.txt").read_text(encoding="utf-8").splitlines()
    return Gazetteers(
        given=_read("given.tsv"),
        family=_read("family.tsv"),
        places=_read("places.tsv"),
        no_names=frozenset(word for line in no_names if not line.startswith("#") for word in line.split()),
    )


def _read(name: str) -> Mapping[str, bool]:
    rows = (line.partition("\t") for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
    return {entry: mark == ALSO_A_WORD for entry, _, mark in rows}
