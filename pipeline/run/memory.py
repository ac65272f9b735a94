"""Where the memory of themes lies, and when a generation of them is a new one."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from pipeline.core import receipts
from pipeline.core.study import Study

if TYPE_CHECKING:
    # A run without anything to do starts without pandas.
    import pandas as pd

    from pipeline.analysis.themes.memory import Generation

_SECTIONS = ("fragments", "tokens", "embeddings", "topics")
"""The settings that topics depend on."""

Hashes = Mapping[str, str]
"""Name of a file with notes in a receipt to its hash."""


def previous_themes(study: Study, sources: Hashes) -> "pd.DataFrame":
    """Give the table ``previous_themes``: the latest generation that was made of other notes or settings.

    Args:
        study: the study.
        sources: hashes of the files with notes as they were read.

    Raises:
        InputError: the memory is damaged.
    """
    from pipeline.analysis.themes.memory import choose_previous, tabulate

    return tabulate(choose_previous(_read(study), hash_basis(study, sources)))


def hash_previous(study: Study, sources: Hashes) -> str:
    """Hash what ``previous_themes`` gives, for the receipt of who reads it; a damaged memory has a hash of its own."""
    content = _content(study)
    try:
        generations = json.loads(content)["generations"] if content else []
        basis = hash_basis(study, sources)
        found = next((each for each in reversed(generations) if each["basis"] != basis), None)
        return receipts.hash_text(json.dumps(found, sort_keys=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        return receipts.hash_text("damaged", receipts.hash_file(study.memory))


def hash_basis(study: Study, sources: Hashes) -> str:
    """Hash what topics are made of: the notes, the settings and the version; not what people coded or decided."""
    settings = (getattr(study.config, section).model_dump_json() for section in _SECTIONS)
    notes = (part for name in sorted(sources) for part in (name.partition(":")[2], sources[name]))
    return receipts.hash_text(_version(), *settings, *notes)


def remember_present(study: Study, sources: Hashes, tables: "Mapping[str, pd.DataFrame]") -> bytes:
    """Add the present themes to the memory: what its file is to hold.

    Args:
        study: the study.
        sources: hashes of the files with notes as they were read; not as they are now, since a note that is saved
            during a run belongs to the next one.
        tables: themes, theme_assignments, embeddings, decision_themes and previous_themes.

    Raises:
        InputError: the memory is damaged.
    """
    from pipeline.analysis.themes.memory import remember

    return remember(_read(study), hash_basis(study, sources), tables)


def _read(study: Study) -> "tuple[Generation, ...]":
    from pipeline.analysis.themes.memory import read_memory

    return read_memory(_content(study), study.memory.name)


def _content(study: Study) -> bytes:
    return study.memory.read_bytes() if study.memory.is_file() else b""


@cache
def _version() -> str:
    return version("dialoogtafel")
