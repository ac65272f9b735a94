"""Reads what the user gave: notes, codebook and manual codings, all that is wrong in any of them at once."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.analysis.themes.decisions import tabulate_decisions
from pipeline.core.config import STUDY_FILE
from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice, Output
from pipeline.core.study import Study
from pipeline.corpus.ingest import ingest
from pipeline.readers import SHEETS, SUFFIXES, read_source
from pipeline.readers.files.reading import Reading, Row
from pipeline.readers.files.versions import hash_notes, list_notes, refuse_link
from pipeline.readers.given.codebook import read_codebook
from pipeline.readers.given.coding_tables import Context, KnownSession
from pipeline.readers.given.codings import CodingFile, kind_of_tables, read_coding_file, read_loose_codebook
from pipeline.readers.given.decisions import read_decisions
from pipeline.readers.given.layout import Texts
from pipeline.readers.given.mapping import MAPPING_FILE, Proposal, StudyMapping, name_people, read_mapping
from pipeline.readers.qda.project import PROJECT_SUFFIX as QDA_PROJECT
from pipeline.readers.qda.project import QDA_CODEBOOKS, holds_codes_only, read_qda_codebook
from pipeline.readers.sheets.workbooks import read_tables
from pipeline.run.stages import REPORT_FILES
from pipeline.text.identity import fold_name
from pipeline.text.normalisation import letters_only

MADE_FILES = (*REPORT_FILES, "report.docx", "adjudication.xlsx")
"""What the program writes beside the notes and must not read as notes."""

PROJECT_SUFFIX = ".qda"


NOTES_FOLDERS = frozenset(
    (
        "notes", "notities", "notas", "nota's", "verslagen", "verslag", "transcripten", "transcripts", "transcripties",
        "bronnen", "sources", "interviews", "gesprekken", "focusgroepen", "dialoogtafels", "materiaal", "teksten",
        "verbatims", "entretiens", "protokolle",
    )
)  # fmt: skip
"""Where one of these lies in the folder that was given, a loose sheet beside it is no notes."""

_READ_ME = re.compile(r"(?:readme|read[-_ ]?me|lees[-_ ]?mij|leesmij|lisez[-_ ]?moi)(?:\.\w+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a study by what they are; names relative to the sources folder, in order.

    Attributes:
        notes: files with what was said.
        codings: files with manual codings, those of the folder for codings first.
        codebooks: sheets that only list codes, beside the notes.
        notices: files that are not read, and what loose files are taken to be.
    """

    notes: tuple[tuple[str, Path], ...]
    codings: tuple[tuple[str, Path], ...]
    codebooks: tuple[tuple[str, Path], ...]
    notices: tuple[Notice, ...]


def find_sources(study: Study) -> tuple[list[tuple[str, Path]], list[Notice]]:
    """List the files with notes, and say which files are not read; see `sort_inputs`."""
    found = sort_inputs(study)
    return list(found.notes), list(found.notices)


