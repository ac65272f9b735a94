"""Notes in several styles, all invented: what is said, by whom, under which hat, and where."""

import csv
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import reread

from pipeline.core.errors import InputError
from pipeline.readers import read_text
from pipeline.readers.notes import transcript
from pipeline.readers.notes.header import read_date
from pipeline.readers.sources import Reading, SourceText

EXAMPLE = Path(__file__).parents[2] / "data" / "example" / "sources"
INVISIBLE = "\u200b\ufeff\u00ad"


def read(text: str, name: str = "tafel-03.txt") -> Reading:
    return transcript.read(SourceText(name, dedent(text).lstrip("\n"), "0" * 64, "utf-8"))


def said(reading: Reading, *columns: str) -> list[tuple]:
    remarks = ("turn", "note", "statement")
    columns = columns or ("speaker", "hat_given", "text")
    return [tuple(row[column] for column in columns) for row in reading.utterances if row["kind"] in remarks]


def kinds(reading: Reading, kind: str) -> list[str]:
    return [row["text"] for row in reading.utterances if row["kind"] == kind]


def assert_covers(reading: Reading) -> None:
    text = reading.source.text
    held = [0] * len(text)
    for number, row in enumerate(reading.utterances):
        assert row["utterance_id"] == f"{reading.source.source_id}:{number:05d}"
        assert row["text"] == reread(text, row["char_start"], row["char_end"]) != ""
        assert row["line"] == text.count("\n", 0, row["char_start"]) + 1
        for i in range(row["char_start"], row["char_end"]):
            held[i] += 1
    for i, character in enumerate(text):
        assert held[i] <= 1
        assert held[i] == 1 or character.isspace() or character in INVISIBLE


VERBATIM = """
    # Dialoogtafel 3 – Zandvliet

    **Datum:** donderdag 14 maart 2024, 9u30
    **Plaats:** de bibliotheek
    Provincie: Antwerpen
    Gespreksleider: Ilse Raeymaekers
    Verslaggever: Bart de Wit
    Deelnemers: D1 (OCMW Zandvliet), D2 (leerkracht, Basisschool De Kiem), D3

    ## Inleiding

    Ilse: Wie begint er vandaag?

    ## Witte hoed

    [00:12:03] D3: De bus rijdt
    om het halfuur.
    GL: En 's avonds?
    **D1:** Dan rijdt er niets.
    D2 (OCMW Puurs): Ook de trein niet.

    Op zondag evenmin.

    ---

    ### Vervoer

    d 03: Ik kom te voet.

    ## Groene hoed – ideeën

    Gespreksleider: Wat zou helpen?
    Deelnemer 1: Een fietspad langs het kanaal.

    ## Terugkoppeling

    D2: Dank u.
    """


def test_verbatim_transcript() -> None:
    reading = read(VERBATIM, "tafel-03.md")
    leader = "Gespreksleider"
    assert said(reading) == [
        (leader, None, "Wie begint er vandaag?"),
        ("D3", "wit", "De bus rijdt om het halfuur."),
        (leader, "wit", "En 's avonds?"),
        ("D1", "wit", "Dan rijdt er niets."),
        ("D2", "wit", "Ook de trein niet."),
        ("D2", "wit", "Op zondag evenmin."),
        ("D3", "wit", "Ik kom te voet."),
        (leader, "groen", "Wat zou helpen?"),
        ("D1", "groen", "Een fietspad langs het kanaal."),
        ("D2", None, "Dank u."),
    ]
    sections = [row[0] for row in said(reading, "section")]
    assert sections == ["inleiding"] + ["hoed"] * 8 + ["afronding"]
    assert [row[0] for row in said(reading, "time_start_s")][:3] == [None, 723.0, None]
    assert said(reading, "heading_path")[6][0] == ["Dialoogtafel 3 – Zandvliet", "Witte hoed", "Vervoer"]
    assert {row["kind"] for row in reading.utterances} == {"turn", "heading", "layout"}
    assert reading.notices == ()
    assert_covers(reading)


