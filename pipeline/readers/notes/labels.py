"""Labels of speakers: ``D3:``, ``AV - ...``, ``... (AV)`` or ``[00:12:03] D3``, their names, roles and initials.

`read_labels` gives what could be a label at the beginning or the end of a line, in any of the forms in which people
write one. Which of these count, `speakers` says.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from pipeline.core.vocabulary import Hat, Role
from pipeline.readers.notes.hats import find_hat, find_worn_hat
from pipeline.readers.notes.marks import read_duration, read_time
from pipeline.readers.words import read_meanings, read_pattern, read_words
from pipeline.text.languages import read_gazetteers

ROLE_WORDS: Mapping[str, Role] = {word: Role(role) for word, role in read_meanings("roles").items()}
# In a description, "voorzitter" or "secretaris" is more often a profession than a role in the talk.
ROLES_IN_BRACKETS = frozenset(
    word
    for word in ROLE_WORDS
    if not re.match(r"voorzit|secretar|chair|onderzoeker|présid|animat|host$|rapporteur", word)
)


def any_role_word(min_length: int = 1) -> str:
    """Give the alternatives of a pattern for the words for a role, the longest first; a short one may be no word."""
    return "|".join(sorted((word for word in ROLE_WORDS if len(word) >= min_length), key=len, reverse=True))


_CODE = (
    r"[A-Z][A-Za-z]{0,2}\.?\d{1,2}|[DRPSdrps]\.?\s\d{1,2}|[a-z]\d{1,2}"
    r"|(?:SPEAKER|Speaker|speaker|SPK|spk|Spreker|S)[_-]\d{1,2}"
)
PERSON = read_pattern("persons")
_NUMBERED = rf"(?:{PERSON})\.?[\s_]*(?:nr\.?\s*)?\d{{1,2}}"
_NOBODY = (
    r"\?{1,3}|x{3}|nn|n\.n\.|(?i:anoniem|anonyme|anonymous|naamloos|iemand|someone|quelqu['’]un"
    r"|unknown speaker|onbekende spreker)"
)
SURE = re.compile(
    rf"(?:{_CODE}|{_NOBODY}|\+?\d[\d .]{{7,18}}|(?i:{PERSON})\s[A-Z]"
    rf"|(?i:{_NUMBERED}|(?:(?:de|het|the|le|la)\s+)?(?:{any_role_word()})\.?\s?\d?|allen|iedereen|onbekend))"
)
_TITLE = (
    r"(?:[Dd]e\s+[Hh]eer|[Mm]evr|[Mm]evrouw|[Dd]hr|[Mm]eneer|[Mm]ijnheer|[Mm]w|[Dd]r|[Dd]okter|[Pp]rof|[Jj]uffrouw"
    r"|[Mm]inister(?:-[Pp]resident)?|[Ss]taatssecretaris|[Ss]chepen|[Bb]urgemeester|[Rr]aadslid|[Gg]edeputeerde"
    r"|[Zz]uster|[Pp]ater|[Pp]astoor|[Mm]ej|[Jj]uf|[Mm]eester|[Dd]irect(?:eur|rice)|[Mm]ama|[Pp]apa|[Oo]ma|[Oo]pa"
    r"|[Tt]ante|[Nn]onkel|Mr|Mrs|Ms|Mme|Madame|Monsieur|M)\.?"
)
_LETTERS = r"[\w\u0300-\u036f'’-]"
_WORD = rf"[A-ZÀ-Þ]{_LETTERS}*\.?(?:-?[A-Z]\.)*"
_PARTICLE = r"(?:v\.|van|de|der|den|von|le|la|el|al|bin|ben|ter|ten|te|du|des|'t|’t|d['’](?=[A-Z]))"
NAME = rf"(?:(?:{_TITLE})\s+)?(?:{_PARTICLE}\s+)?{_WORD}(?:\s+(?:{_PARTICLE}(?![\w])|{_WORD})){{0,4}}"
"""Pattern of a name of one to five words, with its title."""
_NAME = re.compile(NAME)
_FUNCTION = re.compile(r"[A-ZÀ-Þ][a-zà-þ-]{2,}(?:\s[a-zà-þ'’-]{2,}){1,3}")
"""Somebody who is known by what they do or are: ``Maatschappelijk werker``, ``Mama tweeling``."""
PARTICLE = re.compile(_PARTICLE)
_LOWER = re.compile(r"(?:(?:de|het|een)\s)?[a-zà-þ][\w'’-]{1,17}(?:\s[a-zA-Z]\.?|\s[a-zà-þ]{3,}){0,2}")
_SIDE = r"[\w.]{1,12}(?:\s[\w.]{1,12}){0,2}|[A-Z]\w+"
PAIR = re.compile(rf"(?P<one>{_SIDE})\s*(?:/|\+|&|,|\ben\b)\s*(?P<other>{_SIDE})")
SAYS = (
    r"(?:zegt|zei|vraagt|vroeg|antwoordt|antwoordde|vult aan|vulde aan|reageert|reageerde|vertelt|vertelde|merkt op"
    r"|merkte op|stelt voor|stelde voor|oppert|opperde|vindt|vond|says|said|dit)(?:\s+dat)?"
)
"""Verbs between a name and its colon."""
_SAYS = rf"(?:\s+{SAYS})?"
_LABEL = re.compile(
    r"(?P<open>\*\*|__)?(?P<name>[^\W_][^:()\[\]*\n]{0,39}?|\+\d[\d .]{6,18}\d|\?{1,3})(?P<after>(?:\*\*|__)?)\s*"
    r"(?:[\u2600-\u26a9\u2700-\u27bf\U0001f300-\U0001f7df\U0001f900-\U0001faff][\ufe0f\u200d\U0001f3fb-\U0001f3ff]*\s*)*"
    r"(?P<bracket>[(\[][^()\[\]\n]{1,80}[)\]](?:\s*[(\[][^()\[\]\n]{1,80}[)\]])?)?\s*(?P<time>\[[\d:.,]+\]|\([\d:.,]+\))?\s*"
    rf"(?:\*\*|__)?{_SAYS}(?:\s*:(?!//)|\s+dubbel ?punt\b)(?:\*\*|__)?(?=\s|$|[^\W\d]|[\"“”„«'‘])\s*"
)
_BRACKET_LABEL = re.compile(
    r"(?:\[{1,2}(?P<square>[^\[\]:\n]{1,40})\]{1,2}|<(?P<angle>[^<>:\n]{1,40})>|\((?P<round>[^():\n]{1,40})\)"
    r"|@(?P<at>[^\W\d_][\w.-]{1,20}))\s*:?\s+"
)
_NO_COLON = re.compile(rf"(?P<name>{SURE.pattern}|{_NAME.pattern})(?P<rest>\s*\([^()\n]{{1,80}}\))?(?=\s|$)\s*")
_DASH = re.compile(
    r"(?P<name>[^\W_][^:()\[\]*\n–—|]{0,29}?|\?{1,3})(?P<rest>\s*\([^()\n]{1,80}\))?\s*"
    r"(?:\s[-–—]+\s+|\s*\|\s*|\s*=>?\s+|\s+(?:[>»→]|->)\s+|\s*;\s+|\s*/\s+|(?<=[A-Z][A-Z])(?:/(?=\S)|[-–]\s+(?=\S))|\s*(?:\.{3}|…)\s+)"
)
_LAST_NAME_FIRST = re.compile(rf"(?P<last>{NAME}),\s(?P<first>{_WORD}(?:[\s-]{_WORD})?)(?:\s*\([^()]*\))?")
_INITIALS_FIRST = re.compile(r"(?P<name>(?:[A-Z]\.){1,4})\s+(?=\S)")
_DOT = re.compile(
    rf"(?P<name>{_WORD}(?:\s{_WORD})?|[a-z]{{2,3}})\.\s+(?=[\"“„'‘A-ZÀ-Þ]|(?<=^[a-z][a-z]\.\s)|(?<=^[a-z][a-z][a-z]\.\s))"
)
_COMMA = re.compile(rf"(?P<name>{_WORD}(?:\s{_WORD})?),\s+(?=\S)")
_GAP = re.compile(r"(?P<name>[^\W_][^:()\[\]*\n\t]{0,29}?)(?:[ ]*\t\s*| {3,}|(?<=[^\W_]) {2}(?=[a-zà-þ\d]))(?=\S)")
_BOLD = re.compile(r"(?:\*\*|__)(?P<name>[^*_:\n]{1,40})(?:\*\*|__)(?P<rest>\s*\([^()\n]{1,80}\))?\s*[-–—,.]?\s+(?=\S)")
_TAIL = re.compile(
    r"(?P<said>.*\S)(?<!\s[*_])\s*(?:[*_]?\(~?(?P<round>[^()\n]{1,40})\)[*_]?|\[(?P<square>[^\[\]\n]{1,40})\]"
    r"|\s(?:[-–—~]+|[/|](?=\s))\s*(?P<dash>[^\W_](?:[^-–—:\n]|(?<=\w)-(?=\w)){0,29}))[.\s]*"
)
_QUOTED = re.compile(
    rf"(?P<said>.*[”\"»])\s*[-–—,(]?\s*(?P<name>{NAME})(?:\s*[(,]\s*\d{{1,3}}(?:\s*jaar|j)?)?\)?[.\s]*"
)
_BEFORE_QUOTE = re.compile(rf"(?P<name>{NAME})\s+(?=[\"“„«][^\"“”„«»]+[\"”»][.,]?$)")
_VERBS_OF_SAYING = (
    r"(?:zegt|zei|vertelt|vertelde|vindt|vond|meent|vraagt|vroeg|besluit|antwoordt|antwoordde|reageert|says|said|dit)"
)
_SAID_BY = re.compile(
    rf"(?P<said>.+(?:[”\"»'’][,.]?|[,–—]|\s-))\s*(?:\(?(?:aldus|dixit|volgens|{_VERBS_OF_SAYING})\s+(?P<name>{NAME})\)?"
    rf"|(?:vult|merkt|voegt)\s+(?P<first>{NAME})\s+(?:er\s+)?(?:aan|op|toe)(?:\s+toe)?)[.\s]*"
)
_SPOKEN = re.compile(r"(?P<name>[^\W\d_][\w'’-]{1,15})\s+(?:zegt|zei|says)\s+(?=[^\W_])")
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_TIME_LAST = re.compile(
    rf"(?:\*\*)?(?P<name>{SURE.pattern}|{_NAME.pattern})(?P<rest>\s*\([^()\n]{{1,80}}\))?(?:\*\*)?\s*[-–—,|]?\s*"
    rf"(?P<time>[\[(]?{_CLOCK}(?:\s?[AaPp]\.?[Mm]\.?)?[\])]?|(?:\d{{1,2}}\s*(?:hours?|uur|u)\s*)?\d{{1,2}}\s*(?:minutes?|minuten|minuut|min|m)"
    rf"\s*\d{{1,2}}\s*(?:seconds?|seconden|s(?:ec)?))(?:\*\*)?:?"
)
INITIALS = re.compile(r"(?:[A-Z]\.?){1,4}|[A-Z][a-z]\.?")
_NO_NAMES = read_words("no_names")
NO_NAMES = frozenset(_NO_NAMES["alone"])
"""Words before a colon that head a remark or a list and never name a speaker."""
ASKS = frozenset(["q", "v", "vr", "i", "iv", "int"])
"""Abbreviations for whoever asks the questions, folded; each may also be somebody's initials."""
_NO_NAME_END = re.compile(rf"{read_pattern('no_name_ends')}$")


