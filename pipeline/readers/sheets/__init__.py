"""Sheets of remarks become utterances."""
