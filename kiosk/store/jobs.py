"""The print journal: what may be on the wire is written down before its first byte, and how it ended after.

A job is ``issued`` until somebody sends it, ``sending`` while its bytes may be out, then one of the printer's
results. The number belongs to the ticket, never to the paper: nothing here can release or repeat one.
"""

from __future__ import annotations

import logging
import math
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from domain.messages import PrintOutcome, Reprinted
from domain.tickets import business_day
from drivers.printer.words import Outcome, Paper, Reason, Result, Sending
from kiosk.roll import Roll
from kiosk.store import numbers
from kiosk.store.database import StoreUnusableError
from kiosk.store.settings import PRINTED_AT, ROLL_USED_MM, STRIP_HANGS, TICKET_MM, keep, number

if TYPE_CHECKING:
    import sqlite_utils

    from domain.clock import CorrectedClock
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)

_ISSUED = "issued"
_SENDING = "sending"
_PROCESS_IDS = 10_000
_NOBODYS = ""
"""What a test slip has in a ticket's place."""


def job_id(ticket: UUID, copy: int = 0) -> str:
    """The name of a kiosk's print job: the ticket's own, and one for each copy of it."""
    return f"{ticket}/{copy}" if copy else str(ticket)


def read_job_id(job: str) -> tuple[UUID, int]:
    """Ticket and copy of such a name."""
    ticket, _, copy = job.partition("/")
    return UUID(ticket), int(copy or 0)


def add(tables: sqlite_utils.Database, ticket: UUID, day: date, *, sending: bool) -> Sending | None:
    """Adds the job of a new ticket inside the caller's transaction; the journal entry if it is being sent at once."""
    entry = Sending(_next_process_id(tables), attempt=1) if sending else None
    _insert(tables, job_id(ticket), ticket, day, entry)
    return entry


def _insert(
    tables: sqlite_utils.Database,
    job: str,
    ticket: UUID | None,
    day: date,
    entry: Sending | None,
    *,
    copy: int = 0,
    request: UUID | None = None,
) -> None:
    tables.table("print_job").insert(
        {
            "id": job,
            "ticket": str(ticket) if ticket else _NOBODYS,
            "copy": copy,
            "request": str(request) if request else None,
            "business_day": day.isoformat(),
            "state": _SENDING if entry else _ISSUED,
            "reason": "",
            "process_id": entry.process_id if entry else "",
            "attempt": entry.attempt if entry else 0,
        }
    )


def copies_of(database: Database, ticket: UUID) -> int:
    """How many marked copies of a ticket were printed here, or tried."""
    return int(database.value("SELECT coalesce(max(copy), 0) FROM print_job WHERE ticket = ?", str(ticket)))


