"""Stages ``guide`` and ``teach``: themes and sub-themes of the codebook, without and with coded fragments."""

from pipeline.analysis.codebook.guided import guide
from pipeline.analysis.codebook.taught import teach

__all__ = ["guide", "teach"]
