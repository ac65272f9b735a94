"""What the machine finds: tokens, vectors, topics, themes, codes of the codebook, stances."""
