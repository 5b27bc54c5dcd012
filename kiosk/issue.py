"""Giving out a turn: number, ticket, print job and outgoing event in one transaction, before anybody sees any of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from nacl.public import PublicKey, SealedBox

from domain.documents import DocumentKind
from domain.messages import Enrolment, Personal, TicketIssued, to_json
from domain.tickets import business_day
from domain.tracking import NONCE_BYTES, Token, mint, short_code, tracking_url
from kiosk.flow.state import Draft, Ticket
from kiosk.slip import SlipFacts
from kiosk.store import jobs, numbers

if TYPE_CHECKING:
    from datetime import date

    from domain.clock import CorrectedClock, Micros
    from domain.office import Office
    from domain.tickets import QueueNumber
    from drivers.printer.words import Sending
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox


@dataclass(frozen=True, slots=True)
class IssuedTurn:
    """A committed turn: what the screen shows, what the paper says, and the printer's journal entry if it is ready."""

    ticket: Ticket
    facts: SlipFacts
    day: date
    sending: Sending | None


class Issuer:
    """The one place where turns are made. Safe to use from several threads."""

    def __init__(self, enrolment: Enrolment, database: Database, outbox: Outbox, clock: CorrectedClock) -> None:
        """Makes turns of the enrolled kiosk's series."""
        self._enrolment = enrolment
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._seal = SealedBox(PublicKey(enrolment.seal_key))

    def issue(self, draft: Draft, office: Office, language: str, *, printer_ready: bool) -> IssuedTurn:
        """Commits a turn for ``draft`` at ``office``; one fsync.

        Where the printer was last seen ready, its job is journalled as being sent in the same transaction, so that
        the first byte waits for no second one.

        Raises:
            StoreError: the disk is full or the file damaged; then nothing was given out.
        """
        now, ticket_id, nonce = self._clock.now(), uuid4(), secrets.token_bytes(NONCE_BYTES)
        wall = self._clock.wall()
        with self._database.immediate() as tables:
            day = business_day(numbers.last_day(tables), now)
            number = numbers.take_next(tables, office.id, day, self._enrolment.series)
            token = self._token(day, number, nonce)
            facts = _facts(draft, office, number, now, token)
            numbers.add_ticket(
                tables,
                ticket_id,
                office=office.id,
                day=day,
                number=number,
                service=draft.service,
                preferential=draft.preferential,
                issued_at=now,
                nonce_hash=token.nonce_hash,
            )
            sending = jobs.add(tables, ticket_id, day, sending=printer_ready)
            self._outbox.append(
                tables,
                "ticket.issued",
                _event_body(ticket_id, number, draft, token, language),
                at=wall,
                day=day,
                sealed=self._seal.encrypt(to_json(_personal(draft, token))),
            )
        shown = Ticket(ticket_id, number, facts.service, now, facts.url)
        return IssuedTurn(shown, facts, day, sending)

    def _token(self, day: date, number: QueueNumber, nonce: bytes) -> Token:
        enrolment = self._enrolment
        return mint(kiosk=enrolment.kiosk_no, day=day, n=number.n, nonce=nonce, key=enrolment.mac_key)


def _facts(draft: Draft, office: Office, number: QueueNumber, now: Micros, token: Token) -> SlipFacts:
    service = office.service(draft.service)
    return SlipFacts(
        number=number,
        service=service.name if service else "",
        document="" if draft.document.kind is DocumentKind.NONE else f"DNI {draft.document.masked}",
        issued_at=now,
        code=short_code(str(number), token.nonce),
        url=tracking_url(office.tracking_base_url, token),
    )


def _event_body(ticket: UUID, number: QueueNumber, draft: Draft, token: Token, language: str) -> TicketIssued:
    return TicketIssued(
        ticket=ticket,
        series=number.series,
        n=number.n,
        service=draft.service,
        preferential=draft.preferential,
        nonce_hash=token.nonce_hash,
        language=language,
    )


def _personal(draft: Draft, token: Token) -> Personal:
    return Personal(
        document_kind=draft.document.kind.value,
        document_number=draft.document.number,
        name=draft.name,
        description=draft.description,
        contact=draft.contact,
        token=token.text,
    )
