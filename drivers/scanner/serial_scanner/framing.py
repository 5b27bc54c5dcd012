"""Where one message of a scanner ends and the next begins. Pure: bytes and times go in.

Scanners end a message with CR, CR LF, an STX…ETX frame, or nothing, as they were set; and a two-dimensional code may
hold any of these bytes inside. So only silence ends a message: a scanner sends one in a burst, and a hand needs far
longer to bring the next code.
"""

from __future__ import annotations

from typing import Final

GAP_S: Final = 0.06
"""Silence after which a message is whole. The bytes of one burst come within some milliseconds, even at 9600 baud."""
MOST_BYTES: Final = 4096
"""The longest code that we know has 472 bytes; a QR's most are 2953. Beyond, it is no message but noise."""

_ENDS: Final = b"\r\n\x02\x03\x00"


class Framer:
    """Collects bytes into messages. Holds at most `MOST_BYTES`. Times are seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._last_s = 0.0
        self._flooded = False

    def feed(self, received: bytes, now_s: float) -> None:
        """Takes what was found at ``now_s``. When it came is not known: a busy machine finds it late."""
        self._last_s = now_s
        self._flooded = self._flooded or len(self._bytes) + len(received) > MOST_BYTES
        if self._flooded:
            self._bytes.clear()  # noise until it pauses
        else:
            self._bytes += received

    def take(self, now_s: float) -> bytes | None:
        """The message, stripped at its ends, if silence has ended it by ``now_s``; once. An empty one is none.

        To be called when nothing more was found, so that a message found in two parts is not cut.
        """
        if now_s - self._last_s < GAP_S:
            return None
        message = bytes(self._bytes).strip(_ENDS)
        self.forget()
        return message or None

    def wait_s(self, now_s: float) -> float | None:
        """How long until a message that has begun would be whole; None while none has."""
        if not self._bytes and not self._flooded:
            return None
        return max(0.0, self._last_s + GAP_S - now_s)

    def forget(self) -> None:
        """Drops what has come."""
        self._bytes.clear()
        self._flooded = False
