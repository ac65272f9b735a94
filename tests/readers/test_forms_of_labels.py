"""Who speaks, in the forms in which people write it; all invented."""

from textwrap import dedent

import pytest

from pipeline.core.vocabulary import Kind, Role, Status
from pipeline.corpus.fragments import route
from pipeline.readers import read_text
from pipeline.readers.files.reading import SourceText


def remarks(text: str, name: str = "tafel.txt") -> list[tuple]:
    """Give speaker, hat and text of what is used, by the rules of the fragments."""
    reading = read_text(SourceText(name, dedent(text).lstrip("\n"), "", "utf-8"))
    found = []
    for row in reading.utterances:
        role = Role(row["role"]) if row["role"] else None
        status, _ = route(row["text"], Kind(row["kind"]), role, row["section"], 3)
        if status is Status.USED:
            found.append((row["speaker"], row["hat_given"], row["text"]))
    return found


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
