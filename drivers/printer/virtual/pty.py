"""The line: a pseudo-terminal whose host end has a name that stays the same when it is unplugged and replugged."""

from __future__ import annotations

import contextlib
import os
import termios
import tty
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SPEEDS: Final = {
    getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()
}


@dataclass(frozen=True, slots=True)
class Host:
    """How the host has set up its end. ``baud`` is 0 for a speed that has no name; ``heeds`` says that it pauses.

    It pauses at XOFF with IXON, and by wire with CRTSCTS. A pseudo-terminal has no wires: its bytes stay with the host.
    """

    baud: int
    heeds: bool


class Pty:
    """A serial line with us at the printer's end."""

    def __init__(self, link: Path) -> None:
        """``link`` becomes a symbolic link to the host's end; one that is left over is replaced."""
        self._link = link
        self._ours: int | None = None
        self._hosts: int | None = None
        self.plug()

    @property
    def is_plugged(self) -> bool:
        """Whether there is a line at all."""
        return self._ours is not None

    def fileno(self) -> int:
        """What ``select`` waits for; only while plugged."""
        assert self._ours is not None
        return self._ours

    def host(self) -> Host:
        """The host's settings as they are now; only while plugged."""
        assert self._hosts is not None
        inputs, _, control, _, _, baud, _ = termios.tcgetattr(self._hosts)
        return Host(_SPEEDS.get(baud, 0), bool(inputs & termios.IXON or control & termios.CRTSCTS))

    def plug(self) -> None:
        """A new line under the old name, as after pulling and plugging in a USB adapter."""
        self.unplug()
        # The host's end stays open here too, so that a host that closes it and comes back finds the same line.
        self._ours, self._hosts = os.openpty()
        tty.setraw(self._hosts)
        os.set_blocking(self._ours, False)
        self._link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._hosts))
        fresh.replace(self._link)

    def unplug(self) -> None:
        """The device node is gone; a host that has it open gets an error."""
        if self._ours is not None and self._hosts is not None:
            self._link.unlink(missing_ok=True)
            os.close(self._hosts)
            os.close(self._ours)
            self._ours = self._hosts = None

    def read(self, most: int) -> bytes:
        """What the host sent, at most so many bytes; empty when there is nothing."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self.fileno(), most)
        return b""

    def write(self, data: bytes) -> None:
        """Towards the host; lost, as on a real line, where nobody listens or it is unplugged."""
        if self._ours is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._ours, data)
