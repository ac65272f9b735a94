"""Reads what speech recognition writes as JSON, by its structure and not by the name of its program.

All services write a list of stretches of speech with a text or words, mostly with a time, and a speaker where the
recording was diarised; the list lies at the top or some levels down, and is found there. A list of single words is
joined by speaker. A chat is a list of messages with a sender and a day; a board has lists of cards. The unit of time
is inferred: from the length of the recording where the file gives it, else from how fast people speak.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.vocabulary import Hat, Role
from pipeline.readers.captions import Cue, announce_hats, make_turns
from pipeline.readers.notes.labels import ROLE_WORDS
from pipeline.readers.notes.speakers import is_given
from pipeline.readers.sheets.columns import may_be_name, read_hat
from pipeline.readers.sources import MAX_TEXT, Reading, SourceText, decode_file
from pipeline.readers.talk import FileFacts, Remark, Talk, clean, read_talks

TEXTS = ("text", "transcript", "sentence", "content", "value", "display", "body", "punctuated_word", "word")
WORDS = ("words", "elements", "items", "tokens")
STARTS = ("start", "start_time", "startTime", "ts", "begin", "from", "offset", "start_s", "startMs", "start_ms", "time")
ENDS = ("end", "end_time", "endTime", "end_ts", "to", "stop", "end_s", "endMs", "end_ms")
LENGTHS = ("audio_duration", "duration", "audio_length", "length", "duration_seconds")
IDENTITIES = ("spkid", "id", "speaker_id", "speaker", "label")
SPEAKERS = ("speaker", "speaker_label", "speakerLabel", "speaker_id", "speakerId", "speaker_name", "spk")
MAX_LEVELS, MIN_SHARE = 6, 0.8
UNITS = (1.0, 1e3, 1e6, 1e7)
"""Of time in a second: seconds, milliseconds, microseconds, and ticks of 100 nanoseconds."""
MIN_WORD_RATE = 0.2
"""Words in a second of speech, by far."""
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
    if written := _read_written(source, given):
        return written
    segments = _find_segments(given)
    if segments is None:
        raise InputError.single(source.name, "is JSON without segments of speech", _FIX)
    if not segments:
        raise InputError.single(source.name, "holds no segments", "Leave it out, or fill it")
    people = _people(given)
    names = {identity: name for identity, (name, _) in people.items()}
    roles = {name: role for name, role in people.values() if role}
    cues, problems = _read_segments(source.name, segments)
    cues = [replace(cue, speaker=names.get(cue.speaker or "", cue.speaker)) for cue in cues]
    if problems:
        raise InputError(problems)
    cues, unit = _in_seconds(cues, _length(given))
    if sum(len(cue.text) for cue in cues) > MAX_TEXT:
        what = f"holds more than {MAX_TEXT // 1_000_000} MB of text"
        raise InputError.single(source.name, what, "Give each session its own file")
    turns, notices = make_turns(source.name, cues, is_diarised=True)
    if unit != UNITS[0]:
        notices.append(Notice(source.name, f"times were read as {unit:.0f} in a second: that fits the recording"))
    turns = [replace(turn, role=roles.get(turn.speaker or "")) for turn in turns]
    turns, announced = announce_hats(source.name, turns)
    silent = [segment.get("no_speech_prob") for segment in segments]
    n_silent = sum(isinstance(value, int | float) and value > MAX_NO_SPEECH for value in silent)
    if n_silent:
        notices.append(Notice(source.name, f"{n_silent} segments may be silence that was heard as words: check them"))
    if not any(turn.speaker for turn in turns):
        notices.append(Notice(source.name, "names no speakers: every remark is of nobody in particular"))
    facts = FileFacts(source.name, source.sha256, source.encoding, "json", (*notices, *announced))
    return read_talks(facts, [Talk(turns)])


def _read_written(source: SourceText, given: object) -> Reading | None:
    """Read a board, or the messages of a chat; None where the file holds speech."""
    talk, what = _read_board(given), "is read as the cards of a board"
    announced = [*_say_left(source.name, given)] if talk else []
    if talk is None and (talk := _read_chat(given)):
        remarks, announced = announce_hats(source.name, talk.remarks)
        talk, what = replace(talk, remarks=remarks), "is read as the messages of a chat"
    notices = (Notice(source.name, what), *announced)
    facts = FileFacts(source.name, source.sha256, source.encoding, "json", notices)
    return read_talks(facts, [talk]) if talk else None


def _read_chat(given: object) -> Talk | None:
    """Read the messages of a chat, as Telegram, Messenger and Discord export them; None where it is something else.

    A message has a text, a sender with a name and a day on which it was sent.
    """
    found = max(_lists(given, 0), key=len, default=[])
    messages = [(message, sender) for message in found if (sender := _sender(message))]
    if len(messages) < MIN_MESSAGES or len({sender for _, sender in messages}) < 2:
        return None
    key = next((key for key in SENT if all(message.get(key) for message, _ in messages)), None)
    if key is None:
        return None
    sent = [message[key] for message, _ in messages]
    if len({type(each) for each in sent}) == 1 and sent == sorted(sent, reverse=True):
        messages.reverse()
    remarks = []
    for number, (message, sender) in enumerate(messages, start=1):
        text = clean(_message_text(message)).strip()
        colour = _COLOUR_FIRST.match(text)
        hat = Hat(colour["colour"].casefold()) if colour else None
        remarks.append(Remark(text[colour.end() if colour else 0 :], f"message {number}", speaker=sender, hat=hat))
    return Talk(remarks, _title(given))


def _title(given: object) -> list[str]:
    title = given.get("name", given.get("title")) if isinstance(given, Mapping) else None
    title = " ".join(clean(title[:200]).split()) if isinstance(title, str) else ""
    return [f"Sessie: {title}"] if title else []


def _read_board(given: object) -> Talk | None:
    """Read the cards of a board, as Trello exports it, of which two lists at least are called after hats; else None.

    Cards lie in their list, or beside the lists with the id of theirs. Labels name its writer where most are names.
    """
    lists = _open(given, "lists")
    cards = [(each, card) for each in lists for card in (*_open(each, "cards"), *_cards_of(given, each))]
    hats = {str(each.get("name")): read_hat(str(each.get("name"))) for each in lists}
    if len({hat for hat in hats.values() if hat}) < 2 or not cards:
        return None
    labels = [_labels(card) for _, card in cards]
    written = [name for names in labels for name in names]
    are_names = all(map(may_be_name, written)) and sum(map(is_given, written)) * 2 > len(written)
    remarks = []
    for number, ((each, card), names) in enumerate(zip(cards, labels, strict=True), start=1):
        text, speaker = clean(str(card.get("name", ""))).strip(), ", ".join(names) if are_names else ""
        hat = hats[str(each.get("name"))]
        remarks.append(Remark(text, f"card {number}", speaker=speaker or None, hat=hat))
    return Talk(remarks, _title(given), has_hats=True)


def _say_left(name: str, board: object) -> Iterator[Notice]:
    """Say how much of a board is not read: cards that were put away, and what is written on the back of others."""
    cards = [*_under(board, "cards"), *(card for each in _under(board, "lists") for card in _under(each, "cards"))]
    read = [card for each in _open(board, "lists") for card in (*_open(each, "cards"), *_cards_of(board, each))]
    if n_left := len(cards) - len(read):
        yield Notice(name, f"{n_left} cards that were put away are left out")
    if n_backs := sum(bool(str(card.get("desc") or "").strip()) for card in read):
        yield Notice(name, f"{n_backs} descriptions on the back of cards are left out")


def _labels(card: Mapping[str, Any]) -> list[str]:
    labels = card.get("labels")
    names = (
        [each.get("name") if isinstance(each, Mapping) else each for each in labels] if isinstance(labels, list) else []
    )
    return [name for name in names if isinstance(name, str) and name.strip()]


def _open(given: object, key: str) -> list[Mapping[str, Any]]:
    """Give what lies under a key and was not put away."""
    return [each for each in _under(given, key) if not each.get("closed")]


def _under(given: object, key: str) -> list[Mapping[str, Any]]:
    found = given.get(key) if isinstance(given, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _cards_of(board: object, each: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the cards beside the lists that are of one of them."""
    return [card for card in _open(board, "cards") if each.get("id") and card.get("idList") == each["id"]]


