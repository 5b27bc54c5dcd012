"""A kiosk without a screen, as a process of its own: the real issuer, store, sync and wire.

It does what it is told on its input, one line after the other, and tells on its output what a visitor would hold in
their hand: a number, after its commit and never before.

    issue N [EVERY_MS]   N turns (0: for ever); each is told as ``turn NUMBER TICKET DAY MS``, or ``refused WHY``
    shift SECONDS        the machine's clock is off by so much from now on
    pages N              the store's file may have no more than so many pages (0: as many as it likes)
    meanwhile EVERY_MS   turns, one every so often, until what was there before is sent; tells ``drained SECONDS``
    drain                waits until the server has everything

Each line but the endless one is answered with ``done``. The end of the input is the end of the program.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.documents import Document, DocumentKind
from domain.messages import Enrolment, from_json
from exchange.client import SyncClient
from exchange.signing import load_device_key
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.store.database import Database, StoreError, load_key
from kiosk.store.outbox import Outbox
from kiosk.store.settings import CLOCK_OFFSET, number

if TYPE_CHECKING:
    import msgspec

    from exchange.signing import DeviceKey

MOST_PAGES = 2**32 - 2


class ShiftedClock(SystemClock):
    """The machine's clock, off by ``shift`` microseconds."""

    shift = 0

    def wall(self) -> Micros:
        return Micros(super().wall() + self.shift)


class NobodyListens:
    """Wants no news."""

    scopes = ("queue",)

    def heard(self, scope: str, item: msgspec.Raw) -> None: ...


class KioskWithoutScreen:
    """``is_alone`` leaves out the sync, and with it every other thread."""

    def __init__(self, folder: Path, enrolment: Enrolment, device: DeviceKey, shift_s: int, *, is_alone: bool) -> None:
        self._enrolment = enrolment
        store = folder / "kiosk.db"
        self._database = Database(store, load_key(folder / "kiosk.key", store=store))
        self._outbox = Outbox(self._database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
        self._clock = ShiftedClock(number(self._database, CLOCK_OFFSET))
        self._clock.shift = shift_s * 1_000_000
        self._issuer = Issuer(enrolment, self._database, self._outbox, self._clock)
        self._client = SyncClient(
            enrolment.kiosk,
            book=KioskBook(self._database, self._outbox),
            wire=Wire(enrolment, device),
            clock=self._clock,
            listener=NobodyListens(),
        )
        if not is_alone:
            self._client.start()

    def obey(self, line: str) -> None:
        match line.split():
            case ["issue", count, *every]:
                self._issue(int(count), int(every[0]) / 1000 if every else 0.0)
            case ["shift", seconds]:
                self._clock.shift = int(seconds) * 1_000_000
            case ["pages", count]:
                self._database.rows(f"PRAGMA max_page_count = {int(count) or MOST_PAGES}")
            case ["meanwhile", every]:
                self._issue_meanwhile(int(every) / 1000)
            case ["drain"]:
                self._client.wake()
                while self._outbox.backlog:
                    time.sleep(0.01)
            case _:
                raise ValueError(line)
        tell("done")

    def close(self) -> None:
        self._client.stop()
        self._database.close()

    def _issue_meanwhile(self, every_s: float) -> None:
        began, given, due = time.monotonic(), 0, time.monotonic()
        while self._outbox.backlog > given:
            given += 1
            self._issue(1, 0.0)
            due += every_s
            time.sleep(max(0.0, due - time.monotonic()))
        tell(f"drained {time.monotonic() - began:.3f}")

    def _issue(self, count: int, every_s: float) -> None:
        given, due = 0, time.monotonic()
        while not count or given < count:
            given += 1
            begun = time.perf_counter()
            document = Document(DocumentKind.DNI, f"{given % 100_000_000:08d}")
            draft = Draft(document=document, service="documentos", preferential=given % 5 == 0)
            try:
                turn = self._issuer.issue(draft, self._enrolment.office, "es", printer_ready=False)
            except StoreError as error:
                tell(f"refused {type(error).__name__}")
            else:
                ms = 1000 * (time.perf_counter() - begun)
                tell(f"turn {turn.ticket.number} {turn.ticket.id} {turn.day} {ms:.2f}")
                self._client.wake()
            due += every_s
            time.sleep(max(0.0, due - time.monotonic()))


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main(folder: str, enrolment: str, shift_s: str = "0", alone: str = "") -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    with ExitStack() as stack:
        paper = from_json(Path(enrolment).read_bytes(), Enrolment)
        device = load_device_key(Path(enrolment).with_suffix(".key"))
        assert device is not None
        kiosk = KioskWithoutScreen(Path(folder), paper, device, int(shift_s), is_alone=bool(alone))
        stack.callback(kiosk.close)
        tell("ready")
        while line := _next_line():
            kiosk.obey(line)


def _next_line() -> str:
    """A line of the input, read byte by byte: nothing of it may wait in a buffer when somebody attaches a tracer."""
    line = b""
    while (byte := os.read(0, 1)) not in {b"", b"\n"}:
        line += byte
    return line.decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
