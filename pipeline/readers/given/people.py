"""Gives speakers the names and roles that a person set, and proposes those that the notes leave open."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Kind, Role
from pipeline.readers.files.reading import Reading
from pipeline.readers.given.mapping import Proposal, StudyMapping, list_some
from pipeline.readers.notes.labels import fold, initials_of
from pipeline.readers.notes.turns import CONTENT
from pipeline.text.normalisation import fold_name

MIN_LIKENESS, MIN_LETTERS = 85.0, 4
"""Two names that are this much alike, in percent, may be one; shorter ones are alike by chance."""
MIN_QUESTIONS, MIN_ASKED = 2, 0.4
"""Who asks so many questions, in this share of all turns, may lead the talk."""

_ASKS = re.compile(r"(?P<who>.+) asks (?P<n>\d+) of (?P<of>\d+) questions and is taken as who leads")
_CODE = re.compile(r"[^\W\d_]{1,3}\d{0,3}|(?:spreker|speaker|deelnemer|respondent|person)[\s_-]*\d+", re.IGNORECASE)


def name_people(reading: Reading, mapping: StudyMapping) -> Reading:
    """Give speakers the names and roles that a person set.

    Args:
        reading: what a reader found.
        mapping: its ``speakers``, by label as written; its ``roles``, by label, by the name that is meant, or by
            ``session: label``.

    Returns:
        The same reading with those names and roles in its speakers and utterances.
    """
    if not mapping.speakers and not mapping.roles:
        return reading
    spelled = {str(row["speaker"]): [str(name) for name in row["spellings"]] for row in reading.speakers}

    def role_of(session: str, labels: Sequence[str], role: str | None) -> str | None:
        names = [f"{session}: {label}" for label in labels] + list(labels)
        return next((found for name in names if (found := mapping.roles.get(fold_name(name)))), role)

    rows, named = [], defaultdict[tuple[str, str], dict[str, None]](dict)
    for i, row in enumerate(reading.utterances):
        if not row.get("speaker"):
            rows.append(row)
            continue
        label = _written(reading.utterances, i, spelled.get(str(row["speaker"]), []), mapping) or str(row["speaker"])
        meant = _meant(label, mapping)
        named[str(row["session"]), str(row["speaker"])][meant] = None
        labels = (label, meant, str(row["speaker"]), *spelled.get(str(row["speaker"]), ()))
        role = role_of(str(row["session"]), labels if meant == _meant(str(row["speaker"]), mapping) else labels[:2],
                       row["role"])  # fmt: skip
        rows.append({**row, "speaker": meant, "role": role})
    speakers: dict[tuple[str, str], dict[str, Any]] = {}
    for row in reading.speakers:
        session, label = str(row["session"]), str(row["speaker"])
        own = _meant(label, mapping)
        for meant in named.get((session, label)) or {own: None}:
            spellings = [name for name in (*row["spellings"], label) if _meant(name, mapping) in (meant, name)]
            labels = (meant, label, *spellings) if meant == own else (meant,)
            found = {**row, "speaker": meant, "role": role_of(session, labels, row["role"])}
            kept = speakers.setdefault((session, meant), found)
            kept["spellings"] = sorted({*(kept["spellings"] if kept is not found else ()), *(spellings or [meant])})
    return replace(reading, speakers=tuple(speakers.values()), utterances=tuple(rows))


def _meant(label: str, mapping: StudyMapping) -> str:
    """Follow a label to the name that is meant; a name may itself stand for another."""
    followed = {fold_name(label)}
    while (name := mapping.speakers.get(fold_name(label))) is not None:
        label = name
        if fold_name(label) in followed:
            break
        followed.add(fold_name(label))
    return label


def _written(rows: Sequence[Row], i: int, spellings: Sequence[str], mapping: StudyMapping) -> str | None:
    """Find the spelling that stands beside a remark, where a person said of one of them who is meant."""
    if not any(fold_name(name) in mapping.speakers for name in spellings):
        return None
    beside = [row for row in rows[max(i - 1, 0) : i + 2] if row["kind"] == Kind.LAYOUT]
    texts = [row["text"] for row in beside if row["line"] == rows[i]["line"]]
    longest = sorted(spellings, key=len, reverse=True)
    return next(
        (name for name in longest if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", t) for t in texts)), None
    )


def propose_people(readings: Sequence[Reading]) -> Iterator[Proposal]:
    """Propose roles and names: what was read so and may be wrong, and what may be so and is not read so.

    Args:
        readings: of the notes, as their readers found them.

    Yields:
        ``[roles]``: who asks the questions. ``[speakers]``: initials that meet a name, two spellings of one name.
    """
    roles: dict[str, dict[str, str]] = defaultdict(dict)
    for row in (row for reading in readings for row in reading.speakers):
        roles[fold_name(str(row["speaker"]))][str(row["session"])] = str(row["role"])
    for reading in readings:
        yield from _propose_leads(reading, roles)
        for row in reading.speakers:
            name = str(row["speaker"])
            for spelling in row["spellings"]:
                # Alone in another session it is a question there, and this line would answer it.
                is_alone = fold_name(spelling) in roles
                if fold(spelling) != fold(name) and row["role"] == Role.DEELNEMER and not is_alone:
                    yield Proposal(("speakers",), spelling, name, "two spellings of one speaker")
    yield from _propose_same(readings)


def _propose_leads(reading: Reading, roles: Mapping[str, Mapping[str, str]]) -> Iterator[Proposal]:
    def key(session: str, name: str, role: Role) -> str:
        # A label that means others in other sessions says little by itself.
        is_one = all(found == role for other, found in roles[fold_name(name)].items() if other != session)
        return name if is_one else f"{session}: {name}"

    found = {match["who"]: match for notice in reading.notices if (match := _ASKS.match(notice.message))}
    for row in reading.speakers:
        session, name = str(row["session"]), str(row["speaker"])
        match = found.get(name)
        if match and row["role"] == Role.GESPREKSLEIDER:
            why = f"asks {match['n']} of {match['of']} questions"
            yield Proposal(("roles",), key(session, name, Role.GESPREKSLEIDER), str(Role.GESPREKSLEIDER), why)
    asked: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    led = {str(row["session"]) for row in reading.speakers if row["role"] != Role.DEELNEMER}
    for row in reading.utterances:
        if row["kind"] in CONTENT and row.get("speaker") and str(row["session"]) not in led:
            asked[str(row["session"])][str(row["speaker"])].append(str(row["text"]).rstrip().endswith("?"))
    for session, by_speaker in asked.items():
        n_asked, name = max((sum(each), name) for name, each in by_speaker.items())
        turns = by_speaker[name]
        if len(by_speaker) > 1 and n_asked >= MIN_QUESTIONS and n_asked >= MIN_ASKED * len(turns):
            why = f"asks {n_asked} questions in {len(turns)} turns: take the # away if so"
            role = str(Role.GESPREKSLEIDER)
            yield Proposal(("roles",), key(session, name, Role.GESPREKSLEIDER), role, why, is_asked=True)


def _propose_same(readings: Sequence[Reading]) -> Iterator[Proposal]:
    """Ask whether names that are nearly alike are one, and whether initials mean the one name that they fit."""
    counts: dict[str, int] = defaultdict(int)
    places: dict[str, dict[str, None]] = defaultdict(dict)
    spelled: dict[str, str] = {}
    for row in (row for reading in readings for row in reading.speakers):
        counts[str(row["speaker"])] += 1
        places[str(row["speaker"])][str(row["session"])] = None
        spelled |= {fold_name(spelling): str(row["speaker"]) for spelling in row["spellings"]}
    several = len({session for found in places.values() for session in found}) > 1

    def where(name: str) -> str:
        return f"; sessions: {list_some(places[name])}" if several else ""

    names = sorted(name for name in counts if not _is_code(name) and name.casefold() not in set(Role))
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            is_long = min(len(one), len(other)) >= MIN_LETTERS
            if (
                is_long
                and fold_name(one) != fold_name(other)
                and fuzz.ratio(one.casefold(), other.casefold()) >= MIN_LIKENESS
            ):
                rarer, kept = sorted((one, other), key=lambda name: (counts[name], name))
                why = f"nearly the same name: take the # away if it is{where(rarer)}"
                yield Proposal(("speakers",), rarer, kept, why, is_asked=True)
    for code in counts:
        fits = [name for name in names if code.isalpha() and len(code) > 1 and code.casefold() in initials_of(name)]
        if _is_code(code) and len(fits) == 1 and spelled.get(fold_name(fits[0])) != code:
            why = f"initials of this name: take the # away if so{where(code)}"
            yield Proposal(("speakers",), code, fits[0], why, is_asked=True)


def _is_code(label: str) -> bool:
    """Tell whether a label is initials or a number; ``Tom`` and ``Jo`` are names, ``TO`` is none."""
    return _CODE.fullmatch(label) is not None and not (label.isalpha() and label.istitle() and len(label) > 1)
