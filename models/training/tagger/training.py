"""Runs of spaCy's own training loop with our configuration."""

from pathlib import Path

from spacy.cli.train import train

CONFIG = Path(__file__).parent / "config.cfg"


def train_pipeline(corpus: Path, dev: Path, base: Path, folder: Path) -> Path:
    """Train, or take the result that stands.

    Args:
        corpus: training documents, a ``.spacy`` file.
        dev: documents on which the best checkpoint is chosen.
        base: pipeline with vectors and lexicon.
        folder: gets ``model-best``, ``model-last`` and, at the end, the file ``done``.

    Returns:
        The folder of the best checkpoint.
    """
    done = folder / "done"
    if not done.exists():
        paths = {"paths.train": str(corpus), "paths.dev": str(dev), "paths.base": str(base)}
        train(CONFIG, folder, overrides=paths)
        done.touch()
    return folder / "model-best"
