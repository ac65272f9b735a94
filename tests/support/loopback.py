"""Servers on this machine that speak the protocols of the model hub and of a package index, with faults on request."""

import base64
import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "c" * 40
LARGE = 1_000_000


@dataclass
class Hub:
    """One repository of a hub, and a package index.

    ``cut_after``: bytes of a large file after which the connection breaks, once for each number in the list.
    ``stall_after``: bytes of a large file after which nothing more is sent, until ``go_on`` is set.
    ``garbled``: files that are sent with other bytes than the hub states.
    """

    repository: str = "team/toy"
    files: dict[str, bytes] = field(default_factory=dict)
    wheels: dict[str, bytes] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    stall_after: int | None = None
    go_on: threading.Event = field(default_factory=threading.Event)
    garbled: set[str] = field(default_factory=set)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    url: str = ""

    def asked(self, ending: str, method: str = "GET") -> list[str | None]:
        """Give the Range of each request for a file."""
        return [asked for verb, path, asked in self.requests if verb == method and path.endswith(ending)]


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Serve on a free port of 127.0.0.1."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:  # noqa: N802
        self.do_GET()

    def do_GET(self) -> None:  # noqa: N802
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((self.command, path, self.headers.get("Range")))
        api, repository = f"/api/models/{self.hub.repository}", self.hub.repository
        if re.fullmatch(rf"{api}(/revision/[^/]+)?", path):
            self._json(self._info())
        elif path.startswith(f"{api}/tree/"):
            self._json([self._entry(name) for name in self.hub.files])
        elif found := re.fullmatch(rf"/{repository}/resolve/{COMMIT}/(.+)", path):
            self._file(found[1])
        elif found := re.fullmatch(r"/simple/([^/]+)/", path):
            self._index()
        elif found := re.fullmatch(r"/wheels/(.+\.whl)", path):
            self._send(200, self._wheel(found[1]), {"Content-Type": "application/octet-stream"})
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _info(self) -> dict[str, object]:
        siblings = []
        for name, content in self.hub.files.items():
            entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": _blob(content)}
            if len(content) >= LARGE:
                entry["lfs"] = {"sha256": _sha(content), "size": len(content), "pointerSize": 134}
            siblings.append(entry)
        return {"id": self.hub.repository, "modelId": self.hub.repository, "sha": COMMIT, "siblings": siblings}

    def _entry(self, name: str) -> dict[str, object]:
        content = self.hub.files[name]
        entry: dict[str, object] = {"type": "file", "path": name, "size": len(content), "oid": _blob(content)}
        if len(content) >= LARGE:
            entry["lfs"] = {"oid": _sha(content), "size": len(content), "pointerSize": 134}
        return entry

    def _file(self, name: str) -> None:
        content = self.hub.files[name]
        etag = _sha(content) if len(content) >= LARGE else _blob(content)
        head = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        sent = bytes(len(content)) if name in self.hub.garbled else content
        start, status = 0, 200
        if asked := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or ""):
            start, status = int(asked[1]), 206
            head["Content-Range"] = f"bytes {start}-{len(sent) - 1}/{len(sent)}"
        cut = None
        if self.command == "GET" and len(content) >= LARGE and self.hub.cut_after:
            cut = self.hub.cut_after.pop(0)
        self._send(status, sent[start:], head, cut)

    def _index(self) -> None:
        links = "".join(f'<a href="{self.hub.url}/wheels/{name}">{name}</a>' for name in self.hub.wheels)
        self._send(200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), {"Content-Type": "text/html"})

    def _wheel(self, name: str) -> bytes:
        return self.hub.wheels[name]

    def _json(self, content: object) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, head: Mapping[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for key, value in head.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            if self.hub.stall_after is not None and len(body) >= LARGE:
                self.wfile.write(body[: self.hub.stall_after])
                self.hub.go_on.wait(60)
                body = body[self.hub.stall_after :]
            self.wfile.write(body if cut is None else body[:cut])
        except (BrokenPipeError, ConnectionResetError):
            cut = 0
        if cut is not None:
            self.close_connection = True


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def make_wheel(package: str, version: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Make a pure Python wheel: its file name and its bytes."""
    info = f"{package}-{version}.dist-info"
    content = {f"{package}/{name}": data for name, data in files.items()}
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n".encode()
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [f"{name},sha256={_record_hash(data)},{len(data)}" for name, data in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return f"{package}-{version}-py3-none-any.whl", packed.getvalue()


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
