"""The light way of reading an encoder gives the vectors of sentence-transformers, and knows what it cannot read."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.loaders import load_encoder
from pipeline.loaders.choices import choose_encoder
from pipeline.loaders.numpy_encoders import NumpyEncoder, load_numpy_encoder

BUNDLED = Path(__file__).parents[2] / "models" / "bundled"
TEXTS = [
    "Kort.",
    "De vrijwilliger komt elke week langs en dat geeft rust.",
    "’t Is niet zo dat ze nooit komt, maar de bus rijdt maar om de twee uur!",
    "één café, twee ramen (open) & 3 % korting …",
    "woord " * 300,
    "",
]


@pytest.fixture(params=["encoder", "encoder-static"])
def folder(request):
    return BUNDLED / request.param


def read(folder):
    return load_numpy_encoder(folder, name="x", fingerprint="f", prefix="")


def test_vectors_do_not_depend_on_company_or_order(folder):
    encoder = read(folder)
    together = encoder.encode(TEXTS, batch_size=1)
    turned = encoder.encode(TEXTS[::-1], batch_size=64)[::-1]
    alone = np.concatenate([encoder.encode([text], batch_size=1) for text in TEXTS])
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, turned, atol=1e-6)
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert together.tobytes() == encoder.encode(TEXTS, batch_size=7).tobytes()
    assert encoder.encode([], batch_size=1).shape == (0, together.shape[1])
    np.testing.assert_allclose(np.linalg.norm(together[:5], axis=1), 1, atol=1e-6)


def test_what_the_encoder_takes_whole():
    assert read(BUNDLED / "encoder").fits("woord " * 100)
    assert not read(BUNDLED / "encoder").fits("woord " * 300)
    assert read(BUNDLED / "encoder-static").fits("woord " * 300)


def test_one_encoder_is_shared_by_the_stages_of_a_run():
    assert isinstance(load_encoder("bundled"), NumpyEncoder)
    assert choose_encoder("bundled").load() is choose_encoder("bundled").load()


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"model_type": "distilbert"}),
        ("config.json", {"dtype": "float16"}),
        ("1_Pooling/config.json", {"pooling_mode": "cls"}),
        ("1_Pooling/config.json", {"include_prompt": False}),
    ],
)
def test_another_kind_of_encoder_is_left_to_sentence_transformers(tmp_path, file, change):
    shutil.copytree(BUNDLED / "encoder", tmp_path / "m")
    path = tmp_path / "m" / file
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    assert read(tmp_path / "m") is None


def test_a_folder_without_modules_is_left_to_sentence_transformers(tmp_path):
    assert read(tmp_path) is None


@pytest.mark.slow
def test_vectors_are_those_of_sentence_transformers(folder):
    from pipeline.loaders.encoders import load_sentence_transformer

    theirs = load_sentence_transformer(folder, name="x", fingerprint="f", prefix="")
    texts = TEXTS[:5]
    ours = read(folder)
    np.testing.assert_allclose(ours.encode(texts, batch_size=2), theirs.encode(texts, batch_size=2), atol=1e-5, rtol=0)
    assert [ours.fits(text) for text in texts] == [theirs.fits(text) for text in texts]
