"""The talk of a session, read line by line: whose remark it is, under which hat, in which part of the session."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.notes import marks
from pipeline.readers.notes.hats import read_hat_tag
from pipeline.readers.notes.header import Header
from pipeline.readers.notes.labels import NAME, Form, Label, is_no_name, name_organisation, read_label, read_name
from pipeline.readers.notes.margins import Cleaned
from pipeline.readers.notes.marks import Heading, Line, Section
from pipeline.readers.notes.patterns import Patterns, is_note_to_self
from pipeline.readers.notes.speakers import Speakers
from pipeline.readers.words import read_pattern


def is_hyphenated(above: Line, below: Line) -> bool:
    """Tell whether a word is broken over the end of a line."""
    return re.search(r"[^\W\d_]-\Z", above.text) is not None and below.text[0].islower()


def is_wrapped(above: Line, below: Line, width: int | None) -> bool:
    """Tell whether a line goes on with the one above: its first word would not have fitted there."""
    return width is not None and len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) > width


def is_going_on(above: Line, below: Line, width: int | None) -> bool:
    """Tell whether a line of a text that was wrapped goes on with the one above."""
    return bool(above.text and below.text) and (is_wrapped(above, below, width) or is_hyphenated(above, below))


CONTENT = (Kind.TURN, Kind.NOTE, Kind.STATEMENT)

_PRACTICAL = re.compile(rf"\b{read_pattern('practical')}\b", re.IGNORECASE)
_UNKNOWN_LABEL = re.compile(r"[A-ZÀ-Þ][^:.!?\n]{1,39}:\s+\S")
MAX_PRACTICAL_WORDS, MAX_CLOSING_WORDS, MAX_BARE_WORDS = 30, 12, 6
_STARTS_PRACTICAL = re.compile(
    rf"(?:\d{{1,2}}\s?[u:h]\s?(?:\d{{2}})?\s*[:–-]?\s*)?{read_pattern('practical_starts')}\b", re.IGNORECASE
)
_QUOTED = re.compile(r"(?P<open>[\"“”„«'‘])(?P<said>[^\"“”„«»]*[^\s\"“”„«»])(?P<close>[\"”“»'’])[.,]?")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


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
        is_question: it ends with a question mark.
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
    is_question: bool = False


@dataclass(slots=True)
class Session:
    """What has been read of one session, and where its reading stands.

    Attributes:
        header: what its header says.
        speakers: who speaks in it.
        cleaned: the text of the source without what was not said.
        patterns: titles, and hats beside remarks, that the whole file shows.
        file_hat: the hat in the name of the file.
        pieces: stretches of the source, in order.
        notices: line and message.
        headings: those that hold now, outermost first.
        hats: all hats that were announced.
        has_opening: a heading says where its opening is.
        section: the part of the session that was reached.
        hat: the hat that is worn now.
        hat_codes: abbreviations of hats that a legend gives.
        has_hat_margin: such an abbreviation holds until the next one.
        asks_unlabelled: questions without a label stand between labelled answers.
        interviewee: the only one who answers, by the title of an interview.
        speaker: whose words an unlabelled line may be.
        label_hat: the hat in the speaker's label.
        is_running: the talk runs on in paragraphs with names in them, so that a line without one is nobody's.
        wrapped: numbers of the lines that go on with the one above, where the talk runs on.
        is_lone_label: the label stood on a line of its own, so that all that follows is the speaker's.
        is_listing: bullets follow that the last speaker announced.
        time_s: a time code that waits for its remark.
        open: the remark that a next line may continue.
    """

    header: Header
    speakers: Speakers
    cleaned: Cleaned
    patterns: Patterns = field(default_factory=Patterns)
    file_hat: Hat | None = None
    pieces: list[Piece] = field(default_factory=list)
    notices: list[tuple[int, str]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    hats: set[Hat] = field(default_factory=set)
    has_opening: bool = False
    section: Section | None = Section.OPENING
    hat: Hat | None = None
    hat_codes: Mapping[str, Hat] = field(default_factory=dict)
    has_hat_margin: bool = False
    asks_unlabelled: bool = False
    interviewee: str | None = None
    speaker: tuple[str, Role] | None = None
    label_hat: Hat | None = None
    is_running: bool = False
    wrapped: frozenset[int] = frozenset()
    is_lone_label: bool = False
    is_listing: bool = False
    time_s: float | None = None
    open: Piece | None = None

    @property
    def names_each_speaker(self) -> bool:
        """Whether each remark begins with who says it, so that what does not is nobody's."""
        return self.is_running or self.speakers.are_spoken_of

    @property
    def path(self) -> tuple[str, ...]:
        """Titles of the headings that hold now."""
        return tuple(heading.title for heading in self.headings)


