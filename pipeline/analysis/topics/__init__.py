"""Topics: what the fragments are about, found without a codebook."""
