"""A printer on the network: the same bytes and the same answers, over its raw port."""

from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING, Final, TypeVar

from drivers.printer.link import WRITE_TIMEOUT_S, PortLost, readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.link import Doorbell

RAW_PORT: Final = 9100
CONNECT_S: Final = 2.0
UNANSWERED_MS: Final = 5000
_MOST_AT_ONCE: Final = 4096

T = TypeVar("T")


class NetworkLink:
    """A connection to ``host``; most printers take only one at a time, so it is ours alone while it lasts."""

    answers = True
    can_be_held = False
    bytes_per_s = math.inf

    def __init__(self, host: str, port: int, doorbell: Doorbell) -> None:
        """Connects, within 2 s. Raises: PortLost."""
        self._doorbell = doorbell
        self._socket = _guarded(lambda: socket.create_connection((host, port), CONNECT_S))
        # A pulled network cable says nothing by itself; these make the kernel notice within about 5 s, the last one
        # while a question is on its way, which would otherwise be repeated for a quarter of an hour.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, seconds in ((socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3)):
            self._socket.setsockopt(socket.IPPROTO_TCP, option, seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_MS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(WRITE_TIMEOUT_S)

    def send(self, data: bytes) -> None:
        """See Link."""
        _guarded(lambda: self._socket.sendall(data))

    def send_urgently(self, data: bytes) -> None:
        """See Link: TCP keeps the order, and the printer's own interface looks ahead for real-time commands."""
        self.send(data)

    def receive(self, timeout_s: float) -> bytes:
        """See Link."""
        if not _guarded(lambda: readable(self._socket.fileno(), self._doorbell, timeout_s)):
            return b""
        data = _guarded(lambda: self._socket.recv(_MOST_AT_ONCE))
        if not data:
            raise PortLost("the printer closed the connection")
        return data

    def finish(self, timeout_s: float) -> bool:
        """See Link: only the printer's answer tells."""
        del timeout_s
        return False

    def close(self) -> None:
        """See Link."""
        self._socket.close()


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except (OSError, ValueError) as error:  # ValueError: select on a socket that is closed already
        raise PortLost(str(error)) from error
