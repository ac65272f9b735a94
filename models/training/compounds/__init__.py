"""The word list of the compound splitter."""
