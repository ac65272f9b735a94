"""Models: recipes that say what a model is, and small trained models that come with the project."""
