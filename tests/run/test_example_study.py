"""The invented example study holds what its README promises; read here with a few lines of our own, not the readers."""

import csv
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import simplemma
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, cohen_kappa_score

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data" / "example"
LEXICON = ROOT / "pipeline" / "analysis" / "stances" / "words"
REPORTS = ROOT.parent / "shared" / "corpus"
SCHEMES = ("theme", "subtheme", "polarity", "hat", "sentiment")
HATS = ("wit", "zwart", "geel", "groen", "rood")
# Words of negation say what did not happen; by themselves they judge nothing, and no Dutch conversation lacks them.
NEGATION = {"niet", "geen", "nooit", "niemand", "nergens", "zonder", "niet meer"}
HAT_STYLES = {
    "title": re.compile(r"^## (Witte|Zwarte|Gele|Groene|Rode) hoed$", re.M),
    "capitals": re.compile(r"^(WITTE|ZWARTE|GELE|GROENE|RODE) HOED:$", re.M),
    "bracket": re.compile(r"^\[(wit|zwart|geel|groen|rood)\]$", re.M),
}

Quote = tuple[str, str]
Codes = dict[str, tuple[str, ...]]


class Study(NamedTuple):
    sources: dict[str, str]
    codings: dict[str, dict[Quote, Codes]]
    codebook: list[dict[str, str]]

    @property
    def quotes(self) -> list[str]:
        return [quote for _, quote in self.codings["A"]]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def study() -> Study:
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted((EXAMPLE / "sources").iterdir())}
    wide = {
        (row["session"], row["quote"]): {s: tuple(filter(None, row[s].split(";"))) for s in SCHEMES}
        for row in rows(EXAMPLE / "codings" / "coder-a.csv")
    }
    long: dict[Quote, Codes] = {}
    for row in rows(EXAMPLE / "codings" / "coder-b.csv"):
        codes = long.setdefault((row["session"], row["quote"]), dict.fromkeys(SCHEMES, ()))
        codes[row["scheme"]] += (row["code"],) if row["code"] else ()
    return Study(sources, {"A": wide, "B": long}, rows(EXAMPLE / "codebook.csv"))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def shingles(text: str, size: int) -> list[tuple[str, ...]]:
    found = words(text)
    return [tuple(found[i : i + size]) for i in range(len(found) - size + 1)]


def repeated(texts: list[str], size: int) -> set[tuple[str, ...]]:
    counts = Counter(shingle for text in texts for shingle in shingles(text, size))
    return {shingle for shingle, n in counts.items() if n > 1}


def copied(texts: list[str], originals: list[str], size: int) -> set[tuple[str, ...]]:
    known = {shingle for text in originals for shingle in shingles(text, size)}
    return {shingle for text in texts for shingle in shingles(text, size)} & known


def misplaced(quotes: list[Quote], sources: dict[str, str]) -> list[Quote]:
    flat = {session: " ".join(text.split()) for session, text in sources.items()}
    return [(session, quote) for session, quote in quotes if flat.get(session, "").count(quote) != 1]


def share_with_cue(quotes: list[str], cues: set[str]) -> float:
    phrases = [f" {cue} " for cue in cues if " " in cue]
    endings = tuple(cue[1:] for cue in cues if cue.startswith("-"))

    def has_cue(quote: str) -> bool:
        found = re.findall(r"[^\W\d_]+", quote.lower())
        forms = {*found, *(simplemma.lemmatize(word, lang="nl") for word in found)}
        line = f" {' '.join(found)} "
        return (
            bool(forms & cues) or any(p in line for p in phrases) or any(w.endswith(endings) for w in found if endings)
        )

    return sum(map(has_cue, quotes)) / len(quotes)


def share(coder: dict[Quote, Codes], scheme: str) -> float:
    return sum(len(codes[scheme]) > 1 for codes in coder.values()) / len(coder)


def kappa(scheme: str, *, whole: bool = False) -> float:
    def label(codes: Codes) -> str:
        return "+".join(sorted(codes[scheme])) if whole else (codes[scheme] or ("neutraal",))[0]

    a, b = study().codings["A"], study().codings["B"]
    return cohen_kappa_score([label(a[key]) for key in sorted(a)], [label(b[key]) for key in sorted(a)])


def lexical_ami(quotes: list[str], themes: list[str]) -> float:
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)).fit_transform(quotes)
    clusterings = (KMeans(len(set(themes)), n_init=1, random_state=s).fit_predict(vectors) for s in range(5))
    return sum(adjusted_mutual_info_score(themes, clusters) for clusters in clusterings) / 5


