"""From the tap that confirms to the first byte at the printer: one commit, one fsync, and no number twice."""

from __future__ import annotations

import queue
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.documents import Document, DocumentKind
from drivers.printer.driver import EscPosPrinter
from drivers.printer.ports import Port
from drivers.printer.virtual.printer import VirtualPrinter
from kiosk.desk import Desk
from kiosk.flow import events as happened
from kiosk.flow.state import Draft, Problem, Screen, State
from kiosk.health import Health
from kiosk.issue import Issuer
from kiosk.run import Ears, Visit
from kiosk.store.database import Database, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.texts import Texts
from tests.bench.figures import Figure, percentile
from tests.samples import ENROLMENT, OFFICE, HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.printer.link import Doorbell, Link

TAPS = 300
THREADS, EACH = 8, 250
ROOT = Path(__file__).parents[2]


def figures() -> Iterator[Figure]:
    """The kiosk's own visit, issuer, store, journal and driver; the printer is the virtual one, without pacing."""
    with tempfile.TemporaryDirectory() as folder:
        raw = _raw_commits(Path(folder))
        taps = _taps(Path(folder))
        how = f"{TAPS} confirmations, tap to the ticket's first byte handed to the port; limit: p99 of a bare commit"
        yield Figure("issue.tap_to_first_byte_p99_ms", percentile(taps, 0.99), "ms", how, percentile(raw, 0.99))
        issues = _issues(Path(folder) / "only")
        how = f"median of {TAPS} issues (encrypted, sealed, 5 tables); limit: median of a bare SQLite commit of one row"
        yield Figure("issue.vs_raw_sqlite", percentile(issues, 0.5), "ms", how, percentile(raw, 0.5))
        yield Figure(
            "issue.duplicates", _doubled(Path(folder) / "many"), "numbers", f"{THREADS} threads x {EACH} turns"
        )
    yield Figure(
        "issue.fsyncs", fsyncs_an_issue(), "fsyncs", "strace over 20 issues, less the same without; limit: 1", 1
    )


class _Watched(Port):
    """A port whose link tells when the first byte of a ticket leaves."""

    left: queue.SimpleQueue[float] = queue.SimpleQueue()

    def open(self, doorbell: Doorbell) -> Link:
        link = super().open(doorbell)
        send, left = link.send, self.left

        def watched(data: bytes) -> None:
            if data.startswith(b"\x1b@") and len(data) > 20:  # not the driver's own setting up
                left.put(time.perf_counter())
            send(data)

        link.send = watched  # type: ignore[method-assign]
        return link


def _store(folder: Path) -> tuple[Database, Outbox]:
    folder.mkdir(exist_ok=True)
    database = Database(folder / "kiosk.db", load_key(folder / "kiosk.key", store=folder / "kiosk.db"))
    return database, Outbox(database, origin=ENROLMENT.kiosk, office=OFFICE.id, epoch=ENROLMENT.epoch)


class _Nobody:
    """Scanner, sync, staff and server of a kiosk that needs none of them."""

    def start(self, *, lit: bool = True) -> None: ...

    def stop(self) -> None: ...

    def wake(self) -> None: ...

    def check_pin(self, pin: str) -> None: ...

    def do(self, *_: object) -> tuple[()]:
        return ()

    def ask(self, *, token: str = "", code: str = "") -> Problem:
        del token, code
        return Problem.NO_ANSWER

    def preview(self) -> None: ...

    def close(self) -> None: ...


