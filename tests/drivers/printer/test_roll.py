"""The roll: when a new one is in, and how much of it is gone; most kiosk printers can only be counted for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from drivers.printer.encode import SlipError, encode
from drivers.printer.profile import CLONE_80, EPSON_80, MINI_58, PLAIN_80, PROFILES, Profile
from drivers.printer.virtual.device import Device, Fault
from drivers.printer.virtual.models import CLONE_DLE, CLONE_GSR, EPSON, MINI_58MM, Model
from drivers.printer.words import Align, Cut, Feed, Job, LogoMemory, Number, Qr, Slip, State, Text
from tests.drivers.printer.conftest import a_slip
from tests.drivers.printer.world import Desk, World
from tests.reference import reference_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Bench

    from drivers.printer.virtual.paper import Ticket

MODELS = {"epson-80": EPSON, "clone-80": CLONE_GSR, "plain-80": CLONE_DLE, "mini-58": MINI_58MM}
KINDS = pytest.mark.parametrize(
    ("model", "profile"),
    [(EPSON, EPSON_80), (CLONE_GSR, CLONE_80), (CLONE_DLE, PLAIN_80), (MINI_58MM, MINI_58)],
    ids=PROFILES,
)
SEEN_S = 6.0
"""Longer than between two looks of a driver that nobody bothers."""
LOW, OUT, COVER = Fault.PAPER_LOW, Fault.PAPER_OUT, Fault.COVER_OPEN


def rolls(world: World, *moments: Callable[[World], None]) -> int:
    """How many new rolls the driver saw in all that happened to its printer, one thing after another."""
    desk = Desk(world)

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        for moment in moments:
            moment(world)
            yield desk.passes(SEEN_S)

    desk.play(script)
    return desk.rolls


def fails(*faults: Fault) -> Callable[[World], None]:
    return lambda world: [world.fail(fault) for fault in faults] and None


def repairs(*faults: Fault) -> Callable[[World], None]:
    return lambda world: [world.repair(fault) for fault in faults] and None


# --- a new roll --------------------------------------------------------------------------------------------------


def test_paper_that_was_near_its_end_and_is_not_is_a_new_roll() -> None:
    assert rolls(World(EPSON, EPSON_80), fails(LOW), repairs(LOW)) == 1


@KINDS
def test_paper_that_ended_and_is_there_is_a_new_roll(model: Model, profile: Profile) -> None:
    assert rolls(World(model, profile), fails(OUT), repairs(OUT)) == 1
    assert rolls(World(model, profile), fails(OUT), repairs(OUT), fails(OUT), repairs(OUT)) == 2


def test_paper_that_ended_and_is_there_and_low_is_not_a_full_one() -> None:
    assert rolls(World(EPSON, EPSON_80), fails(LOW), fails(OUT), repairs(OUT)) == 0
    assert rolls(World(EPSON, EPSON_80), fails(LOW), fails(OUT), repairs(OUT), repairs(LOW)) == 1


@KINDS
def test_a_cover_that_was_open_is_not(model: Model, profile: Profile) -> None:
    assert rolls(World(model, profile), fails(COVER), repairs(COVER), fails(COVER), repairs(COVER)) == 0


@pytest.mark.parametrize(("model", "profile"), [(EPSON, EPSON_80), (CLONE_GSR, CLONE_80), (CLONE_DLE, PLAIN_80)])
def test_nor_is_one_whose_cover_carries_the_paper_sensor(model: Model, profile: Profile) -> None:
    """Open, it finds no paper; closed, the old roll again."""
    assert rolls(World(model, profile), fails(COVER, OUT), repairs(OUT, COVER)) == 0
    assert rolls(World(model, profile), fails(OUT), fails(COVER), repairs(OUT), repairs(COVER)) == 1


@pytest.mark.parametrize("away", [Fault.POWER_OFF, Fault.UNPLUGGED])
def test_whoever_was_away_meanwhile_sees_by_the_paper(away: Fault) -> None:
    assert rolls(World(EPSON, EPSON_80), fails(LOW), fails(away), repairs(away)) == 0
    assert rolls(World(EPSON, EPSON_80), fails(LOW), fails(away), repairs(LOW), repairs(away)) == 1


# --- the odometer -------------------------------------------------------------------------------------------------


def measured(profile: Profile, slips: list[Slip]) -> list[tuple[float, float]]:
    """What is counted for each slip, and what came out, one after the other on the same roll."""
    tickets: list[Ticket] = []
    device = Device(lambda _: None, tickets.append, model=MODELS[profile.name])
    counted = []
    for slip in slips:
        encoded = encode(slip, "0001", profile)
        counted.append(encoded.paper_mm)
        for at in range(0, len(encoded.data), 1000):
            device.receive(encoded.data[at : at + 1000])
            device.advance(0.0)
    assert len(tickets) == len(slips)
    return list(zip(counted, (ticket.length_mm for ticket in tickets), strict=True))


@pytest.mark.parametrize("name", PROFILES)
def test_a_ticket_is_counted_a_little_longer_than_it_is_and_never_shorter(name: str) -> None:
    profile = PROFILES[name]
    for counted, length in measured(profile, [a_slip(), reference_slip(), reference_slip(copy=3), a_slip()]):
        assert length <= counted <= length + 5.0


texts = st.text(st.sampled_from("aÑ gm WẽĩũỹɨÁ'"), max_size=120)
elements = st.one_of(
    st.builds(Text, texts, st.integers(1, 3), st.sampled_from(Align), st.booleans()),
    st.builds(Number, st.sampled_from(["A-047", "AA-0473"])),
    st.builds(Feed, st.floats(0.0, 8.0)),
    st.builds(Qr, st.just("HTTPS://TURNOS.EJEMPLO.GOB/T/AE5GHT7QWERTYUIOPASDFG")),
)


@pytest.mark.parametrize("name", PROFILES)
@settings(deadline=None, max_examples=25)
@given(slip=st.lists(elements, max_size=5).map(lambda some: Slip((*some, Cut()))))
def test_whatever_is_on_it(name: str, slip: Slip) -> None:
    try:
        both = measured(PROFILES[name], [slip, slip])
    except SlipError:
        reject()
    for counted, length in both:
        assert length <= counted <= length + 5.0


def test_a_logo_is_counted_as_the_largest_that_may_be_installed() -> None:
    logo = replace(EPSON_80, logo=LogoMemory.NV)
    assert encode(reference_slip(), "0001", logo).paper_mm - encode(reference_slip(), "0001").paper_mm == 16.0


@KINDS
@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.POWER_OFF, Fault.UNPLUGGED])
@pytest.mark.parametrize("count", [20, 50, 80])
def test_what_is_broken_off_and_voided_is_counted_too(fault: Fault, count: int, model: Model, profile: Profile) -> None:
    """The half of a ticket's bytes may be most of its paper: as long as nobody knows, all of it counts."""
    desk = Desk(World(model, profile))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        for number in range(1, 4):
            yield desk.is_ready
            desk.world.after(count, lambda: desk.world.fail(fault))
            yield desk.prints(f"A-{number:03}")
            yield desk.passes(3.0)
            desk.world.repair(fault)
            yield desk.passes(5.0)
        yield desk.is_ready
        yield desk.prints("A-009")

    desk.play(script)
    assert desk.told[-1][1].is_printed
    assert desk.used_mm >= sum(paper.length_mm for paper in desk.world.papers)


