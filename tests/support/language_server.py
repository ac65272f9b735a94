"""A server on this machine that speaks the OpenAI chat protocol, answers by counting words, and errs on request."""

import json
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "proef-1b"
GOOD = {"goed", "mooi", "fijn", "helpt", "kansen", "blij", "bloeit"}
TEN_MINUTES = 600.0
BAD = {"slecht", "niet", "te", "tekort", "moeilijk", "laat", "lekt"}


@dataclass
class LanguageServer:
    """What the server does.

    ``probabilities``: whether it states log-probabilities.
    ``fault``: how it misbehaves, from question number ``after`` on: ``html``, ``half``, ``other model``, ``refuse``,
    ``die``, ``silence`` (ten minutes), ``drip`` (a sign of life now and then), ``endless`` (more than any answer),
    ``loading``, ``no choices``, ``english``, ``list``, ``thinks``.
    ``no_answer_for``: a text with these words is answered with another token.
    ``knows``: the only fields of a question that it takes; empty: all.
    ``quotes``: ``true``, ``invented``, ``broken`` (no JSON), ``mended`` (no JSON the first time) or ``unknown`` codes.
    ``bias``: what it adds to its first answer, whatever it is asked.
    """

    probabilities: bool = True
    fault: str = ""
    after: int = 0
    quotes: str = "true"
    bias: float = 0.0
    no_answer_for: str = ""
    knows: frozenset[str] | set[str] = frozenset()
    models: tuple[str, ...] = (MODEL,)
    digest: str = ""
    asked: list[dict[str, object]] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def n_asked(self) -> int:
        """Number of questions so far."""
        return len(self.asked)


@contextmanager
def serve_language(server: LanguageServer) -> Iterator[LanguageServer]:
    """Serve on a free port of 127.0.0.1."""
    handler = type("Handler", (_Handler,), {"server_": server})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        thread.join()
        http.server_close()


_SENT = {
    "html": (200, b"<html><body>Welkom</body></html>", "text/html"),
    "half": (200, b'{"choices": [{"message": {"content": "A', "application/json"),
    "refuse": (400, b'{"error": {"message": "context size exceeded"}}', "application/json"),
    "loading": (503, b'{"error": {"message": "Loading model"}}', "application/json"),
}
_SAID = {
    "no choices": {"model": MODEL, "choices": []},
    "list": [1, 2],
    "thinks": {"model": MODEL, "choices": [{"message": {"content": "", "reasoning_content": "Laat me denken."}}]},
    "english": {"model": MODEL, "choices": [{"message": {"content": "I am sorry, I cannot help."}}]},
}


