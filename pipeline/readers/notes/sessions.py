"""The sessions of a file: where each begins, who is named above it, and what tells its labels from other words."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.core.errors import list_some
from pipeline.core.vocabulary import Hat, Kind
from pipeline.readers.notes import marks
from pipeline.readers.notes.attendance import (
    Person,
    legend_hats,
    legend_people,
    read_attendance,
    read_hat_legend,
    read_legend,
    read_mentions,
    read_seats,
    settle_leads,
)
from pipeline.readers.notes.dictation import find_running, split_dictation, split_running
from pipeline.readers.notes.header import (
    find_series,
    is_session_start,
    read_fields,
    read_header,
    split_fields,
)
from pipeline.readers.notes.labels import NAME, Form, read_label
from pipeline.readers.notes.margins import Cleaned, clean_text
from pipeline.readers.notes.marks import Heading, Line, Section
from pipeline.readers.notes.patterns import Patterns, find_patterns, find_unclear
from pipeline.readers.notes.speakers import Speakers, is_given
from pipeline.readers.notes.turns import (
    CONTENT,
    Piece,
    Session,
    add_aside,
    enter,
    hat_code,
    is_about_meeting,
    is_going_on,
    is_hyphenated,
    read_line,
)
from pipeline.text.normalisation import NOTE_RULE, PAGE_NUMBER

_TITLE_LEVEL = 0.0
_FOOTNOTE = re.compile(r"\[\d{1,4}\] \S")

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
    patterns = find_patterns(_lines_of(cleaned), has_legend=_has_legend(cleaned))
    if patterns.blanks:
        cleaned = cleaned.without(patterns.blanks, patterns.counts)
    whole = _lines_of(cleaned, keep_credits=True)
    running = find_running(whole)
    lines = [part for line in whole for part in (split_running if running else split_dictation)(line)]
    visible = [i for i, line in enumerate(lines) if line.text]
    if not visible:
        return []
    starts = [i for i in visible if is_session_start(lines, i)]
    series = find_series(lines, patterns.titles) if len(starts) < 2 else []
    starts = series or starts
    before = [lines[i] for i in visible if not starts or i < starts[0]]
    if not starts or any(_is_talk(line) for line in before if not series):
        starts, before = [visible[0], *starts], []
    shared = read_header(before, 0).people + list(read_mentions([line.text for line in before])) if before else []
    width = wrap_width(whole if running else lines)
    wrapped = frozenset(line.number for above, line in pairwise(whole) if is_going_on(above, line, width))
    labels = (*labels, *cleaned.names, *running)
    ends = [*starts[1:], len(lines)]
    begins = [visible[0], *starts[1:]]
    sessions = []
    for begin, start, end in zip(begins, starts, ends, strict=True):
        session = _begin(
            lines[begin:end],
            start - begin,
            cleaned,
            labels,
            leads,
            patterns=patterns,
            shared=shared,
            is_titled=start in series,
        )
        session.hat = session.file_hat = file_hat
        session.is_running, session.wrapped = bool(running), wrapped if running else frozenset()
        if unclear := find_unclear(lines[begin:end], patterns.titles):
            what = f"{len(unclear)} lines look like headings and are read as remarks: lines {list_some(unclear)}"
            session.notices.append((unclear[0], what))
        sessions.append(_read_session(session, lines[begin:end], start - begin, width))
    return sessions


def _lines_of(cleaned: Cleaned, *, keep_credits: bool = False) -> list[Line]:
    lines = [line for line in marks.split_lines(cleaned.text) if line.number not in cleaned.dropped]
    if keep_credits:
        return lines
    return [replace(line, text="") if line.number in cleaned.credits else line for line in lines]


def _has_legend(cleaned: Cleaned) -> bool:
    """Tell whether some line says what the letters of the hats are."""
    return any(
        read_hat_legend(line) or len(legend_hats(read_legend(line))) > 1
        for line in cleaned.text.split("\n")
        if line.strip()
    )


def _is_talk(line: Line) -> bool:
    heading = marks.read_heading(line.text, after_blank=True)
    return bool(heading and heading.hat) or read_label(line.text) is not None or marks.bullet_length(line.text) > 0


def _begin(
    lines: Sequence[Line],
    start: int,
    cleaned: Cleaned,
    labels: Collection[str],
    leads: Collection[str],
    *,
    patterns: Patterns,
    shared: Sequence[Person],
    is_titled: bool,
) -> Session:
    """Read the header, and gather what tells the labels of speakers from other words.

    Args:
        lines: of the session, from what stands above it.
        start: index of its title.
        cleaned: the text of the source.
        labels: see `read_sessions`.
        leads: see `read_sessions`.
        patterns: titles, and hats beside remarks.
        shared: people whom the lines above all sessions of the file name.
        is_titled: it begins with its title.
    """

    def is_left(line: Line) -> bool:
        # What somebody writes in a chat is no field of a header, be it "Organisatie: welkom".
        return line.number in cleaned.credits or (line.text.partition(":")[0].strip() in cleaned.names)

    visible = [replace(line, text="") if is_left(line) and i != start else line for i, line in enumerate(lines)]
    titles = patterns.titles
    as_heading = {n: f"# {title.hat} hoed" if title.hat else f"# {title.title}" for n, title in titles.items()}
    visible = [replace(line, text=as_heading.get(line.number, line.text)) for line in visible]
    header = read_header(visible, start, is_title=is_titled)
    left_out = set(header.lines)
    end = _find_footnotes(lines)
    left_out |= {i for i, line in enumerate(lines) if line.number in cleaned.credits or line.number in patterns.titles}
    talk = [line for i, line in enumerate(lines[:end]) if i not in left_out]
    legend = {i: found for i, line in enumerate(lines[:end]) if not _is_hat(line) and (found := _legend_of(line))}
    people = [*header.people, *(replace(person, is_listed=False) for person in shared)]
    people += [*(person for found in legend.values() for person in legend_people(found))]
    codes = {short: hat for found in legend.values() for short, hat in legend_hats(found).items()}
    for line in lines[:end]:
        codes = {**read_hat_legend(line.text), **codes}
    # Where numbers are those of hats, they are nobody's seat.
    seats = {} if any(map(str.isdigit, codes)) else read_seats([line.text for line in lines[:end]])
    seats = {i: person for i, person in seats.items() if i not in left_out}
    people += seats.values()
    heads = {next((j for j in reversed(range(i)) if lines[j].text), i) for i in seats}
    seats_and_head = {*seats, *(i for i in heads if lines[i].text.rstrip("*_").endswith(":"))}
    above = [line.text for line in _above_talk(visible, start, end)]
    fields = [field for text in above for field in read_fields(text) if not header.people]
    people += [person for key, value in fields if key == "participants" for person in read_attendance(value)]
    people += read_mentions(above)
    uncoded = [replace(line, text=line.text[hat_code(codes, line.text)[0] :]) for line in talk]
    shorts = [short for found in legend.values() for short in found if any(legend_people({short: found[short]}))]
    session = Session(header, Speakers(uncoded, (*labels, *shorts), leads), cleaned, patterns, hat_codes=codes)
    for person in settle_leads(people):
        session.speakers.declare(person)
    session.has_hat_margin = _has_hat_margin(session.hat_codes, talk)
    top = [replace(line, text=header.title or "") if i == 0 else line for i, line in enumerate(visible[start:end])]
    for name, label in _interviewee(session, [line.text.strip("#*_ ") for line in top[:MAX_ABOVE_TALK]]):
        session.speakers.declare(Person(name, short=label))
    session.asks_unlabelled = _asks_unlabelled(session, talk)
    of_hats = (i for i, line in enumerate(lines[:end]) if not _is_hat(line) and read_hat_legend(line.text))
    header.lines += [i for i in {*legend, *seats_and_head, *of_hats} if i not in left_out]
    return session


def _has_hat_margin(codes: Mapping[str, Hat], lines: Sequence[Line]) -> bool:
    """Tell whether each letter of a hat stands once, before the first remark under it, so that it holds below."""
    found = Counter(
        match["code"] for line in lines if (match := re.match(r"(?P<code>[A-Za-z]{1,2})(?:\t| {2,})", line.text))
    )
    seen = [n for code, n in found.items() if code in codes]
    return len(seen) > 1 and max(seen) == 1


_INTERVIEWEE = re.compile(
    rf"(?i:(?:diepte-?)?interview|(?:diepte)?gesprek)\s*(?:\d{{1,2}}\s*[:–—-]|(?i:met|van|[:–—-]))\s*"
    rf"[\"“„‘']?(?P<name>{NAME})[\"”’']?\s*(?=[,(–—-]|$).*"
)


_AGED = re.compile(r"\s*[,(]\s*\d{1,3}\s*(?:jaar|j)\b")


def _interviewee(session: Session, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the name in the title of an interview and the word for whoever answers in it, where only one does."""
    found = next((match for line in lines if (match := _INTERVIEWEE.fullmatch(line))), None)
    answers = session.speakers.answers(ANSWERS)
    if found and (is_given(found["name"]) or _AGED.match(found[0], found.end("name"))):
        session.interviewee = found["name"]
    if found and len(answers) == 1:
        yield found["name"], answers[0]


