"""Distil the static encoder from the finished contextual one.

    python -m models.training.encoder.build_static --data ../shared/data --out models/bundled/encoder-static

It takes ``tune`` from the work folder of ``build`` as its teacher.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize
from transformers import BertTokenizerFast

from models.training.encoder import build, static, teacher
from models.training.encoder.export import assembled

MONOLINGUAL = 12_000


def main() -> None:
    """Read the command line, distil and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("models/training/work/encoder"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    corpus = build.prepared(options.data, options.work)
    folder = options.work / build.TUNE.name
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    encoder = assembled(folder)
    spread = corpus.monolingual[:: len(corpus.monolingual) // MONOLINGUAL]
    texts = [p.dutch for p in corpus.parallel + corpus.parallel_sick] + spread
    target = teacher.vectors(encoder, texts, options.work / "static-targets")
    first = static.first_vectors(encoder, tokenizer, corpus.counts)
    sets = [corpus.sts + corpus.sts_beside_sick, corpus.sick]
    module = static.distilled(tokenizer, first, texts, target, sets, seed=build.SEED)
    SentenceTransformer(modules=[module, Normalize()], device="cpu").save(str(options.out), create_model_card=False)


if __name__ == "__main__":
    main()
