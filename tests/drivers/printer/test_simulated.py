"""The machine with its real speeds, in simulated time: what a fault at a given moment makes of a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import Patience
from drivers.printer.encode import encode
from drivers.printer.profile import EPSON_80, PLAIN_80, Profile
from drivers.printer.status import Condition
from drivers.printer.virtual.device import Fault, Mechanics
from drivers.printer.words import Outcome, Reason, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import SimulatedLine

    from drivers.printer.words import Slip

EPSON = Mechanics(mm_s=200.0, cut_s=0.35)
THE_BLADE_FALLS = 0.8
"""Seconds after the first byte: everything is burnt, the cut is not done."""


def deliver(line: SimulatedLine, slip: Slip, profile: Profile = EPSON_80) -> Outcome:
    return timed(line, slip, profile)[0]


def timed(line: SimulatedLine, slip: Slip, profile: Profile = EPSON_80) -> tuple[Outcome, float]:
    """The outcome, and the seconds from the first byte to it."""
    dialogue = line.dialogue(profile)
    dialogue.synchronise(interrupted=False)
    assert dialogue.look()
    line.events = [(line.now + at, event) for at, event in line.events]
    start = line.now
    outcome = Delivery(
        encode(slip, "K001", profile), "K001", dialogue, Patience(), lambda: line.now, profile.tier
    ).run()
    return outcome, line.now - start


@pytest.mark.parametrize("baud", [9600, 19200, 115200])
def test_it_is_confirmed_within_little_more_than_the_mechanics(
    simulated: Callable[..., SimulatedLine], slip: Slip, baud: int
) -> None:
    line = simulated(baud, EPSON)
    outcome, taken_s = timed(line, slip)
    assert outcome == Outcome(Result.CONFIRMED)
    ticket = line.tickets[0]
    mechanics = ticket.length_mm / EPSON.mm_s + EPSON.cut_s
    assert mechanics <= taken_s <= 1.2 * mechanics


@pytest.mark.parametrize("at", [0.1, 0.35, 0.8])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.PAPER_OUT, Outcome(Result.NOT_PRINTED, Reason.PAPER)),
        (Fault.COVER_OPEN, Outcome(Result.NOT_PRINTED, Reason.COVER)),
        (Fault.CUTTER_JAMMED, Outcome(Result.NOT_PRINTED, Reason.CUTTER)),
        (Fault.POWER_OFF, Outcome(Result.UNCERTAIN, Reason.SILENT)),
        (Fault.UNPLUGGED, Outcome(Result.UNCERTAIN, Reason.LOST)),
    ],
)
def test_a_fault_at_any_moment_is_told_truly(
    simulated: Callable[..., SimulatedLine], slip: Slip, at: float, fault: Fault, expected: Outcome
) -> None:
    line = simulated(9600, EPSON)
    line.at(at, fault)
    outcome = deliver(line, slip)
    assert line.tickets == []
    if at == THE_BLADE_FALLS and expected.reason in {Reason.PAPER, Reason.COVER}:
        assert outcome == Outcome(Result.UNCERTAIN, expected.reason), "it could be out: only its answer is missing"
    else:
        assert outcome == expected


@pytest.mark.parametrize("at", [0.1, 0.35, 0.8])
def test_noise_from_any_moment_on_confirms_nothing(
    simulated: Callable[..., SimulatedLine], slip: Slip, at: float
) -> None:
    line = simulated(9600, EPSON)
    line.at(at, Fault.GARBAGE)
    assert deliver(line, slip) == Outcome(Result.UNCERTAIN, Reason.SILENT)


def test_a_printer_that_never_repeats_ids_is_at_best_probable(
    simulated: Callable[..., SimulatedLine], slip: Slip
) -> None:
    def clone(answer: bytes) -> bytes:
        return b"" if answer.startswith(b'7"') else answer

    assert deliver(simulated(9600, EPSON, hears=clone), slip, PLAIN_80) == Outcome(Result.PROBABLE)
    assert deliver(simulated(9600, EPSON, hears=clone), slip) == Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)


def test_the_answer_for_another_job_confirms_nothing(simulated: Callable[..., SimulatedLine], slip: Slip) -> None:
    line = simulated(9600, EPSON, hears=lambda answer: answer.replace(b"K001", b"K000"))
    assert deliver(line, slip) == Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)


def test_a_clone_that_cannot_clear_leaves_its_ticket_in_doubt(
    simulated: Callable[..., SimulatedLine], slip: Slip
) -> None:
    line = simulated(9600, EPSON, hears=lambda answer: b"" if answer == b"7%\0" else answer)
    line.at(0.35, Fault.PAPER_OUT)
    assert deliver(line, slip) == Outcome(Result.UNCERTAIN, Reason.PAPER)


def test_a_printer_whose_answers_get_lost_is_never_believed(
    simulated: Callable[..., SimulatedLine],
) -> None:
    line = simulated(9600, EPSON, hears=lambda _: b"")
    assert not line.dialogue().look()


def test_power_cut_for_a_moment_only_confirms_nothing(simulated: Callable[..., SimulatedLine], slip: Slip) -> None:
    line = simulated(9600, EPSON)
    line.at(0.35, Fault.POWER_OFF)
    line.events.append((0.90, lambda: line.device.repair(Fault.POWER_OFF)))
    assert deliver(line, slip) == Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)


@settings(deadline=None)
@given(st.lists(st.floats(min_value=0.0, max_value=0.65), max_size=20))
def test_a_late_answer_is_never_taken_for_another_one(
    simulated: Callable[..., SimulatedLine], delays_s: list[float]
) -> None:
    line = simulated(9600, EPSON)
    line.device.fail(Fault.COVER_OPEN)
    line.delays_s = delays_s
    dialogue = line.dialogue()
    for _ in range(6):
        if dialogue.look():
            assert dialogue.condition == Condition(cover_open=True, other=True)
