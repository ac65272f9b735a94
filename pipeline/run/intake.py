"""Reads what the user gave: notes, codebook and manual codings, all that is wrong in any of them at once."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import LEFT_OUT, InputError, Notice, Output, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.study import Study
from pipeline.corpus.ingest import ingest
from pipeline.readers import SHEETS, read_source
from pipeline.readers.given.codebook import read_codebook
from pipeline.readers.given.codings import guess_codings, read_coding_file, read_loose_codebook
from pipeline.readers.given.context import CodingFile, Context, KnownSession, name_people, propose_people
from pipeline.readers.given.decisions import read_decisions
from pipeline.readers.given.layout import Texts
from pipeline.readers.given.mapping import MAPPING_FILE, Proposal, StudyMapping, list_unknown, read_mapping
from pipeline.readers.qda import PROJECT_SUFFIX as QDA_PROJECT
from pipeline.readers.qda import QDA_CODEBOOKS, read_qda_codebook
from pipeline.readers.sources import Reading, hash_notes, refuse_link
from pipeline.run.inputs import mapping_path, sort_inputs
from pipeline.text.normalisation import fold_name, letters_only

CHANGED = "was changed while it was read"
"""What is wrong with a file that is read well a moment later, and is never left out."""


def _read_unchanged(path: Path, name: str, columns: Mapping[str, str]) -> tuple[Reading, ...]:
    """Read a file that nobody writes meanwhile.

    Raises:
        InputError: it cannot be read, or was changed while it was read.
    """
    before = hash_notes(path, name)
    readings = read_source(path, name, columns)
    if hash_notes(path, name) != before:
        raise InputError.single(name, CHANGED, "Save and close it, and run again")
    return readings


def read_study(study: Study) -> Output:
    """Read all that was given into the first tables, with pseudonyms where the study has a key.

    Raises:
        InputError: everything that is wrong in any of the files, at once.
    """
    made = read_originals(study)
    if study.key is None:
        return made
    from pipeline.pseudonyms.applying import apply_key
    from pipeline.pseudonyms.key import read_key

    return apply_key(made, read_key(study.key), config=study.config.fragments)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What could be read of everything that was given, and what is wrong with the rest.

    Attributes:
        files: names and paths of the notes.
        readings: what the notes hold.
        codebook: rows of the codebook.
        given: rows of each file with manual codings.
        memos: what coders remarked beside their codings.
        proposals: what is not certain in the codings, and of roles and speakers, as lines of ``mapping.toml``.
        notices: files that are not read.
        problems: in any of the files.
        unreadable: names of the files with notes or codings that cannot be read; where these are left out, their
            problems are among the notices.
    """

    files: tuple[tuple[str, Path], ...]
    readings: tuple[Reading, ...]
    codebook: tuple[Row, ...]
    given: tuple[tuple[Row, ...], ...]
    memos: tuple[Row, ...]
    proposals: tuple[Proposal, ...]
    notices: tuple[Notice, ...]
    problems: tuple[Problem, ...]
    unreadable: tuple[str, ...] = ()

    def refusals(self) -> tuple[Problem, ...]:
        """Give what is wrong, with how the rest could be read where some of the files cannot be."""
        n_files = len(self.files) + len(self.given) + sum(name not in dict(self.files) for name in self.unreadable)
        if not self.problems or not self.unreadable or not self.readings:
            return self.problems
        named = ", ".join(json.dumps(name, ensure_ascii=False) for name in self.unreadable)
        what = f"{len(self.unreadable)} of {n_files} cannot be read: {named}"
        fix = "Mend them as said below, or read the rest: add --skip-unreadable, or put in study.toml under [input]: "
        return (Problem("(files)", what, f"{fix}skip = [{named}]"), *self.problems)


