"""The call race: many counters, each a process of its own, call from one line over HTTP until nobody waits."""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert

from domain.clock import Micros, in_lima
from server.clock import SystemClock
from server.keys import load_keys
from server.passwords import hash_password
from server.store import accounts, tickets
from server.store.engine import open_engines
from server.store.schema import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from server.config import Config
    from server.store.engine import Engines

PROCESSES = 16
ROOT = Path(__file__).parents[2]
RACER = Path(__file__).with_name("racer.py")
PATIENCE_S = 1800.0
AFTER_TODAY = 4_000_000_000_000_000
"""Issued in a far future: the line must not end at midnight, wherever a test meets it."""


@dataclass(frozen=True)
class Outcome:
    """Whom each counter called, by counter, and how long all of it took."""

    called: dict[str, list[UUID]]
    seconds: float

    @property
    def everybody(self) -> list[UUID]:
        return [ticket for of_one in self.called.values() for ticket in of_one]

    @property
    def doubles(self) -> int:
        """How often somebody was called who had been called already."""
        return len(self.everybody) - len(set(self.everybody))


def line_up(engines: Engines, count: int, office: str = "lima") -> None:
    """Puts ``count`` turns into the line at once, past kiosks and exchange: what is raced for is the call."""
    today = in_lima(SystemClock().now()).date()
    rows = [
        {
            "id": UUID(int=n), "office": office, "business_day": today, "series": "A", "n": n, "service": "tramite",
            "preferential": n % 5 == 0, "language": "es", "issued_at": AFTER_TODAY + n,
            "nonce_hash": hashlib.sha256(str(n).encode()).digest(), "origin": "load", "epoch": 1, "seq": n,
            "state": "waiting", "counter": None, "clerk": None, "calls": 0, "called_at": None, "changed_at": 0,
            "lined_up_at": AFTER_TODAY + n, "for_counter": None, "announced": 0, "let_pass": 0,
            "moved_life": 0, "moved_seq": 0,
        }
        for n in range(1, count + 1)
    ]  # fmt: skip
    with engines.write.begin() as connection:
        for start in range(0, count, 1000):
            tickets.add_tickets(connection, rows[start : start + 1000])


def sit_down(connection: Connection, counters: int, now: Micros, office: str = "lima") -> dict[str, str]:
    """A session at every counter, by counter; they share an account, for what is raced for is the call."""
    accounts.add_account(connection, "ana", hash_password("una contraseña larga"), now)
    sessions = {str(number): secrets.token_urlsafe(32) for number in range(1, counters + 1)}
    common = {"account": "ana", "office": office, "created_at": now, "seen_at": now, "pause_reason": ""}
    rows = [
        common | {"counter": counter, "token_hash": hashlib.sha256(token.encode()).digest()}
        for counter, token in sessions.items()
    ]
    connection.execute(insert(session), rows)
    return sessions


def prepared(config: Config, count: int, counters: int) -> dict[str, str]:
    """A line of ``count`` and the sessions at so many counters, in a database that no server has open yet."""
    engines = open_engines(config.database, load_keys(config.keys, may_create=False))
    line_up(engines, count)
    with engines.write.begin() as connection:
        sessions = sit_down(connection, counters, SystemClock().now())
    engines.dispose()
    return sessions


def race(addresses: Sequence[str], sessions: dict[str, str]) -> Outcome:
    """Deals counters and servers out among the processes, starts these, and hears whom they called.

    Raises:
        RuntimeError: one of them was answered what it did not expect.
    """
    racers = []
    for place in range(PROCESSES):
        command = [sys.executable, "-S", "-E", str(RACER), addresses[place % len(addresses)]]
        racers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    began = time.monotonic()
    for place, racer in enumerate(racers):
        assert racer.stdin is not None
        racer.stdin.write(json.dumps(dict(list(sessions.items())[place::PROCESSES])) + "\n")
        racer.stdin.flush()
    called = {}
    for racer in racers:
        out, _ = racer.communicate(timeout=PATIENCE_S)
        if racer.returncode != 0:
            raise RuntimeError(f"a racer ended with status {racer.returncode}")
        called |= {counter: [UUID(ticket) for ticket in of_one] for counter, of_one in json.loads(out).items()}
    return Outcome(called, time.monotonic() - began)


def naive_doubles(config: Config, count: int, counters: int = PROCESSES) -> int:
    """How often the naive way calls somebody twice, with the same racers over a line of ``count``."""
    sessions = prepared(config, count, counters)
    command = [sys.executable, "-m", "tests.server.naive", str(config.data_dir), config.database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip().removeprefix("Listo en http://")
            return race([address], sessions).doubles
        finally:
            server.terminate()
