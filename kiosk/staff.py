"""Does what staff want done at the machine, and tells them how it is now."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol, assert_never

from domain.clock import in_lima
from drivers.printer.words import Job
from kiosk.flow.effects import StaffAction
from kiosk.slip import staff_slip, ticket_slip
from kiosk.store.database import StoreError
from kiosk.store.jobs import copies_of, job_id
from kiosk.store.settings import OUT_OF_SERVICE, keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.words import Printer
    from kiosk.diagnosis import Diagnosis, Rows
    from kiosk.flow.state import Problem, State
    from kiosk.health import Health
    from kiosk.issue import IssuedTurn
    from kiosk.pin import Pin
    from kiosk.store.database import Database
    from kiosk.store.jobs import PrintJournal
    from kiosk.texts import Texts

log = logging.getLogger(__name__)


class Staff(Protocol):
    """What the visit needs of it; both wait for the disk."""

    def check_pin(self, pin: str) -> Problem | None:
        """None when it is the staff's; else why not."""
        ...

    def do(self, action: StaffAction, seen: State, last: IssuedTurn | None) -> Rows:
        """Has it done: what came of it, and how the machine is. ``last`` is the ticket that was given out last."""
        ...


class StaffDesk:
    """A `Staff`. Called from one thread at a time."""

    def __init__(
        self,
        *,
        pin: Pin,
        diagnosis: Diagnosis,
        database: Database,
        journal: PrintJournal,
        printer: Printer,
        health: Health,
        texts: Texts,
        restart: Callable[[], None],
    ) -> None:
        """``texts`` are Spanish; ``restart`` ends the program so that it is started anew, and returns at once."""
        self._pin = pin
        self._diagnosis = diagnosis
        self._database = database
        self._journal = journal
        self._printer = printer
        self._health = health
        self._texts = texts
        self._restart = restart

    def check_pin(self, pin: str) -> Problem | None:
        """See `Staff`."""
        return self._pin.check(pin)

    def do(self, action: StaffAction, seen: State, last: IssuedTurn | None) -> Rows:
        """See `Staff`. What cannot be written down is not done, and the page says so."""
        log.info("staff.did action=%s", action.value)
        try:
            came_of_it = self._done(action, seen, last)
        except StoreError as error:
            came_of_it = f"no se pudo: {error}"
        told = ((f"staff.{action.value}", came_of_it),) if came_of_it else ()
        return (*told, *self._diagnosis.rows(seen))

    def _done(self, action: StaffAction, seen: State, last: IssuedTurn | None) -> str:
        """What came of it, in Spanish; empty where there is nothing to say."""
        match action:
            case StaffAction.DIAGNOSE:
                return ""
            case StaffAction.TEST_PRINT:
                job, sending = self._journal.start_test()
                self._printer.print(Job(job, staff_slip(seen.office, seen.now, self._texts), sending))
                return "enviada a la impresora"
            case StaffAction.NEW_ROLL:
                self._journal.roll_changed()
                self._health.printed()
                return "anotado: rollo nuevo"
            case StaffAction.REPRINT:
                return self._reprint(seen, last)
            case StaffAction.EXTEND:
                until = seen.extended_until or seen.now
                log.info("staff.extended until=%s", in_lima(until).isoformat(timespec="minutes"))
                return f"se dan turnos hasta las {in_lima(until):%H:%M}"
            case StaffAction.OUT_OF_SERVICE | StaffAction.IN_SERVICE:
                is_out = action is StaffAction.OUT_OF_SERVICE
                with self._database.immediate() as tables:
                    keep(tables, OUT_OF_SERVICE, int(is_out))
                if is_out:
                    return "fuera de servicio, también si se reinicia"
                return "sigue fuera de servicio por orden de la oficina" if seen.ordered_out else "otra vez en servicio"
            case StaffAction.RESTART:
                self._restart()
                return "se está reiniciando"
            case _:
                assert_never(action)

    def _reprint(self, seen: State, last: IssuedTurn | None) -> str:
        if last is None:
            return "no hay un ticket reciente"
        copy = copies_of(self._database, last.ticket.id) + 1
        job = job_id(last.ticket.id, copy)
        sending = self._journal.start_copy(job, last.ticket.id, last.day, copy)
        self._printer.print(Job(job, ticket_slip(last.facts, seen.office, self._texts, copy=copy), sending))
        return f"{last.ticket.number}, duplicado {copy}"
