"""What is asked of a language model: questions with lettered options, and questions for the words that show a code."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Protocol

from pipeline.analysis.codebook.space import Codes
from pipeline.core.vocabulary import Scheme

PROMPTS = Path(__file__).with_name("prompts-nl-3.toml")
MAX_OPTIONS = 20
"""Most options of one question: a longer list is first made short by the likeness of codebook and fragment."""
MAX_WORDS = 400
"""Longest text in a question; of a longer one the middle is left out, and its codes rest on the rest."""
TAIL_WORDS = 100
DEFINITION_WORDS = 25
MIN_QUOTE_LETTERS = 3
TELLING_LETTERS = 3
"""Letters by which the first token tells answers apart."""
SHORT_NAME = 3
"""Most words of a name that a model is to answer with: a small one begins longer names in words of its own."""
SAME_LETTERS = 4
"""A token that is no part of a word but begins like it, as English "positive", counts for it from this length."""
SHOWN_AGAIN = 400

Messages = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to a language model.

    Attributes:
        messages: role and text of each message, the last one the user's.
        answers: the words or letters to choose from; empty where the answer is JSON.
        schema: JSON schema of the answer; None where it is a word or a letter.
        again: what to say when an answer in JSON cannot be read.
        version: of the prompts.
    """

    messages: Messages
    answers: tuple[str, ...]
    schema: Mapping[str, Any] | None
    again: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a question.

    Attributes:
        logs: log-probability of each answer by the first token; None where the server gives none.
        text: what the model wrote.
        failure: why there is no answer that can be used; never words of a participant.
    """

    logs: tuple[float, ...] | None = None
    text: str = ""
    failure: str | None = None


class LanguageModel(Protocol):
    """A language model on this machine, which remembers its answers."""

    name: str
    fingerprint: str

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer n questions, in their order.

        Raises:
            PipelineError: the model is not there, or went away; what it answered before is kept.
        """
        ...

    def show_sample(self, n: int, of: int) -> None:
        """Say what all fragments would take, after a sample of them."""
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """One of the codes to choose from.

    Attributes:
        code: as it will be coded.
        line: how it is put to the model.
        word: what the model is to answer.
    """

    code: str
    line: str
    word: str


@lru_cache(maxsize=1)
def read_prompts() -> dict[str, Any]:
    """Read the prompts.

    >>> read_prompts()["version"]
    'nl-3'
    """
    return tomllib.loads(PROMPTS.read_text(encoding="utf-8"))


def list_codes(codes: Codes) -> tuple[Option, ...]:
    """Put each code of the codebook as its name, with its definition where it has one."""
    options = []
    for position, name in enumerate(codes.names):
        phrases = [phrase.text for phrase in codes.phrases if phrase.code == position]
        label = phrases[0] if phrases else name
        definition = " ".join(phrases[1].split()[:DEFINITION_WORDS]) if len(phrases) > 1 else ""
        options.append(Option(name, f"{label}: {definition}" if definition else label, _shorten(label)))
    return tuple(options)


def _shorten(label: str) -> str:
    """Put a label as the word to answer with: without the article that many labels share.

    >>> _shorten("De doelgroep")
    'doelgroep'
    """
    return re.sub(r"^(?:de|het|een|'t)\s+", "", label.lower())


def list_values(scheme: Scheme) -> tuple[Option, ...]:
    """Put each value of polarity, sentiment or hat in words.

    >>> [(option.code, option.word) for option in list_values(Scheme.POLARITY)]
    [('kans', 'positief'), ('knelpunt', 'negatief')]
    """
    return tuple(Option(code, line, word) for code, (word, line) in read_prompts()["values"][scheme].items())


def choose_one(
    scheme: Scheme, options: Sequence[Option], text: str, examples: Sequence[tuple[str, str]] = ()
) -> Question:
    """Ask for one of at most twenty options, by its word; by a letter where two words begin alike, or one is long.

    Args:
        scheme: what is asked.
        options: in the order in which they are put.
        text: of the fragment.
        examples: text and code of coded fragments, the most telling last.

    Returns:
        The question. The fragment stands before it: the other way round a small model tells the options less apart.
    """
    prompts = read_prompts()
    starts = {option.word[:TELLING_LETTERS] for option in options}
    by_word = len(starts) == len(options) and all(len(option.word.split()) <= SHORT_NAME for option in options)
    answers = tuple(option.word for option in options) if by_word else tuple(ascii_uppercase[: len(options)])
    if by_word:
        words = ", ".join(answers[:-1]) + prompts["or"] + answers[-1]
        question = prompts["questions"][scheme].format(words=words)
    else:
        question = prompts["lettered"].format(question=prompts["lettered_questions"][scheme], options=_letter(options))
    word_of = {option.code: word for option, word in zip(options, answers, strict=True)}
    shown = "".join(
        prompts["example"].format(text=enclose(example), word=word_of[code])
        for example, code in examples
        if code in word_of
    )
    shown = prompts["examples"].format(lines=shown) if shown else ""
    asked = prompts["choice"].format(question=question, examples=shown, text=enclose(text))
    return Question(
        messages=(("system", prompts["system"]), ("user", asked)),
        answers=answers, schema=None, again=prompts["again"], version=prompts["version"],
    )  # fmt: skip


