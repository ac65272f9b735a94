"""Notes of which the remarks run on in paragraphs, outlines, lists with commas and numbers of hats; all invented."""

import pytest
from written_notes import read, used

ADA, BEN = ("Ada", "de brug is al een jaar dicht"), ("Ben", "de bus rijdt daardoor een uur om")


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("WIT!! {}. {}.", "ZWART!! {}. {}.", "{}: {}"),
        ("Eerst feiten, wit dus. {}. {}.", "Toen zwart. {}. {}.", "{}: {}"),
        ("wit: {} / {}", "zwart: {} / {}", '{} "{}"'),
        ("Bij de witte hoed vertelde {} {}", "Daarna de zwarte hoed. {} {}", "{}: “{}.”"),
        ("De witte hoed ging vlot. {} {}", "Bij de zwarte hoed zei {} {}", "{} vulde aan: “{}.”"),
    ],
)
def test_remarks_that_run_on_in_a_paragraph(first: str, second: str, third: str) -> None:
    again = [("Ben", "de fietsers moeten langs de weg"), ("Ada", "mijn winkel krijgt geen volk meer")]
    lines = [
        "Verslag van de buurtraad",
        "",
        first.format(third.format(*ADA), third.format(*BEN)),
        second.format(*(third.format(*each) for each in again)),
        "Om negen uur ging iedereen naar huis.",
    ]
    found = [(who, hat, text.rstrip(".")) for who, hat, text in used(read("\n".join(lines))) if who]
    first_round = [(who, "wit", said) for who, said in (ADA, BEN)]
    assert found == [*first_round, *((who, "zwart", said) for who, said in again)]


def test_what_stands_between_paragraphs_of_talk_is_nobodys() -> None:
    found = used(
        read("""
        Dan geel. Ada: de brug is mooi geworden. Ben: en het jaagpad ook.
        We aten taart die de buren hadden gebakken.
        Dan groen. Ada: een veerpont voor de fietsers. Mama van Cas: een bank bij het water.
        """)
    )
    assert (None, "geel", "We aten taart die de buren hadden gebakken.") in found
    assert found[-1] == ("Mama van Cas", "groen", "een bank bij het water.")


def test_remarks_that_run_on_over_lines_that_were_wrapped() -> None:
    found = used(
        read("""
        Verslag van de buurtraad van 3 maart

        Eerst feiten, wit dus. Sven: wij trainen op zaterdag van tien tot elf en
        dan nog eens op woensdag in de zaal. Mama van Robbe: er zijn achttien
        spelers en vijf trainers. Cas: de zaal is van de gemeente en die kost
        vijftig euro per avond.

        Dan rood. Sven: als ik scoor ben ik de koning van het veld. Cas: ik heb
        schrik van de grote honden aan de ingang van het park en van hun baas.
        """)
    )
    assert found == [
        ("Sven", "wit", "wij trainen op zaterdag van tien tot elf en dan nog eens op woensdag in de zaal."),
        ("Mama van Robbe", "wit", "er zijn achttien spelers en vijf trainers."),
        ("Cas", "wit", "de zaal is van de gemeente en die kost vijftig euro per avond."),
        ("Sven", "rood", "als ik scoor ben ik de koning van het veld."),
        ("Cas", "rood", "ik heb schrik van de grote honden aan de ingang van het park en van hun baas."),
    ]


def test_numbers_of_hats_with_a_legend_are_no_seats() -> None:
    found = used(
        read("""
        Tafel 2 - marktplein
        1=wit 2=rood 3=zwart 4=geel 5=groen 6=blauw

        1 - Ada - er staan dertig kramen op zaterdag
        3 - Ben - de afvoer loopt over bij regen
        2 - Ben - ik word vrolijk van al dat volk
        2 - Ben - en moe, dat ook wel eens
        5 - Ada - een dak boven de halve markt
        6 - Ada - eerst de handelaars spreken hierover
        """)
    )
    assert [(who, hat) for who, hat, _ in found] == [
        ("Ada", "wit"), ("Ben", "zwart"), ("Ben", "rood"), ("Ben", "rood"), ("Ada", "groen"), ("Ada", None),
    ]  # fmt: skip
    assert found[0][2] == "er staan dertig kramen op zaterdag"


def test_a_number_that_no_hat_has_belongs_to_the_remark() -> None:
    reading = read("1=wit 2=rood 3=zwart\n\n1 - de bus is duur\n2 - ik ben bang\n12  kramen staan er op zondag\n")
    assert reading.utterances[-1]["text"] == "12 kramen staan er op zondag"


