"""What people coded, as one code per fragment that a machine may learn from."""

from collections import Counter

import pandas as pd

from pipeline.codebook_coding.codes import Codes
from pipeline.vocabulary import ADJUDICATED_CODER


def gather_lessons(human_codings: pd.DataFrame, codes: Codes) -> dict[str, int]:
    """Bring several coders to one code per fragment.

    The first code (rank 1) that most coders gave; a tie goes to the code of the coder who comes first in the alphabet.
    What coders settled together is left out: agreement before and after could not be kept apart. A fragment that
    coders looked at without giving a code teaches nothing.

    Args:
        human_codings: the table of that name.
        codes: of the scheme.

    Returns:
        fragment_id to the position of its code.
    """
    position = {name: i for i, name in enumerate(codes.names)}
    mine = (human_codings["scheme"] == codes.scheme) & (human_codings["coder"] != ADJUDICATED_CODER)
    rows = human_codings.loc[mine & human_codings["code"].isin(position)]
    firsts = rows.sort_values(["fragment_id", "coder", "rank", "code"]).drop_duplicates(["fragment_id", "coder"])
    given: dict[str, list[str]] = {}
    for fragment, code in zip(firsts["fragment_id"], firsts["code"], strict=True):
        given.setdefault(fragment, []).append(code)
    lessons = {}
    for fragment, said in given.items():
        counts = Counter(said)
        lessons[fragment] = position[next(code for code in said if counts[code] == max(counts.values()))]
    return lessons
