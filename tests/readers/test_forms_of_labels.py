"""Who speaks, in the forms in which people write it; all invented."""

import pytest
from written_notes import read, used

from pipeline.readers.captions import read_caption_text
from pipeline.readers.documents.pdf import read_paragraphs
from pipeline.readers.documents.pdf_layout import PdfLine, find_tables
from pipeline.readers.sources import SourceText
from pipeline.readers.speech_json import read_speech_text


def remarks(text: str, name: str = "tafel.txt") -> list[tuple]:
    return used(read(text, name))


HEAD = "Tafel 3\nAanwezig: Els (mod.), An Vermeulen, Bilal, Mevr. De Smet\n\n"


@pytest.mark.parametrize(
    ("lines", "speakers"),
    [
        ("Wit\nAV: drie bussen per uur\nBI: na acht uur niks", ["An Vermeulen", "Bilal"]),
        ("Wit\nAV - drie bussen per uur\nBI - na acht uur niks", ["An Vermeulen", "Bilal"]),
        ("Wit\n- drie bussen per uur (AV)\n- na acht uur niks (BI)", ["An Vermeulen", "Bilal"]),
        ("Wit\n- drie bussen per uur – DS\n- na acht uur niks – BI", ["Mevr. De Smet", "Bilal"]),
        ("Wit\nAV\tdrie bussen per uur\nBI\tna acht uur niks", ["An Vermeulen", "Bilal"]),
        ('Wit\nAV: "drie bussen per uur"\nBI: "na acht uur niks"', ["An Vermeulen", "Bilal"]),
        ("Wit\nBilal\ndrie bussen per uur\n\nAn\nna acht uur niks", ["Bilal", "An Vermeulen"]),
        ("Wit\nAV/BI: drie bussen per uur\n?: na acht uur niks", ["An Vermeulen/Bilal", None]),
        ("Wit\nAn [lacht]: drie bussen per uur\nMevr. De Smet: na acht uur niks", ["An Vermeulen", "Mevr. De Smet"]),
        ("Wit\nEls: wat weten we?\ndrie bussen per uur\nAV: na acht uur niks", [None, "An Vermeulen"]),
    ],
)
def test_forms_of_a_label(lines: str, speakers: list[str | None]) -> None:
    texts = ["drie bussen per uur", "na acht uur niks"]
    assert remarks(f"{HEAD}{lines}\n") == [(who, "wit", text) for who, text in zip(speakers, texts, strict=True)]


def test_welcome_questions_and_practical_matters_are_no_remarks() -> None:
    found = remarks("""
        Verslag tafel 11 Boskant
        Aanwezig: Els De Wit (gespreksleider), Rita (verslag), Omar, Lies

        Welkom door Els, uitleg van de hoeden. Iedereen akkoord met opname.

        1) WIT: wat weten we?
        Omar zegt: er zijn veertig mensen op de wachtlijst
        Lies: Bijvoorbeeld: dat waren er vorig jaar maar twaalf

        Pauze om 15u, koffie en taart.

        Slot: Els bedankt iedereen, verslag volgt per mail.
        """)
    assert found == [
        ("Omar", "wit", "er zijn veertig mensen op de wachtlijst"),
        ("Lies", "wit", "Bijvoorbeeld: dat waren er vorig jaar maar twaalf"),
    ]


def test_a_mail_around_the_notes_is_left_out() -> None:
    found = remarks("""
        Van: Els <els@voorbeeld.be>
        Aan: Karin
        Onderwerp: tafel 3

        Dag Karin,

        WIT
        Bart: er zijn drie bussen per uur
        Nadia: na acht uur rijdt er niks meer
        Bart: de halte is verder gelegd

        Groetjes
        Els
        Verzonden vanaf mijn telefoon
        """)
    assert [(who, hat) for who, hat, _ in found] == [("Bart", "wit"), ("Nadia", "wit"), ("Bart", "wit")]


def test_a_man_and_a_woman_of_one_name_stay_two() -> None:
    found = remarks("""
        De voorzitter: We beginnen met de avondbus.
        Mevrouw De Wit (Groei): Het kost te veel.
        De heer De Wit (Lokaal): Dat is niet waar gezien.
        De voorzitter: Mevrouw De Wit heeft het woord.
        Mevrouw De Wit (Groei): Ik heb de cijfers bij.
        """)
    assert [who for who, _, _ in found] == ["Mevrouw De Wit", "De heer De Wit", "Mevrouw De Wit"]


def test_questions_of_an_interview_without_labels_are_kept_aside() -> None:
    found = remarks("""
        Interview met Dirk, mantelzorger

        Hoe bent u hier gekomen?
        Mijn vrouw kreeg een diagnose.

        Wat doet dat met u?
        Ik slaap slecht en ik kom nergens meer.
        """)
    assert [text for _, _, text in found] == [
        "Mijn vrouw kreeg een diagnose.",
        "Ik slaap slecht en ik kom nergens meer.",
    ]


