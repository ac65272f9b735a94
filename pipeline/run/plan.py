"""What a run would do and why, from receipts and hashes alone; pandas and models are not loaded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core import receipts
from pipeline.core.code import hash_closure
from pipeline.core.errors import PipelineError
from pipeline.core.study import Study
from pipeline.core.vocabulary import Status
from pipeline.run.given import hash_given
from pipeline.run.stages import JOBS, Stage, get_stage

if TYPE_CHECKING:
    from pipeline.loaders import Choice

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

    column = parquet.read_table(study.table("fragments"), columns=["status"])["status"]
    return sum(value == str(Status.USED) for value in column.to_pylist())


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
    files = [*(study.table(table) for table in stage.outputs), *(study.root / name for name in stage.files)]
    return receipts.explain_change(saved, made_from(stage, study, choice), files)
