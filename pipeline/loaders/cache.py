"""Vectors and tokens of texts that were worked on before, kept in the study: only texts that are new are worked on.

A file for each stage, in a private folder, holds what its last run asked for and nothing else: words of a session that
was taken out are gone after the next run. It serves one model, version of the code and set of libraries; of another
one, and of a damaged file, nothing is used. Only models that give a text the same result in any company are kept, so
that a run with it and a run from nothing give the same bytes.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.core.files import private_folder, write_bytes

if TYPE_CHECKING:
    from pipeline.analysis.tokens import TaggedToken

_LEVEL = 1


class Cache:
    """Results by the hash of their text: those of the last run, and those that this run asks for."""

    def __init__(self, path: Path, key: str, limit: int, *, fresh: bool = False) -> None:
        """Read what an earlier run kept.

        Args:
            path: the file.
            key: changes whenever a result may change.
            limit: most results to keep.
            fresh: use nothing of what is kept.
        """
        self._path, self._key, self._limit = path, key, limit
        found = None if fresh else _read(path, key)
        self.is_known = found is not None
        self._kept: Mapping[str, Any] = found or {}
        self._asked: dict[str, Any] = {}

    def __contains__(self, text: str) -> bool:
        """Say whether the result of a text is known."""
        name = hash_one(text)
        return name in self._asked or name in self._kept

    def fill(self, texts: Sequence[str], work: Callable[[list[str]], Iterable[Any]]) -> list[Any]:
        """Give the results of texts; ``work`` makes those of texts that are not known, each once."""
        names = [hash_one(text) for text in texts]
        missing = {
            name: text
            for name, text in zip(names, texts, strict=True)
            if name not in self._asked and name not in self._kept
        }
        made = dict(zip(missing, work(list(missing.values())), strict=True)) if missing else {}
        for name in names:
            if name not in self._asked:
                self._asked[name] = made[name] if name in made else self._kept[name]
        return [self._asked[name] for name in names]

    def save(self) -> None:
        """Keep what this run asked for; the rest of what was kept goes.

        Raises:
            StorageError: the disk is full, or the like.
        """
        rows = dict(list(self._asked.items())[: self._limit])
        private_folder(self._path.parent)
        content = json.dumps({"key": self._key, "rows": rows}, separators=(",", ":")).encode()
        packed = zlib.compress(content, _LEVEL)
        write_bytes(self._path, hashlib.sha256(packed).digest() + packed)


def hash_one(text: str) -> str:
    """Name a text by its hash."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _read(path: Path, key: str) -> dict[str, Any] | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, packed = content[:32], content[32:]
    if hashlib.sha256(packed).digest() != digest:
        return None
    found = json.loads(zlib.decompress(packed))
    return dict(found["rows"]) if found["key"] == key else None


class CachedEncoder:
    """An encoder that is loaded only where a text is new."""

    def __init__(self, cache: Cache, name: str, fingerprint: str, load: Callable[[], Any]) -> None:
        """Wrap an encoder that gives a text the same vector in any company.

        Args:
            cache: what is known.
            name: of the encoder.
            fingerprint: of the encoder.
            load: gives the encoder.
        """
        self.name, self.fingerprint = name, fingerprint
        self._cache, self._load = cache, load

    def fits(self, text: str) -> bool:
        """Say whether the encoder takes a text whole."""
        return text in self._cache or bool(self._load().fits(text))

    def encode(self, texts: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Encode n texts as an array (n, d) of unit rows."""
        if not texts:
            return np.asarray(self._load().encode(texts, batch_size=batch_size), dtype=np.float32)

        def work(missing: list[str]) -> Iterator[str]:
            for row in self._load().encode(missing, batch_size=batch_size):
                yield base64.b64encode(np.asarray(row, dtype="<f4").tobytes()).decode()

        rows = self._cache.fill(texts, work)
        return np.stack([np.frombuffer(base64.b64decode(row), dtype="<f4").astype(np.float32) for row in rows])


class CachedTagger:
    """A tagger that is loaded only where a text is new."""

    def __init__(self, cache: Cache, name: str, fingerprint: str, load: Callable[[], Any]) -> None:
        """Wrap a tagger; see ``CachedEncoder``."""
        self.name, self.fingerprint = name, fingerprint
        self._cache, self._load = cache, load

    def tag(self, texts: Sequence[str]) -> "Iterator[list[TaggedToken]]":
        """Tag texts, in their order."""
        from pipeline.analysis.tokens import TaggedToken

        def work(missing: list[str]) -> Iterator[list[Any]]:
            return ([list(token) for token in tokens] for tokens in self._load().tag(missing))

        for row in self._cache.fill(texts, work):
            yield [TaggedToken(*token) for token in row]


def with_cache(
    role: str, path: Path, key: str, *, name: str, fingerprint: str, load: Callable[[], Any], limit: int, fresh: bool
) -> tuple[Any, Cache | None]:
    """Give a model that works on new texts only, where it is an encoder or tagger of which a result lasts.

    Args:
        role: what the model does.
        path: the file of the stage.
        key: changes whenever a result may change.
        name: of the model.
        fingerprint: of the model.
        load: loads it.
        limit: most results to keep; 0: none.
        fresh: use nothing of what is kept.

    Returns:
        The model, and the cache to save once the stage has done its work; None where nothing is kept.
    """
    wrap = {"encoder": CachedEncoder, "tagger": CachedTagger}.get(role)
    if wrap is None:
        return load(), None
    cache = Cache(path, key, limit, fresh=fresh)
    model = None if cache.is_known and limit else load()
    if model is not None and not (limit and getattr(model, "depends_on_text_alone", False)):
        path.unlink(missing_ok=True)
        return model, None
    loaded = [] if model is None else [model]

    def load_once() -> Any:  # noqa: ANN401
        if not loaded:
            loaded.append(load())
        return loaded[0]

    return wrap(cache, name, fingerprint, load_once), cache
