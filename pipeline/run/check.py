"""What a study is understood to hold, before anything runs: facts of each file and session, never what was said.

And how well the notes and codings were understood, and what would improve it most, in the language of the study.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from pipeline.core.errors import InputError, Notice, Output, Problem
from pipeline.core.study import Study
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import REMARK_KINDS, Aspect, Change, Kind, Scheme, Status
from pipeline.corpus.fragments import cut
from pipeline.corpus.ingest import ingest
from pipeline.corpus.matching import match
from pipeline.corpus.understanding import OF_TALK, Count, assess, count_not_understood, match_outcomes, read_counts
from pipeline.readers.given.mapping import Proposal
from pipeline.readers.sources import Reading
from pipeline.report.words import Words
from pipeline.run.intake import Gathered, gather

COLUMNS = ("subject", "aspect", "item", "n", "detail")


class Fact(NamedTuple):
    """One thing that was understood.

    Attributes:
        subject: the file or session that it is about.
        aspect: what kind of fact it is: ``format``, ``speaker``, ``hat`` ...
        item: of which speaker, hat, kind, status or file.
        n: how many, where that says something.
        detail: the value, or what belongs to the item; joined by `` | ``.
    """

    subject: str
    aspect: str
    item: str = ""
    n: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was understood and what was not.

    Attributes:
        facts: in order of file and session.
        notices: what a user should know.
        problems: of all files.
        proposals: what is not certain of the codings.
        counts: how well the notes were understood, file by file and in all.
    """

    facts: tuple[Fact, ...]
    notices: tuple[Notice, ...]
    problems: tuple[Problem, ...]
    proposals: tuple[Proposal, ...] = ()
    counts: tuple[Count, ...] = ()


def check_study(study: Study) -> Checked:
    """Read everything that was given and say how it was understood; nothing is written.

    Args:
        study: the study.

    Returns:
        Facts in order of file and session, notices, and all problems of all files.
    """
    try:
        found = gather(study)
    except InputError as error:
        return Checked((), (), error.problems)
    facts = [fact for reading in found.readings for fact in _of_file(reading)]
    problems = list(found.refusals())
    notices = list(found.notices)
    # Codings refer to all notes: while some cannot be read, they cannot be judged.
    given = () if problems else found.given
    try:
        made = ingest(found.readings, codebook=found.codebook, given=given, memos=found.memos)
    except InputError as error:
        return Checked(tuple(facts), tuple(notices), (*problems, *error.problems))
    notices += made.notices
    fragments = cut(made.tables["utterances"], config=study.config.fragments).tables["fragments"]
    facts += _of_versions(made)
    facts += _of_sessions(made, fragments)
    matched: Output | None = None
    if not problems:
        matched, wrong = _match(made, fragments)
        problems += wrong
        facts += _of_codings(found, made, matched)
        notices += matched.notices if matched else ()
    matches = matched.tables["coding_matches"] if matched else table_from_rows([], "coding_matches")
    understood = assess(made.tables["sources"], made.tables["speakers"], fragments, matches)
    counts = read_counts(understood.tables["understanding"])
    facts += [Fact(c.subject or "all files", f"understood {c.aspect}", "", c.n, f"of {c.of}") for c in counts]
    return Checked(tuple(facts), tuple(notices), tuple(sorted(set(problems))), found.proposals, tuple(counts))


def _match(made: Output, fragments: pd.DataFrame) -> tuple[Output | None, tuple[Problem, ...]]:
    tables = made.tables
    try:
        return match(tables["given_codings"], tables["utterances"], fragments, tables["codebook"]), ()
    except InputError as error:
        return None, error.problems


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    values = frame.astype(object).where(frame.notna(), None)
    return (dict(zip(names, row, strict=True)) for row in values.itertuples(index=False))


def _of_file(reading: Reading) -> Iterator[Fact]:
    source = reading.source
    remarks = sum(row["kind"] in REMARK_KINDS for row in reading.utterances)
    yield Fact(source.name, "file", source.container, len(source.text), f"{reading.format} | {source.encoding}")
    yield Fact(source.name, "remarks", "", remarks)
    if reading.version:
        yield Fact(source.name, "version", str(reading.version))
    yield from (Fact(source.name, "session", str(row["session"])) for row in reading.sessions)


def _of_versions(made: Output) -> Iterator[Fact]:
    names = {row["source_id"]: row["name"] for row in _records(made.tables["sources"])}
    for row in _records(made.tables["sources"]):
        if row["superseded_by"]:
            yield Fact(row["name"], "superseded", names[row["superseded_by"]])
    steps: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in _records(made.tables["version_changes"]):
        steps[row["session"], f"{row['from_version'] or 'unmarked'} to {row['to_version']}"].append(row)
    for (session, step), rows in steps.items():
        for change in Change:
            some = [row for row in rows if row["change"] == change]
            ids = (row["to_utterance"] or row["from_utterance"] for row in some)
            if some:
                yield Fact(session, f"change, {step}", str(change), len(some), " | ".join(ids))
        for scheme in (Scheme.THEME, Scheme.POLARITY):
            for what in ("moved", "lost"):
                found = [row["to_utterance"] or row["from_utterance"] for row in rows if scheme in row[what]]
                yield Fact(session, f"{scheme} {what}, {step}", "", len(found), " | ".join(found))


