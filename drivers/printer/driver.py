"""The printer in use: one thread that owns the line, reconnects for ever, and says of every job what is true."""

from __future__ import annotations

import time
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import PATIENCE, Dialogue, Patience, Stopped
from drivers.printer.encode import MAX_BYTES, Encoded, SlipError, encode
from drivers.printer.events import Event, note, note_failure
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.profile import EPSON_80, Profile
from drivers.printer.report import Reporter
from drivers.printer.words import Cut, Outcome, Paper, Reason, Result, Slip, State, Status, Tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.link import Link
    from drivers.printer.ports import Port
    from drivers.printer.words import Job, Journal, Listener, Sending

VOID_ID: Final = "VOID"
"""The process id of the slip that voids a strip; jobs have digits."""

_CLOSE_S: Final = 1.0


class EscPosPrinter:
    """An ESC/POS printer at a port; implements `words.Printer`.

    A job handed over while the printer cannot print ends at once as NOT_PRINTED: the screen shows the ticket anyway,
    and when to try again is the caller's choice. ``journal`` and ``listener`` are called from the printer's thread.
    """

    def __init__(
        self,
        port: Port,
        journal: Journal,
        listener: Listener,
        *,
        profile: Profile = EPSON_80,
        void: Slip | None = None,
        patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts the thread, which looks for ``port`` until it is there.

        ``void`` goes out behind a strip that was left unfinished, so that nobody takes half a ticket for one, nor finds
        the next person's on the same paper.
        """
        self._doorbell = Doorbell()
        self._port = port
        self._report = Reporter(journal, listener)
        self._profile = profile
        self._void = void
        self._patience = patience
        self._clock = clock
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._closing = Flag()
        self._lock = Lock()
        self._reopen_s = patience.reopen_first_s
        self._doubted: dict[str, tuple[str, int]] = {}
        self._in_doubt = False
        self._stopped_short = False
        self._hangs = False
        self._longest_command = MAX_BYTES
        self._paper_was_low = False
        self._is_warm = False
        self._thread = Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    # --- any thread -------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """See `words.Printer`."""
        return self._report.status

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

    # --- the printer's thread: the line -----------------------------------------------------------------------

    def _run(self) -> None:
        self._hangs = self._in_doubt = self._report.strip_hangs()
        while not self._closing.is_set():
            try:
                with closing(self._port.open(self._doorbell)) as link:
                    self._serve(link)
            except PortLost:
                if self.status.state is not State.ABSENT:
                    note(Event.PORT_LOST)
            except Stopped:
                pass
            except Exception:  # noqa: BLE001 - a mistake of ours costs one job its outcome, not the kiosk its printer
                note_failure(Event.FAILED)
                self._reopen_s = self._patience.reopen_last_s
            if not self._closing.is_set():
                self._wait_for_port()
        self._refuse_all(Reason.OTHER)
        self._doorbell.close()

    def _wait_for_port(self) -> None:
        """A line that is lost as soon as it is open must not be opened in a loop, nor keep a job waiting."""
        self._report.become(Status(State.ABSENT))
        self._refuse_all(Reason.ABSENT)
        self._doorbell.wait(self._reopen_s)
        self._reopen_s = min(2 * self._reopen_s, self._patience.reopen_last_s)

    def _serve(self, link: Link) -> None:
        """Everything on one open line, until it is lost or the driver closed."""
        if not link.answers:
            self._serve_blindly(link)
            return
        dialogue = Dialogue(link, self._patience, self._clock, self._closing.is_set, self._profile)
        if self._in_doubt and self._profile.tier is Tier.SENSOR:  # what it owes, it owes on any line
            for process_id in self._doubted or [""]:
                dialogue.expect(process_id)
        self._report.become(Status(State.OPENING))
        tries = self._patience.opening_tries
        while True:
            if any(dialogue.look() for _ in range(tries)):
                self._synchronise(dialogue)
                self._attend(dialogue)
            self._report.become(Status(State.SILENT))
            self._refuse_all(Reason.SILENT)
            dialogue.listen(self._patience.silent_s)
            tries = 1

    def _synchronise(self, dialogue: Dialogue) -> None:
        self._report.become(Status(State.SYNC))
        self._stopped_short = False
        cleared = dialogue.synchronise(interrupted=self._in_doubt, longest=self._longest_command)
        self._settle_late(dialogue)
        if not dialogue.owes:  # what was in the printer is gone or settled: it can never be acknowledged any more
            self._doubted.clear()
            self._in_doubt = False
        self._reopen_s = self._patience.reopen_first_s
        note(Event.SYNCED, cleared=cleared)
        if self._hangs and self._void and dialogue.look() and not dialogue.condition.reason:
            self._cut_off(self._void, dialogue)

    def _attend(self, dialogue: Dialogue) -> None:
        """Prints and watches; returns when the printer has fallen silent."""
        silences, poll = 0, self._clock()
        while silences < self._patience.silences:
            if self._clock() >= poll:
                silences = 0 if dialogue.look() else silences + 1
                poll = self._clock() + (self._patience.poll_waiting_s if silences else self._patience.poll_s)
            if not silences:
                self._watch_roll(dialogue)
                if (self.status.state is State.BLOCKED or self._stopped_short) and not dialogue.condition.reason:
                    self._synchronise(dialogue)
                self._report.become(_status_of(dialogue))
            if job := self._next_job():
                self._take(job, dialogue)
                silences, poll = 0, self._clock()
                continue
            if not dialogue.listen(poll - self._clock()) and self._clock() >= poll:
                self._warm_up()
            self._settle_late(dialogue)

    def _watch_roll(self, dialogue: Dialogue) -> None:
        """Paper that was low and is not any more is a new roll. An open cover hides the paper from some sensors."""
        if dialogue.condition.cover_open:
            return
        low = dialogue.condition.paper_end or dialogue.condition.near_end
        if self._paper_was_low and not low:
            self._report.roll_changed()
        self._paper_was_low = low

    # --- the printer's thread: jobs ---------------------------------------------------------------------------

    def _take(self, job: Job, dialogue: Dialogue) -> None:
        """One job to its end. Raises PortLost only after the job has ended."""
        sending = self._report.begin(job)
        if not sending:
            return
        try:
            ended = self._before_sending(dialogue)
            encoded = None if ended else self._encoded(job, sending)
        except (PortLost, Stopped) as error:
            reason = Reason.ABSENT if isinstance(error, PortLost) else Reason.OTHER
            self._report.end(job.id, sending.attempt, Outcome(Result.NOT_PRINTED, reason))
            raise
        if not encoded:
            self._report.end(job.id, sending.attempt, ended or Outcome(Result.NOT_PRINTED, Reason.OTHER))
            return
        self._report.become(Status(State.PRINTING))
        note(Event.JOB_STARTED, job=job.id, attempt=sending.attempt, bytes=len(encoded.data))
        delivery = self._delivery(encoded, sending.process_id, dialogue)
        outcome = delivery.run()
        if outcome.result is Result.UNCERTAIN:
            self._doubted[sending.process_id] = (job.id, sending.attempt)
        paper = delivery.paper(outcome)
        self._in_doubt, self._hangs = not outcome.is_printed, paper.hangs
        # without an answer it may only be slow: its answer is still waited for, and until the next job nothing cleared
        self._stopped_short = not outcome.is_printed and outcome.reason is not Reason.NO_ANSWER
        self._report.end(job.id, sending.attempt, outcome, paper)
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

    def _cut_off(self, void: Slip, dialogue: Dialogue) -> None:
        """Marks the strip that hangs from the head as void and cuts it off. Raises: PortLost."""
        delivery = self._delivery(encode(void, VOID_ID, self._profile), VOID_ID, dialogue)
        outcome = delivery.run()
        self._in_doubt, self._hangs = not outcome.is_printed, not outcome.is_printed
        self._report.strip_voided(delivery.paper(outcome))
        if delivery.lost:
            raise PortLost

    def _delivery(self, encoded: Encoded, process_id: str, dialogue: Dialogue) -> Delivery:
        self._longest_command = encoded.longest_command
        return Delivery(encoded, process_id, dialogue, self._patience, self._clock, self._profile.tier)

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
            if sending := self._report.begin(job):
                self._report.end(job.id, sending.attempt, Outcome(Result.NOT_PRINTED, reason))

    def _settle_late(self, dialogue: Dialogue) -> None:
        for process_id in dialogue.take_acknowledged():
            if process_id in self._doubted:
                job_id, attempt = self._doubted.pop(process_id)
                self._hangs = False
                self._report.end(job_id, attempt, Outcome(Result.CONFIRMED_LATE))

    def _warm_up(self) -> None:
        """Loads python-escpos in a quiet moment, so that the first citizen does not wait for it."""
        if not self._is_warm:
            encode(Slip((Cut(),)), "0000", self._profile)
            self._is_warm = True

    # --- the printer's thread: a line without answers ---------------------------------------------------------

    def _serve_blindly(self, link: Link) -> None:
        """Hands jobs over. Nothing is ever confirmed: at best whoever took the bytes says that it is done."""
        self._report.become(Status(State.READY))
        while not self._closing.is_set():
            job = self._next_job()
            if job is None:
                self._warm_up()
                link.receive(self._patience.poll_s)
                continue
            if sending := self._report.begin(job):
                self._hand_over(job, sending, link)

    def _hand_over(self, job: Job, sending: Sending, link: Link) -> None:
        encoded = self._encoded(job, sending)
        if not encoded:
            self._report.end(job.id, sending.attempt, Outcome(Result.NOT_PRINTED, Reason.OTHER))
            return
        try:
            link.send(encoded.data)
            done = link.finish(encoded.paper_mm / self._patience.slowest_mm_s + self._patience.slack_s)
        except PortLost:
            self._report.end(job.id, sending.attempt, Outcome(Result.UNCERTAIN, Reason.LOST))
            raise
        outcome = Outcome(Result.PROBABLE) if done else Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)
        self._report.end(job.id, sending.attempt, outcome, Paper(encoded.paper_mm))


def _status_of(dialogue: Dialogue) -> Status:
    reason = dialogue.condition.reason
    if reason:
        return Status(State.BLOCKED, reason)
    return Status(State.READY_LOW if dialogue.condition.near_end else State.READY)
