"""Sample persons, none of them real, and the two-dimensional code that their cards would carry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

_WHOLE = 472
_FINGERPRINT_AT = 128


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Someone who does not exist. ``expiry`` is YYYYMMDD, 30000101 for a card that does not expire."""

    number: str
    given: str
    paternal: str
    maternal: str
    sex: str
    finger: str
    expiry: str
    register: str
    filler_bytes: int = 300

    @property
    def name(self) -> str:
        """In reading order."""
        return " ".join(part for part in (self.given, self.paternal, self.maternal) if part)

    def pdf417_payload(self) -> bytes:
        """The 472 bytes of a blue DNI's code; where a real one holds a fingerprint, these hold a hash's digits.

        Layout as in `domain.documents.read_dni_pdf417`, measured on published cards.
        """
        payload = bytearray(_WHOLE)
        for start, length, text in (
            (0, 2, "01"),
            (2, 8, self.number),
            (10, 40, self.paternal),
            (50, 40, self.maternal),
            (90, 35, self.given),
            (125, 1, self.sex),
            (126, 2, self.finger),
            (448, 8, self.expiry),
            (456, 8, self.register),
            (464, 8, self.register),
        ):
            payload[start : start + length] = text.encode("latin-1").ljust(length)
        payload[_FINGERPRINT_AT : _FINGERPRINT_AT + self.filler_bytes] = _filler(self.filler_bytes, self.number)
        return bytes(payload)


MARIA: Final = SamplePerson("12345678", "MARIA ELENA", "PRUEBA", "EJEMPLO", "2", "02", "20291231", "00000001")
JOSE: Final = SamplePerson("87654321", "JOSE LUIS", "QUIÑONES", "MUÑOZ", "1", "  ", "30000101", "00000002")
JUAN: Final = SamplePerson("00000009", "JUAN", "PRUEBA", "", "1", "02", "20300131", "00000003", filler_bytes=317)

PEOPLE: Final = {person.number: person for person in (MARIA, JOSE, JUAN)}


def _filler(length: int, seed: str) -> bytes:
    blocks = (hashlib.sha256(f"{seed}{n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]
