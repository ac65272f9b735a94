"""The talk of a session, read line by line: whose remark it is, under which hat, in which part of the session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.notes import marks
from pipeline.readers.notes.header import Header, is_session_start, read_header
from pipeline.readers.notes.marks import Heading, Line, Section
from pipeline.readers.notes.speakers import Label, Voices, read_label, read_name
from pipeline.text.normalisation import NOTE_RULE, PAGE_NUMBER

# A text was wrapped when most lines that another one follows have no room left for a long word.
LONG_WORD, MIN_FULL_LINES, MIN_FULL_SHARE, MAX_WIDTH = 15, 3, 0.6, 130


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Find the width at which a text was wrapped by hand or by its editor.

    Returns:
        The width in characters, or None where lines end where their sense ends.
    """
    widest = max((len(line.text) for line in lines), default=0)
    full = [len(line.text) > widest - LONG_WORD for line, below in pairwise(lines) if line.text and below.text]
    is_wrapped = len(full) >= MIN_FULL_LINES and sum(full) >= MIN_FULL_SHARE * len(full)
    return widest if widest <= MAX_WIDTH and is_wrapped else None


def is_hyphenated(above: Line, below: Line) -> bool:
    """Tell whether a word is broken over the end of a line."""
    return re.search(r"[^\W\d_]-\Z", above.text) is not None and below.text[0].islower()


def is_wrapped(above: Line, below: Line, width: int | None) -> bool:
    """Tell whether a line goes on with the one above: its first word would not have fitted there."""
    return width is not None and len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) > width


CONTENT = (Kind.TURN, Kind.NOTE, Kind.STATEMENT)

_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TITLE_LEVEL = 0.0
_FOOTNOTE = re.compile(r"\[\d{1,4}\] \S")


@dataclass(slots=True)
class Piece:
    """A stretch of the source that becomes one utterance.

    Attributes:
        first: line on which it begins.
        last: line on which it ends.
        start: offset of its first character.
        end: offset one past its last.
        kind: what it is.
        speaker: who said it, and the role.
        hat: the hat under which it was said.
        section: the part of the session.
        path: titles of the headings above it.
        time_s: seconds from the start of the recording.
        is_labelled: a speaker's label stands in front of it.
        is_bulleted: a bullet stands in front of it.
    """

    first: Line
    last: Line
    start: int
    end: int
    kind: Kind
    section: Section | None
    path: tuple[str, ...]
    speaker: tuple[str, Role] | None = None
    hat: Hat | None = None
    time_s: float | None = None
    is_labelled: bool = False
    is_bulleted: bool = False


