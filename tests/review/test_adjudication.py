"""The worklist of disagreements: who is compared, in which order, and what comes of the decisions."""

import csv
import stat

import openpyxl
import pytest
from kits import again, copy_finished, fill, run, shown, table

from pipeline.agreement.comparison.inputs import make_inputs
from pipeline.core.errors import InputError
from pipeline.core.tables import table_from_rows
from pipeline.review.adjudication import NEEDED, read_decisions
from pipeline.review.coding_files import Choices
from pipeline.review.disagreements import DisagreementInputs, DisagreementReason, check_pair, meet, rank
from pipeline.review.worksheets import Filled

SHEET = "Verschillen"
R = DisagreementReason


def make_evidence(codings, *, hats=None, topics=None, margins=None, n=12):
    """Codings as (coder, fragment number, scheme, codes); 'A' and 'B' are people."""
    hats, topics, margins = hats or {}, topics or {}, margins or {}
    fragments = table_from_rows(
        [
            {
                "fragment_id": f"f-{i:02d}", "utterance_id": f"s:{i:05d}", "source_id": "s", "session": "tafel-1",
                "line": i + 1, "char_start": i * 100, "char_end": i * 100 + 9, "text": f"Tekst {i}.", "n_words": 2,
                "kind": "turn", "status": "used", "hat_given": hats.get(i), "heading_path": [], "block": str(i),
            }
            for i in range(n)
        ],
        "fragments",
    )  # fmt: skip
    rows = [
        {
            "coder": coder, "fragment_id": f"f-{i:02d}", "scheme": scheme, "code": code, "rank": k, "char_start": 0,
            "char_end": 9,
        }
        for coder, i, scheme, codes in codings for k, code in enumerate(codes, start=1)
    ]  # fmt: skip
    seen = [
        {"coder": c, "fragment_id": f"f-{i:02d}", "scheme": s} for c, i, s, _ in codings if not c.startswith("machine")
    ]
    book = [
        {"scheme": "theme", "code": code, "position": i, "label": code, "examples": [], "example_fragment_ids": []}
        for i, code in enumerate("xyz")
    ]
    assigned = [
        {
            "fragment_id": f"f-{i:02d}", "topic_id": topic, "original": topic, "strategy": "clustered", "score": 1,
            "x": 0, "y": 0,
        }
        for i, topic in topics.items()
    ]  # fmt: skip
    stances = [
        {
            "fragment_id": f"f-{i:02d}", "scheme": scheme, "rank": 1, "value": None if margin is None else "kans",
            "margin": margin, "source": "predicted", "abstained": margin is None, "evidence": [],
        }
        for (i, scheme), margin in margins.items()
    ]  # fmt: skip
    inputs = make_inputs(
        table_from_rows(rows, "codings"), table_from_rows(seen, "seen"), fragments, table_from_rows(book, "codebook")
    )
    return DisagreementInputs(
        inputs, fragments, table_from_rows(assigned, "topic_assignments"), table_from_rows(stances, "stances")
    )


def polarity(coder, i, *codes):
    return (coder, i, "polarity", codes)


def theme(coder, i, *codes):
    return (coder, i, "theme", codes)


def worklist(*codings, pair=None, **given):
    evidence = make_evidence(codings, **given)
    return rank(evidence, meet(evidence, pair))


def only(*codings, **given):
    (found,) = worklist(*codings, **given)
    return found


def test_reversals_come_first_then_hats_then_the_rest():
    found = worklist(
        polarity("A", 0, "kans"), polarity("B", 0),
        polarity("A", 1, "kans"), polarity("B", 1, "kans", "knelpunt"),
        polarity("A", 2, "kans"), polarity("B", 2, "knelpunt"),
        polarity("A", 3, "knelpunt"), polarity("B", 3),
        polarity("A", 4, "kans"), polarity("B", 4, "kans"),
        polarity("A", 5, "kans", "knelpunt"), polarity("B", 5, "knelpunt", "kans"),
        hats={3: "geel", 4: "zwart"},
    )  # fmt: skip
    assert [(each.fragment_id, each.score, each.reasons) for each in found] == [
        ("f-02", 9, (R.REVERSAL, R.APART)),
        ("f-03", 5, (R.HAT, R.APART)),
        ("f-00", 1, (R.APART,)),
        ("f-01", 0, ()),
    ]
    assert found[0].coders == ("A", "B") and found[0].answers == (("kans",), ("knelpunt",))


