"""Reads what speech recognition writes as JSON: whisper, faster-whisper, whisperX, whisper.cpp, transformers.

All are a list of segments with a time and a text, and a speaker where voices were told apart. noScribe writes no JSON
(it writes WebVTT, HTML and text); segments with its speakers, ``S00``, are read all the same.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.readers.files.decoding import MAX_TEXT, decode_file
from pipeline.readers.files.reading import Reading, SourceText
from pipeline.readers.talk.cues import Cue, announce_hats, make_turns
from pipeline.readers.talk.lines import FileFacts, Talk, clean, read_talks

LISTS = ("segments", "chunks", "transcription", "utterances", "monologues")
TEXTS = ("text", "transcript", "sentence")
MAX_JSON = 40_000_000
"""Bytes; beside each word stand its time and how sure it is."""

MAX_NO_SPEECH = 0.6
"""Above this, whisper's own decoder takes a segment for silence."""

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,6}))?")
_FIX = "Give the JSON of whisper or whisperX, or export captions (vtt, srt)"


def read_speech(path: Path, name: str) -> tuple[Reading, ...]:
    """Read a JSON file of speech recognition.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        One reading; its places are time codes.

    Raises:
        InputError: it is no JSON, holds no segments, or segments without a time or text, by number.
    """
    return (read_speech_text(decode_file(path, name, limit=MAX_JSON, line_limit=MAX_JSON)),)


def read_speech_text(source: SourceText) -> Reading:
    """Read the text of a JSON file; see `read_speech`.

    >>> text = '{"segments": [{"start": 1.5, "end": 3.0, "text": " Zes adressen.", "speaker": "SPEAKER_00"}]}'
    >>> row = read_speech_text(SourceText("tafel-03.json", text, "", "utf-8")).utterances[-1]
    >>> row["speaker"], row["text"], row["time_start_s"]
    ('SPEAKER_00', 'Zes adressen.', 1.5)
    """
    try:
        given = json.loads(source.text)
    except (ValueError, RecursionError):
        raise InputError.single(source.name, "is not valid JSON", "Copy or export it again") from None
    segments = _find_segments(given)
    if segments is None:
        raise InputError.single(source.name, "is JSON without segments of speech", _FIX)
    if not segments:
        raise InputError.single(source.name, "holds no segments", "Leave it out, or fill it")
    cues, problems = _read_segments(source.name, segments)
    if problems:
        raise InputError(problems)
    if sum(len(cue.text) for cue in cues) > MAX_TEXT:
        what = f"holds more than {MAX_TEXT // 1_000_000} MB of text"
        raise InputError.single(source.name, what, "Give each session its own file")
    turns, notices = make_turns(source.name, cues)
    turns, announced = announce_hats(source.name, turns)
    silent = [segment.get("no_speech_prob") for segment in segments]
    n_silent = sum(isinstance(value, int | float) and value > MAX_NO_SPEECH for value in silent)
    if n_silent:
        notices.append(Notice(source.name, f"{n_silent} segments may be silence that was heard as words: check them"))
    if not any(turn.speaker for turn in turns):
        notices.append(Notice(source.name, "names no speakers: every remark is of nobody in particular"))
    facts = FileFacts(source.name, source.sha256, source.encoding, "json", (*notices, *announced))
    return read_talks(facts, [Talk(turns)])


def _find_segments(given: object) -> Sequence[Mapping[str, Any]] | None:
    """Find the list of segments, at the top or one level down; None where there is none."""
    candidates = [given]
    if isinstance(given, Mapping):
        inner = [value for value in given.values() if isinstance(value, Mapping)]
        candidates = [holder[key] for holder in (given, *inner) for key in LISTS if isinstance(holder.get(key), list)]
    for found in candidates:
        if isinstance(found, list) and all(isinstance(item, Mapping) for item in found):
            is_speech = not found or any(_times(item) is not None for item in found[:50])
            if is_speech:
                return found
    return None


def _read_segments(name: str, segments: Sequence[Mapping[str, Any]]) -> tuple[list[Cue], list[Problem]]:
    cues: list[Cue] = []
    problems: list[Problem] = []
    for number, segment in enumerate(segments, start=1):
        times, text = _times(segment), _text(segment)
        if text is not None and not text.strip():
            continue
        if times is None or text is None:
            what = "has no start and end" if times is None else "has no text"
            problems.append(Problem(f"{name}, segment {number}", what, _FIX))
        elif not 0 <= times[0] <= times[1]:
            problems.append(Problem(f"{name}, segment {number}", "ends before it begins", _FIX))
        else:
            cues.extend(_voices(segment, *times, text))
    return cues, problems


def _times(item: Mapping[str, Any]) -> tuple[float, float] | None:
    """Read start and end in seconds, in any of the ways in which they are written."""
    stamps, offsets, pair = item.get("timestamps"), item.get("offsets"), item.get("timestamp")
    if isinstance(offsets, Mapping):
        first, last = _second(offsets.get("from")), _second(offsets.get("to"))
        return None if first is None or last is None else (first / 1000, last / 1000)
    if isinstance(stamps, Mapping):
        first, last = _second(stamps.get("from")), _second(stamps.get("to"))
    elif isinstance(pair, list) and len(pair) == 2:
        first, last = _second(pair[0]), _second(pair[1])
        # The last segment of a long recording may be left open.
        last = first if last is None else last
    else:
        first, last = _second(item.get("start")), _second(item.get("end"))
    return None if first is None or last is None else (first, last)


def _second(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    hours, minutes, seconds, fraction = (part or "0" for part in found.groups())
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _text(segment: Mapping[str, Any]) -> str | None:
    for key in TEXTS:
        if isinstance(segment.get(key), str):
            return clean(str(segment[key]))
    words = [_word(word) for word in _words(segment)]
    return clean(" ".join(words)) if words else None


def _words(segment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    words = segment.get("words")
    return [word for word in words if isinstance(word, Mapping) and _word(word)] if isinstance(words, list) else []


def _word(word: Mapping[str, Any]) -> str:
    written = word.get("word", word.get("text"))
    return written.strip() if isinstance(written, str) else ""


def _speaker(item: Mapping[str, Any]) -> str | None:
    name = item.get("speaker", item.get("speaker_label"))
    if isinstance(name, Mapping):
        name = name.get("name", name.get("id"))
    if isinstance(name, bool) or not isinstance(name, str | int):
        return None
    # A number alone is no name.
    plain = " ".join(clean(str(name)[:200]).split())
    return (f"SPEAKER_{plain}" if re.fullmatch(r"\d{1,2}", plain) else plain) or None


def _voices(segment: Mapping[str, Any], start_s: float, end_s: float, text: str) -> Iterator[Cue]:
    """Split a segment where its words change from one speaker to another."""
    words = _words(segment)
    whole = Cue(start_s, end_s, (" ".join(text.split()),), _speaker(segment))
    if len({_speaker(word) for word in words} - {None}) < 2 or len(words) != len(text.split()):
        yield whole
        return
    who, begin = _speaker(words[0]) or whole.speaker, start_s
    said: list[str] = []
    for word in words:
        speaker = _speaker(word) or who
        if speaker != who and said:
            times = _times(word)
            at = min(max(times[0], begin), end_s) if times else begin
            yield Cue(begin, at, (" ".join(said),), who)
            said, begin = [], at
        who = speaker
        said.append(clean(_word(word)))
    yield Cue(begin, end_s, (" ".join(said),), who)
