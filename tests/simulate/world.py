"""One seed's world: a centre, offices and kiosks, a network, and all that happens to them in virtual time."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from domain.clock import Micros
from tests.simulate import checks, faults
from tests.simulate.kiosk import Kiosk
from tests.simulate.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from domain.messages import Stream
    from tests.simulate.builds import Build
    from tests.simulate.disk import Disk, Number
    from tests.simulate.node import Node

BEGIN = 1_796_000_000
"""Some morning at the end of 2026, in seconds."""
ACTS = 90
ROUNDS = 60
"""In how many minutes of calm everything must have come to rest."""


class ViolationError(Exception):
    """An invariant does not hold; nothing after it would tell more."""


class World:
    """``silent`` are the nodes whose store was put back without a word, while nobody has noticed or all is not well.

    ``enrolled`` are the lives and series of kiosks, ``numbers`` the tickets that were ever committed, ``excused`` those
    of them that no rule could keep: never acknowledged by anybody when the disk was lost, or lost by a second disaster
    before the first was repaired; ``repeated`` those of these whose number was given again.
    """

    def __init__(self, seed: int, build: Build, *, tells: bool = False) -> None:
        self.rng = random.Random(seed)
        self.build = build
        self.now = 0.0
        self.story: list[str] | None = [] if tells else None
        self.tally: Counter[str] = Counter()
        self.violations: list[str] = []
        self.numbers: dict[UUID, Number] = {}
        self.kiosk_of: dict[UUID, Kiosk] = {}
        self.holders: dict[Number, UUID] = {}
        self.excused: set[UUID] = set()
        self.orphans: set[UUID] = set()
        self.repeated: set[UUID] = set()
        self.poison: set[UUID] = set()
        self.enrolled: dict[UUID, tuple[Stream, str]] = {}
        self.silent: list[Node] = []
        self.lost = self.doubled = self.purged = 0
        self.loss = self.double = 0.0
        self.delay_s = 0.02
        self._counted = 0
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._build()

    def _build(self) -> None:
        rng = self.rng
        self.top = Server(self, "c", None)
        offices = [] if rng.random() < 0.15 else [Server(self, f"o{n}", self.top) for n in range(1, rng.randint(2, 4))]
        homes = [self.top, *offices] if not offices or rng.random() < 0.3 else offices
        self.servers = [self.top, *offices]
        self.offices = offices
        self.kiosks = [Kiosk(self, f"{home.name}.k{n}", home) for home in homes for n in range(1, rng.randint(2, 4))]
        self.nodes: list[Node] = [*self.servers, *self.kiosks]
        self.children: list[Node] = [*offices, *self.kiosks]
        for node in self.nodes:
            node.start()

    # --- time and network ---------------------------------------------------------------------------------------

    def count(self) -> int:
        """A number that nothing else has."""
        self._counted += 1
        return self._counted

    def micros(self) -> Micros:
        """The true time."""
        return Micros(round((BEGIN + self.now) * 1_000_000))

    def after(self, delay_s: float, act: Callable[..., None], *args: Any) -> None:
        """Lets something happen later."""
        heapq.heappush(self._agenda, (self.now + delay_s, self.count(), act, args))

    def carry(self, child: Node, arrive: Callable[..., None], *args: Any) -> None:
        """Brings a message over the line between ``child`` and its parent: once, twice, late or never."""
        rng = self.rng
        if self.now < child.cut_until or rng.random() < self.loss:
            return
        self.after(rng.expovariate(1 / self.delay_s), arrive, *args)
        if rng.random() < self.double:
            self.after(rng.expovariate(0.1 / self.delay_s), arrive, *args)

    def run_for(self, seconds: float) -> None:
        """Lets time pass."""
        until, agenda = self.now + seconds, self._agenda
        while agenda and agenda[0][0] <= until:
            when, _, act, args = heapq.heappop(agenda)
            self.now = max(self.now, when)
            act(*args)
        self.now = until

    def leap(self, seconds: float) -> None:
        """Time passes, and nothing was done meanwhile: what was on its way arrives now."""
        self.now += seconds
        self.run_for(0.0)

    # --- what is noted ------------------------------------------------------------------------------------------

    def tell(self, who: str, what: str, more: str = "") -> None:
        """Adds a line to the story."""
        self.tally[what] += 1
        if self.story is not None:
            self.story.append(f"{self.now:12.2f}  {who:6} {what}{more}")

    def violation(self, what: str) -> None:
        """An invariant does not hold."""
        self.tell("!", "violation", f": {what}")
        self.violations.append(what)
        raise ViolationError(what)

    def issued(self, kiosk: Kiosk, ident: UUID, number: Number) -> None:
        """A ticket is committed."""
        holder = self.holders.get(number)
        self.numbers[ident] = number
        self.kiosk_of[ident] = kiosk
        self.holders[number] = ident
        if holder is not None:
            self.repeated.add(holder)
        if self.story is not None:
            self.tell(kiosk.name, "issues", f" {number[2]}-{number[3]:03d} of {number[1]} as {kiosk.disk.own}")
        if holder is not None and holder not in self.excused:
            self.violation(f"{number} twice")

    def replaced(self, node: Node, before: Disk) -> None:
        """A node's disk was replaced: what nobody else has is excused, if its kiosk's disk was lost."""
        here = before.has() - node.disk.has()
        if isinstance(node, Kiosk):
            self.orphans |= here
        gone = here & self.orphans - self.excused
        if gone:
            self.excused |= gone.difference(*(other.disk.has() for other in self.nodes))

    # --- the whole run ------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Lives through the seed's story; afterwards `violations`, `lost` and `doubled` say how it was."""
        try:
            for _ in range(ACTS):
                self.run_for(self.rng.expovariate(1 / 8))
                faults.one(self)
            self._calm()
            checks.everything(self)
        except ViolationError:
            pass

    def _calm(self) -> None:
        """From now on everything is in reach, and nothing more happens: it must come to rest."""
        self.tell("*", "calm")
        self.loss = self.double = 0.0
        self.delay_s = 0.02
        for node in self.nodes:
            node.cut_until = 0.0
            node.skew = 0
            node.fatal = ""
            node.start()
        for _ in range(ROUNDS):
            for child in self.children:
                child.hurry()
            self.run_for(60.0)
            if checks.is_settled(self.children):
                return
        self.violation("no rest: " + ", ".join(f"{one.name}" for one in self.children if not checks.is_settled([one])))
