import re
import zlib
from itertools import cycle, islice

import numpy as np
import pandas as pd
import pytest

from pipeline.analysis.codebook.guided import guide
from pipeline.analysis.codebook.space import find_examples, read_codes
from pipeline.analysis.codebook.taught import teach
from pipeline.core.config import load_config
from pipeline.core.errors import TableError
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.vocabulary import Scheme

CONFIG = load_config()
REMARKS = {
    "fiets": ["De fiets stond weer in de gang", "Mijn fietsband was lek en niemand plakt die band",
              "Elke fiets heeft een bel",
              "Wij stallen de fietsen achter het schuurtje", "Een lekke band plakken kan iedereen leren"],
    "soep": ["De soep was te zout vandaag", "Er drijft prei in de soep", "Zonder ajuin smaakt geen enkele soep",
             "Wij koken de prei een uur met ajuin", "Zout komt pas op het einde in de pot"],
    "muziek": ["De fanfare speelt te luid", "Op zondag oefent het koor in de kerk",
               "Een trompet hoort ge door alle muren",
               "Het koor zoekt een nieuwe stem", "Trommels en trompet gaan samen op stap"],
}  # fmt: skip
CODEBOOK = [
    ("theme", "fiets", None, "Fiets en band", "Alles over fietsen, banden en stallen",
     ["Mijn fiets heeft geen zadel meer"]),
    ("theme", "soep", None, "Soep", "Koken van soep met prei en ajuin", []),
    ("theme", "muziek", None, "Muziek maken", "Fanfare, koor en trompet", []),
    ("subtheme", "lek", "fiets", "Een lekke band plakken", None, []),
    ("subtheme", "zout", "soep", "Zout in de soep", None, []),
    ("subtheme", "koor", "muziek", "Het koor oefent", None, []),
]  # fmt: skip


class Hashing:
    """Words to places in a vector: equal words meet, and nothing else does."""

    name = fingerprint = "hashing"

    def encode(self, texts, *, batch_size):
        del batch_size
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word[:5].encode()) % 64] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def codebook(rows=CODEBOOK):
    return table_from_rows(
        [
            {"scheme": scheme, "code": code, "position": i, "parent": parent, "label": label, "definition": definition,
             "examples": examples, "example_fragment_ids": []}
            for i, (scheme, code, parent, label, definition, examples) in enumerate(rows)
        ],
        "codebook",
    )  # fmt: skip


def inputs(texts, *, sessions=None):
    ids = [f"f-{i:03d}" for i in range(len(texts))]
    fragments = table_from_rows(
        [
            {"fragment_id": ids[i], "utterance_id": f"u:{i:05d}", "source_id": "u",
             "session": sessions[i] if sessions else f"tafel {i % 4}", "line": i + 1, "char_start": 100 * i,
             "char_end": 100 * i + 9, "text": text, "n_words": len(text.split()), "kind": "turn", "status": "used",
             "heading_path": [], "block": f"b{i}"}
            for i, text in enumerate(texts)
        ],
        "fragments",
    )  # fmt: skip
    stop = {"de", "het", "een", "in", "en", "te", "op", "er", "wij", "was", "weer", "met", "die", "is"}
    words = [
        {"fragment_id": ids[i], "i": k, "sentence": 0, "text": word, "lemma": word.lower(), "pos": "NOUN",
         "is_stop": word.lower() in stop, "is_content": word.lower() not in stop}
        for i, text in enumerate(texts)
        for k, word in enumerate(re.findall(r"\w+", text))
    ]  # fmt: skip
    vectors = Hashing().encode(texts, batch_size=8)
    embeddings = [{"fragment_id": ids[i], "vector": vectors[i]} for i in range(len(texts))]
    return fragments, table_from_rows(words, "tokens"), table_from_rows(embeddings, "embeddings")


def human(codes, scheme="theme", coder="A"):
    rows = [
        {"coder": coder, "fragment_id": fragment, "scheme": scheme, "code": code, "rank": 1, "char_start": 0,
         "char_end": 1}
        for fragment, code in codes.items()
    ]  # fmt: skip
    return table_from_rows(rows, "human_codings")


def run(tables, book=None, codings=None, topics=None):
    book = codebook() if book is None else book
    topics = empty_table("topic_assignments") if topics is None else topics
    guided = guide(*tables, book, topics, config=CONFIG.guided, encoder=Hashing())
    given = empty_table("human_codings") if codings is None else codings
    taught = teach(*tables, book, guided.tables["codebook_scores"], given, config=CONFIG.taught)
    return guided, taught


