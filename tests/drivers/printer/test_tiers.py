"""What each kind of printer may be believed, through thousands of faults at any byte and repairs at any moment.

Whatever happens: who was told "printed" has paper at that moment, what was called not printed never comes out, and when
everything is put right the next ticket prints.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer import commands
from drivers.printer.dialogue import Dialogue, Patience
from drivers.printer.profile import CLONE_80, EPSON_80, MINI_58, PLAIN_80
from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.models import CLONE_DLE, CLONE_GSR, EPSON, MINI_58MM
from drivers.printer.words import Job, Outcome, Paper, Reason, Result, Sending, Status
from tests.drivers.printer.world import CABLE, Line, World, Wrong, a_driver, a_slip, live

if TYPE_CHECKING:
    from drivers.printer.driver import EscPosPrinter

KINDS = {
    "process id": (EPSON, EPSON_80),
    "sensor": (CLONE_GSR, CLONE_80),
    "sensor, without cutter": (MINI_58MM, MINI_58),
    "status": (CLONE_DLE, PLAIN_80),
}
CRASH = "crash"
BOOT_S = 0.7
"""No printer is up again sooner after a loss of power."""
COMES_BACK_S = 120.0
WELL_S = 3.0
LOOK_S = 0.25


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with a ticket: after so many bytes, or seconds, and how long it lasts."""

    fault: Fault | str
    after_bytes: int | None
    after_s: float
    lasts_s: float
    then: Trouble | None = None
    """Another one that follows, ``after_s`` its beginning, whatever was said until then."""


@dataclass(frozen=True)
class Plan:
    """A life: the tickets in their order, each with its trouble or without."""

    troubles: tuple[Trouble | None, ...]
    noise: bytes = b""


class Crashed(BaseException):
    """The program is killed, and started again."""


def sure(true: object, why: str) -> None:
    if not true:
        raise Wrong(why)


