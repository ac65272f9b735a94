"""The header of a session: title, date, place, who led it, who took notes, who sat at the table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from pipeline.core.vocabulary import Role
from pipeline.readers.notes.marks import Line, bullet_length, is_rule, read_heading
from pipeline.readers.notes.speakers import ROLE_WORDS, ROLES_IN_BRACKETS, name_organisation, read_label

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "datum": "date",
        "plaats": "place",
        "locatie": "place",
        "waar": "place",
        "provincie": "province",
        "sessie": "session",
        "sessiecode": "session",
        "versie": "version",
        "status": "version",
        "deelnemers": "participants",
        "aanwezig": "participants",
        "aanwezigen": "participants",
        "gespreksleiding": str(Role.GESPREKSLEIDER),
        "verslag": str(Role.VERSLAGGEVER),
        **{word: str(role) for word, role in ROLE_WORDS.items() if len(word) > 3},
    }
)
OTHER_FIELDS = re.compile(
    r"aantal\b.*|duur|tijd|uur|tijdstip|begin|start|einde|thema|onderwerp|project|studie|organisatie|organisator|opname"
    r"|auteur|titel|tafel|nummer|ronde|regio|gemeente|taal|bestand|verontschuldigd"
)
MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip

_TITLE = re.compile(
    r"(?:(?:verslag|notities|transcript(?:ie)?)\s+(?:van\s+)?(?:de\s+|het\s+)?)?"
    r"(?:dialoogtafel|gesprekstafel|rondetafel|tafel|focusgroep|focusgesprek|groepsgesprek|sessie|bijeenkomst)\b.*",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:[-*•]\s+)?(?:\*\*|__)?(?P<key>[^\W\d_][^:*_\n]{1,30}?)\s*(?:\*\*|__)?\s*:\s*(?:\*\*|__)?\s*(?P<value>.*)"
)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(r"\b(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})\b")
_WORDED = re.compile(r"\b(\d{1,2})(?:e|ste|de)?\s+([a-z]{3,9})\.?\s+['’]?(\d{4}|\d{2})\b")
_SPLIT = re.compile(r"[,;]\s*(?![^(]*\))")
_NAME_WORD = re.compile(r"[A-ZÀ-Þ].*|van|de|der|den|von|le|la|en|&|['’]t|\(.*|.*\)")


@dataclass(slots=True)
class Header:
    """What the header of a session says.

    Attributes:
        title: as written.
        fields: date (ISO), place, province, session and version, where given.
        voices: name, role, organisation of everyone who is named.
        lines: indices of its lines.
        title_line: index of the title among them.
        bad_date: number of the line whose date could not be read.
    """

    title: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    voices: list[tuple[str, Role, str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    title_line: int | None = None
    bad_date: int | None = None


def read_date(text: str) -> str | None:
    """Read a date in one of the ways in which it is written in Belgium and the Netherlands, day before month.

    Returns:
        The ISO date, or None when it is no full or no real date.

    >>> read_date("donderdag 14 maart 2024, 9u30"), read_date("14/3/'24"), read_date("31.02.2024")
    ('2024-03-14', '2024-03-14', None)
    """
    lowered = text.casefold().replace("/'", "/").replace("/’", "/")
    month: int | None
    if found := _ISO.search(lowered):
        year, month, day = (int(part) for part in found.groups())
    elif found := _NUMERIC.search(lowered):
        day, month, year = (int(part) for part in found.groups())
    elif found := _WORDED.search(lowered):
        day, month, year = int(found[1]), _month(found[2]), int(found[3])
    else:
        return None
    if month is None:
        return None
    try:
        return date(year if year >= 100 else 2000 + year, month, day).isoformat()
    except ValueError:
        return None


def _month(word: str) -> int | None:
    short = {"mrt": 3, "sept": 9}
    matches = [i for i, name in enumerate(MONTHS, start=1) if name.startswith(word)]
    return short.get(word) or (matches[0] if len(matches) == 1 else None)


def is_session_start(lines: Sequence[Line], i: int) -> bool:
    """Tell whether a line in the middle of a file is the title of a next session: a header follows it."""
    text = lines[i].text
    if (i and lines[i - 1].text and not is_rule(lines[i - 1].text)) or not _TITLE.fullmatch(text.strip("#*_ ")):
        return False
    return _has_field_below(lines, i) or (
        re.match(r"#{1,2}\s", text) is not None and re.search(r"\d", text) is not None
    )


def read_header(lines: Sequence[Line], start: int) -> Header:
    """Read the header that begins at a line.

    Args:
        lines: all lines of the source.
        start: index of its first visible line.

    Returns:
        The header; without lines where there is none.
    """
    header = Header()
    i = start
    if _is_title(lines, start):
        header.title, header.title_line = lines[start].text.strip("#*_ "), start
        header.lines.append(start)
        i += 1
    while i < len(lines):
        text = lines[i].text
        if not text or is_rule(text):
            if text and (header.lines or text.strip("-") == ""):
                header.lines.append(i)
            i += 1
            continue
        found = None if read_heading(text, after_blank=False) else _read_field(text)
        if found is None:
            break
        _take(header, *found, lines[i])
        header.lines.append(i)
        i += 1
        if found[0] == "participants" and not found[1]:
            i = _read_participants(header, lines, i)
    return header


def _is_title(lines: Sequence[Line], i: int) -> bool:
    text = lines[i].text
    label = read_label(text)
    if bullet_length(text) or (label and label.sure) or _read_field(text):
        return False
    heading = read_heading(text, after_blank=True)
    if heading and (heading.hat or heading.section or heading.announces_hat):
        return False
    if text.startswith("# ") or _TITLE.fullmatch(text.strip("#*_ ")):
        return True
    return _has_field_below(lines, i)


def _has_field_below(lines: Sequence[Line], i: int) -> bool:
    near = (line.text for line in lines[i + 1 : i + 6] if line.text and not is_rule(line.text))
    return _read_field(next(near, "")) is not None


def _read_field(text: str) -> tuple[str, str] | None:
    """Read ``Key: value``; a role is a field only when it names someone, else it is a turn of the talk."""
    found = _FIELD.fullmatch(text)
    if not found:
        return None
    key, value = found["key"].strip().casefold(), found["value"].strip().strip("*_").strip()
    name = FIELDS.get(key) or FIELDS.get(re.sub(r"\(.*\)", "", key).strip())
    if name in set(Role):
        words = [word for word in re.split(r"[\s,]+", value) if word]
        names_someone = 0 < len(words) <= 12 and all(_NAME_WORD.fullmatch(word) for word in words)
        return (str(name), value) if names_someone and value[-1] not in "!?" else None
    if name is None and OTHER_FIELDS.fullmatch(key):
        return "other", value
    return (name, value) if name else None


def _take(header: Header, key: str, value: str, line: Line) -> None:
    if key in set(Role):
        for name in re.split(r"\s*(?:,(?![^(]*\))|;|&|\ben\b)\s*", value):
            if name:
                bare, described = _split_description(name)
                header.voices.append((bare, Role(key), name_organisation(described)))
    elif key == "participants":
        if value and not re.match(r"\d+\b", value):
            for part in _SPLIT.split(value):
                _take_participant(header, part)
    elif key == "date":
        day = read_date(value)
        header.bad_date = header.bad_date if day or not value else line.number
        header.fields.update({"date": day} if day else {})
    elif value and key != "other":
        header.fields.setdefault(key, value)


def _read_participants(header: Header, lines: Sequence[Line], i: int) -> int:
    if i < len(lines) and not lines[i].text and i + 1 < len(lines) and bullet_length(lines[i + 1].text):
        i += 1
    first = i
    while i < len(lines) and (text := lines[i].text):
        bullet = bullet_length(text)
        if read_heading(text, after_blank=False) or (i > first and not bullet and bullet_length(lines[first].text)):
            break
        if not bullet and _read_field(text):
            break
        _take_participant(header, text[bullet:])
        header.lines.append(i)
        i += 1
    return i


def _take_participant(header: Header, text: str) -> None:
    name, described = _split_description(text.strip().strip("*_"))
    words = re.split(r"[\s,]+", described.casefold())
    role = next((ROLE_WORDS[word] for word in words if word in ROLES_IN_BRACKETS), None)
    if name:
        header.voices.append((name, role or Role.DEELNEMER, name_organisation(described)))


def _split_description(text: str) -> tuple[str, str]:
    """Split ``D1 (OCMW X)``, ``D1: OCMW X``, ``D1 – OCMW X`` in name and description."""
    found = re.match(r"(?P<name>[^(:,–—=]+?)\s*(?:[:,–—=]|\s-\s|\()\s*(?P<rest>.*)", text)
    if not found:
        return text.strip().rstrip("."), ""
    return found["name"].strip().strip("*_"), found["rest"].strip().removesuffix(")") if "(" in text else found["rest"]
