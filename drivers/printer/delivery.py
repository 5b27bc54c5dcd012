"""One job, from its first byte to what is truly known of it.

Three questions decide (docs/adr/0004): did any byte leave, did the printer answer for this very job after its cut,
and, where it stopped, did it say that its buffers are empty. Nothing else may become "printed".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from drivers.printer import commands
from drivers.printer.dialogue import Stopped
from drivers.printer.encode import SENSOR_ANSWERS, before_cut
from drivers.printer.link import SLICE_BYTES, LineHeld, PortLost
from drivers.printer.status import OFFLINE
from drivers.printer.words import Outcome, Paper, Reason, Result, Tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.dialogue import Dialogue, Patience
    from drivers.printer.encode import Encoded

LEAD_S: Final = 0.1
"""How much may wait in the kernel's queue: enough for an even stream, little enough that a stop is a stop."""

CONFIRMED: Final = Outcome(Result.CONFIRMED)


@dataclass(slots=True)
class Delivery:
    """A job on its way. ``sent`` counts the bytes that left.

    ``lost`` is set when the line went in the middle, ``was_silent`` when a question was not answered, ``is_cut`` when
    the printer answered for what stands behind the cut.
    """

    encoded: Encoded
    process_id: str
    dialogue: Dialogue
    patience: Patience
    clock: Callable[[], float]
    tier: Tier = Tier.PROCESS_ID
    sent: int = 0
    lost: bool = False
    was_silent: bool = False
    is_cut: bool = False
    noises: int = 0
    _seen: set[str] = field(default_factory=set)

    def run(self) -> Outcome:
        """Sends and waits. Longest time: wire + paper at 120 mm/s + 2.1 s + 0.9 s. Never raises."""
        self.noises = self.dialogue.noises
        try:
            return self._send_all() or self._wait()
        except PortLost:
            self.lost = True
            return self._unknown(Reason.LOST)
        except Stopped:
            return self._unknown(Reason.NO_ANSWER)

    def paper(self, outcome: Outcome) -> Paper:
        """What became of the roll; a strip that was begun and not surely cut hangs there, as long as a whole one."""
        hangs = self.sent > 0 and not outcome.is_printed and not self.is_cut
        return Paper(self.encoded.paper_mm if self.sent else 0.0, hangs)

    def _send_all(self) -> Outcome | None:
        """Sends all of it; the end of the job where it stops before."""
        try:
            return self._send()
        except LineHeld:
            if not self.dialogue.look():
                return self._unknown(Reason.SILENT)
            reason = self.dialogue.condition.reason
            return self._stopped_by(reason) if reason else self._unknown(Reason.NO_ANSWER)

    def _send(self) -> Outcome | None:
        data = self.encoded.data
        start = self.clock()
        questions_at = len(data) - len(commands.ASK_SENSOR) * SENSOR_ANSWERS
        for offset in range(0, len(data), SLICE_BYTES):
            slice_ = data[offset : offset + SLICE_BYTES]
            asks_now = offset <= questions_at < offset + len(slice_)
            if self.tier is Tier.SENSOR and asks_now:  # before they are sent: a fast printer answers at once
                self.dialogue.expect(self.process_id)
            self.sent = offset + len(slice_)
            self.dialogue.send(slice_)
            due = start + self._wire_s(self.sent) - LEAD_S
            self.dialogue.listen(0)
            while not self.dialogue.condition.reason and (ahead := due - self.clock()) > 0:
                self.dialogue.listen(ahead)
            if self.dialogue.condition.reason:
                return self._stopped_by(self.dialogue.condition.reason)
        return None

    def _wait(self) -> Outcome:
        now = self.clock()
        wire_s = min(LEAD_S, self._wire_s(len(self.encoded.data)))
        deadline = now + wire_s + self.encoded.paper_mm / self.patience.slowest_mm_s + self.patience.slack_s
        poll, silences = now + wire_s + self.patience.poll_waiting_s, 0
        while (now := self.clock()) < deadline:
            if self._is_acknowledged():
                return self._acknowledged()
            if self.dialogue.condition.reason:
                return self._stopped_by(self.dialogue.condition.reason)
            if now < poll:
                self.dialogue.listen(min(poll, deadline) - now)
                continue
            silences = 0 if self._is_there(silences) else silences + 1
            self.was_silent = self.was_silent or silences > 0
            if silences >= self.patience.silences:
                return self._unknown(Reason.SILENT)
            poll = self.clock() + self.patience.poll_waiting_s
        return self._unanswered()

    def _is_acknowledged(self) -> bool:
        self._seen |= self.dialogue.take_acknowledged()
        return self.process_id in self._seen

    def _acknowledged(self) -> Outcome:
        """A process id speaks for itself. Two bytes of the sensor could be a line that breaks: is anybody there?

        A line on which noise came in may have spoilt what went out: ESC/POS has no check sum, so only eyes can tell.
        """
        if self.tier is Tier.SENSOR and not self.dialogue.look():
            return Outcome(Result.UNCERTAIN, Reason.SILENT)
        self.is_cut = True
        return CONFIRMED if self.dialogue.noises == self.noises else Outcome(Result.UNCERTAIN, Reason.NOISE)

    def _is_there(self, silences: int) -> bool:
        answer = self.dialogue.ask(commands.QUESTION_PRINTER, urgently=silences > 0)
        if answer is None:
            return False
        return self.dialogue.look() if answer & OFFLINE else True

    def _stopped_by(self, reason: Reason) -> Outcome:
        """Emptied buffers are the only proof that nothing comes out when the printer is put right again.

        Nor may all of it have come out already: a roll may end between the cut and its answer.
        """
        cleared = self.dialogue.clear()
        acknowledged = self.dialogue.take_acknowledged()
        if self.process_id in acknowledged:
            return self._acknowledged()
        uncut = before_cut(self.process_id) not in acknowledged | self._seen or reason is Reason.CUTTER
        return Outcome(Result.NOT_PRINTED if cleared and uncut else Result.UNCERTAIN, reason)

    def _unanswered(self) -> Outcome:
        """Only that it was there all the time, and still is, makes a ticket probable."""
        if self.tier is not Tier.STATUS or self.was_silent or not self.dialogue.look():
            return self._unknown(Reason.NO_ANSWER)
        reason = self.dialogue.condition.reason
        if reason:
            return self._stopped_by(reason)
        quiet = self.dialogue.noises == self.noises
        return Outcome(Result.PROBABLE) if quiet else Outcome(Result.UNCERTAIN, Reason.NOISE)

    def _unknown(self, reason: Reason) -> Outcome:
        if self.tier is Tier.PROCESS_ID and self._is_acknowledged():
            return self._acknowledged()
        return Outcome(Result.UNCERTAIN if self.sent else Result.NOT_PRINTED, reason)

    def _wire_s(self, count: int) -> float:
        return count / self.dialogue.bytes_per_s
