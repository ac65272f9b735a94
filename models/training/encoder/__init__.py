"""Training of the bundled Dutch sentence encoder: ``python -m models.training.encoder.build --data DIR``."""