def add_aside(session: Session, line: Line, kind: Kind, start: int = 0, end: int | None = None) -> None:
    """Add a part of a line that is neither said nor noted by a participant."""
    stop = line.end if end is None else line.start + end
    session.pieces.append(Piece(line, line, line.start + start, stop, kind, session.section, session.path))
    session.open = None


def read_line(session: Session, lines: Sequence[Line], i: int, width: int | None) -> None:
    """Read a line of the talk: a heading, a remark, or both."""
    line, above = lines[i], lines[i - 1] if i else None
    below = marks.text_below(lines, i)
    has_text_below = bool(below) and not below.startswith("#")
    after_blank = above is None or not above.text or marks.is_rule(above.text)
    heading = session.patterns.titles.get(line.number) or marks.read_heading(line.text, after_blank=after_blank)
    heading = _numbered_heading(session, heading) or _letter_heading(session, line.text)
    if line.hat:
        heading = Heading(line.text, marks.PLAIN_LEVEL, line.hat, Section.HAT, len(line.text))
    if session.open and (quoted := _read_name_below(session.open, line, above)):
        _continue(session, session.open, line, 0, quoted)
        session.open = None
        return
    last = session.pieces[-1] if session.pieces else None
    if last and last.kind in CONTENT and not last.is_labelled and (name := session.patterns.signed.get(line.number)):
        _continue(session, last, line, 0, Label(name, 0, form=Form.QUOTED))
        # What bears a name was said, be it about the meeting.
        last.section = session.section if last.section is Section.PRACTICAL else last.section
        session.open = session.speaker = None
        return
    if heading and session.is_lone_label and _stands_after_time(line, above):
        heading = None
    if heading and not (heading.hat or heading.section or heading.is_unknown_hat or line.text.startswith("#")):
        label = session.speakers.find(line.text, in_bullet=False, has_text_below=has_text_below)
        heading = None if label else heading
    if not heading:
        _read_remark(session, line, above if above and above.text else None, width, below=below)
        return
    title = line.text[: heading.length].rstrip()
    add_aside(session, line, Kind.HEADING, end=len(title))
    enter(session, line, heading)
    if heading.length < len(line.text):
        _read_remark(session, line, None, width, begin=heading.length, below=below)


_NAME_BELOW = re.compile(
    rf"[-–—~]\s*(?P<name>{NAME})(?P<rest>\s*[,(].{{1,60}})?|(?P<aged>{NAME})\s*[(,]\s*\d{{1,3}}.{{0,40}}"
)


def _read_name_below(piece: Piece, line: Line, above: Line | None) -> Label | None:
    """Read who is quoted off the line below a quotation."""
    found = _NAME_BELOW.fullmatch(line.text)
    is_quoted = re.fullmatch(r"[\"“„«'‘].*[\"”»'’][.,]?", f"{piece.first.text[:1]} {piece.last.text}") is not None
    if (
        not found
        or piece.speaker
        or not is_quoted
        or above is not piece.last
        or is_no_name(found["name"] or found["aged"])
    ):
        return None
    described = (found["rest"] or "").strip(" ,()")
    return Label(found["name"] or found["aged"], 0, name_organisation(described), form=Form.QUOTED)


