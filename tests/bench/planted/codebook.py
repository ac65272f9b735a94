"""``python -m tests.bench.planted.codebook DATA``: the constants of the guided coder, on data that is scored nowhere.

That is half of the example study (every second session, both coders) and planted sentences of 24 subjects under six
themes, of which the codebook gives the names only. A setting replaces the present one where both kappas are higher.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.metrics import cohen_kappa_score

from pipeline.analysis.codebook import guided
from pipeline.analysis.codebook.space import Codes, FragmentFeatures, make_space, read_codes
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import Scheme
from pipeline.loaders import load_encoder
from tests.bench.planted.__main__ import CACHE
from tests.bench.planted.changes import read_example
from tests.bench.planted.corpora import Corpus, choose_sentences, name_fragment, read_tables

POOLING, OWN, ABOVE = (0.05, 0.1, 0.2, 0.4), (0.0, 0.25, 0.5, 1.0, 2.0), (0.0, 0.15, 0.3, 0.6)
THEMES = {
    "huis en tafel": "eten drinken huis kleding",
    "onderweg en ver weg": "vervoer landen weer sterren",
    "leren en lezen": "school talen boeken techniek",
    "lichaam en rust": "gezondheid slaap sport dieren",
    "samen leven": "familie liefde feest muziek",
    "geld en orde": "geld werk recht oorlog",
}
EACH = 8


@dataclass(frozen=True, slots=True)
class Coded:
    """Fragments, a codebook, and what coders said.

    Attributes:
        space: the fragments.
        codes: scheme to codes.
        gold: scheme to the codings of each coder, fragment to code.
    """

    space: FragmentFeatures
    codes: Mapping[Scheme, Codes]
    gold: Mapping[Scheme, tuple[Mapping[str, str], ...]]

    def score(self, scheme: Scheme) -> float:
        """Give the mean kappa with the coders, with the constants as they are set."""
        fit = guided.match(self.space, self.codes, self._encode)[scheme]
        said = dict(zip(self.space.ids, np.array(fit.codes.names)[fit.score.argmax(axis=1)].tolist(), strict=True))
        kappas = []
        for codings in self.gold[scheme]:
            ids = [fragment for fragment in self.space.ids if fragment in codings]
            kappas.append(cohen_kappa_score([codings[i] for i in ids], [said[i] for i in ids]))
        return float(np.mean(kappas))

    def _encode(self, texts: list[str]) -> np.ndarray:
        key = tuple(texts)
        if key not in _ENCODED:
            _ENCODED[key] = guided._encode(texts, self.space, load_encoder("bundled"))
        return _ENCODED[key]


_ENCODED: dict[tuple[str, ...], np.ndarray] = {}


def main() -> None:
    """Print a line for each setting."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    asked = parser.parse_args()
    both = (_half_of_example(), _planted(asked.data, asked.cache))
    pooling, weight, kept = guided.POOLING_TEMPERATURE, guided.OWN_WEIGHT, guided.FROM_ABOVE
    for temperature, own in product(POOLING, OWN):
        guided.POOLING_TEMPERATURE, guided.OWN_WEIGHT = temperature, own
        _say(f"pooling temperature {temperature}, own weight {own}: theme", both, Scheme.THEME)
    guided.POOLING_TEMPERATURE, guided.OWN_WEIGHT = pooling, weight
    for guided.FROM_ABOVE in ABOVE:
        _say(f"from above {guided.FROM_ABOVE}: sub-theme", both, Scheme.SUBTHEME)
    guided.FROM_ABOVE = kept


def _say(what: str, both: tuple[Coded, ...], scheme: Scheme) -> None:
    found = [coded.score(scheme) for coded in both]
    sys.stdout.write(f"{what} {np.mean(found):.3f} (example {found[0]:.3f}, planted {found[1]:.3f})\n")
    sys.stdout.flush()


def _half_of_example() -> Coded:
    tables = read_example()
    used = tables["fragments"][tables["fragments"]["status"] == "used"]
    used = used[used["session"].isin(sorted(used["session"].unique())[::2])].reset_index(drop=True)
    kept = {
        name: tables[name][tables[name]["fragment_id"].isin(used["fragment_id"])] for name in ("tokens", "embeddings")
    }
    first = tables["human_codings"].query("rank == 1")
    gold = {
        scheme: tuple(
            dict(zip(found["fragment_id"], found["code"], strict=True))
            for _, found in first[first["scheme"] == scheme].groupby("coder")
        )
        for scheme in (Scheme.THEME, Scheme.SUBTHEME)
    }
    return Coded(make_space(used, kept["tokens"], kept["embeddings"]), read_codes(tables["codebook"]), gold)


def _planted(data: Path, cache: Path) -> Coded:
    above = {subject: theme for theme, subjects in THEMES.items() for subject in subjects.split()}
    texts, groups = zip(*choose_sentences(data / "embedding", list(above), EACH), strict=True)
    tables = read_tables(Corpus(0, "two levels", texts, tuple(range(len(texts))), len(above)), cache)
    names = [name_fragment(i, text) for i, text in enumerate(texts)]
    subject = dict(zip(names, groups, strict=True))
    gold = {Scheme.SUBTHEME: (subject,), Scheme.THEME: ({name: above[found] for name, found in subject.items()},)}
    return Coded(make_space(*tables), read_codes(table_from_rows(list(_codes(above)), "codebook")), gold)


def _codes(above: Mapping[str, str]) -> Iterator[dict[str, object]]:
    rows = [*((Scheme.THEME, theme, None) for theme in THEMES), *((Scheme.SUBTHEME, *pair) for pair in above.items())]
    for position, (scheme, code, parent) in enumerate(rows):
        yield {"scheme": scheme, "code": code, "label": code, "position": position} | {
            "parent": parent, "definition": None, "examples": [], "example_fragment_ids": [],
        }  # fmt: skip


if __name__ == "__main__":
    main()
