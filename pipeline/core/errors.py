"""Errors a user can mend (where it is, what is wrong, how to mend it), notices, and what a stage gives back.

Never a participant's words.
"""

import errno
import os
import re
import shlex
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Readers of small tables start without pandas.
    import pandas as pd


SHOWN_PROBLEMS = 20
_NUMBER = re.compile(r"([0-9]+)")
_TWO_STOPS = re.compile(r"(?<=[^\s./])\.\.(?=\s|$)")


def as_typed(word: object) -> str:
    """Write a path or a name as one word of a command that is to be copied.

    >>> as_typed("een studie"), as_typed("../studie")
    ("'een studie'", '../studie')
    """
    return shlex.quote(str(word))


class PipelineError(Exception):
    """An error that the user can mend; the command line prints it without a traceback and exits with code 2."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in the input.

    Attributes:
        where: file, with line or row where known; relative to what the user gave.
        what: what is wrong, without quoting text of a participant.
        fix: how to mend it.
    """

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        """Render as one line."""
        return f"{self.where}: {self.what}. {self.fix}."


def _in_order(problem: Problem) -> tuple[list[str | int], str, str]:
    """Give that by which problems are sorted: row 9 before row 10.

    >>> rows = [Problem(f"a.csv, row {row}", "is empty", "Fill it") for row in (10, 9, 100)]
    >>> [problem.where for problem in sorted(rows, key=_in_order)]
    ['a.csv, row 9', 'a.csv, row 10', 'a.csv, row 100']
    """
    # Texts and numbers by turns, so that like is compared with like.
    parts: list[str | int] = [int(part) if i % 2 else part for i, part in enumerate(_NUMBER.split(problem.where))]
    return parts, problem.what, problem.fix


class InputError(PipelineError):
    """Input that cannot be used, with all its problems at once.

    >>> print(InputError.single("study.toml", "unknown key 'sede'", "Did you mean 'seed'?"))
    study.toml: unknown key 'sede'. Did you mean 'seed'?
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in a stable order.

        Args:
            problems: at least one problem.

        Raises:
            ValueError: no problem was given.
        """
        self.problems = tuple(sorted(set(problems), key=_in_order))
        if not self.problems:
            raise ValueError("an InputError needs at least one problem")
        super().__init__(self._render())

    def __reduce__(self) -> tuple[type["InputError"], tuple[tuple[Problem, ...]]]:
        """Say how to make it again in another process."""
        return type(self), (self.problems,)

    def _render(self) -> str:
        # A full stop after a full stop goes; ``../studie`` is a path.
        lines = [_TWO_STOPS.sub(".", str(problem).replace("?.", "?")) for problem in self.problems[:SHOWN_PROBLEMS]]
        hidden = len(self.problems) - SHOWN_PROBLEMS
        if hidden > 0:
            lines.append(f"and {hidden} more problems of the same input.")
        return "\n".join(lines)

    @classmethod
    def single(cls, where: str, what: str, fix: str) -> "InputError":
        """Make an error with one problem."""
        return cls([Problem(where, what, fix)])


class BusyError(InputError):
    """Another process writes in the study; how its run ends is written down by that process."""


class TableError(PipelineError):
    """A table that does not fit its written schema, or a results file that was damaged."""


class StorageError(PipelineError):
    """A file that could not be written: the disk is full, the folder is closed, or the like."""


class ModelMissingError(PipelineError):
    """A model that was asked for is not on this machine; the message says how to get it."""


def require_own_models() -> None:
    """Refuse another package ``models`` that hides ours: the name is generic, and the first on the path wins.

    Raises:
        InputError: ``models`` is somebody else's.
    """
    if find_spec("models.registry") is None:
        raise InputError.single(
            "package 'models'",
            "is another one, which hides that of dialoogtafel",
            "Run from another folder, or rename the folder 'models' there",
        )


class DefectError(Exception):
    """An unforeseen error without its own words and causes: they might quote a participant, and errors get stored."""


SHOWN_FRAMES = 3
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def conceal(error: Exception, step: str) -> Exception:
    """Give the error that may be shown, logged and stored in place of one that was caught.

    Args:
        error: what was caught; its traceback is read, its words are not.
        step: where it happened, for the message.

    Returns:
        The same error without its causes where the user can mend it; a ``StorageError`` where memory ran out; else a
        ``DefectError`` that names the kind and the place. Raise it outside the handler that caught the first.

    >>> try:
    ...     {}["Godelieve zei iets"]
    ... except KeyError as error:
    ...     "Godelieve" in str(conceal(error, "topics")), type(conceal(error, "topics")).__name__
    (False, 'DefectError')
    """
    if isinstance(error, PipelineError | DefectError):
        error.__cause__ = error.__context__ = error.__traceback__ = None
        return error
    if isinstance(error, OSError) and error.errno in _DISK:
        return StorageError(
            f"step '{step}' cannot write: {os.strerror(error.errno or 0).lower()}. Mend it, and run again."
        )
    if isinstance(error, MemoryError):
        return StorageError(f"step '{step}' needs more memory than there is. Close other programs, and run again.")
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in reversed(frames)]
    where = " < ".join(places[:SHOWN_FRAMES])
    return DefectError(
        f"step '{step}' failed with {type(error).__name__} at {where}. This is a defect of the program; "
        "what the error says is left out, since it might quote someone"
    )


READ_AS_TABLE, REMARK_A_ROW = "is read as a table: ", "a remark a row"
"""How notices begin that say what stands at the heads of its rows and columns, and the plainest of these."""

LEFT_OUT = "is left out"
"""How a notice begins that says that a whole file was not read; the report counts these."""


MOST_LISTED = 10


def list_some(items: Iterable[object], between: str = ", ") -> str:
    """List what a message names, ten at most, and say how many more there are.

    >>> list_some(["a", "b"]), list_some(range(1, 14))
    ('a, b', '1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more')
    """
    named = [str(item) for item in items]
    more = f" and {len(named) - MOST_LISTED} more" if len(named) > MOST_LISTED else ""
    return between.join(named[:MOST_LISTED]) + more


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Something a user should know that is not an error.

    Attributes:
        where: file and line, or table; relative to what the user gave.
        message: what happened and what it means, without text of a participant.
    """

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Output:
    """Tables by name, each conforming to its schema, notices, and other files of the study by name."""

    tables: Mapping[str, "pd.DataFrame"]
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
