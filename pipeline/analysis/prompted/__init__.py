"""Stage ``code_by_prompts``: a local language model as one more coder, judged by its probabilities and its quotes."""

from pipeline.analysis.prompted.stage import code_by_prompts

__all__ = ["code_by_prompts"]