def _stands_after_time(line: Line, above: Line | None) -> bool:
    """Tell whether a line is what somebody said at a time: the line above it is a name with that time."""
    label = read_label(above.text) if above and not line.text.startswith("#") else None
    return label is not None and label.form is Form.TIMED and above is not None and label.length >= len(above.text)


def enter(session: Session, line: Line, heading: Heading) -> None:
    """Go on under a heading: which headings, hat, part of the session and speaker now hold."""
    notes = next((h for h in session.headings if h.section is Section.NOTES), None)
    in_notes = notes is not None and heading.level > notes.level and heading.section in (None, Section.HAT)
    kept = [h for h in session.headings if h.level < heading.level and not (heading.hat and h.hat)]
    # Notes end with the heading of all of them, or with that of one participant where it stands as high.
    in_section = session.section is Section.NOTES
    has_left = any(
        h.hat or h.section in _ASIDE_SECTIONS or (in_section and (h is notes or read_name(h.title)))
        for h in session.headings
        if h not in kept
    )
    name = None if heading.hat or heading.section else read_name(heading.title) or _lone_name(session, heading.title)
    name = name if name and session.speakers.accepts(name, in_bullet=False) else None
    session.headings = [*kept, heading]
    if heading.is_unknown_hat:
        session.notices.append((line.number, "names a hat that is none of the five; read without a hat"))
    if heading.hat or heading.announces_hat:
        session.hat = heading.hat
        session.hats |= {heading.hat} if heading.hat else set()
        session.section = Section.NOTES if in_notes else heading.section
    elif heading.section or (has_left and not in_notes and not name):
        session.hat, session.section = session.file_hat, heading.section
    session.has_opening = session.has_opening or heading.section is Section.OPENING
    session.label_hat, session.is_listing = None, False
    if not in_notes:
        session.speaker, session.is_lone_label = None, False
    if name:
        session.speaker, session.is_lone_label = session.speakers.resolve(name), True
        session.hat = name.hat if session.section is Section.NOTES else session.hat


_ASIDE_SECTIONS = (Section.OPENING, Section.CLOSING, Section.PRACTICAL)


def _lone_name(session: Session, title: str) -> Label | None:
    label = session.speakers.find(title, in_bullet=False)
    return label if label and label.form is Form.ALONE else None


def _read_remark(
    session: Session, line: Line, above: Line | None, width: int | None, begin: int = 0, below: str = ""
) -> None:
    """Read a line, from a place in it, that may have a bullet, a time code, a label and a hat before what is said."""
    text = line.text
    bullet = 0 if line.number in session.patterns.seats else marks.bullet_length(text[begin:])
    at, label, tag = _read_opening(session, line, begin, below)
    end = len(text) - (label.tail if label else 0)
    is_plain = at == begin == 0 and end == len(text)
    may_go_on = at == begin == 0 and above is not None and session.open is not None
    is_aside = is_plain and _ASIDE.fullmatch(text) is not None
    if is_aside and not (may_go_on and session.open and is_wrapped(session.open.last, line, width)):
        add_aside(session, line, Kind.AUTHOR)
        return
    if (
        may_go_on
        and session.open
        and (is_plain or (label and label.tail))
        and _goes_on(session, session.open, line, width)
    ):
        _continue(session, session.open, line, end, label)
        return
    quoted = _QUOTED.fullmatch(text[at:end]) if label or bullet else None
    if quoted:
        at, end = at + quoted.start("said"), at + quoted.end("said")
    if at > begin:
        add_aside(session, line, Kind.LAYOUT, begin, len(text[:at].rstrip()))
    if label and not label.tail:
        _take_label(session, label, is_alone=at >= end)
    if at < end:
        _open(session, line, at, end, label=label, is_bulleted=bullet > 0, tag=tag, below=below)
        if end < len(text):
            piece = session.open
            add_aside(session, line, Kind.LAYOUT, end + len(text[end:]) - len(text[end:].lstrip()))
            session.open = None if quoted or (label and label.tail) else piece


