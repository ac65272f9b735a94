"""What stands in the notes and was not said: line numbers in the margin, time stamps inside a remark, credits.

It is blanked, character by character, so that every other character keeps its place in the source.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline.readers.notes.marks import find_stamps, read_duration, read_heading, read_time
from pipeline.readers.words import read_pattern

MIN_NUMBERS, MIN_REGULAR = 4, 0.8
MIN_NUMBERED_SHARE = 0.6
MIN_MESSAGES, MAX_INITIALS = 2, 3
STEPS = (1, 2, 5, 10)

_NUMBER_FIRST = re.compile(r"^[ \t]*(?P<number>\d{1,4})(?:[ \t]+|$)(?=\D|$)")
_NUMBER_LAST = re.compile(r"(?:\t|[ ]{2,})(?P<number>\d{1,4})[ \t]*$")
_CREDITS = re.compile(read_pattern("credits"), re.IGNORECASE)
_CODED = re.compile(r"reference \d|<.*coded", re.IGNORECASE)
_OF_SUMMARY = "lines of a summary of codes, of which all documents are read as one session,"
_LISTS = re.compile(r"(?:summary )?keywords?|speakers?|audio ?file", re.IGNORECASE)
_DAY = r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_CHAT_STAMP = re.compile(
    rf"[\s\u200e\u200f]*(?:\[{_DAY},?\s+\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s?[AaPp][Mm])?\]\s"
    rf"|{_DAY},?\s+(?:om\s+)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s?[AaPp][Mm])?\s[-–]\s)(?=\s*\S)"
)
"""What WhatsApp, Signal and Telegram put before a message: a time of day, which is no place in a recording."""
_MEETING_STAMP = re.compile(
    r"\s*\d{1,2}:\d{2}(?::\d{2})?\s+(?i:from|van|de)\s+(?=\S[^:\n]{0,60}?\s+(?i:to|aan|à)\s[^:\n]{1,60}:)"
)
_STAMP_LAST = re.compile(rf"(?<=\S)(?:,\s*|\s+)\[{_DAY},?\s+\d{{1,2}}:\d{{2}}(?::\d{{2}})?\]\s*$")
"""What Telegram puts behind the name of who wrote the message below."""
_ADDRESSEE = re.compile(r"[^:\n]{1,60}?(?P<to>\s+(?i:to|aan|à)\s[^:\n]{1,60}):")
"""The saved chat of a meeting: ``13:01:11 From An to Everyone:``."""
_CHAT_EVENT = re.compile(
    r"(?:[^:]{1,60}:\s*)?[\s\u200e\u200f]*(?:<.{1,40}>"
    r"|(?:afbeelding|video|audio|sticker|gif|document|contactkaart|locatie|media|image|photo|foto)\s+"
    r"(?:weggelaten|omitted|attached|bijgevoegd)"
    r"|(?:dit bericht is|(?:je|u) hebt dit bericht) verwijderd\.?"
    r"|(?:this message was|you) deleted(?: this message)?\.?"
    r"|gemiste (?:spraak|video)oproep.*|missed (?:voice|video) call.*)"
    r"|(?:[^:]{1,60}:\s*)?[\s\u200e\u200f]*(?:berichten en (?:gesprekken|oproepen)|messages and calls)\b.*"
    r"|(?:[^:]{1,60}:\s*\u200e\s*)?[^:]{1,80}\b(?:heeft|hebt|added|changed|left|joined|created)\b[^:]{0,80}"
    r"\b(?:groep|group|toegevoegd|verlaten|gewijzigd|aangemaakt)\b[^:]{0,80}",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"(?:like|heart|laugh|surprised|sad|angry|vind ik leuk|hartje|[\u2600-\u26a9\u2764\u2700-\u27bf"
    r"\U0001f300-\U0001f53d\U0001f53e-\U0001f7df\U0001f900-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?)\s+\d{1,3}",
    re.IGNORECASE,
)
_PAGE_BREAK = re.compile(r"\s*[-–—=*_ ]{2,}(?:pagina|blz|bladzijde|page|p)\.?\s*\d{1,4}[-–—=*_ ]{2,}", re.IGNORECASE)
_PAGE_HEAD = re.compile(
    r"\b(?:pagina|bladzijde|blz\.?|page|p\.)\s*\d{1,4}(?:\s*(?:/|van|of)\s*\d{1,4})?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text in which what was not said is blank.

    Attributes:
        text: as long as the source.
        dropped: numbers of lines, from 1, that held nothing else; they are no blank lines.
        credits: numbers of lines that a service or an editor wrote.
        stamps: place and seconds of the time stamps that were blanked, in order.
        counts: what was left out, with how often.
        names: of who wrote the messages of a chat.
    """

    text: str
    dropped: frozenset[int] = frozenset()
    credits: frozenset[int] = frozenset()
    stamps: tuple[tuple[int, float], ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    names: frozenset[str] = frozenset()

    def time_before(self, offset: int) -> float | None:
        """Give the last time stamp that was blanked before a place."""
        i = bisect_right(self.stamps, (offset, float("inf")))
        return self.stamps[i - 1][1] if i else None

    def without(self, blanks: Collection[tuple[int, int]], counts: Counter[str]) -> "Cleaned":
        """Blank more places, first character and one past the last, and count them."""
        text = list(self.text)
        for start, end in blanks:
            text[start:end] = " " * (end - start)
        return replace(self, text="".join(text), counts=self.counts + counts)


def clean_text(text: str) -> Cleaned:
    """Blank line numbers in the margin and time stamps inside and after remarks; find the lines of credits.

    >>> clean_text("D1: in de wachtkamer. #00:00:15-9# Soms ook niet.").stamps
    ((21, 15.9),)
    """
    lines = text.split("\n")
    counts: Counter[str] = Counter()
    lines, heads = _with_bullets(lines)
    lines, dropped = without_numbers(lines, counts)
    stamps: list[tuple[int, float]] = []
    lines, events, names = _without_chat(lines, counts)
    lines, clocks, speakers = _without_clocks(lines, counts, stamps)
    dropped |= clocks
    names |= speakers | heads
    n_alone = len(stamps)
    credits: set[int] = set()
    for i, line in enumerate(lines):
        if _PAGE_BREAK.fullmatch(line):
            lines[i] = " " * len(line)
            dropped.add(i + 1)
            counts["marks of a new page"] += 1
    repeated = _page_heads(lines) | _page_breaks(lines)
    lines, around = _without_quoting(lines)
    of_mail = _mail_lines(lines) | around
    at, lists = 0, False
    for i, line in enumerate(lines):
        bare = line.strip()
        if bare and (i in events or _REACTION.fullmatch(bare)):
            credits.add(i + 1)
            counts["reactions and messages of a chat without words"] += 1
        elif bare and i in of_mail:
            credits.add(i + 1)
            counts["lines of a mail around the notes"] += 1
        elif bare and lists:
            credits.add(i + 1)
            lists = False
        elif bare and (_CREDITS.fullmatch(bare.strip("*_#() ")) or bare in repeated):
            credits.add(i + 1)
            lists = _LISTS.fullmatch(bare.strip("*_#() :")) is not None
            counts[_OF_SUMMARY if _CODED.match(bare) else "lines of a transcription service, or heads of pages"] += 1
        elif bare:
            lines[i] = _without_stamps(line, at, stamps)
        at += len(line) + 1
    if len(stamps) > n_alone:
        counts["time stamps inside remarks"] = len(stamps) - n_alone
    stamps.sort()
    return Cleaned("\n".join(lines), frozenset(dropped), frozenset(credits), tuple(stamps), counts, names)


def _with_bullets(lines: list[str]) -> tuple[list[str], frozenset[str]]:
    """Put a bullet before each line of an outline that has nothing below it; give all lines, and the names above these.

    Programs for mind maps export their notes as outlines. What returns above such lines is who said them.
    """
    filled = [i for i, line in enumerate(lines) if line.strip()]
    depths = {i: len(lines[i]) - len(lines[i].lstrip("\t")) for i in filled}
    above = {below: i for i, below in pairwise(filled) if depths[below] > depths[i]}
    leaves = {i for i in filled if depths[i] >= MIN_DEPTH and i not in above.values()}
    if len(leaves) < MIN_LEAVES or len({*depths.values()}) <= MIN_DEPTH:
        return lines, frozenset()
    heads = Counter(lines[above[i]].strip() for i in leaves if i in above)
    names = frozenset(heads) if max(heads.values(), default=0) > 1 else frozenset()
    marked = [f"{line[: depths[i] - 2]}- {line[depths[i] :]}" if i in leaves else line for i, line in enumerate(lines)]
    return marked, names


MIN_DEPTH, MIN_LEAVES = 2, 3
"""Tabs before the deepest lines of an outline, and their number."""


def _without_clocks(
    lines: list[str], counts: Counter[str], stamps: list[tuple[int, float]]
) -> tuple[list[str], set[int], frozenset[str]]:
    """Blank times on lines of their own, and initials above the names above them; give all lines, these, the names."""
    found = [i for i, line in enumerate(lines) if _CLOCK_ALONE.fullmatch(line)]
    if len(found) < 2:
        return lines, set(), frozenset()
    at, starts = 0, []
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    for i in found:
        if not i or not lines[i - 1].strip():
            # Above what was said then.
            stamps.append((starts[i], read_duration(lines[i].strip()) or 0.0))
    counts["time stamps on lines of their own"] += len(found)
    badges = [i - 2 for i in found if i > 1 and _are_initials(lines[i - 2].strip(), lines[i - 1])]
    names = {lines[i + 1].strip() for i in badges}
    lines, dropped = _blank(lines, [*found, *badges])
    return lines, dropped, frozenset(names)


def _are_initials(text: str, name: str) -> bool:
    """Tell whether letters are the first ones of a name, as a meeting shows them in a circle beside it."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"\(.*", "", name))
    return 1 < len(text) <= MAX_INITIALS and text.isupper() and {*text} <= {word[0].upper() for word in words}


_CLOCK_ALONE = re.compile(
    r"\s*(?:\d{1,3}:\d{2}|(?:\d{1,2} (?:uur|uren|hours?) )?\d{1,2} (?:minuut|minuten|minutes?) "
    r"\d{1,2} (?:seconden?|seconds?))\s*"
)
"""A time in figures, or in words as a meeting shows it."""


def _blank(lines: list[str], found: Collection[int]) -> tuple[list[str], set[int]]:
    """Blank some lines; give all lines, and the numbers of these."""
    wanted = set(found)
    return [" " * len(line) if i in wanted else line for i, line in enumerate(lines)], {i + 1 for i in wanted}


def _without_chat(lines: list[str], counts: Counter[str]) -> tuple[list[str], set[int], frozenset[str]]:
    """Blank the dates and times before the messages of a chat; give the lines that are no messages, and the names."""
    below = {i: stamp for i, line in enumerate(lines) if (stamp := _STAMP_LAST.search(line))}
    if len(below) >= MIN_MESSAGES:
        counts["dates and times of a chat"] += len(below)
        bare = [
            line[: below[i].start()] + " " * len(below[i][0]) if i in below else line for i, line in enumerate(lines)
        ]
        return bare, set(), frozenset(bare[i].strip() for i in below)
    stamps = (_CHAT_STAMP.match(line) or _MEETING_STAMP.match(line) for line in lines)
    found = {i: stamp for i, stamp in enumerate(stamps) if stamp}
    if not found and (clocks := _clocks_before_names(lines)):
        counts["times of day before remarks"] += len(clocks)
        return (
            [" " * clocks[i] + line[clocks[i] :] if i in clocks else line for i, line in enumerate(lines)],
            set(),
            frozenset(),
        )
    lines = [_without_addressee(line) for line in lines]
    if len(found) < MIN_MESSAGES:
        return lines, set(), frozenset()
    counts["dates and times of a chat"] += len(found)
    rest = [" " * found[i].end() + line[found[i].end() :] if i in found else line for i, line in enumerate(lines)]
    events = {i for i in found if _CHAT_EVENT.fullmatch(rest[i].strip())}
    names = {i: name for i in sorted(set(found) - events) if (name := _MESSAGE_OF.match(rest[i]))}
    for i, name in names.items():
        if _DRAWN_TITLE.match(rest[i], name.end()):
            # A title that somebody writes in a chat is a title, whoever wrote it.
            rest[i] = " " * name.end() + rest[i][name.end() :]
    return rest, events, frozenset(name["name"] for name in names.values())


def _clocks_before_names(lines: list[str]) -> dict[int, int]:
    """Find the times of day before remarks, ``13:05 An: ...``, where names return; give lines and lengths."""
    found = {i: clock for i, line in enumerate(lines) if (clock := _CLOCK_OF_DAY.match(line))}
    names = Counter(clock["name"] for clock in found.values() if clock["name"])
    if len(names) < 2 or sum(names.values()) < MIN_NUMBERS or max(names.values()) < 2:
        return {}
    return {i: clock.end("clock") for i, clock in found.items()}


_CLOCK_OF_DAY = re.compile(r"(?P<clock>\s*\d{1,2}[:.u]\d{2}\s+)(?:(?P<name>[^\W\d_][^:\n]{0,30}):\s|\()")
_MESSAGE_OF = re.compile(r"\s*(?P<name>[^:()]{1,40}?)\s*(?:\([^()]{1,40}\)\s*)?:")
_DRAWN_TITLE = re.compile(r"\s*(?P<mark>[=~*#_-]{2,})\s*[^\W_].*?[=~*#_-]{2,}\s*$")


def _without_addressee(line: str) -> str:
    """Blank to whom a message in the chat of a meeting was sent."""
    found = _MEETING_STAMP.match(line)
    to = _ADDRESSEE.match(line, found.end()) if found else None
    return line[: to.start("to")] + " " * len(to["to"]) + line[to.end("to") :] if to else line


def _without_stamps(line: str, at: int, stamps: list[tuple[int, float]]) -> str:
    first = len(line) - len(line.lstrip())
    leading = read_time(line[first:])
    begin = first + (leading[0] if leading else 0)
    for start, end, seconds in find_stamps(line, begin):
        stamps.append((at + start, seconds))
        line = line[:start] + " " * (end - start) + line[end:]
    return line


_NUMBERS_ALONE = re.compile(r"\s*\d{1,4}(?:\s+\d{1,4})*\s*")


def _numbers_apart(lines: list[str]) -> list[int]:
    """Find lines with the numbers of the lines around them, as some editors put a margin between the paragraphs."""
    found = {i: [int(n) for n in line.split()] for i, line in enumerate(lines) if _NUMBERS_ALONE.fullmatch(line)}
    numbers = [n for several in found.values() for n in several]
    goes_up = sum(b == a + 1 or (b == 1 and a > 1) for a, b in pairwise(numbers))
    is_margin = len(numbers) > MIN_NUMBERS and any(len(several) > 1 for several in found.values())
    return list(found) if is_margin and goes_up >= MIN_REGULAR * (len(numbers) - 1) else []


def without_numbers(lines: list[str], counts: Counter[str]) -> tuple[list[str], set[int]]:
    """Blank the numbers of lines in the margin, and count them; give all lines, and the numbers of those left empty."""
    if apart := _numbers_apart(lines):
        counts["line numbers in the margin"] += len(apart)
        return _blank(lines, apart)
    for pattern in (_NUMBER_FIRST, _NUMBER_LAST):
        found = {i: match for i, line in enumerate(lines) if (match := pattern.search(line))}
        kept = _regular(lines, {i: int(match["number"]) for i, match in found.items()})
        if not kept:
            continue
        result, dropped = list(lines), set()
        for i in kept:
            start, end = found[i].span()
            result[i] = lines[i][:start] + " " * (end - start) + lines[i][end:]
            if not result[i].strip():
                dropped.add(i + 1)
        counts["line numbers in the margin"] += len(kept)
        return result, dropped
    return lines, set()


def _regular(lines: list[str], numbers: dict[int, int]) -> list[int]:
    """Give the lines of which the number counts lines: it goes up by one step, or begins again on a page."""
    if len(numbers) < MIN_NUMBERS:
        return []
    order = sorted(numbers)
    filled = [i for i, line in enumerate(lines) if line.strip()]
    rank = {i: r for r, i in enumerate(filled)}
    for step in STEPS:
        fits = [numbers[order[0]] <= step]
        fits += [
            numbers[b] - numbers[a] == step or (numbers[b] <= step and numbers[b] < numbers[a])
            for a, b in zip(order, order[1:], strict=False)
        ]
        good = [i for i, fit in zip(order, fits, strict=True) if fit]
        if len(good) < MIN_NUMBERS or len(good) < MIN_REGULAR * len(order):
            continue
        spaced = [rank[b] - rank[a] for a, b in zip(good, good[1:], strict=False) if numbers[b] > numbers[a]]
        is_each_line = step == 1 and len(good) >= MIN_NUMBERED_SHARE * len(filled)
        if is_each_line or (step > 1 and spaced and sum(gap == step for gap in spaced) >= MIN_REGULAR * len(spaced)):
            return good
    return []


_QUOTED = re.compile(r"\s*>+[ \t]?")
_ADDED = re.compile(r"[A-Z]{1,3}>+[ \t]?")
"""The mark of who wrote a line between those that a mail quotes."""
MIN_QUOTED, MIN_QUOTED_SHARE = 4, 0.4


def _without_quoting(lines: list[str]) -> tuple[list[str], frozenset[int]]:
    """Blank the marks before the lines of a mail that another one quotes; give the lines around these notes."""
    quoted = {i: found for i, line in enumerate(lines) if (found := _QUOTED.match(line))}
    added = {i: found for i, line in enumerate(lines) if (found := _ADDED.match(line))}
    quoted |= added if len(added) < len(quoted) else {}
    n_filled = sum(bool(line.strip()) for line in lines)
    has_blank = any(
        found.end() == len(lines[i].rstrip()) + (lines[i] != lines[i].rstrip()) for i, found in quoted.items()
    )
    is_mail = has_blank or any(_MAIL_FIELD.fullmatch(line.strip()) for line in lines[:MAX_MAIL_HEAD])
    if len(quoted) < MIN_QUOTED or len(quoted) < MIN_QUOTED_SHARE * n_filled or not is_mail:
        return lines, frozenset()
    bare = [" " * quoted[i].end() + line[quoted[i].end() :] if i in quoted else line for i, line in enumerate(lines)]
    deeper = {i for i, found in quoted.items() if found[0].count(">") > 1}
    # The mail that these notes answer is quoted once more, with its head.
    is_answered = bool(deeper) and _MAIL_FIELD.fullmatch(bare[min(deeper)].strip()) is not None
    deeper = (deeper if is_answered else set()) | _quoted_head(bare, sorted(quoted))
    return bare, frozenset(
        i for i, line in enumerate(lines) if line.strip() and (i in deeper or (i not in quoted and not _adds_hat(line)))
    )


def _quoted_head(lines: list[str], quoted: Sequence[int]) -> set[int]:
    """Find the head of a mail above the notes that it quotes, with what its writer says up to the first hat."""
    head = [i for i in quoted[:MAX_MAIL_HEAD] if _MAIL_FIELD.fullmatch(lines[i].strip())]
    if len(head) < 2:
        return set()
    headings = ((i, read_heading(lines[i].strip(), after_blank=True)) for i in quoted if i > head[-1])
    first = next((i for i, heading in headings if heading and heading.hat), head[-1] + 1)
    return {i for i in quoted if head[0] <= i < (first if first - head[-1] <= MAX_MAIL_HEAD else head[-1] + 1)}


def _adds_hat(line: str) -> bool:
    """Tell whether a line in a mail above notes adds a remark under a hat to them."""
    heading = read_heading(line.strip(), after_blank=True)
    return heading is not None and heading.hat is not None and heading.length < len(line.strip())


_MAIL_FIELD = re.compile(
    r"(?P<key>van|from|de|aan|to|à|cc|bcc|verzonden|sent|onderwerp|subject|objet|bijlagen?|attachments?)\s*:.*",
    re.IGNORECASE,
)
_SALUTATION = re.compile(
    r"(?:dag|beste|hallo|hoi|hey|goede(?:morgen|middag|avond)|dear|hi|bonjour)\b[^.?!:]{0,40},", re.IGNORECASE
)
_SIGNATURE = re.compile(
    r"(?:(?:met|veel|hartelijke|vriendelijke|beste)\s+){0,2}(?:groet(?:en|jes)?|groeten|mvg|vr\.? ?gr\.?)\b.{0,30}"
    r"|(?:kind |best )?regards,?.{0,20}|(?:verzonden|verstuurd|sent|envoyé) (?:vanaf|vanuit|met|from|depuis) .{1,40}",
    re.IGNORECASE,
)
MAX_SIGNATURE, MAX_MAIL_HEAD = 8, 12


def _mail_lines(lines: list[str]) -> frozenset[int]:
    """Find the head of a mail in which notes were pasted, its salutation and its signature."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    head = {i: found for i in filled[:MAX_MAIL_HEAD] if (found := _MAIL_FIELD.fullmatch(lines[i].strip()))}
    keys = {found["key"].casefold() for found in head.values()}
    is_mail = len(keys) > 1 and bool(keys & {"onderwerp", "subject", "objet", "verzonden", "sent"})
    greets = {i for i in filled[:MAX_MAIL_HEAD] if _SALUTATION.fullmatch(lines[i].strip())}
    quoted = next((i for i in filled[1:] if _QUOTES_BELOW.fullmatch(lines[i].strip())), None)
    below = {i for i in filled if quoted is not None and i >= quoted}
    # Where a mail is forwarded, the notes are what it quotes.
    below = below if len(below) <= MAX_QUOTED_SHARE * len(filled) else set()
    ends = [i for i in filled if i not in below and _SIGNATURE.fullmatch(lines[i].strip(" ,"))][-1:]
    rest = [i for i in filled if ends and i >= ends[0] and i not in below]
    # The words after a signature are few, but for a disclaimer; more would be notes again.
    few = [i for i in rest if len(lines[i].split()) <= MAX_SIGNATURE or _DISCLAIMER.search(lines[i])]
    signature = set(rest) if len(few) == len(rest) and len(rest) <= MAX_SIGNATURE + 4 else set()
    return frozenset((set(head) if is_mail else set()) | greets | signature | below)


_QUOTES_BELOW = re.compile(
    r"[-_]{3,}\s*(?:oorspronkelijk bericht|original message|message d'origine|doorgestuurd bericht"
    r"|forwarded message)\s*[-_]*"
    r"|(?:op|on|le)\s.{6,60}\b(?:schreef|wrote|a écrit)\b.{0,80}:",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(read_pattern("disclaimers"), re.IGNORECASE)
MAX_QUOTED_SHARE = 0.4


def _page_heads(lines: list[str]) -> frozenset[str]:
    """Find lines that stand on every page: a page number follows or precedes them each time."""
    numbered = [line.strip() for line in lines if _PAGE_HEAD.search(line) and not _PAGE_HEAD.fullmatch(line.strip())]
    shapes = Counter(re.sub(r"\d+", "", text) for text in numbered)
    return frozenset(text for text in numbered if shapes[re.sub(r"\d+", "", text)] > 1)


def _page_breaks(lines: list[str]) -> frozenset[str]:
    """Give the lines that say that a page begins, ``Bladzijde 2``, and the running heads that go on below them."""
    found = [i for i, line in enumerate(lines) if _PAGE_BEGINS.fullmatch(line.strip())]
    numbers = [int(re.findall(r"\d+", lines[i])[0]) for i in found]
    if len(found) < 2 or any(b != a + 1 for a, b in pairwise(numbers)):
        return frozenset()
    heads = {i + 1 for i in found if i + 1 < len(lines) and _GOES_ON.search(lines[i + 1])}
    return frozenset(lines[i].strip() for i in (*found, *heads))


_PAGE_BEGINS = re.compile(r"(?:pagina|bladzijde|blz\.?|page)\s*\d{1,4}(?:\s*(?:/|van|of)\s*\d{1,4})?", re.IGNORECASE)
_GOES_ON = re.compile(r"\s{3,}\(?(?:vervolg|suite|continued)\)?\s*$", re.IGNORECASE)
