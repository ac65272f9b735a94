"""REFI-QDA, the exchange format of programs for qualitative analysis: projects and codebooks as plain values.

Parsing takes a parsed tree and rendering gives bytes; files, archives and their dangers belong to ``readers``.
Standard: REFI-QDA 1.5, https://www.qdasoftware.org.
"""
