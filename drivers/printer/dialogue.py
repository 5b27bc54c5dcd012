"""Questions and answers over one open line; it remembers the printer's last known condition."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from drivers.printer import commands
from drivers.printer.encode import MAX_BYTES, SENSOR_ANSWERS
from drivers.printer.link import LineHeld
from drivers.printer.profile import EPSON_80
from drivers.printer.status import (
    OFFLINE,
    AutoStatus,
    Cleared,
    Condition,
    Decoder,
    Info,
    Junk,
    PaperSensor,
    ProcessId,
    RealTime,
    read_answers,
    read_auto_status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.link import Link
    from drivers.printer.profile import Profile
    from drivers.printer.status import Reply

R = TypeVar("R", RealTime, Cleared, Info)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the driver waits, in seconds, and how often it tries."""

    reply_s: float = 0.35
    clear_s: float = 0.9
    settle_s: float = 4.0
    """For a job that comes out late after all, on a printer that cannot be cleared."""
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

    def __init__(
        self,
        link: Link,
        patience: Patience,
        clock: Callable[[], float],
        stopped: Callable[[], bool],
        profile: Profile = EPSON_80,
    ) -> None:
        self.condition = Condition()
        self.bytes_per_s = link.bytes_per_s
        self._profile = profile
        self._owed: deque[str] = deque()
        self._link = link
        self._patience = patience
        self._clock = clock
        self._stopped = stopped
        self._decoder = Decoder()
        self._acknowledged: set[str] = set()
        self.noises = 0
        """How often something came in that was no answer: where it rises, what went out may have been spoilt too."""
        self._behind = False
        self._is_held = False
        self._in_a_row = 0
        self._next_by = 0.0

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
            elif isinstance(reply, PaperSensor) and self._owed:
                self._answered_by_sensor()
            elif isinstance(reply, Junk | PaperSensor):
                self.noises += 1
        return replies

    def expect(self, process_id: str) -> None:
        """A job ends with questions to the paper sensor: their answers, in their turn, acknowledge it."""
        self._owed.append(process_id)

    def take_acknowledged(self) -> set[str]:
        """The process ids of the jobs that were answered for since the last call."""
        taken, self._acknowledged = self._acknowledged, set()
        return taken

    def look(self) -> bool:
        """Asks for the condition: 15 ms, at most 1.3 s.

        False when the printer does not answer every question, or noise came in between: so sounds a wrong speed.
        """
        noises = self.noises
        printer = self.ask(commands.QUESTION_PRINTER)
        paper = self.ask(commands.QUESTION_PAPER) if printer is not None else None
        if printer is None or paper is None:
            return False
        offline: int | None = 0
        error: int | None = 0
        if printer & OFFLINE and self._profile.tells_cause:
            offline = self.ask(commands.QUESTION_OFFLINE)
            error = self.ask(commands.QUESTION_ERROR) if offline is not None else None
        if offline is None or error is None or self.noises > noises:
            return False
        self.condition = read_answers(printer, offline, error, paper)
        self._is_held = self._is_held and self.condition.reason is not None
        return True

    def ask(self, question: int, *, urgently: bool = True) -> int | None:
        """The answer to DLE EOT ``question``, or None after 0.35 s (0.9 s more after a late one).

        A printer that is off-line may hold the line, and so the very question why. ``urgently`` asks once more, past
        whatever waits, which is dropped: not while a job may be on its way to a printer that is only slow.
        """
        request = commands.ask_status(question)
        reply = None if self._is_held else self._asked(request, RealTime, self._patience.reply_s)
        if not reply and urgently and self._link.can_be_held:
            reply = self._asked(request, RealTime, self._patience.reply_s, urgently=True)
            self._is_held = reply is not None
        return reply.value if reply else None

    def identify(self, what: int) -> str | None:
        """The printer's maker or model (GS I), or None where it does not tell."""
        reply = self._asked(commands.ask_info(what), Info, self._patience.reply_s)
        return reply.text if reply else None

    def clear(self) -> bool:
        """Empties the printer's buffers; True when it says so. At most 0.9 s; never where it cannot."""
        if not self._profile.clears:
            return False
        self._link.send_urgently(commands.CLEAR)
        return self._awaited(Cleared, self._patience.clear_s) is not None

    def synchronise(self, *, interrupted: bool, longest: int = MAX_BYTES) -> bool:
        """Clears what may be left of an earlier job and sets the printer up; True as `clear`.

        ``interrupted`` says that it may have been left inside a command: without CLEAR only as many bytes as that
        command still waits for lead out of it, at most the ``longest`` of that job. Where the paper sensor
        acknowledges, waits until what the printer still owes has come, or surely never will: at most as long as a
        ticket takes. While it is blocked it owes on (`owes`).
        """
        cleared = self.clear()
        padding = b"" if cleared or not interrupted else bytes(longest)
        setup = commands.RESET + (commands.AUTO_STATUS if self._profile.auto_status else b"")
        self.send(padding + setup)
        self._let_pass(len(padding))
        if cleared:
            self._owed.clear()
        elif self._owed and self._can_settle():
            self._settle()
        return cleared

    @property
    def owes(self) -> bool:
        """Whether answers of an earlier job may still come from the paper sensor."""
        return bool(self._owed)

    def _let_pass(self, count: int) -> None:
        """Waits until that many bytes have surely left: a question behind them would be answered too late."""
        left_at = self._clock() + count / self.bytes_per_s
        while (ahead := left_at - self._clock()) > 0:
            self.listen(ahead)

    def _settle(self) -> None:
        """Asks the sensor once more, behind everything: after that answer nothing older can follow.

        Where fewer answer than were asked, some were lost with their jobs, and nobody knows whose: none counts.
        """
        self._owed.append("")
        owed, before = len(self._owed), set(self._acknowledged)
        self.send(commands.ASK_SENSOR * SENSOR_ANSWERS)
        deadline = self._clock() + self._patience.settle_s
        while self._owed and (left := deadline - self._clock()) > 0:
            some = len(self._owed) < owed
            if not self.listen(min(left, self._patience.reply_s) if some else left) and some:
                break
        if not self._owed:
            return
        self._acknowledged = before
        keeps = len(self._owed) == owed and not self._can_settle()
        self._owed = deque([""] * owed if keeps else [])

    def _can_settle(self) -> bool:
        """Whether it works off what it has: a printer that is blocked, or off, owes on."""
        return self.look() and not self.condition.reason

    def _answered_by_sensor(self) -> None:
        """Its answers for a job come one right after the other; a line that breaks makes one such byte, and no more."""
        now = self._clock()
        self._in_a_row = self._in_a_row + 1 if now <= self._next_by else 1
        self._next_by = now + self._patience.reply_s
        if self._in_a_row == SENSOR_ANSWERS:
            self._in_a_row = 0
            self._acknowledged.add(self._owed.popleft())

    def _asked(self, request: bytes, kind: type[R], within_s: float, *, urgently: bool = False) -> R | None:
        if self._behind and not self._is_quiet():
            return None
        self.listen(0)  # what has come in already answers an earlier question
        try:
            (self._link.send_urgently if urgently else self.send)(request)
        except LineHeld:
            return None
        return self._awaited(kind, within_s)

    def _awaited(self, kind: type[R], within_s: float) -> R | None:
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
