"""Gamma of Mathet, Widlöcher & Métivier (2015), by the optional package pygamma-agreement.

Gamma aligns the passages of coders before it compares them, so that passages may overlap. Its expected disorder is
sampled, and its value hangs on the weights of place and category: these are named beside it.
"""

from collections.abc import Sequence
from importlib.util import find_spec

from pipeline.agreement.spans import Span

PLACE_WEIGHT = 1.0
CODE_WEIGHT = 1.0
GAP_COST = 1.0
N_SAMPLES = 30
SETTINGS = f"alpha {PLACE_WEIGHT:g}, beta {CODE_WEIGHT:g}, empty {GAP_COST:g}, {N_SAMPLES} samples"


def is_installed() -> bool:
    """Whether the optional package is there: ``pip install dialoogtafel[gamma]``."""
    return find_spec("pygamma_agreement") is not None


def gamma(documents: Sequence[Sequence[Sequence[Span]]], *, seed: int) -> float | None:
    """Agreement on place and code of passages, over documents: 1 - observed / expected disorder, each summed.

    Source: Mathet, Widlöcher & Métivier (2015), Computational Linguistics 41(3), pp. 437-479, with the combined
    dissimilarity for place and category.

    Args:
        documents: for each document, the passages of each coder, coders in the same order.
        seed: of the sampled disorder.

    Returns:
        At most 1.0, with 0 at chance; None where no document has a passage of every coder.

    Raises:
        ModuleNotFoundError: pygamma-agreement is not installed.
    """
    import numpy as np
    from pyannote.core import Segment
    from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum

    dissimilarity = CombinedCategoricalDissimilarity(alpha=PLACE_WEIGHT, beta=CODE_WEIGHT, delta_empty=GAP_COST)
    observed = expected = 0.0
    for document in documents:
        if not all(document):
            continue
        continuum = Continuum()
        for coder, own in enumerate(document):
            for span in own:
                continuum.add(f"coder {coder}", Segment(span.start, span.end), f"code {span.code}")
        # The package draws from the global generator.
        np.random.seed(seed)
        result = continuum.compute_gamma(dissimilarity, n_samples=N_SAMPLES)
        observed += float(result.observed_disorder)
        expected += float(result.expected_disorder)
    return 1.0 - observed / expected if expected > 0 else None
