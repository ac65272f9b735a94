"""The model as sentence-transformers reads it, in half precision on disk."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer

from models.training.encoder.pieces import MAX_LENGTH

TRAINING_ONLY = {"max_length", "stride", "truncation_side", "truncation_strategy", "is_local", "local_files_only"}


def assembled(folder: Path) -> SentenceTransformer:
    """A sentence encoder from a transformer folder: mean over tokens, length one."""
    body = Transformer(str(folder), max_seq_length=MAX_LENGTH)
    return SentenceTransformer(modules=[body, Pooling(body.get_embedding_dimension()), Normalize()], device="cpu")


def save_half(encoder: SentenceTransformer, folder: Path) -> None:
    """Write an encoder with its weights in float16; the configuration has them cast to float32 when loaded."""
    encoder.save(str(folder), create_model_card=False)
    path = folder / "model.safetensors"
    weights = {name: value.to(torch.float16).contiguous() for name, value in load_file(path).items()}
    save_file(weights, path, metadata={"format": "pt"})
    path.chmod(0o644)
    _forget_training_length(folder)


def _forget_training_length(folder: Path) -> None:
    """Take the short length of training texts out of the tokenizer's files; readers would cut there."""
    path = folder / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.save(str(path))
    path = folder / "tokenizer_config.json"
    kept = {k: v for k, v in json.loads(path.read_text("utf-8")).items() if k not in TRAINING_ONLY}
    path.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
