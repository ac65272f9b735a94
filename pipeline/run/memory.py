"""Where the memory of themes lies, and when a generation of them is a new one."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from pipeline.analysis.themes.memory import Generation, choose_previous, read_memory, remember, tabulate
from pipeline.core import receipts
from pipeline.core.study import Study
from pipeline.core.tables import read_table, write_bytes

STAGE = "themes"
_TABLES = ("themes", "theme_assignments", "embeddings", "decision_themes", "previous_themes")
_SECTIONS = ("fragments", "tokens", "embeddings", "topics")
"""The settings that topics depend on."""


def previous_themes(study: Study, sources: Sequence[tuple[str, Path]]) -> pd.DataFrame:
    """Give the table ``previous_themes``: the latest generation that was made of other notes or settings.

    Args:
        study: the study.
        sources: name and path of every file with notes.

    Raises:
        InputError: the memory is damaged.
    """
    return tabulate(_previous(study, sources))


def hash_previous(study: Study, sources: Sequence[tuple[str, Path]]) -> str:
    """Hash what ``previous_themes`` gives, for the receipt of who reads it."""
    return receipts.hash_text(repr(_previous(study, sources)))


def keep(study: Study, sources: Sequence[tuple[str, Path]]) -> None:
    """Write the present themes in the memory, all or nothing; nothing is written where it holds them already.

    Raises:
        PipelineError: a table is absent, or the memory is damaged.
    """
    tables = {name: read_table(study.table(name), name) for name in _TABLES}
    content = remember(_read(study), _basis(study, sources), tables)
    if _content(study) != content:
        write_bytes(study.memory, content)


def _previous(study: Study, sources: Sequence[tuple[str, Path]]) -> Generation | None:
    return choose_previous(_read(study), _basis(study, sources))


def _read(study: Study) -> tuple[Generation, ...]:
    return read_memory(_content(study), study.memory.name)


def _content(study: Study) -> bytes:
    return study.memory.read_bytes() if study.memory.is_file() else b""


def _basis(study: Study, sources: Sequence[tuple[str, Path]]) -> str:
    """Hash what topics are made of: the notes, the settings and the version; not what people coded or decided."""
    settings = (getattr(study.config, section).model_dump_json() for section in _SECTIONS)
    notes = (part for name, path in sources for part in (name, receipts.hash_file(path)))
    return receipts.hash_text(_version(), *settings, *notes)


@cache
def _version() -> str:
    return version("dialoogtafel")