@pytest.mark.parametrize(
    ("margin", "expected"),
    [
        (0.35, (R.REVERSAL, R.APART)),
        (0.25, (R.UNSURE_REVERSAL, R.APART)),
        (0.17, (R.UNSURE_REVERSAL, R.MARGIN, R.APART)),
    ],
)
def test_a_reversal_by_a_machine_that_is_not_sure_weighs_less(margin, expected):
    found = only(
        polarity("A", 0, "kans"), polarity("machine-taught", 0, "knelpunt"), polarity("A", 1, "knelpunt"),
        margins={(0, "polarity"): margin},
    )  # fmt: skip
    assert found.reasons == expected
    assert found.coders == ("A", "machine-taught")


def test_where_a_machine_declined_it_was_not_sure():
    found = only(polarity("A", 0, "kans"), polarity("B", 0), margins={(0, "polarity"): None})
    assert R.MARGIN in found.reasons


@pytest.mark.parametrize(
    ("hat", "codes", "conflict"),
    [
        ("zwart", ("kans",), True),
        ("geel", ("knelpunt",), True),
        ("geel", ("kans",), False),
        ("groen", ("knelpunt",), False),
        (None, ("knelpunt",), False),
    ],
)
def test_a_hat_that_points_the_other_way(hat, codes, conflict):
    found = only(polarity("A", 0, *codes), polarity("B", 0), hats={0: hat})
    assert (R.HAT in found.reasons) is conflict


def test_two_people_leave_the_machine_out_and_one_person_meets_it():
    found = worklist(
        polarity("A", 0, "kans"), polarity("B", 0, "kans"), polarity("machine-taught", 0, "knelpunt"),
        polarity("A", 1, "kans"), polarity("machine-taught", 1, "knelpunt"),
        polarity("machine-taught", 2, "knelpunt"),
    )  # fmt: skip
    assert [(each.fragment_id, each.coders) for each in found] == [("f-01", ("A", "machine-taught"))]


def test_of_three_people_the_first_two_who_differ():
    found = only(theme("A", 0, "x"), theme("B", 0, "x"), theme("Cas", 0, "y"))
    assert found.coders == ("A", "Cas")


def test_a_coder_called_b_is_on_side_b():
    assert only(theme("B", 0, "x"), theme("Cas", 0, "y")).coders == ("Cas", "B")
    assert only(polarity("B", 0, "kans"), polarity("machine-taught", 0, "knelpunt")).coders == ("machine-taught", "B")


def test_a_topic_is_read_by_its_other_fragments():
    codings = [theme("A", i, "x") for i in range(4)] + [theme("A", 4, "y"), theme("A", 5, "z"), theme("A", 6, "y")]
    topics = {**dict.fromkeys(range(5), "T01"), 5: "T02", 6: "outlier"}
    found = worklist(*codings, topics=topics)
    # T01 is x by fragments 0 to 3; T02 has one coded fragment, which says nothing of itself; outliers say nothing.
    assert [(each.fragment_id, each.coders, each.answers) for each in found] == [
        ("f-04", ("A", "machine-inductive"), (("y",), ("x",)))
    ]
    assert found[0].reasons == (R.TOPIC, R.APART)


def test_a_fragment_does_not_say_what_its_own_topic_is_about():
    # Without itself each fragment is outvoted by the other two that have the other code; with itself it is a tie.
    codings = [theme("A", i, code) for i, code in enumerate("xxyy")]
    assert len(worklist(*codings, topics=dict.fromkeys(range(4), "T01"))) == 4


