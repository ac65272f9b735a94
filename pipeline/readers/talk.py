"""From talk that a format gives in pieces (cues, segments, cells) to the lines that `transcript` reads.

One reader of structure serves all formats: what was said becomes a line such as ``[00:12:03] D3: ...`` below a header
and the headings of hats, and each line keeps the place (time code or cell) at which it stands in the file.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.errors import InputError, Notice
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.notes import transcript
from pipeline.readers.notes.hats import HAT_ADJECTIVES, find_worn_hat
from pipeline.readers.notes.header import read_header
from pipeline.readers.notes.labels import NAME, ROLE_WORDS, any_role_word, fold, read_label, role_in_label
from pipeline.readers.notes.marks import Line, Section, read_heading, show_time
from pipeline.readers.notes.turns import CONTENT
from pipeline.readers.sources import Place, Reading, SourceText

MAX_NAME = 30
_ROLE_FIELDS = {
    Role.GESPREKSLEIDER: "Gespreksleider",
    Role.VERSLAGGEVER: "Verslaggever",
    Role.GASTHEER: "Gastheer",
}
_BRACKETS = re.compile(r"\s*[(\[{|/]\s*(?P<inside>[^()\[\]{}|]*)[)\]}]?\s*")
_DEVICE = re.compile(
    r"(?:ipad|iphone|galaxy|laptop|gsm|macbook|tablet|pc)\s+(?:van|de|of)\s+(?=[A-ZÀ-Þ])", re.IGNORECASE
)
"""What a meeting shows for whoever gave no name: the device, and whose it is."""
_STRANGE = re.compile(r"[^\w\s'’.-]|_")


class Labels:
    """The speakers of one session: the label of each, and the header that declares them."""

    def __init__(self, speakers: Iterable[tuple[str, Role | None, str | None]]) -> None:
        """Find a label for each name.

        Args:
            speakers: name as the file writes it, role and organisation where the file gives them.
        """
        self._labels: dict[str, str] = {}
        self._roles: dict[str, Role] = {}
        self._organisations: dict[str, str] = {}
        for name, role, organisation in speakers:
            if name not in self._labels:
                self._labels[name] = self._find(name)
            label = self._labels[name]
            _, inside = _split(name)
            found = role or ROLE_WORDS.get(inside.casefold()) or role_in_label(_split(name)[0])
            if found and found is not Role.DEELNEMER:
                self._roles.setdefault(label, found)
            is_hat = read_hat(name) is not None
            if organisation or (inside and not found and not is_hat and inside.casefold() not in ROLE_WORDS):
                self._organisations.setdefault(label, organisation or inside)

    def _find(self, name: str) -> str:
        bare = _DEVICE.sub("", _split(name)[0]) or name
        if bare.count(",") == 1:
            last, first = (part.strip() for part in bare.split(","))
            bare = f"{first} {last}" if first and last else bare
        plain = " ".join(_STRANGE.sub(" ", bare).split())[:MAX_NAME].strip(" .-'’")
        titled = " ".join(word if word[:1].isupper() else word.capitalize() for word in plain.split())
        for candidate in (bare, plain, titled):
            if _is_read(candidate):
                return candidate
        taken = {label for label in self._labels.values() if label.startswith("Spreker ")}
        return f"Spreker {len(taken) + 1}"

    def header(self, given: Sequence[str] = ()) -> Iterator[str]:
        """Give the header lines that declare the speakers, so that a name counts from its first turn.

        Args:
            given: header lines of the file; who is declared there is not declared again.
        """
        declared = {fold(person.name) for line in given for person in read_header([Line(1, 0, line)], 0).people}
        for role, role_field in _ROLE_FIELDS.items():
            names = [label for label, found in self._roles.items() if found is role and not _is_role(label)]
            names = [label for label in names if fold(label) not in declared]
            # A field that is no name would be read as the first turn.
            lines = (f"{role_field}: {label}" for label in dict.fromkeys(names))
            yield from (line for line in lines if read_header([Line(1, 0, line)], 0).people)
        others = [name for name in dict.fromkeys(self._labels.values()) if name not in self._roles]
        others = [label for label in others if not _is_role(label) and fold(label) not in declared]
        if others:
            yield "Deelnemers:"
        for label in others:
            organisation = " ".join(_STRANGE.sub(" ", self._organisations.get(label, "")).split())
            yield f"- {label} ({organisation})" if organisation else f"- {label}"

    def write(self, speaker: str | None, hat: Hat | None) -> str:
        """Write the label before what a speaker said.

        Args:
            speaker: name as the file writes it, or None.
            hat: a hat to put in the label, as in notes.

        Returns:
            ``D3: ``, ``D3 (zwart): ``, ``[zwart] `` or nothing.
        """
        if speaker is None:
            return f"[{hat}] " if hat else ""
        label = self._labels[speaker]
        role = self._roles.get(label)
        worn = hat or read_hat(speaker)
        inside = [str(part) for part in (role if role and not _is_role(label) else None, worn) if part]
        return f"{label} ({', '.join(inside)}): " if inside else f"{label}: "

    def is_inside(self, text: str) -> bool:
        """Tell whether a text has its own label at its beginning, which counts where the file gives none."""
        return read_label(text) is not None

    def spellings(self, labels: Sequence[str]) -> list[str]:
        """Give all ways in which the file wrote the labels of one speaker."""
        written = {name for name, label in self._labels.items() if label in labels}
        return sorted(written) if written else sorted(labels)


def split_label(texts: Sequence[str]) -> list[tuple[str | None, str]]:
    """Split names from texts that begin with them, as in ``An Claes: ...``.

    A name counts where nearly all texts begin with one, or where it is a code or a role, or returns.

    Args:
        texts: one line each.

    Returns:
        Name and rest for each text; None where it has no name.

    >>> split_label(["an: goed idee", "jan: vind ik ook", "an: dan beginnen wij"])[1]
    ('jan', 'vind ik ook')
    >>> split_label(["Eén vraag: wie komt?", "Niemand.", "D3: ik."])
    [(None, 'Eén vraag: wie komt?'), (None, 'Niemand.'), ('D3', 'ik.')]
    """
    found = [_NAME_FIRST.match(text) for text in texts]
    in_brackets = [_NAME_IN_BRACKETS.match(text) for text in texts]
    bracketed = Counter(match["name"] for match in in_brackets if match)
    if not any(found) and len(bracketed) > 1 and max(bracketed.values()) > 1:
        found = in_brackets
        return [(m["name"], text[m.end() :]) if m else (None, text) for m, text in zip(found, texts, strict=True)]
    names = Counter(match["name"] for match in found if match)
    is_rule = len(texts) > 1 and sum(names.values()) >= _NEARLY_ALL * len(texts)
    split: list[tuple[str | None, str]] = []
    for text, match in zip(texts, found, strict=True):
        label = read_label(text) if match else None
        returns = match is not None and label is not None and names[match["name"]] > 1 and len(names) > 1
        counts = match is not None and (is_rule or returns or (label is not None and label.sure))
        split.append((match["name"], text[match.end() :]) if match and counts else (None, text))
    return split


_NEARLY_ALL = 0.8
_NAME_FIRST = re.compile(r"(?P<name>[^\W_][^:\n]{0,59}?)\s*:\s+(?=\S)")
_NAME_IN_BRACKETS = re.compile(rf"[\[(](?P<name>{NAME}|(?i:{any_role_word(min_length=3)}))[\])]:?\s+(?=\S)")


def read_hat(name: str) -> Hat | None:
    """Read the hat in the brackets after a name.

    >>> read_hat("D1 (zwart)"), read_hat("D1 (OCMW)")
    (<Hat.ZWART: 'zwart'>, None)
    """
    _, inside = _split(name)
    return find_worn_hat(inside)


def _split(name: str) -> tuple[str, str]:
    found = _BRACKETS.search(name)
    if not found or not found.start():
        return " ".join(name.split()), ""
    return " ".join(name[: found.start()].split()), " ".join(found["inside"].split())


def _is_role(label: str) -> bool:
    return fold(label).rstrip("0123456789") in set(Role)


def _is_read(label: str) -> bool:
    found = read_label(f"{label}: x") if label else None
    return found is not None and found.name == label and fold(label) not in _HATS and "]" not in label


_HATS = frozenset(word for hat, adjective in HAT_ADJECTIVES.items() for word in (str(hat), adjective))
MAX_HOURS = 100

_NOTES_TITLE = "Individuele notities"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was said or noted.

    Attributes:
        text: what it says, of any number of lines.
        place: where it stands in the file, for a reader: ``00:12:03``, ``Blad1!C12``.
        time_s: seconds from the start of the recording.
        speaker: as the file names the speaker; None where it does not.
        role: role of the speaker, where the file gives it.
        organisation: for whom the speaker speaks, where the file gives it.
        hat: the hat, where the file gives it for this one.
        is_note: it was written down before the talk.
        is_heading: it is a heading and was not said.
    """

    text: str
    place: str
    time_s: float | None = None
    speaker: str | None = None
    role: Role | None = None
    organisation: str | None = None
    hat: Hat | None = None
    is_note: bool = False
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What one session holds.

    Attributes:
        remarks: in the order of the talk.
        header: lines such as ``Datum: 14 maart 2024``.
        has_hats: the file gives the hat of each one, so that an absent hat is no hat.
    """

    remarks: Sequence[Remark]
    header: Sequence[str] = ()
    has_hats: bool = False


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a reading tells of its file; see `SourceText`."""

    name: str
    sha256: str
    encoding: str
    container: str
    notices: tuple[Notice, ...] = field(default=())