_COLOUR_FIRST = re.compile(rf"(?P<colour>{'|'.join(map(str, Hat))})\s*:\s+(?=\S)", re.IGNORECASE)


MIN_MESSAGES = 3
SENDERS, SENT = ("from", "sender_name", "sender", "author"), ("date", "timestamp_ms", "timestamp", "sent_at")
"""Keys under which chats name who sent a message, and when."""


def _sender(message: Mapping[str, Any]) -> str:
    """Give the name of who sent a message; empty where it names nobody, or a time of a recording."""
    found = next((message[key] for key in SENDERS if message.get(key)), None)
    name = found.get("name") if isinstance(found, Mapping) else found
    is_name = isinstance(name, str) and _second(name) is None
    return " ".join(clean(name[:200]).split()) if isinstance(name, str) and is_name else ""


def _message_text(message: Mapping[str, Any]) -> str:
    """Give the text of a message, that in several pieces where parts of it are in bold or are addresses."""
    text = message.get("text", message.get("content", ""))
    pieces = text if isinstance(text, list) else [text]
    words = [piece.get("text") if isinstance(piece, Mapping) else piece for piece in pieces]
    return "".join(word for word in words if isinstance(word, str))


def _people(given: object) -> dict[str, tuple[str, Role | None]]:
    """Read the list that names the speakers, and may give roles: ``{"speakers": [{"id": "spk1", "name": "An"}]}``."""
    listed = given.get("speakers") if isinstance(given, Mapping) else None
    people = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    found: dict[str, tuple[str, Role | None]] = {}
    for person in people:
        identity, name = next((person[key] for key in IDENTITIES if key in person), None), person.get("name")
        role = str(person.get("role", "")).casefold()
        if isinstance(identity, str) and isinstance(name, str) and name.strip():
            found[identity] = " ".join(clean(name[:200]).split()), ROLE_WORDS.get(role)
    return found