_FIRST_WORDS = frozenset(_NO_NAMES["first"])
_LAST_WORDS = frozenset(_NO_NAMES["last"])
_SENTENCE_WORDS = frozenset(_NO_NAMES["sentence"])
"""Words of a sentence: ``Meneer heeft gezegd: ...`` is no label, ``Maatschappelijk werker: ...`` may be one."""


class Form(StrEnum):
    """How a label is set off from what is said."""

    COLON = "colon"
    TIMED = "timed"
    DASH = "dash"
    GAP = "gap"
    BRACKET = "bracket"
    BOLD = "bold"
    TAIL = "tail"
    QUOTED = "quoted"
    ALONE = "alone"
    DOT = "dot"
    SAID = "said"
    SPOKEN = "spoken"
    BARE = "bare"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a turn.

    Attributes:
        name: as written, without what stands in brackets.
        length: characters up to what is said.
        organisation: from the brackets after the name.
        role: from the brackets after the name.
        hat: from the brackets after the name.
        time_s: time code inside the label, in seconds.
        sure: a code, a number or a role; other names count by the evidence of the session.
        form: how it is set off.
        tail: characters of the label at the end of the line.
    """

    name: str
    length: int
    organisation: str | None = None
    role: Role | None = None
    hat: Hat | None = None
    time_s: float | None = None
    sure: bool = False
    form: Form = Form.COLON
    tail: int = 0

    @property
    def is_nobody(self) -> bool:
        """Whether it says that nobody knows who spoke, as ``?:`` does."""
        return re.fullmatch(_NOBODY, self.name, re.IGNORECASE) is not None


@lru_cache(maxsize=1024)
def read_label(text: str, *, after_time: bool = False) -> Label | None:
    """Read the label with a colon or a time at the beginning of a text.

    Args:
        text: from the first character of the label.
        after_time: a time code stands before it, so that it needs no colon.

    Returns:
        The label, or None.

    >>> read_label("D3 (OCMW Polderzicht): wij ook").organisation
    'OCMW Polderzicht'
    >>> read_label("sleutelkastje met code: vijf") is None
    True
    """
    found = _LABEL.match(text)
    if found and (sure := _is_sure(found["name"])) is not None:
        time = read_time(found["time"]) if found["time"] else None
        return _label(found["name"], found["bracket"], found.end(), time[1] if time else None, sure=sure)
    if found := _TIME_LAST.fullmatch(text):
        sure = SURE.fullmatch(found["name"]) is not None
        seconds = read_duration(found["time"])
        return replace(_label(found["name"], found["rest"], len(text), seconds, sure=sure), form=Form.TIMED)
    if after_time and (found := _NO_COLON.match(text)):
        sure = SURE.fullmatch(found["name"]) is not None
        if sure or found.end() == len(text):
            return replace(_label(found["name"], found["rest"], found.end(), None, sure=sure), form=Form.TIMED)
    return None


def read_labels(
    text: str, *, after_time: bool = False, leads: Collection[str] = (), marked: Collection[str] = ()
) -> Iterator[Label]:
    """Give every way to read a label in a text, the plainest first; which of them count, `Speakers` says.

    Args:
        text: from the first character that may belong to a label.
        after_time: a time code stands before it.
        leads: words that are set in bold at the beginning of paragraphs.
        marked: names, folded, that the file itself marks as speakers, be they words that name nobody elsewhere.

    >>> [(label.name, str(label.form)) for label in read_labels("AV - te ver")]
    [('AV', 'dash')]
    >>> [(label.name, label.tail) for label in read_labels("te ver (AV)")]
    [('AV', 5)]
    """
    first = read_label(text, after_time=after_time)
    if first:
        yield replace(first, form=Form.TIMED) if after_time and first.form is Form.COLON else first
    elif found := _LABEL.match(text):
        pair = PAIR.fullmatch(found["name"])
        is_pair = pair is not None and None not in (_is_sure(pair["one"]), _is_sure(pair["other"]))
        if fold(found["name"]) in marked:
            yield _label(found["name"], found["bracket"], found.end(), None, sure=False)
        elif "," in found["name"] and not is_pair:
            yield from _candidate(found["name"], None, found.end(), Form.COLON)
        elif is_pair or _LOWER.fullmatch(found["name"]):
            yield _label(found["name"], found["bracket"], found.end(), None, sure=False)
    yield from _set_off(text, leads)
    bare = text.strip("*_ ").rstrip(":").strip()
    if (found := _LAST_NAME_FIRST.fullmatch(bare)) and fold(bare) in marked:
        yield replace(_label(f"{found['first']} {found['last']}", None, len(text), None, sure=True), form=Form.ALONE)
    if len(bare) <= MAX_ALONE and (found := _NO_COLON.fullmatch(bare)) and not (first and first.form is Form.TIMED):
        yield from _candidate(found["name"], found["rest"], len(text), Form.ALONE)
    yield from _at_the_end(text)


def _at_the_end(text: str) -> Iterator[Label]:
    """Give the labels at the end of a text: who said it, or is quoted."""
    if found := _SAID_BY.fullmatch(text):
        name = found["name"] or found["first"]
        for label in _candidate(name.rstrip(". "), None, 0, Form.SAID):
            yield replace(label, tail=len(text) - len(found["said"].rstrip(" ,-–—")))
    if found := _QUOTED.fullmatch(text):
        for label in _candidate(found["name"].rstrip(" "), None, 0, Form.QUOTED):
            yield replace(label, tail=len(text) - len(found["said"]))
    if found := _TAIL.fullmatch(text):
        name = found["round"] or found["square"] or found["dash"]
        for label in _candidate(name.rstrip(". "), None, 0, Form.TAIL):
            yield replace(label, tail=len(text) - len(found["said"]))


MAX_ALONE = 40


def _set_off(text: str, leads: Collection[str]) -> Iterator[Label]:
    """Give the labels at the beginning of a text that are set off otherwise than by a colon."""
    if found := _BRACKET_LABEL.match(text):
        yield from _candidate(found[found.lastgroup or 0], None, found.end(), Form.BRACKET)
    for lead in leads:
        if text.startswith(lead) and (gap := re.match(r"\s*[-–—,.]?\s+(?=\S)", text[len(lead) :])):
            yield from _candidate(lead, None, len(lead) + gap.end(), Form.BOLD)
    for form, pattern in ((Form.QUOTED, _BEFORE_QUOTE), (Form.BOLD, _BOLD), (Form.DASH, _DASH), (Form.COMMA, _COMMA)):
        if found := pattern.match(text):
            yield from _candidate(found["name"], found.groupdict().get("rest"), found.end(), form)
    if (found := _DOT.match(text)) and not TITLES.match(f"{plain(found['name'])} x"):
        yield replace(_label(found["name"], None, found.end(), None, sure=False), form=Form.DOT)
    if (found := _SPOKEN.match(text)) and not is_no_name(found["name"]):
        yield replace(_label(found["name"], None, found.end(), None, sure=False), form=Form.SPOKEN)
    if found := _GAP.match(text) or _INITIALS_FIRST.match(text):
        yield from _candidate(found["name"], None, found.end(), Form.GAP)


def _candidate(name: str, bracket: str | None, length: int, form: Form) -> Iterator[Label]:
    name = name.strip()
    if (pair := PAIR.fullmatch(name)) and None not in (_is_sure(pair["one"]), _is_sure(pair["other"])):
        yield replace(_label(name, bracket, length, None, sure=False), form=form)
        if "," not in name:
            return
    sure = _is_sure(name)
    if sure is None and form in (Form.TAIL, Form.BRACKET, Form.DASH, Form.COLON) and "," in name:
        # "(AV, bewoner)" names somebody and describes them.
        name, _, described = name.partition(",")
        sure, bracket = _is_sure(name.strip()), f"({described.strip()})"
    if sure is not None:
        yield replace(_label(name, bracket, length, None, sure=sure), form=form)


def role_in_label(name: str) -> Role | None:
    """Read the role in a label such as ``Moderator Eva`` or ``Eva moderator``.

    >>> role_in_label("Moderator Eva"), role_in_label("Eva Peeters") is None
    (<Role.GESPREKSLEIDER: 'gespreksleider'>, True)
    """
    words = name.casefold().split()
    ends = (words[0], words[-1]) if len(words) > 1 else ()
    return next((ROLE_WORDS[word] for word in ends if word in ROLES_IN_BRACKETS and len(word) > 3), None)


def read_name(text: str) -> Label | None:
    """Read a heading that is nothing but the label of a speaker, such as ``D3 (zwart)``.

    >>> read_name("Notities van D3").name
    'D3'
    """
    bare = re.sub(r"^(?:\w+\s+)?(?:notities?|nota['’]?s?)\s*(?:van|door|[–—:-])?\s+", "", text, flags=re.IGNORECASE)
    found = _NO_COLON.fullmatch(bare.rstrip(": "))
    if not found or not SURE.fullmatch(found["name"]):
        return None
    return _label(found["name"], found["rest"], len(text), None, sure=True)


def is_no_name(name: str, *, is_listed: bool = False) -> bool:
    """Tell whether a word or two before a colon, or in a list of people, head a remark, and name nobody.

    >>> is_no_name("Bijvoorbeeld"), is_no_name("Meneer heeft gezegd"), is_no_name("Fatma")
    (True, True, False)
    """
    if not _SENTENCE_WORDS.isdisjoint(name.split()[1:]):
        return True
    if TITLES.match(name.casefold()):
        # A title says that a name follows, be it "De Wit".
        return False
    if found := re.match(r"(?:de|den|van|van de[nr]?|ten?|ter|la|le)\s+(?=[A-ZÀ-Þ])", name, re.IGNORECASE):
        # So does a particle: "De Smedt" is a name as "Smedt" is.
        name = name[found.end() :]
    words = [word.strip(".'’") for word in name.casefold().split()]
    if len(words) > 1 and words[0] in ("de", "het", "een"):
        # "de poetsvrouw" is somebody; "de vraag" and "het is" are not.
        words = words[1:]
    is_given = len(words) == 1 and name.capitalize() in read_gazetteers().given
    if not words or words[0] in NO_NAMES or words[-1] in NO_NAMES | _LAST_WORDS:
        return True
    if words[0] in _FIRST_WORDS:
        # "Elke" before a colon is somebody; "Elke dag" is not.
        return not is_given
    return len(words) == 1 and not (is_given or is_listed) and bool(len(words[0]) > 5 and _NO_NAME_END.search(words[0]))


_INITIALS_TOO = frozenset(["NB", "PS", "BV", "VB", "TEL"])
"""Abbreviations that also are somebody's initials: they count where the notes say so."""


