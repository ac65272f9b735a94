"""Corpora of which the groups are known: sentences by subject, law texts by title, and some without any group.

The texts are public and lie outside the repository: Tatoeba (CC BY 2.0 FR), Common Voice (CC0) and Dutch law (no
copyright). Even numbers are for development, odd ones for reporting; the two halves share no sentence and no law. The
reporting half was looked at while a choice was still to be made: ``fresh`` has other subjects and other laws.
"""

import hashlib
import lzma
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.embeddings import embed
from pipeline.analysis.tokens import tokenize
from pipeline.core.config import load_config
from pipeline.core.tables import table_from_rows
from pipeline.loaders import load_encoder, load_tagger

NOISE = -1
NOISE_SHARE = 0.15
HALVES = ("development", "reporting", "fresh")
FRESH = 2
MOST_FRESH = (400, 150)
"""Fragments of a fresh corpus, at most: with groups and without."""
LAW_LINES = 900_000
"""Of the first so many lines; the fresh laws stand in as many after them."""
LAW_WORDS = (8, 30)
SMALLEST_LAW = 20
RARE_WORD = 0.04
"""A word of a title sets its law apart when at most this share of all laws use it."""
SENTENCE_WORDS = (5, 25)
SMALLEST_GROUP = 8
SALAD_WORDS = (6, 14)

