"""The machines of offices that are called elsewhere, by their home nodes' words (`MachineEnrolled`, `MachineRevoked`).

A number stands for a machine in its own office only: two offices may both have a kiosk 1, and an office that began anew
gave its numbers again. So every word is kept, and what holds now is read from them in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select

from domain.messages import MachineEnrolled, Stream
from server.store.dialect import insert_if_absent
from server.store.kiosks import Machine, TokenMaker, condition_of
from server.store.log import stored_as
from server.store.schema import event, kiosk_health, office_machine, stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import MachineRevoked

MOST_A_NUMBER = 4
"""So many enrolments of one office under one number are tried, the latest: more than ever lost all their data."""


def note_word(
    connection: Connection, office: str, place: tuple[int, int], body: MachineEnrolled | MachineRevoked, at: Micros
) -> None:
    """Keeps what the home node of ``office`` said of a machine; ``place`` is the life that said it, and its number."""
    row: dict[str, Any] = {
        "office": office, "life": place[0], "seq": place[1], "kiosk": body.kiosk, "epoch": body.epoch, "at": at,
        "no": None, "series": None, "counter": None, "mac_key": None, "device_key": None,
    }  # fmt: skip
    if isinstance(body, MachineEnrolled):
        row |= {
            "no": body.kiosk_no, "series": body.series or None, "counter": body.counter or None,
            "mac_key": body.mac_key, "device_key": body.device_key,
        }  # fmt: skip
        _forget_another(connection, office, body)
    insert_if_absent(connection, office_machine, row)


def _forget_another(connection: Connection, office: str, body: MachineEnrolled) -> None:
    """What was said by another machine that had the name before is not this one's."""
    mine = (office_machine.c.office == office) & (office_machine.c.kiosk == body.kiosk)
    same = select(office_machine.c.seq).where(mine, office_machine.c.device_key == body.device_key).limit(1)
    if connection.execute(same).one_or_none() is None:
        name = stored_as(Stream(body.kiosk, body.epoch), office).origin
        former = (kiosk_health.c.kiosk == name) & (kiosk_health.c.epoch < body.epoch)
        connection.execute(delete(kiosk_health).where(former))


def was_revoked(connection: Connection, office: str, name: str, epoch: int) -> bool:
    """Whether a word says that the machine's enrolment ``epoch``, or a later one, speaks no more."""
    mine = (office_machine.c.office == office) & (office_machine.c.kiosk == name) & (office_machine.c.epoch >= epoch)
    return (
        connection.execute(select(office_machine.c.seq).where(mine, office_machine.c.no.is_(None))).first() is not None
    )


def last_epoch(connection: Connection, office: str, name: str) -> int:
    """The latest enrolment of that name that was heard of in any way, 0 for none.

    An old copy that was put back may not know it otherwise; its number must not be given to another's stream.
    """
    words = select(func.max(office_machine.c.epoch)).where(
        office_machine.c.office == office, office_machine.c.kiosk == name
    )
    streams = select(func.max(stream.c.epoch)).where(stream.c.origin == name)
    return max(connection.execute(words).scalar() or 0, connection.execute(streams).scalar() or 0)


_NTH = func.row_number().over(
    partition_by=office_machine.c.office, order_by=(office_machine.c.life.desc(), office_machine.c.seq.desc())
)
_NUMBERED = (
    select(office_machine.c.office, office_machine.c.series, office_machine.c.mac_key, _NTH.label("nth"))
    .where(office_machine.c.no == bindparam("number"), office_machine.c.series.is_not(None))
    .subquery()
)
_MAKERS = select(_NUMBERED).where(_NUMBERED.c.nth <= MOST_A_NUMBER)


def token_makers(connection: Connection, number: int) -> Iterator[TokenMaker]:
    """Every kiosk of another office that has that number, revoked or not; a few at most of each office."""
    for row in connection.execute(_MAKERS, {"number": number}):
        yield TokenMaker(row.mac_key, row.office, row.series)


_WORDS = (
    select(office_machine)
    .where(office_machine.c.office == bindparam("of_office"))
    .order_by(office_machine.c.life, office_machine.c.seq)
)


def machines_of(connection: Connection, office: str) -> list[Machine]:
    """The machines of ``office`` that may speak there, by their names, as far as their words have come here.

    ``seen_at`` is when the last of those was said: how many the machine still has, and its version, only its office
    knows.
    """
    standing: dict[str, Any] = {}
    for word in connection.execute(_WORDS, {"of_office": office}):
        if word.no is not None:
            standing[word.kiosk] = word
        elif word.kiosk in standing and standing[word.kiosk].epoch <= word.epoch:
            del standing[word.kiosk]
    names = {name: stored_as(Stream(name, 1), office).origin for name in standing}
    said = select(kiosk_health).where(kiosk_health.c.kiosk.in_(names.values()))
    health = {row.kiosk: row for row in connection.execute(said)}
    spoke = _last_words(connection, names.values())
    return [
        Machine(
            name, word.series, word.counter, spoke.get(names[name]), backlog=0, app_version="",
            condition=None if names[name] not in health else condition_of(health[names[name]]),
        )
        for name, word in sorted(standing.items())
        if word.series or word.counter
    ]  # fmt: skip


def _last_words(connection: Connection, names: Collection[str]) -> dict[str, Micros]:
    """When the last event of each of these streams happened."""
    last = and_(event.c.origin == stream.c.origin, event.c.epoch == stream.c.epoch, event.c.seq == stream.c.upto)
    when = func.max(func.coalesce(event.c.settled_at, event.c.at)).label("at")
    found = select(stream.c.origin, when).join(event, last).where(stream.c.origin.in_(names)).group_by(stream.c.origin)
    return {row.origin: row.at for row in connection.execute(found)}
