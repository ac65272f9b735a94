"""Which models are on this machine, where they lie, and whether they are intact; nothing heavy, nothing downloaded."""

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path

from models.checksums import SUMS_FILE, find_damage, hash_file
from models.registry import Kind, Recipe, RecipeError, get_recipe, load_recipes
from pipeline.core.errors import InputError, ModelMissingError, Problem
from pipeline.loaders.environment import heavy_import

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
