"""Sample persons, none of them real, and the two-dimensional code that their cards would carry."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import Final

_WHOLE = 472
_FINGERPRINT_AT = 128


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Someone who does not exist.

    ``number`` is the DNI's. ``expiry`` is YYYYMMDD, 30000101 for a card that does not expire; ``birth`` is YYYYMMDD.
    ``foreigner`` and ``passport`` are the numbers of the carnet de extranjería and the passport that the same person
    would show; ``nation`` is then theirs, three letters, and the passport's issuer.
    """

    number: str
    given: str
    paternal: str
    maternal: str
    sex: str
    finger: str
    expiry: str
    register: str
    filler_bytes: int = 300
    birth: str = "19900115"
    foreigner: str = "001234567"
    passport: str = "123456789"
    nation: str = "PER"

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
JOSE: Final = SamplePerson(
    "87654321", "JOSE LUIS", "QUIÑONES", "MUÑOZ", "1", "  ", "30000101", "00000002",
    birth="19850720", foreigner="007654321", passport="AB1234567", nation="VEN",
)  # fmt: skip
JUAN: Final = SamplePerson(
    "00000009", "JUAN", "PRUEBA", "", "1", "02", "20300131", "00000003", filler_bytes=317,
    birth="19500203", foreigner="000000018", passport="C0000009X", nation="COL",
)  # fmt: skip

PEOPLE: Final = {person.number: person for person in (MARIA, JOSE, JUAN)}

_GIVEN: Final = (
    ("MARIA ELENA", "2"),
    ("ROSA", "2"),
    ("ANA LUCIA", "2"),
    ("JOSE LUIS", "1"),
    ("JUAN", "1"),
    ("NINO", "1"),
)
_SURNAMES: Final = ("PRUEBA", "EJEMPLO", "MUESTRA", "ENSAYO", "MODELO", "NINGUNO", "QUIÑONES", "DE LA PRUEBA", "")
_NATIONS: Final = ("PER", "PER", "VEN", "COL", "ECU", "BOL")


def invented(seed: int) -> SamplePerson:
    """Person ``seed``, always the same one. Number and name are drawn by lot and belong together here only."""
    lot = random.Random(seed)

    def digits(count: int) -> str:
        return "".join(lot.choices("0123456789", k=count))

    given, sex = lot.choice(_GIVEN)
    nation = lot.choice(_NATIONS)
    letters = "" if nation == "PER" else "".join(lot.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=2))
    return SamplePerson(
        number=digits(8),
        given=given,
        paternal=lot.choice(_SURNAMES[:-1]),
        maternal=lot.choice(_SURNAMES),
        sex=sex,
        finger=lot.choice(("02", "  ")),
        expiry=lot.choice((f"20{lot.randint(27, 35)}{lot.randint(1, 12):02}{lot.randint(1, 28):02}", "30000101")),
        register=digits(8),
        filler_bytes=lot.randint(252, 317),
        birth=f"{lot.randint(1940, 2006)}{lot.randint(1, 12):02}{lot.randint(1, 28):02}",
        foreigner=f"00{digits(7)}",
        passport=letters + digits(9 - len(letters)),
        nation=nation,
    )


def _filler(length: int, seed: str) -> bytes:
    blocks = (hashlib.sha256(f"{seed}{n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]