def read_talks(file: FileFacts, talks: Sequence[Talk]) -> Reading:
    """Read the structure of what a file holds.

    Args:
        file: facts for the source.
        talks: its sessions; the text of the source is that of their lines.

    Returns:
        One reading with all sessions.

    Raises:
        InputError: there is nothing in it, or two sessions bear one name.
    """
    if not any(talk.remarks for talk in talks):
        raise InputError.single(file.name, "holds nothing that was said", "Leave it out, or fill it")
    parts = [_read_talk(file, talk) for talk in talks if talk.remarks]
    names = Counter(str(row["session"]) for part in parts for row in part.sessions)
    if twice := sorted(name for name, n in names.items() if n > 1):
        what = f"holds {len(twice)} sessions of which the name returns"
        raise InputError.single(file.name, what, "Give each session its own name")
    return _unite(file, parts)


def _read_talk(file: FileFacts, talk: Talk) -> Reading:
    labels = Labels([(each.speaker, each.role, each.organisation) for each in talk.remarks if each.speaker])
    header = dict.fromkeys((*talk.header, *labels.header(talk.header)))
    lines: list[tuple[str, Remark | None]] = [(line, None) for line in header]
    lines += _talk_lines(talk, labels)
    places: list[Place] = []
    by_line: dict[int, Remark] = {}
    chunks: list[str] = []
    at = 0
    for number, (line, remark) in enumerate(lines):
        # A blank line keeps one from being read as going on with the one above it.
        gap = "\n\n" if number and remark else "\n" if number else ""
        chunks += [gap, line]
        at += len(gap)
        if remark:
            places.append(Place(at, remark.place))
            by_line[at] = remark
        at += len(line)
    text = "".join(chunks)
    source = SourceText(file.name, text, file.sha256, file.encoding, file.container, tuple(places))
    reading = transcript.read(source)
    starts = sorted(by_line)
    rows = tuple(
        _corrected(row, by_line[starts[i - 1]], talk, labels) if i else row
        for row, i in ((row, bisect_right(starts, int(row["char_start"]))) for row in reading.utterances)
    )
    # What a column says is an organisation is one, also where it bears no proper name.
    given = {each.speaker: each.organisation for each in talk.remarks if each.speaker and each.organisation}
    speakers = []
    for row in reading.speakers:
        spellings = labels.spellings(row["spellings"])
        organisation = row["organisation"] or next((given[each] for each in spellings if each in given), None)
        speakers.append({**row, "spellings": spellings, "organisation": organisation})
    return replace(reading, utterances=rows, speakers=tuple(speakers))


