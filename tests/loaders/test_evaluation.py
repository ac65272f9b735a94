import hashlib

import numpy as np
import pytest
from scipy.stats import spearmanr

from pipeline.analysis.tokens import TaggedToken
from pipeline.core.errors import InputError
from pipeline.loaders.evaluation import benchmarks, measure
from pipeline.loaders.evaluation.benchmarks import TreebankWord, interval, read_benchmarks
from pipeline.loaders.evaluation.measure import CharacterTfidf, measure_encoder, measure_tagger


def unit(rows) -> np.ndarray:
    array = np.asarray(rows, dtype=np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


class WordVectors:
    """Counts of words, hashed to 64 numbers; takes three words whole."""

    name = "words"
    fingerprint = "1"

    def fits(self, text: str) -> bool:
        return len(text.split()) <= 3

    def encode(self, texts, *, batch_size):
        assert all(self.fits(text) for text in texts)
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, int(hashlib.sha256(word.encode()).hexdigest(), 16) % 64] += 1
        return unit(vectors + 1e-6)


def test_spearman_is_the_one_of_scipy():
    rng = np.random.default_rng(3)
    a = rng.integers(0, 6, 200).astype(float)
    b = a + rng.normal(0, 2, 200).round()
    assert measure.spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)
    assert np.isnan(measure.spearman(np.ones(5), np.arange(5.0)))


def test_the_interval_covers_the_figure_and_is_wider_with_less():
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, 400)
    low, high = interval(lambda rows: float(values[rows].mean()), 400)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
    few = interval(lambda rows: float(values[:40][rows].mean()), 40)
    assert few[1] - few[0] > 2 * (high - low)


def test_similarity_beside_the_baseline():
    angles = np.array([0.1, 0.5, 0.9, 1.3])
    left = unit([[1, 0]] * 4)
    right = unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    figure = measure.similarity("toy", left, right, [5.0, 4.0, 3.0, 1.0], np.array([0.1, 0.2, 0.3, 0.4]))
    assert (figure.value, figure.baseline, figure.chance) == (pytest.approx(1.0), pytest.approx(-1.0), 0.0)
    assert figure.n == 4


def test_retrieval_counts_equal_translations_as_right():
    vectors = unit([[1, 0], [0, 1], [1, 0.1]])
    found = measure.hits(vectors, vectors[[0, 1, 0]], ["the boat", "the garden", "the boat"])
    assert found.tolist() == [1, 1, 1]
    assert measure.hits(vectors, vectors[[1, 0, 2]], ["a", "b", "c"]).tolist() == [0, 0, 1]
    figure = measure.retrieval("toy", np.array([1.0, 1.0, 0.0, 1.0]), np.zeros(4))
    assert (figure.value, figure.baseline, figure.chance) == (0.75, 0.0, 0.25)


def test_clusters_that_fit_and_clusters_that_do_not():
    rng = np.random.default_rng(5)
    centres = np.eye(3)[np.repeat([0, 1, 2], 20)]
    clusters = measure.cluster(unit(centres + rng.normal(0, 0.05, (60, 3))), 3)
    labels = [name for name in ("geld", "tijd", "taal") for _ in range(20)]
    noise = rng.integers(0, 3, 60)
    nmi, ami = measure.scores("toy", clusters, labels, noise)
    assert (nmi.measure, ami.measure) == ("NMI", "AMI")
    assert nmi.value == ami.value == pytest.approx(1.0)
    assert abs(ami.baseline) < 0.1
    assert abs(ami.chance) < 0.02 < nmi.chance < 0.1
    assert ami.low <= 1.0 <= ami.high + 1e-12


def test_text_is_restored_from_words():
    words = [
        TreebankWord(form, form.lower(), "X") for form in ("Zij", "zei", ":", '"', "Ja", "(", "echt", ")", "!", '"')
    ]
    told = [
        TreebankWord("OCMW", "ocmw", "X", False),
        TreebankWord("'s", "'s", "X", True),
        TreebankWord("sluiten", "sluiten", "X", False),
    ]
    read = benchmarks.restore([words, told])
    assert read.text == 'Zij zei: "Ja (echt)!" OCMW\'s sluiten'
    assert (22, 36, "") in read.found["sentence F"]
    assert (22, 26, "ocmw") in read.found["lemma F"]
    assert len(read.found["words F"]) == 13


GOLD = [
    [
        TreebankWord("De", "de", "DET"),
        TreebankWord("boot", "boot", "NOUN"),
        TreebankWord("vaart", "varen", "VERB"),
        TreebankWord(".", ".", "PUNCT"),
    ],
    [TreebankWord("Hij", "hij", "PRON"), TreebankWord("lekt", "lekken", "VERB"), TreebankWord(".", ".", "PUNCT")],
]


