"""The bundled Dutch pipeline on sentences as notes of a talk have them; only plain spaCy is needed to load it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

FOLDER = Path(__file__).parents[2] / "models" / "bundled" / "tagger"
MAX_BYTES = 25_000_000

pytestmark = pytest.mark.skipif(
    not (FOLDER / "meta.json").is_file(),
    reason="models/bundled/tagger is not there; make it with python -m models.training.tagger.build",
)


@pytest.fixture(scope="module")
def nlp() -> "Language":
    import spacy

    return spacy.load(FOLDER)


def read(doc: "Doc") -> dict[str, tuple[str, str]]:
    return {token.text: (token.lemma_, token.pos_) for token in doc}


def test_the_folder_is_small_and_names_its_licence() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) <= MAX_BYTES
    from spacy.util import load_meta

    meta = load_meta(FOLDER / "meta.json")
    assert meta["license"] == "CC BY-SA 4.0"
    assert {source["name"].split()[0] for source in meta["sources"]} >= {"UD_Dutch-LassySmall,", "OpenTaal", "Tatoeba"}
    assert (FOLDER / "README.md").is_file()


def test_no_path_of_the_training_is_left() -> None:
    text = "".join((FOLDER / name).read_text(encoding="utf-8") for name in ("config.cfg", "meta.json"))
    assert ".spacy" not in text.replace("spacy.", "")
    assert "work/" not in text


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "De brugfiguur heeft de nieuwe regels rustig uitgelegd aan de ouders.",
            {
                "brugfiguur": ("brugfiguur", "NOUN"), "heeft": ("hebben", "AUX"), "nieuwe": ("nieuw", "ADJ"),
                "regels": ("regel", "NOUN"), "uitgelegd": ("uitleggen", "VERB"), "ouders": ("ouder", "NOUN"),
            },
        ),
        (
            "Onze kinderen gaan graag naar de huiswerkbegeleiding in het buurthuis.",
            {
                "kinderen": ("kind", "NOUN"), "gaan": ("gaan", "VERB"),
                "huiswerkbegeleiding": ("huiswerkbegeleiding", "NOUN"), "buurthuis": ("buurthuis", "NOUN"),
            },
        ),
        (
            "Mevrouw Peeters van het OCMW belde gisteren met drie jonge moeders in Gent.",
            {
                "Peeters": ("Peeters", "PROPN"), "OCMW": ("OCMW", "PROPN"), "belde": ("bellen", "VERB"),
                "drie": ("drie", "NUM"), "moeders": ("moeder", "NOUN"), "Gent": ("Gent", "PROPN"),
            },
        ),
        (
            "wachtlijsten bij de opvang, te weinig plaatsen",
            {"wachtlijsten": ("wachtlijst", "NOUN"), "opvang": ("opvang", "NOUN"), "plaatsen": ("plaats", "NOUN")},
        ),
        (
            "er zijn geen speelpleinen in de wijk",
            {"geen": ("geen", "DET"), "speelpleinen": ("speelplein", "NOUN"), "wijk": ("wijk", "NOUN")},
        ),
        (
            "De vrijwilligers hebben de opvoedingsondersteuning goed georganiseerd.",
            {
                "vrijwilligers": ("vrijwilliger", "NOUN"), "georganiseerd": ("organiseren", "VERB"),
                "opvoedingsondersteuning": ("opvoedingsondersteuning", "NOUN"),
            },
        ),
        (
            "Ze kwamen gisteren, maar de bussen rijden niet.",
            {"kwamen": ("komen", "VERB"), "bussen": ("bus", "NOUN"), "rijden": ("rijden", "VERB")},
        ),
    ],
)  # fmt: skip
def test_lemmas_and_parts_of_speech(nlp: "Language", sentence: str, expected: dict[str, tuple[str, str]]) -> None:
    found = read(nlp(sentence))
    assert {word: found[word] for word in expected} == expected


@pytest.mark.parametrize(
    "sentences",
    [
        ["De wachtlijst is te lang.", "Wij bellen elke week terug!", "Wie helpt ons?"],
        ["Dat lukt niet.", "Daarna ging hij weg."],
        ["Je mag je vragen daar gewoon stellen.", "We zorgen voor elkaar."],
        ["De begeleiding kost 2,50 euro per keer.", "Dat is voor ons te veel."],
        ["Een zin zonder einde"],
    ],
)
def test_sentences_end_where_they_should(nlp: "Language", sentences: list[str]) -> None:
    assert [sentence.text for sentence in nlp(" ".join(sentences)).sents] == sentences


def test_every_token_has_a_part_of_speech_a_lemma_and_one_word_as_lemma(nlp: "Language") -> None:
    doc = nlp("Zij heeft het formulier ingevuld en teruggestuurd 🙂 naar info@voorbeeld.be, d.w.z. op 3/11!")
    assert all(token.pos_ and token.lemma_ for token in doc)
    assert not any("_" in token.lemma_ for token in doc)
    assert (read(doc)["heeft"][0], read(doc)["formulier"]) == ("hebben", ("formulier", "NOUN"))


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🙂", "...", "a" * 3000, "Le quartier est calme. The end."])
def test_odd_text_is_tagged_without_an_error(nlp: "Language", text: str) -> None:
    assert nlp(text).text == text


def test_the_same_text_gives_the_same_tags_alone_or_among_others(nlp: "Language") -> None:
    texts = ["De buurt is druk.", "Er komt een speelplein.", "We missen een taalles."]
    among = [[(token.lemma_, token.pos_) for token in doc] for doc in nlp.pipe(texts, batch_size=2)]
    assert among == [[(token.lemma_, token.pos_) for token in nlp(text)] for text in texts]