class Story:
    """Journal, screen and attendant in one: hands tickets over, puts right what is wrong, and checks what is said."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.strip_hangs = False
        self.outcomes: list[tuple[str, Outcome]] = []
        self.used_mm = 0.0
        self.printer: EscPosPrinter
        self._world = world
        self._plan = plan
        self._coming: Trouble | None = None
        self._jobs = 0
        self._has_ended = True
        self._waited_s = self._well_s = 0.0
        world.is_noisy = bool(plan.noise)
        world.noise = plan.noise

    def run(self, patch: pytest.MonkeyPatch) -> None:
        self.printer = a_driver(self._world, self, patch)
        self._world.at(0.0, self._next)
        while True:
            try:
                live(self.printer)
                break
            except Crashed:
                self.printer = a_driver(self._world, self, patch)
                if not self._has_ended:
                    self._end(Outcome(Result.UNCERTAIN, Reason.CRASHED))
            except Wrong as error:
                pytest.fail(f"{error}\n{self._plan}\n{self.outcomes}")
        self._check_all()

    # --- people -----------------------------------------------------------------------------------------------

    def _next(self) -> None:
        """The next ticket, as soon as the screen offers one; one that has to print when all has been well for a while.

        A driver that is just finding out may still offer what it will not give.
        """
        is_whole = not self._world.device.faults and self._world.is_plugged and self._world.is_wired
        is_well = is_whole and self.printer.status.can_print
        self._well_s = self._well_s + LOOK_S if is_well else 0.0
        self._waited_s += LOOK_S
        sure(self._waited_s < COMES_BACK_S, f"it does not come back: {self.printer.status}")
        is_last = self._jobs == len(self._plan.troubles)
        if not is_well or (self._well_s < WELL_S and (is_last or not self._plan.troubles[self._jobs])):
            self._world.at(LOOK_S, self._next)
            return
        self._waited_s = self._well_s = 0.0
        if is_last:
            self._world.at(10.0, self.printer.close)
            return
        trouble = self._plan.troubles[self._jobs]
        self._jobs += 1
        self._has_ended = False
        self._coming = trouble
        if trouble and trouble.after_bytes is not None:
            self._world.after(trouble.after_bytes, lambda: self._happens(trouble))
        elif trouble:
            self._world.at(trouble.after_s, lambda: self._happens(trouble))
        number = f"A-{self._jobs:05}"
        self.printer.print(Job(number, a_slip(number)))

    def _happens(self, trouble: Trouble) -> None:
        if trouble is not self._coming:  # the ticket was out before
            return
        self._coming = None
        self._strikes(trouble)

    def _strikes(self, trouble: Trouble) -> None:
        if then := trouble.then:
            self._world.at(then.after_s, lambda: self._strikes(then))
        if trouble.fault == CRASH:
            self.strip_hangs = True
            raise Crashed
        self._world.fail(trouble.fault)
        self._world.at(trouble.lasts_s, lambda: self._world.repair(trouble.fault))

    # --- journal and listener ---------------------------------------------------------------------------------

    def start_sending(self, job_id: str) -> Sending:
        return Sending(job_id[-4:], 1)

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None:
        del job_id, attempt
        self.used_mm += paper.used_mm
        if outcome.is_printed or paper.hangs:
            self.strip_hangs = paper.hangs

    def strip_voided(self, paper: Paper) -> None:
        self.used_mm += paper.used_mm
        self.strip_hangs = paper.hangs

    def roll_changed(self) -> None: ...

    def printer_changed(self, status: Status) -> None: ...

    def printed(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        del attempt
        if outcome.is_printed:
            sure(self._lies(job_id), f"{job_id} was called {outcome} and is not there")
        if outcome.result is Result.CONFIRMED_LATE:
            self.outcomes.append((job_id, outcome))
        else:
            self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        self._has_ended = True
        self.outcomes.append((f"A-{self._jobs:05}", outcome))
        self._coming = None
        trouble = self._plan.troubles[self._jobs - 1]
        if not trouble:
            sure(outcome.is_printed, f"nothing was wrong with A-{self._jobs:05}, and it is {outcome}")
        self._world.at(0.5, self._next)

    # --- what is so -------------------------------------------------------------------------------------------

    def _lies(self, number: str) -> bool:
        return any(
            piece.whole and f"{number} begins" in piece.text and f"{number} ends" in piece.text
            for paper in self._world.papers
            for piece in paper.pieces
        )

    def _check_all(self) -> None:
        assert self._jobs == len(self._plan.troubles)
        said: dict[str, set[bool | None]] = {}
        for number, outcome in self.outcomes:
            told = True if outcome.is_printed else False if outcome.result is Result.NOT_PRINTED else None
            said.setdefault(number, set()).add(told)
        text = "\n".join(piece.text for paper in self._world.papers for piece in paper.pieces if piece.whole)
        for number, told in said.items():
            if told == {False}:
                assert f"{number} ends" not in text, f"{number} was called not printed, and lies there"


def play(kind: str, plan: Plan, baud: int = 9600) -> Story:
    model, profile = KINDS[kind]
    story = Story(World(model, profile, baud=baud), plan)
    with pytest.MonkeyPatch.context() as patch:
        story.run(patch)
    return story


def shortest(fault: Fault | str) -> float:
    """A part of a ticket that got lost in between is a hole that no printer knows of: it has to be longer than one."""
    return BOOT_S if fault in {Fault.POWER_OFF, CABLE} else 0.05


# --- one by one --------------------------------------------------------------------------------------------------


CONFIRMED, LATE = Outcome(Result.CONFIRMED), Outcome(Result.CONFIRMED_LATE)
SILENT = Outcome(Result.UNCERTAIN, Reason.SILENT)
SENSORS = pytest.mark.parametrize("kind", ["sensor", "sensor, without cutter"])
NOISE = pytest.mark.parametrize("noise", [b"", b"\x00", b"\x03"])


def outcomes(kind: str, *troubles: Trouble | None, noise: bytes = b"") -> list[tuple[str, Outcome]]:
    return play(kind, Plan((*troubles, None), noise)).outcomes


@pytest.mark.parametrize("kind", KINDS)
def test_without_trouble_every_ticket_is_what_its_printer_can_say(kind: str) -> None:
    best = Outcome(Result.PROBABLE) if kind == "status" else CONFIRMED
    assert outcomes(kind, None, None) == [("A-00001", best), ("A-00002", best), ("A-00003", best)]


@SENSORS
@NOISE
def test_power_that_goes_and_comes_is_no_answer_of_the_sensor_and_dead_answers_are_forgotten(
    kind: str, noise: bytes
) -> None:
    """The line makes a byte when the power goes and one when it comes: together as many as the answers owed."""
    told = outcomes(kind, Trouble(Fault.POWER_OFF, None, 0.2, 1.2), None, noise=noise)
    assert told == [("A-00001", SILENT), ("A-00002", CONFIRMED), ("A-00003", CONFIRMED)]


@SENSORS
def test_a_late_answer_of_the_sensor_finds_its_job_and_never_the_next(kind: str) -> None:
    told = outcomes(kind, Trouble(Fault.COVER_OPEN, None, 0.2, 3.0))
    reason = Reason.COVER if kind == "sensor" else Reason.OTHER
    assert told == [("A-00001", Outcome(Result.UNCERTAIN, reason)), ("A-00001", LATE), ("A-00002", CONFIRMED)]


NEVER = Trouble(Fault.PAPER_OUT, None, 60.0, 1.0)
"""For a ticket that is handed over without waiting until all has been well for a while."""


@SENSORS
@pytest.mark.parametrize("between", [Fault.UNPLUGGED, CABLE, CRASH])
def test_what_it_still_owes_it_owes_on_another_line_too(kind: str, between: Fault | str) -> None:
    """Its cover is closed again when the line is another one: the old ticket comes out, and answers, in the new one."""
    meanwhile = Trouble(between, None, 1.0, 2.0)
    told = outcomes(kind, Trouble(Fault.COVER_OPEN, None, 0.2, 8.0, then=meanwhile), NEVER, NEVER)
    late = [LATE] if between is not CRASH else []  # nobody is left who knows whose answer it is
    assert [outcome for number, outcome in told if number == "A-00001"][1:] == late
    assert [outcome for number, outcome in told if number != "A-00001"] == [CONFIRMED] * 3


@SENSORS
def test_as_many_bytes_as_are_owed_from_a_printer_that_has_gone_are_no_answer(kind: str) -> None:
    story = Story(World(*KINDS[kind]), Plan((Trouble(Fault.POWER_OFF, None, 0.2, 3.0), None)))
    story._world.is_noisy = True
    story._world.noise = b"\0\0"
    with pytest.MonkeyPatch.context() as patch:
        story._world.at(1.0, lambda: setattr(story._world, "is_noisy", False))
        story.run(patch)
    assert story.outcomes == [("A-00001", SILENT), ("A-00002", CONFIRMED)]


def test_a_printer_that_is_blocked_owes_on_and_is_not_waited_for() -> None:
    world = World(CLONE_GSR, CLONE_80)
    dialogue = Dialogue(Line(world, 0), Patience(), lambda: world.now, lambda: False, CLONE_80)
    dialogue.expect("0001")
    world.fail(Fault.COVER_OPEN)
    dialogue.synchronise(interrupted=False)
    assert dialogue.owes
    assert world.now < Patience().reply_s
    world.repair(Fault.COVER_OPEN)
    dialogue.synchronise(interrupted=False)
    assert not dialogue.owes
    assert dialogue.take_acknowledged() == set()


def test_one_that_stops_just_when_it_is_asked_for_what_it_owes_answers_for_nobody_later() -> None:
    """The job was lost with its power; what answers in the end is the question that was to settle it."""
    world = World(CLONE_GSR, CLONE_80)
    dialogue = Dialogue(Line(world, 0), Patience(), lambda: world.now, lambda: False, CLONE_80)
    dialogue.expect("0001")
    world.after(len(commands.RESET) + 2 * len(commands.ask_status(1)), lambda: world.fail(Fault.COVER_OPEN))
    dialogue.synchronise(interrupted=False)
    assert dialogue.owes
    world.repair(Fault.COVER_OPEN)
    dialogue.listen(1.0)
    dialogue.listen(1.0)
    assert "0001" not in dialogue.take_acknowledged()
    dialogue.synchronise(interrupted=False)
    assert not dialogue.owes


@SENSORS
@pytest.mark.parametrize(
    ("first", "second"),
    [(Fault.POWER_OFF, Fault.COVER_OPEN), (Fault.COVER_OPEN, Fault.PAPER_OUT), (Fault.COVER_OPEN, Fault.POWER_OFF)],
)
def test_a_second_fault_at_any_moment_of_the_recovery_makes_nothing_untrue(
    kind: str, first: Fault, second: Fault
) -> None:
    for step in range(25):
        then = Trouble(second, None, 1.2 + 0.06 * step, 6.0)
        outcomes(kind, Trouble(first, None, 0.2, 1.2, then=then), NEVER, NEVER)


@pytest.mark.parametrize("lasts_s", [0.7, 0.9, 1.2, 4.0])
def test_a_printer_that_was_away_for_a_moment_only_makes_no_ticket_probable(lasts_s: float) -> None:
    told = outcomes("status", Trouble(Fault.POWER_OFF, None, 0.3, lasts_s))
    assert told[0][1].result is Result.UNCERTAIN
    assert told[1:] == [("A-00002", Outcome(Result.PROBABLE))]


# --- by chance ---------------------------------------------------------------------------------------------------


def durations(fault: Fault | str) -> st.SearchStrategy[float]:
    return st.floats(min_value=shortest(fault), max_value=12.0)


FAULTS = [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.CUTTER_JAMMED, Fault.POWER_OFF, Fault.UNPLUGGED, CABLE, CRASH]
troubles = st.sampled_from(FAULTS).flatmap(
    lambda fault: st.builds(
        Trouble,
        st.just(fault),
        st.none() | st.integers(min_value=0, max_value=160),
        st.floats(min_value=0.0, max_value=2.0),
        durations(fault),
    )
)
plans = st.builds(
    Plan,
    st.lists(troubles | st.none(), min_size=1, max_size=12).map(lambda some: (*some, None)),
    st.sampled_from([b"", b"\x00", b"\x03"]),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=45)
@given(plan=plans)
def test_nothing_untrue_is_said_whatever_happens(kind: str, plan: Plan) -> None:
    play(kind, plan)


def a_life(chance: random.Random, tickets: int) -> Plan:
    """As the above, and the same each time for the same seed."""

    def trouble() -> Trouble | None:
        if chance.random() < 0.3:
            return None
        fault = chance.choice(FAULTS)
        after_bytes = chance.randrange(160) if chance.random() < 0.6 else None
        return Trouble(fault, after_bytes, chance.uniform(0, 2), shortest(fault) + chance.expovariate(0.5))

    return Plan((*(trouble() for _ in range(tickets - 1)), None), chance.choice([b"", b"\x00", b"\x03"]))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("baud", [9600, 115200])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_untrue_is_said_in_fifty_thousand_tickets(kind: str, baud: int, seed: int) -> None:
    play(kind, a_life(random.Random(f"{kind} {baud} {seed}"), 250), baud)