def firsts(table, scheme="theme"):
    rows = table.loc[(table["scheme"] == scheme) & (table["rank"] == 1) & table["assigned"]]
    return dict(zip(rows["fragment_id"], rows["code"], strict=True))


TEXTS = [text for remarks in REMARKS.values() for text in remarks]
GOLD = {f"f-{i:03d}": theme for i, theme in enumerate(theme for theme, said in REMARKS.items() for _ in said)}


def test_the_codebook_alone_finds_most_themes_and_says_by_which_words():
    guided, taught = run(inputs(TEXTS))
    found = firsts(guided.tables["guided_codings"])
    assert sum(found.get(fragment) == theme for fragment, theme in GOLD.items()) >= 12
    assert found["f-006"] == "soep"
    rows = guided.tables["guided_codings"].set_index(["fragment_id", "scheme", "rank"])
    assert set(rows.loc[("f-006", "theme", 1), "evidence"]) >= {"prei", "soep"}
    assert rows.loc[("f-006", "theme", 1), "score"] > rows.loc[("f-006", "theme", 2), "score"]
    assert taught.tables["taught_codings"].empty
    assert "theme: 0 coded fragments, fewer than 5: the codebook alone" in [n.message for n in taught.notices]


def test_subthemes_go_by_their_own_name():
    guided, _ = run(inputs(TEXTS))
    found = firsts(guided.tables["guided_codings"], "subtheme")
    assert (found["f-004"], found["f-005"], found["f-011"]) == ("lek", "zout", "koor")


def test_taught_learns_what_the_codebook_does_not_say():
    silent = codebook([("theme", code, None, code.upper(), None, []) for code in ("p", "q")])
    half = {theme: ["p", "q"][i] for i, theme in enumerate(("fiets", "soep"))}
    gold = {fragment: half[theme] for fragment, theme in GOLD.items() if theme in half}
    tables = inputs(TEXTS[:10])
    _, taught = run(tables, silent, human(gold))
    rows = taught.tables["taught_codings"]
    found = firsts(rows)
    assert sum(found.get(fragment) == code for fragment, code in gold.items()) >= 7
    assert set(rows["fold"]) == {0, 1}
    shares = rows.loc[rows["rank"] <= 2].groupby("fragment_id")["score"].sum()
    assert np.allclose(shares, 1.0)


def test_no_fragment_is_coded_by_a_model_that_saw_its_code():
    """A code that one block alone carries is never given in that block, however plain the words."""
    texts = [*TEXTS[:10], "kwispel kwispel kwispel", "kwispel kwispel"]
    sessions = ["x"] * 5 + ["y"] * 5 + ["y"] * 2
    book = codebook([("theme", code, None, code.upper(), None, []) for code in ("p", "q", "hond")])
    gold = {f"f-{i:03d}": "hond" if i > 9 else "p" if i % 2 else "q" for i in range(12)}
    _, taught = run(inputs(texts, sessions=sessions), book, human(gold))
    found = firsts(taught.tables["taught_codings"])
    assert found.get("f-010") != "hond" and found.get("f-011") != "hond"
    folds = taught.tables["taught_codings"].groupby("fragment_id")["fold"].first()
    assert folds["f-010"] == folds["f-005"] != folds["f-000"]


def test_a_text_that_stands_in_two_sessions_teaches_nothing_about_its_copy():
    texts = [*TEXTS[:5], "kwispel staart waf blaft", *TEXTS[5:10], "Kwispel, staart: waf blaft!"]
    book = codebook([("theme", code, None, code.upper(), None, []) for code in ("p", "q", "hond")])
    gold = {f"f-{i:03d}": "hond" if i in (5, 11) else "p" if i % 2 else "q" for i in range(12)}
    _, taught = run(inputs(texts, sessions=["x"] * 6 + ["y"] * 6), book, human(gold))
    found = firsts(taught.tables["taught_codings"])
    assert found.get("f-005") != "hond" and found.get("f-011") != "hond"


def test_what_nobody_coded_is_coded_by_all_and_has_no_fold():
    gold = dict(list(GOLD.items())[::2])
    _, taught = run(inputs(TEXTS), codings=human(gold))
    rows = taught.tables["taught_codings"].set_index(["fragment_id", "scheme", "rank"])
    assert pd.isna(rows.loc[("f-001", "theme", 1), "fold"]) and not pd.isna(rows.loc[("f-000", "theme", 1), "fold"])


