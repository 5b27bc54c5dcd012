"""From a kiosk's events to the office's tickets: what is usable of them, and when each turn was really taken."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from domain.clock import LIMA, Micros, in_lima, micros
from domain.health import heard
from domain.messages import Event, KioskHealth, PrintOutcome, Reprinted, TicketIssued
from domain.prints import Paper, after_outcome, after_start
from domain.sync import LARGEST_BATCH_BYTES
from domain.tickets import TicketState
from server.store.kiosks import Heard, last_heard, note_heard
from server.store.prints import lock_requests, note_paper
from server.store.tickets import taken_by_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.messages import Stream
    from server.store.entry import Entry
    from server.store.kiosks import Kiosk
    from server.store.prints import PrintRequest

LARGEST_INT = 2**31 - 1
LARGEST_INSTANT = 2**53
LARGEST_N = 0xFFFF
FIRST_TOKEN_DAY = date(2020, 1, 1)
LAST_TOKEN_DAY = FIRST_TOKEN_DAY + timedelta(days=0xFFFF)
"""The tracking token has two bytes for the day and two for ``n``; beyond them no QR can lead to a ticket."""

OWN_CLOCK_SLACK = 3_600_000_000
"""Microseconds by which a server's clock may be set back without that two turns of one kiosk change places."""

_PAPER: dict[str, type[PrintOutcome | Reprinted]] = {
    "ticket.print_outcome": PrintOutcome,
    "ticket.reprinted": Reprinted,
}
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z-]{2,16}")


def start_of_day(day: date) -> Micros:
    """The first instant of ``day`` in Lima."""
    return micros(datetime.combine(day, time(), LIMA))


def start_of_today(now: Micros) -> Micros:
    """The first instant of the day that ``now`` falls on in Lima: whoever waits since before does not wait any more."""
    return start_of_day(in_lima(now).date())


def issue_time(event: Event, *, offset: int, previous: Micros, now: Micros) -> Micros:
    """When a turn was really taken: by the kiosk's clock, corrected by what it was off at this exchange.

    A time before the ticket's own day or after its arrival cannot be; such a clock was wrong when the ticket was
    issued and right (or wrong otherwise) when it was sent, and the arrival counts. Turns of one kiosk never change
    places, whatever its clock did: ``previous`` is its last ticket's time. One that lies well ahead is of a time when
    this server's own clock was wrong, and must not hold back all that come after, for years if need be.
    """
    taken = time_of(event, offset=offset, now=now)
    return taken if previous > now + OWN_CLOCK_SLACK else max(previous, taken)


def time_of(event: Event, *, offset: int, now: Micros) -> Micros:
    """When something happened, as far as the machine's clock can be believed (see `issue_time`)."""
    corrected = event.at + offset
    return Micros(corrected if start_of_day(event.day) <= corrected <= now else now)


def envelope_flaw(event: Event, kiosk: Kiosk) -> str | None:
    """Why an event cannot even be stored as one; None if it can, whether its type is known here or not."""
    if event.office != kiosk.office:
        return "foreign_office"
    sound = (
        _KIND.fullmatch(event.kind)
        and 0 <= event.v <= LARGEST_INT
        and 0 <= event.at <= LARGEST_INSTANT
        and len(bytes(event.body)) + len(event.sealed or b"") <= LARGEST_BATCH_BYTES // 2  # or it could not go on
        and _is_utf8(bytes(event.body))
    )
    return None if sound else "bad_envelope"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _answered(request: PrintRequest, body: PrintOutcome | Reprinted) -> PrintRequest:
    if isinstance(body, Reprinted):
        return replace(request, paper=after_start(request.paper))
    paper = after_outcome(request.paper, body.outcome)
    return replace(request, paper=paper, reason="" if paper is Paper.PRINTED else _tidy(body.reason)[:64])


def _tidy(reason: str) -> str:
    return reason.replace("\0", "")[:256]


