"""The blind kit: what is in it and what is not, how it is drawn, and the way back."""

import random
import re
import shutil
import stat
import zipfile
from collections import Counter

import openpyxl
import pandas as pd
import pytest
from kits import again, codes_of, copy_finished, fill, run, shown, table
from sklearn.metrics import cohen_kappa_score

from pipeline.core.tables import table_from_rows, write_table
from pipeline.report.words import Words
from pipeline.review.coding_files import Choices
from pipeline.review.kit_plan import SamplingFrame, draw, make_frame, probabilities, repeat, second_id

SHEET = "Codering"


@pytest.fixture
def tables_by_hand(monkeypatch):
    """Let a test put other tables in a study, which a command refuses else."""
    monkeypatch.setattr("pipeline.run.history.require_finished", lambda study: None)


@pytest.fixture
def study(tmp_path):
    return copy_finished(tmp_path / "studie")


def make(study, coder="C", *words):
    said = run("kit", study.root, "--coder", coder, *words)
    return study.root / f"kit-{coder}.xlsx", said


def read(study, path, coder="C", *words):
    return run("kit", study.root, "--coder", coder, "--read", path, *words)


def codings(study, coder="C"):
    return pd.read_csv(study.root / "codings" / f"{coder}.csv", dtype=str)


def kappas(study):
    rows = table(study, "agreement")
    rows = rows[(rows["statistic"] == "cohen_kappa") & (rows["code"] == "")]
    return {
        (row.comparison, row.scheme): row.estimate
        for row in rows.drop_duplicates(["comparison", "scheme"]).itertuples()
    }


def test_a_kit_that_is_filled_comes_back_as_a_coder_with_the_expected_kappa(study):
    before = kappas(study)
    path, _ = make(study, "C", "--size", 60)
    themes, polarities = codes_of(study, "A", "theme"), codes_of(study, "A", "polarity")
    rng = random.Random(4)
    ids = [row["fragment_id"] for row in shown(path, SHEET)]
    # C says what A says, but for a third.
    other = {
        fragment_id: {
            "theme": themes[fragment_id] if rng.random() > 0.3 else "grenzen",
            "polarity": polarities[fragment_id] if rng.random() > 0.3 else "geen",
        }
        for fragment_id in ids if fragment_id in themes
    }  # fmt: skip
    fill(path, SHEET, other)
    assert f"{len(other)} fragmenten gezien" in (said := read(study, path)) and "dialoogtafel compare" in said
    again(study, "agreement")
    found = kappas(study)
    for scheme, given in (("theme", themes), ("polarity", polarities)):
        expected = cohen_kappa_score([given[i] for i in other], [other[i][scheme] for i in other])
        assert 0.3 < expected < 0.9
        assert found["A | C", scheme] == pytest.approx(expected)
    assert ("A | C", "hat") not in found
    # Other pairs of people stay what they were; the machine learned from C too.
    assert ("A | B", "theme") in before
    assert {key: found[key] for key in before if key[0] == "A | B"} == pytest.approx(
        {key: value for key, value in before.items() if key[0] == "A | B"}
    )


def test_a_kit_holds_nobody_s_codes(study):
    path, _ = make(study, "C", "--size", 60)
    rows = shown(path, SHEET)
    texts = table(study, "fragments").set_index("fragment_id")
    assert list(rows[0]) == [
        "fragment_id", "session", "text", "theme", "theme_2", "subtheme", "polarity", "hat", "sentiment"
    ]  # fmt: skip
    for row in rows:
        fragment = texts.loc[row["fragment_id"]]
        assert list(row.values()) == [row["fragment_id"], fragment["session"], fragment["text"], *[None] * 6]
    topics = table(study, "topics")
    with zipfile.ZipFile(path) as packed:
        content = b"\n".join(packed.read(name) for name in packed.namelist()).decode()
    hidden = [
        *topics["topic_id"],
        # A label of one word is a word of the fragments.
        *(label for label in topics["label"] if "," in label),
        "machine-",
        "coder-a",
        "coder-b",
        *table(study, "sources")["source_id"],
    ]
    assert not [word for word in hidden if word in content]


