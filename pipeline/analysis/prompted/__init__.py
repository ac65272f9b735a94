"""Prompted: a local language model as one more coder, judged by its probabilities and its quotes."""
