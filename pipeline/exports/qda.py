"""A study becomes a REFI-QDA project: sources, codebook, people and machines as users, codings, notes, a worklist.

Human codings stand where they were given, also where they span several fragments; those that named a quote or an id
stand at the fragments that were found for them. Each coder has selections of their own, also of the same characters.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from pipeline.core.vocabulary import Status, is_machine
from pipeline.exports.qda_codes import (
    CodeTree,
    Wanted,
    describe_meeting,
    describe_project,
    machine_notes,
    make_codes,
    title_of_note,
    title_of_worklist,
    worklist,
)
from pipeline.refi.offsets import check_structure, shorten
from pipeline.refi.project import TEXT_SOURCE, Coding, Project, Selection, SetOrCase, Source, User
from pipeline.refi.writing import ORIGIN, internal, make_guid, pack, render_codebook, text_file, text_selection
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.head import study_name
from pipeline.text.normalisation import fold_name


@dataclass(frozen=True, slots=True)
class ExportText:
    """The text of one source.

    Attributes:
        text: all of it.
        starts: offsets of the study at which a stretch begins, in order.
        ends: where the stretch ends, in offsets of the study.
        moved: where each stretch begins in ``text``.
        lengths: how long each stretch is there.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    moved: tuple[int, ...]
    lengths: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the offsets in ``text`` of a span of the study; inside replaced words it widens to all of them.

        >>> ExportText("Persoon 1 zwijgt.", (0, 4), (4, 12), (0, 9), (9, 8)).span(0, 11)
        (0, 16)
        """
        return self._at(start, is_end=False), self._at(end, is_end=True)

    def _at(self, offset: int, *, is_end: bool) -> int:
        i = (bisect_left if is_end else bisect_right)(self.starts, offset) - 1
        if i < 0:
            return 0
        length = self.ends[i] - self.starts[i]
        inside = min(offset - self.starts[i], length)
        if length == self.lengths[i]:
            return self.moved[i] + inside
        return self.moved[i] + (self.lengths[i] if is_end or inside == length else 0)


def source_texts(
    sources: pd.DataFrame,
    utterances: pd.DataFrame,
    fragments: pd.DataFrame,
    blanks: Mapping[str, str] | None = None,
) -> dict[str, ExportText]:
    """Put the text of every source together.

    Args:
        sources: the table of that name.
        utterances: the table of that name.
        fragments: the table of that name; where an utterance bears pseudonyms its fragments say what stands where.
        blanks: source to its text as it was read, of which only what is blank between utterances is taken; where it is
            not there, as many line ends as there are lines stand there, and blanks for the rest.

    Returns:
        Source to text, with line feeds.
    """
    rows_of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(utterances):
        rows_of[row["source_id"]].append(row)
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(fragments):
        parts[row["utterance_id"]].append(row)
    known = blanks or {}
    return {
        str(source): _put_together(
            sorted(rows_of[source], key=lambda row: (row["char_start"], row["char_end"])),
            parts,
            int(n),
            known.get(source, "") if len(known.get(source, "")) == n else "",
        )
        for source, n in zip(sources["source_id"], sources["n_chars"], strict=True)
    }


def _put_together(
    rows: list[dict[str, Any]], parts: Mapping[str, list[dict[str, Any]]], n_chars: int, blanks: str
) -> ExportText:
    text: list[str] = []
    stretches: list[tuple[int, int, int, int]] = []
    size, end, line = 0, 0, 1
    for row in rows:
        if row["char_start"] < end:
            # What lies inside another utterance was written with it.
            continue
        gap = _gap(int(row["char_start"]) - end, int(row["line"]) - line, blanks[end : int(row["char_start"])])
        if gap:
            stretches.append((end, int(row["char_start"]), size, len(gap)))
            text.append(gap)
            size += len(gap)
        for start, stop, words in _stretches(row, parts.get(row["utterance_id"], [])):
            stretches.append((start, stop, size, len(words)))
            text.append(words)
            size += len(words)
        end, line = int(row["char_end"]), int(row["line"]) + str(row["raw"] or row["text"]).count("\n")
    rest = _gap(n_chars - end, 1, blanks[end:])
    stretches.append((end, n_chars, size, len(rest)))
    columns = tuple(zip(*stretches, strict=True))
    return ExportText("".join((*text, rest)), *columns)


def _gap(n: int, lines: int, blanks: str) -> str:
    """Write what stands between two utterances; where that is not known, line ends and then blanks."""
    if blanks:
        return "".join(character if character.isspace() else " " for character in blanks)
    ends = max(0, min(n, lines))
    return "\n" * ends + " " * (n - ends)


def _stretches(row: Mapping[str, Any], parts: list[dict[str, Any]]) -> Iterator[tuple[int, int, str]]:
    """Cut an utterance whose words were replaced at its fragments, so that each can be found again."""
    start, end, words = int(row["char_start"]), int(row["char_end"]), str(row["raw"] or row["text"])
    at, done = start, 0
    if len(words) != end - start:
        for part in sorted(parts, key=lambda part: int(part["char_start"])):
            found = words.find(str(part["text"]), done)
            if found < 0 or int(part["char_start"]) < at:
                continue
            if found > done or int(part["char_start"]) > at:
                yield at, int(part["char_start"]), words[done:found]
            yield int(part["char_start"]), int(part["char_end"]), str(part["text"])
            at, done = int(part["char_end"]), found + len(str(part["text"]))
    if done < len(words) or at < end:
        yield at, end, words[done:]


MADE = "2000-01-01T00:00:00Z"
"""Programs want a moment of making; that of the run would differ every time."""

_Span = tuple[str, int, int]


@dataclass(slots=True)
class _Marks:
    """What is said of one span: codings in order, each once, and notes."""

    codings: dict[Wanted, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def export_project(inputs: ReportInputs) -> bytes:
    """Give the bytes of the ``.qdpx`` file; the same for the same tables.

    Raises:
        ValueError: the project would not be sound, which is a fault of this program.
    """
    project, texts = make_project(inputs)
    found = check_structure(project, {internal(name): text for name, text in texts.items()})
    if found:
        raise ValueError(f"the project that was made is not sound: {found[0]} (and {len(found) - 1} more)")
    return pack(project, texts)


def export_codebook(inputs: ReportInputs) -> bytes:
    """Give the bytes of the ``.qdc`` file: the codes of people, and those of the machines in branches of their own."""
    return render_codebook(make_codes(inputs, _collect_wanted(inputs)).codes)


def make_project(inputs: ReportInputs) -> tuple[Project, dict[str, str]]:
    """Make the project of a study.

    Args:
        inputs: the tables of the study.

    Returns:
        The project, and its texts by the names under which it refers to them.
    """
    study = study_name(inputs)
    found, utterances, fragments = (inputs.table(name) for name in ("sources", "utterances", "fragments"))
    texts = source_texts(found, utterances, fragments, inputs.blanks)
    marks: dict[_Span, _Marks] = defaultdict(_Marks)
    for span, wanted in (*_human(inputs, texts), *_machine(inputs, texts)):
        marks[span].codings.setdefault(wanted)
    tree = make_codes(inputs, {wanted for each in marks.values() for wanted in each.codings})
    places = _fragment_places(inputs, texts)
    notes = [*_machine_notes(inputs, study, places, marks)]
    to_settle = [*_settle_notes(inputs, study, places, marks)]
    coders = sorted({wanted[0] for each in marks.values() for wanted in each.codings})
    users = {coder: make_guid(study, "user", coder) for coder in coders}
    names = dict(zip(found["source_id"], found["name"], strict=True))
    sources = tuple(_sources(study, texts, names, marks, tree, users))
    project = Project(
        name=study,
        origin=ORIGIN,
        created=MADE,
        description=describe_project(inputs),
        users=tuple(User(guid=guid, name=coder) for coder, guid in users.items()),
        codes=tree.codes,
        sources=sources,
        notes=(*notes, *to_settle),
        sets=tuple(_worklist_set(inputs, study, to_settle)),
        cases=tuple(_cases(inputs, study, names)),
    )
    return project, {text_file(source.guid): texts[each].text for each, source in zip(texts, sources, strict=True)}


def _sources(
    study: str,
    texts: Mapping[str, ExportText],
    names: Mapping[str, str],
    marks: Mapping[_Span, _Marks],
    tree: CodeTree,
    users: Mapping[str, str],
) -> Iterator[Source]:
    by_source: dict[str, list[_Span]] = defaultdict(list)
    for span in sorted(marks):
        by_source[span[0]].append(span)
    shown = _document_names(names)
    for source_id, text in texts.items():
        guid = make_guid(study, "source", names[source_id])
        yield Source(
            kind=TEXT_SOURCE,
            guid=guid,
            name=shown[source_id],
            paths=(("plainTextPath", internal(text_file(guid))),),
            created=MADE,
            selections=tuple(
                selection
                for span in by_source[source_id]
                for selection in _selections(study, span, marks[span], text.text, tree, users)
            ),
        )


def _document_names(names: Mapping[str, str]) -> dict[str, str]:
    """Name documents by their file alone where that is enough: other programs take a slash for a folder.

    A text that came out of a project keeps the name that it had there, however often it comes back.

    >>> _document_names({"s-1": "p.qdpx/tafel-09.docx", "s-2": "gent/t.txt", "s-3": "brugge/t.txt"})
    {'s-1': 'tafel-09.docx', 's-2': 'gent - t.txt', 's-3': 'brugge - t.txt'}
    """
    bare = {source: PurePosixPath(name).name for source, name in names.items()}
    times = Counter(name.casefold().rpartition(".")[0] for name in bare.values())
    return {
        source: name if times[name.casefold().rpartition(".")[0]] == 1 else names[source].replace("/", " - ")
        for source, name in bare.items()
    }


def _human(inputs: ReportInputs, texts: Mapping[str, ExportText]) -> Iterator[tuple[_Span, Wanted]]:
    """Give the human codings as they came, each at its place; those that were found nowhere have none."""
    codes = {(row["scheme"], fold_name(row["code"])): row["code"] for row in records(inputs.table("codebook"))}
    places = {row["fragment_id"]: row for row in records(inputs.table("fragments"))}
    found = {row["row_id"]: row["fragment_ids"] for row in records(inputs.table("coding_matches"))}
    implied = set(inputs.table("implied_codings")["row_id"])
    rows = sorted(
        (row for row in records(inputs.table("given_codings")) if row["row_id"] not in implied),
        key=lambda row: (row["row_id"].rsplit(":", 2)[0], row["rank"]),
    )
    for row in rows:
        code = codes.get((row["scheme"], fold_name(row["code"]))) if row["code"] else None
        wanted = row["coder"], row["scheme"], code
        if row["char_start"] is not None and row["source_id"] in texts:
            spans = [(row["source_id"], int(row["char_start"]), int(row["char_end"]))]
        else:
            spans = _joined([places[each] for each in found.get(row["row_id"], ()) if each in places])
        for span in spans:
            if moved := _moved(span, texts):
                yield moved, wanted


def _joined(fragments: list[dict[str, Any]]) -> list[_Span]:
    """Join the fragments of one utterance that carry one coding."""
    spans: dict[str, _Span] = {}
    for row in fragments:
        start, end = int(row["char_start"]), int(row["char_end"])
        known = spans.get(row["utterance_id"], (row["source_id"], start, end))
        spans[row["utterance_id"]] = row["source_id"], min(known[1], start), max(known[2], end)
    return list(spans.values())


def _moved(span: _Span, texts: Mapping[str, ExportText]) -> _Span | None:
    """Place a span in the text that is exported, without the blanks around it."""
    source, text = span[0], texts[span[0]].text
    start, end = texts[source].span(span[1], span[2])
    inside = text[start:end]
    start, end = start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
    return (source, start, end) if start < end else None


def _machine(inputs: ReportInputs, texts: Mapping[str, ExportText]) -> Iterator[tuple[_Span, Wanted]]:
    places = _fragment_places(inputs, texts)
    for row in records(inputs.table("codings")):
        if is_machine(row["coder"]) and row["fragment_id"] in places:
            yield places[row["fragment_id"]], (row["coder"], row["scheme"], row["code"])


def _collect_wanted(inputs: ReportInputs) -> set[Wanted]:
    """List what all coders said, and the codes that nobody gave."""
    rows = records(inputs.table("codings"))
    wanted: set[Wanted] = {(row["coder"], row["scheme"], row["code"]) for row in rows}
    return wanted | {("", row["scheme"], row["code"]) for row in records(inputs.table("codebook"))}


def _fragment_places(inputs: ReportInputs, texts: Mapping[str, ExportText]) -> dict[str, _Span]:
    places = {}
    for row in records(inputs.table("fragments")):
        span = row["source_id"], int(row["char_start"]), int(row["char_end"])
        moved = _moved(span, texts) if row["source_id"] in texts and row["status"] == Status.USED else None
        if moved:
            places[row["fragment_id"]] = moved
    return places


def _selections(
    study: str, span: _Span, marks: _Marks, text: str, tree: CodeTree, users: Mapping[str, str]
) -> Iterator[Selection]:
    """Make one selection a coder, since QualCoder takes who coded from the selection; notes hang on the first."""
    by_user: dict[str | None, list[Coding]] = defaultdict(list)
    for wanted in marks.codings:
        guid = make_guid(study, "coding", *span, *wanted)
        by_user[users[wanted[0]]].append(Coding(guid=guid, code=tree.guid(wanted), user=users[wanted[0]], created=MADE))
    notes = tuple(marks.notes)
    for user, codings in (by_user or {None: []}).items():
        guid = make_guid(study, "selection", *span, *([user] if user else []))
        empty = text_selection(guid, span[1], span[2], shorten(text[span[1] : span[2]]))
        yield replace(empty, created=MADE, user=user, codings=tuple(codings), notes=notes)
        notes = ()


def _machine_notes(
    inputs: ReportInputs, study: str, places: Mapping[str, _Span], marks: Mapping[_Span, _Marks]
) -> Iterator[Source]:
    for fragment, text in sorted(machine_notes(inputs).items()):
        if fragment in places:
            title = title_of_note(inputs, "machine", inputs.place(fragment))
            note = _note(make_guid(study, "machine note", fragment), title, text)
            marks[places[fragment]].notes.append(note.guid)
            yield note


def _settle_notes(
    inputs: ReportInputs, study: str, places: Mapping[str, _Span], marks: Mapping[_Span, _Marks]
) -> Iterator[Source]:
    for place, meeting in enumerate(worklist(inputs), start=1):
        if meeting.fragment_id in places:
            title = title_of_note(inputs, "settle", inputs.place(meeting.fragment_id))
            guid = make_guid(study, "settle note", meeting.fragment_id, meeting.scheme)
            note = _note(guid, title, describe_meeting(inputs, meeting, place))
            marks[places[meeting.fragment_id]].notes.append(note.guid)
            yield note


def _note(guid: str, title: str, text: str) -> Source:
    return Source(kind="Note", guid=guid, name=title, content=text, created=MADE)


def _worklist_set(inputs: ReportInputs, study: str, notes: list[Source]) -> Iterator[SetOrCase]:
    if notes:
        name = title_of_worklist(inputs, len(notes))
        yield SetOrCase(guid=make_guid(study, "set", "worklist"), name=name, notes=tuple(note.guid for note in notes))


def _cases(inputs: ReportInputs, study: str, names: Mapping[str, str]) -> Iterator[SetOrCase]:
    for row in records(inputs.table("sessions")):
        description = "\n".join(str(row[column]) for column in ("title", "date", "place", "province") if row[column])
        sources = tuple(make_guid(study, "source", names[each]) for each in row["source_ids"] if each in names)
        guid = make_guid(study, "case", row["session"])
        yield SetOrCase(guid=guid, name=str(row["session"]), description=description or None, sources=sources)
