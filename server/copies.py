"""Paper at the counter, a ticket's copy or a cargo: the clerk asks, the machine at the counter fetches and answers.

What it says (the address with the visitor's token above all) is at rest nowhere: it is made from the sealed part of the
ticket or the filing when the machine fetches it, and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.clock import Micros
from domain.documents import masked
from domain.messages import CargoCopy, CopyAsked, PrintRequested, TicketCopy
from domain.prints import WANTED_US, Paper, stands, told
from domain.sync import RETENTION_US
from domain.tracking import parse_token, tracking_url
from server.faults import Refusal
from server.store import prints, tickets
from server.store.accounts import note_action
from server.store.kiosks import machine_at
from server.store.node import record
from server.store.versions import desk_topic

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from server.keys import Keys
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.kiosks import Kiosk
    from server.store.node import Node
    from server.store.tickets import Turn
    from server.store.writer import Transaction, Writer


@dataclass(frozen=True, slots=True)
class PaperAtDesk:
    """What a clerk is told of a turn's paper.

    ``ticket`` is the paper that came with the number, None while nothing was heard of it. ``copy`` is the last copy
    asked for at this counter, None for none. ``may_ask`` is whether a (further) one can be asked for now. The reasons
    are the printer driver's words, empty where there is none.
    """

    ticket: Paper | None
    ticket_reason: str
    copy: Paper | None
    copy_reason: str
    may_ask: bool


def _no_cargo(_connection: Connection, _request: prints.PrintRequest) -> CargoCopy | None:
    return None


class Copies:
    """Asks for copies in the offices whose home node this is, and hands them to the machines at their counters."""

    def __init__(
        self,
        *,
        node: Node,
        keys: Keys,
        offices: Offices,
        clock: Clock,
        writer: Writer,
        read: Engine,
        cargo: Callable[[Connection, prints.PrintRequest], CargoCopy | None] = _no_cargo,
    ) -> None:
        """``cargo`` makes what a cargo's paper says; None where there is no such filing here, as without it."""
        self._cargo = cargo
        self._node = node
        self._keys = keys
        self._offices = offices
        self._clock = clock
        self._writer = writer
        self._read = read

    def at_desk(self, clerk: Clerk, turn: Turn) -> PaperAtDesk:
        """What is known of the paper of ``turn``, which is at the clerk's counter."""
        with self._read.connect() as connection:
            own = prints.own_outcome(connection, turn.ticket)
            asked = asked_here(connection, clerk, turn.ticket, self._clock.now())
        if own is None:
            return asked
        return replace(asked, ticket=told(own.outcome), ticket_reason=own.reason)

    def ask(self, clerk: Clerk, ticket: UUID, address: str) -> None:
        """Asks the printer at the clerk's counter for a copy; does nothing while the last one is still awaited.

        Raises:
            Refusal: 404 there is no such turn; 409 the office is called elsewhere, it is not at this counter (any
                more), no machine drives a printer there, or the turn came without what its ticket says.
        """
        self._offices.must_call_here(clerk.office)
        self._writer.do(lambda transaction: self._ask(transaction, clerk, ticket, address))

    def _ask(self, transaction: Transaction, clerk: Clerk, ticket: UUID, address: str) -> None:
        connection = transaction.connection
        turn = tickets.lock_turn(connection, clerk.office, ticket)
        if turn is None:
            raise Refusal(404, "unknown_turn")
        if turn.counter != clerk.counter or turn.state.value not in tickets.AT_A_COUNTER:
            raise Refusal(409, "other_counter", number=str(turn.number))
        must_have_printer(connection, clerk)
        if self._document(connection, turn, 1) is None:
            raise Refusal(409, "no_copy", number=str(turn.number))
        wish = Wish(prints.Document.TICKET, ticket, turn.business_day, "ticket.copy_asked", str(ticket), address)
        ask_for(transaction, self._node, clerk, wish, self._clock.now())

    def wanted(self, connection: Connection, machine: Kiosk, now: Micros) -> tuple[PrintRequested, ...]:
        """What the machine at a counter shall print, the oldest first; nothing for a kiosk.

        It is the same at every call until the machine answers or nobody wants it any more.
        """
        if machine.counter is None:
            return ()
        open_ones = prints.wanted(connection, machine.office, machine.counter, Micros(now - WANTED_US))
        found = ((request, self._made(connection, request)) for request in open_ones)
        return tuple(
            PrintRequested(request.id, document, request.ticket) for request, document in found if document is not None
        )

    def _made(self, connection: Connection, request: prints.PrintRequest) -> TicketCopy | CargoCopy | None:
        if request.document is prints.Document.CARGO:
            return self._cargo(connection, request)
        turn = tickets.by_id(connection, request.office, request.ticket)
        return None if turn is None else self._document(connection, turn, request.copy)

    def _document(self, connection: Connection, turn: Turn, copy: int) -> TicketCopy | None:
        """The copy's content; None for a turn of another office, or one whose sealed part has no token of its own."""
        office = self._offices.of(turn.office)
        sealed = tickets.sealed_part(connection, turn.ticket)
        personal = self._keys.open(sealed) if sealed else None
        token = parse_token(personal.token) if personal else None
        if office is None or personal is None or token is None or token.nonce_hash != turn.nonce_hash:
            return None
        service = office.service(turn.service)
        return TicketCopy(
            ticket=turn.ticket,
            series=turn.number.series,
            n=turn.number.n,
            service=turn.service if service is None else service.name,
            document=masked(personal.document_number),
            issued_at=turn.issued_at,
            url=tracking_url(office.tracking_base_url, token),
            language=turn.language,
            copy=copy,
        )


