"""Which model is meant by a name, where it lies, and what identifies it; answered without loading anything heavy."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.registry import Kind, Recipe, get_recipe
from pipeline.core.config import Config, PromptedConfig, TopicsConfig
from pipeline.core.errors import ModelMissingError
from pipeline.loaders.environment import hash_folder, hash_parts
from pipeline.loaders.presence import (
    AUTO,
    TAGGER_FILE,
    find_in_cache,
    find_recipe,
    holds_model,
    installed_version,
    is_present,
    missing,
    recipes,
    require_intact,
)

if TYPE_CHECKING:
    from pipeline.analysis.embeddings import Encoder
    from pipeline.analysis.tokens import Tagger
    from pipeline.analysis.topics.stage import TopicEngine

AUTO_TAGGERS = ("nl_core_news_md", "bundled-tagger", "simplemma")
AUTO_ENCODERS = ("bundled", "bundled-static", "tfidf-svd")
STATIC_ENCODER = "bundled-static"
SHOWN_ERROR = 200

_LAST: "dict[str, Encoder]" = {}
_LAST_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that is present, before it is loaded.

    Attributes:
        name: as shown to the user and written in receipts.
        fingerprint: changes whenever its results may change.
        load: loads it.
    """

    name: str
    fingerprint: str
    load: Callable[[], Any]


def choose(role: str, config: Config, *, count: Callable[[], int] | None = None, folder: Path | None = None) -> Choice:
    """Choose the model for a role, without loading it.

    Args:
        role: ``tagger``, ``encoder``, ``engine`` or ``language_model``.
        config: all settings.
        count: counts the fragments that are used; asked only where the choice depends on it.
        folder: of the study, where a language model keeps its answers; None: the folder at hand.

    Returns:
        The choice.

    Raises:
        ModelMissingError: the model that was named is not on this machine.
        KeyError: there is no such role.
    """
    choosers: dict[str, Callable[[], Choice]] = {
        "tagger": lambda: choose_tagger(config.tokens.tagger),
        "encoder": lambda: _choose_encoder_for(config, count),
        "engine": lambda: choose_topic_engine(config.topics),
        "language_model": lambda: choose_language_model(config.prompted, folder or Path()),
    }
    return choosers[role]()


def load_tagger(name: str = AUTO) -> "Tagger":
    """Load a Dutch tagger: ``auto``, a recipe, an installed spaCy pipeline, or a folder.

    Raises:
        ModelMissingError: it is not on this machine.
    """
    tagger: Tagger = choose_tagger(name).load()
    return tagger


def load_encoder(name: str = AUTO) -> "Encoder":
    """Load a sentence encoder: ``auto``, a recipe, or a folder in sentence-transformers' format.

    Raises:
        ModelMissingError: it is not on this machine.
    """
    encoder: Encoder = choose_encoder(name).load()
    return encoder


def load_topic_engine(config: TopicsConfig) -> "TopicEngine":
    """Make the topic engine that the configuration names."""
    engine: TopicEngine = choose_topic_engine(config).load()
    return engine


def choose_tagger(name: str) -> Choice:
    """Choose a tagger; ``auto`` takes the first of ``AUTO_TAGGERS`` that is present."""
    if name == AUTO:
        return choose_tagger(_best_present(AUTO_TAGGERS, "tagger"))
    folder = Path(name)
    if folder.is_dir():
        return _trained_tagger(folder, folder.name)
    recipe = find_recipe(name, "tagger")
    if recipe is None and installed_version(name):
        return _trained_tagger(name, name)
    if recipe is None or not is_present(recipe):
        raise missing(name, "tagger", recipe)
    if recipe.origin == "package":
        return _trained_tagger(recipe.source, recipe.name)
    if recipe.folder is not None:
        return _trained_tagger(recipe.folder, recipe.name, recipe)
    return _simplemma_tagger(recipe.name)


def _simplemma_tagger(name: str) -> Choice:
    from pipeline.loaders.taggers import ABBREVIATIONS, load_simplemma_tagger, read_stop_words

    libraries = f"spacy {version('spacy')}, simplemma {version('simplemma')}"
    fingerprint = hash_parts(name, libraries, *sorted(read_stop_words()), *ABBREVIATIONS)
    return Choice(name, fingerprint, lambda: load_simplemma_tagger(name, fingerprint))


def _trained_tagger(source: str | Path, name: str, recipe: Recipe | None = None) -> Choice:
    from pipeline.loaders.taggers import ABBREVIATIONS, load_trained_tagger, read_stop_words

    if isinstance(source, Path) and not (source / TAGGER_FILE).is_file():
        raise ModelMissingError(f"folder '{name}' holds no spaCy pipeline ({TAGGER_FILE} is missing)")
    identity = hash_folder(source) if isinstance(source, Path) else str(installed_version(source))
    libraries = f"spacy {version('spacy')}, simplemma {version('simplemma')}"
    fingerprint = hash_parts(name, identity, libraries, *sorted(read_stop_words()), *ABBREVIATIONS)

    def load() -> "Tagger":
        if isinstance(source, Path):
            require_intact(source, name, recipe)
        with _explained("tagger", name):
            return load_trained_tagger(source, name, fingerprint)

    return Choice(name, fingerprint, load)


