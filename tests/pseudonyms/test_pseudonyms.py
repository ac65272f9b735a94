"""Names and numbers that point to a person: found, keyed, replaced; ids and places of fragments stay."""

import json
import stat
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.core.errors import InputError, Notice
from pipeline.core.study import open_study
from pipeline.core.vocabulary import Identity
from pipeline.corpus.fragments import cut
from pipeline.pseudonyms.applying import Replacer, apply_key, find_older
from pipeline.pseudonyms.detection import add_speaker_names, detect, gather
from pipeline.pseudonyms.key import KeyDecision, KeyEntry, extend_key, is_encrypted, read_key, write_key
from pipeline.run.history import StageReport, find_refusal, note_refusal, recorded
from pipeline.run.intake import read_originals, read_study
from pipeline.run.runner import run_stage

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
NOTES = """Dialoogtafel 2 - Rodeveld
Datum: 14/03/2024
Gespreksleider: Greet Vandersmissen

WITTE HOED:
- Amina: Wim van de vzw De Lantaarn belde ons op 0470 12 34 56.
- D2: mijn dochter Wim's klas? nee, die van Yasmina El Idrissi in Kortrijk. Yasmina komt elke week. Dat helpt ons veel.
- D2: Yasmina!
- D3: niemand heeft hier iets tegen
"""


def found(text: str) -> list[tuple[str, str]]:
    (finds,) = detect([text])
    return [(text[find.start : find.end], str(find.kind)) for find in finds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rekening BE68 5390 0754 7034 van haar", [("BE68 5390 0754 7034", "rekening")]),
        ("kamer BE12 en lokaal NL34 waren vrij", []),
        ("rek. BE68 539007547035 met een fout", [("BE68 539007547035", "rekening")]),
        ("oude rekening 230-0123456-19", [("230-0123456-19", "rekening")]),
        ("nr. 85.07.30-033.28 staat op de fiche", [("85.07.30-033.28", "rijksregisternummer")]),
        ("haar rijksregisternummer 85.07.30-033.29", [("85.07.30-033.29", "rijksregisternummer")]),
        ("bel +32 9 123 45 67 na vier", [("+32 9 123 45 67", "telefoon")]),
        ("bel (0470) 12.34.56 of 014/00 71 22", [("(0470) 12.34.56", "telefoon"), ("014/00 71 22", "telefoon")]),
        ("klantnummer 0470123456, bel 112, open van 09.00 - 12.30", []),
        ("an punt p apenstaartje voorbeeld punt be", [("an punt p apenstaartje voorbeeld punt be", "mail")]),
        ("bsn: 604 956 605", [("604 956 605", "rijksregisternummer")]),
        ("kenteken kr 402 x, zone 3-mei-24", [("kr 402 x", "nummerplaat")]),
        ("geboren te Geel den 3en mei 1944", [("Geel", "gemeente"), ("3en mei 1944", "geboortedatum")]),
        ("hier geboren, woont sinds 4 mei 2011 alleen", []),
        ("zij woont op Ten Bunder 14", [("Ten Bunder 14", "adres")]),
        ("de straat was 12 keer toe", []),
        ("tante rosa en meneer de smedt", [("rosa", "persoon"), ("de smedt", "persoon")]),
        ("de dokter komt, meneer wil niet", []),
        ("bij KWB Rijsakker, in café 't Hoekske", [("KWB Rijsakker", "organisatie"), ("'t Hoekske", "organisatie")]),
        ("dienst Burgerzaken en een team van het OCMW", []),
        ("dat kost 0612 euro per 1000 stuks", []),
        ("de wagen met 1-ABC-234 stond er", [("1-ABC-234", "nummerplaat")]),
        ("geboren op 3 mei 2011 in de kliniek", [("3 mei 2011", "geboortedatum")]),
        ("wij kwamen samen op 3 mei 2011", []),
        ("zij woont op de Korte Molenstraat 12 bus 3", [("Korte Molenstraat 12 bus 3", "adres")]),
        ("schrijf naar an.p@voorbeeld.be voor vrijdag", [("an.p@voorbeeld.be", "mail")]),
        ("Mevrouw Van den Broeck zei niets", [("Van den Broeck", "persoon")]),
        ("ik ken mevr. J. Claes niet", [("J. Claes", "persoon")]),
        ("In Mol is er geen opvang", [("Mol", "gemeente")]),
        ("De mol zit in de tuin. Lot en toeval. An zegt niets", [("An", "persoon")]),
        ("Het OCMW spreekt Nederlands met Turkse ouders", []),
        ("Ouders vinden de weg niet. Kinderen wel", []),
        ("naar buurthuis De Sleutel gaan we vaak", [("De Sleutel", "organisatie")]),
    ],
)
def test_what_points_to_a_person_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_a_name_told_by_a_capital_once_is_found_without_it_elsewhere() -> None:
    texts = ["Wij zagen mevrouw Oksana Melnyk", "toen zei oksana ja", "een krant"]
    both = zip(texts, detect(texts), strict=True)
    assert [[text[find.start : find.end] for find in finds] for text, finds in both] == [
        ["Oksana Melnyk"],
        ["oksana"],
        [],
    ]