@dataclass(slots=True)
class Session:
    """What has been read of one session, and where its reading stands.

    Attributes:
        header: what its header says.
        voices: who speaks in it.
        pieces: stretches of the source, in order.
        notices: line and message.
        headings: those that hold now, outermost first.
        hats: all hats that were announced.
        section: the part of the session that was reached.
        hat: the hat that is worn now.
        speaker: whose words an unlabelled line may be.
        label_hat: the hat in the speaker's label.
        is_lone_label: the label stood on a line of its own, so that all that follows is the speaker's.
        is_listing: bullets follow that the last speaker announced.
        time_s: a time code that waits for its remark.
        open: the remark that a next line may continue.
    """

    header: Header
    voices: Voices
    pieces: list[Piece] = field(default_factory=list)
    notices: list[tuple[int, str]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    hats: set[Hat] = field(default_factory=set)
    section: Section | None = Section.OPENING
    hat: Hat | None = None
    speaker: tuple[str, Role] | None = None
    label_hat: Hat | None = None
    is_lone_label: bool = False
    is_listing: bool = False
    time_s: float | None = None
    open: Piece | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Titles of the headings that hold now."""
        return tuple(heading.title for heading in self.headings)


def read_sessions(text: str) -> list[Session]:
    """Read all sessions of a text; more than one only where there is more than one header.

    Args:
        text: the decoded source.

    Returns:
        The sessions in order; none for a text without visible characters.
    """
    lines = marks.split_lines(text)
    visible = [i for i, line in enumerate(lines) if line.text]
    if not visible:
        return []
    starts = [i for i in visible if is_session_start(lines, i)]
    before = [lines[i] for i in visible if not starts or i < starts[0]]
    if not starts or any(_is_talk(line) for line in before):
        starts = [visible[0], *starts]
    width = wrap_width(lines)
    ends = [*starts[1:], len(lines)]
    begins = [visible[0], *starts[1:]]
    return [
        _read_session(lines[begin:end], start - begin, width)
        for begin, start, end in zip(begins, starts, ends, strict=True)
    ]


def _is_talk(line: Line) -> bool:
    heading = marks.read_heading(line.text, after_blank=True)
    return bool(heading and heading.hat) or read_label(line.text) is not None or marks.bullet_length(line.text) > 0


def _read_session(lines: Sequence[Line], start: int, width: int | None) -> Session:
    header = read_header(lines, start)
    in_header = set(header.lines)
    end = _find_footnotes(lines)
    session = Session(header, Voices(line for i, line in enumerate(lines[:end]) if i not in in_header))
    for name, role, organisation in header.voices:
        session.voices.declare(name, role, organisation)
    for i, line in enumerate(lines):
        if not line.text:
            session.open = None
        elif i > end:
            _add(session, line, Kind.FOOTNOTE)
        elif i == header.title_line:
            _add(session, line, Kind.HEADING)
            session.headings = [Heading(header.title or "", _TITLE_LEVEL)]
        elif i in in_header or marks.is_rule(line.text) or _is_page_number(lines, i):
            _add(session, line, Kind.LAYOUT)
        elif i < start:
            _add(session, line, Kind.AUTHOR)
        else:
            _read_line(session, line, lines[i - 1] if i else None, width)
    return session


def _find_footnotes(lines: Sequence[Line]) -> int:
    """Find the line drawn above the notes of a document, ``[1] ...``, that end it; the number of lines without it."""
    for i in reversed(range(len(lines))):
        if lines[i].text == NOTE_RULE:
            return i if all(_FOOTNOTE.match(line.text) for line in lines[i + 1 :] if line.text) else len(lines)
    return len(lines)


def _is_page_number(lines: Sequence[Line], i: int) -> bool:
    around = [lines[j].text for j in (i - 1, i + 1) if 0 <= j < len(lines)]
    return not any(around) and PAGE_NUMBER.fullmatch(lines[i].text) is not None


def _add(session: Session, line: Line, kind: Kind, start: int = 0, end: int | None = None) -> None:
    """Add a part of a line that is neither said nor noted by a participant."""
    stop = line.end if end is None else line.start + end
    session.pieces.append(Piece(line, line, line.start + start, stop, kind, session.section, session.path))
    session.open = None


def _read_line(session: Session, line: Line, above: Line | None, width: int | None) -> None:
    after_blank = above is None or not above.text or marks.is_rule(above.text)
    heading = marks.read_heading(line.text, after_blank=after_blank)
    if heading and not (heading.hat or heading.section or heading.is_unknown_hat or line.text.startswith("#")):
        label = read_label(line.text)
        heading = None if label and session.voices.accepts(label, in_bullet=False) else heading
    if not heading:
        _read_remark(session, line, above if above and above.text else None, width)
        return
    said = line.text[: heading.length].rstrip()
    _add(session, line, Kind.HEADING, end=len(said))
    _enter(session, line, heading)
    if heading.length < len(line.text):
        _read_remark(session, line, None, width, begin=heading.length)


def _enter(session: Session, line: Line, heading: Heading) -> None:
    """Go on under a heading: which headings, hat, part of the session and speaker now hold."""
    notes = next((h for h in session.headings if h.section is Section.NOTES), None)
    in_notes = notes is not None and heading.level > notes.level and heading.section in (None, Section.HAT)
    kept = [h for h in session.headings if h.level < heading.level and not (heading.hat and h.hat)]
    # Notes end with the heading of all of them, or with that of one participant where it stands as high.
    in_section = session.section is Section.NOTES
    has_left = any(
        h.hat or (in_section and (h is notes or read_name(h.title))) for h in session.headings if h not in kept
    )
    name = None if heading.hat else read_name(heading.title)
    name = name if name and session.voices.accepts(name, in_bullet=False) else None
    session.headings = [*kept, heading]
    if heading.is_unknown_hat:
        session.notices.append((line.number, "names a hat that is none of the five; read without a hat"))
    if heading.hat or heading.announces_hat:
        session.hat = heading.hat
        session.hats |= {heading.hat} if heading.hat else set()
        session.section = Section.NOTES if in_notes else heading.section
    elif heading.section or (has_left and not in_notes and not name):
        session.hat, session.section = None, heading.section
    session.label_hat, session.is_listing = None, False
    if not in_notes:
        session.speaker, session.is_lone_label = None, False
    if name:
        session.speaker, session.is_lone_label = session.voices.resolve(name), True
        session.hat = name.hat if session.section is Section.NOTES else session.hat


def _read_remark(session: Session, line: Line, above: Line | None, width: int | None, begin: int = 0) -> None:
    """Read a line, from a place in it, that may have a bullet, a time code, a label and a hat before what is said."""
    text, at = line.text, begin
    bullet = marks.bullet_length(text[at:])
    at += bullet
    if time := marks.read_time(text[at:]):
        session.time_s, at = time[1], at + time[0]
    label = read_label(text[at:], after_time=time is not None)
    if label and not session.voices.accepts(label, in_bullet=bullet > 0):
        label = None
    if label:
        at += label.length
    tag = marks.read_hat_tag(text[at:])
    at += tag[0] if tag else 0
    is_plain = at == begin and begin == 0
    if is_plain and above and session.open and _goes_on(session, session.open, line, width):
        session.open.last, session.open.end = line, line.end
        return
    if is_plain and _ASIDE.fullmatch(text):
        _add(session, line, Kind.AUTHOR)
        return
    if at > begin:
        _add(session, line, Kind.LAYOUT, begin, len(text[:at].rstrip()))
    if label:
        _hear(session, label, is_alone=at >= len(text))
    if at < len(text):
        _open(session, line, at, is_labelled=label is not None, is_bulleted=bullet > 0, tag=tag[1] if tag else None)


def _hear(session: Session, label: Label, *, is_alone: bool) -> None:
    """Note whose label it is."""
    session.speaker = session.voices.resolve(label)
    session.label_hat, session.is_lone_label, session.is_listing = label.hat, is_alone, False
    session.time_s = session.time_s if label.time_s is None else label.time_s
    if is_alone and session.section is Section.NOTES:
        # The hats of one participant's notes do not hold for those of the next.
        session.hat, session.headings = None, [heading for heading in session.headings if not heading.hat]


def _goes_on(session: Session, piece: Piece, line: Line, width: int | None) -> bool:
    """Tell whether a line without any mark goes on with the remark on the line above it."""
    if piece.is_labelled or piece.is_bulleted or (session.is_lone_label and session.section is not Section.NOTES):
        return True
    return is_hyphenated(piece.last, line) or is_wrapped(piece.last, line, width)


def _open(
    session: Session, line: Line, at: int, *, is_labelled: bool, is_bulleted: bool, tag: Hat | None
) -> None:  # fmt: skip
    """Begin a remark; without a label it is the last speaker's only where the notes show that."""
    in_notes = session.section is Section.NOTES
    previous = next((piece for piece in reversed(session.pieces) if piece.kind in CONTENT), None)
    if not (is_labelled or session.is_lone_label or in_notes):
        was_said = previous is not None and previous.is_labelled and not previous.is_bulleted
        if is_bulleted:
            announced = was_said and previous is not None and previous.last.text.endswith(":")
            session.is_listing = session.is_listing or announced
            session.speaker = session.speaker if session.is_listing else None
        elif previous is not None and previous.is_bulleted:
            session.speaker, session.is_listing = None, False
    kind = Kind.NOTE if in_notes else Kind.TURN if session.speaker else Kind.STATEMENT
    hat = tag or (session.label_hat if session.speaker else None) or session.hat
    piece = Piece(line, line, line.start + at, line.end, kind, session.section, session.path, session.speaker, hat)
    piece.time_s, session.time_s = session.time_s, None
    piece.is_labelled, piece.is_bulleted = is_labelled, is_bulleted
    session.pieces.append(piece)
    session.open = piece
