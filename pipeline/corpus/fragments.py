"""From utterances to fragments, the unit of analysis: cut where a turn is long, routed by a status, never dropped."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from pipeline.core.config import FragmentsConfig
from pipeline.core.errors import Notice, Output, TableError
from pipeline.core.folds import find_copies
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import Hat, Kind, Role, Status
from pipeline.text.normalisation import NormalisedText, name_fragment, normalise

OPENING, CLOSING, QUESTION, PRACTICAL = "inleiding", "afronding", "vraag", "praktisch"
ANSWER = "antwoord"
"""The part of a session in which each remark answers a question, so that few words say enough."""

_BY_KIND: Mapping[Kind, tuple[Status, str]] = MappingProxyType(
    {
        Kind.AUTHOR: (Status.AUTHOR, "written by the authors, not said by a participant"),
        Kind.HEADING: (Status.HEADING, "a heading"),
        Kind.FOOTNOTE: (Status.FOOTNOTE, "a note at the foot of a page or the end of a chapter"),
        Kind.LAYOUT: (Status.LAYOUT, "a page number, a label or a mark"),
    }
)

HEAD = "at the head of the notes: date, who was there"
_HEAD_LINE = re.compile(r"\w:|\d[/.-]\d")

_FILLER_WORDS = """
ja jaja jawel jep nee neen nja nee' amai euh euhm eum eh hè hé he hm hmm mm mmm mhm ah aha ach oh och o goh tja bon
allee allez komaan oké oke ok okee inderdaad juist just klopt akkoord precies zeker absoluut natuurlijk uiteraard
tuurlijk exact voilà voila zo goed echt wel toch dus nu maar en wauw haha ha poeh pff oei ai lap ziet wacht kijk zeg
helemaal volledig awel
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_ASSENT = re.compile(
    r"(?:dat|dit|het|'t|zo) (?:is|klopt|gaat)(?: (?:dat|het|'t))?(?: (?:ook|wel|zeker|echt))?"
    r"(?: (?:waar|zo|juist|just))?"
    r"|dat (?:denk|vind|peins|dacht) ik ook|zeker en vast|mee eens|ik ook|bij ons ook|ja zeker"
)
NO_ANSWER = "says that there is no answer"
_NO_ANSWER = re.compile(
    r"\W*(?:n\.?v\.?t|n/?a|nihil|niets|niks|geen|geen (?:idee|mening|antwoord|opmerkingen?|bijzonderheden)|none"
    r"|rien|(?:ik )?(?:weet|zou) (?:het |ik )?niet(?: weten)?|nothing|sans avis|aucune?|x+|\?+|[-/.]+)?\W*",
    re.IGNORECASE,
)
MAX_PRACTICAL_WORDS = 15
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")

_PRACTICAL = re.compile(
    r"^einde\b|\b(?:verslag(?:en)? (?:volgt|wordt|komt|ter|naar alle)|nale(?:zen|zing)|nagelezen|samenvatting|notulen"
    r"|rondvraag|procedure|volgende (?:tafel|bijeenkomst|vergadering|afspraak|sessie)|aanwezigheidslijst|naamkaartjes?"
    r"|onkosten|bedankt|merci|dank|dankjewel|dankuwel|tot (?:ziens|straks|morgen|de volgende|volgende \w+|\w+dag)"
    r"|ni(?:ks|ets) meer|niets toe te voegen|goed verlopen)\b",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"\W*(?:korte )?(?:pauze|einde(?: (?:van )?(?:de )?(?:opname|vergadering|gesprek))?)\W*",
    re.IGNORECASE,
)
_ASIDE_OF_REPORTER = re.compile(
    r"\W*(?:to[- ]?do|actiepunt|nog te doen)\b(?!\s+(?:is|was|zijn|voor mij)\b).*"
    r"|\W*(?:(?:groot|luid|veel|algemeen|kort|even|lange?|algemene|grote?) )?"
    r"(?:applaus|gelach|hilariteit|stilte|geroezemoes|rumoer|gemompel)\W*",
    re.IGNORECASE | re.DOTALL,
)
"""What the reporter still has to do, and what the table did rather than said."""


_FEWEST_UNDER: Mapping[str, int] = {hat: 1 if hat is Hat.ROOD else 2 for hat in Hat}


