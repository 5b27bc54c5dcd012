"""What waits for the disk, one thing after the other in a thread of its own; answers are posted to the visit.

Some answers say more than the flow needs, for the visit alone: what a turn's paper says, and which question it was.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from drivers.printer.words import Job, Outcome, Reason, Result
from kiosk.flow import events as happened
from kiosk.flow.state import Problem
from kiosk.series import NoSeriesError
from kiosk.slip import ticket_slip
from kiosk.store.database import StoreError
from kiosk.store.jobs import job_id
from kiosk.texts import SOURCE_LANGUAGE
from kiosk.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.documents import Document
    from domain.office import Office
    from drivers.printer.words import Printer, Sending
    from kiosk.flow.effects import CheckPin, IssueTicket, PrintAgain, StaffAction
    from kiosk.flow.state import State
    from kiosk.issue import IssuedTurn, Issuer
    from kiosk.staff import Staff
    from kiosk.store.jobs import PrintJournal
    from kiosk.texts import Texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Committed(happened.Issued):
    """`Issued`, and what its paper says."""

    turn: IssuedTurn = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recalled(happened.Remembered):
    """`Remembered`, what its paper says, and of which document it is."""

    turn: IssuedTurn = field(repr=False)
    document: Document


@dataclass(frozen=True, slots=True)
class Checked(happened.PinChecked):
    """`PinChecked`, and the question that it answers."""

    to: CheckPin


class Sync(Protocol):
    """What the desk needs of the sync client."""

    def wake(self) -> None:
        """Something new is committed."""
        ...


class Helpers(Protocol):
    """Who hears that somebody at this machine asks for help."""

    def help_asked(self) -> None:
        """It is told at once."""
        ...


class Desk:
    """Returns at once from everything; works in order."""

    def __init__(
        self,
        *,
        issuer: Issuer,
        journal: PrintJournal,
        printer: Printer,
        sync: Sync,
        health: Helpers,
        staff: Staff,
        texts: Callable[[str], Texts],
        post: Callable[[happened.Event], None],
    ) -> None:
        """``post`` may be called from any thread."""
        self._issuer = issuer
        self._journal = journal
        self._printer = printer
        self._sync = sync
        self._health = health
        self._staff = staff
        self._texts = texts
        self._post = post
        self._worker = Worker("desk")

    def close(self) -> None:
        """Waits for what is being done."""
        self._worker.close()

    # --- what can be wanted of it -------------------------------------------------------------------------------

    def issue(self, wanted: IssueTicket, office: Office) -> None:
        """Answered by `Committed`, or `NotSaved`."""
        self._do(lambda: self._issue(wanted, office), otherwise=happened.NotSaved())

    def print_again(self, wanted: PrintAgain, turn: IssuedTurn, office: Office) -> None:
        """Answered by `Printed`."""
        failed = happened.Printed(wanted.ticket, wanted.copy, Outcome(Result.NOT_PRINTED, Reason.OTHER))
        self._do(lambda: self._print_again(wanted, turn, office), otherwise=failed)

    def recall(self, document: Document) -> None:
        """Answered by `Recalled`, if that document has a turn today."""
        self._do(lambda: self._recall(document))

    def check_pin(self, wanted: CheckPin) -> None:
        """Answered by `Checked`."""
        wrong = Checked(Problem.PIN_WRONG, wanted)
        self._do(lambda: self._post(Checked(self._staff.check_pin(wanted.pin), wanted)), otherwise=wrong)

    def do_for_staff(self, action: StaffAction, seen: State, last: IssuedTurn | None) -> None:
        """Answered by `Diagnosed`. ``last`` is the ticket that was given out last, while its facts are held."""
        self._do(lambda: self._post(happened.Diagnosed(self._staff.do(action, seen, last))))

    def call_help(self) -> None:
        """Tells the desks of the office."""
        self._do(self._call_help)

    def begin_day(self) -> None:
        """A day begins: what was remembered of another is destroyed."""
        self._do(self._begin_day)

    # --- in its thread ------------------------------------------------------------------------------------------

    def _do(self, work: Callable[[], None], *, otherwise: happened.Event | None = None) -> None:
        self._worker.do(work, otherwise=None if otherwise is None else lambda: self._post(otherwise))

    def _issue(self, wanted: IssueTicket, office: Office) -> None:
        """Commit, show, print, send: in that order, so that nothing uncommitted is ever seen."""
        try:
            ready = self._printer.status.can_print
            turn = self._issuer.issue(wanted.draft, office, wanted.language, printer_ready=ready)
        except StoreError as error:
            log.critical("issue.not_saved why=%s", error)
            if isinstance(error, NoSeriesError):
                self._post(happened.NumbersSwitched(are_given=False))
            self._post(happened.NotSaved())
            return
        self._post(Committed(turn.ticket, turn))
        slip = ticket_slip(turn.facts, office, self._on_paper(wanted.language))
        self._printer.print(Job(job_id(turn.ticket.id), slip, turn.sending))
        self._sync.wake()

    def _print_again(self, wanted: PrintAgain, turn: IssuedTurn, office: Office) -> None:
        """A store that fails leaves the screen as the ticket; the number is valid all the same."""
        try:
            sending = self._copy(wanted, turn)
        except StoreError as error:
            log.critical("copy.not_saved why=%s", error)
            self._post(happened.Printed(wanted.ticket, wanted.copy, Outcome(Result.NOT_PRINTED, Reason.OTHER)))
            return
        slip = ticket_slip(turn.facts, office, self._on_paper(wanted.language), copy=wanted.copy)
        self._printer.print(Job(job_id(wanted.ticket, wanted.copy), slip, sending))
        self._sync.wake()

    def _on_paper(self, language: str) -> Texts:
        """The visitor's language where its texts are finished: paper goes home with them, and into files."""
        texts = self._texts(language)
        return self._texts(SOURCE_LANGUAGE) if texts.is_draft(language) else texts

    def _copy(self, wanted: PrintAgain, turn: IssuedTurn) -> Sending | None:
        """The journal's entry of a new copy; None where the same job is sent once more, for the printer enters that."""
        if not wanted.copy:
            return None
        return self._journal.start_copy(job_id(wanted.ticket, wanted.copy), wanted.ticket, turn.day, wanted.copy)

    def _recall(self, document: Document) -> None:
        try:
            found = self._issuer.recall(document)
        except StoreError as error:
            log.critical("recall.failed why=%s", error)
            return
        if found is not None:
            turn, copies = found
            self._post(Recalled(turn.ticket, copies, turn, document))

    def _call_help(self) -> None:
        self._health.help_asked()
        self._sync.wake()

    def _begin_day(self) -> None:
        try:
            self._issuer.forget_other_days()
        except StoreError as error:
            log.critical("day.not_forgotten why=%s", error)
