"""One frozen configuration, validated before anything heavy loads; unknown keys are errors that name the nearest."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.core.errors import InputError, Problem
from pipeline.core.vocabulary import Role

DEFAULTS_PATH = Path(__file__).with_name("default.toml")
STUDY_FILE = "study.toml"
ONLY_HERE = (
    "only an address of this machine may be asked (127.0.0.1, ::1 or localhost), since participants spoke in "
    "confidence; a server of your own team is reached through a tunnel, as in: ssh -N -L 11434:localhost:11434 SERVER, "
    "and then http://127.0.0.1:11434/v1"
)
OPEN_SECTIONS = frozenset({"roles"})
"""Sections whose keys are names of the study itself."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StudyConfig(_Section):
    """What the study is called and where its parts lie."""

    name: str
    question: str
    language: Literal["nl", "en"]
    sources: str
    codebook: str
    codings: str
    decisions: str
    invented: bool
    session_noun: Literal["", "tafel", "focusgroep", "interview", "gesprek"]
    tuned_on: bool


class PseudonymsConfig(_Section):
    """Where the key with pseudonyms lies."""

    key: str


class ColumnsConfig(_Section):
    """Headers of the columns in sheets of utterances; empty: found by header or content."""

    text: str
    session: str
    speaker: str
    role: str
    organisation: str
    hat: str
    time: str
    date: str
    place: str
    kind: str


class InputConfig(_Section):
    """Which files are not read."""

    skip: list[str]
    skip_unreadable: bool


class FragmentsConfig(_Section):
    """Limits of a fragment, in words."""

    min_words: int = Field(ge=1)
    max_words: int = Field(ge=10)


class TokensConfig(_Section):
    """Which Dutch pipeline reads the words."""

    tagger: str


class EmbeddingsConfig(_Section):
    """Which sentence encoder makes the vectors."""

    encoder: str
    static_above: int = Field(ge=0)
    batch_size: int = Field(ge=1)


class TopicsConfig(_Section):
    """How fragments are clustered."""

    engine: Literal["ward", "umap"]
    n_topics: int = Field(ge=0)
    n_subtopics: int = Field(ge=0)
    min_fragments: int = Field(ge=5)
    n_keywords: int = Field(ge=1)
    n_representatives: int = Field(ge=1)
    outlier_quantile: float = Field(ge=0, lt=0.5)
    reassign: bool
    refit: bool
    seed: int = Field(ge=0)


class GuidedConfig(_Section):
    """How fragments are given codes by the codebook alone."""

    n_ranks: int = Field(ge=1)
    second_share: float = Field(gt=0, le=1)
    min_likeness: float = Field(ge=0, le=1)
    refinement: float = Field(ge=0)


class TaughtConfig(_Section):
    """How fragments are given codes after what people coded."""

    min_coded: int = Field(ge=1)
    folds: int = Field(ge=2)
    n_ranks: int = Field(ge=1)
    second_share: float = Field(gt=0, le=1)
    min_lift: float = Field(ge=0)
    seed: int = Field(ge=0)


class StancesConfig(_Section):
    """How hat, sentiment and polarity are judged."""

    min_margin: float = Field(ge=0, le=1)
    max_abstained: float = Field(default=0.1, ge=0, le=1)
    min_coded: int = Field(ge=4)
    folds: int = Field(ge=2)
    context: Literal["none", "hat"] = "none"
    seed: int = Field(ge=0)


class PromptedConfig(_Section):
    """Which language model is asked, on this machine alone, and how its answers are used."""

    server: str
    model: str
    key: str
    schemes: list[Literal["theme", "subtheme", "polarity", "sentiment", "hat"]]
    examples: bool
    evidence: Literal["require", "show", "off"]
    orders: int = Field(ge=1, le=4)
    limit: int = Field(ge=0)
    timeout: float = Field(gt=0)
    retries: int = Field(ge=0, le=10)
    min_coded: int = Field(ge=4)
    min_examples: int = Field(ge=1)
    min_margin: float = Field(ge=0, le=1)
    min_lift: float = Field(ge=0)
    n_ranks: int = Field(ge=1, le=20)
    second_share: float = Field(gt=0, le=1)
    folds: int = Field(ge=2)
    seed: int = Field(ge=0)

    @field_validator("server")
    @classmethod
    def _is_on_this_machine(cls, server: str) -> str:
        """Refuse an address of another machine.

        Raises:
            ValueError: it is no address of this machine.
        """
        if server and not is_loopback(server):
            raise ValueError(ONLY_HERE)
        return server

    @model_validator(mode="after")
    def _names_a_model(self) -> "PromptedConfig":
        if self.server and not self.model:
            raise ValueError("prompted.server is set and prompted.model is not: name the model that the server has")
        return self


