"""What all readers need of a file: its bytes, encoding, archive, version and the reading that comes out."""