def test_order_headings_kinds_and_offsets_change_no_code():
    fragments, tokens, embeddings = inputs(TEXTS)
    plain = run((fragments, tokens, embeddings), codings=human(GOLD))
    order = np.random.default_rng(1).permutation(len(fragments))
    shuffled = fragments.iloc[order].reset_index(drop=True)
    shuffled["heading_path"] = [["Soep"] if i % 2 else ["Fiets en band"] for i in range(len(shuffled))]
    shuffled["kind"] = list(islice(cycle(["statement", "quote", "paragraph"]), len(shuffled)))
    for name in ("char_start", "char_end", "line"):
        shuffled[name] = fragments[name].sample(frac=1, random_state=2).to_numpy()
    again = run(
        (shuffled, tokens.sample(frac=1, random_state=3), embeddings.iloc[order]),
        codebook().sample(frac=1, random_state=4), human(GOLD).sample(frac=1, random_state=5),
    )  # fmt: skip
    for name, table in [*plain[0].tables.items(), *plain[1].tables.items()]:
        pd.testing.assert_frame_equal(table, (dict(again[0].tables) | dict(again[1].tables))[name])


def test_blocks_deal_folds_and_are_no_feature():
    """Where all blocks fall in the folds they fell in, other names for them change no code."""
    fragments, tokens, embeddings = inputs(TEXTS, sessions=["x" if i % 2 else "y" for i in range(len(TEXTS))])
    renamed = fragments.assign(block=[f"ander {i}" for i in range(len(TEXTS))])
    first, second = (run((table, tokens, embeddings), codings=human(GOLD))[1] for table in (fragments, renamed))
    pd.testing.assert_frame_equal(first.tables["taught_codings"], second.tables["taught_codings"])


def test_the_input_is_left_as_it_was():
    tables, book, given = inputs(TEXTS), codebook(), human(GOLD)
    before = [table.copy(deep=True) for table in (*tables, book, given)]
    run(tables, book, given)
    for table, kept in zip((*tables, book, given), before, strict=True):
        pd.testing.assert_frame_equal(table, kept)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 14, 15, 30])
def test_any_number_of_fragments_gives_a_valid_result(n):
    texts = [f"{text} keer{i // 15}" if i >= 15 else text for i, text in enumerate(islice(cycle(TEXTS), n))]
    gold = {f"f-{i:03d}": list(GOLD.values())[i % 15] for i in range(n)}
    guided, taught = run(inputs(texts), codings=human(gold))
    rows = guided.tables["guided_codings"]
    assert len(guided.tables["codebook_scores"]) == 2 * n
    assert len(firsts(rows)) + len(guided.tables["beyond_codebook"]) == n
    learned = taught.tables["taught_codings"]
    assert learned["score"].between(0, 1).all() and learned["fragment_id"].nunique() == (n if n >= 5 else 0)


@pytest.mark.parametrize("n", [2, 15, 30])
def test_identical_fragments_get_one_code(n):
    gold = {f"f-{i:03d}": "soep" for i in range(n)}
    guided, taught = run(inputs(["De soep is zout"] * n), codings=human(gold))
    assert set(firsts(guided.tables["guided_codings"]).values()) == {"soep"}
    assert set(firsts(taught.tables["taught_codings"]).values()) <= {"soep"}


def test_fragments_of_signs_only_are_borne():
    guided, _ = run(inputs(["…", "!!", "De soep is zout"]))
    assert firsts(guided.tables["guided_codings"])["f-002"] == "soep"


def test_an_example_of_the_codebook_is_never_coded():
    texts = [*TEXTS, "Mijn fiets heeft geen zadel meer."]
    gold = {**GOLD, "f-015": "fiets"}
    guided, taught = run(inputs(texts), codings=human(gold))
    for table in (*guided.tables.values(), *taught.tables.values()):
        assert "f-015" not in set(table["fragment_id"])
    assert "1 fragments are examples of the codebook: no machine codes them" in [n.message for n in guided.notices]


def test_short_examples_are_no_quotation():
    book = codebook([("theme", "soep", None, "Soep", None, ["de soep"])])
    assert find_examples(book, ["f-1"], ["Vandaag was de soep te zout"]) == frozenset()


