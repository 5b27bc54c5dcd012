"""Filings as they stand, and every step that led there: a projection of the home node's ``filing`` events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from domain.clock import in_lima
from domain.filings import FilingMove, FilingStatus, RegisterNumber, after
from domain.messages import FilingMoved, FilingReceived, from_json, to_json
from server.store.blocks import spend
from server.store.dialect import insert_if_absent, insert_new
from server.store.schema import filing, filing_counter, filing_step, passed_over, pending_filing_move

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection, Row, Select

    from domain.clock import Micros
    from domain.messages import NumbersPassedOver

RECEIVED = "received"
REGISTER = "register"
"""The series of the register in `filing_counter`; the others are siglas, in capitals."""

_Place = tuple[int, int]
"""The life of the home node that said a word (`server.store.moves`), and the event's number in it."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing as it stands. ``unit`` is the unit's code; ``sealed`` holds a `domain.messages.FilingPersonal`.

    ``correct_until`` is the last day for what is missing, None of one that was never observed. ``ticket`` is the turn
    that brought it, None for what came without one.
    """

    id: UUID
    office: str
    register: RegisterNumber
    expediente: str
    about: str
    ticket: UUID | None
    received_at: Micros
    presented_on: date
    term_starts_on: date
    due_on: date
    correct_until: date | None
    document_type: str
    service: str
    unit: str
    folios: int
    annexes: int
    status: FilingStatus
    changed_at: Micros
    counter: str
    clerk: str
    code: str
    sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What was done: ``move`` is ``received`` or a `FilingMove`'s value; ``actor`` is empty for the clock.

    ``folios`` and ``annexes`` are those that came with it.
    """

    filing: UUID
    at: Micros
    day: date
    move: str
    actor: str
    from_unit: str
    unit: str
    correct_until: date | None
    sealed: bytes | None = field(repr=False)
    folios: int = 0
    annexes: int = 0


def filing_of(row: Row[Any]) -> Filing:
    """A row of the table."""
    return Filing(
        row.id, row.office, RegisterNumber(row.year, row.office, row.n), row.expediente, row.about, row.ticket,
        row.received_at, row.presented_on, row.term_starts_on, row.due_on, row.correct_until, row.document_type,
        row.service, row.unit, row.folios, row.annexes, FilingStatus(row.status), row.changed_at, row.counter,
        row.clerk, row.code, row.sealed,
    )  # fmt: skip


# --- looks ------------------------------------------------------------------------------------------------------


def _one(connection: Connection, wanted: Select[Any]) -> Filing | None:
    row = connection.execute(wanted).one_or_none()
    return None if row is None else filing_of(row)


def was_elsewhere(connection: Connection, office: str, *, own: int) -> bool:
    """Whether another node did anything to filings of that office; ``own`` is where this one's lives begin."""
    theirs = (filing_step.c.office == office) & (filing_step.c.life < own)
    return connection.execute(select(filing_step.c.id).where(theirs).limit(1)).first() is not None


_BY_ID = select(filing).where(filing.c.id == bindparam("of_id"), filing.c.office == bindparam("of_office"))
_BY_ID_TO_CHANGE = _BY_ID.with_for_update()


def filing_by_id(connection: Connection, office: str, id_: UUID, *, to_change: bool = False) -> Filing | None:
    """A filing of that office; ``to_change`` keeps it for this transaction."""
    wanted = {"of_id": id_, "of_office": office}
    row = connection.execute(_BY_ID_TO_CHANGE if to_change else _BY_ID, wanted).one_or_none()
    return None if row is None else filing_of(row)


def has_filings(connection: Connection, office: str) -> bool:
    """Whether that office ever received anything, as far as is known here."""
    return connection.execute(select(filing.c.id).where(filing.c.office == office).limit(1)).first() is not None


def filing_by_token(connection: Connection, hashed: bytes) -> Filing | None:
    """The filing that the token leads to, whatever its office."""
    return _one(connection, select(filing).where(filing.c.token_hash == hashed))


