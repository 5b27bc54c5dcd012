"""Many screens in one program: they hold streams of events open, and say when each heard of something.

``python listeners.py TOPIC COUNT HOST:PORT…``, the screens dealt out among the servers. It obeys lines on its input:

- ``wait VERSION``: when every screen has heard of VERSION or later, prints the instants (microseconds since 1970) at
  which each first did, as a JSON list; screens that did not within half a minute are missing from it.
- ``drop``: every other screen loses its line. ``back``: those connect again, with the last id that they heard.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from http.client import OK

PATIENCE_S = 30.0
_ID = re.compile(rb"id: (\d+)\n")


@dataclass
class Screen:
    """A stream; ``heard`` has the version it was last told of, ``at`` when it was told of each."""

    address: tuple[str, int]
    topic: str
    heard: int = -1
    at: dict[int, int] = field(default_factory=dict)
    line: socket.socket | None = None
    rest: bytes = b""

    def connect(self) -> socket.socket:
        """Opens the line."""
        self.rest = b""
        last = f"Last-Event-ID: {self.heard}\r\n" if self.heard >= 0 else ""
        self.line = socket.create_connection(self.address, timeout=PATIENCE_S)
        request = f"GET /events/{self.topic} HTTP/1.1\r\nHost: office\r\nAccept: text/event-stream\r\n{last}\r\n"
        self.line.sendall(request.encode())
        self.line.setblocking(False)
        return self.line

    def listen(self) -> None:
        """Takes what came."""
        assert self.line is not None
        data = self.line.recv(65536)
        now = time.time_ns() // 1000
        if not data:
            raise ConnectionError("the server closed a stream")
        self.rest += data
        if self.rest.startswith(b"HTTP/1.1 ") and not self.rest.startswith(b"HTTP/1.1 %d" % OK):
            raise ConnectionError(self.rest[:60].decode("latin-1"))
        end = 0
        for found in _ID.finditer(self.rest):
            self.heard = int(found[1])
            self.at.setdefault(self.heard, now)
            end = found.end()
        self.rest = self.rest[end:][-64:] if end else self.rest


class Hall:
    """All the screens, and one loop for them."""

    def __init__(self, screens: list[Screen]) -> None:
        self.screens = screens
        self._selector = selectors.DefaultSelector()

    def connect(self, screens: list[Screen]) -> None:
        """Opens their lines, and waits until each has heard how things stand."""
        for screen in screens:
            self._selector.register(screen.connect(), selectors.EVENT_READ, screen)
            self.listen(0.0)

    def drop(self, screens: list[Screen]) -> None:
        """Cuts their lines."""
        for screen in screens:
            assert screen.line is not None
            self._selector.unregister(screen.line)
            screen.line.close()

    def listen(self, timeout_s: float) -> None:
        """Takes what came within that time."""
        for key, _ in self._selector.select(timeout_s):
            key.data.listen()

    def wait(self, version: int, screens: list[Screen]) -> list[int]:
        """When each heard of ``version`` or later."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and any(screen.heard < version for screen in screens):
            self.listen(0.2)
        return [min(at for told, at in one.at.items() if told >= version) for one in screens if one.heard >= version]


def main(topic: str, count: str, *addresses: str) -> None:
    """Obeys until its input ends."""
    places = [(host, int(port)) for host, _, port in (address.partition(":") for address in addresses)]
    screens = [Screen(places[n % len(places)], topic) for n in range(int(count))]
    hall = Hall(screens)
    hall.connect(screens)
    odd = screens[1::2]
    for line in sys.stdin:
        match line.split():
            case ["wait", version]:
                print(json.dumps(hall.wait(int(version), screens)), flush=True)  # noqa: T201 it is a program
            case ["drop"]:
                hall.drop(odd)
                print("[]", flush=True)  # noqa: T201
            case ["back"]:
                hall.connect(odd)
                print("[]", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
