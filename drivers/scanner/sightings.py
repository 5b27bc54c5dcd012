"""What one frame showed, already reduced to the domain's words: payloads end in the decoder."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.documents import Document
    from domain.tracking import Token


class Origin(Enum):
    """Which code of a document was seen."""

    CODE39 = "code39"
    CODE128 = "code128"
    PDF417 = "pdf417"


@dataclass(frozen=True, slots=True)
class DocumentSighting:
    """An identity document's code, well formed but not yet believed."""

    origin: Origin
    document: Document
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MrzSighting:
    """A machine-readable zone, its number in agreement with its own check digit, but not yet believed.

    Args:
        document: Kind and number.
        whole: Every check digit is right, the dates are possible, and every character that says so was seen with a
            probability of at least one half. Otherwise only the number agrees with its own check digit; its characters
            and its issuer's were then seen with next to no doubt.
        name: In reading order, where each of its letters was seen well. It may be cut short.
    """

    document: Document
    whole: bool
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TicketSighting:
    """The code of one of our own tickets."""

    token: Token = field(repr=False)


@dataclass(frozen=True, slots=True)
class CargoSighting:
    """The code of one of our cargos, as it stands in the QR's address."""

    code: str = field(repr=False)


Sighting = DocumentSighting | MrzSighting | TicketSighting | CargoSighting


@dataclass(frozen=True, slots=True)
class CodeShape:
    """Something that looks like a code, read or not: its length in pixels and its tilt, -45 to 45 degrees."""

    length_px: float
    tilt_deg: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of a frame without reading it; hints are chosen from this.

    Args:
        texture: Share of the picture with strong edges, 0 to 1. A dim room has nearly none, a printed card a tenth.
        glare: Share of the picture that is burnt out, 0 to 1.
        code: The largest thing that looks like a code, or None.
        band: What looks like the lines of a machine-readable zone, or None.
    """

    texture: float
    glare: float
    code: CodeShape | None
    band: CodeShape | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """One frame's yield. ``facts`` is None where a code was read at first sight: then nobody needs a hint."""

    sightings: tuple[Sighting, ...]
    facts: Facts | None
