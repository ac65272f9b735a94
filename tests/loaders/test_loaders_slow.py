"""Loaders that need torch or numba: a tiny encoder made here with random weights, and the real UMAP and hdbscan."""

import numpy as np
import pytest
from invented import make_fragments

from pipeline.analysis.embeddings import embed
from pipeline.analysis.topics.tree import make_views
from pipeline.core.config import load_config
from pipeline.loaders import load_encoder
from pipeline.loaders.choices import choose_topic_engine

pytestmark = pytest.mark.slow

WORDS = ("boot", "zee", "haven", "kas", "wortel", "gieter")
MAX_TOKENS = 8


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    from pipeline.loaders.environment import heavy_import

    folder = tmp_path_factory.mktemp("encoder")
    with heavy_import():
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Normalize, Pooling, Transformer
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace
        from tokenizers.processors import TemplateProcessing
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        torch.manual_seed(1)
        ids = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])}
        words = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
        words.pre_tokenizer = Whitespace()
        words.post_processor = TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
        )
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
        )
        shape = {"vocab_size": 11, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
        BertModel(BertConfig(**shape, intermediate_size=16)).save_pretrained(folder / "bert")
        tokenizer.save_pretrained(folder / "bert")
        body = Transformer(str(folder / "bert"), max_seq_length=MAX_TOKENS)
        SentenceTransformer(modules=[body, Pooling(16), Normalize()], device="cpu").save(str(folder / "made"))
    return folder / "made"


def test_a_folder_in_the_format_of_sentence_transformers(encoder_folder, capfd):
    encoder = load_encoder(str(encoder_folder))
    vectors = encoder.encode(["boot zee", "kas"], batch_size=2)
    assert vectors.shape == (2, 16)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors.tobytes() == load_encoder(str(encoder_folder)).encode(["boot zee", "kas"], batch_size=2).tobytes()
    assert encoder.encode([], batch_size=2).shape == (0, 16)
    assert capfd.readouterr() == ("", "")


def test_what_the_model_cannot_take_whole_is_seen_whole(encoder_folder):
    encoder = load_encoder(str(encoder_folder))
    assert encoder.fits("boot " * (MAX_TOKENS - 2))
    assert not encoder.fits("boot " * (MAX_TOKENS - 1))
    start = " ".join(["boot"] * 10)
    fragments = make_fragments(("f-1", "used", f"{start} kas"), ("f-2", "used", f"{start} wortel"))
    output = embed(fragments, config=load_config().embeddings, encoder=encoder)
    one, two = output.tables["embeddings"].vector
    assert len(output.notices) == 1
    assert np.abs(one - two).max() > 1e-3  # the last word counts, far beyond the limit
    np.testing.assert_allclose([np.linalg.norm(one), np.linalg.norm(two)], 1, atol=1e-6)


def test_umap_and_hdbscan_find_planted_groups_twice_the_same():
    config = load_config(overrides={"topics": {"engine": "umap"}}).topics
    noise = np.random.default_rng(5).normal(0, 0.1, (90, 8))
    vectors = np.eye(8)[np.arange(90) % 3] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    documents = [("boot zee", "kas wortel", "trompet optocht")[i % 3] for i in range(90)]
    views = make_views(vectors, documents)
    first, second = (choose_topic_engine(config).load().fit(documents, views, n_topics=3) for _ in range(2))
    assert first.method == "BERTopic with UMAP and hdbscan"
    assert list(first.labels) == list(second.labels)
    inside = [{first.labels[i] for i in range(start, 90, 3)} - {-1} for start in range(3)]
    assert [len(found) for found in inside] == [1, 1, 1]
    assert len(set.union(*inside)) == 3
    boats = first.labels[next(i for i in range(0, 90, 3) if first.labels[i] != -1)]
    assert set(first.rank_words(first.labels)[boats]) == {"boot", "zee"}


def test_umap_with_few_fragments_takes_the_deterministic_way():
    config = load_config(overrides={"topics": {"engine": "umap"}}).topics
    vectors = np.eye(4)[np.arange(20) % 2]
    documents = ["boot", "kas"] * 10
    fit = choose_topic_engine(config).load().fit(documents, make_views(vectors, documents), n_topics=2)
    assert fit.method == "BERTopic with principal components and Ward's tree"
    assert len(set(fit.labels[::2])) == len(set(fit.labels[1::2])) == 1
