"""What a stage reads of a study beside tables: each part by name, hashed as it is now."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pipeline.core import receipts
from pipeline.core.study import Study
from pipeline.run.inputs import mapping_path, sort_inputs
from pipeline.run.manifest import name_models
from pipeline.run.memory import hash_basis, hash_previous
from pipeline.run.stages import STAGES

SOURCE = "source:"
"""What the names of files with notes begin with in a receipt."""


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
    return {f"{SOURCE}{name}": receipts.hash_file(path) for name, path in sort_inputs(study).notes}


def sources_as_read(study: Study) -> dict[str, str]:
    """Give the hashes of the files with notes as they were when they were read last; as they are now before that."""
    writer = next(stage for stage in STAGES if "sources" in stage.given)
    receipt = receipts.read_receipt(study.receipt(writer.name))
    if receipt is None:
        return hash_sources(study)
    return {name: found for name, found in receipt.made_from.items() if name.startswith(SOURCE)}


def _existing(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    return {name: receipts.hash_file(path) for name, path in files if path.is_file()}


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
    },
    "decisions": lambda study: _existing([("decisions", study.decisions)]),
    "sampling": lambda study: _existing([("sampling", study.sampling)]),
    "previous": lambda study: {"earlier themes": hash_previous(study, sources_as_read(study))},
    "basis": lambda study: {"basis": hash_basis(study, sources_as_read(study))},
    "notices": _notices,
    "settings": _settings,
}
"""Name of a part to what hashes it."""
