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


def test_hats_that_are_shown_as_hearts_in_a_chat_hold_below() -> None:
    found = used_under_hats(
        read("""
        [02-04-2024 20:00:02] Nele (trekker): Dag allemaal, we starten met 🤍 feiten
        [02-04-2024 20:01:11] Joris: er komen dertig kinderen op woensdag
        [02-04-2024 20:02:05] Nele (trekker): Nu 🖤 wat loopt stroef
        [02-04-2024 20:02:31] Samira: de zaal is veel te klein ❤️
        [02-04-2024 20:03:00] Nele (trekker): 💚 ideeën?
        [02-04-2024 20:03:40] Joris: een tent op het plein zetten
        """)
    )
    assert found == [
        ("Joris", "wit", "er komen dertig kinderen op woensdag"),
        ("Samira", "zwart", "de zaal is veel te klein ❤️"),
        ("Joris", "groen", "een tent op het plein zetten"),
    ]


def test_hearts_of_thanks_and_words_about_a_hat_put_on_no_hat() -> None:
    found = used_under_hats(
        read("""
        [02-04-2024 20:00:02] Begeleider Nele: Dag allemaal, we starten met 🤍 feiten
        [02-04-2024 20:01:11] Joris: er komen dertig kinderen op woensdag
        [02-04-2024 20:02:05] Begeleider Nele: Merci ❤️
        [02-04-2024 20:02:31] Samira: de zaal is veel te klein
        [02-04-2024 20:03:00] Begeleider Nele: 💚 mooi gezegd, Samira
        [02-04-2024 20:03:40] Joris: er zijn twee begeleiders
        [02-04-2024 20:04:00] Begeleider Nele: ❤️
        [02-04-2024 20:04:40] Samira: er is een keukentje
        [02-04-2024 20:05:00] Begeleider Nele: Zwarte hoed was vorige keer aan de beurt
        [02-04-2024 20:05:40] Joris: de speelkoffer is van de gemeente
        [02-04-2024 20:06:00] Begeleider Nele: Rode hoed en gele hoed slaan we over
        [02-04-2024 20:06:40] Samira: er zijn vier matrassen
        """)
    )
    assert {hat for _, hat, _ in found} == {"wit"} and len(found) == 6


def test_a_meeting_chat_of_which_only_some_hats_are_headings() -> None:
    found = used_under_hats(
        read("""
        19:30:00\t From  Moderator An  to  Everyone:
        \tWelkom, we beginnen met WIT
        19:31:07\t From  Bo  to  Everyone:
        \ter zijn vier banken in het park
        19:31:30\t From  Cem  to  Everyone:
        \tde poort gaat om acht uur dicht
        19:31:50\t From  Dina  to  Everyone:
        \ter is één vuilbak voor iedereen
        19:32:21\t From  Moderator An  to  Everyone:
        \tZWART nu
        19:33:28\t From  Bo  to  Everyone:
        \thonden lopen er gewoon los rond
        19:34:49\t From  Moderator An  to  Everyone:
        \ten dan GEEL
        19:35:56\t From  Cem  to  Everyone:
        \tde oude bomen geven veel schaduw
        """)
    )
    assert [hat for _, hat, _ in found] == ["wit", "wit", "wit", "zwart", "geel"]


def test_times_of_day_before_names_and_a_letter_for_who_leads() -> None:
    found = used_under_hats(
        read("""
        Tuindersclub De Akker - gesprek 4 april
        getypt door Lou (m = moderator = Rik)

        14:05 m: witte hoed eerst. Wat weten we?
        14:06 Ada: we huren de grond van
              de gemeente
        14:08 Ben: er staan twee serres achteraan
        14:12 m: ok, rode hoed
        14:13 Ada: ik kom hier helemaal tot rust
        14:15 m: en groen?
        14:16 Ben: samen zaden kweken in de winter
        14:30 (einde)
        """)
    )
    assert found == [
        ("Ada", "wit", "we huren de grond van de gemeente"),
        ("Ben", "wit", "er staan twee serres achteraan"),
        ("Ada", "rood", "ik kom hier helemaal tot rust"),
        ("Ben", "groen", "samen zaden kweken in de winter"),
    ]


def test_a_meeting_that_shows_initials_names_and_durations_in_words() -> None:
    found = used_under_hats(
        read("""
        Transcriptie is gestart

        VR
        Visser, Ria
        0 minuten 8 seconden
        Welkom. Witte hoed eerst, dus de feiten.

        TM
        Tariq M. (gast)
        0 minuten 31 seconden
        De bus rijdt na negen uur niet meer.

        VR
        Visser, Ria
        1 minuten 2 seconden
        Goed. Dan de rode hoed.

        TM
        Tariq M. (gast)
        1 minuten 40 seconden
        Ik voel mij 's avonds opgesloten.

        VR
        Visser, Ria
        2 minuten 10 seconden
        Groen, we hebben nog vijf minuten.

        EK
        Els Kok
        1 uur 3 minuten 5 seconden
        Een buurman die met zijn auto rondrijdt.

        Transcriptie is gestopt
        """)
    )
    assert found == [
        ("Tariq M.", "wit", "De bus rijdt na negen uur niet meer."),
        ("Tariq M.", "rood", "Ik voel mij 's avonds opgesloten."),
        ("Els Kok", "groen", "Een buurman die met zijn auto rondrijdt."),
    ]


