"""Reads what the user gave: notes, codebook and manual codings, all that is wrong in any of them at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.errors import InputError, Problem
from pipeline.outputs import Notice, Output
from pipeline.readers import SUFFIXES, read_source
from pipeline.readers.codebook import read_codebook
from pipeline.readers.decisions import read_decisions
from pipeline.readers.manual_coding import read_codings
from pipeline.stages import get_stage
from pipeline.study import Study
from pipeline.theme_memory import previous_themes
from pipeline.themes.decisions import tabulate_decisions


def find_sources(study: Study) -> tuple[list[tuple[str, Path]], list[Notice]]:
    """List the files with notes, and say which files are not read.

    Returns:
        (name, path) in order of name, names relative to the sources folder; and a notice per file that is left.

    Raises:
        InputError: there is no file that can be read.
    """
    root = study.sources
    if root.is_file():
        return [(root.name, root)], []
    if not root.is_dir():
        raise InputError.single(study.config.study.sources, "does not exist", "Set [study] sources in study.toml")
    files = sorted(
        (path.relative_to(root).as_posix(), path)
        for path in root.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    readable = [(name, path) for name, path in files if path.suffix.lower() in SUFFIXES]
    if not readable:
        kinds = " and ".join(SUFFIXES)
        raise InputError.single(root.name, f"holds no file that can be read ({kinds})", "Put the notes in this folder")
    left = [name for name, path in files if path.suffix.lower() not in SUFFIXES]
    return readable, [Notice(name, f"not read: only {', '.join(SUFFIXES)} files are notes") for name in left]


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


def read_originals(study: Study) -> Output:
    """Read all sources, the codebook and the manual codings, as they were written.

    Raises:
        InputError: everything that is wrong in any of the files, at once.
    """
    files, notices = find_sources(study)
    problems: list[Problem] = []

    def attempt(read: Callable[..., Any], path: Path, name: str) -> Any:  # noqa: ANN401
        try:
            return read(path, name)
        except InputError as error:
            problems.extend(error.problems)
            return None

    readings = [reading for name, path in files for reading in attempt(read_source, path, name) or ()]
    codebook = attempt(read_codebook, study.codebook, study.codebook.name) if study.codebook.is_file() else ()
    given = [attempt(read_codings, path, path.name) for path in study.codings()]
    decided = attempt(read_decisions, study.decisions, study.decisions.name)
    if problems:
        raise InputError(problems)
    output: Output = get_stage("ingest").load()(readings, codebook=codebook, given=given)
    said = tabulate_decisions(decided) | {"previous_themes": previous_themes(study, files)}
    return Output({**output.tables, **said}, (*notices, *output.notices))
