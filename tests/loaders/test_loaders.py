import os
import subprocess
import sys
import threading
import warnings
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from models import registry
from pipeline.core.config import load_config
from pipeline.core.errors import ModelMissingError
from pipeline.loaders import choose, load_encoder, load_tagger
from pipeline.loaders.choices import choose_encoder, choose_tagger
from pipeline.loaders.dutch_lemmas import lemmatize
from pipeline.loaders.environment import OFFLINE, hash_folder, heavy_import
from pipeline.loaders.taggers import mend_lemma, read_stop_words


@pytest.fixture(scope="module")
def tagger():
    return load_tagger("simplemma")


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    """An empty place for bundled and fetched models."""
    monkeypatch.setattr(registry, "MODELS_FOLDER", tmp_path)
    monkeypatch.setattr(registry, "STORE_FOLDER", tmp_path / "store")
    return tmp_path


def tag_one(tagger, text: str):
    return next(iter(tagger.tag([text])))


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        ("Kinderen", "kind"),
        ("OCMW's", "ocmw"),
        ("CLB's", "clb"),
        ("uitgelegd", "uitleggen"),
        ("samenwerken", "samenwerken"),
        ("brugfiguren", "brugfiguur"),
        ("moedergroepen", "moedergroep"),
        ("opvoedingsvragen", "opvoedingsvraag"),
        ("leefgroepbegeleiders", "leefgroepbegeleider"),
        ("huiswerkbegeleiding", "huiswerkbegeleiding"),
        ("thuisbegeleidingsdiensten", "thuisbegeleidingsdienst"),
        ("OCMW-medewerkers", "ocmw-medewerker"),
        ("kindjes", "kind"),
        ("boekje", "boek"),
        ("meisjes", "meisje"),
        ("jongeren", "jongere"),
        ("workshops", "workshop"),
        ("xqzv", "xqzv"),
    ],
)
def test_lemmas(word, lemma):
    assert lemmatize(word) == lemma


@pytest.mark.parametrize("abbreviation", ["a.d.h.v.", "i.h.k.v.", "z.g.n.", "T.t.z.", "m.b.t.", "M.b.t.", "bv."])
def test_abbreviations_stay_whole_and_end_no_sentence(tagger, abbreviation):
    tokens = tag_one(tagger, f"Wij spelen {abbreviation} oude kaarten.")
    assert [token.text for token in tokens] == ["Wij", "spelen", abbreviation, "oude", "kaarten", "."]
    assert {token.sentence for token in tokens} == {0}


def test_curly_apostrophes_are_kept_as_written(tagger):
    tokens = tag_one(tagger, "Alle OCMW’s, elk OCMW ’s avonds, en z’n huis")
    assert [token.text for token in tokens] == [
        "Alle",
        "OCMW’s",
        ",",
        "elk",
        "OCMW",
        "’s",
        "avonds",
        ",",
        "en",
        "z’n",
        "huis",
    ]
    assert [token.lemma for token in tokens if "OCMW" in token.text] == ["ocmw", "ocmw"]
    assert next(token for token in tokens if token.text == "’s").is_stop
    assert next(token for token in tokens if token.text == "z’n").is_stop


def test_sentences_are_counted(tagger):
    tokens = tag_one(tagger, "Ik vis hier, enz. Daarna eten wij. Klaar!")
    assert [(token.text, token.sentence) for token in tokens if token.text in ("Ik", "Daarna", "Klaar")] == [
        ("Ik", 0),
        ("Daarna", 1),
        ("Klaar", 2),
    ]


def test_texts_come_back_in_order_even_when_empty(tagger):
    assert [[token.text for token in tokens] for tokens in tagger.tag(["zee", "", "bos  hei"])] == [
        ["zee"],
        [],
        ["bos", "hei"],
    ]


def test_the_stop_list_holds_words_of_every_group():
    words = read_stop_words()
    assert {"de", "zij", "niet", "euh", "amai", "zegt", "vinden", "m.b.t.", "'s", "respondent"} <= words
    assert not {"huiswerk", "school", "geld", "vertrouwen", "kind"} & words
    assert all(word == word.lower() and "’" not in word for word in words)


def test_auto_takes_what_is_present(models_folder):
    assert choose_encoder("auto").name == "tfidf-svd"
    assert choose_tagger("auto").name in ("nl_core_news_md", "simplemma")


def test_auto_takes_a_bundled_tagger_when_its_folder_is_there(models_folder):
    import spacy

    nlp = spacy.blank("nl")
    nlp.add_pipe("attribute_ruler").add([[{"LOWER": "zee"}]], {"POS": "NOUN", "LEMMA": "zee"})
    (models_folder / "bundled").mkdir()
    nlp.to_disk(models_folder / "bundled" / "tagger")
    choice = choose_tagger("bundled-tagger")
    tokens = tag_one(choice.load(), "De zee. Groot")
    assert [(token.text, token.pos, token.sentence) for token in tokens] == [
        ("De", None, 0),
        ("zee", "NOUN", 0),
        (".", None, 0),
        ("Groot", None, 1),
    ]
    assert choose_tagger("auto").name in ("nl_core_news_md", "bundled-tagger")
    assert load_tagger(str(models_folder / "bundled" / "tagger")).name == "tagger"


