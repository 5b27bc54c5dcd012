"""Starts the process that looks, and holds the parent's ends of what they share: a socket and the preview.

The child is started with ``python -m`` rather than by ``multiprocessing``, which would import the program's own main
module, and with it the whole screen, into the child.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from typing import Final

import msgspec

from drivers.scanner import preview, wire
from drivers.scanner.devices import OPENCV_ENVIRONMENT
from drivers.scanner.preview import Preview

ENDING_S: Final = 1.0

_log = logging.getLogger(__name__)


class Child:
    """One process that looks, from its start to its end."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        descriptor = preview.allocate()
        passed = (theirs.fileno(), descriptor)
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "drivers.scanner.child", *map(str, passed)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=passed,
            env={**os.environ, **OPENCV_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # a Ctrl-C at the terminal is for the parent, which ends the child
        )
        theirs.close()
        ours.setblocking(False)
        self.control = ours
        self.screen = Preview(descriptor)
        os.close(descriptor)

    def order(self, order: wire.Order) -> None:
        """Sends an order; a child that cannot take it is found out by its silence."""
        try:
            self.control.send(wire.encode(order))
        except (BlockingIOError, ConnectionError):
            _log.warning("scanner.order_not_taken")

    def hear(self) -> wire.News | None:
        """The next message; None when the child is gone or talks nonsense."""
        try:
            packet = self.control.recv(wire.PACKET_BYTES)
            return wire.hear(packet) if packet else None
        except (ConnectionError, msgspec.DecodeError):
            return None

    def end(self) -> int:
        """Ends it, by force after a second; returns its exit code. Its pictures go with it."""
        self.control.close()
        try:
            self.process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.screen.close()
        return self.process.returncode
