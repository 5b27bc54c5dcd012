"""The invariants that are looked at when all is at rest; those of single steps stand where the steps are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.sync import Cursor
from tests.simulate.disk import Log
from tests.simulate.node import POISON
from tests.simulate.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulate.node import Node
    from tests.simulate.world import World

_NOTHING = Log()


def is_settled(children: Sequence[Node]) -> bool:
    """Whether ``children`` and their parents have the same, know it, and want nothing more."""
    return all(_is_settled(child) for child in children)


def _is_settled(child: Node) -> bool:
    parent, disk = child.parent, child.disk
    assert parent is not None
    if not child.is_up or not parent.is_up or getattr(disk, "awaits_series", False):
        return False
    there = parent.disk.logs
    for stream, log in disk.logs.items():
        last = log.last
        if disk.cursors.get(stream, _START) != Cursor(last, last):
            return False
        if (stream is disk.own or isinstance(child, Server)) and there.get(stream, _NOTHING).last != last:
            return False
    below = f"{child.name}."
    return not isinstance(child, Server) or all(
        stream in disk.logs or not log.last or not (stream.origin == child.name or stream.origin.startswith(below))
        for stream, log in there.items()
    )


_START = Cursor()


def everything(world: World) -> None:
    """What must hold at the end of every story."""
    tickets_are_everywhere_once(world)
    streams_are_the_same_at_every_hop(world)
    calls_are_back(world)
    poison_is_set_aside(world)


def tickets_are_everywhere_once(world: World) -> None:
    missing = [
        (number, server.name)
        for ident, number in world.numbers.items()
        if ident not in world.excused
        for server in {world.kiosk_of[ident].parent, world.top}
        if ident not in server.disk.tickets
    ]
    if missing:
        world.lost += len({number for number, _ in missing})
        world.violation(f"{len(missing)} lost, one of them {missing[0][0]} in {missing[0][1]}")


def streams_are_the_same_at_every_hop(world: World) -> None:
    for node in world.nodes:
        for stream, log in node.disk.logs.items():
            for seq, event in enumerate(log.events, log.base + 1):
                if event.seq != seq or event.stream != stream:
                    world.violation(f"{node.name} has a gap in {stream} at {seq}")
    for child in world.children:
        assert child.parent is not None
        for stream, log in child.disk.logs.items():
            above = child.parent.disk.logs.get(stream, _NOTHING)
            for seq in range(max(log.base, above.base) + 1, min(log.last, above.last) + 1):
                if log.id_at(seq) != above.id_at(seq):
                    world.violation(f"{child.name} and {child.parent.name} differ in {stream} at {seq}")


def calls_are_back(world: World) -> None:
    """What an office did and the centre heard of, the office knows, whatever its disk went through."""
    for stream, log in world.top.disk.logs.items():
        office = next((one for one in world.offices if one.name == stream.origin), None)
        if office is not None and any(
            event.id not in office.disk.calls for event in log.events if event.kind == "ticket.called"
        ):
            world.violation(f"{office.name} does not know its own calls in {stream}")


def poison_is_set_aside(world: World) -> None:
    for server in world.servers:
        for log in server.disk.logs.values():
            if any((event.body is POISON) != (event.id in server.disk.rejected) for event in log.events):
                world.violation(f"{server.name} did not set aside what it cannot use")
