"""A server: the parent of kiosks, and of offices where it is the centre; an office's own has the centre above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.clock import Micros, in_lima
from domain.messages import Ack, Down, ExchangeResponse, Pull, Rejected, Stream
from domain.sync import Cursor, is_old_turn
from domain.tickets import series_names
from tests.simulate.disk import Log, ServerDisk
from tests.simulate.node import POISON, Crash, Node, Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.messages import Event, ExchangeRequest
    from tests.simulate.node import Asked
    from tests.simulate.world import World

SERIES = tuple(series_names())
SKIPPED = 8
"""How many series a restored server passes over for each of its lives: they may have been given and forgotten."""
FETCHED = 50
_EARLIEST, _LATEST = 1_577_836_800_000_000, 4_102_444_800_000_000


class Server(Node):
    """``fetching`` are the streams of which its parent has more, and how far they go."""

    disk: ServerDisk

    def __init__(self, world: World, name: str, parent: Server | None) -> None:
        super().__init__(world, name, parent)
        self.fetching: dict[Stream, int] = {}
        own = Stream(name, 1) if parent is None else parent.enrol(name)
        self.disk = ServerDisk(own, {own: Log()})

    @property
    def office(self) -> str:
        return self.name

    def start(self) -> None:
        if not self.is_up:
            self.fetching = {}
        super().start()

    # --- machines -----------------------------------------------------------------------------------------------

    def enrol(self, name: str) -> Stream:
        """The next life of the machine called ``name``."""
        known = [stream.epoch for stream in self.disk.logs if stream.origin == name]
        life = max([self.disk.lives.get(name, 0), *known]) + 1
        self.disk.lives[name] = life
        return Stream(name, life)

    def series_for(self, life: Stream) -> str:
        """A series for that life of a kiosk: the same when it asks again, else one that nobody had."""
        disk = self.disk
        if life not in disk.given:
            disk.given[life] = SERIES[disk.floor + (SKIPPED * disk.own.epoch if disk.is_old else 0)]
            disk.is_old = False
            self._saw(disk.given[life])
            told = self.append("kiosk.enrolled", in_lima(self.wall()).date())
            self.world.enrolled[told] = life, disk.given[life]
        return disk.given[life]

    def _saw(self, series: str) -> None:
        self.disk.floor = max(self.disk.floor, SERIES.index(series) + 1)

    def knows_its_machines(self) -> bool:
        """Whether it has all that the centre knows of the office. Before, it enrols nobody and gives no series."""
        return self.parent is None or (
            not self._take_stock
            and not self.fetching
            and all(one.cursor.upto == one.last for one in self.disk.held().values())
        )

    # --- the parent ---------------------------------------------------------------------------------------------

    def receive(self, child: Node, asked: Asked) -> None:
        """One request; the answer goes back after the commit, if the program lives so long."""
        if not self.is_up:
            return
        try:
            told = self._answer(child, asked)
            self.world.carry(child, child.hear, told)
        except Crash:
            self.crash()

    def _answer(self, child: Node, asked: Asked) -> Told:
        disk, request = self.disk, asked.request
        last = disk.turns.get(child.name, 0)
        if is_old_turn(last, asked.turn):
            return Told(asked.letter, self.losses, last, None)
        self.reach("before the commit")
        if self.world.build.is_forgotten_life(disk.own.epoch, request.known_parent_epoch):
            self.world.tell(self.name, "hears of a later life of its own")
            self.open_life(request.known_parent_epoch + 1)
        disk.turns[child.name] = asked.turn
        disk.lives[child.name] = max(disk.lives.get(child.name, 0), request.child_epoch)
        if request.credential:
            self._saw(request.credential.decode())
        acks = {push.stream: self._take_in(push.stream, push.events) for push in request.streams}
        if request.take_stock:
            acks |= {stream: self._ack(stream) for stream in disk.logs if self._is_below(stream, child, acks)}
        downs = tuple(self._down(pull, request) for pull in request.pull)
        self.committed()
        self.reach("before the answer")
        self.wake()
        now = Micros(min(max(self.wall(), _EARLIEST), _LATEST))
        response = ExchangeResponse(self.name, disk.own.epoch, tuple(acks.values()), downs, now)
        return Told(asked.letter, self.losses, 0, response)

    @staticmethod
    def _is_below(stream: Stream, child: Node, named: dict[Stream, Ack]) -> bool:
        return stream not in named and (stream.origin == child.name or stream.origin.startswith(f"{child.name}."))

    def _ack(self, stream: Stream) -> Ack:
        upto = self.disk.logs[stream].last
        return Ack(stream, upto, self._at_top(stream, upto))

    def _at_top(self, stream: Stream, upto: int) -> int:
        build = self.world.build
        if self.parent is None:
            return build.stored_at_top(upto, None, 0)
        return build.stored_at_top(upto, self.disk.cursors.get(stream, Cursor()), self.wall() - self.disk.heard_at)

    def _take_in(self, stream: Stream, events: tuple[Event, ...]) -> Ack:
        log = self.disk.logs.get(stream)
        if log is None:
            log = self.disk.logs[stream] = Log()
        verdict = self.world.build.judge(log.last, events, log.id_at)
        if self.world.build.commits_before_ack:
            self._store(log, verdict.fresh)
        else:
            self.world.after(2.0, self._store_late, stream, events, self.life)
        rejected = tuple(Rejected(one.seq, "bad_body") for one in events if one.body is POISON)
        return Ack(stream, verdict.upto, self._at_top(stream, verdict.upto), rejected, verdict.fork)

    def _store_late(self, stream: Stream, events: tuple[Event, ...], life: int) -> None:
        log = self.disk.logs.setdefault(stream, Log())
        if self.is_up and life == self.life:
            self._store(log, self.world.build.judge(log.last, events, log.id_at).fresh)

    def _store(self, log: Log, events: Iterable[Event]) -> None:
        for event in events:
            log.events.append(event)
            self._project(event)

    def _project(self, event: Event) -> None:
        disk = self.disk
        if event.body is POISON:
            disk.rejected.add(event.id)
        elif event.kind == "ticket.issued":
            number = self.world.numbers[event.id]
            if event.id in disk.tickets:
                self.world.doubled += 1
                self.world.violation(f"{self.name} has {number} in two places of its log")
            elif number in disk.numbers:
                self.world.violation(f"{self.name} has two tickets of one number: {number}")
            disk.tickets[event.id] = number
            disk.numbers[number] = event.id
            if event.office == self.name:
                self._saw(number[2])
        elif event.kind == "ticket.called":
            disk.calls.add(event.id)
        elif event.kind == "kiosk.enrolled" and event.office == self.name:
            life, series = self.world.enrolled[event.id]
            disk.lives[life.origin] = max(disk.lives.get(life.origin, 0), life.epoch)
            self._saw(series)

    def _down(self, pull: Pull, request: ExchangeRequest) -> Down:
        items: tuple[Any, ...]
        if pull.scope == "series":
            life = Stream(request.child, request.child_epoch)
            items = ((life, self.series_for(life)),) if self.knows_its_machines() else ()
        else:
            _, origin, epoch = pull.scope.split(":")
            log = self.disk.logs.get(Stream(origin, int(epoch)), Log())
            items = tuple(log.events[pull.after - log.base :][:FETCHED])
        return Down(pull.scope, self.disk.own.epoch, items, 0)  # objects where JSON would be: that costs most

    # --- the child ----------------------------------------------------------------------------------------------

    def call(self) -> None:
        """A clerk calls somebody."""
        self.disk.calls.add(self.append("ticket.called", in_lima(self.wall()).date()))
        self.committed()
        self.wake()

    def pulls(self) -> tuple[Pull, ...]:
        return tuple(
            Pull(f"log:{stream.origin}:{stream.epoch}", self.disk.parent_epoch, self._last(stream))
            for stream in self.fetching
        )

    def _last(self, stream: Stream) -> int:
        log = self.disk.logs.get(stream)
        return log.last if log else 0

    def news(self, response: ExchangeResponse, behind: dict[Stream, int]) -> None:
        self.disk.heard_at = self.wall()
        for down in response.down:
            _, origin, epoch = down.scope.split(":")
            stream = Stream(origin, int(epoch))
            if self._take_in(stream, down.items).fork:  # type: ignore[arg-type]
                self.world.violation(f"{self.name} fetched what it has otherwise: {stream}")
            if not down.items:  # a parent that was put back meanwhile has it no more
                self.fetching.pop(stream, None)
        wanted = {**self.fetching, **behind}
        self.fetching = {stream: upto for stream, upto in wanted.items() if upto > self._last(stream)}

    def wants_more(self) -> bool:
        return bool(self.fetching)
