"""Receives documents at the desk: everything is received, numbered and dated in one transaction, or nothing is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from domain.clock import in_lima
from domain.delivery import Channel, Occasion
from domain.filings import (
    CODE_CHARS,
    KEY_CHARS,
    TOKEN_BYTES,
    FilingMove,
    FilingStatus,
    after,
    key_hash,
    spelled,
    token_hash,
)
from domain.messages import FilingMoved, FilingPersonal, FilingReceived, FilingTold, FilingWords, to_json
from server.faults import Refusal
from server.filing.numbers import Giver
from server.store.deliveries import queue_delivery
from server.store.filings import (
    RECEIVED,
    REGISTER,
    Filing,
    add_filing,
    filing_by_expediente,
    filing_by_id,
    has_filings,
    lapsing,
    last_number,
    move_filing,
    steps_of,
)
from server.store.integrations import integrations
from server.store.moves import OWN_LIFE
from server.store.node import record
from server.store.upstream import is_in_step
from server.store.versions import desk_topic, filing_topic, queue_topic

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from domain.calendar import Calendar, Filed
    from domain.clock import Micros
    from domain.filings import FilingRules
    from server.filing.numbers import Numbers
    from server.keys import Keys
    from server.store.node import Node
    from server.store.writer import Transaction

_TOLD = {FilingMove.OBSERVE: Occasion.OBSERVED, FilingMove.RESOLVE: Occasion.RESOLVED}
MOST_FOLIOS = 100_000
MOST_ANNEXES = 200


@dataclass(frozen=True, slots=True)
class Presented:
    """What a clerk types at reception. ``id`` is the form's own, so that a form sent twice is received once.

    ``came_at`` is when whoever brings it took the turn, None without one. ``about`` is the expediente to which it
    belongs, empty for a new one. ``missing`` is what will be observed at once, and ``words`` the clerk's words about
    it; nothing missing observes nothing.
    """

    id: UUID
    ticket: UUID | None
    came_at: Micros | None
    document_type: str
    service: str
    unit: str
    folios: int
    personal: FilingPersonal = field(repr=False)
    about: str = ""
    missing: tuple[str, ...] = ()
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does something to a filing: an account, at a counter or at none (empty); without an account, the clock."""

    office: str
    actor: str = ""
    counter: str = ""


def last_day_to_correct(known: Filing, calendar: Calendar, rules: FilingRules) -> date | None:
    """Until when what is missing can be brought; None of a filing that is not observed.

    A day on which the office closed early or not opened at all, or that was decreed since, moves the end of the term
    that was told (art. 134.2); no term ends earlier than was told.
    """
    if known.status is not FilingStatus.OBSERVED or known.correct_until is None:
        return None
    return max(known.correct_until, calendar.deadline(in_lima(known.changed_at).date(), rules.correction_days))


def dated(calendar: Calendar, now: Micros, came_at: Micros | None) -> Filed:
    """The dates of what is received ``now`` from whoever took a turn at ``came_at``, None for nobody with a turn.

    With a turn of today they came within hours, however late they are served (art. 138.4).
    """
    is_of_today = came_at is not None and in_lima(came_at).date() == in_lima(now).date()
    return calendar.filed_at_desk(now, came_in_hours=is_of_today)


