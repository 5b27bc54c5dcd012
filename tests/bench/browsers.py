"""Many phones in one program, each asking for its page again as soon as it has it, on one connection.

``python browsers.py HOST:PORT CONNECTIONS REQUESTS < PATHS``: prints as JSON how many requests a second were answered,
and how many milliseconds each took.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@dataclass
class Phone:
    """A connection with one request on its way."""

    line: socket.socket
    requests: list[bytes]
    turn: int = 0
    asked_at: float = 0.0
    answer: bytes = b""
    whole: int = 0

    def ask(self) -> None:
        """Sends the next request."""
        self.answer, self.whole = b"", 0
        self.asked_at = time.perf_counter()
        self.line.sendall(self.requests[self.turn % len(self.requests)])
        self.turn += 1

    def took(self) -> float | None:
        """Reads; the milliseconds of the request when its answer is whole, None before."""
        data = self.line.recv(262_144)
        if not data:
            raise ConnectionError("the server closed a connection")
        self.answer += data
        if not self.whole:
            head = self.answer.find(b"\r\n\r\n")
            if head < 0:
                return None
            if not self.answer.startswith(b"HTTP/1.1 200"):
                raise ConnectionError(self.answer[:80].decode("latin-1"))
            length = _LENGTH.search(self.answer[: head + 2])
            assert length is not None
            self.whole = head + 4 + int(length[1])
        return (time.perf_counter() - self.asked_at) * 1000 if len(self.answer) >= self.whole else None


def main(address: str, connections: str, count: str) -> None:
    """Asks so often in all."""
    host, _, port = address.partition(":")
    paths = sys.stdin.read().split()
    requests = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n".encode() for path in paths]
    selector = selectors.DefaultSelector()
    phones = []
    for n in range(int(connections)):
        line = socket.create_connection((host, int(port)))
        phone = Phone(line, requests[n:] + requests[:n])
        selector.register(line, selectors.EVENT_READ, phone)
        phones.append(phone)
    for phone in phones[: int(connections)]:
        phone.ask()
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < int(count):
        for key, _ in selector.select():
            ms = key.data.took()
            if ms is not None:
                taken.append(ms)
                key.data.ask()
    print(json.dumps([len(taken) / (time.perf_counter() - began), taken]))  # noqa: T201 it is a program


if __name__ == "__main__":
    main(*sys.argv[1:4])
