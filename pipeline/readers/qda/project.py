"""Reads a REFI-QDA project, ``.qdpx``: its texts as notes, its codes as codebook, its codings as those of its users.

A text is looked for in the archive, then beside it by the name of the file; a path that is absolute, or leads out of
the folder of the project, is never opened.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from pipeline.core.errors import InputError
from pipeline.core.notices import Notice
from pipeline.core.schemas.forms import Row
from pipeline.readers.files.archives import Archive, open_archive, parse_xml, printable, read_bytes
from pipeline.readers.files.decoding import MAX_TEXT
from pipeline.readers.files.reading import Reading
from pipeline.readers.qda.code_schemes import understand_codes
from pipeline.readers.qda.readings import ProjectText, make_readings
from pipeline.refi.parsing import parse_codebook, parse_project
from pipeline.refi.project import MEDIA_SOURCES, Project, Source, path_of, walk_texts
from pipeline.refi.writing import ORIGIN

CODEBOOK_SUFFIX = ".qdc"
PROJECT_SUFFIX = ".qdpx"
QDA_CODEBOOKS = (CODEBOOK_SUFFIX, PROJECT_SUFFIX)
MAX_CODEBOOK = 32_000_000
MAX_CODEBOOK_ELEMENTS = 300_000


def read_qda_codebook(path: Path, name: str) -> tuple[Row, ...]:
    """Read a codebook of another program.

    Args:
        path: a ``.qdc`` file, or a ``.qdpx`` project, of which only the codes are read.
        name: the name to use for it in messages.

    Returns:
        Rows of ``codebook``.

    Raises:
        InputError: it is no codebook, is damaged, or holds more than people make.
    """
    fix = "Export it again as a REFI-QDA codebook (.qdc)"
    if path.suffix.lower() == PROJECT_SUFFIX:
        project = _open_project(path, name)
        rows = understand_codes(project.codes, ours=project.origin == ORIGIN).codebook
    else:
        data = read_bytes(path, name, MAX_CODEBOOK)
        if data.count(b"<") > MAX_CODEBOOK_ELEMENTS:
            raise InputError.single(name, f"holds more than {MAX_CODEBOOK_ELEMENTS} elements", fix)
        root = parse_xml(data, name)
        codes, _ = parse_codebook(root, name)
        rows = understand_codes(codes, ours=root.get("origin") == ORIGIN).codebook
    if not rows:
        raise InputError.single(name, "holds no code", fix)
    return rows


def holds_codes_only(path: Path, name: str) -> bool:
    """Tell whether a project has codes and no source: then it is a codebook.

    Raises:
        InputError: it is no project.
    """
    with open_archive(path, name) as archive:
        data = archive.read(_find_project(archive, name), MAX_PROJECT)
    return not _ANY_SOURCE.search(data) and b"<Code " in data


def _open_project(path: Path, name: str) -> Project:
    with open_archive(path, name) as archive:
        inner = _find_project(archive, name)
        where = f"{name}, {printable(inner)}"
        return parse_project(parse_xml(_checked(archive.read(inner, MAX_PROJECT), where), where), where)


_ANY_SOURCE = re.compile(rb"<(?:\w+:)?(?:Text|Picture|PDF|Audio|Video)Source\b")

MAX_PROJECT = 64_000_000
"""Bytes of the project file; ten thousand selections with their codings are four million."""
MAX_ELEMENTS = 500_000
"""A tree of this size takes half a gigabyte of memory and some seconds; a hundred thousand codings fit in it."""

_PROJECT_FILE = "project.qde"
_SCHEME = re.compile(r"[a-z]+:/*")
_SCHEMES = ("", "internal", "relative", "absolute", "file")
_TEXT_PATHS = ("plainTextPath", "currentPath")
_TEXT_SUFFIXES = (".txt", ".md")
_NO_PATH_WORDS = "its text is neither in the project nor beside it: export the project with its sources"


def read_project(path: Path, name: str) -> tuple[Reading, ...]:
    """Read a project.

    Args:
        path: a ``.qdpx`` file.
        name: the name to use for it in tables and messages.

    Returns:
        A reading for each text; the first one carries the codebook and what is to be known of the whole.

    Raises:
        InputError: no archive, no project in it, damage, more than people make, or no text at all.
    """
    with open_archive(path, name) as archive:
        inner = _find_project(archive, name)
        where = f"{name}, {printable(inner)}"
        project = parse_project(parse_xml(_checked(archive.read(inner, MAX_PROJECT), where), where), where)
        folder = PurePosixPath(inner).parent
        texts = _Texts(archive, folder, path.parent)
        found = [_load(texts, known, text) for known, text in walk_texts(project.sources)]
    notices = [Notice(name, said) for said in _describe_whole(project, found, texts)]
    read = [each for each in found if isinstance(each, ProjectText)]
    if not read:
        what = f"holds no text that can be read, in {len(project.sources)} sources"
        raise InputError.single(name, what, "Export the project with its sources as plain text in it")
    return make_readings(project, read, name, notices)


def _find_project(archive: Archive, name: str) -> str:
    inside = [part for part in archive.names() if part.lower().endswith(".qde")]
    exact = [part for part in inside if PurePosixPath(part).name.lower() == _PROJECT_FILE]
    for found in (exact, inside):
        if len(found) == 1:
            return found[0]
    what = "holds more than one project" if inside else "holds no project.qde"
    raise InputError.single(name, what, "Export the project again as REFI-QDA (.qdpx)")


def _checked(data: bytes, where: str) -> bytes:
    # Elements take many times their length in memory: they are counted before a tree is built of them.
    if data.count(b"<") > MAX_ELEMENTS:
        fix = "Export only the documents and codes that this study needs"
        raise InputError.single(where, f"holds more than {MAX_ELEMENTS} elements", fix)
    return data


@dataclass(frozen=True, slots=True)
class _Missing:
    """A text that is not there, with the reason."""

    source: Source
    reason: str


def _fold_path(path: str) -> str:
    return unicodedata.normalize("NFC", path).lower().replace("\\", "/")


class _Texts:
    """Where the texts of a project lie."""

    def __init__(self, archive: Archive, folder: PurePosixPath, beside: Path) -> None:
        self._archive = archive
        self._beside = beside
        self._parts = {_fold_path(part): part for part in archive.names()}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for folded, part in self._parts.items():
            self._by_name[PurePosixPath(folded).name].append(part)
        self._folder = "" if str(folder) == "." else f"{folder}/".lower()
        self.refused = archive.refused
        self.outside = 0

    def read(self, written: str) -> bytes | None:
        """Give the bytes that a path refers to; None where they are not there, or may not be read.

        Programs write the path of a text in the archive in many ways: with a scheme or without, with the folder or
        without, as the path that it had on their machine. Within the archive each of them is looked for.
        """
        plain = _fold_path(unquote(written))
        scheme, _, bare = plain.partition(":") if _SCHEME.match(plain) else ("", "", plain)
        if scheme not in _SCHEMES and len(scheme) != 1:
            return None
        bare = bare.lstrip("/").removeprefix("./")
        if (part := self._exact(bare)) is not None:
            return self._archive.read(part, MAX_TEXT)
        if scheme != "internal":
            written_bare = unquote(written).replace("\\", "/").partition("://")
            beside = self._read_beside(written_bare[2] or written_bare[0], is_relative=scheme in ("", "relative"))
            if beside is not None:
                return beside
        same = self._by_name.get(PurePosixPath(bare).name, [])
        return self._archive.read(same[0], MAX_TEXT) if len(same) == 1 else None

    def _exact(self, bare: str) -> str | None:
        names = (f"{self._folder}sources/{bare}", f"{self._folder}{bare}", f"sources/{bare}", bare)
        return next((self._parts[name] for name in names if name in self._parts), None)

    def _read_beside(self, plain: str, *, is_relative: bool) -> bytes | None:
        bare = PurePosixPath(plain.lstrip("/"))
        wanted = [bare, PurePosixPath(bare.name)] if is_relative else [PurePosixPath(bare.name)]
        root = self._beside.resolve()
        for each in wanted:
            if not each.name or each.suffix.lower() not in _TEXT_SUFFIXES:
                continue
            target = (root / each).resolve()
            if not target.is_relative_to(root):
                self.outside += 1
            elif target.is_file():
                return read_bytes(target, str(each), MAX_TEXT)
        return None


def _load(texts: _Texts, known: Source, text: Source) -> ProjectText | _Missing:
    """Find one text, and decode it."""
    if text.content is not None and text.content.strip():
        return ProjectText(known, text, text.content.encode())
    reason = _NO_PATH_WORDS
    for attribute in _TEXT_PATHS:
        written = path_of(text, attribute)
        if written and (attribute == "plainTextPath" or written.lower().endswith(_TEXT_SUFFIXES)):
            data = texts.read(written)
            if data is not None and not data.strip():
                return _Missing(text, "its text is empty")
            if data is not None:
                return ProjectText(known, text, data)
    if path_of(text, "richTextPath") and not path_of(text, "plainTextPath"):
        reason = "it has a styled text only, in which places of codings cannot be found: export it with its plain text"
    return _Missing(text, reason)


def _describe_whole(project: Project, found: list[ProjectText | _Missing], texts: _Texts) -> Iterator[str]:
    missing = [each for each in found if isinstance(each, _Missing)]
    for reason in dict.fromkeys(each.reason for each in missing):
        names = [each.source.name or each.source.guid for each in missing if each.reason == reason]
        yield f"{len(names)} sources were left out ({_some(names)}): {reason}"
    silent = [source for source in project.sources if source.kind in MEDIA_SOURCES and not source.texts]
    if silent:
        names = [source.name or source.guid for source in silent]
        yield f"{len(silent)} pictures, recordings or PDFs have no text and were left out: {_some(names)}"
    if texts.refused:
        yield f"{texts.refused} parts were not opened: their names lead out of the archive, or they are links"
    if texts.outside:
        yield f"{texts.outside} paths lead out of the folder of the project and were not opened"
    counts = {"sets": len(project.sets), "cases": len(project.cases), "notes": len(project.notes)}
    kept = [f"{n} {what}" for what, n in counts.items() if n]
    if kept or project.n_left:
        other = [f"{project.n_left} links, graphs and values of variables"] if project.n_left else []
        yield f"not used in the analysis: {', '.join([*kept, *other])}"


def _some(names: list[str], most: int = 5, say: Callable[[str], str] = printable) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(say(each) for each in names[:most]) + more
