"""Terms and labels: lemmas, parts of compounds, phrases; what is left out and what comes first."""

from pipeline.analysis.topics.labels import FragmentTerms, choose_keywords, find_terms, gather_words, make_labels
from pipeline.core.tables import table_from_rows

STOP = frozenset({"de", "het", "een", "van", "voor", "aan", "is", "te"})


def tokens_of(*said: tuple[str, str]):
    """Fragments as ``word/lemma/POS`` apart by spaces."""
    rows = []
    for fragment_id, text in said:
        for i, token in enumerate(text.split()):
            word, lemma, pos = (token.split("/") + ["", ""])[:3]
            is_stop = word.lower() in STOP
            row = {"fragment_id": fragment_id, "i": i, "sentence": 0, "text": word, "lemma": lemma or word.lower()}
            rows.append(row | {"pos": pos or None, "is_stop": is_stop, "is_content": not is_stop and word != "."})
    return table_from_rows(rows, "tokens")


def test_words_are_written_as_they_mostly_stand_in_the_text():
    tokens = tokens_of(
        ("f-1", "Kinderen/kind/NOUN . kinderen/kind/NOUN"),
        ("f-2", "kind/kind/NOUN . OCMW/ocmw/PROPN . zingen/zingen/VERB"),
    )
    words = gather_words(tokens, ["f-2", "f-9", "f-1"])
    assert words.documents == ("kind ocmw zingen", "", "kind kind")
    assert dict(words.written) == {"kind": "kinderen", "ocmw": "OCMW", "zingen": "zingen"}
    assert words.names == {"kind", "ocmw"}


def test_phrases_are_those_that_come_back():
    tokens = tokens_of(
        ("f-1", "Lange/lang/ADJ wachttijden/wachttijd/NOUN"),
        (
            "f-2",
            "lange/lang/ADJ wachttijd/wachttijd/NOUN . gebrek/gebrek/NOUN aan/aan/ADP een/een/DET bus/bus/NOUN",
        ),
        ("f-3", "oude/oud/ADJ boot/boot/NOUN . gebrek/gebrek/NOUN aan/aan/ADP bussen/bus/NOUN"),
    )
    words = gather_words(tokens, ["f-1", "f-2", "f-3"])
    assert words.documents[0] == "lang wachttijd lang_wachttijd"
    assert words.documents[1].split() == ["lang", "wachttijd", "gebrek", "bus", "lang_wachttijd", "gebrek_aan_bus"]
    assert "oud_boot" not in words.documents[2].split()
    assert words.written["gebrek_aan_bus"] in ("gebrek aan bussen", "gebrek aan een bus")


def test_no_phrase_across_a_mark_or_a_verb():
    tokens = tokens_of(
        *[(f"f-{i}", "boot/boot/NOUN . kas/kas/NOUN zingen/zingen/VERB deeg/deeg/NOUN") for i in range(3)]
    )
    assert {term.lemma for term in find_terms(tokens)["f-0"]} == {"boot", "kas", "zingen", "deeg"}


def test_without_parts_of_speech_two_content_words_side_by_side_are_a_phrase():
    tokens = tokens_of(*[(f"f-{i}", "de lange wachttijd") for i in range(2)])
    assert gather_words(tokens, ["f-0"]).documents == ("lange wachttijd lange_wachttijd",)


def test_parts_of_compounds_count_where_they_stand_elsewhere_too():
    tokens = tokens_of(
        ("f-1", "huiswerkbegeleiding/huiswerkbegeleiding/NOUN"), ("f-2", "begeleiding/begeleiding/NOUN"),
        ("f-3", "checklist/checklist/NOUN"),
    )  # fmt: skip
    words = gather_words(tokens, ["f-1", "f-2", "f-3"])
    assert words.documents == ("huiswerkbegeleiding begeleiding", "begeleiding", "checklist")


def test_a_lemma_with_a_blank_or_an_underscore_stays_one_word():
    tokens = tokens_of(("f-1", "teamoverleg/team_overleg/NOUN"))
    tokens.loc[0, "lemma"] = "team _overleg"
    assert gather_words(tokens, ["f-1"]).documents == ("team-overleg",)


def test_common_words_are_left_out_and_rare_ones_come_last():
    documents = ("dorp boot", "dorp boot", "dorp kas anker", *["dorp"] * 13)
    words = FragmentTerms(documents, {word: word for word in ("dorp", "boot", "kas", "anker")})
    labels = [0, 0, 0] + [1] * 13
    chosen = choose_keywords({0: ["dorp", "anker", "boot", "kas"], 1: ["dorp"]}, labels, words, n_keywords=2)
    assert chosen == {0: ["boot", "anker"], 1: []}


