"""A kiosk's store of an earlier version, opened by this one: every row is still there, whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from domain.messages import PrintOutcome
from kiosk.issue import Issuer
from kiosk.store import schema
from kiosk.store.database import Database, StoreUnusableError, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from tests.kiosk.test_issue import DRAFT
from tests.samples import ENROLMENT, OFFICE, HandClock, pending

FIRST = Path(__file__).with_name("first_schema.sql")
SECOND = Path(__file__).with_name("second_schema.sql")
ADDED = {"copy": 0, "request": None}
"""What the second version says of a job that the first one made."""
TABLES = ("stream", "event", "counter", "ticket", "print_job", "setting")


@pytest.fixture
def key(tmp_path: Path) -> bytes:
    return load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db")


@pytest.fixture
def first(tmp_path: Path, key: bytes) -> dict[str, list[dict[str, Any]]]:
    """Makes the oldest store; returns all that is in it, by table."""
    return old_store(tmp_path, key, FIRST)


def old_store(folder: Path, key: bytes, schema: Path) -> dict[str, list[dict[str, Any]]]:
    connection = sqlcipher.connect(folder / "kiosk.db")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.executescript(schema.read_text(encoding="utf-8"))
    connection.row_factory = sqlcipher.Row
    rows = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in TABLES}  # noqa: S608
    connection.close()
    return rows


def rows_of(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {table: database.rows(f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608 - our own names


def test_no_row_is_lost_and_each_job_is_a_first_copy(
    tmp_path: Path, key: bytes, first: dict[str, list[dict[str, Any]]]
) -> None:
    upgraded = Database(tmp_path / "kiosk.db", key)
    now = rows_of(upgraded)
    upgraded.close()
    assert len(first["print_job"]) == 7
    assert now.pop("print_job") == [job | ADDED for job in first.pop("print_job")]
    assert now == first


def test_no_row_of_the_second_version_is_lost(tmp_path: Path, key: bytes) -> None:
    second = old_store(tmp_path, key, SECOND)
    upgraded = Database(tmp_path / "kiosk.db", key)
    assert rows_of(upgraded) == second
    assert len(second["print_job"]) == 9
    assert [upgraded.value(f"SELECT count(*) FROM {table}") for table in ("day_key", "remembered")] == [0, 0]  # noqa: S608
    upgraded.close()


def test_it_is_upgraded_once(tmp_path: Path, key: bytes, first: dict[str, list[dict[str, Any]]]) -> None:
    for _ in range(2):
        database = Database(tmp_path / "kiosk.db", key)
        assert len(database.rows("SELECT * FROM print_job")) == len(first["print_job"])
        assert [row["name"] for row in database.rows("SELECT name FROM _sqlite_migrations ORDER BY id")] == [
            "first_tables",
            "copies_and_requests",
            "remembered_turns",
        ]
        database.close()


@pytest.mark.parametrize("at", range(4))
def test_a_step_that_breaks_off_leaves_all_as_it_was_and_is_done_next_time(
    tmp_path: Path, key: bytes, first: dict[str, list[dict[str, Any]]], at: int
) -> None:
    with pytest.MonkeyPatch.context() as broken:
        statements = [*schema._COPIES[:at], "SELECT * FROM no_such_table"]
        broken.setattr(schema, "_COPIES", tuple(statements))
        with pytest.raises(StoreUnusableError):
            Database(tmp_path / "kiosk.db", key)
    database = Database(tmp_path / "kiosk.db", key)
    assert len(database.rows("SELECT * FROM print_job")) == len(first["print_job"])
    assert database.rows("SELECT name FROM sqlite_master WHERE name = 'print_job_new'") == []
    database.close()


def test_the_next_number_follows_and_open_jobs_are_closed(
    tmp_path: Path, key: bytes, first: dict[str, list[dict[str, Any]]]
) -> None:
    assert first
    database, clock = Database(tmp_path / "kiosk.db", key), HandClock()
    with database.immediate() as tables:  # what the sample holds of it is not an event
        tables.execute("DELETE FROM event")
        tables.execute("UPDATE stream SET upto = last_seq")
    outbox = Outbox(database, origin=ENROLMENT.kiosk, office=ENROLMENT.office.id, epoch=ENROLMENT.epoch)
    journal = PrintJournal(database, outbox, clock)
    assert [event.body_as(PrintOutcome) for event in pending(outbox, 10)[0].events] == [
        PrintOutcome(UUID("00000000-0000-4000-8000-000000000002"), 1, "uncertain", "crashed"),
        PrintOutcome(UUID("00000000-0000-4000-8000-000000000001"), 0, "not_printed", "crashed"),
    ]
    assert journal.strip_hangs
    turn = Issuer(ENROLMENT, database, outbox, clock).issue(DRAFT, OFFICE, "es", printer_ready=True)
    assert str(turn.ticket.number) == "A-008"
    assert turn.sending
    assert turn.sending.process_id == "0007"
    database.close()