def _find_segments(given: object) -> Sequence[Mapping[str, Any]] | None:
    """Find the list of stretches of speech, wherever it lies; None where there is none.

    Of several lists, one of stretches goes before one of single words, and one with more text before one with less.
    """
    found = [items for items in _lists(given, 0) if _is_speech(items)]
    if not found:
        is_empty = any(not items for items in _lists(given, 0))
        return () if is_empty else None
    stretches = [items for items in found if not _is_words(items)]
    if stretches:
        return max(stretches, key=lambda items: sum(len(_text(item) or "") for item in items))
    longest = max(found, key=len)
    return _join_words(longest)


def _lists(given: object, level: int) -> Iterator[Sequence[Mapping[str, Any]]]:
    if level > MAX_LEVELS:
        return
    if isinstance(given, list):
        if all(isinstance(item, Mapping) for item in given):
            yield given
        for item in given[:50] if level < 3 else ():
            yield from _lists(item, level + 1)
    elif isinstance(given, Mapping):
        for value in given.values():
            if isinstance(value, list | Mapping):
                yield from _lists(value, level + 1)


def _is_speech(items: Sequence[Mapping[str, Any]]) -> bool:
    some = items[:200]
    fits = [_text(item) is not None and (_times(item) is not None or _speaker(item) is not None) for item in some]
    return any(fits) and sum(_text(item) is not None for item in some) * 2 >= len(some)


def _is_words(items: Sequence[Mapping[str, Any]]) -> bool:
    texts = [text for item in items[:200] if (text := _text(item))]
    return len(texts) > 8 and sum(" " in text.strip() for text in texts) < 0.1 * len(texts)


