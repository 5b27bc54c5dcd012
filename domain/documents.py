"""Identity documents: what is printed on them, and what of it may be believed.

Sources: R.J. 356-2005-JEF/RENIEC arts. 3-4 (what a DNI carries), D.Leg. 1246 art. 7 (an expired DNI still
identifies its holder, so no rule here looks at a date).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

DNI_DIGITS = 8
PDF417_BYTES = 472
"""Length of the two-dimensional code on the blue and the yellow DNI; anything else is another document."""


class DocumentKind(Enum):
    """What a visitor identifies with (Ley 27444 art. 40.1.5), or a taxpayer by whom they are sent."""

    DNI = "dni"
    CE = "ce"
    PASSPORT = "passport"
    RUC = "ruc"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Document:
    """A document's kind and number. The number is text: leading zeros count."""

    kind: DocumentKind
    number: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The number with all but its last four characters hidden, for paper and screens that others see."""
        return masked(self.number)


def masked(number: str) -> str:
    """A document's number with all but its last four characters hidden; no number stays none."""
    return "•" * (len(number) - 4) + number[-4:]


NO_DOCUMENT = Document(DocumentKind.NONE, "")


class NumberFault(Enum):
    """Why a typed text is not yet a document's number; the screens word it."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_DIGITS = "not_digits"
    WRONG = "wrong"
    """It has the right length and cannot be one: its check digit says so."""


MOST_CHARACTERS = {DocumentKind.DNI: DNI_DIGITS, DocumentKind.CE: 9, DocumentKind.PASSPORT: 15, DocumentKind.RUC: 11}
"""How long a number of a kind can be. That of a passport, or of a permit of stay, has letters too."""

_LEAST_CHARACTERS = MOST_CHARACTERS | {DocumentKind.PASSPORT: 5}
_RUC_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_RUC_PREFIXES = ("10", "15", "16", "17", "20")


def parse_number(kind: DocumentKind, text: str) -> Document | NumberFault:
    """The document of ``kind`` that a person typed, or the first thing to mend in its number.

    A carné de extranjería has nine digits, a RUC eleven with a check digit (modulo 11); a passport, or another document
    that MIGRACIONES gives, five to fifteen letters and digits. ``kind`` is not NONE.
    """
    if kind is DocumentKind.DNI:
        return parse_dni(text)
    number = text.strip().upper()
    if not number:
        return NumberFault.EMPTY
    fits = number.isalnum() if kind is DocumentKind.PASSPORT else number.isdigit()
    if not (number.isascii() and fits):
        return NumberFault.NOT_DIGITS
    if not _LEAST_CHARACTERS[kind] <= len(number) <= MOST_CHARACTERS[kind]:
        return NumberFault.TOO_SHORT if len(number) < _LEAST_CHARACTERS[kind] else NumberFault.TOO_LONG
    if kind is DocumentKind.RUC and not _is_ruc(number):
        return NumberFault.WRONG
    return Document(kind, number)


def _is_ruc(number: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_RUC_WEIGHTS, number, strict=False))
    return number.startswith(_RUC_PREFIXES) and (11 - total % 11) % 10 == int(number[-1])


def parse_dni(text: str) -> Document | NumberFault:
    """The DNI that a person typed, or the first thing to mend in it.

    Blanks around it are forgiven. Only ASCII digits count: other scripts' digits do not name a person in
    RENIEC's register. No check digit is asked: most people do not know theirs, and a wrong one must not
    turn anyone away (Ley 27444 art. 124.1).
    """
    number = text.strip()
    if not number:
        return NumberFault.EMPTY
    if not (number.isascii() and number.isdigit()):
        return NumberFault.NOT_DIGITS
    if len(number) != DNI_DIGITS:
        return NumberFault.TOO_SHORT if len(number) < DNI_DIGITS else NumberFault.TOO_LONG
    return Document(DocumentKind.DNI, number)


def check_digit(dni: str) -> str:
    """The digit printed after the hyphen of a DNI: modulo 11, weights 3 2 7 6 5 4 3 2.

    It is not the MRZ's check digit (ICAO 7-3-1), from which it nearly always differs. RENIEC does not publish
    the rule; it holds for every printed pair known to us. ``dni`` is eight digits.
    """
    return "65432110987"[_remainder(dni)]


def check_letter(dni: str) -> str:
    """The letter that cards of before 2007 have in that place (R.J. 042-99, R.J. 692-2007)."""
    return "KJIHGFEDCBA"[_remainder(dni)]


def _remainder(dni: str) -> int:
    weights = (3, 2, 7, 6, 5, 4, 3, 2)
    return sum(weight * int(digit) for weight, digit in zip(weights, dni, strict=True)) % 11


def read_dni_code39(payload: str) -> Document | None:
    """The DNI in the linear code on the card's back: the eight digits, nothing else (R.J. 356-2005 item 25).

    A ninth character is taken only for the number's own check character, digit or letter, for no card known to us
    has one: any other nine characters are another document's.
    """
    number, check = payload[:DNI_DIGITS], payload[DNI_DIGITS:]
    parsed = parse_dni(number) if number == number.strip() else None
    if not isinstance(parsed, Document) or (check and check not in {check_digit(number), check_letter(number)}):
        return None
    return parsed


@dataclass(frozen=True, slots=True)
class DniCard:
    """What may be taken from a DNI's two-dimensional code. ``name`` is the holder's, in reading order."""

    document: Document
    name: str = field(repr=False)


def read_dni_pdf417(payload: bytes) -> DniCard | None:
    """The number and name in the two-dimensional code of a blue or yellow DNI; None for any other payload.

    The code holds a fingerprint (bytes 128-448: sensitive data, Ley 29733 art. 2.5). This function is the only
    one to touch it, and nothing but number and name leaves it. Layout: 472 bytes of Latin-1, "01", number
    [2:10], surnames [10:50] and [50:90], given names [90:125], register file number twice [456:464] [464:472].
    """
    whole = len(payload) == PDF417_BYTES and payload[:2] == b"01"
    if not whole or payload[456:464] != payload[464:472] or not payload[456:464].isdigit():
        return None
    number = payload[2:10]
    if not number.isdigit():
        return None
    paternal, maternal, given = (
        payload[start:end].decode("latin-1").strip(" \0") for start, end in ((10, 50), (50, 90), (90, 125))
    )
    name = " ".join(part for part in (given, paternal, maternal) if part)
    return DniCard(Document(DocumentKind.DNI, number.decode("ascii")), name)
