"""What the statistics say to people: the texts of ``words.toml``, Dutch and English side by side."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.core.vocabulary import LANGUAGES, Filler


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


@dataclass(frozen=True)
class BilingualText:
    """The same words in Dutch and in English."""

    nl: str
    en: str

    def __add__(self, other: "BilingualText") -> "BilingualText":
        """Put one reading after another."""
        return BilingualText(f"{self.nl} {other.nl}", f"{self.en} {other.en}")


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


def read_family(prefix: str) -> dict[str, BilingualText]:
    """Give the texts of which the key begins with a prefix, by the rest of their key, in the order of the file.

    >>> read_family("level.")["hat"]
    BilingualText(nl='hoed', en='hat')
    """
    found = {key.removeprefix(prefix): text for key, text in read_texts().items() if key.startswith(prefix)}
    return {key: BilingualText(text["nl"], text["en"]) for key, text in found.items()}


def fill(key: str, values: Mapping[str, Any] | None = None, /, **more: Any) -> BilingualText:  # noqa: ANN401
    """Fill in a text in both languages.

    The text says how a number is written: ``{share:.0%}``, ``{kappa:.2f}`` or ``{gain:+.2f}``. A share that is None is
    a dash, a list is joined with commas, and a reading gives each language its own words.

    Args:
        key: of the text.
        values: field to value, as a row of a table; what the text does not name is left alone.
        more: further values, which go before those of the row.

    Raises:
        KeyError: there is no such text, or a value is missing.

    >>> fill("screen.number", value=-0.001)
    BilingualText(nl='0,00', en='0.00')
    """
    known = {**(values or {}), **more}
    nl, en = (_Filler(language).vformat(read_texts()[key][language], (), known) for language in LANGUAGES)
    return BilingualText(nl, en)


class _Filler(Filler):
    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401
        if isinstance(value, BilingualText):
            return str(getattr(value, self._language))
        if isinstance(value, Iterable) and not isinstance(value, str):
            return ", ".join(self.format_field(item, "") for item in value)
        if value is None and format_spec.endswith("%"):
            return "-"
        if not format_spec.endswith("f"):
            return super().format_field(value, format_spec)
        # Rounding first keeps a small negative number from being written as minus zero.
        written = format(round(value, 2) + 0.0, format_spec)
        return written.replace(".", ",") if self._language == "nl" else written
