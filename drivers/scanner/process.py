"""The scanner as the kiosk has it: a child process that looks, and a thread here that passes on what it says.

When the child dies, or is silent for five seconds, the next one is started: a picture or a driver that kills it costs
a second, never the kiosk.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from drivers.scanner import wire
from drivers.scanner.launch import Child
from drivers.scanner.light import NoLight
from drivers.scanner.spec import parse_spec, unasked
from drivers.scanner.words import CameraState

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.scanner.frames import Image
    from drivers.scanner.light import Light
    from drivers.scanner.words import Listener

SILENCE_S: Final = 5.0
"""The child says every second that it lives; a decoder in an endless loop says nothing."""
RELAUNCH_S: Final = (0.0, 1.0, 2.0, 5.0, 10.0)
"""How long to wait after the first, second… child in a row that died without showing a picture."""

_CHECK_S: Final = 1.0

_log = logging.getLogger(__name__)


class CameraScanner:
    """A `words.Scanner` over a camera, or over what stands in for one.

    Args:
        source: Where frames come from, see `spec`.
        listener: Told of readings, hints and the camera's state, from this scanner's thread. It may start and stop
            the scanner, but not close it.
        keep_name: Whether the name in a DNI's PDF417 is wanted; else it does not leave the child's decoder.
        light: Switched on while somebody looks, and closed with the scanner.
        monotonic_s: Seconds that never jump.

    Raises:
        ValueError: ``source`` names no source.
    """

    def __init__(
        self,
        source: str,
        listener: Listener,
        *,
        keep_name: bool = False,
        light: Light | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        parse_spec(source)
        self._source = source
        self._listener = listener
        self._keep_name = keep_name
        self._light = light or NoLight()
        self._monotonic_s = monotonic_s

        self._lock = threading.Lock()  # over the next five, which callers and the thread share
        self._presentation = 0
        self._lit = False
        self._looking = False
        self._in_picture = False
        self._child: Child | None = None

        self._ordered: int | None = None
        self._camera = CameraState.OFF
        self._heard_s = self._launch_at_s = monotonic_s()
        self._deaths = 0

        self._closing = False
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self._thread.start()

    def start(self, *, lit: bool = True) -> None:
        """Looks for one document, from now until a reading or `stop`; if it is looking already, begins anew.

        The lamp is on meanwhile where ``lit``.
        """
        with self._lock:
            self._presentation += 1
            self._looking, self._in_picture, self._lit = True, False, lit
        self._wake()

    def stop(self) -> None:
        """Stops looking; the camera goes off."""
        with self._lock:
            self._looking = self._in_picture = False
        self._wake()

    def preview(self) -> Image | None:
        """The newest picture, RGB, at most 960 x 540; None when none is newer or nobody looks. Under a millisecond."""
        with self._lock:
            return self._child.screen.newest() if self._child and self._in_picture else None

    def close(self) -> None:
        """Ends process and thread, within two seconds; nothing of them is left. Closing again does nothing."""
        self._closing = True
        if self._thread.is_alive():
            self._wake()
            self._thread.join()
            self._waker.close()
            self._woken.close()
            self._light.close()

    # --- the scanner's thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            if self._child is None and self._monotonic_s() >= self._launch_at_s:
                self._launch()
            self._obey()
            self._hear()
        self._end_child()

    def _launch(self) -> None:
        try:
            child = Child()
        except OSError as error:  # no process or descriptor to be had now; there will be
            self._launch_later(error.strerror)
            return
        self._heard_s = self._monotonic_s()
        self._ordered = None
        with self._lock:
            self._child = child
        if self._camera is CameraState.ABSENT:
            self._tell_camera(CameraState.STARTING)

    def _obey(self) -> None:
        """Brings the child to what the callers want now."""
        with self._lock:
            wanted, lit = (self._presentation, self._lit) if self._looking else (None, False)
        source = self._source if lit else unasked(self._source)
        self._light.switch(on=lit)
        if wanted is None:
            self._tell_camera(CameraState.OFF)
        elif self._camera is CameraState.OFF:
            self._tell_camera(CameraState.STARTING)
        if self._child and wanted != self._ordered:
            order = wire.Stop() if wanted is None else wire.Start(wanted, source, self._keep_name)
            self._child.order(order)
            self._ordered = wanted

    def _hear(self) -> None:
        """Waits for a caller or the child, up to a second, and takes what comes."""
        child = self._child
        sockets = [self._woken, child.control] if child else [self._woken]
        patience_s = _CHECK_S if child else min(_CHECK_S, max(0.0, self._launch_at_s - self._monotonic_s()))
        ready, _, _ = select.select(sockets, [], [], patience_s)
        if self._woken in ready:
            self._woken.recv(4096)
        if child is None:
            return
        if child.control in ready:
            message = child.hear()
            if message is None:
                self._lose_child()
            else:
                self._heard_s = self._monotonic_s()
                self._take(message)
        elif self._monotonic_s() - self._heard_s > SILENCE_S:
            child.process.kill()
            self._lose_child()

    def _take(self, message: wire.News) -> None:
        if isinstance(message, wire.Beat):
            return
        with self._lock:
            if not self._looking or message.presentation != self._presentation:
                return  # said before it heard that nobody looks any more
            if isinstance(message, wire.Camera):
                self._in_picture = message.state is CameraState.WATCHING
            elif not isinstance(message, wire.Hinted):
                self._looking = self._in_picture = False
        match message:
            case wire.Camera(state=state):
                self._deaths = 0 if state is CameraState.WATCHING else self._deaths
                self._tell_camera(state)
            case wire.Hinted(hint=hint):
                self._listener.hinted(hint)
            case wire.ReadDocument() | wire.ReadTicket() | wire.ReadCargo():
                self._ordered = None  # the child stops by itself
                self._tell_camera(CameraState.OFF)
                if (reading := wire.heard(message)) is not None:
                    self._listener.scanned(reading)

    def _lose_child(self) -> None:
        self._launch_later(self._end_child())

    def _launch_later(self, why: object) -> None:
        wait_s = RELAUNCH_S[min(self._deaths, len(RELAUNCH_S) - 1)]
        self._deaths += 1
        self._launch_at_s = self._monotonic_s() + wait_s
        _log.warning("scanner.process_lost why=%s next_in_s=%s", why, wait_s)
        if self._camera is not CameraState.OFF:
            self._tell_camera(CameraState.ABSENT)

    def _end_child(self) -> int | None:
        with self._lock:
            child, self._child = self._child, None
            self._in_picture = False
        return child.end() if child else None

    def _tell_camera(self, state: CameraState) -> None:
        if state is not self._camera:
            self._camera = state
            _log.info("scanner.camera state=%s", state.value)
            self._listener.camera_changed(state)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: so many calls are waiting that it will wake
            self._waker.send(b"!")