def gather(study: Study) -> Gathered:
    """Read every file for itself, so that one that is wrong does not hide the others.

    Raises:
        InputError: there is no file that can be read, or a file that may not be read.
    """
    inputs = sort_inputs(study)
    notices = list(inputs.notices)
    problems: list[Problem] = []

    unreadable: list[str] = []

    def attempt(read: Callable[..., Any], path: Path, name: str, *, may_lack: bool = False) -> Any:  # noqa: ANN401
        try:
            refuse_link(path)
            return read(path, name)
        except InputError as error:
            may_lack = may_lack and all(problem.what != CHANGED for problem in error.problems)
            unreadable.extend([name] if may_lack else [])
            if may_lack and study.config.input.skip_unreadable:
                why = "; ".join(dict.fromkeys(f"{each.what}. {each.fix}" for each in error.problems))
                notices.append(Notice(name, f"{LEFT_OUT}: it {why}"))
            else:
                problems.extend(error.problems)
            return None

    columns = study.config.columns.model_dump()

    def read_notes(path: Path, name: str) -> tuple[Reading, ...]:
        return _read_unchanged(path, name, columns)

    mapping = attempt(read_mapping, mapping_path(study), MAPPING_FILE) or StudyMapping()
    readings = [
        reading for name, path in inputs.notes for reading in attempt(read_notes, path, name, may_lack=True) or ()
    ]
    if not readings and not problems:
        raise InputError.single(study.sources.name, "holds no file that can be read", "See 'What goes in' in README.md")
    roles = {fold_name(name): str(role) for name, role in study.config.roles.items()}
    people = replace(mapping, roles={**roles, **mapping.roles})
    taken = (
        [] if study.config.input.skip_unreadable else [*_taken_for_codings(inputs.notes, readings, unreadable, mapping)]
    )
    for name, problem, _ in taken:
        problems = [*(each for each in problems if each.where.split(",")[0] != name), problem]
        unreadable.extend([name] if name not in unreadable else [])
        readings = [reading for reading in readings if reading.source.name != name]
    proposals = [*propose_people(readings), *(line for _, _, lines in taken for line in lines)]
    readings = [name_people(reading, people) for reading in readings]
    read_codes = read_qda_codebook if study.codebook.suffix.lower() in QDA_CODEBOOKS else read_codebook
    codebook = attempt(read_codes, study.codebook, study.codebook.name) if study.codebook.is_file() else ()
    codebook = [*(codebook or ())]
    for name, path in inputs.codebooks:
        read = read_qda_codebook if path.suffix.lower() == QDA_PROJECT else read_loose_codebook
        codebook += attempt(read, path, name) or ()
    context = _context(readings, codebook, mapping)
    notices += list_unknown(mapping, inputs.names(), {each.name: each.names for each in context.sessions})

    def read_codings(path: Path, name: str) -> CodingFile:
        return read_coding_file(path, name, context)

    coded = [file for name, path in inputs.codings if (file := attempt(read_codings, path, name, may_lack=True))]
    notices += [notice for file in coded for notice in file.notices]
    attempt(read_decisions, study.decisions, study.decisions.name)
    return Gathered(
        files=inputs.notes,
        readings=tuple(readings),
        codebook=tuple(_unite([*codebook, *(row for file in coded for row in file.codebook)])),
        given=tuple(file.rows for file in coded),
        memos=tuple(row for file in coded for row in file.memos),
        proposals=(*proposals, *(proposal for file in coded for proposal in file.proposals)),
        notices=tuple(notices),
        problems=tuple(problems),
        unreadable=tuple(dict.fromkeys(unreadable)),
    )


def _taken_for_codings(
    notes: Sequence[tuple[str, Path]], readings: Sequence[Reading], refused: Sequence[str], mapping: StudyMapping
) -> Iterator[tuple[str, Problem, tuple[Proposal, ...]]]:
    """Find tables among the notes that quote the others, by what is in them: refused ones, and those without speakers.

    Returns:
        Of each its name, what is wrong with it as notes, and the lines of ``mapping.toml`` that read it as codings.
    """
    spoken = {each.source.name for each in readings if any(row.get("speaker") for row in each.utterances)}
    for name, path in notes:
        if path.suffix.lower() not in SHEETS or mapping.file(name).kind or name in spoken:
            continue
        others = [reading for reading in readings if reading.source.name != name]
        try:
            n_hits, n_texts, lines = guess_codings(path, name, _context(others, (), mapping))
        except InputError:
            continue
        if not lines or n_hits < MIN_QUOTED or (name not in refused and n_hits < MIN_QUOTED_SHARE * n_texts):
            continue
        named = {each.key: (each.value,) if isinstance(each.value, str) else each.value for each in lines
                 if each.table[-1] == "columns"}  # fmt: skip
        columns = ", ".join(f"{key} = '{header}'" for key, headers in named.items() for header in headers)
        what = (
            f"quotes the other notes in {n_hits} of its {n_texts} texts, and names no speaker: it seems to hold codings"
        )
        fix = (
            f"dialoogtafel check writes in {MAPPING_FILE} how to read it: {columns}; "
            'change there what is wrong, or put kind = "notes", and run again'
        )
        yield name, Problem(name, what, fix), lines


MIN_QUOTED, MIN_QUOTED_SHARE = 3, 0.8


def _context(readings: Sequence[Reading], codebook: Sequence[Row], mapping: StudyMapping) -> Context:
    """Gather what a coding may refer to."""
    names: dict[str, dict[str, None]] = {}
    dates: dict[str, str] = {}
    for reading in readings:
        for row in reading.sessions:
            alone = [reading.source.name] if len(reading.sessions) == 1 else []
            known_names = [str(row["session"]), *([str(row["title"])] if row.get("title") else []), *alone]
            names.setdefault(str(row["session"]), {}).update(dict.fromkeys(known_names))
            dates[str(row["session"])] = str(row.get("date") or "")
    codes: dict[str, list[str]] = {}
    for row in codebook:
        codes.setdefault(str(row["scheme"]), []).append(str(row["code"]))

    def load() -> dict[str, str]:
        texts: dict[str, list[str]] = {}
        for row in (row for reading in readings for row in reading.utterances):
            texts.setdefault(str(row["session"]), []).append(letters_only(str(row["text"])))
        return {session: "".join(found) for session, found in texts.items()}

    sessions = tuple(KnownSession(name, tuple(known), dates.get(name, "")) for name, known in names.items())
    return Context(sessions, Texts(load), {scheme: tuple(found) for scheme, found in codes.items()}, mapping)


def _unite(codebook: Sequence[Row]) -> Iterator[Row]:
    """Keep each code once, the first that was given."""
    known: set[tuple[str, str]] = set()
    for row in codebook:
        key = str(row["scheme"]), fold_name(str(row["code"]))
        if key not in known:
            known.add(key)
            yield row


def read_originals(study: Study) -> Output:
    """Read all sources, the codebook and the manual codings, as they were written.

    Raises:
        InputError: everything that is wrong in any of the files, at once.
    """
    found = gather(study)
    if found.problems:
        raise InputError(found.refusals())
    output = ingest(found.readings, codebook=found.codebook, given=found.given, memos=found.memos)
    return Output(output.tables, (*found.notices, *output.notices))