def test_header_and_speakers() -> None:
    reading = read(VERBATIM, "tafel-03.md")
    source = reading.source.source_id
    assert reading.sessions == (
        {
            "session": "tafel-03",
            "title": "Dialoogtafel 3 – Zandvliet",
            "date": "2024-03-14",
            "place": "de bibliotheek",
            "province": "Antwerpen",
            "source_ids": [source],
        },
    )
    found = [(row["speaker"], row["role"], row["organisation"], row["spellings"]) for row in reading.speakers]
    assert found == [
        ("Gespreksleider", "gespreksleider", None, ["GL", "Gespreksleider", "Ilse"]),
        ("Verslaggever", "verslaggever", None, ["Verslaggever"]),
        ("D1", "deelnemer", "OCMW Zandvliet", ["D1", "Deelnemer 1"]),
        ("D2", "deelnemer", "Basisschool De Kiem", ["D2"]),
        ("D3", "deelnemer", None, ["D3", "d 03"]),
    ]


def test_terse_notes_with_bullets() -> None:
    reading = read("""
        Dialoogtafel 8 - Wortel

        Datum: 3/4/2024

        WITTE HOED:
        - twaalf plaatsen in de opvang,
          zes ervan bezet
        - D2: wachtlijst sinds Pasen
        * kilometers: formulier van drie bladzijden
        • tweede formulier voor de parking

        Zwarte hoed: moeilijkheden
        – geen lift
        1. trap te steil
        2) leuning los

        (pauze, koffie)

        Geel: de tuin ligt open
        -bankje in de zon
        """)
    assert said(reading, "speaker", "hat_given", "kind", "text") == [
        (None, "wit", "statement", "twaalf plaatsen in de opvang, zes ervan bezet"),
        ("D2", "wit", "turn", "wachtlijst sinds Pasen"),
        (None, "wit", "statement", "kilometers: formulier van drie bladzijden"),
        (None, "wit", "statement", "tweede formulier voor de parking"),
        (None, "zwart", "statement", "geen lift"),
        (None, "zwart", "statement", "trap te steil"),
        (None, "zwart", "statement", "leuning los"),
        (None, "geel", "statement", "de tuin ligt open"),
        (None, "geel", "statement", "bankje in de zon"),
    ]
    assert kinds(reading, "author") == ["(pauze, koffie)"]
    assert kinds(reading, "heading") == [
        "Dialoogtafel 8 - Wortel", "WITTE HOED:", "Zwarte hoed: moeilijkheden", "Geel:",
    ]  # fmt: skip
    assert_covers(reading)


@pytest.mark.parametrize(
    ("heading", "hat"),
    [
        ("## Witte hoed", "wit"),
        ("Witte hoed", "wit"),
        ("ZWARTE HOED:", "zwart"),
        ("[geel]", "geel"),
        ("Groene hoed – ideeën", "groen"),
        ("Groene hoed (wat zou helpen?)", "groen"),
        ("**Rode hoed**", "rood"),
        ("**Rode hoed:**", "rood"),
        ("### 5. Rode hoed: gevoelens", "rood"),
        ("Ronde 2: de zwarte hoed", "zwart"),
        ("2. Zwarte hoed", "zwart"),
        ("Hoed: wit", "wit"),
        ("Denkhoed groen", "groen"),
        ("Witte hoed: wat gebeurt er?", "wit"),
    ],
)
def test_hat_headings(heading: str, hat: str) -> None:
    reading = read(f"{heading}\nD1: de deur klemt\n- de sleutel ook\n")
    assert said(reading) == [("D1", hat, "de deur klemt"), (None, hat, "de sleutel ook")]
    assert kinds(reading, "heading") == [heading]
    assert_covers(reading)


@pytest.mark.parametrize(
    "line", ["De witte hoed bleef op tafel liggen.", "Zwarte hoeden staan mij niet", "Rood aangelopen ging ze zitten"]
)
def test_hat_in_a_sentence_is_no_heading(line: str) -> None:
    assert said(read(f"GELE HOED\n\n{line}\n")) == [(None, "geel", line)]


def test_underlined_heading_and_rules_are_layout() -> None:
    reading = read("Witte hoed\n==========\n- de deur klemt\n\n***\n\n- 3 -\n\n- de sleutel ook\n")
    assert said(reading) == [(None, "wit", "de deur klemt"), (None, "wit", "de sleutel ook")]
    assert kinds(reading, "layout") == ["==========", "-", "***", "- 3 -", "-"]


