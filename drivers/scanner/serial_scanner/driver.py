"""A USB scanner as one `words.Scanner`: a thread that listens to its line, and opens it again when it comes back."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from drivers.scanner.serial_scanner.framing import Framer
from drivers.scanner.serial_scanner.line import Line, LineLostError
from drivers.scanner.serial_scanner.payload import Presentation, understand
from drivers.scanner.serial_scanner.ports import comports, parse_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from drivers.scanner.frames import Image
    from drivers.scanner.serial_scanner.ports import PortInfo
    from drivers.scanner.words import Listener

MISSING_S: Final = 1.0
"""How often a scanner that is not plugged in is looked for."""
BACK_OFF_S: Final = (1.0, 2.0, 5.0, 10.0)
"""How long to wait after the first, second… time in a row that it is there and does not open."""

_log = logging.getLogger(__name__)


class UsbScanner:
    """Listens from the start to the end of the program, and passes on what is scanned while somebody is asked for it.

    It is never written to. What is scanned while nobody is asked is dropped: a card that beeped on the screen before
    must not turn up on the next visitor's.

    Args:
        wanted: Which one, see `ports`.
        listener: Told of readings, from this scanner's thread. It may start and stop the scanner, but not close it.
        keep_name: Whether the name in a DNI's PDF417 is wanted.
        ready_changed: Told, from this scanner's thread, whether its line is open: once at first, then when it changes.

    Raises:
        ValueError: ``wanted`` names no scanner, or ``off``.
    """

    def __init__(
        self,
        wanted: str,
        listener: Listener,
        *,
        keep_name: bool = False,
        ready_changed: Callable[[bool], None] = lambda _is_ready: None,
        ports: Callable[[], Iterable[PortInfo]] = comports,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        named = parse_wanted(wanted)
        if named is None:
            raise ValueError("off")
        self._wanted = named
        self._listener = listener
        self._keep_name = keep_name
        self._ready_changed = ready_changed
        self._ports = ports
        self._today = today

        self._lock = threading.Lock()  # over the next two, which callers and the thread share
        self._presentation: Presentation | None = None
        self._began_s = 0.0

        self._closing = False
        self._ready: bool | None = None
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="usb-scanner", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether its line is open."""
        return bool(self._ready)

    def start(self, *, lit: bool = True) -> None:
        """From now on one document is wanted; if one is already, begins anew. It has no lamp of ours."""
        del lit
        with self._lock:
            self._presentation, self._began_s = Presentation(), time.monotonic()

    def stop(self) -> None:
        """Nothing is wanted."""
        with self._lock:
            self._presentation = None

    def preview(self) -> Image | None:
        """It shows no pictures."""
        return None

    def close(self) -> None:
        """Gives the line back and ends the thread, at once. Closing again does nothing."""
        self._closing = True
        if self._thread.is_alive():
            with contextlib.suppress(BlockingIOError):
                self._waker.send(b"!")
            self._thread.join()
            self._waker.close()
            self._woken.close()

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            device = self._wanted.device(self._ports)
            line = self._open(device) if device else None
            if line is None:
                self._tell_ready(ready=False)
                there = device is not None
                self._rest(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)] if there else MISSING_S)
                failures = failures + 1 if there else 0
                continue
            failures = 0
            self._tell_ready(ready=True)
            try:
                self._listen(line)
            except LineLostError as lost:
                _log.debug("scanner.usb_lost why=%s", lost)
            finally:
                line.close()

    def _open(self, device: str) -> Line | None:
        try:
            return Line(device)
        except LineLostError as lost:
            if self._ready is not False:
                _log.warning("scanner.usb_refused why=%s", lost)
            return None

    def _listen(self, line: Line) -> None:
        framer, began_s = Framer(), 0.0
        while not self._closing:
            wait_s = framer.wait_s(time.monotonic())
            ready, _, _ = select.select([line.fileno(), self._woken.fileno()], [], [], wait_s)
            now_s = time.monotonic()
            if line.fileno() in ready:
                began_s = now_s if wait_s is None else began_s
                framer.feed(line.receive(), now_s)
            elif (message := framer.take(now_s)) is not None:
                self._take(message, began_s)

    def _take(self, message: bytes, began_s: float) -> None:
        with self._lock:
            wanted = self._presentation
            if wanted is None or began_s < self._began_s:
                return
            understood = understand(message, self._today(), keep_name=self._keep_name)
            reading = wanted.take(understood) if understood else None
            if reading is not None:
                self._presentation = None
        if reading is not None:
            self._listener.scanned(reading)

    def _tell_ready(self, *, ready: bool) -> None:
        if ready is not self._ready:
            self._ready = ready
            _log.info("scanner.usb ready=%s", ready)
            self._ready_changed(ready)

    def _rest(self, wait_s: float) -> None:
        select.select([self._woken], [], [], wait_s)