def _is_hat(line: Line) -> bool:
    heading = marks.read_heading(line.text, after_blank=True) if line.text else None
    return heading is not None and heading.hat is not None


def _legend_of(line: Line) -> dict[str, str]:
    if "=" not in line.text:
        return {}
    parts = [*split_fields(line.text), *_IN_BRACKETS.findall(line.text)]
    parts = [_ROLE_AND_NAME.sub(r"\1", part) for part in parts]
    return {short: full for part in parts for short, full in read_legend(part).items()}


_IN_BRACKETS = re.compile(r"\(([^()]*=[^()]*)\)")
_ROLE_AND_NAME = re.compile(r"(=\s*[a-z]+)\s*=\s*[A-ZÀ-Þ][\w'’-]+$")
"""A letter, the role that it stands for, and who has that role."""


def _above_talk(lines: Sequence[Line], start: int, end: int) -> list[Line]:
    """Give the lines between the first and the talk: up to a hat, a bullet, a time or a sure label."""
    found: list[Line] = []
    for line in (line for line in lines[start:end] if line.text):
        if len(found) >= MAX_ABOVE_TALK:
            break
        heading = marks.read_heading(line.text, after_blank=True)
        label = read_label(line.text)
        if (
            marks.read_time(line.text)
            or (label and label.form is Form.TIMED)
            or (heading and (heading.hat or heading.announces_hat))
            or (label and label.sure)
        ):
            break
        if not marks.bullet_length(line.text):
            found.append(line)
    return found