def sort_inputs(study: Study) -> Inputs:
    """Sort the files that were given into notes, codings and codebooks.

    The codebook, the codings and the results of the study are no notes, wherever they lie. A sheet among or beside the
    notes that has texts with codes holds codings, and one that lists codes with their meaning is a codebook, unless
    ``mapping.toml`` says otherwise.

    Raises:
        InputError: there is no file with notes; or links that lead out of the folder and names that are no text, all
            at once.
    """
    root = study.sources
    given = [(path.name, path) for path in study.codings()]
    if root.is_file():
        return Inputs(((root.name, root),), tuple(given), (), ())
    if not root.is_dir():
        raise InputError.single(study.config.study.sources, "does not exist", "Set [study] sources in study.toml")
    files, notices = list_notes(root, _own_files(study))
    # Beside its database a QualCoder project keeps copies of the texts that the database holds.
    files = [(name, path) for name, path in files if path.suffix == PROJECT_SUFFIX or not _in_project(path, root)]
    readable = [(name, path) for name, path in files if path.suffix.lower() in SUFFIXES]
    unread = f"not read: only {', '.join(SUFFIXES)} files are notes"
    notices += [Notice(name, unread) for name, path in files if path.suffix.lower() not in SUFFIXES]
    mapping = read_mapping(mapping_path(study))
    kinds = {name: _kind_of(name, path, mapping) for name, path in readable}
    others = any(kind == "notes" for kind in kinds.values())
    beside = next((name.split("/")[0] for name, _ in readable if name.split("/")[0].casefold() in NOTES_FOLDERS), "")
    sorted_files: dict[str, list[tuple[str, Path]]] = {"notes": [], "codings": given, "codebook": []}
    for name, path in readable:
        kind = kinds[name]
        if kind in ("codings", "codebook") and not others and not mapping.file(name).kind:
            # Alone, a sheet of remarks with their themes is the notes themselves.
            kind = "notes"
        is_sheet = path.suffix.lower() in SHEETS and not mapping.file(name).kind
        if kind == "ignore" or _READ_ME.fullmatch(path.name):
            notices.append(Notice(name, "not read: it is no notes, by its name or by mapping.toml"))
        elif kind == "notes" and beside and is_sheet and "/" not in name:
            notices.append(Notice(name, f"not read: it lies beside the folder '{beside}' and holds no codings"))
        else:
            sorted_files[kind].append((name, path))
            if kind != "notes":
                notices.append(Notice(name, f"is read as {kind}, not as notes"))
    if not sorted_files["notes"]:
        kinds_read = ", ".join(SUFFIXES)
        fix = "Put the notes in this folder"
        raise InputError.single(root.name, f"holds no file with notes that can be read ({kinds_read})", fix)
    notes, codings, codebooks = (tuple(sorted_files[kind]) for kind in ("notes", "codings", "codebook"))
    return Inputs(notes, codings, codebooks, tuple(notices))


def mapping_path(study: Study) -> Path:
    """Say where the mapping lies: beside the codings, in the study, or beside the notes."""
    codings = study.root / study.config.study.codings
    beside = study.sources if study.sources.is_dir() else study.root
    places = [Path(os.path.normpath(each)) / MAPPING_FILE for each in (codings, study.root, beside)]
    return next((each for each in places if each.is_file()), places[0] if study.codings() else places[2])


def _kind_of(name: str, path: Path, mapping: StudyMapping) -> str:
    given = mapping.file(name).kind
    if given or path.suffix.lower() not in (*SHEETS, QDA_PROJECT):
        return given or "notes"
    state = path.stat()
    return _look_at(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)
def _look_at(path: Path, size: int, changed: int) -> str:
    """Tell what a sheet among the notes holds; size and time of change are those by which the answer is kept."""
    try:
        if path.suffix.lower() == QDA_PROJECT:
            return "codebook" if holds_codes_only(path, path.name) else "notes"
        return kind_of_tables(read_tables(path, path.name), path.name)
    except InputError:
        # Whoever reads it as notes says what is wrong with it.
        return "notes"


def _in_project(path: Path, root: Path) -> bool:
    inside = any(part.suffix == PROJECT_SUFFIX for part in path.relative_to(root).parents)
    return inside or (root.suffix == PROJECT_SUFFIX and (root / "data.qda").is_file())


def _own_files(study: Study) -> frozenset[Path]:
    """Name what lies beside the notes and is the study's own."""
    config = study.config.study
    parts = {study.codebook, study.root / config.codings, study.results, study.runs, study.exports}
    parts |= {study.root / name for name in (STUDY_FILE, *MADE_FILES)} | {mapping_path(study)}
    parts |= {path for path in (study.key, study.decisions) if path is not None}
    if study.root.resolve() != study.sources.resolve():
        parts.add(study.root)
    return frozenset(Path(os.path.normpath(path.absolute())) for path in parts)


