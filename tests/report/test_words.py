"""Both languages are complete, and no text is left over or missing."""

import ast
import errno
import os
import re
import string
from pathlib import Path

import pytest
from messages import list_messages, list_strings

import pipeline.report
from pipeline.cli import say_error
from pipeline.core.errors import BusyError, PipelineError
from pipeline.core.schemas import SCHEMAS
from pipeline.core.vocabulary import Scheme, Status
from pipeline.report.words import Words, read_messages, read_words
from pipeline.review.disagreements import DisagreementReason

WORDS = read_words()
FOLDER = Path(pipeline.report.__file__).parent
# A limit that is set, and what is cut at the size of a sheet.
ALWAYS_MANY = (
    "warn.no_lead",
    "readme.cut_rows", "page.themes_lead", "method.units",
    "method.used", "method.n_rule", "method.keywords",
)  # fmt: skip


def names(text):
    """Names that are filled in; a word that goes with a number may have one form in a language."""
    return {name for _, name, form, _ in string.Formatter().parse(text) if name and "|" not in form}


def test_both_languages_say_everything_with_the_same_values():
    for key, (dutch, english) in WORDS.items():
        assert dutch.strip() and english.strip(), key
        assert names(dutch) == names(english), key


def find_unused(keys, code):
    """Find the texts that no code names, whole or by a beginning to which it adds a value."""
    literal = set(re.findall(r"""["']([\w-]+(?:\.[\w -]+)*)["']""", code))
    literal |= {f"count.{noun}" for noun in literal}
    # ``words(f"fate.{fate}")``, ``words(family + value)`` and ``words.rephrase("notice_phrase", message)``.
    families = re.findall(r"""f["']([a-z_]+[._](?:[a-z_]+[._])*)\{""", code)
    families += re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*\.)["']""", code)
    families += [f"{name}." for name in re.findall(r"""phrases?\(\s*["']([a-z_]+)["']""", code)]
    made = tuple(set(families) - {"count."})
    return {key for key in keys if key not in literal and not key.startswith(made)}


def test_every_text_that_is_used_is_there_and_every_text_is_used():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted([*FOLDER.parent.rglob("*"), *(FOLDER.parents[1] / "flows").glob("*.py")])
        if path.suffix in (".py", ".html") and "explorer" not in path.parts[len(FOLDER.parent.parts) :]
    )
    report = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.html"))
    used = set(re.findall(r"""\bt\(\s*["']([^"'{}~]+)["']\s*[,)]""", report))
    used |= set(re.findall(r"""\bwords\(\s*["']([^"'{}~]+)["']\s*[,)]""", code))
    assert used and used <= set(WORDS)
    assert find_unused(WORDS, code) == set()
    assert find_unused({"fate.found", "nobody.says.this"}, 'words(f"fate.{fate}")') == {"nobody.says.this"}


def find_unfilled(code):
    """Yield the line, text and names of calls such as ``words("key", n=3)`` that leave a place of the text empty."""
    for call in ast.walk(ast.parse(code)):
        if not isinstance(call, ast.Call) or not call.args or any(given.arg is None for given in call.keywords):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name not in ("words", "_words"):
            continue
        chosen = call.args[0]
        for each in [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]:
            key = each.value if isinstance(each, ast.Constant) else None
            wanted = {place for _, place, _, _ in string.Formatter().parse(WORDS.get(key, [""])[0]) if place}
            if missing := wanted - {given.arg for given in call.keywords}:
                yield call.lineno, key, missing


def test_every_place_of_a_text_is_filled_in():
    assert list(find_unfilled('words("document.themes_seen" if few else "document.theme", total=3)')) == [
        (1, "document.themes_seen", {"coder"})
    ]
    for path in sorted(FOLDER.parent.rglob("*.py")):
        assert list(find_unfilled(path.read_text(encoding="utf-8"))) == [], path