def _is_sure(name: str) -> bool | None:
    """Say whether a label is sure, possible (False) or none at all (None)."""
    if SURE.fullmatch(name):
        return True
    possible = (
        (_NAME.fullmatch(name) or _FUNCTION.fullmatch(name))
        and len(name) <= 40
        and (name in _INITIALS_TOO or not is_no_name(name))
        and not find_hat(name)
    )
    return False if possible else None


def _label(name: str, bracket: str | None, length: int, time_s: float | None, *, sure: bool) -> Label:
    hat, role, kept = None, None, []
    for part in (piece.strip() for piece in re.split(r"[,;]|[)\]]\s*[(\[]", (bracket or "").strip(" ()[]"))):
        if part == "Groen" and _IN_COUNCIL.match(name.casefold()):
            # Beside a member of a council stands a party.
            kept.append(part)
        elif found := find_worn_hat(part):
            hat = found
        elif part.rstrip(".").casefold() in ROLES_IN_BRACKETS:
            role = ROLE_WORDS[part.rstrip(".").casefold()]
        elif found_time := read_time(f"[{part}]"):
            time_s = found_time[1]
        elif part:
            kept.append(part)
    role = role or role_in_label(name)
    return Label(name.strip(), length, name_organisation(", ".join(kept)), role, hat, time_s, sure)


