"""What is to go out: queued in the transaction that makes it due, taken by one process at a time, never forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from sqlalchemy import select, update

from domain.clock import Micros
from domain.delivery import LEASE_US, Channel, DeliveryState
from server.store.dialect import claiming, insert_if_absent
from server.store.schema import delivery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

_OWED = (DeliveryState.QUEUED.value, DeliveryState.SENDING.value)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that goes out once. ``target`` and ``body`` are a webhook's, None of others.

    ``attempts`` counts those begun; ``reason`` is why the last one failed, empty when none did.
    """

    id: UUID
    office: str
    channel: Channel
    target: UUID | None
    filing: UUID
    occasion: str
    state: DeliveryState
    attempts: int
    reason: str
    created_at: Micros
    changed_at: Micros
    body: bytes | None = field(default=None, repr=False)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id, row.office, Channel(row.channel), row.target, row.filing, row.occasion, DeliveryState(row.state),
        row.attempts, row.reason, row.created_at, row.changed_at, row.body,
    )  # fmt: skip


def queue_delivery(
    connection: Connection,
    office: str,
    channel: Channel,
    filing: UUID,
    occasion: str,
    *,
    now: Micros,
    seq: int,
    target: UUID | None = None,
    body: bytes | None = None,
) -> None:
    """Puts it into the queue; the same one a second time is the first. ``seq`` is that of the event that causes it."""
    id_ = uuid5(filing, f"{channel.value} {target or ''} {occasion} {seq}")
    row = {
        "id": id_, "office": office, "channel": channel.value, "target": target, "filing": filing,
        "occasion": occasion, "body": body, "state": DeliveryState.QUEUED.value, "attempts": 0, "due_at": now,
        "reason": "", "created_at": now, "changed_at": now,
    }  # fmt: skip
    insert_if_absent(connection, delivery, row)


_DUE = claiming(select(delivery).where(delivery.c.state.in_(_OWED)).order_by(delivery.c.due_at, delivery.c.id).limit(1))


def take_due(connection: Connection, now: Micros, channels: Iterable[Channel]) -> Delivery | None:
    """The next that is due by one of these ways, taken for this process for `LEASE_US`; None for none.

    One that was taken and of which nothing was heard since is due again: its process died.
    """
    row = connection.execute(
        _DUE.where(delivery.c.due_at <= now, delivery.c.channel.in_([one.value for one in channels]))
    ).one_or_none()
    if row is None:
        return None
    taken = {"state": DeliveryState.SENDING.value, "attempts": row.attempts + 1, "due_at": now + LEASE_US}
    connection.execute(update(delivery).where(delivery.c.id == row.id).values(**taken, changed_at=now))
    return _delivery(row)


def end_delivery(
    connection: Connection, id_: UUID, state: DeliveryState, now: Micros, *, due_at: Micros | None = None, reason: str
) -> None:
    """What became of an attempt; ``due_at`` is when it is tried again."""
    values = {"state": state.value, "reason": reason[:256], "due_at": due_at or now, "changed_at": now}
    connection.execute(update(delivery).where(delivery.c.id == id_).values(**values))


def next_due(connection: Connection, channels: Iterable[Channel]) -> Micros | None:
    """When the next one by one of these ways is due; None while nothing is owed."""
    mine = delivery.c.state.in_(_OWED) & delivery.c.channel.in_([one.value for one in channels])
    owed = select(delivery.c.due_at).where(mine).order_by(delivery.c.due_at).limit(1)
    found: int | None = connection.execute(owed).scalar()
    return None if found is None else Micros(found)


def deliveries_of(connection: Connection, filing: UUID) -> list[Delivery]:
    """What goes or went out about a filing, the oldest first."""
    mine = select(delivery).where(delivery.c.filing == filing).order_by(delivery.c.created_at, delivery.c.id)
    return [_delivery(row) for row in connection.execute(mine)]


def failed_deliveries(connection: Connection, office: str, since: Micros) -> list[Delivery]:
    """What did not reach anybody since then, the last first: somebody has to see to it."""
    states = (DeliveryState.REFUSED.value, DeliveryState.GIVEN_UP.value)
    mine = (delivery.c.office == office) & delivery.c.state.in_(states) & (delivery.c.changed_at >= since)
    return [
        _delivery(row)
        for row in connection.execute(select(delivery).where(mine).order_by(delivery.c.changed_at.desc()))
    ]