MANY = (
    "fragmenten fragments thema’s themes opmerkingen remarks uitspraken regels lines rijen rows bestanden files "
    "codes coderingen codings gesprekken sessions sprekers speakers knelpunten bottlenecks paren pairs blokken blocks "
    "woorden words cellen cells stappen stages subthema’s meningsverschillen"
).replace(" ", "|")
MORE = (
    "bladen sheets tabellen tables kolommen columns formules formulas teksten texts bronnen sources passages "
    "selections gebruikers users deelnemers participants citaten quotes beurten turns vragen questions "
    "ondertitels cues opnamen recordings stukken segments schrijfwijzen spellings utterances topics runs namen "
    "paden paths onderdelen parts koppen headers afbeeldingen pictures comments ankers anchors delen folds "
    "voorbeelden examples plaatsen places"
).replace(" ", "|")


def test_a_text_has_the_word_that_goes_with_its_number():
    loose = re.compile(rf"\{{\w+\}} (?:(?!of |van )[a-z]+ )?(?:{MANY})\b")
    for key, texts in WORDS.items():
        assert not [found for text in texts if key not in ALWAYS_MANY for found in loose.findall(text)], key
    nl, en = Words("nl"), Words("en")
    assert nl.count("voice", 1) == "1 spreker" and nl.count("voice", 5) == "5 sprekers"
    one = nl("advice.speakers", n="5", of="6", missing="1"), en("advice.speakers", n="5", of="6", missing="1")
    assert one[0].startswith("1 van de 6 opmerkingen heeft geen spreker:")
    assert one[1].startswith("1 of 6 remarks has no speaker:")
    assert nl("advice.speakers", n="1", of="6", missing="5").startswith("5 van de 6 opmerkingen hebben geen spreker:")
    assert nl("page.asked_document", n=nl.count("fragment", 1)).endswith("1 fragment is gebruikt.")


def find_plurals(text):
    """Find a noun in the plural, or a verb that goes with one, behind a number that is one."""
    verbs = "zijn|hebben|worden|are|were|have|do|hold|give|stand"
    nouns = rf"(?<![\d.])1 (?:(?!of |van |or )[a-z]+ )?(?:{MANY}|{MORE})\b(?! (?:or|of) more)"
    return re.findall(rf"{nouns}|(?<![\d.])1 \w+ (?:{verbs})\b", text)


def test_a_message_of_one_thing_speaks_of_one_thing():
    # Limits, what is said of several only, and a value that is a name.
    limits = ("more than", "larger than", "at most", "its first", "fewer than", "to the", "folds:", "its text stands",
              "not read: only", "{} does not", "{} {} are")  # fmt: skip
    found = {
        text: [each for language in ("nl", "en") for family in ("notice_phrase", "error_phrase")
               for each in find_plurals(Words(language).rephrase(family, text.replace("{}", "1")))]
        for text in {*list_messages(), *read_messages()} if not any(limit in text for limit in limits)
    }  # fmt: skip
    assert {text: each for text, each in found.items() if each} == {}
    assert find_plurals("1 rijen zijn leeg") and find_plurals("1 of 1 rows") and not find_plurals("1 rij is leeg")
    many = (
        Words("en").rephrase("notice_phrase", "2 hidden rows are read too"),
        Words("nl").rephrase("notice_phrase", "12 topics, as the study says; of 2 to 9 the best scores 0.31"),
    )
    assert many == ("2 hidden rows are read too", "12 thema’s, zoals de studie zegt; van 2 tot 9 scoort het beste 0.31")


