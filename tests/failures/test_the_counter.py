"""A copy at the counter, from the clerk's click to paper: real server, real `kiosk counter`, the virtual printer.

What can go wrong is the subject: no paper, a program killed with a copy on the wire, a server that asks again.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from domain.messages import Enrolment, from_json
from drivers.printer.virtual.device import Fault, Mechanics
from drivers.printer.virtual.printer import VirtualPrinter
from exchange.client import SyncClient
from exchange.signing import DeviceKey, own_device_key
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.store.database import Database, StoreError, load_key
from kiosk.store.outbox import Outbox
from tests.failures.test_server_away import NobodyListens, Server

SALA = DeviceKey(b"s" * 32)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.failures.nursery import Nursery

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


class Office:
    """A server, a kiosk that gave out one turn, a clerk who called it, and the machine at their counter."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.folder = folder
        self.server = Server(folder, nursery)
        for order in (
            ("migrate",),
            ("user", "add", "ventanilla3", "--password-stdin"),
            ("enrol", "--kiosk", "kiosco-1", "--out", str(folder / "kiosk.json"), "--device-key", SALA.public.hex()),
            (
                "enrol",
                "--kiosk",
                "mostrador-3",
                "--counter",
                "3",
                "--out",
                str(folder / "enrolment.json"),
                "--device-key",
                own_device_key(folder / "device.key").public.hex(),
            ),
        ):
            self.server.order(*order, typed="una-clave-larga")
        self.server.start()
        self._counter: subprocess.Popen[bytes] | None = None
        (folder / "kiosk.toml").write_text(
            f'data_dir = "{folder}"\n[printer]\nport = "{folder / "printer"}"\nbaud = 115200\n', encoding="utf-8"
        )
        self.ticket, self.url = self._take_a_turn()
        self.desk = httpx.Client(base_url=self.server.url, timeout=PATIENCE_S, follow_redirects=True)
        self.press("/desk/sign-in", name="ventanilla3", password="una-clave-larga", counter="3")
        self.press("/desk/call-next")

    def _take_a_turn(self) -> tuple[str, str]:
        enrolment = from_json((self.folder / "kiosk.json").read_bytes(), Enrolment)
        path = self.folder / "first.db"
        with closing(Database(path, load_key(self.folder / "first.key", store=path))) as database:
            outbox = Outbox(database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
            clock = SystemClock()
            issuer = Issuer(enrolment, database, outbox, clock)
            turn = issuer.issue(Draft(service="documentos"), enrolment.office, "es", printer_ready=False).ticket
            client = SyncClient(
                enrolment.kiosk,
                book=KioskBook(database, outbox),
                wire=Wire(enrolment, SALA),
                clock=clock,
                listener=NobodyListens(),
            )
            assert client.exchange_once()
            client.stop()
        return str(turn.id), turn.url

    def press(self, path: str, **form: str) -> str:
        """A button of the desk; the page after it."""
        page = self.desk.get("/desk").text
        token = re.search(r'name="_csrf_token" value="([^"]+)"', page)
        answer = self.desk.post(path, data=form | ({"_csrf_token": token[1]} if token else {}))
        answer.raise_for_status()
        return answer.text

    def ask(self) -> None:
        self.press(f"/desk/copy/{self.ticket}")

    def shows(self, words: str) -> None:
        """Waits until the desk says so."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in (page := self.desk.get("/desk").text):
            assert time.monotonic() < deadline, re.sub(r"<[^>]+>", " ", page)
            time.sleep(0.05)

    def open_counter(self) -> None:
        environment = os.environ | {"KIOSK_CONFIG": str(self.folder / "kiosk.toml")}
        self._counter = subprocess.Popen([sys.executable, "-m", "kiosk", "counter"], cwd=ROOT, env=environment)

    def close_counter(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self._counter is None:
            return 0
        self._counter.send_signal(how)
        status, self._counter = self._counter.wait(PATIENCE_S), None
        return status

    def close(self) -> None:
        self.close_counter(signal.SIGKILL)
        self.desk.close()
        self.server.stop(signal.SIGKILL)


@pytest.fixture
def office(tmp_path: Path, nursery: Nursery) -> Iterator[Office]:
    with closing(Office(tmp_path, nursery)) as office:
        yield office


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[VirtualPrinter]:
    with closing(VirtualPrinter(tmp_path / "printer", tmp_path / "tickets")) as printer:
        yield printer
        assert printer.violations == ()


def test_a_copy_is_asked_printed_and_told(office: Office, printer: VirtualPrinter) -> None:
    office.open_counter()
    office.ask()
    assert printer.wait_for_tickets(1, PATIENCE_S)
    (copy,) = printer.tickets
    assert "DUPLICADO 1" in copy.text
    assert "A-001" in copy.text
    assert copy.qr == (office.url,)
    office.shows("Copia impresa")
    assert office.close_counter() == 0


def test_no_paper_is_told_and_a_second_try_prints(office: Office, printer: VirtualPrinter) -> None:
    printer.fail(Fault.PAPER_OUT)
    office.open_counter()
    office.ask()
    office.shows("No salió: sin papel")
    printer.repair(Fault.PAPER_OUT)
    office.ask()
    office.shows("Copia impresa")
    assert [re.findall(r"DUPLICADO \d", ticket.text) for ticket in printer.tickets] == [["DUPLICADO 2"]]


def test_killed_with_a_copy_on_the_wire_it_claims_nothing_and_prints_it_no_second_time(
    office: Office, tmp_path: Path
) -> None:
    slow = Mechanics(mm_s=20.0)
    with closing(VirtualPrinter(tmp_path / "printer", tmp_path / "tickets", mechanics=slow)) as printer:
        office.open_counter()
        office.ask()
        path = tmp_path / "kiosk.db"
        deadline = time.monotonic() + PATIENCE_S
        while not (path.exists() and _is_sending(tmp_path)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        office.close_counter(signal.SIGKILL)
        office.open_counter()
        office.shows("No se sabe si salió")
        office.close_counter()
        assert sum("DUPLICADO 1" in ticket.text for ticket in printer.tickets) <= 1


def _is_sending(folder: Path) -> bool:
    try:
        key = load_key(folder / "kiosk.key", store=folder / "kiosk.db")
        with closing(Database(folder / "kiosk.db", key, read_only=True)) as database:
            return bool(database.value("SELECT count(*) FROM print_job WHERE state = 'sending'"))
    except StoreError:  # it is just being made
        return False


def test_a_machine_of_one_kind_does_not_do_the_others_work(office: Office, tmp_path: Path) -> None:
    enrolment = (tmp_path / "kiosk.json").read_bytes()
    (tmp_path / "enrolment.json").write_bytes(enrolment)
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "counter"],
        cwd=ROOT,
        env=os.environ | {"KIOSK_CONFIG": str(tmp_path / "kiosk.toml")},
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert "kiosk run" in done.stderr.decode()
    assert office.ticket
