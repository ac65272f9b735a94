"""Runs of a study: stages, the runner, the manifest, what is read before anything runs."""
