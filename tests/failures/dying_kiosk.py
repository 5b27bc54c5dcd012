"""A kiosk that is killed: run by the tests as a second process, with the kiosk's own visit, store and journal.

``before-print`` confirms one visit and dies by its own SIGKILL at the moment its job reaches the printer: after the
commit, before the first byte. ``issue-for-ever`` tells each number that it committed until somebody kills it.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
from pathlib import Path
from typing import NoReturn

from drivers.printer.words import Job, Status
from drivers.printer.words import State as PrinterState
from kiosk.desk import Desk
from kiosk.flow import events as happened
from kiosk.flow.state import Draft, Problem, Screen, State
from kiosk.issue import Issuer
from kiosk.run import Visit
from kiosk.store.database import Database, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.texts import Texts
from tests.samples import ENROLMENT, OFFICE, HandClock


class DeadlyPrinter:
    """Ready until somebody prints."""

    status = Status(PrinterState.READY)

    def print(self, job: Job) -> NoReturn:
        assert job.sending is not None, "the journal must know of the job before the printer does"
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def close(self) -> None: ...


class NoScanner:
    def start(self, *, lit: bool = True) -> None: ...

    def stop(self) -> None: ...

    def preview(self) -> None: ...

    def close(self) -> None: ...


class Nobody:
    """Sync, staff, health and server of a kiosk that dies before it needs them."""

    def wake(self) -> None: ...

    def help_asked(self) -> None: ...

    def check_pin(self, pin: str) -> None: ...

    def do(self, *_: object) -> tuple[()]:
        return ()

    def ask(self, *, token: str = "", code: str = "") -> Problem:
        del token, code
        return Problem.NO_ANSWER


def main(what: str, folder: Path) -> None:
    database = Database(folder / "kiosk.db", load_key(folder / "kiosk.key", store=folder / "kiosk.db"))
    outbox = Outbox(database, origin=ENROLMENT.kiosk, office=OFFICE.id, epoch=ENROLMENT.epoch)
    clock = HandClock()
    journal = PrintJournal(database, outbox, clock)
    issuer = Issuer(ENROLMENT, database, outbox, clock)
    if what == "issue-for-ever":
        while True:
            number = issuer.issue(Draft(), OFFICE, "es", printer_ready=True).ticket.number
            os.write(1, f"{number}\n".encode())
    letters: queue.SimpleQueue[happened.Event] = queue.SimpleQueue()
    nobody = Nobody()
    desk = Desk(
        issuer=issuer,
        journal=journal,
        printer=DeadlyPrinter(),
        sync=nobody,
        health=nobody,
        staff=nobody,
        texts=Texts,
        post=letters.put,
    )
    visit = Visit(
        State(office=OFFICE, now_s=0, now=clock.now(), screen=Screen.REVIEW),
        desk=desk,
        scanner=NoScanner(),
        questions=nobody,
        clock=clock,
        post=letters.put,
    )
    visit.happen(happened.Continued())
    while True:
        visit.happen(letters.get(timeout=10))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