def _talk_lines(talk: Talk, labels: Labels) -> Iterator[tuple[str, Remark]]:
    now: tuple[bool, Hat | None] = (False, None)
    was_labelled = False
    for each in talk.remarks:
        text = " ".join(each.text.split())
        heading = read_heading(text, after_blank=True) if each.speaker is None else None
        is_hat_or_part = heading is not None and bool(heading.hat or heading.section or heading.is_unknown_hat)
        if not text:
            continue
        if each.is_heading or (is_hat_or_part and not talk.has_hats):
            yield text if is_hat_or_part else f"## {text.strip('# ')}", each
            now, was_labelled = (False, heading.hat if heading else None), False
            continue
        if each.is_note and (not now[0] or (was_labelled and not each.speaker)):
            yield f"## {_NOTES_TITLE}", each
        elif not each.is_note and each.hat and now != (False, each.hat):
            yield f"## {HAT_ADJECTIVES[each.hat].capitalize()} hoed", each
        now = (each.is_note, None if each.is_note else each.hat or now[1])
        was_labelled = each.speaker is not None
        yield f"{_time(each)}{labels.write(each.speaker, each.hat if each.is_note else None)}{text}", each


def _time(each: Remark) -> str:
    if each.time_s is None or not 0 <= each.time_s < MAX_HOURS * 3600:
        return ""
    return f"[{show_time(each.time_s)}.{int(each.time_s * 1000) % 1000:03d}] "