def test_a_few_bytes_may_be_most_of_the_paper() -> None:
    desk = Desk(World(EPSON, EPSON_80))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        desk.world.after(60, lambda: desk.world.at(0.5, lambda: desk.world.fail(Fault.POWER_OFF)))
        desk.printer.print(Job("A-001", Slip((Feed(60), Text("x" * 800), Cut()))))
        yield lambda: bool(desk.told)
        desk.world.repair(Fault.POWER_OFF)
        yield desk.is_ready
        yield desk.prints("A-002")

    desk.play(script)
    strip, ticket = desk.world.papers
    assert strip.length_mm > 80
    assert desk.used_mm >= strip.length_mm + ticket.length_mm


# --- on a real line ----------------------------------------------------------------------------------------------


def test_the_odometer_adds_what_each_attempt_used(bench: Bench) -> None:
    bench.start()
    for number in ("A-001", "A-002"):
        bench.print(number)
    lengths = sum(ticket.length_mm for ticket in bench.virtual.tickets)
    assert lengths <= bench.record.used_mm <= lengths + 10
    before = bench.record.used_mm
    bench.virtual.fail(Fault.PAPER_OUT)
    bench.print("A-003")
    assert bench.record.used_mm == before, "of which nothing was sent"


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.PAPER_LOW])
def test_a_new_roll_is_journalled_once(bench: Bench, fault: Fault) -> None:
    bench.start()
    bench.virtual.fail(fault)
    low = State.READY_LOW if fault is Fault.PAPER_LOW else State.BLOCKED
    with bench.record.changed:
        assert bench.record.changed.wait_for(lambda: bench.printer.status.state is low, 20.0)
    assert bench.record.rolls == 0
    bench.virtual.repair(fault)
    bench.await_state(State.READY)
    assert bench.record.rolls == 1