def tag_as(*tokens: tuple[str, str, str | None, int]) -> list[TaggedToken]:
    return [TaggedToken(text, lemma, pos, sentence, False) for text, lemma, pos, sentence in tokens]


def test_a_tagger_is_scored_on_words_at_the_same_place():
    gold = benchmarks.restore(GOLD)
    tokens = tag_as(
        ("De", "de", "DET", 0), ("boot", "boot", "NOUN", 0), ("vaart", "vaart", "NOUN", 0), (".", ".", "PUNCT", 0),
        ("Hij lekt", "hij lekt", "X", 0), (".", ".", "PUNCT", 0),
    )  # fmt: skip
    found = benchmarks.locate(gold.text, tokens)
    figures = {f.measure: f for f in benchmarks.compare("toy", [gold], [found], [benchmarks.naive(gold.text, "VERB")])}
    assert figures["words F"].value == pytest.approx(2 * 5 / (6 + 7))
    assert figures["POS F"].value == pytest.approx(2 * 4 / 13)
    assert figures["lemma F"].value == pytest.approx(2 * 4 / 13)
    assert figures["sentence F"].value == 0.0
    assert figures["POS F"].baseline == pytest.approx(2 / 7)
    assert figures["sentence F"].baseline == 1.0


def test_a_tagger_without_parts_of_speech_has_no_figure_for_them():
    gold = benchmarks.restore(GOLD)
    plain = benchmarks.naive(gold.text, "NOUN")
    found = benchmarks.locate(gold.text, tag_as(("De", "de", None, 0)))
    pos = benchmarks.compare("toy", [gold], [found], [plain])[1]
    assert (pos.value, pos.low, pos.high) == (None, None, None)
    assert pos.remark == "this tagger knows no parts of speech"


def test_a_tagger_that_invents_a_word_is_refused():
    with pytest.raises(ValueError, match="not in its text") as caught:
        benchmarks.locate("De boot", tag_as(("kas", "kas", None, 0)))
    assert "kas" not in str(caught.value)


def test_the_baseline_likes_texts_that_share_parts_of_words():
    texts = ["De huiswerkklas zit vol", "Huiswerkbegeleiding na school", "Wij roeien op zondag"]
    likeness = CharacterTfidf(texts).likeness(texts, texts)
    np.testing.assert_allclose(np.diag(likeness), 1)
    assert likeness[0, 1] > 2 * likeness[0, 2]
    assert CharacterTfidf(texts).dense(texts).shape == (3, 3)


