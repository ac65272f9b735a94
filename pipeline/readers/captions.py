"""Reads WebVTT and SRT as Teams, Zoom, Whisper, noScribe and video sites write them; and turns cues into turns.

Cues are the short stretches of time of captions and of speech recognition. Repeats and overlap are taken out once and
counted, sentences that are split over cues are joined, and so are the cues of one speaker. A hat that the talk
announces becomes a heading, where the file has no headings of its own.

A parser of our own: the libraries that were tried drop a cue whose time is not written by the rules without a word,
know one speaker a cue, or put the text of the file in their errors.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.vocabulary import Hat, Role
from pipeline.readers.notes.hats import HAT_ADJECTIVES, MAX_ANNOUNCEMENT_WORDS, announced_hat
from pipeline.readers.notes.header import read_header
from pipeline.readers.notes.labels import ROLE_WORDS, fold, role_in_label
from pipeline.readers.notes.marks import Line, read_heading, show_time
from pipeline.readers.notes.transcript import find_announcer
from pipeline.readers.sources import Reading, SourceText, decode_file
from pipeline.readers.talk import FileFacts, Remark, Talk, clean, read_talks, split_label

MAX_GAP_S = 3.0
"""Without a speaker, a longer silence ends a sentence that has no full stop."""

TOUCHING_S = 0.5
"""Cues that are no farther apart may repeat each other."""

MIN_REPEATED_WORDS = 3
"""Fewer words are said twice by people as well."""

MAX_INTERJECTION_WORDS = 3
MAX_UNLABELLED_WORDS = 80
MAX_NAMED_SHARE = 0.8
"""Where more cues than this begin with a name, each cue does, also one that goes on."""

_SOUND = re.compile(r"[(\[♪♫*#][^()\[\]]*[)\]♪♫*#]|[♪♫\s]+")
_ENDS = re.compile(r"[.?!…][\"'”’)\]]*$")
_CLOSES = re.compile(
    r"\b(?:ronden? (?:we |wij )?(?:hier )?af|afronden|afsluitend\w* rond\w*|rond\w* tot slot|terugkoppeling|slotronde"
    r"|wat neemt (?:u|gij|ge|je|iedereen) mee)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of time with what was said in it.

    Attributes:
        start_s: seconds from the start of the recording.
        end_s: seconds; at least ``start_s``.
        lines: what was said, as it is broken into lines on screen.
        speaker: as the file names the speaker.
        begins: its text begins with a name, as only the first cue of a turn does.
    """

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str | None = None
    begins: bool = False

    @property
    def text(self) -> str:
        """What was said, on one line."""
        return " ".join(self.lines)


def make_turns(name: str, cues: Iterable[Cue], *, is_diarised: bool = False) -> tuple[list[Remark], list[Notice]]:
    """Join cues into turns.

    Args:
        name: of the file, for notices.
        cues: in the order of the file.
        is_diarised: the file gives the speaker of each cue, so that one without is of somebody unknown.

    Returns:
        Turns in order of time, and notices with counts of what was taken out or is doubtful.
    """
    filled = [cue for cue in cues if cue.text.strip()]
    spoken = [cue for cue in filled if not _SOUND.fullmatch(cue.text.strip())]
    given = _label(spoken)
    recordings = _split_recordings(given)
    ordered = [cue for part in recordings for cue in sorted(part, key=lambda cue: cue.start_s)]
    notices = []
    if n_sounds := len(filled) - len(spoken):
        notices.append(Notice(name, f"{n_sounds} cues that hold a sound and no words were left out"))
    if len(recordings) > 1:
        what = f"holds {len(recordings)} recordings that each begin at zero: read in the order of the file"
        notices.append(Notice(name, what))
    if ordered != given:
        notices.append(Notice(name, "has cues that are not in order of time: read in order of time"))
    kept, n_repeated, n_shortened = _without_repeats(ordered)
    if n_repeated or n_shortened:
        what = f"{n_repeated} cues that repeat the one before were left out, {n_shortened} that overlap it shortened"
        notices.append(Notice(name, what))
    turns = _join(kept, is_diarised=is_diarised)
    return turns, notices


def _split_recordings(cues: Sequence[Cue]) -> list[list[Cue]]:
    """Split cues where the time begins again near zero and goes on from there."""
    parts: list[list[Cue]] = [[]]
    for i, cue in enumerate(cues):
        reached = max((each.end_s for each in parts[-1]), default=0.0)
        falls = cue.start_s < reached - MIN_FALL_S and cue.start_s < MAX_BEGIN_S + MAX_BEGIN_SHARE * reached
        after = [each.start_s for each in cues[i : i + 3]]
        first = parts[-1][0].start_s if parts[-1] else 0.0
        goes_on = len(after) > 1 and after == sorted(after) and len(parts[-1]) > 1
        if falls and goes_on and cue.start_s <= first + MAX_BEGIN_S:
            parts.append([])
        parts[-1].append(cue)
    return parts


