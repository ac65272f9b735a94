"""A small study: a few tables of the example, with what the two coders said of them."""

import csv
import shutil
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
SETTINGS = """
[study]
name = "Proef"
invented = true

[tokens]
tagger = "simplemma"

[embeddings]
encoder = "tfidf-svd"

[agreement]
resamples = 100
permutations = 99

[diagnosis]
draws = 0
refits = 0
"""


def make_small_study(folder: Path, tables: tuple[str, ...] = ("tafel-01", "tafel-02")) -> Path:
    (folder / "sources").mkdir(parents=True)
    (folder / "codings").mkdir()
    (folder / "study.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copy(EXAMPLE / "codebook.csv", folder)
    for source in EXAMPLE.glob("sources/*"):
        if source.stem in tables:
            shutil.copy(source, folder / "sources")
    for path in EXAMPLE.glob("codings/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with (folder / "codings" / path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(row for row in rows if row["session"] in tables)
    return folder