def test_a_large_topic_keeps_its_own_word_and_what_is_common_everywhere_goes():
    documents = (
        ("dorp bus halte",) * 6 + ("dorp bus tram",) * 6 + ("dorp rusthuis soep",) * 6 + ("dorp rusthuis bed",) * 6
    )
    words = FragmentTerms(
        documents, {word: word for word in ("dorp", "bus", "halte", "tram", "rusthuis", "soep", "bed")}
    )
    ranked = {0: ["dorp", "bus", "halte", "tram"], 1: ["dorp", "rusthuis", "soep", "bed"]}
    chosen = choose_keywords(ranked, [0] * 12 + [1] * 12, words, n_keywords=2)
    assert chosen == {0: ["bus", "halte"], 1: ["rusthuis", "soep"]}


def test_given_names_and_parts_that_are_no_words_do_not_describe_a_topic():
    tokens = tokens_of(
        ("f-1", "Ria/ria/PROPN zingt/zingen/VERB . intergemeentelijk/intergemeentelijk/NOUN"),
        ("f-2", "Ria/ria/PROPN . interculturele/intercultureel/NOUN . elke/elke/NOUN"),
    )
    found = {term.lemma for terms in find_terms(tokens).values() for term in terms}
    assert found == {"zingen", "intergemeentelijk", "intercultureel", "elke"}


def test_no_label_says_nearly_the_same_twice():
    documents = ("huiswerkbegeleiding begeleiding opvoeden opvoeding boot",) * 3
    terms = ["huiswerkbegeleiding", "begeleiding", "opvoeding", "opvoeden", "boot"]
    chosen = choose_keywords(
        {0: terms}, [0] * 3, FragmentTerms(documents, {term: term for term in terms}), n_keywords=5
    )
    assert chosen == {0: ["huiswerkbegeleiding", "opvoeding", "boot"]}
    noun_and_verb = FragmentTerms(("vraag vragen",) * 3, {"vraag": "vragen", "vragen": "vragen"})
    assert choose_keywords({0: ["vraag", "vragen"]}, [0] * 3, noun_and_verb, n_keywords=5) == {0: ["vragen"]}


def test_a_phrase_stands_in_for_its_word_when_it_holds_half_of_it():
    written = {"wachttijd": "wachttijd", "lang_wachttijd": "lange wachttijd", "lang": "lange"}
    often = FragmentTerms(("wachttijd lang lang_wachttijd",) * 2 + ("wachttijd",) * 2, written)
    assert choose_keywords({0: ["wachttijd", "lang", "lang_wachttijd"]}, [0] * 4, often, 3) == {0: ["lange wachttijd"]}
    seldom = FragmentTerms(("wachttijd lang lang_wachttijd",) * 2 + ("wachttijd",) * 6, written)
    assert choose_keywords({0: ["wachttijd", "lang_wachttijd"]}, [0] * 8, seldom, 3) == {0: ["wachttijd"]}


def test_a_word_leads_only_where_it_is_most_at_home():
    documents = ("boot kas",) * 2 + ("boot deeg",) * 4 + ("gist",) * 24
    words = FragmentTerms(documents, {term: term for term in ("boot", "kas", "deeg", "gist")})
    labels = [0] * 2 + [1] * 4 + [2] * 24
    ranked = {0: ["boot", "kas"], 1: ["boot", "deeg"], 2: ["gist"]}
    chosen = choose_keywords(ranked, labels, words, n_keywords=3)
    assert chosen[0] == ["boot", "kas"]  # equally at home in both: the first has it
    assert chosen[1] == ["deeg", "boot"]


def test_nouns_come_before_verbs():
    words = FragmentTerms(("zingen boot",) * 3, {"zingen": "zingen", "boot": "boot"}, frozenset({"boot"}))
    assert choose_keywords({0: ["zingen", "boot"]}, [0] * 3, words, 2) == {0: ["boot", "zingen"]}
    assert make_labels({0: ["zingen", "boot"]}, [0] * 3, words) == {0: "boot"}


def test_a_label_leaves_out_what_few_fragments_hold_and_fillers():
    documents = ("boot rest",) * 4 + ("boot haven",) * 4 + ("boot steiger", "gist rest", "gist rest")
    words = FragmentTerms(documents, {term: term for term in ("boot", "rest", "haven", "steiger", "gist")})
    labels = [0] * 9 + [1] * 2
    ranked = {0: ["rest", "boot", "steiger", "haven"], 1: ["rest", "gist"]}
    chosen = choose_keywords(ranked, labels, words, n_keywords=4)
    assert chosen == {0: ["boot", "haven", "rest", "steiger"], 1: ["rest", "gist"]}
    assert make_labels(chosen, labels, words) == {0: "boot, haven, rest", 1: "rest, gist"}


def test_three_letters_are_enough_for_a_phrase_and_its_word_to_say_the_same():
    words = FragmentTerms(("bus bus_halte",) * 3, {"bus": "bus", "bus_halte": "bushalte hier"})
    assert len(choose_keywords({0: ["bus", "bus_halte"]}, [0] * 3, words, 2)[0]) == 1
