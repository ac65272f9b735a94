"""The making of the bundled tagger: one convention, restored text, lexicon, scores."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from models.training.tagger.base import LEXICON, add_lexicon, shrink_vectors
from models.training.tagger.conventions import find_disputed, harmonize, restore_compound
from models.training.tagger.corpora import group, group_mixed, make_doc, spaces_after
from models.training.tagger.evaluate import bootstrap, evaluate
from models.training.tagger.sources import Word, is_dutch


def word(form: str, upos: str, lemma: str | None = None, xpos: str = "X", feats: str = "_") -> Word:
    return Word(form, lemma or form.lower(), upos, xpos, feats)


CURRENT = [word("zijn", "PRON", xpos="VNW|bez"), word("eerste", "ADJ", "één", xpos="TW|rang")]
OLDER = [word("zijn", "DET", xpos="_"), word("eerste", "NUM", "één", xpos="_"), word("25", "NUM", xpos="_")]
FIRST = [word("is", "AUX", "ben", xpos="V|hulpofkopp|ott|3|ev")]


def test_the_oldest_release_is_left_out_and_the_older_one_converted() -> None:
    kept = harmonize([CURRENT, OLDER, FIRST])
    assert len(kept) == 2
    assert [(token.form, token.upos) for token in kept[1]] == [("zijn", "PRON"), ("eerste", "ADJ"), ("25", "NUM")]
    assert kept[1][0].feats == "Person=3|Poss=Yes|PronType=Prs"


def test_words_that_two_releases_tag_differently_are_left_open_in_the_older_only() -> None:
    current = [[word("als", "SCONJ", xpos="VG|onder")]] * 5
    older = [[word("als", "ADP", xpos="_"), word("huis", "NOUN", xpos="_")]] * 5
    assert find_disputed([*current, *older]) == {"als"}
    kept = harmonize([*current, *older])
    assert [token.upos for token in kept[0]] == ["SCONJ"]
    assert [(token.upos, token.lemma) for token in kept[-1]] == [("", "als"), ("NOUN", "huis")]


def test_too_few_occurrences_are_no_dispute() -> None:
    assert find_disputed([[word("als", "SCONJ")]] * 4 + [[word("als", "ADP", xpos="_")]] * 9) == frozenset()


@pytest.mark.parametrize(
    ("form", "lemma", "restored"),
    [
        ("zorgvragen", "zorgvraag", "zorgvraag"),
        ("leerlingenraad", "leerlingraad", "leerlingenraad"),
        ("OCMW-medewerkers", "OCMWmedewerker", "OCMW-medewerker"),
        ("gezinsbonden", "gezinbond", "gezinsbond"),
        ("uitgelegd", "uitleggen", "uitleggen"),
        ("steden", "stad", "stad"),
        ("was", "zijn", "zijn"),
    ],
)
def test_lemmas_of_compounds_keep_their_linking_sounds(form: str, lemma: str, restored: str) -> None:
    assert restore_compound(form, lemma) == restored


def test_the_lemma_of_a_verb_gets_no_linking_sound() -> None:
    assert restore_compound("moesten", "moeten", "AUX") == "moeten"


def test_spaces_are_restored_around_quotes_and_brackets() -> None:
    forms = ["Zij", "riep", ":", "'", "Kom", "(", "snel", ")", "!", "'", "En", "toen", "?"]
    text = "".join(form + " " * space for form, space in zip(forms, spaces_after(forms), strict=True))
    assert text == "Zij riep: 'Kom (snel)!' En toen? "


def test_a_document_has_gold_sentences_and_open_tokens_are_missing_for_spacy() -> None:
    nlp = spacy.blank("nl")
    doc = make_doc(nlp, [[word("Ze", "PRON"), word("als", "", feats="")], [word("Ja", "INTJ", feats="A=B")]])
    assert [token.is_sent_start for token in doc] == [True, False, True]
    example = Example(Doc(nlp.vocab, words=["Ze", "als", "Ja"]), doc)
    assert example.get_aligned("MORPH", as_string=True) == ["_", "", "A=B"]
    assert example.get_aligned("POS", as_string=True) == ["PRON", "", "INTJ"]


def test_groups_cover_every_sentence_in_order() -> None:
    sentences = [[word(str(number), "NUM")] for number in range(57)]
    for groups in (list(group(sentences)), list(group_mixed(sentences, 3))):
        assert [token.form for part in groups for sentence in part for token in sentence] == [str(n) for n in range(57)]
    assert list(group_mixed(sentences, 3)) != list(group_mixed(sentences, 4))


def test_foreign_lines_and_headings_are_no_training_text() -> None:
    assert is_dutch("De gemeente zorgt voor opvang in het weekend.")
    assert not is_dutch("Les parties contractantes se réunissent dans la salle.")
    assert not is_dutch("Artikel 3")


def test_the_lexicon_writes_the_class_in_the_field_of_the_lemma() -> None:
    nlp = spacy.blank("nl")
    add_lexicon(nlp, {"lopen": "V", "huizen": "nv"})
    assert [token.lemma_ for token in nlp("Lopen huizen blieb")] == ["V", "nv", "blieb"]
    again = spacy.blank("nl")
    again.add_pipe("lemmatizer", name=LEXICON, config={"mode": "lookup"}).from_bytes(nlp.get_pipe(LEXICON).to_bytes())
    assert [token.lemma_ for token in again("lopen weg")] == ["V", "weg"]


def test_shrinking_keeps_the_angles_of_vectors_that_fit() -> None:
    nlp = spacy.blank("nl")
    rows = np.zeros((4, 6), dtype=np.float32)
    rows[:, 1], rows[:, 4] = [1, 2, 3, 4], [2, 0, -1, 5]
    nlp.vocab.vectors.data = rows
    assert shrink_vectors(nlp, 2) == pytest.approx(1.0)
    small = nlp.vocab.vectors.data
    assert small.shape == (4, 2)
    assert small @ small.T == pytest.approx(rows @ rows.T, abs=1e-4)


def test_scores_count_tokens_lemmas_and_sentences() -> None:
    nlp = spacy.blank("nl")
    nlp.add_pipe("sentencizer")
    gold = make_doc(
        nlp, [[word("Ze", "PRON"), word("zwijgt", "VERB", "zwijgen"), word(".", "PUNCT")], [word("Ja", "X")]]
    )
    scores = evaluate(nlp, [gold])
    assert scores["tokens, raw"].value == 1.0
    assert scores["pos, gold"].value == 0.0
    assert scores["sentences, raw"].value == 1.0


def test_the_interval_holds_the_score_and_is_the_same_each_time() -> None:
    counts = np.array([[8, 10, 10], [9, 10, 10], [10, 10, 10]] * 5)
    score = bootstrap(counts)
    assert score.value == pytest.approx(0.9)
    assert 0.8 < score.low < 0.9 < score.high < 1.0
    assert bootstrap(counts) == score
    assert str(score).startswith(".900 [")