def test_auto_takes_a_bundled_encoder_when_its_folder_is_there(models_folder):
    folder = models_folder / "bundled" / "encoder"
    folder.mkdir(parents=True)
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    first = choose_encoder("auto")
    assert first.name == "bundled"
    (folder / "model.safetensors").write_bytes(b"1")
    assert choose_encoder("auto").fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("clips/e5-small-trm-nl", "dialoogtafel models fetch clips/e5-small-trm-nl"),
        ("tfidf-sdv", "Did you mean 'tfidf-svd'?"),
        ("bundled-static", "does not come with this version"),
        ("simplemma", "Known: auto, bundled, "),
        ("nobody/nothing", "nothing is downloaded during a run"),
    ],
)
def test_a_missing_encoder_fails_at_once_and_says_how_to_get_it(models_folder, tmp_path, monkeypatch, name, hint):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "empty"))
    with pytest.raises(ModelMissingError) as caught:
        load_encoder(name)
    assert str(caught.value).startswith(f"encoder '{name}' is not on this machine")
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nl_core_news_lg", "dialoogtafel models fetch nl_core_news_lg"),
        ("nl_core_news_mdd", "Did you mean 'nl_core_news_md'?"),
        ("bundled-tagger", "does not come with this version"),
        ("os.path", "Known: auto, "),
    ],
)
def test_a_missing_tagger_fails_at_once_and_says_how_to_get_it(models_folder, name, hint):
    with pytest.raises(ModelMissingError) as caught:
        load_tagger(name)
    assert hint in str(caught.value)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelMissingError, match=r"holds no spaCy pipeline \(meta.json is missing\)"):
        load_tagger(str(tmp_path))
    with pytest.raises(ModelMissingError, match="holds no sentence encoder"):
        load_encoder(str(tmp_path))


def test_choosing_by_role():
    config = load_config(overrides={"tokens": {"tagger": "simplemma"}, "embeddings": {"encoder": "tfidf-svd"}})
    names = [choose(role, config).name for role in ("tagger", "encoder", "engine")]
    assert names == ["simplemma", "tfidf-svd", "bertopic-ward"]
    umap = load_config(overrides={"topics": {"engine": "umap"}})
    assert choose("engine", umap).name == "bertopic-umap"
    assert choose("engine", umap).fingerprint != choose("engine", config).fingerprint
    with pytest.raises(KeyError):
        choose("oracle", config)


def test_the_encoder_that_is_trained_on_the_spot():
    encoder = load_encoder("tfidf-svd")
    texts = [
        "De huiswerkklas zit vol",
        "Huiswerkbegeleiding na school",
        "Een huiswerkbegeleider uit de straat",
        "Wij roeien op zondag",
        "De roeiboot lekt",
        "Roeiers zoeken een stuurvrouw",
    ]
    vectors = encoder.encode(texts, batch_size=8)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors.tobytes() == encoder.encode(texts, batch_size=1).tobytes()
    likeness = vectors @ vectors.T
    assert likeness[1, 2] > 0.2 > likeness[1, 4]
    assert likeness[4, 5] > likeness[2, 5]
    assert encoder.fits("woord " * 10_000)


def test_the_encoder_that_is_trained_on_the_spot_takes_few_texts():
    encoder = load_encoder("tfidf-svd")
    assert encoder.encode([], batch_size=8).shape[0] == 0
    np.testing.assert_allclose(np.abs(encoder.encode(["De boot"], batch_size=8)), [[1.0]], atol=1e-6)
    assert np.abs(encoder.encode(["en de", "het"], batch_size=8)).max() == 0
    mixed = encoder.encode(["boot", "en de", "kas"], batch_size=8)
    np.testing.assert_allclose(np.linalg.norm(mixed, axis=1), [1, 0, 1], atol=1e-6)


def test_hidden_packages_look_absent_in_this_thread_and_only_within_the_block():
    seen = {}

    def look():
        seen["other"] = find_spec("wave") is not None

    before = list(sys.meta_path)
    sys.modules.pop("wave", None)
    with heavy_import(hidden=("wave",)):
        with pytest.raises(ModuleNotFoundError, match="wave"):
            import_module("wave")
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == {"other": True}
    assert sys.meta_path == before
    assert import_module("wave").__name__ == "wave"


def test_the_way_is_cleared_after_an_error_and_filters_are_restored():
    before, filters = list(sys.meta_path), list(warnings.filters)
    with pytest.raises(RuntimeError, match="stop"), heavy_import(hidden=("wave",)):
        warnings.filterwarnings("ignore", message="all of it")
        raise RuntimeError("stop")
    assert sys.meta_path == before
    assert list(warnings.filters) == filters


