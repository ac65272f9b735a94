"""What was run, from what, and how long it took."""

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.core import receipts
from pipeline.core.notices import Notice
from pipeline.core.study import Study
from pipeline.core.tables import read_table, write_bytes
from pipeline.run.stages import STAGES


@dataclass(frozen=True, slots=True)
class StageReport:
    """What became of one stage in this run."""

    stage: str
    skipped: bool
    seconds: float
    rows: Mapping[str, int]
    notices: tuple[Notice, ...]
    model: str | None


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
        "code": receipts.hash_code(),
        "models": name_models(study),
        "config": study.config.model_dump(),
    }


def write_manifest(study: Study, reports: list[StageReport]) -> Path:
    """Write what was run, from what, and how long it took, under ``runs/<id>/manifest.json``.

    Returns:
        The path of the manifest.
    """
    moment = datetime.now(UTC)
    sources = read_table(study.table("sources"), "sources")
    content = describe(study) | {
        "finished": moment.isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "sources": [
            {"name": row.name_, "sha256": row.sha256} for row in sources.rename(columns={"name": "name_"}).itertuples()
        ],
        "stages": [
            {"stage": r.stage, "skipped": r.skipped, "seconds": round(r.seconds, 3), "rows": dict(r.rows)}
            for r in reports
        ],
        "notices": [{"where": n.where, "message": n.message} for r in reports for n in r.notices],
    }
    path = study.runs / moment.strftime("%Y%m%dT%H%M%S%fZ") / "manifest.json"
    write_bytes(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return path