MIN_FALL_S, MAX_BEGIN_S, MAX_BEGIN_SHARE = 5.0, 10.0, 0.05
"""A recording that begins again falls back by more than this many seconds, to its first seconds."""


def _label(cues: Sequence[Cue]) -> list[Cue]:
    """Take names from the beginning of what was said, in a file that has no other place for them."""
    if any(cue.speaker for cue in cues):
        return list(cues)
    split = split_label([cue.lines[0] for cue in cues])
    begins = sum(name is not None for name, _ in split) < MAX_NAMED_SHARE * len(cues)
    return [
        replace(cue, lines=(rest, *cue.lines[1:]), speaker=name, begins=begins) if name else cue
        for cue, (name, rest) in zip(cues, split, strict=True)
    ]


def _without_repeats(cues: Sequence[Cue]) -> tuple[list[Cue], int, int]:
    kept: list[Cue] = []
    shown: Cue | None = None
    n_repeated = n_shortened = 0
    for cue in cues:
        lines = _new_lines(shown, cue) if shown else cue.lines
        if not lines:
            n_repeated += 1
        else:
            n_shortened += lines != cue.lines
            kept.append(replace(cue, lines=lines))
        shown = cue
    return kept, n_repeated, n_shortened


def _new_lines(shown: Cue, cue: Cue) -> tuple[str, ...]:
    """Give what a cue adds to the one that was on screen before it."""
    overlaps = cue.start_s < shown.end_s
    if cue.speaker != shown.speaker or cue.start_s - shown.end_s > TOUCHING_S:
        return cue.lines
    before, now = [_words(line) for line in shown.lines], [_words(line) for line in cue.lines]
    # Captions that roll: the first lines were the last ones of the screen before.
    for n in range(min(len(before), len(now)), 0, -1):
        n_words = sum(len(line) for line in now[:n])
        rolls = n < len(now) or n < len(before)
        if before[-n:] == now[:n] and (overlaps or rolls or n_words >= MIN_REPEATED_WORDS):
            return cue.lines[n:]
    words, before_words = [w for line in now for w in line], [w for line in before for w in line]
    if overlaps:
        for n in range(min(len(words), len(before_words)), MIN_REPEATED_WORDS - 1, -1):
            if before_words[-n:] == words[:n]:
                rest = " ".join(cue.text.split()[n:])
                return (rest,) if rest else ()
    return cue.lines


def _words(line: str) -> tuple[str, ...]:
    return tuple(word.casefold().strip(".,;:!?…\"'") for word in line.split())


def _join(cues: Sequence[Cue], *, is_diarised: bool) -> list[Remark]:
    turns: list[tuple[Remark, float]] = []
    has_speakers = any(cue.speaker for cue in cues)
    for cue in cues:
        text = " ".join(cue.text.split())
        heading = read_heading(text, after_blank=True)
        alone = heading is not None and bool(heading.hat or heading.section) and heading.length == len(text)
        # Whoever says no more than "Groene hoed." announces it as others do in a sentence.
        alone = alone and not (cue.speaker and heading is not None and heading.hat)
        turn = Remark(text, show_time(cue.start_s), cue.start_s, None if alone else cue.speaker, is_heading=alone)
        is_of_another = is_diarised and turn.speaker is None and bool(turns and turns[-1][0].speaker)
        target = None if alone or is_of_another else _goes_on(turns, turn, cue, has_speakers)
        if target is None:
            turns.append((turn, cue.end_s))
        else:
            before, end_s = turns[target]
            turns[target] = replace(before, text=f"{before.text} {text}"), max(end_s, cue.end_s)
    return [turn for turn, _ in turns]


def _goes_on(turns: Sequence[tuple[Remark, float]], turn: Remark, cue: Cue, has_speakers: bool) -> int | None:
    """Say which turn a cue goes on with."""
    if not turns or turns[-1][0].is_heading or cue.begins:
        return None
    last, end_s = turns[-1]
    if has_speakers:
        if turn.speaker in (last.speaker, None):
            return len(turns) - 1
        between = len(last.text.split()) <= MAX_INTERJECTION_WORDS and not last.text.endswith("?")
        if between and len(turns) > 1 and not turns[-2][0].is_heading and turns[-2][0].speaker == turn.speaker:
            is_split = not _ENDS.search(turns[-2][0].text) and turn.text[:1].islower()
            return len(turns) - 2 if is_split else None
        return None
    is_whole = _ENDS.search(last.text) or len(last.text.split()) >= MAX_UNLABELLED_WORDS
    return None if is_whole or cue.start_s - end_s > MAX_GAP_S else len(turns) - 1


