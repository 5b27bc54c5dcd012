"""A server that was founded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.failures.stage import Server, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.failures.nursery import Nursery


@pytest.fixture(scope="session")
def founded(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys and a migrated SQLite file, to copy."""
    folder = tmp_path_factory.mktemp("founded")
    assert Server(folder, nursery).order("migrate").status == 0
    return folder


@pytest.fixture
def stage(tmp_path: Path, nursery: Nursery, founded: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path, nursery, founded)
    yield stage
    stage.close()


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Puts a story's counts into the report, and on the screen of whoever asked to see them (-s)."""

    def tell(words: str) -> None:
        record_property("reckoning", words)
        print(words)  # noqa: T201

    return tell