@contextmanager
def _explained(kind: Kind, name: str) -> Iterator[None]:
    """Turn what a library says about files that it cannot read into one error that says whose files they are."""
    try:
        yield
    except Exception as error:
        message = (str(error).strip().splitlines() or [""])[0][:SHOWN_ERROR]
        raise ModelMissingError(
            f"{kind} '{name}' cannot be loaded: its files are damaged, incomplete or made for another version "
            f'({type(error).__name__}: {message}). Get it again, or set {kind} = "{AUTO}".'
        ) from error


def choose_encoder(name: str) -> Choice:
    """Choose an encoder; ``auto`` takes the first of ``AUTO_ENCODERS`` that is present."""
    if name == AUTO:
        return choose_encoder(_best_present(AUTO_ENCODERS, "encoder"))
    folder = Path(name)
    if folder.is_dir():
        return _encoder_folder(folder, folder.name)
    recipe = find_recipe(name, "encoder")
    if recipe is not None and recipe.origin == "built-in":
        return _tfidf_encoder(recipe.name)
    found = recipe.folder if recipe is not None and is_present(recipe) else None
    if found is None and (recipe is None or recipe.origin == "hub"):
        found = find_in_cache(recipe.source if recipe else name, recipe.revision if recipe else None)
    if found is None:
        raise missing(name, "encoder", recipe)
    return _encoder_folder(found, name, recipe)


def _best_present(names: tuple[str, ...], kind: Kind) -> str:
    recipes()
    return next(name for name in names if is_present(get_recipe(name, kind)))


def _choose_encoder_for(config: Config, count: Callable[[], int] | None) -> Choice:
    """Choose the encoder of a study; ``auto`` takes the fast one for very many fragments, and its name says so."""
    section = config.embeddings
    if section.encoder == AUTO and count is not None and is_present(get_recipe(STATIC_ENCODER, "encoder")):
        n_fragments = count()
        if n_fragments > section.static_above:
            choice = choose_encoder(STATIC_ENCODER)
            reason = f"auto: {n_fragments:,} fragments, more than {section.static_above:,}"
            return replace(choice, name=f"{choice.name} ({reason})")
    return choose_encoder(section.encoder)


def _tfidf_encoder(name: str) -> Choice:
    from pipeline.loaders.encoders import TfidfSvdEncoder, tfidf_fingerprint

    return Choice(name, hash_parts(tfidf_fingerprint(), version("scikit-learn")), TfidfSvdEncoder)


def _encoder_folder(folder: Path, name: str, recipe: Recipe | None = None) -> Choice:
    from pipeline.loaders.encoders import load_encoder_folder

    if not holds_model(folder, "encoder"):
        raise ModelMissingError(f"folder '{name}' holds no sentence encoder (modules.json is missing)")
    prefix = recipe.prefix if recipe else ""
    fingerprint = hash_parts(hash_folder(folder), prefix, version("sentence-transformers"))

    def load() -> "Encoder":
        require_intact(folder, name, recipe)
        with _explained("encoder", name):
            return load_encoder_folder(folder, name=name, fingerprint=fingerprint, prefix=prefix)

    return Choice(name, fingerprint, lambda: _keep_last(f"{name} {fingerprint}", load))


def _keep_last(key: str, load: Callable[[], "Encoder"]) -> "Encoder":
    """Load an encoder, unless it is the last one loaded: the stages of a run share it."""
    with _LAST_LOCK:
        if key not in _LAST:
            _LAST.clear()
            _LAST[key] = load()
        return _LAST[key]


def choose_language_model(config: PromptedConfig, folder: Path) -> Choice:
    """Choose the language model that the configuration names, if any; its server is asked who it is.

    Raises:
        PipelineError: the server is there and has no such model.
    """
    if not config.server:
        return Choice("", "none", lambda: None)
    from pipeline.analysis.prompted.questions import read_prompts
    from pipeline.loaders.language_models import ANSWERS_FILE, AnswerStore, LocalLanguageModel, identify

    store, prompts = AnswerStore(folder / ANSWERS_FILE), read_prompts()["version"]
    facts = identify(config, store)
    fingerprint = hash_parts(config.model, facts.digest if facts else "unknown", prompts)
    name = f"{facts.description if facts else config.model}, prompts {prompts}"
    return Choice(name, fingerprint, lambda: LocalLanguageModel(config, store, facts))


def choose_topic_engine(config: TopicsConfig) -> Choice:
    """Choose the topic engine."""
    from pipeline.loaders.topic_engines import BertopicEngine, engine_fingerprint

    fingerprint = hash_parts(engine_fingerprint(config), version("bertopic"))
    return Choice(f"bertopic-{config.engine}", fingerprint, lambda: BertopicEngine(config))
