"""Reads what the user gave: notes, codebook and manual codings, all that is wrong in any of them at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.analysis.themes.decisions import tabulate_decisions
from pipeline.core.config import STUDY_FILE
from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice, Output
from pipeline.core.study import Study
from pipeline.readers import SUFFIXES, read_source
from pipeline.readers.files.reading import Reading, Row
from pipeline.readers.files.versions import hash_notes, list_notes, refuse_link
from pipeline.readers.given.codebook import read_codebook
from pipeline.readers.given.codings import read_coding_file
from pipeline.readers.given.decisions import read_decisions
from pipeline.readers.qda.project import CODEBOOK_SUFFIX, read_qda_codebook
from pipeline.run.memory import previous_themes
from pipeline.run.stages import get_stage

MADE_FILES = ("report.html", "report.xlsx", "report.docx", "adjudication.xlsx")
"""What the program writes beside the notes and must not read as notes."""

PROJECT_SUFFIX = ".qda"


def find_sources(study: Study) -> tuple[list[tuple[str, Path]], list[Notice]]:
    """List the files with notes, and say which files are not read.

    The codebook, the codings and the results of the study are no notes, wherever they lie.

    Returns:
        (name, path) in order of name, names relative to the sources folder; and a notice per file that is left.

    Raises:
        InputError: there is no file that can be read; or links that lead out of the folder and names that are no
            text, all at once.
    """
    root = study.sources
    if root.is_file():
        return [(root.name, root)], []
    if not root.is_dir():
        raise InputError.single(study.config.study.sources, "does not exist", "Set [study] sources in study.toml")
    files, notices = list_notes(root, _own_files(study))
    # Beside its database a QualCoder project keeps copies of the texts that the database holds.
    files = [(name, path) for name, path in files if path.suffix == PROJECT_SUFFIX or not _in_project(path, root)]
    readable = [(name, path) for name, path in files if path.suffix.lower() in SUFFIXES]
    if not readable:
        kinds = ", ".join(SUFFIXES)
        raise InputError.single(root.name, f"holds no file that can be read ({kinds})", "Put the notes in this folder")
    unread = f"not read: only {', '.join(SUFFIXES)} files are notes"
    left = [Notice(name, unread) for name, path in files if path.suffix.lower() not in SUFFIXES]
    return readable, [*notices, *left]


def _in_project(path: Path, root: Path) -> bool:
    return any(part.suffix == PROJECT_SUFFIX for part in path.relative_to(root).parents)


def _own_files(study: Study) -> frozenset[Path]:
    """Name what lies beside the notes and is the study's own."""
    config = study.config.study
    parts = {study.codebook, study.root / config.codings, study.results, study.runs, study.exports}
    parts |= {study.root / name for name in (STUDY_FILE, *MADE_FILES)}
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
        decided: what was decided on themes; None where it could not be read.
        notices: files that are not read.
        problems: in any of the files.
    """

    files: tuple[tuple[str, Path], ...]
    readings: tuple[Reading, ...]
    codebook: tuple[Row, ...]
    given: tuple[tuple[Row, ...], ...]
    decided: Any
    notices: tuple[Notice, ...]
    problems: tuple[Problem, ...]


def gather(study: Study) -> Gathered:
    """Read every file for itself, so that one that is wrong does not hide the others.

    Raises:
        InputError: there is no file that can be read, or a file that may not be read.
    """
    files, notices = find_sources(study)
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

    readings = [reading for name, path in files for reading in attempt(read_notes, path, name) or ()]
    read_codes = read_qda_codebook if study.codebook.suffix.lower() == CODEBOOK_SUFFIX else read_codebook
    codebook = attempt(read_codes, study.codebook, study.codebook.name) if study.codebook.is_file() else ()
    files_of_codings = [attempt(read_coding_file, path, path.name) for path in study.codings()]
    given = [file.rows for file in files_of_codings if file]
    notices += [notice for file in files_of_codings if file for notice in file.notices]
    decided = attempt(read_decisions, study.decisions, study.decisions.name)
    return Gathered(
        tuple(files), tuple(readings), tuple(codebook or ()), tuple(given), decided, tuple(notices), tuple(problems)
    )


def read_originals(study: Study) -> Output:
    """Read all sources, the codebook and the manual codings, as they were written.

    Raises:
        InputError: everything that is wrong in any of the files, at once.
    """
    found = gather(study)
    if found.problems:
        raise InputError(found.problems)
    output: Output = get_stage("ingest").load()(found.readings, codebook=found.codebook, given=found.given)
    said = tabulate_decisions(found.decided) | {"previous_themes": previous_themes(study, found.files)}
    return Output({**output.tables, **said}, (*found.notices, *output.notices))
