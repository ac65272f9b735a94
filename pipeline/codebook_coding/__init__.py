"""Stages ``guide`` and ``teach``: themes and sub-themes of the codebook, without and with coded fragments."""

from pipeline.codebook_coding.guided import guide
from pipeline.codebook_coding.taught import teach

__all__ = ["guide", "teach"]
