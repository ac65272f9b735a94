"""How well notes are read: ``python -m tests.bench.reading [FOLDER ...]``, each with notes and a ``truth.csv``.

Truth has a row a remark: file, session, hat, speaker and text, and where known role and organisation. A row of who
leads, reports or receives, or of procedure, is one that must stay out of the remarks. Texts are compared without
regard to white space and the form of quotation marks; beside the exact share stands that of texts that are nearly the
same. Names are compared without title.

Where a file names no speaker of any remark, nobody can know who spoke: such rows count as wrong in the share of all
rows, and are left out of the share of rows of which the file tells the speaker.
"""

import csv
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.core.vocabulary import Status
from pipeline.corpus.fragments import cut
from pipeline.run.intake import read_originals

CASES = Path(__file__).parents[1] / "data" / "cases"
COLUMNS = ("session", "hat", "speaker", "text", "role", "organisation")
ASIDE = ("gespreksleider", "verslaggever", "gastheer", "procedure")
"""Roles of those who are no participants; any other role is that of somebody who speaks, such as an alderman."""
NEARLY = 0.85
SHOWN = 3


@dataclass
class Score:
    """What is right in one file.

    Attributes:
        n: rows of truth that are remarks of participants.
        told: of these, rows of which the file tells the speaker.
        right: column to rows with that column right.
        asked: column to rows of which truth has a value for it.
        whole: rows with session, hat, speaker and text right.
        whole_told: of these, among the rows of which the file tells the speaker.
        nearly: rows with a text that is nearly the same.
        extra: remarks that are in no row of truth.
        aside: remarks that truth says are of a moderator, or procedure.
        wrong: column and line of truth of what is wrong.
    """

    n: int = 0
    told: int = 0
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    whole_told: int = 0
    nearly: int = 0
    extra: int = 0
    aside: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add the counts of another file."""
        for name in ("n", "told", "whole", "whole_told", "nearly", "extra", "aside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.right.update(other.right)
        self.asked.update(other.asked)


def plain(text: str) -> str:
    """Give a text without the differences that do not count.

    >>> plain("“Da’s  goed”")
    "da's goed"
    """
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("‘", "'")
    return " ".join(re.sub('["“”„«»]', "", text).replace("–", "-").split()).casefold().strip(" -")


def name(text: str | None) -> str:
    """Give a name without accents, case, title and stops."""
    if not isinstance(text, str):
        return ""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    bare = re.sub(
        r"^(?:mevr(?:ouw)?|dhr|de heer|meneer|mw|mijnheer|schepen|raadslid|burgemeester|directeur|juf)\b\.?\s*",
        "",
        bare.strip(),
    )
    return re.sub(r"[\W_]+", "", bare)


def read_folder(
    folder: Path, files: Collection[str] = ()
) -> tuple[pd.DataFrame, dict[str, dict[str, set[str]]], dict[str, str]]:
    """Read the notes of a folder as a run does, file by file, so that one that is refused leaves the others.

    Args:
        folder: where they lie, at any depth.
        files: names of those to read; all where none is named.

    Returns:
        Remarks (file, session, hat, speaker, role, organisation, text, status); spellings by session and speaker;
        and the refusal of each file that was refused.
    """
    rows: list[dict[str, object]] = []
    spellings: dict[str, dict[str, set[str]]] = defaultdict(dict)
    refused: dict[str, str] = {}
    paths = (p for p in folder.rglob("*") if p.is_file() and p.name not in ("truth.csv", "README.md"))
    for path in sorted(p for p in paths if not files or p.name in files):
        study = open_study(path, folder / ".none")
        try:
            tables = read_originals(study).tables
        except InputError as error:
            refused[path.name] = error.problems[0].what
            continue
        fragments = cut(tables["utterances"], config=study.config.fragments).tables["fragments"]
        names = {str(row["source_id"]): str(row["name"]) for row in tables["sources"].to_dict("records")}
        organisations = {
            (row["session"], row["speaker"]): row["organisation"] for row in tables["speakers"].to_dict("records")
        }
        for row in tables["speakers"].to_dict("records"):
            spellings[str(row["session"])][str(row["speaker"])] = {name(s) for s in row["spellings"]}
        whole = {row["utterance_id"]: row for row in tables["utterances"].to_dict("records")}
        for identity, parts in fragments.groupby("utterance_id", sort=False):
            row = whole[identity]
            statuses = set(parts["status"])
            rows.append(
                {
                    "file": names[str(row["source_id"])],
                    "session": row["session"],
                    "hat": row["hat_given"],
                    "speaker": row["speaker"],
                    "role": row["role"],
                    "organisation": organisations.get((row["session"], row["speaker"])),
                    "text": row["text"],
                    "status": str(Status.USED) if Status.USED in statuses else min(statuses),
                    "line": row["line"],
                }
            )
    columns = ["file", "session", "hat", "speaker", "role", "organisation", "text", "status", "line"]
    return pd.DataFrame(rows, columns=columns).astype(object), spellings, refused


def score(folder: Path, truth: list[dict[str, str]]) -> tuple[dict[str, Score], dict[str, str]]:
    """Score each file of a folder.

    Returns:
        File to score, and file to refusal.
    """
    notes = folder / "notes" if (folder / "notes").is_dir() else folder
    remarks, spellings, refused = read_folder(notes, {Path(row["file"]).name for row in truth})
    remarks = remarks.where(remarks.notna(), None)
    scores: dict[str, Score] = {}
    for file in dict.fromkeys(row["file"] for row in truth):
        expected = [row for row in truth if row["file"] == file]
        found = remarks[remarks["file"].map(lambda n, f=file: Path(str(n)).name == Path(f).name)].to_dict("records")
        scores[file] = _score_file(expected, found, spellings)
    return scores, refused


def _score_file(
    expected: list[dict[str, str]], found: list[dict[str, object]], spellings: dict[str, dict[str, set[str]]]
) -> Score:
    result = Score()
    pairs = _pair(expected, found)
    sessions: dict[str, Counter[str]] = defaultdict(Counter)
    for i, j in pairs.items():
        sessions[expected[i].get("session", "")][str(found[j]["session"])] += 1
    of_session = {key: counts.most_common(1)[0][0] for key, counts in sessions.items()}
    shared = Counter(of_session.values())
    told_by = _told(expected, found)
    used = {j for j, row in enumerate(found) if row["status"] == Status.USED}
    for i, row in enumerate(expected):
        j = pairs.get(i)
        is_aside = (row.get("role") or "").casefold() in ASIDE
        if is_aside:
            result.aside += j in used
            continue
        result.n += 1
        told = told_by[i]
        result.told += told
        got = found[j] if j is not None and j in used else None
        checks: dict[str, bool] = {}
        if got is not None:
            known = spellings.get(str(got["session"]), {}).get(str(got["speaker"]), set())
            checks["session"] = (
                of_session[row.get("session", "")] == got["session"] and shared[str(got["session"])] == 1
            )
            checks["hat"] = (row.get("hat") or "") == (got["hat"] or "")
            checks["speaker"] = name(row.get("speaker")) in {name(got["speaker"]), *known} - (
                {""} if row.get("speaker") else set()
            )
            checks["text"] = plain(row["text"]) == plain(str(got["text"]))
            checks["role"] = (row.get("role") or "deelnemer") == (got["role"] or "deelnemer")
            checks["organisation"] = name(row.get("organisation")) == name(got["organisation"])
            result.nearly += _likeness(row["text"], str(got["text"])) >= NEARLY
        for column in COLUMNS:
            if column in ("role", "organisation") and not row.get(column):
                continue
            result.asked[column] += 1
            result.right[column] += checks.get(column, False)
            if not checks.get(column, False):
                result.wrong.append(f"{column} of '{row['text'][:40]}': {got[column] if got else 'not found'!r}")
        whole = all(checks.get(column, False) for column in ("session", "hat", "speaker", "text"))
        result.whole += whole
        result.whole_told += whole and told
    paired = set(pairs.values())
    extra = sorted(used - paired)
    result.extra = len(extra)
    result.wrong += [f"extra: '{str(found[j]['text'])[:60]}'" for j in extra]
    return result


def _told(expected: list[dict[str, str]], found: list[dict[str, object]]) -> list[bool]:
    """Tell of which rows the file names the speaker: one with several remarks is named more than once in the file."""
    remarks = Counter(name(row.get("speaker")) for row in expected)
    named: Counter[str] = Counter()
    for row in found:
        if row["status"] != Status.USED:
            text = str(row["text"])
            words = {name(word) for word in re.findall(r"\w+", text)}
            named.update(who for who in remarks if who in words or (len(who) > 3 and who in name(text)))
    nameless = all(named[who] <= 1 for who in remarks if who) and max(remarks.values(), default=0) > 1
    return [not nameless for _ in expected]


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, plain(one), plain(other), autojunk=False).ratio()


def _pair(expected: list[dict[str, str]], found: list[dict[str, object]]) -> dict[int, int]:
    """Pair rows of truth with what was read: the same text first, then the likest; in order, the used first."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    texts = [plain(str(row["text"])) for row in found]
    said = [j for j, row in enumerate(found) if row["status"] not in ("heading", "layout", "footnote")]
    for i, row in enumerate(expected):
        same = [j for j in said if j not in taken and texts[j] == plain(row["text"])]
        if same:
            best = max(
                same, key=lambda j: (row.get("hat") == (found[j]["hat"] or ""), found[j]["status"] == "used", -j)
            )
            pairs[i] = best
            taken.add(best)
    for i, row in enumerate(expected):
        if i in pairs:
            continue
        wanted = plain(row["text"])
        near = [
            (SequenceMatcher(None, wanted, texts[j], autojunk=False).ratio(), -j)
            for j in said
            if j not in taken and abs(len(texts[j]) - len(wanted)) <= max(len(texts[j]), len(wanted)) * 0.6
        ]
        if near and max(near)[0] >= 0.6:
            pairs[i] = -max(near)[1]
            taken.add(pairs[i])
    return pairs


