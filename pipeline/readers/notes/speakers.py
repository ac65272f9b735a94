"""Who speaks: labels such as ``D3:``, ``Gespreksleider:`` or ``[00:12:03] D3``, their roles and merged spellings."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.core.vocabulary import Hat, Role
from pipeline.readers.notes.marks import Line, bullet_length, find_hat, is_rule, read_heading, read_time

ROLE_WORDS: Mapping[str, Role] = MappingProxyType(
    {
        "gespreksleider": Role.GESPREKSLEIDER,
        "gespreksleidster": Role.GESPREKSLEIDER,
        "gespreksl": Role.GESPREKSLEIDER,
        "gl": Role.GESPREKSLEIDER,
        "moderator": Role.GESPREKSLEIDER,
        "mod": Role.GESPREKSLEIDER,
        "begeleider": Role.GESPREKSLEIDER,
        "begeleidster": Role.GESPREKSLEIDER,
        "facilitator": Role.GESPREKSLEIDER,
        "interviewer": Role.GESPREKSLEIDER,
        "int": Role.GESPREKSLEIDER,
        "voorzitter": Role.GESPREKSLEIDER,
        "verslaggever": Role.VERSLAGGEVER,
        "verslaggeefster": Role.VERSLAGGEVER,
        "vg": Role.VERSLAGGEVER,
        "notulist": Role.VERSLAGGEVER,
        "secretaris": Role.VERSLAGGEVER,
        "gastheer": Role.GASTHEER,
        "gastvrouw": Role.GASTHEER,
        "gh": Role.GASTHEER,
    }
)
# In a description, "voorzitter" or "begeleidster" is more often a profession than a role in the talk.
ROLES_IN_BRACKETS = frozenset(
    word for word in ROLE_WORDS if not re.match(r"begeleid|voorzitter|secretaris|facilitator|int$|mod$", word)
)
_ROLE = "|".join(sorted(ROLE_WORDS, key=len, reverse=True))
_CODE = r"[A-Z][A-Za-z]{0,2}\.?\d{1,2}|[DRPSdrps]\.?\s\d{1,2}|[a-z]\d{1,2}"
_NUMBERED = r"(?:deelnemer|deelneemster|dln|dlnr|spreker|speaker|respondent|participant|persoon|stem)\.?\s*\d{1,2}"
_SURE = re.compile(rf"(?:{_CODE}|(?i:{_NUMBERED}|(?:{_ROLE})\.?\s?\d?|allen|iedereen|onbekend))")
_NAME = re.compile(
    r"(?:(?:[Mm]evr|[Mm]evrouw|[Dd]hr|[Mm]eneer|[Mm]w|[Dd]r)\.?\s+)?[A-ZÀ-Þ][\w'’-]*"
    r"(?:\s+(?:van|de|der|den|von|le|la|'t|’t|[A-ZÀ-Þ][\w'’.-]*)){0,4}"
)
_LABEL = re.compile(
    r"(?P<open>\*\*|__)?(?P<name>[^\W_][^:()\[\]*\n]{0,39}?)(?P<after>(?:\*\*|__)?)\s*"
    r"(?P<bracket>[(\[][^()\[\]\n]{1,80}[)\]])?\s*(?P<time>\[[\d:.,]+\]|\([\d:.,]+\))?\s*"
    r"(?:\*\*|__)?\s*:(?!//)(?:\*\*|__)?(?=\s|$|[^\W\d])\s*"
)
_NO_COLON = re.compile(rf"(?P<name>{_SURE.pattern}|{_NAME.pattern})(?P<rest>\s*\([^()\n]{{1,80}}\))?(?=\s|$)\s*")
_TIME_LAST = re.compile(rf"(?P<name>{_SURE.pattern}|{_NAME.pattern})\s+(?P<time>[\[(]?[\d:.,]{{4,12}}[\])]?)")
_NOT_A_NAME = frozenset(
    """vraag antwoord opmerking opmerkingen nota nb ps besluit conclusie idee voorbeeld actie kans kansen knelpunt
    knelpunten bron datum plaats locatie provincie deelnemers aanwezig thema onderwerp duur tijd uur samenvatting
    citaat""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Label:
    """The label in front of a turn.

    Attributes:
        name: as written, without what stands in brackets.
        length: characters up to what is said.
        organisation: from the brackets after the name.
        role: from the brackets after the name.
        hat: from the brackets after the name.
        time_s: time code inside the label, in seconds.
        sure: a code, a number or a role; other names count only when they return.
    """

    name: str
    length: int
    organisation: str | None = None
    role: Role | None = None
    hat: Hat | None = None
    time_s: float | None = None
    sure: bool = False


