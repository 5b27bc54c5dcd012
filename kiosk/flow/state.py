"""What the kiosk knows at one moment: where the visit stands, what was said, how the devices are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from domain.documents import NO_DOCUMENT, Document, DocumentKind
from drivers.printer.words import Reason, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint

if TYPE_CHECKING:
    from uuid import UUID

    from domain.clock import Micros
    from domain.messages import FilingStanding, TurnStatus
    from domain.office import Office, Service
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
HELP_AGAIN_S = 60.0
"""Who has asked for help is not asked for again within this time, however often the button is touched."""


class Screen(Enum):
    """One page of the visit."""

    WELCOME = "welcome"
    INFO = "info"
    CLOSED = "closed"
    ASK = "ask"
    STATUS = "status"
    IDENTIFY = "identify"
    CHECK_DOCUMENT = "check_document"
    EARLIER = "earlier"
    PRINCIPAL = "principal"
    SERVICE = "service"
    REQUEST = "request"
    DESCRIBE = "describe"
    FOLIOS = "folios"
    CONTACT = "contact"
    REVIEW = "review"
    TICKET = "ticket"
    PIN = "pin"
    STAFF = "staff"
    OUT_OF_SERVICE = "out_of_service"


STEPS = {
    Screen.IDENTIFY: 1,
    Screen.CHECK_DOCUMENT: 1,
    Screen.EARLIER: 1,
    Screen.PRINCIPAL: 1,
    Screen.SERVICE: 2,
    Screen.REQUEST: 2,
    Screen.DESCRIBE: 2,
    Screen.FOLIOS: 2,
    Screen.CONTACT: 3,
    Screen.REVIEW: 4,
}
"""Where each screen stands among the four steps that the visitor is told of."""

ASKING = frozenset({*STEPS, Screen.INFO, Screen.ASK, Screen.STATUS})
"""Where a visitor who has gone quiet is asked whether they are still there."""
ALONE_S = {Screen.TICKET: TICKET_S, Screen.CLOSED: TICKET_S, Screen.PIN: TICKET_S, Screen.STAFF: 120.0}
"""What closes by itself, after so many seconds without a touch."""


class Intent(Enum):
    """What a visitor said at the welcome screen."""

    HAND_IN = "hand_in"
    OTHER = "other"
    """One of the other services of the catalogue."""
    ANY = "any"
    """They have not said, because they began with their document or with preferential attention."""


class Aid(Enum):
    """What makes the screen easier to use; all of it ends with the visit."""

    LARGE = "large"
    CONTRAST = "contrast"
    REACH = "reach"
    """Everything that is touched in the lower half, for who sits."""
    VOICE = "voice"
    EXPLORE = "explore"
    """For who cannot see: a touch speaks, a double tap chooses."""


class Cover(Enum):
    """What lies over a page without leaving it."""

    PRIVACY = "privacy"
    HELP = "help"


class Problem(Enum):
    """What the visitor should mend; the screens word it. None of them ends a visit."""

    DNI_EMPTY = "dni_empty"
    DNI_SHORT = "dni_short"
    DNI_NOT_DIGITS = "dni_not_digits"
    CE_SHORT = "ce_short"
    PASSPORT_SHORT = "passport_short"
    PASSPORT_SIGNS = "passport_signs"
    RUC_SHORT = "ruc_short"
    RUC_WRONG = "ruc_wrong"
    NOT_A_DOCUMENT = "not_a_document"
    NOT_A_TICKET = "not_a_ticket"
    CODE_UNREADABLE = "code_unreadable"
    CODE_UNKNOWN = "code_unknown"
    CODE_TRIES = "code_tries"
    CARGO_UNKNOWN = "cargo_unknown"
    KEY_UNREADABLE = "key_unreadable"
    KEY_WRONG = "key_wrong"
    NO_ANSWER = "no_answer"
    DESCRIPTION_MISSING = "description_missing"
    CONTACT_UNREADABLE = "contact_unreadable"
    NOT_SAVED = "not_saved"
    PIN_WRONG = "pin_wrong"
    PIN_WAIT = "pin_wait"


class Paper(Enum):
    """What is known of the printed ticket; "printed" is never said before the printer, or the visitor, did."""

    PRINTING = "printing"
    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNCERTAIN = "uncertain"
    """The printer does not know; the visitor is asked, and may have a copy."""
    GIVEN_UP = "given_up"
    """Nor did the copies come out: the screen is the ticket."""


class Medium(Enum):
    """What is handed in and is no paper; only the desk can take it."""

    USB = "usb"
    CD = "cd"
    DIAGNOSIS = "diagnosis"
    """A clinical diagnosis, or films of one."""
    TEST = "test"
    """A medical test or sample."""


class Part(Enum):
    """Which of the two texts of a request is being written."""

    SUBJECT = "subject"
    DESCRIPTION = "description"


class Quantity(Enum):
    """What is counted on the screen of folios."""

    FOLIOS = "folios"
    FILINGS = "filings"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the visitor has said so far. Empty text means that they chose not to say it.

    ``principal`` is for whom they come where ``for_another``. ``missing`` are places (from 0) among the service's
    requirements. ``folios`` None was not asked. ``notices`` is the consent to be told by e-mail, a box of its own.
    """

    document: Document = NO_DOCUMENT
    name: str = field(default="", repr=False)
    preferential: bool = False
    for_another: bool = False
    principal: Document = NO_DOCUMENT
    service: str = ""
    missing: frozenset[int] = frozenset()
    subject: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
    folios: int | None = None
    filings: int = 1
    media: frozenset[Medium] = frozenset()
    contact: str = field(default="", repr=False)
    notices: bool = False

    @property
    def is_detailed(self) -> bool:
        """Whether anything was said beyond the service."""
        return bool(self.subject or self.description or self.folios or self.media or self.filings > 1)


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
    """How many were waiting, and when (monotonic seconds) the kiosk heard it.

    ``preferential`` of them are called before everybody else; ``minutes`` is what one who comes now will wait, None
    where nobody can say.
    """

    waiting: int
    heard_s: float
    preferential: int = 0
    minutes: int | None = None


