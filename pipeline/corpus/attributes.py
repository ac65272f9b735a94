"""What a sheet says of a respondent or remark beside what was said (age, region): joined, filtered, compared by."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.vocabulary import Status
from pipeline.text.normalisation import fold_name

PREFIX = "attribute | "
"""Begins the name of a column that holds an attribute, where other columns stand beside it."""
UNKNOWN, ALL = "unknown", "all"
OWN_FIELDS = ("session", "speaker", "role", "organisation", "hat", "source", "status")
"""What every fragment has beside its attributes."""
_GROUPS = ("scheme", "coder", "source", "topic_id", "theme_id", "hat_given", "code", "value")
"""What a table is counted by, of the columns that it has."""


def join_attributes(fragments: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """Join attributes to fragments; what is said of the remark goes before what is said of the speaker.

    Args:
        fragments: n rows with ``session``, ``speaker`` and ``utterance_id``.
        attributes: rows of ``attributes``.

    Returns:
        n rows with the index of ``fragments`` and a column for each attribute, by name; empty where nothing is said.

    >>> said = pd.DataFrame({"session": ["a", "a"], "speaker": ["AV", "BI"], "utterance_id": ["u1", "u2"]})
    >>> given = pd.DataFrame([("speaker", "a", "AV", "age", "60+")],
    ...                     columns=["of", "session", "subject", "name", "value"])
    >>> join_attributes(said, given)["age"].tolist()
    ['60+', None]
    """
    joined: dict[str, list[str | None]] = {}
    keys = [*zip(fragments["session"], fragments["speaker"], fragments["utterance_id"], strict=True)]
    for name, rows in attributes.groupby("name", sort=True):
        given = {
            (of, session, subject): str(value)
            for of, session, subject, value in zip(
                *(rows[column] for column in ("of", "session", "subject", "value")), strict=True
            )
        }
        joined[str(name)] = [
            given.get(("utterance", session, utterance), given.get(("speaker", session, speaker)))
            for session, speaker, utterance in keys
        ]
    return pd.DataFrame(joined, index=fragments.index, dtype=object)


def describe_fragments(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Say of each fragment all that it can be filtered and compared by.

    Args:
        tables: ``fragments``, ``speakers``, ``sources`` and ``attributes``.

    Returns:
        A row a fragment, indexed by ``fragment_id``: `OWN_FIELDS`, then the attributes; an attribute that bears the
        name of a field gives way to it.
    """
    fragments = tables["fragments"]
    organisations = tables["speakers"].set_index(["session", "speaker"])["organisation"].to_dict()
    sources = tables["sources"].set_index("source_id")["name"].to_dict()
    own = pd.DataFrame(
        {
            "session": fragments["session"],
            "speaker": fragments["speaker"],
            "role": fragments["role"],
            "organisation": [
                organisations.get(key) for key in zip(fragments["session"], fragments["speaker"], strict=True)
            ],
            "hat": fragments["hat_given"],
            "source": fragments["source_id"].map(sources),
            "status": fragments["status"],
        }
    )
    remarks = join_attributes(fragments, tables["attributes"])
    described = own.join(remarks[[name for name in remarks.columns if name not in OWN_FIELDS]])
    return described.set_index(pd.Index(fragments["fragment_id"], name="fragment_id"))


def find_field(described: pd.DataFrame, wanted: str) -> str:
    """Find the field or attribute that is meant, in any case and spacing.

    Args:
        described: what `describe_fragments` gives.
        wanted: as asked for.

    Raises:
        InputError: there is none; those that are there are listed.
    """
    names = {fold_name(str(name)): str(name) for name in described.columns}
    if fold_name(wanted) not in names:
        known = ", ".join(str(name) for name in described.columns)
        raise InputError.single("fragments", f"have nothing that is called '{wanted}'", f"Choose one of {known}")
    return names[fold_name(wanted)]


def keep_where(described: pd.DataFrame, where: Mapping[str, str]) -> pd.Index:
    """Find the fragments that have all of some values.

    Args:
        described: what `describe_fragments` gives.
        where: field or attribute to value; ``unknown`` keeps those of which it is not known.

    Returns:
        Their ``fragment_id``, in the order given.

    Raises:
        InputError: there is no such field, or no fragment with that value; the values that occur are listed.
    """
    kept = described
    for wanted, value in where.items():
        name = find_field(described, wanted)
        folded = described[name].map(lambda found: fold_name(str(found)), na_action="ignore")
        if fold_name(value) not in set(folded.dropna()) and fold_name(value) != UNKNOWN:
            there = ", ".join(sorted(map(str, described[name].dropna().unique()))) or "none"
            raise InputError.single("fragments", f"there is no {name} '{value}'", f"There is {there}")
        found = folded == fold_name(value)
        kept = kept[(found | folded.isna() if fold_name(value) == UNKNOWN else found).loc[kept.index]]
    return kept.index


def compare_by(table: pd.DataFrame, described: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count the used fragments of a table by what they were given, beside each other for each value of an attribute.

    Args:
        table: rows with ``fragment_id``, as of ``codings``, ``stances`` or ``fragments``.
        described: what `describe_fragments` gives, of the fragments that count.
        by: a field or attribute.

    Returns:
        First a row with the number of used fragments, which the others are parts of; then a row for each scheme,
        coder and code (or topic, theme, hat) with a column for each value, ``unknown`` and ``all``: fragments, each
        counted once.

    Raises:
        InputError: there is no such field, or the table is not about fragments.
    """
    if "fragment_id" not in table.columns:
        raise InputError.single("--by", "asks for a table whose rows are about fragments", "Try codings or stances")
    name = find_field(described, by)
    used = described[described["status"] == Status.USED]
    values = used[name].fillna(UNKNOWN).astype(str)
    columns = sorted(set(values) - {UNKNOWN}) + ([UNKNOWN] if (values == UNKNOWN).any() else [])
    groups = [column for column in _GROUPS if column in table.columns]
    if "code" in groups and "source" in groups:
        groups.remove("source")
    found = table[["fragment_id", *groups]].drop_duplicates()
    found = found[found["fragment_id"].isin(used.index)].copy()
    found["of"] = found["fragment_id"].map(values)
    rows = [["(fragments)" if i == 0 else "" for i in range(len(groups))] + _count(values, columns)]
    if groups:
        found[groups] = found[groups].astype(object).where(found[groups].notna(), "")
        for key, some in found.groupby(groups, sort=True):
            rows.append([*map(str, key), *_count(some["of"], columns)])
    return pd.DataFrame(rows, columns=[*groups, *columns, ALL])


def _count(values: "pd.Series[str]", columns: Sequence[str]) -> list[int]:
    counts = values.value_counts()
    return [*(int(counts.get(column, 0)) for column in columns), int(np.sum(counts))]
