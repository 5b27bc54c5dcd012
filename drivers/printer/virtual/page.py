"""A page to play with the printer: its tickets fall into view, its lamps show, and its faults are buttons.

For this machine only: it listens on 127.0.0.1, answers no other name than its own, and does nothing that a page from
elsewhere could ask a browser for. Tickets show personal data, and a button stops a printer.
"""

from __future__ import annotations

import json
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from drivers.printer.virtual.actions import ACTIONS
from drivers.printer.virtual.device import Fault

if TYPE_CHECKING:
    from drivers.printer.virtual.printer import Dropped, View, VirtualPrinter

LOOPBACK: Final = "127.0.0.1"
BUTTON: Final = "X-Printer-Button"
"""Only a page of our own can set it: a foreign one would have to ask first, and is never allowed."""

_FILES: Final = {"/": ("page.html", "text/html"), "/page.css": ("page.css", "text/css")} | {
    "/page.js": ("page.js", "text/javascript")
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TICKETS: Final = "/tickets/"
_SHOWN: Final = 60
"""The newest tickets; the folder has them all."""
_REVISION_DIGITS: Final = 15
_WAIT_S: Final = 15.0
_BREATH_S: Final = 0.1
"""Between two looks: a ticket on the wire changes something with every byte."""


class Page:
    """Serves until it is closed."""

    def __init__(self, printer: VirtualPrinter, port: int = 0) -> None:
        """``port`` 0 takes a free one. Raises: OSError if ``port`` is taken."""
        self._server = _Server(printer, port)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="virtual-printer-page", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://{self._server.name}/"

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a browser that waits for news would hold it up

    def __init__(self, printer: VirtualPrinter, port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.printer = printer

    @property
    def name(self) -> str:
        return f"{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves in the middle of an answer is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        if not self._is_for_us():
            return
        path, _, query = self.path.partition("?")
        if path in _FILES:
            name, kind = _FILES[path]
            self._send((files("drivers.printer.virtual") / name).read_bytes(), f"{kind}; charset=utf-8")
        elif path == "/state":
            self._send_state(query.removeprefix("after="))
        elif path.startswith(_TICKETS):
            self._send_ticket(path.removeprefix(_TICKETS))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        self.close_connection = True  # a body that we do not read must not be taken for another request
        if not self._is_for_us():
            return
        action = ACTIONS.get(self.headers.get(BUTTON, "").replace("-", " "))
        if self.path != "/do" or self.headers.get("Origin") not in {None, f"http://{self.server.name}"}:
            self._refuse(HTTPStatus.FORBIDDEN)
        elif not action:
            self._refuse(HTTPStatus.BAD_REQUEST)
        else:
            action.do(self.server.printer)
            self._send(b"", "text/plain")

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is the printer's."""

    def _is_for_us(self) -> bool:
        """A name that a foreign page had pointed at this machine is not ours."""
        ours = self.headers.get("Host") == self.server.name
        if not ours:
            self._refuse(HTTPStatus.FORBIDDEN)
        return ours

    def _send_state(self, after: str) -> None:
        printer = self.server.printer
        if after.isdecimal() and len(after) <= _REVISION_DIGITS:
            time.sleep(_BREATH_S)
            view = printer.wait_for_change(int(after), _WAIT_S)
        else:
            view = printer.view
        self._send(json.dumps(_state(view), ensure_ascii=False).encode(), "application/json")

    def _send_ticket(self, name: str) -> None:
        ticket = next((ticket for ticket in self.server.printer.tickets if ticket.path.name == name), None)
        if ticket and ticket.path.exists():
            self._send(ticket.path.read_bytes(), "image/png")
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _send(self, body: bytes, kind: str) -> None:
        self._answer(HTTPStatus.OK, body, kind)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._answer(status, status.phrase.encode(), "text/plain")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _state(view: View) -> dict[str, Any]:
    """The view as the page wants it; its sentence is for people."""
    return {
        "revision": view.revision,
        "model": view.model.label,
        "cutter": view.model.cutter,
        "sentence": _sentence(view),
        "lamps": _lamps(view),
        "faults": [fault.value for fault in view.faults],
        "waiting": view.waiting_bytes,
        "actions": [
            {"words": words.replace(" ", "-"), "label": action.label, "useful": action.is_useful(view.faults)}
            for words, action in ACTIONS.items()
        ],
        "violations": list(view.violations),
        "logos": len(view.logos),
        "tickets": [_ticket(ticket) for ticket in reversed(view.tickets[-_SHOWN:])],
        "fallen": len(view.tickets),
    }


def _sentence(view: View) -> str:
    told = {
        Fault.UNPLUGGED: "El cable está desconectado.",
        Fault.POWER_OFF: "Está apagada.",
        Fault.GARBAGE: "Hay ruido en la línea: no entiende nada.",
        Fault.COVER_OPEN: "La tapa está abierta.",
        Fault.PAPER_OUT: "No tiene papel.",
    }
    wrong = next((sentence for fault, sentence in told.items() if fault in view.faults), None)
    if wrong:
        return wrong
    if view.is_stopped:
        return "La cuchilla está trabada."
    if view.is_offline:
        return "Guarda un logotipo en su memoria…"
    if view.is_swallowing:
        return "Espera el resto de una imagen: se traga lo que llegue."
    return "Lista. Le queda poco papel." if Fault.PAPER_LOW in view.faults else "Lista."


def _lamps(view: View) -> dict[str, str]:
    """Each lamp's colour; none is lit without power."""
    if Fault.POWER_OFF in view.faults:
        return dict.fromkeys(("power", "online", "paper", "error"), "dark")
    out, low = Fault.PAPER_OUT in view.faults, Fault.PAPER_LOW in view.faults
    return {
        "power": "green",
        "online": "dark" if view.is_offline or Fault.UNPLUGGED in view.faults else "green",
        "paper": "red" if out else "amber" if low and view.model.near_end else "dark",
        "error": "red" if view.is_stopped else "dark",
    }


def _ticket(ticket: Dropped) -> dict[str, Any]:
    return {
        "picture": ticket.path.name,
        "number": int(ticket.path.stem),
        "text": ticket.text,
        "mm": round(ticket.length_mm),
        "complete": ticket.complete,
        "state": "Completo" if ticket.complete else _flaw(ticket),
        "at": time.time() - (time.monotonic() - ticket.at_s),
    }


def _flaw(ticket: Dropped) -> str:
    return "Trae restos de otro" if any(piece.whole for piece in ticket.pieces) else "Incompleto"
