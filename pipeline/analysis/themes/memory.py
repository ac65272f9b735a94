"""The memory of a study: which themes each generation had, so that ids last over runs. Ids and labels, no quotes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.themes.identity import number_of
from pipeline.core.errors import InputError
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import OUTLIER_TOPIC

MOST_GENERATIONS = 20
DECIMALS = 4

Generation = Mapping[str, Any]


def read_memory(content: bytes, name: str) -> tuple[Generation, ...]:
    """Read the generations of a study, the oldest first.

    Args:
        content: of the file; empty where there is none yet.
        name: the name to use for it in messages.

    Raises:
        InputError: the file is damaged. It is not thrown away: ids of themes would change in silence.
    """
    if not content:
        return ()
    try:
        read = json.loads(content)
        generations = tuple(read["generations"])
        # A file of an earlier version holds no checksum.
        if read.get("checksum") not in (None, _checksum(generations)):
            raise ValueError
        for generation in generations:
            _check(generation)
    except (ValueError, KeyError, TypeError, RecursionError):
        fix = f"Put back a copy (the last one is .{name}.bak), or delete it: themes then get new ids"
        raise InputError.single(name, "is damaged", fix) from None
    return generations


def _check(generation: Generation) -> None:
    if not isinstance(generation["basis"], str) or not isinstance(generation["issued"], int):
        raise TypeError
    texts = [*generation["outside"]]
    for theme in generation["themes"]:
        texts += [theme["theme_id"], theme["label"], *theme["fragment_ids"]]
        np.asarray(theme["centroid"], dtype=np.float32)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError


def choose_previous(generations: tuple[Generation, ...], basis: str) -> Generation | None:
    """Take the latest generation that was made of other input; a second run on the same input meets the same one."""
    return next((found for found in reversed(generations) if found["basis"] != basis), None)


def tabulate(generation: Generation | None) -> pd.DataFrame:
    """Write a generation as the table ``previous_themes``."""
    if generation is None:
        return table_from_rows([], "previous_themes")
    issued = generation["issued"]
    rows = [{**theme, "issued": issued} for theme in generation["themes"]]
    outside = {"theme_id": OUTLIER_TOPIC, "label": "", "fragment_ids": generation["outside"], "centroid": []}
    return table_from_rows([*rows, {**outside, "issued": issued}], "previous_themes")


def remember(generations: tuple[Generation, ...], basis: str, tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Add the present generation, or replace it where the latest one was made of the same input.

    Args:
        generations: those known, the oldest first.
        basis: hash of the present input.
        tables: themes, theme_assignments, embeddings, decision_themes and previous_themes.

    Returns:
        What the file of the memory is to hold.
    """
    kept = generations[:-1] if generations and generations[-1]["basis"] == basis else generations
    shown = [*kept, _describe(basis, tables)][-MOST_GENERATIONS:]
    # A line for each theme: a person can see in a version control system what changed.
    lines = [_render(generation) for generation in shown]
    return ('{"generations": [\n' + ",\n".join(lines) + f'\n], "checksum": "{_checksum(shown)}"}}\n').encode()


def _checksum(generations: Sequence[Generation]) -> str:
    return hashlib.sha256(json.dumps(generations, sort_keys=True).encode()).hexdigest()


def _render(generation: Generation) -> str:
    themes = ",\n".join(f"  {json.dumps(theme, ensure_ascii=False)}" for theme in generation["themes"])
    head = {name: generation[name] for name in ("basis", "issued", "outside")}
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "themes": [\n{themes}\n]}}'


def _describe(basis: str, tables: Mapping[str, pd.DataFrame]) -> Generation:
    themes, assigned = tables["themes"], tables["theme_assignments"]
    vectors = dict(zip(tables["embeddings"]["fragment_id"], tables["embeddings"]["vector"], strict=True))
    labels = dict(zip(themes["theme_id"], themes["label"], strict=True))
    members: dict[str, list[str]] = {theme: [] for theme in sorted(labels) if theme != OUTLIER_TOPIC}
    outside: list[str] = []
    for fragment_id, theme in zip(assigned["fragment_id"], assigned["theme_id"], strict=True):
        members.get(str(theme), outside).append(str(fragment_id))
    before = tables["previous_themes"]
    # Ids that a decision names were seen by a person, also where they are gone now.
    numbers = [number_of(theme) for theme in (*members, *tables["decision_themes"]["theme_id"])]
    return {
        "basis": basis,
        "issued": max([0, *numbers, *(int(number) for number in before["issued"])]),
        "outside": outside,
        "themes": [
            {
                "theme_id": theme,
                "label": str(labels[theme]),
                "fragment_ids": found,
                "centroid": _centre([vectors[fragment_id] for fragment_id in found]),
            }
            for theme, found in members.items()
        ],
    }


def _centre(vectors: list[Any]) -> list[float]:
    mean = np.stack(vectors).astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return [float(value) for value in np.round(mean / length if length > 0 else mean, DECIMALS) + 0.0]
