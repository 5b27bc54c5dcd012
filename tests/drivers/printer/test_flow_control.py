"""A printer that holds the line: what waits, waits, but a question gets past, and nobody is told what is not so.

By its DIP switch 2-1 in the position OFF an Epson asks the host to pause when it is off-line, too: then the host
cannot ask why (printer's technical reference, "BUSY"). It still hears real-time commands.
"""

from __future__ import annotations

import termios
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import serial

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import Patience
from drivers.printer.driver import EscPosPrinter
from drivers.printer.encode import encode
from drivers.printer.link import Doorbell, LineHeld, SerialLink
from drivers.printer.ports import Port
from drivers.printer.profile import CLONE_80, EPSON_80, Profile
from drivers.printer.status import Condition
from drivers.printer.virtual.device import Device, Fault, Mechanics
from drivers.printer.virtual.models import CLONE_GSR, EPSON
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.words import FlowControl, Outcome, Reason, Result, State, Status
from tests.drivers.printer.conftest import PATIENT, VOID, WAIT_S, Bench, Record, SimulatedLine, a_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drivers.printer.dialogue import Patience
    from drivers.printer.virtual.models import Model

MECHANICS = Mechanics(mm_s=200.0, cut_s=0.35)
CONFIRMED = Outcome(Result.CONFIRMED)
ASK = b"\x10\x04\x01"


# --- a serial port's own queue, in simulated time ----------------------------------------------------------------


class HeldLine(SimulatedLine):
    """As a UART does it: bytes that may not leave wait in the kernel, and writing them takes no time."""

    can_be_held = True

    def __init__(self, model: Model, *, baud: int = 9600, buffer_bytes: int = 4096) -> None:
        super().__init__(baud, MECHANICS)
        self.device = Device(self._answer, self.tickets.append, MECHANICS, model=model, busy_when_offline=True)
        self.queue: deque[int] = deque()
        self.dropped = 0
        self.room = buffer_bytes
        """A small buffer says BUSY long before it is full of a ticket."""

    @property
    def is_held(self) -> bool:
        return self.device.is_busy or 4096 - self.device.free_bytes >= self.room

    def send(self, data: bytes) -> None:
        self._run()
        self.queue.extend(data)
        self._let_out()

    def send_urgently(self, data: bytes) -> None:
        self._run()
        self.dropped += len(self.queue) + len(self._wire)
        self.queue.clear()
        self._wire.clear()
        super().send(data)

    def _let_out(self) -> None:
        while self.queue and not self.is_held and len(self._wire) < 16:  # what the chip itself has taken
            last = self._wire[-1][0] if self._wire else self.now
            self._wire.append((max(self.now, last) + 1 / self.bytes_per_s, self.queue.popleft()))

    def _run(self) -> float | None:
        due = super()._run()
        self._let_out()
        return min([at for at in (due, self._wire[0][0] if self._wire else None) if at is not None], default=None)


def delivered(line: HeldLine, profile: Profile, *events: tuple[float, Fault]) -> Outcome:
    dialogue = line.dialogue(profile)
    dialogue.synchronise(interrupted=False)
    assert dialogue.look()
    for at, fault in events:
        line.at(at, fault)
    encoded = encode(a_slip(), "K001", profile)
    return Delivery(encoded, "K001", dialogue, Patience(), lambda: line.now, profile.tier).run()


@pytest.mark.parametrize(("model", "profile"), [(EPSON, EPSON_80), (CLONE_GSR, CLONE_80)])
def test_without_a_fault_nothing_is_dropped(model: Model, profile: Profile) -> None:
    line = HeldLine(model)
    assert delivered(line, profile) == CONFIRMED
    assert line.dropped == 0


