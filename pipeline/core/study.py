"""A study: the folder with settings, sources, manual codings, results and report. Opening one writes nothing."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.core.config import STUDY_FILE, Config, load_config
from pipeline.core.errors import InputError
from pipeline.core.files import write_bytes

CODINGS_SUFFIX = ".csv"
CODINGS_SUFFIXES = (CODINGS_SUFFIX, ".tsv", ".xlsx", ".xlsm", ".ods")
EXCHANGED_CODEBOOK = ".qdc"
"""A codebook of another program, read where there is none of our own."""
MEMORY_FILE = "themes.json"
SAMPLING_FILE = "sampling.csv"
PLAIN_FOLDERS = (
    "bronnen", "data", "input", "nota's", "notas", "notes", "notities", "sources", "tafels", "teksten", "texts",
    "transcripten", "transcripts", "verslagen",
)  # fmt: skip
"""Names of folders that say what a folder holds and not what it is about."""

Overrides: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Study:
    """Notes that are analysed together, with their settings.

    Attributes:
        root: the study folder; all results go here and nowhere else.
        config: its validated settings.
        settings: what its study.toml holds, or will hold once the input has been read without errors.
    """

    root: Path
    config: Config
    settings: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """The name shown in the report."""
        return self.config.study.name or self.root.resolve().name

    @property
    def sources(self) -> Path:
        """The file or folder with notes."""
        return self._part(self.config.study.sources)

    @property
    def codebook(self) -> Path:
        """The codebook; it may be absent."""
        return _own_or_exchanged(self._part(self.config.study.codebook))

    @property
    def key(self) -> Path | None:
        """The key with pseudonyms, where names are to be replaced."""
        return self._part(self.config.pseudonyms.key) if self.config.pseudonyms.key else None

    @property
    def decisions(self) -> Path:
        """What people decided of the themes; it may be absent."""
        return self._part(self.config.study.decisions)

    @property
    def memory(self) -> Path:
        """Which themes earlier generations had."""
        return self.root / MEMORY_FILE

    @property
    def sampling(self) -> Path:
        """How fragments for coders were drawn; it may be absent."""
        return self.root / SAMPLING_FILE

    @property
    def results(self) -> Path:
        """Where tables and receipts lie."""
        return self.root / "results"

    @property
    def exports(self) -> Path:
        """Where exports go, if ``--out`` does not say otherwise."""
        return self.root / "export"

    @property
    def cache(self) -> Path:
        """Where vectors and tokens of the present texts are kept; nothing is lost with it."""
        return self.root / "cache"

    @property
    def runs(self) -> Path:
        """Where each run leaves its manifest."""
        return self.root / "runs"

    def table(self, name: str) -> Path:
        """Where one table lies."""
        return self.results / f"{name}.parquet"

    def receipt(self, stage: str) -> Path:
        """Where the receipt of one stage lies."""
        return self.results / f"{stage}.receipt.json"

    def codings(self) -> list[Path]:
        """Files with manual codings, in order of name."""
        folder = self._part(self.config.study.codings)
        if not folder.is_dir():
            return []
        # A file that a spreadsheet program has open leaves a lock that begins so.
        in_folder = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
        return sorted(path for path in in_folder if path.suffix.lower() in CODINGS_SUFFIXES)

    def _part(self, relative: str) -> Path:
        return Path(os.path.normpath(self.root / relative))


def open_study(given: Path, out: Path | None = None, overrides: Overrides | None = None) -> Study:
    """Open a study, or lay out a new one for notes that are not a study yet.

    Args:
        given: a study folder, a folder with notes, or one file.
        out: the study folder to make; a study given as input is its own output unless this names another.
        overrides: settings of the command line, which win and are not kept.

    Returns:
        The study; nothing has been written.

    Raises:
        InputError: nothing there, no place for the results, or settings that do not hold.
    """
    if not given.exists():
        raise InputError.single(str(given), "does not exist", "Give a file, a folder of files or a study folder")
    is_study = given.is_dir() and (given / STUDY_FILE).is_file()
    if out is None and not is_study:
        raise InputError.single(
            str(given),
            "is not a study yet",
            "Give a study folder, or say where an analysis of it may go: analyse … --out FOLDER",
        )
    if out is None or (is_study and out.resolve() == given.resolve()):
        path = given / STUDY_FILE
        config = load_config(path, overrides)
        return Study(given, config, tomllib.loads(path.read_text(encoding="utf-8")))
    return _lay_out(given, out, overrides or {}, is_study=is_study)


def _lay_out(given: Path, out: Path, overrides: Overrides, *, is_study: bool) -> Study:
    if out.exists() and not out.is_dir():
        raise InputError.single(str(out), "is a file", "Give --out a folder")
    origin = load_config(given / STUDY_FILE) if is_study else load_config()
    base = given if given.is_dir() else given.parent
    settings: dict[str, dict[str, Any]] = (
        tomllib.loads((given / STUDY_FILE).read_text(encoding="utf-8")) if is_study else {}
    )
    refer = {"sources": _refer(given / origin.study.sources if is_study else given, out)}
    for part in ("codebook", "codings", "decisions"):
        found = _own_or_exchanged(base / getattr(origin.study, part))
        if given.is_dir() and found.exists():
            refer[part] = _refer(found, out)
    settings["study"] = {"name": _title(given), **settings.get("study", {}), **refer}
    saved = out / STUDY_FILE
    if saved.is_file():
        kept = load_config(saved)
        if kept.study.sources != refer["sources"]:
            raise InputError.single(str(out), "is already a study of other sources", "Give --out another folder")
        return Study(out, load_config(saved, overrides), tomllib.loads(saved.read_text(encoding="utf-8")))
    merged = {
        section: {**settings.get(section, {}), **overrides.get(section, {})} for section in {*settings, *overrides}
    }
    return Study(out, load_config(None, merged), settings)


def _title(given: Path) -> str:
    """Give notes a title after their file or folder; one named after what it holds bears the name of its parent.

    >>> _title(Path("/onderzoek/dialoogtafels_2024/notities")), _title(Path("Mijn studie"))
    ('Dialoogtafels 2024', 'Mijn studie')
    """
    path = given.resolve()
    name = path.stem if path.is_file() else path.name
    if name.casefold() in PLAIN_FOLDERS:
        name = path.parent.name or name
    words = " ".join(re.split(r"[\s_-]+", name)).strip()
    return words if words != words.lower() else words[:1].upper() + words[1:]


def _own_or_exchanged(path: Path) -> Path:
    """Give the path of a codebook, or of one of another program where only that is there."""
    other = path.with_suffix(EXCHANGED_CODEBOOK)
    return other if path.suffix == CODINGS_SUFFIX and not path.exists() and other.is_file() else path


def _refer(path: Path, out: Path) -> str:
    return Path(os.path.relpath(path.resolve(), out.resolve())).as_posix()


def save_settings(study: Study) -> None:
    """Write study.toml where it is not there yet."""
    path = study.root / STUDY_FILE
    if path.exists():
        return
    lines = []
    for section, values in study.settings.items():
        lines.append(f"[{section}]")
        # A JSON string, number or boolean is also a TOML one.
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        lines.append("")
    write_bytes(path, "\n".join(lines).encode())
