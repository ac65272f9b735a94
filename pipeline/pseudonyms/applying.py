"""Pseudonyms in the first tables of a study, before any model or report sees them; ids and places stay as they were."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.config import FragmentsConfig
from pipeline.core.errors import InputError, Notice, Output
from pipeline.core.study import Study
from pipeline.core.tables import conform
from pipeline.core.vocabulary import Identity
from pipeline.corpus.fragments import cut
from pipeline.pseudonyms.detection import add_speaker_names, detect
from pipeline.pseudonyms.key import KeyDecision, KeyEntry, read_key

MIN_CAPITALS = 4
"""Letters from which a name is replaced in capitals too; a shorter one may be an abbreviation."""


class Replacer:
    """Replaces every spelling of a key, the longest first, as whole words.

    >>> key = [KeyEntry("Fatima El Amrani", "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE),
    ...        KeyEntry("Fatima", "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE),
    ...        KeyEntry("Gent", "Gemeente 1", Identity.GEMEENTE, KeyDecision.KEEP)]
    >>> Replacer(key)("Fatima's zus en Fatima El Amrani wonen in Gent")
    "Persoon 1's zus en Persoon 1 wonen in Gent"
    """

    def __init__(self, key: Iterable[KeyEntry]) -> None:
        """Make it from the entries of a key."""
        self._pseudonyms: dict[str, str] = {}
        for entry in key:
            if entry.decision is KeyDecision.KEEP:
                continue
            self._pseudonyms[_fold(entry.spelling)] = entry.pseudonym
            if entry.kind is Identity.PERSOON and len(entry.spelling) >= MIN_CAPITALS:
                self._pseudonyms.setdefault(_fold(entry.spelling.upper()), entry.pseudonym)
        longest_first = sorted(self._pseudonyms, key=lambda spelling: (-len(spelling), spelling))
        forms = "|".join(re.escape(spelling).replace("\\ ", r"\s+") for spelling in longest_first)
        self._form = re.compile(rf"(?<!\w)(?:{forms})(?!\w)") if forms else None
        self._in_names = {_plain(spelling): self._pseudonyms[spelling] for spelling in longest_first}
        any_case = (f"(?{'i' * (len(spelling) >= MIN_CAPITALS)}:{re.escape(spelling)})" for spelling in longest_first)
        in_names = "|".join(form.replace("\\ ", r"[\s_.-]+") for form in any_case)
        self._form_in_names = re.compile(rf"(?<![^\W_])(?:{in_names})(?![^\W_])") if in_names else None

    def __call__(self, text: str) -> str:
        """Replace in a text."""
        if self._form is None:
            return text
        return self._form.sub(lambda match: self._pseudonyms[_fold(match[0])], text)

    def in_name(self, name: str) -> str:
        """Replace in the name of a file or a session: also in small letters, and between underscores.

        >>> key = [KeyEntry("An Claes", "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE)]
        >>> Replacer(key).in_name("gesprek_an-claes_2.docx")
        'gesprek_Persoon 1_2.docx'
        """
        if self._form_in_names is None:
            return name
        return self._form_in_names.sub(lambda match: self._in_names[_plain(match[0])], name)


def _plain(spelling: str) -> str:
    return re.sub(r"[\s_.-]+", " ", spelling).casefold()


def _fold(spelling: str) -> str:
    return " ".join(spelling.split())


_FIXED = ("fragment_id", "utterance_id", "line", "char_start", "char_end", "n_words", "status", "reason")
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "sessions": ("title", "place"),
    "utterances": ("text", "speaker"),
    "speakers": ("speaker", "organisation"),
    "given_codings": ("quote",),
    "attributes": ("subject", "value"),
    "memos": ("text",),
}
_LISTS: Mapping[str, tuple[str, ...]] = {
    "utterances": ("heading_path",),
    "speakers": ("spellings",),
    "codebook": ("examples",),
}


def apply_key(output: Output, key: Sequence[KeyEntry], *, config: FragmentsConfig) -> Output:
    """Replace names in everything that was read.

    Fragments are cut before a name is replaced, so that their ids, places and statuses are those of the notes as they
    were written: decisions and codings hold under any key, and offsets point into the notes. Names of files and of
    sessions are replaced in what is shown; the files keep theirs.

    Args:
        output: what ingest made.
        key: the key.
        config: section ``fragments``.

    Returns:
        The same tables with pseudonyms, ``fixed_fragments`` filled, and a notice of what was replaced.
    """
    replace = Replacer(key)
    tables = dict(output.tables)
    utterances = tables["utterances"]
    changed = utterances["text"].map(lambda text: replace(text) != text)
    fragments = cut(utterances, tables["fixed_fragments"], config=config).tables["fragments"]
    # The name of its session is part of the id of a fragment.
    sessions = rename(tables["sessions"]["session"], replace)
    renamed = {old for old, new in sessions.items() if old != new}
    named_otherwise = utterances.loc[changed | utterances["session"].isin(renamed), "utterance_id"]
    fixed = fragments.loc[fragments["utterance_id"].isin(set(named_otherwise))]
    fixed = fixed[[*_FIXED, "text"]].assign(text=fixed["text"].map(replace))
    tables["fixed_fragments"] = conform(fixed, "fixed_fragments")
    for name in {*_TEXTS, *_LISTS}:
        tables[name] = _replace(tables[name], name, replace)
    for name, table in tables.items():
        if "session" in table.columns:
            shown = pd.Series([_show(given, sessions) for given in table["session"]], index=table.index, dtype=object)
            tables[name] = conform(table.assign(session=shown), name)
    sources = tables["sources"]
    files = rename(sources["name"], replace)
    tables["sources"] = conform(sources.assign(name=[files[name] for name in sources["name"]]), "sources")
    # What stands between the offsets is the name itself.
    hidden = tables["utterances"]["raw"].mask(changed.to_numpy())
    tables["utterances"] = conform(tables["utterances"].assign(raw=hidden), "utterances")
    notices = [Notice(replace.in_name(each.where), replace.in_name(each.message)) for each in output.notices]
    return Output(tables, (*notices, *_notices(output.tables, int(changed.sum()), key)))


def _show(given: object, sessions: Mapping[str, str]) -> str | None:
    """Replace in a session, or in the sessions of one file."""
    return " | ".join(sessions.get(one, one) for one in given.split(" | ")) if isinstance(given, str) else None


def rename(names: Iterable[str], replace: Replacer) -> dict[str, str]:
    """Give names of files or sessions their pseudonyms; two that differed stay two.

    >>> key = [KeyEntry(name, "Persoon 1", Identity.PERSOON, KeyDecision.REPLACE) for name in ("An", "An C.")]
    >>> rename(["Gesprek An", "Gesprek An C."], Replacer(key))
    {'Gesprek An': 'Gesprek Persoon 1', 'Gesprek An C.': 'Gesprek Persoon 1 (2)'}
    """
    made: dict[str, str] = {}
    for name in dict.fromkeys(names):
        new, n = replace.in_name(name), 2
        shown = new
        while shown in made.values():
            stem, point, suffix = new.rpartition(".") if re.search(r"\.\w{2,5}\Z", new) else (new, "", "")
            shown, n = f"{stem} ({n}){point}{suffix}", n + 1
        made[name] = shown
    return made


def _replace(frame: pd.DataFrame, name: str, replace: Callable[[str], str]) -> pd.DataFrame:
    made = frame.copy()
    for column in _TEXTS.get(name, ()):
        made[column] = [replace(value) if isinstance(value, str) else None for value in frame[column]]
    for column in _LISTS.get(name, ()):
        made[column] = [list(dict.fromkeys(replace(value) for value in values)) for values in frame[column]]
    if name == "speakers":
        made = _join_speakers(made)
    return conform(made, name)


def _join_speakers(speakers: pd.DataFrame) -> pd.DataFrame:
    """Let two labels that came to bear one pseudonym in a session be one speaker."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in speakers.to_dict("records"):
        kept = rows.setdefault((row["session"], row["speaker"]), {str(name): value for name, value in row.items()})
        kept["spellings"] = sorted({*kept["spellings"], *row["spellings"]})
    return pd.DataFrame(list(rows.values()), columns=speakers.columns)


def _notices(tables: Mapping[str, pd.DataFrame], changed: int, key: Sequence[KeyEntry]) -> list[Notice]:
    known = {entry.spelling for entry in key}
    texts = tables["utterances"]["text"].tolist()
    unknown = {
        text[find.start : find.end]
        for text, finds in zip(texts, detect(texts), strict=True)
        for find in finds
        if find.is_sure
    }
    unknown = (unknown | {spelling.text for spelling in add_speaker_names(tables["speakers"], [])}) - known
    open_ = sum(entry.decision is KeyDecision.OPEN for entry in key)
    notices = [Notice("pseudonyms", f"{changed} of {len(texts)} utterances hold a pseudonym in place of a name")]
    if open_:
        notices.append(Notice("pseudonyms", f"{open_} spellings of the key are not decided yet; they are replaced"))
    if unknown:
        message = f"{len(unknown)} spellings look like names and are not in the key: dialoogtafel pseudonymise STUDY"
        notices.append(Notice("pseudonyms", message))
    return notices


MAY_HOLD_NAMES = (
    "draft*.docx",
    "draft*.html",
    "kit-*.xlsx",
    "adjudication*.xlsx",
    "export/**/*",
    "runs/*/tables/*.parquet",
)
MANIFEST = "manifest.json"
_TEXT = frozenset(".csv .html .txt .xml .rels .qde .qdc .md".split())  # noqa: SIM905
_EXAMPLE = "AV: …"
"""Initials in a piece of advice of ours, which are nobody's."""
_NO_TEXT = re.compile(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>")


def find_older(study: Study, key: Iterable[KeyEntry] | None = None) -> list[Path]:
    """Find the files made from a study in which a name of the key still stands.

    Args:
        study: a study.
        key: its key; read where it is not given.

    Returns:
        Their paths, drafts first; of tables of earlier runs, the folder of the run. None without a key that opens.
    """
    if key is None:
        try:
            key = read_key(study.key) if study.key else []
        except InputError:
            return []
    replace = Replacer(key)
    found = (
        path.parents[1] if form.startswith("runs/") else path
        for form in MAY_HOLD_NAMES
        for path in sorted(study.root.glob(form))
        if path.is_file() and not path.name.endswith(MANIFEST) and _holds(path, replace)
    )
    return list(dict.fromkeys(found))


def _holds(path: Path, replace: Replacer) -> bool:
    try:
        if path.suffix == ".parquet":
            return any(replace(text) != text for text in _read_table(path))
        return any(replace(text) != text for text in _read(path.name, path.read_bytes()))
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _read_table(path: Path) -> Iterator[str]:
    table = pd.read_parquet(path)
    for column in table.select_dtypes(exclude=["number", "bool"]):
        yield "\n".join(" ".join(map(str, v)) if hasattr(v, "tolist") else str(v) for v in table[column])


def _read(name: str, data: bytes) -> Iterator[str]:
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for part in parts.namelist():
                yield from _read(part, parts.read(part))
    elif Path(name).suffix.lower() in _TEXT:
        text = data.decode("utf-8", errors="replace")
        # Attributes of a project of another program hold names of speakers and of files.
        yield text if name.endswith((".qde", ".qdc", ".csv", ".txt")) else _NO_TEXT.sub(" ", text).replace(_EXAMPLE, "")
