"""Notes as people make them: who sits at the table, which hat is worn, where a session begins; all invented."""

import pytest
from written_notes import read, used

from pipeline.core.errors import InputError
from pipeline.readers import read_source, read_text
from pipeline.readers.captions import read_caption_text
from pipeline.readers.documents.document import Cell, Document, Paragraph, Table
from pipeline.readers.documents.rendering import render
from pipeline.readers.sources import SourceText


@pytest.mark.parametrize(
    "head",
    [
        "Datum: 3 mei. Aanwezig: Gerda Maes (okra), Ludo Pype. Verslag en leiding: Wies.",
        "nota 3/5, met Gerda Maes (okra), Ludo Pype (buurtwerk)",
        "GM Gerda Maes kamer 4\nL.P. Ludo Pype kamer 7",
        "GM = Gerda Maes, LP = Ludo Pype",
        "Présents/aanwezig: Gerda Maes, Ludo Pype; begeleiding: Wies",
        "Respondenten: GM = Gerda Maes, LP = Ludo Pype. Moderatie: Wies (mod.). 3 mei, zaal De Kring",
    ],
)
@pytest.mark.parametrize("labels", [("Gerda", "Ludo"), ("Gerda M.", "L. Pype"), ("GM", "LP")])
def test_a_label_meets_the_full_name_that_the_notes_give(head, labels):
    if labels == ("GM", "LP") and head.startswith("GM Gerda"):
        labels = ("GM", "L.P.")
    text = f"Overleg Dorp\n{head}\n\nWIT\n{labels[0]}: de bus rijdt om het uur\n{labels[1]}: de halte is te ver weg\n"
    assert [who for who, _, _ in used(read(text))] == ["Gerda Maes", "Ludo Pype"]


def test_nobody_becomes_the_lead_by_standing_next_to_one():
    reading = read("""
        Gesprek wonen
        Deelnemers: R1 = Hilde, R2 = Karel. Moderator: Wies. 3 mei, zaal De Kring

        R2: de trap is te steil voor mij
        R1 + R2: en de lift staat altijd stil
    """)
    assert [who for who, _, _ in used(reading)] == ["Karel", "Hilde/Karel"]
    assert {row["speaker"]: row["role"] for row in reading.speakers}["Karel"] == "deelnemer"


def test_a_table_of_people_declares_their_initials():
    def cell(text):
        return Cell((Paragraph(text, "¶ 1"),))

    people = Table(
        tuple(
            tuple(map(cell, row))
            for row in (("Wie", "Afk.", "Namens"), ("Gerda Maes", "GM", "okra"), ("Wies (moderator)", "WD", "dienst"))
        )
    )
    talk = [Paragraph(text, "¶ 2") for text in ("Witte hoed", "WD: wat weten we?", "GM: de bus rijdt om het uur")]
    source = render(Document([people, Paragraph("", "¶ 2"), *talk]), "a.docx", "", "utf-8", "docx")
    assert used(read_text(source)) == [("Gerda Maes", "wit", "de bus rijdt om het uur")]


@pytest.mark.parametrize(
    ("heading", "hat"),
    [
        ("**ROOD BORD (wat voelt u)**", "rood"),
        ("**De zwarten muts**", "zwart"),
        ("## Denken in het geel", "geel"),
        ("[hoed=groen]", "groen"),
        ("### 3.2 Wit: wat we weten", "wit"),
        ("### \N{BLACK SQUARE BUTTON} \N{LARGE GREEN CIRCLE} Groen".replace("\N{BLACK SQUARE BUTTON} ", ""), "groen"),
        ("**terug naar GEEL**", "geel"),
        ("Poster 2 (rode stift): gevoelens", "rood"),
    ],
)
def test_a_hat_by_other_words(heading, hat):
    text = (
        f"Overleg\n\n{heading}\n\nAn: de bus rijdt om het uur\nBo: de halte is te ver weg\nAn: vroeger was dat beter\n"
    )
    assert {worn for _, worn, _ in used(read(text))} == {hat}


