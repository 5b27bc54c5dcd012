"""The person on site: what is said to them, and what they answer, one question at a time."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_ONCE = 4096


class Gone(Exception):  # noqa: N818 - somebody left, nothing is broken
    """Nobody is there to answer any more (the input has ended)."""


class Technician(Protocol):
    """Whoever stands before the printer, or a script in their place."""

    @property
    def answers(self) -> bool:
        """Whether questions can be asked at all."""
        ...

    def tell(self, line: str) -> None:
        """One line, at once."""
        ...

    def agrees(self, question: str) -> bool:
        """Yes or no; anything else, and Enter, repeats the question. Raises: Gone."""
        ...

    def chooses(self, question: str, options: Sequence[str]) -> int:
        """The index of one of ``options``, which are shown with numbers from 1. Raises: Gone."""
        ...

    def interrupts(self, within_s: float) -> bool:
        """Whether they press Enter within that time. Nobody there: waits, and False."""
        ...


class Terminal:
    """Somebody at a terminal, or nobody: then nothing is asked."""

    def __init__(self, asks: int | None, says: TextIO) -> None:
        """``asks`` is the descriptor that answers come from, None where nobody is there."""
        self._asks, self._says = asks, says
        self._typed = b""
        self._ended = asks is None

    @property
    def answers(self) -> bool:
        """See Technician."""
        return self._asks is not None

    def tell(self, line: str) -> None:
        """See Technician."""
        print(line, file=self._says, flush=True)

    def agrees(self, question: str) -> bool:
        """See Technician."""
        while True:
            self.tell(f"{question} [s/n]")
            answer = self._answer()
            if answer in {"s", "si", "sí"}:
                return True
            if answer in {"n", "no"}:
                return False

    def chooses(self, question: str, options: Sequence[str]) -> int:
        """See Technician."""
        for number, option in enumerate(options, 1):
            self.tell(f"  {number}. {option}")
        while True:
            self.tell(f"{question} [1-{len(options)}]")
            answer = self._answer()
            if answer.isdecimal() and 1 <= int(answer) <= len(options):
                return int(answer) - 1

    def interrupts(self, within_s: float) -> bool:
        """See Technician."""
        if self._ended:
            time.sleep(within_s)
            return False
        try:
            return self._line(within_s) is not None
        except Gone:
            return False

    def _answer(self) -> str:
        answer = self._line(None)
        assert answer is not None, "a wait without an end ended"
        return answer.strip().casefold()

    def _line(self, within_s: float | None) -> str | None:
        """The next line; None when time is over first. Not `readline`: what it keeps back, select does not see."""
        end = None if within_s is None else time.monotonic() + within_s
        while b"\n" not in self._typed:
            if self._asks is None or self._ended:
                raise Gone
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self._asks], [], [], left)[0]:
                return None
            got = os.read(self._asks, _AT_ONCE)
            self._ended = not got
            self._typed += got
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace")
