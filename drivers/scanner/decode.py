"""Reads one frame. Payloads are cut down to the domain's words here, and nothing else of them leaves.

zxing-cpp only, with an allow-list: OpenCV's own reader takes a Code 39 for an EAN-8, a plausible wrong DNI. A DNI's
PDF417 carries a fingerprint (Ley 29733 art. 2.5), so its bytes live no longer than one call of `_sighting`.

What costs more is done only where the frame gives reason to: codes where something looks like a code; the machine
readable zone where no PDF417 stands, for no face has both. A DNIe has a Code 39 and a zone, two witnesses in one frame.
Figures: docs/figures.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat, BarcodeFormats

from domain.documents import read_dni_code39, read_dni_pdf417
from domain.tracking import read_cargo_qr, read_ticket_qr
from drivers.scanner import mrz
from drivers.scanner.code39 import match_code39
from drivers.scanner.pdf417.grid import find_grid
from drivers.scanner.pdf417.symbol import redrawn
from drivers.scanner.rectify import flatten, same, survey
from drivers.scanner.sightings import (
    CargoSighting,
    CodeShape,
    DocumentSighting,
    Looked,
    MrzSighting,
    Origin,
    Sighting,
    TicketSighting,
)

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.rectify import Corners

LEAST_UNUSED_CORRECTION: Final = 0.1
"""Of a PDF417's error correction. Below it, wrong text was seen; 99 of 100 good reads are above."""

EMPTY_TEXTURE: Final = 0.002
"""Share of strong edges below which there is nothing to read: a wall, a hand, a lens cap."""

_CENTRE: Final = 0.9
"""Share of the frame's width that is looked at: a card fills most of it, the rest is room."""

_AS_SEEN: Final = BarcodeFormats((BarcodeFormat.Code39Std, BarcodeFormat.Code128, BarcodeFormat.QRCode))
_FLAT: Final = BarcodeFormats((BarcodeFormat.Code39Std, BarcodeFormat.Code128))
_REDRAWN: Final = BarcodeFormats((BarcodeFormat.PDF417,))

_INVERTED_TURNS: Final = 10
"""One turn in these is for a QR that is light on dark, as phones show at night: it doubles the cheap read's time."""
_OTHERWISE_TURNS: Final = 4
"""One turn in these does what the frame gives no reason to, in case the reason was not seen."""
_BESIDE_PDF417_TURNS: Final = 2
"""One turn in these seeks a zone beside an unread PDF417, for now and then it was a DNIe's Code 39 that looked so."""

_ZONE_SHARE: Final = 0.2
"""Of the frame's width, at least."""


def look(gray: Image, *, keep_name: bool = False, turn: int = 0) -> Looked:
    """What documents and tickets of ours ``gray`` (height x width) shows.

    ``turn`` is the frame's number within the presentation; what is tried alternates by it. First comes `glance`; then,
    if that gave nothing (or no name, where ``keep_name`` asks for it), what looks like a code, and the machine
    readable zone. CPU at 1920 x 1080: 10 ms for a ticket or a sharp Code 39, 20 ms where nothing is, 30 to 80 ms
    otherwise.
    """
    seen = list(glance(gray, turn=turn).sightings)
    if seen and not (keep_name and isinstance(seen[0], DocumentSighting)):
        return Looked(tuple(seen), None)
    surveyed = survey(gray)
    facts = surveyed.facts
    if facts.texture < EMPTY_TEXTURE and not surveyed.blocks:
        return Looked(tuple(seen), facts)
    otherwise = turn % _OTHERWISE_TURNS == _OTHERWISE_TURNS - 1
    has_pdf417 = False
    read: list[Corners] = []
    for block in surveyed.blocks:
        if any(same(block, other) for other in read):
            continue
        sightings, is_pdf417 = _read_block(gray, block, keep_name=keep_name, otherwise=otherwise)
        seen += sightings
        has_pdf417 = has_pdf417 or is_pdf417
        read += [block] if sightings else []
    if not has_pdf417 or (not seen and turn % _BESIDE_PDF417_TURNS):
        zones, band = _read_zone(gray)
        seen += zones
        facts = replace(facts, band=band)
    return Looked(tuple(dict.fromkeys(seen)), facts)


def glance(gray: Image, *, turn: int = 0) -> Looked:
    """What can be read of a frame as it is, without facts; all that an unchanging scene is worth. 8 ms of CPU."""
    width = gray.shape[1]
    side = round(width * (1 - _CENTRE) / 2)
    centre = np.ascontiguousarray(gray[:, side : width - side])
    inverted = turn % _INVERTED_TURNS == _INVERTED_TURNS - 1
    return Looked(tuple(dict.fromkeys(_read(centre, _AS_SEEN, as_it_lies=False, try_invert=inverted))), None)


def _read_block(gray: Image, block: Corners, *, keep_name: bool, otherwise: bool) -> tuple[list[Sighting], bool]:
    """What a block says that looks like a code, and whether it is a PDF417, read or not.

    By likeness first, and on some turns by zxing too, which knows Code 128 and a Code 39 of nine characters.
    """
    match = match_code39(gray, block)
    document = read_dni_code39(match.text) if match and match.is_sure else None
    if document:
        return [DocumentSighting(Origin.CODE39, document)], False
    grid = None if match else find_grid(gray, block)
    symbol = redrawn(grid) if grid else None
    if symbol is not None:
        return _read(symbol, _REDRAWN, keep_name=keep_name), True
    return (_read(flatten(gray, block), _FLAT) if otherwise else []), False


def _read_zone(gray: Image) -> tuple[tuple[MrzSighting, ...], CodeShape | None]:
    """The machine readable zone, or, unread, where its lines and columns stand."""
    found = mrz.find(gray)
    block = found.unread
    if block is None or block.length < _ZONE_SHARE * gray.shape[1]:
        return found.sightings, None
    return found.sightings, CodeShape(block.length, (block.angle_deg + 45) % 90 - 45)


def _read(
    image: Image,
    formats: BarcodeFormats,
    *,
    keep_name: bool = False,
    as_it_lies: bool = True,
    try_invert: bool = False,
) -> list[Sighting]:
    found = zxingcpp.read_barcodes(
        image,
        formats=formats,
        try_rotate=not as_it_lies,
        try_downscale=not as_it_lies,
        try_invert=try_invert,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [sighting for code in found if (sighting := _sighting(code, keep_name=keep_name)) is not None]


def _sighting(code: Any, *, keep_name: bool) -> Sighting | None:
    """What a code means to us; None for everybody else's, and for what is too damaged to be believed."""
    match code.symbology:
        case BarcodeFormat.Code39 | BarcodeFormat.Code128:
            origin = Origin.CODE39 if code.symbology == BarcodeFormat.Code39 else Origin.CODE128
            document = read_dni_code39(code.text)
            return DocumentSighting(origin, document) if document else None
        case BarcodeFormat.PDF417:
            sound = float((code.extra or {}).get("UEC", 0.0)) >= LEAST_UNUSED_CORRECTION
            card = read_dni_pdf417(code.bytes) if sound else None
            return DocumentSighting(Origin.PDF417, card.document, card.name if keep_name else None) if card else None
        case BarcodeFormat.QRCode:
            token, cargo = read_ticket_qr(code.text), read_cargo_qr(code.text)
            return TicketSighting(token) if token else CargoSighting(cargo) if cargo else None
        case _:
            return None
