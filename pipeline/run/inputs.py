"""Which files of a study hold notes, codings and codebooks; a run without anything to do needs no more than this."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from pipeline.core.config import STUDY_FILE
from pipeline.core.errors import LEFT_OUT, InputError, Notice, Problem
from pipeline.core.study import SAMPLING_FILE, Study
from pipeline.readers import SHEETS, SUFFIXES
from pipeline.readers.archives import open_archive
from pipeline.readers.given.mapping import MAPPING_FILE, StudyMapping, read_mapping
from pipeline.readers.sources import list_notes
from pipeline.run.stages import REPORT_FILES
from pipeline.text.normalisation import fold_name

MADE_FILES = (
    *REPORT_FILES, "report.pdf", "report.docx", "draft.docx", "draft.html", "adjudication.xlsx", SAMPLING_FILE,
)  # fmt: skip
"""What the program writes beside the notes and must not read as notes."""

MADE_FOLDERS = ("results", "runs", "cache", "export")
MADE = "not read: it was made by this program"

PROJECT_SUFFIX = ".qda"
QDA_PROJECT = ".qdpx"
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
        ignored: names of the files that are not read.
    """

    notes: tuple[tuple[str, Path], ...]
    codings: tuple[tuple[str, Path], ...]
    codebooks: tuple[tuple[str, Path], ...]
    notices: tuple[Notice, ...]
    ignored: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Name all files that were met, read or not."""
        return [*(name for name, _ in (*self.notes, *self.codings, *self.codebooks)), *self.ignored]


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
    skip = _Skip(study.config.input.skip)
    given = [(path.name, path) for path in study.codings() if not skip.has(path.name)]
    if root.is_file():
        return Inputs(((root.name, root),), tuple(given), (), ())
    if not root.is_dir():
        raise InputError.single(study.config.study.sources, "does not exist", "Set [study] sources in study.toml")
    files, notices = list_notes(root, _own_files(study))
    # Beside its database a QualCoder project keeps copies of the texts that the database holds.
    files = [(name, path) for name, path in files if path.suffix == PROJECT_SUFFIX or not _in_project(path, root)]
    files = [(name, path) for name, path in files if not skip.has(name)]
    made = _made_files(files, root)
    notices += [Notice(name, MADE) for name, _ in files if name in made and name.endswith(tuple(SUFFIXES))]
    files = [(name, path) for name, path in files if name not in made]
    notices += skip.notices()
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
    taken = {name for name, _ in (*notes, *codings, *codebooks)}
    ignored = tuple(notice.where for notice in notices if notice.where not in taken)
    return Inputs(notes, codings, codebooks, tuple(notices), ignored)


class _Skip:
    """The files that ``[input] skip`` names, and what was met of them."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._met: dict[str, list[str]] = {pattern: [] for pattern in patterns}
        self._names: list[str] = []

    def has(self, name: str) -> bool:
        """Tell whether a file is named, by its path or by its name alone."""
        self._names.append(name)
        forms = (fold_name(name), fold_name(name.rsplit("/", 1)[-1]))
        found = [each for each in self._met if any(fnmatch(form, fold_name(each)) for form in forms)]
        for each in found:
            self._met[each].append(name)
        return bool(found)

    def notices(self) -> list[Notice]:
        """Say of each file that it was left out.

        Raises:
            InputError: something is named that is not there.
        """
        absent = [pattern for pattern, names in self._met.items() if not names]
        if absent:
            raise InputError(
                Problem(f"{STUDY_FILE}, [input] skip", f"names '{each}', which is not there", self._nearest(each))
                for each in absent
            )
        names = dict.fromkeys(name for found in self._met.values() for name in found)
        return [Notice(name, f"{LEFT_OUT}: study.toml says so under [input] skip") for name in names]

    def _nearest(self, pattern: str) -> str:
        near = get_close_matches(pattern, self._names, n=1)
        return f"Did you mean '{near[0]}'?" if near else "Name a file of this study, or delete it there"


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
    from pipeline.readers.given.codings import kind_of_tables
    from pipeline.readers.qda import holds_codes_only
    from pipeline.readers.sheets.workbooks import read_tables

    try:
        if path.suffix.lower() == QDA_PROJECT:
            return "codebook" if holds_codes_only(path, path.name) else "notes"
        return kind_of_tables(read_tables(path, path.name), path.name)
    except InputError:
        # Whoever reads it as notes says what is wrong with it.
        return "notes"


def _made_files(files: Sequence[tuple[str, Path]], root: Path) -> set[str]:
    """Give the names of the files that this program made: those of a study below the notes, and copies of a report."""
    studies = {path.parent: _is_output(path) for _, path in files if path.name == STUDY_FILE and path.parent != root}
    return {name for name, path in files if _is_made(path, studies) or _bears_our_name(path)}


def _is_output(path: Path) -> bool:
    """Tell whether a study has its notes elsewhere, so that its whole folder was made."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8")).get("study", {})
        sources = (path.parent / str(settings.get("sources", "sources"))).resolve()
    except (OSError, ValueError, AttributeError):
        return False
    return not sources.is_relative_to(path.parent.resolve())


def _is_made(path: Path, studies: Mapping[Path, bool]) -> bool:
    for folder in set(path.parents) & set(studies):
        first, *below = path.relative_to(folder).parts
        if studies[folder] or (first in MADE_FOLDERS if below else first in (STUDY_FILE, *MADE_FILES)):
            return True
    return False


def _bears_our_name(path: Path) -> bool:
    """Tell whether a file is called as one that the program makes, and says that the program made it."""
    if path.name not in MADE_FILES:
        return False
    try:
        with open_archive(path, path.name) as archive:
            core = archive.read("docProps/core.xml")
    except InputError:
        return False
    return re.search(rb"creator[^>]*>dialoogtafel<", core[:10_000]) is not None


def _in_project(path: Path, root: Path) -> bool:
    inside = any(part.suffix == PROJECT_SUFFIX for part in path.relative_to(root).parents)
    return inside or (root.suffix == PROJECT_SUFFIX and (root / "data.qda").is_file())


def _own_files(study: Study) -> frozenset[Path]:
    """Name what lies beside the notes and is the study's own."""
    config = study.config.study
    parts = {study.codebook, study.root / config.codings, study.results, study.runs, study.cache, study.exports}
    parts |= {study.root / name for name in (STUDY_FILE, *MADE_FILES)} | {mapping_path(study)}
    parts |= {path for path in (study.key, study.decisions) if path is not None}
    if study.root.resolve() != study.sources.resolve():
        parts.add(study.root)
    return frozenset(Path(os.path.normpath(path.absolute())) for path in parts)
