import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import reread

from pipeline.core.config import FragmentsConfig, load_config
from pipeline.core.errors import TableError
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.vocabulary import Kind, Role, Status
from pipeline.corpus.fragments import cut, group_sentences, is_filler, route, split_sentences
from pipeline.readers import synthesis
from pipeline.readers.sources import decode_file
from pipeline.text.normalisation import normalise

CONFIG = FragmentsConfig(min_words=3, max_words=12)
MINIATURE = Path(__file__).parents[1] / "data" / "miniature" / "eindsynthese.txt"


def utterances(*raws, start=0, **common):
    rows = []
    for i, raw in enumerate(raws):
        text = normalise(raw).text
        row = {
            "utterance_id": f"s-1:{i:05d}",
            "source_id": "s-1",
            "session": "tafel-1",
            "line": 1 + i,
            "char_start": start,
            "char_end": start + len(raw),
            "kind": "turn",
            "role": "deelnemer",
            "heading_path": ["Witte hoed"],
            "block": f"s-1:{i:05d}",
            "text": text,
            "raw": None if raw == text else raw,
        }
        rows.append({**row, **common})
        start += len(raw) + 1
    return table_from_rows(rows, "utterances")


def fragments_of(table, config=CONFIG):
    return cut(table, config=config).tables["fragments"]


def test_a_short_turn_is_one_fragment_with_all_it_had():
    table = utterances("Wij komen elke week samen.", start=7, speaker="D3", hat_given="wit", section="hoed")
    (row,) = fragments_of(table).to_dict("records")
    digest = hashlib.sha256(b"tafel-1\x1fWij komen elke week samen.\x1f1").hexdigest()
    assert row["fragment_id"] == f"f-{digest[:12]}"
    assert (row["char_start"], row["char_end"], row["n_words"], row["status"]) == (7, 33, 5, "used")
    assert (row["speaker"], row["hat_given"], row["section"], row["heading_path"]) == (
        "D3",
        "wit",
        "hoed",
        ["Witte hoed"],
    )
    assert pd.isna(row["reason"])


def test_lines_of_date_and_attendance_are_the_head_of_the_notes_and_a_label_is_a_label():
    table = utterances("5/03/24, 14u-16u", "Aanwezig: An, Bo", "2", "Wij komen elke week.", "AV: 3/03")
    table["kind"] = ["layout", "layout", "layout", "turn", "layout"]
    head, other = "at the head of the notes: date, who was there", "a page number, a label or a mark"
    found = fragments_of(table)
    assert found.loc[found["status"] == "layout", "reason"].tolist() == [head, head, other, other]


def test_a_long_turn_is_cut_at_ends_of_sentences_and_can_be_read_again():
    raw = (
        "Wij komen elke week samen in de\nzaal, bv. om te praten. Dat kost niets,\n"
        "ook geen vervoer. En de kof-\nfie is warm."
    )
    source = "Kop\n" + raw + "\n"
    table = utterances(raw, start=4)
    found = fragments_of(table)
    assert found["text"].tolist() == [
        "Wij komen elke week samen in de zaal, bv. om te praten.",
        "Dat kost niets, ook geen vervoer. En de koffie is warm.",
    ]
    assert found["line"].tolist() == [1, 2]
    assert found["utterance_id"].tolist() == ["s-1:00000"] * 2
    for row in found.itertuples():
        assert reread(source, row.char_start, row.char_end) == row.text


def test_note_marks_that_a_reader_took_away_do_not_hinder_cutting():
    raw = "Wij komen elke week3 samen in de zaal van de kerk. Dat kost\nniets."
    table = utterances(raw, text=normalise(raw, {"3"}).text, raw=raw)
    found = fragments_of(table)
    assert found["text"].tolist() == ["Wij komen elke week samen in de zaal van de kerk.", "Dat kost niets."]
    assert found["char_end"].tolist() == [raw.index(" Dat"), len(raw)]