def test_other_codes_and_no_machine_make_the_same_kit(tables_by_hand, study):
    path, _ = make(study, "C", "--size", 60)
    first = path.read_bytes()
    path.unlink()
    changed = table(study, "human_codings").drop_duplicates(["coder", "fragment_id", "scheme"])
    for _, rows in changed.groupby(["coder", "scheme"]):
        changed.loc[rows.index, "code"] = rows["code"].sample(frac=1, random_state=3).to_numpy()
    write_table(changed, study.table("human_codings"), "human_codings")
    for name in ("codings", "machine_codings", "stances", "topics", "topic_assignments", "agreement", "crosstabs"):
        study.table(name).unlink()
    make(study, "C", "--size", 60)
    assert path.read_bytes() == first


def test_the_same_kit_is_the_same_file_for_its_owner_only(study, tmp_path):
    path, _ = make(study, "C", "--size", 60)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make(study, "C", "--size", 60, "--out", tmp_path / "anders.xlsx")
    assert (tmp_path / "anders.xlsx").read_bytes() == path.read_bytes()


def test_coders_get_the_same_fragments_in_another_order_and_seeds_other_ones(study):
    kits = [
        make(study, "C", "--size", 60)[0],
        make(study, "D", "--size", 60)[0],
        make(study, "E", "--size", 60, "--seed", 2)[0],
    ]
    c, d, e = ([row["fragment_id"] for row in shown(path, SHEET)] for path in kits)
    assert sorted(c) == sorted(d) and c != d
    assert len(set(c) & set(e)) < 60
    placed = table(study, "fragments")
    order = [fragment_id for fragment_id in placed["fragment_id"] if fragment_id in set(c)]
    neighbours = {*zip(order, order[1:], strict=False)}
    assert sum(pair in neighbours for pair in zip(c, c[1:], strict=False)) < 6


def test_sessions_and_hats_are_drawn_in_proportion(study):
    frame = make_frame(table(study, "fragments"), table(study, "codebook"), table(study, "seen"), ["theme"])
    coded = frame.rows[frame.rows["first"]]
    drawn = coded[coded["fragment_id"].isin(draw(frame, 60, seed=1))]
    assert len(drawn) == 60
    for session, part in coded.groupby("session"):
        here = drawn[drawn["session"] == session]
        assert abs(len(here) - 60 * len(part) / len(coded)) < 1
        hats = Counter(here["hat"])
        for hat, n in Counter(part["hat"]).items():
            assert abs(hats[hat] - len(here) * n / len(part)) < 1


def test_every_fragment_is_drawn_with_the_probability_that_is_recorded():
    rows = pd.DataFrame(
        {
            "fragment_id": [f"f-{i}" for i in range(12)],
            "session": ["a"] * 7 + ["b"] * 4 + ["c"],
            "hat": ["wit", "wit", "rood", "", "geel", "wit", "zwart", *["wit"] * 5],
            "first": [True] * 8 + [False] * 4,
        }
    )
    frame = SamplingFrame(rows=rows, n_examples=0)
    taken = Counter(name for seed in range(2000) for name in draw(frame, 5, seed=seed))
    assert sum(taken.values()) == 5 * 2000
    # 5 of the 8 that were coded before, none of the others; then all 8, and 2 of the other 4.
    assert probabilities(frame, 5) == {f"f-{i}": 5 / 8 for i in range(8)}
    assert all(abs(taken[f"f-{i}"] / 2000 - 5 / 8) < 0.04 for i in range(8))
    assert probabilities(frame, 10) == {f"f-{i}": 1.0 if i < 8 else 0.5 for i in range(12)}
    assert len(draw(frame, 10, seed=3)) == 10 and len(draw(frame, 50, seed=3)) == 12


def test_a_kit_records_its_draw_and_the_frequencies_of_its_coder_follow_from_it(study):
    path, _ = make(study, "C", "--size", 40)
    ids = [row["fragment_id"] for row in shown(path, SHEET)]
    written = pd.read_csv(study.sampling, dtype={"fragment_id": str})
    assert sorted(written.loc[written["drawn"] == "yes", "fragment_id"]) == sorted(ids)
    assert written["probability"].iloc[0] == pytest.approx(40 / len(written))
    make(study, "C", "--size", 40)
    again_written = pd.read_csv(study.sampling, dtype={"fragment_id": str})
    assert again_written.equals(written)
    themes = codes_of(study, "A", "theme")
    fill(path, SHEET, {name: {"theme": themes.get(name, "geen")} for name in ids})
    read(study, path)
    again(study, "diagnosis")
    found = table(study, "corrected_frequencies").set_index(["coder", "code"])
    assert found.loc[("C", "grenzen"), "estimate"] == found.loc[("C", "grenzen"), "estimate"]
    assert found.loc[("C", "grenzen"), "n"] == len(written)


