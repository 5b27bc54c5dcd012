"""The server stops, dies and comes back while people take turns: nothing is lost, nothing doubled."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from domain.messages import Enrolment, from_json
from exchange.client import SyncClient
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from tests.failures.nursery import Nursery, Program
from tests.samples import DEVICE
from tests.server.process import order

ROOT = Path(__file__).parents[2]


class Server:
    """The real server program on SQLite, started and stopped as an administrator or a power cut would."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        office = (ROOT / "scripts" / "office.toml").read_text(encoding="utf-8").replace("{public_url}", self.url)
        port = self.url.rpartition(":")[2]
        self._nursery, self._log, self._file = nursery, folder / "server.log", folder / "server.toml"
        self._file.write_text(
            f'public_url = "{self.url}"\nport = {port}\ndata_dir = "{folder / "server"}"\n{office}', encoding="utf-8"
        )
        self._program: Program | None = None

    def order(self, *arguments: str, typed: str = "") -> None:
        done = order(self._file, *arguments, typed=typed)
        assert done.status == 0, done.err

    def start(self) -> None:
        self._program = self._nursery.start("kiosk-server", self._log, "--config", str(self._file), "run")
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{self.url}/healthz", timeout=1).raise_for_status()
            except httpx.HTTPError:
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals) -> None:
        if self._program is not None:
            self._program.end(how)
            self._program = None

    def waiting(self, queue: str) -> list[str]:
        """The queue as the public sees it: one opaque key a turn."""
        keys: list[str] = httpx.get(f"{self.url}/q/{queue}.json").json()["waiting"]
        return keys


class NobodyListens:
    scopes = ()

    def heard(self, scope: str, item: object) -> None: ...


@pytest.fixture
def server(tmp_path: Path, nursery: Nursery) -> Iterator[Server]:
    server = Server(tmp_path, nursery)
    server.order("migrate")
    shown = ("--out", str(tmp_path / "enrolment.json"), "--device-key", DEVICE.public.hex())
    server.order("enrol", "--kiosk", "kiosco-1", *shown)
    yield server
    server.stop(signal.SIGKILL)


def test_what_is_taken_meanwhile_arrives_once(server: Server, tmp_path: Path) -> None:
    enrolment = from_json((tmp_path / "enrolment.json").read_bytes(), Enrolment)
    database = Database(tmp_path / "kiosk.db", load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db"))
    outbox = Outbox(database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
    clock = SystemClock()
    issuer = Issuer(enrolment, database, outbox, clock)
    client = SyncClient(
        enrolment.kiosk,
        book=KioskBook(database, outbox),
        wire=Wire(enrolment, DEVICE),
        clock=clock,
        listener=NobodyListens(),
    )
    issued = 0

    def take(turns: int) -> None:
        nonlocal issued
        for _ in range(turns):
            issuer.issue(Draft(service="documentos"), enrolment.office, "es", printer_ready=False)
            issued += 1
            client.wake()

    with ExitStack() as stack:
        stack.callback(database.close)
        stack.callback(client.stop)
        take(5)  # before the server was ever there
        client.start()
        for way_to_end in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
            server.start()
            take(10)
            _until(lambda: outbox.backlog < issued)  # it is in the middle of it
            server.stop(way_to_end)
            take(5)
        server.start()
        _until(lambda: outbox.backlog == 0)
        keys = server.waiting(enrolment.office.id)
    assert len(keys) == len(set(keys)) == issued == 50


def _until(true: Callable[[], bool], limit_s: float = 60) -> None:
    pause, deadline = threading.Event(), time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        pause.wait(0.02)
