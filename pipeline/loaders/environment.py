"""What must hold before a heavy library is imported: no network, no telemetry, one import at a time, no excess."""

import hashlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path

from pipeline.core.process import IMPORT_LOCK, postponed

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "DO_NOT_TRACK": "1",
}

SPACY_COMMANDS = ("spacy.cli", "spacy.cli.info")
"""Importing spaCy imports its whole command line (half of its time) for one function that nothing here calls."""
SCIPY_PARTS = (
    "scipy.stats", "scipy.interpolate", "scipy.integrate", "scipy.linalg.interpolative", "numpy.f2py",
    "numpy.testing", "sklearn.callback._progressbar",
)  # fmt: skip
"""What scikit-learn imports in case it will be asked for: two thirds of its time."""
BERTOPIC_PARTS = ("bertopic.plotting", "huggingface_hub", "PIL")
"""What BERTopic imports for pictures and for publishing a model: half of its time."""
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")

_CHUNK_BYTES = 1 << 20


class _Absent:
    """A finder that answers for named packages, in one thread, as if they were not installed."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = frozenset(packages)
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Refuse a hidden package; leave all others to the finders that follow."""
        if name.partition(".")[0] in self._packages and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextmanager
def heavy_import(*, hidden: Sequence[str] = (), unused: Sequence[str] = ()) -> Iterator[None]:
    """Import heavy libraries inside this block: offline, one thread at a time, filters of warnings restored.

    Some libraries import others only in case they will be asked for: BERTopic takes in umap, hdbscan, numba,
    transformers and torch (7 of its 9 seconds), thinc takes in torch (2 of spaCy's 3). Each guards these imports
    and works without, since each can be installed without. Packages named as hidden look absent to this thread
    within the block, unless they are loaded already; nothing in ``sys.modules`` is touched. BERTopic also sets
    filters of warnings for the whole process when imported; they are undone.

    Args:
        hidden: top-level packages that shall look absent.
        unused: modules that are loaded only once something of them is used; see ``postponed``.

    Yields:
        Nothing.
    """
    with IMPORT_LOCK, warnings.catch_warnings(), postponed(unused):
        os.environ.update(OFFLINE)
        warnings.simplefilter("ignore")
        finder = _Absent(hidden)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)


@contextmanager
def quiet(*loggers: str) -> Iterator[None]:
    """Silence warnings and the named loggers below the level of an error."""
    found = [logging.getLogger(name) for name in loggers]
    levels = [logger.level for logger in found]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in found:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(found, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products and decompositions to one thread, also those of libraries that are loaded meanwhile.

    Matrices are small here: a second thread only waits for the first, ten times as long where another program has the
    other core. And the last digits depend on the number of threads. The threads of an encoder are left as they are.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    try:
        with threadpool_limits(limits=1, user_api="blas"):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread: the order of sums, and so the last digits, depend on the number."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def hash_parts(*parts: str) -> str:
    """Hash strings, kept apart, to 16 hex digits.

    >>> hash_parts("ab", "c") == hash_parts("a", "bc")
    False
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def hash_folder(folder: Path) -> str:
    """Hash the names and bytes of all files of a folder, hidden ones apart, to 16 hex digits.

    A folder of which no file has another size or time of change than before is not read again.
    """
    states = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            state = path.stat()
            states.append((relative.as_posix(), state.st_size, state.st_mtime_ns))
    return _hash_files(folder.resolve(), tuple(states))


@lru_cache(maxsize=16)
def _hash_files(folder: Path, states: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _, _ in states:
        digest.update(name.encode() + b"\x1f")
        with (folder / name).open("rb") as stream:
            while block := stream.read(_CHUNK_BYTES):
                digest.update(block)
        digest.update(b"\x1f")
    return digest.hexdigest()[:16]