def filing_by_code(connection: Connection, code: str) -> Filing | None:
    """The filing whose cargo bears that code, whatever its office."""
    return _one(connection, select(filing).where(filing.c.code == code))


def filing_by_key(connection: Connection, hashed: bytes) -> Filing | None:
    """The filing that somebody may see who knows its number and its key (`domain.filings.key_hash`).

    A wrong number and a wrong key are the same look. Of two with one number and one key, which chance does not make, it
    is the older.
    """
    wanted = select(filing).where(filing.c.key_hash == hashed).order_by(filing.c.received_at).limit(1)
    return _one(connection, wanted)


def filing_by_expediente(connection: Connection, office: str, expediente: str) -> Filing | None:
    """The filing of that number in ``office``."""
    return _one(connection, select(filing).where(filing.c.office == office, filing.c.expediente == expediente))


def filing_by_register(connection: Connection, office: str, year: int, n: int) -> Filing | None:
    """The filing at that place in the register of ``office``."""
    return _one(connection, select(filing).where(filing.c.office == office, filing.c.year == year, filing.c.n == n))


def filings_of_ticket(connection: Connection, ticket: UUID) -> list[Filing]:
    """What a turn brought, in the order of the register: one visit may bring several."""
    wanted = select(filing).where(filing.c.ticket == ticket).order_by(filing.c.year, filing.c.n)
    return [filing_of(row) for row in connection.execute(wanted)]


def filings_of_day(connection: Connection, office: str, first: date, last: date) -> list[Filing]:
    """The register from day to day, both included, in order of entry."""
    days = filing.c.received_day.between(first, last)
    wanted = select(filing).where(filing.c.office == office, days).order_by(filing.c.year, filing.c.n)
    return [filing_of(row) for row in connection.execute(wanted)]


def filings_standing(
    connection: Connection,
    office: str,
    statuses: Iterable[FilingStatus],
    *,
    unit: str | None = None,
    to_change: bool = False,
) -> list[Filing]:
    """Those that stand so, the oldest first; of one unit, or None for all. ``to_change`` as of `filing_by_id`."""
    mine = (filing.c.office == office) & filing.c.status.in_([status.value for status in statuses])
    if unit is not None:
        mine &= filing.c.unit == unit
    wanted = select(filing).where(mine).order_by(filing.c.year, filing.c.n)
    return [filing_of(row) for row in connection.execute(wanted.with_for_update() if to_change else wanted)]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A filing from which something is awaited, as far as its days go."""

    expediente: str
    status: FilingStatus
    unit: str
    due_on: date
    correct_until: date | None
    changed_at: Micros


def awaited(connection: Connection, office: str, statuses: Iterable[FilingStatus]) -> list[Awaited]:
    """The office's filings that stand so, the oldest first, without what is sealed: there may be thousands."""
    mine = (filing.c.office == office) & filing.c.status.in_([status.value for status in statuses])
    columns = (filing.c.expediente, filing.c.status, filing.c.unit, filing.c.due_on, filing.c.correct_until)
    wanted = select(*columns, filing.c.changed_at).where(mine).order_by(filing.c.year, filing.c.n)
    return [
        Awaited(row.expediente, FilingStatus(row.status), row.unit, row.due_on, row.correct_until, row.changed_at)
        for row in connection.execute(wanted)
    ]


def last_standing(
    connection: Connection, office: str, status: FilingStatus, *, unit: str | None = None, most: int = 50
) -> list[Filing]:
    """The last ones that came to stand so, the newest first; of one unit, or None for all."""
    mine = (filing.c.office == office) & (filing.c.status == status.value)
    if unit is not None:
        mine &= filing.c.unit == unit
    wanted = select(filing).where(mine).order_by(filing.c.changed_at.desc()).limit(most)
    return [filing_of(row) for row in connection.execute(wanted)]


