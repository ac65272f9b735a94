"""The marks that notes are written with: headings, hats, bullets, rules and time codes, recognised line by line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from pipeline.core.vocabulary import Hat
from pipeline.readers.notes.hats import _HAT_TAG, ANY_COLOUR, FUNCTIONS, HATS, find_hat, sign_hat, spell_hat
from pipeline.readers.words import read_meanings, read_pattern, read_words
from pipeline.text.normalisation import INVISIBLE


class Section(StrEnum):
    """The parts of a session, as in the column ``section``."""

    OPENING = "inleiding"
    NOTES = "notities"
    HAT = "hoed"
    CLOSING = "afronding"
    QUESTION = "vraag"
    PRACTICAL = "praktisch"


# How deep a heading lies when it is not marked by a number of #'s.
CAPITALS_LEVEL, BOLD_LEVEL, PLAIN_LEVEL, BRACKET_LEVEL, GENERIC_LEVEL = 2.2, 2.4, 2.6, 3.0, 4.0

MAX_GLOSS_WORDS, MAX_HEADING_WORDS = 6, 10

_GLOSSES = frozenset(FUNCTIONS) | frozenset("weten praktijk huidige thinking en of de het le la les the".split())  # noqa: SIM905
_SECTIONS = tuple(
    (Section(section), re.compile(rf"(?:{'|'.join(words)})\b(?P<rest>.*)", re.IGNORECASE))
    for section, words in read_words("sections").items()
)

_SAID_UNDER = re.compile(rf"{read_pattern('closing_remarks')}\s*:\s+(?=\S)", re.IGNORECASE)
_SEEN = f"[^\\s{INVISIBLE}]"
_VISIBLE = re.compile(f"{_SEEN}(?:.*{_SEEN})?")
_SHEET = re.compile(r"(?:flap|foto|blad|vel|poster|bord|dia|slide)\s*\d{1,2}\s*[.:]?", re.IGNORECASE)
_RULE = re.compile(r"[-=_*~–—.•#\s]{3,}")
_BULLET = re.compile(
    r"(?:[-*+•·◦▪‣→>–—♥♡★☆✓✔☐☑■□●○➢➤](?=\s)|[-=]{1,2}>(?=\s)|[-+*>]{2,4}(?=\s)|[-•·◦▪‣→–](?=[^\W_])"
    r"|\(?(?:\d{1,2}|[a-h])[.)](?=\s)|(?=\[[ xX]\]\s)"
    r"|\d{1,2}(?:\.\d{1,2}){1,2}\.?(?=\s+[^\W\d][^:.\n]{0,29}:\s))\s*(?:\[[ xX]\]\s+)?"
)
_CLOCK = r"\d{1,2}:\d{2}:\d{2}(?:[.,-]\d{1,3}(?!\d))?"
_TIME = re.compile(
    rf"(?P<open>\*\*|__)?(?:[\[(<{{]\s*(?P<inside>{_CLOCK}|\d{{1,3}}:\d{{2}}(?:[.,]\d{{1,3}})?)\s*"
    rf"(?:(?:-->|[-–])\s*[\d:.,]+\s*)?[\])>}}]|#(?P<hash>{_CLOCK}|\d{{1,3}}:\d{{2}}(?:[.,-]\d{{1,3}})?)#"
    rf"|(?P<bare>{_CLOCK})(?:\s*(?:-->|[-–])\s*{_CLOCK})?)(?(open)(?:\*\*|__):?)"
)
_STAMP_INSIDE = re.compile(
    rf"\s*(?:#(?:{_CLOCK}|\d{{1,3}}:\d{{2}}(?:[.,-]\d{{1,3}})?)#|\[\s*(?:{_CLOCK}|\d{{1,3}}:\d{{2}})\s*\]"
    rf"|\(\s*{_CLOCK}\s*\)|<{_CLOCK}>|\{{{_CLOCK}\}})"
)
_MARKDOWN = re.compile(r"(?P<marks>#{1,6})\s*(?P<text>.*?)\s*#*")
_WRAPPED = re.compile(r"(?P<mark>\*\*\*|\*\*|__|[*_])(?P<text>[^*_]+)(?P=mark)\s*(?P<colon>:?)")
_NUMBERING = re.compile(
    r"\d{1,2}(?:\.(?:\d{1,2}|[a-h]\b))+[.)]?\s+|\d{1,2}[a-h]\s+|(?:(?:ronde|round|fase|stap|step|deel|punt|flap|blad|vel|dia|slide"
    r"|bord|poster|hoek|vraag)\s+(?:\d{1,2}|[A-H])\b(?:\s*\(\d[^()]{0,15}\))?|\d{1,2}\s?[a-h]?|[a-h](?=[.)]\s)|[IVX]{1,4})\s*[.):=–—-]\s*"
    r"|\d{1,2}\s?[u:.h]\s?\d{2}\s*(?:[:–—-]\s*)?",
    re.IGNORECASE,
)
_NUMBER_OF_TITLE = re.compile(r"\d{1,2}\s+(?=[A-Z])")
_HAT_WORD = r"(?:(?:denk)?hoed(?:en|jes?)?|hat|thinking hat|ronde)"
_HAT_THING = r"(?:muts|pet(?:je)?|flap|bord|kaart(?:je)?|blad|vel|bril|zone|hoek|post-?its?|briefjes?|kleur|stoel|vlak)"
"""What may bear the colour of a hat, in a line that is set off as a heading."""
_HAT_FIRST = re.compile(
    rf"(?:(?:den?|het|[’']t|the|onder de|met de|(?:de )?volgende|dan de|nu de)\s+)?(?P<colour>{ANY_COLOUR})(?:\s+|-)"
    rf"{_HAT_WORD}\b"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_HAT_LAST = re.compile(
    rf"(?:(?:de\s+)?(?:volgende|laatste|eerste|nieuwe|dan|nu)\s+(?:de\s+)?)?"
    rf"(?:(?:denk)?hoed(?:je)?|hat|(?:le\s+)?chapeau|kleur|ronde)\s*(?:\d\s*)?[:=–-]?\s*\(?(?P<colour>{ANY_COLOUR})\b\)?(?P<rest>.*)",
    re.IGNORECASE,
)
_HAT_ALONE = re.compile(rf"(?P<colour>{ANY_COLOUR})(?P<rest>\s*[:/=(].*|\s+[-–—|+&].*|\t.*|)", re.IGNORECASE)
_HAT_TURN = re.compile(
    rf"(?:denken in\s+(?:het\s+)?|(?:(?:terug|over|door|weer|nu|dan|opnieuw)\s+)?naar\s+(?:de\s+|het\s+)?"
    rf"|(?:en\s+)?(?:eerst|tot slot|als laatste|daarna|nu|weer|opnieuw|again|encore|nog (?:eens|een keer|even)|volgende"
    rf"|laatste|eerste|dan)\s*:?\s+(?:de\s+)?)(?P<colour>{ANY_COLOUR})(?:\s+{_HAT_WORD})?(?P<rest>)[.!:]?",
    re.IGNORECASE,
)
_HAT_OTHER = re.compile(rf"(?:de\s+|den\s+)?(?P<colour>{ANY_COLOUR})\s+{_HAT_THING}\b(?P<rest>.*)", re.IGNORECASE)
_HAT_SHEET = re.compile(
    rf"(?:flap|blad|vel|bord|poster|kaart|paneel)(?:\s*\d{{1,2}})?\s*[(\[]\s*(?:op\s+)?(?P<colour>{ANY_COLOUR})(?:\s+[^\W\d_]+)?\s*[)\]]"
    r"(?P<rest>\s*:.*|)",
    re.IGNORECASE,
)
"""A numbered sheet on the wall, of which brackets give the colour of its paper or pen."""
_NAMED_HATS: Mapping[str, Hat] = {word: Hat(hat) for word, hat in read_meanings("hats_named").items()}
"""Hats that are called by what they stand for."""
_HAT_NAMED = re.compile(rf"(?:de\s+)?(?P<named>{'|'.join(_NAMED_HATS)})\b(?P<rest>.*)", re.IGNORECASE)
_HAT_FORMS = (
    (_HAT_NAMED, False),
    (_HAT_FIRST, False),
    (_HAT_LAST, False),
    (_HAT_ALONE, False),
    (_HAT_TURN, False),
    (_HAT_SHEET, False),
    (_HAT_OTHER, True),
)
"""How the name of a hat opens a heading, and whether the line must be set off as one."""
_HAT_IN_BRACKETS = re.compile(
    r"[\[({]\s*(?:(?:flap|blad|vel|poster|bord|dia|slide|foto)\s*\d{1,2}\s*[:.–—-]\s*)?"
    rf"(?:(?:denk)?hoed|hat|kleur)?\s*[=:]?\s*(?:{ANY_COLOUR})(?:\s+hoed)?\s*[\])}}]\s*:?",
    re.IGNORECASE,
)
_HAT_ENDS = re.compile(
    rf"(?P<title>[^\W\d_][^()\[\].!?]{{1,60}}?\??)\s*[(\[]\s*(?:de\s+)?(?P<colour>{ANY_COLOUR})(?:\s+{_HAT_WORD})?\s*[)\]]\s*:?",
    re.IGNORECASE,
)
_OTHER_HAT = re.compile(
    r"(?:de\s+)?(?:(?P<colour>[a-zé]+)\s+(?:denk)?hoed\b[^.!?]*|(?P<process>(?-i:BLAUW|Blauw|blauw(?=\s*:)))(?:\s*[(:–—-][^.!?]{0,40})?)",
    re.IGNORECASE,
)
_PROCESS_HAT = re.compile(r"blauwe?|blue|bleue?", re.IGNORECASE)
_UNDERLINED = re.compile(r"[=~_*#>•·|–—-]{1,}\s*(?P<text>[^\W_].*?)\s*[=~_*#<|–—-]{2,}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source, without the blanks around it.

    Attributes:
        number: in the file, from 1.
        start: offset of its first visible character.
        text: visible part; empty for a blank line.
        hat: the hat that it announces, where it was part of a longer line; such words are no heading elsewhere.
    """

    number: int
    start: int
    text: str
    hat: Hat | None = None

    @property
    def end(self) -> int:
        """Offset one past its last visible character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Heading:
    """A line, or the beginning of a line, that says what follows.

    Attributes:
        title: without the marks of its layout.
        level: depth; the number of #'s, or a number of its own for other forms.
        hat: the hat it announces.
        section: the part of the session it opens.
        length: characters of the line that belong to it; the rest of the line was said under it.
        announces_hat: it names a hat, be it none of the five.
        is_unknown_hat: it names a hat that De Bono does not have; his blue hat is about procedure and is no hat here.
        caption: what stands before the hat, such as the group on a slide.
    """

    title: str
    level: float
    hat: Hat | None = None
    section: Section | None = None
    length: int = 0
    announces_hat: bool = False
    is_unknown_hat: bool = False
    caption: str = ""


def split_lines(text: str) -> list[Line]:
    r"""Split a text in lines with their place.

    >>> split_lines("a\n  b ")
    [Line(number=1, start=0, text='a', hat=None), Line(number=2, start=4, text='b', hat=None)]
    """
    lines, start = [], 0
    for number, raw in enumerate(text.split("\n"), start=1):
        found = _VISIBLE.search(raw)
        lines.append(Line(number, start + found.start() if found else start, found[0] if found else ""))
        start += len(raw) + 1
    return lines


def text_below(lines: Sequence[Line], i: int) -> str:
    """Give the text of the line below one, or of the next where that is blank; empty where both are."""
    return next((line.text for line in lines[i + 1 : i + 3] if line.text), "")


def is_rule(text: str) -> bool:
    """Tell whether a line only separates: dashes, stars, underlining of a heading, the number of a sheet on the wall.

    >>> is_rule("-----"), is_rule("flap 4"), is_rule("flap 4 hangt scheef")
    (True, True, False)
    """
    return _RULE.fullmatch(text) is not None or _SHEET.fullmatch(text) is not None


def bullet_length(text: str) -> int:
    """Count the characters of the bullet or number that opens a line, blanks included; 0 where there is none.

    >>> bullet_length("- te ver"), bullet_length("**D3:** te ver"), bullet_length("2) te ver")
    (2, 0, 3)
    """
    found = _BULLET.match(text)
    return found.end() if found and not is_rule(text) else 0


def read_time(text: str) -> tuple[int, float] | None:
    """Read a time code at the beginning of a text.

    Args:
        text: ``[00:12:03] ...``, ``(12:03)``, ``00:12:03,500``; hours and minutes without brackets are a time of day.

    Returns:
        Its length with the blanks after it, and the seconds; None where there is none.

    >>> read_time("[00:12:03] D3: ja")
    (11, 723.0)
    """
    found = _TIME.match(text)
    if not found:
        return None
    written = found["inside"] or found["hash"] or found["bare"]
    parts = [float(part.replace(",", ".").replace("-", ".")) for part in written.split(":")]
    rest = text[found.end() :]
    return found.end() + len(rest) - len(rest.lstrip()), sum(part * 60**i for i, part in enumerate(reversed(parts)))


def find_stamps(text: str, begin: int) -> Iterator[tuple[int, int, float]]:
    """Give the time stamps inside a text: first character, one past the last, seconds.

    >>> list(find_stamps("te duur. [00:01:05]", 0))
    [(8, 19, 65.0)]
    """
    for found in _STAMP_INSIDE.finditer(text, begin):
        time = read_time(found[0].strip())
        if time:
            yield found.start(), found.end(), time[1]


@lru_cache(maxsize=1024)
def read_heading(text: str, *, after_blank: bool) -> Heading | None:
    """Read a line as a heading.

    Args:
        text: the visible part of a line.
        after_blank: whether the line above it is empty; capitals in the middle of a text are no heading.

    Returns:
        The heading, or None for any other line.

    >>> read_heading("## Groene hoed – ideeën", after_blank=False).hat
    <Hat.GROEN: 'groen'>
    >>> read_heading("De witte hoed bleef op tafel liggen.", after_blank=True) is None
    True
    """
    if text.startswith("#") and read_time(text):
        return None
    inner, level, marked = _unwrap(text)
    if not inner:
        return None
    if sign_hat(inner[0]):
        return _read_sign(text, inner, level if marked else PLAIN_LEVEL)
    for candidate in (_read_hat(inner, level, marked), _read_section(inner, level, marked)):
        if candidate:
            whole = candidate.length == len(inner)
            return replace(candidate, length=len(text) if whole else text.index(inner) + candidate.length)
    if disguised := _read_disguised(text, inner, level, marked):
        return disguised
    if other := _read_other_hat(inner, level, marked):
        return replace(other, length=len(text))
    if text.startswith("#"):
        return Heading(inner.rstrip(": "), level, length=len(text)) if marked else None
    capitals = after_blank and inner.isupper() and sum(c.isalpha() for c in inner) > 3 and not bullet_length(text)
    if (capitals or marked) and len(inner.split()) <= MAX_HEADING_WORDS and inner[-1] not in ".!?":
        return Heading(inner.rstrip(": "), GENERIC_LEVEL, length=len(text))
    return None


def _read_sign(text: str, inner: str, level: float) -> Heading | None:
    """Read a title that begins with a circle, square or heart in the colour of a hat."""
    hat, rest = sign_hat(inner[0]), inner[1:].strip("\ufe0f :–-")
    is_title = not rest or (len(rest.split()) <= MAX_GLOSS_WORDS and rest[-1] not in ".!?")
    return Heading(rest or str(hat), level, hat, Section.HAT, len(text)) if is_title else None


def _read_disguised(text: str, inner: str, level: float, marked: bool) -> Heading | None:
    """Read a hat behind an arrow or the like, behind what a heading says before it, or one that is misspelt."""
    caption = _CAPTION.match(inner)
    if caption and (marked or _OF_GROUP.match(inner)) and _HAT_NAMED_LAST.search(inner):
        hat = _read_hat(inner[caption.end() :], level, marked=True)
        return replace(hat, title=inner, length=len(text), caption=caption["title"]) if hat else None
    lead = _LEAD_IN.match(inner)
    bare = read_heading(inner[lead.end() :], after_blank=False) if lead else None
    if lead and bare and bare.hat and bare.length == len(inner) - lead.end():
        return replace(bare, length=len(text))
    spelled = spell_hat(inner)
    misspelt = _read_hat(spelled, level, marked) if spelled != inner else None
    if misspelt is None:
        return None
    rest = len(spelled) - misspelt.length
    return replace(misspelt, length=len(text) if not rest else text.index(inner) + len(inner) - rest)


_OF_GROUP = re.compile(r"\w*(?:tafel|groep)\b|sessie\b|panel\b|locatie\b", re.IGNORECASE)
_CAPTION = re.compile(r"(?P<title>.{2,80}?)(?:\s*[|·»>]\s*|\s+[–—-]\s+|:\s+)(?=[^|·»>–—:-]{3,40}$)")
_HAT_NAMED_LAST = re.compile(
    rf"\b(?:{_HAT_WORD})\W*$|[|»>]\s*(?:{ANY_COLOUR})\W*$|\b{_HAT_WORD}\W+(?:{ANY_COLOUR})\W*$", re.IGNORECASE
)
"""A slide or heading of which the last part is a hat: ``Groep 2 | witte hoed``; ``Wonen - groen`` is about a colour."""
_LEAD_IN = re.compile(
    r"(?:name:\s*(?:codes|nodes)\\+|[-+*•=~>»→➔|_]+>?\s*(?:\[[ xX]\]\s*)?|\[[^\[\]]{1,30}\]\s*"
    r"|(?:flap|foto|blad|poster|vel|bord|dia|slide)\s*\d{1,2}\s*[:.–—-]\s*)"
    r"(?=(?:\*\*|__)?[^\W_])",
    re.IGNORECASE,
)
"""Arrows, dashes, what NVivo writes before a code, and the like, before the name of a hat that stands alone."""


def _unwrap(text: str) -> tuple[str, float, bool]:
    """Take the layout off a line: what it says, how deep it lies, whether it is marked as a heading."""
    if (found := _MARKDOWN.fullmatch(text)) and found["text"]:
        inner, _, _ = _unwrap(found["text"]) if found["text"][0] in "*_" else (found["text"], 0, False)
        return re.sub(r"\*+|(?<!\w)_+|_+(?!\w)", "", inner).strip(), float(len(found["marks"])), True
    if found := _WRAPPED.fullmatch(text):
        return found["text"].strip(), BOLD_LEVEL, True
    if (found := _UNDERLINED.fullmatch(text)) and bullet_length(found["text"]) == 0:
        return found["text"].strip(), CAPITALS_LEVEL, True
    if _HAT_IN_BRACKETS.fullmatch(text):
        return text.strip("[](){}: "), BRACKET_LEVEL, True
    return text, CAPITALS_LEVEL if text.split(":")[0].isupper() else PLAIN_LEVEL, False


def _read_hat(inner: str, level: float, marked: bool) -> Heading | None:
    numbering = _NUMBERING.match(inner) or (_NUMBER_OF_TITLE.match(inner) if marked else None)
    offset = numbering.end() if numbering else 0
    body = inner[offset:]
    is_set_off = marked or level == CAPITALS_LEVEL
    forms = (form.fullmatch(body) for form, must_be_set_off in _HAT_FORMS if is_set_off or not must_be_set_off)
    found = next((match for match in forms if match), None)
    if not found:
        ends = _HAT_ENDS.fullmatch(body)
        short = ends is not None and len(ends["title"].split()) <= MAX_GLOSS_WORDS
        if (
            ends
            and short
            and (marked or inner.endswith(":") or level == CAPITALS_LEVEL or _is_known_gloss(ends["title"]))
        ):
            return Heading(body.rstrip(": "), level, HATS[ends["colour"].casefold()], Section.HAT, len(inner))
        tag = _HAT_TAG.match(body)
        if tag and (marked or _is_known_gloss(body[tag.end() :])) and len(body[tag.end() :].split()) <= MAX_GLOSS_WORDS:
            return Heading(body.rstrip(": "), level, HATS[tag["colour"].casefold()], Section.HAT, len(inner))
        return None
    words = found.groupdict()
    hat = _NAMED_HATS[words["named"].casefold()] if words.get("named") else HATS[words["colour"].casefold()]
    rest = words["rest"]
    if marked or _is_gloss(rest):
        return Heading(body.rstrip(": "), level, hat, Section.HAT, len(inner))
    if rest[:1] == "\t" or (rest.lstrip()[:1] in (":", "–", "—", "-") and rest[:1] in ": "):
        spoken = rest.lstrip() if rest[0] == "\t" else rest.lstrip()[1:].lstrip()
        title = body[: found.start("rest")].strip()
        return Heading(title, level, hat, Section.HAT, len(inner) - len(spoken))
    return None


def _is_known_gloss(text: str) -> bool:
    """Tell whether a few words all explain a hat."""
    words = [word.strip(",;/&+?!.:()–—-").casefold() for word in re.split(r"[\s/]+", text)]
    return any(words) and all(word in _GLOSSES for word in words if word)


def _is_gloss(rest: str) -> bool:
    """Tell whether what follows the name of a hat explains it, rather than being said under it."""
    bare = rest.strip().rstrip(":.").strip()
    if not bare or (bare[0] == "(" and bare[-1] == ")"):
        return True
    words = bare.lstrip(":–—-( ").rstrip(")").split()
    if bare[0] in "–—-|/=(+&" and ": " not in bare:
        return len(words) <= MAX_GLOSS_WORDS or _is_known_gloss(bare)
    if _is_known_gloss(bare) and len(words) <= MAX_GLOSS_WORDS:
        return True
    if bare[0] != ":":
        return False
    is_asked = rest.rstrip().endswith("?") or _ASKS.match(bare) is not None
    return _is_known_gloss(bare) or (len(words) <= MAX_GLOSS_WORDS and is_asked)


_ASKS = re.compile(
    r":\s*(?:wat|hoe|waar|welke)\s+(?:we|je|is er|zijn er|loopt|gaat|kan|kunnen|moet|voel\w*|weten|vinden|vind)\b", re.I
)


def _read_section(inner: str, level: float, marked: bool) -> Heading | None:
    numbering = _NUMBERING.match(inner)
    body = inner[numbering.end() :] if numbering else inner
    for section, pattern in _SECTIONS:
        found = pattern.match(body)
        if not found:
            continue
        rest = found["rest"].strip()
        short = len(body.split()) <= MAX_GLOSS_WORDS and not rest.endswith((".", "!", "?"))
        opens = rest in ("", ":") or (rest.endswith(":") and short) or (rest[0] in "–—-(" and short)
        if marked or opens or (level == CAPITALS_LEVEL and short and inner.isupper()):
            return Heading(body.rstrip(": "), level, None, section, len(inner))
        remark = _SAID_UNDER.match(body)
        if remark and not numbering:
            return Heading(body[: remark.end()].rstrip(": "), level, None, section, remark.end())
    return None


def _read_other_hat(inner: str, level: float, marked: bool) -> Heading | None:
    found = _OTHER_HAT.fullmatch(inner)
    if marked and _PROCESS_HAT.fullmatch(inner):
        return Heading(inner, level, announces_hat=True)
    short = len(inner.split()) <= 3 and (marked or inner.endswith(":") or level == CAPITALS_LEVEL or inner[0].isupper())
    is_process = re.search(r"\bhoed\s*[–—:(/-]", inner) is not None
    short = short or (is_process and inner[0].isupper() and len(inner.split()) <= MAX_GLOSS_WORDS)
    if not found or not (marked or short or found["process"]) or find_hat(found["colour"] or ""):
        return None
    is_process = found["process"] is not None or _PROCESS_HAT.fullmatch(found["colour"]) is not None
    return Heading(inner.rstrip(": "), level, announces_hat=True, is_unknown_hat=not is_process)


def show_time(seconds: float) -> str:
    """Write a time code.

    >>> show_time(723.46)
    '00:12:03'
    """
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def read_duration(text: str) -> float | None:
    """Read a time in figures or words, in seconds.

    >>> read_duration("1 hour 2 minutes 5 seconds"), read_duration("0:41"), read_duration("1:02:05")
    (3725.0, 41.0, 3725.0)
    """
    if time := read_time(f"[{text.strip('[]() ')}]"):
        return time[1]
    numbers = [float(number) for number in re.findall(r"\d+", text)]
    return sum(n * 60**i for i, n in enumerate(reversed(numbers))) if 1 <= len(numbers) <= 3 else None
