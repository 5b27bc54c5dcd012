"""Everything that can happen to a visit: a visitor's touch, a device's word, the passing of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from domain.clock import Micros
    from drivers.printer.words import Outcome, Status
    from drivers.scanner.words import CameraState, Hint, Reading
    from kiosk.flow.state import Ticket

# --- the visitor ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """The glass was touched, wherever."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit begins; ``preferential`` is the visitor's own word, no reason is asked (Ley 27408)."""

    preferential: bool = False


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
class PhraseChosen:
    """A ready-made phrase instead of typing."""

    text: str


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
class WentBack:
    """One screen back; nothing said so far is lost."""


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """The visitor says whether the whole ticket came out; asked only where the printer does not know."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Left:
    """The visitor leaves, or is done with the ticket."""


# --- the devices and the office ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scanned:
    """The scanner read a document."""

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
    """The server said how many wait."""

    waiting: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes; once a second."""

    now_s: float
    now: Micros


Filling = Typed | Erased | Cleared | PhraseChosen
Visitor = Touched | Begun | Filling | Continued | Skipped | ServiceChosen | WentBack | PaperSeen | Left
World = (
    Scanned | Hinted | CameraChanged | ReaderChanged | PrinterChanged | Issued | NotSaved | Printed | QueueHeard | Tick
)
Event = Visitor | World
