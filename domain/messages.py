"""What kiosks and servers say to each other: events, and the ``exchange`` that carries them.

An event is immutable. Personal data stand only in its ``sealed`` part, which is encrypted to the home node's key;
bodies stay as raw JSON, so that a node forwards types that it does not know without touching them.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from domain.clock import Micros
from domain.filings import FilingRules
from domain.office import Office, QueueRules, WebAddress
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
    ``settled_at`` is no part of what the origin wrote: an office's node tells by it, to the one above, when the event
    happened by the clock error that it measured itself, so that office and centre put turns into one order. A node
    says nothing of events that it could not use; from others the word means nothing.
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
    settled_at: Micros | msgspec.UnsetType = msgspec.UNSET

    def body_as(self, shape: type[_S]) -> _S:
        """The body as ``shape``.

        Raises:
            msgspec.DecodeError: it has not that shape.
        """
        try:
            read: _S = _decoder(shape).decode(self.body)
        except RecursionError as error:
            raise msgspec.DecodeError("nested too deeply") from error
        return read


@cache
def _decoder(shape: type[_S]) -> msgspec.json.Decoder[_S]:
    return msgspec.json.Decoder(shape)


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
    """The sealed part of ``ticket.issued``: what only the clerk who serves may read.

    ``principal`` is for whom the visitor comes, where ``for_another``. ``missing`` are the requirements that they said
    they lack, ``folios`` the sheets, ``filings`` the separate submissions, ``media`` what cannot be put into a file
    (the words of `kiosk.flow.state.Medium`). ``notices`` is their consent to be told by e-mail.
    """

    document_kind: str
    document_number: str
    description: str
    contact: str
    token: str
    name: str = ""
    subject: str = ""
    principal_kind: str = ""
    principal_number: str = ""
    for_another: bool = False
    missing: tuple[str, ...] = ()
    folios: int | None = None
    filings: int = 1
    media: tuple[str, ...] = ()
    notices: bool = False

    def __repr__(self) -> str:
        """Tells nothing: whatever prints it was not meant to."""
        return "Personal(…)"


class PrintOutcome(msgspec.Struct, frozen=True):
    """``ticket.print_outcome``, by whoever drives the printer: what is known of the paper.

    ``reason`` is empty when it printed. ``request`` is the `PrintRequested` that this answers, None for the ticket
    that a kiosk prints with its turn.
    """

    ticket: UUID
    attempt: int
    outcome: str
    reason: str
    request: UUID | None = None


class Reprinted(msgspec.Struct, frozen=True):
    """``ticket.reprinted``, by whoever drives the printer: the same number goes to paper again, marked as a copy.

    ``copy`` counts the copies that this machine made of this ticket, from 1.
    """

    ticket: UUID
    copy: int
    request: UUID | None = None


class KioskHealth(msgspec.Struct, frozen=True):
    """``kiosk.health``, by a kiosk or a counter's printer program, at each change: what an attendant should know.

    ``printer`` and ``reason`` are the printer driver's words (``ready``, ``blocked`` …; ``paper``, ``cover`` …, empty
    when nothing is wrong). ``paper_left_pct`` is 0 to 100 and ``tickets_left`` an estimate, both by the odometer;
    None until the roll's length is known. ``printed_at`` is the last time that the printer confirmed a ticket.
    ``help_at`` is when a visitor last asked for help there.
    """

    printer: str
    reason: str = ""
    paper_left_pct: int | None = None
    tickets_left: int | None = None
    printed_at: Micros | None = None
    help_at: Micros | None = None


class TicketMoved(msgspec.Struct, frozen=True):
    """``ticket.called`` and its kin, by the home node: a turn changed its state, its place or its class.

    Those that no clerk causes: ``ticket.cancelled`` by the visitor on the phone, and ``ticket.let_pass``, who let the
    next two of their class go first and stands at ``lined_up_at`` now.
    ``counter`` and ``clerk`` are empty where the visitor did it. ``reason`` says why a turn was chosen or moved.
    Of a transfer: the ``service`` and the one counter (``for_counter``) it now waits for. ``lined_up_at`` is its new
    place in line, ``preferential`` its new class; None where they did not change.
    """

    ticket: UUID
    counter: str
    clerk: str
    reason: str = ""
    service: str = ""
    for_counter: str = ""
    lined_up_at: Micros | None = None
    preferential: bool | None = None


class TicketNoted(msgspec.Struct, frozen=True):
    """``ticket.noted``, by the home node: something was written to a turn; its words stand in the sealed part only.

    ``author`` is the clerk's account, empty for the visitor, who went on describing on the phone.
    """

    ticket: UUID
    author: str


class Note(msgspec.Struct, frozen=True):
    """The sealed part of ``ticket.noted``."""

    text: str


class CounterMoved(msgspec.Struct, frozen=True):
    """``counter.opened``, ``counter.paused`` and ``counter.closed``, by the home node.

    ``first`` and ``second`` are the services that the clerk calls, as `domain.queue.Duty` has them.
    """

    counter: str
    clerk: str
    reason: str = ""
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()


class CounterPlace(msgspec.Struct, frozen=True):
    """A counter of an office, and what people call it."""

    counter: str
    label: str


class BoardPlace(msgspec.Struct, frozen=True):
    """A board beside the main one. No ``counters`` are all of them."""

    name: str
    title: str
    counters: tuple[str, ...]


class NoticeWords(msgspec.Struct, frozen=True):
    """Words for everybody who waits, from and up to a day, both included; None for no limit."""

    words: str
    from_day: date | None
    to_day: date | None


class OfficeSetUp(msgspec.Struct, frozen=True):
    """``office.set_up``, by the home node: how the office is set up now, whole, so that the centre shows it so.

    ``cargo_keys`` are the public keys (DER) that ever signed its cargos.
    """

    office: Office
    rules: QueueRules
    counters: tuple[CounterPlace, ...] = ()
    boards: tuple[BoardPlace, ...] = ()
    notices: tuple[NoticeWords, ...] = ()
    filing: FilingRules | None = None
    cargo_keys: tuple[bytes, ...] = ()


class FilingReceived(msgspec.Struct, frozen=True):
    """``filing.received``, by the home node: documents were received and numbered.

    ``expediente`` is the number for ever, the ``serial``-th of ``series`` in the year; ``n`` and ``year`` are its place
    in the office's register. ``ticket`` is the
    turn that brought it, None for what came without one; ``about`` the expediente to which it belongs, empty for a new
    one. ``presented_on`` and ``term_starts_on`` are by the rules of `domain.calendar`; ``due_on`` is until when the
    entity answers. ``token_hash`` opens the filing's page, ``key_hash`` does together with the number, ``code`` stands
    on the cargo (`domain.filings`). ``annexes`` counts them; what they are is sealed.
    """

    filing: UUID
    year: int
    n: int
    expediente: str
    series: str
    serial: int
    ticket: UUID | None
    received_at: Micros
    presented_on: date
    term_starts_on: date
    due_on: date
    document_type: str
    service: str
    unit: str
    folios: int
    annexes: int
    token_hash: bytes
    key_hash: bytes
    code: str
    counter: str
    clerk: str
    about: str = ""


class Applicant(msgspec.Struct, frozen=True):
    """A person or body in a filing. ``kind`` is a `domain.documents.DocumentKind`'s word or ``ruc``, empty for none."""

    kind: str = ""
    number: str = ""
    name: str = ""

    def __repr__(self) -> str:
        """Tells nothing: whatever prints it was not meant to."""
        return "Applicant(…)"


