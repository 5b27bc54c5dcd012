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

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE_BYTES: Final = 32
WRITE_TIMEOUT_S: Final = 0.5

_MOST_AT_ONCE: Final = 4096
_LOST: Final = (serial.SerialException, OSError, termios.error, TypeError, ValueError)
"""What pyserial lets out when a cable is pulled, by the moment at which it is pulled."""

T = TypeVar("T")


class PortLost(Exception):  # noqa: N818 - an event at the kiosk, not a programming error
    """The port is gone, cannot be opened, or takes no more bytes. Throw the link away and open another."""


class Link(Protocol):
    """A line to a printer. One thread owns it."""

    def send(self, data: bytes) -> None:
        """Hands over ``data``, in slices of SLICE_BYTES; waits at most WRITE_TIMEOUT_S for each. Raises: PortLost."""
        ...

    def receive(self, timeout_s: float) -> bytes:
        """What came in, waiting up to ``timeout_s`` for a first byte; empty at the end of it. Raises: PortLost."""
        ...

    def close(self) -> None:
        """Lets the port go at once; what is still to be sent is dropped. Never raises."""
        ...


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

    def __init__(self, port: str, baud: int, doorbell: Doorbell) -> None:
        """Opens ``port``, 8N1. Raises: PortLost."""
        self._doorbell = doorbell
        self._serial: serial.Serial = self._guarded(
            lambda: serial.Serial(port, baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
        )

    def send(self, data: bytes) -> None:
        """See Link."""
        for start in range(0, len(data), SLICE_BYTES):
            part = data[start : start + SLICE_BYTES]
            self._guarded(partial(self._serial.write, part))

    def receive(self, timeout_s: float) -> bytes:
        """See Link."""
        return self._guarded(lambda: self._receive(max(0.0, timeout_s)))

    def close(self) -> None:
        """See Link."""
        # Without this the kernel would wait for a stopped printer to take what is left, up to 30 s.
        with contextlib.suppress(*_LOST):
            self._serial.reset_output_buffer()
        with contextlib.suppress(*_LOST):
            self._serial.close()

    def _receive(self, timeout_s: float) -> bytes:
        ready, _, _ = select.select([self._serial.fileno(), self._doorbell], [], [], timeout_s)
        if self._doorbell in ready:
            self._doorbell.answered()
        return bytes(self._serial.read(_MOST_AT_ONCE)) if len(ready) > (self._doorbell in ready) else b""

    def _guarded(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except _LOST as error:
            raise PortLost(str(error)) from error
