"""A year of an office looked back on: 100,000 stays on an encrypted SQLite file, against reading the bare rows."""

from __future__ import annotations

import random
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, text

from assets import translations
from domain.clock import Micros
from domain.statistics import Days
from server.clock import SystemClock
from server.exports import Cell, csv_chunks, xlsx
from server.history import History
from server.keys import Keys
from server.projection import start_of_day
from server.store.engine import open_engines
from server.store.migrate import migrate
from server.store.schema import attention, ticket
from server.web.admin.sheets import stay_columns, stay_rows
from tests.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.store.engine import Engines

STAYS_A_DAY = 400
WORKDAYS = 250
YEAR = Days(date(2026, 1, 1), date(2026, 12, 31))
_MIN = 60 * 1_000_000
_BARE = text(
    "SELECT business_day, service, preferential, counter, clerk, waiting_since, called_at, calls, serving_at, ended_at,"
    " outcome FROM attention WHERE office = 'lima' AND business_day BETWEEN '2026-01-01' AND '2026-12-31'"
)


def figures() -> Iterator[Figure]:
    """Reports and exports of that year."""
    with tempfile.TemporaryDirectory() as folder:
        engines = open_engines(f"sqlite:///{Path(folder) / 'year.db'}", Keys(b"d" * 32, b"s" * 32))
        migrate(engines.write)
        _fill(engines)
        yield from _measure(engines)
        engines.dispose()


def _measure(engines: Engines) -> Iterator[Figure]:
    past = History(clock=SystemClock(), read=engines.read)
    how = f"{STAYS_A_DAY * WORKDAYS} stays of {WORKDAYS} days on SQLCipher"
    with engines.read.connect() as connection:
        bare = _seconds(lambda: connection.execute(_BARE).all())
    yield Figure(
        "history.year_s", _seconds(lambda: past.report("lima", YEAR)), "s", f"{how}; limit: its bare rows", bare
    )
    day = Days(YEAR.first, YEAR.first)
    yield Figure("history.day_s", _seconds(lambda: past.report("lima", day)), "s", f"one day among {how}")
    texts = translations("server", "es")
    columns = stay_columns(texts)

    def rows() -> Iterator[list[Cell]]:
        return stay_rows(past.lines("lima", YEAR), {}, {}, texts)

    yield Figure("history.csv_s", _seconds(lambda: sum(map(len, csv_chunks(columns, rows())))), "s", how)
    yield Figure("history.xlsx_s", _seconds(lambda: len(xlsx("Atenciones", columns, rows()))), "s", how)


def _seconds(do: Callable[[], object]) -> float:
    before = time.perf_counter()
    do()
    return round(time.perf_counter() - before, 3)


def _fill(engines: Engines) -> None:
    chance = random.Random(5)
    with engines.write.begin() as connection:
        for number in range(WORKDAYS):
            day = YEAR.first + timedelta(number)
            tickets, stays = [], []
            for n in range(1, STAYS_A_DAY + 1):
                one = _visit(chance, day, number, n)
                tickets.append(one[0])
                stays.append(one[1])
            connection.execute(insert(ticket), tickets)
            connection.execute(insert(attention), stays)


def _visit(chance: random.Random, day: date, number: int, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    id_ = UUID(int=number * 100_000 + n)
    issued = start_of_day(day) + 8 * 60 * _MIN + chance.randrange(8 * 60) * _MIN
    called = issued + int(chance.expovariate(1 / 12) * _MIN)
    service = chance.choice(("tramite", "consulta", "copias"))
    common = {"office": "lima", "business_day": day, "service": service, "preferential": n % 5 == 0, "calls": 1}
    turn = {
        "id": id_, "series": "A", "n": n, "language": "es", "issued_at": issued, "nonce_hash": id_.bytes,
        "origin": "sala-1", "epoch": 1, "seq": number * 1000 + n, "state": "done", "changed_at": called,
        "lined_up_at": issued, "announced": 1, "let_pass": 0, "moved_life": 0,
        "moved_seq": 0,
    }  # fmt: skip
    stay = {
        "ticket": id_, "counter": str(n % 8 + 1), "clerk": f"operador-{n % 8}", "waiting_since": issued,
        "called_at": Micros(called), "serving_at": called + _MIN, "outcome": "done",
        "ended_at": called + int(chance.expovariate(1 / 6) * _MIN) + _MIN,
    }  # fmt: skip
    return common | turn, common | stay
