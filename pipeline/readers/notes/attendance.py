"""Who sits at the table: what attendance lines, legends and the sentences above a talk say of the people in it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.core.vocabulary import Hat, Role
from pipeline.readers.notes.hats import find_hat
from pipeline.readers.notes.labels import (
    NAME,
    PARTICLE,
    ROLE_WORDS,
    ROLES_IN_BRACKETS,
    SURE,
    TITLES,
    any_role_word,
    initials_of,
    is_no_name,
    name_organisation,
    plain,
)
from pipeline.text.languages import read_gazetteers

MAX_REST = 6
"""Words that may follow the last abbreviation of a legend."""

MIN_LISTED = 2
"""Names without a word that announces them count where one list has at least this number of them."""

_SPLIT = re.compile(r"(?:[,;/]\s*|\s+(?:en|et|and|&|\+)\s+(?=[A-ZÀ-Þ]))(?![^(]*\))")
_SPLIT_ROLES = re.compile(r"\s*(?:,(?![^(]*\))|;|&|\ben\b)\s*")
_INITIALS = re.compile(r"[A-Z]{1,4}\.?|(?:[A-Z]\.){2,4}")
_ROLE = rf"(?P<role>(?i:{any_role_word(min_length=3)}))"
_ROLE_FIRST = re.compile(rf"{_ROLE}\.?(?:\s+(?P<name>[A-ZÀ-Þ].*))?")
_ROLE_THEN_NAME = re.compile(rf"\b{_ROLE}\s*[=:(]?\s+\(?(?P<name>{NAME})")
_FULL_NAME = re.compile(r"(?P<name>[A-ZÀ-Þ][\w'’.-]*(?:\s+(?:van|de|der|den|[A-ZÀ-Þ][\w'’.-]*))*)")
_NOT_A_PERSON = re.compile(r"\d+.*|(?:enkele|en|de(?! heer\b)|het|ik|ikzelf)\b.*", re.IGNORECASE)
_ALSO_A_PROFESSION = re.compile(r"\b(?:animat|begeleid|facilit|onderzoek)", re.IGNORECASE)
_ALSO_A_TITLE = re.compile(r"voorzit|secretar|onderzoeker|présid|organisat")
_VAGUE_ALONE = re.compile(r"begeleid|facilit|organisat|int$|mod$|verslag$")
_LATE = re.compile(
    r"\A(?:iets |wat )?(?:later|te laat|nadien|daarna)(?: (?:erbij|(?:toe|aan|bij|binnen)?gekomen))?\s*:\s*", re.I
)
_END = re.compile(r"(?<!\b[A-Z])[.\s]+$")
_EQUALS = re.compile(
    r"\s*(?P<short>[^\W_][\w. ]{0,13}?)\s*=\s*(?P<full>[^=;,]+?(?:\s*\([^)]*\))?)\s*(?:[,;.](?=\s|$)|$)"
)
_LEGEND = re.compile(r"(?:legende|afkortingen|codes?|sprekers?|hoeden)\s*:\s*", re.IGNORECASE)
_SHORT_IS_NAME = re.compile(rf"(?<!\w)(?P<short>[A-Z]{{1,3}}\d{{0,2}})\s*=\s*(?P<name>{NAME})")
_BEFORE_NAME = re.compile(rf"(?P<short>{_INITIALS.pattern})\s+(?P<name>{NAME})(?P<rest>.*)")
_AFTER_NAME = re.compile(
    rf"(?:^|.*?[,;:]\s*)(?P<name>{NAME}?)\s*(?P<short>(?:[A-Z]\.){{2,4}}|\([A-Z]{{1,4}}\))(?P<rest>.*)"
)
_SENTENCE = re.compile(r"(?<![Mm]evr)(?<![Dd]hr)(?<![Ii]nsp)(?:(?<=[\w)\]][\w)\]])|(?<=\.\)))[.;]\s+(?=[A-ZÀ-Þ\d])")
_LAST_NAME = re.compile(rf"(?:|.*?[\s/:])(?P<name>{NAME})\s*(?P<rest>\([^()]*\))?\s*\.?")
_FULL_NAMED = re.compile(rf"(?=\S+\s+\S){NAME}(?:\s*\([^()]{{1,60}}\))?")
_LEADS_VERB = r"(?:ge|be)?leid(?:t|de)?|modereert|begeleidt|vraagt|stelt|hield de tijd|zit voor|animeert"
_REPORTS_VERB = r"typt|noteert|noteerde|schrijft|schreef|notuleert"
_DOES = tuple(
    (role, re.compile(rf"(?P<name>{NAME})\s+(?i:{verbs})\b"))
    for role, verbs in ((Role.GESPREKSLEIDER, _LEADS_VERB), (Role.VERSLAGGEVER, _REPORTS_VERB))
)
"""What somebody who is no participant does, as a verb after the name."""
_LED_BY = r"(?:begeleid|geleid|gemodereerd|geanimeerd|onder leiding)\s+(?:door|van)"
_REPORTED_BY = (
    r"(?:(?:genoteerd|opgetekend|overgetypt|uitgetypt|neergeschreven|opgeschreven)\s+door"
    r"|(?:notities|nota['’]s|verslag)\s+(?:van|door|:)?)"
)
_DONE_BY = tuple(
    (role, re.compile(rf"\b(?i:{words})\s+(?P<name>{NAME})(?:\s*\((?P<short>[A-Z]{{1,4}})\))?"))
    for role, words in ((Role.GESPREKSLEIDER, _LED_BY), (Role.VERSLAGGEVER, _REPORTED_BY))
)
"""What was done by somebody who is no participant, before the name."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the notes name before or beside the talk.

    Attributes:
        name: as written, in full where the notes give the full name.
        role: role in the talk.
        organisation: for whom they speak.
        short: another name of theirs in the talk: initials, a number.
        is_listed: an attendance line names them; others only count where they also speak.
        may_be_profession: the role may be their profession.
    """

    name: str
    role: Role = Role.DEELNEMER
    organisation: str | None = None
    short: str | None = None
    is_listed: bool = True
    may_be_profession: bool = False


def read_attendance(value: str) -> list[Person]:
    """Read what follows ``Aanwezig:``.

    >>> [(p.name, p.short, p.organisation) for p in read_attendance("R1 = Hilde, An Claes (AC, vzw De Klaproos)")]
    [('Hilde', 'R1', None), ('An Claes', 'AC', 'vzw De Klaproos')]
    """
    value = _SENTENCE.split(value.strip("[] "))[0]
    if not value or re.match(r"\d+\b", value):
        return []
    # Where semicolons divide the names, what follows a comma describes one.
    by_semicolon = value.count(";") > 1 and all(part.count("(") < 2 for part in value.split(";"))
    parts = value.split(";") if by_semicolon else _SPLIT.split(value)
    return [person for part in parts if (person := read_participant(_END.sub("", part.strip())))]


def read_participant(text: str) -> Person | None:
    """Read one name of an attendance list, with what describes it.

    >>> read_participant("moderator: Karin").role, read_participant("D1: OCMW Polderzicht").organisation
    (<Role.GESPREKSLEIDER: 'gespreksleider'>, 'OCMW Polderzicht')
    """
    text = _LATE.sub("", text.strip().strip("*_"))
    name, described = _split_description(text)
    if found := _ROLE_FIRST.fullmatch(name):
        # "moderator: Karin", "mod. Karin" and "mod = Karin" name the role first.
        first = _FULL_NAME.match(described) if "=" in text else None
        described = first["name"] if first else described
        name, described = (found["name"] or described, found["role"]) if found["name"] or described else (name, "")
    role = _role_of(described)
    may_be_profession = role is not None and _ALSO_A_PROFESSION.search(described) is not None
    short = None
    if _names_code(name, described, is_equal="=" in text) and (full := _FULL_NAME.match(described)):
        name, short = full["name"].strip(), name
        described = described[full.end() :].strip(" ,()")
        role = role or _role_of(described)
    else:
        short = _initials_in(name, described, is_lead=role is not None)
    if not name or _NOT_A_PERSON.fullmatch(name) or (is_no_name(name, is_listed=name.istitle()) and " " not in name):
        return None
    parts = [part.strip() for part in re.split(r"[,;()]", described)]
    kept = ", ".join(part for part in parts if part != short and part.strip(".").casefold() not in ROLE_WORDS)
    return Person(name, role or Role.DEELNEMER, name_organisation(kept), short, True, may_be_profession)


def read_leads(role: Role, value: str) -> Iterator[Person]:
    """Read the names after the word for a role, as in ``Verslag: Hanne en Piet``."""
    for part in _SPLIT_ROLES.split(first_sentence(value)):
        if part:
            name, described = _split_description(part)
            short = _initials_in(name, described, is_lead=True)
            kept = ", ".join(each for each in re.split(r"\s*[,;()]\s*", described) if each != short)
            yield Person(name, role, name_organisation(kept), short)


def first_sentence(text: str) -> str:
    """Give a text up to its first full stop; that of an abbreviation is none.

    >>> first_sentence("Saskia (mod.). 18 januari, buurthuis")
    'Saskia (mod.)'
    """
    return _SENTENCE.split(text)[0]


def settle_leads(people: Sequence[Person]) -> list[Person]:
    """Let a word that is also a profession make somebody the lead only where nobody else is."""
    several = sum(person.role is Role.GESPREKSLEIDER for person in people) > 1
    return [replace(p, role=Role.DEELNEMER) if several and p.may_be_profession else p for p in people]


def read_legend(text: str) -> Mapping[str, str]:
    """Read a line that says what abbreviations stand for; empty for any other line.

    >>> dict(read_legend("TVW = Tom Van Wesemael, NB = Nora Benali"))
    {'TVW': 'Tom Van Wesemael', 'NB': 'Nora Benali'}
    >>> dict(read_legend("zestig euro = te veel voor ons"))
    {}
    """
    prefix = _LEGEND.match(text)
    at, found = prefix.end() if prefix else 0, {}
    while at < len(text) and (pair := _EQUALS.match(text, at)):
        found[pair["short"]], at = pair["full"].strip(), pair.end()
    is_whole = bool(found) and "=" not in text[at:] and len(text[at:].split()) <= MAX_REST
    known = [short for short, full in found.items() if _stands_for(short, full)]
    return found if is_whole and len(known) * 2 >= len(found) else {}


def legend_hats(legend: Mapping[str, str]) -> dict[str, Hat]:
    """Give the hats that a legend abbreviates.

    >>> legend_hats({"Z": "zwarte", "VPK": "verpleegkundige"})
    {'Z': <Hat.ZWART: 'zwart'>}
    """
    return {short: hat for short, full in legend.items() if (hat := _hat_in(full))}


def _hat_in(full: str) -> Hat | None:
    return find_hat(re.sub(r"\s*(?:denk)?hoed$", "", full, flags=re.IGNORECASE))


def read_hat_legend(text: str) -> dict[str, Hat]:
    """Read the letters or numbers of hats where a line gives them without more: at least three; letters begin theirs.

    >>> read_hat_legend("sessie 2 - W wit, Z zwart, Ge geel")
    {'W': <Hat.WIT: 'wit'>, 'Z': <Hat.ZWART: 'zwart'>, 'Ge': <Hat.GEEL: 'geel'>}
    >>> [*read_hat_legend("vraag 1 wit, vraag 2 rood, vraag 3 zwart")]
    ['1', '2', '3']
    """
    pairs = [(found["short"], find_hat(found["word"])) for found in _LETTER_OF_HAT.finditer(text)]
    numbers = [int(found["short"]) for found in _LETTER_OF_HAT.finditer(text) if _is_numbered(found)]
    if any(after != before + 1 for before, after in pairwise(numbers)):
        # Numbers that do not count on are counts: "4 groen, 2 rood en 1 geel".
        pairs = [(short, hat) for short, hat in pairs if not short.isdigit()]
    found = {short: hat for short, hat in pairs if hat and _may_shorten(short, hat)}
    return found if len(found) >= MIN_LETTERS and len(set(found.values())) == len(found) else {}


def _is_numbered(found: "re.Match[str]") -> bool:
    """Tell whether a hat, the blue one among them, has a number."""
    return found["short"].isdigit() and (find_hat(found["word"]) is not None or found["word"] in ("blauw", "blauwe"))


def _may_shorten(short: str, hat: Hat) -> bool:
    return short.isdigit() or str(hat).startswith(short.casefold().removesuffix("h"))


MIN_LETTERS = 3
_LETTER_OF_HAT = re.compile(
    r"(?<!\w)(?P<short>[A-Za-z]{1,3}|\d{1,2})\s*[=:-]?\s*(?<![A-Za-z])(?P<word>[a-z]{3,6})(?!\w)"
)


def legend_people(legend: Mapping[str, str]) -> Iterator[Person]:
    """Give the people whom a legend abbreviates."""
    for short, full in legend.items():
        if (person := read_participant(f"{short} = {full}")) and (person.short or person.role is not Role.DEELNEMER):
            yield person


def read_mentions(lines: Sequence[str]) -> Iterator[Person]:
    """Give the people whom the lines above the talk name without a word such as ``Aanwezig``.

    >>> [(p.name, p.short) for p in read_mentions(["nota met Soraya Bakkali (Atlas) en Wim Dockx (VDAB)"])]
    [('Soraya Bakkali', None), ('Wim Dockx', None)]
    >>> [(p.name, str(p.role)) for p in read_mentions(["Ward typt wat er gezegd wordt."])]
    [('Ward', 'verslaggever')]
    """
    named = [_FULL_NAMED.fullmatch(line) for line in lines]
    for i, line in enumerate(lines):
        beside = [named[j] for j in (i - 1, i + 1) if 0 <= j < len(lines)]
        if named[i] and any(beside) and (listed := read_participant(line)):
            # Full names below each other are a list, also where no word announces it.
            yield replace(listed, is_listed=False)
        joined = f"{line} {lines[i + 1]}" if i + 1 < len(lines) else line
        if person := _beside_initials(line) or _beside_initials(joined):
            yield person
        for sentence in _SENTENCE.split(line):
            for found in _SHORT_IS_NAME.finditer(sentence):
                if not is_no_name(found["name"]):
                    yield Person(found["name"], short=found["short"], is_listed=False)
            yield from _by_role(sentence)
            yield from _in_list(sentence)


def _beside_initials(text: str) -> Person | None:
    for pattern in (_BEFORE_NAME, _AFTER_NAME):
        found = pattern.match(text)
        short = found["short"].strip("()") if found else ""
        if (
            found
            and not is_no_name(found["name"])
            and short.replace(".", "").casefold() in (initials_of(found["name"]) or [found["name"][:1].casefold()])
        ):
            return Person(found["name"], organisation=name_organisation(found["rest"].strip(" ,-–")), short=short)
    return None


def _by_role(sentence: str) -> Iterator[Person]:
    for role, verbs in _DOES:
        if (found := verbs.search(sentence)) and not _NOT_A_PERSON.fullmatch(found["name"]):
            yield Person(found["name"], role, is_listed=False)
    for role, words in _DONE_BY:
        if found := words.search(sentence):
            yield Person(found["name"], role, short=found["short"], is_listed=False)
    if found := _ROLE_THEN_NAME.search(sentence):
        yield Person(found["name"], ROLE_WORDS[found["role"].casefold()], is_listed=False, may_be_profession=True)


def _in_list(sentence: str) -> Iterator[Person]:
    found = [match for part in _SPLIT.split(sentence) if (match := _LAST_NAME.fullmatch(part.strip()))]
    named = [match for match in found if _may_be_named(match["name"])]
    if len(named) >= MIN_LISTED:
        for match in found if len(named) * 2 >= len(found) else named:
            before, _, rest = match["name"].partition(" ")
            # "Verder An, Bo en Cem": what stands before the first name is none.
            is_before = bool(rest) and is_no_name(before) and not TITLES.match(plain(match["name"]))
            name = rest if is_before else match["name"]
            person = read_participant(f"{name} {match['rest'] or ''}")
            if person:
                yield replace(person, is_listed=False)


def _may_be_named(name: str) -> bool:
    lists = read_gazetteers()
    words = name.split()
    return (words[0] in lists.given and not lists.given[words[0]]) or (len(words) > 1 and name not in lists.places)


def _names_code(name: str, described: str, *, is_equal: bool) -> bool:
    """Tell whether a code or initials stand before the name of whoever bears them."""
    if re.fullmatch(r"[A-Z]{1,4}\.?", name):
        full = _FULL_NAME.match(described)
        return full is not None and (is_equal or name.rstrip(".").casefold() in initials_of(full["name"]))
    return is_equal and (SURE.fullmatch(name) or _SEAT.fullmatch(name)) is not None and _may_be_name(described)


_SEAT = re.compile(r"\d{1,2}|[A-H]")
_SEAT_OF = re.compile(
    rf"(?:[-*•]\s+)?[(\[#]?(?P<short>{SURE.pattern}|{_SEAT.pattern})[)\]]?\s*(?:[.:=)]|[–—-](?=\s))?\s+"
    rf"(?P<name>{NAME})(?P<rest>\s*[(,–—-].{{1,60}})?"
)


def read_seats(lines: Sequence[str]) -> dict[int, Person]:
    """Read a list that says who bears which number, letter or code, wherever it stands: at least two lines of it.

    >>> [(person.short, person.name) for person in read_seats(["1: Rita Claes (bakker)", "", "2: Omar Diouf"]).values()]
    [('1', 'Rita Claes'), ('2', 'Omar Diouf')]
    """
    filled = [i for i, line in enumerate(lines) if line]
    found = {i: match for i in filled if (match := _SEAT_OF.fullmatch(lines[i])) and _may_be_named(match["name"])}
    beside = [i for a, b in pairwise(filled) if a in found and b in found for i in (a, b)]
    shorts = Counter(found[i]["short"] for i in set(beside))
    return {
        i: Person(found[i]["name"], organisation=name_organisation((found[i]["rest"] or "").strip(" ,()–—-")),
                  short=found[i]["short"])
        for i in sorted(set(beside)) if shorts[found[i]["short"]] == 1
    }  # fmt: skip


def _may_be_name(described: str) -> bool:
    bare = re.sub(r"\(.*", "", described).strip()
    return re.fullmatch(NAME, bare) is not None and not is_no_name(bare)


def _stands_for(short: str, full: str) -> bool:
    """Tell whether an abbreviation may stand for a person, a role or a hat."""
    bare = re.sub(r"\(.*", "", full).strip().casefold()
    is_role = bare.split()[0].rstrip(".") in ROLE_WORDS if bare else False
    is_hat = _hat_in(bare) is not None
    return is_role or is_hat or (len(short) <= 14 and (_may_be_name(full) or SURE.fullmatch(short) is not None))


def _initials_in(name: str, described: str, *, is_lead: bool = False) -> str | None:
    """Find the initials of a name among what describes it; for a lead known by one name they hold an unknown other."""
    alone = TITLES.sub("", plain(name))
    parts = [part.strip() for part in re.split(r"[,;()]", described)]
    parts = [part for part in parts if part]
    for part in parts:
        bare = part.replace(".", "").casefold()
        is_first = (len(parts) > 1 or is_lead) and len(bare) <= 3 and " " not in name and bare[:1] == alone[:1]
        # "mevr. Claes (AC)" gives the initial of a first name that is not written.
        is_last = is_lead and len(bare) == 2 and " " not in alone and bare[-1:] == alone[:1]
        # "Stijn Van Acker (SV)" leaves the last word out.
        every = (initials_of(name) or [""])[0]
        # "Kris Dams (K)" is known by the first letter, where nothing else describes him; "(M)" is a man.
        is_begun = every.startswith(bare) and (len(bare) > 1 or (parts == [part] and bare not in ("m", "v", "x")))
        is_its_own = bare in initials_of(name) or is_first or is_last or is_begun
        if _INITIALS.fullmatch(part) and is_its_own:
            return part.rstrip(".") if part.count(".") == 1 else part
    return None


def _role_of(described: str) -> Role | None:
    """Read the role in a description; a word that is also a profession counts where it stands alone."""
    for part in re.split(r"[,;/()+]", described.casefold()):
        alone = part.strip(" .")
        if alone in ROLE_WORDS and not _ALSO_A_TITLE.match(alone):
            return ROLE_WORDS[alone]
        for role, verbs in ((Role.GESPREKSLEIDER, _LEADS_VERB), (Role.VERSLAGGEVER, _REPORTS_VERB)):
            if re.fullmatch(verbs, alone):
                return role
    words = [word.strip(".") for word in re.split(r"[\s,;/()]+", described.casefold())]
    return next((ROLE_WORDS[w] for w in words if w in ROLES_IN_BRACKETS and not _VAGUE_ALONE.match(w)), None)


def _split_description(text: str) -> tuple[str, str]:
    """Split ``D1 (OCMW X)``, ``D1: OCMW X``, ``D1 – OCMW X`` in name and description."""
    found = re.match(r"(?P<name>[^(:,–—=]+?)\s*(?:[:,–—=]|\s-\s|\()\s*(?P<rest>.*)", text)
    if not found:
        return text.strip().rstrip(".") if not re.search(r"\b[A-Z]\.$", text.strip()) else text.strip(), ""
    return found["name"].strip().strip("*_"), found["rest"].strip().removesuffix(")") if "(" in text else found["rest"]


def parts_of_name(name: str) -> list[str]:
    """Give the words of a name without title, particles and stops."""
    words = re.split(r"[\s.-]+", TITLES.sub("", plain(name)))
    return [word for word in words if word and not PARTICLE.fullmatch(word)]


def are_in_order(parts: Sequence[str], full: Sequence[str]) -> bool:
    """Tell whether each part is a word of the full name, or its first letter, in the same order."""
    at = 0
    for part in parts:
        fits = (i for i in range(at, len(full)) if full[i] == part or (len(part) == 1 and full[i].startswith(part)))
        at = next(fits, -1) + 1
        if not at:
            return False
    return True