def filings_changed(connection: Connection, office: str, after_: Micros, most: int) -> list[Filing]:
    """Those that changed after that moment, the first change first: ``most``, and whatever changed with the last."""
    mine = (filing.c.office == office) & (filing.c.changed_at > after_)
    ordered = select(filing).where(mine).order_by(filing.c.changed_at, filing.c.id)
    found = [filing_of(row) for row in connection.execute(ordered.limit(most))]
    if len(found) < most:
        return found
    last = found[-1].changed_at
    earlier = [one for one in found if one.changed_at < last]
    together = select(filing).where(filing.c.office == office, filing.c.changed_at == last).order_by(filing.c.id)
    return earlier + [filing_of(row) for row in connection.execute(together)]


def lapsing(connection: Connection, office: str, today: date) -> list[Filing]:
    """Observed filings whose last day for correcting has gone by."""
    mine = (filing.c.office == office) & (filing.c.status == FilingStatus.OBSERVED.value)
    wanted = select(filing).where(mine, filing.c.correct_until < today).order_by(filing.c.year, filing.c.n)
    return [filing_of(row) for row in connection.execute(wanted.with_for_update(skip_locked=True))]


def load_of_units(connection: Connection, office: str) -> dict[str, int]:
    """How many filings that are not over each unit has, or is to get; units without any are not in it."""
    over = [status.value for status in FilingStatus if status.is_over]
    rows = connection.execute(
        select(filing.c.unit, func.count())
        .where(filing.c.office == office, filing.c.status.not_in(over))
        .group_by(filing.c.unit)
    )
    return {unit: count for unit, count in rows if unit}


def units_used(connection: Connection, office: str) -> set[str]:
    """The codes of every unit that ever had a filing of that office."""
    columns = ((filing, filing.c.unit), (filing_step, filing_step.c.unit), (filing_step, filing_step.c.from_unit))
    found = (connection.execute(select(column).where(table.c.office == office).distinct()) for table, column in columns)
    return {code for rows in found for code in rows.scalars() if code}


def types_used(connection: Connection, office: str) -> set[str]:
    """The codes of every type of document that was received in that office."""
    rows = connection.execute(select(filing.c.document_type).where(filing.c.office == office).distinct())
    return set(rows.scalars())


def steps_of(connection: Connection, id_: UUID) -> list[Step]:
    """Everything that was done to a filing, the first step first."""
    wanted = select(filing_step).where(filing_step.c.filing == id_)
    rows = connection.execute(wanted.order_by(filing_step.c.life, filing_step.c.seq))
    return [_read_step(row) for row in rows]


def _read_step(row: Row[Any]) -> Step:
    return Step(
        row.filing, row.at, row.day, row.move, row.actor, row.from_unit, row.unit, row.correct_until, row.sealed,
        row.folios, row.annexes,
    )  # fmt: skip


# --- what the events say ----------------------------------------------------------------------------------------


def add_filing(
    connection: Connection, office: str, body: FilingReceived, *, sealed: bytes | None, place: _Place
) -> bool:
    """Keeps a filing and its first step; False where its number, token or code is another's. Twice is once."""
    if filing_by_id(connection, office, body.filing) is not None:
        return True
    at, day = body.received_at, in_lima(body.received_at).date()
    life, seq = place
    row = {
        "id": body.filing, "office": office, "year": body.year, "n": body.n, "expediente": body.expediente,
        "about": body.about, "ticket": body.ticket, "received_at": at, "received_day": day,
        "presented_on": body.presented_on, "term_starts_on": body.term_starts_on, "due_on": body.due_on,
        "correct_until": None, "document_type": body.document_type, "service": body.service, "unit": body.unit,
        "folios": body.folios, "annexes": body.annexes, "status": FilingStatus.RECEIVED.value, "changed_at": at,
        "counter": body.counter, "clerk": body.clerk, "token_hash": body.token_hash, "key_hash": body.key_hash,
        "code": body.code, "series": body.series, "serial": body.serial, "sealed": sealed, "moved_life": life,
        "moved_seq": seq,
    }  # fmt: skip
    if insert_new(connection, filing, [row]) != 1:
        return False
    for series, number in ((REGISTER, body.n), (body.series, body.serial)):
        _count(connection, office, body.year, series, number)
    spend(connection, office, body.year, body.series, body.serial)
    _step(
        connection, office, body.filing, place,
        at=at, move=RECEIVED, actor=body.clerk, unit=body.unit, folios=body.folios, annexes=body.annexes,
    )  # fmt: skip
    for word in _parked(connection, office, body.filing):
        move_filing(connection, office, word.body, kind=word.kind, at=word.at, sealed=word.sealed, place=word.place)
    return True


