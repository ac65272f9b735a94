"""What the statistics say to people: the texts of ``words.toml``, Dutch and English side by side."""

import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any


class Reason(Enum):
    """Why something has no value; a member's value is the key of its text.

    ``str`` gives the English, which stands in the tables.
    """

    def __str__(self) -> str:
        """Give the English text."""
        return self.text("en")

    def text(self, language: str) -> str:
        """Give the text in ``nl`` or ``en``."""
        return str(read_texts()[self.value][language])


@cache
def read_texts() -> Mapping[str, Mapping[str, Any]]:
    """Read every text: key to language to text, or to a list of texts."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def read_names(key: str, language: str) -> tuple[str, ...]:
    """Give a list of names, as the bands of a scale.

    >>> read_names("bands.krippendorff", "nl")
    ('onder 0,667', 'voorzichtige conclusies', 'betrouwbaar')
    """
    return tuple(read_texts()[key][language])