MAX_ABOVE_TALK, MIN_LOOSE_QUESTIONS, MIN_ANSWERS = 16, 2, 0.4


def _read_session(session: Session, lines: Sequence[Line], start: int, width: int | None) -> Session:
    header = session.header
    in_header = set(header.lines)
    end = _find_footnotes(lines)
    for i, line in enumerate(lines):
        if not line.text:
            session.open = None
        elif i > end:
            add_aside(session, line, Kind.FOOTNOTE)
        elif i == header.title_line:
            add_aside(session, line, Kind.HEADING)
            session.headings = [Heading(header.title or "", _TITLE_LEVEL)]
            if (heading := marks.read_heading(line.text, after_blank=True)) and heading.caption:
                enter(session, line, heading)
        elif (
            i in in_header
            or line.number in session.cleaned.credits
            or marks.is_rule(line.text)
            or _is_page_number(lines, i)
        ):
            add_aside(session, line, Kind.LAYOUT)
        elif i < start:
            add_aside(session, line, Kind.AUTHOR)
        else:
            read_line(session, lines, i, width)
    if width is None:
        _cut_tails(session, lines)
    _disown_end(session)
    return session


def _disown_end(session: Session) -> None:
    """Take what stands apart at the end of the notes from the last speaker, where all other remarks bear a name."""
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    if len(content) <= MIN_LABELLED:
        return
    *others, last = content
    is_loose = not (last.is_labelled or last.is_bulleted) and last.kind is Kind.TURN
    if is_loose and all(piece.is_labelled for piece in others) and last.first.number > others[-1].last.number + 1:
        last.speaker, last.kind = None, Kind.STATEMENT