def test_individual_notes_before_the_talk() -> None:
    reading = read("""
        ## Individuele notities

        ### D1
        [zwart]
        - de brug is te smal
        [geel]
        - het water is proper
        D2 (rood): bang voor het verkeer
        D3:
        Een hek zou helpen.

        ## Witte hoed

        D3: vier ongevallen
        """)
    assert said(reading, "speaker", "hat_given", "kind", "section", "text") == [
        ("D1", "zwart", "note", "notities", "de brug is te smal"),
        ("D1", "geel", "note", "notities", "het water is proper"),
        ("D2", "rood", "note", "notities", "bang voor het verkeer"),
        ("D3", None, "note", "notities", "Een hek zou helpen."),
        ("D3", "wit", "turn", "hoed", "vier ongevallen"),
    ]
    assert_covers(reading)


def test_time_codes() -> None:
    reading = read("""
        WITTE HOED
        [00:12:03] D3
        Wij zijn met vijf.
        En soms met zes.
        [12:30] D4 Dat klopt.
        00:13:00
        D3: Vroeger met tien.
        D4 [00:14:00]: Ja, vroeger.
        An Peeters  0:15:00
        Nu niet meer.
        9:30 is te vroeg.
        """)
    assert said(reading, "speaker", "time_start_s", "text") == [
        ("D3", 723.0, "Wij zijn met vijf. En soms met zes."),
        ("D4", 750.0, "Dat klopt."),
        ("D3", 780.0, "Vroeger met tien."),
        ("D4", 840.0, "Ja, vroeger."),
        ("An Peeters", 900.0, "Nu niet meer. 9:30 is te vroeg."),
    ]
    assert_covers(reading)


def test_a_name_is_a_speaker_once_it_returns() -> None:
    reading = read("""
        Witte hoed
        Moderator: Wie wil?
        Mevr. Claes: Ik kom elke week.
        Jef: Ik niet.
        Claes: Waarom niet?
        Jef: Te ver. Ik zeg altijd: te ver.
        Conclusie: te ver.
        """)
    assert said(reading, "speaker", "text") == [
        ("Gespreksleider", "Wie wil?"),
        ("Mevr. Claes", "Ik kom elke week."),
        ("Jef", "Ik niet."),
        ("Mevr. Claes", "Waarom niet?"),
        ("Jef", "Te ver. Ik zeg altijd: te ver. Conclusie: te ver."),
    ]
    assert [row["spellings"] for row in reading.speakers if row["speaker"] == "Mevr. Claes"] == [
        ["Claes", "Mevr. Claes"]
    ]


def test_codes_that_the_header_does_not_know_are_no_speakers() -> None:
    header = "Datum: 1/2/2024\nDeelnemers:\n- D1 (OCMW Kiel)\n- D2\n\n"
    text = f"{header}Witte hoed\n- B1: dat niveau halen weinigen\n- D2: klopt\n"
    assert said(read(text)) == [(None, "wit", "B1: dat niveau halen weinigen"), ("D2", "wit", "klopt")]


def test_lists_that_a_speaker_announces_are_his() -> None:
    reading = read("Witte hoed\nD1: Er zijn twee zalen:\n- de turnzaal\n- de refter\nD2: Drie.\n- en een kelder\n")
    assert said(reading, "speaker", "text") == [
        ("D1", "Er zijn twee zalen:"),
        ("D1", "de turnzaal"),
        ("D1", "de refter"),
        ("D2", "Drie."),
        (None, "en een kelder"),
    ]


def test_unlabelled_lines_are_remarks_of_their_own_unless_wrapped() -> None:
    terse = [
        "geen bus na acht",
        "station zonder lift, en de roltrap staat al een jaar stil",
        "geen bankje aan de halte",
    ]
    assert said(read("\n".join(["Witte hoed", *terse])), "text") == [(text,) for text in terse]
    wrapped = """
        Witte hoed
        de bus naar het ziekenhuis rijdt sinds september niet meer
        langs het plein waar de meeste ouderen van de gemeente
        wonen en wie slecht te been is moet nu een kilometer verder
        opstappen
        """
    assert len(said(read(wrapped), "text")) == 1


def test_hat_in_brackets_holds_for_its_line_only() -> None:
    reading = read("Witte hoed\nD1: [rood] ik schrik daarvan\nD2: zes keer\n")
    assert said(reading) == [("D1", "rood", "ik schrik daarvan"), ("D2", "wit", "zes keer")]


