"""The line to a printer: bytes out, bytes in, and one word for everything that can go wrong with it."""

from __future__ import annotations

import contextlib
import os
import select
import termios
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import serial

from drivers.printer.words import FlowControl

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE_BYTES: Final = 32
WRITE_TIMEOUT_S: Final = 0.5

_MOST_AT_ONCE: Final = 4096
_LOST: Final = (serial.SerialException, OSError, termios.error, TypeError, ValueError)
"""What pyserial lets out when a cable is pulled, by the moment at which it is pulled."""

RS232_BITS_A_BYTE: Final = 10
"""8N1 with start and stop bit."""

T = TypeVar("T")


class PortLost(Exception):  # noqa: N818 - an event at the kiosk, not a programming error
    """The port is gone, cannot be opened, or takes no more bytes. Throw the link away and open another."""


class LineHeld(PortLost):
    """The line is there, but the printer says that it takes no more bytes (BUSY): it can be asked why, urgently."""


class Link(Protocol):
    """A line to a printer. One thread owns it."""

    @property
    def bytes_per_s(self) -> float:
        """How fast bytes leave; inf where the line is faster than any printer."""
        ...

    @property
    def answers(self) -> bool:
        """Whether the printer's own words come back. Without them nothing may be called printed."""
        ...

    @property
    def can_be_held(self) -> bool:
        """Whether the printer can make what we send wait on our side, questions and all."""
        ...

    def send(self, data: bytes) -> None:
        """Hands over ``data``, in slices of SLICE_BYTES; waits at most WRITE_TIMEOUT_S for each.

        Raises:
            LineHeld: nothing more is taken, by a printer that can hold the line.
            PortLost: any other failure.
        """
        ...

    def receive(self, timeout_s: float) -> bytes:
        """What came in, waiting up to ``timeout_s`` for a first byte; empty at the end of it. Raises: PortLost."""
        ...

    def send_urgently(self, data: bytes) -> None:
        """Sends a real-time command past whatever waits, and past a printer that says it takes nothing more.

        What waits on our side is dropped: it is only used once a job has stopped. Raises: PortLost.
        """
        ...

    def finish(self, timeout_s: float) -> bool:
        """The end of a job on a line without answers: True when whoever took it says that it is done.

        Waits at most ``timeout_s``; always False where nobody can say. Raises: PortLost.
        """
        ...

    def close(self) -> None:
        """Lets the port go at once; what is still to be sent is dropped. Never raises."""
        ...


def readable(fd: int, doorbell: Doorbell, timeout_s: float) -> bool:
    """Waits until ``fd`` has something to read, the bell rings, or the time is over; whether it has."""
    ready, _, _ = select.select([fd, doorbell.fileno()], [], [], max(0.0, timeout_s))
    if doorbell.fileno() in ready:
        doorbell.answered()
    return fd in ready


class Doorbell:
    """Wakes a thread that waits for a device. Any thread may ring; a ring before the wait is not lost."""

    def __init__(self) -> None:
        self._ear, self._button = os.pipe()
        self._lock = Lock()
        self._closed = False
        os.set_blocking(self._ear, False)
        os.set_blocking(self._button, False)

    def fileno(self) -> int:
        """What ``select`` waits for."""
        return self._ear

    def ring(self) -> None:
        """Ends the present or the next wait."""
        with self._lock, contextlib.suppress(BlockingIOError):  # a full pipe rings already
            if not self._closed:
                os.write(self._button, b"!")

    def answered(self) -> None:
        """Forgets all rings so far."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._ear, _MOST_AT_ONCE)

    def wait(self, timeout_s: float) -> None:
        """Until a ring, at most ``timeout_s``."""
        select.select([self._ear], [], [], max(0.0, timeout_s))
        self.answered()

    def close(self) -> None:
        """Nobody waits any more; a ring that comes too late is not heard."""
        with self._lock:
            self._closed = True
            os.close(self._ear)
            os.close(self._button)


class SerialLink:
    """A serial port, ours alone. A ring of ``doorbell`` ends a wait for bytes early."""

    answers = True

    def __init__(self, port: str, baud: int, doorbell: Doorbell, flow: FlowControl = FlowControl.NONE) -> None:
        """Opens ``port``, 8N1. Raises: PortLost."""
        self.bytes_per_s = baud / RS232_BITS_A_BYTE
        self.can_be_held = flow is not FlowControl.NONE
        self._doorbell = doorbell
        self._flow = flow
        self._heeds = True
        self._serial: serial.Serial = self._guarded(
            lambda: serial.Serial(
                port,
                baud,
                timeout=0,
                write_timeout=WRITE_TIMEOUT_S,
                xonxoff=flow is FlowControl.XON_XOFF,
                rtscts=flow is FlowControl.RTS_CTS,
                exclusive=True,
            )
        )

    def send(self, data: bytes) -> None:
        """See Link."""
        self._heed(heeds=True)
        self._write(data)

    def send_urgently(self, data: bytes) -> None:
        """See Link. A printer that is off-line raises its BUSY; it still hears real-time commands (DIP SW 2-1 OFF).

        BUSY is heeded again with the next `send`: only then have these bytes surely left the adapter.
        """
        if self.can_be_held:
            self._guarded(self._serial.reset_output_buffer)
            self._heed(heeds=False)
        self._write(data)

    def receive(self, timeout_s: float) -> bytes:
        """See Link."""
        return self._guarded(lambda: self._receive(timeout_s))

    def finish(self, timeout_s: float) -> bool:
        """See Link: on a serial line only the printer's answer tells."""
        del timeout_s
        return False

    def close(self) -> None:
        """See Link."""
        # Without this the kernel would wait for a stopped printer to take what is left, up to 30 s.
        with contextlib.suppress(*_LOST):
            self._serial.reset_output_buffer()
        with contextlib.suppress(*_LOST):
            self._serial.close()

    def _write(self, data: bytes) -> None:
        for start in range(0, len(data), SLICE_BYTES):
            part = data[start : start + SLICE_BYTES]
            self._guarded(partial(self._serial.write, part))

    def _heed(self, *, heeds: bool) -> None:
        if not self.can_be_held or heeds == self._heeds:
            return
        flow = "xonxoff" if self._flow is FlowControl.XON_XOFF else "rtscts"
        self._guarded(partial(setattr, self._serial, flow, heeds))
        self._heeds = heeds

    def _receive(self, timeout_s: float) -> bytes:
        if not readable(self._serial.fileno(), self._doorbell, timeout_s):
            return b""
        return bytes(self._serial.read(_MOST_AT_ONCE))

    def _guarded(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except serial.SerialTimeoutException as error:
            raise (LineHeld if self.can_be_held else PortLost)(str(error)) from error
        except _LOST as error:
            raise PortLost(str(error)) from error