def route(
    text: str, kind: Kind, role: Role | None, section: str | None, min_words: int, hat: str | None = None
) -> tuple[Status, str | None]:
    """Say what becomes of a fragment, and why when it is not used.

    In this order: kind, role, opening and practical matters, fillers, length. The closing round is used: participants
    say there what they take home; only its short thanks and practical matters are procedure.

    Args:
        text: normalised text of the fragment.
        kind: what it is in its source.
        role: role of who said it, where known.
        section: part of the session, where known.
        min_words: shorter fragments are too short.
        hat: under which it was said; two words say what goes well or wrong, and one word says a feeling.

    Returns:
        Status, and the reason unless it is ``used``.

    >>> route("Ja, inderdaad.", Kind.TURN, Role.DEELNEMER, "hoed", 3)
    (<Status.FILLER: 'filler'>, 'only words of assent, doubt or surprise')
    >>> [str(route("Opgelucht.", Kind.TURN, None, "hoed", 3, hat)[0]) for hat in ("wit", "rood")]
    ['too_short', 'used']
    """
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if role is not None and role is not Role.DEELNEMER:
        return Status.MODERATOR, f"said by the {role}"
    if section == OPENING:
        return Status.PROCEDURE, "said in the opening, before the first hat"
    if section == QUESTION:
        return Status.PROCEDURE, "a question that was put to the table"
    if section == PRACTICAL or _BREAK.fullmatch(text) or (section == CLOSING and _is_practical(text)):
        return Status.PROCEDURE, "thanks, farewell or practical matters"
    if is_filler(text):
        return Status.FILLER, "only words of assent, doubt or surprise"
    if _ASIDE_OF_REPORTER.fullmatch(text):
        return Status.PROCEDURE, "thanks, farewell or practical matters"
    enough = 1 if section == ANSWER else min(min_words, _FEWEST_UNDER.get(hat or "", min_words))
    if enough < min_words and _NO_ANSWER.fullmatch(text):
        return Status.FILLER, NO_ANSWER
    n_words = len(text.split()) if enough >= min_words else len(re.findall(r"[^\W\d_]{2,}", text))
    if section != ANSWER and n_words < (min_words if text.endswith("?") else enough):
        return Status.TOO_SHORT, f"fewer than {enough} words"
    return Status.USED, None


def _is_practical(text: str) -> bool:
    return len(text.split()) <= MAX_PRACTICAL_WORDS and _PRACTICAL.search(text) is not None


def is_filler(text: str) -> bool:
    """Tell whether a text holds only words of assent, doubt or surprise, or a remark of the reporter between brackets.

    >>> is_filler("Ja ja, dat is waar."), is_filler("Nee, te duur.")
    (True, False)
    """
    plain = _ASIDE.sub(" ", text).replace("’", "'").lower()
    words = _WORD.findall(plain)
    rest = _ASSENT.sub(" ", " ".join(words))
    return all(word in _FILLERS for word in rest.split())


SPLIT_KINDS = (Kind.TURN, Kind.NOTE)
_COPIED = ("utterance_id", "source_id", "session", "kind", "speaker", "role", "hat_given", "section", "block", "place")
# Marks that a note can have; a text tells which of them its reader took away.
_ANY_NOTES = tuple(f"{number}" for number in range(1, 100)) + tuple(f"({number})" for number in range(1, 100))


class _Part(NamedTuple):
    text: str
    char_start: int
    char_end: int
    line: int


def write_place(file: str, place: object, line: object) -> str:
    """Write where a fragment or an utterance stands: page, paragraph, cell or time in its file, else the line.

    >>> write_place("a.docx", "¶ 8", 11), write_place("a.txt", None, 3)
    ('a.docx, ¶ 8', 'a.txt:3')
    """
    return f"{file}, {place}" if isinstance(place, str) else f"{file}:{line}"