def test_counts_of_coloured_stickers_are_no_legend() -> None:
    found = used(
        read("""
        Zwarte hoed
        Ada: de markt is te luid
        Ben: de afvoer loopt over bij regen
        Stickers op het bord: 4 groen, 2 rood en 1 geel
        1) een dak boven de halve markt
        2) meer vuilbakken
        4: een podium
        """)
    )
    assert {hat for _, hat, _ in found} == {"zwart"}
    assert any("4 groen, 2 rood en 1 geel" in text for _, _, text in found)


def test_a_title_before_a_quotation_is_nobody() -> None:
    found = used(
        read("""
        Witte hoed
        - Wijkcentrum Het Anker "iedereen is welkom"
        - Lotte Peeters "ik kom er elke week"
        """)
    )
    assert [who for who, _, _ in found] == [None, "Lotte Peeters"]
    names = used(read('Witte hoed\nFatma "de bus is duur"\nLotte "de lift is stuk"\nFatma "de huur stijgt"\n'))
    assert [who for who, _, _ in names] == ["Fatma", "Lotte", "Fatma"]


def test_places_and_subjects_inside_paragraphs_are_nobody() -> None:
    found = used(
        read("""
        Witte hoed
        In Gent is het duur. Brugge: ook duur. Gent: de huur stijgt. Brugge: minder.
        Gevolg: wachten. Gent: te vol. Brugge: te ver. Gevolg: verhuizen.
        """)
    )
    assert {who for who, _, _ in found} == {None}


def test_subjects_that_return_in_an_outline_are_in_no_remark() -> None:
    lines = ["Verslag", "Witte hoed", "\tWonen", "\t\tde huur stijgt", "\t\tde lift is stuk", "\tVervoer",
             "\t\tde bus is duur", "Zwarte hoed", "\tWonen", "\t\tte klein", "\tVervoer", "\t\tte traag"]  # fmt: skip
    texts = [text for _, _, text in used(read("\n".join(lines)))]
    assert "de lift is stuk" in texts and not [text for text in texts if "stuk Vervoer" in text]


def test_a_legend_below_the_notes_gives_the_hats_of_numbered_questions() -> None:
    found = used(
        read("""
        # Rondetafel mantelzorg

        ## Vraag 1: Wat is er?

        Ada: wij zijn met twaalf mantelzorgers

        ## Vraag 2: En dan?

        Ben: ik lig er soms wakker van

        ## Vraag 3: Hoe verder?

        Ada: een nacht per maand vervanging

        Gebruikte hoeden: vraag 1 wit, vraag 2 rood, vraag 3 groen.
        """)
    )
    assert [hat for who, hat, _ in found if who] == ["wit", "rood", "groen"]


def test_names_before_commas_in_lists_and_sheets_with_numbers() -> None:
    text = """
        Kamp van de jeugdclub
        flap 1
        WITTE HOED
         * Joris, tachtig kinderen op kamp
         * Samira, er zijn negen tenten
        ZWARTE HOED
         * Joris, regen, altijd regen op donderdag
        flap 2
        GROENE HOED
         * Samira, een kampvuur met de ouders erbij
        """
    assert used(read(text)) == [
        ("Joris", "wit", "tachtig kinderen op kamp"),
        ("Samira", "wit", "er zijn negen tenten"),
        ("Joris", "zwart", "regen, altijd regen op donderdag"),
        ("Samira", "groen", "een kampvuur met de ouders erbij"),
    ]
    # A word before a comma is no name.
    plain = text.replace("Joris,", "Jammer,").replace("Samira,", "Eerlijk,")
    assert {who for who, _, _ in used(read(plain))} == {None}


def test_boxes_that_are_ticked_before_hats() -> None:
    found = used(
        read("""
        # Post-its van de muur

        - [x] **wit**
          - dertig huizen in de straat
        - [x] **zwart**
          - auto's rijden veel te snel
        - [x] **groen**
          - bloembakken om de vijftig meter
        """)
    )
    assert [hat for _, hat, _ in found] == ["wit", "zwart", "groen"]


def test_each_line_of_an_outline_is_a_remark_of_the_name_above_it() -> None:
    found = used(
        read(
            "Buurtplatform\n\tWat we weten (wit)\n\t\tHamza\n\t\t\ter zijn zes bakken\n\t\t\tze gaan maandag leeg\n"
            "\t\tLut\n\t\t\tde zak kost twee euro\n\tWat ons hindert (zwart)\n\t\tHamza\n\t\t\tde bak zit altijd vol\n"
        )
    )
    assert found == [
        ("Hamza", "wit", "er zijn zes bakken"),
        ("Hamza", "wit", "ze gaan maandag leeg"),
        ("Lut", "wit", "de zak kost twee euro"),
        ("Hamza", "zwart", "de bak zit altijd vol"),
    ]