def _of_sessions(made: Output, fragments: pd.DataFrame) -> Iterator[Fact]:
    speakers, parts = defaultdict(list), defaultdict(list)
    for row in _records(made.tables["speakers"]):
        speakers[row["session"]].append(row)
    for row in _records(fragments[["session", "speaker", "kind", "status", "hat_given", "section"]]):
        parts[row["session"]].append(row)
    names = {row["source_id"]: row["name"] for row in _records(made.tables["sources"])}
    for session in _records(made.tables["sessions"]):
        name = session["session"]
        yield Fact(name, "sources", "", len(session["source_ids"]), " | ".join(names[s] for s in session["source_ids"]))
        for column in ("title", "date", "place", "province"):
            if session[column]:
                yield Fact(name, column, detail=session[column])
        spoken = Counter(row["speaker"] for row in parts[name] if row["speaker"] and row["kind"] in REMARK_KINDS)
        for row in speakers[name]:
            detail = " | ".join(part for part in (row["role"], row["organisation"]) if part)
            yield Fact(name, "speaker", row["speaker"], spoken[row["speaker"]], detail)
            if set(row["spellings"]) - {row["speaker"]}:
                yield Fact(name, "spellings", row["speaker"], len(row["spellings"]), " | ".join(row["spellings"]))
        yield from _counts(name, parts[name])


def _counts(session: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Fact]:
    remarks = [row for row in rows if row["kind"] in REMARK_KINDS]
    used = [row for row in remarks if row["status"] == Status.USED]
    hats = Counter(row["hat_given"] or "none" for row in used)
    sections = Counter(row["section"] or "none" for row in remarks)
    for aspect, counts in (
        ("hat", hats),
        ("section", sections),
        ("kind", Counter(row["kind"] for row in rows)),
        ("status", Counter(row["status"] for row in remarks)),
    ):
        yield from (Fact(session, aspect, item, n) for item, n in sorted(counts.items()))
    notes = [row for row in remarks if row["kind"] == Kind.NOTE]
    if notes:
        yield Fact(session, "notes", "", len(notes))
        yield Fact(session, "notes", "with author", sum(row["speaker"] is not None for row in notes))
        yield Fact(session, "notes", "with hat", sum(row["hat_given"] is not None for row in notes))


def _of_codings(found: Gathered, made: Output, matched: Output | None) -> Iterator[Fact]:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    matches = matched.tables["coding_matches"] if matched else table_from_rows([], "coding_matches")
    for (file, _), (is_matched, how) in match_outcomes(matches).items():
        outcomes[file][how if is_matched else f"not matched: {how}"] += 1
    for (file, _), n in count_not_understood(matches).items():
        outcomes[file]["not_understood"] += n
    n_codes: Counter[str] = Counter()
    coders: dict[str, set[str]] = defaultdict(set)
    for row in _records(made.tables["given_codings"][["row_id", "coder", "code"]]):
        file = str(row["row_id"]).rsplit(":", 3)[0]
        coders[file].add(row["coder"])
        n_codes[file] += bool(row["code"])
    for file in sorted(coders):
        yield Fact(file, "coders", "", len(coders[file]), " | ".join(sorted(coders[file])))
        yield Fact(file, "codes", "", n_codes[file])
        yield from (Fact(file, "coding", how, n) for how, n in sorted(outcomes[file].items()))
    if found.codebook:
        schemes = Counter(str(row["scheme"]) for row in found.codebook)
        yield from (Fact("codebook", "scheme", scheme, n) for scheme, n in sorted(schemes.items()))


def describe_verdict(counts: Sequence[Count], words: Words) -> str:
    """Say in one line what was understood of all files.

    >>> describe_verdict([Count("", Aspect.REMARKS, 3, 4), Count("", Aspect.SPEAKERS, 2, 3, files=1),
    ...              Count("a.txt", Aspect.SPEAKERS, 2, 3)], Words("en"))
    '3 remarks; speakers in 1 of 1 file (2 of 3 remarks)'
    """
    total = sum(bool(count.subject) and count.aspect is Aspect.SPEAKERS for count in counts)
    parts = []
    for count in counts:
        if count.subject or (count.aspect in (Aspect.REPEATS, Aspect.CODINGS) and not _holds_anything(count)):
            continue
        key = "no_hats" if count.aspect is Aspect.HATS and not count.n else str(count.aspect)
        files = {"files": count.files, "total": total} if count.aspect in OF_TALK else {}
        parts.append(words(f"verdict.{key}", n=words.number(count.n), of=words.number(count.of), **files))
    return "; ".join(parts)


def _holds_anything(count: Count) -> bool:
    return bool(count.n) if count.aspect is Aspect.REPEATS else bool(count.of)


def give_advice(counts: Sequence[Count], words: Words) -> list[str]:
    """Give the lines that would improve the reading most, the first the most.

    >>> give_advice([Count("a.txt", Aspect.SPEAKERS, 2, 3, rank=1)], Words("en"))
    ["a.txt: 1 of 3 remarks has no speaker: begin each with a name or initials, as in 'AV: ...'"]
    """
    ranked = sorted((count for count in counts if count.rank), key=lambda count: count.rank or 0)
    lines = []
    for count in ranked:
        numbers = {"n": count.n, "of": count.of, "missing": count.missing}
        text = words(f"advice.{count.aspect}", **{name: words.number(n) for name, n in numbers.items()})
        lines.append(f"{count.subject or words('advice.all')}: {text}")
    return lines
