"""The machine: it keeps what it receives, prints it in order, has faults, and answers for its sensors."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, assert_never

from drivers.printer.virtual.paper import (
    CELL,
    CENTRE,
    CUTTER_DOTS,
    DOTS_A_MM,
    HEAD_DOTS,
    LEFT,
    RIGHT,
    Strip,
    Style,
    qr_side,
)
from drivers.printer.virtual.parser import Command, Op, RealTime, Reception, Violation, take

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from drivers.printer.virtual.paper import Ticket

BUFFER_BYTES: Final = 4096
MAKER, MODEL = "VIRTUAL", "TM-T20III"

_CODE_PAGES: Final = {0: "cp437", 2: "cp850", 3: "cp860", 16: "cp1252", 18: "cp852", 19: "cp858"}
_INFO: Final = {65: "1.00 ESC/POS", 66: MAKER, 67: MODEL, 68: "0001"}
_NATIONAL_SETS: Final = 18
_LARGEST: Final = 8


class Fault(Enum):
    """What can be wrong with a printer. Several at once are possible."""

    PAPER_OUT = "paper out"
    PAPER_LOW = "paper low"
    COVER_OPEN = "cover open"
    CUTTER_JAMMED = "cutter jammed"
    POWER_OFF = "power off"
    UNPLUGGED = "unplugged"
    GARBAGE = "garbage"
    """It hears and speaks another speed: it understands nothing and answers every byte with noise."""


@dataclass(frozen=True, slots=True)
class Mechanics:
    """How fast paper moves and the blade falls."""

    mm_s: float = 200.0
    cut_s: float = 0.35


@dataclass(slots=True)
class _Settings:
    align: int = LEFT
    style: Style = field(default_factory=Style)
    code_page: str = "cp437"
    auto_status: int = 0
    qr_module: int = 3
    qr_level: int = 48
    qr_data: str = ""


class Device:
    """A printer's insides. Not thread-safe; time comes in as ``now``, in seconds."""

    def __init__(
        self,
        answer: Callable[[bytes], None],
        drop: Callable[[Ticket], None],
        mechanics: Mechanics | None = None,
    ) -> None:
        """``answer`` takes bytes for the host, ``drop`` each ticket. Without ``mechanics`` paper takes no time."""
        self.violations: deque[str] = deque(maxlen=100)
        self.faults: set[Fault] = set()
        self._send = answer
        self._drop = drop
        self._mechanics = mechanics
        self._strip = Strip()
        self._cutter_error = False
        self._switch_on()

    def _switch_on(self) -> None:
        self._reception = Reception()
        self._buffer = bytearray()
        self._settings = _Settings()
        self._line: list[tuple[str, Style]] = []
        self._busy_until = 0.0
        self._starved = True
        self._cutting = False
        self._told = b""
        self._cutter_error = False

    # --- what people do to it ---------------------------------------------------------------------------------

    def fail(self, fault: Fault) -> None:
        """The fault is there from now on. Losing power forgets everything but the paper."""
        self.faults.add(fault)
        if fault is Fault.POWER_OFF:
            self._switch_on()
        self._tell_change()

    def repair(self, fault: Fault) -> None:
        """The fault is gone; printing goes on with whatever is still in the buffer."""
        self.faults.discard(fault)
        self._starved = True  # what follows begins now
        if fault is Fault.CUTTER_JAMMED:
            self._cutter_error = False
        self._tell_change()

    # --- what the host does -----------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Bytes from the line: real-time commands act now, the rest waits in the buffer."""
        if Fault.POWER_OFF in self.faults:
            return
        if Fault.GARBAGE in self.faults:
            self._answer(data)
            return
        for part in self._reception.feed(data):
            if isinstance(part, RealTime):
                self._act(part)
            else:
                free = BUFFER_BYTES - len(self._buffer)
                self._buffer += part[:free]
                if len(part) > free:
                    self.violations.append(f"buffer full: {len(part) - free} bytes lost")

    def _answer(self, data: bytes) -> None:
        self._send(bytes(0x80 | byte * 7 % 0x7F for byte in data) if Fault.GARBAGE in self.faults else data)

    def advance(self, now: float) -> float | None:
        """Does everything that is due at ``now``; returns when the next is due, None when it waits for the host."""
        while self._is_able():
            if now < self._busy_until:
                return self._busy_until
            if self._cutting:
                self._finish_cut()
                continue
            command = take(self._buffer)
            if command is None:
                self._starved = True
                return None
            if self._starved:  # it begins now; else where the last movement ended, however late we are called
                self._starved, self._busy_until = False, max(now, self._busy_until)
            if isinstance(command, Violation):
                self.violations.append(command.what)
            else:
                self._execute(command)
        return None

    def _is_able(self) -> bool:
        return Fault.POWER_OFF not in self.faults and not self._is_offline()

    def _is_offline(self) -> bool:
        return self._cutter_error or not self.faults.isdisjoint({Fault.PAPER_OUT, Fault.COVER_OPEN})

    # --- status -----------------------------------------------------------------------------------------------

    def _act(self, request: RealTime) -> None:
        cover, paper_out = Fault.COVER_OPEN in self.faults, Fault.PAPER_OUT in self.faults
        match request:
            case RealTime.STATUS_1:
                self._answer(bytes([0x12 | 0x08 * self._is_offline()]))
            case RealTime.STATUS_2:
                self._answer(bytes([0x12 | 0x04 * cover | 0x20 * paper_out | 0x40 * self._cutter_error]))
            case RealTime.STATUS_3:
                self._answer(bytes([0x12 | 0x08 * self._cutter_error]))
            case RealTime.STATUS_4:
                self._answer(bytes([0x12 | 0x0C * self._is_low() | 0x60 * paper_out]))
            case RealTime.CLEAR:
                self._buffer.clear()
                self._line.clear()
                self._cutting = False
                self._answer(b"7%\x00")
            case _:
                assert_never(request)

    def _is_low(self) -> bool:
        return not self.faults.isdisjoint({Fault.PAPER_OUT, Fault.PAPER_LOW})

    def _auto_status(self) -> bytes:
        cover, paper_out = Fault.COVER_OPEN in self.faults, Fault.PAPER_OUT in self.faults
        printer = 0x10 | 0x08 * self._is_offline() | 0x20 * cover
        return bytes([printer, 0x08 * self._cutter_error, 0x03 * self._is_low() | 0x0C * paper_out, 0x0F])

    def _tell_change(self) -> None:
        if self._settings.auto_status and Fault.POWER_OFF not in self.faults and self._auto_status() != self._told:
            self._told = self._auto_status()
            self._answer(self._told)

    # --- buffered commands ------------------------------------------------------------------------------------

    def _execute(self, command: Command) -> None:  # noqa: C901, PLR0912 - one case a command
        settings, params = self._settings, command.params
        match command.op:
            case Op.TEXT:
                self._write(params)
            case Op.LINE_FEED:
                self._move(self._strip.line(self._line, settings.align))
                self._line = []
            case Op.FEED:
                self._at_line_start("ESC J")
                self._move(self._strip.feed(params[0]))
            case Op.RESET:
                self._settings, self._line = _Settings(), []
            case Op.ALIGN:
                if self._at_line_start("ESC a") and self._known(command, params[0], (LEFT, CENTRE, RIGHT)):
                    settings.align = params[0]
            case Op.BOLD:
                settings.style = Style(settings.style.width, settings.style.height, bool(params[0] & 1))
            case Op.SIZE:
                width, height = (params[0] >> 4) + 1, (params[0] & 0x0F) + 1
                if self._known(command, max(width, height), range(1, _LARGEST + 1)):
                    settings.style = Style(width, height, settings.style.bold)
            case Op.CODE_PAGE:
                if self._known(command, params[0], _CODE_PAGES):
                    settings.code_page = _CODE_PAGES[params[0]]
            case Op.NATIONAL_SET:
                self._known(command, params[0], range(_NATIONAL_SETS))
            case Op.AUTO_STATUS:
                settings.auto_status = params[0]
                self._told = b""
                self._tell_change()
            case Op.SENSOR:
                self._answer(bytes([0x03 * self._is_low()]))
            case Op.INFO:
                if self._known(command, params[0], _INFO):
                    self._answer(b"_" + _INFO[params[0]].encode("ascii") + b"\x00")
            case Op.CODE_2D:
                self._code_2d(command)
            case Op.CUT:
                self._cut()
            case Op.PROCESS_ID:
                self._answer(b'7"' + params[2:] + b"\x00")
            case Op.SMOOTH | Op.LEAVE_CHINESE:
                pass  # letters are always smooth here, and never Chinese
            case Op.LOGO:
                self._at_line_start("FS p")  # no logo is installed: nothing is printed
            case _:
                assert_never(command.op)

    def _write(self, data: bytes) -> None:
        self._line.append((data.decode(self._settings.code_page, "replace"), self._settings.style))
        width = sum(len(text) * CELL[0] * style.width for text, style in self._line)
        if width > HEAD_DOTS:
            self.violations.append(f"line of {width} dots on {HEAD_DOTS}")
        if "\ufffd" in self._line[-1][0]:
            self.violations.append(f"undefined letter on {self._settings.code_page}")

    def _code_2d(self, command: Command) -> None:
        settings, params = self._settings, command.params
        match params[:2], [*params[2:]]:  # as a list: a pattern takes bytes for one value
            case b"1A", [_, _]:
                pass
            case b"1C", [size]:
                if self._known(command, size, range(1, 17)):
                    settings.qr_module = size
            case b"1E", [level]:
                if self._known(command, level, range(48, 52)):
                    settings.qr_level = level
            case b"1P", [0x30, *data]:
                settings.qr_data = bytes(data).decode("latin-1")
            case b"1Q", [0x30]:
                self._print_qr()
            case _:
                self.violations.append(f"unknown GS ( k {params[:3].hex(' ').upper()}")

    def _print_qr(self) -> None:
        settings = self._settings
        if not self._at_line_start("GS ( k"):
            return
        if not settings.qr_data:
            self.violations.append("QR printed without data")
        elif qr_side(settings.qr_data, settings.qr_level) * settings.qr_module > HEAD_DOTS:
            self.violations.append("QR wider than the paper")
        else:
            drawn = self._strip.qr_code(settings.qr_data, settings.qr_module, settings.qr_level, settings.align)
            self._move(drawn)

    def _cut(self) -> None:
        if not self._at_line_start("GS V"):
            return
        self._cutting = True
        self._move(CUTTER_DOTS)
        self._busy_until += self._mechanics.cut_s if self._mechanics else 0.0

    def _finish_cut(self) -> None:
        if Fault.CUTTER_JAMMED in self.faults:  # the blade tries again when somebody has freed it
            self._cutter_error = True
            self._tell_change()
            return
        self._cutting = False
        self._drop(self._strip.cut())
        self._strip = Strip()

    def _move(self, dots: int) -> None:
        self._busy_until += dots / DOTS_A_MM / self._mechanics.mm_s if self._mechanics else 0.0

    def _at_line_start(self, name: str) -> bool:
        if self._line:
            self.violations.append(f"{name} not at the start of a line")
        return not self._line

    def _known(self, command: Command, value: int, values: Container[int]) -> bool:
        known = value in values
        if not known:
            self.violations.append(f"{command.op.name} {value} is not defined")
        return known
