"""What people do to the printer: one table for the lines of standard input and for the page's buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.printer.virtual.device import Fault

if TYPE_CHECKING:
    from drivers.printer.virtual.printer import VirtualPrinter


@dataclass(frozen=True, slots=True)
class Action:
    """Faults that it brings about and puts right. ``meaning`` is for a list of commands, ``label`` for a button."""

    meaning: str
    label: str
    fails: tuple[Fault, ...] = ()
    repairs: tuple[Fault, ...] = ()

    def do(self, printer: VirtualPrinter) -> None:
        """Does it. Doing it twice changes nothing."""
        for fault in self.repairs:
            printer.repair(fault)
        for fault in self.fails:
            printer.fail(fault)

    def is_useful(self, faults: frozenset[Fault]) -> bool:
        """Whether it would change anything about a printer with these faults."""
        return not faults.issuperset(self.fails) or not faults.isdisjoint(self.repairs)


ACTIONS: Final = {
    "paper out": Action("saca el papel", "Sacar el papel", fails=(Fault.PAPER_OUT,)),
    "paper low": Action("deja poco papel", "Dejar poco papel", fails=(Fault.PAPER_LOW,)),
    "paper in": Action("pone un rollo nuevo", "Poner un rollo nuevo", repairs=(Fault.PAPER_OUT, Fault.PAPER_LOW)),
    "cover open": Action("abre la tapa", "Abrir la tapa", fails=(Fault.COVER_OPEN,)),
    "cover close": Action("cierra la tapa", "Cerrar la tapa", repairs=(Fault.COVER_OPEN,)),
    "cutter jam": Action("traba la cuchilla", "Trabar la cuchilla", fails=(Fault.CUTTER_JAMMED,)),
    "cutter free": Action("libera la cuchilla", "Liberar la cuchilla", repairs=(Fault.CUTTER_JAMMED,)),
    "off": Action("apaga la impresora", "Apagar", fails=(Fault.POWER_OFF,)),
    "on": Action("la enciende", "Encender", repairs=(Fault.POWER_OFF,)),
    "unplug": Action("desconecta el cable", "Desconectar el cable", fails=(Fault.UNPLUGGED,)),
    "replug": Action("lo vuelve a conectar", "Conectar el cable", repairs=(Fault.UNPLUGGED,)),
    "noise on": Action("mete ruido en la línea", "Meter ruido", fails=(Fault.GARBAGE,)),
    "noise off": Action("quita el ruido", "Quitar el ruido", repairs=(Fault.GARBAGE,)),
}
"""By the words of standard input."""
