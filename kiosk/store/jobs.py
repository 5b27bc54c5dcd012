"""The print journal: what may be on the wire is written down before its first byte, and how it ended after.

A job is ``issued`` until somebody sends it, ``sending`` while its bytes may be out, then one of the printer's
results. The number belongs to the ticket, never to the paper: nothing here can release or repeat one.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.messages import PrintOutcome
from drivers.printer.words import Outcome, Reason, Result, Sending
from kiosk.store.database import StoreUnusableError

if TYPE_CHECKING:
    import sqlite_utils

    from domain.clock import CorrectedClock
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)

_ISSUED = "issued"
_SENDING = "sending"
_PROCESS_IDS = 10_000


def add(tables: sqlite_utils.Database, ticket: UUID, day: date, *, sending: bool) -> Sending | None:
    """Adds the job of a new ticket inside the caller's transaction; the journal entry if it is being sent at once.

    The job's id is the ticket's.
    """
    entry = Sending(_next_process_id(tables), attempt=1) if sending else None
    tables.table("print_job").insert(
        {
            "id": str(ticket),
            "ticket": str(ticket),
            "business_day": day.isoformat(),
            "state": _SENDING if entry else _ISSUED,
            "reason": "",
            "process_id": entry.process_id if entry else "",
            "attempt": entry.attempt if entry else 0,
        }
    )
    return entry


class PrintJournal:
    """The printer's `Journal`, in the kiosk's store; each call is one commit."""

    def __init__(self, database: Database, outbox: Outbox, clock: CorrectedClock) -> None:
        """Jobs that an earlier life of this program left open are closed first: what was being sent is uncertain.

        A full disk leaves them open until the next start: a kiosk that shows why is better than none.
        """
        self._database = database
        self._outbox = outbox
        self._clock = clock
        try:
            for job in database.rows("SELECT id, attempt FROM print_job WHERE state = ?", _SENDING):
                self.finish(job["id"], job["attempt"], Outcome(Result.UNCERTAIN, Reason.CRASHED))
            for job in database.rows("SELECT id, attempt FROM print_job WHERE state = ?", _ISSUED):
                self.finish(job["id"], job["attempt"], Outcome(Result.NOT_PRINTED, Reason.CRASHED))
        except StoreUnusableError as error:
            log.critical("store.jobs_left_open why=%s", error)

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

    def finish(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        """Commits how an attempt ended, with the event that tells the server."""
        reason = outcome.reason.value if outcome.reason else ""
        with self._database.immediate() as tables:
            job = tables.execute(
                "UPDATE print_job SET state = ?, reason = ? WHERE id = ? RETURNING ticket, business_day",
                (outcome.result.value, reason, job_id),
            )
            ticket, day = job.fetchone()
            body = PrintOutcome(UUID(ticket), attempt, outcome.result.value, reason)
            self._outbox.append(
                tables, "ticket.print_outcome", body, at=self._clock.wall(), day=date.fromisoformat(day)
            )


def _next_process_id(tables: sqlite_utils.Database) -> str:
    """Four digits that no job of the last 10,000 had, so that a late answer finds its own."""
    taken = tables.execute(
        """INSERT INTO setting (name, value) VALUES ('process_id', 1)
           ON CONFLICT DO UPDATE SET value = (value + 1) % ? RETURNING value""",
        (_PROCESS_IDS,),
    )
    return f"{taken.fetchone()[0]:04d}"
