"""Coefficients, intervals and chance levels on arrays; knows no tables and no study."""
