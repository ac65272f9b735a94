"""Write files: all or nothing, one writer a study, private; sheets and office files without formulas and clocks."""

import csv
import errno
import io
import json
import os
import platform
import re
import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING

from pipeline.core.errors import BusyError, InputError, StorageError

if TYPE_CHECKING:
    from openpyxl.cell import Cell


PRIVATE_MODE = 0o600
PRIVATE_FOLDER_MODE = 0o700
LOCK_FILE = ".lock"
TEMPORARY_SUFFIX = ".tmp"
COPY_SUFFIX = ".bak"
_POLL_SECONDS = 0.05

_held: dict[Path, int] = {}
"""How often this process holds the lock of each study: whoever holds it may take it again."""


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can open, and close it where others could.

    Raises:
        StorageError: it cannot be made.
    """
    with _explained(path):
        path.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o777 != PRIVATE_FOLDER_MODE:
            path.chmod(PRIVATE_FOLDER_MODE)
    return path


def write_bytes(path: Path, content: bytes, *, keep_copy: bool = False) -> None:
    """Write a file under a temporary name and rename it, readable by its owner only.

    Args:
        path: the file; of a link, the file that it leads to is written.
        content: what it shall hold.
        keep_copy: for what cannot be derived again: it is on the disk before the old one goes, and the old one stays
            beside it as ``.NAME.bak``.

    Raises:
        StorageError: the disk is full, the folder cannot be written to, or the like; the old file is as it was.
    """
    target = path.resolve() if path.is_symlink() else path
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(target) as (handle, temporary):
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                if keep_copy:
                    _sync(stream)
            temporary.chmod(PRIVATE_MODE)
            if keep_copy and target.is_file():
                _copy(target, copy_of(target))
            temporary.replace(target)
            if keep_copy:
                _sync_folder(target.parent)


@contextmanager
def _temporary(target: Path) -> Iterator[tuple[int, Path]]:
    """Open a file of a hidden temporary name beside another; nothing is left of it unless it was renamed.

    The name is known before there is a file, so that a signal to end finds it whenever it comes.
    """
    temporary = target.with_name(f".{target.name.removeprefix('.')}.{token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        yield os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def copy_of(path: Path) -> Path:
    """Name the copy that is kept of a file.

    >>> copy_of(Path("study/decisions.yaml")).as_posix()
    'study/.decisions.yaml.bak'
    """
    return path.with_name(f".{path.name}{COPY_SUFFIX}")


def _copy(source: Path, target: Path) -> None:
    with _temporary(target) as (handle, temporary):
        with os.fdopen(handle, "wb") as stream, source.open("rb") as old:
            shutil.copyfileobj(old, stream)
            _sync(stream)
        temporary.replace(target)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explain(error, path) from None


def explain(error: OSError, path: Path | None = None) -> StorageError:
    """Say of an error of the disk what is wrong and how to mend it.

    >>> print(explain(OSError(errno.ENOSPC, "No space left on device"), Path("results/topics.parquet")))
    results/topics.parquet cannot be written: no space left on device. Free some space, and run again.
    """
    full, closed = "Free some space", "Make the folder writable for you, or work in another one"
    reasons = {
        errno.ENOSPC: ("no space left on device", full),
        errno.EDQUOT: ("disk quota exceeded", full),
        errno.EROFS: ("read-only file system", closed),
        errno.EACCES: ("permission denied", closed),
        errno.EPERM: ("operation not permitted", closed),
    }
    where = path or (Path(str(error.filename)) if error.filename else None)
    shown = "/".join(where.parts[-2:]) if where else "a file"
    other = (error.strerror or type(error).__name__).lower(), "Check the disk and the rights of the folder"
    what, fix = reasons.get(error.errno or 0, other)
    return StorageError(f"{shown} cannot be written: {what}. {fix}, and run again.")


def remove_temporary(*folders: Path) -> int:
    """Remove what writers left that were killed: half files hold words of participants.

    Only for who holds the lock of the study.

    Returns:
        How many files were removed.
    """
    found = [path for folder in folders if folder.is_dir() for path in folder.glob(f".*{TEMPORARY_SUFFIX}")]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


@contextmanager
def lock_study(root: Path, purpose: str, *, patience: float = 0.0) -> Iterator[None]:
    """Be the only process that writes in a study; the lock goes when the process ends, however it ends.

    Args:
        root: the study folder; it is made where it is not there.
        purpose: what the study is locked for, which others read.
        patience: seconds to wait for another holder.

    Raises:
        InputError: another process holds it; the message names it.
        StorageError: the folder cannot be written to.
    """
    import fcntl

    root = root.resolve()
    if _held.get(root):
        _held[root] += 1
        try:
            yield
        finally:
            _held[root] -= 1
        return
    path = root / LOCK_FILE
    with _explained(path):
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_MODE)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise _busy(root) from None
                time.sleep(_POLL_SECONDS)
        with _explained(path):
            _sign(handle, purpose)
        _held[root] = 1
        try:
            yield
        finally:
            del _held[root]
            with suppress(OSError):
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _sign(handle: int, purpose: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"purpose": purpose, "process": os.getpid(), "machine": platform.node(), "since": since}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(content).encode(), 0)


def _busy(root: Path) -> InputError:
    return BusyError.single(root.name, f"is in use: {name_holder(root) or 'by another process'}", "Wait until it ends")


def name_holder(root: Path) -> str | None:
    """Say which other process holds the lock of a study; None when none does."""
    import fcntl

    root = root.resolve()
    path = root / LOCK_FILE
    if _held.get(root) or not path.is_file():
        return None
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            held = json.loads(os.pread(handle, 4096, 0))
            return f"{held['purpose']} (process {held['process']} on {held['machine']}, since {held['since']})"
        except (ValueError, KeyError, TypeError):
            return "another process"
    finally:
        os.close(handle)
    return None


FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is run as a formula when a spreadsheet program opens it."""

