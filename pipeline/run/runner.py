"""One stage: read, check, run, check, write, receipt. The only module that connects stages, files and models."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.core import receipts
from pipeline.core.errors import InputError, Output, PipelineError, conceal
from pipeline.core.files import lock_study, private_folder, write_bytes
from pipeline.core.process import Beside, has_second_process, postponed, second_process, seldom_collected
from pipeline.core.receipts import Receipt
from pipeline.core.study import Study, save_settings
from pipeline.core.tables import is_as_read, read_table, to_parquet, write_table
from pipeline.loaders.cache import Cache, with_cache
from pipeline.loaders.cluster import Workers, in_shards
from pipeline.loaders.environment import SCIPY_PARTS, one_blas_thread
from pipeline.run.history import StageReport, note_refusal, recorded
from pipeline.run.job_process import Finished, Follower
from pipeline.run.plan import choose_model, list_files, made_from
from pipeline.run.stages import JOBS, STAGES, Stage, get_stage

if TYPE_CHECKING:
    from pipeline.loaders import Choice

__all__ = ["JOBS", "Finished", "Follower", "call_stage", "execute", "prepare", "run_stage"]

BESIDE = (("tokens",), ("stances",), ("diagnosis", "questions"))
"""Stages that take long, and that others do not wait for: made in a process of their own, one after the other."""

EARLY = BESIDE[0]
"""Of these, what begins to load its model while the sources are read."""
LATE = {"stances": "topics"}
"""Of these, what waits for another stage all the same: its process finds the libraries loaded that both need."""

SHARED_BYTES = 4_000_000
"""Tables with larger files are read anew by each stage: nothing holds all vectors twice."""


@dataclass(slots=True)
class Prepared:
    """What one run has in memory.

    Attributes:
        made: by the name of a stage, what it was made from and what it made; read before anything is written.
        packed: by name, what the files of those tables are to hold.
        tables: by name and hash, tables that a stage has read or made; stages leave their input alone.
        models: by role, models that are loaded.
    """

    made: dict[str, tuple[Mapping[str, str], Output]] = field(default_factory=dict)
    packed: dict[str, bytes] = field(default_factory=dict)
    tables: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)

    def read(self, study: Study, name: str, digest: str, *, as_written: bool) -> pd.DataFrame:
        """Give a table, read once a run where it is small."""
        if (name, digest) not in self.tables:
            table = read_table(study.table(name), name, as_written=as_written)
            self.keep(study, name, digest, table)
            return table
        return self.tables[name, digest]

    def keep(self, study: Study, name: str, digest: str, table: pd.DataFrame) -> None:
        """Keep a table for later stages, where it is small and just as they would read it."""
        if study.table(name).stat().st_size <= SHARED_BYTES and is_as_read(table, name):
            self.tables[name, digest] = table


def prepare(study: Study, job: str = "analyse", *, patience: float = 0.0) -> Prepared:
    """Read everything that the user gave before a model is loaded, and only then keep the settings of the study.

    What was read and found good before, and has not changed, is not read again.

    Args:
        study: the study.
        job: what is about to be run.
        patience: seconds to wait for another process that writes in the study.

    Returns:
        What was read, for ``run_stage``: sources are read once a run.

    Raises:
        InputError: everything that is wrong, at once; nothing has been written but, in a study, that it was refused.
    """
    with note_refusal(study, job):
        prepared = _read_input(study, job)
        with lock_study(study.root, job, patience=patience):
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
            prepared.packed |= {name: to_parquet(made[name], name) for name in made}
            written |= {f"{name}.parquet": receipts.hash_bytes(prepared.packed[name]) for name in made}
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
        return StageReport(stage.name, True, time.monotonic() - started, saved.rows, saved.notices, None)
    written = _require_fresh(stage, study)
    found = prepared.made.get(stage.name)
    packed: Mapping[str, bytes] = {}
    if found is not None and dict(found[0]) == now and not force:
        output, packed = found[1], prepared.packed
    else:
        tables = {}
        for table in stage.inputs:
            digest = now[f"{table}.parquet"]
            tables[table] = prepared.read(study, table, digest, as_written=digest == written.get(f"{table}.parquet"))
        model, cache = _prepare_model(stage, study, choice, now, force=force, loaded=prepared.models)
        kept = _open_cache(stage, study, now, force=force) if stage.keeps else None
        output = call_stage(stage, study, tables, model, kept)
        for each in (cache, kept):
            if each is not None:
                each.save()
    path.unlink(missing_ok=True)
    private_folder(study.results)
    for table in stage.outputs:
        if table in packed:
            write_bytes(study.table(table), packed[table])
        else:
            write_table(output.tables[table], study.table(table), table)
    for name in stage.files:
        write_bytes(study.root / name, output.files[name], keep_copy=study.root / name == study.memory)
    rows = {table: len(output.tables[table]) for table in stage.outputs}
    made = receipts.hash_files(list_files(stage, study))
    for table in stage.outputs:
        prepared.keep(study, table, made[f"{table}.parquet"], output.tables[table])
    receipt = Receipt(stage.name, now, made, rows, output.notices, choice.name or None if choice else None)
    receipts.write_receipt(receipt, path)
    why = reason or "asked for"
    return StageReport(stage.name, False, time.monotonic() - started, rows, output.notices, why)


def _prepare_model(
    stage: Stage, study: Study, choice: "Choice | None", now: Mapping[str, str], *, force: bool,
    loaded: Mapping[str, object],
) -> tuple[object, Cache | None]:  # fmt: skip
    """Give the model of a stage: in shards where fragments are dealt, and for new texts only where results are kept."""
    if choice is None:
        return None, None

    def load() -> object:
        model = loaded.get(str(stage.model)) or choice.load()
        return in_shards(model, str(stage.model), study.config) if stage.per_fragment else model

    return with_cache(
        str(stage.model),
        _cache_path(stage, study),
        receipts.hash_text(choice.name, *(now[name] for name in ("model", "code", "libraries"))),
        name=choice.name,
        fingerprint=choice.fingerprint,
        load=load,
        limit=study.config.run.cached_texts,
        fresh=force,
    )


def _open_cache(stage: Stage, study: Study, now: Mapping[str, str], *, force: bool) -> Cache | None:
    """Open what a stage found in its last run, with the same code; None where nothing is kept."""
    # The file of a stage with a model holds what the model made.
    path, limit = _cache_path(stage, study, "-parts" if stage.model else ""), study.config.run.cached_texts
    if not limit:
        path.unlink(missing_ok=True)
        return None
    return Cache(path, receipts.hash_text(now["code"], now["libraries"]), limit, fresh=force)


def _cache_path(stage: Stage, study: Study, of: str = "") -> Path:
    return study.cache / f"{stage.name}{of}.bin"


def call_stage(
    stage: Stage,
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    model: object = None,
    kept: Cache | None = None,
) -> Output:
    """Call the function of a stage with its tables, its section of the configuration, its model and its cache.

    Raises:
        PipelineError: the stage did not make the tables that it promises.
    """
    with one_blas_thread(), postponed(SCIPY_PARTS):
        output = _call(stage, study, tables, model, kept)
    made, promised = {*output.tables, *output.files}, {*stage.outputs, *stage.files}
    if made != promised:
        raise PipelineError(f"stage '{stage.name}' made {sorted(made)}, not {sorted(promised)}")
    return output


def _call(stage: Stage, study: Study, tables: Mapping[str, pd.DataFrame], model: object, kept: Cache | None) -> Output:
    output: Output
    if stage.given:
        output = stage.load()(study, {name: tables[name] for name in stage.inputs})
    else:
        keywords: dict[str, Any] = {}
        if stage.section:
            keywords["config"] = getattr(study.config, stage.section)
        if stage.model:
            keywords[stage.model] = model
        if stage.keeps:
            keywords["kept"] = kept
        if stage.in_shards:
            keywords["shards"] = Workers(study.config)
        output = stage.load()(*(tables[name] for name in stage.inputs), **keywords)
    return output


def _require_fresh(stage: Stage, study: Study) -> dict[str, str]:
    """Refuse tables whose own inputs have changed since; a job that leaves stages out would mix old and new.

    Returns:
        File of a table that the stage reads to its hash when it was written.
    """
    written: dict[str, str] = {}
    for writer in STAGES:
        read = set(writer.outputs) & set(stage.inputs)
        saved = receipts.read_receipt(study.receipt(writer.name)) if read else None
        if saved is None:
            continue
        now = receipts.hash_files(study.table(table) for table in writer.inputs)
        if any(saved.made_from.get(name) != found for name, found in now.items()):
            raise _changed_since(min(read))
        written |= saved.made
    return written


def _make_all(
    study: Study, job: str, *, force: bool, prepared: Prepared, enter: Callable[[str], None],
    begun: Callable[..., None], early: Beside[list[StageReport]] | None,
) -> Iterator[StageReport]:  # fmt: skip
    """Make the stages of a job in their order, some in a second process as soon as their tables are there."""
    names = JOBS[job]
    beside: dict[tuple[str, ...], Beside[list[StageReport]]] = {}
    done: set[str] = set()

    def needs(chain: Sequence[str]) -> set[str]:
        return (_writers(*chain) | {LATE[name] for name in chain if name in LATE}) & set(names)

    def wait_for(awaited: set[str]) -> Iterator[StageReport]:
        for chain in [chain for chain in beside if awaited & set(chain)]:
            enter(chain[0])
            reports = beside[chain].finish()
            del beside[chain]
            done.update(chain)
            yield from reports

    try:
        for name in names:
            if beside and name == STAGES[-1].name:
                _load_report()
            yield from wait_for(_writers(name))
            ready = [chain for chain in BESIDE if set(chain) <= set(names) - done and needs(chain) <= done]
            if ready and not beside and has_second_process():
                chain = ready[0]
                begun(*chain)
                if early is not None and chain == EARLY:
                    early.begin()
                    beside[chain] = early
                else:
                    beside[chain] = Beside(partial(_run_chain, study, chain, force=force, prepared=prepared))
            if name not in done and not any(name in chain for chain in beside):
                enter(name)
                begun(name)
                yield run_stage(study, name, force=force, prepared=prepared)
                done.add(name)
        yield from wait_for(set(names))
    finally:
        for other in beside.values():
            other.stop()


def _run_chain(study: Study, chain: Sequence[str], *, force: bool, prepared: Prepared) -> list[StageReport]:
    return [run_stage(study, name, force=force, prepared=prepared) for name in chain]


def _begin_early(study: Study, job: str, *, force: bool) -> Beside[list[StageReport]] | None:
    """Load the model of the stage that waits longest for its model, where it was never made, while sources are read."""
    if not has_second_process() or not set(EARLY) <= set(JOBS[job]) or study.receipt(EARLY[0]).exists():
        return None
    prepared = Prepared()
    return Beside(
        partial(_run_chain, study, EARLY, force=force, prepared=prepared),
        load=partial(_load_early, study, get_stage(EARLY[0]), prepared),
    )


def _load_early(study: Study, stage: Stage, prepared: Prepared) -> None:
    choice = choose_model(stage, study)
    if choice is not None and stage.model is not None:
        prepared.models[stage.model] = model = choice.load()
        model.read_words()


def _load_report() -> None:
    """Load what the report is drawn with while another process makes its last tables."""
    from pipeline.report import page

    page.load()


def _writers(*names: str) -> set[str]:
    """Give the other stages that write what stages read."""
    inputs = {table for name in names for table in get_stage(name).inputs}
    return {stage.name for stage in STAGES if inputs & set(stage.outputs) and stage.name not in names}


def execute(
    study: Study, job: str, *, force: bool = False, follower: Follower | None = None, patience: float = 0.0,
    two_at_a_time: bool = False,
) -> Finished:  # fmt: skip
    """Check the input and run a job, as the only writer of the study; the run is kept in ``runs/``.

    Args:
        study: the study.
        job: ``analyse`` or ``compare``.
        force: run each stage, whatever its receipt says.
        follower: who is told how the job goes on.
        patience: seconds to wait for another process that writes in the study.
        two_at_a_time: make some stages in a second process, where the system has two processors and can fork.

    Raises:
        PipelineError: what the user can mend.
        DefectError: any other error, without its own words.
    """
    follower = follower or Follower()
    with seldom_collected(), second_process() if two_at_a_time else nullcontext():
        early = _begin_early(study, job, force=force)
        try:
            prepared = prepare(study, job, patience=patience)
            follower.checked()
            with lock_study(study.root, job, patience=patience), recorded(study, job) as run:
                follower.locked()
                for report in _make_all(
                    study, job, force=force, prepared=prepared, enter=run.enter, begun=follower.begun, early=early
                ):
                    run.add(report)
                    follower.finished(report)
                run.reports.sort(key=lambda report: JOBS[job].index(report.stage))
        finally:
            if early is not None:
                early.stop()
    return Finished(run.reports, run.manifest)