def hat_style(text: str) -> str:
    heads = text.split("INDIVIDUELE NOTITIES")[0]
    styles = [name for name, mark in HAT_STYLES.items() if mark.search(heads)]
    assert len(styles) == 1, styles
    return styles[0]


def test_twelve_tables_in_two_file_forms() -> None:
    stems = [f"tafel-{n:02d}" for n in range(1, 13)]
    assert list(study().sources) == stems
    assert Counter(path.suffix for path in (EXAMPLE / "sources").iterdir()) == {".md": 6, ".txt": 6}
    assert {session for session, _ in study().codings["A"]} == set(stems)
    settings = tomllib.loads((EXAMPLE / "study.toml").read_text(encoding="utf-8"))
    assert settings["study"]["invented"] is True
    assert settings["study"]["language"] == "nl"


def test_every_table_is_led_hat_by_hat_by_a_moderator_with_five_or_six_speakers() -> None:
    for session, text in study().sources.items():
        assert 5 <= len(re.findall(r"^- D\d \(.+\)$", text, re.M)) <= 6, session
        assert len(re.findall(r"^(?:Gespreksleider|Verslaggever|Datum|Plaats|Provincie): .+", text, re.M)) >= 5, session
        heads = text.split("INDIVIDUELE NOTITIES")[0]
        assert len(HAT_STYLES[hat_style(text)].findall(heads)) == len(HATS), session
        assert re.search(r"^(?:## Afronding|AFRONDING)$", text, re.M), session
    assert {hat_style(text) for text in study().sources.values()} == set(HAT_STYLES)
    assert sum("dividuele notities" in text or "INDIVIDUELE NOTITIES" in text for text in study().sources.values()) >= 4
    assert sum("[00:" in text for text in study().sources.values()) == 2


def test_quotes_are_found_in_their_source_exactly_once() -> None:
    assert misplaced(list(study().codings["A"]), study().sources) == []


def test_a_quote_that_is_absent_twice_there_or_elsewhere_is_seen() -> None:
    sources = {"tafel-01": "D1: wij gaan\nnaar de markt\nD2: ja ja\nD3: ja ja"}
    found, twice, absent = (("tafel-01", text) for text in ("wij gaan naar de markt", "ja ja", "nee"))
    elsewhere = ("tafel-02", "wij gaan naar de markt")
    assert misplaced([found, twice, absent, elsewhere], sources) == [twice, absent, elsewhere]


def test_size_and_length_of_the_fragments() -> None:
    lengths = [len(quote.split()) for quote in study().quotes]
    assert len(lengths) >= 420
    assert min(lengths) >= 6
    assert max(lengths) <= 60
    assert sum(12 <= n <= 35 for n in lengths) / len(lengths) >= 0.7


def test_both_coders_coded_every_coded_fragment_in_every_scheme() -> None:
    a, b = study().codings["A"], study().codings["B"]
    assert set(a) == set(b)
    assert {row["coder"] for row in rows(EXAMPLE / "codings" / "coder-b.csv")} == {"B"}
    for coder in (a, b):
        for key, codes in coder.items():
            assert len(codes["hat"]) == len(codes["sentiment"]) == 1, key[0]
            assert codes["theme"], key[0]
            assert codes["subtheme"], key[0]


def test_every_code_stands_in_the_codebook_under_its_parent() -> None:
    known = {scheme: {row["code"] for row in study().codebook if row["scheme"] == scheme} for scheme in SCHEMES}
    parent = {row["code"]: row["parent"] for row in study().codebook if row["scheme"] == "subtheme"}
    assert len(known["theme"]) == 7
    assert known["hat"] == set(HATS)
    assert known["polarity"] == {"kans", "knelpunt"}
    assert all(2 <= n <= 4 for n in Counter(parent.values()).values())
    assert set(parent.values()) == known["theme"]
    for coder in study().codings.values():
        for codes in coder.values():
            assert all(set(codes[scheme]) <= known[scheme] for scheme in SCHEMES)
            assert {parent[code] for code in codes["subtheme"]} == set(codes["theme"])
            assert parent[codes["subtheme"][0]] == codes["theme"][0]


