"""A year of two offices that number from a centre's series, in virtual time, over the production's own functions.

Half of the time an office does not reach the centre. Answers are lost; an office's database is put back to a copy whose
successor can still be read, the other's disk dies, and the centre is put back, too. A story is its seed's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import StaticPool

from domain.calendar import Calendar, Hours
from domain.clock import Micros, micros
from domain.filings import FilingRules, NumbersFrom
from domain.leases import Former
from domain.messages import NumbersLeased, Stream, to_json
from server.filing.blocks import offers, take
from server.filing.reception import Hand, Reception
from server.keys import Keys
from server.reading import LoosePush, read_push
from server.store import upstream
from server.store.entry import Entry
from server.store.kiosks import Kiosk
from server.store.log import logged, stored_as
from server.store.moves import OWN_LIFE, life_of
from server.store.node import found_node, open_life, read_former, read_node
from server.store.schema import metadata
from server.store.writer import Transaction
from server.taking import Source, finish, take_push
from tests.server.filing.conftest import FORM

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from server.store.filings import Filing
    from server.store.node import Node

AGE_OF_COPY = {"tacna": 2, "puno": 5, "centre": 14}
"""In days, when it is put back."""
BEGIN, DAYS = date(2027, 7, 1), 366
RULES = FilingRules(siglas="INS", numbers_from=NumbersFrom.CENTRE)
KEYS = Keys(b"d" * 32, b"s" * 32, b"e" * 32)
CALENDAR = Calendar(Hours())


class Store:
    """A node's database in memory, and copies of it."""

    def __init__(self, now: Micros) -> None:
        self._raw = sqlcipher.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.engine: Engine = create_engine(
            "sqlite://", module=sqlcipher, creator=lambda: self._raw, poolclass=StaticPool
        )
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            self.node: Node = found_node(connection, now, KEYS.seal_public)

    def copy(self) -> Any:
        copied = sqlcipher.connect(":memory:", isolation_level=None)
        self._raw.backup(copied)
        return copied

    def put_back(self, copy: Any, now: Micros, *, is_read: bool) -> None:
        """What the command that restores does; ``is_read`` is whether it can read what it replaces."""
        former, epoch = self.former() if is_read else (None, self.epoch())
        copy.backup(self._raw)
        with self.engine.begin() as connection:
            open_life(connection, now, above=epoch, former=former)

    def epoch(self) -> int:
        with self.engine.begin() as connection:
            node = read_node(connection)
            assert node is not None
            return node.epoch

    def former(self) -> tuple[Former, int]:
        """As `server.backup.contents` has it."""
        with self.engine.begin() as connection:
            known, epoch = read_former(connection), self.node.epoch
            rows = connection.execute(
                text("SELECT s.epoch, s.upto, n.epoch AS present FROM stream s, node n WHERE s.origin = n.id")
            ).all()
            epoch = rows[0].present
            return Former(epoch if known is None else known.since, {row.epoch: row.upto for row in rows}), epoch


@dataclass
class Desk:
    """An office: its database, its line, and all that it ever wrote on paper."""

    name: str
    nth: int
    store: Store
    busy: int
    offline: bool = False
    until: int = 0
    paper: list[Filing] = field(default_factory=list)

    @property
    def machine(self) -> Kiosk:
        return Kiosk(self.store.node.id, self.name)