def _join_words(words: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Join single words to stretches of one speaker."""
    joined: list[dict[str, Any]] = []
    who: str | None = None
    for word in words:
        text, times = _text(word) or "", _times(word)
        speaker = _speaker(word) or who
        is_mark = re.fullmatch(r"[^\w\s]+", text.strip()) is not None
        if joined and (speaker == who or is_mark):
            joined[-1]["text"] += text.strip() if is_mark else f" {text.strip()}"
            joined[-1]["end"] = times[1] if times else joined[-1]["end"]
        elif text.strip():
            start, end = times or (joined[-1]["end"],) * 2 if joined else times or (0.0, 0.0)
            joined.append({"text": text.strip(), "start": start, "end": end, "speaker": speaker})
        who = speaker
    return list(joined)


def _length(given: object) -> float | None:
    """Find the length of the recording in seconds, at the top or one level down."""
    holders = [given, *(given.values() if isinstance(given, Mapping) else ())]
    for holder in holders:
        for key in LENGTHS if isinstance(holder, Mapping) else ():
            if (seconds := _second(holder.get(key))) is not None and seconds > 0:
                return seconds
    return None


def _in_seconds(cues: list[Cue], length: float | None) -> tuple[list[Cue], float]:
    """Infer the unit of time: the first that fits the length of the recording, else the pace of speech."""
    last = max((cue.end_s for cue in cues), default=0.0)
    spoken = sum(cue.end_s - cue.start_s for cue in cues)
    n_words = sum(len(cue.text.split()) for cue in cues)
    is_whole = all(float(time).is_integer() for cue in cues for time in (cue.start_s, cue.end_s))
    for unit in UNITS:
        if length is not None:
            fits = last / unit <= length * 1.2 + 5
        else:
            fits = not is_whole or spoken == 0 or n_words < 5 or n_words / (spoken / unit) >= MIN_WORD_RATE
        if fits:
            if unit == UNITS[0]:
                return cues, unit
            return [replace(cue, start_s=cue.start_s / unit, end_s=cue.end_s / unit) for cue in cues], unit
    return cues, UNITS[0]


def _read_segments(name: str, segments: Sequence[Mapping[str, Any]]) -> tuple[list[Cue], list[Problem]]:
    cues: list[Cue] = []
    problems: list[Problem] = []
    # Some services give speakers and words, and no times at all.
    is_untimed = not any(_times(segment) is not None or _has_time(segment) for segment in segments)
    last = 0.0
    for number, segment in enumerate(segments, start=1):
        times, text = _times(segment), _text(segment)
        if text is not None and not text.strip():
            continue
        if times is None and is_untimed:
            times = (last, last)
        last = times[1] if times else last
        if times is None or text is None:
            what = "has no start and end" if times is None else "has no text"
            problems.append(Problem(f"{name}, segment {number}", what, _FIX))
        elif not 0 <= times[0] <= times[1]:
            problems.append(Problem(f"{name}, segment {number}", "ends before it begins", _FIX))
        else:
            cues.extend(_split_by_speaker(segment, *times, text))
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
        first, last = _first(item, STARTS), _first(item, ENDS)
        length = _second(item.get("duration"))
        if last is None and first is not None and length is not None:
            last = first + length
        if first is None and last is None and (words := _words(item)):
            inner = [times for word in words if (times := _times(word)) is not None]
            first, last = (inner[0][0], inner[-1][1]) if inner else (None, None)
    return None if first is None or last is None else (first, last)


def _first(item: Mapping[str, Any], keys: Sequence[str]) -> float | None:
    key = next((key for key in keys if key in item), None)
    if key is None:
        return None
    seconds = _second(item[key])
    return seconds / 1000 if seconds is not None and key.casefold().endswith("ms") else seconds


def _has_time(item: Mapping[str, Any]) -> bool:
    return any(key in item for key in (*STARTS, *ENDS, "timestamps", "offsets", "timestamp"))


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
        plain = re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?s?", value.strip()) if isinstance(value, str) else None
        return float(plain[0].rstrip("s")) if plain else None
    hours, minutes, seconds, fraction = (part or "0" for part in found.groups())
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _text(segment: Mapping[str, Any]) -> str | None:
    for key in TEXTS:
        if isinstance(segment.get(key), str):
            return clean(str(segment[key]))
    alternatives = segment.get("alternatives")
    if isinstance(alternatives, list) and alternatives and isinstance(alternatives[0], Mapping):
        return _text(alternatives[0])
    words = [_word(word) for word in _words(segment)]
    joined = " ".join(word for word in words if word)
    return clean(re.sub(r"\s+(?=[.,;:!?…])", "", joined)) if words else None


def _words(segment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    words = next((segment[key] for key in WORDS if isinstance(segment.get(key), list)), None)
    return [word for word in words if isinstance(word, Mapping) and _word(word)] if words else []


def _word(word: Mapping[str, Any]) -> str:
    keys = ("punctuated_word", "word", "text", "value", "content")
    written = next((word[key] for key in keys if isinstance(word.get(key), str)), "")
    return str(written).strip()


def _speaker(item: Mapping[str, Any]) -> str | None:
    name = next((item[key] for key in SPEAKERS if item.get(key) is not None), None)
    if isinstance(name, Mapping):
        name = name.get("name", name.get("id"))
    if isinstance(name, bool) or not isinstance(name, str | int):
        return None
    # A number alone is no name.
    plain = " ".join(clean(str(name)[:200]).split())
    return (f"SPEAKER_{plain}" if re.fullmatch(r"\d{1,2}", plain) else plain) or None


def _split_by_speaker(segment: Mapping[str, Any], start_s: float, end_s: float, text: str) -> Iterator[Cue]:
    """Split a segment where its words change from one speaker to another."""
    words = _words(segment)
    whole = Cue(start_s, end_s, (" ".join(text.split()),), _speaker(segment))
    if len({_speaker(word) for word in words} - {None}) < 2 or len(words) != len(text.split()):
        yield whole
        return
    who, begin = _speaker(words[0]) or whole.speaker, start_s
    spoken: list[str] = []
    for word in words:
        speaker = _speaker(word) or who
        if speaker != who and spoken:
            times = _times(word)
            at = min(max(times[0], begin), end_s) if times else begin
            yield Cue(begin, at, (" ".join(spoken),), who)
            spoken, begin = [], at
        who = speaker
        spoken.append(clean(_word(word)))
    yield Cue(begin, end_s, (" ".join(spoken),), who)
