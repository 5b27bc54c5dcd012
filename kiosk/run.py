"""Carries out what the flow asks for, and brings it what devices and network say.

`Visit.happen` runs on the screen's thread only and holds the one mutable state. Committing a turn waits for the
disk, so it is done in a thread of its own; whatever another thread has to say goes through ``post``.
"""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, assert_never

from domain.messages import QueueSnapshot, from_json
from drivers.printer.words import Job, Outcome, Reason, Result
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.effects import Effect, IssueTicket, PrintAgain, StartScanning, StopScanning
from kiosk.slip import ticket_slip
from kiosk.store.database import StoreError
from kiosk.store.jobs import job_id, read_job_id

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from domain.clock import Clock
    from domain.office import Office
    from drivers.printer.words import Printer, Status
    from drivers.scanner.words import CameraState, Hint, Reading, Scanner
    from kiosk.flow.state import State
    from kiosk.health import Health
    from kiosk.issue import IssuedTurn, Issuer
    from kiosk.store.jobs import PrintJournal
    from kiosk.texts import Texts

    Post = Callable[[happened.Event], None]

log = logging.getLogger(__name__)


class Sync(Protocol):
    """What the visit needs of the sync client."""

    def wake(self) -> None:
        """Something new is committed."""
        ...


class Ears:
    """Hears printer, scanner and sync, in their threads, and posts it to the visit's."""

    scopes = ("queue",)

    def __init__(self, post: Post, wake_sync: Callable[[], None], health: Health) -> None:
        """The first two may be called from any thread; ``health`` hears the printer first, in the printer's thread."""
        self._post = post
        self._wake_sync = wake_sync
        self._health = health

    def printer_changed(self, status: Status) -> None:
        """The printer's status is another one."""
        self._post(happened.PrinterChanged(status))
        self._health.printer_changed(status)
        self._wake_sync()

    def printed(self, job: str, _attempt: int, outcome: Outcome) -> None:
        """A job ended, and its event is in the outbox."""
        self._post(happened.Printed(*read_job_id(job), outcome))
        self._health.printed()
        self._wake_sync()

    def scanned(self, reading: Reading) -> None:
        """A document was read."""
        self._post(happened.Scanned(reading))

    def hinted(self, hint: Hint) -> None:
        """The scanner cannot read what it sees."""
        self._post(happened.Hinted(hint))

    def camera_changed(self, state: CameraState) -> None:
        """The camera's state is another one."""
        self._post(happened.CameraChanged(state))

    def reader_changed(self, is_there: bool) -> None:  # noqa: FBT001 - called by the scanner with nothing else
        """A scanner to pass documents before came or went."""
        self._post(happened.ReaderChanged(is_there))

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        """The server said how many wait, which is all that a kiosk asks for."""
        del scope
        self._post(happened.QueueHeard(from_json(item, QueueSnapshot).waiting))


class Visit:
    """The kiosk's one visit after the other: state in, screens and effects out."""

    def __init__(
        self,
        state: State,
        *,
        issuer: Issuer,
        journal: PrintJournal,
        printer: Printer,
        scanner: Scanner,
        sync: Sync,
        texts: Callable[[str], Texts],
        clock: Clock,
        post: Post,
    ) -> None:
        """Starts at ``state``; ``post`` brings an event to `happen` on the screen's thread, from any thread."""
        self.state = state
        self._issuer = issuer
        self._journal = journal
        self._turn: IssuedTurn | None = None
        self._printer = printer
        self._scanner = scanner
        self._sync = sync
        self._texts = texts
        self._clock = clock
        self._post = post
        self._desk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="issue")

    def happen(self, event: happened.Event) -> State:
        """Takes one event: the state after it, with its effects under way."""
        self.state, effects = advance(self.state, event)
        for effect in effects:
            self._carry_out(effect)
        if self.state.ticket is None and not self.state.saving:
            self._turn = None  # what its paper says is nobody's business any more
        return self.state

    def tick(self) -> happened.Tick:
        """The event of this moment."""
        return happened.Tick(self._clock.monotonic_s(), self._clock.now())

    def close(self) -> None:
        """Waits for a turn that is being committed."""
        self._desk.shutdown()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case StartScanning():
                self._scanner.start()
            case StopScanning():
                self._scanner.stop()
            case IssueTicket():
                self._desk.submit(self._issue, effect, self.state.office).add_done_callback(self._surface)
            case PrintAgain():
                if self._turn is not None:
                    self._desk.submit(self._print_again, effect, self._turn, self.state.office)
            case _:
                assert_never(effect)

    def _issue(self, effect: IssueTicket, office: Office) -> None:
        """Commit, show, print, send: in that order, so that nothing uncommitted is ever seen."""
        try:
            ready = self._printer.status.can_print
            turn = self._issuer.issue(effect.draft, office, effect.language, printer_ready=ready)
        except StoreError as error:
            log.critical("issue.not_saved why=%s", error)
            self._post(happened.NotSaved())
            return
        self._turn = turn
        self._post(happened.Issued(turn.ticket))
        slip = ticket_slip(turn.facts, office, self._texts(effect.language))
        self._printer.print(Job(job_id(turn.ticket.id), slip, turn.sending))
        self._sync.wake()

    def _print_again(self, effect: PrintAgain, turn: IssuedTurn, office: Office) -> None:
        """A store that fails leaves the screen as the ticket; the number is valid all the same."""
        job, sending = job_id(effect.ticket, effect.copy), None
        if effect.copy:
            try:
                sending = self._journal.start_copy(job, effect.ticket, turn.day, effect.copy)
            except StoreError as error:
                log.critical("copy.not_saved why=%s", error)
            if sending is None:
                self._post(happened.Printed(effect.ticket, effect.copy, Outcome(Result.NOT_PRINTED, Reason.OTHER)))
                return
        slip = ticket_slip(turn.facts, office, self._texts(effect.language), copy=effect.copy)
        self._printer.print(Job(job, slip, sending))
        self._sync.wake()

    def _surface(self, issuing: Future[None]) -> None:
        """A fault that nobody foresaw must not leave the visitor before a screen that waits for ever."""
        if error := issuing.exception():
            # where, not what: the message of an error may quote what the visitor typed
            where = "".join(traceback.format_tb(error.__traceback__))
            log.critical("issue.crashed error=%s where=%s", type(error).__name__, where)
            self._post(happened.NotSaved())