def _find_footnotes(lines: Sequence[Line]) -> int:
    """Find the line drawn above the notes of a document, ``[1] ...``, that end it; the number of lines without it."""
    for i in reversed(range(len(lines))):
        if lines[i].text == NOTE_RULE:
            return i if all(_FOOTNOTE.match(line.text) for line in lines[i + 1 :] if line.text) else len(lines)
    return len(lines)


def _is_page_number(lines: Sequence[Line], i: int) -> bool:
    around = [lines[j].text for j in (i - 1, i + 1) if 0 <= j < len(lines)]
    return not any(around) and PAGE_NUMBER.fullmatch(lines[i].text) is not None


def _asks_unlabelled(session: Session, lines: Sequence[Line]) -> bool:
    """Tell whether questions stand unlabelled between labelled answers, so that nobody with a label asks them."""
    filled = [line.text for line in lines if line.text]
    if sum(text.endswith("?") for text in filled) < MIN_LOOSE_QUESTIONS or session.speakers.has_labelled_lead(filled):
        return False
    found = [session.speakers.find(text, in_bullet=False) for text in filled]
    # A label on a line of its own is that of the line below it.
    alone = [
        False,
        *(label is not None and label.length >= len(text) for label, text in zip(found, filled, strict=True)),
    ]
    labelled = [label is not None or above for label, above in zip(found, alone, strict=False)]
    asked = [text.endswith("?") for text in filled]
    n_loose = sum(a and not own and below for a, own, below in zip(asked, labelled, labelled[1:], strict=False))
    n_own = sum(a and own for a, own in zip(asked, labelled, strict=True))
    return n_loose >= MIN_LOOSE_QUESTIONS and n_loose > n_own and sum(labelled) >= MIN_ANSWERS * len(filled)


MIN_REMARKS, MIN_BULLETED, MIN_LABELLED, MAX_GOING_ON = 3, 4, 6, 0.2
"""Remarks from which what is practical, and from which anything below a bullet or a label, is cut off."""


def _cut_tails(session: Session, lines: Sequence[Line]) -> None:
    """Cut off what stands below the last remark under a heading, where hardly any other remark takes more lines.

    Below the last remark of all it is the end of the report; elsewhere it is nobody's.
    """
    content = [piece for piece in session.pieces if piece.kind in CONTENT]
    set_off = [piece for piece in content if piece.is_labelled or piece.is_bulleted]
    longer = [piece for piece in set_off if piece.first is not piece.last]
    if len(set_off) < MIN_REMARKS or len(set_off) < len(content) * 0.8:
        return
    at_end = [piece for piece in longer if _ends_part(session, piece)]
    if len(longer) - len(at_end) > MAX_GOING_ON * len(set_off) or len(at_end) > max(1, len(set_off) * MAX_GOING_ON):
        return
    for piece in at_end:
        rest = [line for line in lines if piece.first.number < line.number <= piece.last.number and line.text]
        if not rest or rest[0].text[:1].islower() or is_hyphenated(piece.first, rest[0]):
            continue
        is_last = piece is content[-1]
        enough = MIN_BULLETED if piece.is_bulleted else MIN_LABELLED
        # A name stands for all the lines below it: but at the end of the report, only the meeting itself is not said.
        is_shown = len(set_off) >= enough and (is_last or piece.is_bulleted)
        if not is_shown and not is_about_meeting(rest[0].text):
            continue
        section = Section.PRACTICAL if is_last else piece.section
        end, piece.end, piece.last = piece.end, piece.first.end, piece.first
        tail = Piece(rest[0], rest[-1], rest[0].start, end, Kind.STATEMENT, section, piece.path, None, piece.hat)
        session.pieces.insert(session.pieces.index(piece) + 1, tail)


def _ends_part(session: Session, piece: Piece) -> bool:
    """Tell whether no other remark follows under the same heading."""
    below = session.pieces[session.pieces.index(piece) + 1 :]
    following = next((each for each in below if each.kind in (*CONTENT, Kind.HEADING)), None)
    return following is None or following.kind is Kind.HEADING


ANSWERS = frozenset(["a", "r", "antw", "antwoord", "resp", "respondent", "respondente", "geinterviewde", "interviewee"])
"""Words for whoever answers in an interview, folded."""
