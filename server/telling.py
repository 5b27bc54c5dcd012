"""What an office's node tells the centre of itself, whole, whenever it is otherwise than it last told."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from domain.asked import AccountTold, OfficeRoster
from domain.clock import in_lima
from domain.messages import to_json
from server.passwords import mark_of
from server.store import upstream
from server.store.kiosks import machines_told
from server.store.node import epoch_now, record
from server.store.set_up import read_set_up
from server.store.staff import everybody

if TYPE_CHECKING:
    import msgspec
    from sqlalchemy import Connection

    from domain.clock import Micros
    from server.keys import Keys
    from server.store.node import Node
    from server.store.staff import Account


def tell_all(connection: Connection, node: Node, keys: Keys, office: str, now: Micros) -> None:
    """Says how the office is set up, and who and what there is in it, as far as it is not said yet.

    Each life of the node says it anew: one that was put back to an old copy is otherwise than it told.
    """
    today = in_lima(now).date()
    set_up = read_set_up(connection, office)
    if set_up is not None:
        digest = _digest(set_up, epoch_now(connection))
        if digest != upstream.last_set_up(connection):
            record(connection, node, set_up, kind="office.set_up", office=office, day=today, now=now)
            upstream.keep(connection, set_up_digest=digest)
    roster = OfficeRoster(
        keys.seal_public,
        tuple(account_told(one) for one in everybody(connection)),
        tuple(machines_told(connection, office)),
    )
    digest = _digest(roster, epoch_now(connection))
    if digest != upstream.last_roster(connection):
        record(connection, node, roster, kind="office.roster", office=office, day=today, now=now)
        upstream.keep(connection, roster_digest=digest)


def account_told(one: Account) -> AccountTold:
    """An account as the centre hears of it: without the person's name, and without a password to guess at."""
    return AccountTold(
        one.name, one.role.value, one.first_list, one.second_list, one.is_disabled, mark_of(one.password_hash)
    )


def _digest(body: msgspec.Struct, epoch: int) -> bytes:
    return hashlib.sha256(epoch.to_bytes(8, "big") + to_json(body)).digest()
