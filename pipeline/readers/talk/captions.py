"""Reads WebVTT and SRT as Teams, Zoom, Whisper, noScribe and video sites write them.

A parser of our own: the libraries that were tried drop a cue whose time is not written by the rules without a word,
know one speaker a cue, or put the text of the file in their errors.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.readers.files.decoding import decode_file
from pipeline.readers.files.reading import Reading, SourceText
from pipeline.readers.notes.header import read_header
from pipeline.readers.notes.labels import fold
from pipeline.readers.notes.marks import Line
from pipeline.readers.talk.cues import Cue, announce_hats, make_turns
from pipeline.readers.talk.lines import FileFacts, Talk, clean, read_talks

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
    said: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in text:
        at = 0
        for found in _SPEAKER_TAG.finditer(line):
            said[-1][1].append(line[at : found.start()])
            speaker = " ".join(clean(html.unescape(found["name"])).split()) or None
            said.append((speaker, []))
            at = found.end()
        said[-1][1].append(line[at:])
    if speaker is None and sum(_DASH.match(_bare(line)) is not None for line in text) > 1:
        # Two people in one cue, each behind a dash.
        said = [(None, [line]) for line in text]
    for who, parts in said:
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
