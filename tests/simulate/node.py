"""A node of the exchange: its disk, the program that runs on it, and its turns to speak to the one above."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from domain.clock import Micros
from domain.messages import PROTOCOL, ClockReading, Event, ExchangeRequest, ExchangeResponse, Pull, Push, Stream
from domain.sync import LONGEST_DELAY_S, Cursor, Ripening, carried, next_batch_size, next_life, spans
from tests.simulate.disk import Disk, Log

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tests.simulate.server import Server
    from tests.simulate.world import World

TIMEOUT_S = 15.0
NEWS_EVERY_S = 60.0
STOCK_EVERY_S = 600.0
"""Those of `exchange.client` are 5 s and an hour: idle exchanges cost time and find nothing."""
EMPTY = msgspec.Raw(b"{}")
POISON = msgspec.Raw(b'{"no":"such shape"}')


class Crash(Exception):  # noqa: N818 an event of the story, not an error of ours
    """The power is cut at this point of the program."""


class Asked(NamedTuple):
    """A request on its way. ``letter`` is what HTTP and the signature tie the answer to."""

    letter: int
    turn: int
    request: ExchangeRequest


class Told(NamedTuple):
    """An answer on its way. ``response`` is None for a refused turn, whose last one is told; ``losses`` see `Node`."""

    letter: int
    losses: int
    last_turn: int
    response: ExchangeResponse | None


class Node:
    """``losses`` counts how often its disk was replaced, ``life`` how often the program was started.

    ``fatal`` names the point at which the program will die next. ``tainted`` is a node whose store was put back without
    a word, or made anew: its own stream may be another's, too. ``skew`` is by how much its clock is off, in
    microseconds; until ``cut_until`` nothing passes to its parent or back.
    """

    disk: Disk

    def __init__(self, world: World, name: str, parent: Server | None) -> None:
        self.world = world
        self.name = name
        self.parent = parent
        self.is_up = False
        self.life = 0
        self.losses = 0
        self.fatal = ""
        self.tainted = False
        self.skew = 0
        self.cut_until = 0.0
        self.backups: list[tuple[float, Disk]] = []
        self.synced: Disk | None = None
        self.has_tried = False
        self._letter = 0
        self._asked: ExchangeRequest | None = None
        self._alarm = 0
        self._batch = 1
        self._take_stock = True
        self._stock_s = 0.0
        self._failures = 0
        self._heard_losses = 0

    # --- the program --------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self.is_up:
            return
        self.life += 1
        self.is_up = True
        self.fatal = ""
        self._asked = None
        self._batch = 1
        self._take_stock = True
        self.has_tried = self.parent is None
        self._failures = self.disk.failures
        if self.parent is not None:
            self._ring_in(0.0)

    def crash(self) -> None:
        """The power is cut: what was not on the disk is gone."""
        self.is_up = False
        self.fatal = ""
        if self.synced is not None:
            self.disk = self.synced.copy()  # type: ignore[attr-defined]
        self.world.tell(self.name, "crashes")

    def reach(self, point: str) -> None:
        """The program gets to ``point``, and perhaps no further."""
        if self.fatal == point:
            raise Crash(point)

    def committed(self) -> None:
        """A transaction is on the disk. A build that does not wait for the disk gets there only now and then."""
        if not self.world.build.syncs_at_commit and self.world.rng.random() < 0.3:
            self.synced = self.disk.copy()  # type: ignore[attr-defined]

    def wall(self) -> Micros:
        """The machine's own clock."""
        return Micros(max(0, self.world.micros() + self.skew))

    # --- its own stream -----------------------------------------------------------------------------------------

    def append(self, kind: str, day: date, body: msgspec.Raw = EMPTY, v: int = 1) -> UUID:
        """Writes an event into the node's own stream, inside the caller's transaction."""
        disk = self.disk
        log = disk.logs[disk.own]
        ident = UUID(int=self.world.count())
        log.events.append(Event(ident, disk.own, log.last + 1, kind, v, self.wall(), self.office, day, body))
        return ident

    @property
    def office(self) -> str:
        """Whose events these are."""
        raise NotImplementedError

    def open_life(self, epoch: int) -> None:
        """From now on the node writes the stream of ``epoch``."""
        self.disk.own = Stream(self.name, epoch)
        self.disk.logs[self.disk.own] = Log()

    # --- a child's turn to speak --------------------------------------------------------------------------------

    def wake(self) -> None:
        """There is something new to send."""
        if self.parent is not None and self._asked is None and not self._failures:
            self._ring_in(0.0)

    def hurry(self) -> None:
        """Whatever it waits for, it asks now."""
        if self.parent is not None and self.is_up and self._asked is None:
            self._ring_in(0.0)

    def _ring_in(self, delay_s: float) -> None:
        self._alarm += 1
        self.world.after(delay_s, self._ring, self._alarm, self.life)

    def _ring(self, alarm: int, life: int) -> None:
        if self.is_up and life == self.life and alarm == self._alarm and self._asked is None:
            self._ask()

    def _ask(self) -> None:
        disk, world = self.disk, self.world
        held = disk.held()
        pushes = tuple(
            Push(span.stream, span.after + 1, disk.logs[span.stream].of(span) if span.count else ())
            for span in spans(held, self._batch)
        )
        take_stock = self._take_stock or world.now - self._stock_s >= STOCK_EVERY_S
        request = ExchangeRequest(
            PROTOCOL, self.name, disk.own.epoch, disk.parent_epoch, pushes, self.pulls(),
            ClockReading(self.wall(), world.now), "", 0, take_stock, self.credential(),
        )  # fmt: skip
        disk.turn = max(disk.turn + 1, self.wall())
        self._letter, self._asked = world.count(), request
        asked = Asked(self._letter, disk.turn, request)
        assert self.parent is not None
        world.carry(self, self.parent.receive, self, asked)
        world.after(TIMEOUT_S, self._give_up, self._letter, self.life)

    def pulls(self) -> tuple[Pull, ...]:
        """What it wants to hear of."""
        return ()

    def credential(self) -> bytes:
        """What it shows of itself."""
        return b""

    def _give_up(self, letter: int, life: int) -> None:
        if self.is_up and life == self.life and self._asked is not None and letter == self._letter:
            self._fail()

    def _fail(self) -> None:
        self._asked = None
        self.has_tried = True
        self._failures += 1
        self.disk.failures = self._failures
        self._batch = next_batch_size(self._batch, delivered=False)
        delay_s = self.world.build.retry_delay_s(self._failures, self.world.rng.random())
        if not 0 <= delay_s < LONGEST_DELAY_S:
            self.world.violation(f"{self.name} waits {delay_s:.0f} s after {self._failures} failures")
        self._ring_in(max(0.2, delay_s))

    def hear(self, told: Told) -> None:
        """An answer arrives, perhaps one that nobody waits for any more."""
        asked = self._asked
        if not self.is_up or asked is None:
            return
        if told.letter != self._letter and self.world.build.believes_only_its_answer:
            return
        if told.response is None:
            self.disk.turn = max(self.disk.turn, told.last_turn)
            self._fail()
            return
        try:
            self._take(asked, told, told.response)
        except Crash:
            self.crash()

    def _take(self, request: ExchangeRequest, told: Told, response: ExchangeResponse) -> None:
        disk = self.disk
        taken = self.world.build.take(disk.parent_epoch, disk.held(), response, request=request)
        self.reach("before taking")
        if taken.moved and told.losses < self._heard_losses:
            self.world.violation(f"{self.name} believes a former life of its parent")
        self._heard_losses = max(self._heard_losses, told.losses)
        disk.cursors.update(taken.moved)
        disk.parent_epoch = taken.parent_epoch
        epoch = next_life(taken, disk.own)
        if epoch > disk.own.epoch:
            if not self.tainted:
                self.world.violation(f"{self.name} finds another in its own stream, and nobody put it back in silence")
            self.world.tell(self.name, "begins a new life")
            self.open_life(epoch)
        for stream in sorted(taken.forked):
            self._carry_over(stream)
        if not self.world.build.waits_for_a_refill:
            self._go_on_without_the_deleted()
        self._check_acks(told, taken.moved)
        if taken.parent_epoch == response.parent_epoch and not taken.take_stock:  # else nothing was believed
            self._purge(response.server_time)
            self._stock_s = self.world.now if request.take_stock else self._stock_s
        self.news(response, taken.behind)
        self.committed()
        self.reach("after taking")
        self._succeed(
            taken.wait_s,
            more=taken.take_stock
            or (bool(taken.moved or taken.forked) and any(one.cursor.upto < one.last for one in disk.held().values()))
            or self.wants_more(),
            take_stock=taken.take_stock,
        )

    def _succeed(self, wait_s: float, *, more: bool, take_stock: bool) -> None:
        self._asked = None
        self.has_tried = True
        self._take_stock = take_stock
        self._failures = self.disk.failures = 0
        self._batch = next_batch_size(self._batch, delivered=True)
        self._ring_in(wait_s + (0.01 if more else NEWS_EVERY_S))

    def _carry_over(self, stream: Stream) -> None:
        if stream.origin != self.name:
            self.world.violation(f"{self.name} passes on a stream of two lives: {stream}")
        disk = self.disk
        refused = disk.logs[stream].cut(disk.cursors.get(stream, Cursor()).upto)
        own = disk.logs[disk.own]
        own.events.extend(carried(refused, disk.own, own.last))

    def _go_on_without_the_deleted(self) -> None:
        disk = self.disk
        cut = [stream for stream, held in disk.held().items() if held.is_cut and stream.origin == self.name]
        if cut:
            self.open_life(disk.own.epoch + 1)
        own = disk.logs[disk.own]
        for stream in cut:
            own.events.extend(carried(disk.logs[stream].events, disk.own, own.last))
            disk.logs[stream] = Log()

    def _check_acks(self, told: Told, moved: Iterable[Stream]) -> None:
        """What a parent acknowledged it has, through any crash; only a disk that was replaced may lack it."""
        assert self.parent is not None
        if self.parent.losses != told.losses:
            return
        for stream in moved:
            there = self.parent.disk.logs.get(stream)
            if self.disk.cursors[stream].upto > (there.last if there else 0):
                self.world.violation(f"{self.parent.name} acknowledged {stream} and does not have it")

    def _purge(self, now: Micros) -> None:
        disk = self.disk
        for stream, cursor in disk.cursors.items():
            before = disk.ripening.get(stream, _UNRIPE)
            after = self.world.build.ripened(before, cursor, now)
            if after is before:
                continue
            disk.ripening[stream] = after
            log = disk.logs.get(stream)
            if log and log.base < after.ripe <= log.last:
                top = self.world.top.disk.logs.get(stream)
                if after.ripe > (top.last if top else 0):
                    self.world.violation(f"{self.name} deletes of {stream} what the top lacks")
                self.world.tell(self.name, "deletes", f" {stream} up to {after.ripe}")
                self.world.purged += after.ripe - log.base
                log.purge(after.ripe, keeps_ids=self.world.build.keeps_ids)

    def news(self, response: ExchangeResponse, behind: dict[Stream, int]) -> None:
        """What came down, and which streams could be fetched."""

    def wants_more(self) -> bool:
        """Whether something could be fetched at once."""
        return False


_UNRIPE = Ripening()