@pytest.mark.parametrize("kind", ["statement", "quote", "paragraph", "author"])
def test_only_turns_and_notes_are_cut(kind):
    table = utterances("Een twee drie vier. " * 8, kind=kind)
    assert len(fragments_of(table)) == 1


def test_a_long_sentence_stays_whole():
    text = "woord " * 40 + "einde."
    assert fragments_of(utterances(text))["n_words"].tolist() == [41]


def test_raw_that_does_not_fit_is_an_error():
    table = utterances("Een twee drie\n  vier vijf zes. Zeven acht negen tien elf twaalf dertien.").assign(raw=None)
    with pytest.raises(TableError, match="'raw' is missing"):
        fragments_of(table)


def test_a_turn_whose_place_is_unknown_stays_whole_and_is_noticed():
    table = utterances("Een twee drie vier vijf zes. Zeven acht negen tien elf twaalf dertien.")
    changed = table.assign(text=table["text"].str.replace("zes", "ZES"), raw=table["text"])
    output = cut(changed, config=CONFIG)
    assert len(output.tables["fragments"]) == 1
    assert [notice.where for notice in output.notices] == ["s-1"]
    assert "ZES" not in output.notices[0].message


def test_every_utterance_gives_a_fragment_and_the_input_is_not_changed():
    table = utterances("Ja.", "", "Wij komen elke week. " * 5, "12", "Dank u.")
    before = table.copy(deep=True)
    found = fragments_of(table)
    assert set(found["utterance_id"]) == set(table["utterance_id"])
    pd.testing.assert_frame_equal(table, before)


def test_the_same_text_twice_has_two_names_in_order_of_place():
    table = utterances("Dat is te duur.", "Dat is te duur.")
    shuffled = table.iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(fragments_of(table), fragments_of(shuffled))
    assert fragments_of(table)["fragment_id"].nunique() == 2


def test_the_name_does_not_depend_on_the_place():
    first, later = fragments_of(utterances("Dat is te duur.")), fragments_of(utterances("Dat is te duur.", start=90))
    assert first["fragment_id"].tolist() == later["fragment_id"].tolist()


def test_no_utterances_give_no_fragments():
    assert fragments_of(empty_table("utterances")).empty


@pytest.mark.parametrize(
    ("text", "kind", "role", "section", "status"),
    [
        ("De zaal is te klein.", "turn", "deelnemer", "hoed", "used"),
        ("De zaal is te klein.", "statement", None, None, "used"),
        ("De zaal is te klein.", "turn", "gespreksleider", "hoed", "moderator"),
        ("De zaal is te klein.", "turn", "verslaggever", "hoed", "moderator"),
        ("De zaal is te klein.", "turn", "deelnemer", "inleiding", "procedure"),
        ("De zaal is te klein.", "turn", "deelnemer", "afronding", "used"),
        ("Bedankt, tot volgende week.", "turn", "deelnemer", "afronding", "procedure"),
        ("Bedankt, tot volgende week.", "turn", "deelnemer", "hoed", "used"),
        ("(pauze)", "statement", None, "hoed", "procedure"),
        ("Ja, ja, dat is waar.", "turn", "deelnemer", "hoed", "filler"),
        ("(gelach)", "turn", "deelnemer", "hoed", "filler"),
        ("Te duur.", "turn", "deelnemer", "hoed", "too_short"),
        ("Te duur.", "note", "deelnemer", "notities", "too_short"),
        ("De zaal is te klein.", "author", None, None, "author"),
        ("Kansen", "heading", None, None, "heading"),
        ("1 Met dank aan allen.", "footnote", None, None, "footnote"),
        ("14", "layout", None, None, "layout"),
    ],
)
def test_routing(text, kind, role, section, status):
    found, reason = route(text, Kind(kind), Role(role) if role else None, section, 3)
    assert found == Status(status)
    assert (reason is None) == (status == "used")
    assert reason is None or text not in reason


def test_long_thanks_in_the_closing_round_are_used():
    text = "Bedankt, en ik neem mee dat wij onze sleutels beter aan de buren geven dan aan een kastje op straat."
    assert route(text, Kind.TURN, Role.DEELNEMER, "afronding", 3)[0] is Status.USED


