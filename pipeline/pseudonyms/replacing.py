"""Puts pseudonyms in the place of names."""

import re
from collections.abc import Iterable

from pipeline.pseudonyms.key import Decision, Entry
from pipeline.vocabulary import Identity

MIN_CAPITALS = 4
"""A name of so many letters is replaced in capitals too; a shorter one may be an abbreviation."""


class Replacer:
    """Replaces every spelling of a key, the longest first, as whole words.

    >>> key = [Entry("Fatima El Amrani", "Persoon 1", Identity.PERSOON, Decision.REPLACE),
    ...        Entry("Fatima", "Persoon 1", Identity.PERSOON, Decision.REPLACE),
    ...        Entry("Gent", "Gemeente 1", Identity.GEMEENTE, Decision.KEEP)]
    >>> Replacer(key)("Fatima's zus en Fatima El Amrani wonen in Gent")
    "Persoon 1's zus en Persoon 1 wonen in Gent"
    """

    def __init__(self, key: Iterable[Entry]) -> None:
        """Make it from the entries of a key."""
        self._pseudonyms: dict[str, str] = {}
        for entry in key:
            if entry.decision is Decision.KEEP:
                continue
            self._pseudonyms[_fold(entry.spelling)] = entry.pseudonym
            if entry.kind is Identity.PERSOON and len(entry.spelling) >= MIN_CAPITALS:
                self._pseudonyms.setdefault(_fold(entry.spelling.upper()), entry.pseudonym)
        longest_first = sorted(self._pseudonyms, key=lambda spelling: (-len(spelling), spelling))
        forms = "|".join(re.escape(spelling).replace("\\ ", r"\s+") for spelling in longest_first)
        self._form = re.compile(rf"(?<!\w)(?:{forms})(?!\w)") if forms else None

    def __call__(self, text: str) -> str:
        """Replace in a text."""
        if self._form is None:
            return text
        return self._form.sub(lambda match: self._pseudonyms[_fold(match[0])], text)


def _fold(spelling: str) -> str:
    return " ".join(spelling.split())