class Year:
    """Lives through it. ``paper`` of each desk is what citizens hold, whatever databases forget."""

    def __init__(self, seed: int, days: int = DAYS) -> None:
        self._days = days
        self._dice = random.Random(seed)
        self.now = micros(datetime(BEGIN.year, BEGIN.month, BEGIN.day, 13, tzinfo=UTC))
        self.centre = Store(self.now)
        self.desks = [
            Desk(name, nth, Store(self.now), busy) for nth, (name, busy) in enumerate((("tacna", 4), ("puno", 2)), 1)
        ]
        days = sorted(self._dice.sample(range(20, days - 20), 3))
        self._put_back = dict(zip(days, self._dice.sample(["tacna", "puno", "centre"], 3), strict=True))
        self._copies: dict[str, Any] = {}
        self._hour = self._dice.randint(0, 1)
        self.tally: dict[str, int] = {"filings": 0, "offline_days": 0, "own_siglas": 0}

    def live(self) -> None:
        """The whole year; at its end all is in reach, and told."""
        for desk in self.desks:
            self._exchange(desk, loses=False)  # nobody founds an office without the centre
            self._exchange(desk, loses=False)
        for day in range(self._days):
            self._day(day)
        for desk in self.desks:
            for _ in range(4):
                self._exchange(desk, loses=False)

    def _day(self, day: int) -> None:
        morning = micros(datetime(BEGIN.year, BEGIN.month, BEGIN.day, 13, tzinfo=UTC) + timedelta(days=day))
        for name in ("tacna", "puno", "centre"):
            if self._put_back.get(day + AGE_OF_COPY[name]) == name:
                self._copies[name] = self._store(name).copy()
        for desk in self.desks:
            self._weather(desk, day)
        works = (BEGIN + timedelta(days=day)).weekday() < 5 or day in self._put_back
        for hour in range(2):
            self.now = Micros(morning + hour * 4 * 3_600_000_000)
            for desk in self._dice.sample(self.desks, 2):
                if works:
                    self._receive(desk)
                if works and not desk.offline:
                    self._exchange(desk, loses=self._dice.random() < 0.1)
            if hour == self._hour and day in self._put_back:
                self._restore(self._put_back[day])
        if (BEGIN + timedelta(days=day)).strftime("%m-%d") == "01-04":  # a clock goes back over the year's turn
            self.now = micros(datetime(BEGIN.year, 12, 31, 23, 59, 59, tzinfo=UTC))
            self._receive(self.desks[0], 3)

    def _weather(self, desk: Desk, day: int) -> None:
        """Lines are cut for up to three weeks, and there for as long."""
        if day >= desk.until:
            desk.offline = not desk.offline
            desk.until = day + self._dice.randint(1, 21)
        self.tally["offline_days"] += desk.offline

    def _store(self, name: str) -> Store:
        return self.centre if name == "centre" else next(desk.store for desk in self.desks if desk.name == name)

    def _restore(self, name: str) -> None:
        is_read = self._dice.random() < 0.5
        self._store(name).put_back(self._copies[name], self.now, is_read=is_read)
        self.tally[f"restored_{name}"] = 1 + is_read

    def _receive(self, desk: Desk, times: int | None = None) -> None:
        for _ in range(self._dice.randint(0, desk.busy) if times is None else times):
            self.now = Micros(self.now + 60_000_000)
            with desk.store.engine.begin() as connection:
                hall = Reception(
                    Transaction(connection), desk.store.node, KEYS, CALENDAR, RULES, Hand(desk.name, "ana", "1"),
                    self.now, is_top=False,
                )  # fmt: skip
                received = hall.receive(replace(FORM, id=UUID(int=self._dice.getrandbits(128))))
            desk.paper.append(received)
            self.tally["filings"] += 1
            self.tally["own_siglas"] += not received.expediente.startswith("INS")

    # --- the exchange -------------------------------------------------------------------------------------------

    def _exchange(self, desk: Desk, *, loses: bool) -> None:
        """Sends what the centre lacks and takes what it offers and has beyond; ``loses`` is the answer."""
        with desk.store.engine.begin() as below, self.centre.engine.begin() as above:
            self._push(desk, below, above)
            told = offers(above, desk.name, RULES, self.now)
        if loses:
            return
        with desk.store.engine.begin() as below, self.centre.engine.begin() as above:
            self._refill(desk, below, above)
            upstream.keep(below, in_step=1)
            for body in told:
                take(Transaction(below), desk.store.node, desk.name, _again(body), self.now)

    def _push(self, desk: Desk, below: Connection, above: Connection) -> None:
        for stream, upto in _streams(below, desk.store.node.id).items():
            stored = stored_as(stream, desk.name)
            known = _streams(above, stored.origin).get(stored, 0)
            source = Source(desk.machine, stored, life_of(desk.nth, stream.epoch), is_settled=True)
            self._carry(below, stream, above, source, known, upto)

    def _refill(self, desk: Desk, below: Connection, above: Connection) -> None:
        origin = desk.store.node.id
        held = _streams(below, origin)
        for stored, upto in _streams(above, f"{desk.name}/{origin}").items():
            stream = Stream(origin, stored.epoch)
            source = Source(desk.machine, stream, OWN_LIFE + stream.epoch, is_settled=True, goes_up=True, is_own=True)
            self._carry(above, stored, below, source, held.get(stream, 0), upto)

    def _carry(
        self, sender: Connection, stream: Stream, taker: Connection, source: Source, known: int, upto: int
    ) -> None:
        while known < upto:
            events = logged(sender, stream, known, 500)
            push = LoosePush(
                Stream(stream.origin.rpartition("/")[2], stream.epoch), known + 1,
                tuple(msgspec.Raw(to_json(one)) for one in events),
            )  # fmt: skip
            entry = Entry(Transaction(taker), is_alone=True)
            take_push(entry, read_push(source.machine, push), source, self.now)
            finish(entry)
            known += len(events)


def _again(body: NumbersLeased) -> NumbersLeased:
    """As it comes over the wire."""
    return msgspec.json.decode(to_json(body), type=NumbersLeased)


def _streams(connection: Connection, origin: str) -> dict[Stream, int]:
    rows = connection.execute(
        text("SELECT epoch, upto FROM stream WHERE origin = :origin ORDER BY epoch"), {"origin": origin}
    )
    return {Stream(origin, row.epoch): row.upto for row in rows}