def test_a_postponed_module_is_loaded_where_something_of_it_is_used_and_afterwards():
    code = """if True:
        import sys
        from pipeline.core.process import postponed
        loaded = lambda: hasattr(sys.modules.get("wsgiref.util"), "__file__")
        with postponed(["wsgiref.util", "wave", "xml.dom"]):
            from wsgiref.util import guess_scheme
            import wsgiref.util, wave
            assert not loaded() and not hasattr(wave, "__file__")
            assert guess_scheme({}) == "http"
            assert loaded() and guess_scheme.__name__ == "guess_scheme"
            class Reader(wave.Wave_read):
                pass
            assert Reader.__mro__[1].__module__ == "wave"
            import xml.dom.minidom
            assert xml.dom.minidom.parseString("<a/>").documentElement.tagName == "a"
            with postponed(["csv"]):
                import csv
        import csv
        assert csv.reader(["a"]) and wsgiref.util.guess_scheme({}) == "http" and wave.Error
        assert not [finder for finder in sys.meta_path if type(finder).__name__ == "_Postponed"]
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_heavy_imports_are_offline(monkeypatch):
    for name in OFFLINE:
        monkeypatch.delenv(name, raising=False)
    with heavy_import():
        assert {name: os.environ[name] for name in OFFLINE} == OFFLINE


def test_the_hash_of_a_folder_changes_with_names_and_bytes(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    first = hash_folder(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x").write_text("9", encoding="utf-8")
    assert hash_folder(tmp_path) == first
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = hash_folder(tmp_path)
    (tmp_path / "b").write_text("2", encoding="utf-8")
    assert len({first, renamed, hash_folder(tmp_path)}) == 3


DEFAULT_PATH = """
import sys
from pipeline.core.config import load_config
from pipeline.loaders import choose
from pipeline.analysis.topics.tree import make_views
heavy = {"spacy", "sklearn", "bertopic", "torch", "transformers", "umap", "hdbscan", "numba", "simplemma",
    "sentence_transformers", "weasel", "typer", "requests"}
config = load_config(overrides={"tokens": {"tagger": sys.argv[1]}, "embeddings": {"encoder": sys.argv[2]}})
choices = [choose(role, config) for role in ("tagger", "encoder", "engine")]
print(sorted(heavy & set(sys.modules)))
tagger, encoder, engine = [choice.load() for choice in choices]
assert [token.text for token in next(tagger.tag(["De zee"]))] == ["De", "zee"]
documents = ["boot zee", "boot haven", "kas wortel", "kas gieter"] * 5
vectors = encoder.encode(documents, batch_size=8)
fit = engine.fit(documents, make_views(vectors.astype(float), documents), n_topics=2)
assert set(fit.labels) == {0, 1}, fit.labels
assert fit.rank_words(fit.labels)[fit.labels[0]][0] == "boot"
print(sorted(heavy & set(sys.modules)))
import umap, hdbscan
"""


@pytest.mark.parametrize("models", [("simplemma", "tfidf-svd"), ("bundled-tagger", "bundled")])
def test_the_default_path_loads_bertopic_but_neither_torch_nor_numba_nor_command_lines_of_others(models):
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DEFAULT_PATH, *models], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    chosen, used = ran.stdout.splitlines()
    assert chosen == "[]"
    assert used == "['bertopic', 'simplemma', 'sklearn', 'spacy']"
    assert ran.stderr == ""


class Word:
    """As much of a spaCy token as the mending of lemmas reads."""

    def __init__(self, text, pos, lemma):
        self.text, self.lower_, self.pos_, self.lemma_ = text, text.lower(), pos, lemma


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        (Word("faalde", "VERB", "falan"), "falen"),  # no word: the word list's
        (Word("liep", "VERB", "lopen"), "lopen"),  # a base form of its class: kept
        (Word("huizen", "NOUN", "huis"), "huis"),
        (Word("uitgelegd", "VERB", "uit_leggen"), "uitleggen"),  # one word
        (Word("fietste", "VERB", "fietst"), "fietst"),  # the other is no better: kept
        (Word("Jongeren", "NOUN", "jong"), "jongere"),  # both are wrong
        (Word("Ria", "PROPN", "Ria"), "ria"),
    ],
)
def test_an_invented_lemma_gives_way_to_a_known_one(word, lemma):
    classes = {"falen": "V", "lopen": "VN", "huis": "N", "uitleggen": "V", "jong": "A"}
    words = {"faalde": "falen", "fietste": "fietsje"}
    mended = mend_lemma(
        word, classes=classes, exceptions={"jongeren": "jongere"}, lemmatize=lambda text: words.get(text, text)
    )
    assert mended == lemma
