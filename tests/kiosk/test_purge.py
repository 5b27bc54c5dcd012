"""What is safe at the top and thirty days old is forgotten, bit by bit; nothing else ever is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from domain.messages import Stream
from domain.sync import RETENTION_US, Cursor
from exchange.client import SyncClient
from kiosk.book import KioskBook
from kiosk.housekeeping import Housekeeping
from kiosk.store import purge
from kiosk.store.database import StoreUnusableError
from kiosk.store.settings import LAST_CONTACT, number
from tests.kiosk.test_issue import DRAFT
from tests.kiosk.test_sync import Heard, Parent
from tests.samples import ENROLMENT, OFFICE, HandClock

if TYPE_CHECKING:
    from kiosk.issue import Issuer
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox

STREAM = Stream(ENROLMENT.kiosk, 1)
RETENTION_S = RETENTION_US / 1e6
DAY_S = 86_400


def issue(issuer: Issuer, times: int) -> None:
    for _ in range(times):
        issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)


def safe(database: Database, outbox: Outbox, upto: int, top: int) -> None:
    with database.immediate() as tables:
        outbox.move_cursors(tables, {STREAM: Cursor(upto, top)})


def purge_all(database: Database, outbox: Outbox, clock: HandClock) -> int:
    """Purges until nothing is left to purge; how many steps it took."""
    steps = 0
    while _purge_some(database, outbox, clock):
        steps += 1
    return steps


def _purge_some(database: Database, outbox: Outbox, clock: HandClock) -> bool:
    """As if all that is at the top had been there for long."""
    held = outbox.held()
    return purge.purge_some(database, held, {of: one.cursor.central_upto for of, one in held.items()}, clock.now())


def kept(database: Database) -> tuple[int, int, int]:
    return tuple(database.value(f"SELECT count(*) FROM {table}") for table in ("event", "ticket", "print_job"))  # type: ignore[return-value]  # noqa: S608


def test_only_what_is_safe_at_the_top_and_old_is_forgotten(
    database: Database, outbox: Outbox, issuer: Issuer, clock: HandClock
) -> None:
    issue(issuer, 5)
    clock.pass_s(DAY_S)
    issue(issuer, 5)
    safe(database, outbox, 10, 7)
    clock.pass_s(RETENTION_S - DAY_S)
    assert purge_all(database, outbox, clock) == 0
    clock.pass_s(DAY_S)
    assert purge_all(database, outbox, clock) == 2
    assert (outbox.held()[STREAM].first, kept(database)) == (6, (5, 5, 5)), "the first day is over, and safe"
    clock.pass_s(DAY_S)
    purge_all(database, outbox, clock)
    assert (outbox.held()[STREAM].first, kept(database)) == (8, (3, 5, 5)), "the rest is not at the top"
    safe(database, outbox, 10, 10)
    purge_all(database, outbox, clock)
    assert (outbox.held()[STREAM].first, kept(database)) == (11, (0, 0, 0))
    assert not outbox.held()[STREAM].is_cut
    issue(issuer, 1)
    assert database.rows("SELECT n FROM ticket") == [{"n": 1}], "of its own day"
    assert outbox.held()[STREAM].last == 11


def test_it_goes_in_small_steps_and_only_once_an_hour_while_nothing_waits(
    database: Database, outbox: Outbox, issuer: Issuer, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "MOST_AT_ONCE", 4)
    house = Housekeeping(database, outbox, clock)
    issue(issuer, 10)
    safe(database, outbox, 10, 10)
    house.exchanged()
    clock.pass_s(RETENTION_S + 2 * DAY_S)
    issue(issuer, 1)
    house.exchanged()
    assert kept(database)[0] == 11, "something waits to be sent"
    safe(database, outbox, 11, 10)
    counts = []
    for _ in range(4):
        house.exchanged()
        counts.append(kept(database)[0])
    assert counts == [7, 3, 1, 1]
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.housekeeping.purge_some", lambda *_: pytest.fail("too soon"))
        for _ in range(3):
            clock.pass_s(5)
            while kept(database)[1] > 1:
                _purge_some(database, outbox, clock)
        house._purge_from_s = clock.monotonic_s() + 1
        house.exchanged()


def test_a_clock_that_stood_in_1970_makes_nothing_old(
    database: Database, outbox: Outbox, issuer: Issuer, clock: HandClock
) -> None:
    """The business day never goes back, so it tells the age; the event's own time does not."""
    issue(issuer, 1)
    here = clock.machine
    clock.machine = type(here)(0)
    issue(issuer, 1)
    clock.machine = here
    safe(database, outbox, 2, 2)
    assert purge_all(database, outbox, clock) == 0
    assert kept(database)[0] == 2


def test_the_last_contact_is_noted_once_a_minute_and_a_full_disk_stops_nothing(
    database: Database, outbox: Outbox, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Housekeeping(database, outbox, clock)
    noted = []
    for _ in range(4):
        house.exchanged()
        noted.append(number(database, LAST_CONTACT))
        clock.pass_s(30)
    assert noted[0] == noted[1] < noted[2] == noted[3]

    def full(*_: object) -> Any:
        raise StoreUnusableError("full")

    monkeypatch.setattr(database, "immediate", full)
    clock.pass_s(60)
    house.exchanged()


# --- a server that asks for what is kept no more ----------------------------------------------------------------


def test_what_is_old_and_has_only_just_reached_the_top_is_kept_as_long_as_what_is_new(
    database: Database, outbox: Outbox, issuer: Issuer, clock: HandClock
) -> None:
    """After a month without a network yesterday's copy of the server's has none of it."""
    house = Housekeeping(database, outbox, clock)
    issue(issuer, 3)
    clock.pass_s(RETENTION_S + 2 * DAY_S)
    safe(database, outbox, 3, 3)
    house.exchanged()
    clock.pass_s(RETENTION_S - DAY_S)
    house.exchanged()
    assert kept(database)[0] == 3
    clock.pass_s(2 * DAY_S)
    house.exchanged()
    assert kept(database)[0] == 0


def test_events_that_are_kept_no_more_are_waited_for_and_told(
    database: Database, outbox: Outbox, issuer: Issuer, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The server was put back to a copy that is older than may be: only a newer one, or the centre, has the rest."""
    parent = Parent(clock)
    client = SyncClient(
        ENROLMENT.kiosk,
        book=KioskBook(database, outbox),
        wire=parent,
        clock=clock,
        listener=Heard(),
        afterwards=Housekeeping(database, outbox, clock).exchanged,
    )
    issue(issuer, 6)
    while outbox.backlog:
        client.exchange_once()
    client.exchange_once()
    clock.pass_s(RETENTION_S + 2 * DAY_S)
    client.exchange_once()
    assert kept(database)[0] == 0
    issue(issuer, 2)
    kept_by_parent = parent.stored[STREAM][3:]
    del parent.stored[STREAM][3:]
    parent.epoch = 2
    with caplog.at_level(logging.ERROR):
        for _ in range(4):
            client.exchange_once()
    assert "sync.cut epoch=1" in caplog.text
    assert not client._more
    assert (outbox.backlog, outbox.own) == (5, STREAM)
    parent.stored[STREAM] += kept_by_parent  # from the centre
    for _ in range(4):
        client.exchange_once()
    assert [event.seq for event in parent.stored[STREAM]] == list(range(1, 9))
