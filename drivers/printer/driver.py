"""The printer in use: one thread that owns the line, reconnects for ever, and says of every job what is true."""

from __future__ import annotations

import time
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from typing import TYPE_CHECKING

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import PATIENCE, Dialogue, Patience, Stopped
from drivers.printer.encode import EPSON_80, Encoded, Profile, SlipError, encode
from drivers.printer.events import Event, note, note_failure
from drivers.printer.link import Doorbell, PortLost, SerialLink
from drivers.printer.words import Cut, Outcome, Reason, Result, Slip, State, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.link import Link
    from drivers.printer.words import Job, Journal, Listener, Sending

NOT_JOURNALLED = 0
"""The attempt reported for a job that the journal could not take: it was not sent."""

_CLOSE_S = 1.0


class SerialPrinter:
    """A printer on a serial port; implements `words.Printer`.

    A job handed over while the printer cannot print ends at once as NOT_PRINTED: the screen shows the ticket anyway,
    and when to try again is the caller's choice. ``journal`` and ``listener`` are called from the printer's thread.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        journal: Journal,
        listener: Listener,
        *,
        profile: Profile = EPSON_80,
        patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts the thread, which looks for ``port`` until it is there."""
        self._doorbell = Doorbell()
        self._open: Callable[[], Link] = partial(SerialLink, port, baud, self._doorbell)
        self._baud = baud
        self._journal = journal
        self._listener = listener
        self._profile = profile
        self._patience = patience
        self._clock = clock
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._closing = Flag()
        self._lock = Lock()
        self._status = Status(State.ABSENT)
        self._reopen_s = patience.reopen_first_s
        self._doubted: dict[str, tuple[str, int]] = {}
        self._in_doubt = False
        self._warm = False
        self._thread = Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    # --- any thread -------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """See `words.Printer`."""
        return self._status

    def print(self, job: Job) -> None:
        """See `words.Printer`. Raises: RuntimeError after `close`."""
        with self._lock:
            if self._closing.is_set():
                raise RuntimeError("this printer is closed")
            self._jobs.put(job)
        self._doorbell.ring()

    def close(self) -> None:
        """See `words.Printer`. A job on the wire ends UNCERTAIN, one not begun NOT_PRINTED. May be called twice."""
        with self._lock:
            self._closing.set()
        self._doorbell.ring()
        self._thread.join(_CLOSE_S)

    # --- the printer's thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                link = self._open()
            except PortLost:
                self._become(Status(State.ABSENT))
                self._refuse_all(Reason.ABSENT)
                self._doorbell.wait(self._reopen_s)
                self._reopen_s = min(2 * self._reopen_s, self._patience.reopen_last_s)
                continue
            try:
                self._serve(Dialogue(link, self._patience, self._clock, self._closing.is_set))
            except PortLost:
                note(Event.PORT_LOST)
                self._become(Status(State.ABSENT))
            except Stopped:
                pass
            except Exception:  # noqa: BLE001 - a mistake of ours costs one job its outcome, not the kiosk its printer
                note_failure(Event.FAILED)
                self._become(Status(State.ABSENT))
                self._doorbell.wait(self._patience.reopen_last_s)
            finally:
                link.close()
        self._refuse_all(Reason.OTHER)
        self._doorbell.close()

    def _serve(self, dialogue: Dialogue) -> None:
        """Everything on one open line, until it is lost or the driver closed."""
        self._become(Status(State.OPENING))
        tries = self._patience.opening_tries
        while True:
            if any(dialogue.look() for _ in range(tries)):
                self._synchronise(dialogue)
                self._attend(dialogue)
            self._become(Status(State.SILENT))
            self._refuse_all(Reason.SILENT)
            dialogue.listen(self._patience.silent_s)
            tries = 1

    def _synchronise(self, dialogue: Dialogue) -> None:
        self._become(Status(State.SYNC))
        cleared = dialogue.synchronise()
        self._settle_late(dialogue)
        if cleared:
            self._doubted.clear()  # what was in the printer is gone: it can never be acknowledged
        self._in_doubt = False
        self._reopen_s = self._patience.reopen_first_s
        note(Event.SYNCED, cleared=cleared)

    def _attend(self, dialogue: Dialogue) -> None:
        """Prints and watches; returns when the printer has fallen silent."""
        silences, poll = 0, self._clock()
        while silences < self._patience.silences:
            if self._clock() >= poll:
                silences = 0 if dialogue.look() else silences + 1
                poll = self._clock() + (self._patience.poll_waiting_s if silences else self._patience.poll_s)
            if not silences:
                if self._status.state is State.BLOCKED and not dialogue.condition.reason:
                    self._synchronise(dialogue)
                self._become(_status_of(dialogue))
            if job := self._next_job():
                self._take(job, dialogue)
                silences, poll = 0, self._clock()
                continue
            if not dialogue.listen(poll - self._clock()) and self._clock() >= poll:
                self._warm_up()
            self._settle_late(dialogue)

    def _take(self, job: Job, dialogue: Dialogue) -> None:
        """One job to its end. Raises PortLost only after the job has ended."""
        sending = self._journalled(job)
        if not sending:
            return
        try:
            ended = self._before_sending(dialogue)
            encoded = None if ended else self._encoded(job, sending)
        except (PortLost, Stopped) as error:
            lost = isinstance(error, PortLost)
            self._end(job.id, sending.attempt, Outcome(Result.NOT_PRINTED, Reason.ABSENT if lost else Reason.OTHER))
            raise
        if not encoded:
            self._end(job.id, sending.attempt, ended or Outcome(Result.NOT_PRINTED, Reason.OTHER))
            return
        self._become(Status(State.PRINTING))
        note(Event.JOB_STARTED, job=job.id, attempt=sending.attempt, bytes=len(encoded.data))
        delivery = Delivery(
            encoded,
            sending.process_id,
            dialogue,
            self._baud,
            self._patience,
            self._clock,
            self._profile.acknowledges,
        )
        outcome = delivery.run()
        if outcome.result is Result.UNCERTAIN:
            self._doubted[sending.process_id] = (job.id, sending.attempt)
        self._in_doubt = outcome.result not in {Result.CONFIRMED, Result.PROBABLE}
        self._end(job.id, sending.attempt, outcome)
        if delivery.lost:
            raise PortLost

    def _before_sending(self, dialogue: Dialogue) -> Outcome | None:
        """Nothing of an earlier job may still come out, and nothing is sent to a printer that cannot print."""
        if self._in_doubt:
            self._synchronise(dialogue)
        if not dialogue.look():
            return Outcome(Result.NOT_PRINTED, Reason.SILENT)
        reason = dialogue.condition.reason
        return Outcome(Result.NOT_PRINTED, reason) if reason else None

    def _encoded(self, job: Job, sending: Sending) -> Encoded | None:
        try:
            return encode(job.slip, sending.process_id, self._profile)
        except SlipError:
            note_failure(Event.SLIP_REFUSED, job=job.id)
            return None

    def _next_job(self) -> Job | None:
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None

    def _refuse_all(self, reason: Reason) -> None:
        while job := self._next_job():
            if sending := self._journalled(job):
                self._end(job.id, sending.attempt, Outcome(Result.NOT_PRINTED, reason))

    def _settle_late(self, dialogue: Dialogue) -> None:
        for process_id in dialogue.take_acknowledged():
            if process_id in self._doubted:
                job_id, attempt = self._doubted.pop(process_id)
                self._end(job_id, attempt, Outcome(Result.CONFIRMED_LATE))

    def _warm_up(self) -> None:
        """Loads python-escpos in a quiet moment, so that the first citizen does not wait for it."""
        if not self._warm:
            encode(Slip((Cut(),)), "0000", self._profile)
            self._warm = True

    # --- calls to others, who may fail ------------------------------------------------------------------------

    def _journalled(self, job: Job) -> Sending | None:
        """The journal's entry for this attempt; without one nothing is sent."""
        if job.sending:
            return job.sending
        try:
            return self._journal.start_sending(job.id)
        except Exception:  # noqa: BLE001 - whatever the store throws, the thread lives on; logged with its traceback
            note_failure(Event.CALL_FAILED, call="start_sending", job=job.id)
        self._tell(partial(self._listener.printed, job.id, NOT_JOURNALLED, Outcome(Result.NOT_PRINTED, Reason.OTHER)))
        return None

    def _end(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        reason = outcome.reason.value if outcome.reason else None
        note(Event.JOB_ENDED, job=job_id, attempt=attempt, result=outcome.result.value, reason=reason)
        self._tell(partial(self._journal.finish, job_id, attempt, outcome))
        self._tell(partial(self._listener.printed, job_id, attempt, outcome))

    def _become(self, status: Status) -> None:
        if status == self._status:
            return
        self._status = status
        note(Event.STATE, state=status.state.value, reason=status.reason.value if status.reason else None)
        self._tell(partial(self._listener.printer_changed, status))

    def _tell(self, call: partial[None]) -> None:
        try:
            call()
        except Exception:  # noqa: BLE001 - a listener's mistake must not end the printer; logged with its traceback
            note_failure(Event.CALL_FAILED, call=getattr(call.func, "__name__", "?"))


def _status_of(dialogue: Dialogue) -> Status:
    reason = dialogue.condition.reason
    if reason:
        return Status(State.BLOCKED, reason)
    return Status(State.READY_LOW if dialogue.condition.near_end else State.READY)
