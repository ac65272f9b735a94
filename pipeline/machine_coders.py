"""What the machine says, written as codings of coders among coders."""

import pandas as pd

from pipeline.outputs import Output
from pipeline.tables import conform
from pipeline.vocabulary import (
    DECIDED_CODER,
    GUIDED_CODER,
    INDUCTIVE_CODER,
    OUTLIER_TOPIC,
    TAUGHT_CODER,
    Action,
    Effect,
    Scheme,
    StanceSource,
)

_COLUMNS = ["coder", "fragment_id", "scheme", "code", "rank", "score", "fold"]


def code(
    fragments: pd.DataFrame,
    topic_assignments: pd.DataFrame,
    theme_assignments: pd.DataFrame,
    decisions_applied: pd.DataFrame,
    guided_codings: pd.DataFrame,
    taught_codings: pd.DataFrame,
    stances: pd.DataFrame,
) -> Output:
    """Turn topics, themes and stances into codings.

    ``machine-inductive`` codes scheme ``theme`` with topic ids; an outlier is no coding. ``machine-decided`` codes it
    with the themes after what people decided, where they decided anything that holds. ``machine-guided`` and
    ``machine-taught`` code themes and sub-themes with the codes of the codebook. ``machine-taught`` also codes
    hat, sentiment and polarity as predicted: an abstention is no coding, an empty polarity is the code ``neutraal``.
    A hat that was given in the source, or derived from its structure, is not the machine's: it codes what it heard in
    the words.

    Args:
        fragments: the table of that name.
        topic_assignments: the table of that name.
        theme_assignments: the table of that name.
        decisions_applied: the table of that name.
        guided_codings: the table of that name.
        taught_codings: the table of that name.
        stances: the table of that name.

    Returns:
        Table ``machine_codings``; a score is a cosine or a probability, in [0, 1].
    """
    found = [
        _code_topics(topic_assignments),
        _code_by_codebook(guided_codings.assign(fold=None), GUIDED_CODER),
        _code_by_codebook(taught_codings, TAUGHT_CODER),
        _code_stances(stances),
    ]
    if _people_decided(decisions_applied):
        found.append(_code_themes(theme_assignments))
    codings = pd.concat(found, ignore_index=True)
    places = fragments[["fragment_id", "char_start", "char_end"]]
    placed = codings.merge(places, on="fragment_id", how="left", validate="many_to_one")
    return Output(tables={"machine_codings": conform(placed, "machine_codings")})


def _people_decided(decisions_applied: pd.DataFrame) -> bool:
    done = decisions_applied["outcome"].isin([Effect.APPLIED, Effect.PARTLY])
    return bool((done & (decisions_applied["action"] != Action.UNDO)).any())


def _code_topics(topic_assignments: pd.DataFrame) -> pd.DataFrame:
    return _code_groups(INDUCTIVE_CODER, topic_assignments.assign(code=topic_assignments["topic_id"]))


def _code_themes(theme_assignments: pd.DataFrame) -> pd.DataFrame:
    held = theme_assignments.loc[theme_assignments["theme_id"].notna()]
    return _code_groups(DECIDED_CODER, held.assign(code=held["theme_id"]))


def _code_groups(coder: str, groups: pd.DataFrame) -> pd.DataFrame:
    assigned = groups.loc[groups["code"] != OUTLIER_TOPIC]
    return assigned.assign(
        coder=coder,
        scheme=str(Scheme.THEME),
        rank=1,
        score=assigned["score"].clip(0.0, 1.0),
        fold=pd.Series(pd.NA, index=assigned.index, dtype="Int64"),
    )[_COLUMNS]


def _code_by_codebook(fitting: pd.DataFrame, coder: str) -> pd.DataFrame:
    """Runners-up that were only named are no codings."""
    given = fitting.loc[fitting["assigned"]]
    return given.assign(coder=coder, fold=given["fold"].astype("Int64"))[_COLUMNS]


def _code_stances(stances: pd.DataFrame) -> pd.DataFrame:
    predicted = (stances["source"] == StanceSource.PREDICTED) & ~stances["abstained"] & stances["value"].notna()
    said = stances.loc[predicted]
    # A hat that the machine heard beside a given one stands at rank 2 of the stances; as its coding it is the first.
    rank = said["rank"].where(said["scheme"] != Scheme.HAT, 1)
    return said.assign(coder=TAUGHT_CODER, code=said["value"], rank=rank)[_COLUMNS]
