"""kill -9 of a kiosk and of its server, again and again, with turns being taken and sent all the while."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.failures.stage import Reckoning, Stage


def kill_kiosk(stage: Stage, lives: int, chance: random.Random) -> Reckoning:
    """Kills the kiosk at a random moment of each of its lives, and lets the last one finish."""
    stage.server.start()
    kiosk = stage.kiosk()
    for _ in range(lives):
        kiosk.start()
        kiosk.issue(0, every_ms=chance.choice((0, 0, 3)))
        kiosk.program.wait_for("turn")
        time.sleep(chance.uniform(0, 0.25))  # the moment of death is the subject
        kiosk.kill()
    kiosk.start()
    kiosk.drain()
    return stage.reckon()


def kill_server(stage: Stage, lives: int, chance: random.Random) -> Reckoning:
    """The same with the server; two kiosks never notice more than that nobody answers."""
    stage.server.start()
    kiosks = [stage.kiosk("sala-1"), stage.kiosk("sala-2")]
    for kiosk in kiosks:
        kiosk.start()
    stage.server.kill()
    taken = 0
    for _ in range(lives):
        stage.server.start()
        for kiosk in kiosks:
            kiosk.issue(60, every_ms=4)
        taken += 60
        time.sleep(chance.uniform(0, 0.4))
        stage.server.kill()
    stage.server.start()
    for kiosk in kiosks:
        kiosk.drain(patience_s=400)
    reckoning = stage.reckon()
    assert reckoning.told == 2 * taken
    return reckoning


@pytest.mark.parametrize("lives", [pytest.param(10, id="10"), pytest.param(200, id="200", marks=pytest.mark.long)])
def test_the_kiosk_is_killed(stage: Stage, lives: int, told: Callable[[str], None]) -> None:
    reckoning = kill_kiosk(stage, lives, random.Random(7))
    told(f"kiosk killed n={lives}: {reckoning}")
    assert reckoning.is_whole
    # what was committed and not told yet when it died: at most the one turn of each life
    assert reckoning.stored == reckoning.told + reckoning.more
    assert reckoning.more <= lives


@pytest.mark.parametrize("lives", [pytest.param(5, id="5"), pytest.param(60, id="60", marks=pytest.mark.long)])
def test_the_server_is_killed(stage: Stage, lives: int, told: Callable[[str], None]) -> None:
    reckoning = kill_server(stage, lives, random.Random(8))
    told(f"server killed n={lives}: {reckoning}")
    assert reckoning.is_whole
    assert reckoning.stored == reckoning.told