def test_a_profession_is_no_role_where_somebody_leads() -> None:
    found = remarks("""
        Focusgroep 9
        Aanwezig:
        * Mia Claes, animator
        * Jos Peeters, bewoner
        * Moderator: Karin

        ZWARTE HOED: wat loopt moeilijk?
        * Jos: het eten is altijd koud
        * Mia: we zijn met te weinig
        """)
    assert [who for who, _, _ in found] == ["Jos Peeters", "Mia Claes"]


def test_the_hat_in_the_name_of_the_file_holds_where_the_notes_name_none() -> None:
    assert remarks("D1: de helling is te steil\nD2: geen geld voor verwarming\n", "tafel 3 - zwarte hoed.txt") == [
        ("D1", "zwart", "de helling is te steil"),
        ("D2", "zwart", "geen geld voor verwarming"),
    ]


def test_a_heading_may_ask_what_its_hat_asks():
    text = "# Dorp\n\n## Waar wringt het? (zwarte hoed)\nde halte is te ver weg (Gerda)\ner is geen bank (Ludo)\n"
    text += "de bus rijdt mij voorbij (Gerda)\n"
    assert [(who, hat) for who, hat, _ in remarks(text)] == [("Gerda", "zwart"), ("Ludo", "zwart"), ("Gerda", "zwart")]


def test_a_letter_with_a_full_stop_is_a_label_where_a_legend_gives_it():
    legend = "WH = witte hoed, ZH zwarte, GRH groene\nG = Gerda, L = Ludo\n\n"
    talk = "WH\nG. de bus rijdt om het uur\nL. er is maar een halte\n\nZH\nL. de halte is te ver weg\n"
    assert [(who, hat) for who, hat, _ in remarks(legend + talk)] == [
        ("Gerda", "wit"), ("Ludo", "wit"), ("Ludo", "zwart"),
    ]  # fmt: skip
    listed = "## Wit\n\nA. de bus rijdt om het uur\nB. er is maar een halte\n\n## Zwart\n\nA. te ver weg voor mij\n"
    assert {who for who, _, _ in remarks(listed)} == {None}


def test_the_party_of_a_member_of_a_council_is_no_hat():
    text = """
        Raadslid Maes (Groen): de bus rijdt te weinig door het dorp
        Schepen Pype (Vooruit): dat staat in het nieuwe plan
        Raadslid Maes (Groen): dat plan is er nog altijd niet
    """
    assert {hat for _, hat, _ in remarks(text)} == {None}
    assert [hat for _, hat, _ in remarks("Gerda (groen): een bank\nLudo (geel): de bus is net\n") if hat] == [
        "groen",
        "geel",
    ]


def test_what_is_said_at_a_time_is_no_heading_and_an_unknown_speaker_is_nobody():
    said = [
        ("Wies Roels", "Witte hoed, alleen wat je weet."), ("Unknown Speaker", "de bus rijdt om het uur"),
        ("Wies Roels", "Zwarte hoed."), ("Gerda", "de halte is te ver weg"),
        ("Wies Roels", "Laatste, groen."), ("Ludo", "een bank aan elke halte"),
    ]  # fmt: skip
    text = "".join(f"{who}  00:{i + 10}\n{words}\n\n" for i, (who, words) in enumerate(said))
    assert [(who, hat) for who, hat, _ in remarks(text)] == [(None, "wit"), ("Gerda", "zwart"), ("Ludo", "groen")]


def test_a_pair_in_brackets_is_two_speakers():
    text = "S1 = Gerda, S2 = Ludo\n\n"
    text += "[S1] de bus rijdt om het uur\n[S2] de halte is te ver weg\n[S1 en S2] er is geen bank\n"
    assert [who for who, _, _ in remarks(text)] == ["Gerda", "Ludo", "Gerda/Ludo"]


def test_captions_name_who_sits_behind_a_device_and_follow_colours():
    said = [
        ("Wies", "Eerst wit."), ("iPad van Gerda", "De bus rijdt om het uur."), ("Wies", "Merci, nu zwart."),
        ("Ludo", "De halte is te ver weg."), ("Wies", "En dan groen, ideeën."), ("Ludo", "Een bank aan de halte."),
    ]  # fmt: skip
    cues = [f"00:00:0{i}.000 --> 00:00:0{i}.900\n<v {who}>{words}</v>\n" for i, (who, words) in enumerate(said)]
    reading = read_caption_text(SourceText("a.vtt", "WEBVTT\n\n" + "\n".join(cues), "", "utf-8"), "text")
    turns = [row for row in reading.utterances if row["kind"] == "turn" and row["role"] == "deelnemer"]
    assert [(row["speaker"], row["hat_given"]) for row in turns] == [
        ("Gerda", "wit"), ("Ludo", "zwart"), ("Ludo", "groen"),
    ]  # fmt: skip


def test_a_list_of_speakers_beside_recognised_speech_names_them():
    text = (
        '{"speakers": [{"spkid": "s1", "name": "Interviewer"}, {"spkid": "s2", "name": "Gerda"}], "segments": ['
        '{"speaker": "s1", "text": "Hoe vaak rijdt de bus?", "start": 0, "end": 1},'
        '{"speaker": "s2", "text": "De bus rijdt om het uur.", "start": 1, "end": 3}]}'
    )
    rows = read_speech_text(SourceText("a.json", text, "", "utf-8")).utterances
    assert {(row["speaker"], row["role"]) for row in rows if row["speaker"]} == {
        ("Gespreksleider", "gespreksleider"), ("Gerda", "deelnemer"),
    }  # fmt: skip