@pytest.mark.parametrize("baud", [9600, 115200])
def test_a_slow_printer_with_a_small_buffer_loses_nothing_of_its_ticket(baud: int) -> None:
    line = HeldLine(CLONE_GSR, baud=baud, buffer_bytes=45)
    assert delivered(line, CLONE_80) == CONFIRMED
    assert line.dropped == 0
    assert line.tickets[0].complete


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        (Fault.COVER_OPEN, Condition(cover_open=True, other=True)),
        (Fault.PAPER_OUT, Condition(paper_end=True, other=True)),
    ],
)
def test_why_it_holds_the_line_is_asked_past_what_waits(fault: Fault, condition: Condition) -> None:
    line = HeldLine(CLONE_GSR)
    line.device.fail(fault)
    dialogue = line.dialogue(CLONE_80)
    dialogue.send(b"waits")
    assert line.queue
    assert dialogue.look()
    assert dialogue.condition == condition
    assert not line.queue
    before = line.now
    assert dialogue.look()  # it knows by now that the line is held: nothing is waited for in vain
    assert line.now - before < Patience().reply_s
    line.device.repair(fault)
    assert dialogue.look()
    assert dialogue.condition == Condition()
    line.dropped = 0
    assert dialogue.look()
    assert line.dropped == 0


def test_a_printer_that_is_off_is_asked_once_more_and_then_silent() -> None:
    line = HeldLine(CLONE_GSR)
    line.device.fail(Fault.POWER_OFF)
    dialogue = line.dialogue(CLONE_80)
    assert not dialogue.look()
    line.device.repair(Fault.POWER_OFF)
    assert dialogue.look()


@pytest.mark.parametrize("at_s", [0.1, 0.35, 0.6])
@pytest.mark.parametrize(("fault", "reason"), [(Fault.COVER_OPEN, Reason.COVER), (Fault.PAPER_OUT, Reason.PAPER)])
@pytest.mark.parametrize(
    ("model", "profile", "result"),
    [(EPSON, EPSON_80, Result.NOT_PRINTED), (CLONE_GSR, CLONE_80, Result.UNCERTAIN)],
    ids=["epson", "clone"],
)
def test_a_ticket_that_stops_behind_a_held_line_is_told_with_its_reason(
    model: Model, profile: Profile, result: Result, fault: Fault, reason: Reason, at_s: float
) -> None:
    line = HeldLine(model)
    if at_s == 0.6:  # everything is burnt and the blade falls: only the answer is missing
        result = Result.UNCERTAIN
    assert delivered(line, profile, (at_s, fault)) == Outcome(result, reason)
    line.device.repair(fault)
    line.receive(5.0)
    if profile.clears:
        assert line.tickets == []


# --- a real line and its flags -----------------------------------------------------------------------------------


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Callable[..., VirtualPrinter]]:
    made: list[VirtualPrinter] = []

    def make(model: Model = EPSON, inflight: int = 0) -> VirtualPrinter:
        made.append(
            VirtualPrinter(
                tmp_path / "port", tmp_path / "tickets", model=model, busy_when_offline=True, inflight=inflight
            )
        )
        return made[-1]

    yield make
    for printer in made:
        printer.close()


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


def heeds(link: SerialLink, flow: FlowControl) -> bool:
    """Whether the kernel lets the printer hold the line now."""
    inputs, _, control, *_ = termios.tcgetattr(link._serial.fileno())
    if flow is FlowControl.XON_XOFF:
        return bool(inputs & termios.IXON)
    return bool(control & termios.CRTSCTS)


@pytest.mark.parametrize("flow", [FlowControl.XON_XOFF, FlowControl.RTS_CTS])
def test_a_held_line_is_told_and_gets_urgent_questions_and_is_heeded_again_after(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path, doorbell: Doorbell, flow: FlowControl
) -> None:
    printer = plugged()
    link = SerialLink(str(tmp_path / "port"), 115200, doorbell, flow)
    assert heeds(link, flow)
    printer.fail(Fault.COVER_OPEN)
    with pytest.raises(LineHeld):
        link.send(bytes(70_000))
    link.send_urgently(ASK)
    assert not heeds(link, flow)
    while not (answer := link.receive(WAIT_S).strip(b"\x11\x13")):
        pass
    assert answer == b"\x1a"
    printer.repair(Fault.COVER_OPEN)
    link.send(ASK)
    assert heeds(link, flow)
    while b"\x12" not in link.receive(WAIT_S):
        pass
    link.close()


