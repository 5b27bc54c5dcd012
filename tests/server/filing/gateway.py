"""A real HTTP server that answers what it is told, and remembers what came."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Taken = list[tuple["Mapping[str, str]", bytes]]


@contextmanager
def gateway(*answers: int) -> Iterator[tuple[str, Taken]]:
    """Its address and what it took; it answers with these statuses, one after the other, and then 200."""
    left = deque(answers)
    taken: Taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(left.popleft() if left else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/aviso", taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
