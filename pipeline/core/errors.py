"""Errors a user can mend: where it is, what is wrong, how to mend it. Never a participant's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec

SHOWN_PROBLEMS = 20


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
        self.problems = tuple(sorted(set(problems)))
        if not self.problems:
            raise ValueError("an InputError needs at least one problem")
        super().__init__(self._render())

    def _render(self) -> str:
        lines = [str(problem).replace("?.", "?").replace("..", ".") for problem in self.problems[:SHOWN_PROBLEMS]]
        hidden = len(self.problems) - SHOWN_PROBLEMS
        if hidden > 0:
            lines.append(f"and {hidden} more problems of the same input.")
        return "\n".join(lines)

    @classmethod
    def single(cls, where: str, what: str, fix: str) -> "InputError":
        """Make an error with one problem."""
        return cls([Problem(where, what, fix)])


class TableError(PipelineError):
    """A table that does not fit its written schema, or a results file that was damaged."""


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
