"""A day that obeys: a clock that the test moves, the server on it, and kiosks as they are but for a screen."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.messages import Enrolment
from exchange.client import SyncClient
from exchange.signing import DeviceKey
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from server.compose import compose, http_server
from tests.server.conftest import ObedientClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import msgspec

    from kiosk.flow.state import Ticket
    from server.config import Config


class HandClock(SystemClock):
    """A kiosk's clock that goes with the day's."""

    def __init__(self, day: ObedientClock) -> None:
        super().__init__()
        self._day = day

    def wall(self) -> Micros:
        return self._day.now()


class Deaf:
    """Hears no news of the office."""

    scopes = ("queue",)

    def heard(self, scope: str, item: msgspec.Raw) -> None: ...


@contextmanager
def serving(config: Config, clock: ObedientClock) -> Iterator[str]:
    """The server at a port of its own, on the test's clock; yields its address."""
    server = http_server(compose(config, clock=clock), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


class Kiosk:
    """A kiosk's own store, issue and sync; nobody touches its screen."""

    def __init__(self, folder: Path, enrolment: Enrolment, device: DeviceKey, day: ObedientClock) -> None:
        folder.mkdir()
        clock = HandClock(day)
        self._office = enrolment.office
        self._store = Database(folder / "kiosk.db", load_key(folder / "kiosk.key", store=folder / "kiosk.db"))
        outbox = Outbox(self._store, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
        self._issuer = Issuer(enrolment, self._store, outbox, clock)
        self._sync = SyncClient(
            enrolment.kiosk,
            book=KioskBook(self._store, outbox),
            wire=Wire(enrolment, device),
            clock=clock,
            listener=Deaf(),
        )
        self._sync.start()

    def issue(self, service: str, *, preferential: bool) -> Ticket:
        """Somebody takes a ticket."""
        draft = Draft(service=service, preferential=preferential, description="Copia de mi resolución de prueba")
        turn = self._issuer.issue(draft, self._office, "es", printer_ready=False)
        self._sync.wake()
        return turn.ticket

    def close(self) -> None:
        self._sync.stop()
        self._store.close()