def test_what_fits_no_code_is_said_but_not_in_the_codebook():
    topics = table_from_rows(
        [{"fragment_id": "f-015", "topic_id": "t-9", "original": "t-9", "strategy": "clustered", "score": 0.5, "x": 0.0,
          "y": 0.0}],
        "topic_assignments",
    )  # fmt: skip
    guided, _ = run(inputs([*TEXTS, "Xyz qqq jjj"]), topics=topics)
    beyond = guided.tables["beyond_codebook"].set_index("fragment_id")
    assert beyond.loc["f-015", "topic_id"] == "t-9" and beyond.loc["f-015", "likeness"] < CONFIG.guided.min_likeness
    assert "f-015" not in firsts(guided.tables["guided_codings"])


def test_without_a_codebook_all_is_empty_with_a_reason():
    guided, taught = run(inputs(TEXTS), empty_table("codebook"), human(GOLD))
    assert all(table.empty for table in (*guided.tables.values(), *taught.tables.values()))
    assert [notice.where for notice in guided.notices] == ["codebook"]


def test_weak_codebooks_are_named():
    book = codebook(
        [
            ("theme", "a", None, "Soep", "This is what we say about the soup and all that it is", []),
            ("subtheme", "b", "a", "Zout", None, []),
            ("subtheme", "c", "a", "zout ", None, []),
        ]
    )
    guided, _ = run(inputs(TEXTS), book)
    said = " / ".join(notice.message for notice in guided.notices)
    assert "scheme theme has one code" in said
    assert "subtheme: 1 names stand for more than one code" in said
    assert "texts of the codebook are in English" in said
    assert set(firsts(guided.tables["guided_codings"]).values()) == {"a"}


def test_a_codebook_of_headings_of_the_document_is_called_re_finding():
    fragments, tokens, embeddings = inputs(TEXTS)
    headed = fragments.assign(heading_path=[[label for _, _, _, label, _, _ in CODEBOOK]] * len(fragments))
    guided, taught = run((headed, tokens, embeddings), codings=human(GOLD))
    found = taught.tables["taught_codings"]
    with_codebook, without = (
        found.loc[found["coder"] == coder].drop(columns="coder").reset_index(drop=True)
        for coder in ("machine-taught", "machine-taught-without-codebook")
    )
    assert set(with_codebook["fragment_id"]) == set(without["fragment_id"])
    assert not np.allclose(with_codebook["score"], without["score"])
    elsewhere = run((fragments, tokens, embeddings), codings=human(GOLD))[1].tables["taught_codings"]
    assert set(elsewhere["coder"]) == {"machine-taught"}
    assert any("re-finding, not blind coding" in notice.message for notice in guided.notices)
    assert not any("re-finding" in notice.message for notice in run((fragments, tokens, embeddings))[0].notices)


def test_a_code_above_itself_has_no_theme():
    book = codebook([("theme", "t", None, "T", None, []), ("subtheme", "x", "y", "X", None, []),
                     ("subtheme", "y", "x", "Y", None, []), ("subtheme", "z", "t", "Z", None, []),
                     ("subtheme", "zz", "z", "ZZ", None, [])])  # fmt: skip
    assert read_codes(book)[Scheme.SUBTHEME].parents == (None, None, "t", "t")


def test_two_coders_become_one_lesson():
    gold_b = dict.fromkeys(GOLD, "muziek")
    both = pd.concat([human(GOLD), human(gold_b, coder="B")], ignore_index=True)
    alone, together = (run(inputs(TEXTS), codings=given)[1].tables["taught_codings"] for given in (human(GOLD), both))
    pd.testing.assert_frame_equal(alone, together)


def test_an_encoder_that_learns_from_its_texts_reads_the_fragments_again():
    class Shifting(Hashing):
        def encode(self, texts, *, batch_size):
            vectors = super().encode(texts, batch_size=batch_size)
            return np.roll(vectors, len(texts), axis=1)

    tables = inputs(TEXTS)
    guided = guide(*tables, codebook(), empty_table("topic_assignments"), config=CONFIG.guided, encoder=Shifting())
    plain, _ = run(tables)
    assert firsts(guided.tables["guided_codings"]) == firsts(plain.tables["guided_codings"])


def test_a_fragment_without_a_vector_is_refused():
    fragments, tokens, embeddings = inputs(TEXTS)
    with pytest.raises(TableError, match="1 used fragments have no vector"):
        run((fragments, tokens, embeddings.iloc[1:]))
