"""Who may sit at a counter: sign-in, sessions, and the brake on guessing."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from domain.clock import Micros
from server import sitting
from server.acts import Act
from server.faults import Refusal
from server.passwords import is_right
from server.store import accounts, homes
from server.store.accounts import Clerk, Role
from server.store.counters import counters

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from server.offices import Offices
    from server.store.accounts import Failures
    from server.store.node import Node
    from server.store.writer import Transaction, Writer

_S = 1_000_000
IDLE_US = 30 * 60 * _S
LONGEST_US = 12 * 3600 * _S
SEEN_EVERY_US = 60 * _S
"""A clerk's activity is noted once a minute, not at every click."""

FREE_TRIES = 5
_FIRST_WAIT_S = 5
_LONGEST_WAIT_S = 900
_FORGET_US = 24 * 3600 * _S

_COUNTER = re.compile(r"0*([1-9][0-9]?)")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def account_name(text: str) -> str | None:
    """The account that a person typed, None if no account can be called so."""
    name = text.strip().lower()
    return name if _NAME.fullmatch(name) else None


def counter_number(text: str) -> str | None:
    """The counter that a person typed, 1 to 99 and written one way only; None for what is no counter."""
    found = _COUNTER.fullmatch(text.strip())
    return None if found is None else found[1]


def wait_after(failures: Failures) -> int:
    """Microseconds to wait after the last of so many failures: none for five, then 5 s doubling up to 15 minutes."""
    over = failures.count - FREE_TRIES
    return 0 if over < 0 else min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(over, 20)) * _S


