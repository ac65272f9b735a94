"""What a run would do and why, from receipts and hashes alone; pandas and models are not loaded.

Each part of a study that a stage reads beside tables is hashed as it is now, the memory of earlier themes too.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core import receipts
from pipeline.core.errors import PipelineError
from pipeline.core.receipts import hash_closure
from pipeline.core.study import Study
from pipeline.core.vocabulary import Status
from pipeline.run.history import find_earlier, name_models
from pipeline.run.inputs import mapping_path, sort_inputs
from pipeline.run.stages import JOBS, STAGES, Stage, get_stage

if TYPE_CHECKING:
    # A run without anything to do starts without pandas.
    import pandas as pd

    from pipeline.analysis.themes.memory import Generation
    from pipeline.loaders import Choice


def hash_given(names: Iterable[str], study: Study) -> dict[str, str]:
    """Hash parts of a study.

    Args:
        names: of ``PARTS``.
        study: the study.

    Returns:
        Name of the file or part to its hash; a file that is absent is left out.

    Raises:
        InputError: there is no file that can be read, or a file that may not be read.
    """
    found: dict[str, str] = {}
    for name in names:
        found |= PARTS[name](study)
    return found


def hash_sources(study: Study) -> dict[str, str]:
    """Hash the files with notes as they are now."""
    return {f"{receipts.SOURCE}{name}": receipts.hash_file(path) for name, path in sort_inputs(study).notes}


def sources_as_read(study: Study) -> dict[str, str]:
    """Give the hashes of the files with notes as they were when they were read last; as they are now before that."""
    writer = next(stage for stage in STAGES if "sources" in stage.given)
    receipt = receipts.read_receipt(study.receipt(writer.name))
    if receipt is None:
        return hash_sources(study)
    return receipts.take_sources(receipt.made_from)


def _existing(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    return {name: receipts.hash_file(path) for name, path in files if path.is_file()}


def _decisions(path: Path) -> dict[str, str]:
    """Hash the file of decisions; a link has a hash of its own, so that it is looked at and refused."""
    found = _existing([("decisions", path)])
    return {name: receipts.hash_text("link", digest) for name, digest in found.items()} if path.is_symlink() else found


def _key(study: Study) -> dict[str, str]:
    if study.key is None:
        return {}
    # Fragments are cut before names are replaced.
    return _existing([("key", study.key)]) | {
        "[fragments]": receipts.hash_text(study.config.fragments.model_dump_json())
    }


def _notices(study: Study) -> dict[str, str]:
    found = (receipts.read_receipt(study.receipt(stage.name)) for stage in STAGES if "notices" not in stage.outputs)
    notices = [(each.stage, notice.where, notice.message) for each in found if each for notice in each.notices]
    return {"notices": receipts.hash_text(json.dumps(notices))}


def _settings(study: Study) -> dict[str, str]:
    settings = receipts.hash_text(study.name, study.config.model_dump_json())
    return {"study.toml": settings, "models": receipts.hash_text(json.dumps(name_models(study), sort_keys=True))}


def _earlier(study: Study) -> dict[str, str]:
    run = find_earlier(study)
    return {"earlier run": run.run_id if run else ""}


def _codings(study: Study) -> dict[str, str]:
    inputs = sort_inputs(study)
    files = [*((f"codings/{name}", path) for name, path in inputs.codings), *inputs.codebooks]
    return _existing([*files, ("mapping", mapping_path(study))])


PARTS: Mapping[str, Callable[[Study], dict[str, str]]] = {
    "sources": hash_sources,
    "codebook": lambda study: _existing([("codebook", study.codebook)]),
    "codings": _codings,
    "key": _key,
    "columns": lambda study: {
        "[columns]": receipts.hash_text(study.config.columns.model_dump_json()),
        "[roles]": receipts.hash_text(json.dumps(study.config.roles, sort_keys=True)),
        "[input]": receipts.hash_text(study.config.input.model_dump_json()),
    },
    "decisions": lambda study: _decisions(study.decisions),
    "sampling": lambda study: _existing([("sampling", study.sampling)]),
    "previous": lambda study: {"earlier themes": hash_previous(study, sources_as_read(study))},
    "basis": lambda study: {"basis": hash_basis(study, sources_as_read(study))},
    "notices": _notices,
    "settings": _settings,
    "earlier": _earlier,
}
"""Name of a part to what hashes it."""
_SECTIONS = ("fragments", "tokens", "embeddings", "topics")
"""The settings that topics depend on."""

Hashes = Mapping[str, str]
"""Name of a file with notes in a receipt to its hash."""


def read_previous(study: Study, sources: Hashes, named: Collection[str]) -> "dict[str, pd.DataFrame]":
    """Give what stands: the latest generation that was made of other notes or settings.

    Args:
        study: the study.
        sources: hashes of the files with notes as they were read.
        named: ids of the themes that decisions name.

    Returns:
        Tables ``previous_themes``, ``standing_topics`` and ``standing_parts``.

    Raises:
        InputError: the memory is damaged.
    """
    from pipeline.analysis.themes.memory import choose_anchors, choose_previous, tabulate

    generations, basis = _read(study), hash_basis(study, sources)
    anchors = choose_anchors(generations, basis, named)
    return tabulate(choose_previous(generations, basis), _hash_division(study), anchors)


def hash_previous(study: Study, sources: Hashes) -> str:
    """Hash what `read_previous` reads, for the receipt of who calls it; a damaged memory has a hash of its own."""
    content = _content(study)
    try:
        generations = json.loads(content)["generations"] if content else []
        basis = hash_basis(study, sources)
        found = next((each for each in reversed(generations) if each["basis"] != basis), None)
        return receipts.hash_text(json.dumps(found, sort_keys=True), _hash_division(study) if found else "")
    except (ValueError, KeyError, TypeError, RecursionError):
        return receipts.hash_text("damaged", receipts.hash_file(study.memory))


def _hash_division(study: Study) -> str:
    """Hash the settings that decide how fragments are divided: with others, topics do not stand."""
    topics = study.config.topics.model_dump_json(include={"engine", "n_topics", "min_fragments", "seed"})
    return receipts.hash_text(topics, study.config.embeddings.encoder)


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
        tables: what the stage ``memory`` reads.

    Raises:
        InputError: the memory is damaged.
    """
    from pipeline.analysis.themes.memory import remember

    return remember(_read(study), hash_basis(study, sources), _hash_division(study), tables)


