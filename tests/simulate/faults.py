"""What can happen: mostly visitors and calls, and everything that goes wrong in an office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.sync import OLDEST_COPY_US
from tests.simulate import checks
from tests.simulate.disk import Log, ServerDisk
from tests.simulate.kiosk import Kiosk
from tests.simulate.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulate.disk import Disk
    from tests.simulate.node import Node
    from tests.simulate.world import World

HOUR = 3600.0
DAY = 24 * HOUR
POINTS = ("before the commit", "before the print", "before the answer", "before taking", "after taking")


def one(world: World) -> None:
    """One thing happens."""
    [act] = world.rng.choices(_ACTS, _WEIGHTS)
    act(world)


def visitor(world: World) -> None:
    kiosk = world.rng.choice(world.kiosks)
    if not kiosk.may_issue() or (kiosk.unaware and kiosk.next_number() in world.holders):
        return  # a store put back in silence, and nobody in reach to say so: it would repeat numbers (docs/sync.md)
    kiosk.issue()


def crowd(world: World) -> None:
    for _ in range(world.rng.randint(3, 12)):
        visitor(world)


def call(world: World) -> None:
    server = world.rng.choice(world.servers)
    if server.is_up:
        server.call()


def odd_event(world: World) -> None:
    kiosk = world.rng.choice(world.kiosks)
    if kiosk.is_up:
        kind, v, poison = world.rng.choice(
            (("kiosk.health", 1, False), ("kiosk.health", 1, True), ("kiosk.dream", 9, False))
        )
        kiosk.note(kind, v=v, poison=poison)


def crash(world: World) -> None:
    node = world.rng.choice(world.nodes)
    if not node.is_up:
        return
    if world.rng.random() < 0.4:
        node.crash()
        return
    node.fatal = world.rng.choice(POINTS)


def cut(world: World) -> None:
    child = world.rng.choice(world.children)
    child.cut_until = world.now + world.rng.choice((20.0, 120.0, 900.0, HOUR, 3 * DAY))
    world.tell(child.name, "is cut off", f" until {child.cut_until:.0f}")


def weather(world: World) -> None:
    rng = world.rng
    world.loss = rng.choice((0.0, 0.0, 0.05, 0.3))
    world.double = rng.choice((0.0, 0.1, 0.5))
    world.delay_s = rng.choice((0.02, 0.5, 6.0))


def clock(world: World) -> None:
    node = world.rng.choice(world.children)
    if isinstance(node, Kiosk):
        node.skew = round(
            1e6 * world.rng.choice((0, -DAY, DAY, -12 * HOUR, 10 * DAY, 1000 * DAY, 60 - world.micros() / 1e6))
        )
    else:
        node.skew = round(1e6 * world.rng.choice((0, -DAY, DAY)))
    world.tell(node.name, "has its clock set", f" off by {node.skew / 1e6:.0f} s")


def night(world: World) -> None:
    world.tell("*", "a night passes")
    world.leap(world.rng.uniform(8, 30) * HOUR)


def month(world: World) -> None:
    world.tell("*", "a month passes")
    world.leap(world.rng.uniform(29, 33) * DAY)


# --- disks ------------------------------------------------------------------------------------------------------


def backup(world: World) -> None:
    node = world.rng.choice(world.nodes)
    if _is_well(world, node):
        node.backups = [*node.backups[-2:], (world.now, node.disk.copy())]  # type: ignore[attr-defined]
        world.tell(node.name, "is copied")


def restore(world: World) -> None:
    """By command: the copy opens a new life, beyond the one that the disk shows if it can still be read."""
    node = world.rng.choice(world.nodes)
    copy = _copy_of(world, node)
    if copy is None or not _is_well(world, node):
        return
    can_read = world.rng.random() < 0.8 or node.tainted
    before = _replace(node, copy)
    if world.build.restores_open_a_life:
        node.open_life(max(copy.own.epoch, before.own.epoch if can_read else 0) + 1)
        if isinstance(node, Server):
            node.disk.is_old = True
    node.tainted |= not can_read
    world.tell(node.name, "is restored", f" and writes {node.disk.own}")
    _begin_again(world, node, before)


def put_back(world: World) -> None:
    """In silence: somebody put an old disk in, or the virtual machine went back to a snapshot."""
    node = world.rng.choice(world.nodes)
    copy = _copy_of(world, node)
    if copy is None or not _is_well(world, node) or not _comes_to_rest(world, _around(world, node)):
        return
    before = _replace(node, copy)
    node.tainted = True
    world.silent.append(node)
    if isinstance(node, Kiosk):
        node.unaware = True
    world.tell(node.name, "is put back in silence", f" and writes {node.disk.own}")
    _begin_again(world, node, before)
    if world.rng.random() < 0.5:  # and goes on writing for a while before anybody can tell
        node.cut_until = world.now + world.rng.choice((HOUR, 3 * DAY))
        night(world)


def lose_kiosk(world: World) -> None:
    """The disk is lost, mostly after all was sent; the machine is enrolled again."""
    kiosk = world.rng.choice(world.kiosks)
    has_sent = all(one.cursor.upto == one.last for one in kiosk.disk.held().values())
    in_reach = kiosk.parent.is_up and kiosk.parent.knows_its_machines() and world.now >= kiosk.cut_until
    if not in_reach or not (has_sent or world.rng.random() < 0.2) or not _is_well(world, kiosk):
        return
    before = kiosk.disk
    kiosk.losses += 1
    kiosk.is_up = False
    kiosk.enrol()
    kiosk.tainted = True  # whoever enrolled it may have forgotten a life
    world.tell(kiosk.name, "loses its disk", f" and is {kiosk.disk.own} with {kiosk.disk.series}")
    _begin_again(world, kiosk, before)


def lose_office(world: World) -> None:
    """The office's disk is lost without a copy; the centre and the kiosks refill it."""
    if not world.offices:
        return
    office = world.rng.choice(world.offices)
    if not world.top.is_up or world.now < office.cut_until or not _is_well(world, office):
        return
    own = world.top.enrol(office.name)
    before = _replace(office, ServerDisk(own, {own: Log()}, is_old=True))
    office.tainted = True
    world.tell(office.name, "loses its disk", f" and is {own}")
    _begin_again(world, office, before)


