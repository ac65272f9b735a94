"""One stage: read, check, run, check, write, receipt. The only module that connects stages, files and models."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from pipeline.core import receipts
from pipeline.core.errors import InputError, PipelineError, conceal
from pipeline.core.files import lock_study, private_folder, write_bytes
from pipeline.core.notices import Output
from pipeline.core.receipts import Receipt
from pipeline.core.study import Study, save_settings
from pipeline.core.tables import read_table, to_parquet, write_table
from pipeline.loaders.cache import Cache, with_cache
from pipeline.loaders.cluster import in_shards
from pipeline.loaders.environment import one_blas_thread
from pipeline.run.history import note_refusal, recorded
from pipeline.run.manifest import StageReport
from pipeline.run.plan import choose_model, list_files, made_from
from pipeline.run.stages import JOBS, STAGES, Stage, get_stage

if TYPE_CHECKING:
    from pipeline.loaders import Choice

__all__ = ["JOBS", "Finished", "call_stage", "execute", "prepare", "run_job", "run_stage"]

SHARED_BYTES = 4_000_000
"""Tables with larger files are read anew by each stage: nothing holds all vectors twice."""


@dataclass(slots=True)
class Prepared:
    """What one run has in memory.

    Attributes:
        made: by the name of a stage, what it was made from and what it made; read before anything is written.
        tables: by name and hash, tables that a stage has read; stages leave their input alone.
    """

    made: dict[str, tuple[Mapping[str, str], Output]] = field(default_factory=dict)
    tables: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)

    def read(self, study: Study, name: str, digest: str) -> pd.DataFrame:
        """Give a table, read once a run where it is small."""
        path, key = study.table(name), (name, digest)
        if key in self.tables:
            return self.tables[key]
        table = read_table(path, name)
        if path.stat().st_size <= SHARED_BYTES:
            self.tables[key] = table
        return table


OnStage = Callable[[StageReport], None]


class Finished(NamedTuple):
    """What became of each stage, and the manifest of the run."""

    reports: list[StageReport]
    manifest: Path


def prepare(study: Study, job: str = "analyse") -> Prepared:
    """Read everything that the user gave before a model is loaded, and only then keep the settings of the study.

    What was read and found good before, and has not changed, is not read again.

    Args:
        study: the study.
        job: what is about to be run.

    Returns:
        What was read, for ``run_stage``: sources are read once a run.

    Raises:
        InputError: everything that is wrong, at once; nothing has been written but, in a study, that it was refused.
    """
    with note_refusal(study, job):
        prepared = _read_input(study, job)
        with lock_study(study.root, job):
            save_settings(study)
    return prepared


def _read_input(study: Study, job: str) -> Prepared:
    prepared = Prepared()
    tables: dict[str, pd.DataFrame] = {}
    written: dict[str, str] = {}
    for stage in (stage for stage in STAGES if stage.checks_input):
        if stage.given:
            now = made_from(stage, study)
            if receipts.explain_change(receipts.read_receipt(study.receipt(stage.name)), now, list_files(stage, study)):
                _refuse_changed_notes(study, stage, now, job)
                prepared.made[stage.name] = (now, call_stage(stage, study, {}))
        elif set(stage.inputs) & set(tables):
            absent = [name for name in stage.inputs if name not in tables]
            tables |= {name: read_table(study.table(name), name) for name in absent}
            # What it will be made from: its tables as they will be written.
            now = made_from(stage, study) | {file: digest for file, digest in written.items() if file in _reads(stage)}
            prepared.made[stage.name] = (now, call_stage(stage, study, tables))
        if stage.name in prepared.made:
            made = prepared.made[stage.name][1].tables
            tables |= made
            written |= {f"{name}.parquet": receipts.hash_bytes(to_parquet(made[name], name)) for name in made}
    return prepared


def _reads(stage: Stage) -> set[str]:
    return {f"{table}.parquet" for table in stage.inputs}


def _refuse_changed_notes(study: Study, stage: Stage, now: Mapping[str, str], job: str) -> None:
    """Refuse a job that would mix tables of notes as they were with tables of notes as they are."""
    receipt = receipts.read_receipt(study.receipt(stage.name))
    if receipt is None or len(JOBS[job]) == len(STAGES):
        return
    if receipts.take_sources(receipt.made_from) != receipts.take_sources(now):
        raise _changed_since("fragments")


def _changed_since(table: str) -> InputError:
    return InputError.single(
        f"table '{table}'", "was made from notes that have changed since", "Run: dialoogtafel analyse STUDY"
    )


def run_stage(study: Study, name: str, *, force: bool = False, prepared: Prepared | None = None) -> StageReport:
    """Run one stage, unless its receipt says that it would make the same again.

    Args:
        study: the study; earlier stages have run.
        name: name of the stage.
        force: run it all the same.
        prepared: what ``prepare`` read.

    Returns:
        What became of it.

    Raises:
        PipelineError: input, table or model that the user can mend.
        DefectError: any other error, without its own words.
    """
    try:
        return _run_stage(get_stage(name), study, force=force, prepared=prepared or Prepared())
    except Exception as error:
        shown = conceal(error, name)
    # Raised here and not above: an error keeps the one that it was raised in the handling of.
    raise shown


def _run_stage(stage: Stage, study: Study, *, force: bool, prepared: Prepared) -> StageReport:
    started = time.monotonic()
    choice = choose_model(stage, study)
    now = made_from(stage, study, choice)
    path = study.receipt(stage.name)
    saved = receipts.read_receipt(path)
    reason = receipts.explain_change(saved, now, list_files(stage, study))
    if saved is not None and reason is None and not force:
        return StageReport(stage.name, True, time.monotonic() - started, saved.rows, saved.notices, saved.model, None)
    _require_fresh(stage, study)
    found = prepared.made.get(stage.name)
    if found is not None and dict(found[0]) == now and not force:
        output = found[1]
    else:
        tables = {table: prepared.read(study, table, now[f"{table}.parquet"]) for table in stage.inputs}
        model, cache = _prepare_model(stage, study, choice, now, force=force)
        output = call_stage(stage, study, tables, model)
        if cache is not None:
            cache.save()
    path.unlink(missing_ok=True)
    private_folder(study.results)
    for table in stage.outputs:
        write_table(output.tables[table], study.table(table), table)
    for name in stage.files:
        write_bytes(study.root / name, output.files[name], keep_copy=study.root / name == study.memory)
    rows = {table: len(output.tables[table]) for table in stage.outputs}
    made = receipts.hash_files(list_files(stage, study))
    receipt = Receipt(stage.name, now, made, rows, output.notices, choice.name or None if choice else None)
    receipts.write_receipt(receipt, path)
    why = reason or "asked for"
    return StageReport(stage.name, False, time.monotonic() - started, rows, output.notices, receipt.model, why)


def _prepare_model(
    stage: Stage, study: Study, choice: "Choice | None", now: Mapping[str, str], *, force: bool
) -> tuple[object, Cache | None]:
    """Give the model of a stage: in shards where fragments are dealt, and for new texts only where results are kept."""
    if choice is None:
        return None, None

    def load() -> object:
        model: object = choice.load()
        return in_shards(model, str(stage.model), study.config) if stage.per_fragment else model

    return with_cache(
        str(stage.model),
        study.cache / f"{stage.name}.bin",
        receipts.hash_text(choice.name, *(now[name] for name in ("model", "code", "libraries"))),
        name=choice.name,
        fingerprint=choice.fingerprint,
        load=load,
        limit=study.config.run.cached_texts,
        fresh=force,
    )


def call_stage(stage: Stage, study: Study, tables: Mapping[str, pd.DataFrame], model: object = None) -> Output:
    """Call the function of a stage with its tables, its section of the configuration and its model.

    Raises:
        PipelineError: the stage did not make the tables that it promises.
    """
    with one_blas_thread():
        output = _call(stage, study, tables, model)
    made, promised = {*output.tables, *output.files}, {*stage.outputs, *stage.files}
    if made != promised:
        raise PipelineError(f"stage '{stage.name}' made {sorted(made)}, not {sorted(promised)}")
    return output


def _call(stage: Stage, study: Study, tables: Mapping[str, pd.DataFrame], model: object) -> Output:
    output: Output
    if stage.given:
        output = stage.load()(study, {name: tables[name] for name in stage.inputs})
    else:
        keywords: dict[str, Any] = {}
        if stage.section:
            keywords["config"] = getattr(study.config, stage.section)
        if stage.model:
            keywords[stage.model] = model
        output = stage.load()(*(tables[name] for name in stage.inputs), **keywords)
    return output


def _require_fresh(stage: Stage, study: Study) -> None:
    """Refuse tables whose own inputs have changed since; a job that leaves stages out would mix old and new."""
    for writer in STAGES:
        stale = sorted(set(writer.outputs) & set(stage.inputs))
        saved = receipts.read_receipt(study.receipt(writer.name)) if stale and writer.inputs else None
        now = receipts.hash_files(study.table(table) for table in writer.inputs)
        if saved is not None and any(saved.made_from.get(name) != found for name, found in now.items()):
            raise _changed_since(stale[0])


def run_job(
    study: Study, job: str, *, force: bool = False, on_stage: OnStage | None = None, prepared: Prepared | None = None
) -> list[StageReport]:
    """Run the stages of a job, without lock, record or orchestrator.

    Args:
        study: the study; ``prepare`` has found its input good.
        job: ``analyse`` or ``compare``.
        force: run each stage, whatever its receipt says.
        on_stage: called after each stage.
        prepared: what ``prepare`` read.

    Returns:
        What became of each stage, the report last.
    """
    reports = []
    for name in JOBS[job]:
        reports.append(run_stage(study, name, force=force, prepared=prepared))
        if on_stage:
            on_stage(reports[-1])
    return reports


def execute(
    study: Study, job: str, *, force: bool = False, on_stage: OnStage | None = None, patience: float = 0.0
) -> Finished:
    """Check the input and run a job, as the only writer of the study; the run is kept in ``runs/``.

    Args:
        study: the study.
        job: ``analyse`` or ``compare``.
        force: run each stage, whatever its receipt says.
        on_stage: called after each stage.
        patience: seconds to wait for another process that writes in the study.

    Raises:
        PipelineError: what the user can mend.
        DefectError: any other error, without its own words.
    """
    prepared = prepare(study, job)
    with lock_study(study.root, job, patience=patience), recorded(study, job) as run:
        for name in JOBS[job]:
            run.enter(name)
            run.add(run_stage(study, name, force=force, prepared=prepared))
            if on_stage:
                on_stage(run.reports[-1])
    return Finished(run.reports, run.manifest)
