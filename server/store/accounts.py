"""Accounts, sessions, failed sign-ins and the audit log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from domain.queue import Duty
from server.store.dialect import upsert
from server.store.schema import account, audit, session, sign_in_failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from domain.clock import Micros


class Role(Enum):
    """What somebody may do; each role may do what those before it may."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"

    def covers(self, other: Role) -> bool:
        """Whether whoever has this role may do what the other role may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person signed in, most often at a counter.

    ``counter`` is empty for whoever only supervises. ``first_list`` and ``second_list`` are services
    (`domain.queue.Duty`). ``paused_at`` is since when the counter makes a pause, None while it works.
    """

    name: str
    counter: str
    office: str
    token_hash: bytes = field(repr=False)
    seen_at: Micros
    role: Role = Role.CLERK
    full_name: str = ""
    first_list: frozenset[str] = frozenset()
    second_list: frozenset[str] = frozenset()
    paused_at: Micros | None = None
    pause_reason: str = ""
    unit: str = ""
    """The unit whose filings they work on (`domain.filings.Unit`); empty for none."""

    @property
    def duty(self) -> Duty:
        """What is called at the counter where they sit."""
        return Duty(self.counter, self.first_list, self.second_list)


def password_hash(connection: Connection, name: str) -> str | None:
    """The stored hash of an account that may sign in."""
    rows = select(account.c.password_hash).where(account.c.name == name, account.c.disabled_at.is_(None))
    return connection.execute(rows).scalar()


def account_exists(connection: Connection, name: str) -> bool:
    """Whether the name is taken, by a disabled account too."""
    return connection.execute(select(account.c.name).where(account.c.name == name)).scalar() is not None


def add_account(connection: Connection, name: str, hashed: str, now: Micros, *, role: Role = Role.CLERK) -> None:
    """Adds an account, of somebody who serves every service.

    Raises:
        IntegrityError: the name is taken.
    """
    values = {"name": name, "password_hash": hashed, "role": role.value, "created_at": now}
    connection.execute(insert(account).values(full_name="", first_list="[]", second_list="[]", **values))


def set_role(connection: Connection, name: str, role: Role, now: Micros) -> None:
    """Gives an account a role; another one holds from the next request on."""
    other = (account.c.name == name) & (account.c.role != role.value)
    connection.execute(update(account).where(other).values(role=role.value, role_since=now))


def role_of(connection: Connection, name: str) -> Role | None:
    """The role of an account, None for none of that name."""
    found = connection.execute(select(account.c.role).where(account.c.name == name)).scalar()
    return None if found is None else Role(found)


def unit_of(connection: Connection, name: str) -> str:
    """The unit on whose filings an account works; empty for none."""
    return connection.execute(select(account.c.unit).where(account.c.name == name)).scalar() or ""


def set_password(connection: Connection, name: str, hashed: str) -> None:
    """Gives an account a new password, opens it again if it was disabled, and ends its sessions."""
    connection.execute(update(account).where(account.c.name == name).values(password_hash=hashed, disabled_at=None))
    connection.execute(delete(session).where(session.c.account == name))


# --- sessions ---------------------------------------------------------------------------------------------------


# made once: to build a statement costs several times what it takes to run it
_SIGNED_IN = (
    select(session, account.c.role, account.c.full_name, account.c.first_list, account.c.second_list, account.c.unit)
    .join(account, account.c.name == session.c.account)
    .where(
        session.c.created_at > bindparam("opened_after"),
        session.c.seen_at > bindparam("seen_after"),
        account.c.disabled_at.is_(None),
    )
)
_OF_SESSION = _SIGNED_IN.where(session.c.token_hash == bindparam("token_hash"))
_AT_COUNTERS = _SIGNED_IN.where(session.c.office == bindparam("office"), session.c.counter.is_not(None)).order_by(
    session.c.account
)
_PAUSED_AT = select(session.c.paused_at).where(session.c.token_hash == bindparam("token_hash"))


def clerk_of(connection: Connection, token_hash: bytes, *, opened_after: Micros, seen_after: Micros) -> Clerk | None:
    """Who holds this session; None for none, for one that has ended, and for a disabled account."""
    times = {"opened_after": opened_after, "seen_after": seen_after}
    row = connection.execute(_OF_SESSION, times | {"token_hash": token_hash}).one_or_none()
    return None if row is None else _clerk(row)


def signed_in(connection: Connection, office: str, *, opened_after: Micros, seen_after: Micros) -> list[Clerk]:
    """Everybody who is signed in at a counter of ``office``; these are the counters that are open."""
    times = {"opened_after": opened_after, "seen_after": seen_after}
    return [_clerk(row) for row in connection.execute(_AT_COUNTERS, times | {"office": office})]


