"""Runs seeds: `python -m tests.simulate --seeds 1000 --first 1`; `--first 17 --tell` tells one seed's story."""

from __future__ import annotations

import argparse
import gc
import sys
from collections import Counter
from dataclasses import dataclass, field
from time import process_time
from typing import TYPE_CHECKING

import msgspec

from tests.simulate.builds import BROKEN, OURS, broken
from tests.simulate.world import World

if TYPE_CHECKING:
    from tests.simulate.builds import Build


@dataclass(slots=True)
class Outcome:
    """What many seeds came to."""

    seeds: int = 0
    tickets: int = 0
    lost: int = 0
    doubled: int = 0
    violations: int = 0
    failing_seeds: list[int] = field(default_factory=list)

    def add(self, seed: int, world: World) -> None:
        self.seeds += 1
        self.tickets += len(world.numbers)
        self.lost += world.lost
        self.doubled += world.doubled
        self.violations += len(world.violations)
        if world.violations:
            self.failing_seeds.append(seed)


def live(seed: int, build: Build = OURS, *, tells: bool = False) -> World:
    """One seed, from its first visitor to its last check."""
    world = World(seed, build, tells=tells)
    world.run()
    return world


def main(arguments: list[str]) -> int:
    """The command line; 0 if every invariant held."""
    parser = argparse.ArgumentParser(prog="simulate", description="The exchange, lived through in virtual time.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--broken", choices=list(BROKEN), help="a build that was broken on purpose")
    parser.add_argument("--tell", action="store_true", help="one seed only: tell its story")
    chosen = parser.parse_args(arguments)
    build = broken(chosen.broken) if chosen.broken else OURS
    outcome, tally, began = Outcome(), Counter[str](), process_time()
    for seed in range(chosen.first, chosen.first + (1 if chosen.tell else chosen.seeds)):
        world = live(seed, build, tells=chosen.tell)
        outcome.add(seed, world)
        if outcome.seeds % 100 == 0:
            gc.collect()
        tally += world.tally
        for line in world.story or ():
            print(line)
        for violation in world.violations:
            print(f"seed {seed}: {violation}")
    took_s = process_time() - began
    print(" ".join(f"{name}={count}" for name, count in sorted(tally.items())))
    print(f"{outcome.seeds / took_s:.1f} seeds/s of one core")
    print(msgspec.json.encode(outcome).decode())
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    gc.disable()  # a world is dropped whole; see above
    sys.exit(main(sys.argv[1:]))