def test_a_topic_against_two_people_and_beside_one_of_them():
    codings = [theme(coder, i, "x") for coder in "AB" for i in range(4)]
    against = [*codings, theme("A", 4, "y"), theme("B", 4, "z")]
    beside = [*codings, theme("A", 4, "y"), theme("B", 4, "x")]
    topics = dict.fromkeys(range(5), "T01")
    assert R.TOPIC in only(*against, topics=topics).reasons
    assert R.TOPIC not in only(*beside, topics=topics).reasons


def test_a_rare_code_and_a_code_in_common():
    codings = [theme(coder, i, "x") for coder in "AB" for i in range(11)]
    rare = only(*codings, theme("A", 11, "z"), theme("B", 11, "x"))
    assert rare.reasons == (R.RARE, R.APART)
    shared = only(*codings, theme("A", 11, "x", "y"), theme("B", 11, "y", "x"))
    assert R.APART not in shared.reasons


def test_what_is_settled_is_not_asked_again():
    codings = (theme("A", 0, "x"), theme("B", 0, "y"), theme("A", 1, "x"), theme("B", 1, "y"))
    found = worklist(*codings, theme("adjudicated", 0, "x"))
    assert [each.fragment_id for each in found] == ["f-01"]


def test_what_is_open_is_what_the_next_list_would_show():
    evidence = make_evidence(
        [
            theme("A", 0, "x"), theme("B", 0, "y"), theme("machine-taught", 0, "x"),
            theme("A", 1, "x"), theme("B", 1, "x"), theme("machine-taught", 1, "y"),
            theme("A", 2, "x"), theme("machine-taught", 2, "y"),
        ]
    )  # fmt: skip
    codebook = [
        {"scheme": "theme", "code": code, "position": i, "label": code, "examples": [], "example_fragment_ids": []}
        for i, code in enumerate("xyz")
    ]
    choices = Choices(table_from_rows(codebook, "codebook"))

    def row(i, other, decision):
        cells = {"fragment_id": f"f-{i:02d}", "scheme": "theme", "coder_a": "A", "codes_a": "x", "coder_b": other}
        return i + 2, cells | {"codes_b": "y", "decision": decision}

    def settle(first, second):
        rows = row(0, "B", first), row(2, "machine-taught", second)
        filled = Filled(where="list.xlsx", subject=None, headers={name: name for name in NEEDED}, unknown=(), rows=rows)
        settled = read_decisions(filled, evidence, choices, [], replace=False)
        return settled.n_open, {(each["fragment_id"], each["code"]) for each in settled.rows}

    # Two people agree on the second fragment: that the machine does not leaves nothing open.
    assert settle("A", "B") == (0, {("f-00", "x"), ("f-01", "x"), ("f-02", "y")})
    # That the machine agrees with one of two people who differ settles nothing.
    assert settle("", "B") == (1, {("f-02", "y")})


@pytest.mark.parametrize("names", ["A", "A,A", "A,Z", "A,B,A", "adjudicated,A"])
def test_coders_that_cannot_be_compared_are_refused(names):
    evidence = make_evidence([theme("A", 0, "x"), theme("B", 0, "y"), theme("adjudicated", 0, "y")])
    assert check_pair(evidence, "A, B") == ("A", "B")
    with pytest.raises(InputError, match="--coders"):
        check_pair(evidence, names)


@pytest.fixture
def study(tmp_path):
    return copy_finished(tmp_path / "studie")


def make(study, *words):
    said = run("adjudicate", study.root, *words)
    return study.root / "adjudication.xlsx", said


def read(study, path, *words):
    return run("adjudicate", study.root, "--read", path, *words)