@dataclass(slots=True)
class Projection:
    """The effect of a batch of one machine's stream. ``flaws`` are the events that have none, by sequence number.

    ``stored`` is the stream's name here. ``is_settled`` are events that the machine's home node took in before: it
    says when each happened, and what it could use is not judged again. ``arrived`` are the turns that are new. What can
    wait for others is collected in ``entry``.
    """

    kiosk: Kiosk
    stored: Stream
    offset: int
    now: Micros
    last_issued_at: Micros
    entry: Entry
    is_settled: bool = False
    flaws: dict[int, str] = field(default_factory=dict)
    arrived: list[UUID] = field(default_factory=list)
    issued_at: dict[int, Micros] = field(default_factory=dict)

    def time_of(self, event: Event) -> Micros:
        """When ``event`` happened, as far as can be known."""
        if event.seq in self.issued_at:
            return self.issued_at[event.seq]
        if self.is_settled and event.settled_at is not msgspec.UNSET:
            return event.settled_at
        return time_of(event, offset=self.offset, now=self.now)

    def apply(self, connection: Connection, events: Sequence[Event]) -> None:
        """Carries ``events`` into the tables; types that this version does not know have no effect."""
        self._add(connection, list(self._issued(event for event in events if event.kind == "ticket.issued")))
        self._hear(connection, events)
        papers = list(self._papers(events))
        self.entry.note_outcomes(self._own_outcomes(papers))
        answers = [(event, body) for event, body in papers if body.request is not None]
        if answers and not self.is_settled:  # what was asked for is known at the home node only
            self._answer_requests(connection, answers)

    def _add(self, connection: Connection, issued: Sequence[Mapping[str, Any]]) -> None:
        """Adds the tickets; only where one of them takes what is taken is it asked which."""
        rows = issued
        if not self.entry.add_tickets(rows):
            taken = taken_by_others(connection, issued)
            flaws = {row["seq"]: taken.flaw(row) for row in issued}
            self.flaws |= {seq: flaw for seq, flaw in flaws.items() if flaw}
            rows = [row for row in issued if not flaws[row["seq"]]]
            self.entry.add_tickets(rows)
        self.arrived = [row["id"] for row in rows]

    def _issued(self, events: Iterable[Event]) -> Iterable[dict[str, Any]]:
        for event in events:
            body = self._body(event, TicketIssued)
            if body is None:
                continue
            flaw = self._ticket_flaw(event, body)
            if flaw:
                self.flaws[event.seq] = flaw
                continue
            self.last_issued_at = self._issue_time(event)
            self.issued_at[event.seq] = self.last_issued_at
            yield {
                "id": body.ticket, "office": event.office, "business_day": event.day, "series": body.series,
                "n": body.n, "service": body.service, "preferential": body.preferential, "language": body.language,
                "issued_at": self.last_issued_at, "nonce_hash": body.nonce_hash, "origin": self.stored.origin,
                "epoch": self.stored.epoch, "seq": event.seq, "state": TicketState.WAITING.value, "calls": 0,
                "changed_at": self.now, "lined_up_at": self.last_issued_at, "announced": 0, "let_pass": 0,
                "moved_life": 0, "moved_seq": 0,
            }  # fmt: skip

    def _issue_time(self, event: Event) -> Micros:
        if self.is_settled:
            return self.time_of(event)
        return issue_time(event, offset=self.offset, previous=self.last_issued_at, now=self.now)

    def _ticket_flaw(self, event: Event, body: TicketIssued) -> str | None:
        known = _WORD.fullmatch(body.series) if self.is_settled else body.series in self.kiosk.series
        if not known:
            return "foreign_series"
        if not FIRST_TOKEN_DAY <= event.day <= LAST_TOKEN_DAY or not 1 <= body.n <= LARGEST_N:
            return "out_of_range"
        words = _WORD.fullmatch(body.service) and _LANGUAGE.fullmatch(body.language)
        return None if words and len(body.nonce_hash) == 32 else "bad_body"  # noqa: PLR2004 SHA-256

    def _hear(self, connection: Connection, events: Sequence[Event]) -> None:
        """What the machine says of itself. A late event of a former life does not stand in a newer one's place."""
        told = [(event, body) for event in events if event.kind == "kiosk.health" and (body := self._health(event))]
        name = self.stored.origin
        last = last_heard(connection, name) if told else None
        for event, body in told:
            place = (event.stream.epoch, event.seq)
            if last is None or place > last.place:
                at = self.time_of(event)
                last = Heard(place, heard(None if last is None else last.condition, body, at))
        if told and last is not None:
            note_heard(connection, name, last)

    def _health(self, event: Event) -> KioskHealth | None:
        body: KioskHealth | None = self._body(event, KioskHealth)
        if body is None:
            return None
        sound = (
            _WORD.fullmatch(body.printer)
            and (not body.reason or _WORD.fullmatch(body.reason))
            and (body.paper_left_pct is None or 0 <= body.paper_left_pct <= 100)  # noqa: PLR2004 per cent
            and (body.tickets_left is None or 0 <= body.tickets_left <= LARGEST_INT)
            and all(at is None or 0 <= at <= LARGEST_INSTANT for at in (body.printed_at, body.help_at))
        )
        if sound:
            return body
        self.flaws[event.seq] = "bad_body"
        return None

    def _papers(self, events: Iterable[Event]) -> Iterable[tuple[Event, PrintOutcome | Reprinted]]:
        """What was said of paper, in order, as far as it can be used."""
        for event in events:
            body = self._body(event, _PAPER[event.kind]) if event.kind in _PAPER else None
            if body is None:
                continue
            flaw = self._paper_flaw(body)
            if flaw:
                self.flaws[event.seq] = flaw
            else:
                yield event, body

    def _paper_flaw(self, body: PrintOutcome | Reprinted) -> str | None:
        if isinstance(body, Reprinted):
            return None if 1 <= body.copy <= LARGEST_INT else "bad_body"
        if not 0 <= body.attempt <= LARGEST_INT or not _WORD.fullmatch(body.outcome):
            return "bad_body"
        # a counter's machine has no tickets of its own: its word must not stand in the place of a kiosk's
        is_strange = body.request is None and self.kiosk.counter is not None and not self.is_settled
        return "no_request" if is_strange else None

    @staticmethod
    def _own_outcomes(papers: Iterable[tuple[Event, PrintOutcome | Reprinted]]) -> Iterable[dict[str, Any]]:
        for _, body in papers:
            if isinstance(body, PrintOutcome) and body.request is None:
                reason = _tidy(body.reason)
                yield {"ticket": body.ticket, "attempt": body.attempt, "outcome": body.outcome, "reason": reason}

    def _answer_requests(
        self, connection: Connection, answers: Sequence[tuple[Event, PrintOutcome | Reprinted]]
    ) -> None:
        """What a counter's machine said of the copies that it was asked for."""
        known = lock_requests(connection, {body.request for _, body in answers if body.request is not None})
        for event, body in answers:
            request = None if body.request is None else known.get(body.request)
            if request is None:
                self.flaws[event.seq] = "unknown_request"
            elif flaw := self._answer_flaw(request, body.ticket):
                self.flaws[event.seq] = flaw
            else:
                known[request.id] = answered = _answered(request, body)
                if answered != request:
                    note_paper(connection, answered, self.now)

    def _answer_flaw(self, request: PrintRequest, ticket: UUID) -> str | None:
        if request.office != self.kiosk.office or request.counter not in self.kiosk.counters:
            return "foreign_request"
        return None if request.ticket == ticket else "other_ticket"

    def _body(self, event: Event, shape: type[Any]) -> Any:
        try:
            return event.body_as(shape)
        except msgspec.DecodeError:
            self.flaws[event.seq] = "bad_body"
            return None