def test_examples_of_the_codebook_are_not_said_in_the_tables() -> None:
    examples = [text for row in study().codebook for text in row["examples"].split(" | ")]
    said = " ".join(" ".join(text.split()) for text in study().sources.values())
    assert all(1 <= len(row["examples"].split(" | ")) <= 2 for row in study().codebook)
    assert not [text for text in examples if text.rstrip(".") in said]
    assert copied(examples, list(study().sources.values()), 6) == set()


def test_no_six_words_are_said_twice() -> None:
    assert repeated(study().quotes, 6) == set()


def test_a_template_would_be_seen() -> None:
    quotes = ["Wij hebben nood aan meer tijd voor de soep.", "Ze hebben nood aan meer tijd voor overleg."]
    assert repeated(quotes, 6) == {("hebben", "nood", "aan", "meer", "tijd", "voor")}


def test_at_most_fifteen_per_cent_of_the_fragments_hold_an_evaluative_word() -> None:
    lines = (ROOT / "tests" / "golden" / "evaluative_words.txt").read_text(encoding="utf-8").splitlines()
    cues = {line for line in lines if not line.startswith("#")}
    assert len(cues) >= 150
    assert share_with_cue(study().quotes, cues) <= 0.15


def test_at_most_a_quarter_of_the_fragments_hold_a_cue_of_the_lexicon() -> None:
    cues: set[str] = set()
    for name in ("sentiment.tsv", "polarity.tsv"):
        with (LEXICON / name).open(encoding="utf-8", newline="") as handle:
            cues |= {row["cue"] for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)}
    assert len(cues) >= 200
    assert share_with_cue(study().quotes, cues - NEGATION) <= 0.25


def test_a_cue_is_seen_in_its_inflected_and_compound_forms_and_as_a_phrase() -> None:
    cues = {"weigeren", "-gebrek", "te veel"}
    quotes = ["Zij weigerde de soep.", "Het was plaatsgebrek.", "Een tas te veel gezet.", "Wij schillen de patatten."]
    assert share_with_cue(quotes, cues) == 0.75


@pytest.mark.parametrize("coder", ["A", "B"])
def test_enough_fragments_with_two_themes_and_with_both_polarities(coder: str) -> None:
    assert share(study().codings[coder], "theme") >= 0.15
    assert share(study().codings[coder], "polarity") >= 0.10


def test_words_alone_do_not_give_the_themes_away() -> None:
    themes = [codes["theme"][0] for codes in study().codings["A"].values()]
    assert lexical_ami(study().quotes, themes) <= 0.25


def test_themes_that_words_give_away_would_be_seen() -> None:
    quotes = [f"de soep van tante {x}" for x in "abcdef"] + [f"mijn fiets bij nonkel {x}" for x in "abcdef"]
    assert lexical_ami(quotes, ["soep"] * 6 + ["fiets"] * 6) == pytest.approx(1.0)


def test_nothing_of_the_real_report_stands_in_it() -> None:
    reports = sorted(REPORTS.glob("*/*.txt"))
    if not reports:
        pytest.skip("the real report is not beside this checkout (../shared/corpus)")
    originals = [path.read_text(encoding="utf-8") for path in reports]
    fields = [row[name] for row in study().codebook for name in ("definition", "examples")]
    assert copied([*study().sources.values(), *fields], originals, 7) == set()


def test_a_copied_sentence_would_be_seen() -> None:
    original = "Op de eerste dag van mei bakte tante Mia twaalf ronde taarten."
    assert copied(["En toen: op de eerste dag van mei zei hij niks."], [original], 7) == set()
    assert copied(
        ["zij zei dat tante Mia twaalf ronde taarten bakte op de eerste dag van mei bakte"], [original], 7
    ) == {("op", "de", "eerste", "dag", "van", "mei", "bakte")}


def test_the_coders_agree_as_far_as_the_readme_says() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    figures = {
        "fragments": f"{len(study().quotes)}",
        "kappa of the first theme": f"{kappa('theme'):.2f}",
        "kappa of the polarity as a set": f"{kappa('polarity', whole=True):.2f}",
        "kappa of the first polarity": f"{kappa('polarity'):.2f}",
        "kappa of the hat": f"{kappa('hat'):.2f}",
        "kappa of the sentiment": f"{kappa('sentiment'):.2f}",
    }
    stated = dict(re.findall(r"^\| ([\w ]+?) +\| +([\d.]+) +\|$", readme, re.M))
    assert {name: stated.get(name) for name in figures} == figures
    assert 0.60 <= kappa("theme") <= 0.75
    assert 0.55 <= kappa("polarity", whole=True) <= 0.75
