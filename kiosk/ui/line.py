"""What the window is joined to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.texts import Texts
    from kiosk.ui.post import Post


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that the app needs of the rest of the program.

    ``handle`` takes every posted event on the window's thread and returns the state to draw; it must not wait.
    ``tick`` makes the event that is posted once a second. ``preview`` gives the camera's newest picture (RGB, height
    x width x 3) or None. ``first_frame`` is called once something is seen. ``logo`` is a picture file, square.
    ``motion`` False leaves the fades out.
    """

    post: Post
    state: State
    handle: Callable[[Event], State]
    tick: Callable[[], Event]
    texts: Texts
    logo: Path
    preview: Callable[[], npt.NDArray[np.uint8] | None]
    first_frame: Callable[[], None] = lambda: None
    motion: bool = True
