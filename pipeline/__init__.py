"""Thematic analysis of Dutch focus-group notes, from source files to agreement with human coders.

    sources -> utterances -> fragments -> tokens -----.
                                  |'-> embeddings ----+-> topics -> themes -------.
    codebook, given codings ------'-------------------+-> stances ----------------+-> machine codings -.
                     '-> human codings ------------------------------------------------------------------+-> codings
    codings -> agreement -> report

Every arrow is a stage: a pure function of tables (see ``pipeline.run.stages``).

The names in ``__all__`` are the Python interface; everything else in this package is private and may change. They
are loaded when first used: importing this package loads nothing.

>>> import pipeline as dt
>>> sorted(dt.__all__)
['InputError', 'PipelineError', 'agreement', 'analyse', 'embed', 'figures', 'open', 'read']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.agreement.standalone import compare_frame as agreement
    from pipeline.core.errors import InputError, PipelineError
    from pipeline.report import figures
    from pipeline.run.interface import analyse, embed, read
    from pipeline.run.interface import open_finished as open

__all__ = ["InputError", "PipelineError", "agreement", "analyse", "embed", "figures", "open", "read"]

_WHERE = {
    "InputError": "pipeline.core.errors:InputError",
    "PipelineError": "pipeline.core.errors:PipelineError",
    "agreement": "pipeline.agreement",
    "analyse": "pipeline.run.interface:analyse",
    "embed": "pipeline.run.interface:embed",
    "figures": "pipeline.report.figures",
    "open": "pipeline.run.interface:open_finished",
    "read": "pipeline.run.interface:read",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _WHERE:
        raise AttributeError(f"module 'pipeline' has no attribute '{name}'; it has {', '.join(__all__)}")
    module, _, attribute = _WHERE[name].partition(":")
    loaded = import_module(module)
    return getattr(loaded, attribute) if attribute else loaded


def __dir__() -> list[str]:
    return list(__all__)
