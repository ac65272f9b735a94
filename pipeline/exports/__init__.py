"""Exports: the tables of a study in the forms that other programs read; no file is written, no clock is read."""
