"""One stage: read, check, run, check, write, receipt. The only module that connects stages, files and models."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from pipeline import loaders
from pipeline.core import receipts
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.notices import Output
from pipeline.core.receipts import Receipt
from pipeline.core.study import Study, save_settings
from pipeline.core.tables import read_table, table_from_rows, write_bytes, write_table
from pipeline.core.vocabulary import Status
from pipeline.run import memory as theme_memory
from pipeline.run.intake import find_sources, mapping_path, read_study, sort_inputs
from pipeline.run.manifest import StageReport, describe, name_models
from pipeline.run.stages import STAGES, Stage, get_stage

REPORT_STAGE = "report"
REPORT_FILES = ("report.html", "annex.html", "report.xlsx")
NOTICES = "notices"


def _downstream(*tables: str) -> tuple[str, ...]:
    """Name the stages that depend on tables, directly or not, with the reading stages before them."""
    changed, names = set(tables), []
    for stage in STAGES:
        if changed & {*stage.inputs, *stage.outputs}:
            names.append(stage.name)
            changed |= set(stage.outputs) - set(STAGES[0].outputs)
    return tuple(names)


JOBS: Mapping[str, tuple[str, ...]] = {
    "analyse": (*(stage.name for stage in STAGES), REPORT_STAGE),
    "compare": (*_downstream("given_codings", "decisions", "decision_themes"), REPORT_STAGE),
}
"""Which steps each job runs, in order."""


def prepare(study: Study) -> None:
    """Read everything that the user gave before a model is loaded, and only then keep the settings of the study.

    Raises:
        InputError: everything that is wrong, at once; nothing has been written.
    """
    tables = dict(read_study(study).tables)
    for name in ("fragments", "manual"):
        stage = get_stage(name)
        tables.update(call_stage(stage, study, tables).tables)
    save_settings(study)


def run_stage(study: Study, name: str, *, force: bool = False) -> StageReport:
    """Run one stage, unless its receipt says that it would make the same again.

    Args:
        study: the study; earlier stages have run.
        name: name of the stage.
        force: run it all the same.

    Returns:
        What became of it.

    Raises:
        PipelineError: input, table or model that the user can mend.
    """
    stage = get_stage(name)
    started = time.monotonic()
    choice = (
        loaders.choose(stage.model, study.config, count=lambda: _count_used(study), folder=study.root)
        if stage.model
        else None
    )
    made_from = _made_from(stage, study, choice.fingerprint if choice else "")
    path = study.receipt(name)
    saved = receipts.read_receipt(path)
    if not force and receipts.is_current(saved, made_from, study.results) and saved is not None:
        rows = {table: len(read_table(study.table(table), table)) for table in stage.outputs}
        return StageReport(name, True, time.monotonic() - started, rows, saved.notices, saved.model)
    _require_fresh(stage, study)
    if stage.inputs:
        tables = {table: read_table(study.table(table), table) for table in stage.inputs}
        output = call_stage(stage, study, tables, choice.load() if choice else None)
    else:
        output = read_study(study)
    path.unlink(missing_ok=True)
    for table in stage.outputs:
        write_table(output.tables[table], study.table(table), table)
    made = receipts.hash_files(study.table(table) for table in stage.outputs)
    receipt = Receipt(name, made_from, made, output.notices, choice.name or None if choice else None)
    receipts.write_receipt(receipt, path)
    rows = {table: len(output.tables[table]) for table in stage.outputs}
    return StageReport(name, False, time.monotonic() - started, rows, output.notices, receipt.model)


def _count_used(study: Study) -> int:
    return int((read_table(study.table("fragments"), "fragments")["status"] == Status.USED).sum())


def call_stage(stage: Stage, study: Study, tables: Mapping[str, pd.DataFrame], model: object = None) -> Output:
    """Call the function of a stage with its tables, its section of the configuration and its model.

    Raises:
        PipelineError: the stage did not make the tables that it promises.
    """
    keywords: dict[str, Any] = {}
    if stage.section:
        keywords["config"] = getattr(study.config, stage.section)
    if stage.model:
        keywords[stage.model] = model
    output: Output = stage.load()(*(tables[name] for name in stage.inputs), **keywords)
    if set(output.tables) != set(stage.outputs):
        raise PipelineError(f"stage '{stage.name}' made {sorted(output.tables)}, not {sorted(stage.outputs)}")
    return output


def _require_fresh(stage: Stage, study: Study) -> None:
    """Refuse tables whose own inputs have changed since; a job that leaves stages out would mix old and new."""
    for writer in STAGES:
        stale = sorted(set(writer.outputs) & set(stage.inputs))
        saved = receipts.read_receipt(study.receipt(writer.name)) if stale and writer.inputs else None
        now = receipts.hash_files(study.table(table) for table in writer.inputs)
        if saved is not None and any(saved.made_from.get(name) != found for name, found in now.items()):
            raise InputError.single(
                f"table '{stale[0]}'",
                "was made from notes that have changed since",
                "Run: dialoogtafel analyse STUDY",
            )


def _made_from(stage: Stage, study: Study, fingerprint: str) -> dict[str, str]:
    section = getattr(study.config, stage.section).model_dump_json() if stage.section else ""
    basis = {
        "code": receipts.hash_code(),
        "libraries": json.dumps(receipts.library_versions(), sort_keys=True),
        "config": receipts.hash_text(section),
        "model": fingerprint,
    }
    if stage.inputs:
        return basis | receipts.hash_files(study.table(table) for table in stage.inputs)
    inputs = sort_inputs(study)
    files = list(inputs.notes)
    given = [*files, *((f"codings/{name}", path) for name, path in inputs.codings), ("codebook", study.codebook)]
    given += [*inputs.codebooks, ("mapping", mapping_path(study))]
    if study.key is not None:
        given.append(("key", study.key))
        basis["fragments"] = receipts.hash_text(study.config.fragments.model_dump_json())
    basis["columns"] = receipts.hash_text(study.config.columns.model_dump_json())
    given.append(("decisions", study.decisions))
    basis["previous"] = theme_memory.hash_previous(study, files)
    return basis | {name: receipts.hash_file(path) for name, path in given if path.is_file()}


def write_report(study: Study, *, force: bool = False) -> StageReport:
    """Gather the notices of all stages and write the report.

    Raises:
        PipelineError: a table is absent or damaged.
    """
    started = time.monotonic()
    notices = _gather_notices(study)
    write_table(notices, study.table(NOTICES), NOTICES)
    tables = [table for stage in STAGES for table in stage.outputs] + [NOTICES]
    made_from = {
        "code": receipts.hash_code(),
        "config": receipts.hash_text(study.name, study.config.model_dump_json()),
        "models": json.dumps(name_models(study), sort_keys=True),
    } | receipts.hash_files(study.table(table) for table in tables)
    path = study.receipt(REPORT_STAGE)
    saved = receipts.read_receipt(path)
    if force or not receipts.is_current(saved, made_from, study.root):
        from pipeline.report import build

        content = build({name: read_table(study.table(name), name) for name in tables}, describe(study), study.config)
        path.unlink(missing_ok=True)
        for name in REPORT_FILES:
            write_bytes(study.root / name, content[name])
        made = receipts.hash_files(study.root / name for name in REPORT_FILES)
        receipts.write_receipt(Receipt(REPORT_STAGE, made_from, made, (), None), path)
        return StageReport(REPORT_STAGE, False, time.monotonic() - started, {}, (), None)
    return StageReport(REPORT_STAGE, True, time.monotonic() - started, {}, (), None)


def _gather_notices(study: Study) -> pd.DataFrame:
    rows = []
    for position, stage in enumerate(STAGES):
        receipt = receipts.read_receipt(study.receipt(stage.name))
        for i, notice in enumerate(receipt.notices if receipt else ()):
            rows.append(
                {"position": position, "stage": stage.name, "i": i} | {"where": notice.where, "message": notice.message}
            )
    return table_from_rows(rows, NOTICES)


def run_step(study: Study, name: str, *, force: bool = False) -> StageReport:
    """Run one step of a job: a stage, or the report."""
    if name == REPORT_STAGE:
        return write_report(study, force=force)
    report = run_stage(study, name, force=force)
    if name == theme_memory.STAGE:
        theme_memory.keep(study, find_sources(study)[0])
    return report


def run_job(
    study: Study, job: str, *, force: bool = False, on_stage: Callable[[StageReport], None] | None = None
) -> list[StageReport]:
    """Run the steps of a job, without an orchestrator.

    Args:
        study: the study; ``prepare`` has found its input good.
        job: ``analyse`` or ``compare``.
        force: run each step, whatever its receipt says.
        on_stage: called after each step.

    Returns:
        What became of each step, the report last.
    """
    reports = []
    for name in JOBS[job]:
        reports.append(run_step(study, name, force=force))
        if on_stage:
            on_stage(reports[-1])
    return reports
