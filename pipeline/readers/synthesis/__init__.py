"""A synthesis report becomes statements, quotes and the coding that its structure is."""