def test_a_hat_behind_or_before_each_remark():
    behind = read(
        "An - de bus rijdt om het uur (wit)\nBo - de halte is te ver weg (zwart)\nAn - maak een fietspad (groen)\n"
    )
    assert [hat for _, hat, _ in used(behind)] == ["wit", "zwart", "groen"]
    assert used(behind)[0] == ("An", "wit", "de bus rijdt om het uur")
    before = read("""
        Legende: W = witte hoed, Z = zwarte, Ge = gele. Deelnemers: P1, P2
        W\tde bus rijdt om het uur [P1]
        Z\tde halte is te ver weg [P2]
        Ge\tde chauffeur wacht op mij [P1]
    """)
    assert [(who, hat) for who, hat, _ in used(before)] == [("P1", "wit"), ("P2", "zwart"), ("P1", "geel")]


@pytest.mark.parametrize("titles", [("Groep A - 3 mei", "Groep B - 10 mei"), ("AVOND 1", "AVOND 2"),
                                    ("**Lo, 3 mei**", "**Pollinkhove, 10 mei**")])  # fmt: skip
def test_a_series_of_titles_divides_a_file(titles):
    talk = "\n\nWITTE HOED\nGerda: {}\nLudo: {}\n\n"
    text = "Twee gesprekken met Gerda Maes en Ludo Pype\n\n"
    text += titles[0] + talk.format("de bus rijdt om het uur", "de halte is te ver weg")
    text += titles[1] + talk.format("de trein staat stil vandaag", "het perron is te hoog")
    reading = read(text)
    assert len(reading.sessions) == 2
    assert [who for who, _, _ in used(reading)] == ["Gerda Maes", "Ludo Pype"] * 2


def test_what_the_lead_does_is_no_remark_of_anybody():
    reading = read("""
        Gesprek over de bus. Wies vraagt en schrijft mee.

        WIT
        An: de bus rijdt om het uur
        Wies vraagt naar de gevaren.
        Bo: de halte is te ver weg
        An: de chauffeur wacht op mij
    """)
    assert [text for _, _, text in used(reading)] == [
        "de bus rijdt om het uur", "de halte is te ver weg", "de chauffeur wacht op mij",
    ]  # fmt: skip


def test_notes_in_a_mail_that_another_mail_quotes():
    reading = read("""
        Van: Wies
        Verzonden: vrijdag 3 mei 2024 8:12
        Onderwerp: FW: nota

        Dag allen, hieronder de nota. Lees ze na voor dinsdag.

        > nota met Gerda Maes (okra) en Ludo Pype
        >
        > == WIT ==
        > Gerda: de bus rijdt om het uur
        > Ludo: de halte is te ver weg
        > Gerda: de chauffeur wacht op mij
    """)
    assert [(who, hat) for who, hat, _ in used(reading)] == [
        ("Gerda Maes", "wit"), ("Ludo Pype", "wit"), ("Gerda Maes", "wit"),
    ]  # fmt: skip


def test_a_list_with_hats_and_names_above_the_remarks():
    items = [("Black hat", 0), ("An", 1), ("de bus rijdt om het uur", 2), ("Bo", 1), ("de halte is te ver weg", 2)]
    blocks = [Paragraph(text, "¶ 1", item="-", depth=depth) for text, depth in items]
    source = render(Document(list(blocks)), "a.docx", "", "utf-8", "docx")
    assert used(read_text(source)) == [
        ("An", "zwart", "de bus rijdt om het uur"), ("Bo", "zwart", "de halte is te ver weg"),
    ]  # fmt: skip


def test_questions_between_labelled_answers_are_nobodys():
    reading = read("""
        Hoe begint uw dag?
        Mevr. A.: ik sta op om zes uur
        Dhr. P.: bij mij is dat later
        Wat helpt u het meest?
        Mevr. A.: dat er iemand langskomt
        Dhr. P.: dat ik kan slapen
    """)
    assert [text for _, _, text in used(reading)] == [
        "ik sta op om zes uur", "bij mij is dat later", "dat er iemand langskomt", "dat ik kan slapen",
    ]  # fmt: skip


