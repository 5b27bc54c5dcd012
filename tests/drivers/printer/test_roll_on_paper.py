"""When a roll is a new one, and that the odometer never counts too little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.printer.encode import encode
from drivers.printer.profile import PROFILES
from drivers.printer.virtual.device import Device, Fault
from drivers.printer.virtual.models import MODELS
from drivers.printer.words import State
from tests.drivers.printer.subjects import PROFILES as OF_MODEL
from tests.reference import reference_slip

if TYPE_CHECKING:
    from conftest import Bench

    from drivers.printer.virtual.paper import Ticket


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.PAPER_LOW])
def test_paper_that_was_low_and_is_not_any_more_is_a_new_roll(bench: Bench, fault: Fault) -> None:
    bench.start()
    bench.virtual.fail(fault)
    low = State.READY_LOW if fault is Fault.PAPER_LOW else State.BLOCKED
    with bench.record.changed:
        assert bench.record.changed.wait_for(lambda: bench.printer.status.state is low, 20.0)
    assert bench.record.rolls == 0
    bench.virtual.repair(fault)
    bench.await_state(State.READY)
    assert bench.record.rolls == 1


def test_a_cover_that_is_opened_and_closed_is_no_new_roll(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail(Fault.COVER_OPEN)
    with bench.record.changed:
        assert bench.record.changed.wait_for(lambda: bench.printer.status.state is State.BLOCKED, 20.0)
    bench.virtual.repair(Fault.COVER_OPEN)
    bench.await_state(State.READY)
    assert bench.record.rolls == 0


@pytest.mark.parametrize("model", [model for model in MODELS if MODELS[model].answers])
def test_the_estimate_of_a_ticket_is_never_too_small_and_hardly_too_large(model: str) -> None:
    dropped: list[Ticket] = []
    device = Device(lambda _: None, dropped.append, model=MODELS[model])
    encoded = encode(reference_slip(), "0001", OF_MODEL[model])
    for _ in range(2):  # the first one begins at the blade, the second where the first was cut
        device.receive(encoded.data)
        device.advance(0.0)
    assert len(dropped) == 2
    assert dropped[-1].length_mm <= encoded.paper_mm <= dropped[-1].length_mm + 10
    assert not device.violations


def test_the_odometer_adds_what_each_attempt_used(bench: Bench) -> None:
    bench.start()
    for number in ("A-001", "A-002"):
        bench.print(number)
    lengths = sum(ticket.length_mm for ticket in bench.virtual.tickets)
    assert lengths <= bench.record.used_mm <= lengths + 20
    before = bench.record.used_mm
    bench.virtual.fail(Fault.PAPER_OUT)
    bench.print("A-003")
    assert bench.record.used_mm == before, "of which nothing was sent"


def test_every_profile_has_a_model_to_be_tried_on() -> None:
    assert {replace(profile).name for profile in OF_MODEL.values()} == set(PROFILES)
