"""Which model is meant by a name, where it lies, and what identifies it; answered without loading anything heavy."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.checksums import SUMS_FILE, find_damage, hash_file
from models.registry import Kind, Recipe, RecipeError, get_recipe, load_recipes
from pipeline.core.config import Config, PromptedConfig, TopicsConfig
from pipeline.core.errors import InputError, ModelMissingError, Problem
from pipeline.loaders.environment import hash_folder, hash_parts, heavy_import

if TYPE_CHECKING:
    from pipeline.analysis.embeddings import Encoder
    from pipeline.analysis.tokens import Tagger


AUTO = "auto"
TAGGER_FILE = "meta.json"
ENCODER_FILES = ("modules.json", "config_sentence_transformers.json", "config.json")

# A model of the hub that was fetched before recipes stated hashes, or by another program, has none to compare with.
UNPROVEN = "holds no SHA256SUMS and its recipe states no hash: it cannot be checked"


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Where a model lies.

    Attributes:
        folder: with its files; None for what needs no weights.
        megabytes: of its files; None where there are none.
    """

    folder: Path | None
    megabytes: float | None


def recipes() -> dict[str, Recipe]:
    """Read all recipes.

    Raises:
        InputError: a recipe cannot be read, or two carry one name.
    """
    try:
        return dict(load_recipes())
    except RecipeError as error:
        raise InputError.single("models/recipes", str(error), "Mend or remove that recipe") from None


def find_recipe(name: str, kind: Kind | None = None) -> Recipe | None:
    """Find a recipe by name, or None.

    Raises:
        InputError: the recipes cannot be read.
    """
    recipes()
    try:
        return get_recipe(name, kind)
    except RecipeError:
        return None


