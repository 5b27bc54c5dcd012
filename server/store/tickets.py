"""Turns: who waits, who is called, and the projection of what kiosks issued."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, bindparam, delete, func, select, tuple_, union_all, update

from domain.tickets import QueueNumber, TicketState
from server.store.dialect import claiming, insert_new, upsert
from server.store.moves import OWN_LIFE
from server.store.schema import event, node, print_outcome, ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.queue import Duty


@dataclass(frozen=True, slots=True)
class Turn:
    """A ticket as the desk, the board and the phone see it: its turn. It is a `domain.queue.InLine` and more.

    ``calls`` counts how often it was called, ``called_at`` is the last time that counted; ``calls`` starts again when
    it is transferred or comes back. ``announced`` counts every cry of the boards, ``changed_at`` is its last change of
    state.
    """

    ticket: UUID
    office: str
    number: QueueNumber
    preferential: bool
    issued_at: Micros
    business_day: date
    service: str
    language: str
    state: TicketState
    counter: str | None
    clerk: str | None
    calls: int
    called_at: Micros | None
    lined_up_at: Micros
    for_counter: str | None
    announced: int
    let_pass: int
    changed_at: Micros
    nonce_hash: bytes = field(repr=False)


_TURN = (
    ticket.c.id, ticket.c.office, ticket.c.series, ticket.c.n, ticket.c.preferential, ticket.c.issued_at,
    ticket.c.business_day, ticket.c.service, ticket.c.language, ticket.c.state, ticket.c.counter, ticket.c.clerk,
    ticket.c.calls, ticket.c.called_at, ticket.c.lined_up_at, ticket.c.for_counter, ticket.c.announced,
    ticket.c.let_pass, ticket.c.changed_at, ticket.c.nonce_hash,
)  # fmt: skip
AT_A_COUNTER = (TicketState.CALLED.value, TicketState.SERVING.value)


def _turn(row: Any) -> Turn:
    return Turn(
        row.id, row.office, QueueNumber(row.series, row.n), row.preferential, row.issued_at, row.business_day,
        row.service, row.language, TicketState(row.state), row.counter, row.clerk, row.calls,
        row.called_at, row.lined_up_at, row.for_counter, row.announced, row.let_pass, row.changed_at, row.nonce_hash,
    )  # fmt: skip


# Statements of every call, every exchange and every look from a phone are made once: to build one costs several
# times what it takes to run it.
_WAITS = (
    (ticket.c.office == bindparam("office"))
    & (ticket.c.state == TicketState.WAITING.value)
    & (ticket.c.issued_at >= bindparam("since"))
)
_IN_LINE = (
    select(*_TURN)
    .where(_WAITS)
    .order_by(ticket.c.preferential.desc(), ticket.c.lined_up_at, ticket.c.series, ticket.c.n)
)
"""In the order of `domain.queue.call_order` (a test compares them)."""
_ON_LIST = (ticket.c.for_counter == bindparam("counter")) | (
    ticket.c.for_counter.is_(None)
    & (bindparam("every", type_=Boolean()) | ticket.c.service.in_(bindparam("services", expanding=True)))
)
_NEXT = claiming(_IN_LINE.where(_ON_LIST).limit(1))
_HOW_MANY = select(func.count(), func.count().filter(ticket.c.preferential)).select_from(ticket).where(_WAITS)
_CALLED = select(ticket.c.called_at).where(
    ticket.c.office == bindparam("office"), ticket.c.called_at >= bindparam("since")
)
_AT_COUNTER = select(*_TURN).where(
    ticket.c.office == bindparam("office"), ticket.c.counter == bindparam("counter"), ticket.c.state.in_(AT_A_COUNTER)
)
_LOCKED = select(*_TURN).where(ticket.c.id == bindparam("id"), ticket.c.office == bindparam("office")).with_for_update()
_OF_NONCE = select(*_TURN).where(ticket.c.nonce_hash == bindparam("nonce_hash"))
_LIFE = select(node.c.epoch + OWN_LIFE).scalar_subquery()
_CHANGE = update(ticket).where(ticket.c.id == bindparam("changed")).values(moved_life=_LIFE, moved_seq=0)
_FOLLOW = update(ticket).where(ticket.c.id == bindparam("changed"))
_LAST_MOVED = select(ticket.c.moved_life, ticket.c.moved_seq).where(ticket.c.id == bindparam("id"))


def waiting(connection: Connection, office: str, since: Micros) -> list[Turn]:
    """Everybody who waits, the next to be called first. ``since`` leaves out those of former days."""
    return [_turn(row) for row in connection.execute(_IN_LINE, {"office": office, "since": since})]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and how many of those are called before everybody else."""

    all: int
    preferential: int


