"""A USB scanner that plays a keyboard: tells its bursts from a person's typing, and reads them.

Nothing but time tells them apart. A scanner sends a character every few milliseconds and ends with Enter; a hand
takes a tenth of a second a key, and even two keys that roll off one finger do not make six. So characters are held
back for as long as the next could still belong to a burst, which a person does not notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from drivers.scanner.serial_scanner.payload import Presentation, understand

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from drivers.scanner.frames import Image
    from drivers.scanner.words import Listener

FAST_S: Final = 0.035
"""The longest time between two characters of a burst."""
LEAST_CHARACTERS: Final = 6
"""Fewer are never a burst; the shortest code that means anything has eight."""
MOST_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True)
class Entered:
    """What an Enter ended.

    ``typed`` came by hand before it and was not passed on yet; ``burst`` is None where a hand pressed the Enter, too.
    """

    typed: str
    burst: str | None


class Bursts:
    """Takes every character and Enter, in order, with the time when it was seen. Pure.

    ``late_s`` is how much later than it came a key may have been seen: a screen looks at its keys once a frame.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        self._last_s = 0.0

    def typed(self, character: str, now_s: float, late_s: float = 0.0) -> str:
        """Takes a character; what is known by now to have been typed by hand before it."""
        before = "" if self._is_fast(now_s, late_s) else self._judge()
        if len(self._held) < MOST_CHARACTERS:
            self._held.append(character)
        self._last_s = now_s
        return before

    def entered(self, now_s: float, late_s: float = 0.0) -> Entered:
        """Takes an Enter."""
        if self._is_fast(now_s, late_s) and len(self._held) >= LEAST_CHARACTERS:
            burst, self._held = "".join(self._held), []
            return Entered("", burst)
        return Entered(self._judge(), None)

    def rested(self, now_s: float, late_s: float = 0.0) -> str:
        """What was typed by hand, as far as that is known by ``now_s`` without another key."""
        return "" if self._is_fast(now_s, late_s) else self._judge()

    def _is_fast(self, now_s: float, late_s: float) -> bool:
        return now_s - self._last_s <= FAST_S + late_s

    def _judge(self) -> str:
        """What is held, if a hand typed it; a burst without its Enter is a scanner that is not set for us.

        A key that is held down repeats as quickly as a scanner sends, but always itself.
        """
        held, self._held = self._held, []
        return "" if len(held) >= LEAST_CHARACTERS and len(set(held)) > 1 else "".join(held)


class KeyboardScanner:
    """A `words.Scanner` that is told every key by the screen, on the screen's thread, and has no thread of its own.

    Bursts never reach a text field, whether or not somebody is asked for a document.
    """

    def __init__(
        self,
        listener: Listener,
        *,
        keep_name: bool = False,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._listener = listener
        self._keep_name = keep_name
        self._today = today
        self._bursts = Bursts()
        self._presentation: Presentation | None = None

    def start(self, *, lit: bool = True) -> None:
        """From now on one document is wanted; if one is already, begins anew. It has no lamp of ours."""
        del lit
        self._presentation = Presentation()

    def stop(self) -> None:
        """Nothing is wanted."""
        self._presentation = None

    def preview(self) -> Image | None:
        """It shows no pictures."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""
        self._presentation = None

    def typed(self, character: str, now_s: float, late_s: float = 0.0) -> str:
        """A character was seen at ``now_s``; the characters that a hand typed before it."""
        return self._bursts.typed(character, now_s, late_s)

    def entered(self, now_s: float, late_s: float = 0.0) -> tuple[str, bool]:
        """An Enter was seen; the characters that a hand typed before it, and whether a hand pressed it, too."""
        entered = self._bursts.entered(now_s, late_s)
        if entered.burst is None:
            return entered.typed, True
        self._take(entered.burst)
        return "", False

    def rested(self, now_s: float, late_s: float = 0.0) -> str:
        """Nothing has been seen until ``now_s``; the characters that a hand typed."""
        return self._bursts.rested(now_s, late_s)

    def _take(self, burst: str) -> None:
        wanted = self._presentation
        understood = understand(burst.encode("latin-1", "replace"), self._today(), keep_name=self._keep_name)
        reading = wanted.take(understood) if wanted and understood else None
        if reading is not None:
            self._presentation = None
            self._listener.scanned(reading)