MAX_CHARACTERS = 32_767
"""Characters that a cell of XLSX holds."""

MOMENT = datetime(2000, 1, 1)
"""Office programs want a moment of making; that of the run would differ every time."""

_ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
_HARMLESS = re.compile(r"[+-]?(?:\d[\d.,]*(?:e[+-]?\d+)?)?", re.IGNORECASE)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet program would run a text; a number, or a lone sign, it would not.

    >>> is_formula("=1+1"), is_formula("- de bus"), is_formula("-5"), is_formula("-")
    (True, True, False, False)
    """
    return text.startswith(FORMULA_SIGNS) and not _HARMLESS.fullmatch(text)


def guard_formula(text: str) -> str:
    """Put an apostrophe before a text that would be run as a formula: the guard of every CSV that is written.

    >>> guard_formula("=SUM(A1)"), guard_formula("de bus")
    ("'=SUM(A1)", 'de bus')
    """
    return f"'{text}" if is_formula(text) else text


def unguard_formula(text: str) -> str:
    """Take off what `guard_formula` put before a text.

    >>> unguard_formula(guard_formula("- de bus")), unguard_formula("'s avonds")
    ('- de bus', "'s avonds")
    """
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def render_csv(rows: Iterable[Sequence[object]]) -> str:
    r"""Render rows as CSV, separated by commas, with line feeds; no text of them is a formula.

    >>> render_csv([("a", "b"), ("=1", 2)])
    "a,b\n'=1,2\n"
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([guard_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return stream.getvalue()


def fit_cell(text: str) -> str:
    r"""Give what a cell of XLSX can hold: other characters are replaced, what is too long is cut with an ellipsis.

    >>> fit_cell("a\x07b") == "a\ufffdb", len(fit_cell("x" * 40_000))
    (True, 32767)
    """
    held = _NOT_IN_XML.sub("\ufffd", text)
    return held[: MAX_CHARACTERS - 1] + "…" if len(held) > MAX_CHARACTERS else held


def fill_cell(cell: "Cell", text: str) -> None:
    """Write a text into a cell of openpyxl, as a text whatever it begins with."""
    cell.value = fit_cell(text)
    # Without its type a text that begins with '=' would be run; without the prefix editing would make it run.
    cell.data_type = "s"
    if text.startswith(FORMULA_SIGNS) != bool(cell.quotePrefix):
        cell.quotePrefix = not cell.quotePrefix


def pack_parts(parts: Mapping[str, bytes]) -> bytes:
    """Pack parts into a ZIP archive with fixed dates and rights, in the order in which they are given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def fix_moments(content: bytes) -> bytes:
    """Pack an XLSX or DOCX file again with fixed dates: its library writes the time of saving in two places."""
    fixed = MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    if core in parts:
        parts[core] = _CHANGED.sub(rb"\g<1>" + fixed + rb"\g<2>", parts[core])
    return pack_parts(parts)