class FilingPersonal(msgspec.Struct, frozen=True):
    """The sealed part of ``filing.received``: what only those who work on it may read.

    ``presenter`` is who came, where that is not the applicant (art. 119.1). ``annexes`` are listed one by one, paper
    and ``media`` apart. ``fulfilled`` are the requirements that were ticked. ``notices`` is the consent to be told by
    e-mail (art. 20.4), ``notices_sms`` by SMS. ``token`` (hexadecimal) and ``key`` are those that stand on the cargo.
    """

    applicant: Applicant
    presenter: Applicant | None
    subject: str
    email: str = ""
    phone: str = ""
    domicile: str = ""
    notices: bool = False
    notices_sms: bool = False
    annexes: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    fulfilled: tuple[str, ...] = ()
    grounds: str = ""
    token: str = ""
    key: str = ""
    language: str = "es"

    def __repr__(self) -> str:
        """Tells nothing: whatever prints it was not meant to."""
        return "FilingPersonal(…)"


class FilingMoved(msgspec.Struct, frozen=True):
    """``filing.observed``, ``corrected``, ``lapsed``, ``forwarded``, ``in_process``, ``resolved`` and ``archived``.

    ``actor`` is the account that did it, empty for the clock. ``unit`` is where it is now. ``correct_until`` is the
    last day on which what is missing can be brought; ``due_on`` the entity's day as it runs now; None where they did
    not change. The words stand in the sealed part (`FilingWords`); ``folios`` and ``annexes`` are what a correction
    added.
    """

    filing: UUID
    actor: str
    unit: str
    counter: str = ""
    correct_until: date | None = None
    term_starts_on: date | None = None
    due_on: date | None = None
    folios: int = 0
    annexes: int = 0