def move_filing(
    connection: Connection,
    office: str,
    body: FilingMoved,
    *,
    kind: str,
    at: Micros,
    sealed: bytes | None,
    place: _Place,
) -> None:
    """Carries out what the home node said of a filing; waits for one that has not arrived. Twice is once.

    An older word never undoes a newer one: it becomes a step, and the filing stays as it is.
    """
    move = FilingMove(kind.removeprefix("filing."))
    mine = (filing.c.id == body.filing) & (filing.c.office == office)
    row = connection.execute(select(filing).where(mine).with_for_update()).one_or_none()
    if row is None:
        _park(connection, office, body, kind=kind, at=at, sealed=sealed, place=place)
        return
    is_new = _step(
        connection, office, body.filing, place,
        at=at, move=move.value, actor=body.actor, unit=body.unit, from_unit=row.unit,
        correct_until=body.correct_until, sealed=sealed, folios=body.folios, annexes=body.annexes,
    )  # fmt: skip
    status = after(FilingStatus(row.status), move)
    if not is_new or place <= (row.moved_life, row.moved_seq) or status is None:
        return
    told = {"correct_until": body.correct_until, "term_starts_on": body.term_starts_on, "due_on": body.due_on}
    values: dict[str, Any] = {name: day for name, day in told.items() if day is not None}
    values |= {"status": status.value, "changed_at": at, "unit": body.unit, "moved_life": place[0]}
    values |= {"moved_seq": place[1], "folios": row.folios + body.folios, "annexes": row.annexes + body.annexes}
    connection.execute(update(filing).where(mine).values(**values))


_SAID = select(filing_step.c.id).where(
    filing_step.c.filing == bindparam("of_filing"),
    filing_step.c.life == bindparam("of_life"),
    filing_step.c.seq == bindparam("of_seq"),
)
_TAKE_STEP = insert(filing_step)


def _step(
    connection: Connection,
    office: str,
    id_: UUID,
    place: _Place,
    *,
    at: Micros,
    move: str,
    actor: str,
    unit: str,
    from_unit: str = "",
    correct_until: date | None = None,
    sealed: bytes | None = None,
    folios: int = 0,
    annexes: int = 0,
) -> bool:
    said = {"of_filing": id_, "of_life": place[0], "of_seq": place[1]}
    if connection.execute(_SAID, said).scalar() is not None:
        return False
    row = {
        "filing": id_, "office": office, "at": at, "day": in_lima(at).date(), "move": move, "actor": actor,
        "from_unit": from_unit, "unit": unit, "correct_until": correct_until, "sealed": sealed, "folios": folios,
        "annexes": annexes, "life": place[0], "seq": place[1],
    }  # fmt: skip
    connection.execute(_TAKE_STEP, row)
    return True


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    at: Micros
    body: FilingMoved
    sealed: bytes | None
    place: _Place


def _park(
    connection: Connection,
    office: str,
    body: FilingMoved,
    *,
    kind: str,
    at: Micros,
    sealed: bytes | None,
    place: _Place,
) -> None:
    row = {
        "filing": body.filing, "life": place[0], "seq": place[1], "office": office, "type": kind, "at": at,
        "body": to_json(body), "sealed": sealed,
    }  # fmt: skip
    insert_if_absent(connection, pending_filing_move, row)


