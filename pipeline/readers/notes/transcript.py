"""Reads transcripts and reporter's notes of dialogue tables, in plain text or Markdown.

What is understood: a header per session, headings for hats and sections, labels of speakers, time codes, bullets,
the notes that participants wrote before the talk, and unlabelled notes. Every visible character of the source lies in
exactly one utterance: marks such as ``- D3:`` are utterances of kind layout, so that a remark is its text and no more.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.notes.hats import announced_hat, find_hat
from pipeline.readers.notes.header import Header
from pipeline.readers.notes.labels import ASKS, Label, fold, plain
from pipeline.readers.notes.margins import Cleaned
from pipeline.readers.notes.marks import Section
from pipeline.readers.notes.patterns import MIN_ASKED_FUNCTIONS, function_of
from pipeline.readers.notes.sessions import read_sessions
from pipeline.readers.notes.turns import CONTENT, Piece, Session
from pipeline.readers.sources import Reading, SourceText, decoding_notices, name_session, read_version, split_version
from pipeline.text.languages import ANY_FUNCTION_WORD, MOSTLY, foreign_language
from pipeline.text.normalisation import normalise, note_marks

FORMAT = "transcript"

NO_HAT = "has no hat: its hats can only be predicted"

STATEMENT_WORDS = 40
"""An unlabelled note of more words was said at length and may be cut, as a turn may; a shorter one stays whole."""


def recognises(source: SourceText) -> bool:
    """Tell whether a source holds notes: hats, speakers, bullets, or the header of a session."""
    return any(_is_recognised(session) for session in _sessions_of(source))


@lru_cache(maxsize=2)
def _sessions_of(source: SourceText) -> list[Session]:
    return read_sessions(source.text, labels=source.labels, leads=source.leads, file_hat=hat_of_file(source.name))


def hat_of_file(name: str) -> Hat | None:
    """Read the hat in the name of a file.

    >>> hat_of_file("tafel 3 - zwarte hoed.docx"), hat_of_file("tafel-03-groenendaal.docx")
    (<Hat.ZWART: 'zwart'>, None)
    """
    stem = PurePosixPath(name).stem
    found = re.findall(r"(?i)(?<![^\W_])([a-z]+)[ _-]*(?:denk)?hoed(?![^\W_])", stem)
    found += re.findall(r"(?i)(?<![^\W_])(?:denk)?hoed[ _-]*([a-z]+)(?![^\W_])", stem)
    hats = {hat for word in found if (hat := find_hat(word))}
    return hats.pop() if len(hats) == 1 else None


def _is_recognised(session: Session) -> bool:
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    _find_questions(session)
    asked = any(piece.section is Section.QUESTION for piece in content)
    marked = asked or any(piece.hat or piece.speaker or piece.is_bulleted for piece in content) or _is_speech(content)
    return bool(marked or session.hats or session.header.fields or session.header.people)


MIN_SPEECH_LINES, MIN_SPEECH_WORDS, MIN_KNOWN = 8, 80, 0.25


def _is_speech(content: list[Piece]) -> bool:
    """Tell whether lines without any mark may be what speech recognition wrote: many, and of ordinary words."""
    words = [word.casefold() for piece in content for word in re.findall(r"[^\W\d_]+", piece.first.text)]
    is_long = len(content) >= MIN_SPEECH_LINES and len(words) >= MIN_SPEECH_WORDS
    return is_long and sum(word in ANY_FUNCTION_WORD for word in words) >= MIN_KNOWN * len(words)


def read(source: SourceText) -> Reading:
    """Read the sessions of a source.

    A session is named by ``Sessie:`` in its header, else by the name of its file, without version; where a file holds
    several sessions, by their titles.

    Args:
        source: the decoded source.

    Returns:
        Sessions, speakers and utterances, with a notice for what could not be read as meant.

    Raises:
        InputError: two sessions of the file bear the same name.

    >>> source = SourceText("tafel-03.txt", "WITTE HOED:" + chr(10) + "- D3: zes adressen", "", "utf-8")
    >>> [(row["kind"], row["text"]) for row in read(source).utterances]
    [('heading', 'WITTE HOED:'), ('layout', '- D3:'), ('turn', 'zes adressen')]
    """
    sessions = _sessions_of(source)
    cleaned = sessions[0].cleaned if sessions else None
    source = replace(source, text=cleaned.text) if cleaned else source
    names = _name_sessions(source, sessions)
    named = list(zip(names, sessions, strict=True))
    for session in sessions:
        _forget_opening(session)
        _find_lead(source.text, session)
        _find_questions(session)
        _find_introductions(session)
        _follow_announcements(source.text, session)
    pieces = [(name, piece) for name, session in named for piece in session.pieces]
    written = next((s.header.fields["version"] for s in sessions if "version" in s.header.fields), "")
    marks = note_marks(source.text)
    return Reading(
        source=source,
        format=FORMAT,
        version=read_version(written) or split_version(source.name)[1],
        utterances=tuple(_utterance(source, name, piece, i, marks) for i, (name, piece) in enumerate(pieces)),
        sessions=tuple(_session(source, name, session.header) for name, session in named),
        speakers=tuple(row for name, session in named for row in session.speakers.rows(name)),
        notices=(
            *decoding_notices(source),
            *_left_out(source.name, cleaned),
            *(n for name, s in named for n in _notices(source.name, name, s)),
            *_language_notice(source, [piece for _, piece in pieces]),
        ),
    )


def _left_out(name: str, cleaned: Cleaned | None) -> Iterator[Notice]:
    for what, n in sorted(cleaned.counts.items()) if cleaned else ():
        yield Notice(name, f"{n} {what} are left out")


def _language_notice(source: SourceText, pieces: list[Piece]) -> Iterator[Notice]:
    texts = [source.text[piece.start : piece.end] for piece in pieces if piece.kind in CONTENT]
    if language := foreign_language(texts):
        what = f"{MOSTLY}{language}: it is read, but hats, sentiment and themes are learned from Dutch"
        yield Notice(source.name, f"{what} and cannot be trusted here")


def _forget_opening(session: Session) -> None:
    """Without the heading of a hat, of notes or of the opening itself, there is no telling where an opening ends."""
    has_marks = session.has_opening or any(piece.section in (Section.HAT, Section.NOTES) for piece in session.pieces)
    below_label = {id(piece) for label, piece in pairwise(session.pieces) if label.kind is Kind.LAYOUT}
    spoken = [
        piece
        for piece in session.pieces
        if piece.speaker and (piece.is_labelled or piece.time_s is not None or id(piece) in below_label)
    ]
    spoken = [piece for piece in spoken if piece.speaker and piece.speaker[1] is Role.DEELNEMER]
    early = sum(piece.section is Section.OPENING for piece in spoken)
    # So much of a talk is no opening: the first hat was not recognised.
    loose = [piece for piece in session.pieces if piece.kind in CONTENT and not piece.speaker]
    first = min((piece.start for piece in spoken), default=0)
    is_labelled = len(spoken) >= MIN_EARLY and len(spoken) > len(loose)
    is_too_much = not session.has_opening and early >= MIN_EARLY and early > MAX_EARLY * len(spoken)
    if not has_marks or is_too_much:
        for piece in session.pieces:
            is_above = is_labelled and not piece.speaker and not piece.is_bulleted and piece.start < first
            piece.section = None if piece.section is Section.OPENING and not is_above else piece.section


MIN_EARLY, MAX_EARLY = 4, 0.3
"""Turns of participants before the first hat, and their share, above which these are no opening."""

MIN_ALONE, MIN_ALONE_SHARE, MAX_QUESTION_WORDS = 2, 0.25, 30


def _find_questions(session: Session) -> None:
    """Set the questions of an interview without speakers apart: each stands alone, and an answer follows."""
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    if any(piece.speaker or piece.hat for piece in content):
        return
    asked = [
        piece
        for piece, answer in pairwise(content)
        if piece.is_question
        and not (piece.is_bulleted or answer.is_question)
        and piece.first is piece.last
        and len(piece.first.text.split()) <= MAX_QUESTION_WORDS
    ]
    if len(asked) >= MIN_ALONE and len(asked) >= MIN_ALONE_SHARE * len(content):
        for piece in asked:
            piece.section = Section.QUESTION
        answers = [piece for piece in content[content.index(asked[0]) :] if piece.section is not Section.QUESTION]
        if session.interviewee:
            for piece in answers:
                piece.speaker, piece.kind = session.speakers.resolve(Label(session.interviewee, 0)), Kind.TURN


MIN_ITEMS, MIN_ITEMS_SHARE = 6, 0.6


def _find_introductions(session: Session) -> None:
    """Set apart the paragraphs that introduce lists, where nearly all remarks are items that name their speaker."""
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    items = [piece for piece in content if piece.is_bulleted and piece.speaker]
    if len(items) < MIN_ITEMS or len(items) < MIN_ITEMS_SHARE * len(content):
        return
    for piece in content:
        if not piece.is_bulleted and not piece.speaker and piece.section in (None, Section.HAT):
            piece.section = Section.PRACTICAL


def _follow_announcements(text: str, session: Session) -> None:
    """Let a hat that the lead announces hold from there, where no heading names it; it is said in a notice."""
    named = {piece.hat for piece in session.pieces if piece.hat}
    hat: Hat | None = None
    begun: list[str] = []
    of_lead = {
        piece.start: text[piece.start : piece.end]
        for piece in session.pieces
        if piece.speaker is not None and piece.speaker[1] is Role.GESPREKSLEIDER
    }
    announced_at = {start: announced_hat(spoken, is_lead=True) for start, spoken in of_lead.items()}
    hats = {start: found for start, found in announced_at.items() if found}
    if named or any(piece.section is Section.HAT for piece in session.pieces):
        hats = {start: found for start, found in hats.items() if found not in named}
    else:
        hats = hats or _asked_hats(of_lead)
    for piece in session.pieces:
        leads, announced = piece.start in of_lead, hats.get(piece.start)
        if announced and announced != hat:
            hat = announced
            session.hats.add(hat)
            begun.append(f"{hat} at line {piece.first.number}")
        elif piece.hat in named or piece.kind is Kind.HEADING:
            hat = None
        elif hat and piece.kind in CONTENT and not leads:
            piece.hat = hat
    if begun:
        what = f"hats hold from where the talk announces them: {', '.join(begun)}"
        session.notices.append((session.pieces[0].first.number, what))


def _asked_hats(of_lead: Mapping[int, str]) -> dict[int, Hat]:
    """Read the hats that the lead asks for without naming one, where nearly all of them are asked for, each once."""
    asked = {
        start: hat
        for start, text in of_lead.items()
        if (last := _LAST_QUESTION.search(text)) and (hat := function_of(last["asked"]))
    }
    hats = set(asked.values())
    return asked if len(asked) == len(hats) >= MIN_ASKED_FUNCTIONS and hats & {Hat.WIT, Hat.ROOD} else {}


_LAST_QUESTION = re.compile(r"(?:^|[.:!?,]\s+)(?P<asked>[^.:!?,]+\?)\s*$")

MIN_QUESTIONS, MIN_ASKED, MAX_ASKED_BY_OTHERS = 3, 0.6, 0.25
"""Who leads an unnamed talk asks at least this number of questions, in this share of all turns; nobody else comes near.