def test_evenings_between_rules_are_sessions_and_an_unknown_hat_is_left_out() -> None:
    reading = read("""
        schrift van Mia, alles door elkaar

        === avond 1 basisschool De Kring - ouders ===
        [w] Hilde zegt dat: "de poort opent om half acht"
        [z] Omar: "het is te druk aan de poort"
        [?] Hilde: "dat hangt van de dag af"
        [gr] Omar: "een rij maken per klas"

        === avond 2 basisschool De Kring - leerkrachten ===
        [w] juf Lies: "ik sta elke dag aan de poort"
        [r] juf Lies: "ik vind dat een fijn moment"
        [bl] meester Jo: "zet ons eens samen aan tafel"
        """)
    assert len(reading.sessions) == 2
    assert used_under_hats(reading) == [
        ("Hilde", "wit", "de poort opent om half acht"),
        ("Omar", "zwart", "het is te druk aan de poort"),
        ("Hilde", None, "dat hangt van de dag af"),
        ("Omar", "groen", "een rij maken per klas"),
        ("juf Lies", "wit", "ik sta elke dag aan de poort"),
        ("juf Lies", "rood", "ik vind dat een fijn moment"),
        ("meester Jo", None, "zet ons eens samen aan tafel"),
    ]


def test_a_title_that_is_set_off_as_those_of_hats_ends_the_last_hat() -> None:
    found = used_under_hats(
        read("""
        **FEITEN**

        - An: er zijn drie lokalen voor ons
        - Bo: de huur is honderd euro

        **GEVOEL**

        - An: ik voel mij er altijd welkom
        - Bo: het is mijn tweede thuis

        **IDEEËN**

        - Bo: een filmavond voor de buurt

        **AANPAK**

        - An: we schrijven samen een brief
        """)
    )
    assert [hat for _, hat, _ in found] == ["wit", "wit", "rood", "rood", "groen", None]


def test_figures_that_a_scan_has_for_letters_in_the_name_of_a_hat() -> None:
    found = used_under_hats(
        read("W1TTE H0ED\nAn: Er wonen hier veertig mensen.\nGE1E HOED\nBo: De tuin is prachtig.\n")
    )
    assert [hat for _, hat, _ in found] == ["wit", "geel"]


def test_a_mail_that_adds_remarks_to_the_notes_that_it_quotes() -> None:
    found = used_under_hats(
        read("""
        From: Hilde Maes <hilde@voorbeeld.be>
        Subject: RE: verslagje

        Dag Koen,

        Deze vond ik nog, zet jij ze erbij?
        Groen: Ada - een fototentoonstelling in de gang

        > Van: Koen Put
        > Verzonden: donderdag 19 maart
        > Onderwerp: verslagje
        >
        > Zie hieronder, voor zover ik kon volgen:
        >
        > WIT
        > Ada - de club telt dertig leden
        > Ben - een maaltijd kost acht euro
        > ZWART
        > Ben - de bus stopt hier niet meer
        >
        >> Van: Hilde Maes
        >> Kan jij een verslagje maken?
        """)
    )
    assert found == [
        ("Ada", "groen", "een fototentoonstelling in de gang"),
        ("Ada", "wit", "de club telt dertig leden"),
        ("Ben", "wit", "een maaltijd kost acht euro"),
        ("Ben", "zwart", "de bus stopt hier niet meer"),
    ]


def test_pages_that_begin_inside_scanned_notes() -> None:
    found = used_under_hats(
        read(
            "Bladzijde 1\n\nVERSLAG   Woonzorg De Linde\n\nWITTE HOED\nAn: Ik woon hier drie jaar.\n"
            "Bo: Ge moet bellen en dan duurt het lang.\nBladzijde 2\nWoonzorg De Linde          vervolg\n\n"
            "GELE HOED\nAn: De kinesist doet mij lachen.\n"
        )
    )
    assert [text for who, _, text in found if who] == [
        "Ik woon hier drie jaar.",
        "Ge moet bellen en dan duurt het lang.",
        "De kinesist doet mij lachen.",
    ]


def test_the_blue_hat_in_bold_ends_the_one_above_and_what_is_signed_there_was_said() -> None:
    found = used_under_hats(
        read("""
        **groen**

        > Een kastje met een code is genoeg.
        > — Ans Vis

        > Vraag leerlingen om te helpen.
        > — Joop Kok

        **blauw**

        > Volgende keer eerst eten, dan praten.
        > — Ans Vis
        """)
    )
    assert [(who, hat) for who, hat, _ in found] == [("Ans Vis", "groen"), ("Joop Kok", "groen"), ("Ans Vis", None)]


def test_a_summary_of_codes_is_read_without_its_counts_and_says_that_it_is_one_session() -> None:
    reading = read(
        "Name: Codes\\\\Gele hoed\n\n<Files\\\\Groep Noord> - § 2 references coded  [3,12% Coverage]\n\n"
        "Reference 1 - 1,11% Coverage\n\nAda: de buren kennen elkaar nu\n\nReference 2 - 1,16% Coverage\n\n"
        "Ben: het plein is weer van ons\n\nName: Codes\\\\Rode hoed\n\n"
        "<Files\\\\Groep Zuid> - § 1 references coded  [2,10% Coverage]\n\nReference 1 - 2,10% Coverage\n\n"
        "Ada: ik kreeg er een krop van\n"
    )
    assert used_under_hats(reading) == [
        ("Ada", "geel", "de buren kennen elkaar nu"),
        ("Ben", "geel", "het plein is weer van ons"),
        ("Ada", "rood", "ik kreeg er een krop van"),
    ]
    assert any("read as one session" in notice.message for notice in reading.notices)