def test_lists_in_messages_are_cut_in_one_way():
    cut = re.compile(r"""join\([^\n]*\[:[\w]+\]\)|and \{len\([^\n]*\} more""")
    places = {
        str(path.relative_to(FOLDER.parent))
        for room in ("core", "corpus", "loaders", "readers", "review")
        for path in (FOLDER.parent / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if ('f"' in line or ', ".join' in line) and cut.search(line)
    }
    assert places == {"core/errors.py"}
    listed = "3 cells with words are not used: a, b and 12 more"
    assert Words("nl").rephrase("notice_phrase", listed) == "3 cellen met woorden zijn niet gebruikt: a, b en nog 12"


def test_every_value_of_the_study_has_its_words():
    for status in Status:
        assert f"status.{status}" in WORDS
    for scheme in Scheme:
        assert f"scheme.{scheme}" in WORDS
    for noun in ("fragment", "session", "source", "voice", "topic", "remark", "quote", "notice"):
        assert f"count.{noun}" in WORDS


def test_titles_of_sheets_fit_and_differ():
    for place in (0, 1):
        titles = [
            text[place]
            for key, text in WORDS.items()
            if key.startswith(("sheet.", "list.")) and not key.endswith(".holds")
        ]
        assert len(set(map(str.lower, titles))) == len(titles)
        assert all(len(title) <= 31 and not set(title) & set(r"[]:*?/\'") for title in titles)
    named = {key.removeprefix("sheet.") for key in WORDS if key.startswith("sheet.")} - {"readme", "columns"}
    assert named <= set(SCHEMAS)
    assert named | {"columns"} == {key.removeprefix("holds.") for key in WORDS if key.startswith("holds.")}


def test_a_text_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        Words("nl")("no.such.text")
    with pytest.raises(KeyError):
        Words("nl")("and", first="a")


def test_shares_do_not_round_to_nothing_or_all():
    shares = (0.0, 0.004, 0.006, 0.5, 0.994, 0.996, 1.0)
    assert [Words("en").percent(share) for share in shares] == ["0%", "< 1%", "1%", "50%", "99%", "> 99%", "100%"]


def test_numbers_are_written_as_the_language_does():
    assert Words("nl").number(-12345.678, 2) == "−12.345,68"
    assert Words("en").number(-12345.678, 2) == "−12,345.68"
    assert Words("nl").number(-0.001, 2) == "0,00"
    assert Words("en").figure(None) == "–"
    assert Words("en").figure(float("nan")) == "–"


def test_why_a_row_of_a_worklist_teaches_something_is_said_in_the_language_of_the_study():
    for reason in DisagreementReason:
        assert Words("nl").rephrase("teach_phrase", reason.words) != reason.words
        assert Words("en").rephrase("teach_phrase", reason.words) == reason.words


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("not matched: its text is not in the sources", "niet gevonden: de tekst staat niet in de notities"),
        ("session 'overleg' names no speakers: every remark is of nobody in particular",
         "gesprek ‘overleg’ noemt geen sprekers: elke opmerking is van niemand in het bijzonder"),
        ("codes of theme that differ in spelling only are one: 'Infrastructuur' as 'infrastructuur'",
         "codes van theme die alleen in spelling verschillen, zijn er één: 'Infrastructuur' als 'infrastructuur'"),
        ("the column 'Lies of Karim' is read as coder, by what is in it",
         "de kolom 'Lies of Karim' wordt gelezen als coder, naar wat erin staat"),
        ("is mostly in English: it is read, but hats, sentiment and themes are learned from Dutch and cannot be "
         "trusted here",
         "is vooral in een andere taal (Engels): dat wordt gelezen, maar hoed, toon en thema’s zijn geleerd uit het "
         "Nederlands en hier niet te vertrouwen"),
        ("8 of 9 fragments look English and not Dutch (f-1); lemmas, vectors and stances of another language "
         "mean little",
         "8 van 9 fragmenten lijken in het Engels en niet in het Nederlands (f-1); woordvormen, vectoren en "
         "standpunten van een andere taal zeggen weinig"),
        ("1 rows are totals, and are no codings", "1 rij is een totaal, en is geen codering"),
        ("holds a column for each of the coders An, Bo", "bevat een kolom voor elk van de codeurs An, Bo"),
        ("2 cells with words are not used: Blad1!A1, Blad1!D4",
         "2 cellen met woorden zijn niet gebruikt: Blad1!A1, Blad1!D4"),
        ("1 lines look like headings and are read as remarks: lines 6",
         "1 regel ziet eruit als een kopje en is gelezen als opmerking: regel 6"),
    ],
)  # fmt: skip
def test_notices_of_sheets_and_notes_are_said_in_dutch(english: str, dutch: str) -> None:
    assert Words("nl").rephrase("notice_phrase", english) == dutch
    assert Words("nl").rephrase("place_phrase", "codes.csv, rows 4, 6 and 3 more") == "codes.csv, rijen 4, 6 en nog 3"


@pytest.mark.parametrize(("total", "said"), [(1, "Van het bestand is"), (3, "Van 2 van de 3 bestanden is")])
def test_one_file_is_no_share_of_files(total: int, said: str) -> None:
    assert Words("nl")("warn.no_lead", n=min(total, 2), total=total).startswith(said)


