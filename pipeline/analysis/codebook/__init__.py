"""Codebook: its themes and sub-themes given to fragments, without and with coded fragments."""
