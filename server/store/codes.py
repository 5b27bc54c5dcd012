"""The codes by which machines are enrolled, while they are good and a day longer, so that each is answered clearly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from server.store.schema import enrolment_code

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros

KEPT_US = 24 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a machine is to be: a kiosk, the driver of the printer at ``counter``, or an office's server (``is_node``).

    ``replaces`` enrols a name again, for a machine that lost its disk: a kiosk with a series never given before,
    because nobody knows which numbers it had already put into people's hands; or it enrols another machine for a
    counter in the place of the one that is there.
    """

    name: str
    office: str
    counter: str = ""
    is_node: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is kept. ``used_by`` is the key of the machine that was enrolled by it, None for none."""

    handle: str
    secret_hash: bytes = field(repr=False)
    wanted: Wanted
    expires_at: Micros
    tries_left: int
    used_by: bytes | None
    made_by: str


def add_code(
    connection: Connection, handle: str, secret_hash: bytes, wanted: Wanted, *, by: str, expires_at: Micros, tries: int
) -> None:
    """Adds a code, in the place of those that were made for the same name and not used.

    Raises:
        IntegrityError: the handle has just been taken.
    """
    unused = (enrolment_code.c.name == wanted.name) & enrolment_code.c.used_at.is_(None)
    connection.execute(delete(enrolment_code).where(unused))
    connection.execute(
        insert(enrolment_code).values(
            handle=handle,
            secret_hash=secret_hash,
            name=wanted.name,
            office=wanted.office,
            counter=wanted.counter or None,
            is_node=wanted.is_node,
            replaces=wanted.replaces,
            made_by=by,
            expires_at=expires_at,
            tries_left=tries,
        )
    )


def handles(connection: Connection, now: Micros) -> frozenset[str]:
    """The handles that are taken; codes that ran out a day ago are forgotten first."""
    connection.execute(delete(enrolment_code).where(enrolment_code.c.expires_at < now - KEPT_US))
    return frozenset(connection.execute(select(enrolment_code.c.handle)).scalars())


def code_of(connection: Connection, handle: str) -> Code | None:
    """The code of that handle, held for this transaction."""
    row = connection.execute(
        select(enrolment_code).where(enrolment_code.c.handle == handle).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    wanted = Wanted(row.name, row.office, row.counter or "", is_node=row.is_node, replaces=row.replaces)
    return Code(row.handle, row.secret_hash, wanted, row.expires_at, row.tries_left, row.used_by, row.made_by)


def count_try(connection: Connection, handle: str) -> None:
    """One try less."""
    mine = enrolment_code.c.handle == handle
    connection.execute(update(enrolment_code).where(mine).values(tries_left=enrolment_code.c.tries_left - 1))


def use(connection: Connection, handle: str, device_key: bytes, now: Micros) -> None:
    """The code was used, by this machine."""
    mine = enrolment_code.c.handle == handle
    connection.execute(update(enrolment_code).where(mine).values(used_at=now, used_by=device_key))
