"""Every sample document by its name, as a sheet that can be held up to a camera."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Final

from domain.tracking import Token, mint, tracking_url
from drivers.scanner.virtual import card, drawing, faces, ticket
from drivers.scanner.virtual.card import Code
from drivers.scanner.virtual.drawing import px
from drivers.scanner.virtual.people import MARIA, SamplePerson
from drivers.scanner.virtual.scene import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.scanner.frames import Image

TICKET: Final = "ticket"

_DRAWN: Final[dict[str, Callable[[SamplePerson], Image]]] = {
    "dni": card.dni_back,
    "dni-code39": lambda person: card.dni_back(person, frozenset({Code.CODE39})),
    "dni-pdf417": lambda person: card.dni_back(person, frozenset({Code.PDF417})),
    "dni-front": faces.dni_front,
    "dnie": faces.dnie_back,
    "dnie3": lambda person: faces.dnie_back(person, qr=True),
    "ce": faces.ce,
    "passport": faces.passport,
    TICKET: lambda person: ticket.sample_ticket(ticket_url(person), qr_mm=26.0),  # the smallest that we print
}
KINDS: Final = tuple(_DRAWN)
"""dni is the blue card's back; dni-code39 and dni-pdf417 have lost the other code; dnie is the electronic card's back,
dnie3 the one of 2025 with its QR."""


def sheet(kind: str, person: SamplePerson = MARIA) -> Sheet:
    """The document ``kind`` (of `KINDS`) of ``person``. Takes about 100 ms: draw once, hold it up frame after frame.

    Raises:
        KeyError: there is no such kind.
    """
    pixels = _DRAWN[kind](person)
    return paper_sheet(pixels) if kind == TICKET else card_sheet(pixels)


def card_sheet(pixels: Image) -> Sheet:
    """A card with the round corners of ISO/IEC 7810."""
    height, width = pixels.shape[:2]
    return Sheet(pixels, card.outline(width, height, px(card.CORNER_MM)), drawing.PX_PER_MM)


def paper_sheet(pixels: Image) -> Sheet:
    """A slip of paper, cut straight."""
    height, width = pixels.shape[:2]
    return Sheet(pixels, card.outline(width, height, 1), drawing.PX_PER_MM)


def ticket_token(person: SamplePerson) -> Token:
    """The tracking code on the ticket that ``person`` drew; no server knows it."""
    nonce = hashlib.sha256(person.number.encode()).digest()[:16]
    return mint(kiosk=7, day=date(2026, 12, 1), n=int(person.number) % 1000, nonce=nonce, key=b"a sample key")


def ticket_url(person: SamplePerson) -> str:
    """The address in that ticket's QR."""
    return tracking_url("http://127.0.0.1:8080", ticket_token(person))
