"""What the two processes tell each other, one message a packet.

The child decodes what strangers hold up to a camera, in native code. So it speaks in typed messages that are checked
on arrival, never in pickles: whatever got hold of it could say no more than these.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import msgspec

from domain.documents import Document, DocumentKind
from domain.tracking import Token, filing_code, parse_filing_code, parse_token
from drivers.scanner.accept import TWO_FRAME_MRZ
from drivers.scanner.words import CameraState, CargoReading, DocumentReading, Hint, Reading, Rule, TicketReading

PACKET_BYTES: Final = 4096

Number = Annotated[str, msgspec.Meta(max_length=15)]

_NUMBERS: Final = {DocumentKind.DNI: r"[0-9]{8}", DocumentKind.CE: r"[0-9]{9}", DocumentKind.PASSPORT: r"[A-Z0-9]{6,9}"}
"""What each kind's number looks like in a code or a machine-readable zone; a passport's field has nine places."""

_BELIEVED: Final = {
    Rule.MRZ_WHOLE: frozenset({DocumentKind.DNI, DocumentKind.CE, DocumentKind.PASSPORT}),
    Rule.MRZ_TWO_FRAMES: TWO_FRAME_MRZ,
    Rule.CODE39_TWO_FRAMES: frozenset({DocumentKind.DNI}),
    Rule.PDF417_TWO_FRAMES: frozenset({DocumentKind.DNI}),
}

_NONE_OF_OURS: Final = "none of our messages"
"""All that is ever said of a packet that is refused: what it carried stays unsaid, even in a log."""


class Message(msgspec.Struct, frozen=True, tag=True):
    """One packet. Its text says what it is and never what it carries."""

    def __repr__(self) -> str:
        """The message's kind alone: numbers and names are in no log."""
        return f"<{type(self).__name__}>"


class Start(Message, frozen=True):
    """Look at this source, as presentation number ``presentation``."""

    presentation: int
    source: str
    keep_name: bool


class Stop(Message, frozen=True):
    """Look no more; the camera goes off."""


class Beat(Message, frozen=True):
    """The child lives."""


class Camera(Message, frozen=True):
    """The camera's state during a presentation."""

    presentation: int
    state: CameraState


class Hinted(Message, frozen=True):
    """What the visitor could do."""

    presentation: int
    hint: Hint


class ReadDocument(Message, frozen=True):
    """A document is believed; the child has stopped looking."""

    presentation: int
    kind: DocumentKind
    number: Number
    rule: Rule
    name: Annotated[str, msgspec.Meta(max_length=120)] | None

    def __post_init__(self) -> None:
        """Refuses what no reader of ours could have read.

        Raises:
            ValueError: the kind has no such numbers, cannot be believed by that rule, or has a name by that rule.
        """
        kinds = _BELIEVED.get(self.rule, frozenset())
        if self.kind not in kinds or not re.fullmatch(_NUMBERS[self.kind], self.number):
            raise ValueError(_NONE_OF_OURS)
        if self.name is not None and self.rule in {Rule.MRZ_WHOLE, Rule.MRZ_TWO_FRAMES}:
            raise ValueError(_NONE_OF_OURS)


class ReadTicket(Message, frozen=True):
    """A ticket was shown; the child has stopped looking. ``token`` is its text."""

    presentation: int
    token: str


class ReadCargo(Message, frozen=True):
    """A cargo was shown; the child has stopped looking. ``code`` is what stands in its QR's address."""

    presentation: int
    code: str


Order = Start | Stop
Believed = ReadDocument | ReadTicket | ReadCargo
News = Beat | Camera | Hinted | ReadDocument | ReadTicket | ReadCargo

_orders: Final = msgspec.msgpack.Decoder(Order)
_news: Final = msgspec.msgpack.Decoder(News)
_encoder: Final = msgspec.msgpack.Encoder()


def encode(message: Order | News) -> bytes:
    """The packet for a message."""
    return _encoder.encode(message)


def take_order(packet: bytes) -> Order:
    """The order in a packet from the parent.

    Raises:
        msgspec.DecodeError: it is none of ours. The exception says nothing of the packet.
    """
    order: Order = _take(_orders, packet)
    return order


def told(presentation: int, reading: Reading) -> Believed:
    """The message for a reading."""
    if isinstance(reading, CargoReading):
        return ReadCargo(presentation, reading.code)
    if isinstance(reading, TicketReading):
        return ReadTicket(presentation, reading.token.text)
    document = reading.document
    return ReadDocument(presentation, document.kind, document.number, reading.rule, reading.name)


def hear(packet: bytes) -> News:
    """The message in a packet from the child.

    Raises:
        msgspec.DecodeError: it is none of ours. The exception says nothing of the packet.
    """
    news: News = _take(_news, packet)
    return news


def _take(decoder: msgspec.msgpack.Decoder[Any], packet: bytes) -> Any:
    try:
        return decoder.decode(packet)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise msgspec.DecodeError(_NONE_OF_OURS)  # outside the except clause: the cause would quote the packet


def heard(message: Believed) -> Reading | None:
    """The reading in a message; None for a token or a code that is none."""
    if isinstance(message, ReadCargo):
        cargo = parse_filing_code(message.code)
        return CargoReading(filing_code(cargo)) if cargo else None
    if isinstance(message, ReadDocument):
        return DocumentReading(Document(message.kind, message.number), message.rule, message.name)
    token: Token | None = parse_token(message.token)
    return TicketReading(token) if token else None
