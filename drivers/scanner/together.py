"""Several scanners as one: whatever reads a document first, it is read, and the others stop looking."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    from drivers.scanner.words import CameraState, Hint, Listener, Reading, Scanner


class CompositeScanner:
    """A `words.Scanner` of camera, USB scanner and keyboard scanner, as many of them as there are.

    Args:
        listener: Told of readings, hints and the camera's state, from the thread of whichever scanner speaks.
        makers: Make the scanners, each for the listener that it is given.

    Raises:
        ValueError: one of them refuses its configuration; those made before it are closed again.
    """

    def __init__(self, listener: Listener, makers: Sequence[Callable[[Listener], Scanner]]) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._looking = False
        self._parts: list[Scanner] = []
        with ExitStack() as undo:
            for make in makers:
                part = make(self)
                self._parts.append(part)
                undo.callback(part.close)
            self._closing = undo.pop_all()

    def start(self, *, lit: bool = True) -> None:
        """Looks for one document with all of them."""
        with self._lock:
            self._looking = True
        for part in self._parts:
            part.start(lit=lit)

    def stop(self) -> None:
        """Stops looking."""
        with self._lock:
            self._looking = False
        for part in self._parts:
            part.stop()

    def preview(self) -> npt.NDArray[np.uint8] | None:
        """The camera's newest picture, or None."""
        return next((picture for part in self._parts if (picture := part.preview()) is not None), None)

    def close(self) -> None:
        """Closes all, the last made first; each within two seconds."""
        self._closing.close()

    # --- what the parts say, each from its own thread ---------------------------------------------------------------

    def scanned(self, reading: Reading) -> None:
        """One has read a document: the others stop, and what they read at the same moment is dropped."""
        with self._lock:
            was_looking, self._looking = self._looking, False
        if not was_looking:
            return
        for part in self._parts:
            part.stop()
        self._listener.scanned(reading)

    def hinted(self, hint: Hint) -> None:
        """The camera cannot read what it sees."""
        self._listener.hinted(hint)

    def camera_changed(self, state: CameraState) -> None:
        """The camera's state is another one."""
        self._listener.camera_changed(state)
