"""What people give beside the sources: codebook, codings, decisions."""
