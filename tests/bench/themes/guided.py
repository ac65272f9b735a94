"""Section ``guided``: themes and sub-headings by the codebook alone; no coded fragment is used."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.analysis.codebook.guided import guide
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table
from pipeline.core.vocabulary import Scheme
from pipeline.loaders import load_encoder
from tests.bench.themes.figures import Row, accuracy, score
from tests.bench.themes.inputs import StanceInputs


class Remembering:
    """An encoder that reads a text once."""

    def __init__(self) -> None:
        self._encoder = load_encoder()
        self.name, self.fingerprint = self._encoder.name, self._encoder.fingerprint
        self._known: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str], *, batch_size: int) -> np.ndarray:
        new = sorted(set(texts) - self._known.keys())
        found = self._encoder.encode(new, batch_size=batch_size)
        self._known |= dict(zip(new, found, strict=True))
        return np.stack([self._known[text] for text in texts])


def rows(inputs: StanceInputs) -> list[Row]:
    """Give the figures of the guided coder.

    Returns:
        (a) theme names only, (b) all names, (c) all names but the fragment's own sub-heading; sub-headings.
    """
    encoder = Remembering()
    full = inputs.codebook
    names_only = full.loc[full["scheme"] == Scheme.THEME]
    alone, found = (code_with(inputs, codebook, encoder) for codebook in (names_only, full))
    themes, subthemes = inputs.gold(Scheme.THEME), inputs.gold(Scheme.SUBTHEME)
    under = [i for i, code in enumerate(subthemes) if code]
    gold = [subthemes[i] for i in under]
    firsts = first_codes(inputs, found, Scheme.SUBTHEME)
    close = top_codes(inputs, found, Scheme.SUBTHEME)
    near = [code if code in top else top[0] if top else "" for code, top in zip(subthemes, close, strict=True)]
    blocks = [inputs.blocks[i] for i in under]
    return [
        score("guided, theme, (a) theme names only: kappa", themes, first_codes(inputs, alone, Scheme.THEME),
              inputs.blocks, baseline=0.11, reach=0.30),
        score("guided, theme, (b) names and sub-headings: kappa", themes, first_codes(inputs, found, Scheme.THEME),
              inputs.blocks, baseline=0.35, reach=0.50, note="re-finding, not blind coding"),
        score("guided, theme, (c) without the fragment's own sub-heading: kappa", themes,
              _without_own(inputs, full, encoder), inputs.blocks, baseline=0.10, reach=0.30),
        score("guided, sub-heading, first: accuracy", gold, [firsts[i] for i in under], blocks,
              statistic=accuracy, baseline=0.27, reach=0.45, note="re-finding"),
        score("guided, sub-heading, among the first three: accuracy", gold, [near[i] for i in under], blocks,
              statistic=accuracy, note="re-finding; chance is that of the first"),
    ]  # fmt: skip


def code_with(inputs: StanceInputs, codebook: pd.DataFrame, encoder: Remembering) -> pd.DataFrame:
    """Run the stage with a codebook; gives ``guided_codings``."""
    read = (inputs.tables[name] for name in ("fragments", "tokens", "embeddings"))
    output = guide(
        *read, codebook, empty_table("topic_assignments"), config=load_config().guided, encoder=encoder
    )  # fmt: skip
    return output.tables["guided_codings"]


def first_codes(inputs: StanceInputs, codings: pd.DataFrame, scheme: Scheme) -> list[str]:
    """Give the first code of each coded fragment; empty where the machine gives none."""
    mine = codings.loc[(codings["scheme"] == scheme) & (codings["rank"] == 1) & codings["assigned"]]
    code_of = dict(zip(mine["fragment_id"], mine["code"], strict=True))
    return [code_of.get(fragment, "") for fragment in inputs.coded["fragment_id"]]


def top_codes(inputs: StanceInputs, codings: pd.DataFrame, scheme: Scheme) -> list[list[str]]:
    """Give the codes named for each coded fragment, best first."""
    mine = codings.loc[codings["scheme"] == scheme].sort_values(["fragment_id", "rank"])
    named = mine.groupby("fragment_id")["code"].agg(list).to_dict()
    return [named.get(fragment, []) for fragment in inputs.coded["fragment_id"]]


def _without_own(inputs: StanceInputs, codebook: pd.DataFrame, encoder: Remembering) -> list[str]:
    """Code each fragment with a codebook that lacks its own sub-heading."""
    own = inputs.gold(Scheme.SUBTHEME)
    said = [""] * len(own)
    for heading in sorted(set(own)):
        codings = code_with(inputs, _leave_out(codebook, heading), encoder)
        for i, code in enumerate(first_codes(inputs, codings, Scheme.THEME)):
            if own[i] == heading:
                said[i] = code
    return said


def _leave_out(codebook: pd.DataFrame, heading: str) -> pd.DataFrame:
    """Take a heading out; what stands under it comes under what stood above it."""
    gone = codebook["code"] == heading
    kept = codebook.loc[~gone].copy()
    if gone.any():
        kept.loc[kept["parent"] == heading, "parent"] = codebook.loc[gone, "parent"].iloc[0]
    return kept