@dataclass(frozen=True, slots=True)
class Reception:
    """What is done to filings at their home node, each inside its caller's transaction.

    ``is_top`` is whether no centre is above.
    """

    transaction: Transaction
    node: Node
    keys: Keys
    calendar: Calendar
    rules: FilingRules
    hand: Hand
    now: Micros
    ways: frozenset[Channel] = frozenset()
    """By which citizens can be told."""
    is_top: bool = True

    def receive(self, presented: Presented) -> Filing:
        """Receives; the same form again finds what it made.

        Raises:
            Refusal: 404 ``about`` is no expediente of this office; 400 nonsense; 409 the format of numbers was changed
                to one that gives numbers of before again; 503 the year has no more numbers, or
                this server is new and has not heard from the centre yet which numbers the office gave before.
        """
        # the same form in another process waits here, and then finds what this one made
        last_number(self.transaction.connection, self.hand.office, in_lima(self.now).year, REGISTER)
        known = self._found(presented.id)
        if known is not None:
            return known
        self._check(presented)
        filed = dated(self.calendar, self.now, presented.came_at)
        body, personal = self._body(presented, filed)
        sealed = self.keys.seal_filing(personal)
        place = self._record("filing.received", body, sealed)
        if not add_filing(self.transaction.connection, self.hand.office, body, sealed=sealed, place=place):
            raise Refusal(409, "number_taken", number=body.expediente)
        self._tell_systems(presented.id, RECEIVED, place[1])
        if presented.missing or presented.words:
            self.observe(presented.id, FilingWords(presented.words, presented.missing))
        else:  # one message tells both
            self._tell(presented.id, personal, Occasion.RECEIVED, place[1])
        return self.filing(presented.id)

    def _check(self, presented: Presented) -> None:
        if not (0 < presented.folios <= MOST_FOLIOS and len(presented.personal.annexes) <= MOST_ANNEXES):
            raise Refusal(400, "bad_filing")
        is_known = filing_by_expediente(self.transaction.connection, self.hand.office, presented.about)
        if presented.about and is_known is None:
            raise Refusal(404, "unknown_expediente")

    def _body(self, presented: Presented, filed: Filed) -> tuple[FilingReceived, FilingPersonal]:
        numbers = self._numbers()
        token, key = secrets.token_bytes(TOKEN_BYTES), spelled(secrets.token_bytes(8), KEY_CHARS)
        personal = msgspec.structs.replace(presented.personal, token=token.hex(), key=key)
        body = FilingReceived(
            filing=presented.id,
            year=numbers.year,
            n=numbers.n,
            expediente=numbers.expediente,
            series=numbers.series,
            serial=numbers.serial,
            ticket=presented.ticket,
            received_at=self.now,
            presented_on=filed.presented_on,
            term_starts_on=filed.term_starts_on,
            due_on=self.calendar.deadline(filed.presented_on, self.rules.due_days),
            document_type=presented.document_type,
            service=presented.service,
            unit=presented.unit,
            folios=presented.folios,
            annexes=len(personal.annexes) + len(personal.media),
            token_hash=token_hash(token),
            key_hash=key_hash(numbers.expediente, key),
            code=spelled(secrets.token_bytes(8), CODE_CHARS),
            counter=self.hand.counter,
            clerk=self.hand.actor,
            about=presented.about,
        )
        return body, personal

    def _numbers(self) -> Numbers:
        connection, office = self.transaction.connection, self.hand.office
        if not self.is_top and not is_in_step(connection) and not has_filings(connection, office):
            raise Refusal(503, "not_in_step")  # another server may have numbered for this office before
        return Giver(connection, self.node, office, self.rules, self.now, is_top=self.is_top).give()

    def observe(self, id_: UUID, words: FilingWords) -> None:
        """Observes what is missing: reception once (art. 125.1), and a unit once (art. 125.5).

        Until it is corrected no term runs (art. 125.3).

        Raises:
            Refusal: 404 there is no such filing; 409 it stands otherwise, or was observed on that side before.
        """
        known = self.filing(id_, to_change=True)
        if known.status in {FilingStatus.FORWARDED, FilingStatus.IN_PROCESS} and self._was_observed_by_a_unit(id_):
            raise Refusal(409, "observed_before", number=known.expediente)
        today = in_lima(self.now).date()
        until = self.calendar.deadline(today, self.rules.correction_days)
        self._move(id_, FilingMove.OBSERVE, words, correct_until=until)

    def _was_observed_by_a_unit(self, id_: UUID) -> bool:
        """What was observed before it was ever handed over, reception observed."""
        moves = [step.move for step in steps_of(self.transaction.connection, id_)]
        return FilingMove.OBSERVE.value in moves[moves.index(FilingMove.FORWARD.value) :]

    def correct(self, id_: UUID, words: FilingWords, *, folios: int = 0, came_at: Micros | None = None) -> None:
        """Takes in what was missing: the filing counts from the day on which it was first presented (art. 126.1).

        Raises:
            Refusal: 404 there is no such filing; 409 it is not observed, or its last day has gone by (``too_late``).
        """
        known = self.filing(id_, to_change=True)
        came_on = dated(self.calendar, self.now, came_at).presented_on
        until = last_day_to_correct(known, self.calendar, self.rules)
        if until is not None and came_on > until:
            raise Refusal(409, "too_late", day=f"{until:%d/%m/%Y}")
        if not 0 <= folios <= MOST_FOLIOS or len(words.annexes) > MOST_ANNEXES:
            raise Refusal(400, "bad_filing")
        self._move(
            id_,
            FilingMove.CORRECT,
            words,
            term_starts_on=self.calendar.next_business_day(came_on),
            due_on=self.calendar.deadline(came_on, self.rules.due_days),
            folios=folios,
            annexes=len(words.annexes),
        )

    def lapse(self) -> int:
        """Ends what was not corrected in time (art. 125.4); returns how many. Safe to run as often as one likes."""
        today = in_lima(self.now).date()
        over = lapsing(self.transaction.connection, self.hand.office, today)
        over = [known for known in over if (last_day_to_correct(known, self.calendar, self.rules) or today) < today]
        for known in over:
            self._move(known.id, FilingMove.LAPSE, FilingWords())
        return len(over)

    def forward(self, id_: UUID, unit: str, words: FilingWords) -> None:
        """Hands it to a unit.

        Raises:
            Refusal: 404 there is no such filing or unit, 409 it may not be handed on as it stands, or is there.
        """
        known = self.filing(id_, to_change=True)
        if self.rules.unit(unit) is None:
            raise Refusal(404, "unknown_unit")
        if known.unit == unit and known.status in {FilingStatus.FORWARDED, FilingStatus.IN_PROCESS}:
            raise Refusal(409, "there_already")
        self._move(id_, FilingMove.FORWARD, words, unit=unit)

    def move(self, id_: UUID, move: FilingMove, words: FilingWords) -> None:
        """Takes it over, resolves or archives it.

        Raises:
            Refusal: 404 there is no such filing, 409 the move is not legal.
        """
        if move not in {FilingMove.TAKE, FilingMove.RESOLVE, FilingMove.ARCHIVE}:
            raise Refusal(409, "illegal_filing_move", number=self.filing(id_).expediente)
        self._move(id_, move, words)

    def filing(self, id_: UUID, *, to_change: bool = False) -> Filing:
        """A filing of the office.

        Raises:
            Refusal: 404.
        """
        found = self._found(id_, to_change=to_change)
        if found is None:
            raise Refusal(404, "unknown_filing")
        return found

    def _found(self, id_: UUID, *, to_change: bool = False) -> Filing | None:
        return filing_by_id(self.transaction.connection, self.hand.office, id_, to_change=to_change)

    def _move(
        self,
        id_: UUID,
        move: FilingMove,
        words: FilingWords,
        *,
        unit: str | None = None,
        correct_until: date | None = None,
        term_starts_on: date | None = None,
        due_on: date | None = None,
        folios: int = 0,
        annexes: int = 0,
    ) -> None:
        known = self.filing(id_, to_change=True)
        if after(known.status, move) is None:
            raise Refusal(409, "illegal_filing_move", number=known.expediente)
        kind, office = f"filing.{move.value}", self.hand.office
        body = FilingMoved(
            id_,
            self.hand.actor,
            known.unit if unit is None else unit,
            self.hand.counter,
            correct_until=correct_until,
            term_starts_on=term_starts_on,
            due_on=due_on,
            folios=folios,
            annexes=annexes,
        )
        sealed = self.keys.seal_words(words) if words != FilingWords() else None
        place = self._record(kind, body, sealed)
        if move in _TOLD and known.sealed is not None and self.ways:
            self._tell(id_, self.keys.open_filing(known.sealed), _TOLD[move], place[1])
        move_filing(self.transaction.connection, office, body, kind=kind, at=self.now, sealed=sealed, place=place)
        self._tell_systems(id_, move.value, place[1])

    def _tell(self, id_: UUID, personal: FilingPersonal | None, occasion: Occasion, seq: int) -> None:
        """Queues the word to the citizen, by the ways that they consented to and the office has."""
        if personal is None:
            return
        consented = {
            Channel.EMAIL: personal.notices and bool(personal.email),
            Channel.SMS: personal.notices_sms and bool(personal.phone),
        }
        for way in Channel:
            if way in self.ways and consented.get(way):
                queue_delivery(
                    self.transaction.connection, self.hand.office, way, id_, occasion.value, now=self.now, seq=seq
                )

    def _record(self, kind: str, body: FilingReceived | FilingMoved, sealed: bytes | None) -> tuple[int, int]:
        office = self.hand.office
        life, seq = record(
            self.transaction.connection, self.node, body,
            kind=kind, office=office, day=in_lima(self.now).date(), now=self.now, sealed=sealed,
        )  # fmt: skip
        self.transaction.touch(filing_topic(office), desk_topic(office), queue_topic(office))
        return OWN_LIFE + life, seq

    def _tell_systems(self, id_: UUID, move: str, seq: int) -> None:
        """Queues the word to the entity's systems that want to be told."""
        connection, office = self.transaction.connection, self.hand.office
        wanting = [one for one in integrations(connection, office) if one.url]
        if not wanting:
            return
        now = self.filing(id_)
        told = FilingTold(
            f"filing.{move}", id_, now.expediente, str(now.register), now.status.value, now.unit, self.now
        )
        for one in wanting:
            queue_delivery(
                connection, office, Channel.WEBHOOK, id_, move,
                now=self.now,
                seq=seq, target=one.id, body=to_json(told),
            )  # fmt: skip