def announce_hats(name: str, turns: Sequence[Remark]) -> tuple[list[Remark], list[Notice]]:
    """Put a heading where the talk turns to a hat or to its closing round, unless the file has headings.

    A hat counts as announced in a short turn of whoever leads the talk (of anyone, where nobody is said to lead it)
    that begins with one hat and does not leave it.

    Args:
        name: of the file, for the notice.
        turns: in the order of the talk.

    Returns:
        The turns with headings, and a notice with the time of each.
    """
    if any(turn.is_heading for turn in turns):
        return list(turns), []
    leads = {turn.speaker for turn in turns if turn.speaker and _leads(turn)}
    if not leads and (announcer := find_announcer((turn.speaker, turn.text) for turn in turns if turn.speaker)):
        leads = {announcer}
    result: list[Remark] = []
    found: list[str] = []
    hat: Hat | None = None
    closed = False
    for turn in turns:
        may = not leads or turn.speaker in leads
        announced = announced_hat(turn.text, is_lead=bool(leads)) if may else None
        if announced and announced != hat:
            result.append(_heading(turn, f"{HAT_ADJECTIVES[announced].capitalize()} hoed"))
            hat, closed = announced, False
        elif may and hat and not closed and _is_closing(turn.text):
            result.append(_heading(turn, "Afronding"))
            closed = True
        if len(result) and result[-1].is_heading:
            found.append(f"{result[-1].text.strip('# ').lower()} at {turn.place}")
        result.append(turn)
    if not found:
        return result, []
    return result, [Notice(name, f"headings were made where the talk announces them: {', '.join(found)}")]


def _heading(turn: Remark, title: str) -> Remark:
    return Remark(f"## {title}", turn.place, turn.time_s, is_heading=True)


def _leads(turn: Remark) -> bool:
    words = fold(turn.speaker or "").rstrip("0123456789")
    bracket = re.search(r"[(\[](?P<role>[^)\]]+)[)\]]", turn.speaker or "")
    role = ROLE_WORDS.get(bracket["role"].strip().casefold()) if bracket else None
    return Role.GESPREKSLEIDER in (turn.role, role, role_in_label(turn.speaker or "")) or words == Role.GESPREKSLEIDER


def _is_closing(text: str) -> bool:
    return len(text.split()) <= MAX_ANNOUNCEMENT_WORDS and _CLOSES.search(text) is not None


_STAMP = r"(?:(?P<{0}h>\d{{1,4}}):)?(?P<{0}m>\d{{1,2}}):(?P<{0}s>\d{{1,2}})(?:[.,](?P<{0}f>\d{{1,3}}))?"
_TIMING = re.compile(rf"{_STAMP.format('a')}\s*-{{1,2}}>\s*{_STAMP.format('b')}(?:\s.*)?")
_LIKE_TIMING = re.compile(r"\s*[\d:.,\s]+-{1,2}>(?:\s*\d|\s*$)")
_SPEAKER_TAG = re.compile(r"<v(?:\.[^\s>]*)?\s+(?P<name>[^>]*)>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:[a-z][^<>]{0,200}|\d[\d:.]*)>|\{\\[^{}]{0,80}\}", re.IGNORECASE)
_STAMP_INSIDE = re.compile(r"^\[\d{1,3}:\d{2}(?::\d{2})?(?:\.\d+)?\]\s*")
_DASH = re.compile(r"^[-–]\s+")
_NUMBER = re.compile(r"\d{1,6}")
_SHOWN_PROBLEMS = 20


def read_captions(path: Path, name: str) -> tuple[Reading, ...]:
    """Read a WebVTT or SRT file.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        One reading; its places are time codes.

    Raises:
        InputError: it holds no cue, or cues whose times cannot be read: all of them, by line.
    """
    source = decode_file(path, name)
    return (read_caption_text(source, path.suffix.lower().lstrip(".")),)


def read_caption_text(source: SourceText, container: str) -> Reading:
    r"""Read the text of a caption file; see `read_captions`.

    >>> text = "WEBVTT\n\n00:12:03.000 --> 00:12:05.000\n<v D3>Zes adressen.\n"
    >>> row = read_caption_text(SourceText("tafel-03.vtt", text, "", "utf-8"), "vtt").utterances[-1]
    >>> row["speaker"], row["text"], row["time_start_s"]
    ('D3', 'Zes adressen.', 723.0)
    """
    lines = source.text.split("\n")
    cues, problems = _read_cues(source.name, lines)
    if problems:
        raise InputError(problems[:_SHOWN_PROBLEMS])
    if not cues:
        fix = "Export the captions again; a cue has a line such as 00:00:01.000 --> 00:00:04.000"
        raise InputError.single(source.name, "holds no cues", fix)
    turns, notices = make_turns(source.name, cues)
    header = _header(lines)
    roles = {fold(person.name): person.role for line in header for person in read_header([Line(1, 0, line)], 0).people}
    turns = [replace(turn, role=roles.get(fold(turn.speaker or ""))) for turn in turns]
    turns, announced = announce_hats(source.name, turns)
    if not any(turn.speaker for turn in turns):
        notices.append(Notice(source.name, "names no speakers: every remark is of nobody in particular"))
    facts = FileFacts(
        source.name, source.sha256, source.encoding, container,
        (*notices, *announced),
    )  # fmt: skip
    return read_talks(facts, [Talk(turns, header)])