def _read_opening(session: Session, line: Line, begin: int, below: str) -> tuple[int, Label | None, Hat | None]:
    """Read what stands before a remark: where it begins, the label (that at the end, too), the hat."""
    text = line.text
    tag: tuple[int, Hat | None] | None
    if not begin and (seat := session.patterns.seats.get(line.number)):
        at, tag = seat[0], read_hat_tag(text[seat[0] :])
        at += tag[0] if tag else 0
        return at, Label(seat[1], seat[0], sure=True), tag[1] if tag else session.patterns.hats.get(line.number)
    bullet = marks.bullet_length(text[begin:])
    at = begin + bullet
    if time := marks.read_time(text[at:]):
        session.time_s, at = time[1], at + time[0]
        at += marks.bullet_length(text[at:]) if not bullet else 0
    tag = read_hat_tag(text[at:]) or _read_hat_code(session, text[at:])
    at += tag[0] if tag else 0
    label = session.speakers.find(
        text[at:], in_bullet=bullet > 0, after_time=time is not None, has_text_below=bool(below)
    )
    if label and label.form is Form.TIMED and label.length >= len(text) - at and not below:
        label = None
    if label and not label.tail:
        at += label.length
    if not tag and (tag := read_hat_tag(text[at:])):
        at += tag[0]
    return at, label, tag[1] if tag else session.patterns.hats.get(line.number)


def _letter_heading(session: Session, text: str) -> Heading | None:
    """Read a line that is nothing but the abbreviation of a hat, where a legend gives it."""
    hat = session.hat_codes.get(text.strip("()[]:. ")) if session.hat_codes else None
    return Heading(str(hat), marks.PLAIN_LEVEL, hat, Section.HAT, len(text)) if hat else None


def _numbered_heading(session: Session, heading: Heading | None) -> Heading | None:
    """Give a heading the hat that a legend has for its number, as where ``vraag 2`` is that of feelings."""
    found = _NUMBER_OF_PART.match(heading.title) if heading and not heading.hat else None
    hat = session.hat_codes.get(found["number"]) if found else None
    return replace(heading, hat=hat, section=Section.HAT) if heading and hat else heading


_NUMBER_OF_PART = re.compile(r"(?:vraag|ronde|deel|stap)\s+(?P<number>\d{1,2})\b", re.IGNORECASE)


def hat_code(codes: Mapping[str, Hat], text: str) -> tuple[int, Hat | None]:
    """Read the abbreviation of a hat at the beginning of a text, where a legend gives it: its length and the hat.

    The number beside those of the five hats, that of the blue one, is read as well; a higher one belongs to the remark.
    """
    found = _HAT_CODE.match(text)
    if not found:
        return 0, None
    hat = codes.get(found["code"])
    numbers = {int(code) for code in codes if code.isdigit()}
    is_other = found["code"].isdigit() and bool(numbers & {int(found["code"]) - 1, int(found["code"]) + 1})
    return (found.end(), hat) if hat or is_other else (0, None)


def _read_hat_code(session: Session, text: str) -> tuple[int, Hat | None] | None:
    length, hat = hat_code(session.hat_codes, text)
    session.hat = hat if hat and session.has_hat_margin else session.hat
    return (length, hat) if length else None


_HAT_CODE = re.compile(
    r"[(\[]?(?P<code>[A-Za-z]{1,3}|\d{1,2}(?!\.))(?:[)\]]|\.)?(?:\t\s*|\s*[:–—|-]\s*|/(?=\S)| {2,}|(?<=[)\]])\s+)(?=\S)"
)


