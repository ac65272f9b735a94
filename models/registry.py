"""Recipes: what a model is called, where it comes from, under which licence. Reading them loads nothing.

A fact that is not known for certain is left out of a recipe, never guessed.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["tagger", "encoder"]
Origin: TypeAlias = Literal["built-in", "bundled", "hub", "package"]
Status: TypeAlias = Literal["published", "measured"]

MODELS_FOLDER = Path(__file__).parent
RECIPES_FOLDER = MODELS_FOLDER / "recipes"
STORE_FOLDER = MODELS_FOLDER / "store"


class RecipeError(Exception):
    """A recipe that cannot be read, or a name that no recipe carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well a model does on a benchmark.

    Attributes:
        data: the benchmark and its part.
        measure: what the figure is.
        value: the figure.
        low: lower bound of its 95 % interval, where known.
        high: upper bound.
        status: ``published`` by others, or ``measured`` by this project.
        source: where it was published, or the command that measures it.

    >>> print(Score(data="SICK-NL", measure="Spearman", value=0.722, status="published", source="MTEB"))
    SICK-NL Spearman .722 (published)
    """

    data: str
    measure: str
    value: float
    status: Status
    source: str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """Give one line."""
        bounds = "" if self.low is None or self.high is None else f" [{_decimals(self.low)}, {_decimals(self.high)}]"
        return f"{self.data} {self.measure} {_decimals(self.value)}{bounds} ({self.status})"


def _decimals(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One model, named once.

    Attributes:
        name: what a study.toml says.
        kind: ``tagger`` or ``encoder``.
        origin: ``built-in`` (needs no weights), ``bundled`` (a folder of this package), ``hub`` (Hugging Face) or
            ``package`` (an installed Python package).
        source: the folder below ``models/``, the name on the hub, the package, or the library.
        revision: the exact version, where it is pinned: a commit of the hub, or the version of a package.
        wheel: address of the exact wheel of a package that no index offers.
        sha256: the hash of a file, by its name; it wins over what any server says.
        licence: SPDX identifier, where it is known.
        dims: length of a vector.
        max_tokens: the most tokens an encoder takes whole.
        megabytes: what a fetch brings in, about.
        prefix: what the model wants before every text.
        needs: Python packages that load it.
        note: one line for a reader.
        scores: how well it does.
    """

    name: str
    kind: Kind
    origin: Origin
    source: str
    revision: str | None = None
    wheel: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    licence: str | None = None
    dims: int | None = None
    max_tokens: int | None = None
    megabytes: int | None = None
    prefix: str = ""
    needs: tuple[str, ...] = ()
    note: str = ""
    scores: tuple[Score, ...] = ()

    @property
    def folder(self) -> Path | None:
        """Where its files lie when they are here: the bundled folder, or the store; None for other origins.

        >>> get_recipe("bundled").folder.name
        'encoder'
        """
        if self.origin == "bundled":
            return MODELS_FOLDER / self.source
        return STORE_FOLDER / self.source if self.origin == "hub" else None


def read_recipe(path: Path) -> Recipe:
    """Read one recipe.

    Args:
        path: a TOML file.

    Returns:
        The recipe.

    Raises:
        RecipeError: not TOML, keys missing or unknown, or a kind or origin that does not exist.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path.name}: is not valid TOML: {error}") from None
    problems = list(_problems(given))
    if problems:
        raise RecipeError(f"{path.name}: {'; '.join(problems)}")
    scores = tuple(Score(**score) for score in given.get("scores", ()))
    return Recipe(**{**given, "needs": tuple(given.get("needs", ())), "scores": scores})


def _problems(given: Mapping[str, Any]) -> list[str]:
    known = {known.name for known in fields(Recipe)}
    problems = [f"unknown key '{key}'" for key in given if key not in known]
    problems += [f"'{key}' is missing" for key in ("name", "kind", "origin", "source") if not given.get(key)]
    for key, allowed in (("kind", get_args(Kind)), ("origin", get_args(Origin))):
        if given.get(key) and given[key] not in allowed:
            problems.append(f"'{key}' is not one of {', '.join(allowed)}")
    problems += [f"'sha256' of '{file}' is no SHA-256" for file, value in _bad_hashes(given.get("sha256", {}))]
    for i, score in enumerate(given.get("scores", ()), start=1):
        problems += [f"score {i}: {problem}" for problem in _score_problems(score)]
    return problems


def _bad_hashes(given: object) -> Iterator[tuple[str, object]]:
    for file, value in given.items() if isinstance(given, Mapping) else [("", given)]:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
            yield file, value


def _score_problems(score: Mapping[str, Any]) -> Iterator[str]:
    known = {known.name for known in fields(Score)}
    yield from (f"unknown key '{key}'" for key in score if key not in known)
    yield from (f"'{key}' is missing" for key in ("data", "measure", "value", "status", "source") if key not in score)
    if score.get("status", "measured") not in get_args(Status):
        yield f"'status' is not one of {', '.join(get_args(Status))}"
    yield from (
        f"'{key}' is not a number from -1 to 1"
        for key in ("value", "low", "high")
        if key in score and not (isinstance(score[key], float) and -1 <= score[key] <= 1)
    )


@cache
def load_recipes(folder: Path = RECIPES_FOLDER) -> Mapping[str, Recipe]:
    """Read all recipes of a folder.

    Returns:
        Recipes by name, in order of name.

    Raises:
        RecipeError: a recipe cannot be read, or two carry the same name.
    """
    recipes: dict[str, Recipe] = {}
    for path in sorted(folder.glob("*.toml")):
        recipe = read_recipe(path)
        if recipe.name in recipes:
            raise RecipeError(f"{path.name}: '{recipe.name}' is the name of another recipe too")
        recipes[recipe.name] = recipe
    return dict(sorted(recipes.items()))


def get_recipe(name: str, kind: Kind | None = None) -> Recipe:
    """Find a recipe by name.

    Args:
        name: as in a recipe.
        kind: the kind that is asked for; recipes of another kind are not found.

    Returns:
        The recipe.

    Raises:
        RecipeError: there is none; the nearest known name is offered.

    >>> get_recipe("tfidf-svd").origin
    'built-in'
    """
    recipes = {key: recipe for key, recipe in load_recipes().items() if kind in (None, recipe.kind)}
    if name in recipes:
        return recipes[name]
    near = get_close_matches(name, recipes, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(recipes)}"
    raise RecipeError(f"there is no recipe '{name}'; {hint}")
