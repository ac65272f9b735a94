"""Sentiment per hat, and the remarks that contradict their hat."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pipeline.tables import table_from_rows
from pipeline.vocabulary import (
    ABSTENTION,
    HAT_POLARITY_BRIDGE,
    NEUTRAL_POLARITY,
    Hat,
    Polarity,
    Scheme,
    Sentiment,
)

TONES = (*Sentiment, ABSTENTION)
_CONTRARY_SENTIMENT: Mapping[Polarity, Sentiment] = {
    Polarity.KANS: Sentiment.NEGATIEF,
    Polarity.KNELPUNT: Sentiment.POSITIEF,
}


def count_sentiments(stances: pd.DataFrame, signed: Mapping[str, float]) -> pd.DataFrame:
    """Count fragments by hat and sentiment.

    Args:
        stances: the table of that name.
        signed: fragment_id to signed sentiment, in [-1, 1].

    Returns:
        Table ``hat_sentiments``: for each hat that occurs, every sentiment and the abstentions, also where n is 0;
        n sums to the number of fragments with a hat.
    """
    hats = _worn(stances)
    judged = stances.loc[stances["scheme"] == Scheme.SENTIMENT].set_index("fragment_id")["value"]
    tones = judged.where(judged.notna(), ABSTENTION)
    rows = []
    for hat_position, hat in enumerate(Hat):
        worn = [fragment for fragment in hats.index if hats.at[fragment, "value"] == hat]
        for tone_position, tone in enumerate(TONES if worn else ()):
            sounding = [fragment for fragment in worn if tones[fragment] == tone]
            total = sum(signed[fragment] for fragment in sounding)
            rows.append(
                {
                    "hat": hat,
                    "hat_position": hat_position,
                    "sentiment": tone,
                    "sentiment_position": tone_position,
                    "n": len(sounding),
                    "share": len(sounding) / len(worn),
                    "mean_score": round(total / len(sounding), 6) if sounding else None,
                }
            )
    return table_from_rows(rows, "hat_sentiments")


def find_conflicts(stances: pd.DataFrame) -> pd.DataFrame:
    """List the remarks that contradict what their hat suggests.

    A hat that suggests a polarity (``HAT_POLARITY_BRIDGE``) is contradicted by the opposite sentiment, and by a
    polarity that holds the opposite alone.

    Args:
        stances: the table of that name.

    Returns:
        Table ``hat_conflicts``.
    """
    hats = _worn(stances)
    judged = stances.loc[stances["value"].notna() & (stances["scheme"] != Scheme.HAT)]
    by_fragment = dict(iter(judged.groupby("fragment_id", sort=True)))
    rows: list[dict[str, Any]] = []
    for fragment in hats.index:
        suggested = HAT_POLARITY_BRIDGE[Hat(str(hats.at[fragment, "value"]))]
        if suggested is None or fragment not in by_fragment:
            continue
        for scheme, value, margin in _contradictions(by_fragment[fragment], suggested):
            rows.append(
                {
                    "fragment_id": fragment,
                    "hat": hats.at[fragment, "value"],
                    "hat_source": hats.at[fragment, "source"],
                    "scheme": scheme,
                    "value": value,
                    "margin": margin,
                }
            )
    return table_from_rows(rows, "hat_conflicts")


def _worn(stances: pd.DataFrame) -> pd.DataFrame:
    """The first hat of each fragment, given or else predicted; one derived from a report was worn by nobody."""
    worn = (stances["scheme"] == Scheme.HAT) & stances["value"].notna() & (stances["rank"] == 1)
    return stances.loc[worn].set_index("fragment_id").sort_index()


def _contradictions(judged: pd.DataFrame, suggested: Polarity) -> Iterator[tuple[str, str, float]]:
    polarities = judged.loc[(judged["scheme"] == Scheme.POLARITY) & (judged["value"] != NEUTRAL_POLARITY)]
    if len(polarities) and suggested not in set(polarities["value"]):
        yield Scheme.POLARITY, polarities["value"].iloc[0], polarities["margin"].iloc[0]
    tones = judged.loc[judged["scheme"] == Scheme.SENTIMENT]
    if len(tones) and tones["value"].iloc[0] == _CONTRARY_SENTIMENT[suggested]:
        yield Scheme.SENTIMENT, tones["value"].iloc[0], tones["margin"].iloc[0]
