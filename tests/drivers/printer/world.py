"""The whole driver, its line, its printer and the people around it, in one thread and in a time of their own.

A wait is a step in time, so that hours of faults and repairs pass in seconds, and the same ones each time.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from drivers.printer import driver
from drivers.printer.link import PortLost
from drivers.printer.virtual.device import Device, Fault, Mechanics
from drivers.printer.words import Align, Cut, Job, Sending, Slip, State, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.printer.driver import EscPosPrinter
    from drivers.printer.profile import Profile
    from drivers.printer.virtual.models import Model
    from drivers.printer.virtual.paper import Ticket
    from drivers.printer.words import Outcome, Paper, Status

VOIDED = "ANULADO"
VOID = Slip((Text(VOIDED, align=Align.CENTRE), Cut()))
SLICE = 32
CABLE = "cable"
"""A trouble that the printer itself knows nothing of."""
Trouble = Fault | str


def a_slip(number: str) -> Slip:
    """A short ticket that says at both its ends which one it is."""
    return Slip((Text(f"{number} begins"), Text("Presentar documentos", bold=True), Text(f"{number} ends"), Cut()))


class World:
    """One printer and its driver. ``journal`` is whoever stands for store and screen; `run` lets it all happen."""

    def __init__(self, model: Model, profile: Profile, *, baud: int = 9600, mm_s: float = 200.0) -> None:
        self.now = 0.0
        self.profile = profile
        self.papers: list[Ticket] = []
        self.device = Device(self._answer, self.papers.append, Mechanics(mm_s, 0.35), model=model)
        self.bytes_per_s = baud / 10
        self.is_plugged = True
        self.is_wired = True
        """Whether the cable between adapter and printer is in: without it bytes are lost, and nobody is told."""
        self.is_noisy = False
        """Whether a line that breaks makes a byte, as most do."""
        self.noise = b"\x00"
        self.unplugged = 0
        """How many times: a line that was opened before is dead, even if it is plugged in again at once."""
        self._at: list[tuple[float, int, Callable[[], None]]] = []
        self._wire: deque[tuple[float, bytes]] = deque()
        self._inbox = bytearray()
        self._count = 0
        self._planned: tuple[int, Callable[[], None]] | None = None
        self._rung = False

    # --- what happens to it -----------------------------------------------------------------------------------

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Something that happens ``seconds`` from now."""
        self._count += 1
        heapq.heappush(self._at, (self.now + seconds, self._count, action))

    def after(self, count: int, action: Callable[[], None]) -> None:
        """Something that happens when the printer has received ``count`` more bytes."""
        self._planned = (count, action)

    def fail(self, fault: Trouble) -> None:
        if fault is CABLE:
            self.is_wired = False
        elif fault is Fault.UNPLUGGED:
            self.is_plugged = False
            self.unplugged += 1
            self._wire.clear()
            self._inbox.clear()
        else:
            assert isinstance(fault, Fault)
            self.device.advance(self.now)
            self.device.fail(fault)
        self._break(fault)

    def repair(self, fault: Trouble) -> None:
        if fault is CABLE:
            self.is_wired = True
        elif fault is Fault.UNPLUGGED:
            self.is_plugged = True
        else:
            assert isinstance(fault, Fault)
            self.device.repair(fault)
        self._break(fault)

    def _break(self, fault: Trouble) -> None:
        if self.is_noisy and self.is_plugged and fault in {Fault.POWER_OFF, CABLE}:
            self._inbox += self.noise

    # --- the port, and the line while it is open -----------------------------------------------------------------

    def open(self, doorbell: object) -> Line:
        """As a `Port`."""
        del doorbell
        self._pass(0.0)
        if not self.is_plugged:
            raise PortLost
        self._wire.clear()
        return Line(self, self.unplugged)

    def send(self, data: bytes) -> None:
        start = max(self.now, self._wire[-1][0] if self._wire else 0.0)
        for at in range(0, len(data), SLICE):
            part = data[at : at + SLICE]
            start += len(part) / self.bytes_per_s
            self._wire.append((start, part))

    def receive(self, timeout_s: float) -> bytes:
        self._pass(timeout_s, until_heard=True)
        heard = bytes(self._inbox)
        self._inbox.clear()
        return heard

    # --- time ---------------------------------------------------------------------------------------------------

    def ring(self) -> None:
        self._rung = True

    def _pass(self, seconds: float, *, until_heard: bool = False) -> None:
        end = self.now + seconds
        while True:
            due = self._do()
            if self._rung or self.now >= end or (until_heard and self._inbox):
                self._rung = False
                return
            self.now = min(end, due) if due is not None else end

    def _do(self) -> float | None:
        """Everything due now; returns when the next thing is."""
        while self._at and self._at[0][0] <= self.now:
            heapq.heappop(self._at)[2]()
        while self._wire and self._wire[0][0] <= self.now:
            self._arrive(self._wire.popleft()[1])
        due = self.device.advance(self.now)
        times = [*([due] if due is not None else []), *(at for at, _, _ in self._at[:1])]
        return min([*times, *([self._wire[0][0]] if self._wire else [])], default=None)

    def _arrive(self, data: bytes) -> None:
        if not self.is_wired:
            return
        if self._planned:
            count, action = self._planned
            if len(data) < count:
                self._planned = (count - len(data), action)
            else:
                self._planned = None
                self.device.receive(data[:count])
                self.device.advance(self.now)
                action()
                data = data[count:] if self.is_plugged and self.is_wired else b""
        self.device.receive(data)

    def _answer(self, data: bytes) -> None:
        if self.is_plugged and self.is_wired:
            self._inbox += data


