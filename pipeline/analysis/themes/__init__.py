"""Themes: the machine's topics after what people decided of them, with ids that last over runs."""