def test_every_message_of_errors_and_notices_has_dutch_words():
    words, found = Words("nl"), list_messages()
    assert len(found) > 400

    def is_said(text: str) -> bool:
        return text in read_messages() or any(
            words.rephrase(family, text.replace("{}", value)) != text.replace("{}", value)
            for family in ("notice_phrase", "error_phrase") for value in ("7", "X")
        )  # fmt: skip

    assert {text: place for text, place in found.items() if not is_said(text)} == {}
    assert not is_said("was eaten by a goat in row {}")


def test_no_message_has_words_that_no_code_writes():
    found, written = list_messages(), list_strings()
    # Why the system cannot read or write a file.
    written += "\n".join(os.strerror(number).lower() for number in errno.errorcode)
    # A message may be put together of clauses that stand apart in the code.
    clauses = re.compile(r"\{\}|[.:;'\"]|--\S+|\d+")
    idle = [
        english for english in read_messages()
        if english not in found
        and not all(part.strip() in written for part in clauses.split(english) if len(part.split()) > 1)
    ]  # fmt: skip
    assert idle == []


def test_a_message_is_put_in_dutch_with_what_was_filled_in():
    nl = Words("nl")
    assert nl.rephrase("error_phrase", "has no sheet 'Codering'; its sheets are A, B") == (
        "heeft geen blad ‘Codering’; de bladen zijn A, B"
    )
    assert nl.rephrase("notice_phrase", "3 empty cells below 'hoed' are read as the one above") == (
        "3 lege cellen onder ‘hoed’ zijn gelezen zoals die erboven"
    )
    assert Words("en").rephrase("error_phrase", "holds no text") == "holds no text"
    shown = say_error(PipelineError("server answered as model 'a' and not 'b'."), ["analyse", "--lang", "nl"])
    assert str(shown) == "server antwoordde als model ‘a’ en niet ‘b’."
    busy = say_error(BusyError.single("studie", "is in use: kit", "Wait until it ends"), ["kit", "--lang", "nl"])
    assert isinstance(busy, BusyError) and str(busy) == "studie: is in gebruik: kit. Wacht tot dat klaar is."


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("not matched: its text is not in the session", "niet gevonden: de tekst staat niet in het gesprek"),
        ("sessions found by its number, by the texts that are quoted: 'FG1' is 'FG1 jeugd'",
         "gesprekken herkend naar het nummer, naar de teksten die geciteerd zijn: 'FG1' is 'FG1 jeugd'"),
        ("1 cells for polarity are no value of it and count as not seen: 'K+' (1x)",
         "1 cel voor polarity is er geen waarde van en telt als niet gezien: 'K+' (1x)"),
        ("holds a column for each of the coders An, Bert", "bevat een kolom voor elk van de codeurs An, Bert"),
        ("648 codings of a machine were left: it codes again",
         "648 coderingen van een machine zijn weggelaten: ze codeert opnieuw"),
        ("codes were read 6 as theme, 2 as polarity, by where they stand in the tree of codes",
         "codes zijn gelezen naar hun plaats in de boom van codes: 6 als theme, 2 als polarity"),
        ("is in use: analyse (process 12 on pc, since 2026-01-02)",
         "is in gebruik: analyse (proces 12 op pc, sinds 2026-01-02)"),
        ("studie/mapping.toml cannot be written: permission denied. Make the folder writable for you, or work in "
         "another one, and run again.",
         "studie/mapping.toml kan niet geschreven worden: geen toegang. Geef uzelf schrijfrecht op de map, of werk in "
         "een andere, en doe het opnieuw."),
        # What is not known stays wholly as it was written: no message is in two languages.
        ("holds a thing that nobody has put in words", "holds a thing that nobody has put in words"),
        ("not matched: the moon was full", "not matched: the moon was full"),
    ],
)  # fmt: skip
def test_a_message_is_wholly_in_one_language(english: str, dutch: str) -> None:
    assert Words("nl").rephrase("notice_phrase", english) == dutch
    assert Words("nl").rephrase("error_phrase", english) == dutch
