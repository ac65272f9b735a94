"""Planted corpora: how many topics are found, and how well, where somebody knows the answer."""
