"""``python -m tests.bench REPORT DATA``: structure, speed, topics and equal bytes on the real report."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, cohen_kappa_score

from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import Scheme
from pipeline.loaders import load_encoder
from tests.bench.speed import Bench, keep, read_statements

GOLD = Path(__file__).parents[2] / "tests" / "golden" / "ocmw_structure.csv"


def main() -> int:
    """Print all figures.

    Returns:
        0, or 1 where a figure that must hold does not.
    """
    report, data = Path(sys.argv[1]), Path(sys.argv[2])
    if not report.is_file():
        sys.stderr.write(f"{report} is absent: the figures of the main job are measured on the real report\n")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="dialoogtafel-bench-"))
    try:
        failed = [name for name, holds in _figures(report, data, folder) if not holds]
    finally:
        shutil.rmtree(folder)
    _say(f"\n{'all hold' if not failed else 'below target: ' + '; '.join(failed)}")
    return int(bool(failed))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _figures(report: Path, data: Path, folder: Path) -> Iterator[tuple[str, bool]]:
    """Give what must hold, and whether it does; a part that fails does not keep the next from being measured."""
    score = subprocess.run([sys.executable, "-m", "tests.bench.structure_score", str(report), str(GOLD)], check=False)
    yield "structure", score.returncode == 0
    _say("")
    bench = Bench(report, data, folder)
    for figure in bench.measure():
        _say(str(figure))
        keep(figure)
        yield figure.name, figure.holds
    for name, show in (
        ("topics", lambda: _compare_topics(folder / "run-0", bench.by_hand)),
        ("themes by name", lambda: _name_themes(folder / "run-0")),
        ("equal bytes", lambda: _compare_bytes(folder / "run-0", folder / "run-1")),
    ):
        try:
            yield name, show() is not False
        except Exception as error:
            _say(f"{name}: {error}")
            yield name, False


def _compare_topics(out: Path, default: list[dict[str, list]]) -> None:
    _, themes = read_statements(out)
    topics = read_table(out / "results" / "topics.parquet", "topics")
    figures = read_table(out / "results" / "agreement.parquet", "agreement")
    overall = figures[(figures["scheme"] == "theme") & (figures["code"] == "")]
    for row in overall[overall["statistic"] == "adjusted_mutual_information"].itertuples():
        interval = f"[{row.low:.3f}, {row.high:.3f}], chance {row.chance:.3f}"
        _say(f"AMI {row.comparison}, {row.excluded}: {row.estimate:.3f} {interval}")
    _say("labels: " + "; ".join(topics["label"].head(4)))
    for run in default:
        outliers = run["topics"].count(-1) / len(run["topics"])
        found = adjusted_mutual_info_score(themes, run["topics"])
        _say(f"by hand: AMI {found:.3f}, outliers {outliers:.0%}, labels: {'; '.join(run['labels'][:4])}")


def _name_themes(out: Path) -> None:
    """Give each statement and quote the theme whose name is nearest to it, without any coded example."""
    texts, themes = read_statements(out)
    codebook = read_table(out / "results" / "codebook.parquet", "codebook")
    names = codebook[codebook["scheme"] == Scheme.THEME]
    remarks = [json.loads(line) for line in texts.splitlines()]
    for encoder in ("tfidf-svd", "bundled"):
        vectors = load_encoder(encoder).encode([*names["label"], *remarks], batch_size=64)
        nearest = np.argmax(vectors[len(names) :] @ vectors[: len(names)].T, axis=1)
        kappa = cohen_kappa_score(themes, names["code"].iloc[nearest])
        _say(f"kappa of the nearest of {len(names)} theme names, {encoder}: {kappa:.3f} (chance 0), n {len(themes)}")


def _compare_bytes(first: Path, second: Path) -> bool:
    differing = [
        name
        for name in SCHEMAS
        if (first / "results" / f"{name}.parquet").read_bytes() != (second / "results" / f"{name}.parquet").read_bytes()
    ]
    _say(f"tables that differ between two runs: {', '.join(differing) or 'none'}")
    return not differing


if __name__ == "__main__":
    sys.exit(main())