def _continue(session: Session, piece: Piece, line: Line, end: int, label: Label | None) -> None:
    """Go on with a remark; a label at its end says whose it is."""
    if end:
        piece.last, piece.end = line, line.start + end
    if label:
        piece.speaker = session.speakers.resolve(label)
        piece.kind = piece.kind if piece.kind is Kind.NOTE else Kind.TURN
        add_aside(session, line, Kind.LAYOUT, end + len(line.text[end:]) - len(line.text[end:].lstrip()))


def _take_label(session: Session, label: Label, *, is_alone: bool) -> None:
    """Keep whose label it is, for the lines below."""
    session.speaker = session.speakers.resolve(label)
    session.label_hat, session.is_lone_label, session.is_listing = label.hat, is_alone, False
    session.time_s = session.time_s if label.time_s is None else label.time_s
    if is_alone and session.section is Section.NOTES:
        # The hats of one participant's notes do not hold for those of the next.
        session.hat, session.headings = None, [heading for heading in session.headings if not heading.hat]


def _goes_on(session: Session, piece: Piece, line: Line, width: int | None) -> bool:
    """Tell whether a line without any mark goes on with the remark on the line above it."""
    if is_note_to_self(line.text) or line.number in session.patterns.hats or line.text in session.cleaned.names:
        return False
    if session.names_each_speaker:
        return line.number in session.wrapped and line.number > piece.last.number
    if width is None and (_is_practical(line.text) or _is_narrated(session, line.text)):
        return False
    if session.asks_unlabelled and line.text.endswith("?") and width is None:
        return False
    leads = piece.speaker is not None and piece.speaker[1] is not Role.DEELNEMER
    if leads and piece.is_labelled and not is_wrapped(piece.last, line, width) and not session.is_lone_label:
        # What may be somebody's answer, or bears a label that is not known, is not given to who leads the talk.
        asked = piece.last.text.rstrip().endswith("?")
        if asked or _UNKNOWN_LABEL.match(line.text):
            return False
    if _is_open_quote(piece):
        return True
    if piece.is_labelled and piece.speaker is None and _UNKNOWN_LABEL.match(line.text):
        return False
    if piece.is_labelled or piece.is_bulleted or (session.is_lone_label and session.section is not Section.NOTES):
        return True
    return is_hyphenated(piece.last, line) or is_wrapped(piece.last, line, width)


def _is_open_quote(piece: Piece) -> bool:
    """Tell whether a remark is a quotation that has not been closed yet."""
    return piece.first.text.startswith(("“", "„", "«")) and not re.search("[”»]", piece.last.text[1:])


def _open(
    session: Session,
    line: Line,
    at: int,
    end: int,
    *,
    label: Label | None,
    is_bulleted: bool,
    tag: Hat | None,
    below: str,
) -> None:
    """Begin a remark; without a label it is the last speaker's only where the notes show that."""
    in_notes = session.section is Section.NOTES
    is_labelled = label is not None and not label.tail
    text = line.text[at:end]
    is_loose = not label and not is_bulleted
    is_narrated = is_loose and (_is_narrated(session, text) or is_note_to_self(text))
    is_asked = is_loose and session.asks_unlabelled and text.endswith("?")
    if not (is_labelled or session.is_lone_label or in_notes):
        _pass_turn(session, text, is_bulleted=is_bulleted)
    if is_narrated or is_asked or (is_loose and session.names_each_speaker):
        session.speaker = None
    speaker = session.speakers.resolve(label) if label and label.tail else session.speaker
    kind = Kind.NOTE if in_notes else Kind.TURN if speaker else Kind.STATEMENT
    worn = label.hat if label and label.tail else session.label_hat
    hat = tag or (worn if speaker else None) or session.hat
    if hat and session.section is Section.OPENING:
        # What bears a hat is said after the opening.
        session.section = None
    section = session.section
    is_inherited = speaker is not None and not (label or session.is_lone_label or is_bulleted or in_notes)
    begins = _STARTS_PRACTICAL.match(text) is not None and len(text.split()) <= MAX_CLOSING_WORDS
    if is_inherited and section in (None, Section.HAT) and (begins or _is_practical(text)):
        speaker, kind, section = None, Kind.STATEMENT, Section.PRACTICAL
    if is_asked or is_narrated:
        section = Section.QUESTION if is_asked else Section.PRACTICAL
    elif not label and not speaker and section in (None, Section.HAT, Section.QUESTION):
        section = _aside_section(session, text, is_bulleted=is_bulleted, below=below) or section
    piece = Piece(line, line, line.start + at, line.start + end, kind, section, session.path, speaker, hat)
    piece.time_s, session.time_s = session.time_s, None
    if piece.time_s is None:
        piece.time_s = session.cleaned.time_before(piece.start)
    piece.is_labelled, piece.is_bulleted = is_labelled, is_bulleted
    piece.is_question = text.rstrip('"”’ ').endswith("?")
    session.pieces.append(piece)
    session.open = piece