SUBJECTS = {
    "dieren": "hond honden kat katten vogel vogels paard paarden koe koeien dier dieren aap muis leeuw olifant konijn",
    "eten": "brood kaas vlees soep rijst eieren ei aardappelen groenten fruit appel appels taart ontbijt pizza honger",
    "drinken": "koffie thee bier wijn melk glas fles dronken drinkt dronk alcohol",
    "vervoer": "trein bus station taxi vliegtuig fiets auto luchthaven metro rijbewijs fietsen halte vertraging",
    "weer": "regen regent regenen sneeuw sneeuwt wind storm bewolkt paraplu onweer vriest temperatuur",
    "school": "school leraar lerares huiswerk examen klas leerlingen les lessen universiteit wiskunde studenten",
    "gezondheid": "ziek dokter ziekenhuis hoofdpijn koorts medicijn griep arts tandarts verkouden keelpijn kanker",
    "familie": "broer broers zus zussen zuster moeder vader ouders zoon dochter oom tante grootvader grootmoeder oma",
    "muziek": "muziek piano gitaar lied liedje zingen zingt concert viool orkest liedjes dansen",
    "sport": "tennis voetbal zwemmen basketbal honkbal skiën wedstrijd sport team gewonnen schaken golf",
    "talen": "taal talen engels frans duits spaans japans chinees esperanto vertalen woordenboek moedertaal grammatica",
    "boeken": "boek boeken roman bibliotheek schrijver gedicht gelezen krant tijdschrift gedichten",
    "kleding": "schoenen jurk hoed jas hemd kleren broek handschoenen das sokken rok trui",
    "huis": "kamer keuken deur raam dak slaapkamer badkamer appartement muur verhuisd huur tuin",
    "geld": "geld euro dollar betalen betaald prijs goedkoop bank lening belasting rekening schulden belastingen",
    "werk": "baan kantoor vergadering baas bedrijf ontslagen salaris collega collega's fabriek werkloos sollicitatie",
    "recht": "politie dief gestolen gevangenis advocaat rechter misdaad moord vermoord gearresteerd schuldig wet",
    "techniek": "computer telefoon internet e-mail website batterij televisie radio software wachtwoord camera machine",
    "sterren": "maan aarde planeet sterren zonnestelsel mars heelal ruimte raket astronaut astronomie melkweg",
    "landen": "hoofdstad australië japan frankrijk duitsland italië spanje china brazilië canada engeland rusland",
    "feest": "verjaardag kerstmis kerst cadeau feest feestje uitgenodigd kerstboom kerstman nieuwjaar bruiloft",
    "liefde": "liefde verliefd kus kussen trouwen getrouwd huwelijk echtgenoot gescheiden liefje verloofd",
    "slaap": "slapen slaap slaapt wakker moe bed droom dromen nachtmerrie geslapen wekker slaperig",
    "oorlog": "oorlog soldaten soldaat leger vijand vrede wapens bom bommen aanval geweer generaal",
}  # fmt: skip
FRESH_SUBJECTS = {
    "zee": "zee strand golven boot schip zeilen kust haven vissen vis eiland duiken",
    "haar": "haar kapper baard knippen kammen borstel blond krullen scheren geschoren",
    "brand": "brand vuur brandweer rook branden verbrand vlammen lucifer verbrandde",
    "bos": "bos boom bomen bladeren bloem bloemen rozen tak takken plant planten zaden",
    "tijd": "horloge klok uur minuten kwartier middernacht halfelf seconden",
    "kunst": "schilderij schilder museum tekenen tekening foto foto's kunstenaar beeldhouwer geschilderd",
    "film": "film films bioscoop acteur actrice toneel theater scène filmster regisseur",
    "geloof": "god kerk bijbel bidden priester engel duivel hemel hel ziel religie",
    "politiek": "president regering verkiezingen minister stemmen partij koning koningin parlement democratie",
    "rekenen": "getal getallen optellen delen driehoek cirkel vierkant gelijk vermenigvuldigen wiskundige",
    "kinderen": "baby kind kinderen speelgoed pop wieg luier zwanger geboren kleuter",
    "brieven": "brief brieven postzegel postzegels adres envelop postkantoor briefkaart ansichtkaart pakket",
    "bergen": "berg bergen top beklimmen beklommen rivier meer brug vallei waterval vulkaan",
    "lichaam": "hand handen been benen arm armen vinger rug knie voet neus tanden",
}  # fmt: skip
"""Other subjects, for the fresh half."""
_WORD = re.compile(r"[a-zà-ÿ]{6,}")
_TITLE = re.compile(r"(Besluit|Regeling|Wet|Rijkswet|Reglement|Beleidsregels?|Subsidieregeling)\b.{25,200}")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts with the group of each.

    Attributes:
        number: even for development, odd for reporting.
        name: what it is.
        texts: n texts, all different.
        groups: n group numbers from 0, or ``NOISE``; all 0 where there are no groups.
        n_groups: how many groups there are; 1 where there are none.
    """

    number: int
    name: str
    texts: tuple[str, ...]
    groups: tuple[int, ...]
    n_groups: int


@dataclass(frozen=True, slots=True)
class _Plan:
    source: str
    n_groups: int
    n_fragments: int
    is_equal: bool
    has_noise: bool


def _plans() -> Iterator[_Plan]:
    """Make 23 plans with groups and 10 without, each twice in a row: one for either half."""
    totals = {
        "subjects": ((2, 60), (2, 400), (3, 120), (3, 1000), (4, 100), (4, 600), (5, 250), (6, 300), (8, 800),
                     (10, 600), (12, 1500), (18, 1080), (20, 2000)),
        "laws": ((2, 80), (3, 90), (4, 120), (5, 150), (6, 150), (8, 200), (10, 300), (12, 400), (15, 500), (20, 600)),
    }  # fmt: skip
    for source, several in totals.items():
        for i, (n_groups, total) in enumerate(several):
            made = _Plan(source, n_groups, total, i % 2 == 0, i % 3 == 1)
            yield from (made, made)
    for source, totals in (("sentences", (60, 150, 400, 1000)), ("voices", (100, 250, 600)), ("salad", (80, 300, 700))):
        for total in totals:
            made = _Plan(source, 1, total, True, False)
            yield from (made, made)


def make_corpora(data: Path, half: str) -> Iterator[Corpus]:
    """Make the corpora of a half; the same at every call.

    Args:
        data: the folder with ``embedding/tatoeba``, ``embedding/laws`` and ``embedding/commonvoice``.
        half: one of ``HALVES``.
    """
    side = HALVES.index(half)
    for number, plan in enumerate(_plans()):
        is_small = plan.n_fragments <= MOST_FRESH[plan.n_groups == 1]
        if number % 2 == side or (side == FRESH and number % 2 and is_small):
            yield _make(data / "embedding", number, plan, side)


def _make(data: Path, number: int, plan: _Plan, side: int) -> Corpus:
    random = np.random.default_rng([11, number] if side != FRESH else [12, number])
    if plan.n_groups == 1:
        texts = _without_groups(data, plan, side, random)
        return Corpus(number, f"{plan.source} {plan.n_fragments}", tuple(texts), (0,) * len(texts), 1)
    pools = _subjects(data, side) if plan.source == "subjects" else _laws(data, side)
    n_noise = round(NOISE_SHARE * plan.n_fragments) if plan.has_noise else 0
    wanted = _sizes(plan, plan.n_fragments - n_noise)
    names = [name for name in pools if len(pools[name]) >= max(wanted)] if plan.is_equal else list(pools)
    chosen = _choose_pools(pools, names, wanted, random)
    texts: list[str] = []
    groups: list[int] = []
    for group, (name, size) in enumerate(zip(chosen, wanted, strict=True)):
        kept = random.permutation(len(pools[name]))[:size]
        texts += [pools[name][row] for row in kept]
        groups += [group] * len(kept)
    strange = _sentences(data, side) if plan.source == "subjects" else _loose_lines(data, side)
    texts += [strange[row] for row in random.permutation(len(strange))[:n_noise]]
    groups += [NOISE] * n_noise
    kind = f"{'equal' if plan.is_equal else 'unequal'}{', noise' if n_noise else ''}"
    return Corpus(
        number, f"{plan.source} {plan.n_groups} of {len(texts)} {kind}", tuple(texts), tuple(groups), plan.n_groups
    )


def _sizes(plan: _Plan, total: int) -> list[int]:
    """Share a total among groups: equally, or with the largest about five times the smallest."""
    shares = np.ones(plan.n_groups) if plan.is_equal else np.geomspace(5.0, 1.0, plan.n_groups)
    return [max(SMALLEST_GROUP, int(size)) for size in shares / shares.sum() * total]


def _choose_pools(
    pools: dict[str, list[str]], names: list[str], wanted: list[int], random: np.random.Generator
) -> list[str]:
    """Choose a pool for each size, large ones first; a pool that is too small gives what it has."""
    order, chosen = [names[row] for row in random.permutation(len(names))], []
    if len(order) < len(wanted):
        rest = sorted(set(pools) - set(order), key=lambda name: -len(pools[name]))
        order += rest[: len(wanted) - len(order)]
    for size in wanted:
        fitting = next((name for name in order if len(pools[name]) >= size), None)
        chosen.append(fitting or max(order, key=lambda name: len(pools[name])))
        order.remove(chosen[-1])
    return chosen


def _without_groups(data: Path, plan: _Plan, side: int, random: np.random.Generator) -> list[str]:
    if plan.source == "salad":
        words = [word for text in _sentences(data, side) for word in text.split()]
        lengths = random.integers(*SALAD_WORDS, size=plan.n_fragments)
        return [" ".join(words[at] for at in random.integers(len(words), size=length)) for length in lengths]
    pool = _sentences(data, side) if plan.source == "sentences" else _voices(data, side)
    return [pool[row] for row in random.permutation(len(pool))[: plan.n_fragments]]


def _own_half(texts: Sequence[str], side: int) -> list[str]:
    """Keep a half of the texts; the fresh half, which is drawn otherwise, has those of the reporting half."""
    return [text for text in texts if hashlib.sha256(text.encode()).digest()[0] % 2 == min(side, 1)]


def _read_lines(path: Path, words: tuple[int, int]) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return list(dict.fromkeys(line for line in lines if words[0] <= len(line.split()) <= words[1]))


@cache
def _all_subjects(data: Path, side: int) -> dict[str, list[str]]:
    """Sort sentences by the subject whose words they hold; one that holds words of two is left out."""
    subjects = FRESH_SUBJECTS if side == FRESH else SUBJECTS
    subject_of = {word: name for name, words in subjects.items() for word in words.split()}
    pools: dict[str, list[str]] = {name: [] for name in ("", *subjects)}
    for line in _read_lines(data / "tatoeba" / "nld-mono-union.txt", SENTENCE_WORDS):
        found = {subject_of[word] for word in re.findall(r"[\w'-]+", line.lower()) if word in subject_of}
        if len(found) <= 1:
            pools["".join(found)].append(line)
    return pools


@cache
def _subjects(data: Path, side: int) -> dict[str, list[str]]:
    return {name: _own_half(lines, side) for name, lines in _all_subjects(data, side).items() if name}


def choose_sentences(data: Path, subjects: Sequence[str], each: int) -> Iterator[tuple[str, str]]:
    """Choose sentences of subjects, of the development half: text and subject."""
    random = np.random.default_rng(5)
    for subject in subjects:
        pool = _subjects(data, 0)[subject]
        yield from ((pool[row], subject) for row in random.permutation(len(pool))[:each])


@cache
def _sentences(data: Path, side: int) -> list[str]:
    """Sentences of no subject."""
    return _own_half(_all_subjects(data, side)[""], side)


@cache
def _voices(data: Path, side: int) -> list[str]:
    files = sorted((data / "commonvoice").glob("*.txt"))
    return _own_half([line for file in files for line in _read_lines(file, SENTENCE_WORDS)], side)


@cache
def _all_laws(data: Path, side: int) -> dict[str, list[str]]:
    """Lines by the law they stand in."""
    pools: dict[str, list[str]] = {}
    title = ""
    with lzma.open(data / "laws" / "laws.txt.xz", "rt", encoding="utf-8") as file:
        for line in islice(file, LAW_LINES * (side == FRESH), LAW_LINES * (1 + (side == FRESH))):
            text = line.strip()
            if _TITLE.fullmatch(text) and not text.endswith((".", ";", ":", ",")):
                title = text
            elif title and LAW_WORDS[0] <= len(text.split()) <= LAW_WORDS[1]:
                pools.setdefault(title, []).append(text)
    return pools


@cache
def _laws(data: Path, side: int) -> dict[str, list[str]]:
    """Lines of laws that hold a word of the title of their law which few laws use: the others are about procedure.

    Every second law is of either half; a word that two titles share is of the first.
    """
    laws = _all_laws(data, side)
    words = {title: set(_WORD.findall(title.lower())) for title in laws}
    used = Counter(
        word for lines in laws.values() for word in {w for line in lines for w in _WORD.findall(line.lower())}
    )
    taken: set[str] = set()
    pools: dict[str, list[str]] = {}
    for title in sorted(laws):
        own = {word for word in words[title] if used[word] <= RARE_WORD * len(laws)} - taken
        held = [line for line in laws[title] if own & set(_WORD.findall(line.lower()))]
        if len(held) >= SMALLEST_LAW:
            taken |= own
            pools[title] = held
    return {title: pools[title] for title in sorted(pools)[min(side, 1) :: 2]}


@cache
def _loose_lines(data: Path, side: int) -> list[str]:
    """One line of every small law."""
    return _own_half([lines[0] for lines in _all_laws(data, side).values() if len(lines) < 100], side)


def read_tables(corpus: Corpus, cache_folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give the tables fragments, tokens and embeddings of a corpus, kept in a folder outside the repository.

    Args:
        corpus: the texts.
        cache_folder: where tokens and vectors are kept, by a hash of the texts.
    """
    rows = [_fragment(i, text) for i, text in enumerate(corpus.texts)]
    fragments = table_from_rows(rows, "fragments")
    key = hashlib.sha256("\n".join(corpus.texts).encode()).hexdigest()[:16]
    files = [cache_folder / f"{key}-{name}.parquet" for name in ("tokens", "embeddings")]
    if not all(file.is_file() for file in files):
        cache_folder.mkdir(parents=True, exist_ok=True)
        config = load_config()
        made = (
            tokenize(fragments, tagger=_tagger()).tables["tokens"],
            embed(fragments, config=config.embeddings, encoder=_encoder()).tables["embeddings"],
        )
        for table, file in zip(made, files, strict=True):
            table.to_parquet(file)
    tokens, embeddings = (pd.read_parquet(file) for file in files)
    return fragments, tokens, embeddings


@cache
def _tagger() -> Any:  # noqa: ANN401
    return load_tagger()


@cache
def _encoder() -> Any:  # noqa: ANN401
    return load_encoder("bundled")


def name_fragment(i: int, text: str) -> str:
    """Name a fragment by its text, so that the order of names tells nothing of its group."""
    return f"f-{hashlib.sha256(f'{i} {text}'.encode()).hexdigest()[:12]}"


def _fragment(i: int, text: str) -> dict[str, Any]:
    return {
        "fragment_id": name_fragment(i, text), "utterance_id": f"u:{i:05d}", "source_id": "u", "session": "corpus",
        "line": i, "char_start": 0, "char_end": len(text), "text": text, "n_words": len(text.split()), "kind": "turn",
        "status": "used", "heading_path": [], "block": f"b-{i:05d}",
    }  # fmt: skip
