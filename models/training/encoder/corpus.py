"""Everything the encoder learns from, cleaned of test sentences, in one object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.training.encoder import sources
from models.training.encoder.glossary import Glossary, align, frequencies, read_lexicon, words
from models.training.encoder.pieces import mixture
from models.training.encoder.sources import Pair, Parallel

LAW_SENTENCES = 20_000
MONOLINGUAL = 98_304
MONOLINGUAL_WORDS = range(3, 26)


@dataclass
class Corpus:
    """Training data and held-out data.

    Attributes:
        parallel: Sentences with their translations, free of SICK.
        parallel_sick: The same for the sentences of SICK's TRAIN part.
        monolingual: Dutch sentences without a translation.
        sts: Scored pairs of STSb train, free of SICK.
        sts_beside_sick: Scored pairs of STSb train that share a sentence with SICK (not with a test pair).
        sick: Scored pairs of SICK's TRAIN part.
        dev: STSb dev; ``trial``: SICK TRIAL; ``bitext_dev``: 500 Tatoeba pairs. The choices are made on these.
        test: STSb test; ``sick_test``: SICK TEST; ``bitext_test``: 1,000 Tatoeba pairs.
        counts: Dutch words per million, mixed over registers.
        glossary: English words for Dutch words.
    """

    parallel: list[Parallel]
    parallel_sick: list[Parallel]
    monolingual: list[str]
    sts: list[Pair]
    sts_beside_sick: list[Pair]
    sick: list[Pair]
    dev: list[Pair]
    trial: list[Pair]
    bitext_dev: list[Parallel]
    test: list[Pair]
    sick_test: list[Pair]
    bitext_test: list[Parallel]
    counts: Counter[str]
    glossary: Glossary


def _both_sides(pairs: list[Pair]) -> list[Parallel]:
    """The distinct sentences of scored pairs with their English originals."""
    return sorted(
        {Parallel(*side) for p in pairs for side in ((p.left, p.left_en), (p.right, p.right_en))},
        key=lambda p: (p.dutch, p.english),
    )


def _aligned(dutch: Path, english: Path) -> list[Parallel]:
    return [Parallel(nl, en) for nl, en in zip(sources.read_lines(dutch), sources.read_lines(english), strict=True)]


def _law_sample(lines: list[str], seed: int) -> list[str]:
    """A fixed sample of law sentences of middling length."""
    fit = [line for line in lines if 5 <= line.count(" ") <= 20 and line.endswith(".")]
    chosen = np.random.default_rng(seed).choice(len(fit), size=min(LAW_SENTENCES, len(fit)), replace=False)
    return [fit[i] for i in sorted(chosen)]


def load(data: Path, *, seed: int) -> Corpus:
    """Read all sources and assert that no test pair and no held-out Tatoeba sentence is in the training data.

    Args:
        data: Folder that holds ``embedding``.
        seed: Seed of the sample of law sentences.

    Returns:
        The corpus.

    Raises:
        AssertionError: The hygiene does not hold.
    """
    root = data / "embedding"
    train, dev, test = (sources.read_stsb(root / "stsb-nl", part) for part in ("train", "dev", "test"))
    sick, trial, sick_test = (sources.read_sick(root / "sick-nl", part) for part in ("TRAIN", "TRIAL", "TEST"))
    train = sources.without_pairs(sources.without_shared(train, test), dev + sick_test + trial)
    sts = sources.without_shared(train, sick + trial + sick_test)
    apart = set(sts)
    beside = [p for p in train if p not in apart]
    sick = sources.without_pairs(sources.without_shared(sick, test), sick_test + trial + dev)
    sources.assert_clean(sts + beside + sick, [test, sick_test])

    tatoeba, bitext_dev, bitext_test = sources.split_tatoeba(
        _aligned(root / "tatoeba/eng-nld.nld", root / "tatoeba/eng-nld.eng")
    )
    ntrex = _aligned(root / "ntrex/newstest2019-ref.nld.txt", root / "ntrex/newstest2019-src.eng.txt")
    held = {sources.normal(p.dutch) for p in bitext_dev + bitext_test} | sources.sentences(test)
    held_apart = held | sources.sentences(sick + trial + sick_test + dev)
    parallel = [p for p in tatoeba + ntrex + _both_sides(sts) if sources.normal(p.dutch) not in held_apart]
    parallel_sick = [p for p in _both_sides(sick + beside) if sources.normal(p.dutch) not in held]

    everyday = sources.read_lines(root / "tatoeba/nld-mono-union.txt")
    voice = [s for path in sorted((root / "commonvoice").glob("*.txt")) for s in sources.read_lines(path)]
    laws = sources.read_lines(root / "laws/laws.txt.xz")
    monolingual = [
        s
        for s in dict.fromkeys(everyday + voice + _law_sample(laws, seed))
        if sources.normal(s) not in held_apart and len(words(s)) in MONOLINGUAL_WORDS
    ][:MONOLINGUAL]
    sources.assert_unseen([p.dutch for p in parallel] + monolingual, held_apart)
    sources.assert_unseen([p.dutch for p in parallel_sick], held)

    spoken: Counter[str] = Counter()
    for line in sources.read_lines(root / "frequencywords/nl_50k_2018.txt"):
        word, count = line.split()
        spoken[word] += int(count)
    dutch = frequencies(p.dutch for p in parallel)
    checked = Counter(dict.fromkeys(words(" ".join(sources.read_lines(root / "opentaal/basiswoorden-gekeurd.txt"))), 1))
    clean = (s for s in everyday + voice if sources.normal(s) not in held)
    counts = mixture(
        [(spoken, 0.35), (frequencies(clean), 0.25), (frequencies(laws[::5]), 0.25), (dutch, 0.13), (checked, 0.02)]
    )
    lexicon = read_lexicon(root / "lexicon/nl-en.tsv")
    glossary = Glossary(align(parallel, lexicon), lexicon, frequencies(p.english for p in parallel), counts)
    return Corpus(
        parallel, parallel_sick, monolingual, sts, beside, sick, dev, trial, bitext_dev, test, sick_test, bitext_test,
        counts, glossary,
    )  # fmt: skip