def test_without_flow_control_an_urgent_question_is_a_question(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plugged()
    link = SerialLink(str(tmp_path / "port"), 115200, doorbell)
    assert not link.can_be_held
    monkeypatch.setattr(serial.Serial, "reset_output_buffer", lambda _: pytest.fail("something was dropped"))
    link.send_urgently(ASK)
    assert link.receive(WAIT_S) == b"\x12"
    monkeypatch.undo()
    link.close()


# --- the whole driver --------------------------------------------------------------------------------------------


@pytest.fixture
def bench(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[tuple[Bench, Profile]] = []

    def make(profile: Profile, model: Model, inflight: int = 0, patience: Patience | None = None) -> Bench:
        bench = Bench(tmp_path / "port", plugged(model, inflight), Record())
        port = Port(str(bench.port), 115200, FlowControl.XON_XOFF)
        patience = patience or replace(PATIENT, reply_s=0.3, clear_s=0.6, poll_waiting_s=0.05)
        bench.made.append(
            EscPosPrinter(port, bench.record, bench.record, profile=profile, void=VOID, patience=patience)
        )
        made.append((bench, profile))
        return bench

    yield make
    for bench, profile in made:
        bench.printer.close()
        bench.check(broken_off=not profile.clears)


KINDS = pytest.mark.parametrize(("model", "profile"), [(EPSON, EPSON_80), (CLONE_GSR, CLONE_80)])


@KINDS
def test_a_printer_that_is_blocked_before_is_told_as_what_it_is_and_comes_back(
    bench: Callable[..., Bench], model: Model, profile: Profile
) -> None:
    it = bench(profile, model)
    it.await_state(State.READY)
    it.virtual.fail(Fault.COVER_OPEN)
    it.await_state(State.BLOCKED, Reason.COVER)
    assert it.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.COVER)
    it.virtual.repair(Fault.COVER_OPEN)
    it.await_state(State.READY)
    assert it.print("A-002") == CONFIRMED
    assert Status(State.SILENT) not in it.record.statuses
    assert Status(State.ABSENT) not in it.record.statuses


@KINDS
def test_it_is_seen_at_the_start_too(bench: Callable[..., Bench], model: Model, profile: Profile) -> None:
    it = bench(profile, model)
    it.virtual.fail(Fault.PAPER_OUT)
    it.await_state(State.BLOCKED, Reason.PAPER)
    assert it.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.PAPER)


@pytest.mark.parametrize(("count", "inflight"), [(60, 0), (250, 64)])
@pytest.mark.parametrize(
    ("model", "profile", "result"),
    [(EPSON, EPSON_80, Result.NOT_PRINTED), (CLONE_GSR, CLONE_80, Result.UNCERTAIN)],
    ids=["epson", "clone"],
)
def test_paper_that_ends_inside_a_ticket_is_told_and_the_next_one_prints(
    bench: Callable[..., Bench], model: Model, profile: Profile, result: Result, count: int, inflight: int
) -> None:
    it = bench(profile, model, inflight)
    it.await_state(State.READY)
    it.virtual.fail_after(count, Fault.PAPER_OUT)
    assert it.print("A-001") == Outcome(result, Reason.PAPER)
    it.await_state(State.BLOCKED, Reason.PAPER)
    it.virtual.repair(Fault.PAPER_OUT)
    it.await_state(State.READY)
    assert it.print("A-002") == CONFIRMED
    assert it.on_paper("A-002") == 1
