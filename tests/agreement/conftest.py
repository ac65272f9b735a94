"""Property tests of agreement: no deadline, since the first use of scipy on a busy machine takes longer than a test."""

from hypothesis import settings

settings.register_profile("agreement", deadline=None)
settings.load_profile("agreement")