def test_what_comes_again_comes_late_under_another_id():
    ids = [f"f-{i:03d}" for i in range(60)]
    rows = repeat(ids, 0.1, seed=1, coder="C")
    back = {second_id("C", name): name for name in ids}
    again = [name for name in rows if name in back]
    assert len(rows) == 66 and len(again) == 6 and set(rows) - set(again) == set(ids)
    assert all(rows.index(name) - rows.index(back[name]) >= 10 for name in again)
    assert repeat(ids, 0.0, seed=1, coder="C")[:30] == ids[:30] and rows == repeat(ids, 0.1, seed=1, coder="C")


def test_a_coder_who_codes_fragments_twice_agrees_so_far_with_the_first_time(study):
    path, said = make(study, "C", "--size", 60, "--repeat", 0.2)
    rows = shown(path, SHEET)
    assert "12 ervan komen een tweede keer" in said and len(rows) == 72
    texts = Counter(row["text"] for row in rows)
    ids = sorted({row["fragment_id"] for row in rows})
    known = set(table(study, "fragments")["fragment_id"])
    again = [row for row in rows if row["fragment_id"] not in known]
    assert len(again) == 12 and all(texts[row["text"]] > 1 for row in again) and len(ids) == 72
    first_of = {row["text"]: i for i, row in reversed([*enumerate(rows)])}
    # The first time half dak and half grenzen, the second time two of the twelve are the other one.
    codes = sorted(set(codes_of(study, "A", "theme").values()) - {"geen"})[:2]
    given = {row["fragment_id"]: {"theme": codes[first_of[row["text"]] % 2]} for row in rows}
    for row in again[:2]:
        given[row["fragment_id"]] = {"theme": codes[1 - first_of[row["text"]] % 2]}
    fill(path, SHEET, given)
    said = read(study, path)
    twice = pd.read_csv(study.exports / "coded-twice-C.csv")
    wide = twice.pivot(index="fragment_id", columns="coder", values="code")
    assert len(wide) == 12 and (wide["first"] != wide["second"]).sum() == 2
    expected = cohen_kappa_score(wide["first"], wide["second"])
    assert f"C met C op thema, 12 fragmenten twee keer gecodeerd: kappa {Words('nl').figure(expected)} " in said
    assert "60 fragmenten gezien" in said and set(codings(study)["fragment_id"]) <= known


def test_what_next_names_is_recorded_as_chosen_and_a_damaged_record_is_one_error(study):
    run("next", study.root, "--n", 2)
    rows = pd.read_csv(study.sampling, dtype=str, keep_default_na=False)
    assert len(rows) == 2 and set(rows["probability"]) == {""} and set(rows["coder"]) == {""}
    study.sampling.write_text(study.sampling.read_text() + ",f-x,1.5,yes\n")
    said = run("next", study.root, "--n", 3)
    assert "sampling.csv, row 4" in said and "f-x" not in said


def fragments(*rows):
    return table_from_rows(
        [
            {
                "fragment_id": f"f-{i}", "utterance_id": f"s:{i:05d}", "source_id": "s", "session": "tafel-1",
                "line": i + 1, "char_start": i * 100, "char_end": i * 100 + len(text), "text": text, "n_words": 4,
                "kind": "turn", "status": status, "reason": None if status == "used" else "kort", "heading_path": [],
                "block": str(i),
            }
            for i, (status, text) in enumerate(rows)
        ],
        "fragments",
    )  # fmt: skip


def codebook(*rows):
    filled = [
        {"position": i, "label": row["code"], "examples": [], "example_fragment_ids": [], **row}
        for i, row in enumerate(rows)
    ]
    return table_from_rows(filled, "codebook")