def _read(study: Study) -> "tuple[Generation, ...]":
    from pipeline.analysis.themes.memory import read_memory

    return read_memory(_content(study), study.memory.name)


def _content(study: Study) -> bytes:
    return study.memory.read_bytes() if study.memory.is_file() else b""


@cache
def _version() -> str:
    return version("dialoogtafel")


LOADERS = "pipeline.loaders"


@dataclass(frozen=True, slots=True)
class Step:
    """What a run would do with one stage.

    Attributes:
        stage: its name.
        reason: why it would run; None where it would be skipped.
        certain: whether it surely runs; a stage after one that runs may find its tables unchanged.
    """

    stage: str
    reason: str | None
    certain: bool


def made_from(stage: Stage, study: Study, choice: "Choice | None" = None) -> dict[str, str]:
    """Hash all that a stage would be made from now: code, libraries, settings, model, tables and files."""
    section = getattr(study.config, stage.section).model_dump_json() if stage.section else ""
    shard = (str(study.config.run.shard_fragments),) if stage.per_fragment else ()
    modules = (stage.module, "pipeline.run.runner", *((LOADERS,) if stage.model else ()))
    return {
        "code": hash_closure(*modules) if not stage.given else hash_closure(stage.module),
        "libraries": receipts.hash_text(json.dumps(receipts.library_versions(), sort_keys=True)),
        "settings": receipts.hash_text(section, *shard),
        "model": choice.fingerprint if choice else "",
        **receipts.hash_files(study.table(table) for table in stage.inputs),
        **hash_given(stage.given, study),
    }


def read_made(study: Study, name: str) -> "pd.DataFrame":
    """Read a table of a study; one that is as its stage wrote it is not checked again.

    Raises:
        TableError: it is absent, or damaged, or does not fit its schema.
    """
    from pipeline.core.tables import read_table

    path = study.table(name)
    writer = next(stage for stage in STAGES if name in stage.outputs)
    saved = receipts.read_receipt(study.receipt(writer.name))
    as_written = saved is not None and receipts.hash_files([path])[path.name] == saved.made.get(path.name)
    return read_table(path, name, as_written=as_written)


def choose_model(stage: Stage, study: Study) -> "Choice | None":
    """Choose the model of a stage, without loading it; None where it needs none.

    Raises:
        ModelMissingError: the model that was named is not on this machine.
    """
    from pipeline.loaders import choose

    if stage.model is None:
        return None
    return choose(stage.model, study.config, count=lambda: count_used(study), folder=study.root)


def count_used(study: Study) -> int:
    """Count the fragments that are used."""
    from pyarrow import parquet

    with parquet.ParquetFile(study.table("fragments")) as table:
        batches = table.iter_batches(columns=["status"])
        return sum(batch["status"].to_pylist().count(str(Status.USED)) for batch in batches)


def plan(study: Study, job: str = "analyse") -> Iterator[Step]:
    """Say of each stage of a job whether it would run, and why.

    Raises:
        InputError: there is no file with notes that can be read.
    """
    running: set[str] = set()
    for name in JOBS[job]:
        stage = get_stage(name)
        reason = _explain(stage, study)
        before = sorted(running & set(stage.inputs))
        if reason is not None:
            yield Step(name, reason, True)
        elif before:
            yield Step(name, f"if {', '.join(before[:2])} come out otherwise", False)
        else:
            yield Step(name, None, True)
            continue
        running |= set(stage.outputs)


def _explain(stage: Stage, study: Study) -> str | None:
    saved = receipts.read_receipt(study.receipt(stage.name))
    if saved is None:
        return receipts.explain_change(None, {}, ())
    try:
        choice = choose_model(stage, study)
    except (PipelineError, OSError) as error:
        return f"cannot run: {error}" if isinstance(error, PipelineError) else "not made yet"
    return receipts.explain_change(saved, made_from(stage, study, choice), list_files(stage, study))


def list_files(stage: Stage, study: Study) -> list[Path]:
    """List the tables and other files that a stage makes."""
    return [*(study.table(table) for table in stage.outputs), *(study.root / name for name in stage.files)]
