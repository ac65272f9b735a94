"""Themes: the machine's topics after what people decided of them, with ids that last over runs."""

from pipeline.analysis.themes.stage import settle

__all__ = ["settle"]