class PrintJournal:
    """The printer's `Journal`, in the kiosk's store; each call is one commit."""

    def __init__(self, database: Database, outbox: Outbox, clock: CorrectedClock, roll_mm: float = 0.0) -> None:
        """Jobs that an earlier life of this program left open are closed first: what was being sent is uncertain.

        A full disk leaves them open until the next start: a kiosk that shows why is better than none. ``roll_mm`` is
        a full roll's length; 0 where nobody knows it.
        """
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._roll_mm = roll_mm
        try:
            for job in database.rows("SELECT id, attempt FROM print_job WHERE state = ?", _SENDING):
                self.finish(
                    job["id"], job["attempt"], Outcome(Result.UNCERTAIN, Reason.CRASHED), Paper(hangs=True)
                )  # fmt: skip
            for job in database.rows("SELECT id, attempt FROM print_job WHERE state = ?", _ISSUED):
                self.finish(job["id"], job["attempt"], Outcome(Result.NOT_PRINTED, Reason.CRASHED), Paper())
        except StoreUnusableError as error:
            log.critical("store.jobs_left_open why=%s", error)

    # --- jobs -------------------------------------------------------------------------------------------------

    def start_sending(self, job_id: str) -> Sending:
        """Commits the next attempt at a job, before its first byte."""
        with self._database.immediate() as tables:
            process_id = _next_process_id(tables)
            taken = tables.execute(
                """UPDATE print_job SET state = ?, process_id = ?, attempt = attempt + 1
                   WHERE id = ? RETURNING attempt""",
                (_SENDING, process_id, job_id),
            )
            return Sending(process_id, int(taken.fetchone()[0]))

    def start_copy(
        self, job: str, ticket: UUID, day: date | None, copy: int, *, request: UUID | None = None
    ) -> Sending | None:
        """Commits that a marked copy of a ticket is being sent, and the event that says so.

        A filing's cargo is such paper, too, under the filing's id. ``day`` is the ticket's, None for today. Returns
        None when there is such a job already: a request is printed once, however often it is heard.
        """
        with self._database.immediate() as tables:
            if tables.execute("SELECT 1 FROM print_job WHERE id = ?", (job,)).fetchone():
                return None
            day = day or business_day(numbers.last_day(tables), self._clock.now())
            entry = Sending(_next_process_id(tables), attempt=1)
            _insert(tables, job, ticket, day, entry, copy=copy, request=request)
            body = Reprinted(ticket, copy, request)
            self._outbox.append(tables, "ticket.reprinted", body, at=self._clock.wall(), day=day)
        return entry

    def refuse_copy(self, job: str, subject: UUID, *, request: UUID, reason: str) -> bool:
        """Commits that paper which was asked for will not come, and the event that says so; False if it was before."""
        with self._database.immediate() as tables:
            if tables.execute("SELECT 1 FROM print_job WHERE id = ?", (job,)).fetchone():
                return False
            day = business_day(numbers.last_day(tables), self._clock.now())
            _insert(tables, job, subject, day, None, request=request)
            over = (Result.NOT_PRINTED.value, reason, job)
            tables.execute("UPDATE print_job SET state = ?, reason = ? WHERE id = ?", over)
            body = PrintOutcome(subject, 0, Result.NOT_PRINTED.value, reason, request)
            self._outbox.append(tables, "ticket.print_outcome", body, at=self._clock.wall(), day=day)
        return True

    def start_test(self) -> tuple[str, Sending]:
        """Commits that a slip is being sent that is nobody's ticket; its job's name, and its entry."""
        job = str(uuid4())
        with self._database.immediate() as tables:
            day = business_day(numbers.last_day(tables), self._clock.now())
            entry = Sending(_next_process_id(tables), attempt=1)
            _insert(tables, job, None, day, entry)
        return job, entry

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None:
        """Commits how an attempt ended and what it did to the paper, with the event that tells the server.

        Of a slip that was nobody's ticket the server is told nothing.
        """
        reason = outcome.reason.value if outcome.reason else ""
        with self._database.immediate() as tables:
            job = tables.execute(
                "UPDATE print_job SET state = ?, reason = ? WHERE id = ? RETURNING ticket, business_day, request",
                (outcome.result.value, reason, job_id),
            )
            ticket, day, request = job.fetchone()
            if ticket != _NOBODYS:
                asked = UUID(request) if request else None
                body = PrintOutcome(UUID(ticket), attempt, outcome.result.value, reason, asked)
                self._outbox.append(
                    tables, "ticket.print_outcome", body, at=self._clock.wall(), day=date.fromisoformat(day)
                )
            if outcome.is_printed or paper.hangs:
                keep(tables, STRIP_HANGS, int(paper.hangs))
            if outcome.is_printed:
                keep(tables, PRINTED_AT, self._clock.now())
                keep(tables, TICKET_MM, math.ceil(paper.used_mm) or number(self._database, TICKET_MM))
            _wind(tables, paper)

    # --- paper ------------------------------------------------------------------------------------------------

    @property
    def strip_hangs(self) -> bool:
        """See `words.Journal`."""
        return bool(number(self._database, STRIP_HANGS))

    def strip_voided(self, paper: Paper) -> None:
        """See `words.Journal`."""
        with self._database.immediate() as tables:
            keep(tables, STRIP_HANGS, int(paper.hangs))
            _wind(tables, paper)

    def roll_changed(self) -> None:
        """See `words.Journal`."""
        with self._database.immediate() as tables:
            keep(tables, ROLL_USED_MM, 0)

    @property
    def roll(self) -> Roll:
        """What is left of the roll, by the odometer."""
        used, ticket = number(self._database, ROLL_USED_MM), number(self._database, TICKET_MM)
        return Roll(self._roll_mm, used, ticket)


def _wind(tables: sqlite_utils.Database, paper: Paper) -> None:
    if paper.used_mm:
        tables.execute(
            """INSERT INTO setting (name, value) VALUES (?, ?)
               ON CONFLICT DO UPDATE SET value = value + excluded.value""",
            (ROLL_USED_MM, math.ceil(paper.used_mm)),
        )


def _next_process_id(tables: sqlite_utils.Database) -> str:
    """Four digits that no job of the last 10,000 had, so that a late answer finds its own."""
    taken = tables.execute(
        """INSERT INTO setting (name, value) VALUES ('process_id', 1)
           ON CONFLICT DO UPDATE SET value = (value + 1) % ? RETURNING value""",
        (_PROCESS_IDS,),
    )
    return f"{taken.fetchone()[0]:04d}"