def _corrected(row: Row, remark: Remark, talk: Talk, labels: Labels) -> Row:
    """Take from the file what it says of speaker and hat, where a line of text would leave it to its neighbours."""
    if row["kind"] not in CONTENT:
        return row
    changed: dict[str, object] = {}
    if remark.speaker is None and row["speaker"] is not None and not labels.is_inside(remark.text):
        changed = {"speaker": None, "role": None, "kind": str(Kind.NOTE if remark.is_note else Kind.STATEMENT)}
        if len(str(row["text"]).split()) > transcript.STATEMENT_WORDS and not remark.is_note:
            changed["kind"] = str(Kind.TURN)
    if talk.has_hats:
        changed["hat_given"] = str(remark.hat) if remark.hat else None
        left_hat = remark.hat is None and row["section"] == Section.HAT
        changed["section"] = None if left_hat else row["section"]
    return {**row, **changed}


def _unite(file: FileFacts, parts: Sequence[Reading]) -> Reading:
    """Put the sessions of a file below one another in one source."""
    texts: list[str] = []
    places: list[Place] = []
    rows: list[Row] = []
    at = line = 0
    identity = parts[0].source.source_id
    for part in parts:
        for row in part.utterances:
            number = f"{identity}:{len(rows):05d}"
            moved = {name: int(row[name]) + at for name in ("char_start", "char_end")}
            rows.append({**row, **moved, "line": int(row["line"]) + line, "utterance_id": number, "block": number})
        places += [Place(place.start + at, place.label) for place in part.source.places]
        texts.append(part.source.text)
        at += len(part.source.text) + 2
        line += part.source.text.count("\n") + 2
    source = SourceText(
        file.name, "\n\n".join(texts), file.sha256, file.encoding, file.container, tuple(places), file.notices
    )
    return replace(
        parts[0],
        source=source,
        utterances=tuple(rows),
        sessions=tuple(row for part in parts for row in part.sessions),
        speakers=tuple(row for part in parts for row in part.speakers),
        version=next((part.version for part in parts if part.version), None),
        notices=tuple(dict.fromkeys(notice for part in parts for notice in part.notices)),
    )


def clean(text: str) -> str:
    r"""Drop what cannot be seen: control characters, halves of characters, marks that turn the direction of writing.

    >>> clean("wij\u200f komen\x07 samen")
    'wij komen samen'
    """
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", text)
