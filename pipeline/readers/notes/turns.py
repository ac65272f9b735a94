"""The talk of a session, read line by line: whose remark it is, under which hat, in which part of the session."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.notes import marks
from pipeline.readers.notes.header import Header, is_session_start, read_header
from pipeline.readers.notes.labels import Form, Label, read_label, read_name
from pipeline.readers.notes.margins import Cleaned, clean_text
from pipeline.readers.notes.marks import Heading, Line, Section
from pipeline.readers.notes.speakers import Speakers
from pipeline.text.normalisation import NOTE_RULE, PAGE_NUMBER

# A text was wrapped when most lines that another one follows have no room left for a long word.
LONG_WORD, MIN_FULL_LINES, MIN_FULL_SHARE, MIN_WIDTH, MAX_WIDTH = 15, 3, 0.6, 48, 130
MIN_GOING_ON = 0.5
"""Of the full lines of a wrapped text, at least this share goes on below: without a capital, after no full stop."""


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Find the width at which a text was wrapped by hand or by its editor.

    Returns:
        The width in characters, or None where lines end where their sense ends.
    """
    widest = max((len(line.text) for line in lines), default=0)
    pairs = [(line, below) for line, below in pairwise(lines) if line.text and below.text]
    full = [(line, below) for line, below in pairs if len(line.text) > widest - LONG_WORD]
    is_wrapped = len(full) >= MIN_FULL_LINES and len(full) >= MIN_FULL_SHARE * len(pairs)
    going_on = [line for line, below in full if not _ENDS.search(line.text) and not below.text[0].isupper()]
    goes_on = len(going_on) >= MIN_GOING_ON * len([pair for pair in full if not _is_marked(pair[1])])
    return widest if MIN_WIDTH <= widest <= MAX_WIDTH and is_wrapped and goes_on else None


_ENDS = re.compile(r"[.!?…][\"”’')]*$")


def _is_marked(line: Line) -> bool:
    label = read_label(line.text)
    return marks.bullet_length(line.text) > 0 or label is not None


def is_hyphenated(above: Line, below: Line) -> bool:
    """Tell whether a word is broken over the end of a line."""
    return re.search(r"[^\W\d_]-\Z", above.text) is not None and below.text[0].islower()


def is_wrapped(above: Line, below: Line, width: int | None) -> bool:
    """Tell whether a line goes on with the one above: its first word would not have fitted there."""
    return width is not None and len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) > width


CONTENT = (Kind.TURN, Kind.NOTE, Kind.STATEMENT)