def main() -> int:
    """Print the shares per file and in all.

    Returns:
        0; 2 where a folder has no truth.
    """
    verbose = "-v" in sys.argv
    folders = [Path(given) for given in sys.argv[1:] if given != "-v"] or sorted(
        path.parent for path in CASES.rglob("truth.csv")
    )
    for folder in folders:
        if not (folder / "truth.csv").is_file():
            sys.stderr.write(f"{folder} holds no truth.csv\n")
            return 2
        with (folder / "truth.csv").open(encoding="utf-8-sig", newline="") as file:
            truth = [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]
        scores, refused = score(folder, truth)
        _print(folder.name, scores, refused, verbose=verbose)
    return 0


def _print(title: str, scores: dict[str, Score], refused: dict[str, str], *, verbose: bool) -> None:
    total = Score()
    out = sys.stdout.write
    out(f"{title}\n{'rows':>5} {'right':>6} {'told':>6} " + " ".join(f"{c[:7]:>7}" for c in COLUMNS))
    out(f" {'nearly':>7} {'extra':>6} {'aside':>6}  file\n")
    for file, found in [*scores.items(), ("in all", total)]:
        cells = [_share(found.right[column], found.asked[column]) for column in COLUMNS]
        out(f"{found.n:5d} {_share(found.whole, found.n):>6} {_share(found.whole_told, found.told):>6} ")
        out(" ".join(f"{cell:>7}" for cell in cells))
        out(f" {_share(found.nearly, found.n):>7} {found.extra:6d} {found.aside:6d}  {file}")
        out(f": refused, {refused[Path(file).name]}\n" if Path(file).name in refused else "\n")
        for line in found.wrong if verbose else ():
            out(f"          {line}\n")
        if found is not total:
            total.add(found)
    out("\n")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


if __name__ == "__main__":
    sys.exit(main())
