"""Section ``stances``: polarity of the report, its chapters by their register, and the invented example study."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.analysis.stances.classifier import Features, cross_fit
from pipeline.analysis.stances.concepts import SeedSimilarity, compare_with_seeds, load_seeds, read_directions
from pipeline.analysis.stances.opinions import StanceInputs as FragmentInputs
from pipeline.analysis.stances.opinions import apply_prior, form_opinion, gather_inputs
from pipeline.analysis.stances.scales import SCALES, decide
from pipeline.analysis.stances.stage import gather_labels, judge
from pipeline.core.config import StancesConfig, load_config
from pipeline.core.folds import deal_blocks
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import Polarity, Scheme
from pipeline.run.runner import prepare, run_stage
from tests.bench.themes.figures import Row, kappa, score
from tests.bench.themes.guided import Remembering
from tests.bench.themes.inputs import ROOT, STAGES, StanceInputs

READ = ("fragments", "tokens", "embeddings", "human_codings", "seen")
NEVER = 10**6
Tables = Mapping[str, pd.DataFrame]
GivenCodes = dict[str, list[str]]


class FittingEncoder(Remembering):
    """An encoder that reads a text once, and knows what it takes whole."""

    def fits(self, text: str) -> bool:
        return self._encoder.fits(text)


@cache
def encoder() -> FittingEncoder:
    return FittingEncoder()


def rows(inputs: StanceInputs) -> list[Row]:
    """Give the figures of the judge."""
    return [*_polarity(inputs), *_ablation(inputs), _register(inputs), *_example()]


def _settings(**over: object) -> StancesConfig:
    return load_config(overrides={"stances": over}).stances


def judge_all(tables: Tables, **over: object) -> dict[str, GivenCodes]:
    """Judge, and give per scheme the codes of each fragment, the first one first; an abstention is an empty code."""
    output = judge(*(tables[name] for name in READ), config=_settings(**over), encoder=encoder())
    stances = output.tables["stances"]
    predicted = stances.loc[stances["source"] == "predicted"].sort_values("rank")
    judged: dict[str, GivenCodes] = {scheme: {} for scheme in SCALES}
    columns = (predicted[name] for name in ("scheme", "fragment_id", "value"))
    for scheme, fragment, value in zip(*columns, strict=True):
        judged[scheme].setdefault(fragment, []).append("" if pd.isna(value) else value)
    return judged


def judge_scheme(tables: Tables, scheme: Scheme, **over: object) -> GivenCodes:
    """Give the codes of one scheme."""
    return judge_all(tables, **over)[scheme]


def firsts(judged: GivenCodes, fragments: Sequence[str]) -> list[str]:
    return [judged[fragment][0] for fragment in fragments]


def cover(gold: Sequence[str], judged: Sequence[str]) -> str:
    """Say for how many a judgement was given, and how good those are."""
    pairs = [(known, given) for known, given in zip(gold, judged, strict=True) if given]
    if not pairs:
        return "coverage 0.00"
    among = kappa(*(np.array(column, dtype=object) for column in zip(*pairs, strict=True)))
    return f"coverage {len(pairs) / len(gold):.2f}, {among:.2f} among them"


def _scored(
    name: str,
    inputs: StanceInputs,
    judged: GivenCodes,
    *,
    baseline: float | None = None,
    reach: float | None = None,
) -> Row:
    gold, given = inputs.gold(Scheme.POLARITY), firsts(judged, inputs.coded["fragment_id"])
    return score(
        f"polarity, {name}: kappa", gold, given, inputs.blocks, baseline=baseline, reach=reach,
        note=cover(gold, given),
    )  # fmt: skip


def _polarity(inputs: StanceInputs) -> Iterator[Row]:
    """Leaving a theme out: each theme plays the part of a session, so that folds are whole themes."""
    tables = inputs.tables
    judged = judge_scheme(tables, Scheme.POLARITY, folds=2)
    yield _scored("two folds in blocks", inputs, judged, baseline=0.22, reach=0.45)
    whole = judge_scheme(tables, Scheme.POLARITY, folds=2, max_abstained=0.0, min_margin=0.0)
    yield _scored("two folds in blocks, nothing abstained", inputs, whole)
    yield _as_sets(inputs, judged)
    theme_of = dict(zip(inputs.coded["fragment_id"], inputs.gold(Scheme.THEME), strict=True))
    fragments = tables["fragments"]
    by_theme = fragments.assign(session=fragments["fragment_id"].map(theme_of).fillna("elsewhere"))
    n_themes = by_theme.loc[by_theme["status"] == "used", "session"].nunique()
    left = judge_scheme({**tables, "fragments": by_theme}, Scheme.POLARITY, folds=n_themes)
    yield _scored("leaving a theme out", inputs, left, baseline=0.26, reach=0.40)
    yield _scored("eight folds in blocks", inputs, judge_scheme(tables, Scheme.POLARITY, folds=8), baseline=0.33)
    yield _scored("no code seen", inputs, judge_scheme(tables, Scheme.POLARITY, min_coded=NEVER))


def _as_sets(inputs: StanceInputs, judged: GivenCodes) -> Row:
    """Score kans and knelpunt each on its own, as yes or no; both may hold of a fragment."""
    labels = gather_labels(inputs.tables["human_codings"], inputs.tables["seen"], Scheme.POLARITY)
    ids = inputs.coded["fragment_id"].tolist()
    gold = [f"{value in labels[fragment]}" for value in Polarity for fragment in ids]
    given = [f"{value in judged[fragment]}" for value in Polarity for fragment in ids]

    def mean_kappa(known: np.ndarray, given: np.ndarray) -> float:
        half = len(known) // 2
        return float(np.mean([kappa(known[part], given[part]) for part in (slice(0, half), slice(half, None))]))

    both = sum(len(labels[fragment]) > 1 for fragment in ids)
    return score(
        "polarity as a set, two folds in blocks: mean kappa of the values", gold, given, [*inputs.blocks] * 2,
        statistic=mean_kappa, note=f"{both} fragments carry both; n counts a fragment once for each value",
    )  # fmt: skip


def _compare(tables: Tables) -> tuple[FragmentInputs, SeedSimilarity]:
    own = gather_inputs(*(tables[name] for name in READ[:3]))
    similarity = compare_with_seeds(
        own.texts, own.vectors, encoder=encoder(), seeds=load_seeds(), directions=read_directions()
    )
    assert similarity is not None
    return own, similarity


def _views(
    own: FragmentInputs, similarity: SeedSimilarity, kept: frozenset[str]
) -> tuple[FragmentInputs, SeedSimilarity]:
    """Leave nothing of a fragment but the features that are kept."""
    silent = replace(own.findings[0], evidence=dict.fromkeys(SCALES, ()), n_negators=0, n_contrasts=0)
    less = replace(
        own,
        findings=own.findings if "cues" in kept else (silent,) * len(own.ids),
        vectors=own.vectors if "vectors" in kept else np.zeros((len(own.ids), 1)),
        lemmas=own.lemmas if "lemmas" in kept else ((),) * len(own.ids),
    )
    concepts = similarity.concepts if "seeds" in kept else {s: np.zeros_like(m) for s, m in similarity.concepts.items()}
    return less, SeedSimilarity(concepts=concepts, valence=similarity.valence if "valence" in kept else None)


FEATURES = ("cues", "seeds", "valence", "vectors", "lemmas")


def _ablation(inputs: StanceInputs) -> Iterator[Row]:
    """Each feature left out, and each alone; nothing abstains, so that figures compare."""
    own, similarity = _compare(inputs.tables)
    labels = gather_labels(inputs.tables["human_codings"], inputs.tables["seen"], Scheme.POLARITY)
    every = frozenset(FEATURES)
    cases = [("all features", every, False)]
    cases += [(f"without {name}", every - {name}, False) for name in FEATURES]
    cases += [(f"{name} alone", frozenset({name}), False) for name in FEATURES]
    cases += [(f"{name} alone, no code seen", frozenset({name}), True) for name in FEATURES[:3]]
    for name, kept, untaught in cases:
        config = _settings(min_margin=0.0, max_abstained=0.0, min_coded=NEVER if untaught else 20)
        opinion = form_opinion(*_views(own, similarity, kept), labels, Scheme.POLARITY, config)
        decided = {
            fragment: [judgement.value or "" for judgement in decide(shares, Scheme.POLARITY, min_margin=0.0)]
            for fragment, shares in zip(own.ids, opinion.shares, strict=True)
        }
        yield _scored(f"ablation, {name}", inputs, decided)


def _register(inputs: StanceInputs) -> Row:
    """Tell hoofdstuk 1 from hoofdstuk 3 by the text alone, in two folds in blocks."""
    own, similarity = _compare(inputs.tables)
    odds = np.hstack([apply_prior(own.share(scheme), similarity, scheme) for scheme in SCALES])
    chapters = dict(zip(inputs.register["fragment_id"], inputs.register["chapter"], strict=True))
    blocks = [f"{session}/{block}" for session, block in zip(own.sessions, own.statements, strict=True)]
    asked = [i for i, fragment in enumerate(own.ids) if fragment in chapters]
    n = len(asked)
    blocks = [blocks[i] for i in asked]
    gold = [chapters[own.ids[i]] for i in asked]
    training = cross_fit(
        Features(
            vectors=own.vectors[asked], lemmas=[own.lemmas[i] for i in asked], prior=odds[asked],
            context=np.zeros((n, 0)),
        ),
        np.zeros((n, 1)), np.array([[code == "3"] for code in gold]), np.ones(n, dtype=bool),
        scheme=Scheme.POLARITY, blocks=blocks, folds=deal_blocks(blocks, n_folds=2, seed=2012), max_abstained=0.0,
        seed=2012,
    )  # fmt: skip
    judged = ["3" if p > 0.5 else "1" for p in training.probabilities[:, 0]]
    return score("register, hoofdstuk 1 against 3, two folds in blocks: kappa", gold, judged, blocks)


def _read_example() -> dict[str, pd.DataFrame]:
    with tempfile.TemporaryDirectory(prefix="dialoogtafel-bench-") as folder:
        study = open_study(ROOT / "data" / "example", Path(folder) / "study")
        prepare(study)
        for stage in STAGES:
            run_stage(study, stage)
        return {name: read_table(study.table(name), name) for name in READ}


def _example() -> Iterator[Row]:
    """Taught by coder A, leaving sessions out; against A and against B, with A against B beside.

    The example is invented, and choices were made on it: a check, not a quality.
    """
    tables = _read_example()
    taught = {name: tables[name].loc[tables[name]["coder"] == "A"] for name in ("human_codings", "seen")}
    sessions = dict(zip(tables["fragments"]["fragment_id"], tables["fragments"]["session"], strict=True))
    n_sessions = len(set(sessions.values()))
    judged = {
        words: judge_all({**tables, **taught}, folds=n_sessions, context=context)
        for words, context in (("text alone", "none"), ("with the hat it was said under", "hat"))
    }
    for scheme in SCALES:
        one, other = (_first_by_coder(tables["human_codings"], scheme, coder) for coder in "AB")
        ids = sorted(one.keys() & other.keys())
        people = kappa(*(np.array([codes[i] for i in ids], dtype=object) for codes in (one, other)))
        for words in judged if scheme is not Scheme.HAT else ("text alone",):
            given = firsts(judged[words][scheme], ids)
            for coder, codes in (("A", one), ("B", other)):
                gold = [codes[i] for i in ids]
                yield score(
                    f"example, {scheme}, {words}, against {coder}: kappa", gold, given, [sessions[i] for i in ids],
                    note=f"A against B {people:.2f}; {cover(gold, given)}",
                )  # fmt: skip


def _first_by_coder(codings: pd.DataFrame, scheme: Scheme, coder: str) -> dict[str, str]:
    chosen = codings.loc[(codings["scheme"] == scheme) & (codings["coder"] == coder) & (codings["rank"] == 1)]
    return dict(zip(chosen["fragment_id"], chosen["code"], strict=True))
