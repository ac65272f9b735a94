"""The real report, as the pipeline's own stages read it, and what may be scored of it."""

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.schemas import SCHEMAS
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import SYNTHESIS_CODER, Kind, Scheme
from pipeline.run.runner import prepare, run_stage

ROOT = Path(__file__).parents[3]
ECOSENT = ROOT.parent / "shared" / "data" / "polarity" / "ecosent"
STAGES = ("ingest", "fragments", "manual", "tokens", "embeddings")
TABLES = (
    "sources", "sessions", "speakers", "utterances", "codebook", "given_codings", "fragments", "human_codings", "seen",
    "coding_matches", "tokens", "embeddings",
)  # fmt: skip
CODED = (Scheme.THEME, Scheme.SUBTHEME, Scheme.POLARITY)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Texts, normalised: what a method was shown with its code, what choices were made on, what is scored."""

    seen: frozenset[str]
    tuned_on: frozenset[str]
    scored: frozenset[str]

    def check(self) -> None:
        """Refuse to score what was seen or tuned on.

        Raises:
            AssertionError: with the number of texts in two of the three; never a text.
        """
        pairs = {
            "seen and scored": self.seen & self.scored,
            "tuned on and scored": self.tuned_on & self.scored,
            "seen and tuned on": self.seen & self.tuned_on,
        }
        shared = {name: len(texts) for name, texts in pairs.items() if texts}
        assert not shared, f"texts in two sets that must be apart: {shared}"

    def __str__(self) -> str:
        """Render as one line."""
        return f"seen {len(self.seen)}, tuned on {len(self.tuned_on)}, scored {len(self.scored)} texts, disjoint"


@dataclass(frozen=True, kw_only=True)
class StanceInputs:
    """The report after ``STAGES``.

    Attributes:
        tables: every table that these stages write, by name.
        coded: one row per fragment of hoofdstuk 2 that carries a polarity, sorted by fragment_id: fragment_id, text,
            block, place_in_report (order in the report: for the warning only, never a feature), theme, subtheme and
            polarity (codes of coder ``synthese``, rank 1; empty where there is none).
        register: the used fragments of hoofdstuk 1 and 3 (function or expectation), sorted by fragment_id:
            fragment_id, text, block, chapter (``1`` or ``3``).
        counts: what was seen, tuned on and scored.
    """

    tables: dict[str, pd.DataFrame]
    coded: pd.DataFrame
    register: pd.DataFrame
    counts: Counts

    @property
    def codebook(self) -> pd.DataFrame:
        """The codebook, read off the headings of the report."""
        return self.tables["codebook"]

    @property
    def blocks(self) -> list[str]:
        """Blocks of the coded fragments: a statement with its quotes."""
        return self.coded["block"].tolist()

    def gold(self, scheme: Scheme) -> list[str]:
        """Give the manual codes of the coded fragments."""
        return self.coded[str(scheme)].tolist()

    def vectors(self, fragment_ids: pd.Series) -> np.ndarray:
        """Stack the vectors of fragments, (n, d)."""
        by_id = self.tables["embeddings"].set_index("fragment_id")["vector"]
        return np.stack(by_id.loc[fragment_ids].tolist()).astype(np.float64)

    def tokens(self, fragment_ids: pd.Series) -> pd.DataFrame:
        """Give the tokens of fragments."""
        tokens = self.tables["tokens"]
        return tokens.loc[tokens["fragment_id"].isin(fragment_ids)]


def read_material(report: Path) -> StanceInputs:
    """Run the stages on the report, in a study that is thrown away.

    Args:
        report: the text of the report.

    Returns:
        The material; its counts are disjoint.
    """
    with tempfile.TemporaryDirectory(prefix="dialoogtafel-bench-") as folder:
        study = open_study(report, Path(folder) / "study")
        prepare(study)
        for stage in STAGES:
            run_stage(study, stage)
        tables = {name: read_table(study.table(name), name) for name in TABLES if name in SCHEMAS}
    coded = _coded(tables)
    examples = {example for examples in tables["codebook"]["examples"] for example in examples}
    counts = Counts(
        seen=frozenset(normalise(text) for text in examples),
        tuned_on=frozenset(normalise(text) for text in _tuned_on()),
        scored=frozenset(normalise(text) for text in coded["text"]),
    )
    counts.check()
    return StanceInputs(tables=tables, coded=coded, register=_register(tables), counts=counts)


def normalise(text: str) -> str:
    """Lower case, single spaces."""
    return " ".join(text.lower().split())


def _coded(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    codings = tables["human_codings"]
    first = codings.loc[(codings["coder"] == SYNTHESIS_CODER) & (codings["rank"] == 1)]
    coded = _used(tables).loc[lambda used: used["kind"].isin([Kind.STATEMENT, Kind.QUOTE])]
    for scheme in CODED:
        codes = first.loc[first["scheme"] == scheme].set_index("fragment_id")["code"]
        coded[str(scheme)] = coded["fragment_id"].map(codes).fillna("")
    coded["place_in_report"] = coded["char_start"].rank().astype(int)
    columns = ["fragment_id", "text", "block", "place_in_report", *(str(scheme) for scheme in CODED)]
    return coded.loc[coded[str(Scheme.POLARITY)] != "", columns].reset_index(drop=True)


def _register(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Hoofdstuk 1 lies before the first theme, hoofdstuk 3 after the last; both as the structure codes them."""
    codings = tables["human_codings"].loc[lambda rows: rows["coder"] == SYNTHESIS_CODER]
    chapters = {Scheme.FUNCTION: "1", Scheme.EXPECTATION: "3"}
    of_fragment = {
        fragment: chapters[Scheme(scheme)]
        for fragment, scheme in zip(codings["fragment_id"], codings["scheme"], strict=True)
        if scheme in chapters
    }
    used = _used(tables)
    used["chapter"] = used["fragment_id"].map(of_fragment)
    return used.loc[used["chapter"].notna(), ["fragment_id", "text", "block", "chapter"]].reset_index(drop=True)


def _used(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    fragments = tables["fragments"]
    return fragments.loc[fragments["status"] == "used"].sort_values("fragment_id").copy()


def _tuned_on() -> list[str]:
    """All that choices may be made on: the example study, and the headlines of ECOSENT outside its gold."""
    texts: list[str] = []
    for path in sorted((ROOT / "data" / "example" / "codings").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as rows:
            texts += [row["quote"] for row in csv.DictReader(rows)]
    if (ECOSENT / "icr_data.csv").is_file():
        gold = set(pd.read_csv(ECOSENT / "gold.csv", dtype=str)["id"])
        headlines = pd.read_csv(ECOSENT / "icr_data.csv", sep=";", dtype=str, encoding="utf-8-sig")
        texts += headlines.loc[~headlines["ID"].isin(gold), "headline"].dropna().unique().tolist()
    return texts
