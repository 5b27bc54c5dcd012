"""The exchange lived through: every seed of ours holds, and each build that was broken on purpose does not."""

from __future__ import annotations

import gc
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.simulate.__main__ import Outcome, live, main
from tests.simulate.builds import BROKEN, OURS, broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulate.builds import Build

SEEDS = 1000
PARTS = 8
WITHIN: dict[str, tuple[int, int]] = {
    "an old word of the top is passed on": (940, 30),
    "late answers of a former life believed": (100, 40),
    "ids deleted with their events": (230, 40),
}
"""Where a broken build needs a rare story: the first seed, and how many. All others fail within the first 100."""


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Worlds are dropped whole, in the end: looking for what could be freed meanwhile is a tenth of the time."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()


def _lived(first: int, seeds: int, build: Build = OURS) -> tuple[Outcome, Counter[str]]:
    outcome, tally = Outcome(), Counter[str]()
    for seed in range(first, first + seeds):
        world = live(seed, build)
        outcome.add(seed, world)
        tally += world.tally
    return outcome, tally


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_or_doubled_whatever_happens(part: int) -> None:
    count = SEEDS // PARTS
    outcome, tally = _lived(1 + part * count, count)
    assert outcome.failing_seeds == []
    assert (outcome.lost, outcome.doubled, outcome.violations) == (0, 0, 0)
    assert outcome.tickets > 20 * count
    # the stories are worth telling
    for happening, times in {
        "crashes": 200, "is restored": 40, "is put back in silence": 20, "loses its disk": 50,
        "begins a new life": 10, "deletes": 200, "has its clock set": 100, "is cut off": 300,
    }.items():  # fmt: skip
        assert tally[happening] >= times, happening


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_build_does_not_pass(name: str) -> None:
    first, seeds = WITHIN.get(name, (1, 100))
    assert any(live(seed, broken(name)).violations for seed in range(first, first + seeds))


def test_a_seed_is_the_same_story_every_time() -> None:
    first, second = (live(41, tells=True) for _ in range(2))
    assert first.story
    assert first.story == second.story


def test_the_command_ends_with_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "3", "--first", "5"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told.pop("tickets") > 0
    assert told == {"seeds": 3, "lost": 0, "doubled": 0, "violations": 0, "failing_seeds": []}


def test_the_command_fails_with_a_seed_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--broken", "no fsync"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["failing_seeds"][0] == 1
    assert lines[0].startswith("seed 1: ")


@pytest.mark.long
@pytest.mark.parametrize("part", range(100))
def test_nothing_is_lost_or_doubled_in_100_000_seeds(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    outcome, _ = _lived(1 + 1000 * part, 1000)
    with capsys.disabled():
        print(f"\nsimulated n=1000 from={1 + 1000 * part} tickets={outcome.tickets} lost={outcome.lost}")  # noqa: T201
    assert outcome.failing_seeds == []
