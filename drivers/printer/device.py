"""A printer behind a device file (``/dev/usb/lp0``), or a plain file that takes its bytes."""

from __future__ import annotations

import math
import os
import select
import stat
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from drivers.printer.link import WRITE_TIMEOUT_S, PortLost, readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.link import Doorbell

_MOST_AT_ONCE: Final = 4096
_EMPTY_READ_S: Final = 0.02

T = TypeVar("T")


class DeviceLink:
    """A USB printer's own device file, which carries its answers too."""

    answers = True
    can_be_held = False
    bytes_per_s = math.inf

    def __init__(self, path: str, doorbell: Doorbell) -> None:
        """Opens ``path``. Raises: PortLost, also where it is no device."""
        self._doorbell = doorbell
        self._fd = _guarded(lambda: os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))
        if not stat.S_ISCHR(os.fstat(self._fd).st_mode):
            os.close(self._fd)
            raise PortLost(f"{path} is no device")

    def send(self, data: bytes) -> None:
        """See Link."""
        left = memoryview(data)
        while left:
            _, ready, _ = _guarded(lambda: select.select([], [self._fd], [], WRITE_TIMEOUT_S))
            if not ready:
                raise PortLost("the printer takes nothing")
            left = left[_guarded(partial(os.write, self._fd, left)) :]

    def send_urgently(self, data: bytes) -> None:
        """See Link: the kernel keeps the order."""
        self.send(data)

    def receive(self, timeout_s: float) -> bytes:
        """See Link."""
        if not _guarded(lambda: readable(self._fd, self._doorbell, timeout_s)):
            return b""
        data = _guarded(lambda: os.read(self._fd, _MOST_AT_ONCE))
        if not data:  # some printers end an empty transfer; without a pause that would be a loop
            self._doorbell.wait(min(_EMPTY_READ_S, max(0.0, timeout_s)))
        return data

    def finish(self, timeout_s: float) -> bool:
        """See Link: only the printer's answer tells."""
        del timeout_s
        return False

    def close(self) -> None:
        """See Link."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


class FileLink:
    """A file to append to. No answer ever comes: good for a technician's look, refused as a ticket printer."""

    answers = False
    can_be_held = False
    bytes_per_s = math.inf

    def __init__(self, path: str, doorbell: Doorbell) -> None:
        """Opens ``path`` for appending. Raises: PortLost."""
        self._doorbell = doorbell
        self._file = _guarded(lambda: open(path, "ab", buffering=0))  # noqa: PTH123, SIM115 - held open; closed below

    def send(self, data: bytes) -> None:
        """See Link."""
        _guarded(lambda: self._file.write(data))

    def send_urgently(self, data: bytes) -> None:
        """See Link."""
        self.send(data)

    def receive(self, timeout_s: float) -> bytes:
        """See Link: nothing, ever."""
        self._doorbell.wait(timeout_s)
        return b""

    def finish(self, timeout_s: float) -> bool:
        """See Link: bytes in a file are no paper."""
        del timeout_s
        return False

    def close(self) -> None:
        """See Link."""
        self._file.close()


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except BlockingIOError as error:
        raise PortLost("the printer takes nothing") from error
    except (OSError, ValueError) as error:
        raise PortLost(str(error)) from error