class FilingWords(msgspec.Struct, frozen=True):
    """The sealed part of a `FilingMoved`: what is missing, which annexes a correction brought, or why it was moved."""

    text: str = ""
    missing: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Tells nothing: whatever prints it was not meant to."""
        return "FilingWords(…)"


class FilingTold(msgspec.Struct, frozen=True):
    """The body of a webhook: what happened, to which filing, and where it stands now."""

    type: str
    filing: UUID
    expediente: str
    register: str
    status: str
    unit: str
    at: Micros


class NumbersPassedOver(msgspec.Struct, frozen=True):
    """``register.passed_over``, by the home node: numbers that are given to nobody, so that no gap is without a word.

    ``series`` is ``register`` or the siglas; ``first`` and ``last`` are both included.
    """

    year: int
    series: str
    first: int
    last: int
    reason: str


class NumbersLeased(msgspec.Struct, frozen=True):
    """``numbers.leased``, by the home node: it holds these numbers of the centre's series; first and last included.

    It is also the down-flow item of scope ``blocks``, offered until that event is heard, so that a lost answer leases
    nothing twice. A centre that was put back to an old copy learns from these events what it had leased.
    """

    year: int
    series: str
    first: int
    last: int


class CancelRequested(msgspec.Struct, frozen=True):
    """``cancel.requested``: a turn's holder gives it up at a node that does not call it; the home node decides.

    It is also the down-flow item of scope ``requests``, offered until ``cancel.answered`` with its ``request`` is
    heard; a home node carries out each ``request`` once.
    """

    request: UUID
    ticket: UUID


class CancelAnswered(msgspec.Struct, frozen=True):
    """``cancel.answered``, by the home node. ``done`` is False where the turn had been called meanwhile."""

    request: UUID
    ticket: UUID
    done: bool


class CopyAsked(msgspec.Struct, frozen=True):
    """``print.requested``, by the home node: a clerk asks the printer at a counter for a copy of a ticket, or a cargo.

    Ids only. What the paper says goes down to the counter's machine as `PrintRequested`, under the same ``request``.
    ``filing`` is the one whose cargo it is, None of a ticket; ``ticket`` is None of a cargo.
    """

    request: UUID
    ticket: UUID | None
    copy: int
    counter: str
    clerk: str
    filing: UUID | None = None


# --- the exchange (POST /sync/v1/exchange) ----------------------------------------------------------------------


class Push(msgspec.Struct, frozen=True):
    """Events of one stream, in order. ``from_seq`` is the first one's number.

    Who passes events on may put them here as the JSON that they are (``msgspec.Raw``); whoever reads gets `Event`.
    """

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
    """A child's turn to speak. ``backlog`` counts the events that it still holds beyond these.

    ``take_stock`` asks for an ack of every stream that the parent holds of the child's offices, not only of those
    named here. ``credential`` is what the parent signed at the enrolment (`Enrolment.credential`); a child shows it to
    a parent that does not know it any more, because an old copy of its database was put back.
    """

    proto: int
    child: str
    child_epoch: int
    known_parent_epoch: int
    streams: tuple[Push, ...]
    pull: tuple[Pull, ...]
    clock: ClockReading
    app_version: str
    backlog: int
    take_stock: bool = False
    credential: bytes = b""


class Rejected(msgspec.Struct, frozen=True):
    """An event that the parent keeps but cannot use; it is acknowledged all the same."""

    seq: int
    code: str


class Ack(msgspec.Struct, frozen=True):
    """``upto`` is stored here; ``central_upto`` is stored at the top, after which alone a child may delete.

    ``fork`` says that other events stand here under this stream's numbers: nothing of the push was taken, and ``upto``
    is the last of its events that stands here, too.
    """

    stream: Stream
    upto: int
    central_upto: int
    rejected: tuple[Rejected, ...] = ()
    fork: bool = False


class Down(msgspec.Struct, frozen=True):
    """Facts for the child, the last version of each. ``next`` is what to ask after the next time."""

    scope: str
    epoch: int
    items: tuple[msgspec.Raw, ...]
    next: int


class ExchangeResponse(msgspec.Struct, frozen=True):
    """The parent's answer, after its commit. ``backoff_ms`` asks the child to wait at least so long.

    ``server_time`` lies between 2020 and 2100: outside, no tracking token could carry the day. ``trouble`` is why the
    child is not given what it needs, though what it sent was taken (`exchange.wire.TROUBLES`); empty for nothing.
    """

    parent: str
    parent_epoch: int
    acks: tuple[Ack, ...]
    down: tuple[Down, ...]
    server_time: Annotated[Micros, msgspec.Meta(ge=1_577_836_800_000_000, le=4_102_444_800_000_000)]
    backoff_ms: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] = 0
    trouble: str = ""


class QueueSnapshot(msgspec.Struct, frozen=True):
    """Down-flow item of scope ``queue``: how many wait in ``office`` ("" is the asker's own) as of ``at``.

    ``preferential`` of those are called before everybody else. ``minutes`` is how long one who comes now will wait by
    the pace of the last calls; None where nobody has been called lately.
    """

    waiting: int
    at: Micros
    preferential: int = 0
    minutes: int | None = None
    office: str = ""


class SeriesGiven(msgspec.Struct, frozen=True):
    """Down-flow item of scope ``series``: what a kiosk gives out numbers under, in its life ``epoch`` and no later one.

    ``credential`` takes the place of the enrolment's.
    """

    epoch: Annotated[int, msgspec.Meta(ge=1)]
    series: Annotated[str, msgspec.Meta(pattern=rf"\A[{SERIES_LETTERS}]{{1,2}}\Z")]
    kiosk_no: Annotated[int, msgspec.Meta(ge=0, lt=2**24)]
    credential: bytes = b""


class KioskOrders(msgspec.Struct, frozen=True):
    """Down-flow item of scope ``kiosk``: what the office tells a kiosk to do. ``version`` grows with each change.

    ``message`` stands on the screen while there is one. A machine out of service stays so until it is told otherwise,
    through restarts and days without a network.
    """

    out_of_service: bool
    message: str
    version: int


class FilingStanding(msgspec.Struct, frozen=True):
    """What a citizen is told at a kiosk of a filing: as much as behind the cargo's QR, so no name and no document.

    ``status`` is a word of `domain.filings.FilingStatus`, ``next`` one of `domain.deadlines.Next`; ``unit`` is a name,
    empty for none. ``since`` is the day since which it stands so, ``as_of`` as of when its office says so: None where
    it is as now.
    """

    expediente: str
    register: str
    status: str
    next: str
    unit: str
    since: date
    presented_on: date
    due_on: date
    correct_until: date | None = None
    as_of: Micros | None = None


class TurnStatus(msgspec.Struct, frozen=True):
    """What a turn's holder is told at a kiosk: as much as behind its QR, so no name, document or subject.

    ``state`` is a word of `domain.tickets.TicketState`, or ``coming`` (genuine, not arrived) or ``past`` (of a former
    day). ``ahead`` is how many are called before it, ``counter`` where it is being called or served; ``filings`` are
    what was received from it.
    """

    number: str
    state: str
    ahead: int | None = None
    minutes: int | None = None
    counter: str = ""
    filings: tuple[FilingStanding, ...] = ()


class TicketCopy(msgspec.Struct, frozen=True, tag="ticket"):
    """What a copy of a ticket says. ``document`` is masked, ``service`` is the name that people read.

    ``copy`` is the number of the copy, from 1: paper that is not the first says so. ``url`` opens the turn's page.
    """

    ticket: UUID
    series: str
    n: int
    service: str
    document: str
    issued_at: Micros
    url: str
    language: str
    copy: int

    def __repr__(self) -> str:
        """Without the address, which is a key."""
        return f"TicketCopy({self.ticket}, copy {self.copy})"


class CargoRow(msgspec.Struct, frozen=True):
    """One thing that a cargo says, and what it is called."""

    label: str
    text: str


class CargoList(msgspec.Struct, frozen=True):
    """Things that a cargo lists one by one, under a heading."""

    heading: str
    items: tuple[str, ...]


class CargoCopy(msgspec.Struct, frozen=True, tag="cargo"):
    """What a cargo says (Ley 27444 art. 124.2), in its words and their order; whoever draws it only places them.

    ``number`` is the expediente's. ``warning`` are the paragraphs about what is missing, the heading first; empty for
    nothing missing. ``url`` opens the filing's page, or checks the cargo where that is not known; ``follow`` says so.
    ``code`` checks it, as people read it, and ``check`` says where. ``receiver`` is who received, ``by_hand`` what
    stands below the line on which they may sign. ``copy`` counts the papers that came out of a
    counter's printer, or may have, from 1; paper that is not the first says so.
    """

    filing: UUID
    received_at: Micros
    entity: str
    office: str
    place: str
    title: str
    number: str
    rows: tuple[CargoRow, ...]
    lists: tuple[CargoList, ...]
    warning: tuple[str, ...]
    receiver: CargoRow
    by_hand: str
    url: str
    follow: tuple[str, ...]
    code: str
    check: tuple[str, ...]
    foot: str
    copy: int = 1

    def __repr__(self) -> str:
        """Without the person and the address, which is a key."""
        return f"CargoCopy({self.filing}, copy {self.copy})"


class PrintRequested(msgspec.Struct, frozen=True):
    """Down-flow item of scope ``prints``: a desk asks the printer at its counter for paper.

    It is offered until an outcome with its ``id`` is heard, or it is too old to be of use to anybody; a machine prints
    each ``id`` once. ``subject`` is the ticket or the filing, by which a machine answers of a document that it does not
    know; None from an older server.
    """

    id: UUID
    document: TicketCopy | CargoCopy
    subject: UUID | None = None


class PaperWanted(msgspec.Struct, frozen=True):
    """As much of a `PrintRequested` as a machine of any version reads."""

    id: UUID
    document: msgspec.Raw
    subject: UUID | None = None


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one shape of every error the API answers. ``code`` is for programs, ``message`` is Spanish for people.

    ``turn`` is the last one heard of a machine whose request is ``replayed``, so that an honest one goes on from there.
    """

    code: str
    message: str
    turn: int | None = None


# --- enrolment --------------------------------------------------------------------------------------------------


class MachineEnrolled(msgspec.Struct, frozen=True):
    """``kiosk.enrolled``, by the node that enrolled it: a machine of the event's office has this key from now on.

    A kiosk has a series, a counter's machine a counter, an office's server neither. ``mac_key`` lets the tracking page
    at the centre tell a genuine ticket that has not arrived; it opens nothing.
    """

    kiosk: str
    kiosk_no: int
    series: str
    counter: str
    epoch: int
    device_key: bytes
    mac_key: bytes

    def __repr__(self) -> str:
        """Without its key."""
        return f"MachineEnrolled({self.kiosk}, epoch {self.epoch})"


class MachineRevoked(msgspec.Struct, frozen=True):
    """``kiosk.revoked``, by the node that did it: what carries this machine's signature counts no more."""

    kiosk: str
    epoch: int


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a machine a kiosk of an office; a server gives it once, the kiosk keeps it.

    ``counter`` names the counter whose printer the machine drives (`kiosk counter`): such a machine gives out no
    numbers, so it has no series; a kiosk in the waiting room has a series and no counter; an office's server that is
    enrolled at a centre has neither. ``kiosk_no`` stands in the tracking token; ``mac_key`` (32 bytes) signs it.
    ``seal_key`` is the home node's X25519 public key, ``server_key`` the Ed25519 public key by whose signature alone
    an answer is believed (32 bytes each). ``credential`` is for the server itself, should it forget this machine.
    """

    kiosk: str
    kiosk_no: Annotated[int, msgspec.Meta(ge=0, lt=2**24)]
    series: Annotated[str, msgspec.Meta(pattern=rf"\A[{SERIES_LETTERS}]{{0,2}}\Z")]
    epoch: Annotated[int, msgspec.Meta(ge=1)]
    mac_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    server_url: WebAddress
    seal_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    office: Office
    server_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    credential: bytes = b""
    counter: str = ""

    def __post_init__(self) -> None:
        """Refuses a machine that is both."""
        if self.series and self.counter:
            raise ValueError("a kiosk has a series, a counter's machine has a counter")

    @property
    def is_node(self) -> bool:
        """Whether it is an office's server, not a machine of its own."""
        return not self.series and not self.counter

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
    try:
        return msgspec.json.decode(raw, type=shape)
    except RecursionError as error:  # nested without end, which no message of ours is
        raise msgspec.DecodeError("nested too deeply") from error