One question fewer is enough where nobody else asks any.
"""


def _find_lead(text: str, session: Session) -> None:
    """Find who asks the questions or announces the hats, where the notes name no lead; it is said in a notice."""
    turns = [piece for piece in session.pieces if piece.kind in (Kind.TURN, Kind.NOTE) and piece.speaker]
    has_lead = session.speakers.has_lead
    if has_lead and any(piece.speaker and piece.speaker[1] is Role.GESPREKSLEIDER for piece in turns):
        return
    spoken = ((piece.speaker[0], text[piece.start : piece.end]) for piece in turns if piece.speaker)
    if (announcer := find_announcer(spoken)) and (not has_lead or fold(announcer) in ASKS):
        _make_lead(session, announcer, "announces the hats, and")
        return
    asked: dict[str, list[bool]] = defaultdict(list)
    for piece in turns:
        asked[piece.speaker[0] if piece.speaker else ""].append(_is_asked(text, piece))
    n_asked = {name: sum(found) for name, found in asked.items()}
    n_all = sum(n_asked.values())
    leads = [
        name
        for name, n in n_asked.items()
        if n >= MIN_QUESTIONS - (n == n_all)
        and n / len(asked[name]) >= MIN_ASKED
        # Where the notes name the lead, who asks under another name is a participant who asks much.
        and (not has_lead or fold(name) in ASKS)
    ]
    if len(leads) != 1 or len(asked) < 2:
        return
    (lead,) = leads
    n_by_others, n_turns_of_others = n_all - n_asked[lead], len(turns) - len(asked[lead])
    if n_by_others <= MAX_ASKED_BY_OTHERS * n_turns_of_others:
        _make_lead(session, lead, f"asks {n_asked[lead]} of {n_all} questions and")


def _make_lead(session: Session, lead: str, why: str) -> None:
    session.speakers.lead(lead)
    for piece in session.pieces:
        if piece.speaker and piece.speaker[0] == lead:
            piece.speaker = (lead, Role.GESPREKSLEIDER)
    what = f"{lead} {why} is taken as who leads the talk; [roles] in study.toml says otherwise"
    session.notices.append((session.pieces[0].first.number, what))


MIN_ANNOUNCED = 3
"""Different hats that one speaker announces, and nobody else, which makes it sure who leads the talk."""


def find_announcer(turns: Iterable[tuple[str, str]]) -> str | None:
    """Find who announces at least three different hats, where nobody else announces one.

    Args:
        turns: who speaks, and what they say.

    >>> find_announcer([("An", "Eerst wit."), ("Bo", "zes adressen"), ("An", "Nu zwart!"), ("An", "En geel")])
    'An'
    """
    hats: dict[str, set[Hat]] = defaultdict(set)
    for speaker, text in turns:
        if hat := announced_hat(text, is_lead=True):
            hats[speaker].add(hat)
    return next(iter(hats)) if len(hats) == 1 and len(next(iter(hats.values()))) >= MIN_ANNOUNCED else None


def _is_asked(text: str, piece: Piece) -> bool:
    return piece.is_question or announced_hat(text[piece.start : piece.end]) is not None


def _name_sessions(source: SourceText, sessions: list[Session]) -> list[str]:
    stem = name_session(source.name)
    several = len(sessions) > 1
    lines: dict[str, list[int]] = defaultdict(list)
    names = []
    for session in sessions:
        title = session.header.title if several else None
        names.append(session.header.fields.get("session") or (_slug(title) if title else stem))
        lines[names[-1]].append(session.pieces[0].first.number)
    problems = [
        Problem(
            f"{source.name}, line {places[1]}",
            f"begins session '{name}', which already begins at line {places[0]}",
            "Give each session its own title, or a line 'Sessie: <name>' in its header",
        )
        for name, places in lines.items()
        if len(places) > 1
    ]
    if problems:
        raise InputError(problems)
    return names


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", plain(title)).strip("-")


def _utterance(source: SourceText, session: str, piece: Piece, number: int, marks: frozenset[str]) -> Row:
    identity = f"{source.source_id}:{number:05d}"
    raw = source.text[piece.start : piece.end]
    text = normalise(raw, marks).text
    is_long = piece.kind is Kind.STATEMENT and not piece.is_bulleted and len(text.split()) > STATEMENT_WORDS
    speaker, role = piece.speaker or (None, None)
    return {
        "utterance_id": identity,
        "source_id": source.source_id,
        "session": session,
        "line": piece.first.number,
        "char_start": piece.start,
        "char_end": piece.end,
        "kind": str(Kind.TURN if is_long else piece.kind),
        "speaker": speaker,
        "role": str(role) if role else None,
        "hat_given": str(piece.hat) if piece.hat else None,
        "section": str(piece.section) if piece.section else None,
        "heading_path": list(piece.path),
        "block": identity,
        "time_start_s": piece.time_s,
        "text": text,
        "raw": None if raw == text else raw,
    }


def _session(source: SourceText, name: str, header: Header) -> Row:
    fields = {key: header.fields.get(key) for key in ("date", "place", "province")}
    return {"session": name, "title": header.title, **fields, "source_ids": [source.source_id]}


def _notices(file: str, name: str, session: Session) -> list[Notice]:
    notices = [Notice(f"{file}, line {number}", message) for number, message in session.notices]
    if session.header.bad_date is not None:
        where = f"{file}, line {session.header.bad_date}"
        notices.append(Notice(where, "the date is not a full date and is left out; write it as 14 maart 2024"))
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    if not content:
        notices.append(Notice(file, f"session '{name}' holds no remark"))
    elif not any(piece.speaker or piece.hat or piece.is_bulleted for piece in content) and _is_speech(content):
        notices.append(Notice(file, f"session '{name}' names no speakers: every remark is of nobody in particular"))
    if content and not any(piece.hat for piece in content):
        notices.append(Notice(file, f"session '{name}' {NO_HAT}"))
    return notices