def study_of(folder: Path) -> Path:
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "tafel-02.txt").write_text(NOTES, encoding="utf-8")
    return folder / "notes"


def test_a_part_of_a_name_shares_its_pseudonym_unless_two_names_have_it() -> None:
    texts = ["Jan Peeters kwam met An Claes.", "Jan bleef, An niet. Later kwam ook Jan Willems, en Jans zus Ria."]
    key = {entry.spelling: entry.pseudonym for entry in extend_key([], gather(texts, ["a", "b"]))}
    assert key["An"] == key["An Claes"]
    assert key["Jan"] not in {key["Jan Peeters"], key["Jan Willems"]}
    assert key["Ria"] not in {value for name, value in key.items() if name != "Ria"}


def test_a_key_that_people_edited_stays_and_grows() -> None:
    old = [
        KeyEntry("Wim", "de huisarts", Identity.PERSOON, KeyDecision.REPLACE),
        KeyEntry("Gent", "", Identity.GEMEENTE, KeyDecision.KEEP),
    ]  # noqa: E501
    texts = ["Wim en Fatima wonen in Gent."]
    assert [(e.spelling, e.pseudonym, e.decision.value, e.n) for e in extend_key(old, gather(texts, ["a"]))] == [
        ("Wim", "de huisarts", "vervangen", 1),
        ("Gent", "", "behouden", 1),
        ("Fatima", "Persoon 1", "vervangen", 1),
    ]


