"""A server that was put back to an earlier copy, and real kiosks that know more than it does."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from litestar.testing import TestClient

from domain.clock import Micros
from domain.messages import ExchangeResponse, from_json, to_json
from exchange.client import SyncClient
from exchange.wire import Answered, Failed
from kiosk.book import KioskBook
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from server.store.engine import open_engines
from tests.server.conftest import MORNING, OFFICE, ClerkTwin
from tests.server.test_backup import Office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.messages import ExchangeRequest
    from exchange.wire import Answer
    from server.config import Config
    from tests.server.twin import KioskTwin


class Post:
    """A wire to a server that runs in this process; away while there is none."""

    def __init__(self, twin: KioskTwin) -> None:
        self._twin = twin
        self.server: TestClient[Any] | None = None

    def exchange(self, request: ExchangeRequest) -> Answer:
        if self.server is None:
            return Failed("away")
        answer = self._twin.post(self.server, to_json(request))
        return Answered(from_json(answer.content, ExchangeResponse))

    def close(self) -> None: ...


class Quiet:
    scopes = ("queue", "office")

    def heard(self, scope: str, item: msgspec.Raw) -> None: ...


class KioskClock:
    offset = 0

    def __init__(self) -> None:
        self.machine = MORNING

    def wall(self) -> Micros:
        self.machine = Micros(self.machine + 1)
        return self.machine

    def now(self) -> Micros:
        return Micros(self.wall() + self.offset)

    def monotonic_s(self) -> float:
        return self.machine / 1e6


@dataclass
class RealKiosk:
    """A kiosk's own store, numbers and sync, without its screen."""

    issuer: Issuer
    outbox: Outbox
    sync: SyncClient
    post: Post

    def issue(self, times: int) -> None:
        for _ in range(times):
            self.issuer.issue(Draft(service="tramite"), OFFICE, "es", printer_ready=False)

    def drain(self) -> None:
        for _ in range(30):
            assert self.sync.exchange_once()
            if not self.outbox.backlog:
                return
        raise AssertionError("it does not empty")


@pytest.fixture
def office(config: Config, tmp_path: Path) -> Office:
    return Office(config, tmp_path)


@contextmanager
def real_kiosk(folder: Path, twin: KioskTwin) -> Iterator[RealKiosk]:
    enrolment = twin.enrolment
    path = folder / f"{enrolment.kiosk}.db"
    database = Database(path, load_key(path.with_suffix(".key"), store=path))
    outbox = Outbox(database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
    clock, post = KioskClock(), Post(twin)
    sync = SyncClient(enrolment.kiosk, book=KioskBook(database, outbox), wire=post, clock=clock, listener=Quiet())
    yield RealKiosk(Issuer(enrolment, database, outbox, clock), outbox, sync, post)
    database.close()


def test_its_kiosks_give_back_all_that_it_forgot_and_the_desk_works_on(office: Office, tmp_path: Path) -> None:
    office.account()
    with (
        real_kiosk(tmp_path, office.enrol("sala-1")) as first,
        real_kiosk(tmp_path, office.enrol("sala-2")) as second,
    ):
        kiosks = (first, second)
        with office.running() as client:
            for kiosk in kiosks:
                kiosk.post.server = client
                kiosk.issue(2)
                kiosk.drain()
            office.back_up()
            for kiosk in kiosks:
                kiosk.issue(3)
                kiosk.drain()
            ana = ClerkTwin(client, office.clock)
            ana.sign_in("ana", "3")
            ana.call_next()
        for kiosk in kiosks:
            kiosk.post.server = None
            kiosk.issue(1)
            assert not kiosk.sync.exchange_once()
        assert office.restore(force=True).epoch == 2
        assert office.rows("SELECT count(*) FROM ticket") == [(4,)]
        with office.running() as client:
            for kiosk in kiosks:
                kiosk.post.server = client
                kiosk.drain()
            ana = ClerkTwin(client, office.clock)
            ana.sign_in("ana", "3")
            ana.call_next()  # whose turn was called after the copy waits again, and comes first again
            assert "A-001" in ana.page()
            for kiosk in kiosks:
                kiosk.issue(1)
                kiosk.drain()
    numbers = office.rows("SELECT series, n FROM ticket ORDER BY series, n")
    assert numbers == [(series, n) for series in "AB" for n in range(1, 8)]
    assert office.rows("SELECT origin, epoch, upto FROM stream WHERE origin LIKE 'sala%' ORDER BY origin") == [
        ("sala-1", 1, 7),
        ("sala-2", 1, 7),
    ]
    assert office.rows("SELECT count(*) FROM quarantine") == [(0,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_put_back_to_before_a_restore_without_a_word_begins_a_life_beyond_those_that_kiosks_know(
    office: Office, tmp_path: Path
) -> None:
    """Its kiosks know life 2 and would take an answer of life 1 for a late one, for ever."""
    with real_kiosk(tmp_path, office.enrol()) as kiosk:
        office.back_up()
        office.restore()
        with office.running() as client:
            kiosk.post.server = client
            kiosk.issue(3)
            kiosk.drain()
        engines = _engines(office)
        with engines.write.begin() as connection:  # as if the first file were there again
            for table in ("event", "ticket", "stream"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 ours
            connection.exec_driver_sql("UPDATE node SET epoch = 1")
        engines.dispose()
        with office.running() as client:
            kiosk.post.server = client
            kiosk.drain()
    assert office.rows("SELECT epoch FROM node") == [(3,)]
    assert office.rows("SELECT n FROM ticket ORDER BY n") == [(1,), (2,), (3,)]


def _engines(office: Office) -> Any:
    return open_engines(office.config.database, office.keys)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_child_that_claims_a_life_that_cannot_be_is_not_followed(office: Office) -> None:
    twin = office.enrol()
    with office.running() as client:
        for known, epoch in ((0, 1), (1, 1), (-5, 1), (2**31, 1), (5_000, 1), (4, 5), (4, 5)):
            assert twin.sync(client, known_parent_epoch=known).parent_epoch == epoch


def test_what_a_server_writes_goes_into_the_life_that_its_database_is_in(office: Office) -> None:
    """A life may begin while it runs, by its own hand or that of another server on the same database."""
    twin = office.enrol()
    office.account()
    with office.running() as client:
        twin.sync(client, known_parent_epoch=7)
        ClerkTwin(client, office.clock).sign_in("ana", "3")
        assert twin.hear(client, "office").epoch == 8
    assert office.rows("SELECT type, epoch, seq FROM event WHERE epoch > 1") == [("counter.opened", 8, 1)]
