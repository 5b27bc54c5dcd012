"""The serial line of a scanner. It is only ever listened to: behind an unknown port there may be a printer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import serial

BAUD: Final = 115200
"""Means nothing to USB CDC. A scanner behind a real serial adapter must be set to it."""
_CHUNK: Final = 4096


class LineLostError(Exception):
    """The port is missing, taken, or was pulled out."""


class Line:
    """An open port, ours alone.

    Raises:
        LineLostError: it does not open: missing, no permission, or another program has it.
    """

    def __init__(self, device: str) -> None:
        self._port = serial.Serial(baudrate=BAUD, timeout=0, exclusive=True)
        self._port.port = device
        if Path(device).resolve().name.startswith("ttyUSB"):
            # an adapter: a printer behind it may take these lines for the order to reset; CDC scanners wait for DTR
            self._port.dtr = self._port.rts = False
        try:
            self._port.open()
            self._port.reset_input_buffer()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise LineLostError(str(error)) from error

    def fileno(self) -> int:
        """For ``select``.

        Raises:
            LineLostError: it was pulled out.
        """
        try:
            return int(self._port.fileno())
        except (OSError, ValueError, TypeError) as error:
            raise LineLostError(str(error)) from error

    def receive(self) -> bytes:
        """What has come; waits for nothing, so call it when ``select`` says there is something.

        Raises:
            LineLostError: it was pulled out.
        """
        try:
            received = os.read(self._port.fileno(), _CHUNK)
        except BlockingIOError:
            return b""
        except (OSError, TypeError, ValueError) as error:
            raise LineLostError(str(error)) from error
        if not received:
            raise LineLostError("the port is at its end")
        return received

    def close(self) -> None:
        """Gives it back."""
        try:
            self._port.close()
        except OSError:
            self._port.fd = None
