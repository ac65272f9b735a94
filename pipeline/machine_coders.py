"""What the machine says, written as codings of coders among coders."""

import pandas as pd

from pipeline.outputs import Output
from pipeline.tables import conform
from pipeline.vocabulary import (
    INDUCTIVE_CODER,
    OUTLIER_TOPIC,
    TAUGHT_CODER,
    Scheme,
    StanceSource,
)

_COLUMNS = ["coder", "fragment_id", "scheme", "code", "rank", "score", "fold"]


def code(fragments: pd.DataFrame, topic_assignments: pd.DataFrame, stances: pd.DataFrame) -> Output:
    """Turn topics and stances into codings.

    ``machine-inductive`` codes scheme ``theme`` with topic ids; an outlier is no coding. ``machine-taught`` codes
    hat, sentiment and polarity as predicted: an abstention is no coding, an empty polarity is the code ``neutraal``.
    A hat that was given in the source, or derived from its structure, is not the machine's: it codes what it heard in
    the words.

    Args:
        fragments: the table of that name.
        topic_assignments: the table of that name.
        stances: the table of that name.

    Returns:
        Table ``machine_codings``; a score is a cosine or a probability, in [0, 1].
    """
    codings = pd.concat([_code_topics(topic_assignments), _code_stances(stances)], ignore_index=True)
    places = fragments[["fragment_id", "char_start", "char_end"]]
    placed = codings.merge(places, on="fragment_id", how="left", validate="many_to_one")
    return Output(tables={"machine_codings": conform(placed, "machine_codings")})


def _code_topics(topic_assignments: pd.DataFrame) -> pd.DataFrame:
    assigned = topic_assignments.loc[topic_assignments["topic_id"] != OUTLIER_TOPIC]
    return assigned.assign(
        coder=INDUCTIVE_CODER,
        scheme=str(Scheme.THEME),
        code=assigned["topic_id"],
        rank=1,
        score=assigned["score"].clip(0.0, 1.0),
        fold=pd.Series(pd.NA, index=assigned.index, dtype="Int64"),
    )[_COLUMNS]


def _code_stances(stances: pd.DataFrame) -> pd.DataFrame:
    predicted = (stances["source"] == StanceSource.PREDICTED) & ~stances["abstained"] & stances["value"].notna()
    said = stances.loc[predicted]
    # A hat that the machine heard beside a given one stands at rank 2 of the stances; as its coding it is the first.
    rank = said["rank"].where(said["scheme"] != Scheme.HAT, 1)
    return said.assign(coder=TAUGHT_CODER, code=said["value"], rank=rank)[_COLUMNS]
