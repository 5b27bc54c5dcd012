"""Printers that can say less, and thousands of tickets with faults at any byte: nothing untrue is ever said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import Patience
from drivers.printer.encode import encode
from drivers.printer.profile import CLONE_80, EPSON_80, Profile
from drivers.printer.virtual.device import Device, Fault
from drivers.printer.virtual.models import CLONE_GSR, EPSON, Model
from drivers.printer.words import Outcome, Reason, Result
from tests.drivers.printer.conftest import SimulatedLine
from tests.reference import reference_slip

if TYPE_CHECKING:
    from drivers.printer.dialogue import Dialogue
    from drivers.printer.encode import Encoded

CONFIRMED = Outcome(Result.CONFIRMED)


@cache
def ticket(number: str, process_id: str, profile: Profile) -> Encoded:
    return encode(reference_slip(number), process_id, profile)


class Bench:
    """One line to one machine, in simulated time without mechanics; tickets one after the other."""

    def __init__(self, model: Model, profile: Profile) -> None:
        self.line = SimulatedLine(115200, None)  # type: ignore[arg-type]  # takes no time
        self.line.device = Device(self.line._answer, self.line.tickets.append, model=model)
        self.profile = profile
        self.dialogue: Dialogue = self.line.dialogue(profile)
        self.dialogue.synchronise(interrupted=False)
        self.doubt = False

    def deliver(self, number: str, process_id: str) -> Outcome:
        """As the driver does: doubt is cleared away first, and nothing is sent to a printer that cannot print."""
        if self.doubt:
            self.dialogue.synchronise(interrupted=True)
            self.doubt = False
        self.dialogue.take_acknowledged()
        if not self.dialogue.look():
            return Outcome(Result.NOT_PRINTED, Reason.SILENT)
        if self.dialogue.condition.reason:
            return Outcome(Result.NOT_PRINTED, self.dialogue.condition.reason)
        encoded = ticket(number, process_id, self.profile)
        outcome = Delivery(
            encoded, process_id, self.dialogue, Patience(), lambda: self.line.now, self.profile.tier
        ).run()
        self.doubt = not outcome.is_printed
        return outcome

    def befall(self, trouble: Trouble) -> None:
        """A printer that lost its power needs a second to start, and hears nothing meanwhile."""
        begins, lasts_s = self.line.now + trouble.after_s, trouble.lasts_s
        if trouble.fault is Fault.POWER_OFF:
            lasts_s += 1.0
        self.line.events.append((begins, lambda: self.line.device.fail(trouble.fault)))
        self.line.events.append((begins + lasts_s, lambda: self.line.device.repair(trouble.fault)))

    def on_paper(self, number: str) -> int:
        return sum(
            piece.whole and number in piece.text and "16:15" in piece.text
            for ticket in self.line.tickets
            for piece in ticket.pieces
        )


def clone() -> Bench:
    return Bench(CLONE_GSR, CLONE_80)


def test_the_sensor_acknowledges_a_ticket() -> None:
    bench = clone()
    assert bench.deliver("A-001", "0001") == CONFIRMED
    assert bench.on_paper("A-001") == 1


@pytest.mark.parametrize("noise", [b"\x00", b"\x03", b"\x00\x00\x00\x00"])
def test_a_line_that_breaks_sounds_like_the_sensor_and_confirms_nothing(noise: bytes) -> None:
    bench = clone()
    bench.line.events.append((bench.line.now + 0.02, lambda: bench.line.device.fail(Fault.POWER_OFF)))
    for after_s in (0.021, 0.03, 0.045, 0.06):
        bench.line.events.append((bench.line.now + after_s, lambda: bench.line._answer(noise)))
    assert bench.deliver("A-001", "0001") == Outcome(Result.UNCERTAIN, Reason.SILENT)
    assert bench.on_paper("A-001") == 0


def test_a_late_answer_finds_its_own_job_and_never_the_next_one() -> None:
    bench = clone()
    bench.line.events.append((bench.line.now + 0.02, lambda: bench.line.device.fail(Fault.PAPER_OUT)))
    assert bench.deliver("A-001", "0001") == Outcome(Result.UNCERTAIN, Reason.PAPER)
    bench.line.device.repair(Fault.PAPER_OUT)
    bench.dialogue.synchronise(interrupted=True)
    if bench.on_paper("A-001"):
        assert "0001" in bench.dialogue.take_acknowledged()
    bench.doubt = False
    bench.line.events.append((bench.line.now + 0.02, lambda: bench.line.device.fail(Fault.POWER_OFF)))
    assert bench.deliver("A-002", "0002") == Outcome(Result.UNCERTAIN, Reason.SILENT)


def test_answers_that_died_with_the_power_are_not_waited_for_for_ever() -> None:
    bench = clone()
    bench.line.events.append((bench.line.now + 0.02, lambda: bench.line.device.fail(Fault.POWER_OFF)))
    assert bench.deliver("A-001", "0001").result is Result.UNCERTAIN
    bench.line.device.repair(Fault.POWER_OFF)
    assert bench.deliver("A-002", "0002") == CONFIRMED
    assert (bench.on_paper("A-001"), bench.on_paper("A-002")) == (0, 1)


@dataclass(frozen=True)
class Trouble:
    fault: Fault
    after_s: float
    lasts_s: float


troubles = st.builds(
    Trouble,
    st.sampled_from([Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.CUTTER_JAMMED, Fault.POWER_OFF, Fault.GARBAGE]),
    st.floats(0.0, 0.06),
    st.floats(0.001, 1.5),
)
stories = st.lists(st.one_of(st.none(), troubles), min_size=1, max_size=12)


def play(model: Model, profile: Profile, story: list[Trouble | None]) -> int:
    """Tickets with the troubles of ``story``; checks every word, and that a mended printer prints."""
    bench = Bench(model, profile)
    told: dict[str, Outcome] = {}
    for n, trouble in enumerate(story, start=1):
        if trouble:
            bench.befall(trouble)
        number = f"A-{n:03}"
        told[number] = bench.deliver(number, f"{n:04}")
        if told[number].is_printed:
            assert bench.on_paper(number) == 1, (number, told[number])
    bench.line.now += 10.0
    bench.line._run()
    for fault in Fault:
        bench.line.device.repair(fault)
    bench.line.now += 10.0
    bench.dialogue.listen(0)
    for _ in range(3):  # what noise was in the printer's ear may cost the first question
        if bench.deliver("A-900", "0900") == CONFIRMED:
            break
    assert bench.on_paper("A-900") >= 1, "the next ticket after repair prints"
    for number, outcome in told.items():
        if outcome.result is Result.NOT_PRINTED:
            assert bench.on_paper(number) == 0, (number, outcome)
        assert bench.on_paper(number) <= 1
    return len(story)


KINDS = [(EPSON, EPSON_80), (CLONE_GSR, CLONE_80)]
QUIET: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.parametrize(("model", "profile"), KINDS, ids=["epson", "clone"])
def test_faults_at_any_byte_never_make_a_lie(model: Model, profile: Profile) -> None:
    tickets = 0

    @settings(max_examples=40, **QUIET)
    @given(stories)
    def many(story: list[Trouble | None]) -> None:
        nonlocal tickets
        tickets += play(model, profile, story)

    many()
    assert tickets > 80


@pytest.mark.long
@pytest.mark.parametrize(("model", "profile"), KINDS, ids=["epson", "clone"])
def test_faults_at_any_byte_never_make_a_lie_over_many_tickets(model: Model, profile: Profile) -> None:
    tickets = 0

    @settings(max_examples=8000, **QUIET)
    @given(stories)
    def many(story: list[Trouble | None]) -> None:
        nonlocal tickets
        tickets += play(model, profile, story)

    many()
    print(f"n = {tickets} tickets")  # noqa: T201 - what a long count says
