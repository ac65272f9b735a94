"""A language model behind an address on this machine: who it is, what it answers, and what it answered before.

Any server that speaks the OpenAI chat protocol will do (Ollama, llama.cpp, LM Studio, vLLM). Participants spoke in
confidence: the address is checked where it is read (``pipeline.core.config``), no proxy of the environment is used, no
redirect is followed, and neither errors nor progress hold a word of a question or an answer.
"""

import hashlib
import json
import math
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.analysis.prompted.questions import Answer, Question, find_answer
from pipeline.core.config import PromptedConfig
from pipeline.core.errors import InputError, PipelineError, list_some
from pipeline.core.files import PRIVATE_MODE
from pipeline.core.vocabulary import AbstentionReason
from pipeline.loaders.environment import hash_parts

if TYPE_CHECKING:
    import httpx

ANSWERS_FILE = "answers.sqlite"
CONNECT_SECONDS = 3.0
"""A server that is there takes a connection at once, also where it is too busy to answer soon."""
ANSWER_TOKENS = 4
QUOTE_TOKENS = 400
TOP_TOKENS = 20
BEYOND_TOP = 1.0
"""An answer that is not among the likeliest tokens is thought to be this much less likely, as a logarithm."""
MOST_BROKEN = 3
"""Answers in a row that are none, before the server is thought not to speak the protocol."""
PAUSE_SECONDS = 0.5
PROGRESS_SECONDS = 5.0
LOADING = frozenset({429, 502, 503, 504})
KEEP_DECIMALS = 6
MOST_BYTES = 2_000_000
AT_ONCE: Mapping[str, Any] = {"reasoning_effort": "none", "chat_template_kwargs": {"enable_thinking": False}}
"""Asks models that can think aloud to answer at once (Ollama; llama.cpp and vLLM): the first token is the answer."""
WISHES = (frozenset(AT_ONCE), frozenset({"logprobs", "top_logprobs"}), frozenset({"response_format"}))
"""What an older server may not know, the first to be left out first."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a server says of its model.

    Attributes:
        digest: of the weights; of what the server says of them, where it states no digest.
        description: name, quantisation and server with its version, for the manifest and the method text.
    """

    digest: str
    description: str


