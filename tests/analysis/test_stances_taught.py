"""The judge and codes: from none to many, whatever the order, and when it abstains."""

import numpy as np
import pandas as pd
import pytest

from pipeline.analysis.stances.classifier import calibrate, fit
from pipeline.analysis.stances.scales import SCALES, find_margins
from pipeline.analysis.stances.stage import judge
from pipeline.core.config import StancesConfig
from pipeline.core.errors import Output
from pipeline.core.vocabulary import Scheme
from tests.analysis.test_stances import TABLES, coded_study, fragment, study, values
from tests.analysis.test_stances_concepts import Seeing

CONFIG = StancesConfig(min_margin=0.15, max_abstained=0.1, min_coded=20, folds=2, seed=3)


def run(made, config: StancesConfig = CONFIG, encoder=None) -> Output:
    return judge(*(made[name] for name in TABLES), config=config, encoder=encoder)


def shuffled(made) -> dict[str, pd.DataFrame]:
    """The same study with everything moved that a machine must not see: order, headings, kinds, places."""
    draw = np.random.default_rng(5)
    moved = {name: table.iloc[draw.permutation(len(table))].reset_index(drop=True) for name, table in made.items()}
    fragments = moved["fragments"]
    moved["fragments"] = fragments.assign(
        heading_path=[["Kansen", "elders"] for _ in range(len(fragments))],
        kind=["quote", "statement"] * (len(fragments) // 2) + ["turn"] * (len(fragments) % 2),
        line=draw.permutation(fragments["line"].to_numpy()),
        char_start=draw.permutation(fragments["char_start"].to_numpy()),
        utterance_id=list(reversed(fragments["utterance_id"].tolist())),
    )
    return moved


@pytest.mark.parametrize("n_coded", [0, 40])
def test_order_headings_and_kinds_change_nothing(n_coded):
    made = coded_study()
    if not n_coded:
        made |= {name: made[name].iloc[:0] for name in ("human_codings", "seen")}
    one, other = run(made), run(shuffled(made))
    for name in ("stances", "hat_sentiments", "hat_conflicts"):
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])
    assert one.notices == other.notices


@pytest.mark.parametrize("n", [0, 1, 2, 5, 14, 15, 30])
def test_any_number_of_fragments_gets_a_judgement_of_each_kind(n):
    made = coded_study(n) if n else study([fragment(0, "kort", status="too_short")], vectors=[[1.0, 0.0]])
    output = run(made)
    stances = output.tables["stances"]
    assert stances["fragment_id"].nunique() == n
    if n:
        assert set(stances["scheme"]) == set(SCALES)
        learned = "learned from 30 coded fragments" in " ".join(notice.message for notice in output.notices)
        assert learned == (n == 30)


def test_codes_teach_what_the_vectors_know_in_two_folds():
    made = coded_study()
    output = run(made)
    judged = values(output, "polarity")
    right = sum(judged[f"f-{i:03d}"] == ["kans" if i % 2 else "knelpunt"] for i in range(40))
    assert right >= 36
    assert set(output.tables["stances"].query("scheme == 'polarity'")["fold"]) == {0, 1}


def test_no_fragment_is_judged_by_a_model_that_saw_its_code():
    whole, flipped = run(coded_study()), run(coded_study(flipped=7))
    assert values(whole, "polarity")["f-007"] == values(flipped, "polarity")["f-007"]


def test_seed_sentences_speak_where_nothing_was_coded():
    rows = [fragment(1, "De tuin is vlot en fijn"), fragment(2, "De tuin is naar en stroef")]
    vectors = Seeing().encode([row["text"] for row in rows], batch_size=2).tolist()
    output = run(study(rows, vectors), encoder=Seeing())
    messages = [notice.message for notice in output.notices]
    expected = "0 coded fragments, fewer than 20: cue lexicon, seed sentences and valence only"
    assert messages == [f"{scheme}: {expected}" for scheme in SCALES]
    assert run(study(rows, vectors)).notices[0].message.endswith("cue lexicon only")


def test_without_signal_few_fragments_abstain_once_taught():
    draw = np.random.default_rng(2)
    rows = [fragment(i, f"De kast staat daar nummer{i}") for i in range(80)]
    codes = [("A", i, "polarity", "kans" if draw.random() < 0.5 else "knelpunt") for i in range(80)]
    made = study(rows, draw.normal(size=(80, 4)).tolist(), codes)
    strict = StancesConfig(min_margin=0.9, max_abstained=1.0, min_coded=20, folds=2, seed=3)
    abstained = [run(made, config).tables["stances"].query("scheme == 'polarity'")["abstained"].mean()
                 for config in (CONFIG, strict)]  # fmt: skip
    assert abstained[0] <= 0.25
    assert abstained[1] >= abstained[0] + 0.2


def test_a_given_hat_speaks_for_polarity_only_where_the_study_says_so():
    rows = [fragment(i, f"De kast staat daar nummer{i}", hat="geel" if i % 2 else "zwart") for i in range(40)]
    codes = [("A", i, "polarity", "kans" if i % 2 else "knelpunt") for i in range(40)]
    made = study(rows, None, codes)
    right = []
    for context in ("none", "hat"):
        judged = values(run(made, CONFIG.model_copy(update={"context": context})), "polarity")
        right.append(sum(judged[f"f-{i:03d}"] == [codes[i][3]] for i in range(40)))
    assert right[1] == 40
    assert right[0] < 30


def test_few_codes_leave_the_odds_nearly_as_they_were_held():
    prior = np.array([[2.0], [-2.0]])
    shift = fit(np.array([[0.1], [-0.1]]), np.array([[True], [False]]), prior)
    assert np.abs(shift.add(np.array([[0.1], [-0.1]]), prior) - prior).max() < 0.05
    many = fit(np.tile([[1.0], [-1.0]], (200, 1)), np.tile([[False], [True]], (200, 1)), np.tile(prior, (200, 1)))
    assert many.add(np.array([[1.0]]), prior[:1])[0, 0] < 0


def test_calibration_flattens_odds_that_were_wrong_and_never_turns_them_round():
    draw = np.random.default_rng(1)
    odds, truth = draw.normal(0, 3, size=(400, 1)), draw.random((400, 1)) < 0.5
    assert np.abs(calibrate(odds, truth, np.array([[3.0], [-3.0]])) - 0.5).max() < 0.15
    contrary = odds < 0
    high, low = calibrate(odds, contrary, np.array([[3.0], [-3.0]]))[:, 0]
    assert high >= low


def test_the_margin_of_one_value_is_its_distance_to_its_absence():
    assert np.allclose(find_margins(np.array([[0.75]]), Scheme.HAT), [0.5])
    assert np.allclose(find_margins(np.array([[0.0, 0.0]]), Scheme.SENTIMENT), [0.0])


def test_a_text_that_stands_in_two_sessions_teaches_nothing_about_its_copy():
    """Two copies lie in two sessions: the code of the one must not change what is judged of the other."""
    judged = []
    for code in ("kans", "knelpunt"):
        rows = [fragment(i, f"De kast staat daar nummer{i // 2 if i in (6, 7) else i + 50}", session=f"tafel {i % 2}")
                for i in range(40)]  # fmt: skip
        codes = [("A", i, "polarity", code if i == 7 else "kans" if i % 3 else "knelpunt") for i in range(40)]
        vectors = [[1.0 + i % 3, 1.0] for i in range(40)]
        found = run(study(rows, vectors, codes)).tables["stances"].query("scheme == 'polarity' and rank == 1")
        judged.append(found.set_index("fragment_id")["score"]["f-006"])
    assert judged[0] == judged[1]
