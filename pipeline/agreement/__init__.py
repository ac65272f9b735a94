"""How far coders agree: coefficients, clusterings, spans, resampling and their reading.

Pure functions over small numpy arrays. Codes are integers from 0 with -1 for *missing*; what can be
summed over units (contingency tables, coincidences) is counted once and summed anew by resampling.

An undefined figure is NaN inside vectorised arrays, and outside them it is absent with a reason.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class _CallablePackage(ModuleType):
    """Lets ``pipeline.agreement(codings, ...)`` be called: the interface and this package share their name."""

    def __call__(self, codings: "pd.DataFrame", **options: Any) -> "pd.DataFrame":  # noqa: ANN401
        """Compare the coders of a table; see ``pipeline.agreement.standalone.compare_frame``."""
        from pipeline.agreement.standalone import compare_frame

        return compare_frame(codings, **options)


sys.modules[__name__].__class__ = _CallablePackage