def rows_of(study):
    with (study.root / "codings" / "adjudicated.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_worklist_shows_both_codes_the_place_and_why(study):
    path, said = make(study)
    rows = shown(path, SHEET)
    assert [row["points"] for row in rows] == sorted((row["points"] for row in rows), reverse=True)
    assert f"{len(rows)} van {len(rows)} meningsverschillen" in said and "A | B" in said
    headers = [cell.value for cell in openpyxl.load_workbook(path)[SHEET][1]]
    assert headers[:4] == ["punten", "waarom", "fragment", "wat"] and headers[-2:] == ["beslissing", "opmerking"]
    assert openpyxl.load_workbook(path)[SHEET]["D2"].value == "kans of knelpunt"
    first, fragments = rows[0], table(study, "fragments").set_index("fragment_id")
    fragment = fragments.loc[first["fragment_id"]]
    codes = table(study, "codings").query("fragment_id == @first['fragment_id'] and scheme == @first['scheme']")
    assert first["text"] == fragment["text"] and first["place"].endswith(f":{fragment['line']}")
    assert "kans tegen knelpunt" in first["reason"]
    for side in "ab":
        of_coder = codes.loc[codes["coder"] == first[f"coder_{side}"]].sort_values("rank")
        assert first[f"codes_{side}"] == ";".join(of_coder["code"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make(study, "--out", study.root / "anders.xlsx")
    assert (study.root / "anders.xlsx").read_bytes() == path.read_bytes()


def test_decisions_become_a_coder_of_their_own_and_the_codings_stay(study):
    originals = {path.name: path.read_bytes() for path in study.codings()}
    path, _ = make(study)
    rows = shown(path, SHEET)
    themes = [i for i, row in enumerate(rows, start=2) if row["scheme"] == "theme"][:3]
    reversal = rows[0]
    assert reversal["scheme"] == "polarity"
    fill(path, SHEET, {
        2: {"decision": "kans;knelpunt", "remark": "-beide"}, themes[0]: {"decision": "A"},
        themes[1]: {"decision": "b"}, themes[2]: {"decision": "geen"},
    })  # fmt: skip
    said = read(study, path)
    n_open = sum(row["scheme"] in ("theme", "polarity") for row in rows) - 4
    assert "4 meningsverschillen beslecht door deze lijst" in said and f"{n_open} staan nog open" in said
    found = {(row["fragment_id"], row["scheme"]): [] for row in rows_of(study)}
    for row in rows_of(study):
        found[row["fragment_id"], row["scheme"]].append(row)
    both = found[reversal["fragment_id"], "polarity"]
    assert [(row["code"], row["origin"], row["remark"]) for row in both] == [
        ("kans", "decided: A | B", "'-beide"), ("knelpunt", "decided: A | B", "'-beide")
    ]  # fmt: skip
    for number, codes in zip(themes, ([], [], ["-"]), strict=True):
        row = rows[number - 2]
        expected = codes or row["codes_a" if number == themes[0] else "codes_b"].split(";")
        assert [each["code"] for each in found[row["fragment_id"], "theme"]] == expected
    assert {scheme for _, scheme in found} == {"theme", "polarity"}
    agreed = sum(origin.startswith("agreed") for origin in (each[0]["origin"] for each in found.values()))
    assert f"over {agreed} antwoorden was men het al eens" in said and agreed == len(found) - 4
    assert {path.name: path.read_bytes() for path in study.codings() if path.stem != "adjudicated"} == originals


def test_figures_from_before_stay_apart_from_those_after(study, monkeypatch):
    def figures():
        rows = table(study, "agreement")
        mine = rows[(rows["comparison"] == "A | B") & rows["statistic"].isin(["cohen_kappa", "percent"])]
        return mine.drop(columns="position").reset_index(drop=True)

    before = figures()
    path, _ = make(study)
    fill(path, SHEET, {i: {"decision": "A"} for i, _ in enumerate(shown(path, SHEET), start=2)})
    assert "staan nog open" not in read(study, path)
    again(study, "agreement")
    assert figures().equals(before) and len(before)
    rows = table(study, "agreement")
    with_a = rows[rows["comparison"].isin(["A | adjudicated", "adjudicated | A"]) & (rows["scheme"] == "theme")]
    assert with_a.loc[(with_a["statistic"] == "percent") & (with_a["code"] == ""), "estimate"].iloc[0] == pytest.approx(
        1
    )
    # Only the stages up to agreement ran again here; a command refuses such tables else.
    monkeypatch.setattr("pipeline.run.history.require_finished", lambda study: None)
    assert "not settled yet" in make(study, "--out", study.root / "leeg.xlsx")[1]


def test_a_second_list_adds_to_the_first_and_changes_it_only_when_asked(study):
    path, _ = make(study, "--top", 2)
    assert len(shown(path, SHEET)) == 2
    fill(path, SHEET, {2: {"decision": "A"}})
    read(study, path)
    first = rows_of(study)
    fill(path, SHEET, {2: {"decision": "B"}, 3: {"decision": "A"}})
    assert "adjudication.xlsx, sheet 'Verschillen', row 2: was decided otherwise before" in read(study, path)
    assert rows_of(study) == first
    assert "2 meningsverschillen beslecht" in read(study, path, "--replace")
    decided = {row["fragment_id"]: row["code"] for row in rows_of(study) if row["origin"].startswith("decided")}
    rows = shown(path, SHEET)
    assert decided == {rows[0]["fragment_id"]: rows[0]["codes_b"], rows[1]["fragment_id"]: rows[1]["codes_a"]}


def test_all_that_is_wrong_is_said_at_once_by_row_and_nothing_is_written(study):
    path, _ = make(study)
    third = shown(path, SHEET)[1]
    fill(path, SHEET, {
        2: {"decision": "kanz"}, 4: {"fragment_id": third["fragment_id"], "scheme": third["scheme"]},
        5: {"fragment_id": "f-000000000000"}, 6: {"scheme": "soort"}, 7: {"coder_a": "Zoë"},
        8: {"decision": "A", "codes_a": "iets"},
    })  # fmt: skip
    said = read(study, path)
    for row, words in {
        2: "'kanz', which is not in scheme 'polarity' of the codebook. Did you mean 'kans'?",
        4: "repeats the fragment and scheme of row 3",
        5: "names the fragment 'f-000000000000', which this study does not have",
        6: "names the scheme 'soort', which the codebook does not have",
        7: "names in 'codeur A' a coder whom this study does not have",
        8: "decides for 'A', but 'codes van A' holds no code of scheme",
    }.items():
        assert any(f"sheet 'Verschillen', row {row}:" in line and words in line for line in said.splitlines()), words
    assert len(said.splitlines()) == 6
    assert not (study.root / "codings" / "adjudicated.csv").exists()


def test_a_list_without_decisions_is_refused(study):
    path, _ = make(study)
    assert "holds no decisions" in read(study, path)


def test_a_list_in_which_somebody_may_have_worked_is_not_written_over(study):
    path, _ = make(study)
    fill(path, SHEET, {2: {"decision": "A"}})
    assert "is there already, and is another worklist" in make(study)[1]
    assert "meningsverschillen" in make(study, "--replace")[1]


def test_a_file_that_somebody_else_made_is_not_touched(study):
    path, _ = make(study)
    fill(path, SHEET, {2: {"decision": "A"}})
    (study.root / "codings" / "adjudicated.csv").write_text("fragment_id,scheme,code\nf-1,hat,wit\n", encoding="utf-8")
    assert "codings/adjudicated.csv: was not written by this command" in read(study, path)


def test_a_person_and_the_machine_can_be_asked_for(study):
    path, said = make(study, "--coders", "A,machine-taught", "--top", 5)
    assert "A | machine-taught: 5" in said
    assert {(row["coder_a"], row["coder_b"]) for row in shown(path, SHEET)} == {("A", "machine-taught")}
    fill(path, SHEET, {2: {"decision": "B"}})
    read(study, path)
    assert {row["origin"] for row in rows_of(study)} == {"decided: A | machine-taught", "agreed: A | machine-taught"}


def test_options_that_exclude_each_other_are_refused(study):
    assert "goes with --replace only" in read(study, "x.xlsx", "--top", 3)
    assert "there is no coder 'Z'" in make(study, "--coders", "A,Z")[1]
