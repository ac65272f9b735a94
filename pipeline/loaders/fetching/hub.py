"""An encoder of the Hugging Face hub, fetched by the hub's own client in a process of its own.

A process of its own, because the client reads once, when imported, that the rest of the program is offline, and
because that must stay so. The files arrive in ``<folder>.partial`` and move when all of them are proven.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.checksums import find_damage, write_checksums
from models.registry import STORE_FOLDER, Recipe
from pipeline.core.errors import InputError, Problem

CLIENT = "pipeline.loaders.fetching.hub_client"
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
PATIENCE_SECONDS = "8"
MODEL_FILE = "modules.json"
CARRY = "fetch it on another machine with --to FOLDER and carry the folder over"

_REASONS: Mapping[str, tuple[str, str]] = {
    "network": ("cannot be reached: there is no network, or a firewall is in between", f"Try again later, or {CARRY}"),
    "unknown": ("is not known to the hub, or asks for a login", "Check source and revision in its recipe"),
    "server": ("could not be fetched: the server refused", "Try again later"),
    "damaged": ("arrived damaged; what was wrong is thrown away", "Fetch it again"),
    "disk": ("could not be written", "Make room, or name another place with --to FOLDER"),
}


def store_folder(recipe: Recipe) -> Path:
    """Give the folder of the store in which a model of the hub belongs."""
    return recipe.folder or STORE_FOLDER / recipe.source


def fetch(recipe: Recipe, folder: Path) -> Path:
    """Fetch an encoder; what was fetched before an interruption is kept and not fetched again.

    Args:
        recipe: with origin ``hub``.
        folder: where its files shall lie; it is left alone when an intact model is there already.

    Returns:
        The folder.

    Raises:
        InputError: no network, no such model, a damaged file, or a folder that is taken.
    """
    if (folder / MODEL_FILE).is_file() and not find_damage(folder, recipe.sha256):
        return folder
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MODEL_FILE).is_file():
        raise InputError.single(str(folder), "holds something that is no model", "Name an empty folder with --to")
    partial = folder.with_name(f"{folder.name}.partial")
    answer = _ask({"source": recipe.source, "revision": recipe.revision, "folder": str(partial.resolve())})
    if "error" in answer:
        what, fix = _REASONS[answer["error"]]
        raise InputError.single(f"model '{recipe.name}'", f"{what} ({answer['detail']})", fix)
    damage = find_damage(partial, recipe.sha256)
    if damage:
        for name in damage:
            (partial / name).unlink(missing_ok=True)
        fix = "Fetch it again; if that does not help, its recipe or the server is wrong"
        raise InputError(Problem(f"model '{recipe.name}', {name}", what, fix) for name, what in damage.items())
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    write_checksums(partial, f"{recipe.source} {answer['commit']}")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return folder


def _ask(request: Mapping[str, Any]) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name not in OFFLINE}
    environment |= {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    environment.setdefault("HF_HUB_ETAG_TIMEOUT", PATIENCE_SECONDS)
    ran = subprocess.run(
        [sys.executable, "-m", CLIENT],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(ran.stdout)
    except json.JSONDecodeError:
        return {"error": "server", "detail": f"the client of the hub stopped with exit code {ran.returncode}"}
    return answer
