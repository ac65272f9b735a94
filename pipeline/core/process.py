"""This process: modules that it loads once they are used, and work that a second process does beside it."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import ref

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")

IMPORT_LOCK = threading.RLock()
"""Held where the ways of importing are changed."""


class _Later:
    """A name of a module that is imported where the name is called, or anything of it is asked for."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _get(self) -> Any:  # noqa: ANN401
        return getattr(_load(self._module), self._name)

    def __call__(self, *given: object, **named: object) -> object:
        return self._get()(*given, **named)

    def __getattr__(self, name: str) -> object:
        return getattr(self._get(), name)

    def __or__(self, other: object) -> "_Later":
        return self  # in an annotation

    __ror__ = __or__

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (self._get(),)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._get())


class _StandIn(ModuleType):
    """Stands for a module that is not imported yet."""

    def __getattr__(self, name: str) -> _Later:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Later(self.__name__, name)


class _Postponed:
    """A finder and loader that gives a stand-in for named modules that are not loaded."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)
        self.wanted: set[str] = set()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Give a stand-in, unless something of the module was asked for; of a part of it, load the whole."""
        if name in self._names and name not in self.wanted:
            return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        parent = name.rpartition(".")[0]
        if isinstance(sys.modules.get(parent), _StandIn) and parent in self._names:
            _load(parent)
            return ModuleSpec(name, self) if name in sys.modules else find_spec(name)  # type: ignore[arg-type]
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the stand-in, or give the module that its package has loaded."""
        return sys.modules.get(spec.name) or _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it is."""


def _load(name: str) -> ModuleType:
    """Load a module that a stand-in may stand for."""
    with IMPORT_LOCK:
        if isinstance(sys.modules.get(name), _StandIn):
            _remove(name)
        for finder in sys.meta_path:
            if isinstance(finder, _Postponed):
                finder.wanted.add(name)
        return import_module(name)


def _remove(name: str) -> None:
    """Take a stand-in out of the loaded modules and of its package, so that the next import is a real one."""
    found = sys.modules.pop(name)
    parent, _, own = name.rpartition(".")
    if parent and vars(sys.modules.get(parent, ModuleType(parent))).get(own) is found:
        delattr(sys.modules[parent], own)


@contextmanager
def postponed(names: Sequence[str]) -> Iterator[None]:
    """Let other libraries import named modules inside this block without loading them before something is used.

    A name that a library took from such a module loads it when it is called; after the block, an import is an import.
    """
    finder = _Postponed(names)
    with IMPORT_LOCK:
        sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        with IMPORT_LOCK:
            sys.meta_path.remove(finder)
            for name in names:
                if isinstance(sys.modules.get(name), _StandIn):
                    _remove(name)


def once_for_the_same(function: Callable[..., T]) -> Callable[..., T]:
    """Let a function of tables give again what it made last, where it is asked of the very same ones.

    Stages leave their input alone. What was made goes when one of the tables goes.
    """
    last: list[tuple[list[ref[Any]], T]] = []

    @wraps(function)
    def give(*tables: Any) -> T:  # noqa: ANN401
        for known, made in last:
            if all(one() is table for one, table in zip(known, tables, strict=True)):
                return made
        made = function(*tables)
        last[:] = [([ref(table, lambda _: last.clear()) for table in tables], made)]
        return made

    return give


SELDOM = (50_000, 10, 10)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles seldom inside this block: tables are rows in their hundred thousands, and hold none.

    Looked for as often as Python does, they cost a twentieth of a run.
    """
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


SECONDS_TO_END = 5.0

_ALLOWED: ContextVar[bool] = ContextVar("second process allowed", default=False)


@contextmanager
def second_process() -> Iterator[None]:
    """Allow a second process for what is called inside this block."""
    before = _ALLOWED.set(True)
    try:
        yield
    finally:
        _ALLOWED.reset(before)


def has_second_process() -> bool:
    """Say whether one is allowed, pays and is safe: two processors, and no library with threads of its own."""
    return _ALLOWED.get() and _can_fork()


def _can_fork() -> bool:
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and "torch" not in sys.modules


class Beside(Generic[T]):
    """Work begun in a second process; where there is none, done once its result is asked for.

    >>> Beside(lambda: 6 * 7).finish()
    42
    """

    def __init__(self, work: Callable[[], T], *, load: Callable[[], object] | None = None) -> None:
        """Begin.

        Args:
            work: gives something that can be sent from one process to another, and can be done again.
            load: what the second process does first, before it waits for ``begin``; None: it does not wait.
        """
        self._work, self._load = work, load
        self._process: Any = None
        if has_second_process():
            from multiprocessing import get_context

            forked = get_context("fork")
            self._connection, other = forked.Pipe()
            self._process = forked.Process(target=self._send, args=(other,), daemon=True)
            self._process.start()
            other.close()

    def _send(self, other: "Connection") -> None:
        _ALLOWED.set(False)
        # Or this process would wait for its own end of the line where the first one is gone.
        self._connection.close()
        with suppress(BaseException):
            if self._load is not None:
                self._load()
                other.recv()
            other.send((self._work(),))

    def begin(self) -> None:
        """Let a second process that has loaded what it needs do its work."""
        if self._process is not None:
            with suppress(OSError):
                self._connection.send(None)

    def finish(self) -> T:
        """Wait for the result; work that failed in the second process is done again here, and says why."""
        sent: tuple[T] | None = None
        if self._process is not None:
            with suppress(EOFError, OSError):
                sent = self._connection.recv()
            self._process.join()
        return self._work() if sent is None else sent[0]

    def stop(self) -> None:
        """End the second process; files that it was writing keep their old content."""
        if self._process is not None:
            # A library can swallow what the request to end raises: a process that waits sees the closed line, one
            # that works on is killed.
            self._connection.close()
            self._process.terminate()
            self._process.join(SECONDS_TO_END)
            self._process.kill()
            self._process.join()
