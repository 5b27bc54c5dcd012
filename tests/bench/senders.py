"""Many kiosks in one program, each sending its next request as soon as it has the answer to the last.

``python senders.py HOST:PORT FOLDER``: each file in FOLDER is a connection's requests, each behind its length in eight
bytes. Prints as JSON how many requests a second were answered, and how many milliseconds each took.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from pathlib import Path

from browsers import Phone

LENGTH = 8


class Sender(Phone):
    """A connection with one request on its way; each is sent once."""

    @property
    def is_done(self) -> bool:
        return self.turn == len(self.requests)


def requests_in(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + LENGTH], "big")
        found.append(raw[at + LENGTH : at + LENGTH + length])
        at += LENGTH + length
    return found


def main(address: str, folder: str) -> None:
    """Sends everything once."""
    host, _, port = address.partition(":")
    selector = selectors.DefaultSelector()
    senders = []
    for file in sorted(Path(folder).iterdir()):
        line = socket.create_connection((host, int(port)))
        sender = Sender(line, requests_in(file.read_bytes()))
        selector.register(line, selectors.EVENT_READ, sender)
        senders.append(sender)
    taken: list[float] = []
    began = time.perf_counter()
    for sender in senders:
        sender.ask()
    left = len(senders)
    while left:
        for key, _ in selector.select():
            ms = key.data.took()
            if ms is None:
                continue
            taken.append(ms)
            if key.data.is_done:
                selector.unregister(key.fileobj)
                left -= 1
            else:
                key.data.ask()
    print(json.dumps([len(taken) / (time.perf_counter() - began), taken]))  # noqa: T201 it is a program


if __name__ == "__main__":
    main(*sys.argv[1:3])
