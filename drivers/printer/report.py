"""What the driver says to its journal and its listener, who may fail without stopping the printer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drivers.printer.events import Event, note, note_failure
from drivers.printer.words import Outcome, Paper, Reason, Result, State, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.words import Job, Journal, Listener, Sending

NOT_JOURNALLED = 0
"""The attempt reported for a job that the journal could not take: it was not sent."""

UNTOUCHED = Paper()


class Reporter:
    """Writes down first, tells after; used by the printer's thread only. ``status`` may be read from any thread."""

    def __init__(self, journal: Journal, listener: Listener) -> None:
        self.status = Status(State.OPENING)
        self._journal = journal
        self._listener = listener

    def strip_hangs(self) -> bool:
        """What the journal knows from before this program's start; a journal that fails is believed the worst of."""
        try:
            return self._journal.strip_hangs
        except Exception:  # noqa: BLE001 - whatever the store throws; logged with its traceback
            note_failure(Event.CALL_FAILED, call="strip_hangs")
            return True

    def begin(self, job: Job) -> Sending | None:
        """The journal's entry for this attempt; without one nothing may be sent, and the job has ended."""
        if job.sending:
            return job.sending
        try:
            return self._journal.start_sending(job.id)
        except Exception:  # noqa: BLE001 - whatever the store throws, the thread lives on; logged with its traceback
            note_failure(Event.CALL_FAILED, call="start_sending", job=job.id)
        self._tell(partial(self._listener.printed, job.id, NOT_JOURNALLED, Outcome(Result.NOT_PRINTED, Reason.OTHER)))
        return None

    def end(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper = UNTOUCHED) -> None:
        """How an attempt ended."""
        reason = outcome.reason.value if outcome.reason else None
        note(Event.JOB_ENDED, job=job_id, attempt=attempt, result=outcome.result.value, reason=reason)
        self._tell(partial(self._journal.finish, job_id, attempt, outcome, paper))
        self._tell(partial(self._listener.printed, job_id, attempt, outcome))

    def strip_voided(self, paper: Paper) -> None:
        """A strip that hung from the head was voided, or could not be."""
        note(Event.STRIP_VOIDED, hangs=paper.hangs)
        self._tell(partial(self._journal.strip_voided, paper))

    def roll_changed(self) -> None:
        """A new roll is in."""
        note(Event.ROLL_CHANGED)
        self._tell(self._journal.roll_changed)

    def become(self, status: Status) -> None:
        """The status is ``status`` from now on."""
        if status == self.status:
            return
        self.status = status
        note(Event.STATE, state=status.state.value, reason=status.reason.value if status.reason else None)
        self._tell(partial(self._listener.printer_changed, status))

    @staticmethod
    def _tell(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # noqa: BLE001 - a listener's mistake must not end the printer; logged with its traceback
            name = getattr(call.func if isinstance(call, partial) else call, "__name__", "?")
            note_failure(Event.CALL_FAILED, call=name)
