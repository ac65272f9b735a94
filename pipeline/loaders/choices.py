"""Which model is meant by a name, where it lies, and what identifies it; answered without loading anything heavy."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.registry import Kind, Recipe, RecipeError, get_recipe, load_recipes
from pipeline.config import Config, TopicsConfig
from pipeline.errors import ModelMissingError
from pipeline.loaders.environment import hash_folder, hash_parts, heavy_import

if TYPE_CHECKING:
    from pipeline.embeddings import Encoder
    from pipeline.tokens import Tagger
    from pipeline.topics import TopicEngine

AUTO = "auto"
AUTO_TAGGERS = ("nl_core_news_md", "bundled-tagger", "simplemma")
AUTO_ENCODERS = ("bundled", "tfidf-svd")

TAGGER_FILE = "meta.json"
ENCODER_FILES = ("modules.json", "config_sentence_transformers.json", "config.json")


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


def choose(role: str, config: Config) -> Choice:
    """Choose the model for a role, without loading it.

    Args:
        role: ``tagger``, ``encoder`` or ``engine``.
        config: all settings.

    Returns:
        The choice.

    Raises:
        ModelMissingError: the model that was named is not on this machine.
        KeyError: there is no such role.
    """
    choosers: dict[str, Callable[[], Choice]] = {
        "tagger": lambda: choose_tagger(config.tokens.tagger),
        "encoder": lambda: choose_encoder(config.embeddings.encoder),
        "engine": lambda: choose_topic_engine(config.topics),
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
        return choose_tagger(next(known for known in AUTO_TAGGERS if _is_present(get_recipe(known, "tagger"))))
    folder = Path(name)
    if folder.is_dir():
        return _trained_tagger(folder, folder.name)
    recipe = _find_recipe(name, "tagger")
    if recipe is None and _installed_version(name):
        return _trained_tagger(name, name)
    if recipe is None or not _is_present(recipe):
        raise _missing(name, "tagger", recipe)
    if recipe.origin == "package":
        return _trained_tagger(recipe.source, recipe.name)
    if recipe.folder is not None:
        return _trained_tagger(recipe.folder, recipe.name)
    return _simplemma_tagger(recipe.name)


def _simplemma_tagger(name: str) -> Choice:
    from pipeline.loaders.taggers import ABBREVIATIONS, load_simplemma_tagger, read_stop_words

    libraries = f"spacy {version('spacy')}, simplemma {version('simplemma')}"
    fingerprint = hash_parts(name, libraries, *sorted(read_stop_words()), *ABBREVIATIONS)
    return Choice(name, fingerprint, lambda: load_simplemma_tagger(name, fingerprint))


def _trained_tagger(source: str | Path, name: str) -> Choice:
    from pipeline.loaders.taggers import ABBREVIATIONS, load_trained_tagger, read_stop_words

    if isinstance(source, Path) and not (source / TAGGER_FILE).is_file():
        raise ModelMissingError(f"folder '{name}' holds no spaCy pipeline ({TAGGER_FILE} is missing)")
    identity = hash_folder(source) if isinstance(source, Path) else str(_installed_version(source))
    libraries = f"spacy {version('spacy')}, simplemma {version('simplemma')}"
    fingerprint = hash_parts(name, identity, libraries, *sorted(read_stop_words()), *ABBREVIATIONS)
    return Choice(name, fingerprint, lambda: load_trained_tagger(source, name, fingerprint))


def choose_encoder(name: str) -> Choice:
    """Choose an encoder; ``auto`` takes the first of ``AUTO_ENCODERS`` that is present."""
    if name == AUTO:
        return choose_encoder(next(known for known in AUTO_ENCODERS if _is_present(get_recipe(known, "encoder"))))
    folder = Path(name)
    if folder.is_dir():
        return _encoder_folder(folder, folder.name, "")
    recipe = _find_recipe(name, "encoder")
    if recipe is not None and recipe.origin == "built-in":
        return _tfidf_encoder(recipe.name)
    found = recipe.folder if recipe is not None and _is_present(recipe) else None
    if found is None and (recipe is None or recipe.origin == "hub"):
        found = _find_in_cache(recipe.source if recipe else name, recipe.revision if recipe else None)
    if found is None:
        raise _missing(name, "encoder", recipe)
    return _encoder_folder(found, name, recipe.prefix if recipe else "")


def _tfidf_encoder(name: str) -> Choice:
    from pipeline.loaders.encoders import TfidfSvdEncoder, tfidf_fingerprint

    return Choice(name, hash_parts(tfidf_fingerprint(), version("scikit-learn")), TfidfSvdEncoder)


def _encoder_folder(folder: Path, name: str, prefix: str) -> Choice:
    from pipeline.loaders.encoders import load_sentence_transformer

    if not any((folder / file).is_file() for file in ENCODER_FILES):
        raise ModelMissingError(f"folder '{name}' holds no sentence encoder (modules.json is missing)")
    fingerprint = hash_parts(hash_folder(folder), prefix, version("sentence-transformers"))
    return Choice(
        name, fingerprint, lambda: load_sentence_transformer(folder, name=name, fingerprint=fingerprint, prefix=prefix)
    )


def choose_topic_engine(config: TopicsConfig) -> Choice:
    """Choose the topic engine."""
    from pipeline.loaders.topic_engines import BertopicEngine, engine_fingerprint

    fingerprint = hash_parts(engine_fingerprint(config), version("bertopic"))
    return Choice(f"bertopic-{config.engine}", fingerprint, lambda: BertopicEngine(config))


def _find_recipe(name: str, kind: Kind) -> Recipe | None:
    try:
        return get_recipe(name, kind)
    except RecipeError:
        return None


def _is_present(recipe: Recipe) -> bool:
    if recipe.origin == "package":
        return _installed_version(recipe.source) is not None
    if recipe.folder is not None:
        file = (TAGGER_FILE,) if recipe.kind == "tagger" else ENCODER_FILES
        return any((recipe.folder / wanted).is_file() for wanted in file)
    return True


def _installed_version(package: str) -> str | None:
    try:
        return version(package) if package.isidentifier() and find_spec(package) else None
    except PackageNotFoundError:
        return None


def _find_in_cache(source: str, revision: str | None) -> Path | None:
    """Look for a model of the hub among what was downloaded earlier; never goes to the network."""
    with heavy_import():
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(source, revision=revision, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            return None


def _missing(name: str, kind: Kind, recipe: Recipe | None) -> ModelMissingError:
    start = f"{kind} '{name}' is not on this machine, and nothing is downloaded during a run"
    if recipe is None:
        known = [known for known, entry in load_recipes().items() if entry.kind == kind]
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join([AUTO, *known])}, or a folder."
        return ModelMissingError(f"{start}. {hint}")
    ways = {
        "hub": f"Fetch it once, where there is a network, with: hf download {recipe.source}",
        "package": f"Install it once with: python -m spacy download {recipe.source}",
        "bundled": "It does not come with this version",
        "built-in": "Install what it needs",
    }
    return ModelMissingError(f'{start}. {ways[recipe.origin]}; or set {kind} = "{AUTO}".')