def _clerk(row: Any) -> Clerk:
    return Clerk(
        row.account, row.counter or "", row.office, row.token_hash, row.seen_at, Role(row.role), row.full_name,
        frozenset(json.loads(row.first_list)), frozenset(json.loads(row.second_list)), row.paused_at, row.pause_reason,
        row.unit,
    )  # fmt: skip


def lists_of(connection: Connection, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The services that ``name`` calls, and those of the second list; both empty for an account that is gone."""
    row = connection.execute(select(account.c.first_list, account.c.second_list).where(account.c.name == name)).first()
    return ((), ()) if row is None else (tuple(json.loads(row.first_list)), tuple(json.loads(row.second_list)))


def clerk_at(connection: Connection, office: str, counter: str) -> str | None:
    """The account signed in at ``counter``."""
    here = (session.c.office == office) & (session.c.counter == counter)
    return connection.execute(select(session.c.account).where(here)).scalar()


def drop_ended_sessions(
    connection: Connection, *, opened_after: Micros, seen_after: Micros
) -> list[tuple[str, str, str]]:
    """Forgets sessions that are over; returns the office, the counter and the account of those at a counter."""
    ended = (session.c.created_at <= opened_after) | (session.c.seen_at <= seen_after)
    dropped = delete(session).where(ended).returning(session.c.office, session.c.counter, session.c.account)
    return [(row.office, row.counter, row.account) for row in connection.execute(dropped) if row.counter]


def is_paused(connection: Connection, token_hash: bytes) -> bool:
    """Whether the counter of that session makes a pause."""
    return connection.execute(_PAUSED_AT, {"token_hash": token_hash}).scalar() is not None


def full_names(connection: Connection) -> dict[str, str]:
    """What everybody with an account is called, by account: in full, or by the account where no name was given."""
    rows = connection.execute(select(account.c.name, account.c.full_name))
    return {row.name: row.full_name or row.name for row in rows}


def open_session(connection: Connection, row: Mapping[str, Any]) -> None:
    """Opens a session in the place of the one at that counter; without a counter it takes nobody's place."""
    if row["counter"] is not None:
        here = (session.c.office == row["office"]) & (session.c.counter == row["counter"])
        connection.execute(delete(session).where(here))
    connection.execute(insert(session).values(pause_reason="", **row))
    connection.execute(update(account).where(account.c.name == row["account"]).values(seen_at=row["seen_at"]))


def set_pause(connection: Connection, token_hash: bytes, at: Micros | None, reason: str) -> None:
    """Begins a pause at a counter, or ends it (``at`` None)."""
    values = {"paused_at": at, "pause_reason": reason}
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(**values))


def touch_session(connection: Connection, token_hash: bytes, now: Micros) -> None:
    """Notes that the clerk did something."""
    mine = session.c.token_hash == token_hash
    connection.execute(update(session).where(mine).values(seen_at=now))
    of_session = select(session.c.account).where(mine).scalar_subquery()
    connection.execute(update(account).where(account.c.name == of_session).values(seen_at=now))


def close_session(connection: Connection, token_hash: bytes) -> bool:
    """Ends a session; returns whether there was one."""
    return connection.execute(delete(session).where(session.c.token_hash == token_hash)).rowcount == 1


# --- failed sign-ins --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failures:
    """How often in a row an account was tried in vain from an address, and when last."""

    count: int = 0
    last_at: Micros | None = None


def failures(connection: Connection, name: str, address: str) -> Failures:
    """The failures of ``name`` from ``address``."""
    mine = (sign_in_failure.c.account == name) & (sign_in_failure.c.address == address)
    row = connection.execute(select(sign_in_failure).where(mine)).one_or_none()
    return Failures() if row is None else Failures(row.failures, row.last_at)


def note_failure(connection: Connection, name: str, address: str, now: Micros, *, forget_before: Micros) -> None:
    """Counts one more, and forgets those of long ago so that guesses cannot fill the table."""
    connection.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at < forget_before))
    so_far = failures(connection, name, address).count
    row = {"account": name, "address": address, "failures": so_far + 1, "last_at": now}
    upsert(connection, sign_in_failure, [row])


def forget_failures(connection: Connection, name: str, address: str) -> None:
    """After a right password."""
    mine = (sign_in_failure.c.account == name) & (sign_in_failure.c.address == address)
    connection.execute(delete(sign_in_failure).where(mine))


# --- audit ------------------------------------------------------------------------------------------------------


def note_action(connection: Connection, row: Mapping[str, Any]) -> None:
    """Adds to the audit log: who did or looked at what, from where (D.S. 016-2024-JUS art. 46.3)."""
    connection.execute(insert(audit).values({"detail": ""} | dict(row)))
