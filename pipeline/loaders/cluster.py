"""Work on texts in shards: one after the other on this machine, or on a Dask cluster that is given by its address.

A shard holds the same texts on either, so that both give the same bytes where the processors are alike. Errors come
back as messages and are not raised on a worker, which would write the texts in its log.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.core.config import Config
from pipeline.core.errors import InputError, PipelineError, conceal
from pipeline.core.receipts import hash_closure

if TYPE_CHECKING:
    from pipeline.analysis.embeddings import Encoder
    from pipeline.analysis.tokens import TaggedToken, Tagger

CONNECT_SECONDS = 30
RETRIES = 3


class Wanted(NamedTuple):
    """A model that a worker has to have: the same one, or its results would differ.

    Attributes:
        role: ``encoder`` or ``tagger``.
        name: a recipe or a folder.
        fingerprint: of the model of the machine that asks.
    """

    role: str
    name: str
    fingerprint: str


class _Failed(NamedTuple):
    message: str


class Workers:
    """Where work on rows is done, in shards: one after the other here, or on the cluster that the settings name."""

    def __init__(self, config: Config) -> None:
        """Take the size of a shard and the address of a scheduler from the settings."""
        self._size, self._scheduler = config.run.shard_fragments, config.run.scheduler

    def each(
        self, rows: Sequence[Any], here: Callable[[list[Any]], Any], there: Callable[[list[Any]], Any]
    ) -> Iterator[Any]:
        """Give what is made of each shard, in their order.

        Args:
            rows: what is dealt in shards.
            here: makes it on this machine.
            there: makes it on a worker: it can be pickled, and gives `_Failed` in place of raising.

        Raises:
            InputError: no scheduler answers.
            PipelineError: a worker could not do it, has other code, or workers keep dying.
        """
        shards = [list(rows[start : start + self._size]) for start in range(0, len(rows), self._size)]
        if self._scheduler and shards:
            yield from _map(there, shards, self._scheduler)
        else:
            yield from map(here, shards)

    def work_on(self, work: Callable[[list[Any]], list[Any]], rows: Sequence[Any]) -> list[Any]:
        """Give what ``work``, a function of a module, makes of rows, in their order; errors as those of `each`."""
        code = hash_closure(work.__module__) if self._scheduler else ""
        return [found for made in self.each(rows, work, partial(_work, work=work, code=code)) for found in made]


class ShardedEncoder:
    """An encoder that is given texts in shards."""

    def __init__(self, encoder: "Encoder", wanted: Wanted, workers: Workers) -> None:
        """Wrap an encoder.

        Args:
            encoder: the encoder, for this machine.
            wanted: the same one, for workers.
            workers: where shards are encoded.
        """
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.depends_on_text_alone = getattr(encoder, "depends_on_text_alone", False)
        self._encoder, self._wanted, self._workers = encoder, wanted, workers

    def fits(self, text: str) -> bool:
        """Say whether the encoder takes a text whole."""
        return self._encoder.fits(text)

    def encode(self, texts: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Encode n texts as an array (n, d) of unit rows."""
        if not texts:
            return self._encoder.encode(texts, batch_size=batch_size)
        here = partial(self._encoder.encode, batch_size=batch_size)
        there = partial(_encode, wanted=self._wanted, batch_size=batch_size)
        return np.concatenate(list(self._workers.each(texts, here, there)))


class ShardedTagger:
    """A tagger that is given texts in shards."""

    def __init__(self, tagger: "Tagger", wanted: Wanted, workers: Workers) -> None:
        """Wrap a tagger; see ``ShardedEncoder``."""
        self.name, self.fingerprint = tagger.name, tagger.fingerprint
        self.depends_on_text_alone = getattr(tagger, "depends_on_text_alone", False)
        self._tagger, self._wanted, self._workers = tagger, wanted, workers

    def tag(self, texts: Sequence[str]) -> "Iterator[list[TaggedToken]]":
        """Tag texts, in their order."""
        for tagged in self._workers.each(texts, self._tagger.tag, partial(_tag, wanted=self._wanted)):
            yield from tagged


def _work(rows: list[Any], *, work: Callable[[list[Any]], list[Any]], code: str) -> Any:  # noqa: ANN401
    def attempt() -> Any:  # noqa: ANN401
        if hash_closure(work.__module__) != code:
            return _Failed("a worker has another version of this program: install the same version everywhere")
        return work(rows)

    return _without_raising(work.__name__, attempt)


def in_shards(model: Any, role: str, config: Config) -> Any:  # noqa: ANN401
    """Let a model that looks at each text by itself work in shards, on a cluster where one is set.

    Args:
        model: an encoder or a tagger. One that learns from all texts together comes back as it is.
        role: ``encoder`` or ``tagger``.
        config: all settings.
    """
    if getattr(model, "learns_from_texts", False):
        return model
    asked = config.embeddings.encoder if role == "encoder" else config.tokens.tagger
    wanted = Wanted(role, model.name if asked == "auto" else asked, model.fingerprint)
    made = ShardedEncoder if role == "encoder" else ShardedTagger
    return made(model, wanted, Workers(config))


def _map(work: Callable[[list[Any]], Any], shards: Sequence[list[Any]], scheduler: str) -> list[Any]:
    """Work on shards on a cluster, in their order; a shard of a worker that dies is given to another.

    Raises:
        InputError: the extra is not installed, or no scheduler answers.
        PipelineError: a worker could not do it, or workers keep dying.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        fix = "Install it: pip install 'dialoogtafel[cluster]'"
        raise InputError.single("[run] scheduler", "needs the extra 'cluster'", fix) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client: Any = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call,unused-ignore]
    except (OSError, TimeoutError, ValueError):
        fix = "Start it, or leave [run] scheduler empty"
        raise InputError.single("[run] scheduler", f"no scheduler answers at {scheduler}", fix) from None
    with client:
        try:
            made = client.gather(client.map(work, shards, pure=False, retries=RETRIES))
        except KilledWorker:
            failed: Any = _Failed("workers of the cluster keep dying; give them more memory, or set a smaller shard")
        else:
            failed = next((found for found in made if isinstance(found, _Failed)), None)
    if failed is not None:
        raise PipelineError(failed.message)
    return list(made)


def _encode(texts: list[str], *, wanted: Wanted, batch_size: int) -> Any:  # noqa: ANN401
    return _use_model(wanted, lambda encoder: encoder.encode(texts, batch_size=batch_size))


def _tag(texts: list[str], *, wanted: Wanted) -> Any:  # noqa: ANN401
    return _use_model(wanted, lambda tagger: list(tagger.tag(texts)))


def _use_model(wanted: Wanted, work: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    def attempt() -> Any:  # noqa: ANN401
        model = _load(wanted)
        if model.fingerprint != wanted.fingerprint:
            return _Failed(f"a worker has another {wanted.role} '{wanted.name}': install the same version everywhere")
        return work(model)

    return _without_raising(wanted.role, attempt)


def _without_raising(name: str, attempt: Callable[[], Any]) -> Any:  # noqa: ANN401
    try:
        return attempt()
    except Exception as error:
        return _Failed(str(conceal(error, f"{name} on a worker")))


@lru_cache(maxsize=4)
def _load(wanted: Wanted) -> Any:  # noqa: ANN401
    from pipeline.loaders.choices import load_encoder, load_tagger

    return load_encoder(wanted.name) if wanted.role == "encoder" else load_tagger(wanted.name)
