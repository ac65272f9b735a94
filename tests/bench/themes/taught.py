"""Section ``taught``: themes and sub-headings after what was coded, never in the same block."""

import numpy as np
import pandas as pd

from pipeline.analysis.codebook.guided import guide
from pipeline.analysis.codebook.taught import teach
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table
from pipeline.core.vocabulary import TAUGHT_CODER, Scheme
from tests.bench.themes.figures import Row, accuracy, score
from tests.bench.themes.guided import Remembering, first_codes
from tests.bench.themes.inputs import StanceInputs

READ = ("fragments", "tokens", "embeddings")


def rows(inputs: StanceInputs) -> list[Row]:
    """Give the figures of the taught coder: two folds for the headline, with and without the codebook; eight."""
    tables = [inputs.tables[name] for name in READ]
    guided = guide(
        *tables, inputs.codebook, empty_table("topic_assignments"), config=load_config().guided, encoder=Remembering()
    ).tables["codebook_scores"]
    silent = guided.assign(scores=[np.zeros_like(scores) for scores in guided["scores"]])
    themes, subthemes = inputs.gold(Scheme.THEME), inputs.gold(Scheme.SUBTHEME)
    under = [i for i, code in enumerate(subthemes) if code]
    found = []
    for name, folds, scores, baseline, reach in (
        ("two folds, with the codebook", 2, guided, 0.18, 0.45),
        ("two folds, classifier alone", 2, silent, 0.18, None),
        ("eight folds, with the codebook", 8, guided, 0.27, None),
        ("eight folds, classifier alone", 8, silent, 0.27, None),
    ):
        codings = _teach(inputs, scores, folds)
        said = first_codes(inputs, codings, Scheme.THEME)
        found.append(score(f"taught, theme, {name}: kappa", themes, said, inputs.blocks, baseline=baseline,
                           reach=reach))  # fmt: skip
        if scores is guided:
            firsts = first_codes(inputs, codings, Scheme.SUBTHEME)
            found.append(score(f"taught, sub-heading, {name}: accuracy", [subthemes[i] for i in under],
                               [firsts[i] for i in under], [inputs.blocks[i] for i in under],
                               statistic=accuracy))  # fmt: skip
    return found


def _teach(inputs: StanceInputs, scores: pd.DataFrame, folds: int) -> pd.DataFrame:
    output = teach(
        *(inputs.tables[name] for name in READ), inputs.codebook, scores, inputs.tables["human_codings"],
        config=load_config(overrides={"taught": {"folds": folds}}).taught,
    )  # fmt: skip
    found = output.tables["taught_codings"]
    return found.loc[found["coder"] == TAUGHT_CODER]
