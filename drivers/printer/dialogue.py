"""Questions and answers over one open line; it remembers the printer's last known condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from drivers.printer import commands
from drivers.printer.status import (
    OFFLINE,
    AutoStatus,
    Cleared,
    Condition,
    Decoder,
    Info,
    Junk,
    ProcessId,
    RealTime,
    read_answers,
    read_auto_status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.link import Link
    from drivers.printer.status import Reply

R = TypeVar("R", RealTime, Cleared, Info)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the driver waits, in seconds, and how often it tries."""

    reply_s: float = 0.35
    clear_s: float = 0.9
    poll_s: float = 5.0
    poll_waiting_s: float = 0.25
    slack_s: float = 2.1
    """Added to the time that wire and paper need before a job without acknowledgement is given up."""
    slowest_mm_s: float = 120.0
    reopen_first_s: float = 0.1
    reopen_last_s: float = 2.0
    silent_s: float = 1.0
    silences: int = 2
    opening_tries: int = 3


PATIENCE: Final = Patience()


class Stopped(Exception):  # noqa: N818 - asked for, not an error
    """The driver is being closed; whoever waits for the printer lets go."""


class Dialogue:
    """What is said over one line. Every call may raise PortLost or Stopped."""

    def __init__(self, link: Link, patience: Patience, clock: Callable[[], float], stopped: Callable[[], bool]) -> None:
        self.condition = Condition()
        self._link = link
        self._patience = patience
        self._clock = clock
        self._stopped = stopped
        self._decoder = Decoder()
        self._acknowledged: set[str] = set()
        self._noises = 0
        self._behind = False

    def send(self, data: bytes) -> None:
        """Hands bytes to the line, without waiting for the printer."""
        self._link.send(data)

    def listen(self, timeout_s: float) -> list[Reply]:
        """What came in, after at most ``timeout_s``; sooner with a first byte or a ring of the doorbell."""
        if self._stopped():
            raise Stopped
        replies = self._decoder.feed(self._link.receive(timeout_s))
        for reply in replies:
            if isinstance(reply, AutoStatus):
                self.condition = read_auto_status(reply)
            elif isinstance(reply, ProcessId):
                self._acknowledged.add(reply.text)
            elif isinstance(reply, Junk):
                self._noises += 1
        return replies

    def take_acknowledged(self) -> set[str]:
        """The process ids that came in since the last call."""
        taken, self._acknowledged = self._acknowledged, set()
        return taken

    def look(self) -> bool:
        """Asks for the condition: 15 ms, at most 1.3 s.

        False when the printer does not answer every question, or noise came in between: so sounds a wrong speed.
        """
        noises = self._noises
        printer = self.ask(commands.QUESTION_PRINTER)
        paper = self.ask(commands.QUESTION_PAPER) if printer is not None else None
        if printer is None or paper is None:
            return False
        offline: int | None = 0
        error: int | None = 0
        if printer & OFFLINE:
            offline = self.ask(commands.QUESTION_OFFLINE)
            error = self.ask(commands.QUESTION_ERROR) if offline is not None else None
        if offline is None or error is None or self._noises > noises:
            return False
        self.condition = read_answers(printer, offline, error, paper)
        return True

    def ask(self, question: int) -> int | None:
        """The answer to DLE EOT ``question``, or None after 0.35 s (0.9 s more after a late one)."""
        reply = self._asked(commands.ask_status(question), RealTime, self._patience.reply_s)
        return reply.value if reply else None

    def identify(self, what: int) -> str | None:
        """The printer's maker or model (GS I), or None where it does not tell."""
        reply = self._asked(commands.ask_info(what), Info, self._patience.reply_s)
        return reply.text if reply else None

    def clear(self) -> bool:
        """Empties the printer's buffers; True when it says that they are empty. Takes at most 0.9 s."""
        return self._asked(commands.CLEAR, Cleared, self._patience.clear_s) is not None

    def synchronise(self) -> bool:
        """Clears what may be left of an earlier job and switches the automatic status on; True as `clear`."""
        cleared = self.clear()
        self.send((b"" if cleared else commands.LEAVE_DATA) + commands.RESET + commands.AUTO_STATUS)
        return cleared

    def _asked(self, request: bytes, kind: type[R], within_s: float) -> R | None:
        if self._behind and not self._is_quiet():
            return None
        self.listen(0)  # what has come in already answers an earlier question
        self.send(request)
        deadline = self._clock() + within_s
        while (left := deadline - self._clock()) > 0:
            for reply in self.listen(left):
                if isinstance(reply, kind):
                    return reply
        self._behind = True
        return None

    def _is_quiet(self) -> bool:
        """After an unanswered question, waits for 0.35 s without a byte; gives up after 0.9 s.

        Answers carry no name: one that comes too late would be taken for the answer to the next question, and "the
        paper is there" for "the cover is closed".
        """
        give_up = self._clock() + self._patience.clear_s
        quiet = self._clock() + self._patience.reply_s
        while (now := self._clock()) < quiet:
            if now > give_up:
                return False
            if self.listen(quiet - now):
                quiet = self._clock() + self._patience.reply_s
        self._behind = False
        return True