def test_a_message_of_a_chat_is_its_writers_and_hats_are_those_that_the_lead_announces():
    reading = read("""
        03/05/24 20:00 - Wies (organisator): Dag allen! We starten met de witte hoed: wat weten we?
        03/05/24 20:01 - Gerda Maes: de bus rijdt om het uur
        03/05/24 20:02 - +32 470 11 22 33: de halte is te ver weg
        en er is geen bank
        03/05/24 20:04 - Wies (organisator): Nu de zwarte hoed graag
        03/05/24 20:05 - Gerda Maes: <Media weggelaten>
        03/05/24 20:06 - Gerda Maes: de chauffeur rijdt mij voorbij
    """)
    assert used(reading) == [
        ("Gerda Maes", "wit", "de bus rijdt om het uur"),
        ("+32 470 11 22 33", "wit", "de halte is te ver weg en er is geen bank"),
        ("Gerda Maes", "zwart", "de chauffeur rijdt mij voorbij"),
    ]


def test_what_was_dictated_in_one_breath():
    reading = read(
        "ja ik spreek het even in dit is de tafel van vandaag hoed wit Gerda: de bus rijdt om het uur en in het weekend"
        " helemaal niet Ludo: de halte is te ver weg voor wie slecht stapt volgende hoed zwart Gerda: de chauffeur "
        "rijdt mij voorbij als ik met mijn rollator sta te wachten Ludo: er is een bank en geen dak aan de halte"
        " en dat was het einde van de opname\n"
    )
    assert [(who, hat, text.split()[1]) for who, hat, text in used(reading)] == [
        ("Gerda", "wit", "bus"), ("Ludo", "wit", "halte"), ("Gerda", "zwart", "chauffeur"), ("Ludo", "zwart", "is"),
    ]  # fmt: skip


def test_numbers_of_lines_between_the_paragraphs():
    reading = read("""
        1
        I: hoe is het begonnen?
        2 3
        R: de bus rijdt om het uur en dat is te weinig
        4
        I: en nu?
        5 6
        R: de halte is te ver weg
    """)
    assert [text for _, _, text in used(reading)][-1] == "de halte is te ver weg"
    assert not any(any(c.isdigit() for c in text) for _, _, text in used(reading))


def test_reactions_on_a_web_page(tmp_path):
    reaction = (
        '<article><span class="badge">{} hoed</span><blockquote>{}</blockquote><cite>{}</cite>'
        ' <span>4 vind-ik-leuks</span> <a href="#">Reageer</a></article>'
    )
    texts = [
        ("gele", "de bus rijdt om het uur", "Gerda, Lo"),
        ("zwarte", "de halte is te ver weg", "Ludo, Pollinkhove"),
        ("rode", "ik sta daar graag te kletsen", "Gerda, Lo"),
    ]
    page = "".join(reaction.format(*each) for each in texts)
    path = tmp_path / "reacties.html"
    path.write_text(f"<html><body><h1>De bus</h1>{page}<footer>Privacy</footer></body></html>", encoding="utf-8")
    (reading,) = read_source(path, path.name)
    assert used(reading) == [
        ("Gerda", "geel", texts[0][1]), ("Ludo", "zwart", texts[1][1]), ("Gerda", "rood", texts[2][1]),
    ]  # fmt: skip


CAPTION = "{}\n00:00:{:02d},000 --> 00:00:{:02d},500\n{}\n"


def captions(*texts: str) -> str:
    return "\n".join(CAPTION.format(i, 3 * i, 3 * i + 2, text) for i, text in enumerate(texts, start=1))