class AnswerStore:
    """The answers of language models in one study, readable by its owner alone; each is kept as soon as it is there.

    A key is a hash of model, prompts and text; an answer may hold words of the fragment that it quotes.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when the first answer is kept."""
        self.path = path

    def read(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Give the answers that are there."""
        if not self.path.is_file():
            return {}
        with self._open() as found:
            rows = found.execute("SELECT key, answer FROM answers").fetchall()
        wanted = set(keys)
        return {key: _load_answer(answer) for key, answer in rows if key in wanted}

    def keep(self, key: str, answer: Answer) -> None:
        """Keep one answer; what another run wrote in the meantime stays."""
        with self._open() as made:
            made.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(asdict(answer))))

    def read_facts(self, model: str) -> ModelFacts | None:
        """Say who a model was when it last answered."""
        if not self.path.is_file():
            return None
        with self._open() as found:
            row = found.execute("SELECT digest, description FROM models WHERE model = ?", (model,)).fetchone()
        return ModelFacts(*row) if row else None

    def keep_facts(self, model: str, facts: ModelFacts) -> None:
        """Remember who a model is, for a colleague who has the answers and not the model."""
        if self.read_facts(model) != facts:
            with self._open() as made:
                made.execute("INSERT OR REPLACE INTO models VALUES (?, ?, ?)", (model, facts.digest, facts.description))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=PRIVATE_MODE)
        try:
            with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
                connection.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS models (model TEXT PRIMARY KEY, digest TEXT, description TEXT)"
                )
                yield connection
        except sqlite3.Error as error:
            raise InputError.single(
                ANSWERS_FILE,
                f"cannot be used ({type(error).__name__}): it is damaged, or another program holds it",
                "Move it away to ask again, or copy it back from a backup",
            ) from None


def _load_answer(content: str) -> Answer:
    raw = json.loads(content)
    return Answer(logs=tuple(raw["logs"]) if raw["logs"] else None, text=raw["text"], failure=raw["failure"])


class LocalLanguageModel:
    """A model that answers from what it answered before, and asks the server for the rest."""

    def __init__(self, config: PromptedConfig, store: AnswerStore, facts: ModelFacts | None) -> None:
        """Take who the model is; None where neither server nor store could say.

        Args:
            config: section ``prompted``.
            store: earlier answers of the study.
            facts: from ``identify``.
        """
        self.name = facts.description if facts else config.model
        self.fingerprint = facts.digest if facts else ""
        self._config = config
        self._store = store
        self._facts = facts
        self._omitted: frozenset[str] = frozenset()
        self._broken = 0
        self.n_asked, self.seconds = 0, 0.0

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer n questions, in their order; each distinct one is asked once, ever.

        Raises:
            PipelineError: the server is not there, went away, or does not speak the protocol.
        """
        keys = [self._key(question) for question in questions]
        known = self._store.read(keys)
        missing = {key: question for key, question in zip(keys, questions, strict=True) if key not in known}
        if missing:
            facts = identify(self._config, self._store, must=True)
            if self._facts is None or facts is None or facts.digest != self._facts.digest:
                raise PipelineError(f"{_where(self._config)} has another model than when this run began: run it again")
            known |= self._ask_all(missing)
        return [known[key] for key in keys]

    def _key(self, question: Question) -> str:
        content = [self.fingerprint, asdict(question), self._config.seed]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def _ask_all(self, questions: Mapping[str, Question]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        shown = time.monotonic()
        with _client(self._config, self._config.timeout) as client:
            for n, (key, question) in enumerate(questions.items()):
                started = time.monotonic()
                try:
                    answers[key] = self._ask(client, question)
                except PipelineError as error:
                    raise PipelineError(
                        f"{error} {n} of {len(questions)} questions of this step were answered, and are kept: the next "
                        "run asks only the others"
                    ) from None
                if self._broken == 0:
                    self._store.keep(key, answers[key])
                now = time.monotonic()
                self.n_asked, self.seconds = self.n_asked + 1, self.seconds + now - started
                if now - shown > PROGRESS_SECONDS:
                    shown = now
                    self._show(n + 1, len(questions))
        return answers

    def _show(self, done: int, total: int) -> None:
        width = 24
        bar = "#" * (width * done // total)
        left = _duration((total - done) * self.seconds / self.n_asked)
        sys.stderr.write(
            f"  prompted   [{bar:<{width}}] {done:,} of {total:,} questions of this step, about {left} left\n"
        )

    def show_sample(self, n: int, of: int) -> None:
        """Say what all fragments would take, after a sample."""
        if self.seconds > 0:
            whole = _duration(self.seconds * of / n)
            sys.stderr.write(
                f"  prompted   {n:,} fragments took {_duration(self.seconds)}; all {of:,} take about {whole}\n"
            )

    def _ask(self, client: "httpx.Client", question: Question) -> Answer:
        content = self._post(client, question, self._omitted)
        if isinstance(content, str):
            return self._count_broken(content)
        try:
            choice = content["choices"][0]
            text = choice["message"]["content"] or ""
            if not isinstance(text, str):
                raise TypeError
        except (KeyError, IndexError, TypeError):
            return self._count_broken("the server sent something else than an answer")
        self._check_model(content.get("model"))
        self._broken = 0
        logs = _read_logs(choice, question.answers) if question.answers else None
        if logs is None and _is_thought(choice["message"], text):
            return Answer(failure=str(AbstentionReason.THOUGHT))
        return Answer(logs=logs, text="" if logs else text)

    def _count_broken(self, reason: str) -> Answer:
        self._broken += 1
        if self._broken >= MOST_BROKEN:
            raise PipelineError(
                f"{_where(self._config)} does not answer as the OpenAI chat protocol asks: {reason}. "
                "See that prompted.server ends in /v1 and that it is a language model server."
            )
        return Answer(failure=reason)

    def _check_model(self, answered: object) -> None:
        """Refuse answers of another model; a server with one model may say the name of its file."""
        if isinstance(answered, str) and answered and not _is_same(answered, self._config.model):
            raise PipelineError(
                f"{_where(self._config)} answered as model '{answered[:60]}' and not '{self._config.model}'."
            )

    def _payload(self, question: Question, omitted: frozenset[str]) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": self._config.model,
            "messages": [{"role": role, "content": text} for role, text in question.messages],
            "temperature": 0,
            "seed": self._config.seed,
            "max_tokens": ANSWER_TOKENS if question.answers else QUOTE_TOKENS,
            "stream": False,
            **AT_ONCE,
        }
        if question.answers and "logprobs" not in omitted:
            payload |= {"logprobs": True, "top_logprobs": TOP_TOKENS, "max_tokens": 1}
        if question.schema:
            named = {"name": "citaten", "strict": True, "schema": dict(question.schema)}
            payload["response_format"] = {"type": "json_schema", "json_schema": named}
        return {name: value for name, value in payload.items() if name not in omitted}

    def _post(self, client: "httpx.Client", question: Question, omitted: frozenset[str]) -> dict[str, Any] | str:
        """Send one question until it is answered, without what an older server does not know.

        Returns:
            The answer; a reason where it is none.

        Raises:
            PipelineError: no answer after all tries.
        """
        import httpx

        reason, payload = "", self._payload(question, omitted)
        for turn in range(self._config.retries + 1):
            if turn:
                time.sleep(PAUSE_SECONDS * 2 ** (turn - 1))
            try:
                status, body = _send(client, payload, self._config.timeout)
            except httpx.TimeoutException:
                reason = f"did not answer within {self._config.timeout:g} s"
                continue
            except httpx.TransportError as error:
                reason = f"broke off ({type(error).__name__})"
                continue
            if status in LOADING:
                reason = f"is busy or still loading its model ({status})"
                continue
            wish = next((names for names in WISHES if names & payload.keys()), None)
            if 400 <= status < 500 and wish:
                return self._post(client, question, omitted | wish)
            if status < 300:
                self._omitted = omitted
            return self._read(status, body)
        raise PipelineError(f"{_where(self._config)} {reason}. Start it again, then run: dialoogtafel analyse STUDY.")

    def _read(self, status: int, body: bytes) -> dict[str, Any] | str:
        if status in (401, 403):
            raise PipelineError(f"{_where(self._config)} asks for a key ({status}): set prompted.key.")
        if status >= 300:
            return f"the server refused the question ({status})"
        try:
            content = json.loads(body)
        except ValueError:
            page = body.lstrip()[:1] == b"<"
            return "the server sent a web page" if page else "the answer broke off, or is no JSON"
        return content if isinstance(content, dict) else "the server sent something else than an answer"


def _send(client: "httpx.Client", payload: Mapping[str, Any], timeout: float) -> tuple[int, bytes]:
    """Send one question; gives status and content.

    Raises:
        TimeoutException: no answer after that many seconds, also where the server sends a sign of life now and then.
        TransportError: the connection broke, or the answer is longer than any answer.
    """
    import httpx

    ends = time.monotonic() + timeout
    body = b""
    with client.stream("POST", "chat/completions", json=payload) as response:
        for part in response.iter_bytes():
            body += part
            if time.monotonic() > ends:
                raise httpx.ReadTimeout("")
            if len(body) > MOST_BYTES:
                raise httpx.RemoteProtocolError("")
    return response.status_code, body


def _is_thought(message: Mapping[str, Any], text: str) -> bool:
    """Say whether a model began to think aloud instead of answering."""
    aside = message.get("reasoning_content") or message.get("reasoning")
    return text.lstrip().startswith("<think") or bool(aside and not text.strip())


def _read_logs(choice: Mapping[str, Any], answers: Sequence[str]) -> tuple[float, ...] | None:
    """Read the log-probability of each answer by its first token; None where the server states none."""
    try:
        top = [
            (find_answer(str(item["token"]), answers), float(item["logprob"]))
            for item in choice["logprobs"]["content"][0]["top_logprobs"]
        ]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    found = [[log for answer, log in top if answer == i and math.isfinite(log)] for i in range(len(answers))]
    if not any(found):
        return None
    floor = min(log for _, log in top if math.isfinite(log)) - BEYOND_TOP
    sums = (math.log(sum(map(math.exp, own))) if own and max(own) > -700 else floor for own in found)
    return tuple(round(log, KEEP_DECIMALS) for log in sums)


def identify(config: PromptedConfig, store: AnswerStore, *, must: bool = False) -> ModelFacts | None:
    """Ask a server who its model is; where it is not there, say who it was when it last answered.

    Args:
        config: section ``prompted``.
        store: earlier answers of the study.
        must: the server is needed.

    Raises:
        PipelineError: the server has no such model, or is needed and not there.
    """
    import httpx

    try:
        with _client(config, config.timeout) as client:
            listed = _get(client, "models")
            if listed is None or not isinstance(listed.get("data"), list):
                raise PipelineError(
                    f"{_where(config)} does not list its models as the OpenAI protocol asks: see that prompted.server "
                    "ends in /v1 and that it is a language model server"
                )
            facts = _read_facts(client, config, [item for item in listed["data"] if isinstance(item, dict)])
    except httpx.TransportError as error:
        if must:
            raise PipelineError(
                f"{_where(config)} does not answer ({type(error).__name__}), and not all answers are kept in this "
                "study. Start the server, or remove 'server' from [prompted] in study.toml"
            ) from None
        return store.read_facts(config.model)
    store.keep_facts(config.model, facts)
    return facts


def _read_facts(client: "httpx.Client", config: PromptedConfig, listed: Sequence[Mapping[str, Any]]) -> ModelFacts:
    named = next((item for item in listed if _is_same(str(item.get("id", "")), config.model)), None)
    if named is None:
        names = list_some(str(item.get("id", ""))[:60] for item in listed) or "none"
        raise InputError.single(
            "study.toml", f"prompted.model: the server has no model '{config.model}'", f"It has: {names}"
        )
    root = str(client.base_url).rstrip("/").removesuffix("/v1")
    tags, version = _get(client, f"{root}/api/tags"), _get(client, f"{root}/api/version")
    properties = _get(client, f"{root}/props") or {}
    for item in (tags or {}).get("models", []):
        if _is_same(str(item.get("name", "")), config.model) and item.get("digest"):
            details = item.get("details") or {}
            stated = [str(details.get(key)) for key in ("parameter_size", "quantization_level") if details.get(key)]
            server = f"Ollama {(version or {}).get('version', '')}".strip()
            return _facts(config, str(item["digest"]).removeprefix("sha256:")[:16], [*stated, server])
    # Not the length of context that it was started with: that changes no answer that fits.
    stated_of = named.get("meta")
    meta = {k: v for k, v in stated_of.items() if k != "n_ctx"} if isinstance(stated_of, dict) else {}
    file = Path(str(properties.get("model_path") or "")).name
    digest = hash_parts(config.model, file, json.dumps(meta, sort_keys=True), str(named.get("root", "")))
    build = str(properties.get("build_info") or "")
    size = meta.get("n_params")
    return _facts(
        config,
        digest,
        [
            file,
            f"{size / 1e9:.1f}B" if isinstance(size, int | float) else "",
            str(meta.get("ftype") or ""),
            f"llama.cpp {build}".removesuffix(" b0-unknown") if build else str(named.get("owned_by") or ""),
        ],
    )


def _facts(config: PromptedConfig, digest: str, stated: Sequence[str]) -> ModelFacts:
    name = config.model.replace("\\", "/").rpartition("/")[2]
    named = [part for part in stated if part and not _is_same(part, name)]
    return ModelFacts(digest, f"{name} ({', '.join([*named, f'digest {digest}'])})")


def _get(client: "httpx.Client", address: str) -> dict[str, Any] | None:
    response = client.get(address)
    try:
        content = response.json() if response.is_success else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _client(config: PromptedConfig, timeout: float) -> "httpx.Client":
    import httpx

    secret = os.environ.get(config.key, "") if config.key else ""
    if config.key and not secret:
        raise InputError.single(
            "study.toml", f"prompted.key: the variable {config.key} is not set", "Set it, or empty the key"
        )
    return httpx.Client(
        base_url=config.server.rstrip("/") + "/",
        headers={"Authorization": f"Bearer {secret}"} if secret else {},
        timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        trust_env=False,
        follow_redirects=False,
    )


def _is_same(stated: str, wanted: str) -> bool:
    """Compare names of a model: without a folder, the ending of its file, or the tag that means the latest."""

    def bare(name: str) -> str:
        return name.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".gguf").removesuffix(":latest")

    return bare(stated) == bare(wanted)


def _where(config: PromptedConfig) -> str:
    return f"the language model server at {config.server}"


def _duration(seconds: float) -> str:
    """Say how long something takes.

    >>> _duration(42), _duration(600), _duration(9000)
    ('42 s', '10 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
