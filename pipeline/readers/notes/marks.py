"""The marks that notes are written with: headings, hats, bullets, rules and time codes, recognised line by line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from pipeline.core.vocabulary import Hat
from pipeline.text.normalisation import INVISIBLE


class Section(StrEnum):
    """The parts of a session, as in the column ``section``."""

    OPENING = "inleiding"
    NOTES = "notities"
    HAT = "hoed"
    CLOSING = "afronding"
    QUESTION = "vraag"
    PRACTICAL = "praktisch"


HAT_ADJECTIVES: Mapping[Hat, str] = MappingProxyType(
    {Hat.WIT: "witte", Hat.ZWART: "zwarte", Hat.GEEL: "gele", Hat.GROEN: "groene", Hat.ROOD: "rode"}
)
_HATS: dict[str, Hat] = {
    **{word: hat for hat, adjective in HAT_ADJECTIVES.items() for word in (str(hat), adjective)},
    **{"white": Hat.WIT, "black": Hat.ZWART, "yellow": Hat.GEEL, "green": Hat.GROEN, "red": Hat.ROOD},
    **{"blanc": Hat.WIT, "noir": Hat.ZWART, "jaune": Hat.GEEL, "vert": Hat.GROEN, "rouge": Hat.ROOD},
    **{"wite": Hat.WIT, "zwaarte": Hat.ZWART, "geele": Hat.GEEL, "groenen": Hat.GROEN, "rooie": Hat.ROOD},
    **{
        "witten": Hat.WIT,
        "zwarten": Hat.ZWART,
        "gelen": Hat.GEEL,
        "geluwe": Hat.GEEL,
        "roden": Hat.ROOD,
        "rooën": Hat.ROOD,
    },
    **{"blanche": Hat.WIT, "noire": Hat.ZWART, "verte": Hat.GROEN},
}
_COLOUR = "|".join(sorted(_HATS, key=len, reverse=True))
ADJECTIVES = "|".join(HAT_ADJECTIVES.values())
"""The alternatives of a pattern for the hats as they are spoken of: ``witte``, ``zwarte``."""

# How deep a heading lies when it is not marked by a number of #'s.
CAPITALS_LEVEL, BOLD_LEVEL, PLAIN_LEVEL, BRACKET_LEVEL, GENERIC_LEVEL = 2.2, 2.4, 2.6, 3.0, 4.0

MAX_GLOSS_WORDS, MAX_HEADING_WORDS = 6, 10

_GLOSSES = frozenset(
    """facts fact feelings feeling gut problems difficulties risks benefits ideas idea opportunities faits émotions
    critique avantages idées knelpunten/risico's emotie nadeel minpunten pluspunten probleem gevaar sterk zwak
    bezwaren voordeel kans knelpunt oplossingen oplossing verbeteringen suggesties data weten gegevens ideeen
    feiten feit cijfers informatie info neutraal objectief praktijk huidige moeilijkheden moeilijk gevaren risico's
    risico’s knelpunten nadelen problemen kritiek voordelen kansen sterktes positief optimisme mogelijkheden ideeën idee
    creatief creativiteit toekomst voorstellen wensen dromen gevoelens gevoel emoties intuïtie buikgevoel en of de
    het""".split()  # noqa: SIM905
)
_SECTIONS = (
    (
        Section.NOTES,
        r"(?:(?:individuele|persoonlijke|schriftelijke|voorbereidende|eigen)\s+)?"
        r"(?:notities|nota['’]?s|invulbladen|voorbereiding(?:en)?)",
    ),
    (
        Section.CLOSING,
        r"afronding|afsluit(?:ing|er)|afsluitende ronde|conclusion|closing|wrap-?up|clôture|slotwoord|einde|"
        r"terugkoppeling|slot|slotronde|slotrondje|rondje tot slot"
        r"|tot slot|uitsmijter|nabeschouwing|terugblik|besluit",
    ),
    (
        Section.OPENING,
        r"inleiding|welkomst?(?:woord)?|verwelkoming|kennismaking|voorstelling|voorstellingsron?de?(?:je)?|onthaal"
        r"|situering|opening|introductie|introduction|welcome|accueil"
        r"|uitleg(?: (?:van de|over de) (?:methode|methodiek|hoeden))?",
    ),
)

_SAID_UNDER = re.compile(
    r"(?:afronding|afsluit(?:ing|er)|afsluitende ronde|tot slot|slotron?de?(?:je)?|slotwoord|slot|welkom(?:stwoord)?"
    r"|verwelkoming|inleiding|kennismaking|voorstellingsron?de?(?:je)?|uitleg(?: methode)?)\s*:\s+(?=\S)",
    re.IGNORECASE,
)
_SEEN = f"[^\\s{INVISIBLE}]"
_VISIBLE = re.compile(f"{_SEEN}(?:.*{_SEEN})?")
_RULE = re.compile(r"[-=_*~–—.•#\s]{3,}")
_BULLET = re.compile(
    r"(?:[-*+•·◦▪‣→>–—](?=\s)|[-•·◦▪‣→–](?=[^\W_])|\(?(?:\d{1,2}|[a-h])[.)](?=\s)"
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
_EMOJI = "\u26aa\u2b1c\u26ab\u2b1b\U0001f7e1\U0001f7e8\U0001f7e2\U0001f7e9\U0001f534\U0001f7e5"
_NUMBERING = re.compile(
    r"\d{1,2}(?:\.\d{1,2})+\.?\s+|(?:(?:ronde|fase|stap|deel|punt)\s+\d{1,2}|\d{1,2}|[IVX]{1,4})\s*[.):–—-]\s*",
    re.IGNORECASE,
)
_HAT_WORD = r"(?:(?:denk)?hoed(?:je)?|hat|thinking hat|ronde)"
_HAT_THING = r"(?:muts|pet(?:je)?|flap|bord|kaart(?:je)?|blad|vel|bril|zone|hoek|post-?its?|briefjes?|kleur|stoel|vlak)"
"""What may bear the colour of a hat, in a line that is set off as a heading."""
_HAT_FIRST = re.compile(
    rf"(?:(?:de|the|onder de|met de|(?:de )?volgende|dan de|nu de)\s+)?(?P<colour>{_COLOUR})(?:\s+|-){_HAT_WORD}\b"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_HAT_LAST = re.compile(
    rf"(?:(?:de\s+)?(?:volgende|laatste|eerste|nieuwe|dan|nu)\s+(?:de\s+)?)?"
    rf"(?:(?:denk)?hoed(?:je)?|hat|(?:le\s+)?chapeau|kleur)\s*(?:\d\s*)?[:=–-]?\s*\(?(?P<colour>{_COLOUR})\b\)?(?P<rest>.*)",
    re.IGNORECASE,
)
_HAT_ALONE = re.compile(rf"(?P<colour>{_COLOUR})(?P<rest>\s*[:/=(].*|\s+[-–—|+&].*|)", re.IGNORECASE)
_HAT_TURN = re.compile(
    rf"(?:denken in\s+(?:het\s+)?|(?:(?:terug|over|door|weer|nu|dan|opnieuw)\s+)?naar\s+(?:de\s+|het\s+)?"
    rf"|(?:nu|weer|opnieuw|volgende|laatste|eerste|dan)\s*:?\s+)(?P<colour>{_COLOUR})(?:\s+{_HAT_WORD})?(?P<rest>)[.!:]?",
    re.IGNORECASE,
)
_HAT_OTHER = re.compile(rf"(?:de\s+|den\s+)?(?P<colour>{_COLOUR})\s+{_HAT_THING}\b(?P<rest>.*)", re.IGNORECASE)
_HAT_SHEET = re.compile(
    rf"(?:flap|blad|vel|bord|poster|kaart|paneel)(?:\s*\d{{1,2}})?\s*[(\[]\s*(?:op\s+)?(?P<colour>{_COLOUR})(?:\s+[^\W\d_]+)?\s*[)\]]"
    r"(?P<rest>\s*:.*|)",
    re.IGNORECASE,
)
"""A numbered sheet on the wall, of which brackets give the colour of its paper or pen."""
_NAMED_HATS: Mapping[str, Hat] = MappingProxyType(
    {
        **{"feitenhoed": Hat.WIT, "neutrale hoed": Hat.WIT, "informatiehoed": Hat.WIT},
        **{"kritische hoed": Hat.ZWART, "pessimistische hoed": Hat.ZWART, "gevarenhoed": Hat.ZWART},
        **{"optimistische hoed": Hat.GEEL, "positieve hoed": Hat.GEEL, "zonnige hoed": Hat.GEEL},
        **{"creatieve hoed": Hat.GROEN, "ideeënhoed": Hat.GROEN},
        **{"gevoelshoed": Hat.ROOD, "emotiehoed": Hat.ROOD, "emotionele hoed": Hat.ROOD},
    }
)
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
    rf"[\[({{]\s*(?:(?:denk)?hoed|hat|kleur)?\s*[=:]?\s*(?:{_COLOUR})(?:\s+hoed)?\s*[\])}}]\s*:?", re.IGNORECASE
)
_HAT_ENDS = re.compile(
    rf"(?P<title>[^\W\d_][^()\[\].!?]{{1,60}}?\??)\s*[(\[]\s*(?:de\s+)?(?P<colour>{_COLOUR})(?:\s+{_HAT_WORD})?\s*[)\]]\s*:?",
    re.IGNORECASE,
)
_SIGNS = (
    str.maketrans({"\u26aa": "wit ", "\u2b1c": "wit ", "\u26ab": "zwart ", "\u2b1b": "zwart "})
    | str.maketrans({"\U0001f7e1": "geel ", "\U0001f7e8": "geel ", "\U0001f7e2": "groen ", "\U0001f7e9": "groen "})
    | str.maketrans({"\U0001f534": "rood ", "\U0001f7e5": "rood "})
)
_HAT_TAG = re.compile(rf"[\[({{]\s*(?P<colour>{_COLOUR})(?:\s+hoed)?\s*[\])}}]\s*:?\s*", re.IGNORECASE)
_HAT_TAIL = re.compile(rf"\s*[\[(]\s*(?P<colour>{_COLOUR})(?:\s+hoed)?\s*[\])]\s*\.?$", re.IGNORECASE)
_OTHER_HAT = re.compile(r"(?:de\s+)?(?P<colour>[a-zé]+)\s+(?:denk)?hoed\b[^.!?]*", re.IGNORECASE)
_PROCESS_HAT = re.compile(r"blauwe?|blue|bleue?", re.IGNORECASE)
_UNDERLINED = re.compile(r"[=~_*#>•·|–—-]{1,}\s*(?P<text>[^\W_].*?)\s*[=~_*#<|–—-]{2,}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source, without the blanks around it.

    Attributes:
        number: in the file, from 1.
        start: offset of its first visible character.
        text: visible part; empty for a blank line.
    """

    number: int
    start: int
    text: str

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
    """

    title: str
    level: float
    hat: Hat | None = None
    section: Section | None = None
    length: int = 0
    announces_hat: bool = False
    is_unknown_hat: bool = False


def split_lines(text: str) -> list[Line]:
    r"""Split a text in lines with their place.

    >>> split_lines("a\n  b ")
    [Line(number=1, start=0, text='a'), Line(number=2, start=4, text='b')]
    """
    lines, start = [], 0
    for number, raw in enumerate(text.split("\n"), start=1):
        found = _VISIBLE.search(raw)
        lines.append(Line(number, start + found.start() if found else start, found[0] if found else ""))
        start += len(raw) + 1
    return lines


def find_hat(word: str) -> Hat | None:
    """Read the name of a hat, as colour or as adjective.

    >>> find_hat("Gele")
    <Hat.GEEL: 'geel'>
    """
    return _HATS.get(word.strip().casefold())


def find_worn_hat(text: str) -> Hat | None:
    """Read the hat that stands in brackets beside a name.

    >>> find_worn_hat("zwarte hoed"), find_worn_hat("OCMW")
    (<Hat.ZWART: 'zwart'>, None)
    """
    return find_hat(re.sub(r"\s+hoed$", "", text, flags=re.IGNORECASE))


def text_below(lines: Sequence[Line], i: int) -> str:
    """Give the text of the line below one, or of the next where that is blank; empty where both are."""
    return next((line.text for line in lines[i + 1 : i + 3] if line.text), "")


def is_rule(text: str) -> bool:
    """Tell whether a line only separates: dashes, stars, underlining of a heading."""
    return _RULE.fullmatch(text) is not None


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


def read_hat_tag(text: str) -> tuple[int, Hat] | None:
    """Read a hat in brackets at the beginning of a text: its length and the hat.

    >>> read_hat_tag("[geel] de tuin is groot")
    (7, <Hat.GEEL: 'geel'>)
    """
    found = _HAT_TAG.match(text)
    return (found.end(), _HATS[found["colour"].casefold()]) if found else None


def read_hat_tail(text: str) -> tuple[int, Hat] | None:
    """Read a hat in brackets at the end of a text: where it begins and the hat.

    >>> read_hat_tail("de tuin is groot (geel)")
    (16, <Hat.GEEL: 'geel'>)
    """
    found = _HAT_TAIL.search(text)
    return (found.start(), _HATS[found["colour"].casefold()]) if found and found.start() else None


def abbreviated_hat(text: str) -> Hat | None:
    """Read a cell below the head *Hoed*: ``de witte``, ``zw.``, ``Gr``; a letter that two hats share is none.

    >>> abbreviated_hat("zw."), abbreviated_hat("de gele hoed"), abbreviated_hat("G")
    (<Hat.ZWART: 'zwart'>, <Hat.GEEL: 'geel'>, None)
    """
    bare = re.sub(r"^(?:de|den|het)\s+|\s*(?:denk)?hoed$", "", text.strip().strip(".:()[]").casefold()).strip(" .")
    hats = {hat for hat in Hat if bare and str(hat).startswith(bare)}
    return find_hat(bare) or (hats.pop() if len(hats) == 1 else None)


_HAT_SPOKEN = re.compile(rf"\b(?P<colour>{ADJECTIVES})\s+(?:denk)?hoed\b", re.IGNORECASE)
_ANNOUNCES = re.compile(
    r"\b(?:begin(?:nen)?|starten?|gaan|overgaan|over|naar|verder|met|nemen|zetten|opzetten|dan|nu|volgende|eerste|tweede"
    r"|derde|vierde|vijfde|laatste|komt|komen|ronde|tijd voor)\b",
    re.IGNORECASE,
)
_LEAVES_HAT = re.compile(
    r"\b(?:af|afzetten|afleggen|weg|klaar met|gehad|voorbij|terug\w*|daarnet|straks|bij de)\b", re.IGNORECASE
)
_BARE_HAT = (
    r"\W*(?:(?:en|dan|nu|goed|ok[ée]|top|merci|dank|tot slot|als laatste|laatste|ten slotte|volgende|eerst|met)\W+)*"
    r"(?:de\s+)?"
)
_COLOUR_SPOKEN = re.compile(
    rf"(?:{_BARE_HAT}|.*\b(?:start\w*|beginnen|sluiten(?: af)?|eindigen|verder|gaan)\s+(?:met|naar)\s+)"
    rf"(?P<colour>{'|'.join(map(str, Hat))})[\W_]*",
    re.IGNORECASE,
)
MAX_ANNOUNCEMENT_WORDS = 40


def announced_hat(text: str, *, is_lead: bool = False) -> Hat | None:
    """Read the hat that a short turn begins with and does not leave; of the lead, the colour alone is enough.

    >>> announced_hat("Goed. En dan de gele hoed: wat loopt er goed?")
    <Hat.GEEL: 'geel'>
    >>> announced_hat("Zet de zwarte hoed nu maar af.") is None
    True
    >>> announced_hat("Merci! En nu zwart, wat kan er mis gaan?", is_lead=True)
    <Hat.ZWART: 'zwart'>
    """
    if len(text.split()) > MAX_ANNOUNCEMENT_WORDS:
        return None
    for clause in reversed(re.split(r"[.:;!?]|,(?=\s)", text)):
        if is_lead and (found := _COLOUR_SPOKEN.fullmatch(clause)):
            return find_hat(found["colour"])
        hats = list(_HAT_SPOKEN.finditer(clause))
        if not hats or _LEAVES_HAT.search(clause):
            continue
        bare = re.fullmatch(rf"{_BARE_HAT}{_HAT_SPOKEN.pattern}\W*", clause, re.IGNORECASE)
        if bare or _ANNOUNCES.search(clause):
            return find_hat(hats[-1]["colour"])
    return None


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
    if inner[0] in _EMOJI:
        hat = find_hat(inner[0].translate(_SIGNS))
        rest = inner[1:].strip("\ufe0f :–-")
        is_title = not rest or len(rest.split()) <= MAX_GLOSS_WORDS and rest[-1] not in ".!?"
        return (
            Heading(rest or str(hat), level if marked else PLAIN_LEVEL, hat, Section.HAT, len(text))
            if is_title
            else None
        )
    for candidate in (_read_hat(inner, level, marked), _read_section(inner, level, marked)):
        if candidate:
            whole = candidate.length == len(inner)
            return replace(candidate, length=len(text) if whole else text.index(inner) + candidate.length)
    if other := _read_other_hat(inner, level, marked):
        return replace(other, length=len(text))
    if text.startswith("#"):
        return Heading(inner.rstrip(": "), level, length=len(text)) if marked else None
    capitals = after_blank and inner.isupper() and sum(c.isalpha() for c in inner) > 3 and not bullet_length(text)
    if (capitals or marked) and len(inner.split()) <= MAX_HEADING_WORDS and inner[-1] not in ".!?":
        return Heading(inner.rstrip(": "), GENERIC_LEVEL, length=len(text))
    return None


def _unwrap(text: str) -> tuple[str, float, bool]:
    """Take the layout off a line: what it says, how deep it lies, whether it is marked as a heading."""
    if (found := _MARKDOWN.fullmatch(text)) and found["text"]:
        inner, _, _ = _unwrap(found["text"]) if found["text"][0] in "*_" else (found["text"], 0, False)
        return inner, float(len(found["marks"])), True
    if found := _WRAPPED.fullmatch(text):
        return found["text"].strip(), BOLD_LEVEL, True
    if (found := _UNDERLINED.fullmatch(text)) and bullet_length(found["text"]) == 0:
        return found["text"].strip(), CAPITALS_LEVEL, True
    if _HAT_IN_BRACKETS.fullmatch(text):
        return text.strip("[](){}: "), BRACKET_LEVEL, True
    return text, CAPITALS_LEVEL if text.split(":")[0].isupper() else PLAIN_LEVEL, False


def _read_hat(inner: str, level: float, marked: bool) -> Heading | None:
    numbering = _NUMBERING.match(inner)
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
            return Heading(body.rstrip(": "), level, _HATS[ends["colour"].casefold()], Section.HAT, len(inner))
        tag = _HAT_TAG.match(body)
        if tag and (marked or _is_known_gloss(body[tag.end() :])) and len(body[tag.end() :].split()) <= MAX_GLOSS_WORDS:
            return Heading(body.rstrip(": "), level, _HATS[tag["colour"].casefold()], Section.HAT, len(inner))
        return None
    words = found.groupdict()
    hat = _NAMED_HATS[words["named"].casefold()] if words.get("named") else _HATS[words["colour"].casefold()]
    rest = words["rest"]
    if marked or _is_gloss(rest):
        return Heading(body.rstrip(": "), level, hat, Section.HAT, len(inner))
    if rest.lstrip()[:1] in (":", "–", "—", "-") and rest[:1] in ": ":
        spoken = rest.lstrip()[1:].lstrip()
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
    known = all(word.strip(",;/&+").casefold() in _GLOSSES or not word.strip(",;/&+") for word in words)
    return known or (len(words) <= MAX_GLOSS_WORDS and rest.rstrip().endswith("?"))


def _read_section(inner: str, level: float, marked: bool) -> Heading | None:
    numbering = _NUMBERING.match(inner)
    body = inner[numbering.end() :] if numbering else inner
    for section, words in _SECTIONS:
        found = re.match(rf"(?:{words})\b(?P<rest>.*)", body, re.IGNORECASE)
        if not found:
            continue
        rest = found["rest"].strip()
        short = len(body.split()) <= MAX_GLOSS_WORDS and not rest.endswith((".", "!", "?"))
        opens = rest in ("", ":") or (rest.endswith(":") and short) or (rest[0] in "–—-(" and short)
        if marked or opens or (level == CAPITALS_LEVEL and short and inner.isupper()):
            return Heading(body.rstrip(": "), level, None, section, len(inner))
        said = _SAID_UNDER.match(body)
        if said and not numbering:
            return Heading(body[: said.end()].rstrip(": "), level, None, section, said.end())
    return None


def _read_other_hat(inner: str, level: float, marked: bool) -> Heading | None:
    found = _OTHER_HAT.fullmatch(inner)
    short = len(inner.split()) <= 3 and (marked or inner.endswith(":") or level == CAPITALS_LEVEL or inner[0].isupper())
    if not found or not (marked or short) or find_hat(found["colour"]):
        return None
    is_process = _PROCESS_HAT.fullmatch(found["colour"]) is not None
    return Heading(inner.rstrip(": "), level, announces_hat=True, is_unknown_hat=not is_process)
