"""A plain sentence for each topic and each code beside the topics, in Dutch and English.

Every function takes a row of its table, as a mapping of column to value, and gives the same in both languages.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.agreement.reading import Reading
from pipeline.agreement.written import Row, write_en, write_interval, write_nl, write_share, write_signed


def read_code(row: Row) -> Reading:
    """Say what became of a code in the topics.

    >>> read_code({"code": "grenzen", "verdict": "split", "topics": ["T01", "T04"], "merged_with": [], "n": 40,
    ...            "precision": 0.5, "recall": 0.6, "lift": 2.5}).nl
    'grenzen: verdeeld over 2 topics (T01, T04). Daar ligt 60% van 40 fragmenten; 50% van die topics draagt de code.'
    """
    topics, others = ", ".join(row["topics"]), ", ".join(row["merged_with"])
    if row["verdict"] == "missed":
        return Reading(
            f"{row['code']}: gemist. Geen topic bevat deze code aantoonbaar vaker dan toeval ({row['n']} fragmenten).",
            f"{row['code']}: missed. No topic can be shown to hold this code more often than chance "
            f"({row['n']} fragments).",
        )
    words = {
        "found": Reading(f"gevonden in {topics}", f"found in {topics}"),
        "split": Reading(
            f"verdeeld over {len(row['topics'])} topics ({topics})",
            f"split over {len(row['topics'])} topics ({topics})",
        ),
        "merged": Reading(f"samengevoegd met {others} in {topics}", f"merged with {others} in {topics}"),
    }[row["verdict"]]
    one = len(row["topics"]) == 1
    those = Reading("dat topic", "that topic") if one else Reading("die topics", "those topics")
    recall, precision = write_share(row["recall"]), write_share(row["precision"])
    return Reading(
        f"{row['code']}: {words.nl}. Daar ligt {recall} van {row['n']} fragmenten; {precision} van {those.nl} "
        "draagt de code.",
        f"{row['code']}: {words.en}. {recall} of {row['n']} fragments lie there; {precision} of {those.en} "
        "carries the code.",
    )


def read_topic(row: Row) -> Reading:
    """Say which codes lie in a topic.

    >>> read_topic({"topic_id": "T03", "verdict": "uncoded", "codes": [], "n": 20, "n_coded": 1, "comparison": "A | M",
    ...             "largest": "x", "estimate": 0.1}).nl
    'T03: geen mens codeerde dit (1 van 20 fragmenten draagt een code).'
    """
    name, codes = row["topic_id"], ", ".join(row["codes"])
    if row["verdict"] == "uncoded":
        return Reading(
            f"{name}: geen mens codeerde dit ({row['n_coded']} van {row['n']} fragmenten draagt een code).",
            f"{name}: no human coded this ({row['n_coded']} of {row['n']} fragments carry a code).",
        )
    if row["verdict"] == "no_code":
        return Reading(
            f"{name}: geen code ligt hier aantoonbaar vaker dan toeval; de meest gegeven is {row['largest']} "
            f"({write_share(row['estimate'])}).",
            f"{name}: no code can be shown to lie here more often than chance; the commonest is {row['largest']} "
            f"({write_share(row['estimate'])}).",
        )
    return Reading(f"{name}: hier ligt {codes}.", f"{name}: here lies {codes}.")


def read_merge(row: Row) -> Reading:
    """Say what a merge gains on sessions that did not suggest it.

    >>> read_merge({"kind": "topics", "merged": "T01 + T02", "folds": 4, "n_folds": 5, "estimate": 0.05, "low": 0.01,
    ...             "high": 0.09, "chance": -0.01, "n": 90}).nl
    'Topics T01 + T02 samenvoegen (voorgesteld door 4 van 5 delen) geeft op de andere delen kappa +0,05 [0,01; 0,09]; zomaar twee samenvoegen geeft -0,01.'
    """  # noqa: E501
    kind = Reading("Topics", "topics") if row["kind"] == "topics" else Reading("Codes", "codes")
    gain, chance = write_signed(row["estimate"]), write_signed(row["chance"])
    return Reading(
        f"{kind.nl} {row['merged']} samenvoegen (voorgesteld door {row['folds']} van {row['n_folds']} delen) geeft op "
        f"de andere delen kappa {gain.nl}{write_interval(row).nl}; zomaar twee samenvoegen geeft {chance.nl}.",
        f"Merging {kind.en} {row['merged']} (suggested by {row['folds']} of {row['n_folds']} parts) gives kappa "
        f"{gain.en}{write_interval(row).en} on the other parts; merging any two gives {chance.en}.",
    )


def read_stability(row: Row) -> Reading:
    """Say how far a topic comes back, or all of them together.

    >>> read_stability({"topic_id": "T01", "verdict": "wisselend", "source": "all", "statistic": "jaccard",
    ...                 "estimate": 0.64, "chance": 0.1, "refits": 30}).nl
    'T01 is wisselend: gemiddeld komt 64% terug in 30 nieuwe indelingen, bij toeval 10%.'
    """
    value, chance, n = row["estimate"], row["chance"], row["refits"]
    if value is None:
        return Reading(f"{row['topic_id']}: niet te bepalen.", f"{row['topic_id']}: undefined.")
    if row["topic_id"]:
        head = f"{row['topic_id']} is {row['verdict']}" if row["verdict"] else row["topic_id"]
        word = _STEADINESS.get(row["verdict"] or "", "")
        return Reading(
            f"{head}: gemiddeld komt {write_share(value)} terug in {n} nieuwe indelingen, bij toeval "
            f"{write_share(chance)}.",
            f"{row['topic_id']}{f' is {word}' if word else ''}: on average {write_share(value)} comes back in {n} new "
            f"divisions, by chance {write_share(chance)}.",
        )
    name = {"adjusted_rand": "ARI", "normalized_mutual_information": "NMI"}[row["statistic"]]
    return Reading(
        f"{name} van alle topics met {n} nieuwe indelingen ({_SOURCES[row['source']].nl}): {write_nl(value)}; bij "
        f"toeval {write_nl(chance)}.",
        f"{name} of all topics with {n} new divisions ({_SOURCES[row['source']].en}): {write_en(value)}; by chance "
        f"{write_en(chance)}.",
    )


_STEADINESS = MappingProxyType({"robuust": "robust", "wisselend": "changeable", "toevallig": "accidental"})
_SOURCES: Mapping[str, Reading] = MappingProxyType(
    {
        "all": Reading("alle samen", "all together"),
        "seed": Reading("ander toevalsgetal", "another seed"),
        "bootstrap": Reading("andere gesprekken of fragmenten", "other sessions or fragments"),
        "order": Reading("andere volgorde", "another order"),
    }
)
