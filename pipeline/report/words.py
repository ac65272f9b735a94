"""How the report says things: every text of page and workbook in Dutch and English, and how numbers are written."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.core.errors import InputError, PipelineError, Problem
from pipeline.core.vocabulary import LABELS, LANGUAGES, Filler, label


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@cache
def read_words() -> Mapping[str, tuple[str, str]]:
    """Read every text: key to Dutch and English; a name in braces is filled in."""
    texts = {key: text for key, text in _read().items() if key != MESSAGES}
    return MappingProxyType({key: tuple(text[language] for language in LANGUAGES) for key, text in texts.items()})


@cache
def read_messages() -> Mapping[str, tuple[str, str]]:
    """Read the messages of errors and notices, longest first: English to what is said in Dutch and in English.

    ``{}`` and ``{2}`` are what is filled in; ``{2:one|many}`` is the word that goes with the second of them.
    """
    found: dict[str, str | list[str]] = _read()[MESSAGES]
    return {
        english: (said, english) if isinstance(said := found[english], str) else (said[0], said[1])
        for english in sorted(found, key=lambda text: (-len(text), text))
    }


@cache
def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL)


def _fill(text: str, values: list[str]) -> str:
    left = iter(values)
    filled = _HOLE.sub(lambda hole: values[int(hole[1]) - 1] if hole[1] else next(left), text)
    return _choose_words(re.sub(r"\{(\d+):", lambda hole: f"{{{values[int(hole[1]) - 1]}:", filled))


def _choose_words(text: str) -> str:
    """Give the words that go with their numbers.

    >>> _choose_words("1 {1:rij is|rijen zijn} leeg, 2 {2:rij is|rijen zijn} vol")
    '1 rij is leeg, 2 rijen zijn vol'
    """
    return re.sub(r"\{([^{}:|]*):([^{}|]*)\|([^{}|]*)\}", lambda found: found[2 if found[1] == "1" else 3], text)


def say_message(text: str, language: str = LANGUAGES[0]) -> str | None:
    """Put a message in a language, its words in the number of what is filled in; None where it is not known.

    >>> say_message("has no sheet 'Codering'; its sheets are A, B")
    'heeft geen blad ‘Codering’; de bladen zijn A, B'
    >>> say_message("1 hidden rows are read too"), say_message("1 hidden rows are read too", "en")
    ('ook 1 verborgen rij wordt gelezen', '1 hidden row is read too')
    >>> say_message("reads nothing")
    """
    place = LANGUAGES.index(language)
    if text in read_messages():
        return read_messages()[text][place]
    for english, said in read_messages().items():
        if text.startswith(english.split("{}")[0]) and (found := _pattern(english).fullmatch(text)):
            values = [_say_value(value, language) for value in found.groups()]
            # What is filled in may be a clause that is not known: then this is not the message.
            if place or not any(map(reads_english, values)):
                return _fill(said[place], values)
    return None


_ENGLISH = re.compile(
    r"(?<![\w'’./-])(?:the|and|are|its|it|by|that|not|with|for|from|which|this|these|those|have|has|be|been|were|there|"
    r"they|them|their|to|on|at|into|without|within|than|whose|who|what|when|where|while|how|only|other|each|every|all|"
    r"no|nothing|or|as|cells|rows|row|columns|names|holds|a(?= [a-z]{2}))(?![\w'’./-])"
)
_AS_WRITTEN = re.compile(r"‘[^’]*’|'[^']*'|\"[^\"]*\"|\[[^\]]*\]|dialoogtafel [a-z ]+")


def reads_english(text: str) -> bool:
    """Tell whether a text holds a word that Dutch does not have, outside of what is quoted."""
    return bool(_ENGLISH.search(_AS_WRITTEN.sub(" ", text)))


def _say_value(text: str, language: str) -> str:
    """Put in a language what is filled in, as far as it is known: a message, one and how to mend it, or several."""
    for between in (". ", ", ", "; "):
        parts = [say_message(part, language) for part in text.split(between)]
        if all(parts):
            return between.join(part for part in parts if part)
    return text if language == "en" else _MORE.sub(r" en nog \1", text)


_MORE = re.compile(r" and (\d+) more\b")


@cache
def _phrases(family: str) -> tuple[tuple[str, str], ...]:
    return tuple((en, nl) for key, (nl, en) in read_words().items() if key.startswith(f"{family}."))


MESSAGES, MESSAGE_FAMILIES = "messages", ("error_phrase", "notice_phrase")
NOTHING = "–"
_HOLE = re.compile(r"\{(\d*)\}")


class Words:
    r"""The texts and numbers of one language.

    >>> nl = Words("nl")
    >>> nl.number(1234.5, 1), nl.percent(0.125), nl.count("fragment", 1), nl.count("fragment", 2)
    ('1.234,5', '12\xa0%', '1 fragment', '2 fragmenten')
    """

    def __init__(self, language: str) -> None:
        """Choose ``nl`` or ``en``."""
        self.language = language
        self._place = LANGUAGES.index(language)
        self._texts = read_words()

    def __call__(self, key: str, **values: Any) -> str:  # noqa: ANN401
        """Give a text, filled in; ``{n:one|many}`` in it is the word that goes with a number.

        Raises:
            KeyError: there is no such text, or a value is missing.
        """
        text = self._texts[key][self._place]
        return Filler().vformat(text, (), values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._texts

    def phrases(self, family: str) -> tuple[tuple[str, str], ...]:
        """List the English and the Dutch of a family of phrases, in the order in which they are to be replaced."""
        return _phrases(family)

    def rephrase(self, family: str, text: str) -> str:
        """Put a text that was written in English in this language; what no phrase of the family fits stays.

        >>> Words("nl").rephrase("plan_phrase", "changed: settings, and 2 more")
        'gewijzigd: settings, en nog 2'
        """
        if self.language != "nl":
            return (say_message(text, self.language) if family in MESSAGE_FAMILIES else None) or text
        put = text
        for pattern, translation in self.phrases(family):
            put = re.sub(pattern, translation, put)
        put = _MORE.sub(r" en nog \1", _choose_words(put))
        if family not in MESSAGE_FAMILIES or (put != text and not reads_english(put)):
            return put
        # A message of which a part has no words is said as it was written: it speaks one language.
        return say_message(text) or text

    def say(self, error: PipelineError, study: str = "STUDY") -> PipelineError:
        """Put an error in this language, as far as there are words for it; each of its problems speaks one language.

        Args:
            error: an error that was written in English.
            study: what stands for ``STUDY`` in a command that mends it.

        >>> error = InputError.single("fragments", "is no number", "Run: dialoogtafel analyse STUDY")
        >>> print(Words("nl").say(error, "keuken"))
        fragments: is geen getal. Doe: dialoogtafel analyse keuken.
        """
        if not isinstance(error, InputError):
            said = self.rephrase("error_phrase", str(error)).replace("STUDY", study)
            return error if said == str(error) else type(error)(said)

        def say(problem: Problem) -> Problem:
            where = self.rephrase("place_phrase", problem.where)
            what, fix = (self.rephrase("error_phrase", text) for text in (problem.what, problem.fix))
            if self.language == "nl" and (what == problem.what or (problem.fix and fix == problem.fix)):
                where, what, fix = problem.where, problem.what, problem.fix
            return Problem(where, what, fix.replace("STUDY", study))

        return type(error)(map(say, error.problems))

    def count(self, noun: str, n: int) -> str:
        """Write a number with its noun in the right number."""
        return self(f"count.{noun}", n=self.number(n))

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number; a comma or a point for decimals, the other one for thousands."""
        # Rounding first keeps a small negative number from being written as -0.
        text = f"{round(value, decimals) + 0.0:,.{decimals}f}"
        text = text.replace("-", "\u2212")
        return text.translate(str.maketrans(",.", ".,")) if self.language == "nl" else text

    def figure(self, value: float | None) -> str:
        """Write a coefficient with two decimals, or a dash where there is none."""
        return NOTHING if value is None or isnan(value) else self.number(value, 2)

    def percent(self, share: float) -> str:
        """Write a share as a whole percentage; what is not nothing is not written as 0, nor less than all as 100."""
        shown = 100 * share
        if 0 < shown < 0.5:
            text = "< 1"
        elif 99.5 <= shown < 100:
            text = "> 99"
        else:
            text = self.number(shown)
        return f"{text}\u00a0%" if self.language == "nl" else f"{text}%"

    def join(self, items: list[str]) -> str:
        """Join with commas and *and*.

        >>> Words("en").join(["a", "b", "c"])
        'a, b and c'
        """
        return (
            items[0] if len(items) == 1 else self("and", first=", ".join(items[:-1]), last=items[-1]) if items else ""
        )

    def label(self, value: str) -> str:
        """Name a data value of the study in full."""
        return label(value, self.language)

    def short(self, value: str) -> str:
        """Name a data value of the study within a sentence, without what comes after its colon.

        >>> Words("nl").short("wit"), Words("en").short("kans")
        ('witte hoed', 'opportunity (kans)')
        """
        return LABELS[value][self.language].split(":")[0].lower() if value in LABELS else value
