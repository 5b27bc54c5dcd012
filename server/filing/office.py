"""The filings of the offices whose home node this is: what people see of them, and what they do to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from domain.delivery import Channel
from server.filing.reception import Hand, Reception
from server.store import filings, tickets
from server.store.accounts import note_action
from server.store.deliveries import deliveries_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from domain.calendar import Calendar
    from domain.clock import Clock, Micros
    from domain.filings import FilingRules, FilingStatus
    from domain.messages import FilingPersonal, FilingWords, Personal
    from server.filing.reception import Presented
    from server.keys import Keys
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.deliveries import Delivery
    from server.store.filings import Filing, Step
    from server.store.node import Node
    from server.store.tickets import Turn
    from server.store.writer import Transaction, Writer

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StepRead:
    """A step and the words that were written with it; None where there are none, or they were sealed to another."""

    step: Step
    words: FilingWords | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class FilingView:
    """A filing with what is personal of it, for whoever works on it. ``annexes`` are all, those of corrections too.

    ``notices`` are those to the citizen, sent or on their way.
    """

    filing: Filing
    personal: FilingPersonal | None = field(repr=False)
    steps: list[StepRead] = field(repr=False)
    notices: list[Delivery] = field(default_factory=list)

    @property
    def annexes(self) -> tuple[str, ...]:
        """The annexes one by one, those that corrections brought after the first."""
        first = () if self.personal is None else (*self.personal.annexes, *self.personal.media)
        return first + tuple(annex for step in self.steps if step.words for annex in step.words.annexes)


class Filings:
    """What is personal is opened for whoever works on the filing only, and every look is audited."""

    def __init__(
        self,
        *,
        node: Node,
        keys: Keys,
        offices: Offices,
        clock: Clock,
        writer: Writer,
        read: Engine,
        ways: frozenset[Channel] = frozenset(),
        is_top: bool = True,
    ) -> None:
        """``ways`` are those by which citizens can be told; ``is_top`` is whether no centre is above."""
        self._node = node
        self._is_top = is_top
        self._keys = keys
        self._offices = offices
        self._clock = clock
        self._writer = writer
        self._read = read
        self._ways = ways

    def now(self) -> Micros:
        """The time by which days are counted."""
        return self._clock.now()

    @property
    def sends_sms(self) -> bool:
        """Whether citizens can be told by SMS."""
        return Channel.SMS in self._ways

    def rules(self, office: str) -> FilingRules:
        """How that office files."""
        return self._offices.filing_rules_of(office)

    def calendar(self, office: str) -> Calendar:
        """The office's days in law."""
        return (self._offices.of(office) or self._offices.main).calendar

    # --- what is seen -------------------------------------------------------------------------------------------

    def brought(self, clerk: Clerk) -> tuple[Turn | None, Personal | None, list[Filing]]:
        """The turn at the clerk's counter, what was typed at the kiosk, and what was received of it already."""
        with self._read.connect() as connection:
            turn = tickets.at_counter(connection, clerk.office, clerk.counter) if clerk.counter else None
            if turn is None:
                return None, None, []
            sealed = tickets.sealed_part(connection, turn.ticket)
            received = filings.filings_of_ticket(connection, turn.ticket)
        return turn, self._keys.open(sealed) if sealed else None, received

    def turn_here(self, clerk: Clerk) -> Turn | None:
        """The turn at the clerk's counter by its number only."""
        with self._read.connect() as connection:
            return tickets.at_counter(connection, clerk.office, clerk.counter) if clerk.counter else None

    def look(self, clerk: Clerk, ticket: UUID, address: str) -> tuple[Turn | None, Personal | None, list[Filing]]:
        """As `brought`, of the turn ``ticket`` only while it is at the clerk's counter; the look is audited first."""
        turn = self.turn_here(clerk)
        if turn is None or turn.ticket != ticket:
            return None, None, []
        self._writer.do(lambda transaction: self._audit(transaction, clerk, "ticket.viewed", str(ticket), address))
        return self.brought(clerk)

    def turn(self, clerk: Clerk, ticket: UUID) -> Turn | None:
        """A turn of the clerk's office by its number only; None for one that is not known."""
        with self._read.connect() as connection:
            return tickets.by_id(connection, clerk.office, ticket)

    def known(self, clerk: Clerk, id_: UUID) -> Filing | None:
        """A filing of the clerk's office without anything personal; None for one that is not known."""
        with self._read.connect() as connection:
            return filings.filing_by_id(connection, clerk.office, id_)

    def of_expediente(self, clerk: Clerk, expediente: str) -> Filing | None:
        """The filing of that number in the clerk's office."""
        with self._read.connect() as connection:
            return filings.filing_by_expediente(connection, clerk.office, expediente)

    def of_turn(self, clerk: Clerk, ticket: UUID) -> list[Filing]:
        """What was received of that turn, without anything personal."""
        with self._read.connect() as connection:
            found = filings.filings_of_ticket(connection, ticket)
        return [one for one in found if one.office == clerk.office]

    def of_days(self, clerk: Clerk, first: date, last: date) -> list[Filing]:
        """The register of the clerk's office from day to day, without anything personal."""
        with self._read.connect() as connection:
            return filings.filings_of_day(connection, clerk.office, first, last)

    def of_register(self, clerk: Clerk, year: int, n: int) -> Filing | None:
        """The filing at that place in the register of the year."""
        with self._read.connect() as connection:
            return filings.filing_by_register(connection, clerk.office, year, n)

    def view(self, clerk: Clerk, id_: UUID, address: str, action: str = "filing.viewed") -> FilingView:
        """A filing with everything; the look is audited first, as ``action``.

        Raises:
            Refusal: 404.
        """

        def unit(transaction: Transaction) -> Filing:
            found = self._reception(transaction, clerk).filing(id_)
            self._audit(transaction, clerk, action, found.expediente, address)
            return found

        found = self._writer.do(unit)
        with self._read.connect() as connection:
            return self.opened(connection, found)

    def opened(self, connection: Connection, filing: Filing) -> FilingView:
        """A filing with everything, for whoever audits the look."""
        steps = filings.steps_of(connection, filing.id)
        personal = self._keys.open_filing(filing.sealed) if filing.sealed else None
        notices = [one for one in deliveries_of(connection, filing.id) if one.channel is not Channel.WEBHOOK]
        return FilingView(filing, personal, [StepRead(step, self._words(step)) for step in steps], notices)

    def standing(self, clerk: Clerk, *statuses: FilingStatus, unit: str | None = None) -> list[Filing]:
        """The office's filings that stand so, without anything personal; of one unit, or None for all."""
        with self._read.connect() as connection:
            return filings.filings_standing(connection, clerk.office, statuses, unit=unit)

    def _words(self, step: Step) -> FilingWords | None:
        return self._keys.open_words(step.sealed) if step.sealed else None

    # --- what is done -------------------------------------------------------------------------------------------

    def receive(self, clerk: Clerk, presented: Presented, address: str) -> Filing:
        """Receives documents, once for each form.

        Raises:
            Refusal: as `Reception.receive`; 409, the office's home node is another.
        """

        def work(reception: Reception) -> Filing:
            received = reception.receive(presented)
            self._audit(reception.transaction, clerk, "filing.received", received.expediente, address)
            return received

        return self.do(clerk, work)

    def do(self, clerk: Clerk, work: Callable[[Reception], _T], *, action: str = "", subject: str = "") -> _T:
        """Something that a person does to filings, in one transaction; ``action`` names it in the audit log.

        Raises:
            Refusal: 409, the office's home node is another; and what the work itself refuses.
        """
        self._offices.must_call_here(clerk.office)

        def unit(transaction: Transaction) -> _T:
            done = work(self._reception(transaction, clerk))
            if action:
                self._audit(transaction, clerk, action, subject, "")
            return done

        return self._writer.do(unit)

    def lapse(self) -> int:
        """Ends, in every office that is called here, what was not corrected in time; returns how many."""
        return sum(self._lapse(office.id) for office in self._offices.here)

    def _lapse(self, office: str) -> int:
        return self._writer.do(lambda transaction: self._by_hand(transaction, Hand(office)).lapse())

    def _reception(self, transaction: Transaction, clerk: Clerk) -> Reception:
        return self._by_hand(transaction, Hand(clerk.office, clerk.name, clerk.counter))

    def _by_hand(self, transaction: Transaction, hand: Hand) -> Reception:
        return Reception(
            transaction,
            self._node,
            self._keys,
            self.calendar(hand.office),
            self.rules(hand.office),
            hand,
            self._clock.now(),
            self._ways,
            is_top=self._is_top,
        )

    def _audit(self, transaction: Transaction, clerk: Clerk, action: str, subject: str, address: str) -> None:
        row = {
            "at": self._clock.now(), "office": clerk.office, "actor": clerk.name, "action": action,
            "subject": subject[:64], "address": address, "detail": "",
        }  # fmt: skip
        note_action(transaction.connection, row)
