"""The line: a pseudo-terminal whose host end has a name that stays the same when it is unplugged and replugged."""

from __future__ import annotations

import contextlib
import os
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