def locate(recipe: Recipe) -> ModelPlace | None:
    """Say where a model lies; None where it is not on this machine."""
    if recipe.origin == "built-in":
        return ModelPlace(None, None)
    folder = _folder_of(recipe)
    if folder is None:
        return None
    sizes = (path.stat().st_size for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return ModelPlace(folder, sum(sizes) / 1e6)


def _folder_of(recipe: Recipe) -> Path | None:
    if recipe.origin == "package":
        found = find_spec(recipe.source) if installed_version(recipe.source) else None
        return Path(found.origin).parent if found and found.origin else None
    if recipe.folder is not None and holds_model(recipe.folder, recipe.kind):
        return recipe.folder
    return find_in_cache(recipe.source, recipe.revision) if recipe.origin == "hub" else None


def is_present(recipe: Recipe) -> bool:
    """Say whether a model is built in, installed, or lies in its own folder; caches of other programs apart."""
    if recipe.origin == "package":
        return installed_version(recipe.source) is not None
    return recipe.folder is None or holds_model(recipe.folder, recipe.kind)


def holds_model(folder: Path, kind: Kind) -> bool:
    """Say whether a folder looks like a model of a kind."""
    return any((folder / file).is_file() for file in ((TAGGER_FILE,) if kind == "tagger" else ENCODER_FILES))


def kind_of_folder(folder: Path) -> Kind:
    """Say what kind of model lies in a folder.

    Raises:
        ModelMissingError: none.
    """
    if (folder / TAGGER_FILE).is_file():
        return "tagger"
    if holds_model(folder, "encoder"):
        return "encoder"
    message = f"folder '{folder.name}' holds no model: neither {TAGGER_FILE} of spaCy nor modules.json of an encoder"
    raise ModelMissingError(message)


def installed_version(package: str) -> str | None:
    """Give the version of an installed package, or None."""
    try:
        return version(package) if package.isidentifier() and find_spec(package) else None
    except PackageNotFoundError:
        return None


def find_in_cache(source: str, revision: str | None) -> Path | None:
    """Look for a model of the hub among what was downloaded earlier; never goes to the network."""
    with heavy_import():
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(source, revision=revision, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            return None


def require_intact(folder: Path, name: str, recipe: Recipe | None = None) -> None:
    """Refuse a model of which a file is damaged or missing, before a library meets it.

    Raises:
        InputError: the files, and what is wrong with each.
    """
    damage = find_damage(folder, recipe.sha256 if recipe else None)
    if damage:
        raise InputError(damage_problems(name, damage, recipe))


def damage_problems(name: str, damage: dict[str, str], recipe: Recipe | None) -> list[Problem]:
    """Say how to mend each damaged file of a model."""
    fix = "Copy the model again from where it came"
    if recipe is not None:
        again = f"Fetch it again: dialoogtafel models fetch {recipe.name}"
        fix = "Install this version of dialoogtafel again" if recipe.origin == "bundled" else again
    return [Problem(f"model '{name}', {file}", what, fix) for file, what in damage.items()]


def verify(recipe: Recipe) -> list[Problem] | str:
    """Compare the files of a model with the hashes that are stated for it.

    Args:
        recipe: of a model that is on this machine.

    Returns:
        The problems; or, where nothing is wrong, one line that says what was compared.

    Raises:
        ModelMissingError: it is not on this machine.
    """
    if recipe.origin == "built-in":
        return "needs no weights"
    if recipe.origin == "package":
        return _verify_package(recipe)
    folder = _folder_of(recipe)
    if folder is None:
        raise missing(recipe.name, recipe.kind, recipe)
    return verify_folder(folder, recipe.name, recipe)


def verify_folder(folder: Path, name: str, recipe: Recipe | None = None) -> list[Problem] | str:
    """Compare the files of a folder with its ``SHA256SUMS`` and the hashes of a recipe, as `verify` does."""
    damage = find_damage(folder, recipe.sha256 if recipe else None)
    stated = (folder / SUMS_FILE).is_file()
    if recipe is not None and recipe.origin == "bundled" and not stated:
        damage[SUMS_FILE] = "is missing"
    if damage:
        return damage_problems(name, damage, recipe)
    if not stated and not (recipe and recipe.sha256):
        return UNPROVEN
    return "intact" if stated else f"intact: {', '.join(recipe.sha256)}" if recipe else "intact"


def _verify_package(recipe: Recipe) -> list[Problem] | str:
    if installed_version(recipe.source) is None:
        raise missing(recipe.name, recipe.kind, recipe)
    damage, checked = {}, 0
    for file in distribution(recipe.source).files or ():
        if file.hash is None:
            continue
        checked += 1
        path = Path(str(file.locate()))
        if not path.is_file():
            damage[str(file)] = "is missing"
        elif file.hash.mode == "sha256" and hash_of_record(path) != file.hash.value:
            damage[str(file)] = "is damaged: its hash is not the one of the installation"
    return damage_problems(recipe.name, damage, recipe) or f"intact: {checked} files of the installation"


def hash_of_record(path: Path) -> str:
    """Hash a file as the RECORD of an installed package writes it: URL-safe base 64 without padding."""
    import base64

    return base64.urlsafe_b64encode(bytes.fromhex(hash_file(path))).decode().rstrip("=")


def missing(name: str, kind: Kind, recipe: Recipe | None) -> ModelMissingError:
    """Say that a model is not on this machine, and how to get it."""
    start = f"{kind} '{name}' is not on this machine, and nothing is downloaded during a run"
    if recipe is None:
        known = [known for known, entry in recipes().items() if entry.kind == kind]
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join([AUTO, *known])}, or a folder."
        return ModelMissingError(f"{start}. {hint}")
    fetch = f"Fetch it once, where there is a network, with: dialoogtafel models fetch {recipe.name}"
    ways = {"hub": fetch, "package": fetch, "bundled": "It does not come with this version"}
    return ModelMissingError(f'{start}. {ways.get(recipe.origin, "Install what it needs")}; or set {kind} = "{AUTO}".')


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
