"""The virtual printer as a whole: plug it in, send it a ticket, break it, look at the pictures."""

from __future__ import annotations

import io
import select
import time
from collections import deque
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from drivers.printer.link import Doorbell
from drivers.printer.virtual.device import Device, Fault, Mechanics
from drivers.printer.virtual.pty import Pty

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.printer.virtual.paper import Ticket

LATEST: Final = "latest.png"

_AT_ONCE: Final = 16
"""Bytes taken from a paced line at a time: 17 ms at 9600 baud."""
_BITS_A_BYTE: Final = 10


@dataclass(frozen=True, slots=True)
class Dropped:
    """A ticket that fell out: its picture's file, its text, a line for a line, and what its QR codes hold."""

    path: Path
    text: str
    qr: tuple[str, ...]
    length_mm: float


class VirtualPrinter:
    """An 80 mm printer of Epson's kind behind a pty, in a thread of its own.

    Every cut ticket is drawn to ``NNNN.png`` and ``latest.png`` in ``tickets``; both appear whole or not at all.
    """

    def __init__(
        self,
        link: Path,
        tickets: Path,
        *,
        baud: int | None = None,
        mechanics: Mechanics | None = None,
        on_ticket: Callable[[Path, str, tuple[str, ...]], None] | None = None,
    ) -> None:
        """``link`` is the port's name. ``baud`` paces the line and ``mechanics`` the paper; None takes no time.

        ``on_ticket`` hears of each ticket from the printer's thread: path, text, QR payloads.
        """
        tickets.mkdir(parents=True, exist_ok=True)
        self._tickets = tickets
        self._number = max([0, *(int(path.stem) for path in tickets.glob("*.png") if path.stem.isdecimal())])
        self._on_ticket = on_ticket
        self._baud = baud
        self._line_free_at = 0.0
        self._changed = Condition()
        self._dropped: deque[Dropped] = deque(maxlen=1000)
        self._planned: tuple[int, Fault] | None = None
        self._closing = False
        self._doorbell = Doorbell()
        self._pty = Pty(link)
        self._device = Device(self._pty.write, self._drop, mechanics)
        self._thread = Thread(target=self._run, name="virtual-printer", daemon=True)
        self._thread.start()

    # --- any thread -------------------------------------------------------------------------------------------

    @property
    def tickets(self) -> tuple[Dropped, ...]:
        """All tickets so far, the last thousand at most."""
        with self._changed:
            return tuple(self._dropped)

    @property
    def violations(self) -> tuple[str, ...]:
        """What was wrong with the bytes received; empty as it should be."""
        with self._changed:
            return tuple(self._device.violations)

    def fail(self, fault: Fault) -> None:
        """Brings a fault about."""
        with self._changed:
            self._fail(fault)
        self._doorbell.ring()

    def repair(self, fault: Fault) -> None:
        """Puts it right. After UNPLUGGED the line is a new one under the old name."""
        with self._changed:
            if fault is Fault.UNPLUGGED and not self._pty.is_plugged:
                self._pty.plug()
            self._device.repair(fault)
        self._doorbell.ring()

    def fail_after(self, count: int, fault: Fault) -> None:
        """Brings a fault about when ``count`` more bytes, of any kind, have been received."""
        with self._changed:
            self._planned = (count, fault)

    def wait_for_tickets(self, count: int, timeout_s: float) -> bool:
        """Whether at least ``count`` tickets have fallen, after at most ``timeout_s``."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._dropped) >= count, timeout_s)

    def close(self) -> None:
        """Switches it off for good and removes the link."""
        with self._changed:
            self._closing = True
        self._doorbell.ring()
        self._thread.join()
        with self._changed:
            self._pty.unplug()
        self._doorbell.close()

    # --- its own thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                now = time.monotonic()
                due = self._device.advance(now)
                listening = self._pty.is_plugged and now >= self._line_free_at
                if not listening and self._pty.is_plugged:
                    due = min(due or self._line_free_at, self._line_free_at)
                waiting = [self._doorbell.fileno(), *([self._pty.fileno()] if listening else [])]
            try:
                ready, _, _ = select.select(waiting, [], [], None if due is None else max(0.0, due - now))
            except OSError:  # unplugged a moment ago
                continue
            if waiting[0] in ready:
                self._doorbell.answered()
            if len(ready) > (waiting[0] in ready):
                with self._changed:
                    self._receive()

    def _receive(self) -> None:
        if not self._pty.is_plugged:
            return
        data = self._pty.read(_AT_ONCE if self._baud else 4096)
        if self._baud:
            self._line_free_at = time.monotonic() + len(data) * _BITS_A_BYTE / self._baud
        if self._planned:
            count, fault = self._planned
            if len(data) < count:
                self._planned = (count - len(data), fault)
            else:
                self._planned = None
                self._device.receive(data[:count])
                self._device.advance(time.monotonic())
                self._fail(fault)
                data = data[count:] if self._pty.is_plugged else b""
        self._device.receive(data)

    def _fail(self, fault: Fault) -> None:
        if fault is Fault.UNPLUGGED:
            self._pty.unplug()
        self._device.fail(fault)

    def _drop(self, ticket: Ticket) -> None:
        self._number += 1
        path = self._tickets / f"{self._number:04}.png"
        png = io.BytesIO()
        ticket.picture.save(png, "PNG", dpi=(203, 203))
        for target in (path, self._tickets / LATEST):
            fresh = target.with_name(f".{target.name}.new")
            fresh.write_bytes(png.getbuffer())
            fresh.replace(target)
        self._dropped.append(Dropped(path, ticket.text, ticket.qr, ticket.length_mm))
        self._changed.notify_all()
        if self._on_ticket:
            self._on_ticket(path, ticket.text, ticket.qr)