def _taps(folder: Path) -> list[float]:
    """Milliseconds, one a visitor; each waits until the one before has their paper."""
    letters: queue.SimpleQueue[happened.Event] = queue.SimpleQueue()
    with ExitStack() as stack:
        database, outbox = _store(folder / "taps")
        stack.callback(database.close)
        clock = HandClock()
        journal = PrintJournal(database, outbox, clock)
        health, nobody = Health(database, outbox, clock, journal), _Nobody()
        ears = Ears(letters.put, lambda: None, health)
        stack.enter_context(closing(VirtualPrinter(folder / "port", folder / "tickets")))
        port = _Watched(str(folder / "port"), 115200)
        printer = stack.enter_context(closing(EscPosPrinter(port, journal, ears)))
        state = State(office=OFFICE, now_s=0, now=clock.now())
        desk = Desk(
            issuer=Issuer(ENROLMENT, database, outbox, clock),
            journal=journal,
            printer=printer,
            sync=nobody,
            health=health,
            staff=nobody,
            texts=Texts,
            post=letters.put,
        )
        stack.callback(desk.close)
        visit = Visit(state, desk=desk, scanner=nobody, questions=nobody, clock=clock, post=letters.put)
        stack.callback(visit.close)
        while not printer.status.can_print:
            visit.happen(letters.get(timeout=30))
        return [_tap(visit, letters, port) for _ in range(TAPS + 1)][1:]


def _tap(visit: Visit, letters: queue.SimpleQueue[happened.Event], port: _Watched) -> float:
    visit.happen(happened.Left())
    visit.happen(happened.Begun())
    visit.happen(happened.Skipped())
    visit.happen(happened.ServiceChosen(OFFICE.services[0].code))
    visit.happen(happened.Skipped())
    visit.happen(happened.Skipped())
    assert visit.state.screen is Screen.REVIEW
    begun = time.perf_counter()
    visit.happen(happened.Continued())
    taken = 1000 * (port.left.get(timeout=30) - begun)
    while not isinstance(event := letters.get(timeout=30), happened.Printed):
        visit.happen(event)
    return taken


def _issues(folder: Path) -> list[float]:
    database, outbox = _store(folder)
    with closing(database):
        issuer, taken = Issuer(ENROLMENT, database, outbox, HandClock()), []
        for _ in range(TAPS):
            begun = time.perf_counter()
            issuer.issue(Draft(service="documentos"), OFFICE, "es", printer_ready=True)
            taken.append(1000 * (time.perf_counter() - begun))
    return taken


def _raw_commits(folder: Path) -> list[float]:
    """One row, one commit, the same durability: what the disk alone takes."""
    with closing(sqlite3.connect(folder / "raw.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("CREATE TABLE one (id TEXT PRIMARY KEY)")
        taken = []
        for _ in range(TAPS):
            begun = time.perf_counter()
            raw.execute("INSERT INTO one VALUES (?)", (str(uuid4()),))
            taken.append(1000 * (time.perf_counter() - begun))
    return taken


def _doubled(folder: Path) -> int:
    database, outbox = _store(folder)
    numbers: list[str] = []
    with closing(database):
        issuer = Issuer(ENROLMENT, database, outbox, HandClock())

        def take() -> None:
            turns = (issuer.issue(Draft(), OFFICE, "es", printer_ready=False) for _ in range(EACH))
            numbers.extend(str(turn.ticket.number) for turn in turns)

        threads = [threading.Thread(target=take) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(numbers) == THREADS * EACH
    return sum(count - 1 for count in Counter(numbers).values())


def fsyncs_an_issue(turns: int = 20) -> float:
    """Counted by strace: the same program with and without ``turns`` issues."""
    return (_fsyncs(turns) - _fsyncs(0)) / turns


def _fsyncs(turns: int) -> int:
    strace = shutil.which("strace")
    assert strace, "strace is in scripts/packages.txt"
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "calls"
        command = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(told)]
        program = [sys.executable, "-m", "tests.bench.issue", folder, str(turns)]
        subprocess.run([*command, *program], cwd=ROOT, check=True)
        return len(re.findall(r"f(?:data)?sync\(", told.read_text(encoding="utf-8")))


def _issue_in(folder: Path, turns: int) -> None:
    database, outbox = _store(folder)
    issuer = Issuer(ENROLMENT, database, outbox, HandClock())
    for n in range(turns):  # with a document, for that is what takes most tables
        document = Document(DocumentKind.DNI, f"{n:08d}")
        issuer.issue(Draft(document=document, service="documentos"), OFFICE, "es", printer_ready=True)
    database.close()


if __name__ == "__main__":
    _issue_in(Path(sys.argv[1]), int(sys.argv[2]))