def read_label(text: str, *, after_time: bool = False) -> Label | None:
    """Read the label at the beginning of a text.

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
    if (found := _TIME_LAST.fullmatch(text)) and (time := read_time(f"[{found['time'].strip('[]()')}]")):
        return _label(found["name"], None, found.end(), time[1], sure=_SURE.fullmatch(found["name"]) is not None)
    if after_time and (found := _NO_COLON.match(text)):
        sure = _SURE.fullmatch(found["name"]) is not None
        if sure or found.end() == len(text):
            return _label(found["name"], found["rest"], found.end(), None, sure=sure)
    return None


def read_name(text: str) -> Label | None:
    """Read a heading that is nothing but the label of a speaker, such as ``D3 (zwart)``.

    >>> read_name("Notities van D3").name
    'D3'
    """
    bare = re.sub(r"^(?:\w+\s+)?(?:notities?|nota['’]?s?)\s*(?:van|door|[–—:-])?\s+", "", text, flags=re.IGNORECASE)
    found = _NO_COLON.fullmatch(bare.rstrip(": "))
    if not found or not _SURE.fullmatch(found["name"]):
        return None
    return _label(found["name"], found["rest"], len(text), None, sure=True)


def _is_sure(name: str) -> bool | None:
    """Say whether a label is sure, possible (False) or none at all (None)."""
    if _SURE.fullmatch(name):
        return True
    possible = _NAME.fullmatch(name) and len(name) <= 30 and name.casefold() not in _NOT_A_NAME and not find_hat(name)
    return False if possible else None


def _label(name: str, bracket: str | None, length: int, time_s: float | None, *, sure: bool) -> Label:
    hat, role, kept = None, None, []
    for part in (piece.strip() for piece in (bracket or "").strip(" ()[]").split(",")):
        if found := find_hat(re.sub(r"\s+hoed$", "", part, flags=re.IGNORECASE)):
            hat = found
        elif part.rstrip(".").casefold() in ROLES_IN_BRACKETS:
            role = ROLE_WORDS[part.rstrip(".").casefold()]
        elif found_time := read_time(f"[{part}]"):
            time_s = found_time[1]
        elif part:
            kept.append(part)
    return Label(name.strip(), length, name_organisation(", ".join(kept)), role, hat, time_s, sure)


def name_organisation(description: str) -> str | None:
    """Take the organisation from a description of a participant: its parts that hold a proper name.

    >>> name_organisation("coördinator, vzw De Klaproos"), name_organisation("bewoonster, 84 jaar")
    ('vzw De Klaproos', None)
    """
    parts = [part.strip() for part in description.split(",")]
    return ", ".join(part for part in parts if any(c.isupper() for c in part)) or None


def fold(name: str) -> str:
    """Give what all spellings of one label share: ``d 03``, ``D.3`` and ``Deelnemer 3`` are one.

    >>> fold("Dln. 03"), fold("GL"), fold("Mevr. Ann")
    ('d3', 'gespreksleider', 'ann')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    plain = re.sub(r"^(?:mevr|mevrouw|dhr|meneer|mw|dr)\b\.?\s+", "", plain)
    compact = re.sub(r"[\s.]", "", plain)
    if found := re.fullmatch(r"([a-z]+?)0*(\d+)", compact):
        word = "d" if re.fullmatch(r"deelnemer|deelneemster|dlnr?", found[1]) else found[1]
        return f"{ROLE_WORDS.get(word, word)}{found[2]}"
    return str(ROLE_WORDS.get(compact, " ".join(plain.split())))


