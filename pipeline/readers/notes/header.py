"""The header of a session: title, date, place, who led it, who took notes, who sat at the table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from pipeline.core.vocabulary import Role
from pipeline.readers.notes.labels import (
    ROLE_WORDS,
    ROLES_IN_BRACKETS,
    initials_of,
    is_no_name,
    name_organisation,
    read_label,
)
from pipeline.readers.notes.marks import Line, bullet_length, is_rule, read_heading, read_time

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
        **dict.fromkeys(("aanw", "aanw.", "deeln", "deeln.", "dln", "wie", "aanwezig zijn"), "participants"),
        **dict.fromkeys(
            (
                "aanwezige deelnemers",
                "aanwezige personen",
                "aan tafel",
                "rond de tafel",
                "tafelgenoten",
                "present",
                "presents",
                "présents",
                "participants",
                "attendees",
                "attending",
                "deelneemsters",
                "respondenten",
                "geïnterviewden",
                "gesprekspartners",
                "waren aanwezig",
                "deelnemerslijst",
                "aanwezigheden",
                "groep",
            ),
            "participants",
        ),
        "date": "date",
        "place": "place",
        "lieu": "place",
        "location": "place",
        "gespreksleiding": str(Role.GESPREKSLEIDER),
        "verslag": str(Role.VERSLAGGEVER),
        **{word: str(role) for word, role in ROLE_WORDS.items() if len(word) > 3},
    }
)
OTHER_FIELDS = re.compile(
    r"aantal\b.*|duur|tijd|uur|tijdstip|begin|start|einde|thema|onderwerp|project|studie|organisatie|organisator|opname"
    r"|auteur|titel|tafel|nummer|ronde|regio|gemeente|taal|bestand|verontschuldig.*|afwezig.*|excuses|excusés?|absent"
    r"|doel|opdracht|methode|werkvorm|setting|aanleiding|betreft|onderwerp|bijlagen?|cc|aan|van|project.*"
)
MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip

OTHER_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        name: number
        for names in (
            "january february march april may june july august september october november december",
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "jan feb mar apr may jun jul aug sep oct nov dec",
        )
        for number, name in enumerate(names.split(), start=1)
    }
)
"""English and French, for notes of mixed groups."""

_TITLE = re.compile(
    r"(?:(?:verslag|notities|transcript(?:ie)?)\s+(?:van\s+)?(?:de\s+|het\s+)?)?"
    r"(?:dialoogtafel|gesprekstafel|rondetafel|tafel|focusgroep|focusgesprek|groepsgesprek|sessie|bijeenkomst)\b.*",
    re.IGNORECASE,
)
_OTHER_TITLE = re.compile(
    r"(?:(?:verslag|notities|transcript(?:ie)?|notulen|uitgetypt)\b.*|(?:diepte-?)?(?:interview|gesprek|entretien)\b.*"
    r"|(?:gemeente|stads|districts|provincie)?(?:raads)?(?:zitting|vergadering|raad|commissie)\b.*|workshop\b.*"
    r"|(?:focus group|table|session|meeting|notes)\b.*|groupe\b.*|brainstorm.*|bevraging.*|overleg.*)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:\d{1,2}\s*(?:u|h|uur)\s*)?(?:\d{1,2}\s*m(?:in)?\s*)?(?:\d{1,2}\s*s)?"
    r"|(?:van )?\d{1,2}[u:.h]\d{0,2}\s*(?:-|–|tot)\s*\d{1,2}[u:.h]\d{0,2}"
)
MAX_SKIPPED, MAX_TITLE_WORDS, MAX_DATE_WORDS = 6, 14, 10
_FIELD = re.compile(
    r"(?:[-*•]\s+)?(?:\*\*|__)?(?P<key>[^\W\d_][^:*_\n]{1,30}?)\s*(?:\*\*|__)?\s*:\s*(?:\*\*|__)?\s*(?P<value>.*)"
)
_DASHED_ROLE = re.compile(
    rf"(?P<key>(?i:{'|'.join(sorted((w for w in ROLE_WORDS if len(w) > 3), key=len, reverse=True))}))\s+[-–—]\s+"
    r"(?P<value>(?!(?i:welkom|goede|dag|hallo|beste)\b)[A-ZÀ-Þ][\w'’.-]*(?:\s+[\w'’.-]+){0,3})"
)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(r"\b(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})\b")
_WORDED = re.compile(r"\b(\d{1,2})(?:e|ste|de)?\s+([a-zéû]{3,9})\.?,?\s+['’]?(\d{4}|\d{2})\b")
_SPLIT = re.compile(r"(?:[,;/]\s*|\s+(?:en|et|and|&|\+)\s+(?=[A-ZÀ-Þ]))(?![^(]*\))")
_NAME_WORD = re.compile(r"[A-ZÀ-Þ].*|van|de|der|den|von|le|la|en|&|['’]t|\(.*|.*\)")


@dataclass(slots=True)
class Header:
    """What the header of a session says.

    Attributes:
        title: as written.
        fields: date (ISO), place, province, session and version, where given.
        people: name, role, organisation of everyone who is named.
        initials: name to the initials that the header gives for it.
        doubtful: names whose role may be their profession.
        lines: indices of its lines.
        title_line: index of the title among them.
        bad_date: number of the line whose date could not be read.
    """

    title: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    people: list[tuple[str, Role, str | None]] = field(default_factory=list)
    initials: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
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
    short = {"mrt": 3, "sept": 9, **OTHER_MONTHS}
    matches = [i for i, name in enumerate(MONTHS, start=1) if name.startswith(word)]
    return short.get(word) or (matches[0] if len(matches) == 1 else None)


def is_session_start(lines: Sequence[Line], i: int) -> bool:
    """Tell whether a line in the middle of a file is the title of a next session: a header follows it."""
    text = lines[i].text
    bare = text.strip("#*_=-~ ")
    is_drawn = re.match(r"[=~-]{2,}\s*[^\W_].*[=~-]{2,}$", text) is not None
    has_line_above = i > 0 and bool(lines[i - 1].text) and not is_rule(lines[i - 1].text)
    if (has_line_above and not is_drawn) or not _TITLE.fullmatch(bare):
        return False
    is_numbered = re.search(r"\d", text) is not None
    return (
        _has_field_below(lines, i)
        or is_drawn
        or (is_numbered and re.match(r"#{1,2}\s", text) is not None)
        or (
            is_numbered
            and len(bare.split()) <= MAX_TITLE_WORDS
            and bare[-1:] not in ".!?:;,"
            and _has_hat_below(lines, i)
        )
    )


def _has_hat_below(lines: Sequence[Line], i: int) -> bool:
    below = next((line.text for line in lines[i + 1 :] if line.text and not is_rule(line.text)), "")
    heading = read_heading(below, after_blank=True)
    return heading is not None and heading.hat is not None


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
        header.title, header.title_line = lines[start].text.strip("#*_=-~ "), start
        header.lines.append(start)
        if day := read_date(header.title):
            header.fields["date"] = day
        i += 1
    while i < len(lines):
        text = lines[i].text
        if not text or is_rule(text):
            if text and (header.lines or text.strip("-") == ""):
                header.lines.append(i)
            i += 1
            continue
        found = None if _is_content(lines, i) else _read_field(text) or _read_bare(text)
        if found is None:
            # What stands between the fields, such as a word of welcome, is no part of the header.
            i = _next_field(lines, i)
            if i == len(lines):
                break
            continue
        _take(header, *found, lines[i])
        header.lines.append(i)
        i += 1
        if found[0] == "participants" and not found[1]:
            i = _read_participants(header, lines, i)
    _settle_leads(header)
    return header


def _is_content(lines: Sequence[Line], i: int) -> bool:
    """Tell whether the talk has begun at a line: the heading of a hat or a part, a bullet, a turn."""
    return read_heading(lines[i].text, after_blank=False) is not None


def _next_field(lines: Sequence[Line], i: int) -> int:
    """Find the next line that says who is there, or when; none of the talk lies before it."""
    skipped = 0
    while i < len(lines) and skipped <= MAX_SKIPPED:
        text = lines[i].text
        if text and not is_rule(text):
            # A heading is never a field, also where it holds a date: the header would be read at it for ever.
            bare = None if _is_content(lines, i) else _read_field(text) or _read_bare(text)
            if bare and bare[0] in ("participants", "date", *set(Role)):
                return i
            label = read_label(text)
            if _is_content(lines, i) or bullet_length(text) or (label and label.sure) or read_time(text):
                break
            skipped += 1
        i += 1
    return len(lines)


def _read_bare(text: str) -> tuple[str, str] | None:
    """Read a date, or the length of the recording, that stands alone on its line."""
    label = read_label(text)
    if len(text.split()) <= MAX_DATE_WORDS and not bullet_length(text) and read_date(text) and not label:
        return "date", text
    if re.fullmatch(_BARE, text) and any(c.isdigit() for c in text):
        return "other", text
    if (found := _NO_COLON.search(text)) and (not found.start() or text[: found.start()].rstrip().endswith((".", ":"))):
        return "participants", text[found.end() :]
    return None


_NO_COLON = re.compile(
    r"(?:aanwezig(?:en)?|deelnemers)\s+(?:waren\s+|zijn\s+)?(?=[A-Z][\w.]*\b(?:\s+[A-Z(][\w.]*)*[,;(]|[A-Z]\w+ en )",
    re.IGNORECASE,
)


def _is_title(lines: Sequence[Line], i: int) -> bool:
    text = lines[i].text
    label = read_label(text)
    if bullet_length(text) or (label and label.sure) or _read_field(text) or read_time(text):
        return False
    heading = read_heading(text, after_blank=True)
    if heading and (heading.hat or heading.section or heading.announces_hat):
        return False
    bare = text.strip("#*_=-~ ")
    if text.startswith("# ") or _TITLE.fullmatch(bare):
        return True
    is_short = len(bare.split()) <= MAX_TITLE_WORDS and bare[-1:] not in ".!?" and not read_time(text)
    if is_short and _OTHER_TITLE.fullmatch(bare):
        return True
    return is_short and (_has_field_below(lines, i) or _stands_apart(lines, i))


def _stands_apart(lines: Sequence[Line], i: int) -> bool:
    """Tell whether a first line has a blank line below it, and then a hat, a turn or a time."""
    if i + 2 >= len(lines) or lines[i + 1].text or not lines[i].text[:1].isupper() or read_label(lines[i].text):
        return False
    below = next((line.text for line in lines[i + 1 :] if line.text), "")
    heading = read_heading(below, after_blank=True)
    return bool(read_label(below) or read_time(below) or (heading and (heading.hat or heading.section)))


def _has_field_below(lines: Sequence[Line], i: int) -> bool:
    near = next((line.text for line in lines[i + 1 : i + 6] if line.text and not is_rule(line.text)), "")
    return _read_field(near) is not None or (_read_bare(near) or ("",))[0] == "date"


def _read_field(text: str) -> tuple[str, str] | None:
    """Read ``Key: value``; a role is a field only when it names someone, else it is a turn of the talk."""
    found = _FIELD.fullmatch(text) or _DASHED_ROLE.fullmatch(text)
    if not found:
        return None
    key, value = found["key"].strip().casefold(), found["value"].strip().strip("*_").strip()
    bare = re.sub(r"\(.*\)|\b(?:waren|zijn|namen|met naam|op de tafel)\b|\d+", "", key).strip()
    name = FIELDS.get(key) or FIELDS.get(bare)
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
                header.people.append((bare, Role(key), name_organisation(described)))
                _take_initials(header, bare, described)
    elif key == "participants":
        if value and not re.match(r"\d+\b", value):
            # Where semicolons divide the names, what follows a comma describes one.
            for part in value.split(";") if value.count(";") > 1 else _SPLIT.split(value):
                _take_participant(header, part.strip(" ."))
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
    if found := _ROLE_FIRST.fullmatch(name):
        # "moderator: Karin" and "mod. Karin" name the role first.
        name, described = (found["name"] or described, found["role"]) if found["name"] or described else (name, "")
    role = _role_of(described)
    if role and re.search(_ALSO_A_PROFESSION, described, re.IGNORECASE):
        header.doubtful.add(name)
    if re.fullmatch(r"[A-Z]{1,4}\.?", name) and (full := _FULL_NAME.match(described)):
        if name.rstrip(".").casefold() in initials_of(full["name"]):
            header.initials[name] = full["name"].strip()
            described = described[full.end() :].strip(" ,()")
            role = role or _role_of(described)
    else:
        _take_initials(header, name, described)
    if (
        name
        and not re.fullmatch(r"\d+.*|(?:enkele|en|de(?! heer\b)|het)\b.*", name)
        and not (is_no_name(name) and " " not in name)
    ):
        header.people.append((name, role or Role.DEELNEMER, name_organisation(_without_role(header, name, described))))


_ALSO_A_PROFESSION = r"\b(?:animat|begeleid|facilit|onderzoek)"


def _settle_leads(header: Header) -> None:
    """Let a word that is also a profession make somebody the lead only where nobody else is."""
    leads = [name for name, role, _ in header.people if role is Role.GESPREKSLEIDER]
    doubtful = header.doubtful if len(leads) > 1 else set()
    header.people = [
        (name, Role.DEELNEMER if name in doubtful else role, organisation) for name, role, organisation in header.people
    ]


_ROLE_FIRST = re.compile(
    rf"(?P<role>(?i:{'|'.join(sorted((w for w in ROLE_WORDS if len(w) > 2), key=len, reverse=True))}))\.?"
    r"(?:\s+(?P<name>[A-ZÀ-Þ].*))?"
)
_FULL_NAME = re.compile(r"(?P<name>[A-ZÀ-Þ][\w'’.-]*(?:\s+(?:van|de|der|den|[A-ZÀ-Þ][\w'’.-]*))*)")


def _take_initials(header: Header, name: str, described: str) -> None:
    for part in re.split(r"[,;()]", described):
        if re.fullmatch(r"[A-Z]{1,4}\.?", part.strip()) and part.strip(" .").casefold() in initials_of(name):
            header.initials[name] = part.strip(" .")


def _without_role(header: Header, name: str, described: str) -> str:
    parts = [part.strip() for part in re.split(r"[,;]", described)]
    return ", ".join(p for p in parts if p != header.initials.get(name) and p.strip(".").casefold() not in ROLE_WORDS)


def _role_of(described: str) -> Role | None:
    """Read the role in a description; a word that is also a profession counts where it stands alone."""
    for part in re.split(r"[,;/()]", described.casefold()):
        alone = part.strip(" .")
        if alone in ROLE_WORDS and not re.match(r"voorzit|secretar|onderzoeker|présid", alone):
            return ROLE_WORDS[alone]
    words = [word.strip(".") for word in re.split(r"[\s,;/()]+", described.casefold())]
    certain = (
        word
        for word in words
        if word in ROLES_IN_BRACKETS and not re.match(r"begeleid|facilit|int$|mod$|verslag$", word)
    )
    return next((ROLE_WORDS[word] for word in certain), None)


def _split_description(text: str) -> tuple[str, str]:
    """Split ``D1 (OCMW X)``, ``D1: OCMW X``, ``D1 – OCMW X`` in name and description."""
    found = re.match(r"(?P<name>[^(:,–—=]+?)\s*(?:[:,–—=]|\s-\s|\()\s*(?P<rest>.*)", text)
    if not found:
        return text.strip().rstrip(".") if not re.search(r"\b[A-Z]\.$", text.strip()) else text.strip(), ""
    return found["name"].strip().strip("*_"), found["rest"].strip().removesuffix(")") if "(" in text else found["rest"]
