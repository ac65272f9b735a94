"""Stage ``judge``: hat, sentiment and polarity of every used fragment, with evidence and the right to abstain."""

from pipeline.analysis.stances.stage import judge

__all__ = ["judge"]
