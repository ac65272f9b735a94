"""All codings in one table, whoever made them."""

import pandas as pd

from pipeline.errors import InputError, Problem
from pipeline.outputs import Output
from pipeline.tables import conform
from pipeline.vocabulary import MACHINE_CODER_PREFIX


def unite(human_codings: pd.DataFrame, machine_codings: pd.DataFrame) -> Output:
    """Put the codings of people and of machines in one table.

    Args:
        human_codings: the table of that name.
        machine_codings: the table of that name.

    Returns:
        Table ``codings``: all rows of both, unchanged.

    Raises:
        InputError: a human coder has a name that is kept for machines.
    """
    taken = sorted(name for name in set(human_codings["coder"]) if name.startswith(MACHINE_CODER_PREFIX))
    if taken:
        raise InputError(
            Problem(
                "codings",
                f"coder '{name}' has a name that begins with '{MACHINE_CODER_PREFIX}', as only machine coders do",
                "Give this coder another name",
            )
            for name in taken
        )
    filled = [table for table in (human_codings, machine_codings) if len(table)]
    both = pd.concat(filled, ignore_index=True) if filled else human_codings
    return Output(tables={"codings": conform(both, "codings")})
