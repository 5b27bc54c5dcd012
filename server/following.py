"""Follows what an office's home node says of its turns and counters, at a node that does not call that queue.

The home node has decided; here nothing is judged again. Its words are told apart by the life that said them and
their place in it (life, number): an older word never undoes a newer one, though it may arrive later, because the
office was put back to an old copy and is told what it forgot. A word about a turn that has not arrived yet waits
for it. An office that was put back follows itself by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from domain.asked import AskAnswered, OfficeRoster
from domain.filings import LARGEST_NUMBER, FilingMove
from domain.leases import LARGEST_BLOCK
from domain.messages import (
    CancelAnswered,
    CounterMoved,
    FilingMoved,
    FilingReceived,
    MachineEnrolled,
    MachineRevoked,
    NumbersLeased,
    NumbersPassedOver,
    OfficeSetUp,
    TicketMoved,
    TicketNoted,
)
from domain.tickets import TicketState, is_new_call
from domain.tracking import LARGEST_KIOSK_NO
from server.projection import LARGEST_INSTANT, LARGEST_INT
from server.store import (
    asked,
    attentions,
    blocks,
    filings,
    homes,
    kiosks,
    office_machines,
    requests,
    shifts,
    tickets,
)
from server.store.moves import Move, park_moves, parked_moves
from server.store.notes import add_note
from server.store.set_up import take_set_up
from server.store.versions import board_topic, desk_topic, filing_topic, office_topic, queue_topic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import Event
    from server.store.tickets import Turn

OPENED, PAUSED, CLOSED = "counter.opened", "counter.paused", "counter.closed"
_MOVES = frozenset({
    "ticket.called", "ticket.recalled", "ticket.absent", "ticket.returned", "ticket.serving", "ticket.parked",
    "ticket.resumed", "ticket.transferred", "ticket.class_changed", "ticket.done", "ticket.cancelled",
    "ticket.reopened", "ticket.let_pass",
})  # fmt: skip
_SHAPES: dict[str, type[msgspec.Struct]] = {
    **dict.fromkeys(_MOVES, TicketMoved),
    **dict.fromkeys((OPENED, PAUSED, CLOSED), CounterMoved),
    "ticket.noted": TicketNoted,
    "office.set_up": OfficeSetUp,
    "cancel.answered": CancelAnswered,
    "filing.received": FilingReceived,
    **{f"filing.{move.value}": FilingMoved for move in FilingMove},
    "register.passed_over": NumbersPassedOver,
    "numbers.leased": NumbersLeased,
    "kiosk.enrolled": MachineEnrolled,
    "kiosk.revoked": MachineRevoked,
    "office.roster": OfficeRoster,
    "asked.answered": AskAnswered,
}
_KNOWN_VERSION = 1
_BACK_IN_LINE = {"state": TicketState.WAITING.value, "counter": None, "clerk": None, "calls": 0}


@dataclass(slots=True)
class Following:
    """The effect of a batch of a home node's own stream, of the life ``life``.

    ``is_own`` is whether the office itself is told what it forgot: its counters are open or not as they are now, and
    how it is set up stands in its own database. ``flaws`` are the events that have none, by their number.

    A counter holds one turn: where an older word and a newer one, of another life, give it to two, the newer one's has
    it and the other is set aside, to be taken up again. That comes out alike at the office and at the centre.
    """

    office: str
    life: int
    is_own: bool = False
    flaws: dict[int, str] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)

    def apply(self, connection: Connection, events: Sequence[Event]) -> None:
        """Carries ``events`` into the tables; types and versions that are not known here have no effect yet."""
        for event in events:
            shape = _SHAPES.get(event.kind)
            if shape is None:
                continue
            try:
                body = event.body_as(shape)
            except msgspec.DecodeError:
                if event.v <= _KNOWN_VERSION:
                    self.flaws[event.seq] = "bad_body"
                continue
            if _fits(body):
                self._one(connection, event, body)
            else:
                self.flaws[event.seq] = "bad_body"

    def _one(self, connection: Connection, event: Event, body: Any) -> None:
        at = event.at if event.settled_at is msgspec.UNSET else event.settled_at
        match body:
            case TicketMoved():
                self._moved(connection, Move(body.ticket, self.life, event.seq, event.kind, at, body))
            case TicketNoted():
                if event.sealed is not None:
                    add_note(connection, body.ticket, self.office, author=body.author, sealed=event.sealed, now=at)
                self.topics.add(desk_topic(self.office))
            case CancelAnswered():
                requests.answer(connection, self.office, body.request, at)
                self.topics.add(queue_topic(self.office))
            case CounterMoved() if not self.is_own:
                self._counter(connection, event.kind, body, at)
            case OfficeSetUp() if not self.is_own and body.office.id == self.office:
                take_set_up(connection, body, at)
                self.topics |= {office_topic(self.office), board_topic(self.office), queue_topic(self.office)}
            case FilingReceived() | FilingMoved() | NumbersPassedOver():
                self._filing(connection, event, body, at)
            case NumbersLeased():
                self._leased(connection, event, body, at)
            case MachineEnrolled() | MachineRevoked():
                self._machine(connection, event, body, at)
            case OfficeRoster() if not self.is_own:
                asked.take_roster(connection, self.office, body, at)
            case AskAnswered() if not self.is_own:
                asked.answer(connection, self.office, body, self.life, at)
            case _:
                pass

    def _machine(
        self, connection: Connection, event: Event, body: MachineEnrolled | MachineRevoked, at: Micros
    ) -> None:
        if self.is_own and isinstance(body, MachineEnrolled):
            return  # it shows its credential, and is taken in again
        office_machines.note_word(connection, self.office, (self.life, event.seq), body, at)
        if self.is_own:
            kiosks.revoke_up_to(connection, body.kiosk, body.epoch, at)
        self.topics.add(desk_topic(self.office))

    def _filing(
        self, connection: Connection, event: Event, body: FilingReceived | FilingMoved | NumbersPassedOver, at: Micros
    ) -> None:
        place = (self.life, event.seq)
        if isinstance(body, NumbersPassedOver):
            filings.pass_over(connection, self.office, body, at)
        elif isinstance(body, FilingMoved):
            filings.move_filing(
                connection, self.office, body, kind=event.kind, at=at, sealed=event.sealed, place=place
            )  # fmt: skip
        elif not filings.add_filing(connection, self.office, body, sealed=event.sealed, place=place):
            self.flaws[event.seq] = "number_taken"
        self.topics |= {filing_topic(self.office), queue_topic(self.office)}

    def _leased(self, connection: Connection, event: Event, body: NumbersLeased, at: Micros) -> None:
        if body.last - body.first >= LARGEST_BLOCK:
            self.flaws[event.seq] = "bad_body"  # none so large was ever leased, and it would use the series up
            return
        filings.note_leased(connection, body.year, body.series, body.last)
        if not blocks.hold_block(connection, self.office, body, life=self.life, at=at):
            self.flaws[event.seq] = "number_taken"
        self.topics.add(filing_topic(self.office))

    def _counter(self, connection: Connection, kind: str, body: CounterMoved, at: Micros) -> None:
        homes.counter_moved(connection, self.office, kind, body, at)
        if kind == CLOSED:
            shifts.end_shift(connection, self.office, body.counter, at)
        else:
            does = shifts.PAUSE if kind == PAUSED else shifts.OPEN
            shifts.begin_shift(connection, self.office, body.counter, clerk=body.clerk, kind=does, now=at)
        self.topics |= {desk_topic(self.office), queue_topic(self.office)}

    def _moved(self, connection: Connection, move: Move) -> None:
        turn = tickets.lock_turn(connection, self.office, move.ticket)
        if turn is None:
            park_moves(connection, self.office, [move])
        else:
            self._move(connection, turn, move)

    def catch_up(self, connection: Connection, arrived: Sequence[UUID]) -> None:
        """Turns have arrived: what was said of them before is done now, in its order."""
        for move in parked_moves(connection, arrived):
            turn = tickets.lock_turn(connection, self.office, move.ticket)
            if turn is not None:
                self._move(connection, turn, move)

    def _move(self, connection: Connection, turn: Turn, move: Move) -> None:
        if move.place <= tickets.last_moved(connection, turn.ticket):
            return
        values = _values(turn, move)
        counter = values.get("counter", turn.counter)
        if counter and values.get("state", turn.state.value) in tickets.AT_A_COUNTER:
            other = tickets.at_counter(connection, self.office, counter)
            if other is not None and other.ticket != turn.ticket:
                if tickets.last_moved(connection, other.ticket) > move.place:  # the counter has gone on since then
                    values["state"] = TicketState.PARKED.value
                else:
                    self._set_aside(connection, other, move)
        tickets.follow_turn(connection, turn.ticket, values, move.place)
        _attend(connection, turn, move)
        self.topics |= {queue_topic(self.office), desk_topic(self.office), board_topic(self.office)}

    def _set_aside(self, connection: Connection, turn: Turn, move: Move) -> None:
        values = {"state": TicketState.PARKED.value, "changed_at": move.at}
        tickets.follow_turn(connection, turn.ticket, values, tickets.last_moved(connection, turn.ticket))
        attentions.change_last(connection, turn.ticket, ended_at=move.at, outcome="parked")


_LONGEST = {
    "counter": 16, "for_counter": 16, "clerk": 64, "author": 64, "service": 64, "reason": 256, "actor": 64, "unit": 32,
    "document_type": 32, "expediente": 64, "about": 64, "code": 16, "series": 16, "kiosk": 64,
}  # fmt: skip
_KEY_BYTES = 32


def _fits(body: msgspec.Struct) -> bool:
    """Whether the tables hold what it says: a database that refuses a word would hold up all that come after it."""
    if isinstance(body, OfficeSetUp):
        words = [(one.counter, 16) for one in body.counters] + [(one.label, 64) for one in body.counters]
        words += [(one.name, 32) for one in body.boards] + [(one.title, 64) for one in body.boards]
        words += [(one.words, 256) for one in body.notices]
    else:
        words = [(getattr(body, name), most) for name, most in _LONGEST.items() if hasattr(body, name)]
    if isinstance(body, NumbersPassedOver):
        words.append((body.reason, 64))
    sound = all(len(word) <= most and "\0" not in word for word, most in words) and _has_sound_numbers(body)
    return sound and (not isinstance(body, MachineEnrolled | MachineRevoked) or _is_sound_machine(body))


_NUMBERS = ("year", "n", "serial", "folios", "annexes", "first", "last")


def _has_sound_numbers(body: msgspec.Struct) -> bool:
    if not isinstance(body, FilingReceived | FilingMoved | NumbersLeased | NumbersPassedOver):
        return True
    numbers = [getattr(body, name) for name in _NUMBERS if hasattr(body, name)]
    instant = getattr(body, "received_at", 0)
    return all(0 <= number <= LARGEST_NUMBER for number in numbers) and 0 <= instant <= LARGEST_INSTANT


def _is_sound_machine(body: MachineEnrolled | MachineRevoked) -> bool:
    """Whether its numbers are such, and its keys are keys: with an empty one anybody would make genuine codes."""
    if not 1 <= body.epoch <= LARGEST_INT:
        return False
    if isinstance(body, MachineRevoked):
        return True
    keys = (body.mac_key, body.device_key)
    return 0 <= body.kiosk_no <= LARGEST_KIOSK_NO and all(len(key) == _KEY_BYTES for key in keys)


def _values(turn: Turn, move: Move) -> dict[str, Any]:
    """The columns that a move changes, as the home node changed them (`server.calling`, `server.passing`)."""
    body, at = move.body, move.at
    here = {"counter": body.counter or None, "clerk": body.clerk or None}
    is_new = is_new_call(turn.called_at, at)
    cried = {"announced": turn.announced + 1}
    match move.kind.removeprefix("ticket."):
        case "called":
            return _to("called", at) | here | cried | {"calls": 1, "called_at": at}
        case "recalled":
            again = {"calls": turn.calls + 1, "called_at": at} if is_new else {}
            return _to("called", at) | here | cried | again
        case "serving" | "resumed":
            return _to("serving", at) | here
        case "done" | "absent" | "parked" as state:
            return _to(state, at) | ({"clerk": body.clerk} if body.clerk else {})
        case "cancelled":
            return _to("cancelled", at)
        case "reopened":
            return _to("serving" if turn.state is TicketState.DONE else "called", at) | here
        case "returned":
            return _BACK_IN_LINE | {"changed_at": at} | _place(body)
        case "transferred" if not body.counter or body.reason == "counter_closed":
            return {"for_counter": body.for_counter or None}
        case "transferred":
            sent = {"service": body.service or turn.service, "for_counter": body.for_counter or None}
            return _BACK_IN_LINE | sent | {"changed_at": at}
        case "let_pass":
            return _place(body) | {"let_pass": turn.let_pass + 1}
        case _:  # class_changed
            return {} if body.preferential is None else {"preferential": body.preferential}


def _to(state: str, at: Micros) -> dict[str, Any]:
    return {"state": state, "changed_at": at}


def _place(body: TicketMoved) -> dict[str, Any]:
    return {} if body.lined_up_at is None else {"lined_up_at": body.lined_up_at}


def _attend(connection: Connection, turn: Turn, move: Move) -> None:
    """Keeps the turn's stay at the counter, as the home node kept it."""
    body, at = move.body, move.at
    match move.kind.removeprefix("ticket."):
        case "called" | "resumed" as kind:
            resumed = kind == "resumed"
            was_there = turn.announced or resumed
            attentions.begin(
                connection,
                turn,
                counter=body.counter,
                clerk=body.clerk,
                waiting_since=turn.changed_at if was_there else turn.issued_at,
                now=at,
                serving=resumed,
            )
        case "recalled" if is_new_call(turn.called_at, at):
            attentions.change_last(connection, turn.ticket, calls=turn.calls + 1)
        case "serving":
            attentions.change_last(connection, turn.ticket, serving_at=at)
        case "done" | "absent" | "parked" as outcome:
            attentions.change_last(connection, turn.ticket, ended_at=at, outcome=outcome)
        case "transferred" if body.counter and body.reason != "counter_closed":
            attentions.change_last(connection, turn.ticket, ended_at=at, outcome="transferred")
        case "reopened":
            attentions.change_last(connection, turn.ticket, ended_at=None, outcome=None)
        case "class_changed" if turn.state.value in tickets.AT_A_COUNTER and body.preferential is not None:
            attentions.change_last(connection, turn.ticket, preferential=body.preferential)
        case _:
            pass
