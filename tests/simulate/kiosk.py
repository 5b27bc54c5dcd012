"""A kiosk: it gives out numbers, and needs nobody for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.messages import Pull
from domain.sync import is_believable
from tests.simulate.disk import KioskDisk, Log
from tests.simulate.node import POISON, Crash, Node

if TYPE_CHECKING:
    from domain.messages import ExchangeResponse, Stream
    from tests.simulate.disk import Number
    from tests.simulate.server import Server
    from tests.simulate.world import World


class Kiosk(Node):
    """``offset`` is what it adds to its clock, as its program has it in memory.

    It is ``unaware`` while its store was put back in silence and no parent has spoken to it since.
    """

    disk: KioskDisk
    parent: Server

    def __init__(self, world: World, name: str, parent: Server) -> None:
        super().__init__(world, name, parent)
        self.offset = 0
        self.unaware = False
        self.enrol()

    @property
    def office(self) -> str:
        return self.parent.name

    def enrol(self) -> None:
        """On a new disk, under a new life and a series that no other had."""
        own = self.parent.enrol(self.name)
        former = self.disk.series if self.losses and not self.world.build.new_disk_new_series else ""
        self.disk = KioskDisk(own, {own: Log()}, series=former or self.parent.series_for(own))

    def open_life(self, epoch: int) -> None:
        super().open_life(epoch)
        self.disk.awaits_series = True

    def crash(self) -> None:
        super().crash()
        self.offset = 0

    def now(self) -> Micros:
        """The corrected time."""
        return Micros(self.wall() + self.offset)

    def next_number(self) -> Number:
        """What the next ticket will say."""
        day = self.world.build.business_day(self.disk.day, self.now())
        return self.office, day, self.disk.series, (self.disk.n if day == self.disk.day else 0) + 1

    def may_issue(self) -> bool:
        """After a start it looks whether its parent knows better, if it can."""
        return self.is_up and self.has_tried and not self.disk.awaits_series

    def issue(self) -> None:
        """Somebody takes a turn; the paper is printed after the commit."""
        disk = self.disk
        number = self.next_number()
        try:
            self.reach("before the commit")
            if disk.day is not None and number[1] < disk.day:
                self.world.violation(f"{self.name} goes back from {disk.day} to {number[1]}")
            ident = self.append("ticket.issued", number[1])
            disk.day, disk.n = number[1], number[3]
            self.world.issued(self, ident, number)
            self.committed()
            self.reach("before the print")
        except Crash:
            self.crash()
        else:
            self.wake()

    def note(self, kind: str, *, v: int = 1, poison: bool = False) -> None:
        """Something else happens: known, of a later version, or of no shape at all."""
        day = self.world.build.business_day(self.disk.day, self.now())
        ident = self.append(kind, day, POISON, v) if poison else self.append(kind, day, v=v)
        if poison:
            self.world.poison.add(ident)
        self.committed()
        self.wake()

    def pulls(self) -> tuple[Pull, ...]:
        return (Pull("series", self.disk.parent_epoch, 0),) if self.disk.awaits_series else ()

    def credential(self) -> bytes:
        return self.disk.series.encode()

    def news(self, response: ExchangeResponse, behind: dict[Stream, int]) -> None:
        del behind
        self.unaware = False
        for down in response.down:
            for life, series in down.items:  # type: ignore[misc]
                if life == self.disk.own and self.disk.awaits_series:
                    self.disk.series, self.disk.awaits_series, self.disk.n = series, False, 0
        error = response.server_time - self.now()
        if abs(error) > 1_000_000 and is_believable(self.now(), error):
            self.offset += error
