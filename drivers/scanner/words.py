"""What a scanner tells. Wherever it came from (camera, video, folder, twin), a document arrives as a `Reading`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from domain.documents import Document
    from domain.tracking import Token


class Rule(Enum):
    """By which rule a reading was accepted; a wrong number is worse than none."""

    MRZ_WHOLE = "R1"
    MRZ_TWO_FRAMES = "R2"
    CODE39_TWO_FRAMES = "R3"
    PDF417_TWO_FRAMES = "R4"
    TICKET_QR = "ticket"
    USB_SCANNER = "usb"
    """A hand-held scanner's own decoder; see `serial_scanner.payload` for what it is believed."""


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """An identity document, believed.

    ``name`` is the whole name of a DNI's PDF417, where it is wanted; None otherwise. A machine-readable zone gives
    none: it has one surname, shortened, under no check digit.
    """

    document: Document
    rule: Rule
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TicketReading:
    """One of our own tickets was shown."""

    token: Token = field(repr=False)
    rule: Rule = Rule.TICKET_QR


@dataclass(frozen=True, slots=True)
class CargoReading:
    """The receipt of a filing (cargo) was shown; ``code`` is what stands in its QR's address."""

    code: str = field(repr=False)
    rule: Rule = Rule.TICKET_QR


Reading = DocumentReading | TicketReading | CargoReading


class Hint(Enum):
    """What the visitor could do so that the document is read; the screens word it."""

    CLOSER = "closer"
    STRAIGHTEN = "straighten"
    AVOID_GLARE = "avoid_glare"
    TURN_OVER = "turn_over"
    USE_KEYPAD = "use_keypad"


class CameraState(Enum):
    """Whether there are pictures. ABSENT covers unplugged, busy and dead: the keypad is there for all of them."""

    OFF = "off"
    STARTING = "starting"
    WATCHING = "watching"
    ABSENT = "absent"


class Listener(Protocol):
    """Who wants to hear of the scanner. All calls come from the scanner's thread."""

    def scanned(self, reading: Reading) -> None:
        """A document was read and believed; scanning has stopped."""
        ...

    def hinted(self, hint: Hint) -> None:
        """Nothing could be read for a while."""
        ...

    def camera_changed(self, state: CameraState) -> None:
        """The camera's state is another one now."""
        ...


class Scanner(Protocol):
    """A scanner in use. The frames live in a process of their own; nothing here waits for it."""

    def start(self, *, lit: bool = True) -> None:
        """Looks for one document: the camera is on from now until a reading or `stop`.

        ``lit`` has the lamp on, too: it tells a visitor where to hold a document, so it is for who was asked for one.
        Started while it looks, it forgets what it saw and hints anew, for somebody else may stand there now; the
        camera stays on, and the lamp follows.
        """
        ...

    def stop(self) -> None:
        """Stops looking; the camera goes off."""
        ...

    def preview(self) -> npt.NDArray[np.uint8] | None:
        """The newest picture for the screen, RGB, height x width x 3, or None when there is none newer."""
        ...

    def close(self) -> None:
        """Ends the process, within two seconds."""
        ...
