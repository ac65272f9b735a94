"""The lists of names by which pseudonymisation knows persons and places."""