@pytest.mark.parametrize(
    ("texts", "remarks"),
    [
        (
            [
                "[Gerda] De bus rijdt om het uur.",
                "[begeleidster] En verder?",
                "[Ludo] De halte is te ver.",
                "[Gerda] Ja.",
            ],
            [("Gerda", "De bus rijdt om het uur."), ("Ludo", "De halte is te ver.")],
        ),
        (
            ["- Gerda: De bus rijdt om het uur.\n- Ludo: De halte is te ver.", "Gerda: En er is geen bank."],
            [("Gerda", "De bus rijdt om het uur."), ("Ludo", "De halte is te ver."), ("Gerda", "En er is geen bank.")],
        ),
        (
            ["INTERVIEWER: Hoe is het nu?", "LUDO: De halte is", "te ver weg.", "LUDO: En er is geen bank.", "(BEL)"],
            [("Ludo", "De halte is te ver weg."), ("Ludo", "En er is geen bank.")],
        ),
    ],
)
def test_names_in_captions(texts, remarks):
    reading = read_caption_text(SourceText("gesprek.srt", captions(*texts), "", "utf-8"), "srt")
    found = [(who.title(), text) for who, _, text in used(reading) if who]
    assert found[: len(remarks)] == remarks


def test_quotations_with_the_name_behind_them():
    reading = read("""
        WITTE HOED

        “De bus rijdt om het uur en
        dat is te weinig.” Gerda Maes (67)
        “De halte is te ver weg.” Ludo Pype (23)
    """)
    assert used(reading) == [
        ("Gerda Maes", "wit", "“De bus rijdt om het uur en dat is te weinig.”"),
        ("Ludo Pype", "wit", "De halte is te ver weg."),
    ]


def test_a_role_before_a_name_and_whoever_announces_hats_lead_the_talk():
    named = read("Wit\nModerator Eva: wat weten we nu?\nGerda: de bus rijdt om het uur\nLudo: de halte is te ver weg\n")
    assert [who for who, _, _ in used(named)] == ["Gerda", "Ludo"]
    announced = read("""
        S0: Welkom. We beginnen met de witte hoed.
        S1: de bus rijdt om het uur
        S2: de halte is te ver weg
        S0: Goed. Nu de zwarte hoed.
        S1: de chauffeur rijdt mij voorbij
    """)
    assert [(who, hat) for who, hat, _ in used(announced)] == [("S1", "wit"), ("S2", "wit"), ("S1", "zwart")]


def test_recognised_speech_without_names_is_read_and_said():
    lines = ["we hebben het over de bus gehad", "die rijdt om het uur en dat is te weinig voor ons allemaal"]
    reading = read("\n".join(f"{line} en ook nummer {i} van de lijst" for i in range(6) for line in lines) + "\n")
    assert len(used(reading)) == 12
    assert {who for who, _, _ in used(reading)} == {None}
    assert any("names no speakers" in notice.message for notice in reading.notices)


def test_another_language_is_said_once():
    reading = read(
        "An: they do not have the time for our children\nBo: there is no bus and we have to walk to school\n"
    )
    assert [notice.message for notice in reading.notices if "English" in notice.message] == [
        "is mostly in English: it is read, but hats, sentiment and themes are learned from Dutch"
        " and cannot be trusted here"
    ]


@pytest.mark.parametrize(("title", "hat"), [("De gevoelshoed", "rood"), ("Kritische hoed:", "zwart")])
def test_a_hat_by_what_it_stands_for(title, hat):
    text = f"{title}\n\nAn: de bus rijdt om het uur\nBo: de halte is te ver weg\n"
    assert {worn for _, worn, _ in used(read(text))} == {hat}


def test_paragraphs_that_introduce_lists_of_remarks_are_the_authors():
    items = "\n".join(f"- {text} ({who})" for who, text in [
        ("Gerda", "de bus rijdt om het uur"), ("Ludo", "de halte is te ver weg"), ("Gerda", "er is geen bank"),
    ])  # fmt: skip
    text = f"# Synthese\n\n## Wit\n\nDe groep kent de buurt.\n\n{items}\n\n## Zwart\n\nMen klaagt veel.\n\n{items}\n"
    assert {who for who, _, _ in used(read(text))} == {"Gerda", "Ludo"}


