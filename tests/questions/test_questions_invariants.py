"""What must hold of any study: sums, ranges, and no fragment that is not there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from questions_study import CONFIG, answer, coding, fragment, look, make_study, rows

WORDS = ("sleutel", "beleidsplan", "tuin", "geld", "buur", "tijd", "wachtzaal", "brug")
CODERS = ("A", "B", "machine-inductive", "machine-taught")
QUICK = CONFIG.model_copy(update={"permutations": 99, "orders": 100})

REMARK = st.fixed_dictionaries({
    "text": st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join),
    "session": st.sampled_from(("s1", "s2", "s3")),
    "speaker": st.sampled_from((None, "D1", "D2")),
    "kind": st.sampled_from(("turn", "note", "statement")),
    "hat": st.sampled_from((None, "wit", "groen", "zwart")),
    "status": st.sampled_from(("used", "used", "used", "moderator", "filler")),
})  # fmt: skip
GIVEN_CODES = st.fixed_dictionaries({
    "coder": st.sampled_from(CODERS),
    "themes": st.lists(st.sampled_from(("deur", "tuin", "T01")), max_size=2, unique=True),
    "polarities": st.lists(st.sampled_from(("kans", "knelpunt", "neutraal")), max_size=2, unique=True),
    "other": st.sampled_from((None, ("hat", "groen"), ("sentiment", "positief"), ("expectation", "meer"),
                              ("subtheme", "slot"))),
    "looked": st.booleans(),
})  # fmt: skip


@st.composite
def studies(draw):
    remarks = draw(st.lists(REMARK, max_size=14))
    fragments, codings, seen = [], [], []
    for i, remark in enumerate(remarks):
        name = f"f{i:02d}"
        role = "gespreksleider" if remark["status"] == "moderator" else "deelnemer"
        text = remark["text"] + ("?" if i % 3 == 0 else ".")
        fragments.append(fragment(name, text, role=role, **{k: v for k, v in remark.items() if k != "text"}))
        for one in draw(st.lists(GIVEN_CODES, max_size=3, unique_by=lambda codes: codes["coder"])):
            codings += [coding(one["coder"], name, "theme", code, rank) for rank, code in enumerate(one["themes"], 1)]
            codings += [coding(one["coder"], name, "polarity", c, rank) for rank, c in enumerate(one["polarities"], 1)]
            codings += [coding(one["coder"], name, *one["other"])] if one["other"] else []
            if one["looked"] and not one["coder"].startswith("machine"):
                seen += [look(one["coder"], name, scheme) for scheme in ("theme", "polarity")]
    return make_study(fragments, codings, seen, [{"scheme": "theme", "code": "deur"}])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(studies())
def test_counts_sum_and_shares_are_shares(study):
    tables = answer(study, QUICK)
    used = set(study["fragments"].loc[study["fragments"]["status"] == "used", "fragment_id"])
    profiles = rows(tables["theme_profiles"])
    counts = tables["theme_counts"]
    coded = study["codings"]
    for profile in profiles:
        mine = counts.loc[(counts["coder"] == profile["coder"]) & (counts["theme"] == profile["theme"])]
        assert set(mine["aspect"]) == {"hat", "polarity", "sentiment", "prompting", "medium"}
        assert set(mine.groupby("aspect")["n"].sum()) == {profile["n_fragments"]}
        given_codes = coded.loc[(coded["coder"] == profile["coder"]) & (coded["scheme"] == "theme")
                                & (coded["code"] == profile["theme"]) & coded["fragment_id"].isin(used)]  # fmt: skip
        assert profile["n_fragments"] == len(given_codes)
        media = ("notes", "aloud", "both", "untold")
        assert sum(profile[f"n_sessions_{name}"] for name in media) == profile["n_sessions"]
        assert 0 < profile["n_fragments"] <= profile["n_seen"] <= len(used)
        assert profile["n_sessions"] <= profile["n_sessions_seen"]
        for who in ("session", "speaker"):
            share, chance, p = (profile[f"{who}_{name}"] for name in ("share", "chance", "p"))
            assert share is None or (0 < share <= 1 and 0 < chance <= 1 and 0 < p <= 1)
    check_references(tables, used)
    check_answers(tables)


def check_references(tables, used):
    for name, columns in (("theme_quotes", ("fragment_id",)), ("knelpunten", ("fragment_id",)),
                          ("answers", ("knelpunt_id", "answer_id")),
                          ("perspectives", ("kans_id", "knelpunt_id"))):  # fmt: skip
        for column in columns:
            assert set(tables[name][column]) <= used
    for row in rows(tables["perspectives"]):
        assert row["kans_id"] != row["knelpunt_id"] and row["shared"]
    quotes = tables["theme_quotes"]
    assert not quotes.duplicated(["coder", "theme", "fragment_id"]).any()


def check_answers(tables):
    knelpunten = {row["fragment_id"]: row for row in rows(tables["knelpunten"])}
    given_answers = tables["answers"]["knelpunt_id"].value_counts().to_dict()
    assert {name: row["n_answers"] for name, row in knelpunten.items() if row["n_answers"]} == given_answers
    for row in rows(tables["theme_answers"]):
        assert row["n_answered"] + len(row["unanswered"]) == row["n_knelpunten"]
        assert all(knelpunten[name]["n_answers"] == 0 for name in row["unanswered"])
    for row in rows(tables["saturation"]):
        assert row["mean"] is None or row["low"] <= row["mean"] <= row["high"] <= row["n_all"]


@pytest.mark.parametrize("n", [0, 1, 2, 5, 14])
def test_remarks_that_are_all_the_same_give_a_valid_result(n):
    fragments = [fragment(f"f{i:02d}", "Altijd dezelfde sleutel.", session=f"s{i % 2}") for i in range(n)]
    codings = [coding("A", row["fragment_id"], "theme", "deur") for row in fragments]
    codings += [coding("A", row["fragment_id"], "polarity", ("kans", "knelpunt")[i % 2])
                for i, row in enumerate(fragments)]  # fmt: skip
    vectors = {row["fragment_id"]: [1.0, 0.0, 0.0, 0.0] for row in fragments}
    tables = answer(make_study(fragments, codings, vectors=vectors), QUICK)
    assert len(tables["theme_profiles"]) == (n > 0)
    assert len(tables["perspectives"]) == 0
    assert len(rows(tables["theme_quotes"], role="shows")) == (n > 0)