def _comes_to_rest(world: World, children: list[Node]) -> bool:
    """A good hour: everything that these have arrives."""
    world.loss, world.delay_s = 0.0, 0.02
    for child in children:
        child.cut_until = 0.0
        child.hurry()
    world.run_for(130.0)
    return checks.is_settled(children)


def _copy_of(world: World, node: Node) -> Disk | None:
    """A copy that may be put back: not too old, and without a ticket whose number was given to somebody else since."""
    young = [disk for taken, disk in node.backups if (world.now - taken) * 1e6 < OLDEST_COPY_US]
    copy = world.rng.choice(young) if young else None
    if copy is None or (world.repeated and world.repeated & copy.has()):
        return None
    return copy.copy()  # type: ignore[attr-defined, no-any-return]


def _replace(node: Node, disk: Disk) -> Disk:
    before = node.disk
    node.is_up = False
    node.losses += 1
    node.disk = disk
    node.disk.failures = 0
    return before


def _begin_again(world: World, node: Node, before: Disk) -> None:
    if node.synced is not None:
        node.synced = node.disk.copy()  # type: ignore[attr-defined]
    world.replaced(node, before)
    world.after(world.rng.choice((1.0, 60.0)), node.start)


def _around(world: World, node: Node) -> list[Node]:
    """The children whose exchange touches ``node``, up to the top."""
    if node is world.top:
        return world.children
    kiosks = [kiosk for kiosk in world.kiosks if node in (kiosk, kiosk.parent)]
    return [*kiosks, *(office for office in world.offices if office is node or office is node.parent)]


def _is_well(world: World, node: Node) -> bool:
    """Whether no store near ``node`` was put back in silence that is not well yet: two at once are beyond repair."""
    world.silent = [one for one in world.silent if not checks.is_settled(_around(world, one))]
    return not any(
        one is node or one is node.parent or one.parent is node or world.top in (one, node) for one in world.silent
    )


_WEIGHTED: tuple[tuple[int, Callable[[World], None]], ...] = (
    (36, visitor),
    (6, crowd),
    (10, call),
    (4, odd_event),
    (8, crash),
    (6, cut),
    (4, weather),
    (3, clock),
    (3, night),
    (2, month),
    (8, backup),
    (4, restore),
    (6, put_back),
    (2, lose_kiosk),
    (2, lose_office),
)
_WEIGHTS = [weight for weight, _ in _WEIGHTED]
_ACTS = [act for _, act in _WEIGHTED]
