"""What a scanner's message means to us, and when it is believed. Pure.

A scanner's own decoder reads a code several times before it sends it once, so one message is not one glance at one
frame, and waiting for a second one would leave the visitor with a card that beeped and a screen that does nothing.
What is believed at once is what proves itself:

    PDF417 of a DNI   its structure: 472 bytes, fixed fields, the register number twice
    MRZ               every check digit, dates, nationality (scanners with the OCR option); else two equal ones
    our ticket        its form: 52 characters of one encoding; it opens nothing but a public page
    eight digits      where the scanner says that it is a Code 39 or a Code 128 (AIM identifier, ``]A0`` ``]C0``)

Eight digits of an unnamed code may come from a product in a shopping bag (EAN-8): they are believed when the same come
twice in one presentation. A named code of another kind is none of ours whatever it says. And the visitor confirms
every number that is shown (R6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from domain import mrz
from domain.documents import DocumentKind, read_dni_code39, read_dni_pdf417
from domain.tracking import read_cargo_qr, read_ticket_qr
from drivers.scanner.sightings import CargoSighting, DocumentSighting, MrzSighting, Origin, Sighting, TicketSighting
from drivers.scanner.words import CargoReading, DocumentReading, Reading, Rule, TicketReading

if TYPE_CHECKING:
    from datetime import date

    from domain.documents import Document

_AIM: Final = re.compile(rb"\](?P<code>[A-Za-z])[0-9A-Za-z]")
_LINEAR: Final = {b"A": Origin.CODE39, b"C": Origin.CODE128}
_PDF417, _QR, _OCR = b"L", b"Q", b"o"
_NAMES: Final = {b"A": "Code 39", b"C": "Code 128", b"E": "EAN", b"L": "PDF417", b"Q": "QR", b"o": "OCR"}
_LINE_ENDS: Final = re.compile(r"[\r\n\t ]+")
_CARD_LINE, _PASSPORT_LINE = 30, 44


@dataclass(frozen=True, slots=True)
class Understood:
    """A message's meaning. ``named`` is whether the scanner said of what kind the code is."""

    sighting: Sighting
    named: bool


@dataclass(frozen=True, slots=True)
class Described:
    """A message without its content: the code's kind, None where the scanner does not name it, and its length."""

    kind: str | None
    length: int


def describe(message: bytes) -> Described:
    """What may be shown of a message to whoever sets a scanner up."""
    aim = _AIM.match(message)
    if aim is None:
        return Described(None, len(message))
    return Described(_NAMES.get(aim["code"], "otro"), len(message) - aim.end())


def without_aim(message: bytes) -> bytes:
    """The code's content, without what the scanner put before it."""
    aim = _AIM.match(message)
    return message[aim.end() :] if aim else message


def understand(message: bytes, today: date, *, keep_name: bool = False) -> Understood | None:
    """What ``message`` (stripped, see `framing`) says; None for everything that is not ours."""
    aim = _AIM.match(message)
    code = aim["code"] if aim else None
    content = without_aim(message)
    if code is not None and code in _LINEAR:
        sighting: Sighting | None = _digits(content, _LINEAR[code])
    elif code == _PDF417:
        sighting = _card(content, keep_name=keep_name)
    elif code == _QR:
        sighting = _ticket(content)
    elif code == _OCR:
        sighting = _zone(content, today)
    elif code is None:
        sighting = (
            _card(content, keep_name=keep_name)
            or _ticket(content)
            or _zone(content, today)
            or _digits(content, Origin.CODE39)
        )
    else:
        sighting = None
    return Understood(sighting, named=aim is not None) if sighting else None


def _digits(content: bytes, origin: Origin) -> Sighting | None:
    document = read_dni_code39(content.decode("ascii", "replace"))
    return DocumentSighting(origin, document) if document else None


def _card(content: bytes, *, keep_name: bool) -> Sighting | None:
    """The DNI's PDF417, also from a scanner that was set to send Latin-1 as UTF-8."""
    card = read_dni_pdf417(content)
    if card is None:
        try:
            card = read_dni_pdf417(content.decode("utf-8").encode("latin-1"))
        except UnicodeError:
            return None
    return DocumentSighting(Origin.PDF417, card.document, card.name if keep_name else None) if card else None


def _ticket(content: bytes) -> Sighting | None:
    address = content.decode("ascii", "replace")
    token, cargo = read_ticket_qr(address), read_cargo_qr(address)
    return TicketSighting(token) if token else CargoSighting(cargo) if cargo else None


def _zone(content: bytes, today: date) -> Sighting | None:
    """A machine readable zone in lines, or without: some scanners leave the ends of lines out."""
    text = content.decode("ascii", "replace").strip()
    lines = [line for line in _LINE_ENDS.split(text) if line]
    if len(lines) == 1:
        for length, count in ((_CARD_LINE, 3), (_PASSPORT_LINE, 2)):
            if len(text) == length * count:
                lines = [text[n : n + length] for n in range(0, len(text), length)]
    zone = mrz.parse(lines, today)
    return MrzSighting(zone.document, zone.whole, zone.name) if zone else None


class Presentation:
    """What one presentation has brought so far: remembers only a document that has been seen once."""

    def __init__(self) -> None:
        self._once: Document | None = None

    def take(self, understood: Understood) -> Reading | None:
        """The reading, if this message makes one believed. A document that differs from the one before begins anew."""
        sighting = understood.sighting
        if isinstance(sighting, TicketSighting):
            return TicketReading(sighting.token, Rule.USB_SCANNER)
        if isinstance(sighting, CargoSighting):
            return CargoReading(sighting.code, Rule.USB_SCANNER)
        document = sighting.document
        twice = document == self._once and document.kind is not DocumentKind.PASSPORT  # whose letters may deceive R2
        if twice or _proves_itself(understood):
            name = sighting.name if isinstance(sighting, DocumentSighting) else None
            return DocumentReading(document, Rule.USB_SCANNER, name)
        self._once = document
        return None


def _proves_itself(understood: Understood) -> bool:
    sighting = understood.sighting
    if isinstance(sighting, MrzSighting):
        return sighting.whole
    return understood.named or (isinstance(sighting, DocumentSighting) and sighting.origin is Origin.PDF417)
