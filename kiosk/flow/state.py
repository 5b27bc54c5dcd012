"""What the kiosk knows at one moment: where the visit stands, what was said, how the devices are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from domain.documents import NO_DOCUMENT, Document
from drivers.printer.words import Reason, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint

if TYPE_CHECKING:
    from uuid import UUID

    from domain.clock import Micros
    from domain.office import Office
    from domain.tickets import QueueNumber

IDLE_ASK_S = 60.0
"""Quiet for so long, and the screen asks whether anybody is still there."""
IDLE_ANSWER_S = 20.0
"""Time to answer that (WCAG 2.2.1 asks for at least 20 s)."""
TICKET_S = 45.0
"""How long the ticket stays on the screen when nobody touches it."""
MOST_COPIES = 2
"""Copies of a ticket that a visitor may have when they say that it did not come out."""
SNAPSHOT_FRESH_S = 60.0
"""The queue's length is told only while it was heard less than this long ago."""


class Screen(Enum):
    """One page of the visit."""

    WELCOME = "welcome"
    CLOSED = "closed"
    IDENTIFY = "identify"
    CHECK_DOCUMENT = "check_document"
    SERVICE = "service"
    DESCRIBE = "describe"
    CONTACT = "contact"
    REVIEW = "review"
    TICKET = "ticket"


STEPS = {
    Screen.IDENTIFY: 1,
    Screen.CHECK_DOCUMENT: 1,
    Screen.SERVICE: 2,
    Screen.DESCRIBE: 2,
    Screen.CONTACT: 3,
    Screen.REVIEW: 4,
}
"""Where each screen stands among the four steps that the visitor is told of."""


class Problem(Enum):
    """What the visitor should mend; the screens word it. None of them ends a visit."""

    DNI_EMPTY = "dni_empty"
    DNI_SHORT = "dni_short"
    DNI_NOT_DIGITS = "dni_not_digits"
    NOT_A_DOCUMENT = "not_a_document"
    DESCRIPTION_MISSING = "description_missing"
    CONTACT_UNREADABLE = "contact_unreadable"
    NOT_SAVED = "not_saved"


class Paper(Enum):
    """What is known of the printed ticket; "printed" is never said before the printer, or the visitor, did."""

    PRINTING = "printing"
    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNCERTAIN = "uncertain"
    """The printer does not know; the visitor is asked, and may have a copy."""
    GIVEN_UP = "given_up"
    """Nor did the copies come out: the screen is the ticket."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the visitor has said so far. Empty text means that they chose not to say it."""

    document: Document = NO_DOCUMENT
    name: str = field(default="", repr=False)
    preferential: bool = False
    service: str = ""
    description: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A turn that is committed: it may be shown. ``url`` is what its QR says."""

    id: UUID
    number: QueueNumber
    service: str
    issued_at: Micros
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QueueView:
    """How many were waiting, and when (monotonic seconds) the kiosk heard it."""

    waiting: int
    heard_s: float


_NO_WORD_YET = Status(PrinterState.OPENING)


@dataclass(frozen=True, slots=True)
class State:
    """Everything a screen needs to draw itself.

    ``now_s`` is monotonic and ``now`` is the corrected wall time, both as of the last tick; ``quiet_since_s`` is the
    visitor's last touch. ``typed`` is the text of the screen that is being filled in. ``ahead`` is how many waited when
    the turn was taken; None when nobody could say, and for a preferential visitor, who does not wait for them.
    ``has_reader`` says that there is a scanner to pass documents before, beside the camera or in its place.
    ``copies`` were printed of the ticket, ``is_retried`` says that it was sent a second time because nothing came out.
    """

    office: Office
    now_s: float
    now: Micros
    screen: Screen = Screen.WELCOME
    language: str = "es"
    draft: Draft = Draft()
    typed: str = field(default="", repr=False)
    problem: Problem | None = None
    hint: Hint | None = None
    saving: bool = False
    ticket: Ticket | None = None
    ahead: int | None = None
    paper: Paper = Paper.PRINTING
    paper_reason: Reason | None = None
    copies: int = 0
    is_retried: bool = False
    quiet_since_s: float = 0.0
    printer: Status = _NO_WORD_YET
    camera: CameraState = CameraState.OFF
    has_reader: bool = False
    queue: QueueView | None = None

    @property
    def is_open(self) -> bool:
        """Whether turns are given out now."""
        return self.office.hours.is_open(self.now)

    @property
    def step(self) -> int | None:
        """1 to 4, or None outside the numbered steps."""
        return STEPS.get(self.screen)

    @property
    def asks_still_there(self) -> bool:
        """Whether the screen should ask if the visitor is still there."""
        return self.screen in STEPS and not self.saving and self._quiet_s >= IDLE_ASK_S

    @property
    def seconds_left(self) -> int | None:
        """Whole seconds until the screen closes by itself, while it is counting; None while it is not."""
        if self.asks_still_there:
            left = IDLE_ASK_S + IDLE_ANSWER_S - self._quiet_s
        elif self.screen in {Screen.TICKET, Screen.CLOSED}:
            left = TICKET_S - self._quiet_s
        else:
            return None
        return max(0, round(left))

    @property
    def people_waiting(self) -> int | None:
        """How many wait now, or None when nobody can say."""
        if self.queue is None or self.now_s - self.queue.heard_s > SNAPSHOT_FRESH_S:
            return None
        return self.queue.waiting

    @property
    def _quiet_s(self) -> float:
        return self.now_s - self.quiet_since_s
