"""Giving out a turn: number, ticket, print job and outgoing event in one transaction, before anybody sees any of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec
from nacl.public import PublicKey, SealedBox

from domain.documents import NO_DOCUMENT, DocumentKind
from domain.messages import Enrolment, Personal, TicketIssued, from_json, to_json
from domain.tickets import business_day
from domain.tracking import NONCE_BYTES, Token, mint, short_code, tracking_url
from kiosk.flow.state import Draft, Medium, Ticket
from kiosk.series import SeriesRecord
from kiosk.slip import SlipFacts
from kiosk.store import jobs, numbers, remembered

if TYPE_CHECKING:
    from datetime import date

    from domain.clock import CorrectedClock, Micros
    from domain.documents import Document
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


class _Kept(msgspec.Struct, frozen=True):
    """What is remembered of a turn until the day ends."""

    ticket: UUID
    facts: SlipFacts


class Issuer:
    """The one place where turns are made. Safe to use from several threads."""

    def __init__(
        self,
        enrolment: Enrolment,
        database: Database,
        outbox: Outbox,
        clock: CorrectedClock,
        series: SeriesRecord | None = None,
    ) -> None:
        """Makes turns of the kiosk's ``series``; without it, of the one that the store remembers."""
        self._enrolment = enrolment
        self._series = series or SeriesRecord(enrolment, database)
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._seal = SealedBox(PublicKey(enrolment.seal_key))

    def issue(self, draft: Draft, office: Office, language: str, *, printer_ready: bool) -> IssuedTurn:
        """Commits a turn for ``draft`` at ``office``; one fsync.

        Where the printer was last seen ready, its job is journalled as being sent in the same transaction, so that
        the first byte waits for no second one.

        Raises:
            NoSeriesError: the server has not yet told of a series for this life of the store.
            StoreError: the disk is full or the file damaged; then nothing was given out.
        """
        now, ticket_id, nonce = self._clock.now(), uuid4(), secrets.token_bytes(NONCE_BYTES)
        wall = self._clock.wall()
        with self._database.immediate() as tables:
            given = self._series.needed(tables)
            day = business_day(numbers.last_day(tables), now)
            number = numbers.take_next(tables, office.id, day, given.series)
            token = mint(kiosk=given.kiosk_no, day=day, n=number.n, nonce=nonce, key=self._enrolment.mac_key)
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
            if draft.document.kind is not DocumentKind.NONE:
                remembered.keep(tables, day, draft.document, to_json(_Kept(ticket_id, facts)))
            else:
                remembered.begin_day(tables, day)
            self._outbox.append(
                tables,
                "ticket.issued",
                _event_body(ticket_id, number, draft, token, language),
                at=wall,
                day=day,
                sealed=self._seal.encrypt(to_json(_personal(draft, office, token))),
            )
        return IssuedTurn(_shown(ticket_id, facts), facts, day, sending)

    def recall(self, document: Document) -> tuple[IssuedTurn, int] | None:
        """The turn that a document already has today, and how many copies of it were printed; None without one.

        Raises:
            StoreError: the disk fails.
        """
        day = numbers.today(self._database, self._clock.now())
        kept = remembered.find(self._database, day, document)
        if kept is None:
            return None
        turn = from_json(kept, _Kept)
        copies = jobs.copies_of(self._database, turn.ticket)
        return IssuedTurn(_shown(turn.ticket, turn.facts), turn.facts, day, None), copies

    def forget_other_days(self) -> None:
        """Nothing of an earlier day can be recalled any more; to be called when a day begins.

        Raises:
            StoreError: the disk is full or fails.
        """
        remembered.forget_other_days(self._database, numbers.today(self._database, self._clock.now()))


def _shown(ticket: UUID, facts: SlipFacts) -> Ticket:
    return Ticket(ticket, facts.number, facts.service, facts.issued_at, facts.url)


def _facts(draft: Draft, office: Office, number: QueueNumber, now: Micros, token: Token) -> SlipFacts:
    service = office.service(draft.service)
    return SlipFacts(
        number=number,
        service=service.name if service else "",
        document=f"{_NAMES[draft.document.kind]} {draft.document.masked}".strip(),
        issued_at=now,
        code=short_code(str(number), token.nonce),
        url=tracking_url(office.tracking_base_url, token),
        folios=draft.folios,
        bring=_missing(draft, office),
    )


_NAMES = {
    DocumentKind.DNI: "DNI",
    DocumentKind.CE: "CE",
    DocumentKind.PASSPORT: "Pasaporte",
    DocumentKind.RUC: "RUC",
    DocumentKind.NONE: "",
}


def _missing(draft: Draft, office: Office) -> tuple[str, ...]:
    service = office.service(draft.service)
    requirements = service.requirements if service else ()
    return tuple(text for place, text in enumerate(requirements) if place in draft.missing)


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


def _personal(draft: Draft, office: Office, token: Token) -> Personal:
    principal = draft.principal if draft.for_another else NO_DOCUMENT
    return Personal(
        document_kind=draft.document.kind.value,
        document_number=draft.document.number,
        name=draft.name,
        description=draft.description,
        contact=draft.contact,
        token=token.text,
        subject=draft.subject,
        principal_kind=principal.kind.value if principal.number else "",
        principal_number=principal.number,
        for_another=draft.for_another,
        missing=_missing(draft, office),
        folios=draft.folios,
        filings=draft.filings,
        media=tuple(medium.value for medium in Medium if medium in draft.media),
        notices=draft.notices,
    )