@pytest.mark.parametrize(
    "lines",
    [
        "Zwart - An: {}\nRood - Bo: {}\nZwart - An: {}",
        "[zwart] An: {}\n[rood] Bo: {}\n[zwart] An: {}",
        "An (zwart): {}\nBo (rood): {}\nAn (zwart): {}",
    ],
)
def test_a_hat_and_a_name_before_each_remark(lines):
    texts = ["de halte is te ver weg", "ik ben boos op de bus", "er is geen bank hier"]
    found = used(read(lines.format(*texts) + "\n"))
    assert found == [("An", "zwart", texts[0]), ("Bo", "rood", texts[1]), ("An", "zwart", texts[2])]


@pytest.mark.parametrize("labels", [("V", "A"), ("vr", "antw"), ("Interviewer", "Respondent")])
def test_the_title_of_an_interview_names_who_answers(labels):
    asks, answers = labels
    text = f"""
        # Interview met Gerda, poetshulp

        {asks}: Hoe lang doe je dit al?
        {answers}: Elf jaar en nog altijd graag
        {asks}: Wat is er moeilijk?
        {answers}: De trappen, elke week opnieuw
    """
    assert [who for who, _, _ in used(read(text))] == ["Gerda", "Gerda"]


def test_several_interviews_in_one_file_are_sessions():
    talk = "vr: Waar woon je?\nantw: Boven de bakker, al lang\nvr: Tevreden?\nantw: De geur is het beste deel\n"
    reading = read(
        f"# Interviews\n\nvr = vraag\n\n## Gesprek 1: Gerda, 40 jaar\n\n{talk}\n## Gesprek 2: Ludo\n\n{talk}"
    )
    assert len(reading.sessions) == 2
    assert [who for who, _, _ in used(reading)] == ["Gerda", "Gerda", "Ludo", "Ludo"]


@pytest.mark.parametrize("title", ["Interview over de bus", "Gesprek met Gerda en Ludo"])
def test_a_title_that_names_nobody_or_two_leaves_the_label(title):
    talk = "V: Hoe lang al?\nA: Elf jaar en nog graag\nV: Moeilijk?\nA: De trappen, elke week opnieuw\n"
    assert {who for who, _, _ in used(read(f"# {title}\n\n{talk}"))} == {"A"}


@pytest.mark.parametrize(
    "stamp",
    ["{n} From  {who}  to  Everyone:\n\t{text}", "[12/02/24, {n}] {who}: {text}"],
)
def test_who_announces_three_hats_by_their_colour_leads_a_chat(stamp):
    said = [
        ("Wies", "Dag! Eerst wit: wat weten we?"), ("Gerda", "de bus rijdt om het uur"),
        ("Wies", "merci, nu ZWART"), ("Ludo", "de halte is te ver weg"),
        ("Wies", "en groen, zot mag"), ("Gerda", "een bank aan elke halte"),
    ]  # fmt: skip
    lines = [stamp.format(n=f"09:0{i}:00", who=who, text=text) for i, (who, text) in enumerate(said)]
    assert used(read("\n".join(lines) + "\n")) == [
        ("Gerda", "wit", "de bus rijdt om het uur"),
        ("Ludo", "zwart", "de halte is te ver weg"),
        ("Gerda", "groen", "een bank aan elke halte"),
    ]


def test_a_participant_who_names_colours_does_not_lead():
    reading = read("""
        Gerda: ik vind wit een mooie kleur voor de bus
        Ludo: de halte moet groen
        Gerda: en nu zwart
        Ludo: de bank is geel
        Gerda: de halte is te ver weg
    """)
    assert {row["role"] for row in reading.speakers} == {"deelnemer"}


def test_who_says_ik_leads_nothing_by_that_word():
    reading = read("Gerda 0:03\nIk leid een buurtwinkel, al elf jaar.\nLudo 0:41\nIk versta dat niet altijd.\n")
    assert [who for who, _, _ in used(reading)] == ["Gerda", "Ludo"]


