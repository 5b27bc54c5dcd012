"""What the flow wants done in the world; `kiosk.run` does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from domain.documents import Document
    from kiosk.flow.state import Draft


@dataclass(frozen=True, slots=True)
class StartScanning:
    """Look for one document or ticket; the lamp goes on only where one is asked for (``lit``)."""

    lit: bool = True


@dataclass(frozen=True, slots=True)
class StopScanning:
    """Stop looking; the camera goes off."""


@dataclass(frozen=True, slots=True)
class IssueTicket:
    """Commit a turn for this draft, then print it, then say so (`Issued`), or say that it failed (`NotSaved`)."""

    draft: Draft
    language: str


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """Send a turn's paper again: the same slip where nothing came out (``copy`` 0), else a copy that says so."""

    ticket: UUID
    copy: int
    language: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Look whether this document, read by the scanner, already has a turn today; answered by `Remembered`, if so."""

    document: Document


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Ask the server how something stands; answered by `StatusHeard`.

    A turn by its ``token`` or by the ``code`` that a person typed, a filing by its ``cargo``'s code or by its
    ``number`` together with its ``key``.
    """

    token: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    cargo: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SayAgain:
    """Speak the page once more."""


@dataclass(frozen=True, slots=True)
class CallHelp:
    """Somebody at this machine asks for help: tell the desks."""


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Is this the staff's PIN? Answered by `PinChecked`."""

    pin: str = field(repr=False)


class StaffAction(Enum):
    """What staff can have done at the machine."""

    DIAGNOSE = "diagnose"
    TEST_PRINT = "test_print"
    NEW_ROLL = "new_roll"
    REPRINT = "reprint"
    """The last ticket once more, marked as a copy."""
    EXTEND = "extend"
    """A quarter of an hour more for those in line."""
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class DoForStaff:
    """Have it done; the staff's page hears of it by `Diagnosed`."""

    action: StaffAction


Effect = (
    StartScanning
    | StopScanning
    | IssueTicket
    | PrintAgain
    | Recall
    | AskStatus
    | SayAgain
    | CallHelp
    | CheckPin
    | DoForStaff
)
