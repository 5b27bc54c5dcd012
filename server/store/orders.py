"""What kiosks are told to do from the page of machines, and which of it they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from domain.messages import KioskOrders
from server.store.dialect import upsert
from server.store.schema import kiosk_orders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import Pull
    from server.store.kiosks import Kiosk

NO_ORDERS = KioskOrders(out_of_service=False, message="", version=0)
LONGEST_MESSAGE = 120
"""Characters: two lines of a kiosk's screen."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a kiosk is told, and by whom; ``is_taken`` is whether it said that it has it."""

    orders: KioskOrders
    is_taken: bool
    since: Micros
    by: str


def orders_of(connection: Connection, kiosk: str, *, to_change: bool = False) -> Standing | None:
    """What ``kiosk`` is told; None where nobody ever told it anything."""
    mine = select(kiosk_orders).where(kiosk_orders.c.kiosk == kiosk)
    row = connection.execute(mine.with_for_update() if to_change else mine).one_or_none()
    if row is None:
        return None
    told = KioskOrders(row.out_of_service, row.message, row.version)
    return Standing(told, row.taken == row.version, row.changed_at, row.changed_by)


def give_orders(connection: Connection, kiosk: str, told: KioskOrders, *, by: str, now: Micros) -> None:
    """Tells ``kiosk`` something else from now on."""
    row = {
        "kiosk": kiosk, "out_of_service": told.out_of_service, "message": told.message, "version": told.version,
        "taken": 0, "changed_at": now, "changed_by": by,
    }  # fmt: skip
    upsert(connection, kiosk_orders, [row])


def orders(connection: Connection, machine: Kiosk, pull: Pull, epoch: int) -> tuple[str, Sequence[KioskOrders], int]:
    """The down flow of scope ``kiosk``: what the machine is told, unless it says that it has that already."""
    standing = orders_of(connection, machine.id)
    told = NO_ORDERS if standing is None else standing.orders
    version = told.version + 1  # 0 is said by a machine that has heard nothing yet: it is told that there is nothing
    if pull.epoch != epoch or pull.after != version:
        return pull.scope, (told,), version
    if standing is not None and not standing.is_taken:
        taken = update(kiosk_orders).where(kiosk_orders.c.kiosk == machine.id, kiosk_orders.c.version == told.version)
        connection.execute(taken.values(taken=told.version))
    return pull.scope, (), version
