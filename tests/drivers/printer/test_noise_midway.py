"""Noise on the line while a ticket is on its way: what came in spoilt may have gone out spoilt; only eyes can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import Patience
from drivers.printer.encode import encode
from drivers.printer.profile import CLONE_80, EPSON_80, PLAIN_80, Profile
from drivers.printer.virtual.device import Mechanics
from drivers.printer.words import Outcome, Reason, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import SimulatedLine

    from drivers.printer.words import Slip

PLAIN = replace(PLAIN_80, native_qr=True)
AT_S = 0.3


def delivered(line: SimulatedLine, slip: Slip, profile: Profile, noise: bytes) -> tuple[Delivery, Outcome]:
    dialogue = line.dialogue(profile)
    dialogue.synchronise(interrupted=False)
    assert dialogue.look()
    line.events.append((line.now + AT_S, lambda: line._answer(noise)))
    encoded = encode(slip, "K001", profile)
    delivery = Delivery(encoded, "K001", dialogue, Patience(), lambda: line.now, profile.tier)
    return delivery, delivery.run()


@pytest.mark.parametrize("profile", [EPSON_80, CLONE_80, PLAIN], ids=["process id", "sensor", "status"])
def test_it_leaves_doubt_where_silence_would_have_left_none(
    simulated: Callable[..., SimulatedLine], slip: Slip, profile: Profile
) -> None:
    quiet, noisy = (simulated(9600, Mechanics(mm_s=200.0, cut_s=0.35)) for _ in range(2))
    assert delivered(quiet, slip, profile, b"")[1].is_printed
    assert delivered(noisy, slip, profile, b"\xff")[1] == Outcome(Result.UNCERTAIN, Reason.NOISE)


@pytest.mark.parametrize(
    ("profile", "hangs"), [(EPSON_80, False), (CLONE_80, False), (PLAIN, True)], ids=["process id", "sensor", "status"]
)
def test_a_ticket_that_was_answered_for_behind_its_cut_hangs_no_more(
    simulated: Callable[..., SimulatedLine], slip: Slip, profile: Profile, *, hangs: bool
) -> None:
    """Nobody is handed a slip that says that their ticket is void when it was cut off already."""
    delivery, outcome = delivered(simulated(9600, Mechanics(mm_s=200.0, cut_s=0.35)), slip, profile, b"\xff")
    assert delivery.paper(outcome).hangs is hangs