@dataclass
class Line:
    """One opening of the port; implements `Link`. When it was pulled it stays lost."""

    world: World
    unplugged: int
    answers = True
    can_be_held = False

    @property
    def bytes_per_s(self) -> float:
        return self.world.bytes_per_s

    def send(self, data: bytes) -> None:
        self._check()
        self.world.send(data)

    def send_urgently(self, data: bytes) -> None:
        self.send(data)

    def receive(self, timeout_s: float) -> bytes:
        self._check()
        heard = self.world.receive(timeout_s)
        self._check()
        return heard

    def finish(self, timeout_s: float) -> bool:
        del timeout_s
        return False

    def close(self) -> None:
        self.world._wire.clear()

    def _check(self) -> None:
        if not self.world.is_plugged or self.unplugged != self.world.unplugged:
            raise PortLost


class NoThread:
    """The driver's thread, which `Life.run` plays."""

    def __init__(self, target: Callable[[], None], **_: Any) -> None:
        self.run = target

    def start(self) -> None: ...

    def join(self, timeout: float | None = None) -> None: ...


class Bell:
    """The driver's doorbell."""

    world: World

    def ring(self) -> None:
        self.world.ring()

    def wait(self, timeout_s: float) -> None:
        self.world._pass(timeout_s)

    def close(self) -> None: ...


def a_driver(
    world: World, journal: Any, patch: pytest.MonkeyPatch, *, void: Slip | None = VOID, **settings: Any
) -> EscPosPrinter:
    """The driver at this world's port, which does nothing yet."""
    patch.setattr(driver, "Thread", NoThread)
    patch.setattr(driver, "Doorbell", type("Bell", (Bell,), {"world": world}))
    return driver.EscPosPrinter(
        world,  # type: ignore[arg-type] - opens like a port
        journal,
        journal,
        profile=world.profile,
        void=void,
        clock=lambda: world.now,
        **settings,
    )


def live(printer: EscPosPrinter) -> None:
    """Runs the driver in this thread until it is closed."""
    printer._thread.run()


class Desk:
    """Journal, listener and the person before the printer, who does one thing after another as a script says.

    A script is a generator; it yields what to wait for.
    """

    def __init__(self, world: World, *, strip_hangs: bool = False) -> None:
        self.world = world
        self.printer: EscPosPrinter
        self.strip_hangs = strip_hangs
        self.told: list[tuple[str, Outcome]] = []
        self.voided: list[bool] = []
        self.used_mm = 0.0
        self.rolls = 0

    def play(self, script: Callable[[Desk], Iterator[Callable[[], bool]]], **settings: Any) -> None:
        """The script from its beginning to its end, with a driver of its own that ends with it."""
        steps = script(self)
        done: list[bool] = []

        def go_on(until: Callable[[], bool]) -> None:
            if not until():
                if self.world.now > give_up:
                    raise Wrong(f"what was waited for never came: {self.printer.status} {self.told}")
                self.world.at(0.05, lambda: go_on(until))
                return
            try:
                following = next(steps, None)
            except AssertionError as error:
                raise Wrong(str(error)) from error
            if following is None:
                done.append(True)
                self.printer.close()
            else:
                self.world.at(0.05, lambda: go_on(following))

        with pytest.MonkeyPatch.context() as patch:
            self.printer = a_driver(self.world, self, patch, **settings)
            give_up = self.world.now + 300.0
            self.world.at(0.0, lambda: go_on(lambda: True))
            try:
                live(self.printer)
            except Wrong as error:
                raise AssertionError(str(error)) from error
        assert done

    # --- what a script says ------------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        return self.printer.status.can_print

    def is_blocked(self) -> bool:
        return self.printer.status.state is State.BLOCKED

    def prints(self, number: str) -> Callable[[], bool]:
        """Hands the ticket over; what it returns is true when its outcome is known."""
        before = len(self.told)
        self.printer.print(Job(number, a_slip(number)))
        return lambda: len(self.told) > before

    def passes(self, seconds: float) -> Callable[[], bool]:
        """True after so long."""
        until = self.world.now + seconds
        return lambda: self.world.now >= until

    def outcomes_of(self, number: str) -> list[Outcome]:
        return [outcome for told, outcome in self.told if told == number]

    # --- journal and listener ----------------------------------------------------------------------------------

    def start_sending(self, job_id: str) -> Sending:
        return Sending(job_id[-4:].rjust(4, "0"), 1)

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None:
        del job_id, attempt
        self.used_mm += paper.used_mm
        if outcome.is_printed or paper.hangs:
            self.strip_hangs = paper.hangs

    def strip_voided(self, paper: Paper) -> None:
        self.voided.append(paper.hangs)
        self.used_mm += paper.used_mm
        self.strip_hangs = paper.hangs

    def roll_changed(self) -> None:
        self.rolls += 1

    def printer_changed(self, status: Status) -> None: ...

    def printed(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        del attempt
        self.told.append((job_id, outcome))


class Wrong(BaseException):
    """What a script found; no ``except Exception`` of the driver's may swallow it."""