# --- what is common to all paper at a counter -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What a clerk wants on paper: of the ticket, or the filing, ``subject``. The audit log calls it ``told``."""

    document: prints.Document
    subject: UUID
    day: date
    action: str
    told: str
    address: str


def must_have_printer(connection: Connection, clerk: Clerk) -> None:
    """Refuses where no machine drives a printer at the clerk's counter.

    Raises:
        Refusal: 409.
    """
    if not clerk.counter or machine_at(connection, clerk.office, clerk.counter) is None:
        raise Refusal(409, "no_printer", counter=clerk.counter or "-")


def asked_here(connection: Connection, clerk: Clerk, subject: UUID, now: Micros) -> PaperAtDesk:
    """What is known of the paper of ``subject`` that was last asked for at the clerk's counter."""
    asked = prints.last_asked(connection, clerk.office, clerk.counter, subject)
    possible = bool(clerk.counter) and machine_at(connection, clerk.office, clerk.counter) is not None
    copy = None if asked is None else stands(asked.paper, asked.asked_at, now)
    return PaperAtDesk(
        ticket=None,
        ticket_reason="",
        copy=copy,
        copy_reason="" if asked is None else asked.reason,
        may_ask=possible and not (copy is not None and copy.is_open),
    )


def ask_for(transaction: Transaction, node: Node, clerk: Clerk, wish: Wish, now: Micros) -> None:
    """Asks the printer at the clerk's counter; does nothing while the last one is still awaited."""
    connection, subject = transaction.connection, wish.subject
    last = prints.last_asked(connection, clerk.office, clerk.counter, subject)
    if last is not None and last.paper.is_open:
        paper = stands(last.paper, last.asked_at, now)
        if paper.is_open:
            return
        prints.note_paper(connection, replace(last, paper=paper), now)
    prints.forget_requests(connection, Micros(now - RETENTION_US))
    is_cargo = wish.document is prints.Document.CARGO
    asked = CopyAsked(
        request=uuid4(),
        ticket=None if is_cargo else subject,
        copy=prints.copies_asked(connection, subject) + 1,
        counter=clerk.counter,
        clerk=clerk.name,
        filing=subject if is_cargo else None,
    )
    prints.add_request(
        connection,
        {
            "id": asked.request, "office": clerk.office, "counter": clerk.counter, "ticket": subject,
            "document": wish.document.value, "copy": asked.copy, "asked_at": now, "asked_by": clerk.name,
            "state": Paper.ASKED.value, "reason": "", "changed_at": now,
        },
    )  # fmt: skip
    row = {
        "at": now, "office": clerk.office, "actor": clerk.name, "action": wish.action,
        "subject": wish.told[:64], "address": wish.address,
    }  # fmt: skip
    note_action(connection, row)
    record(connection, node, asked, kind="print.requested", office=clerk.office, day=wish.day, now=now)
    transaction.touch(desk_topic(clerk.office))
