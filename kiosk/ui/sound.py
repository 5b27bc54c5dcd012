"""Three soft sounds: the touch was taken, the turn is there, something has to be mended.

They say nothing that cannot be seen as well. Without a sound card there are none.
"""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING

from assets import sound
from kiosk.flow import events as happened
from kiosk.flow.state import Screen

if TYPE_CHECKING:
    from typing import Any

    from kiosk.flow.state import State

log = logging.getLogger(__name__)

VOLUME = 0.6
"""Of the loudest; each visit begins with it (EN 301 549, 5.1.3.13)."""


class Sound(Enum):
    """What there is to hear; the value is the file's name. ERROR calls for attention."""

    TOUCH = "touch"
    SUCCESS = "success"
    ERROR = "error"


def sound_of(before: State, after: State, event: happened.Event) -> Sound | None:
    """What is to be heard when ``event`` has made ``after`` of ``before``; one sound at most."""
    if after.screen is Screen.TICKET and before.screen is not Screen.TICKET:
        return Sound.SUCCESS
    wrong = after.problem is not None and before.problem is not after.problem
    if wrong or (after.asks_still_there and not before.asks_still_there):  # time runs out: not for the eye alone
        return Sound.ERROR
    is_a_touch = isinstance(event, happened.Visitor) and not isinstance(event, happened.Touched)
    return Sound.TOUCH if is_a_touch else None


class Sounds:
    """Plays them. Each is loaded when it is first wanted, for opening a sound card takes time that a start has not."""

    def __init__(self, *, on: bool = True) -> None:
        """``on`` False: never a sound."""
        self._on = on
        self._volume = VOLUME
        self._loaded: dict[Sound, Any] = {}

    def follow(self, before: State, after: State, event: happened.Event) -> None:
        """Plays what belongs to a step of the visit."""
        if after.screen is Screen.WELCOME and before.screen is not Screen.WELCOME:
            self._volume = VOLUME
        heard = sound_of(before, after, event)
        if heard is not None:
            self.play(heard)

    def play(self, wanted: Sound) -> None:
        """Plays ``wanted`` from its beginning."""
        if not self._on:
            return
        loaded = self._loaded.get(wanted) or _load(wanted)
        if loaded is None:
            log.warning("sound.none")
            self._on = False  # a sound card that is plugged in later is found at the next start
            return
        self._loaded[wanted] = loaded
        loaded.volume = self._volume
        loaded.stop()
        loaded.play()


def _load(wanted: Sound) -> Any:
    """A sound as Kivy plays it, or None where none can be played."""
    from kivy.core.audio import SoundLoader  # noqa: PLC0415  # looks for a sound card

    loaded = SoundLoader.load(str(sound(wanted.value)))
    return loaded if loaded is not None and loaded.length else None
