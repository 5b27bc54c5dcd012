"""A filing: documents that an office received, and what may happen to them until the end.

Everything presented is received (Ley 27444 art. 124.1); what is missing is observed once, in one act, with two
business days to correct it (art. 125.1). What only a unit can notice it observes, once too (art. 125.5). Whoever
corrects in time has presented on the first day (art. 126.1); after that the filing counts as not presented (125.4).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import msgspec

from domain.office import Code

if TYPE_CHECKING:
    from collections.abc import Mapping


class FilingStatus(Enum):
    """Where a filing stands."""

    RECEIVED = "received"
    OBSERVED = "observed"
    """Something is missing; no term runs, and no unit gets it, until it is corrected (art. 125.3)."""
    CORRECTED = "corrected"
    FORWARDED = "forwarded"
    """On its way to a unit, which has not taken it over yet."""
    IN_PROCESS = "in_process"
    RESOLVED = "resolved"
    ARCHIVED = "archived"
    LAPSED = "lapsed"
    """Not corrected in time: not presented, and given back (art. 125.4)."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is awaited any more."""
        return self in {FilingStatus.RESOLVED, FilingStatus.ARCHIVED, FilingStatus.LAPSED}


class FilingMove(Enum):
    """What may be done to a filing; its event is ``filing.VALUE``."""

    OBSERVE = "observed"
    CORRECT = "corrected"
    LAPSE = "lapsed"
    FORWARD = "forwarded"
    TAKE = "in_process"
    RESOLVE = "resolved"
    ARCHIVE = "archived"


_S, _M = FilingStatus, FilingMove
_LEGAL: Mapping[tuple[FilingStatus, FilingMove], FilingStatus] = {
    (_S.RECEIVED, _M.OBSERVE): _S.OBSERVED,
    (_S.RECEIVED, _M.FORWARD): _S.FORWARDED,
    (_S.OBSERVED, _M.CORRECT): _S.CORRECTED,
    (_S.OBSERVED, _M.LAPSE): _S.LAPSED,
    (_S.CORRECTED, _M.FORWARD): _S.FORWARDED,
    (_S.FORWARDED, _M.OBSERVE): _S.OBSERVED,
    (_S.FORWARDED, _M.FORWARD): _S.FORWARDED,
    (_S.FORWARDED, _M.TAKE): _S.IN_PROCESS,
    (_S.IN_PROCESS, _M.OBSERVE): _S.OBSERVED,
    (_S.IN_PROCESS, _M.FORWARD): _S.FORWARDED,
    (_S.IN_PROCESS, _M.RESOLVE): _S.RESOLVED,
    (_S.RESOLVED, _M.ARCHIVE): _S.ARCHIVED,
    (_S.LAPSED, _M.ARCHIVE): _S.ARCHIVED,
}


def after(status: FilingStatus, move: FilingMove) -> FilingStatus | None:
    """The status to which ``move`` leads; None where it is not legal."""
    return _LEGAL.get((status, move))


def moves_from(status: FilingStatus) -> tuple[FilingMove, ...]:
    """What may be done to a filing that stands so, in the table's order."""
    return tuple(move for at, move in _LEGAL if at is status)


# --- numbers ----------------------------------------------------------------------------------------------------

LARGEST_NUMBER = 9_999_999
"""Seven digits, as the health sector's numbers have."""
_SIGLAS = r"[A-Z0-9](?:[A-Z0-9-]{0,12}[A-Z0-9])?"
_FORMAT = re.compile(r"\A[A-Z0-9 /.{}:a-z-]{1,64}\Z")
_FIELD = re.compile(r"\{(siglas|year|n(?::[1-9])?)\}")


@dataclass(frozen=True, slots=True, order=True)
class RegisterNumber:
    """The number of entry (art. 117.2): correlative in the office and the year, in order of entry, without gaps."""

    year: int
    office: str
    n: int

    def __str__(self) -> str:
        return f"{self.year}-{self.office}-{self.n:06d}"


def expediente_number(pattern: str, *, siglas: str, year: int, n: int) -> str:
    """The number of an expediente in the entity's format, unique and invariable (art. 157.1).

    ``pattern`` is checked by `FilingRules`: ``{siglas}``, ``{year}`` and ``{n:7}``, whose digit is the width.
    """

    def field(found: re.Match[str]) -> str:
        name, _, width = found[1].partition(":")
        return {"siglas": siglas, "year": f"{year:04d}", "n": f"{n:0{width or 1}d}"}[name]

    return _FIELD.sub(field, pattern)


LONGEST_SIGLAS = 14
_MARK_CHARS = 4


def _in_capitals(office: str) -> str:
    """An office's id as siglas; one that is too long ends in a mark, or two long ones that begin alike were one."""
    capitals = office.upper().strip("-")
    if len(capitals) <= LONGEST_SIGLAS:
        return capitals
    mark = hashlib.sha256(office.encode()).hexdigest()[:_MARK_CHARS].upper()
    return f"{capitals[: LONGEST_SIGLAS - _MARK_CHARS - 1].strip('-')}-{mark}"


