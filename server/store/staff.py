"""Accounts as those who organise the office see and change them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from server.store.accounts import Role
from server.store.schema import account, session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from domain.clock import Micros

REVIEW_US = 182 * 24 * 3600 * 1_000_000
"""Every six months somebody looks if each account and its role are still wanted (D.S. 016-2024-JUS art. 46.1.c)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account. Empty lists mean every service (`domain.queue.Duty`). ``seen_at`` None: never signed in."""

    name: str
    full_name: str
    role: Role
    first_list: tuple[str, ...]
    second_list: tuple[str, ...]
    created_at: Micros
    role_since: Micros
    reviewed_at: Micros | None
    seen_at: Micros | None
    disabled_at: Micros | None
    password_hash: str = field(repr=False)
    unit: str = ""
    """The unit whose filings they work on; empty for none."""

    @property
    def is_disabled(self) -> bool:
        """Whether it can't sign in."""
        return self.disabled_at is not None

    def is_review_due(self, now: Micros) -> bool:
        """Whether nobody has looked at its role for six months."""
        return now - max(self.role_since, self.reviewed_at or 0) > REVIEW_US


def _account(row: Any) -> Account:
    return Account(
        row.name, row.full_name, Role(row.role), tuple(json.loads(row.first_list)), tuple(json.loads(row.second_list)),
        row.created_at, row.role_since or row.created_at, row.reviewed_at, row.seen_at, row.disabled_at,
        row.password_hash, row.unit,
    )  # fmt: skip


def everybody(connection: Connection) -> list[Account]:
    """Every account: those that may sign in first, by name."""
    order = (account.c.disabled_at.is_not(None), account.c.name)
    return [_account(row) for row in connection.execute(select(account).order_by(*order))]


def account_of(connection: Connection, name: str, *, to_change: bool = False) -> Account | None:
    """The account of that name; ``to_change`` keeps it for this transaction."""
    found = select(account).where(account.c.name == name)
    row = connection.execute(found.with_for_update() if to_change else found).one_or_none()
    return None if row is None else _account(row)


def who_works_in(connection: Connection) -> dict[str, list[str]]:
    """The accounts of each unit that may sign in, by the unit's code."""
    found: dict[str, list[str]] = {}
    wanted = select(account.c.unit, account.c.name).where(account.c.unit != "", account.c.disabled_at.is_(None))
    for unit, name in connection.execute(wanted.order_by(account.c.name)):
        found.setdefault(unit, []).append(name)
    return found


def administrators(connection: Connection) -> list[str]:
    """Who may sign in as administrator, kept for this transaction: two who remove each other must not both succeed."""
    wanted = (account.c.role == Role.ADMINISTRATOR.value) & account.c.disabled_at.is_(None)
    rows = connection.execute(select(account.c.name).where(wanted).order_by(account.c.name).with_for_update())
    return list(rows.scalars())


def change_account(connection: Connection, name: str, **values: Any) -> None:
    """Changes columns of an account."""
    connection.execute(update(account).where(account.c.name == name).values(**values))


def set_lists(connection: Connection, name: str, first: Iterable[str], second: Iterable[str]) -> None:
    """Gives somebody their services; no first list is every service."""
    change_account(connection, name, first_list=json.dumps(list(first)), second_list=json.dumps(list(second)))


def end_sessions(connection: Connection, name: str, *, but: bytes = b"") -> None:
    """Signs somebody out everywhere, but in the session with that hash."""
    connection.execute(delete(session).where(session.c.account == name, session.c.token_hash != but))


def who_serves(connection: Connection, service: str) -> list[str]:
    """Whose lists name a service; disabled accounts too, for they may be enabled again."""
    return [one.name for one in everybody(connection) if service in {*one.first_list, *one.second_list}]