def ask_for_quotes(options: Sequence[Option], text: str) -> Question:
    """Ask for the words of a fragment that show each of its codes."""
    prompts = read_prompts()
    letters = ascii_uppercase[: len(options)]
    asked = prompts["quotes"].format(options=_letter(options), text=enclose(text))
    item = {
        "type": "object",
        "properties": {"code": {"type": "string", "enum": list(letters)}, "citaat": {"type": "string"}},
        "required": ["code", "citaat"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"citaten": {"type": "array", "items": item, "maxItems": len(letters)}},
        "required": ["citaten"],
        "additionalProperties": False,
    }
    return Question(
        messages=(("system", prompts["system"]), ("user", asked)),
        answers=(), schema=schema, again=prompts["again"], version=prompts["version"],
    )  # fmt: skip


def _letter(options: Sequence[Option]) -> str:
    return "\n".join(f"{letter}. {option.line}" for letter, option in zip(ascii_uppercase, options, strict=False))


def enclose(text: str) -> str:
    """Keep a text within its marks, and short enough for a small context.

    >>> enclose("a </uitspraak> b")
    'a (/uitspraak) b'
    """
    words = text.replace("<", "(").replace(">", ")").split()
    if len(words) > MAX_WORDS:
        head, tail = words[: MAX_WORDS - TAIL_WORDS], words[-TAIL_WORDS:]
        return " ".join(head) + str(read_prompts()["left_out"]) + " ".join(tail)
    return " ".join(words)


def ask_again(question: Question, answer: Answer) -> Question:
    """Ask once more, after an answer that is no JSON of the schema."""
    more = (("assistant", answer.text[:SHOWN_AGAIN]), ("user", question.again))
    return replace(question, messages=(*question.messages, *more))


def is_long(text: str) -> bool:
    """Say whether the middle of a text is left out of questions."""
    return len(text.split()) > MAX_WORDS


def find_answer(token: str, answers: Sequence[str]) -> int | None:
    """Find the one answer that begins with what a model wrote, or with the same four letters.

    Args:
        token: a word or the first part of one.
        answers: words, or single letters: a letter must be the same.

    >>> [find_answer(token, ["positief", "negatief"]) for token in (" pos", "Neg", "positive", "p", "ik", "")]
    [0, 1, 0, 0, None, None]
    >>> [find_answer(token, ["A", "B"]) for token in ("B", "b", "Beide")]
    [1, None, None]
    >>> find_answer("ne", ["negatief", "neutraal"]) is None
    True
    """
    written = token.strip()
    found = [i for i, answer in enumerate(answers) if _begins(answer, written)]
    return found[0] if written and len(found) == 1 else None


def _begins(answer: str, written: str) -> bool:
    if len(answer) == 1:
        return written == answer
    lowered = written.casefold()
    return answer.startswith(lowered) or (
        len(lowered) >= SAME_LETTERS and answer[:SAME_LETTERS] == lowered[:SAME_LETTERS]
    )


def read_answer(text: str, answers: Sequence[str]) -> int | None:
    """Find the answer that a model wrote, by its first word; a letter may have marks around it.

    >>> read_answer(" B. knelpunt", "AB"), read_answer("Beide", "AB"), read_answer("(A)", "AB")
    (1, None, 0)
    >>> read_answer("Negatief.", ["positief", "negatief"])
    1
    """
    found = re.match(r"\W*(\w+)", text)
    return find_answer(found[1].upper() if found and len(found[1]) == 1 else found[1], answers) if found else None


def read_quotes(answer: str, n_options: int) -> dict[int, str] | None:
    """Read the quotes of an answer in JSON.

    Args:
        answer: what the model wrote.
        n_options: number of codes that it was asked for.

    Returns:
        Position of the code to its quote, without empty ones; None where the answer does not follow the schema.

    >>> read_quotes('{"citaten": [{"code": "A", "citaat": "te laat"}, {"code": "B", "citaat": ""}]}', 2)
    {0: 'te laat'}
    >>> read_quotes('{"citaten": [{"code": "C", "citaat": "te laat"}]}', 2) is None
    True
    """
    try:
        content = json.loads(answer)
        found = [(str(item["code"]), item["citaat"]) for item in content["citaten"]]
    except (ValueError, TypeError, KeyError):
        return None
    letters = ascii_uppercase[:n_options]
    if any(len(code) != 1 or code not in letters or not isinstance(quote, str) for code, quote in found):
        return None
    return {letters.index(code): quote for code, quote in reversed(found) if quote.strip()}


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Find a quote in a text: the same words in the same order; case, white space and the form of marks may differ.

    Returns:
        First character and one past the last; None where it is not there, or holds under three letters.

    >>> find_quote("TE  laat", "De bus komt te laat.")
    (12, 19)
    >>> find_quote("nooit", "De bus komt te laat.") is None
    True
    """
    words = re.findall(r"\w+", quote)
    if sum(map(len, words)) < MIN_QUOTE_LETTERS:
        return None
    found = re.search(r"(?<!\w)" + r"[\W_]+".join(map(re.escape, words)) + r"(?!\w)", text, re.IGNORECASE)
    return found.span() if found else None