def count_waiting(connection: Connection, office: str, since: Micros) -> Waiting:
    """How many wait."""
    everybody, preferential = connection.execute(_HOW_MANY, {"office": office, "since": since}).one()
    return Waiting(everybody, preferential)


def called_since(connection: Connection, office: str, since: int) -> list[Micros]:
    """When turns were last called, one time a turn, in no order. By these goes the pace of the queue."""
    return list(connection.execute(_CALLED, {"office": office, "since": since}).scalars())


def claim_next(connection: Connection, office: str, since: Micros, duty: Duty) -> Turn | None:
    """The turn that a free counter calls now, held for this transaction; None when nobody waits for it.

    It is `domain.queue.next_to_call` (a test compares them), but for turns that another counter is just taking.
    """
    for services in (duty.first, duty.second) if duty.second else (duty.first,):
        wanted = {"office": office, "since": since, "counter": duty.counter, "services": sorted(services)}
        row = connection.execute(_NEXT, wanted | {"every": not services}).one_or_none()
        if row is not None:
            return _turn(row)
    return None


def at_counter(connection: Connection, office: str, counter: str) -> Turn | None:
    """The turn that ``counter`` is calling or serving."""
    row = connection.execute(_AT_COUNTER, {"office": office, "counter": counter}).one_or_none()
    return None if row is None else _turn(row)


def last_called(
    connection: Connection, office: str, since: Micros, limit: int, counters: Iterable[str] = ()
) -> list[Turn]:
    """The turns called last, the very last first, but for those that wait again or went away.

    ``counters`` are those where they were called to; none for all.
    """
    here = [ticket.c.counter.in_(list(counters))] if counters else [ticket.c.counter.is_not(None)]
    gone = [TicketState.WAITING.value, TicketState.CANCELLED.value]
    rows = connection.execute(
        select(*_TURN)
        .where(ticket.c.office == office, ticket.c.called_at >= since, ticket.c.state.not_in(gone), *here)
        .order_by(ticket.c.called_at.desc(), ticket.c.series, ticket.c.n)
        .limit(limit)
    )
    return [_turn(row) for row in rows]


def being_called(connection: Connection, office: str, since: Micros) -> list[Turn]:
    """The turns that are called and have not come to their counter yet, the last first."""
    rows = connection.execute(
        select(*_TURN)
        .where(ticket.c.office == office, ticket.c.state == TicketState.CALLED.value, ticket.c.called_at >= since)
        .order_by(ticket.c.called_at.desc())
    )
    return [_turn(row) for row in rows]


