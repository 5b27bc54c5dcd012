"""What kiosks and servers say to each other: events, and the ``exchange`` that carries them.

An event is immutable. Personal data stand only in its ``sealed`` part, which is encrypted to the home node's key;
bodies stay as raw JSON, so that a node forwards types that it does not know without touching them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from domain.clock import Micros
from domain.office import Office, WebAddress
from domain.tickets import SERIES_LETTERS

PROTOCOL = 1

_S = TypeVar("_S", bound=msgspec.Struct)


class Stream(msgspec.Struct, frozen=True, order=True):
    """Events of one origin in one life of its database file. Inside it ``seq`` runs 1, 2, 3 … without gaps."""

    origin: str
    epoch: int


class Event(msgspec.Struct, frozen=True):
    """Something that happened. ``v`` is the version of the body's shape.

    ``at`` is the origin's own wall clock and decides nothing by itself: order inside a stream is ``seq``.
    """

    id: UUID
    stream: Stream
    seq: int
    kind: str = msgspec.field(name="type")
    v: int
    at: Micros
    office: str
    day: date
    body: msgspec.Raw
    sealed: bytes | None = None

    def body_as(self, shape: type[_S]) -> _S:
        """The body as ``shape``.

        Raises:
            msgspec.ValidationError: it has not that shape.
        """
        return msgspec.json.decode(self.body, type=shape)


# --- bodies, by owner -------------------------------------------------------------------------------------------


class TicketIssued(msgspec.Struct, frozen=True):
    """``ticket.issued``, by the kiosk: somebody took a turn. ``nonce_hash`` is SHA-256 of the token's nonce."""

    ticket: UUID
    series: str
    n: int
    service: str
    preferential: bool
    nonce_hash: bytes
    language: str


class Personal(msgspec.Struct, frozen=True):
    """The sealed part of ``ticket.issued``: what only the clerk who serves may read."""

    document_kind: str
    document_number: str
    description: str
    contact: str
    token: str
    name: str = ""

    def __repr__(self) -> str:
        """Tells nothing: whatever prints it was not meant to."""
        return "Personal(…)"


class PrintOutcome(msgspec.Struct, frozen=True):
    """``ticket.print_outcome``, by the kiosk: what is known of the paper. ``reason`` is empty when it printed."""

    ticket: UUID
    attempt: int
    outcome: str
    reason: str


class TicketMoved(msgspec.Struct, frozen=True):
    """``ticket.called`` and its kin, by the home node: a turn changed its state at a counter."""

    ticket: UUID
    counter: str
    clerk: str


# --- the exchange (POST /sync/v1/exchange) ----------------------------------------------------------------------


class Push(msgspec.Struct, frozen=True):
    """Events of one stream, in order. ``from_seq`` is the first one's number."""

    stream: Stream
    from_seq: int
    events: tuple[Event, ...]


class ClockReading(msgspec.Struct, frozen=True):
    """The child's clocks at the moment of sending, so that the parent can measure its error."""

    wall: Micros
    monotonic_s: float


class Pull(msgspec.Struct, frozen=True):
    """What the child wants to hear of: everything in ``scope`` after ``after`` of the parent's ``epoch``."""

    scope: str
    epoch: int
    after: int


class ExchangeRequest(msgspec.Struct, frozen=True):
    """A child's turn to speak. ``backlog`` counts the events that it still holds beyond these."""

    proto: int
    child: str
    child_epoch: int
    known_parent_epoch: int
    streams: tuple[Push, ...]
    pull: tuple[Pull, ...]
    clock: ClockReading
    app_version: str
    backlog: int


class Rejected(msgspec.Struct, frozen=True):
    """An event that the parent keeps but cannot use; it is acknowledged all the same."""

    seq: int
    code: str


class Ack(msgspec.Struct, frozen=True):
    """``upto`` is stored here; ``central_upto`` is stored at the top, after which alone a child may delete."""

    stream: Stream
    upto: int
    central_upto: int
    rejected: tuple[Rejected, ...] = ()


class Down(msgspec.Struct, frozen=True):
    """Facts for the child, the last version of each. ``next`` is what to ask after the next time."""

    scope: str
    epoch: int
    items: tuple[msgspec.Raw, ...]
    next: int


class ExchangeResponse(msgspec.Struct, frozen=True):
    """The parent's answer, after its commit. ``backoff_ms`` asks the child to wait at least so long.

    ``server_time`` lies between 2020 and 2100: outside, no tracking token could carry the day.
    """

    parent: str
    parent_epoch: int
    acks: tuple[Ack, ...]
    down: tuple[Down, ...]
    server_time: Annotated[Micros, msgspec.Meta(ge=1_577_836_800_000_000, le=4_102_444_800_000_000)]
    backoff_ms: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] = 0


class QueueSnapshot(msgspec.Struct, frozen=True):
    """Down-flow item of scope ``queue``: how many wait, as of ``at`` (the parent's clock)."""

    waiting: int
    at: Micros


class Fault(msgspec.Struct, frozen=True):
    """The one shape of every error the API answers. ``code`` is for programs, ``message`` is Spanish for people."""

    code: str
    message: str


# --- enrolment --------------------------------------------------------------------------------------------------


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a machine a kiosk of an office; a server writes it once, the kiosk keeps it.

    ``kiosk_no`` stands in the tracking token; ``mac_key`` (32 bytes) signs it; ``secret`` is this kiosk's own bearer
    word until device keys replace it. ``seal_key`` is the home node's X25519 public key (32 bytes).
    """

    kiosk: str
    kiosk_no: Annotated[int, msgspec.Meta(ge=0, lt=2**24)]
    series: Annotated[str, msgspec.Meta(pattern=rf"\A[{SERIES_LETTERS}]{{1,2}}\Z")]
    epoch: Annotated[int, msgspec.Meta(ge=1)]
    mac_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    secret: str
    server_url: WebAddress
    seal_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    office: Office

    def __repr__(self) -> str:
        """Without its secrets."""
        return f"Enrolment({self.kiosk}, series {self.series}, epoch {self.epoch})"


def to_json(message: Any) -> bytes:
    """Any message as JSON."""
    return msgspec.json.encode(message)


def from_json(raw: bytes, shape: type[_S]) -> _S:
    """JSON as ``shape``.

    Raises:
        msgspec.DecodeError: it is not JSON, or not of that shape (``ValidationError`` is one of these).
    """
    return msgspec.json.decode(raw, type=shape)
