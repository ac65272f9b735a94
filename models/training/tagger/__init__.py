"""Training of the bundled Dutch spaCy pipeline."""
