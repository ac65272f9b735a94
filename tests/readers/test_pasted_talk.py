"""Notes pasted from chats, minutes and interviews, in the forms that programs and people give them; all invented."""

import pytest
from written_notes import read
from written_notes import used as used_under_hats

from pipeline.readers.sources import Reading


def used(reading: Reading) -> list[tuple]:
    return [(speaker, text) for speaker, _, text in used_under_hats(reading)]


CHAT = [
    ("Karin Buurtwerk", "wat vinden jullie van de speeltuin"),
    ("Youssef", "de glijbaan is al drie maanden kapot"),
    ("Ann", "en er is geen schaduw in de zomer dat is een probleem voor de kleintjes"),
    ("Youssef", "een zeil boven de zandbak zou helpen"),
]


@pytest.mark.parametrize(
    ("stamp", "left_out"),
    [
        ("[21/03/2024, 10:02:11] ", "afbeelding weggelaten"),
        ("[21-03-2024 10:02:11] ", "Dit bericht is verwijderd"),
        ("21/03/2024, 10:02 - ", "<Media weggelaten>"),
        ("21-03-24 10:02 - ", "image omitted"),
    ],
)
def test_no_message_of_a_chat_is_lost(stamp: str, left_out: str) -> None:
    first, second, third, fourth = (f"{stamp}{who}: {text}" for who, text in CHAT)
    third = third.replace(" dat is", "\ndat is")
    reading = read(f"{first}\n{stamp}Youssef: \u200e{left_out}\n{second}\n{third}\n{fourth}\n")
    assert used(reading) == CHAT
    assert "5 dates and times of a chat are left out" in [notice.message for notice in reading.notices]


def test_reactions_of_a_chat_are_no_words() -> None:
    found = used(
        read("""
        [10:02] Fatima El Amrani
        de begeleiders kennen elk kind bij naam
         like 2
        [10:04] Tom De Wilde
        er zijn te weinig plaatsen op woensdag
        👍 1
        """)
    )
    assert found == [
        ("Fatima El Amrani", "de begeleiders kennen elk kind bij naam"),
        ("Tom De Wilde", "er zijn te weinig plaatsen op woensdag"),
    ]


def test_an_interview_with_short_words_for_who_asks_and_who_answers() -> None:
    found = used(
        read("""
        Interview 3, 12 maart 2024

        Int: Hoe bent u hier terechtgekomen?
        Resp 3: via de sociale dienst van het ziekenhuis
        Int: En hoe was dat eerste contact?
        Resp 3: heel vriendelijk, maar ik moest drie keer hetzelfde vertellen
        """)
    )
    assert found == [
        ("Resp 3", "via de sociale dienst van het ziekenhuis"),
        ("Resp 3", "heel vriendelijk, maar ik moest drie keer hetzelfde vertellen"),
    ]


def test_minutes_with_a_chair_and_what_others_cried() -> None:
    reading = read("""
        VERSLAG GEMEENTERAAD VAN 14 MEI 2024

        Aanwezig: mevrouw An Peeters, voorzitter; de heer Luc Claes; mevrouw Sofie Maes

        De VOORZITTER: Het woord is aan de heer Claes.
        De heer CLAES: De bushalte aan de kerk is al zes maanden weg.
        (onderbreking door de heer Bogaert: "Dat is niet waar!")
        De heer CLAES: Toch wel, ik heb er zelf gestaan.
        Mevrouw MAES: Mijn vraag is wanneer de halte terugkomt.
        [applaus op de banken van de meerderheid]
        """)
    assert used(reading) == [
        ("de heer Luc Claes", "De bushalte aan de kerk is al zes maanden weg."),
        ("de heer Luc Claes", "Toch wel, ik heb er zelf gestaan."),
        ("mevrouw Sofie Maes", "Mijn vraag is wanneer de halte terugkomt."),
    ]
    assert {row["role"] for row in reading.utterances if "woord is aan" in row["text"]} == {"gespreksleider"}


def test_a_dash_after_the_word_for_who_leads() -> None:
    found = used(
        read("""
        Dialoogtafel 2 – Oudenberg
        Begeleider – Els

        Gele hoed
        Els – Wat zou er beter kunnen?
        Mia – een bankje aan de vijver zou veel veranderen
        Jef — het zou fijn zijn als er licht was
        Mia – wij durven er na zes uur niet meer te wandelen
        """)
    )
    assert [who for who, _ in found] == ["Mia", "Jef", "Mia"]


def test_pictures_behind_a_name_and_numbers_before_it() -> None:
    lines = ["An 😊: de bus rijdt maar één keer per uur", "Koen 🚲: met de fiets is het gevaarlijk"]
    text = "\n".join([*lines, lines[0]])
    assert [who for who, _ in used(read(f"Zwarte hoed\n{text}\n"))] == ["An", "Koen", "An"]
    found = used(
        read("""
        1. Witte hoed
        1.1 D1: we zijn met achttien vrijwilligers
        1.2 D2: de helft is ouder dan zeventig
        3.5 miljoen mensen kennen dat
        """)
    )
    assert found[0] == ("D1", "we zijn met achttien vrijwilligers")
    assert "3.5 miljoen mensen kennen dat" in found[1][1] or "3.5" in found[2][1]


def test_a_label_below_nobody_is_not_put_into_the_words_of_nobody() -> None:
    found = used(
        read("""
        Groene hoed
        D1: een fietsbus voor de kinderen zou mooi zijn
        ?: ik wil die wel rijden
        Vrouw achteraan: met een vergoeding misschien
        """)
    )
    assert found[1] == (None, "ik wil die wel rijden")
    assert "vergoeding" not in found[1][1]


@pytest.mark.parametrize(
    "title", ["=== Tafel {} (ochtend) ===", "--- Dialoogtafel {} ---", "Dialoogtafel {} - De Kring"]
)
def test_each_title_begins_a_session(title: str) -> None:
    text = "{}\nWitte hoed\nAn: we zijn met zes buren in de straat\nZwarte hoed\nBo: de hond blaft de hele nacht\n"
    reading = read("\n".join(text.format(title.format(number)) for number in (1, 2)))
    assert len(reading.sessions) == 2
    assert len({row["session"] for row in reading.speakers if row["speaker"] == "An"}) == 2


def test_signs_of_hats_behind_the_names_of_a_chat() -> None:
    def chat(*messages: str) -> list[tuple]:
        stamped = "".join(f"[21/03/2024, 10:0{i}:11] {message}\n" for i, message in enumerate(messages))
        return used_under_hats(read(stamped))

    told = chat("Bea: ⚪ feit 🟢 idee", "Tom 🌻: ⚪ zeven banken", "Bea: 🔴 ik ben er bang", "Tom 🌻: 🟢 meer licht")
    assert told[1:] == [
        ("Tom", "wit", "zeven banken"),
        ("Bea", "rood", "ik ben er bang"),
        ("Tom", "groen", "meer licht"),
    ]
    # Votes for and against, and hearts, are no hats.
    votes = chat("Bea: 🟢 ik ben akkoord", "Tom: 🔴 ik ben tegen", "Bea: ❤️ wat een mooi plein", "Tom: 🟢 dan toch wel")
    assert {hat for _, hat, _ in votes} == {None}
