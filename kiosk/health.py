"""Tells the server what an attendant should know of this machine, at each change and not more often.

How its printer is, how much paper it has, and that somebody in front of it asked for help.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.messages import KioskHealth
from domain.tickets import business_day
from drivers.printer.words import Reason, State, Status
from kiosk.store import numbers
from kiosk.store.database import StoreUnusableError
from kiosk.store.settings import PRINTED_AT, number

if TYPE_CHECKING:
    from domain.clock import CorrectedClock
    from kiosk.store.database import Database
    from kiosk.store.jobs import PrintJournal
    from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)

_PASSING = frozenset({State.OPENING, State.SYNC, State.PRINTING})
"""Over in a moment: nobody has to walk to the machine."""
_NOT_KNOWN = Status(State.OPENING)
_STEP_PCT = 5
"""Paper is told of in these steps."""


class Health:
    """Writes `kiosk.health` events. Safe to use from several threads: the printer's, and the visit's."""

    def __init__(self, database: Database, outbox: Outbox, clock: CorrectedClock, journal: PrintJournal) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._journal = journal
        self._lock = threading.Lock()  # over the next three
        self._status: Status | None = None
        self._help_at: Micros | None = None
        self._told: tuple[object, ...] = ()

    def printer_changed(self, status: Status) -> None:
        """The printer's status is another one."""
        if status.state not in _PASSING:
            with self._lock:
                self._status = status
                self._tell_change()

    def printed(self) -> None:
        """A job ended, or a new roll was put in: the paper is another."""
        with self._lock:
            self._tell_change()

    def help_asked(self) -> None:
        """Somebody at this machine asks for help; told at once, also before the printer said anything."""
        with self._lock:
            self._help_at = self._clock.now()
            self._tell_change()

    def _tell_change(self) -> None:
        """One commit, where there is something new to tell. A store that fails has told so elsewhere."""
        try:
            if self._status is not None or self._help_at is not None:
                self._tell(self._status or _NOT_KNOWN)
        except StoreUnusableError as error:
            log.warning("health.not_told why=%s", error)

    def _tell(self, status: Status) -> None:
        roll = self._journal.roll
        if status.reason is Reason.PAPER:  # the sensor knows better than the odometer
            roll = replace(roll, used_mm=roll.length_mm)
        left = roll.left_pct
        news = (status, None if left is None else left // _STEP_PCT, self._help_at)
        if news == self._told:
            return
        body = KioskHealth(
            printer=status.state.value,
            reason=status.reason.value if status.reason else "",
            paper_left_pct=left,
            tickets_left=roll.tickets_left,
            printed_at=Micros(printed_at) if (printed_at := number(self._database, PRINTED_AT)) else None,
            help_at=self._help_at,
        )
        with self._database.immediate() as tables:
            day = business_day(numbers.last_day(tables), self._clock.now())
            self._outbox.append(tables, "kiosk.health", body, at=self._clock.wall(), day=day)
        self._told = news