def of_today(connection: Connection, office: str, since: Micros, *states: TicketState) -> list[Turn]:
    """The turns issued since then that are in one of these states, the last changed first."""
    mine = (ticket.c.office == office) & (ticket.c.issued_at >= since)
    its = ticket.c.state.in_([state.value for state in states])
    rows = connection.execute(select(*_TURN).where(mine, its).order_by(ticket.c.changed_at.desc(), ticket.c.n))
    return [_turn(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Issue:
    """That somebody took a turn."""

    business_day: date
    service: str
    preferential: bool
    issued_at: Micros


def issued_of_days(connection: Connection, office: str, first: date, last: date) -> list[Issue]:
    """Every turn that was taken on those days, in no order."""
    found = select(ticket.c.business_day, ticket.c.service, ticket.c.preferential, ticket.c.issued_at)
    rows = connection.execute(found.where(ticket.c.office == office, ticket.c.business_day.between(first, last)))
    return [Issue(row.business_day, row.service, row.preferential, row.issued_at) for row in rows]


def called_today(
    connection: Connection, office: str, since: Micros, *states: TicketState, changed_after: Micros
) -> list[Turn]:
    """The turns called since then that came into one of these states after ``changed_after``, the last first."""
    mine = (ticket.c.office == office) & (ticket.c.called_at >= since) & (ticket.c.changed_at > changed_after)
    its = ticket.c.state.in_([state.value for state in states])
    rows = connection.execute(select(*_TURN).where(mine, its).order_by(ticket.c.changed_at.desc(), ticket.c.n))
    return [_turn(row) for row in rows]


def by_id(connection: Connection, office: str, id_: UUID) -> Turn | None:
    """The turn of ``office`` with that id."""
    mine = select(*_TURN).where(ticket.c.id == id_, ticket.c.office == office)
    row = connection.execute(mine).one_or_none()
    return None if row is None else _turn(row)


def by_number(connection: Connection, office: str, day: date, number: QueueNumber) -> Turn | None:
    """The turn of that number of ``day``."""
    mine = (ticket.c.office == office) & (ticket.c.business_day == day)
    its = (ticket.c.series == number.series) & (ticket.c.n == number.n)
    row = connection.execute(select(*_TURN).where(mine, its)).one_or_none()
    return None if row is None else _turn(row)


def by_nonce_hash(connection: Connection, nonce_hash: bytes) -> Turn | None:
    """The turn whose tracking token hashes to this."""
    row = connection.execute(_OF_NONCE, {"nonce_hash": nonce_hash}).one_or_none()
    return None if row is None else _turn(row)


def lock_turn(connection: Connection, office: str, id_: UUID) -> Turn | None:
    """The turn, held for this transaction."""
    row = connection.execute(_LOCKED, {"id": id_, "office": office}).one_or_none()
    return None if row is None else _turn(row)


def change_turn(connection: Connection, id_: UUID, values: Mapping[str, Any]) -> None:
    """Writes the new state of a turn, which this node has decided.

    Raises:
        IntegrityError: the counter holds another turn already.
    """
    connection.execute(_CHANGE, dict(values) | {"changed": id_})


def last_moved(connection: Connection, id_: UUID) -> tuple[int, int]:
    """Which word of a home node moved the turn last: the life that said it, and its number; zeros for none."""
    row = connection.execute(_LAST_MOVED, {"id": id_}).one()
    return row.moved_life, row.moved_seq


def follow_turn(connection: Connection, id_: UUID, values: Mapping[str, Any], place: tuple[int, int]) -> None:
    """Writes the new state of a turn by the word of its home node that stands at ``place``."""
    moved = {"moved_life": place[0], "moved_seq": place[1], "changed": id_}
    connection.execute(_FOLLOW, dict(values) | moved)


def sealed_part(connection: Connection, id_: UUID) -> bytes | None:
    """What the citizen typed, as the kiosk sealed it."""
    statement = select(event.c.sealed).join(
        ticket,
        (event.c.origin == ticket.c.origin) & (event.c.epoch == ticket.c.epoch) & (event.c.seq == ticket.c.seq),
    )
    return connection.execute(statement.where(ticket.c.id == id_)).scalar()


# --- projection -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Taken:
    """What no second ticket may have: ids, nonces and numbers, those of a batch and those stored that it could hit."""

    ids: set[UUID]
    nonces: set[bytes]
    numbers: set[tuple[date, str, int]]

    def flaw(self, row: Mapping[str, Any]) -> str | None:
        """The first thing that ``row`` would take a second time; None takes it now."""
        number = (row["business_day"], row["series"], row["n"])
        if row["id"] in self.ids:
            return "ticket_taken"
        if number in self.numbers:
            return "number_taken"
        if row["nonce_hash"] in self.nonces:
            return "nonce_taken"
        self.ids.add(row["id"])
        self.numbers.add(number)
        self.nonces.add(row["nonce_hash"])
        return None


_TAKES = ticket.c.id, ticket.c.nonce_hash, ticket.c.office, ticket.c.business_day, ticket.c.series, ticket.c.n
_TAKEN = union_all(  # apart, for PostgreSQL may read a whole table to find what is this or that
    select(*_TAKES).where(ticket.c.id.in_(bindparam("ids", expanding=True))),
    select(*_TAKES).where(ticket.c.nonce_hash.in_(bindparam("nonces", expanding=True))),
    select(*_TAKES).where(
        ticket.c.office == bindparam("office"),
        tuple_(ticket.c.business_day, ticket.c.series, ticket.c.n).in_(bindparam("numbers", expanding=True)),
    ),
)


_UNDONE = delete(ticket).where(  # by its id it is found, by its place in its stream it is one of those just added
    ticket.c.id.in_(bindparam("ids", expanding=True)),
    tuple_(ticket.c.id, ticket.c.origin, ticket.c.epoch, ticket.c.seq).in_(bindparam("added", expanding=True)),
)


def taken_by_others(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Taken:
    """What is stored already of what ``rows`` (all of one office) want to take."""
    if not rows:
        return Taken(set(), set(), set())
    office = rows[0]["office"]
    wanted = {
        "ids": [row["id"] for row in rows],
        "nonces": [row["nonce_hash"] for row in rows],
        "office": office,
        "numbers": [(row["business_day"], row["series"], row["n"]) for row in rows],
    }
    found = connection.execute(_TAKEN, wanted).all()
    return Taken(
        {row.id for row in found},
        {row.nonce_hash for row in found},
        {(row.business_day, row.series, row.n) for row in found if row.office == office},
    )


def add_tickets(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Adds tickets that wait; False, and none of them is there, where one takes what is taken."""
    if insert_new(connection, ticket, rows) == len(rows):
        return True
    added = [(row["id"], row["origin"], row["epoch"], row["seq"]) for row in rows]
    connection.execute(_UNDONE, {"added": added, "ids": [row["id"] for row in rows]})
    return False


def note_outcomes(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keeps what is last known of tickets' paper."""
    upsert(connection, print_outcome, list(rows))
