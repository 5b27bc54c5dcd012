"""The virtual printer as a whole: plug it in, send it a ticket, break it, look at the pictures."""

from __future__ import annotations

import io
import select
import time
from collections import deque
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from drivers.printer.link import Doorbell
from drivers.printer.virtual.device import BUFFER_BYTES, XOFF_FREE_BYTES, Device, Fault, Mechanics
from drivers.printer.virtual.memory import FILE, Memory
from drivers.printer.virtual.models import EPSON
from drivers.printer.virtual.pty import Pty
from drivers.printer.virtual.speed import heard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.printer.virtual.models import Model
    from drivers.printer.virtual.paper import Piece, Ticket

LATEST: Final = "latest.png"

_AT_ONCE: Final = 16
"""Bytes taken from a paced line at a time: 17 ms at 9600 baud."""
_UNPACED_AT_ONCE: Final = 4096
_BITS_A_BYTE: Final = 10
_LOOK_S: Final = 0.02
"""How often a paused host is looked at: it may stop to heed the pause, and nothing tells us."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A ticket that fell out: its picture's file, its text, a line for a line, and what its QR codes hold.

    ``at_s`` is `time.monotonic` when it fell. ``pieces`` are the jobs on it, from the top: one whole piece is a
    ticket as it should be.
    """

    path: Path
    text: str
    qr: tuple[str, ...]
    length_mm: float
    at_s: float = 0.0
    pieces: tuple[Piece, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it is one whole job and nothing else."""
        return len(self.pieces) == 1 and self.pieces[0].whole


@dataclass(frozen=True, slots=True)
class View:
    """What one sees who stands before it. ``revision`` grows with every change."""

    revision: int
    model: Model
    faults: frozenset[Fault]
    is_offline: bool
    is_stopped: bool
    is_busy: bool
    is_swallowing: bool
    waiting_bytes: int
    logos: tuple[str, ...]
    violations: tuple[str, ...]
    tickets: tuple[Dropped, ...]


class VirtualPrinter:
    """A printer behind a pty, in a thread of its own.

    Every cut ticket is drawn to ``NNNN.png`` and ``latest.png`` in ``tickets``; both appear whole or not at all. Logos
    in its memory are kept there, too, in a file.
    """

    def __init__(
        self,
        link: Path,
        tickets: Path,
        *,
        model: Model = EPSON,
        baud: int | None = None,
        mechanics: Mechanics | None = None,
        busy_when_offline: bool = False,
        inflight: int = 0,
        on_ticket: Callable[[Path, str, tuple[str, ...]], None] | None = None,
    ) -> None:
        """``link`` is the port's name. ``mechanics`` gives the paper its speed; None takes no time.

        ``baud`` paces the line, and a host that is set to another speed hears and says noise; None understands all.
        A full buffer pauses a host that heeds it, and so does being off-line if ``busy_when_offline``; ``inflight``
        bytes come in all the same, as from a USB adapter. ``on_ticket`` hears of each ticket from the printer's
        thread: path, text, QR payloads.
        """
        tickets.mkdir(parents=True, exist_ok=True)
        self._tickets = tickets
        self._number = max([0, *(int(path.stem) for path in tickets.glob("*.png") if path.stem.isdecimal())])
        self._on_ticket = on_ticket
        self._baud = baud
        self._line_free_at = 0.0
        self._inflight = self._inflight_left = inflight
        self._changed = Condition()
        self._revision = 0
        self._seen: object = None
        self._dropped: deque[Dropped] = deque(maxlen=1000)
        self._planned: tuple[int, Fault] | None = None
        self._delayed: list[tuple[float, Fault]] = []
        self._due_faults: list[tuple[float, Fault]] = []
        self._closing = False
        self._doorbell = Doorbell()
        self._pty = Pty(link)
        self._device = Device(
            self._answer,
            self._drop,
            mechanics,
            model=model,
            memory=Memory(tickets / FILE),
            busy_when_offline=busy_when_offline,
        )
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

    @property
    def view(self) -> View:
        """All there is to see, at once."""
        with self._changed:
            return self._view()

    def wait_for_change(self, revision: int, timeout_s: float) -> View:
        """What there is to see as soon as it is not ``revision`` any more; after ``timeout_s`` in any case."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._revision != revision, timeout_s)
            return self._view()

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

    def fail_at(self, seconds: float, fault: Fault) -> None:
        """Brings a fault about ``seconds`` after the next byte has been received."""
        with self._changed:
            self._delayed.append((seconds, fault))

    def wait_for_tickets(self, count: int, timeout_s: float) -> bool:
        """Whether at least ``count`` tickets have fallen, after at most ``timeout_s``."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._dropped) >= count, timeout_s)

    def close(self) -> None:
        """Switches it off for good and removes the link."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
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
                dues = [self._device.advance(now), self._fail_due(now)]
                self._note_changes()
                listening = self._pty.is_plugged and now >= self._line_free_at and self._at_most() > 0
                if not listening and self._pty.is_plugged:
                    dues.append(self._line_free_at if self._line_free_at > now else now + _LOOK_S)
                waiting = [self._doorbell.fileno(), *([self._pty.fileno()] if listening else [])]
            due = min((at for at in dues if at is not None), default=None)
            try:
                ready, _, _ = select.select(waiting, [], [], None if due is None else max(0.0, due - now))
            except OSError:  # unplugged a moment ago
                continue
            if waiting[0] in ready:
                self._doorbell.answered()
            if len(ready) > (waiting[0] in ready):
                with self._changed:
                    self._receive()

    def _at_most(self) -> int:
        """How many bytes to take from the line now: none while a host that heeds is paused."""
        most = _AT_ONCE if self._baud else _UNPACED_AT_ONCE
        if not self._pty.host().heeds:
            return most
        if self._device.is_busy:
            return min(most, self._inflight_left)
        self._inflight_left = self._inflight
        return min(most, max(1, self._device.free_bytes - XOFF_FREE_BYTES))

    def _receive(self) -> None:
        if not self._pty.is_plugged:
            return
        data = self._pty.read(self._at_most())
        if self._device.is_busy:
            self._inflight_left = max(0, self._inflight_left - len(data))
        now = time.monotonic()
        if self._baud:
            self._line_free_at = now + len(data) * _BITS_A_BYTE / self._baud
            data = heard(data, self._pty.host().baud, self._baud, broken=b"") if self._pty.host().baud else b""
        if data:
            self._due_faults += [(now + seconds, fault) for seconds, fault in self._delayed]
            self._delayed.clear()
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

    def _answer(self, data: bytes) -> None:
        if self._baud and self._pty.is_plugged:
            host = self._pty.host()
            data = heard(data, self._baud, host.baud, broken=b"\x00") if host.baud else b"\x00" * len(data)
        self._pty.write(data)

    def _fail(self, fault: Fault) -> None:
        if fault is Fault.UNPLUGGED:
            self._pty.unplug()
        self._device.fail(fault)

    def _fail_due(self, now: float) -> float | None:
        """Brings about what `fail_at` planned for now; returns when the next is due."""
        for at, fault in list(self._due_faults):
            if at <= now:
                self._due_faults.remove((at, fault))
                self._fail(fault)
        return min((at for at, _ in self._due_faults), default=None)

    def _view(self) -> View:
        device = self._device
        return View(
            self._revision,
            device.model,
            frozenset(device.faults),
            device.is_offline,
            device.is_stopped,
            device.is_busy,
            device.is_swallowing,
            BUFFER_BYTES - device.free_bytes,
            device.logos,
            tuple(device.violations),
            tuple(self._dropped),
        )

    def _note_changes(self) -> None:
        seen = replace(self._view(), revision=0)
        if seen != self._seen:
            self._seen = seen
            self._revision += 1
            self._changed.notify_all()

    def _drop(self, ticket: Ticket) -> None:
        self._number += 1
        path = self._tickets / f"{self._number:04}.png"
        png = io.BytesIO()
        ticket.picture.save(png, "PNG", dpi=(203, 203))
        for target in (path, self._tickets / LATEST):
            fresh = target.with_name(f".{target.name}.new")
            fresh.write_bytes(png.getbuffer())
            fresh.replace(target)
        at_s = time.monotonic()
        self._dropped.append(Dropped(path, ticket.text, ticket.qr, ticket.length_mm, at_s, ticket.pieces))
        self._changed.notify_all()
        if self._on_ticket:
            self._on_ticket(path, ticket.text, ticket.qr)