def is_loopback(address: str) -> bool:
    """Say whether an address is one of this machine: 127.0.0.0/8, ::1 or localhost, by http or https.

    >>> is_loopback("http://127.0.0.1:11434/v1"), is_loopback("http://[::1]:8080/v1"), is_loopback("http://localhost")
    (True, True, True)
    >>> is_loopback("http://192.168.1.7/v1"), is_loopback("http://localhost.example.org"), is_loopback("127.0.0.1")
    (False, False, False)
    >>> is_loopback("http://127.0.0.1@example.org/v1")
    False
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class AgreementConfig(_Section):
    """How figures get their interval and chance level."""

    resamples: int = Field(ge=100)
    permutations: int = Field(ge=99)
    folds: int = Field(ge=2)
    min_sessions: int = Field(ge=2)
    seed: int = Field(ge=0)


class DiagnosisConfig(_Section):
    """How the diagnosis is made; the heavier part of the work lies in draws and refits."""

    resamples: int = Field(ge=100)
    permutations: int = Field(ge=99)
    folds: int = Field(ge=2)
    min_sessions: int = Field(ge=2)
    draws: int = Field(ge=0)
    more_fragments: int = Field(ge=1)
    refits: int = Field(ge=0)
    epsilon: float = Field(ge=0, le=1)
    margin: float = Field(gt=0, le=1)
    seed: int = Field(ge=0)


class QuestionsConfig(_Section):
    """What the team asks of a theme: when a theme has one speaker, when two fragments are taken as a pair."""

    narrow_share: float = Field(gt=0, le=1)
    min_fragments: int = Field(ge=1)
    n_quotes: int = Field(ge=1)
    common_share: float = Field(gt=0, le=1)
    alpha: float = Field(gt=0, le=0.2)
    max_pairs: int = Field(ge=1)
    permutations: int = Field(ge=99)
    orders: int = Field(ge=100)
    seed: int = Field(ge=0)


class ReportConfig(_Section):
    """What the report shows."""

    n_quotes: int = Field(ge=1)


class RunConfig(_Section):
    """Where a run works, and in what amounts."""

    scheduler: str
    shard_fragments: int = Field(ge=1)
    cached_texts: int = Field(ge=0)


class Config(_Section):
    """All settings of one study; a stage receives only its own section."""

    study: StudyConfig
    pseudonyms: PseudonymsConfig
    columns: ColumnsConfig
    roles: dict[str, Role]
    input: InputConfig
    fragments: FragmentsConfig
    tokens: TokensConfig
    embeddings: EmbeddingsConfig
    topics: TopicsConfig
    guided: GuidedConfig
    taught: TaughtConfig
    stances: StancesConfig
    prompted: PromptedConfig
    agreement: AgreementConfig
    diagnosis: DiagnosisConfig
    questions: QuestionsConfig
    report: ReportConfig
    run: RunConfig


def load_config(path: Path | None = None, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Config:
    """Read the defaults, then a study.toml, then overrides of the command line.

    Args:
        path: a study.toml, or None for the defaults.
        overrides: section to key to value; they win.

    Returns:
        The validated configuration.

    Raises:
        InputError: not TOML, unknown keys (with the nearest known one), or values out of range: all at once.

    >>> load_config(overrides={"study": {"language": "en"}}).study.language
    'en'
    """
    settings = tomllib.loads(DEFAULTS_PATH.read_text(encoding="utf-8"))
    given = _read_toml(path) if path is not None else {}
    problems = list(_unknown_keys(given, settings, path.name if path else STUDY_FILE))
    if problems:
        raise InputError(problems)
    for layer in (given, overrides or {}):
        for section, values in layer.items():
            settings[section] = {**settings[section], **values}
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        where = path.name if path else "settings"
        raise InputError(
            Problem(f"{where}, {'.'.join(map(str, e['loc']))}", _say(e), "See pipeline/core/default.toml")
            for e in error.errors()
        ) from None


def _say(error: Mapping[str, Any]) -> str:
    message, limits = str(error["msg"]), error.get("ctx", {})
    said = {
        "value_error": message.removeprefix("Value error, "),
        "int_parsing": "is no whole number", "int_type": "is no whole number", "int_from_float": "is no whole number",
        "float_parsing": "is no number", "float_type": "is no number",
        "bool_parsing": "is neither true nor false", "bool_type": "is neither true nor false",
        "string_type": "is no text", "list_type": "is no list", "tuple_type": "is no list", "dict_type": "is no table",
        "greater_than_equal": f"is less than {limits.get('ge')}", "less_than_equal": f"is more than {limits.get('le')}",
        "greater_than": f"is not more than {limits.get('gt')}", "less_than": f"is not less than {limits.get('lt')}",
    }  # fmt: skip
    if error["type"] in ("literal_error", "enum"):
        return f"is none of {str(limits['expected']).replace(' or ', ', ')}"
    return said.get(str(error["type"]), message.lower())


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InputError.single(path.name, "is not UTF-8 text", "Save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError.single(path.name, f"is not valid TOML: {error}", "Mend that line") from None


def _unknown_keys(given: Mapping[str, Any], known: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for section, values in given.items():
        if section not in known:
            yield Problem(where, f"unknown section [{section}]", _nearest(section, known))
        elif not isinstance(values, Mapping):
            yield Problem(where, f"'{section}' must be a section", f"Write [{section}] on a line of its own")
        elif section not in OPEN_SECTIONS:
            for key in values:
                if key not in known[section]:
                    yield Problem(where, f"unknown key '{key}' in [{section}]", _nearest(key, known[section]))


def _nearest(word: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(known)}"
