"""Accounts, sessions, failed sign-ins and the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from server.store.dialect import upsert
from server.store.schema import account, audit, session, sign_in_failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person signed in at a counter."""

    name: str
    counter: str
    office: str
    token_hash: bytes = field(repr=False)
    seen_at: Micros


def password_hash(connection: Connection, name: str) -> str | None:
    """The stored hash of an account that may sign in."""
    rows = select(account.c.password_hash).where(account.c.name == name, account.c.disabled_at.is_(None))
    return connection.execute(rows).scalar()


def account_exists(connection: Connection, name: str) -> bool:
    """Whether the name is taken, by a disabled account too."""
    return connection.execute(select(account.c.name).where(account.c.name == name)).scalar() is not None


def add_account(connection: Connection, name: str, hashed: str, now: Micros) -> None:
    """Adds a clerk's account.

    Raises:
        IntegrityError: the name is taken.
    """
    connection.execute(insert(account).values(name=name, password_hash=hashed, role="clerk", created_at=now))


def set_password(connection: Connection, name: str, hashed: str) -> None:
    """Gives an account a new password, opens it again if it was disabled, and ends its sessions."""
    connection.execute(update(account).where(account.c.name == name).values(password_hash=hashed, disabled_at=None))
    connection.execute(delete(session).where(session.c.account == name))


# --- sessions ---------------------------------------------------------------------------------------------------


def clerk_of(connection: Connection, token_hash: bytes, *, opened_after: Micros, seen_after: Micros) -> Clerk | None:
    """Who holds this session; None for none, for one that has ended, and for a disabled account."""
    row = connection.execute(
        select(session)
        .join(account, account.c.name == session.c.account)
        .where(
            session.c.token_hash == token_hash,
            session.c.created_at > opened_after,
            session.c.seen_at > seen_after,
            account.c.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else Clerk(row.account, row.counter, row.office, row.token_hash, row.seen_at)


def clerk_at(connection: Connection, office: str, counter: str) -> str | None:
    """The account signed in at ``counter``."""
    here = (session.c.office == office) & (session.c.counter == counter)
    return connection.execute(select(session.c.account).where(here)).scalar()


def drop_ended_sessions(connection: Connection, *, opened_after: Micros, seen_after: Micros) -> None:
    """Forgets sessions that are over."""
    ended = (session.c.created_at <= opened_after) | (session.c.seen_at <= seen_after)
    connection.execute(delete(session).where(ended))


def open_session(connection: Connection, row: Mapping[str, Any]) -> None:
    """Opens a session in the place of the one at that counter."""
    here = (session.c.office == row["office"]) & (session.c.counter == row["counter"])
    connection.execute(delete(session).where(here))
    connection.execute(insert(session).values(**row))


def touch_session(connection: Connection, token_hash: bytes, now: Micros) -> None:
    """Notes that the clerk did something."""
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(seen_at=now))


def close_session(connection: Connection, token_hash: bytes) -> None:
    """Ends a session."""
    connection.execute(delete(session).where(session.c.token_hash == token_hash))


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
    connection.execute(insert(audit).values(**row))
