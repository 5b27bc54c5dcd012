"""A bit of a database turns over on the disk: it is noticed whenever it is read, and never believed."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError
from sqlcipher3 import dbapi2 as sqlcipher

from kiosk.store.database import Database, StoreError, load_key
from server.store.schema import metadata
from tests.failures.stage import Stage

Content = dict[str, list[Any]]
FLIPS = [pytest.param(40, id="40"), pytest.param(300, id="300", marks=pytest.mark.long)]


@pytest.fixture
def day(stage: Stage) -> Iterator[Stage]:
    """A kiosk and its server after sixty turns, both stopped as they should be."""
    stage.server.start()
    kiosk = stage.kiosk()
    kiosk.start()
    kiosk.obey("issue 60")
    kiosk.drain()
    kiosk.stop()
    stage.server.end()
    return stage


def flipped(file: Path, seed: int) -> None:
    """Turns one bit over; which one is a matter of the seed."""
    raw = bytearray(file.read_bytes())
    place = random.Random(seed).randrange(len(raw) * 8)
    raw[place // 8] ^= 1 << place % 8
    file.write_bytes(raw)


def verdict(read: Callable[[], Content], truth: Content) -> str:
    try:
        content = read()
    except (StoreError, DatabaseError, sqlcipher.DatabaseError):
        return "detected"
    return "without effect" if content == truth else "silently wrong"


def conclude(file: str, flips: int, verdicts: Counter[str], told: Callable[[str], None]) -> None:
    told(f"bit flips in {file}: n={flips} {dict(verdicts)}")
    assert verdicts["silently wrong"] == 0
    assert verdicts["detected"] == flips


@pytest.mark.parametrize("flips", FLIPS)
def test_in_the_kiosks_store(day: Stage, flips: int, told: Callable[[str], None]) -> None:
    folder = day.folder / "sala-1"
    store, key, copy = folder / "kiosk.db", folder / "kiosk.key", folder / "copy.db"

    def read() -> Content:
        with closing(Database(copy, load_key(key, store=copy))) as database:
            content = {name: database.rows("SELECT * FROM " + name) for name in database.tables.table_names()}  # noqa: S608 its own
            if database.value("PRAGMA integrity_check") != "ok":
                raise StoreError
            return content

    shutil.copy(store, copy)
    truth = read()
    assert len(truth["ticket"]) == len(truth["event"]) == 60
    verdicts: Counter[str] = Counter()
    for seed in range(flips):
        shutil.copy(store, copy)
        flipped(copy, seed)
        verdicts[verdict(read, truth)] += 1
    conclude("the kiosk's store", flips, verdicts, told)


@pytest.mark.parametrize("flips", FLIPS)
def test_in_the_servers_database(day: Stage, flips: int, told: Callable[[str], None]) -> None:
    file = day.server.data / "server.db"
    whole = file.read_bytes()

    def read() -> Content:
        with day.server.database() as connection:
            content = {
                name: sorted(map(repr, connection.execute(table.select()))) for name, table in metadata.tables.items()
            }
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise StoreError
            return content

    truth = read()
    assert len(truth["ticket"]) == len(truth["event"]) - 1 == 60  # and the enrolment
    verdicts: Counter[str] = Counter()
    for seed in range(flips):
        file.write_bytes(whole)
        flipped(file, seed)
        verdicts[verdict(read, truth)] += 1
    conclude("the server's database", flips, verdicts, told)