class Door:
    """Sign-in at the counters. Nobody sits down at a counter of an office that is called elsewhere."""

    def __init__(self, *, node: Node, offices: Offices, clock: Clock, writer: Writer, read: Engine) -> None:
        self._node = node
        self._offices = offices
        self._clock = clock
        self._writer = writer
        self._read = read

    def sign_in(self, *, office: str, name: str, password: str, counter: str, address: str) -> str:
        """Opens a session in ``office``; returns its secret, for the cookie. About 50 ms of one core: two at most.

        Whoever supervises or works for a unit needs no counter, and then calls nobody.

        Raises:
            Refusal: 400 no counter of the office, 401 wrong, 409 somebody else is at that counter or the office is
                called elsewhere, 429 too many tries.
        """
        place = counter_number(counter) if counter.strip() else ""
        if place is None:
            raise Refusal(400, "bad_counter")
        account = account_name(name)
        now = self._clock.now()
        with self._read.connect() as connection:
            self._brake(connection, account or "", address, now)
            hashed = accounts.password_hash(connection, account) if account else None
            role = accounts.role_of(connection, account) if account else None
            unit = accounts.unit_of(connection, account) if account else ""
        if not is_right(password, hashed) or account is None:
            self._writer.do(lambda transaction: self._wrong(transaction.connection, account or "", address, now))
            raise Refusal(401, "wrong_password")
        if not place and not unit and (role is None or not role.covers(Role.SUPERVISOR)):
            raise Refusal(400, "bad_counter")
        if place:
            self._offices.must_call_here(office)
        token = secrets.token_urlsafe(32)
        clerk = Clerk(account, place, office, _hash(token), now)
        self._writer.do(lambda transaction: self._open(transaction, clerk, address))
        return token

    @staticmethod
    def _brake(connection: Connection, account: str, address: str, now: Micros) -> None:
        failures = accounts.failures(connection, account, address)
        left = (failures.last_at or 0) + wait_after(failures) - now
        if left > 0:
            raise Refusal(429, "too_many_tries", seconds=str(-(-left // _S)))

    @staticmethod
    def _wrong(connection: Connection, account: str, address: str, now: Micros) -> None:
        accounts.note_failure(connection, account, address, now, forget_before=Micros(now - _FORGET_US))

    def _open(self, transaction: Transaction, clerk: Clerk, address: str) -> None:
        connection, now = transaction.connection, self._clock.now()
        ended = accounts.drop_ended_sessions(
            connection, opened_after=Micros(now - LONGEST_US), seen_after=Micros(now - IDLE_US)
        )
        for office, counter, account in ended:
            if not self._offices.called_here(office):
                continue
            gone = Clerk(account, counter, office, b"", now)
            sitting.closed(Act(transaction, self._node, gone, now), "idle")
        known = {place.number for place in counters(connection, clerk.office)}
        if clerk.counter and known and clerk.counter not in known:
            raise Refusal(400, "unknown_counter", counter=clerk.counter)
        taken = accounts.clerk_at(connection, clerk.office, clerk.counter) if clerk.counter else None
        if taken not in {None, clerk.name}:
            raise Refusal(409, "counter_taken", counter=clerk.counter)
        accounts.forget_failures(connection, clerk.name, address)
        accounts.open_session(
            connection,
            {
                "token_hash": clerk.token_hash, "account": clerk.name, "office": clerk.office,
                "counter": clerk.counter or None, "created_at": now, "seen_at": now,
            },
        )  # fmt: skip
        self._note(connection, clerk, "session.opened", address)
        if clerk.counter:
            sitting.opened(Act(transaction, self._node, clerk, now))

    def confirm(self, clerk: Clerk, password: str, address: str) -> None:
        """Makes sure that it is really they; wrong passwords count as at sign-in. About 50 ms of one core.

        Raises:
            Refusal: 401 wrong, 429 too many tries.
        """
        now = self._clock.now()
        with self._read.connect() as connection:
            self._brake(connection, clerk.name, address, now)
            hashed = accounts.password_hash(connection, clerk.name)
        if not is_right(password, hashed):
            self._writer.do(lambda transaction: self._wrong(transaction.connection, clerk.name, address, now))
            raise Refusal(401, "wrong_password")

    def who(self, token: str | None) -> Clerk | None:
        """The clerk of a cookie, None for nobody (any more)."""
        if not token:
            return None
        now = self._clock.now()
        with self._read.connect() as connection:
            return accounts.clerk_of(
                connection, _hash(token), opened_after=Micros(now - LONGEST_US), seen_after=Micros(now - IDLE_US)
            )

    def at_counters(self, office: str) -> list[Clerk]:
        """Everybody who is signed in at a counter of ``office``, by name; those who make a pause, too.

        Of an office that is called elsewhere it is what its home node tells.
        """
        now = self._clock.now()
        if not self._offices.called_here(office):
            with self._read.connect() as connection:
                return homes.open_elsewhere(connection, office)
        with self._read.connect() as connection:
            return accounts.signed_in(
                connection, office, opened_after=Micros(now - LONGEST_US), seen_after=Micros(now - IDLE_US)
            )

    def note_activity(self, clerk: Clerk) -> None:
        """Keeps a session open: its clerk did something."""
        now = self._clock.now()
        if now - clerk.seen_at > SEEN_EVERY_US:
            self._writer.do(lambda transaction: accounts.touch_session(transaction.connection, clerk.token_hash, now))

    def sign_out(self, clerk: Clerk, address: str) -> None:
        """Ends a session, and closes its counter."""

        def close(transaction: Transaction) -> None:
            was_open = accounts.close_session(transaction.connection, clerk.token_hash)
            self._note(transaction.connection, clerk, "session.closed", address)
            if clerk.counter and was_open and self._offices.called_here(clerk.office):
                sitting.closed(Act(transaction, self._node, clerk, self._clock.now()))

        self._writer.do(close)

    def _note(self, connection: Connection, clerk: Clerk, action: str, address: str) -> None:
        row = {
            "at": self._clock.now(), "office": clerk.office, "actor": clerk.name, "action": action,
            "subject": clerk.counter, "address": address,
        }  # fmt: skip
        accounts.note_action(connection, row)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
