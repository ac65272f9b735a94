"""The words that readers know, of hats, roles, headers and codes: ``words.toml``, a table a purpose."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType


@cache
def _read() -> Mapping[str, Mapping[str, str | list[str]]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def read_words(table: str) -> Mapping[str, tuple[str, ...]]:
    """Give the words of a table by their meaning, in the order of the file.

    >>> read_words("versions")["nagelezen"]
    ('nagelezen', 'gecorrigeerd', 'verbeterd')
    """
    return MappingProxyType(
        {key: tuple(words.split() if isinstance(words, str) else words) for key, words in _read()[table].items()}
    )


def read_meanings(table: str) -> Mapping[str, str]:
    """Give what each word of a table means.

    >>> read_meanings("hats")["rooie"]
    'rood'
    """
    return MappingProxyType({word: key for key, words in read_words(table).items() for word in words})


def read_pattern(key: str) -> str:
    """Give the alternatives of a pattern as one group of a regular expression.

    >>> read_pattern("disclaimers")[:16]
    '(?:vertrouwelijk'
    """
    return f"(?:{'|'.join(read_words('patterns')[key])})"
