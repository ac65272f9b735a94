"""Settings of all tests."""

from hypothesis import settings

# No deadline: the first use of scipy on a busy machine takes longer than a test.
settings.register_profile("dialoogtafel", deadline=None)
settings.load_profile("dialoogtafel")