def test_examples_of_the_codebook_and_unused_fragments_are_left_out():
    notes = fragments(
        ("used", "De lift staat stil."), ("used", "Zij belt elke dag."), ("used", "Iets anders."), ("too_short", "Ja.")
    )
    book = codebook(
        {"scheme": "theme", "code": "x", "examples": ["“de lift  staat stil”"]},
        {"scheme": "theme", "code": "y", "example_fragment_ids": ["f-1"]},
    )
    frame = make_frame(notes, book, table_from_rows([], "seen"), ["theme"])
    assert frame.rows["fragment_id"].tolist() == ["f-2"]
    assert frame.n_examples == 2


def test_fragments_that_somebody_coded_come_first():
    notes = fragments(*[("used", f"Uitspraak nummer {i}.") for i in range(20)])
    seen = table_from_rows(
        [{"coder": "A", "fragment_id": f"f-{i}", "scheme": "theme"} for i in range(5)]
        + [{"coder": "adjudicated", "fragment_id": "f-9", "scheme": "theme"}],
        "seen",
    )
    frame = make_frame(notes, codebook({"scheme": "theme", "code": "x"}), seen, ["theme"])
    assert draw(frame, 4, seed=1) == sorted(draw(frame, 4, seed=1))
    assert set(draw(frame, 4, seed=1)) < {f"f-{i}" for i in range(5)}
    assert {f"f-{i}" for i in range(5)} < set(draw(frame, 8, seed=1))
    assert len(draw(frame, 99, seed=1)) == 20


def test_the_drop_downs_offer_the_codebook_both_polarities_and_none():
    choices = Choices(codebook({"scheme": "theme", "code": "x"}, {"scheme": "theme", "code": "geen"}))
    assert choices.offered("theme", "nl") == ("x", "geen", "-")
    assert choices.offered("polarity", "nl") == ("kans", "knelpunt", "kans;knelpunt", "geen")
    assert choices.offered("polarity", "en")[-1] == "none" and choices.read("polarity", "none") == ()
    assert choices.read("theme", "geen") == ("geen",)
    assert choices.read("theme", "-") == ()
    assert choices.read("polarity", "Knelpunt; kans") == ("knelpunt", "kans")
    assert choices.read("polarity", "neutraal") == ()


def test_hats_of_the_notes_are_shown_only_when_asked(study):
    path, _ = make(study, "C", "--size", 60, "--show-hats")
    given = table(study, "fragments").set_index("fragment_id")["hat_given"]
    rows = shown(path, SHEET)
    assert {row["hat_given"] for row in rows} >= {"zwart", "geel"}
    assert all(
        row["hat_given"] == (None if pd.isna(given[row["fragment_id"]]) else given[row["fragment_id"]]) for row in rows
    )


def test_the_codebook_and_the_way_back_are_in_the_kit(study):
    path, _ = make(study, "C", "--scheme", "polarity", "--size", 60)
    book = shown(path, "Codeboek")
    assert [(row["scheme"], row["code"]) for row in book] == [("polarity", "kans"), ("polarity", "knelpunt")]
    assert all(row["definition"] and row["examples"] for row in book)
    assert "--read BESTAND.xlsx" in str(shown(path, "Lees mij"))


@pytest.mark.parametrize(("language", "sheets", "headers"), [
    ((), ["Lees mij", "Codering", "Codeboek", "Keuzes"],
     ["fragment", "gesprek", "tekst", "thema", "tweede thema", "kans of knelpunt"]),
    (("--lang", "en"), ["Read me", "Coding", "Codebook", "Choices"],
     ["fragment", "session", "text", "theme", "second theme", "polarity"]),
])  # fmt: skip
def test_a_kit_is_in_one_language_and_comes_back_in_either(study, language, sheets, headers):
    path, _ = make(study, "C", "--scheme", "theme", "--scheme", "polarity", "--size", 60, *language)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == sheets and [cell.value for cell in book[sheets[1]][1]] == headers
    prose = " ".join(str(cell.value) for row in book[sheets[0]] for cell in row)
    assert ("Codeer blind" in prose) != ("Code blind" in prose)
    fill(path, sheets[1], {2: {"theme": "grenzen", "polarity": "none" if language else "geen"}, 3: {"theme": "geen"}})
    assert "2 fragmenten gezien" in read(study, path)
    assert codings(study).groupby("scheme")["code"].agg(sorted).to_dict() == {
        "theme": ["-", "grenzen"], "polarity": ["-"],
    }  # fmt: skip