def test_whole_words_are_replaced_the_longest_first() -> None:
    key = [KeyEntry("An", "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE),
           KeyEntry("An Claes", "Persoon 2", Identity.PERSOON, KeyDecision.REPLACE)]  # fmt: skip
    assert Replacer(key)("An  Claes, An's Anna en AN CLAES") == "Persoon 2, Persoon 1's Anna en Persoon 2"
    assert Replacer([])("An") == "An"


def test_ids_places_and_statuses_of_fragments_do_not_change(tmp_path: Path) -> None:
    study = open_study(study_of(tmp_path), tmp_path / "out")
    before = read_originals(study)
    texts = before.tables["utterances"]["text"].tolist()
    key = extend_key([], gather(texts, ["x"] * len(texts)))
    after = apply_key(before, key, config=study.config.fragments)
    one, two = (
        cut(made.tables["utterances"], made.tables["fixed_fragments"], config=study.config.fragments).tables[
            "fragments"
        ]
        for made in (before, after)
    )
    same = [name for name in one.columns if name not in ("text", "speaker", "heading_path")]
    assert one[same].equals(two[same])
    told = two.set_index("fragment_id")["text"]
    (short,) = one.loc[one["text"] == "Yasmina!", "fragment_id"]
    assert told[short].startswith("Persoon ") and told[short].endswith("!")
    assert two.loc[two["fragment_id"] == short, "status"].tolist() == ["too_short"]
    everything = "\n".join(table.to_csv() for table in after.tables.values())
    hidden = ("Wim", "Yasmina", "Lantaarn", "0470", "Kortrijk", "Vandersmissen", "Amina")
    assert not [name for name in hidden if name in everything]


def test_the_command_writes_a_private_key_apart_and_the_study_then_uses_it(tmp_path: Path) -> None:
    notes, out = study_of(tmp_path), tmp_path / "out"
    first = CliRunner().invoke(app, ["pseudonymise", str(notes), "--out", str(out)])
    path = tmp_path / "out-sleutel.csv"
    assert first.exit_code == 0, first.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and not out.exists()
    assert "Yasmina" not in first.output and "Amina" not in first.output
    assert {entry.spelling for entry in read_key(path)} >= {"Amina", "Wim", "Yasmina El Idrissi", "Greet Vandersmissen"}
    second = CliRunner().invoke(app, ["pseudonymise", str(notes), "--out", str(out), "--apply"])
    assert second.exit_code == 0, second.output
    made = read_study(open_study(out))
    everything = "\n".join(table.to_csv() for table in made.tables.values())
    assert not any(name in everything for name in ("Amina", "Wim", "Yasmina", "Lantaarn", "0470", "Vandersmissen"))
    assert [n.message for n in made.notices if n.where == "pseudonyms"][0].endswith(
        "hold a pseudonym in place of a name"
    )


def test_names_that_came_after_the_key_are_counted_not_quoted(tmp_path: Path) -> None:
    study = open_study(study_of(tmp_path), tmp_path / "out")
    key = [KeyEntry("Wim", "Persoon 1", Identity.PERSOON, KeyDecision.OPEN)]
    messages = [n.message for n in apply_key(read_originals(study), key, config=study.config.fragments).notices]
    assert "1 spellings of the key are not decided yet; they are replaced" in messages
    (unknown,) = [message for message in messages if "not in the key" in message]
    assert unknown.split()[0].isdigit() and "Yasmina" not in unknown


def test_every_label_that_names_or_abbreviates_a_speaker_is_in_the_key() -> None:
    labels = ["AV", "BI", "FA", "OH", "A.B.", "Mevr. De Wolf", "Bilal", "D3", "GL", "INT", "Ouders", "Gespreksleider"]
    speakers = pd.DataFrame({"speaker": [*labels, "Roos"], "spellings": [[label] for label in [*labels, "TO"]]})
    added = {spelling.text for spelling in add_speaker_names(speakers, [])}
    assert added == {"AV", "BI", "FA", "OH", "A.B.", "Mevr. De Wolf", "Bilal", "Roos", "TO"}


def test_initials_of_a_speaker_have_the_pseudonym_of_the_name() -> None:
    speakers = pd.DataFrame({
        "speaker": ["Joris", "Samira", "Anke", "Arno"],
        "spellings": [["J", "Joris"], ["SA"], ["AB"], ["AB"]],
    })  # fmt: skip
    found = gather(["J: de bus rijdt niet", "gisteren zei Joris dat ook"], ["a", "b"])
    key = {entry.spelling: entry.pseudonym for entry in extend_key([], add_speaker_names(speakers, found))}
    assert key["J"] == key["Joris"] and key["SA"] == key["Samira"] != key["Joris"]
    assert key["AB"] not in (key["Anke"], key["Arno"])  # of two speakers


def test_names_of_files_and_sessions_are_replaced_and_ids_stay(tmp_path: Path) -> None:
    notes = study_of(tmp_path)
    (notes / "tafel-02.txt").rename(notes / "Tafel 2 - De Lantaarn.txt")
    (notes / "gesprek_yasmina.txt").write_text("- D1: dat helpt ons echt heel veel\n", encoding="utf-8")
    study = open_study(notes, tmp_path / "out")
    before = read_originals(study)
    names = {"De Lantaarn": "Organisatie 1", "Yasmina": "Persoon 1"}
    key = [KeyEntry(name, names[name], Identity(names[name].split()[0].lower()), KeyDecision.REPLACE) for name in names]
    after = apply_key(before, key, config=study.config.fragments)
    assert set(after.tables["sources"]["name"]) == {"Tafel 2 - Organisatie 1.txt", "gesprek_Persoon 1.txt"}
    everything = "\n".join(table.to_csv() for table in after.tables.values()) + repr(after.notices)
    assert "Lantaarn" not in everything and "yasmina" not in everything.casefold()
    for table, column in (("sources", "source_id"), ("utterances", "utterance_id")):
        assert set(before.tables[table][column]) == set(after.tables[table][column])
    assert set(after.tables["utterances"]["session"]) <= set(after.tables["sessions"]["session"])
    fragments = [
        cut(made.tables["utterances"], made.tables["fixed_fragments"], config=study.config.fragments)
        for made in (before, after)
    ]
    ids = [
        made.tables["fragments"].set_index("fragment_id")[["char_start", "char_end"]].sort_index() for made in fragments
    ]
    pd.testing.assert_frame_equal(*ids)


def test_what_is_kept_of_a_run_bears_no_name_that_the_key_holds(tmp_path: Path) -> None:
    notes, out = study_of(tmp_path), tmp_path / "out"
    (notes / "gesprek_yasmina.txt").write_text("- D1: dat helpt ons echt heel veel\n", encoding="utf-8")
    for more in ([], ["--apply"]):
        assert CliRunner().invoke(app, ["pseudonymise", str(notes), "--out", str(out), *more]).exit_code == 0
    study = open_study(out)
    with pytest.raises(InputError), recorded(study, "analyse") as run:
        run_stage(study, "ingest")
        run.add(StageReport("ingest", False, 0.1, {}, (Notice("gesprek_yasmina.txt", "is mostly in French"),),
                            "changed: source gesprek_yasmina.txt"))  # fmt: skip
        raise InputError.single("gesprek_yasmina.txt, line 3", "is empty", "Fill it")
    kept = [path.read_text(encoding="utf-8") for path in run.folder.iterdir() if path.is_file()]
    manifest = json.loads(run.manifest.read_text(encoding="utf-8"))
    assert len(manifest["sources"]) == 2 and all(each["name"] for each in manifest["sources"])
    assert len(kept) > 1 and not [text for text in kept if "yasmina" in text.casefold()]
    with pytest.raises(InputError), note_refusal(study, "watch"):
        raise InputError.single("gesprek_yasmina.txt", "is empty", "Fill it")
    refusal = find_refusal(study)
    assert refusal is not None and "yasmina" not in str(refusal[1]).casefold()


def test_older_files_that_still_hold_names_are_told_when_a_key_is_applied(tmp_path: Path) -> None:
    notes, out = study_of(tmp_path), tmp_path / "out"
    (out / "export").mkdir(parents=True)
    write_key([KeyEntry("Amina", "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE)], tmp_path / "out-sleutel.csv")
    (out / "export" / "a.csv").write_text("speaker\nAmina\n", encoding="utf-8")
    (out / "export" / "b.csv").write_text("speaker\nPersoon 1\n", encoding="utf-8")
    with ZipFile(out / "draft.docx", "w") as made:
        made.writestr("word/document.xml", "<w:t>Amina</w:t>")
    done = CliRunner().invoke(app, ["pseudonymise", str(notes), "--out", str(out), "--apply"])
    assert done.exit_code == 0, done.output
    told = done.output.replace("\n", "")
    assert "draft.docx" in told and "a.csv" in told and "--force" in told and "b.csv" not in told
    assert [path.name for path in find_older(open_study(out))] == ["draft.docx", "a.csv"]


@pytest.mark.parametrize("place", ["notes/sleutel.csv", "out/sleutel.csv"])
def test_a_key_among_notes_or_results_is_refused(tmp_path: Path, place: str) -> None:
    notes = study_of(tmp_path)
    given = ["pseudonymise", str(notes), "--out", str(tmp_path / "out"), "--key", str(tmp_path / place)]
    done = CliRunner().invoke(app, given)
    assert isinstance(done.exception, InputError)
    assert "may not lie among notes or results" in str(done.exception)
    assert not (tmp_path / place).exists()


def test_an_encrypted_key_opens_with_its_pass_phrase_only(tmp_path: Path) -> None:
    path = tmp_path / "sleutel"
    entries = [KeyEntry("Wim", "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE, 3, "a.txt, line 4")]
    write_key(entries, path, "drie gele hoeden")
    assert is_encrypted(path) and b"Wim" not in path.read_bytes()
    assert read_key(path, "drie gele hoeden") == entries
    for wrong, message in (("twee hoeden", "does not open"), ("", "is encrypted")):
        with pytest.raises(InputError, match=message):
            read_key(path, wrong)


def test_all_mistakes_of_a_key_are_told_at_once_without_its_names(tmp_path: Path) -> None:
    path = tmp_path / "sleutel.csv"
    path.write_text(
        "spelling,pseudonym,kind,decision,n,first\nWim,Persoon 1,persoon,vervangen,1,a\nWim,Persoon 2,persoon,?,1,a\n"
        "Ria,,persoon,vervangen,1,a\nGent,Gemeente 1,dorp,vervangen,1,a\nte kort\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        read_key(path)
    wheres = [problem.where for problem in refused.value.problems]
    assert wheres == [f"sleutel.csv, row {row}" for row in (3, 4, 5, 6)]
    assert "Wim" not in str(refused.value) and "Ria" not in str(refused.value)


def test_the_example_study_keeps_all_its_codings_under_a_key(tmp_path: Path) -> None:
    study = open_study(EXAMPLE, tmp_path / "out")
    before = read_originals(study)
    texts = before.tables["utterances"]["text"].tolist()
    after = apply_key(before, extend_key([], gather(texts, ["x"] * len(texts))), config=study.config.fragments)
    assert len(after.tables["given_codings"]) == len(before.tables["given_codings"])
    text_of = {name: set(made.tables["utterances"]["text"]) for name, made in (("before", before), ("after", after))}
    quotes = after.tables["given_codings"]["quote"].dropna()
    lost = [quote for quote in quotes if not any(quote in text for text in text_of["after"])]
    were = before.tables["given_codings"]["quote"].dropna()
    assert len(lost) == len([quote for quote in were if not any(quote in text for text in text_of["before"])])
