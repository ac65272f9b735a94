"""Files made from a study that still hold a name of its key: drafts, exports, kits and worklists."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.study import Study
from pipeline.pseudonyms.applying import Replacer
from pipeline.pseudonyms.key import KeyEntry, read_key

MADE = ("draft*.docx", "draft*.html", "kit-*.xlsx", "adjudication*.xlsx", "export/**/*", "runs/*/tables/*.parquet")
MANIFEST = "manifest.json"
_TEXT = frozenset(".csv .html .txt .xml .rels .qde .qdc .md".split())  # noqa: SIM905
_EXAMPLE = "AV: …"
"""Initials in a piece of advice of ours, which are nobody's."""
_NO_TEXT = re.compile(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>")


def find_older(study: Study, key: Iterable[KeyEntry] | None = None) -> list[Path]:
    """Find the files made from a study in which a name of the key still stands.

    Args:
        study: a study.
        key: its key; read where it is not given.

    Returns:
        Their paths, drafts first; of tables of earlier runs, the folder of the run. None without a key that opens.
    """
    if key is None:
        try:
            key = read_key(study.key) if study.key else []
        except InputError:
            return []
    replace = Replacer(key)
    found = (
        path.parents[1] if form.startswith("runs/") else path
        for form in MADE
        for path in sorted(study.root.glob(form))
        if path.is_file() and not path.name.endswith(MANIFEST) and _holds(path, replace)
    )
    return list(dict.fromkeys(found))


def _holds(path: Path, replace: Replacer) -> bool:
    try:
        if path.suffix == ".parquet":
            return any(replace(text) != text for text in _read_table(path))
        return any(replace(text) != text for text in _read(path.name, path.read_bytes()))
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _read_table(path: Path) -> Iterator[str]:
    table = pd.read_parquet(path)
    for column in table.select_dtypes(exclude=["number", "bool"]):
        yield "\n".join(" ".join(map(str, v)) if hasattr(v, "tolist") else str(v) for v in table[column])


def _read(name: str, data: bytes) -> Iterator[str]:
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for part in parts.namelist():
                yield from _read(part, parts.read(part))
    elif Path(name).suffix.lower() in _TEXT:
        text = data.decode("utf-8", errors="replace")
        # Attributes of a project of another program hold names of speakers and of files.
        yield text if name.endswith((".qde", ".qdc", ".csv", ".txt")) else _NO_TEXT.sub(" ", text).replace(_EXAMPLE, "")
