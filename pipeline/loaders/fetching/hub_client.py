"""The process that talks to the hub: ``python -m pipeline.loaders.fetching.hub_client``, a request as JSON on stdin.

It answers in JSON on standard output. Large files are taken up again where an earlier process was cut off, which the
hub's client by itself does only within one process; then ``snapshot_download`` proves them by their hash and fetches
the rest.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

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


def fetch(source: str, revision: str | None, folder: Path) -> dict[str, Any]:
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
    """Answer one request."""
    request: Mapping[str, Any] = json.load(sys.stdin)
    try:
        answer = fetch(request["source"], request["revision"], Path(request["folder"]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        answer = explain(error)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