def test_long_unlabelled_note_may_be_cut() -> None:
    reading = read("Witte hoed\n" + "woord " * 41 + "\n\n" + "woord " * 40 + "\n")
    assert said(reading, "kind", "speaker") == [("turn", None), ("statement", None)]


def test_several_sessions_in_one_file() -> None:
    reading = read("""
        # Dialoogtafel 1 – Kiel
        Datum: 4 mei 2024
        Witte hoed
        D1: eerste tafel

        # Dialoogtafel 2 – Eke
        Datum: 5 mei 2024
        Zwarte hoed
        D1: tweede tafel
        """)
    assert [(row["session"], row["date"]) for row in reading.sessions] == [
        ("dialoogtafel-1-kiel", "2024-05-04"),
        ("dialoogtafel-2-eke", "2024-05-05"),
    ]
    assert said(reading, "session", "hat_given", "text") == [
        ("dialoogtafel-1-kiel", "wit", "eerste tafel"),
        ("dialoogtafel-2-eke", "zwart", "tweede tafel"),
    ]
    assert_covers(reading)


def test_two_sessions_of_one_name_are_refused() -> None:
    text = (
        "# Dialoogtafel 1\nDatum: 4 mei 2024\nD1: ja, altijd\n\n# Dialoogtafel 1\nDatum: 5 mei 2024\nD1: nee, nooit\n"
    )
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value).startswith(
        "tafel-03.txt, line 5: begins session 'dialoogtafel-1', which already begins at"
    )
    assert "nooit" not in str(caught.value)


def test_session_named_in_the_header_and_version_in_the_file_name() -> None:
    reading = read("Sessie: kiel-a\nDatum: 4 mei 2024\n\nWitte hoed\nD1: ja\n", "verslag_definitief.txt")
    assert (reading.sessions[0]["session"], reading.version) == ("kiel-a", "definitief")
    reading = read("Versie: nagelezen\nDatum: 4 mei 2024\n\nWitte hoed\nD1: ja\n", "kiel-notities.txt")
    assert (reading.sessions[0]["session"], reading.version) == ("kiel", "nagelezen")


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("14 maart 2024", "2024-03-14"),
        ("do 14 mrt. 2024", "2024-03-14"),
        ("14/03/2024", "2024-03-14"),
        ("14-3-24", "2024-03-14"),
        ("14.03.2024 om 14u", "2024-03-14"),
        ("2024-03-14", "2024-03-14"),
        ("1 sept. '23", "2023-09-01"),
        ("31 februari 2024", None),
        ("maart 2024", None),
        ("volgende week", None),
    ],
)
def test_dates(written: str, iso: str | None) -> None:
    assert read_date(written) == iso


def test_what_is_not_as_meant_is_noticed() -> None:
    reading = read("Datum: ergens in maart\n\nPaarse hoed\n- een idee\n- nog een\n")
    assert [(notice.where, notice.message.split(";")[0]) for notice in reading.notices] == [
        ("tafel-03.txt, line 3", "names a hat that is none of the five"),
        ("tafel-03.txt, line 1", "the date is not a full date and is left out"),
        ("tafel-03.txt", "session 'tafel-03' has no hat: its hats can only be predicted"),
    ]
    assert said(reading) == [(None, None, "een idee"), (None, None, "nog een")]


def test_blue_hat_is_procedure_and_no_hat() -> None:
    reading = read("Witte hoed\n- een\n\nBlauwe hoed\n- twee\n")
    assert said(reading) == [(None, "wit", "een"), (None, None, "twee")]
    assert reading.notices == ()


def test_hats_without_remarks_are_noticed() -> None:
    assert [notice.message for notice in read("Witte hoed\n\nZwarte hoed\n").notices] == [
        "session 'tafel-03' holds no remark"
    ]


@pytest.mark.parametrize(
    ("text", "is_recognised"),
    [
        ("D1: de bus is weg\n", True),
        ("- de bus is weg\n", True),
        ("Witte hoed\n\nde bus is weg\n", True),
        ("Datum: 3 mei 2024\n\nde bus is weg\n", True),
        ("De bus is weg. Er komt geen andere.\n\nMorgen misschien.\n", False),
        ("{'a': 1}\n", False),
    ],
)
def test_recognises(text: str, is_recognised: bool) -> None:
    source = SourceText("nota.txt", text, "", "utf-8")
    assert transcript.recognises(source) is is_recognised
    if not is_recognised:
        with pytest.raises(InputError, match=r"nota\.txt: holds neither a synthesis report nor notes"):
            read_text(source)