@dataclass(slots=True)
class _Voice:
    speaker: str
    role: Role
    organisation: str | None = None
    spellings: Counter[str] = field(default_factory=Counter)


class Voices:
    """The speakers of one session: which labels count, and whose they are."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """Count the labels that open a line, so that a name counts once it returns."""
        self._voices: dict[str, _Voice] = {}
        self._aliases: dict[str, str] = {}
        self._codes: set[str] = set()
        self._seen: Counter[str] = Counter()
        for line in lines:
            if line.text and not is_rule(line.text) and not bullet_length(line.text):
                time = read_time(line.text)
                label = read_label(line.text[time[0] :] if time else line.text, after_time=time is not None)
                if label and read_heading(line.text, after_blank=False) is None:
                    self._seen[fold(label.name)] += 1

    def declare(self, name: str, role: Role, organisation: str | None = None) -> None:
        """Note a voice that the header names."""
        if role is Role.DEELNEMER:
            voice = self._find(name, role)
            voice.organisation = voice.organisation or organisation
            if code := re.fullmatch(r"([a-z]+)\d+", fold(name)):
                self._codes.add(code[1])
            self._alias(name, fold(name))
        else:
            self._find(str(role), role).organisation = organisation
            self._alias(name, str(role))

    def _alias(self, name: str, key: str) -> None:
        folded = fold(name)
        self._aliases.setdefault(folded, key)
        first = folded.split()[0]
        if first != folded and not re.search(r"\d", folded):
            # A first name stands for one person only when no other declared person bears it.
            self._aliases[first] = key if self._aliases.get(first, key) == key else ""

    def _find(self, name: str, role: Role) -> _Voice:
        return self._voices.setdefault(fold(name), _Voice(_as_shown(name, role), role))

    def accepts(self, label: Label, *, in_bullet: bool) -> bool:
        """Tell whether a label is that of a speaker."""
        key = fold(label.name)
        if self._aliases.get(key):
            return True
        if label.sure:
            code = re.fullmatch(r"([a-z]+)\d+", key)
            foreign = code and code[1] not in ("spreker", "speaker", "respondent", "participant", "persoon", "stem")
            return not (foreign and self._codes and code and code[1] not in self._codes and code[1] not in set(Role))
        return not in_bullet and self._seen[key] >= 2 and len(self._seen) >= 2

    def resolve(self, label: Label) -> tuple[str, Role]:
        """Say whose label it is, and keep its spelling.

        Returns:
            The speaker, spelling unified, and the role.
        """
        key = self._aliases.get(fold(label.name)) or fold(label.name)
        role = label.role or next((Role(r) for r in Role if key.rstrip("0123456789") == str(r)), Role.DEELNEMER)
        known = key in self._voices or key.rstrip("0123456789") in set(Role)
        voice = self._find(key if known else label.name, role)
        voice.spellings[label.name] += 1
        voice.organisation = voice.organisation or label.organisation
        return voice.speaker, voice.role

    def rows(self, session: str) -> list[dict[str, object]]:
        """Give the rows of ``speakers``."""
        return [
            {
                "session": session,
                "speaker": voice.speaker,
                "role": str(voice.role),
                "organisation": voice.organisation,
                "spellings": sorted(voice.spellings) or [voice.speaker],
            }
            for voice in self._voices.values()
        ]


def _as_shown(name: str, role: Role) -> str:
    key = fold(name)
    if role is not Role.DEELNEMER and key.rstrip("0123456789") in set(Role):
        return key.capitalize()
    return key.upper() if re.fullmatch(r"[a-z]{1,3}\d+", key) else " ".join(name.split())
