"""What the wire alone proves: how the printer is, who it is, and how it can tell that a ticket is out.

Nothing here prints. A clone may take the letters of a command that it does not know for text; they never hold a line
feed, and the reset at the end throws the unfinished line away.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from drivers.printer import commands
from drivers.printer.doctor.findings import Findings
from drivers.printer.status import AutoStatus, Condition, Junk, PaperSensor, ProcessId, Reply, read_answers
from drivers.printer.words import Tier

if TYPE_CHECKING:
    from drivers.printer.dialogue import Dialogue

REPLY_S: Final = 0.5
PROCESS_ID: Final = "DOCT"
"""No job's id: those have digits."""

_ALL: Final = (
    commands.QUESTION_PRINTER,
    commands.QUESTION_OFFLINE,
    commands.QUESTION_ERROR,
    commands.QUESTION_PAPER,
)
_NEEDED: Final = frozenset({commands.QUESTION_PRINTER, commands.QUESTION_PAPER})

R = TypeVar("R", bound=Reply)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to DLE EOT by question; None for one that did not come."""

    by_question: dict[int, int | None]

    @property
    def is_printer(self) -> bool:
        """Whether the two questions were answered that every printer of use answers."""
        return all(self.by_question.get(question) is not None for question in _NEEDED)

    @property
    def condition(self) -> Condition:
        """What the sensors say; one that was not asked or did not answer says nothing."""
        printer, offline, error, paper = (self.by_question.get(question) or 0 for question in _ALL)
        return read_answers(printer, offline, error, paper)


def ask_all(dialogue: Dialogue, questions: tuple[int, ...] = _ALL) -> Answers:
    """Asks each question; ends at the first needed one without an answer. At most 4 s. Raises: PortLost."""
    answers: dict[int, int | None] = {}
    for question in questions:
        answers[question] = dialogue.ask(question)
        if answers[question] is None and question in _NEEDED:
            break
    return Answers(answers)


def look(dialogue: Dialogue, answered: Answers) -> Condition | None:
    """How it is now, by the questions that it answers; None when it is silent. Raises: PortLost."""
    known = tuple(question for question in _ALL if answered.by_question.get(question) is not None)
    answers = ask_all(dialogue, known)
    return answers.condition if answers.is_printer else None


def prove(dialogue: Dialogue) -> Findings:
    """Asks in every way that a printer may know; at most 4 s, with an Epson 0.1 s. Raises: PortLost.

    The printer has to be ready: what waits in its buffer is answered, or printed, later.
    """
    tier = _tier(dialogue)
    dialogue.send(commands.AUTO_STATUS)
    auto_status = _heard(dialogue, AutoStatus)[0] is not None
    dialogue.send(commands.RESET)
    clears = dialogue.clear()
    dialogue.send(commands.RESET)
    return Findings(tier, clears, auto_status)


def _tier(dialogue: Dialogue) -> Tier:
    dialogue.send(commands.ask_process_id(PROCESS_ID))
    echo, _ = _heard(dialogue, ProcessId)
    if echo and echo.text == PROCESS_ID:
        dialogue.take_acknowledged()
        return Tier.PROCESS_ID
    dialogue.send(commands.RESET)
    for _ in range(2):  # one byte may be noise; two, each to its question and nothing else, are not
        dialogue.send(commands.ASK_SENSOR)
        answer, noise = _heard(dialogue, PaperSensor)
        if not answer or noise:
            return Tier.STATUS
    return Tier.SENSOR


def _heard(dialogue: Dialogue, kind: type[R]) -> tuple[R | None, bool]:
    """The first reply of that kind, and whether anything odd came with it."""
    end = time.monotonic() + REPLY_S
    noise = False
    while (left := end - time.monotonic()) > 0:
        replies = dialogue.listen(left)
        noise = noise or any(isinstance(reply, Junk) for reply in replies)
        wanted = [reply for reply in replies if isinstance(reply, kind)]
        if wanted:
            return wanted[0], noise or len(wanted) > 1
    return None, noise
