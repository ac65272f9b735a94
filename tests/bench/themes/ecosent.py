"""Section ``ecosent``: tone of Dutch economic headlines against the gold of ECOSENT, without a code seen.

Source: Van Atteveldt, Van der Velden and Boukes (2021), The validity of sentiment analysis, Communication Methods and
Measures 15(2); 284 gold headlines. Choices were made on the headlines of ``icr_data.csv`` outside the gold only.
"""

import csv
from collections import Counter

import numpy as np
import pandas as pd

from pipeline.agreement.statistics.counts import tally_by_block
from pipeline.agreement.statistics.many_coders import krippendorff_alpha_ordinal
from pipeline.analysis.embeddings import embed
from pipeline.analysis.stances.stage import judge
from pipeline.analysis.tokens import tokenize
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.vocabulary import Kind, Sentiment, Status
from pipeline.loaders import load_tagger
from tests.bench.themes.figures import Row, score
from tests.bench.themes.inputs import ECOSENT, ROOT, StanceInputs
from tests.bench.themes.stances import encoder

TONES = {Sentiment.NEGATIEF: "-1", Sentiment.NEUTRAAL: "0", Sentiment.POSITIEF: "1"}
ORDER = ("-1", "0", "1")
MISSING = -1
RECORD = ROOT / "docs" / "bench-themes.tsv"


def rows(inputs: StanceInputs) -> list[Row]:
    """Give the ordinal alpha of the judge with the gold; of the lexicon alone beside it."""
    del inputs
    ids, headlines, gold = _read_gold()
    note = f"scored {_count_scorings()} times before" if _count_scorings() else "scored for the first time"
    found = []
    for name, knows, margin, reach in (
        ("every headline judged", True, 0.0, 0.40),
        ("abstentions left out", True, None, None),
        ("cue lexicon alone, every headline judged", False, 0.0, None),
    ):
        said = _judge(headlines, knows=knows, margin=margin)
        covered = f"coverage {sum(tone != '' for tone in said) / len(said):.2f}"
        found.append(
            score(
                f"ECOSENT tone, {name}: ordinal alpha",
                gold,
                said,
                ids,
                statistic=ordinal_alpha,
                baseline=0.34 if reach else None,
                reach=reach,
                note=f"{note}; {covered}; lexicons .07 to .34, CNN .50",
            )  # fmt: skip
        )
    return found


def ordinal_alpha(gold: np.ndarray, said: np.ndarray) -> float:
    """Krippendorff's alpha of two, ordinal; an empty tone is a missing value."""
    codes = [[ORDER.index(tone) if tone else MISSING for tone in pair] for pair in zip(gold, said, strict=True)]
    together = np.zeros(len(codes), dtype=np.int64)
    return float(krippendorff_alpha_ordinal(tally_by_block(np.array(codes, dtype=np.int64), len(ORDER), together))[0])


def _count_scorings() -> int:
    if not RECORD.is_file():
        return 0
    with RECORD.open(encoding="utf-8", newline="") as lines:
        return Counter(line["section"] for line in csv.DictReader(lines, delimiter="\t"))["ecosent"]


def _read_gold() -> tuple[list[str], list[str], list[str]]:
    gold = pd.read_csv(ECOSENT / "gold.csv", dtype=str).set_index("id")["value"]
    headlines = pd.read_csv(ECOSENT / "metadata.csv", dtype=str).drop_duplicates("id").set_index("id")["headline"]
    ids = sorted(set(gold.index) & set(headlines.dropna().index))
    return ids, [headlines[i] for i in ids], [gold[i] for i in ids]


def _judge(headlines: list[str], *, knows: bool, margin: float | None) -> list[str]:
    config = load_config(overrides={} if margin is None else {"stances": {"min_margin": margin}})
    fragments = table_from_rows([_fragment(i, text) for i, text in enumerate(headlines)], "fragments")
    tokens = tokenize(fragments, tagger=load_tagger()).tables["tokens"]
    vectors = embed(fragments, config=config.embeddings, encoder=encoder()).tables["embeddings"]
    stances = judge(
        fragments, tokens, vectors, empty_table("human_codings"), empty_table("seen"), config=config.stances,
        encoder=encoder() if knows else None,
    ).tables["stances"]  # fmt: skip
    tones = stances.loc[stances["scheme"] == "sentiment"].sort_values("fragment_id")["value"]
    return ["" if pd.isna(tone) else TONES[Sentiment(tone)] for tone in tones]


def _fragment(i: int, text: str) -> dict[str, object]:
    return {
        "fragment_id": f"f-{i:03d}", "utterance_id": f"koppen:{i:05d}", "source_id": "koppen", "session": "koppen",
        "line": i + 1, "char_start": 0, "char_end": len(text), "text": text, "n_words": len(text.split()),
        "kind": Kind.NOTE, "status": Status.USED, "reason": None, "hat_given": None, "heading_path": [],
        "block": f"kop {i}",
    }  # fmt: skip
