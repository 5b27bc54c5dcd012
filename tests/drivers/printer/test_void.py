"""Half a ticket left hanging from the head is marked as void and cut off, before anything else is printed on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.printer.profile import CLONE_80, EPSON_80, PLAIN_80, Profile
from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.models import CLONE_DLE, CLONE_GSR, EPSON, Model
from drivers.printer.words import Outcome, Reason, Result, State
from tests.drivers.printer.world import VOIDED, Desk, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Bench

CONFIRMED = Outcome(Result.CONFIRMED)
MIDDLE = 60
"""Bytes to the middle of a ticket, with the question before it."""

KINDS = pytest.mark.parametrize(
    ("model", "profile"),
    [(EPSON, EPSON_80), (CLONE_GSR, CLONE_80), (CLONE_DLE, PLAIN_80)],
    ids=["process id", "sensor", "status"],
)


def texts(world: World) -> list[list[str]]:
    """The first line of each piece on each paper."""
    return [[piece.text.partition("\n")[0] for piece in paper.pieces] for paper in world.papers]


def broken_off(desk: Desk, fault: Fault) -> Iterator[Callable[[], bool]]:
    """A ticket that stops in its middle, and somebody who puts it right."""
    yield desk.is_ready
    desk.world.after(MIDDLE, lambda: desk.world.fail(fault))
    yield desk.prints("A-001")
    yield desk.passes(5.0)
    desk.world.repair(fault)


# --- it is voided -----------------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("fault", [Fault.POWER_OFF, Fault.UNPLUGGED, Fault.PAPER_OUT, Fault.COVER_OPEN])
def test_whatever_broke_it_off_it_is_voided_before_the_next(fault: Fault, model: Model, profile: Profile) -> None:
    desk = Desk(World(model, profile))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield from broken_off(desk, fault)
        yield desk.is_ready
        yield desk.passes(3.0)
        assert not desk.strip_hangs
        yield desk.prints("A-002")

    desk.play(script)
    assert desk.outcomes_of("A-001")[0].result in {Result.UNCERTAIN, Result.NOT_PRINTED}
    assert desk.outcomes_of("A-002")[0].is_printed
    assert not desk.strip_hangs
    *before, last = desk.world.papers
    assert last.complete
    assert last.text.startswith("A-002")
    if not desk.outcomes_of("A-001")[-1].is_printed:
        assert desk.voided == [False]
        assert VOIDED in before[-1].text
        assert "A-002" not in before[-1].text


def test_the_mark_is_on_the_very_strip_that_hung() -> None:
    desk = Desk(World(EPSON, EPSON_80))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield from broken_off(desk, Fault.POWER_OFF)
        yield desk.is_ready

    desk.play(script)
    assert texts(desk.world) == [["A-001 begins", VOIDED]]


@KINDS
def test_a_program_that_was_killed_leaves_it_to_the_next(model: Model, profile: Profile) -> None:
    """The journal says so; what hangs there, nobody knows."""
    world = World(model, profile)
    world.device.receive(b"A-001 begins\nPres")
    desk = Desk(world, strip_hangs=True)

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        assert desk.voided == [False]
        yield desk.prints("A-002")

    desk.play(script)
    assert [VOIDED in paper.text for paper in world.papers] == [True, False]
    assert world.papers[1].complete


def test_nothing_is_voided_on_a_printer_that_cannot_print() -> None:
    world = World(EPSON, EPSON_80)
    world.fail(Fault.PAPER_OUT)
    desk = Desk(world, strip_hangs=True)

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_blocked
        yield desk.passes(20.0)
        assert desk.voided == []
        world.repair(Fault.PAPER_OUT)
        yield desk.is_ready

    desk.play(script)
    assert desk.voided == [False]


def test_a_journal_that_cannot_say_is_believed_the_worst_of(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(World(EPSON, EPSON_80))

    def fails(_: object) -> bool:
        raise OSError("the disk fails")

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready

    del desk.strip_hangs
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "strip_hangs", property(fails, lambda *_: None), raising=False)
        desk.play(script)
    assert desk.voided == [False]


# --- the void fails ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.UNPLUGGED, Fault.POWER_OFF])
def test_a_void_that_stops_too_is_tried_again_when_that_is_put_right(fault: Fault) -> None:
    desk = Desk(World(EPSON, EPSON_80))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        desk.world.after(MIDDLE, lambda: desk.world.fail(Fault.PAPER_OUT))
        yield desk.prints("A-001")
        yield desk.is_blocked
        desk.world.after(50, lambda: desk.world.fail(fault))
        desk.world.repair(Fault.PAPER_OUT)
        yield lambda: bool(desk.voided)
        assert desk.strip_hangs
        yield desk.passes(30.0)
        assert desk.voided == [True]
        desk.world.repair(fault)
        yield desk.is_ready
        assert not desk.strip_hangs
        yield desk.prints("A-002")

    desk.play(script)
    assert desk.voided == [True, False]
    assert desk.outcomes_of("A-002") == [CONFIRMED]
    assert desk.world.papers[-1].complete


def test_a_void_that_nobody_confirms_is_tried_again_before_a_ticket_and_not_in_a_loop() -> None:
    """As by a printer that was set up as one that repeats ids, and does not."""
    desk = Desk(World(CLONE_GSR, EPSON_80))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        yield desk.prints("A-001")
        yield desk.passes(60.0)
        assert desk.voided == []
        yield desk.prints("A-002")
        assert desk.voided == [True]
        yield desk.passes(60.0)
        assert desk.voided == [True]

    desk.play(script)
    assert [outcome for _, outcome in desk.told] == [Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)] * 2
    assert desk.strip_hangs


# --- there is nothing to void ------------------------------------------------------------------------------------


def test_a_ticket_that_is_confirmed_late_needs_none() -> None:
    desk = Desk(World(EPSON, EPSON_80, mm_s=5.0))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        yield desk.prints("A-001")
        assert desk.strip_hangs
        yield lambda: len(desk.told) > 1
        assert not desk.strip_hangs
        yield desk.prints("A-002")
        yield lambda: len(desk.told) > 3

    desk.play(script)
    unknown, late = Outcome(Result.UNCERTAIN, Reason.NO_ANSWER), Outcome(Result.CONFIRMED_LATE)
    assert [outcome for _, outcome in desk.told] == [unknown, late] * 2
    assert desk.voided == []
    assert [paper.complete for paper in desk.world.papers] == [True, True]


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.POWER_OFF, Fault.UNPLUGGED])
def test_where_nothing_was_begun_nothing_is_voided(fault: Fault) -> None:
    desk = Desk(World(EPSON, EPSON_80))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        yield desk.prints("A-001")
        desk.world.fail(fault)
        yield desk.prints("A-002")
        yield desk.passes(5.0)
        desk.world.repair(fault)
        yield desk.is_ready
        yield desk.prints("A-003")

    desk.play(script)
    assert [outcome.is_printed for _, outcome in desk.told] == [True, False, True]
    assert desk.voided == []
    assert texts(desk.world) == [["A-001 begins"], ["A-003 begins"]]


def test_a_driver_without_a_void_slip_voids_nothing() -> None:
    desk = Desk(World(EPSON, EPSON_80))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield from broken_off(desk, Fault.POWER_OFF)
        yield desk.is_ready
        yield desk.prints("A-002")

    desk.play(script, void=None)
    assert desk.voided == []
    assert texts(desk.world) == [["A-001 begins", "A-002 begins"]]
    assert desk.outcomes_of("A-002") == [CONFIRMED]


# --- on a real line ----------------------------------------------------------------------------------------------


def papers(bench: Bench) -> list[tuple[bool, bool]]:
    """Each piece that fell: whether it is marked void, and whether it holds a ticket's last line."""
    return [(VOIDED in paper.text, "16:30" in paper.text) for paper in bench.virtual.tickets]


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.POWER_OFF, Fault.UNPLUGGED])
def test_it_is_voided_and_cut_off_before_anything_else(bench: Bench, fault: Fault) -> None:
    bench.start()
    bench.virtual.fail_after(250, fault)
    assert not bench.print("A-001").is_printed
    assert bench.record.strip_hangs
    bench.virtual.repair(fault)
    bench.await_state(State.READY)
    assert bench.virtual.wait_for_tickets(1, 20.0), "it is cut off at once, not with the next visitor's ticket"
    assert papers(bench) == [(True, False)]
    assert bench.print("A-002") == CONFIRMED
    assert papers(bench) == [(True, False), (False, True)]
    assert bench.record.voided == [False]
    assert not bench.record.strip_hangs


def test_a_void_whose_blade_jams_is_tried_again_when_that_is_put_right(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail_after(250, Fault.PAPER_OUT)
    assert not bench.print("A-001").is_printed
    bench.virtual.fail(Fault.CUTTER_JAMMED)
    bench.virtual.repair(Fault.PAPER_OUT)
    bench.await_state(State.BLOCKED, Reason.CUTTER)
    assert bench.record.voided == [True]
    assert bench.record.strip_hangs
    bench.virtual.repair(Fault.CUTTER_JAMMED)
    bench.await_state(State.READY)
    assert bench.record.voided == [True, False]
    assert bench.print("A-002") == CONFIRMED