def _read_cues(name: str, lines: Sequence[str]) -> tuple[list[Cue], list[Problem]]:
    cues: list[tuple[float, float, list[str]]] = []
    problems: list[Problem] = []
    in_block = False
    for number, line in enumerate(lines, start=1):
        found = _TIMING.fullmatch(line.strip())
        if found or _LIKE_TIMING.match(line):
            in_block = True
            times = (_seconds(found, "a"), _seconds(found, "b")) if found else None
            if times is None or times[1] < times[0]:
                what = "ends before it begins" if times else "has a time that cannot be read"
                fix = "Write it as 00:00:01.000 --> 00:00:04.000"
                problems.append(Problem(f"{name}, line {number}", f"a cue {what}", fix))
            else:
                _drop_identifier(cues, lines, number)
                cues.append((*times, []))
        elif re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", line) and (number < 2 or not lines[number - 2].strip()):
            in_block = False
        elif in_block and cues:
            cues[-1][2].append(line)
    return [cue for start_s, end_s, text in cues for cue in _split_by_speaker(start_s, end_s, text)], problems


def _seconds(found: "re.Match[str]", side: str) -> float:
    hours, minutes, seconds, fraction = (found[f"{side}{part}"] or "0" for part in "hmsf")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _drop_identifier(cues: Sequence[tuple[float, float, list[str]]], lines: Sequence[str], number: int) -> None:
    """Take the number or name of a cue off the text of the cue before it: it stands alone on the line above."""
    if not cues or number < 2:
        return
    above, before = lines[number - 2].strip(), lines[number - 3].strip() if number > 2 else ""
    text = cues[-1][2]
    is_alone = not before or (_NUMBER.fullmatch(above) is not None and int(above) == len(cues) + 1)
    if above and is_alone and text and text[-1].strip() == above:
        text.pop()


def _split_by_speaker(start_s: float, end_s: float, text: Sequence[str]) -> Iterator[Cue]:
    """Split a cue in what each speaker says; lines without a tag go with the speaker above them."""
    speaker: str | None = None
    parts_said: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in text:
        at = 0
        for found in _SPEAKER_TAG.finditer(line):
            parts_said[-1][1].append(line[at : found.start()])
            speaker = " ".join(clean(html.unescape(found["name"])).split()) or None
            parts_said.append((speaker, []))
            at = found.end()
        parts_said[-1][1].append(line[at:])
    if speaker is None and sum(_DASH.match(_bare(line)) is not None for line in text) > 1:
        # Two people in one cue, each behind a dash.
        parts_said = [(None, [line]) for line in text]
    for who, parts in parts_said:
        lines = tuple(plain for part in parts if (plain := _without_own_label(_plain(part), who)))
        if lines:
            yield Cue(start_s, end_s, lines, who)


def _without_own_label(line: str, speaker: str | None) -> str:
    """Take the name off a line that a tag names already, as some editors repeat it.

    >>> _without_own_label("S00: zes adressen", "S00"), _without_own_label("S00:", "S00")
    ('zes adressen', '')
    """
    if speaker and line.startswith(f"{speaker}:"):
        return line.removeprefix(f"{speaker}:").strip()
    return line


def _bare(line: str) -> str:
    return clean(html.unescape(_TAG.sub("", line))).strip()


def _plain(line: str) -> str:
    return " ".join(_DASH.sub("", _STAMP_INSIDE.sub("", _bare(line))).split())


def _header(lines: Sequence[str]) -> list[str]:
    """Find header lines of a session in the title and the comments of a WebVTT file."""
    header: list[str] = []
    in_note = False
    for number, line in enumerate(lines):
        if number == 0 and line.startswith("WEBVTT"):
            title = line.removeprefix("WEBVTT").strip(" \t-–:")
            header += [f"# {title}"] if title else []
        elif found := re.match(r"NOTE(?:\s+(?P<rest>.*))?$", line):
            in_note = True
            header += _field(found["rest"] or "")
        elif not line.strip():
            in_note = False
        elif in_note:
            header += _field(line)
    return header


def _field(line: str) -> list[str]:
    found = read_header([Line(1, 0, line.strip())], 0) if line.strip() else None
    return [line.strip()] if found and found.lines and found.title is None else []
