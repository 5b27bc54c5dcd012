"""The kiosk's store on a real file, as its own parts build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.issue import Issuer
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from tests.samples import ENROLMENT, HandClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def open_database(tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens the one file of this test, as often as a restarted kiosk would."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(Database(tmp_path / "kiosk.db", load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db")))
        return opened[-1]

    yield open_again
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    return open_database()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database, origin=ENROLMENT.kiosk, office=ENROLMENT.office.id, epoch=ENROLMENT.epoch)


@pytest.fixture
def issuer(database: Database, outbox: Outbox, clock: HandClock) -> Issuer:
    return Issuer(ENROLMENT, database, outbox, clock)
