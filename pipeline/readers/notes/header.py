"""The header of a session: title, date, place, who led it, who took notes, who sat at the table; where one begins."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter

from pipeline.core.vocabulary import Role
from pipeline.readers.notes.attendance import (
    Person,
    first_sentence,
    read_attendance,
    read_leads,
    read_participant,
    settle_leads,
)
from pipeline.readers.notes.labels import PERSON, ROLE_WORDS, any_role_word, read_label
from pipeline.readers.notes.marks import Line, bullet_length, is_rule, read_heading, read_time
from pipeline.readers.words import read_meanings, read_pattern, read_words

FIELDS: Mapping[str, str] = {
    **read_meanings("fields"),
    **{word: str(role) for word, role in ROLE_WORDS.items() if len(word) > 3},
}
OTHER_FIELDS = re.compile(read_pattern("other_fields"))
MONTHS = read_words("months")["dutch"]

OTHER_MONTHS = {
    name: number
    for language in ("english", "french", "short")
    for number, name in enumerate(read_words("months")[language], start=1)
}
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
    rf"(?P<key>(?i:{any_role_word(min_length=4)}))\s+[-–—]\s+"
    r"(?P<value>(?!(?i:welkom|goede|dag|hallo|beste)\b)[A-ZÀ-Þ][\w'’.-]*(?:\s+[\w'’.-]+){0,3})"
)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(r"\b(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})\b")
_WORDED = re.compile(r"\b(\d{1,2})(?:e|ste|de)?\s+([a-zéû]{3,9})\.?,?\s+['’]?(\d{4}|\d{2})\b")
_NAME_WORD = re.compile(
    r"[A-ZÀ-Þ].*|(?:mevr|mw|dhr|dr)\.?|mevrouw|meneer|van|de|der|den|von|le|la|en|&|['’]t|\(.*|.*\)"
)


@dataclass(slots=True)
class Header:
    """What the header of a session says.

    Attributes:
        title: as written.
        fields: date (ISO), place, province, session and version, where given.
        people: everyone who is named.
        lines: indices of its lines.
        title_line: index of the title among them.
        bad_date: number of the line whose date could not be read.
    """

    title: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
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


DRAWN = re.compile(r"(?:[=~-]{2,}|\*{3,})\s*[^\W_].*(?:[=~-]{2,}|\*{3,})$")


def is_session_start(lines: Sequence[Line], i: int) -> bool:
    """Tell whether a line in the middle of a file is the title of a next session: a header follows it."""
    text = lines[i].text
    bare = text.strip("#*_=-~ ")
    is_drawn = DRAWN.match(text) is not None
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


_SERIES_WORD = read_pattern("series")
IN_SERIES = re.compile(
    rf"(?:(?P<word>{_SERIES_WORD}|verslag|nota|deel|locatie)\s*(?:n(?:r|°)\.?\s*)?"
    r"(?P<number>\d{1,2}|[A-H]|[IVX]{1,4}|een|één|twee|drie|vier|vijf|zes)"
    r"(?:\s*[-–—:,.(|].*|(?:\s+(?-i:[A-ZÀ-Þ])[\w'’-]+){1,3}|\s+in\s+(?-i:[A-ZÀ-Þ])[\w'’-]+)?"
    rf"|(?P<named>{_SERIES_WORD}|locatie|wijk|buurt|zaal|afdeling|klas|site|campus|team|panel|deelgemeente)\s*[-–—:]?\s*"
    r"(?:(?:in|te|met|van)\s+)?(?P<name>(?-i:[A-ZÀ-Þ])[\w'’-]+(?:\s(?:(?-i:[A-ZÀ-Þ])[\w'’-]+|en\s[\w'’-]+)){0,2})"
    r"(?:\s*[-–—,(|].*)?"
    rf"|(?:de\s+)?(?P<count>eerste|tweede|derde|vierde|vijfde|zesde|\d{{1,2}}\s?(?:e|de|ste))\s+"
    rf"(?P<counted>{_SERIES_WORD})(?:\s*[-–—:,.(|].*)?)",
    re.IGNORECASE,
)


_NUMBERED = re.compile(rf"(?P<word>{_SERIES_WORD})\s+(?P<number>\d{{1,2}})\b.*", re.IGNORECASE)


def place_in_series(title: str, *, is_drawn: bool) -> tuple[str, str] | None:
    """Read what a title counts, and which of them it is, in lower case.

    Args:
        title: without the marks around it.
        is_drawn: it stands between rules on its line, so that anything may follow the number.

    >>> place_in_series("Groep B - buren", is_drawn=False), place_in_series("avond 1 school De Linde", is_drawn=True)
    (('groep', 'b'), ('avond', '1'))
    """
    if found := IN_SERIES.fullmatch(title):
        word, number = found["word"] or found["named"] or found["counted"], found["number"] or found["name"]
        return word.casefold(), (number or found["count"]).casefold()
    numbered = _NUMBERED.fullmatch(title) if is_drawn else None
    return (numbered["word"].casefold(), numbered["number"]) if numbered else None


def _has_hat_below(lines: Sequence[Line], i: int) -> bool:
    below = next((line.text for line in lines[i + 1 :] if line.text and not is_rule(line.text)), "")
    heading = read_heading(below, after_blank=True)
    return heading is not None and heading.hat is not None


def read_header(lines: Sequence[Line], start: int, *, is_title: bool = False) -> Header:
    """Read the header that begins at a line.

    Args:
        lines: all lines of the source.
        start: index of its first visible line.
        is_title: that line is known to be the title of a session.

    Returns:
        The header; without lines where there is none.
    """
    header = Header()
    i = start
    if is_title or _is_title(lines, start):
        heading = read_heading(lines[start].text, after_blank=True)
        title = heading.caption if heading and heading.caption else lines[start].text
        header.title, header.title_line = title.strip("#*_=-~: "), start
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
        found = () if _is_content(lines, i) else read_fields(text)
        if not found:
            # What stands between the fields, such as a word of welcome, is no part of the header.
            i = _next_field(lines, i)
            if i == len(lines):
                break
            continue
        for key, value in found:
            _take(header, key, value, lines[i])
        header.lines.append(i)
        i += 1
        if found[-1] == ("participants", ""):
            i = _read_participants(header, lines, i)
    header.people = settle_leads(header.people)
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
            keys = set() if _is_content(lines, i) else {key for key, _ in read_fields(text)}
            if keys & {"participants", "date", *set(Role)}:
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
    if _NUMBERED_PEOPLE.fullmatch(text):
        return "participants", text
    if (found := _NO_COLON.search(text)) and (not found.start() or text[: found.start()].rstrip().endswith((".", ":"))):
        return "participants", text[found.end() :]
    return None


_NUMBERED_PEOPLE = re.compile(rf"(?:(?i:{PERSON})\s+\d{{1,2}}\s*\([^()]{{2,80}}\)[,;.]?\s*){{2,}}")
_NO_COLON = re.compile(
    r"(?:aanwezig(?:en)?|deelnemers)\s+(?:waren\s+|zijn\s+)?(?=[A-Z][\w.]*\b(?:\s+[A-Z(][\w.]*)*[,;(]|[A-Z]\w+ en )",
    re.IGNORECASE,
)


def _is_title(lines: Sequence[Line], i: int) -> bool:
    text = lines[i].text
    label = read_label(text)
    if DRAWN.match(text) and _TITLE.fullmatch(text.strip("#*_=-~ ")):
        return True
    if bullet_length(text) or (label and label.sure) or _read_field(text) or read_time(text):
        return False
    heading = read_heading(text, after_blank=True)
    if heading and (heading.hat or heading.section or heading.announces_hat):
        return False
    bare = text.strip("#*_=-~ ")
    if text.startswith("# ") or _TITLE.fullmatch(bare):
        return True
    is_short = len(bare.split()) <= MAX_TITLE_WORDS and bare[-1:] not in ".!?" and not read_time(text)
    if is_short and (_OTHER_TITLE.fullmatch(bare) or IN_SERIES.fullmatch(bare)):
        return True
    return is_short and (_has_field_below(lines, i) or _stands_apart(lines, i))


def _stands_apart(lines: Sequence[Line], i: int) -> bool:
    """Tell whether a first line has a blank line below it, and then a hat, a turn or a time."""
    if i + 2 >= len(lines) or lines[i + 1].text or not lines[i].text[:1].isupper() or read_label(lines[i].text):
        return False
    below = next((line.text for line in lines[i + 1 :] if line.text), "")
    heading = read_heading(below, after_blank=True)
    is_marked = bullet_length(below) > 0 or below.startswith(tuple('"“„«'))
    return bool(is_marked or read_label(below) or read_time(below) or (heading and (heading.hat or heading.section)))


def _has_field_below(lines: Sequence[Line], i: int) -> bool:
    near = next((line.text for line in lines[i + 1 : i + 6] if line.text and not is_rule(line.text)), "")
    return _read_field(near) is not None or (_read_bare(near) or ("",))[0] == "date"


def split_fields(text: str) -> list[str]:
    """Split a line of a header before each ``Key:`` that follows a full stop."""
    return [part.strip() for part in _NEXT_FIELD.split(text)]


@lru_cache(maxsize=1024)
def read_fields(text: str) -> tuple[tuple[str, str], ...]:
    """Read a line of the header: one field, or several with a full stop between them."""
    parts = split_fields(text)
    several = [found for part in parts if (found := _read_field(part.removesuffix(".")))]
    if len(parts) > 1 and len(several) * 2 >= len(parts):
        return tuple(several)
    one = _read_field(text) or _read_bare(text)
    return (one,) if one else ()


_NEXT_FIELD = re.compile(
    r"(?:(?<=[^.;\s])[.;]\s+|\s+[–—|•·]\s+|\s+-\s+|\s{3,}|\t\s*)(?=[^\W\d_][^:.;()\n]{1,28}\s?:\s)"
)


@lru_cache(maxsize=1024)
def _read_field(text: str) -> tuple[str, str] | None:
    """Read ``Key: value``; a role is a field only when it names someone, else it is a turn of the talk."""
    text = re.sub(r"^([*_]{1,2})([^*_:]{2,30}):\1\s+", r"\2: ", text)
    found = _FIELD.fullmatch(text) or _DASHED_ROLE.fullmatch(text)
    if not found:
        return None
    key, value = found["key"].strip(" ._").casefold(), found["value"].strip().strip("*_").strip()
    bare = re.sub(r"\(.*\)|\b(?:waren|zijn|namen|met naam|op de tafel)\b|\d+", "", key).strip()
    words = re.split(r"\s*(?:[/&+]|\ben\b|\bet\b)\s*", bare)
    name = FIELDS.get(key) or FIELDS.get(bare)
    if name is None and len(words) > 1 and (several := {FIELDS[word] for word in words if word in FIELDS}):
        name = next((str(role) for role in Role if role in several), None) or several.pop()
    if name is None and FIELDS.get(bare.partition(" ")[0]) == "participants" and len(read_attendance(value)) > 1:
        name = "participants"
    if name in set(Role):
        value = first_sentence(value)
        words = [word for word in re.split(r"[\s,]+", value) if word]
        names_someone = 0 < len(words) <= 12 and all(_NAME_WORD.fullmatch(word) for word in words)
        return (str(name), value) if names_someone and value[-1] not in "!?" else None
    if name is None and OTHER_FIELDS.fullmatch(key):
        return "other", value
    return (name, value) if name else None


def _take(header: Header, key: str, value: str, line: Line) -> None:
    if key in set(Role):
        header.people += read_leads(Role(key), value)
    elif key == "participants":
        header.people += read_attendance(value)
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
        if person := read_participant(text[bullet:]):
            header.people.append(person)
        header.lines.append(i)
        i += 1
    return i


_MIN_SERIES_LINES = 6


def find_series(lines: Sequence[Line], titles: Collection[int] = ()) -> list[int]:
    """Find the headings that divide a file in sessions: ``Groep A`` and ``Groep B``, or places each with a date.

    Each session of such a series has hats or turns of its own; a list of the sessions above the notes is none.

    Args:
        lines: of the whole file.
        titles: numbers of lines that only the file's own pattern makes titles.

    Returns:
        Indices of the headings; empty where there are fewer than two.
    """
    series: dict[str, dict[str, int]] = {}
    if len(lines) < _MIN_SERIES_LINES:
        return []
    for i, line in enumerate(lines):
        if bullet_length(line.text) or len(line.text.split()) > MAX_TITLE_WORDS or line.text[-1:] in (".", "?", "!"):
            continue
        bare = line.text.strip("#*_=-~: ")
        is_marked = line.text.rstrip(": ") != bare
        if place := place_in_series(bare, is_drawn=DRAWN.match(line.text) is not None):
            mark = "#" if line.text.startswith("#") else ""
            series.setdefault(mark + place[0], {}).setdefault(place[1], i)
        elif (is_marked or _ON_A_DAY.fullmatch(bare)) and (day := _DAY.search(bare.casefold())):
            level = re.match(r"[#*_]*", line.text)
            series.setdefault(f"{level[0] if level else ''} on a day", {}).setdefault(day[0], i)
    for _, places in sorted(series.items(), key=lambda item: not item[0].startswith("#")):
        starts = sorted(places.values())
        parts = [lines[a + 1 : b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
        if len(starts) > 1 and all(_has_talk(part, titles) for part in parts):
            return starts
    return _find_captions(lines) or _find_restarts(lines)


def _find_captions(lines: Sequence[Line]) -> list[int]:
    """Find where the group changes in headings such as ``Groep 2 | witte hoed``; each has one stretch of lines."""
    headings = ((i, read_heading(line.text, after_blank=True)) for i, line in enumerate(lines) if line.text)
    found = [(i, heading.caption.casefold()) for i, heading in headings if heading and heading.caption]
    runs = [next(run) for _, run in groupby(found, key=itemgetter(1))]
    is_apart = len(runs) > 1 and len({group for _, group in runs}) == len(runs) < len(found)
    return [i for i, _ in runs] if is_apart and all(_OF_GROUP.match(group) for _, group in runs) else []


def _find_restarts(lines: Sequence[Line]) -> list[int]:
    """Find titles of sessions by what follows: right below each a hat is put on that was worn before.

    Two different hats must have been worn since; a title has a blank line above it, but for the first, and is marked or
    begins as the first does.
    """
    visible = [i for i, line in enumerate(lines) if line.text]
    starts, worn = visible[:1], set[str]()
    first = lines[visible[0]].text.split()[0] if visible else ""
    for i, below in pairwise(visible):
        heading = read_heading(lines[below].text, after_blank=True)
        if heading is None or heading.hat is None:
            continue
        text = lines[i].text
        is_title = len(text.split()) <= MAX_TITLE_WORDS and text[-1] not in ".?!:;," and not bullet_length(text)
        is_apart = i > 0 and not lines[i - 1].text and read_label(text) is None
        is_apart = is_apart and (text != text.strip("#*_=-~ ") or text.isupper() or text.split()[0] == first)
        is_other = read_heading(text, after_blank=False)
        if is_title and is_apart and heading.hat in worn and len(worn) > 1 and not (is_other and is_other.section):
            starts, worn = [*starts, i], set()
        worn.add(heading.hat)
    return starts if len(starts) > 1 else []


_OF_GROUP = re.compile(r"\w*(?:tafel|groep|gesprek)\b|(?:sessie|avond|panel|locatie|team|klas)\b")


_DAY = re.compile(rf"\b\d{{1,2}}(?:e|ste|de)?\s+(?:{'|'.join((*MONTHS, *OTHER_MONTHS))})\b|\b\d{{1,2}}[/.]\d{{1,2}}\b")


_ON_A_DAY = re.compile(
    rf"(?:(?:(?i:[a-z]+dag|ma|di|wo|do|vr|za|zo)\s+)?\d{{1,2}}\s+(?:{'|'.join((*MONTHS, *OTHER_MONTHS))})"
    r"(?:\s+\d{4})?\s*[-–—:,(]\s*[^\W\d_][\w'’ ]{1,40}\)?)|"
    rf"(?P<place>[A-ZÀ-Þ][\w'’-]+(?:[\s-][A-ZÀ-Þ(][\w'’)-]+){{0,3}})\s*[,:–—(-]\s*(?:(?i:[a-z]+dag|ma|di|wo|do|vr|za|zo)\s+)?"
    rf"\d{{1,2}}(?:\s*[/.]\s*\d{{1,2}}|\s+(?:{'|'.join((*MONTHS, *OTHER_MONTHS))}))(?:\s*[/.]?\s*\d{{2,4}})?\)?"
)
"""A place with a date, and no more."""


def _has_talk(lines: Sequence[Line], titles: Collection[int]) -> bool:
    headings = (read_heading(line.text, after_blank=True) for line in lines)
    return (
        any(heading and heading.hat for heading in headings)
        or any(line.number in titles for line in lines)
        or sum(read_label(line.text) is not None for line in lines) > 1
        or max(Counter(match[0] for line in lines if (match := _SHORT_LABEL.match(line.text))).values(), default=0) > 1
    )


_SHORT_LABEL = re.compile(r"[a-z]{1,5}\.?:\s")
