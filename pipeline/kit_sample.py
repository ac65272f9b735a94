"""Which fragments a second coder gets, and in which order."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.quotes import fold_quote
from pipeline.vocabulary import ADJUDICATED_CODER, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The fragments to draw from.

    Attributes:
        rows: columns fragment_id, session, hat (given, or empty) and first (whether somebody coded it before, so
            that it can be compared at once); sorted by id.
        n_examples: fragments left out since the codebook quotes them.
    """

    rows: pd.DataFrame
    n_examples: int


def make_frame(fragments: pd.DataFrame, codebook: pd.DataFrame, seen: pd.DataFrame, schemes: Sequence[str]) -> Frame:
    """Find the fragments that may be coded: used ones that are no example of the codebook.

    Args:
        fragments: the table of that name.
        codebook: the table of that name.
        seen: rows of the table of that name by other coders.
        schemes: what the kit asks for.
    """
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id", kind="stable")
    named = {fragment_id for ids in codebook["example_fragment_ids"] for fragment_id in ids}
    quoted = {folded for examples in codebook["examples"] for text in examples if (folded := fold_quote(text))}
    example = used["fragment_id"].isin(list(named)) | used["text"].map(fold_quote).isin(list(quoted))
    kept = used.loc[~example]
    looked = set(seen.loc[seen["scheme"].isin(list(schemes)) & (seen["coder"] != ADJUDICATED_CODER), "fragment_id"])
    rows = pd.DataFrame(
        {
            "fragment_id": kept["fragment_id"].astype(object),
            "session": kept["session"].astype(object),
            "hat": kept["hat_given"].astype(object).where(kept["hat_given"].notna(), ""),
            "first": kept["fragment_id"].isin(list(looked)),
        }
    ).reset_index(drop=True)
    return Frame(rows=rows, n_examples=int(example.sum()))


def draw(frame: Frame, size: int, *, seed: int) -> list[str]:
    """Draw fragments in proportion, by session and within a session by hat; fragments coded before come first.

    Two coders with the same seed get the same fragments.

    Args:
        frame: the fragments to draw from.
        size: how many; all when there are fewer.
        seed: of the draw.

    Returns:
        Their ids, sorted.
    """
    before, others = frame.rows.loc[frame.rows["first"]], frame.rows.loc[~frame.rows["first"]]
    n_before = min(size, len(before))
    return sorted([*_draw(before, n_before, seed), *_draw(others, min(size - n_before, len(others)), seed)])


def shuffle(fragment_ids: Sequence[str], *, seed: int, coder: str) -> list[str]:
    """Give the order in which a coder sees fragments: another for each coder, and none that the notes had."""
    return sorted(fragment_ids, key=lambda fragment_id: _hash(seed, coder, fragment_id))


def _draw(rows: pd.DataFrame, size: int, seed: int) -> list[str]:
    strata: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for fragment_id, session, hat in zip(rows["fragment_id"], rows["session"], rows["hat"], strict=True):
        strata[session][hat].append(fragment_id)
    sizes = {session: sum(map(len, hats.values())) for session, hats in strata.items()}
    drawn: list[str] = []
    for session, n_session in allocate(sizes, size, seed=seed).items():
        hats = strata[session]
        for hat, n_hat in allocate({hat: len(ids) for hat, ids in hats.items()}, n_session, seed=seed).items():
            drawn += sorted(hats[hat], key=lambda fragment_id: _hash(seed, fragment_id))[:n_hat]
    return drawn


def allocate(sizes: Mapping[str, int], n: int, *, seed: int) -> dict[str, int]:
    """Divide a sample over strata in proportion; what rounding leaves goes to the largest remainders.

    >>> allocate({"tafel-01": 30, "tafel-02": 10}, 8, seed=1)
    {'tafel-01': 6, 'tafel-02': 2}
    """
    total = sum(sizes.values())
    whole = {name: n * size // total for name, size in sizes.items()} if total else {}
    left = n - sum(whole.values())
    by_remainder = sorted(whole, key=lambda name: (-(n * sizes[name] % total), _hash(seed, name)))
    return {name: whole[name] + (name in by_remainder[:left]) for name in sorted(whole)}


def _hash(seed: int, *parts: str) -> str:
    return hashlib.sha256("\x1f".join([str(seed), *parts]).encode()).hexdigest()