def name_organisation(description: str) -> str | None:
    """Take the organisation from a description of a participant: its parts that hold a proper name.

    >>> name_organisation("coördinator, vzw De Klaproos"), name_organisation("bewoonster, 84 jaar")
    ('vzw De Klaproos', None)
    """
    parts = [part.strip() for part in description.split(",")]
    return ", ".join(part for part in parts if any(c.isupper() for c in part)) or None


TITLES = re.compile(rf"^(?P<title>{read_pattern('titles')})\b\.?\s+(?=\S)")
_IN_COUNCIL = re.compile(r"minister|staatssecretaris|schepen|burgemeester|raadslid|gedeputeerde")
WOMEN = frozenset(
    {"mevr", "mevrouw", "mw", "mej", "juffrouw", "juf", "directrice", "mama", "oma", "mme", "mrs", "ms", "madame"}
)


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Give what all spellings of one label share: ``d 03``, ``D.3`` and ``Deelnemer 3`` are one.

    >>> fold("Dln. 03"), fold("GL"), fold("Mevr. Ann"), fold("De voorzitter")
    ('d3', 'gespreksleider', 'ann', 'gespreksleider')
    """
    bare = TITLES.sub("", plain(name))
    if (word := re.sub(r"^(?:de|het|the|le|la)\s+", "", bare)) in ROLE_WORDS:
        bare = word
    compact = re.sub(r"[\s.]", "", bare)
    # A number of three figures is an identifier, and stays as it is.
    if found := re.fullmatch(r"([a-z]+)(\d{1,2})", compact):
        word = "d" if re.fullmatch(r"deelnemer|deelneemster|dlnr?", found[1]) else found[1]
        return f"{ROLE_WORDS.get(word, word)}{int(found[2])}"
    return str(ROLE_WORDS.get(compact, " ".join(bare.split())))


def plain(name: str) -> str:
    """Give a name in lower case, without accents."""
    kept = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(kept).replace("’", "'").split())


def initials_of(name: str) -> list[str]:
    """Give the initials by which somebody may be written, the likeliest first.

    >>> initials_of("An V."), initials_of("Bilal"), initials_of("Mevr. De Smet")
    (['av', 'an'], ['bi', 'b'], ['ds', 's', 'de'])
    """
    words = [word for word in re.split(r"[\s.-]+", TITLES.sub("", plain(name))) if word[:1].isalpha()]
    if len(words) == 1:
        titled = [f"m{words[0][0]}"] if TITLES.match(plain(name)) else []
        return [words[0][:2], words[0][:1], *titled] if len(words[0]) > 2 else []
    if not words:
        return []
    every = "".join(word[0] for word in words)
    main = "".join(word[0] for word in words if not re.fullmatch(_PARTICLE, word))
    ends = words[0][0] + words[-1][0]
    two = words[0][:2] if len(words[0]) > 1 else ""
    return list(dict.fromkeys(each for each in (every, main, ends, two) if each and each != plain(name)))