class _Handler(BaseHTTPRequestHandler):
    server_: LanguageServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:  # noqa: N802
        if self.path == "/v1/models":
            self._json({"object": "list", "data": [{"id": name, "object": "model"} for name in self.server_.models]})
        elif self.path == "/api/tags" and self.server_.digest:
            details = {"parameter_size": "1B", "quantization_level": "Q4_0"}
            self._json(
                {
                    "models": [
                        {"name": n, "digest": self.server_.digest, "details": details} for n in self.server_.models
                    ]
                }
            )
        elif self.path == "/api/version" and self.server_.digest:
            self._json({"version": "0.12.11"})
        else:
            self._send(404, b"not found", "text/plain")

    def do_POST(self) -> None:  # noqa: N802
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server_.asked.append(asked)
        if self.server_.fault and self.server_.n_asked > self.server_.after and self._misbehave(asked):
            return
        if self.server_.knows and set(asked) - self.server_.knows:
            self._send(422, b'{"error": {"message": "unknown field"}}', "application/json")
            return
        self._json(self._answer(asked))

    def _misbehave(self, asked: dict[str, object]) -> bool:
        fault = self.server_.fault
        if fault in _SENT:
            self._send(*_SENT[fault])
        elif fault in _SAID:
            self._json(_SAID[fault])
        elif fault == "other model":
            self._json(self._answer(asked) | {"model": "iets-anders"})
        elif fault in ("die", "silence"):
            if fault == "silence":
                self.server_.ended.wait(TEN_MINUTES)
            self.close_connection = True
            self.connection.close()
        elif fault in ("drip", "endless"):
            self._drip(b" " if fault == "drip" else b" " * 200_000, seconds=0.1 if fault == "drip" else 0.0)
        else:
            raise ValueError(fault)
        return True

    def _drip(self, part: bytes, *, seconds: float) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server_.ended.wait(seconds):
                self.wfile.write(part)
        except OSError:
            return

    def _answer(self, asked: dict[str, object]) -> dict[str, object]:
        messages = [str(message["content"]) for message in asked["messages"]]  # type: ignore[attr-defined,index]
        question = messages[1]
        options = re.findall(r"^([A-Z])\. (.+)$", question, re.MULTILINE) or _read_words(question)
        text = re.findall(r"<uitspraak>(.*?)</uitspraak>", question, re.DOTALL)[-1]
        if '"naam"' in question:
            return self._wrap(self._name(question))
        if "citaat" in question:
            return self._wrap(self._quote(options, text, again=len(messages) > 2))
        logs = [_fit(line, text) + (self.server_.bias if i == 0 else 0.0) for i, (_, line) in enumerate(options)]
        total = math.log(sum(map(math.exp, logs)))
        best = options[max(range(len(logs)), key=logs.__getitem__)][0]
        top = [{"token": answer, "logprob": log - total} for (answer, _), log in zip(options, logs, strict=True)]
        if self.server_.no_answer_for and self.server_.no_answer_for in text:
            best, top = "Het", [{"token": "Het", "logprob": -0.1}]
        stated = {"content": [{"token": best, "logprob": 0.0, "top_logprobs": top}]}
        return self._wrap(best, stated if self.server_.probabilities and asked.get("logprobs") else None)

    def _quote(self, options: list[tuple[str, str]], text: str, *, again: bool) -> str:
        quotes = self.server_.quotes
        if quotes == "broken" or (quotes == "mended" and not again):
            return "Natuurlijk! Hier zijn de citaten"
        words = "woorden die niemand zei" if quotes == "invented" else " ".join(text.split()[:3]).upper()
        letters = ["Z"] if quotes == "unknown" else [letter for letter, _ in options]
        return json.dumps({"citaten": [{"code": letter, "citaat": words} for letter in letters]})

    def _name(self, question: str) -> str:
        words = re.findall(r"^Woorden: (.+)$", question, re.MULTILINE)[0].split(", ")
        sentences = [{"zin": f"Gaat over {words[0]}.", "uitspraken": [1]}, {"zin": "Verzonnen.", "uitspraken": [99]}]
        if self.server_.quotes == "broken":
            return "Natuurlijk!"
        name = "veel te lange naam van meer dan zes" if self.server_.quotes == "invented" else f"Over {words[0]}"
        return json.dumps(
            {"naam": name, "zinnen": sentences, "wel": f"Wie {words[0]} noemt.", "niet": "Al het andere."}
        )

    def _wrap(self, text: str, logs: dict[str, object] | None = None) -> dict[str, object]:
        choice: dict[str, object] = {"index": 0, "message": {"role": "assistant", "content": text}}
        return {"model": MODEL, "choices": [choice | ({"logprobs": logs} if logs else {})]}

    def _json(self, content: object) -> None:
        self._send(200, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _read_words(question: str) -> list[tuple[str, str]]:
    """The words that a question puts to choose from: each answers for itself."""
    put = re.findall(r"(?:: |uitspraak vooral een |uitspraak )([^:?]+)\?", question.rpartition("</uitspraak>")[2])
    return [(word, word) for word in re.split(r", | of ", put[-1])] if put else []


def _fit(option: str, text: str) -> float:
    """Words that option and text share, and words that sound good or bad for kans and knelpunt."""
    said, meant = set(re.findall(r"\w+", text.lower())), set(re.findall(r"\w+", option.lower()))
    tone = len(said & GOOD) - len(said & BAD)
    sign = 1 if meant & {"kans", "positief", "geel"} else -1 if meant & {"knelpunt", "negatief", "zwart"} else 0
    return float(len(said & meant) + 1.5 * sign * tone)
