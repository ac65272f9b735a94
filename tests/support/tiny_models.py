"""Very small models in the real formats, with weights that nobody trained."""

from pathlib import Path

WORDS = "de het een boot kas tuin vaart bloeit lekt wij gaan naar zee met velen vandaag".split()  # noqa: SIM905
MAX_TOKENS = 8


def save_transformer(folder: Path) -> Path:
    """Save a sentence encoder of one layer that takes eight tokens, two of which are special."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(1)
    raw = folder / "raw"
    raw.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (raw / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=16, **sizes)).save_pretrained(raw)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(vocabulary)}).save_pretrained(raw)
    body = Transformer(str(raw), max_seq_length=MAX_TOKENS)
    target = folder / "encoder"
    SentenceTransformer(modules=[body, Pooling(16)], device="cpu").save(str(target), create_model_card=False)
    return target


def save_tagger(folder: Path) -> Path:
    """Save a spaCy pipeline that knows two words."""
    import spacy

    nlp = spacy.blank("nl")
    ruler = nlp.add_pipe("attribute_ruler")
    ruler.add([[{"LOWER": "boot"}]], {"POS": "NOUN", "LEMMA": "boot"})
    ruler.add([[{"LOWER": "vaart"}]], {"POS": "VERB", "LEMMA": "varen"})
    nlp.add_pipe("sentencizer")
    nlp.to_disk(folder)
    return folder
