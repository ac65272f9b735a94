"""Writes the folder that ships: the best checkpoint, with its name and licence and without paths of the training."""

import shutil
from pathlib import Path

import spacy

MAX_BYTES = 25_000_000
META = {
    "name": "dialoogtafel",
    "version": "1.0.0",
    "description": "Dutch: word classes, features, sentence ends, lemmas. Trained on open data; see README.md.",
    "license": "CC BY-SA 4.0",
    "author": "dialoogtafel",
    "spacy_version": ">=3.8.0,<3.9.0",
    "sources": [
        {"name": "UD_Dutch-LassySmall, UD_Dutch-Alpino", "license": "CC BY-SA 4.0"},
        {"name": "Dutch law text (statengeneraal/laws-markdown)", "license": "no copyright (official texts)"},
        {"name": "Common Voice sentences", "license": "CC0"},
        {"name": "Tatoeba sentences", "license": "CC BY 2.0 FR"},
        {"name": "NTREX", "license": "CC BY-SA 4.0"},
        {"name": "OpenTaal word list", "license": "BSD-3 or CC BY 3.0"},
        {"name": "spacy-lookups-data", "license": "MIT"},
        {"name": "simplemma word list", "license": "MIT"},
    ],
}


def export(checkpoint: Path, target: Path) -> int:
    """Write the pipeline to ship; a card that stands in the target folder stays.

    Returns:
        The size in bytes, without the card.

    Raises:
        ValueError: the folder is larger than ``MAX_BYTES``.
    """
    nlp = spacy.load(checkpoint)
    nlp.meta.update(META)
    for name in nlp.config["paths"]:
        nlp.config["paths"][name] = None
    nlp.config["initialize"]["vectors"] = None
    card = target / "README.md"
    text = card.read_bytes() if card.exists() else None
    shutil.rmtree(target, ignore_errors=True)
    nlp.to_disk(target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if text is not None:
        card.write_bytes(text)
    if size > MAX_BYTES:
        raise ValueError(f"{size:,} bytes is more than {MAX_BYTES:,}; take fewer rows in vectors.py")
    return size