def _read_unchanged(path: Path, name: str, columns: Mapping[str, str]) -> tuple[Reading, ...]:
    """Read a file that nobody writes meanwhile.

    Raises:
        InputError: it cannot be read, or was changed while it was read.
    """
    before = hash_notes(path, name)
    readings = read_source(path, name, columns)
    if hash_notes(path, name) != before:
        raise InputError.single(name, "was changed while it was read", "Save and close it, and run again")
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
        proposals: what is not certain in the codings, as lines of ``mapping.toml``.
        decided: what was decided on themes; None where it could not be read.
        notices: files that are not read.
        problems: in any of the files.
    """

    files: tuple[tuple[str, Path], ...]
    readings: tuple[Reading, ...]
    codebook: tuple[Row, ...]
    given: tuple[tuple[Row, ...], ...]
    memos: tuple[Row, ...]
    proposals: tuple[Proposal, ...]
    decided: Any
    notices: tuple[Notice, ...]
    problems: tuple[Problem, ...]


def gather(study: Study) -> Gathered:
    """Read every file for itself, so that one that is wrong does not hide the others.

    Raises:
        InputError: there is no file that can be read, or a file that may not be read.
    """
    inputs = sort_inputs(study)
    notices = list(inputs.notices)
    problems: list[Problem] = []

    def attempt(read: Callable[..., Any], path: Path, name: str) -> Any:  # noqa: ANN401
        try:
            refuse_link(path)
            return read(path, name)
        except InputError as error:
            problems.extend(error.problems)
            return None

    columns = study.config.columns.model_dump()

    def read_notes(path: Path, name: str) -> tuple[Reading, ...]:
        return _read_unchanged(path, name, columns)

    mapping = attempt(read_mapping, mapping_path(study), MAPPING_FILE) or StudyMapping()
    readings = [reading for name, path in inputs.notes for reading in attempt(read_notes, path, name) or ()]
    readings = [name_people(reading, mapping) for reading in readings]
    read_codes = read_qda_codebook if study.codebook.suffix.lower() in QDA_CODEBOOKS else read_codebook
    codebook = attempt(read_codes, study.codebook, study.codebook.name) if study.codebook.is_file() else ()
    codebook = [*(codebook or ())]
    for name, path in inputs.codebooks:
        read = read_qda_codebook if path.suffix.lower() == QDA_PROJECT else read_loose_codebook
        codebook += attempt(read, path, name) or ()
    context = _context(readings, codebook, mapping)

    def read_codings(path: Path, name: str) -> CodingFile:
        return read_coding_file(path, name, context)

    coded = [file for name, path in inputs.codings if (file := attempt(read_codings, path, name))]
    notices += [notice for file in coded for notice in file.notices]
    decided = attempt(read_decisions, study.decisions, study.decisions.name)
    return Gathered(
        files=inputs.notes,
        readings=tuple(readings),
        codebook=tuple(_unite([*codebook, *(row for file in coded for row in file.codebook)])),
        given=tuple(file.rows for file in coded),
        memos=tuple(row for file in coded for row in file.memos),
        proposals=tuple(proposal for file in coded for proposal in file.proposals),
        decided=decided,
        notices=tuple(notices),
        problems=tuple(problems),
    )


def _context(readings: Sequence[Reading], codebook: Sequence[Row], mapping: StudyMapping) -> Context:
    """Gather what a coding may speak of."""
    names: dict[str, dict[str, None]] = {}
    for reading in readings:
        for row in reading.sessions:
            alone = [reading.source.name] if len(reading.sessions) == 1 else []
            said = [str(row["session"]), *([str(row["title"])] if row.get("title") else []), *alone]
            names.setdefault(str(row["session"]), {}).update(dict.fromkeys(said))
    codes: dict[str, list[str]] = {}
    for row in codebook:
        codes.setdefault(str(row["scheme"]), []).append(str(row["code"]))

    def load() -> dict[str, str]:
        texts: dict[str, list[str]] = {}
        for row in (row for reading in readings for row in reading.utterances):
            texts.setdefault(str(row["session"]), []).append(letters_only(str(row["text"])))
        return {session: "".join(found) for session, found in texts.items()}

    sessions = tuple(KnownSession(name, tuple(said)) for name, said in names.items())
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
        raise InputError(found.problems)
    output = ingest(found.readings, codebook=found.codebook, given=found.given, memos=found.memos)
    return Output(output.tables, (*found.notices, *output.notices))


def read_decided(study: Study) -> dict[str, pd.DataFrame]:
    """Read what people decided of the themes into tables.

    Raises:
        InputError: the decisions cannot be read, or lie behind a link out of their folder.
    """
    refuse_link(study.decisions)
    return tabulate_decisions(read_decisions(study.decisions, study.decisions.name))