@pytest.mark.parametrize("text", ["Ja.", "Amai!", "Euh, ja, voilà.", "Dat klopt.", "Zo is het.", "Mm, ja.", "…"])
def test_fillers(text):
    assert is_filler(text)


@pytest.mark.parametrize("text", ["Ja, maar te laat.", "Dat klopt niet.", "Dat is een last.", "Goede zaal."])
def test_no_fillers(text):
    assert not is_filler(text)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Een. Twee.", ["Een.", "Twee."]),
        ("Dat kost geld, bv. Twee euro.", ["Dat kost geld, bv. Twee euro."]),
        ("T.t.z., wij niet. Zij wel, m.b.t. De Zaal.", ["T.t.z., wij niet.", "Zij wel, m.b.t. De Zaal."]),
        ("Stoelen, tafels enz. Daarna niets.", ["Stoelen, tafels enz.", "Daarna niets."]),
        ("Stoelen, tafels enz. en banken.", ["Stoelen, tafels enz. en banken."]),
        ("Dr. A. Peeters komt. Nl. Om vier uur.", ["Dr. A. Peeters komt.", "Nl. Om vier uur."]),
        ("“Komt gij?” “Neen!” Zo ging dat.", ["“Komt gij?”", "“Neen!”", "Zo ging dat."]),
        ("Wij wachten … en dan. (…) Later weer.", ["Wij wachten … en dan.", "(…) Later weer."]),
        ("Het kost 2.50 euro. 3 keer.", ["Het kost 2.50 euro.", "3 keer."]),
        ("zonder einde", ["zonder einde"]),
        ("", []),
    ],
)
def test_sentences(text, sentences):
    assert [text[first:last] for first, last in split_sentences(text)] == sentences


words = st.lists(
    st.sampled_from(["een", "Twee.", "drie?", "bv.", "Vier!", "zaal,", "enz.", "Wij"]), min_size=1, max_size=60
)


@given(words.map(" ".join))
def test_groups_cover_the_text_in_order(text):
    groups = group_sentences(text, CONFIG)
    assert " ".join(text[first:last] for first, last in groups) == text
    longest = max(len(text[first:last].split()) for first, last in split_sentences(text))
    limit = max(CONFIG.max_words, longest) + CONFIG.min_words
    assert all(len(text[first:last].split()) <= limit for first, last in groups)


@given(
    st.lists(st.sampled_from(["een ", "Twee. ", "drie\n", "lange-\n", "Vier!\n\n", "OCMW-\n", "zaal,  "]), max_size=60)
)
def test_parts_can_always_be_read_again(pieces):
    raw = "".join(pieces).strip() or "leeg"
    for row in fragments_of(utterances(raw)).itertuples():
        assert reread(raw, row.char_start, row.char_end) == row.text


def test_statements_and_quotes_of_the_miniature_are_exactly_one_fragment_each():
    reading = synthesis.read(decode_file(MINIATURE, "eindsynthese.txt"))
    table = table_from_rows(reading.utterances, "utterances")
    found = cut(table, config=load_config().fragments).tables["fragments"]
    assert found["utterance_id"].is_unique and len(found) == len(table)
    used = found[found["status"] == "used"]
    assert set(used["kind"]) == {"statement", "quote", "paragraph"}
    assert (found.loc[found["status"] != "used", "reason"].str.len() > 0).all()
    for row in found.itertuples():
        assert reread(reading.source.text, row.char_start, row.char_end) == row.text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("TODO griet: mail naar sportdienst", "procedure"),
        ("-> groot applaus", "procedure"),
        ("luid gelach", "procedure"),
        ("er was veel applaus voor de redder", "used"),
        ("de stilte op het kerkhof doet deugd", "used"),
    ],
)
def test_what_is_still_to_do_and_what_the_table_did_are_no_remarks(text: str, status: str) -> None:
    assert str(route(text, Kind.STATEMENT, None, None, 3)[0]) == status