def test_a_narrower_interval_needs_more_fragments_and_the_width_is_said(study):
    wide, narrow = (
        make(study, coder, "--width", width, "--scheme", "theme") for coder, width in (("C", 0.8), ("D", 0.6))
    )
    assert 50 <= len(shown(wide[0], SHEET)) < len(shown(narrow[0], SHEET))
    said = re.search(
        r"thema: verwachte breedte van het interval (0,\d\d) \(kappa (0,\d\d) gemeten tussen A en B\)", narrow[1]
    )
    width, kappa = (float(figure.replace(",", ".")) for figure in said.groups())
    assert 0.5 < width <= 0.6
    assert kappa == pytest.approx(kappas(study)["A | B", "theme"], abs=0.005)
    assert "geen enkel schema haalbaar" in make(study, "E", "--width", 0.01)[1]


def test_a_study_that_nobody_coded_gets_assumptions_and_says_so(tables_by_hand, study):
    for name in ("human_codings", "seen"):
        write_table(table_from_rows([], name), study.table(name), name)
    shutil.rmtree(study.root / "codings")
    path, said = make(study, "C", "--scheme", "theme", "--width", 0.5)
    assert "kappa 0,60 aangenomen, aandelen van codes aangenomen" in said
    fill(path, SHEET, {2: {"theme": "grenzen"}})
    read(study, path)
    assert codings(study).to_dict("records")[0]["code"] == "grenzen"


def test_empty_is_not_seen_and_geen_is_seen_without_a_code(study):
    path, _ = make(study, "C", "--size", 60, "--scheme", "theme", "--scheme", "polarity")
    ids = [row["fragment_id"] for row in shown(path, SHEET)]
    fill(path, SHEET, {
        ids[0]: {"theme": "geen", "polarity": "kans;knelpunt"},
        ids[1]: {"theme": "grenzen", "theme_2": "nabijheid"},
        ids[2]: {"polarity": "geen"},
    })  # fmt: skip
    said = read(study, path)
    assert "3 fragmenten gezien, 57 rijen leeg" in said
    assert (
        "blad ‘Codering’, rij 3: leeg gelaten, dus niet gezien: kans of knelpunt" in said
        and "rij 4: leeg gelaten, dus niet gezien: thema" in said
    )
    assert sorted(codings(study).itertuples(index=False, name=None)) == sorted([
        (ids[0], "C", "theme", "-"), (ids[0], "C", "polarity", "kans"), (ids[0], "C", "polarity", "knelpunt"),
        (ids[1], "C", "theme", "grenzen"), (ids[1], "C", "theme", "nabijheid"), (ids[2], "C", "polarity", "-"),
    ])  # fmt: skip
    assert stat.S_IMODE((study.root / "codings" / "C.csv").stat().st_mode) == 0o600
    again(study, "manual")
    seen = table(study, "seen")
    assert set(seen.loc[(seen["coder"] == "C") & (seen["scheme"] == "polarity"), "fragment_id"]) == {ids[0], ids[2]}
    mine = table(study, "human_codings").query("coder == 'C' and scheme == 'theme'").sort_values("rank")
    assert mine["code"].tolist() == ["grenzen", "nabijheid"]


def test_all_that_is_wrong_is_said_at_once_by_row_and_nothing_is_written(study):
    path, _ = make(study, "C", "--size", 60)
    second = shown(path, SHEET)[1]["fragment_id"]
    fill(path, SHEET, {
        2: {"theme": "nabijhied"}, 4: {"fragment_id": "f-000000000000"}, 5: {"fragment_id": second},
        6: {"theme_2": "grenzen"}, 7: {"theme": "geen", "theme_2": "grenzen"}, 8: {"polarity": "kans;geen"},
        9: {"fragment_id": None},
    })  # fmt: skip
    said = read(study, path)
    for row, words in {
        2: "'nabijhied', which is not in scheme 'theme' of the codebook. Did you mean 'nabijheid'?",
        4: "names the fragment 'f-000000000000'",
        5: "repeats the fragment of row 3",
        6: "has a 'tweede thema' and no 'thema'",
        7: "has a 'tweede thema' beside a 'thema' that says none",
        8: "gives both a code of 'polarity' and 'geen'",
        9: "names no fragment",
    }.items():
        assert any(f"kit-C.xlsx, sheet 'Codering', row {row}:" in line and words in line for line in said.splitlines())
    assert len(said.splitlines()) == 7
    assert not (study.root / "codings" / "C.csv").exists()


