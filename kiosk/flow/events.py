"""Everything that can happen to a visit: a visitor's touch, a device's word, the passing of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk.flow.state import Intent

if TYPE_CHECKING:
    from uuid import UUID

    from domain.clock import Micros
    from domain.documents import DocumentKind
    from domain.messages import FilingStanding, TurnStatus
    from domain.office import Office
    from drivers.printer.words import Outcome, Status
    from drivers.scanner.words import CameraState, Hint, Reading
    from kiosk.flow.effects import StaffAction
    from kiosk.flow.state import Aid, Cover, Medium, Part, Problem, Quantity, Ticket

# --- the visitor ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """The glass was touched, wherever."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of a real keyboard or of the 12-key pad: what it means depends on the page (`kiosk.flow.pad`)."""

    character: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit begins; ``preferential`` is the visitor's own word, no reason is asked (Ley 27408)."""

    intent: Intent = Intent.HAND_IN
    preferential: bool = False


@dataclass(frozen=True, slots=True)
class AskBegun:
    """They want to know how their procedure stands."""


@dataclass(frozen=True, slots=True)
class InfoOpened:
    """They want to know about the office."""


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """Another language, at any moment; nothing typed is lost."""

    language: str


@dataclass(frozen=True, slots=True)
class AidSwitched:
    """An aid goes on or off."""

    aid: Aid


@dataclass(frozen=True, slots=True)
class Covered:
    """A page of text is opened over the page, or closed (None)."""

    cover: Cover | None


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """Somebody should come."""


@dataclass(frozen=True, slots=True)
class KindChosen:
    """Which document is being typed."""

    kind: DocumentKind


@dataclass(frozen=True, slots=True)
class Typed:
    """One character, from a key on the screen or a real keyboard."""

    character: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erased:
    """The last character is taken back."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """All that was typed on this screen is taken back."""


@dataclass(frozen=True, slots=True)
class PartChosen:
    """Which of the two texts of the request is being written."""

    part: Part


@dataclass(frozen=True, slots=True)
class PhraseChosen:
    """A ready-made subject instead of typing."""

    text: str


@dataclass(frozen=True, slots=True)
class ForAnother:
    """The document is theirs, and they come for somebody else."""


@dataclass(frozen=True, slots=True)
class ReprintChosen:
    """They want the turn that they already have on paper again."""


@dataclass(frozen=True, slots=True)
class Continued:
    """The large button: this screen is filled in, or what it shows is right."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The quiet button: go on without a document, a description or a contact."""


@dataclass(frozen=True, slots=True)
class ServiceChosen:
    """What the visitor came for, by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class RequirementTicked:
    """They have, or lack, one of the requirements, by its place from 0."""

    place: int


@dataclass(frozen=True, slots=True)
class DescribeOpened:
    """They want to say in words what they need."""


@dataclass(frozen=True, slots=True)
class FoliosOpened:
    """They want to say how many sheets they bring, and what else."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A quantity goes up or down ``by`` so many."""

    quantity: Quantity
    by: int


@dataclass(frozen=True, slots=True)
class MediumTicked:
    """They bring, or do not bring, something that is no paper."""

    medium: Medium


@dataclass(frozen=True, slots=True)
class NoticesTicked:
    """They consent to be told by e-mail, or take that back."""


@dataclass(frozen=True, slots=True)
class WentBack:
    """One screen back; nothing said so far is lost."""


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """The visitor says whether the whole ticket came out; asked only where the printer does not know."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Left:
    """The visitor leaves, or is done with the ticket, or begins anew."""


@dataclass(frozen=True, slots=True)
class StaffKnocked:
    """The hidden gesture was made."""


@dataclass(frozen=True, slots=True)
class StaffChose:
    """Somebody of the staff wants something done."""

    action: StaffAction


# --- the devices and the office ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scanned:
    """The scanner read a document or a ticket; it has stopped looking."""

    reading: Reading


@dataclass(frozen=True, slots=True)
class Hinted:
    """The scanner cannot read what it sees."""

    hint: Hint


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """The camera came, went, or looks."""

    state: CameraState


@dataclass(frozen=True, slots=True)
class ReaderChanged:
    """A scanner to pass documents before, with a line of its own or as a keyboard, came or went."""

    is_there: bool


@dataclass(frozen=True, slots=True)
class PrinterChanged:
    """The printer's status is another one."""

    status: Status


@dataclass(frozen=True, slots=True)
class Remembered:
    """The document that was just scanned has this turn today, of which so many copies were printed."""

    ticket: Ticket
    copies: int


@dataclass(frozen=True, slots=True)
class StatusHeard:
    """How the turn or the filing that was asked for stands, or why nobody can say."""

    answer: TurnStatus | FilingStanding | Problem


@dataclass(frozen=True, slots=True)
class Issued:
    """The turn is committed."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The turn could not be committed; nothing was given out."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A print job of ``ticket`` ended; ``copy`` 0 is the ticket itself."""

    ticket: UUID
    copy: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class QueueHeard:
    """The server said how many wait, here (``branch`` "") or at another office; see `kiosk.flow.state.QueueView`."""

    waiting: int
    preferential: int = 0
    minutes: int | None = None
    branch: str = ""


@dataclass(frozen=True, slots=True)
class OfficeChanged:
    """The office's names, hours, services or closures are others now."""

    office: Office


@dataclass(frozen=True, slots=True)
class ServiceSwitched:
    """The machine was taken out of service, or put back, by staff here or from elsewhere."""

    is_out: bool


@dataclass(frozen=True, slots=True)
class NumbersSwitched:
    """Whether there is a series to give out numbers under; there is none while a new life waits for the server."""

    are_given: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """The office said from its server whether this machine gives out turns, and what stands on its screen."""

    out_of_service: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class PinChecked:
    """None when the PIN was right; else why not."""

    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What the machine says about itself: keys of texts and values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes; once a second."""

    now_s: float
    now: Micros


Filling = Typed | Erased | Cleared | PhraseChosen | PartChosen
Ticking = RequirementTicked | MediumTicked | NoticesTicked | Counted
Beginning = Begun | AskBegun | InfoOpened
Helping = LanguageChosen | AidSwitched | Covered | HelpAsked
Visitor = (
    Touched
    | KeyPressed
    | Beginning
    | Helping
    | Filling
    | Ticking
    | KindChosen
    | ForAnother
    | ReprintChosen
    | Continued
    | Skipped
    | ServiceChosen
    | DescribeOpened
    | FoliosOpened
    | WentBack
    | PaperSeen
    | Left
    | StaffKnocked
    | StaffChose
)
World = (
    Scanned
    | Hinted
    | CameraChanged
    | ReaderChanged
    | PrinterChanged
    | Remembered
    | StatusHeard
    | Issued
    | NotSaved
    | Printed
    | QueueHeard
    | OfficeChanged
    | Ordered
    | ServiceSwitched
    | NumbersSwitched
    | PinChecked
    | Diagnosed
    | Tick
)
Event = Visitor | World