def test_a_cell_over_several_rows_of_a_pdf_table_leaves_each_speaker_a_row():
    rows = [
        ("WIT", "Gerda", "de bus rijdt"), ("", "", "om het uur"), ("", "Ludo", "er is een halte"),
        ("ZWART", "Ludo", "de halte is"), ("", "", "te ver weg"), ("", "Gerda", "er is geen bank"),
    ]  # fmt: skip
    lines = []
    for i, cells in enumerate(rows):
        placed = tuple((x, x + 60.0, cell) for x, cell in zip((50.0, 150.0, 250.0), cells, strict=True) if cell)
        text = " ".join(cell for _, _, cell in placed)
        cells_of = placed if placed[1:] else ()
        lines.append(PdfLine(text, placed[0][0], placed[-1][1], 100.0 + 12 * i, 10.0, False, 1, cells=cells_of))
    ((_, table),) = [each for each in find_tables(lines, 12.0, 320.0, [False] * len(lines)) if isinstance(each, tuple)]
    assert [row[1].blocks[0].text for row in table.rows] == ["Gerda", "Ludo", "Ludo", "Gerda"]


def test_a_parent_by_a_child_and_nobody_before_a_slash():
    said = [
        ("Gerda", "de bus rijdt om het uur"), ("Paps v. Nore", "er is maar een halte"), ("?", "te ver weg voor mij"),
        ("Mama tweeling", "twee zitjes op een rij"), ("Paps v. Nore", "een bank aan de halte"),
    ]  # fmt: skip
    text = "## Wit\n\n" + "\n".join(f"* {who} / {words}" for who, words in said) + "\n"
    assert [(who or "?", words) for who, _, words in remarks(text)] == said


def paragraphs_of(*lines: str) -> list[str]:
    placed = [PdfLine(text, 50.0, 50.0 + 5 * len(text), 100.0 + 12 * i, 10.0, False, 1) for i, text in enumerate(lines)]
    return [block.text for block in read_paragraphs(placed).blocks]


def test_a_full_line_of_a_pdf_does_not_go_on_with_the_turn_of_somebody_else():
    lines = (
        "Nora: de zaal is elke avond bezet tot tien uur, en ook op zondag",
        "Veerle: er is een zwembad",
        "Nora: de trainer die wij vonden is na een jaar weer weg naar een",
        "club die beter betaalt",
        "Veerle: wij krijgen de uren die niemand wil, om zes uur al in de",
        "ochtend op zaterdag",
    )
    assert [text[:8] for text in paragraphs_of(*lines)] == ["Nora: de", "Veerle: ", "Nora: de", "Veerle: "]
    prose = ("De zaal is elke avond bezet tot tien uur, en dat vindt de ploeg", "Nota: niets daarvan is nieuw")
    assert len(paragraphs_of(*prose, "en dat weet ook iedereen die er komt")) == 2


def test_the_numbers_of_lines_in_a_pdf_are_no_text():
    lines = (
        "1 Nora: de zaal is elke avond bezet tot tien uur, en ook de hele",
        "2 zondag",
        "3 Piet: er is een zwembad",
        "4 Nora: de trainer is weg",
        "5 Piet: wij krijgen de uren die niemand wil",
    )
    assert paragraphs_of(*lines)[:2] == [
        "Nora: de zaal is elke avond bezet tot tien uur, en ook de hele zondag",
        "Piet: er is een zwembad",
    ]


def test_lines_that_who_answers_a_mail_added_to_what_it_quotes() -> None:
    found = remarks("""
        Van: Wies
        Onderwerp: RE: nota

        Dag allen, wat ik toevoeg staat bij W>>
        groetjes
        Wies
        Denk aan het milieu voor u deze mail print

        > ZWART
        > - Gerda: de bus rijdt maar om het uur
        > - Ludo: de halte is te ver weg
        W>> - Gerda: en de chauffeur wacht niet
        >
        > GEEL
        > - Ludo: het is goedkoop
        """)
    assert found == [
        ("Gerda", "zwart", "de bus rijdt maar om het uur"),
        ("Ludo", "zwart", "de halte is te ver weg"),
        ("Gerda", "zwart", "en de chauffeur wacht niet"),
        ("Ludo", "geel", "het is goedkoop"),
    ]


def test_who_came_later_and_is_known_by_one_letter() -> None:
    found = remarks("""
        Aanwezig: An Pauwels (AP), Jef Wouters (JW), later toegekomen: Kaat Diels (K)

        WIT
        AP: er zijn drie bussen per uur
        K: na acht uur rijdt er niks meer
        JW: de halte is verder gelegd
        """)
    assert [who for who, _, _ in found] == ["An Pauwels", "Kaat Diels", "Jef Wouters"]
