"""For all tests: a busy machine is slow, not wrong, so no property has a deadline."""

from hypothesis import settings

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")