def test_letters_of_hats_in_the_margin_hold_until_the_next():
    reading = read(
        "dorp - sessie 4 - W wit, Z zwart, Gr groen\nAanw: Gerda, Ludo / mod: Wies\n\n"
        "W\tGerda: de bus rijdt om het uur\n\tLudo: er is maar een halte\n"
        "Z\tLudo: de halte is te ver weg\n\tGerda: er is geen bank\nGr\tGerda: een bank aan elke halte\n"
    )
    assert [(who, hat) for who, hat, _ in used(reading)] == [
        ("Gerda", "wit"), ("Ludo", "wit"), ("Ludo", "zwart"), ("Gerda", "zwart"), ("Gerda", "groen"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "hat"),
    [("## Flap 2 (zwarte stift): bezwaren", "zwart"), ("=== ROOËN HOED (gevoel) ===", "rood")],
)
def test_a_hat_in_the_colour_of_paper_or_in_dialect(heading, hat):
    text = f"# Dorp\n\n{heading}\n- de bus rijdt om het uur\n- de halte is te ver weg\n"
    assert [worn for _, worn, _ in used(read(text))] == [hat, hat]


@pytest.mark.parametrize("form", ["{who}... {text}", "{text} *(~{who})*", "{who} / {text}"])
def test_a_name_is_set_off_by_dots_a_slash_or_a_tail_in_italics(form):
    said = [("Gerda", "de bus rijdt om het uur"), ("Ludo", "de halte is te ver weg"), ("Gerda", "er is geen bank")]
    text = "## Zwarte hoed\n\n" + "\n".join("- " + form.format(who=who, text=text) for who, text in said) + "\n"
    assert [(who, text) for who, _, text in used(read(text))] == said


def test_a_list_of_full_names_needs_no_word_before_it():
    reading = read("""
        Wie was er?
        Gerda Maes
        Ludo Pype
        Wies Roels (verslag + leiding)

        ## Wit

        Gerda: de bus rijdt om het uur
        Ludo: er is maar een halte
        Wies: we gaan verder
    """)
    assert [who for who, _, _ in used(reading)] == ["Gerda Maes", "Ludo Pype"]


def test_a_dictation_with_a_verb_before_each_colon():
    said = "Gerda zegt: de bus rijdt om het uur. Ludo zegt: er is maar een halte in heel het dorp. "
    text = f"oké opname verslag van de avond dan de witte hoed {said}dan de zwarte hoed {said}{said}dat was het"
    assert [(who, hat) for who, hat, _ in used(read(text)) if who] == [
        ("Gerda", "wit"), ("Ludo", "wit"), *[("Gerda", "zwart"), ("Ludo", "zwart")] * 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lead", ["Moderator: Anna (AC)", "Moderator: Anna Claes (AC)", "Begeleiding: mevr. Claes (AC)"]
)
def test_initials_beside_the_name_of_a_lead_are_the_leads(lead):
    head = f"Dialoogtafel zwembad\n{lead}\nDeelnemers: Tom, An\n\nWitte hoed\n"
    text = f"{head}AC: Wat weten we?\nTom: het water is koud\nAC: En u?\nAn: de lift is stuk\n"
    reading = read(text)
    roles = {row["speaker"]: str(row["role"]) for row in reading.speakers}
    assert sorted(roles.values()) == ["deelnemer", "deelnemer", "gespreksleider"], roles


def test_somebody_who_is_named_once_does_not_take_the_remarks_below():
    lines = [
        "overleg zwembad 12 juni, zaal boven, 9 mensen", "men vindt het water te koud, zeker in de ochtend",
        "de kleedhokjes zijn vuil en niemand weet wie er kuist", "iemand zegt: waarom geen uren voor vrouwen",
        "een papa met een kind in een rolstoel raakt niet in het bad, de lift is stuk",
        "de redder is heel vriendelijk en kent elk kind bij naam", "voor de zwemles is er een wachtlijst van 14 maand",
        "het is goedkoop en dichtbij, en de school kan er te voet naartoe", "een idee is een abonnement per gezin",
        "en dan ging het nog een kwartier over voetbal op de televisie in de kantine",
    ]  # fmt: skip
    assert len(used(read("\n".join(lines)))) == len(lines) - 1


def test_a_word_above_nothing_but_blank_lines_is_no_notes():
    with pytest.raises(InputError, match="holds neither"):
        read("KANSEN\n\n\n")
