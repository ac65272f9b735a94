"""Reads transcripts and reporter's notes of dialogue tables, in plain text or Markdown.

What is understood: a header per session, headings for hats and sections, labels of speakers, time codes, bullets,
the notes that participants wrote before the talk, and unlabelled notes. Every visible character of the source lies in
exactly one utterance: marks such as ``- D3:`` are utterances of kind layout, so that a remark is its text and no more.
"""

import re
import unicodedata
from collections import defaultdict

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.core.vocabulary import Kind
from pipeline.readers.files.decoding import decoding_notices
from pipeline.readers.files.reading import Reading, Row, SourceText
from pipeline.readers.files.versions import name_session, read_version, split_version
from pipeline.readers.notes.header import Header
from pipeline.readers.notes.marks import Section
from pipeline.readers.notes.turns import CONTENT, Piece, Session, read_sessions
from pipeline.text.normalisation import normalise, note_marks

FORMAT = "transcript"

STATEMENT_WORDS = 40
"""An unlabelled note of more words is told at length and may be cut, as a turn may; a shorter one stays whole."""


def recognises(source: SourceText) -> bool:
    """Tell whether a source holds notes: hats, speakers, bullets, or the header of a session."""
    return any(_is_recognised(session) for session in read_sessions(source.text))


def _is_recognised(session: Session) -> bool:
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    marked = any(piece.hat or piece.speaker or piece.is_bulleted for piece in content)
    return bool(marked or session.hats or session.header.fields or session.header.voices)


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
    sessions = read_sessions(source.text)
    names = _name_sessions(source, sessions)
    named = list(zip(names, sessions, strict=True))
    for session in sessions:
        _forget_opening(session)
    pieces = [(name, piece) for name, session in named for piece in session.pieces]
    written = next((s.header.fields["version"] for s in sessions if "version" in s.header.fields), "")
    marks = note_marks(source.text)
    return Reading(
        source=source,
        format=FORMAT,
        version=read_version(written) or split_version(source.name)[1],
        utterances=tuple(_utterance(source, name, piece, i, marks) for i, (name, piece) in enumerate(pieces)),
        sessions=tuple(_session(source, name, session.header) for name, session in named),
        speakers=tuple(row for name, session in named for row in session.voices.rows(name)),
        notices=(*decoding_notices(source), *(n for name, s in named for n in _notices(source.name, name, s))),
    )


def _forget_opening(session: Session) -> None:
    """Without a heading there is no telling where an opening ends, so nothing is part of it."""
    if all(piece.section in (Section.OPENING, None) for piece in session.pieces):
        for piece in session.pieces:
            piece.section = None


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
    plain = "".join(c for c in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


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
    elif not any(piece.hat for piece in content):
        notices.append(Notice(file, f"session '{name}' has no hat: its hats can only be predicted"))
    return notices
