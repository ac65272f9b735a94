"""How far coders agree: coefficients, clusterings, spans, resampling and their reading.

Pure functions over small numpy arrays. Codes are integers from 0 with -1 for *missing*; what can be
summed over units (contingency tables, coincidences) is counted once and summed anew by resampling.

An undefined figure is NaN inside vectorised arrays and an `Estimate` with a reason outside them.
"""
