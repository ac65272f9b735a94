"""The stage that says where coders differ, what the topics miss, and what more coding would bring."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.agreement.comparison.folds import Settings
from pipeline.agreement.diagnosis.alignment import Alignment
from pipeline.agreement.diagnosis.annotators import compare_with_people, try_machines
from pipeline.agreement.diagnosis.differences import count_differences, cross_bridge, find_levels, find_near_misses
from pipeline.agreement.diagnosis.frequencies import correct_frequencies
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, make_diagnosis_inputs, themes_of
from pipeline.agreement.diagnosis.learning_curve import draw_curves
from pipeline.agreement.diagnosis.topics import find_stability, suggest_merges
from pipeline.agreement.reading import read_gain
from pipeline.core.config import DiagnosisConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.receipts import Kept
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import Scheme


def diagnose(
    codings: pd.DataFrame,
    seen: pd.DataFrame,
    fragments: pd.DataFrame,
    codebook: pd.DataFrame,
    topic_assignments: pd.DataFrame,
    embeddings: pd.DataFrame,
    tokens: pd.DataFrame,
    sampling: pd.DataFrame,
    *,
    config: DiagnosisConfig,
    kept: Kept | None = None,
) -> Output:
    """Diagnose the coding of a study.

    What cannot be said has no row: without a human coder only the stability of topics is left, without given hats
    there is no bridge, with one coder no ceiling and no test of the machine as a coder.

    Args:
        codings: the table of that name.
        seen: the table of that name.
        fragments: the table of that name.
        codebook: the table of that name.
        topic_assignments: the table of that name.
        embeddings: the table of that name.
        tokens: the table of that name.
        sampling: the table of that name: how the fragments that people coded were drawn.
        config: section ``diagnosis``.
        kept: what earlier runs found.

    Returns:
        The tables of this stage, and one sentence for each learning curve.
    """
    settings = Settings(config.resamples, config.permutations, config.folds, config.min_sessions, config.seed, kept)
    study = make_diagnosis_inputs(codings, seen, fragments, codebook, topic_assignments, embeddings, settings)
    curves = list(draw_curves(study, draws=config.draws)) if config.draws else []
    gains = [gain for curve in curves if (gain := curve.gain(config.more_fragments)) is not None]
    rows: Mapping[str, Sequence[Row]] = {
        **_levels(study),
        **_alignments(study),
        "annotator_tests": list(try_machines(study, epsilon=config.epsilon)),
        "kappa_differences": list(compare_with_people(study, margin=config.margin)),
        "hat_bridge": list(cross_bridge(study)),
        "near_misses": list(find_near_misses(study, _parents(codebook))),
        "polarity_differences": list(count_differences(study)),
        "learning_curve": [row for curve in curves for row in curve.rows()],
        "learning_gains": gains,
        "theme_stability": list(find_stability(study, tokens, refits=config.refits)),
        "corrected_frequencies": list(correct_frequencies(study, sampling)),
    }
    tables = {name: table_from_rows(given, name) for name, given in rows.items()}
    return Output(tables, tuple(Notice("learning_curve", read_gain(gain).en) for gain in gains))


def _levels(study: DiagnosisInputs) -> dict[str, list[Row]]:
    levels = list(find_levels(study))
    return {
        "levels": [{**level.row(), "position": position} for position, level in enumerate(levels)],
        "bands": [band for level in levels for band in level.bands()],
    }


def _alignments(study: DiagnosisInputs) -> dict[str, list[Row]]:
    schemes = themes_of(study) if study.has_topics else ()
    found = [Alignment(study, scheme, coder) for scheme in schemes for coder in study.people_of(scheme)]
    usable = [alignment for alignment in found if alignment.units.size]
    return {
        "topic_codes": [row for alignment in usable for row in alignment.topic_codes()],
        "code_diagnoses": [row for alignment in usable for row in alignment.codes()],
        "topic_diagnoses": [row for alignment in usable for row in alignment.topic_rows()],
        "suggested_merges": [row for alignment in usable for row in suggest_merges(alignment)],
    }


def _parents(codebook: pd.DataFrame) -> dict[str, str | None]:
    below = codebook.loc[codebook["scheme"] == Scheme.SUBTHEME]
    above = (None if pd.isna(parent) else str(parent) for parent in below["parent"])
    return dict(zip(below["code"], above, strict=True))
