"""The fault matrix: what a driver says of a ticket while something goes wrong, and what really lies there.

Each case is the real thing: a driver on a pty, the virtual printer behind it with real pacing (9600 baud, 200 mm/s,
0.35 s for the blade), one fault, one ticket, somebody who mends it, and the next ticket.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from drivers.printer.virtual.device import Fault, Mechanics
from drivers.printer.virtual.models import MODELS
from drivers.printer.virtual.printer import VirtualPrinter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.printer.virtual.printer import Dropped

BAUD = 9600
WRONG_BAUD = 19200
AFTER_S = 1.5
"""How long after the repair a ghost may still come out."""
FIRST, NEXT = "A-017", "A-018"


@dataclass(frozen=True)
class Trouble:
    """A fault, and when: before the ticket (None), or so many seconds after its first byte."""

    fault: Fault | None
    at_s: float | None = None
    wrong_baud: bool = False


TROUBLES = {
    "normal": Trouble(None),
    "near end": Trouble(Fault.PAPER_LOW),
    "paper out before": Trouble(Fault.PAPER_OUT),
    "cover open before": Trouble(Fault.COVER_OPEN),
    "off before": Trouble(Fault.POWER_OFF),
    "unplugged before": Trouble(Fault.UNPLUGGED),
    "paper ends mid-ticket": Trouble(Fault.PAPER_OUT, 0.35),
    "cover opened mid-ticket": Trouble(Fault.COVER_OPEN, 0.35),
    "cutter jams": Trouble(Fault.CUTTER_JAMMED),
    "off at 0.35 s": Trouble(Fault.POWER_OFF, 0.35),
    "off at 0.80 s": Trouble(Fault.POWER_OFF, 0.80),
    "unplugged at 0.35 s": Trouble(Fault.UNPLUGGED, 0.35),
    "unplugged at 0.80 s": Trouble(Fault.UNPLUGGED, 0.80),
    "wrong baud": Trouble(None, wrong_baud=True),
}
ANSWERING = tuple(key for key, model in MODELS.items() if model.answers)


class Subject(Protocol):
    """What is being judged: our driver, or another way to print."""

    def print(self, number: str, begins: Callable[[], None]) -> Said:
        """Prints the ticket of that number and says what became of it.

        Calls ``begins`` when it is about to send the ticket itself, for faults in the middle of one.
        """
        ...

    def close(self) -> None:
        """Lets the port go."""
        ...


@dataclass(frozen=True)
class Said:
    """What the subject claims of a ticket, in its own words, and when. ``printed`` is None where it does not know."""

    printed: bool | None
    words: str
    at_s: float


@dataclass(frozen=True)
class Row:
    """One case. ``had``: the citizen had the whole ticket when it was said; ``ghost``: it came out later."""

    said: Said
    taken_s: float
    had: bool
    ghost: bool
    next_printed: bool | None
    next_on_paper: bool

    @property
    def is_false(self) -> bool:
        """Whether something untrue was said: "printed" without paper, or "not printed" of what came out after all."""
        if self.said.printed:
            return not self.had
        return self.said.printed is False and (self.had or self.ghost)


def run(
    folder: Path,
    model: str,
    trouble: Trouble,
    open_subject: Callable[[str, int], Subject],
    lies: Callable[[Dropped, str], bool],
) -> Row:
    """Plays one case; ``lies`` tells whether a piece of paper holds the whole ticket of a number."""
    folder.mkdir(parents=True)
    wire = WRONG_BAUD if trouble.wrong_baud else BAUD
    virtual = VirtualPrinter(
        folder / "port", folder / "tickets", model=MODELS[model], baud=wire, mechanics=Mechanics(200.0, 0.35)
    )
    with closing(virtual), closing(open_subject(str(folder / "port"), BAUD)) as subject:
        if trouble.at_s is None and trouble.fault:
            virtual.fail(trouble.fault)
        begun = time.monotonic()
        said = subject.print(FIRST, lambda: _plan(virtual, trouble))
        before = [paper for paper in virtual.tickets if paper.at_s <= said.at_s and lies(paper, FIRST)]
        if trouble.wrong_baud:
            return Row(said, said.at_s - begun, bool(before), ghost=False, next_printed=None, next_on_paper=False)
        if trouble.fault:
            virtual.repair(trouble.fault)
        next_said = subject.print(NEXT, lambda: None)
        time.sleep(0 if said.printed else AFTER_S)  # a ghost needs time to come
        after = [paper for paper in virtual.tickets if paper.at_s > said.at_s and lies(paper, FIRST)]
        return Row(
            said,
            said.at_s - begun,
            had=bool(before),
            ghost=bool(after) and said.printed is not True,
            next_printed=next_said.printed,
            next_on_paper=any(lies(paper, NEXT) for paper in virtual.tickets),
        )


def _plan(virtual: VirtualPrinter, trouble: Trouble) -> None:
    if trouble.fault and trouble.at_s is not None:
        virtual.fail_at(trouble.at_s, trouble.fault)
