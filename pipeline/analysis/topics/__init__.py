"""Topics: what the fragments speak of, found without a codebook."""
