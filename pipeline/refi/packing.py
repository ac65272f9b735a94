"""A project with its texts becomes one ``.qdpx`` file: a ZIP with fixed dates, the same bytes every time."""

import io
import zipfile
from collections.abc import Mapping

from pipeline.refi.project import INTERNAL, Project
from pipeline.refi.rendering import render_project

PROJECT_FILE = "project.qde"
SOURCES_FOLDER = "sources"
_MOMENT = (1980, 1, 1, 0, 0, 0)


def pack(project: Project, texts: Mapping[str, str]) -> bytes:
    """Pack a project.

    Args:
        project: the project; its sources refer to texts as ``internal://NAME``.
        texts: name of the file in the archive to its text.

    Returns:
        The bytes of the ``.qdpx`` file.
    """
    parts = {PROJECT_FILE: render_project(project)}
    parts |= {f"{SOURCES_FOLDER}/{name}": text.encode() for name, text in sorted(texts.items())}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def text_file(guid: str) -> str:
    """Name the file of a text.

    >>> text_file("0616fddd")
    '0616fddd.txt'
    """
    return f"{guid}.txt"


def internal(name: str) -> str:
    """Write the path of a part of the archive.

    >>> internal("0616fddd.txt")
    'internal://0616fddd.txt'
    """
    return INTERNAL + name
