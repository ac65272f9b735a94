"""Settings of all tests."""

import os

# Before numpy is imported: matrices are small, and threads of several workers wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings  # noqa: E402

# No deadline: the first use of scipy on a busy machine takes longer than a test.
settings.register_profile("dialoogtafel", deadline=None)
settings.load_profile("dialoogtafel")
