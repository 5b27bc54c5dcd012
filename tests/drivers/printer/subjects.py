"""Two ways to print the reference ticket: our driver, and python-escpos as its documentation shows it."""

from __future__ import annotations

import time
from threading import Condition
from typing import TYPE_CHECKING, Any

from drivers.printer.driver import EscPosPrinter
from drivers.printer.ports import Port
from drivers.printer.profile import CLONE_80, EPSON_80, MINI_58, PLAIN_80
from drivers.printer.words import Job, Number, Qr, Result, Sending, State, Text
from kiosk.slip import void_slip
from kiosk.texts import Texts
from tests.drivers.printer.matrix import Said
from tests.reference import reference_slip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from drivers.printer.profile import Profile
    from drivers.printer.virtual.printer import Dropped
    from drivers.printer.words import Outcome, Paper, Slip, Status

PROFILES = {
    "epson-tm-t20iii": EPSON_80,
    "clone-gsr": CLONE_80,
    "clone-gb18030": CLONE_80,
    "clone-dle": PLAIN_80,
    "mini-58mm": MINI_58,
    "tx-not-wired": EPSON_80,
}
"""What the doctor finds in each model of the virtual printer."""

PATIENCE_S = 20.0
LAST_LINE = "16:15"
_SETTLED = frozenset({State.READY, State.READY_LOW, State.BLOCKED, State.SILENT, State.ABSENT})
_PRINTED = frozenset({Result.CONFIRMED, Result.PROBABLE})


def lies_whole(paper: Dropped, number: str) -> bool:
    """Whether the whole ticket of ``number`` is on this piece of paper."""
    return any(piece.whole and number in piece.text and LAST_LINE in piece.text for piece in paper.pieces)


class OurDriver:
    """The driver in use, with a journal in memory."""

    strip_hangs = False

    def __init__(self, port: str, baud: int, profile: Profile) -> None:
        self.changed = Condition()
        self.outcomes: list[tuple[str, Outcome, float]] = []
        self._jobs = 0
        self._printer = EscPosPrinter(Port(port, baud), self, self, profile=profile, void=void_slip(Texts()))
        self._await(lambda: self._printer.status.state in _SETTLED)

    def print(self, number: str, begins: Callable[[], None]) -> Said:
        """Waits for somebody to mend the printer, as a visitor's screen does, but not for long."""
        already = len(self.outcomes)
        if already:
            self._await(lambda: self._printer.status.can_print)
        begins()
        self._printer.print(Job(number, reference_slip(number)))
        self._await(lambda: self.first_of(number) is not None)
        outcome, at_s = self.first_of(number) or (None, 0.0)
        assert outcome, f"no outcome of {number}"
        printed = True if outcome.result in _PRINTED else False if outcome.result is Result.NOT_PRINTED else None
        return Said(printed, f"{outcome.result.name} {outcome.reason.value if outcome.reason else ''}".strip(), at_s)

    def timed(self, number: str) -> float:
        """Seconds from handing the ticket over until it is known to be out."""
        begun = time.monotonic()
        said = self.print(number, lambda: None)
        assert said.printed, said
        return said.at_s - begun

    def first_of(self, number: str) -> tuple[Outcome, float] | None:
        """What was first said of a job."""
        return next(((outcome, at_s) for job, outcome, at_s in self.outcomes if job == number), None)

    def close(self) -> None:
        self._printer.close()

    # --- journal and listener ---------------------------------------------------------------------------------

    def start_sending(self, job_id: str) -> Sending:
        del job_id
        self._jobs += 1
        return Sending(f"{self._jobs:04}", 1)

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None: ...

    def strip_voided(self, paper: Paper) -> None: ...

    def roll_changed(self) -> None: ...

    def printer_changed(self, status: Status) -> None:
        del status
        with self.changed:
            self.changed.notify_all()

    def printed(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        del attempt
        with self.changed:
            self.outcomes.append((job_id, outcome, time.monotonic()))
            self.changed.notify_all()

    def _await(self, true: object) -> None:
        assert callable(true)
        with self.changed:
            self.changed.wait_for(true, PATIENCE_S)


def textbook_bytes(slip: Slip, logo: Image.Image | None = None) -> bytes:
    """What python-escpos makes of ``slip`` by its documented calls, with the logo as a picture."""
    from escpos.printer import Dummy  # noqa: PLC0415

    printer = Dummy(profile="TM-T20II")
    if logo is not None:
        printer.image(logo, center=True)
    _print_by_the_book(printer, slip)
    return bytes(printer.output)


def _print_by_the_book(printer: Any, slip: Slip) -> None:
    for element in slip.elements:
        match element:
            case Text(text, _, _, bold):
                printer.set(align="center", bold=bold)
                printer.textln(text)
            case Number(text):
                printer.set(align="center", custom_size=True, width=8, height=8)
                printer.textln(text)
                printer.set(custom_size=True, width=1, height=1)
            case Qr(data):
                printer.qr(data, size=6, center=True)
    printer.cut()


class Textbook:
    """python-escpos 3.1 on a serial line: paper there and on-line? print; still on-line? then it is printed."""

    def __init__(self, port: str, baud: int) -> None:
        from escpos.printer import Serial  # noqa: PLC0415

        self._baud = baud
        self._printer = Serial(devfile=port, baudrate=baud, profile="TM-T20II")

    def print(self, number: str, begins: Callable[[], None]) -> Said:
        try:
            return self._try(number, begins)
        except Exception as error:  # noqa: BLE001 - whatever it lets out; a program that uses it has to live with that
            return Said(printed=False, words=f"exception {type(error).__name__}", at_s=time.monotonic())

    def _try(self, number: str, begins: Callable[[], None]) -> Said:
        if self._printer.paper_status() == 0:
            return Said(printed=False, words="no paper", at_s=time.monotonic())
        if not self._printer.is_online():
            return Said(printed=False, words="off-line before", at_s=time.monotonic())
        slip, begun = reference_slip(number), time.monotonic()
        begins()
        _print_by_the_book(self._printer, slip)
        # fair: all bytes have left and the mechanics had their time before it is asked
        time.sleep(max(0.0, begun + len(textbook_bytes(slip)) * 10 / self._baud + 1.5 - time.monotonic()))
        online = self._printer.is_online()
        return Said(printed=bool(online), words="on-line" if online else "off-line", at_s=time.monotonic())

    def close(self) -> None:
        from contextlib import suppress  # noqa: PLC0415

        with suppress(Exception):
            self._printer.close()
