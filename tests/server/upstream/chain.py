"""An office's server below a centre's, with the line between them in the test's hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from litestar.testing import TestClient
from sqlalchemy import text

from domain.messages import Enrolment, ExchangeRequest, ExchangeResponse, Fault, from_json, to_json
from domain.office import Branch
from exchange.wire import Answered, Failed
from server.compose import compose
from server.config import UpstreamConfig
from server.keys import load_keys
from server.store.codes import Wanted
from server.store.engine import open_engines
from tests.server.conftest import ELSEWHERE, Site, config_in
from tests.server.twin import KioskTwin, new_device

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Self

    from domain.office import Office
    from exchange.client import SyncClient
    from exchange.wire import Answer
    from tests.server.conftest import ObedientClock

TACNA = msgspec.structs.replace(
    ELSEWHERE, address="Calle Prueba 123", branches=(Branch("lima", "Mesa de partes · Recepción", "Calle Ejemplo 45"),)
)
NODE = "node-aaaaaaaaaaaa"


def enrol_node(centre: Site, office: Office = TACNA, name: str = "servidor-tacna") -> KioskTwin:
    """Makes a server the node of ``office`` at the centre."""
    device, wanted = new_device(), Wanted(name, office.id, is_node=True)
    with centre.engines.write.begin() as connection:
        enrolment = centre.registry.enrol(
            connection,
            wanted,
            device.public,
            office=office,
            server_url="http://127.0.0.1:8080",
            now=centre.clock.now(),
        )
    assert isinstance(enrolment, Enrolment)
    return KioskTwin(enrolment, centre.clock, device)


class Line:
    """The way from the office to the centre; ``is_cut`` and ``loses_answers`` are what lines do."""

    def __init__(self) -> None:
        self.reset(None, None)

    def reset(self, centre: TestClient[Any] | None, machine: KioskTwin | None) -> None:
        """A sound line to that centre, for the server that is ``machine`` there."""
        self.machine = machine
        self.centre = centre
        self.is_cut = False
        self.loses_answers = False
        self.requests: list[ExchangeRequest] = []
        self.answers: list[ExchangeResponse] = []
        self.refused: list[str] = []

    def exchange(self, request: ExchangeRequest) -> Answer:
        if self.is_cut or self.centre is None or self.machine is None:
            return Failed("cut")
        self.requests.append(request)
        answer = self.machine.post(self.centre, to_json(request))
        if answer.status_code != 200:
            self.refused.append(from_json(answer.content, Fault).code)
            return Failed(self.refused[-1])
        if self.loses_answers:
            return Failed("lost")
        self.answers.append(from_json(answer.content, ExchangeResponse))
        return Answered(self.answers[-1])

    def close(self) -> None:
        pass


@dataclass
class Chain:
    """A centre, an office below it, and the office's exchange, one step at a time."""

    centre: Site
    office: Site
    line: Line
    client: SyncClient

    @property
    def clock(self) -> ObedientClock:
        return self.centre.clock

    def kiosk(self, name: str = "sala-1") -> KioskTwin:
        return self.office.enrol(name, office=TACNA)

    def step(self, times: int = 1) -> None:
        """Exchanges, whatever comes of it."""
        for _ in range(times):
            self.client.exchange_once()

    def drain(self) -> None:
        """Exchanges until the centre has everything and the office knows it; within thirty exchanges."""
        for _ in range(30):
            assert self.client.exchange_once(), self.line.refused
            lacks = self.office.rows(
                "SELECT 1 FROM stream WHERE (office = 'tacna' OR origin = :node)"
                " AND (above_upto < upto OR above_central < upto)",
                node=NODE,
            )
            if not lacks and self.client._more is False:
                return
        raise AssertionError("the office has still something to send")

    def log(self, site: Site, prefix: str = "") -> list[tuple[Any, ...]]:
        """Every event of the office that a node has, as (origin, epoch, seq, id), in order."""
        rows = site.rows(
            "SELECT origin, epoch, seq, id FROM event WHERE office = 'tacna'"
            " AND type NOT IN ('cancel.requested', 'kiosk.enrolled')"
            " UNION ALL SELECT origin, epoch, seq, id FROM quarantine ORDER BY 1, 2, 3"
        )
        return [(row[0].removeprefix(prefix), *row[1:]) for row in rows]

    def turns(self, site: Site) -> list[tuple[Any, ...]]:
        """The turns of the office as a node has them, in the order of calls."""
        return site.rows(
            "SELECT series, n, state, counter, preferential, issued_at, lined_up_at, calls FROM ticket"
            " WHERE office = 'tacna' ORDER BY preferential DESC, lined_up_at, series, n"
        )


def office_config(folder: Path, url: str = "") -> Any:
    return config_in(folder, url, office=TACNA, upstream=UpstreamConfig())


def found_office(folder: Path, url: str = "", node: str = NODE) -> None:
    """Makes a copy of a migrated database another node's than the one that it was copied from."""
    engines = open_engines(office_config(folder, url).database, load_keys(folder / "keys", may_create=False))
    with engines.write.begin() as connection:
        for table, column in (("node", "id"), ("stream", "origin")):
            connection.execute(text(f"UPDATE {table} SET {column} = :id"), {"id": node})  # noqa: S608 our own names
        connection.execute(text("DELETE FROM office_settings"))
    engines.dispose()


class Office:
    """The office's server, which can be stopped like a machine that loses its power, and started again."""

    def __init__(self, folder: Path, clock: ObedientClock, line: Line, url: str = "") -> None:
        self._folder, self._clock, self._line, self._url = folder, clock, line, url
        self._running: AbstractContextManager[Any] | None = None

    def start(self) -> Site:
        """Starts it; its exchange is in the test's hand."""
        assert self._line.machine is not None
        (self._folder / "upstream.json").write_bytes(to_json(self._line.machine.enrolment))
        config = office_config(self._folder, self._url)
        composed = compose(config, clock=self._clock, wire=lambda _: self._line)
        keys = load_keys(config.keys, may_create=False)
        self._client = TestClient(composed.app)
        self._client.__enter__()
        self._engines = open_engines(config.database, keys)
        return Site(config, self._clock, self._client, self._engines, keys, composed)

    def stop(self) -> None:
        self._engines.dispose()
        self._client.__exit__(None, None, None)

    def copy(self, to: Path) -> None:
        """A copy of its data, made while nobody writes."""
        with self._engines.read.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        shutil.copyfile(self._folder / "server.db", to)

    def put_back(self, copy: Path) -> None:
        """Puts an old copy in the place of the data; the server must be stopped."""
        for name in ("server.db-wal", "server.db-shm"):
            (self._folder / name).unlink(missing_ok=True)
        shutil.copyfile(copy, self._folder / "server.db")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
