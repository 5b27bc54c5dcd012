"""The machine: it keeps what it receives, prints it in order, has faults, and answers for its sensors."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, assert_never

from drivers.printer.virtual.language import Op
from drivers.printer.virtual.memory import WRITES_A_DAY, Memory
from drivers.printer.virtual.models import EPSON
from drivers.printer.virtual.paper import CUTTER_DOTS, DOTS_A_MM
from drivers.printer.virtual.parser import Parser, Violation
from drivers.printer.virtual.picture import PictureError, read_logos, read_nv_graphic
from drivers.printer.virtual.press import Press
from drivers.printer.virtual.reception import RealTime, Reception

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.virtual.models import Model
    from drivers.printer.virtual.paper import Ticket
    from drivers.printer.virtual.parser import Command

BUFFER_BYTES: Final = 4096
XOFF_FREE_BYTES: Final = 128
"""With so few bytes free it asks the host to pause…"""
XON_FREE_BYTES: Final = 256
"""…and with so many to go on."""

_XON, _XOFF = b"\x11", b"\x13"
_NV_DEFINE: Final = b"C"
_FIRMWARE, _SERIAL = "1.00 ESC/POS", "0001"


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


class Device:
    """A printer's insides. Not thread-safe; time comes in as ``now``, in seconds."""

    def __init__(
        self,
        answer: Callable[[bytes], None],
        drop: Callable[[Ticket], None],
        mechanics: Mechanics | None = None,
        *,
        model: Model = EPSON,
        memory: Memory | None = None,
        busy_when_offline: bool = False,
    ) -> None:
        """``answer`` takes bytes for the host, ``drop`` each ticket. Without ``mechanics`` nothing takes time.

        ``memory`` holds the logos. ``busy_when_offline`` is Epson's DIP switch 2-1 in its position OFF: the host is
        asked to pause by an open cover, too, and then cannot ask why.
        """
        self.violations: deque[str] = deque(maxlen=100)
        self.faults: set[Fault] = set()
        self.model = model
        self._send = answer
        self._drop = drop
        self._mechanics = mechanics
        self._memory = memory or Memory()
        self._busy_when_offline = busy_when_offline
        self._press = Press(model, self._memory, self.violations.append)
        self._paused_host = False
        self._writing = False
        self._now = 0.0
        self._switch_on()

    def _switch_on(self) -> None:
        self._reception = Reception()
        self._empty()
        self._press.strip.break_off()
        self._press.forget()
        if self._writing:
            self._memory.erase()
        self._writing = self._cutting = self._cutter_error = False
        self._selected = self._starved = True
        self._auto_mask = 0
        self._feed_to_cut = 0
        self._busy_until = 0.0
        self._told = b""

    def _empty(self) -> None:
        self._buffer, self._ahead_buffer = bytearray(), bytearray()
        self._parser = Parser(self.model, self._buffer)
        self._ahead = Parser(self.model, self._ahead_buffer)  # knows where in a command the line is, not the head

    # --- what people do to it ---------------------------------------------------------------------------------

    def fail(self, fault: Fault) -> None:
        """The fault is there from now on. Losing power forgets everything but the paper and the memory."""
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

    # --- what one can see ---------------------------------------------------------------------------------------

    @property
    def is_offline(self) -> bool:
        """Whether it prints nothing now: cover, paper, cutter, or a logo being written."""
        return self.is_stopped or self._writing

    @property
    def is_stopped(self) -> bool:
        """Whether somebody has to put it right: cover, paper, or a cutter that got stuck."""
        return self._cutter_error or not self.faults.isdisjoint({Fault.PAPER_OUT, Fault.COVER_OPEN})

    @property
    def is_busy(self) -> bool:
        """Whether the host is asked to pause."""
        return self._paused_host

    @property
    def is_swallowing(self) -> bool:
        """Whether what comes next is taken for the rest of a picture or another command's data."""
        return self._parser.in_data

    @property
    def free_bytes(self) -> int:
        """Room in the receive buffer."""
        return BUFFER_BYTES - len(self._buffer)

    @property
    def logos(self) -> tuple[str, ...]:
        """Names of the logos in its memory."""
        return self._memory.names

    # --- what the host does -----------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Bytes from the line: real-time commands act now, the rest waits in the buffer."""
        if Fault.POWER_OFF in self.faults:
            return
        if Fault.GARBAGE in self.faults:
            self._answer(data)
            return
        parts = list(self._reception.feed(data))
        for number, part in enumerate(parts, 1):
            if isinstance(part, bytes):
                self._keep(part)
                continue
            if number < len(parts) and isinstance(parts[number], bytes) and part is not RealTime.CLEAR:
                self._look_around(part)
            self._act(part)
        self._tell_flow()

    def _keep(self, data: bytes) -> None:
        kept = data[: self.free_bytes]
        self._buffer += kept
        self._ahead_buffer += kept
        while self._ahead.take() is not None:
            pass
        if len(data) > len(kept):
            self.violations.append(f"buffer full: {len(data) - len(kept)} bytes lost")
            self._press.strip.spoil()

    def _look_around(self, request: RealTime) -> None:
        """A question with data of a picture on both sides was meant as data, and acts all the same."""
        if self._ahead.in_data:
            self.violations.append(f"{request.value.hex(' ').upper()} inside a command's data is a real-time command")

    def _answer(self, data: bytes) -> None:
        if self.model.answers:
            noisy = Fault.GARBAGE in self.faults
            self._send(bytes(0x80 | byte * 7 % 0x7F for byte in data) if noisy else data)

    def advance(self, now: float) -> float | None:
        """Does everything that is due at ``now``; returns when the next is due, None when it waits for the host."""
        self._now = now
        due = self._work(now)
        self._tell_flow()
        return due

    def _work(self, now: float) -> float | None:
        while Fault.POWER_OFF not in self.faults and not self.is_stopped:
            if now < self._busy_until:
                return self._busy_until
            if self._writing:
                self._finish_writing()
            elif self._cutting:
                self._finish_cut()
            elif not self._take(now):
                return None
        return None

    def _take(self, now: float) -> bool:
        """The next command, if there is one."""
        command = self._parser.take()
        if command is None:
            self._starved = True
            return False
        if self._starved:  # it begins now; else where the last movement ended, however late we are called
            self._starved, self._busy_until = False, max(now, self._busy_until)
        if self._selected or (not isinstance(command, Violation) and command.op is Op.SELECT):
            if isinstance(command, Violation):
                self.violations.append(command.what)
            else:
                self._execute(command)
        return True

    # --- status -----------------------------------------------------------------------------------------------

    def _act(self, request: RealTime) -> None:
        cover, paper_out = Fault.COVER_OPEN in self.faults, Fault.PAPER_OUT in self.faults
        if request is not RealTime.CLEAR and request.value[-1] not in self.model.questions:
            return
        match request:
            case RealTime.STATUS_1:
                self._answer(bytes([0x12 | 0x08 * self.is_offline]))
            case RealTime.STATUS_2:
                self._answer(bytes([0x12 | 0x04 * cover | 0x20 * paper_out | 0x40 * self._cutter_error]))
            case RealTime.STATUS_3:
                self._answer(bytes([0x12 | 0x08 * self._cutter_error]))
            case RealTime.STATUS_4:
                self._answer(bytes([0x12 | 0x0C * self._is_low | 0x60 * paper_out]))
            case RealTime.CLEAR:
                self._clear()
            case _:
                assert_never(request)

    def _clear(self) -> None:
        """DLE DC4 8: what was received is gone, what is burnt stays. One that does not know it sees odd bytes."""
        if not self.model.clear:
            self.violations.append(f"unknown command {RealTime.CLEAR.value.hex(' ').upper()}")
            if self._ahead.in_data:
                self._keep(RealTime.CLEAR.value)
            return
        self._empty()
        self._press.drop_line()
        self._press.strip.break_off()
        self._cutting = False
        self._answer(b"7%\x00")

    @property
    def _is_low(self) -> bool:
        return self.model.near_end and not self.faults.isdisjoint({Fault.PAPER_OUT, Fault.PAPER_LOW})

    def _auto_status(self) -> bytes:
        cover, paper_out = Fault.COVER_OPEN in self.faults, Fault.PAPER_OUT in self.faults
        printer = 0x10 | 0x08 * self.is_offline | 0x20 * cover
        return bytes([printer, 0x08 * self._cutter_error, 0x03 * self._is_low | 0x0C * paper_out, 0x0F])

    def _tell_change(self) -> None:
        if self._auto_mask and Fault.POWER_OFF not in self.faults and self._auto_status() != self._told:
            self._told = self._auto_status()
            self._answer(self._told)
        self._tell_flow()

    def _tell_flow(self) -> None:
        """XOFF and XON, with a gap between their thresholds so that they do not alternate with every byte."""
        if Fault.POWER_OFF in self.faults:
            return  # a host that was paused stays paused until the printer is switched on again
        full = self.free_bytes < XON_FREE_BYTES if self._paused_host else self.free_bytes <= XOFF_FREE_BYTES
        pause = full or self._writing or (self._busy_when_offline and self.is_offline)
        if pause != self._paused_host:
            self._paused_host = pause
            self._answer(_XOFF if pause else _XON)

    # --- buffered commands ------------------------------------------------------------------------------------

    def _execute(self, command: Command) -> None:
        params = command.params
        match command.op:
            case Op.RESET:
                self._reset()
            case Op.SELECT:
                self._selected = bool(params[0] & 1)
            case Op.AUTO_STATUS:
                self._auto_mask = params[0]
                self._told = b""
                self._tell_change()
            case Op.SENSOR:
                self._answer(bytes([0x03 * self._is_low]))
            case Op.INFO:
                self._identify(params[0])
            case Op.PROCESS_ID:
                self._answer(b'7"' + params[2:] + b"\x00")
            case Op.CUT | Op.CUT_HERE:
                self._cut(CUTTER_DOTS + params[0] if params else 0)
            case Op.DEFINE_LOGOS:
                self._write_memory(command)
            case Op.GRAPHICS if params[1:2] == _NV_DEFINE:
                self._write_memory(command)
            case _:
                moved = self._press.execute(command)
                self._move(moved)
                if command.op is Op.FEED and moved >= CUTTER_DOTS and not self.model.cutter:
                    self._cutting, self._feed_to_cut = True, 0  # fed past the bar: somebody tears it off there

    def _reset(self) -> None:
        self._press.reset()
        self._auto_mask = 0

    def _identify(self, what: int) -> None:
        assert self.model.identity
        maker, name = self.model.identity
        told = {65: _FIRMWARE, 66: maker, 67: name, 68: _SERIAL}.get(what)
        if told is None:
            self.violations.append(f"INFO {what} is not defined")
        else:
            self._answer(b"_" + told.encode("ascii") + b"\x00")

    def _write_memory(self, command: Command) -> None:
        try:
            by_number = command.op is Op.DEFINE_LOGOS
            logos = read_logos(command.params) if by_number else [read_nv_graphic(command.params)]
        except PictureError as error:
            self.violations.append(str(error))
            return
        writes = self._memory.write(logos, self._now)
        if writes > WRITES_A_DAY:
            self.violations.append(f"memory written {writes} times in a day: it wears out")
        self._writing, self._reset_after_writing = True, by_number
        self._busy_until += self.model.nv_write_s if self._mechanics else 0.0
        self._tell_change()

    def _finish_writing(self) -> None:
        self._writing = False
        self._tell_change()
        if self._reset_after_writing:  # as FS q does: whoever wants the automatic status asks for it again
            self._reset()

    def _cut(self, feed_dots: int) -> None:
        if not self._press.at_line_start("GS V"):
            return
        self._cutting, self._feed_to_cut = True, feed_dots
        self._move(feed_dots)
        self._busy_until += self._mechanics.cut_s if self._mechanics and self.model.cutter else 0.0

    def _finish_cut(self) -> None:
        if Fault.CUTTER_JAMMED in self.faults and self.model.cutter:
            self._cutter_error = True  # the blade tries again when somebody has freed it
            self._tell_change()
            return
        self._cutting = False
        ticket = self._press.cut(self._feed_to_cut)
        if ticket:
            self._drop(ticket)

    def _move(self, dots: int) -> None:
        self._busy_until += dots / DOTS_A_MM / self._mechanics.mm_s if self._mechanics else 0.0
