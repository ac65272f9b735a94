"""The stage that answers what a research team asks of each theme, for the themes of every coder alike."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config import QuestionsConfig
from pipeline.outputs import Output
from pipeline.questions.answers import count_answers, find_answers
from pipeline.questions.cooccurrence import find_cooccurrence
from pipeline.questions.evidence import choose_quotes, make_shelf
from pipeline.questions.ground import Ground, Themes, make_ground, themes_of
from pipeline.questions.likeness import make_likeness
from pipeline.questions.perspectives import find_perspectives
from pipeline.questions.profiles import count_subthemes, count_values, profile_themes
from pipeline.questions.saturation import follow_codes
from pipeline.tables import table_from_rows
from pipeline.vocabulary import Scheme

Rows = list[dict[str, Any]]


def ask(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    codings: pd.DataFrame,
    seen: pd.DataFrame,
    codebook: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    config: QuestionsConfig,
) -> Output:
    """Answer what a team asks of each theme.

    Every coder with themes is treated alike, human or machine. Nothing here is a feature of any model: sessions,
    speakers, hats and kinds are only counted.

    Args:
        fragments: the table of that name; also those that are not used, for the moderator's questions.
        tokens: the table of that name.
        embeddings: the table of that name.
        codings: the table of that name.
        seen: the table of that name.
        codebook: the table of that name.
        sessions: the table of that name.
        config: section ``questions``.

    Returns:
        The tables of `pipeline.schemas.questions`.
    """
    ground = make_ground(fragments, tokens, embeddings, codings, seen, codebook, sessions)
    likeness = make_likeness(ground, common_share=config.common_share)
    coders = [themes_of(ground, coder) for coder in ground.coders(Scheme.THEME)]
    knelpunten, answers = find_answers(ground, likeness, alpha=config.alpha, seed=config.seed)
    perspectives = find_perspectives(
        ground, likeness, coders, alpha=config.alpha, max_pairs=config.max_pairs, seed=config.seed
    )
    shelf = make_shelf(ground)
    rows: Mapping[str, Rows] = {
        **_profile(ground, coders, config),
        "theme_quotes": [
            row for themes in coders for row in choose_quotes(ground, likeness, themes, shelf, n_quotes=config.n_quotes)
        ],
        "saturation": _saturate(ground, config),
        "cooccurrence": [
            row
            for themes in coders
            for row in find_cooccurrence(ground, themes, permutations=config.permutations, seed=config.seed)
        ],
        "knelpunten": knelpunten,
        "answers": answers,
        "theme_answers": [row for themes in coders for row in count_answers(ground, themes, knelpunten)],
        "perspectives": list(perspectives),
    }
    return Output({name: table_from_rows(given, name) for name, given in rows.items()})


def _profile(ground: Ground, coders: list[Themes], config: QuestionsConfig) -> dict[str, Rows]:
    rng = np.random.default_rng(config.seed)
    profiles: Rows = []
    for themes in coders:
        profiles += profile_themes(
            ground, themes, narrow_share=config.narrow_share, min_fragments=config.min_fragments,
            draws=config.permutations, rng=rng,
        )  # fmt: skip
    return {
        "theme_profiles": profiles,
        "theme_counts": [row for themes in coders for row in count_values(ground, themes)],
        "theme_subthemes": [row for themes in coders for row in count_subthemes(ground, themes)],
    }


def _saturate(ground: Ground, config: QuestionsConfig) -> Rows:
    return [
        row
        for scheme in (Scheme.THEME, Scheme.SUBTHEME)
        for coder in ground.coders(scheme)
        for row in follow_codes(
            ground, themes_of(ground, coder, scheme), scheme, orders=config.orders, seed=config.seed
        )
    ]
