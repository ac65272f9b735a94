"""Settings of all tests."""

import atexit
import gc
import os
import shutil
import tempfile

# One collection of garbage for a hundred: of the processor time of tests, one part in twenty went to looking for it.
gc.set_threshold(100_000, 20, 100)
# Before numpy is imported: matrices are small, and threads of several workers wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Where studies lie that were analysed once for all tests; the processes among which tests are divided inherit it.
if "DIALOOGTAFEL_TESTS" not in os.environ:
    os.environ["DIALOOGTAFEL_TESTS"] = tempfile.mkdtemp(prefix="dialoogtafel-tests-")
    atexit.register(shutil.rmtree, os.environ["DIALOOGTAFEL_TESTS"], ignore_errors=True)

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# No deadline: the first use of scipy on a busy machine takes longer than a test.
settings.register_profile("dialoogtafel", deadline=None)
settings.load_profile("dialoogtafel")

LONG = ("flows", "run")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest: of two processes, neither then ends long after the other."""
    items.sort(key=lambda item: not any(f"tests/{folder}/" in item.nodeid for folder in LONG))


def pytest_collection_finish() -> None:
    """Look no more for garbage among what was imported: it stays to the end."""
    gc.collect()
    gc.freeze()
