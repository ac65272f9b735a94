"""Training of the valence directions: where in a space of sentence vectors praise lies, and where blame."""