@pytest.fixture
def folder(tmp_path):
    contents = {
        "sts/eigen.tsv": "de boot vaart\tde boot vaart weg\t5\nde boot\teen kas\t1\nde kas\tde tuin\t2\nzee\thei\t0\n",
        "bitext/eigen.tsv": "de boot\tthe boot\nde kas\ta kas\neen zee\tone zee\n",
        "clustering/eigen.tsv": "text\tlabel\n"
        + "boot zee\twater\nboot vaart\twater\nkas bloem\ttuin\nkas wied\ttuin\n" * 5,
        "tagging/eigen.tsv": "De\tde\tDET\nboot\tboot\tNOUN\n\nHij\thij\tPRON\nlekt\tlekken\tVERB\n",
        "tagging/ud-prepared/test-toy.conllu": "# text = x\n1\tZee\tzee\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No\n"
        "2-3\tx\t_\t_\t_\t_\t_\t_\t_\t_\n2\t!\t!\tPUNCT\t_\t_\t1\tpunct\t_\t_\n",
        "embedding/sick-nl/SICK_NL.txt": "sentence_A\tsentence_B\trelatedness_score\tSemEval_set\n"
        'de "boot\tde boot\t4.5\tTEST\nde kas\tzee\t1\tTEST\nzee\tde zee\t4\tTEST\nweg\tweg\t5\tTRAIN\n',
        "embedding/tatoeba/eng-nld.nld": "de boot\nde kas\n",
        "embedding/tatoeba/eng-nld.eng": "the boat\nthe greenhouse\n",
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def test_reading_a_folder(folder):
    found = read_benchmarks(folder, "encoder")
    assert [(pairs.name, len(pairs.left)) for pairs in found.similarity] == [("eigen", 4), ("sick-nl-test", 3)]
    assert found.similarity[1].left[0] == 'de "boot'
    assert [(pairs.name, len(pairs.dutch)) for pairs in found.translations] == [("eigen", 3), ("tatoeba-nl-en", 2)]
    assert (len(found.labelled[0].texts), set(found.labelled[0].labels)) == (20, {"water", "tuin"})
    assert found.treebanks == ()
    own, toy = read_benchmarks(folder, "tagger").treebanks
    assert [len(sentence) for sentence in own.sentences] == [2, 2]
    assert toy.sentences == ((TreebankWord("Zee", "zee", "NOUN", False), TreebankWord("!", "!", "PUNCT", True)),)


def test_the_whole_of_an_encoder(folder):
    figures, pace = measure_encoder(WordVectors(), read_benchmarks(folder, "encoder"))
    named = {(figure.data, figure.measure): figure for figure in figures}
    assert len(named) == 6
    assert named["eigen", "Spearman"].value > 0.5
    assert named["eigen", "accuracy at 1"].value == 1.0
    assert named["eigen", "AMI"].value == pytest.approx(1.0)
    assert pace.n > 10


def test_another_encoder_reads_the_other_language(folder):
    class Other(WordVectors):
        name = "other"

        def encode(self, texts, *, batch_size):
            return super().encode([text.replace("the boat", "de boot") for text in texts], batch_size=batch_size)

    class Narrow(WordVectors):
        def encode(self, texts, *, batch_size):
            return np.ones((len(texts), 3), dtype=np.float32)

    benchmarks = read_benchmarks(folder, "encoder")
    figures, _ = measure_encoder(WordVectors(), benchmarks, other=Other())
    tatoeba = next(figure for figure in figures if figure.data == "tatoeba-nl-en")
    assert tatoeba.value >= 0.5
    assert tatoeba.remark == "other language read by other"
    figures, _ = measure_encoder(WordVectors(), benchmarks, other=Narrow())
    tatoeba = next(figure for figure in figures if figure.data == "tatoeba-nl-en")
    assert (tatoeba.value, tatoeba.remark) == (None, "vectors of 64 and 3 numbers cannot be compared")


def test_the_whole_of_a_tagger(folder):
    class Splitter:
        name, fingerprint = "splitter", "1"

        def tag(self, texts):
            for text in texts:
                yield tag_as(*((word, word.lower(), "NOUN", 0) for word in text.split()))

    figures, pace = measure_tagger(Splitter(), read_benchmarks(folder, "tagger"))
    named = {(figure.data, figure.measure): figure.value for figure in figures}
    assert named["eigen", "words F"] == 1.0
    assert named["eigen", "POS F"] == 0.25
    assert named["eigen", "lemma F"] == 0.75
    assert named["eigen", "sentence F"] == 0.0
    assert named["test-toy", "words F"] == 0.0
    assert pace.n == 5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("sts/x.tsv", "a\tb\t1\na\tb\n", "sts/x.tsv: line 2 has 2 columns and not 3"),
        ("sts/x.tsv", "a\tb\t1\na\tb\thoog\nc\td\t2\n", "sts/x.tsv: line 2: the score is no number"),
        ("sts/x.csv", "een,twee,3\n", "holds fewer than 3 pairs"),
        ("bitext/x.tsv", "a\tb\n", "holds fewer than 2 pairs"),
        ("clustering/x.tsv", "a\tb\nc\tb\n", "holds fewer than 2 labels"),
        ("embedding/sick-nl/SICK_NL.txt", "a\tb\n", "lacks a column of SICK"),
        ("embedding/tatoeba/eng-nld.nld", "a\nb\n", "has 2 lines and its translation 0"),
    ],
)
def test_a_bad_benchmark_says_what_is_wrong(tmp_path, name, content, message):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_benchmarks(tmp_path, "encoder")
    assert message in str(caught.value)


def test_a_folder_without_benchmarks(tmp_path):
    with pytest.raises(InputError, match="holds no benchmark for taggers. Put there sts/"):
        read_benchmarks(tmp_path, "tagger")
    with pytest.raises(InputError, match="is no folder"):
        read_benchmarks(tmp_path / "nowhere", "tagger")
    (tmp_path / "tagging").mkdir()
    (tmp_path / "tagging" / "x.tsv").write_bytes(b"\xff\xfe\tx\n")
    with pytest.raises(InputError, match="tagging/x.tsv: is not UTF-8 text"):
        read_benchmarks(tmp_path, "tagger")
    (tmp_path / "tagging" / "x.tsv").write_text("De\tde\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1 has 2 columns, and neither 3 nor the 10"):
        read_benchmarks(tmp_path, "tagger")