class NumbersFrom(Enum):
    """Who gives the numbers of expedientes."""

    OFFICE = "office"
    """The office, under siglas that no other office of the entity has."""
    CENTRE = "centre"
    """The centre leases blocks of one series to the offices."""


# --- how an office files ----------------------------------------------------------------------------------------


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit of the entity to which filings are addressed and handed over."""

    code: Code
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=96)]


class DocumentType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a document is called in the register (the ``naturaleza`` of art. 117.2)."""

    code: Code
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


USUAL_TYPES = tuple(
    DocumentType(code, name)
    for code, name in (
        ("solicitud", "Solicitud"),
        ("carta", "Carta"),
        ("oficio", "Oficio"),
        ("informe", "Informe"),
        ("recurso", "Recurso"),
        ("escrito", "Escrito"),
        ("otro", "Otro documento"),
    )
)


class FilingRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an office numbers, observes and hands on what it receives.

    ``siglas`` stand in the numbers of expedientes; empty for the office's id in capitals. ``pattern`` is their format.
    Where the centre leases the numbers, ``siglas`` name the entity's one series, and an office that has used up its
    blocks numbers on under siglas of its own (`own_siglas`).
    ``correction_days`` are business days (two by art. 125.1). ``due_days`` are those within which the entity answers
    (30 at most by art. 142).
    """

    siglas: Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_SIGLAS})?\Z")] = ""
    pattern: str = "{siglas}{year}{n:7}"
    numbers_from: NumbersFrom = NumbersFrom.OFFICE
    correction_days: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    due_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 30
    types: tuple[DocumentType, ...] = USUAL_TYPES
    units: tuple[Unit, ...] = ()

    def __post_init__(self) -> None:
        """Refuses a format that could give one number twice."""
        fields = [found.partition(":")[0] for found in _FIELD.findall(self.pattern)]
        rest = _FIELD.sub("", self.pattern)
        if sorted(set(fields)) != sorted(fields) or not {"year", "n"} <= set(fields) or "{" in rest or "}" in rest:
            raise ValueError("the format of numbers needs {year} and {n:7}, each once")
        if not _FORMAT.fullmatch(self.pattern):
            raise ValueError("a number is made of capitals, digits, spaces, dots, slashes and hyphens")

    def siglas_of(self, office: str) -> str:
        """The siglas under which ``office`` gives numbers."""
        return self.siglas or _in_capitals(office)

    def own_siglas(self, office: str) -> str:
        """Siglas that no other office has, nor the entity's series: for when the centre's numbers are used up."""
        own = _in_capitals(office)
        return own if own != self.siglas else f"{own[: LONGEST_SIGLAS - 2]}-0"

    @property
    def own_pattern(self) -> str:
        """The format under siglas of its own: it has them in any case, or two offices would write one number."""
        return self.pattern if "{siglas}" in self.pattern else f"{{siglas}}-{self.pattern}"

    def unit(self, code: str) -> Unit | None:
        """The unit of that code, None for none (any more)."""
        return next((unit for unit in self.units if unit.code == code), None)

    def type_name(self, code: str) -> str:
        """What that type of document is called; its code, where it is not on the list (any more)."""
        return next((known.name for known in self.types if known.code == code), code)


# --- what opens a filing's page ---------------------------------------------------------------------------------

TOKEN_BYTES = 16
KEY_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, O, 1 and I, which people take for each other on paper."""
KEY_CHARS = 6
CODE_CHARS = 12
_KEY = re.compile(rf"[{KEY_ALPHABET}]+")


def spelled(raw: bytes, chars: int) -> str:
    """``chars`` characters for people to type, out of random bytes: five bits each, so ``raw`` has at least as many."""
    number = int.from_bytes(raw, "big")
    return "".join(KEY_ALPHABET[(number >> (5 * place)) & 31] for place in range(chars))


def typed(text: str, chars: int) -> str | None:
    """A key or code as somebody typed it, with spaces, hyphens and small letters; None for what is none."""
    plain = re.sub(r"[\s-]", "", text).upper()
    return plain if len(plain) == chars and _KEY.fullmatch(plain) else None


def token_hash(token: bytes) -> bytes:
    """What servers keep of a filing's token: SHA-256, 32 bytes."""
    return hashlib.sha256(token).digest()


def plain_number(text: str) -> str:
    """An expediente's number as people type it, without what they leave out or add: letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


_NUMBER_DIGITS = 9
"""A ticket's code and a DNI have fewer digits."""


def looks_like_number(text: str) -> bool:
    """Whether somebody typed an expediente's number, and not a ticket's code or a document: it has a year in it."""
    plain = plain_number(text)
    is_long = sum(character.isdigit() for character in plain) >= _NUMBER_DIGITS
    return re.search(r"20\d\d", plain) is not None and (is_long or re.match(r"[A-Z]{3}", plain) is not None)


def key_hash(expediente: str, key: str) -> bytes:
    """What servers keep of the key that opens an expediente's status together with its number: SHA-256, 32 bytes.

    Spaces, hyphens, dots and slashes of the number do not matter, nor small letters.
    """
    return hashlib.sha256(f"{plain_number(expediente)}\n{key}".encode()).digest()