def cut(utterances: pd.DataFrame, fixed_fragments: pd.DataFrame | None = None, *, config: FragmentsConfig) -> Output:
    """Cut utterances into fragments and say what becomes of each.

    A statement, a quote and every other thing in a report is one fragment. A turn or note of more than ``max_words``
    words is cut at ends of sentences; a single sentence is never cut. Every utterance gives at least one fragment.
    Words are what white space separates.

    Args:
        utterances: rows of ``utterances``.
        fixed_fragments: fragments of utterances in which names were replaced; they were cut, named and routed before.
        config: limits, in words.

    Returns:
        ``fragments``, and a notice for every source with a long turn that could not be cut.

    Raises:
        TableError: ``raw`` is absent where the text differs from its source.
    """
    fixed = {} if fixed_fragments is None else _fixed(fixed_fragments)
    ordered = utterances.sort_values(["source_id", "char_start", "utterance_id"], kind="stable")
    rows: list[dict[str, Any]] = []
    settled: list[dict[str, Any]] = []
    uncut: Counter[str] = Counter()
    begun: set[str] = set()
    for utterance in _records(ordered):
        if Kind(utterance["kind"]) not in _BY_KIND:
            begun.add(utterance["session"])
        if utterance["utterance_id"] in fixed:
            copied = {**{name: utterance[name] for name in _COPIED}, "heading_path": list(utterance["heading_path"])}
            settled.extend({**copied, **row} for row in fixed[utterance["utterance_id"]])
            continue
        parts = list(_parts(utterance, config))
        uncut[utterance["source_id"]] += not parts
        made = [_row(utterance, part, config) for part in parts or [_whole(utterance)]]
        if utterance["session"] not in begun:
            made = [_name_head(row) for row in made]
        rows.extend(made)
    for row, fragment_id in zip(rows, _identities(rows), strict=True):
        row["fragment_id"] = fragment_id
    _count_repeats([*rows, *settled])
    notices = tuple(
        Notice(source, f"has {n} long turns that stay whole: their place in the source is not known by the character")
        for source, n in sorted(uncut.items())
        if n
    )
    return Output({"fragments": table_from_rows([*rows, *settled], "fragments")}, notices)


def _name_head(row: dict[str, Any]) -> dict[str, Any]:
    """Give a line of date, place or who was there its own reason."""
    is_head = row["status"] == Status.LAYOUT and _HEAD_LINE.search(row["text"])
    return {**row, "reason": HEAD} if is_head else row


