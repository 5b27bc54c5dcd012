"""Reads one frame. Payloads are cut down to the domain's words here, and nothing else of them leaves.

zxing-cpp only, with an allow-list: OpenCV's own reader takes a Code 39 for an EAN-8, a plausible wrong DNI. A DNI's
PDF417 carries a fingerprint (Ley 29733 art. 2.5), so its bytes live no longer than one call of `_sighting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat, BarcodeFormats

from domain.documents import read_dni_code39, read_dni_pdf417
from domain.tracking import read_ticket_qr
from drivers.scanner.rectify import flatten, survey
from drivers.scanner.sightings import DocumentSighting, Looked, Origin, Sighting, TicketSighting

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

LEAST_UNUSED_CORRECTION: Final = 0.1
"""Of a PDF417's error correction. Below it, wrong text was seen; 99 of 100 good reads are above."""

_CENTRE: Final = 0.9
"""Share of the frame's width that is looked at: a card fills most of it, the rest is room."""

_AS_SEEN: Final = BarcodeFormats((BarcodeFormat.Code39Std, BarcodeFormat.QRCode))
_FLAT: Final = BarcodeFormats((BarcodeFormat.PDF417, BarcodeFormat.Code39Std))
_UPSIDE_DOWN: Final = BarcodeFormats(BarcodeFormat.PDF417)


def look(gray: Image, *, keep_name: bool = False, turn: int = 0) -> Looked:  # noqa: ARG001 - the schedule will
    """What documents and tickets of ours ``gray`` (height x width) shows.

    First the frame as it is; then, if that gave nothing (or no name, where ``keep_name`` asks for it), every block
    that could be a code is laid flat and read. Takes 10 ms of CPU at 1920 x 1080 for a ticket or an upright Code 39,
    20 to 45 ms otherwise.
    """
    seen = _read(_centre(gray), _AS_SEEN, keep_name=keep_name, try_rotate=True, try_downscale=True)
    if seen and not (keep_name and isinstance(seen[0], DocumentSighting)):
        return Looked(tuple(seen), None)
    surveyed = survey(gray)
    for block in surveyed.blocks:
        seen += _read_flat(flatten(gray, block), keep_name=keep_name)
    return Looked(tuple(dict.fromkeys(seen)), surveyed.facts)


def _centre(gray: Image) -> Image:
    width = gray.shape[1]
    side = round(width * (1 - _CENTRE) / 2)
    return np.ascontiguousarray(gray[:, side : width - side])


def _read_flat(flat: Image, *, keep_name: bool) -> list[Sighting]:
    """Reads a code that lies straight, but perhaps upside down (a Code 39 is read either way)."""
    upright = _read(flat, _FLAT, keep_name=keep_name)
    return upright or _read(cv2.rotate(flat, cv2.ROTATE_180), _UPSIDE_DOWN, keep_name=keep_name)


def _read(
    image: Image,
    formats: BarcodeFormats,
    *,
    keep_name: bool,
    try_rotate: bool = False,
    try_downscale: bool = False,
) -> list[Sighting]:
    found = zxingcpp.read_barcodes(
        image,
        formats=formats,
        try_rotate=try_rotate,
        try_downscale=try_downscale,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [sighting for code in found if (sighting := _sighting(code, keep_name=keep_name)) is not None]


def _sighting(code: Any, *, keep_name: bool) -> Sighting | None:
    """What a code means to us; None for everybody else's, and for what is too damaged to be believed."""
    match code.symbology:
        case BarcodeFormat.Code39:
            document = read_dni_code39(code.text)
            return DocumentSighting(Origin.CODE39, document) if document else None
        case BarcodeFormat.PDF417:
            sound = float(code.extra.get("UEC", 0.0)) >= LEAST_UNUSED_CORRECTION
            card = read_dni_pdf417(code.bytes) if sound else None
            return DocumentSighting(Origin.PDF417, card.document, card.name if keep_name else None) if card else None
        case BarcodeFormat.QRCode:
            token = read_ticket_qr(code.text)
            return TicketSighting(token) if token else None
        case _:
            return None
