"""The process that owns the camera and reads documents; started by `process`, ended by the end of its socket.

    python -m drivers.scanner.child SOCKET_FD PREVIEW_FD

Its main thread looks and tells; one thread listens to orders, one reads the camera. A driver that hangs cannot be
left except by ending the process, so that is what happens, and the parent starts the next.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import cv2

from drivers.scanner import accept, wire
from drivers.scanner.capture import Capture
from drivers.scanner.decode import glance, look
from drivers.scanner.pace import Pace, next_pace
from drivers.scanner.preview import Preview
from drivers.scanner.spec import parse_spec
from drivers.scanner.words import CameraState, Hint

if TYPE_CHECKING:
    from drivers.scanner.frames import Frame

BEAT_S: Final = 1.0
CLOSING_S: Final = 4.0

_NICENESS: Final = 5
"""The screen comes first: a document read a frame later is not noticed, a dropped frame of the screen is."""


class Orders:
    """The last order that came. Its thread ends the process when the parent is gone, whatever the others do."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._changed = threading.Condition()
        self._order: wire.Order = wire.Stop()
        threading.Thread(target=self._listen, name="orders", daemon=True).start()

    @property
    def current(self) -> wire.Order:
        """What to do now."""
        return self._order

    def wait(self, timeout_s: float) -> wire.Order:
        """What to do now, waiting up to ``timeout_s`` for something to look at."""
        with self._changed:
            self._changed.wait_for(lambda: isinstance(self._order, wire.Start), timeout_s)
            return self._order

    def carried_out(self, order: wire.Start) -> None:
        """Forgets ``order``, unless another has come since."""
        with self._changed:
            if self._order is order:
                self._order = wire.Stop()

    def _listen(self) -> None:
        try:
            while packet := self._control.recv(wire.PACKET_BYTES):
                with self._changed:
                    self._order = wire.take_order(packet)
                    self._changed.notify_all()
        finally:
            os._exit(0)  # nobody is there to obey


class Watch:
    """Looks as ordered, for ever."""

    def __init__(self, control: socket.socket, screen: Preview) -> None:
        self._control = control
        self._orders = Orders(control)
        self._screen = screen
        self._beat_s = 0.0

    def run(self) -> None:
        """One presentation after the other."""
        while True:
            self._beat()
            order = self._orders.wait(BEAT_S / 2)
            if isinstance(order, wire.Start):
                self._present(order)

    def _present(self, order: wire.Start) -> None:
        """This presentation, and those that follow upon it without a pause: between them the camera stays on."""
        capture = Capture(parse_spec(order.source), self._screen)
        presented: wire.Order = order
        try:
            while isinstance(presented, wire.Start) and presented.source == order.source:
                self._look(presented, capture)
                self._orders.carried_out(presented)
                presented = self._orders.current
        finally:
            if not capture.close(CLOSING_S):
                os._exit(1)
            self._screen.darken()

    def _look(self, order: wire.Start, capture: Capture) -> None:
        state = accept.Acceptance(time.monotonic(), keep_name=order.keep_name)
        camera: CameraState | None = None
        pace = Pace()
        while self._orders.current is order:
            self._beat()
            frame = capture.newest(BEAT_S / 2)
            if capture.state is not camera:
                camera = capture.state
                self._tell(wire.Camera(order.presentation, camera))
            if frame is None:
                if capture.is_hung:
                    os._exit(1)
                continue
            state, told, pace = _read(frame, state, pace)
            if isinstance(told, Hint):
                self._tell(wire.Hinted(order.presentation, told))
            elif told is not None:
                self._tell(wire.told(order.presentation, told))
                return

    def _beat(self) -> None:
        if time.monotonic() - self._beat_s >= BEAT_S:
            self._tell(wire.Beat())

    def _tell(self, message: wire.News) -> None:
        self._beat_s = time.monotonic()
        self._control.sendall(wire.encode(message))


def _read(frame: Frame, state: accept.Acceptance, pace: Pace) -> tuple[accept.Acceptance, accept.Told, Pace]:
    gray = cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
    pace = next_pace(pace, gray)
    keep_name, turn = state.keep_name, pace.turn
    looked = look(gray, keep_name=keep_name, turn=turn) if pace.in_full else glance(gray, turn=turn)
    return *accept.step(state, looked, time.monotonic()), pace


def main(arguments: list[str]) -> None:
    """Takes over the parent's end of the socket and of the preview, and looks until the socket ends."""
    socket_descriptor, preview_descriptor = (int(argument) for argument in arguments)
    cv2.setNumThreads(1)
    os.nice(_NICENESS)
    screen = Preview(preview_descriptor)
    os.close(preview_descriptor)
    with socket.socket(fileno=socket_descriptor) as control:
        try:
            Watch(control, screen).run()
        except ConnectionError:
            os._exit(0)  # the parent is gone


if __name__ == "__main__":
    main(sys.argv[1:])