_PARKED = (
    select(pending_filing_move)
    .where(
        pending_filing_move.c.filing == bindparam("of_filing"), pending_filing_move.c.office == bindparam("at_office")
    )
    .order_by(pending_filing_move.c.life, pending_filing_move.c.seq)
)


def _parked(connection: Connection, office: str, id_: UUID) -> list[_Word]:
    rows = connection.execute(_PARKED, {"of_filing": id_, "at_office": office}).all()
    if rows:
        mine = (pending_filing_move.c.filing == id_) & (pending_filing_move.c.office == office)
        connection.execute(delete(pending_filing_move).where(mine))
    return [_Word(row.type, row.at, from_json(row.body, FilingMoved), row.sealed, (row.life, row.seq)) for row in rows]


# --- numbers ----------------------------------------------------------------------------------------------------


# made once: to build a statement costs several times what it takes to run it
_COUNTER = (
    (filing_counter.c.office == bindparam("of_office"))
    & (filing_counter.c.year == bindparam("of_year"))
    & (filing_counter.c.series == bindparam("of_series"))
)
_LAST = select(filing_counter.c.last, filing_counter.c.life).where(_COUNTER).with_for_update()
_NOTED = update(filing_counter).where(_COUNTER).values(last=bindparam("to_last"), life=bindparam("to_life"))


def last_number(connection: Connection, office: str, year: int, series: str) -> tuple[int, int]:
    """The last number given out in that series, kept for this transaction, and in which life; 0 and 0 of a new one."""
    mine = {"of_office": office, "of_year": year, "of_series": series}
    row = connection.execute(_LAST, mine).one_or_none()
    if row is None:
        fresh = {"office": office, "year": year, "series": series, "last": 0, "life": 0}
        insert_if_absent(connection, filing_counter, fresh)
        row = connection.execute(_LAST, mine).one()
    return row.last, row.life


def next_number(connection: Connection, office: str, year: int, series: str) -> int:
    """Which number that series would give next; nothing is taken."""
    mine = (filing_counter.c.office == office) & (filing_counter.c.year == year) & (filing_counter.c.series == series)
    return (connection.execute(select(filing_counter.c.last).where(mine)).scalar() or 0) + 1


def _count(connection: Connection, office: str, year: int, series: str, number: int) -> None:
    """That number is somebody's: none up to it is given out any more."""
    last, life = last_number(connection, office, year, series)
    if number > last:
        note_number(connection, office, year, series, last=number, life=life)


def note_number(connection: Connection, office: str, year: int, series: str, *, last: int, life: int) -> None:
    """``last`` was given out in ``life``, by `last_number`'s transaction."""
    mine = {"of_office": office, "of_year": year, "of_series": series}
    connection.execute(_NOTED, mine | {"to_last": last, "to_life": life})


def pass_over(connection: Connection, office: str, body: NumbersPassedOver, at: Micros) -> None:
    """Keeps why there is a gap."""
    row = {
        "office": office, "year": body.year, "series": body.series, "first": body.first, "last": body.last,
        "reason": body.reason, "at": at,
    }  # fmt: skip
    insert_if_absent(connection, passed_over, row)
    spend(connection, office, body.year, body.series, body.last)


def highest_given(connection: Connection, year: int, series: str) -> int:
    """The last number of the series that anybody gave out, as far as is known here; 0 for none."""
    mine = (filing_counter.c.year == year) & (filing_counter.c.series == series)
    return connection.execute(select(func.max(filing_counter.c.last)).where(mine)).scalar() or 0


def note_leased(connection: Connection, year: int, series: str, last: int) -> None:
    """The series was leased at least up to there; a centre that was put back learns it from the offices."""
    _count(connection, "", year, series, last)


def gaps(connection: Connection, office: str, year: int, series: str) -> list[Row[Any]]:
    """The numbers that nobody has: ``first``, ``last``, ``reason``, ``at``, in order."""
    mine = (passed_over.c.office == office) & (passed_over.c.year == year) & (passed_over.c.series == series)
    return list(connection.execute(select(passed_over).where(mine).order_by(passed_over.c.first)))