_PRACTICAL = re.compile(
    r"\b(?:verslag (?:volgt|wordt|komt)|volgende keer|volgende (?:bijeenkomst|vergadering|sessie|tafel|afspraak)"
    r"|(?:iedereen|allen) (?:ok|akkoord|oké) met (?:de )?opname|toestemming|geïnformeerde|uitleg (?:over|van|bij)"
    r"|(?:korte )?pauze|koffie ?pauze|voorstellingsrond\w+|kennismakingsrond\w+|bedankt (?:iedereen|allen|voor)"
    r"|dank (?:aan|voor|je|jullie|u)|naamkaartjes|onkosten\w*|aanwezigheidslijst|recorder"
    r"|opname (?:loopt|start\w*|stop\w*)"
    r"|(?:koffie|taart|broodjes|versnaperingen|drankje) (?:meebrengen|voorzien|voor iedereen|staat klaar|na afloop)"
    r"|per mail|per e-mail|doorgestuurd|nagestuurd|we (?:starten|beginnen|sluiten|ronden)|tot (?:ziens|volgende)"
    r"|welkom (?:en|aan|allemaal|iedereen|door)|moderator (?:legt|heet|vraagt|verwelkomt|opent|sluit)"
    r"|legt (?:het|de) (?:opzet|methode|methodiek|hoeden|regels) uit"
    r"|einde (?:van )?(?:de |het )?(?:gesprek|opname|sessie|bijeenkomst))\b",
    re.IGNORECASE,
)
_UNKNOWN_LABEL = re.compile(r"[A-ZÀ-Þ][^:.!?\n]{1,39}:\s+\S")
MAX_PRACTICAL_WORDS, MAX_BARE_WORDS = 30, 6
_STARTS_PRACTICAL = re.compile(
    r"(?:welkom|verwelkoming|inleiding door|voorstelling|pauze|einde|afronding|afsluiting|dank(?:woord)?|bedankt|uitleg"
    r"|start|opname|toestemming|gestart om|begonnen om|afgesloten om|we danken"
    r"|iedereen (?:stelt zich voor|wordt bedankt))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?P<open>[\"“”„«'‘])(?P<said>[^\"“”„«»]*[^\s\"“”„«»])(?P<close>[\"”“»'’])[.,]?")
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
        file_hat: the hat in the name of the file.
        pieces: stretches of the source, in order.
        notices: line and message.
        headings: those that hold now, outermost first.
        hats: all hats that were announced.
        has_opening: a heading says where its opening is.
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
    speakers: Speakers
    cleaned: Cleaned
    file_hat: Hat | None = None
    pieces: list[Piece] = field(default_factory=list)
    notices: list[tuple[int, str]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    hats: set[Hat] = field(default_factory=set)
    has_opening: bool = False
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


def read_sessions(
    text: str, *, labels: Collection[str] = (), leads: Collection[str] = (), file_hat: Hat | None = None
) -> list[Session]:
    """Read all sessions of a text; more than one only where there is more than one header.

    Args:
        text: the decoded source.
        labels: names that the file itself marks as speakers, as in a column of a table.
        leads: words in bold with which paragraphs begin.
        file_hat: the hat in the name of the file, which holds where the notes name none.

    Returns:
        The sessions in order; none for a text without visible characters.
    """
    cleaned = clean_text(text)
    lines = [line for line in marks.split_lines(cleaned.text) if line.number not in cleaned.dropped]
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
    sessions = []
    for begin, start, end in zip(begins, starts, ends, strict=True):
        session = _begin(lines[begin:end], start - begin, cleaned, labels, leads)
        session.hat = session.file_hat = file_hat
        sessions.append(_read_session(session, lines[begin:end], start - begin, width))
    return sessions


def _is_talk(line: Line) -> bool:
    heading = marks.read_heading(line.text, after_blank=True)
    return bool(heading and heading.hat) or read_label(line.text) is not None or marks.bullet_length(line.text) > 0


def _begin(
    lines: Sequence[Line], start: int, cleaned: Cleaned, labels: Collection[str], leads: Collection[str]
) -> Session:
    """Read the header, and gather what tells the labels of speakers from other words."""
    header = read_header([replace(line, text="") if line.number in cleaned.credits else line for line in lines], start)
    left_out = set(header.lines)
    end = _find_footnotes(lines)
    talk = [line for i, line in enumerate(lines[:end]) if i not in left_out and line.number not in cleaned.credits]
    session = Session(header, Speakers(talk, labels, leads), cleaned)
    for name, role, organisation in header.people:
        session.speakers.declare(name, role, organisation, header.initials.get(name))
    return session


def _read_session(session: Session, lines: Sequence[Line], start: int, width: int | None) -> Session:
    header = session.header
    in_header = set(header.lines)
    end = _find_footnotes(lines)
    for i, line in enumerate(lines):
        if not line.text:
            session.open = None
        elif i > end:
            _add(session, line, Kind.FOOTNOTE)
        elif i == header.title_line:
            _add(session, line, Kind.HEADING)
            session.headings = [Heading(header.title or "", _TITLE_LEVEL)]
        elif (
            i in in_header
            or line.number in session.cleaned.credits
            or marks.is_rule(line.text)
            or _is_page_number(lines, i)
        ):
            _add(session, line, Kind.LAYOUT)
        elif i < start:
            _add(session, line, Kind.AUTHOR)
        else:
            _read_line(session, lines, i, width)
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


def _read_line(session: Session, lines: Sequence[Line], i: int, width: int | None) -> None:
    line, above = lines[i], lines[i - 1] if i else None
    below = next((each.text for each in lines[i + 1 : i + 3] if each.text), "")
    has_text_below = bool(below) and not below.startswith("#")
    after_blank = above is None or not above.text or marks.is_rule(above.text)
    heading = marks.read_heading(line.text, after_blank=after_blank)
    if heading and not (heading.hat or heading.section or heading.is_unknown_hat or line.text.startswith("#")):
        label = session.speakers.find(line.text, in_bullet=False, has_text_below=has_text_below)
        heading = None if label else heading
    if not heading:
        _read_remark(session, line, above if above and above.text else None, width, below=below)
        return
    said = line.text[: heading.length].rstrip()
    _add(session, line, Kind.HEADING, end=len(said))
    _enter(session, line, heading)
    if heading.length < len(line.text):
        _read_remark(session, line, None, width, begin=heading.length, below=below)


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


def _lone_name(session: Session, title: str) -> Label | None:
    label = session.speakers.find(title, in_bullet=False)
    return label if label and label.form is Form.ALONE else None


def _read_remark(
    session: Session, line: Line, above: Line | None, width: int | None, begin: int = 0, below: str = ""
) -> None:
    """Read a line, from a place in it, that may have a bullet, a time code, a label and a hat before what is said."""
    text = line.text
    bullet = marks.bullet_length(text[begin:])
    at, label, tag = _read_opening(session, text, begin, below)
    end = len(text) - (label.tail if label else 0)
    is_plain = at == begin == 0 and end == len(text)
    may_go_on = at == begin == 0 and above is not None and session.open is not None
    is_aside = is_plain and _ASIDE.fullmatch(text) is not None
    if is_aside and not (may_go_on and session.open and is_wrapped(session.open.last, line, width)):
        _add(session, line, Kind.AUTHOR)
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
        _add(session, line, Kind.LAYOUT, begin, len(text[:at].rstrip()))
    if label and not label.tail:
        _hear(session, label, is_alone=at >= end)
    if at < end:
        _open(session, line, at, end, label=label, is_bulleted=bullet > 0, tag=tag, below=below)
        if end < len(text):
            held = session.open
            _add(session, line, Kind.LAYOUT, end + len(text[end:]) - len(text[end:].lstrip()))
            session.open = None if quoted or (label and label.tail) else held


def _read_opening(session: Session, text: str, begin: int, below: str) -> tuple[int, Label | None, Hat | None]:
    """Read what stands before a remark: where it begins, the label (that at the end, too), the hat."""
    bullet = marks.bullet_length(text[begin:])
    at = begin + bullet
    if time := marks.read_time(text[at:]):
        session.time_s, at = time[1], at + time[0]
        at += marks.bullet_length(text[at:]) if not bullet else 0
    tag = marks.read_hat_tag(text[at:])
    at += tag[0] if tag else 0
    label = session.speakers.find(
        text[at:], in_bullet=bullet > 0, after_time=time is not None, has_text_below=bool(below)
    )
    if label and label.form is Form.TIMED and label.length >= len(text) - at and not below:
        label = None
    if label and not label.tail:
        at += label.length
        if inner := None if tag else marks.read_time(text[at:]):
            session.time_s, at = inner[1], at + inner[0]
    if not tag and (tag := marks.read_hat_tag(text[at:])):
        at += tag[0]
    return at, label, tag[1] if tag else None


def _continue(session: Session, piece: Piece, line: Line, end: int, label: Label | None) -> None:
    """Go on with a remark; a label at its end says whose it is."""
    piece.last, piece.end = line, line.start + end
    if label:
        piece.speaker = session.speakers.resolve(label)
        piece.kind = piece.kind if piece.kind is Kind.NOTE else Kind.TURN
        _add(session, line, Kind.LAYOUT, end + len(line.text[end:]) - len(line.text[end:].lstrip()))


def _hear(session: Session, label: Label, *, is_alone: bool) -> None:
    """Note whose label it is."""
    session.speaker = session.speakers.resolve(label)
    session.label_hat, session.is_lone_label, session.is_listing = label.hat, is_alone, False
    session.time_s = session.time_s if label.time_s is None else label.time_s
    if is_alone and session.section is Section.NOTES:
        # The hats of one participant's notes do not hold for those of the next.
        session.hat, session.headings = None, [heading for heading in session.headings if not heading.hat]


def _goes_on(session: Session, piece: Piece, line: Line, width: int | None) -> bool:
    """Tell whether a line without any mark goes on with the remark on the line above it."""
    leads = piece.speaker is not None and piece.speaker[1] is not Role.DEELNEMER
    if leads and piece.is_labelled and not is_wrapped(piece.last, line, width) and not session.is_lone_label:
        # What may be somebody's answer, or bears a label that is not known, is not given to who leads the talk.
        asked = piece.last.text.rstrip().endswith("?")
        if asked or _UNKNOWN_LABEL.match(line.text):
            return False
    if piece.is_labelled and piece.speaker is None and _UNKNOWN_LABEL.match(line.text):
        return False
    if piece.is_labelled or piece.is_bulleted or (session.is_lone_label and session.section is not Section.NOTES):
        return True
    return is_hyphenated(piece.last, line) or is_wrapped(piece.last, line, width)


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
    previous = next((piece for piece in reversed(session.pieces) if piece.kind in CONTENT), None)
    if not (is_labelled or session.is_lone_label or in_notes):
        was_said = previous is not None and previous.is_labelled and not previous.is_bulleted
        leads = session.speaker is not None and session.speaker[1] is not Role.DEELNEMER
        if is_bulleted:
            announced = was_said and not leads and previous is not None and previous.last.text.endswith(":")
            session.is_listing = session.is_listing or announced
            session.speaker = session.speaker if session.is_listing else None
        elif previous is not None and previous.is_bulleted:
            session.speaker, session.is_listing = None, False
        elif leads and previous is not None and (previous.is_question or _UNKNOWN_LABEL.match(text)):
            # Who answers a question is not the one who asked it.
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
    if is_inherited and section in (None, Section.HAT) and _is_practical(text):
        speaker, kind, section = None, Kind.STATEMENT, Section.PRACTICAL
    if not label and not speaker and section in (None, Section.HAT, Section.QUESTION):
        section = _aside_section(session, text, is_bulleted=is_bulleted, below=below) or section
    piece = Piece(line, line, line.start + at, line.start + end, kind, section, session.path, speaker, hat)
    piece.time_s, session.time_s = session.time_s, None
    if piece.time_s is None:
        piece.time_s = session.cleaned.time_before(piece.start)
    piece.is_labelled, piece.is_bulleted = is_labelled, is_bulleted
    piece.is_question = text.rstrip('"”’ ').endswith("?")
    session.pieces.append(piece)
    session.open = piece


def _is_practical(text: str) -> bool:
    """Tell whether a line is surely about the meeting itself."""
    starts = _STARTS_PRACTICAL.match(text) is not None
    return len(text.split()) <= MAX_PRACTICAL_WORDS and len(_PRACTICAL.findall(text)) + starts > 1


def _aside_section(session: Session, text: str, *, is_bulleted: bool, below: str) -> Section | None:
    """Tell a question that was put to the table, and practical matters, from what was said; only of nobody's words."""
    n_words = len(text.split())
    is_about = n_words <= MAX_PRACTICAL_WORDS and bool(_STARTS_PRACTICAL.match(text) or _PRACTICAL.search(text))
    if is_about and (not is_bulleted or n_words <= MAX_BARE_WORDS or _is_practical(text)):
        return Section.PRACTICAL
    after_heading = bool(session.pieces) and session.pieces[-1].kind is Kind.HEADING
    asks = text.rstrip().endswith("?") and n_words <= MAX_PRACTICAL_WORDS
    is_marked = marks.bullet_length(below) > 0 or read_label(below) is not None
    if asks and not is_bulleted and after_heading and is_marked:
        return Section.QUESTION
    return None
