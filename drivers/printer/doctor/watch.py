"""The sensors tried by hand: the cover and the paper, each change told as the printer reports it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.printer import commands
from drivers.printer.doctor.probe import look
from drivers.printer.words import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.printer.dialogue import Dialogue
    from drivers.printer.doctor.probe import Answers
    from drivers.printer.doctor.technician import Technician
    from drivers.printer.status import Condition

STEP_S: Final = 60.0
LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do at the printer, and how one knows from its answers that it was done."""

    request: str
    is_done: Callable[[Condition], bool]


STEPS: Final = (
    Step("Abra la tapa", lambda condition: condition.cover_open or condition.paper_end),
    Step("Cierre la tapa", lambda condition: condition.reason is None),
    Step("Saque el papel y cierre la tapa", lambda condition: condition.reason is Reason.PAPER),
    Step("Vuelva a poner el papel y cierre la tapa", lambda condition: condition.reason is None),
)


def spoken(condition: Condition) -> str:
    """The sensors in a few words. Some models report an open cover as the end of the paper."""
    parts = [
        *(["tapa abierta"] if condition.cover_open else []),
        *(["sin papel"] if condition.paper_end else []),
        *(["cuchilla trabada"] if condition.cutter else []),
        *(["queda poco papel"] if condition.near_end and not condition.paper_end else []),
    ]
    if not parts:
        return "fuera de línea" if condition.other else "lista"
    return ", ".join(parts)


def watch(
    dialogue: Dialogue,
    answered: Answers,
    technician: Technician,
    *,
    auto_status: bool,
    step_s: float = STEP_S,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Asks for each step and waits for it, at most ``step_s`` each; how many were seen. Raises: PortLost."""
    if auto_status:
        dialogue.send(commands.AUTO_STATUS)
    seen = 0
    told: str | None = None
    for step in STEPS:
        technician.tell(f"{step.request} (Enter: saltar; se espera {step_s:.0f} s)…")
        end = clock() + step_s
        while True:
            condition = look(dialogue, answered)
            now = spoken(condition) if condition else "no responde"
            if now != told:
                technician.tell(f"  la impresora dice: {now}")
                told = now
            if condition and step.is_done(condition):
                technician.tell("  Visto.")
                seen += 1
                break
            if clock() >= end:
                technician.tell("  No se vio ningún cambio: puede que este equipo no tenga ese sensor.")
                break
            if technician.interrupts(LOOK_S):
                technician.tell("  Saltado.")
                break
    return seen
