"""Captions and speech recognition become utterances."""
