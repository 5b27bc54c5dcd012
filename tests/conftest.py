"""For all tests: a busy machine is slow, not wrong, so no property has a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.chromium import chromium
from tests.failures.nursery import Nursery

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["chromium"]  # a fixture

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

LONGEST = frozenset({"test_server_away.py", "test_the_day.py", "test_call_race.py", "test_demo.py"})
"""Begun first: at the end all but one of the workers would wait for them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The process from which all others are started."""
    nursery = Nursery()
    yield nursery
    nursery.close()
