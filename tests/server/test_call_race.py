"""Sixteen counters in processes of their own race for one line, over HTTP, on each kind of database."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from server.keys import load_keys
from server.store.engine import open_engines
from tests.server.browser.conftest import NEVER_CLOSED
from tests.server.call_race import naive_doubles, prepared, race
from tests.server.conftest import config_in
from tests.server.process import ServerProgram

if TYPE_CHECKING:
    from pathlib import Path

    from server.config import Config
    from tests.server.call_race import Outcome

SERVERS = {"sqlite": 1, "postgres": 2}
"""Processes of the server on one database. SQLite has but one."""


def run(config: Config, folder: Path, servers: int, calls: int, counters: int) -> Outcome:
    """Races for a line of ``calls``."""
    sessions = prepared(config, calls, counters)
    with ExitStack() as stack:
        addresses = []
        for n in range(servers):
            place = folder / f"server-{n}"
            place.mkdir()
            program = ServerProgram(place, NEVER_CLOSED, database_url=config.database_url, data=config.data_dir)
            program.start()
            stack.callback(program.stop)
            addresses.append(program.url.removeprefix("http://"))
        return race(addresses, sessions)


def check(config: Config, outcome: Outcome, calls: int) -> None:
    """Nobody twice, nobody passed over, and the log tells the same."""
    everybody = {UUID(int=n) for n in range(1, calls + 1)}
    assert outcome.doubles == 0
    assert set(outcome.everybody) == everybody
    engines = open_engines(config.database, load_keys(config.keys, may_create=False))
    with engines.read.connect() as connection:
        states = connection.exec_driver_sql("SELECT state, count(*) FROM ticket GROUP BY state").all()
        counters = connection.exec_driver_sql("SELECT id, counter FROM ticket").all()
        seqs = (
            connection.exec_driver_sql("SELECT seq FROM event WHERE origin LIKE 'node%%' ORDER BY seq").scalars().all()
        )
        bodies = connection.exec_driver_sql("SELECT body FROM event WHERE type = 'ticket.called'").scalars().all()
    engines.dispose()
    assert not {state for state, _ in states} - {"called", "done"}
    told = {(str(ticket), counter) for counter, called in outcome.called.items() for ticket in called}
    assert {(row[0], row[1]) for row in counters} == told
    assert {(body["ticket"], body["counter"]) for body in map(json.loads, bodies)} == told
    assert len(bodies) == calls
    ended = dict(map(tuple, states)).get("done", 0)
    assert list(seqs) == list(range(1, calls + 2 * ended + 1))  # the node's own stream has neither gap nor double


@pytest.mark.parametrize(
    ("calls", "counters"),
    [
        pytest.param(5_000, 16 * 320, id="5000"),  # so many counters that most calls are nothing but a call
        pytest.param(100_000, 16, id="100000", marks=pytest.mark.long),
    ],
)
def test_many_counters_call_everybody_once(calls: int, counters: int, config: Config, tmp_path: Path) -> None:
    kind = "postgres" if config.database_url else "sqlite"
    outcome = run(config, tmp_path, SERVERS[kind], calls, counters)
    check(config, outcome, calls)
    print(f"{kind}: n={calls} doubles=0 {calls / outcome.seconds:.0f} calls/s by 16 processes")  # noqa: T201 its n


def test_the_race_shows_what_a_naive_server_does(migrated: Path, tmp_path: Path) -> None:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    assert naive_doubles(config_in(tmp_path), 200) > 0
