"""What the window is joined to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from kiosk.flow.events import Event
    from kiosk.flow.said import Said
    from kiosk.flow.state import State
    from kiosk.texts import Texts
    from kiosk.ui.post import Post


class Keys(Protocol):
    """Tells what a hand types on a real keyboard from what a scanner sends that plays one.

    Times are seconds of a clock that never jumps; ``late_s`` is how much later than it came a key may be seen.
    """

    def typed(self, character: str, now_s: float, late_s: float = 0.0) -> str:
        """A character was seen; the characters that a hand typed before it."""
        ...

    def entered(self, now_s: float, late_s: float = 0.0) -> tuple[str, bool]:
        """An Enter was seen; the characters that a hand typed before it, and whether a hand pressed it, too."""
        ...

    def rested(self, now_s: float, late_s: float = 0.0) -> str:
        """No key was seen until now; the characters that a hand typed."""
        ...


class ByHand:
    """All is typed by hand: a kiosk without such a scanner."""

    def typed(self, character: str, now_s: float, late_s: float = 0.0) -> str:
        """The character."""
        del now_s, late_s
        return character

    def entered(self, now_s: float, late_s: float = 0.0) -> tuple[str, bool]:
        """A hand's Enter."""
        del now_s, late_s
        return "", True

    def rested(self, now_s: float, late_s: float = 0.0) -> str:
        """Nothing is held back."""
        del now_s, late_s
        return ""


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that the app needs of the rest of the program.

    ``handle`` takes every posted event on the window's thread and returns the state to draw; it must not wait.
    ``tick`` makes the event that is posted once a second. ``texts`` gives those of a language. ``preview`` gives the
    camera's newest picture (RGB, height x width x 3) or None. ``first_frame`` is called once something is seen.
    ``logo`` is a picture file, square. ``motion`` False leaves the fades out. ``keys`` is told every key of a real
    keyboard first. ``voice`` says what a finger that explores comes upon, to a visitor of the language; ``sound`` True
    lets touches be heard.
    """

    post: Post
    state: State
    handle: Callable[[Event], State]
    tick: Callable[[], Event]
    texts: Callable[[str], Texts]
    logo: Path
    preview: Callable[[], npt.NDArray[np.uint8] | None]
    first_frame: Callable[[], None] = lambda: None
    motion: bool = True
    keys: Keys = field(default_factory=ByHand)
    voice: Callable[[Sequence[Said], str], None] = lambda _said, _language: None
    sound: bool = False