_NO_WORD_YET = Status(PrinterState.OPENING)


@dataclass(frozen=True, slots=True)
class State:
    """Everything a screen needs to draw itself.

    ``now_s`` is monotonic and ``now`` is the corrected wall time, both as of the last tick; ``quiet_since_s`` is the
    visitor's last touch. ``language`` is one of ``languages``, whose first is the usual one. ``typed`` is the text of
    the screen that is being filled in, of the ``part`` where there are two, of a document of ``kind`` where there are
    several. ``ahead`` is how many wait before the one who took the turn, ``minutes`` how long that will be; None when
    nobody could say. ``copies`` were printed of the ticket, ``is_retried`` says that it was sent a second time because
    nothing came out. ``scanning`` says whether the scanner looks with its lamp on, None while it does not look.
    ``has_reader`` says that there is a scanner to pass documents before, beside the camera or in its place.
    ``elsewhere`` has, by branch, how many wait there. ``diagnosis`` is what the staff's page tells: keys and values.
    """

    office: Office
    now_s: float
    now: Micros
    screen: Screen = Screen.WELCOME
    languages: tuple[str, ...] = ("es",)
    language: str = "es"
    aids: frozenset[Aid] = frozenset()
    cover: Cover | None = None
    intent: Intent = Intent.ANY
    draft: Draft = Draft()
    kind: DocumentKind = DocumentKind.DNI
    part: Part = Part.DESCRIPTION
    typed: str = field(default="", repr=False)
    problem: Problem | None = None
    hint: Hint | None = None
    saving: bool = False
    """A turn is being committed, or an answer waited for."""
    earlier: Ticket | None = None
    """The turn that the same document already has today."""
    earlier_copies: int = 0
    expediente: str = field(default="", repr=False)
    """The number that was typed where one asks, whose key is being typed now; empty before."""
    status: TurnStatus | None = None
    filing: FilingStanding | None = None
    """The filing that was asked for, or that was received from the turn of ``status``; None for none."""
    more_filings: int = 0
    """How many more were received from that turn."""
    ticket: Ticket | None = None
    ahead: int | None = None
    minutes: int | None = None
    paper: Paper = Paper.PRINTING
    paper_reason: Reason | None = None
    copies: int = 0
    is_retried: bool = False
    quiet_since_s: float = 0.0
    helped_s: float | None = None
    printer: Status = _NO_WORD_YET
    camera: CameraState = CameraState.OFF
    has_reader: bool = False
    scanning: bool | None = None
    queue: QueueView | None = None
    elsewhere: tuple[tuple[str, QueueView], ...] = ()
    extended_until: Micros | None = None
    """Staff give turns until then to those who stood in line at closing time (Ley 27444 art. 138.4)."""
    is_out: bool = False
    """Staff have taken the machine out of service."""
    has_series: bool = True
    """Whether there is a series to give out numbers under; without one nobody is let into a visit."""
    ordered_out: bool = False
    """The office has, from its server; staff at the machine cannot put it back."""
    message: str = ""
    """What the office says on the screen, from its server; Spanish, for everybody; empty for nothing."""
    diagnosis: tuple[tuple[str, str], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether turns are given out now."""
        extended = self.extended_until is not None and self.now < self.extended_until
        return extended or self.office.hours.is_open(self.now)

    @property
    def first_screen(self) -> Screen:
        """Where a visit begins, or where it is said that none can."""
        is_shut = self.is_out or self.ordered_out or not self.has_series
        return Screen.OUT_OF_SERVICE if is_shut else Screen.WELCOME

    @property
    def step(self) -> int | None:
        """1 to 4, or None outside the numbered steps."""
        return STEPS.get(self.screen)

    @property
    def services(self) -> tuple[Service, ...]:
        """What the visitor may choose from, by what they said at first; all where that leaves none."""
        wanted = tuple(
            service
            for service in self.office.services
            if self.intent is Intent.ANY or service.is_filing is (self.intent is Intent.HAND_IN)
        )
        return wanted or self.office.services

    @property
    def chosen(self) -> Service | None:
        """The service that was chosen, where it is still offered."""
        return self.office.service(self.draft.service)

    @property
    def asks_still_there(self) -> bool:
        """Whether the screen should ask if the visitor is still there."""
        return self.screen in ASKING and not self.saving and self.quiet_s >= IDLE_ASK_S

    @property
    def seconds_left(self) -> int | None:
        """Whole seconds until the screen closes by itself, while it is counting; None while it is not."""
        if self.asks_still_there:
            left = IDLE_ASK_S + IDLE_ANSWER_S - self.quiet_s
        elif self.screen in ALONE_S:
            left = ALONE_S[self.screen] - self.quiet_s
        else:
            return None
        return max(0, round(left))

    @property
    def people_waiting(self) -> int | None:
        """How many wait now, or None when nobody can say."""
        queue = self._fresh(self.queue)
        return queue.waiting if queue else None

    @property
    def people_ahead(self) -> int | None:
        """How many would be called before this visitor (Ley 27408: preferential ones come first)."""
        queue = self._fresh(self.queue)
        if queue is None:
            return None
        return queue.preferential if self.draft.preferential else queue.waiting

    @property
    def minutes_ahead(self) -> int | None:
        """How long that will be, or None when nobody can say; nobody says it to those who do not wait in line."""
        queue = self._fresh(self.queue)
        return queue.minutes if queue and not self.draft.preferential else None

    def waiting_at(self, branch: str) -> int | None:
        """How many wait at another office, or None when nobody can say."""
        queue = self._fresh(dict(self.elsewhere).get(branch))
        return queue.waiting if queue else None

    def _fresh(self, queue: QueueView | None) -> QueueView | None:
        return queue if queue and self.now_s - queue.heard_s <= SNAPSHOT_FRESH_S else None

    @property
    def quiet_s(self) -> float:
        """Seconds since the visitor's last touch."""
        return self.now_s - self.quiet_since_s
