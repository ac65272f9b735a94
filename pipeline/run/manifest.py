"""What was run, from what, and how long it took."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pipeline.core import receipts
from pipeline.core.notices import Notice
from pipeline.core.receipts import hash_package
from pipeline.core.study import Study
from pipeline.run.stages import STAGES

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class StageReport:
    """What became of one stage in this run.

    Attributes:
        stage: its name.
        skipped: whether it would have made the same again.
        seconds: how long it took.
        rows: table to its number of rows.
        notices: what a user should know.
        model: name of the model, where there is one.
        reason: why it ran; None where it was skipped.
    """

    stage: str
    skipped: bool
    seconds: float
    rows: Mapping[str, int]
    notices: tuple[Notice, ...]
    model: str | None
    reason: str | None


def name_models(study: Study) -> dict[str, str]:
    """Name the model of each stage that has one."""
    saved = {stage.name: receipts.read_receipt(study.receipt(stage.name)) for stage in STAGES if stage.model}
    return {name: receipt.model for name, receipt in saved.items() if receipt is not None and receipt.model}


def describe(study: Study) -> dict[str, Any]:
    """Say what the results were made from: versions, models, settings; without paths or times of the run."""
    return {
        "study": study.name,
        "dialoogtafel": version("dialoogtafel"),
        "python": platform.python_version(),
        "libraries": dict(receipts.library_versions()),
        "code": hash_package(),
        "models": name_models(study),
        "config": study.config.model_dump(),
    }