def _pass_turn(session: Session, text: str, *, is_bulleted: bool) -> None:
    """Decide whether an unlabelled remark is still the last speaker's; where the notes do not show that, nobody's."""
    previous = next((piece for piece in reversed(session.pieces) if piece.kind in CONTENT), None)
    leads = session.speaker is not None and session.speaker[1] is not Role.DEELNEMER
    if is_bulleted:
        was_said = previous is not None and previous.is_labelled and not previous.is_bulleted
        announced = was_said and not leads and previous is not None and previous.last.text.endswith(":")
        session.is_listing = session.is_listing or announced
        session.speaker = session.speaker if session.is_listing else None
    elif previous is not None and previous.is_bulleted:
        session.speaker, session.is_listing = None, False
    elif leads and previous is not None and (previous.is_question or _UNKNOWN_LABEL.match(text)):
        # Who answers a question is not the one who asked it.
        session.speaker = None


def _is_narrated(session: Session, text: str) -> bool:
    """Tell whether a line says what whoever leads or reports does, as ``Lies vraagt naar gevaren`` does."""
    first, _, rest = text.partition(" ")
    is_verb = re.match(r"[a-zà-þ]{2,}\b", rest) is not None
    return is_verb and len(text.split()) <= MAX_PRACTICAL_WORDS and session.speakers.is_aside(first)


def _is_practical(text: str) -> bool:
    """Tell whether a line is surely about the meeting itself."""
    starts = _STARTS_PRACTICAL.match(text) is not None
    return len(text.split()) <= MAX_PRACTICAL_WORDS and len(_PRACTICAL.findall(text)) + starts > 1


def is_about_meeting(text: str) -> bool:
    """Tell whether a line may be about the meeting itself."""
    is_about = _STARTS_PRACTICAL.match(text.lstrip("*_")) or _PRACTICAL.search(text)
    return len(text.split()) <= MAX_PRACTICAL_WORDS and is_about is not None


def _aside_section(session: Session, text: str, *, is_bulleted: bool, below: str) -> Section | None:
    """Tell a question that was put to the table, and practical matters, from what was said; only of nobody's words."""
    if is_note_to_self(text):
        return Section.PRACTICAL
    n_words = len(text.split())
    if is_about_meeting(text) and (not is_bulleted or n_words <= MAX_BARE_WORDS or _is_practical(text)):
        return Section.PRACTICAL
    after_heading = bool(session.pieces) and session.pieces[-1].kind is Kind.HEADING
    asks = text.rstrip().endswith("?") and n_words <= MAX_PRACTICAL_WORDS
    is_marked = marks.bullet_length(below) > 0 or read_label(below) is not None
    if asks and not is_bulleted and after_heading and is_marked:
        return Section.QUESTION
    return None
