"""The Dutch WordPiece vocabulary: frequent words whole, compound parts as pieces, subwords for the rest."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Iterable

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Every character that Dutch notes hold, so that none becomes unknown; letters and digits also inside a word.
SIGNS = string.punctuation + "‘’“”„«»–—…•·€£$°²³½¼×÷§→"
CHARACTERS = [*SIGNS, *string.digits, *string.ascii_lowercase]
INSIDE = ["##" + c for c in string.digits + string.ascii_lowercase]
SUBWORDS = 5_000
WHOLE = 16_000
MAX_LENGTH = 128

Split = Callable[[str], tuple[str, str] | None]


def mixture(sources: Iterable[tuple[Counter[str], float]]) -> Counter[str]:
    """Word frequencies per million, mixed over sources of unlike size.

    >>> mixture([(Counter(zorg=3, huis=1), 0.5), (Counter(wet=10), 0.5)])["zorg"]
    375000.0
    """
    mixed: Counter[str] = Counter()
    for counts, weight in sources:
        total = sum(counts.values())
        for word, count in counts.items():
            mixed[word] += 1e6 * weight * count / total  # type: ignore[assignment]
    return mixed


def folded(counts: Counter[str]) -> Counter[str]:
    """Counts with accents removed, as the tokenizer sees the words."""
    strip = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    result: Counter[str] = Counter()
    for word, count in counts.items():
        result[strip.normalize_str(word)] += count
    return result


def parts(counts: Counter[str], whole: set[str], split: Split) -> Counter[str]:
    """Frequencies of compound parts: the first part with its linking letters, the second marked ``##``.

    >>> parts(Counter(gezinsplan=2), set(), lambda w: ("gezin", "plan"))
    Counter({'gezins': 2, '##plan': 2})
    """
    found: Counter[str] = Counter()
    for word, count in counts.items():
        if word in whole or not word.isalpha():
            continue
        halves = split(word)
        if halves:
            tail = halves[1]
            found[word[: -len(tail)]] += count
            found["##" + tail] += count
    return found


def subwords(counts: Counter[str], size: int) -> list[str]:
    """Subword pieces by byte-pair merges over the words, rare words damped less than they deserve."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", continuing_subword_prefix="##"))
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, continuing_subword_prefix="##", limit_alphabet=200, show_progress=False
    )
    repeated = (word for word, count in sorted(counts.items()) for _ in range(min(50, 1 + int(count**0.5))))
    tokenizer.train_from_iterator(repeated, trainer)
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=lambda piece: vocabulary[piece])


def choose(counts: Counter[str], split: Split, size: int) -> list[str]:
    """Choose the vocabulary: special tokens, subwords, frequent whole words, compound parts.

    Args:
        counts: Word frequencies per million.
        split: Splits a compound in two known parts, or gives nothing.
        size: Number of pieces.

    Returns:
        Pieces in a fixed order, the special tokens first.
    """
    counts = folded(counts)
    ranked = sorted((w for w in counts if w.isalnum()), key=lambda w: (-counts[w], w))
    whole = ranked[:WHOLE]
    rest = Counter({w: counts[w] for w in ranked[WHOLE:]})
    fallback = subwords(rest + Counter(dict.fromkeys(whole, 1)), SUBWORDS)
    chosen = list(dict.fromkeys([*SPECIAL, *CHARACTERS, *INSIDE, *fallback, *whole]))
    value = parts(rest, set(whole), split)
    for word, count in rest.items():
        value[word] += count
    chosen_set = set(chosen)
    more = sorted((p for p in value if p not in chosen_set), key=lambda p: (-value[p], p))
    return (chosen + more)[:size]


def tokenizer_of(pieces: list[str]) -> BertTokenizerFast:
    """A fast BERT tokenizer with these pieces, lower case, accents removed."""
    raw = Tokenizer(models.WordPiece(vocab={p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.decoder = decoders.WordPiece(prefix="##")
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", pieces.index("[CLS]")), ("[SEP]", pieces.index("[SEP]"))],
    )
    return BertTokenizerFast(tokenizer_object=raw, model_max_length=MAX_LENGTH, do_lower_case=True, strip_accents=True)
