"""A bench with a printer on it: the real driver, a real pty, and the virtual printer behind it.

When a test ends, the bench checks what no test may break: whoever was told "printed" has paper, and what was told
"not printed" is on no paper. `SimulatedLine` is the same machine without threads, in a time of its own.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING

import pytest

from drivers.printer.dialogue import Dialogue, Patience
from drivers.printer.driver import EscPosPrinter
from drivers.printer.link import PortLost
from drivers.printer.ports import Port
from drivers.printer.profile import EPSON_80, Profile
from drivers.printer.virtual.device import Device, Fault, Mechanics
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.words import (
    Align,
    Cut,
    Feed,
    Job,
    Number,
    Outcome,
    Paper,
    Qr,
    Reason,
    Result,
    Sending,
    Slip,
    State,
    Status,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drivers.printer.virtual.paper import Ticket

WAIT_S = 20.0
PATIENT = Patience(reply_s=3.0, clear_s=3.0, poll_s=0.2, slack_s=5.0, reopen_first_s=0.02, reopen_last_s=0.1)
"""For a busy machine: nothing here is told by the clock."""

QUICK = Patience(
    reply_s=0.3,
    clear_s=0.4,
    poll_s=0.2,
    poll_waiting_s=0.05,
    slack_s=0.3,
    slowest_mm_s=1000.0,
    reopen_first_s=0.02,
    reopen_last_s=0.1,
    silent_s=0.05,
    opening_tries=1,
)


VOID = Slip((Text("*** TICKET INCOMPLETO: ANULADO ***", align=Align.CENTRE, bold=True), Cut()))


def a_slip(number: str = "A-047") -> Slip:
    """A ticket as the kiosk makes it, with every kind of element."""
    return Slip(
        (
            Text("INSTITUTO NACIONAL DE SALUD", align=Align.CENTRE, bold=True),
            Text("Mesa de Partes, Sede Central", align=Align.CENTRE),
            Feed(2),
            Number(number),
            Text("Presentación de documentos", size=2, align=Align.CENTRE),
            Feed(2),
            Text("Fecha: 23/11/2026      Hora: 10:42"),
            Text("Documento: DNI *****678      Folios: 12"),
            Qr("HTTPS://TURNOS.EJEMPLO.GOB/T/AE5GHT7QWERTYUIOPASDFGHJKLZXCVBNM234567QWERTYUIOPASDF"),
            Text(f"Siga su trámite: {number}-K7QM", align=Align.CENTRE),
            Feed(1.5),
            Text("Este ticket no es cargo de recepción. Lunes a viernes, 8:30 a 16:30.", align=Align.CENTRE),
            Cut(),
        )
    )


class Record:
    """Journal and listener that remember, and that a test can wait on."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.statuses: list[Status] = []
        self.begun: list[str] = []
        self.finished: list[tuple[str, int, Outcome]] = []
        self.told: list[tuple[str, int, Outcome]] = []
        self.strip_hangs = False
        self.voided: list[bool] = []
        self.rolls = 0
        self.used_mm = 0.0

    def start_sending(self, job_id: str) -> Sending:
        self.begun.append(job_id)
        return Sending(f"{len(self.begun):04}", self.begun.count(job_id))

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None:
        self.finished.append((job_id, attempt, outcome))
        self.paper(paper)

    def strip_voided(self, paper: Paper) -> None:
        self.voided.append(paper.hangs)
        self.paper(paper)

    def roll_changed(self) -> None:
        self.rolls += 1

    def paper(self, paper: Paper) -> None:
        self.used_mm += paper.used_mm
        if paper.used_mm:
            self.strip_hangs = paper.hangs

    def printer_changed(self, status: Status) -> None:
        with self.changed:
            self.statuses.append(status)
            self.changed.notify_all()

    def printed(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        with self.changed:
            self.told.append((job_id, attempt, outcome))
            self.changed.notify_all()


@dataclass
class Bench:
    """The printer under test and what happens to it."""

    port: Path
    virtual: VirtualPrinter
    record: Record
    made: list[EscPosPrinter] = field(default_factory=list)

    def start(self, *, ready: bool = True, patience: Patience = PATIENT, profile: Profile = EPSON_80) -> EscPosPrinter:
        """The driver on the bench's port."""
        printer = EscPosPrinter(
            Port(str(self.port), 115200), self.record, self.record, profile=profile, void=VOID, patience=patience
        )
        self.made.append(printer)
        if ready:
            self.await_state(State.READY)
        return printer

    @property
    def printer(self) -> EscPosPrinter:
        return self.made[-1] if self.made else self.start()

    def print(self, job_id: str = "A-047") -> Outcome:
        """Prints a ticket whose number is ``job_id`` and waits for what became of it."""
        before = sum(1 for told, _, _ in self.record.told if told == job_id)
        self.send(job_id)
        return self.outcome_of(job_id, before)

    def send(self, job_id: str) -> None:
        """Hands a ticket over and does not wait."""
        self.printer.print(Job(job_id, a_slip(job_id)))

    def outcome_of(self, job_id: str, skip: int = 0) -> Outcome:
        """The outcome of a job, the ``skip`` first ones apart."""

        def outcomes() -> list[Outcome]:
            return [outcome for told, _, outcome in self.record.told if told == job_id]

        with self.record.changed:
            assert self.record.changed.wait_for(lambda: len(outcomes()) > skip, WAIT_S), f"no outcome of {job_id}"
            return outcomes()[skip]

    def await_state(self, state: State, reason: Reason | None = None) -> None:
        """Until the driver says so."""
        wanted = Status(state, reason)
        with self.record.changed:
            assert self.record.changed.wait_for(lambda: self.printer.status == wanted, WAIT_S), self.record.statuses

    def on_paper(self, job_id: str) -> int:
        """How many times the last lines of the ticket with this number lie there, whole."""
        whole = re.compile(rf"{job_id}-K7QM\n[^K]*16:30\.")
        return sum(len(whole.findall(ticket.text)) for ticket in self.virtual.tickets)

    def check(self, *, broken_off: bool = False) -> None:
        """No false statement, neither way, and clean bytes.

        ``broken_off``: a printer that cannot be cleared is led by NULs out of a command that was broken off, and the
        beginning of that command followed by a NUL is none that it knows.
        """
        for job_id, _, outcome in self.record.told:
            if outcome.result in {Result.CONFIRMED, Result.PROBABLE, Result.CONFIRMED_LATE}:
                assert self.on_paper(job_id), f"{job_id} was called printed and is not"
        lost = {job for job, _, outcome in self.record.told if outcome.result is Result.NOT_PRINTED}
        kept = {job for job, _, outcome in self.record.told if outcome.result is not Result.NOT_PRINTED}
        assert not [job for job in lost - kept if self.on_paper(job)], "called not printed, and is on paper"
        led_out = {f"unknown command {start} 00" for start in ("1B", "1C", "1D")} if broken_off else set()
        assert set(self.virtual.violations) <= led_out


def a_bench(folder: Path, mechanics: Mechanics | None = None) -> Iterator[Bench]:
    virtual = VirtualPrinter(folder / "port", folder / "tickets", mechanics=mechanics)
    bench = Bench(folder / "port", virtual, Record())
    yield bench
    for printer in bench.made:
        printer.close()
    bench.check()
    virtual.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A printer that takes no time."""
    yield from a_bench(tmp_path)


@pytest.fixture
def slow_bench(tmp_path: Path) -> Iterator[Bench]:
    """A printer that needs a second for a ticket, longer than the driver's patience here."""
    yield from a_bench(tmp_path, Mechanics(mm_s=120.0, cut_s=0.1))


class SimulatedLine:
    """The virtual printer's machine at the end of a line of ``baud``, in simulated seconds; implements `Link`."""

    answers = True
    can_be_held = False

    def __init__(self, baud: int, mechanics: Mechanics, *, hears: Callable[[bytes], bytes] = bytes) -> None:
        """``hears`` changes what the host gets to hear of the printer's answers."""
        self.now = 0.0
        self.bytes_per_s = baud / 10
        self.tickets: list[Ticket] = []
        self.device = Device(lambda data: self._answer(hears(data)), self.tickets.append, mechanics)
        self.events: list[tuple[float, Callable[[], None]]] = []
        self.delays_s: list[float] = []
        self._late: deque[tuple[float, bytes]] = deque()
        self._inbox = bytearray()
        self._wire: deque[tuple[float, int]] = deque()
        self._plugged = True

    def _answer(self, data: bytes) -> None:
        """The host hears it at once, or after the next of ``delays_s``; never before an earlier answer."""
        delay_s = self.delays_s.pop(0) if self.delays_s else 0.0
        self._late.append((max(self.now + delay_s, self._late[-1][0] if self._late else 0.0), data))

    def at(self, when_s: float, fault: Fault) -> None:
        """A fault ``when_s`` seconds from now."""
        self.events.append((self.now + when_s, lambda: self._fail(fault)))

    def dialogue(self, profile: Profile = EPSON_80) -> Dialogue:
        return Dialogue(self, Patience(), lambda: self.now, lambda: False, profile)

    def send_urgently(self, data: bytes) -> None:
        self.send(data)

    def finish(self, timeout_s: float) -> bool:
        del timeout_s
        return False

    def send(self, data: bytes) -> None:
        self._run()
        arrival = max(self.now, self._wire[-1][0] if self._wire else 0.0)
        for byte in data:
            arrival += 1 / self.bytes_per_s
            self._wire.append((arrival, byte))

    def receive(self, timeout_s: float) -> bytes:
        deadline = self.now + timeout_s
        while True:
            due = self._run()
            if self._inbox or self.now >= deadline:
                taken = bytes(self._inbox)
                self._inbox.clear()
                return taken
            self.now = min([deadline, *([due] if due is not None else [])])

    def close(self) -> None:
        self._wire.clear()

    def _run(self) -> float | None:
        """Everything due by now; returns when the next thing is."""
        for event in [event for event in self.events if event[0] <= self.now]:
            self.events.remove(event)
            event[1]()
        if not self._plugged:
            raise PortLost
        while self._wire and self._wire[0][0] <= self.now:
            self.device.receive(bytes([self._wire.popleft()[1]]))
        due = self.device.advance(self.now)
        while self._late and self._late[0][0] <= self.now:
            self._inbox += self._late.popleft()[1]
        times = [*([due] if due is not None else []), *(at for at, _ in self.events), *(at for at, _ in self._late)]
        return min([*times, *([self._wire[0][0]] if self._wire else [])], default=None)

    def _fail(self, fault: Fault) -> None:
        if fault is Fault.UNPLUGGED:
            self._plugged = False
        else:
            self.device.fail(fault)


@pytest.fixture
def quick() -> Patience:
    """For tests of silence, where a wait is the point."""
    return QUICK


@pytest.fixture(scope="session")
def simulated() -> Callable[..., SimulatedLine]:
    return SimulatedLine


@pytest.fixture
def slip() -> Slip:
    return a_slip()
