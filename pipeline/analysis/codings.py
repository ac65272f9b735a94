"""All codings in one table, whoever made them."""

import pandas as pd

from pipeline.core.errors import InputError, Output, Problem
from pipeline.core.tables import conform
from pipeline.core.vocabulary import (
    DECIDED_CODER,
    GUIDED_CODER,
    INDUCTIVE_CODER,
    MACHINE_CODER_PREFIX,
    OUTLIER_TOPIC,
    TAUGHT_CODER,
    Action,
    Effect,
    Scheme,
    StanceSource,
    is_machine,
)

_COLUMNS = ["coder", "fragment_id", "scheme", "code", "rank", "score", "fold"]


def code(
    fragments: pd.DataFrame,
    topic_mentions: pd.DataFrame,
    theme_assignments: pd.DataFrame,
    decisions_applied: pd.DataFrame,
    guided_codings: pd.DataFrame,
    taught_codings: pd.DataFrame,
    stances: pd.DataFrame,
    prompted_codings: pd.DataFrame,
) -> Output:
    """Turn topics, themes and stances into codings.

    ``machine-inductive`` codes schemes ``theme`` and ``subtheme`` with ids of topics and subtopics, those assigned
    first; an outlier is no coding. ``machine-decided`` codes themes
    with the themes after what people decided, where they decided anything but names that holds. ``machine-guided`` and
    ``machine-taught`` code themes and sub-themes with the codes of the codebook. ``machine-taught`` also codes
    hat, sentiment and polarity as predicted: an abstention is no coding, an empty polarity is the code ``neutraal``.
    A hat that was given in the source, or derived from its structure, is not the machine's: it codes what it heard in
    the words.

    Args:
        fragments: the table of that name.
        topic_mentions: the table of that name.
        theme_assignments: the table of that name.
        decisions_applied: the table of that name.
        guided_codings: the table of that name.
        taught_codings: the table of that name.
        stances: the table of that name.
        prompted_codings: the table of that name; its coders keep their names.

    Returns:
        Table ``machine_codings``; a score in [0, 1] ranks and is no probability.
    """
    found = [
        _code_topics(topic_mentions),
        _code_by_codebook(guided_codings.assign(fold=None, coder=GUIDED_CODER)),
        _code_by_codebook(taught_codings),
        _code_stances(stances),
        prompted_codings.loc[prompted_codings["assigned"], _COLUMNS],
    ]
    if _people_decided(decisions_applied):
        found.append(_code_themes(theme_assignments))
    codings = pd.concat(found, ignore_index=True)
    places = fragments[["fragment_id", "char_start", "char_end"]]
    placed = codings.merge(places, on="fragment_id", how="left", validate="many_to_one")
    return Output(tables={"machine_codings": conform(placed, "machine_codings")})


def _people_decided(decisions_applied: pd.DataFrame) -> bool:
    """Whether themes may hold other fragments than topics: a name alone makes no other coder."""
    done = decisions_applied["outcome"].isin([Effect.APPLIED, Effect.PARTLY])
    return bool((done & ~decisions_applied["action"].isin([Action.UNDO, Action.RENAME])).any())


def _code_topics(topic_mentions: pd.DataFrame) -> pd.DataFrame:
    return _without_fold(topic_mentions.assign(coder=INDUCTIVE_CODER))


def _code_themes(theme_assignments: pd.DataFrame) -> pd.DataFrame:
    outside = theme_assignments["theme_id"].isna() | (theme_assignments["theme_id"] == OUTLIER_TOPIC)
    assigned = theme_assignments.loc[~outside]
    coded = assigned.assign(
        coder=DECIDED_CODER,
        scheme=str(Scheme.THEME),
        code=assigned["theme_id"],
        rank=1,
        score=assigned["score"].clip(0.0, 1.0),
    )
    return _without_fold(coded)


def _without_fold(codings: pd.DataFrame) -> pd.DataFrame:
    return codings.assign(fold=pd.Series(pd.NA, index=codings.index, dtype="Int64"))[_COLUMNS]


def _code_by_codebook(fitting: pd.DataFrame) -> pd.DataFrame:
    """Runners-up that were only named are no codings."""
    given = fitting.loc[fitting["assigned"]]
    return given.assign(fold=given["fold"].astype("Int64"))[_COLUMNS]


def _code_stances(stances: pd.DataFrame) -> pd.DataFrame:
    predicted = (stances["source"] == StanceSource.PREDICTED) & ~stances["abstained"] & stances["value"].notna()
    judged = stances.loc[predicted]
    # A hat that the machine heard beside a given one stands at rank 2 of the stances; as its coding it is the first.
    rank = judged["rank"].where(judged["scheme"] != Scheme.HAT, 1)
    return judged.assign(coder=TAUGHT_CODER, code=judged["value"], rank=rank)[_COLUMNS]


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
    taken = sorted(name for name in set(human_codings["coder"]) if is_machine(name))
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
