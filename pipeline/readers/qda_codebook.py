"""Reads a REFI-QDA codebook, ``.qdc``, by the same rule as the codes of a project."""

from pathlib import Path

from pipeline.errors import InputError
from pipeline.readers.archives import parse_xml, read_bytes
from pipeline.readers.code_schemes import understand_codes
from pipeline.readers.reading import Row
from pipeline.refi.parsing import parse_codebook
from pipeline.refi.rendering import ORIGIN

CODEBOOK_SUFFIX = ".qdc"
MAX_CODEBOOK = 32_000_000
MAX_ELEMENTS = 300_000


def read_qda_codebook(path: Path, name: str) -> tuple[Row, ...]:
    """Read a codebook of another program.

    Args:
        path: a ``.qdc`` file.
        name: the name to use for it in messages.

    Returns:
        Rows of ``codebook``.

    Raises:
        InputError: it is no codebook, is damaged, or holds more than people make.
    """
    data = read_bytes(path, name, MAX_CODEBOOK)
    fix = "Export it again as a REFI-QDA codebook (.qdc)"
    if data.count(b"<") > MAX_ELEMENTS:
        raise InputError.single(name, f"holds more than {MAX_ELEMENTS} elements", fix)
    root = parse_xml(data, name)
    codes, _ = parse_codebook(root, name)
    rows = understand_codes(codes, ours=root.get("origin") == ORIGIN).codebook
    if not rows:
        raise InputError.single(name, "holds no code", fix)
    return rows