LINES = st.sampled_from(
    [
        *(
            "",
            "",
            "# Dialoogtafel 4 – Kiel",
            "Datum: 4 mei 2024",
            "Deelnemers:",
            "- D1 (OCMW Kiel)",
            "WITTE HOED:",
            "[geel]",
        ),
        *(
            "---",
            "## Afronding",
            "Individuele notities",
            "D1:",
            "D2 (zwart): te laat",
            "- nog een",
            "  vervolg van de zin",
        ),
        *(
            "[00:01:02] D3",
            "00:01:02",
            "**D4:** “goed”",
            "Rood: zenuwachtig",
            "1. ten eerste",
            "(lacht)",
            "KANSEN",
            "een zin.",
        ),
        *("> citaat", "**Rode hoed**", "Jef: ja", "\u200b", "\tmet een tab\u00a0", "Paarse hoed", "12", "#", "**", "-"),
        *(
            "- [ ] taak",
            "GL: en dan?",
            "D5 – ja",
            "word-\u00ad",
            "Sessie: k",
            "### D1 (rood)",
            "Vergadering 3",
            "D3 [00:02:00]:",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=14))
def test_every_visible_character_lies_in_one_utterance(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        reading = transcript.read(SourceText("x.txt", text, "", "utf-8"))
    except InputError:
        return
    assert_covers(reading)


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("tafel-*")), ids=lambda path: path.stem)
def test_example_study(path: Path) -> None:
    reading = transcript.read(SourceText(path.name, path.read_text(encoding="utf-8"), "", "utf-8"))
    assert_covers(reading)
    (session,) = reading.sessions
    assert session["session"] == path.stem
    assert all(session[column] for column in ("title", "date", "place", "province"))
    assert {row["hat_given"] for row in reading.utterances} == {None, "wit", "zwart", "geel", "groen", "rood"}
    assert {row["role"] for row in reading.speakers} == {"deelnemer", "gespreksleider", "verslaggever"}
    assert reading.notices == ()


def test_the_example_is_read_in_the_remarks_that_its_coders_quote() -> None:
    with (EXAMPLE.parent / "codings" / "coder-b.csv").open(encoding="utf-8", newline="") as file:
        quotes = {(row[0], row[1]) for row in csv.reader(file)} - {("session", "quote")}
    texts = set()
    for path in EXAMPLE.glob("tafel-*"):
        reading = transcript.read(SourceText(path.name, path.read_text(encoding="utf-8"), "", "utf-8"))
        texts |= {(path.stem, row["text"]) for row in reading.utterances}
    whole = {(session, quote) for session, quote in quotes for own, text in texts if own == session and quote in text}
    assert quotes - whole == set()


def test_a_name_stands_for_both_lines_below_it_at_the_end_of_a_hat() -> None:
    remarks = "\n".join(f"{'An' if n % 2 else 'Bo'}: het pad bij nummer {n} is breed genoeg" for n in range(24))
    last = "An: het regende en ik liep daar binnen.\nZe heeft mij een stoel gegeven, en toen was dat anders."
    reading = read(f"## Gele hoed\n\n{remarks}\n{last}\n\n## Groene hoed\n\nBo: een bank zou helpen\n")
    (row,) = [row for row in reading.utterances if row["text"].startswith("het regende")]
    assert row["speaker"] == "An"
    assert row["text"].endswith("en toen was dat anders.")


def test_without_a_heading_nothing_is_an_opening() -> None:
    source = SourceText("tafel.txt", "Wij bellen elke dag.\nD3: dat helpt.\n- te weinig mensen\n", "", "utf-8")
    assert {row["section"] for row in transcript.read(source).utterances} == {None}


def test_a_bold_heading_with_a_date_ends_the_header() -> None:
    reading = read("""
        # Wandelclub: twee gesprekken

        **Groep A – dinsdag 3 oktober 2023**

        Stoelen in een kring.

        An: het pad is te smal voor een rolstoel

        Bo: de bank staat in de zon
    """)
    assert [row[2] for row in said(reading) if row[0]] == [
        "het pad is te smal voor een rolstoel",
        "de bank staat in de zon",
    ]
