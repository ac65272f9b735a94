"""From a name in the configuration to a loaded model. The only place that imports heavy libraries, when asked.

Nothing is downloaded, ever: a model that is not on this machine is an error that says how to get it.
"""

from pipeline.core.errors import require_own_models

require_own_models()

from pipeline.loaders.choices import Choice, choose, load_encoder, load_tagger  # noqa: E402

__all__ = ["Choice", "choose", "load_encoder", "load_tagger"]
