"""``python -m tests.bench REPORT``: structure, speed and equal bytes on the real report; fails where it is absent."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, cohen_kappa_score

from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import SYNTHESIS_CODER, Kind, Scheme
from pipeline.loaders import load_encoder
from tests.bench.measuring import Measured, measure, spread

ROOT = Path(__file__).parents[2]
GOLD = ROOT / "tests" / "golden" / "ocmw_structure.csv"
ENCODER = ROOT / "models" / "bundled" / "encoder"
DIALOOGTAFEL = [sys.executable, "-m", "pipeline"]
RECORD = ROOT / "docs" / "bench.tsv"
N_RUNS = 3


def main() -> int:
    """Print all figures.

    Returns:
        0, or 1 where a figure that must hold does not.
    """
    report = Path(sys.argv[1])
    if not report.is_file():
        sys.stderr.write(f"{report} is absent: the figures of the main job are measured on the real report\n")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="dialoogtafel-bench-"))
    try:
        failed = [name for name, holds in _figures(report, folder) if not holds]
    finally:
        shutil.rmtree(folder)
    _say(f"\n{'all hold' if not failed else 'below target: ' + ', '.join(failed)}")
    return int(bool(failed))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _figures(report: Path, folder: Path) -> list[tuple[str, bool]]:
    score = subprocess.run([sys.executable, "-m", "tests.bench.structure_score", str(report), str(GOLD)], check=False)
    helps = [measure([*DIALOOGTAFEL, "--help"]) for _ in range(N_RUNS)]
    _say(f"\n--help                          {spread(helps)}")
    cold, default = [], []
    texts, themes = "", []
    for i in range(N_RUNS):
        out = folder / f"run-{i}"
        cold.append(measure([*DIALOOGTAFEL, "analyse", str(report), "--out", str(out), "--plain"]))
        if not texts:
            texts, themes = _statements(out)
        default.append(
            measure([sys.executable, str(Path(__file__).with_name("default_bertopic.py")), *_encoder()], texts)
        )
    _say(f"analyse --plain, cold           {spread(cold)}")
    _say(f"BERTopic by hand, defaults      {spread(default)}   (in turn with the line above)")
    again = [
        measure([*DIALOOGTAFEL, "analyse", str(report), "--out", str(folder / "run-0"), "--plain"])
        for _ in range(N_RUNS)
    ]
    _say(f"analyse --plain, nothing changed{spread(again)}")
    _keep({"--help": helps, "cold": cold, "by hand": default, "nothing changed": again})
    _compare_topics(folder / "run-0", [json.loads(run.output) for run in default], themes)
    _name_themes(folder / "run-0")
    differing = _differing(folder / "run-0", folder / "run-1")
    _say(f"tables that differ between two runs: {', '.join(differing) or 'none'}")
    return [
        ("structure", score.returncode == 0),
        ("--help under 1 s", sorted(run.seconds for run in helps)[1] < 1.0),
        ("cold run", sorted(run.seconds for run in cold)[1] <= sorted(run.seconds for run in default)[1]),
        ("second run under 5 s", sorted(run.seconds for run in again)[1] < 5.0),
        ("equal bytes", not differing),
    ]


def _keep(measured: dict[str, list[Measured]]) -> None:
    """Add the medians to the record, beside what the machine was doing: figures of a busy machine are no figures."""
    seconds = {name: statistics.median(run.seconds for run in runs) for name, runs in measured.items()}
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    row = [
        datetime.now(UTC).date().isoformat(),
        commit.stdout.strip(),
        str(os.cpu_count()),
        f"{os.getloadavg()[0]:.1f}",
    ]
    row += [f"{value:.2f}" for value in seconds.values()] + [f"{seconds['by hand'] / seconds['cold']:.2f}"]
    if not RECORD.exists():
        heads = ["date", "commit", "cores", "load", *(f"{name} (s)" for name in seconds), "by hand / cold"]
        RECORD.write_text("\t".join(heads) + "\n", encoding="utf-8")
    with RECORD.open("a", encoding="utf-8") as record:
        record.write("\t".join(row) + "\n")


def _encoder() -> list[str]:
    return [str(ENCODER)] if ENCODER.is_dir() else []


def _statements(out: Path) -> tuple[str, list[str]]:
    """Give the statements and quotes that carry a theme, one a line, and their themes."""
    fragments = read_table(out / "results" / "fragments.parquet", "fragments")
    codings = read_table(out / "results" / "human_codings.parquet", "human_codings")
    themes = codings[(codings["coder"] == SYNTHESIS_CODER) & (codings["scheme"] == Scheme.THEME)]
    coded = fragments[fragments["kind"].isin([Kind.STATEMENT, Kind.QUOTE])].merge(
        themes[["fragment_id", "code"]], on="fragment_id", validate="one_to_one"
    )
    return "\n".join(json.dumps(text) for text in coded["text"]), coded["code"].tolist()


def _compare_topics(out: Path, default: list[dict[str, list]], themes: list[str]) -> None:
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
    texts, themes = _statements(out)
    codebook = read_table(out / "results" / "codebook.parquet", "codebook")
    names = codebook[codebook["scheme"] == Scheme.THEME]
    remarks = [json.loads(line) for line in texts.splitlines()]
    for encoder in ("tfidf-svd", "bundled"):
        vectors = load_encoder(encoder).encode([*names["label"], *remarks], batch_size=64)
        nearest = np.argmax(vectors[len(names) :] @ vectors[: len(names)].T, axis=1)
        kappa = cohen_kappa_score(themes, names["code"].iloc[nearest])
        _say(f"kappa of the nearest of {len(names)} theme names, {encoder}: {kappa:.3f} (chance 0), n {len(themes)}")


def _differing(first: Path, second: Path) -> list[str]:
    return [
        name
        for name in SCHEMAS
        if (first / "results" / f"{name}.parquet").read_bytes() != (second / "results" / f"{name}.parquet").read_bytes()
    ]


if __name__ == "__main__":
    sys.exit(main())