def _fixed(fixed_fragments: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    of_utterance: dict[str, list[dict[str, Any]]] = {}
    for row in _records(fixed_fragments):
        of_utterance.setdefault(row["utterance_id"], []).append(row)
    return of_utterance


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    return ({str(name): value for name, value in row.items()} for row in frame.to_dict("records"))


def _row(utterance: dict[str, Any], part: _Part, config: FragmentsConfig) -> dict[str, Any]:
    role = Role(utterance["role"]) if isinstance(utterance["role"], str) else None
    section = utterance["section"] if isinstance(utterance["section"], str) else None
    hat = utterance["hat_given"] if isinstance(utterance["hat_given"], str) else None
    status, reason = route(part.text, Kind(utterance["kind"]), role, section, config.min_words, hat)
    return {
        **{name: utterance[name] for name in _COPIED},
        **part._asdict(),
        "heading_path": list(utterance["heading_path"]),
        "n_words": len(part.text.split()),
        "status": str(status),
        "reason": reason,
    }


def _whole(utterance: dict[str, Any]) -> _Part:
    return _Part(utterance["text"], int(utterance["char_start"]), int(utterance["char_end"]), int(utterance["line"]))


def _parts(utterance: dict[str, Any], config: FragmentsConfig) -> Iterator[_Part]:
    """Yield the parts of an utterance; none when it is long and its offsets are not known."""
    text = utterance["text"]
    if Kind(utterance["kind"]) not in SPLIT_KINDS or len(text.split()) <= config.max_words:
        yield _whole(utterance)
        return
    raw, normalised = _with_offsets(utterance)
    if normalised is None:
        return
    for first, last in group_sentences(text, config):
        start, end = normalised.span(first, last)
        base = int(utterance["char_start"])
        line = int(utterance["line"]) + raw.count("\n", 0, start)
        yield _Part(text[first:last], base + start, base + end, line)


def _with_offsets(utterance: dict[str, Any]) -> tuple[str, NormalisedText | None]:
    text = utterance["text"]
    raw = utterance["raw"] if isinstance(utterance["raw"], str) else text
    if len(raw) != int(utterance["char_end"]) - int(utterance["char_start"]):
        raise TableError(
            f"table 'utterances': 'raw' is missing or does not fit the offsets of {utterance['utterance_id']}"
        )
    for notes in ((), _ANY_NOTES):
        normalised = normalise(raw, notes)
        if normalised.text == text:
            return raw, normalised
    return raw, None


def group_sentences(text: str, config: FragmentsConfig) -> list[tuple[int, int]]:
    """Group sentences into parts of at most ``max_words`` words, as even as their order allows.

    Args:
        text: normalised text.
        config: limits, in words; a sentence that is longer stays whole, a rest below ``min_words`` joins the part
            before it.

    Returns:
        First character and one past the last of each part.

    >>> config = FragmentsConfig(min_words=3, max_words=10)
    >>> group_sentences("Wij komen elke week samen. Dat kost niets. De zaal is gratis en warm.", config)
    [(0, 42), (43, 69)]
    """
    sentences = split_sentences(text)
    lengths = [len(text[first:last].split()) for first, last in sentences]
    n_parts = -(-sum(lengths) // config.max_words)
    target = sum(lengths) / max(1, n_parts)
    parts: list[list[int]] = []
    size = 0
    for i, length in enumerate(lengths):
        over = size + length - target
        is_full = size + length > config.max_words or (over > 0 and over > target - size)
        if not parts or is_full:
            parts.append([])
            size = 0
        parts[-1].append(i)
        size += length
    if len(parts) > 1 and size < config.min_words:
        rest = parts.pop()
        parts[-1] += rest
    return [(sentences[part[0]][0], sentences[part[-1]][1]) for part in parts]


def _count_repeats(rows: Sequence[dict[str, Any]]) -> None:
    """Mark what stands more than once among the used fragments: copied, or taken down twice."""
    keys = find_copies([row["text"] if row["status"] == Status.USED else "" for row in rows])
    counts = Counter(keys)
    for row, key in zip(rows, keys, strict=True):
        row["repeats"] = counts[key] if key else None


def _identities(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Name fragments by session, text and the number of times that the text has occurred there so far."""
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = (row["session"], row["text"])
        seen[key] += 1
        yield name_fragment(*key, seen[key])


# An abbreviation is followed by more of its sentence; only the last group also ends sentences.
_MID_SENTENCE = """
a.d.h.v. a.h.w. a.u.b. art. b.v. bijv. blz. bv. ca. cf. d.d. d.i. d.m.v. d.w.z. dhr. dr. drs. evt. excl. fig. hfdst.
i.e. i.f.v. i.g.v. i.h.a. i.h.b. i.k.v. i.p.v. i.s.m. i.v.m. incl. ing. ir. jl. k.b. m.a.w. m.b.t. m.b.v. m.i. m.i.v.
max. mej. mevr. min. mr. mw. n.a.v. nl. nr. nrs. o.a. o.b.v. o.g.v. o.i. o.l.v. o.m. p. par. pag. prof. resp.
s.l. st. t.a.v. t.b.v. t.e.m. t.g.v. t.h.v. t.i. t.o.v. t.t.z. t.w. tel. vb. vgl. vs. z.g. zgn. zog.
"""
_MAY_END = "e.a. e.d. e.v. enz. etc. i.o. m.m. v.chr. n.chr. e.v.a. vzw. u."
_INSIDE = frozenset(_MID_SENTENCE.split())
_ENDING = frozenset(_MAY_END.split())

_END = re.compile(r"(?<![(\[])([.!?…]+)[\"”“’'»)\]]*\s+(?=[\"“„‘'«(\[]*(?:[^\W\d_]|\d|…))")
_TOKEN = re.compile(r"\S+\Z")
_INITIAL = re.compile(r"(?:[A-Z]\.)+\Z|[A-Z][a-z]?\.\Z")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Find the sentences of a text.

    Args:
        text: normalised text.

    Returns:
        First character and one past the last of each sentence, without the space between them.

    >>> text = "Dat kost geld, bv. m.b.t. de zaal. T.t.z., de huur. En dan?"
    >>> [text[first:last] for first, last in split_sentences(text)]
    ['Dat kost geld, bv. m.b.t. de zaal.', 'T.t.z., de huur.', 'En dan?']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_here(text, match):
            spans.append((start, match.start() + len(match[0].rstrip())))
            start = match.end()
    return [*spans, (start, len(text))] if start < len(text) else spans


def _ends_here(text: str, match: "re.Match[str]") -> bool:
    following = text[match.end() :].lstrip("\"“„‘'«([")[:1]
    if following.islower():
        return False
    if match[1] != ".":
        return True
    token = _TOKEN.search(text, 0, match.end(1))
    word = token[0].lstrip("\"“„‘'«([") if token else ""
    lowered = word.lower()
    return lowered not in _INSIDE and (lowered in _ENDING or not _INITIAL.match(word))