def test_a_subtheme_of_another_theme_is_said_and_taken(study):
    path, _ = make(study, "C", "--size", 60)
    fill(path, SHEET, {2: {"theme": "grenzen", "subtheme": "gehecht-raken"}})
    assert "rij 2: het subthema hoort bij een ander thema; overgenomen zoals gegeven" in read(study, path)
    assert "gehecht-raken" in set(codings(study)["code"])


def test_an_empty_kit_is_refused(study):
    path, _ = make(study, "C", "--size", 60)
    assert "holds no codes" in read(study, path)


def test_a_kit_of_another_coder_is_refused(study):
    path, _ = make(study, "C", "--size", 60)
    fill(path, SHEET, {2: {"theme": "grenzen"}})
    assert "was made for coder 'C', not for 'D'" in read(study, path, "D")


def test_a_changed_codebook_and_a_column_of_one_s_own_are_said(tables_by_hand, study):
    path, _ = make(study, "C", "--size", 60)
    book = table(study, "codebook")
    book.loc[0, "definition"] = "Iets anders dan voorheen."
    write_table(book, study.table("codebook"), "codebook")
    fill(path, SHEET, {2: {"theme": "grenzen"}})
    assert "het codeboek is gewijzigd sinds het pakket gemaakt werd" in read(study, path)


def test_codings_are_written_over_only_when_asked(study):
    path, _ = make(study, "C", "--size", 60)
    fill(path, SHEET, {2: {"theme": "grenzen"}})
    read(study, path)
    before = (study.root / "codings" / "C.csv").read_bytes()
    fill(path, SHEET, {2: {"theme": "nabijheid"}})
    assert "codings/C.csv: is there already" in read(study, path)
    assert "codings/C.csv: is there already" in run("kit", study.root, "--coder", "c", "--size", 60)
    assert (study.root / "codings" / "C.csv").read_bytes() == before
    assert "1 fragment gezien" in read(study, path, "C", "--replace")
    assert codings(study)["code"].tolist() == ["nabijheid"]


def test_a_kit_in_which_somebody_may_have_worked_is_not_written_over(study):
    path, _ = make(study, "C", "--size", 60)
    fill(path, SHEET, {2: {"theme": "grenzen"}})
    worked = path.read_bytes()
    assert "is there already, and is another kit" in make(study, "C", "--size", 60)[1]
    assert path.read_bytes() == worked
    make(study, "C", "--size", 60, "--replace")
    assert path.read_bytes() != worked


def test_other_coders_in_the_same_file_are_safe(study):
    (study.root / "codings" / "C.csv").write_text(
        "fragment_id,coder,scheme,code\nf-1,C,hat,wit\nf-1,Ans,hat,wit\n", encoding="utf-8"
    )
    said = make(study, "C", "--replace")[1]
    assert "codings/C.csv: also holds codings by 'Ans'" in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--coder", "B"], "holds codings by coder 'B' already"),
        (["--coder", "b", "--replace"], "Use another --coder, for example B2"),
        (["--coder", "../x"], "cannot be the name of a file"),
        (["--coder", "machine-x"], "a name that is kept for the pipeline"),
        (["--coder", "Adjudicated"], "a name that is kept for the pipeline"),
        (["--coder", "C", "--scheme", "thema"], "'thema' has no codes in the codebook"),
        (["--coder", "C", "--size", "60", "--width", "0.2"], "exclude each other"),
        (["--coder", "C", "--read", "x.xlsx", "--size", "60"], "goes with --coder and --replace only"),
        (["--coder", "C", "--read", "x.xlsx"], "x.xlsx: cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(study, words, expected):
    assert expected in run("kit", study.root, *words)
    assert not list(study.root.glob("kit-*.xlsx"))
