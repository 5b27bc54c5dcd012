"""What the staff's page tells of the machine: a closed list of rows, each a text's key and Spanish words."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from domain import __version__
from domain.clock import Micros, in_lima
from domain.tickets import QueueNumber
from drivers.printer.words import Reason, State
from drivers.scanner.words import CameraState
from kiosk.store.database import StoreError
from kiosk.store.settings import LAST_CONTACT, SYNC_TROUBLE, number, text
from kiosk.trouble import NO_TURNS, TROUBLES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    from domain.clock import Clock
    from drivers.printer.words import Status
    from kiosk.flow.state import State as Visit
    from kiosk.store.database import Database
    from kiosk.store.jobs import PrintJournal
    from kiosk.store.outbox import Outbox

    class Contact(Protocol):
        """Who knows when the server last answered."""

        @property
        def last_contact_s(self) -> float | None:
            """In monotonic seconds; None for never."""
            ...

        @property
        def refusal(self) -> str:
            """Why the server does not let this machine speak; empty while it does."""
            ...

    class Series(Protocol):
        """Who knows whether there is one to give out numbers under."""

        @property
        def is_due(self) -> bool:
            """Whether one is waited for."""
            ...


Rows = tuple[tuple[str, str], ...]

_MINUTE_S = 60
_GIB = 1024**3
_MIB = 1024**2

_PRINTER = {
    State.ABSENT: "no está conectada",
    State.OPENING: "se está conectando",
    State.SYNC: "se está poniendo al día",
    State.READY: "lista",
    State.READY_LOW: "lista, queda poco papel",
    State.BLOCKED: "detenida",
    State.PRINTING: "imprimiendo",
    State.SILENT: "conectada, pero no responde",
}
_BLOCKED = {Reason.PAPER: "sin papel", Reason.COVER: "tapa abierta", Reason.CUTTER: "cuchilla trabada"}
_CAMERA = {
    CameraState.OFF: "apagada, porque ahora no se usa",
    CameraState.STARTING: "arrancando",
    CameraState.WATCHING: "encendida, da imagen",
    CameraState.ABSENT: "no da imagen: revise el cable",
}


class Diagnosis:
    """Looks at every part; a row says so where its part does not answer.

    Some 100 ms: not for the screen's thread.
    """

    def __init__(
        self,
        *,
        database: Database,
        outbox: Outbox,
        journal: PrintJournal,
        sync: Contact,
        series: Series,
        clock: Clock,
        folder: Path,
    ) -> None:
        """``folder`` is where the store lies."""
        self._database = database
        self._outbox = outbox
        self._journal = journal
        self._sync = sync
        self._series = series
        self._clock = clock
        self._folder = folder

    def rows(self, visit: Visit) -> Rows:
        """All of it, as of now; printer and camera as the visit last heard of them."""
        try:
            store, sync, number, paper = self._store(), self._exchange(), self._number(), self._paper()
        except StoreError as error:
            store, sync, number, paper = f"no responde: {error}", "no se sabe", "no se sabe", ""
        return (
            *_orders(visit),
            ("staff.printer", printer_words(visit.printer) + paper),
            ("staff.camera", _CAMERA[visit.camera]),
            ("staff.sync", sync),
            ("staff.disk", self._disk()),
            ("staff.store", store),
            ("staff.version", f"{__version__}, Python {sys.version.split()[0]}"),
            ("staff.number", number),
        )

    def _paper(self) -> str:
        roll = self._journal.roll
        if roll.left_pct is None:
            return ""
        tickets = "" if roll.tickets_left is None else f", para unos {roll.tickets_left} tickets"
        return f"; papel {roll.left_pct} %{tickets}"

    def _exchange(self) -> str:
        waiting, contact_s = self._outbox.backlog, self._sync.last_contact_s
        unsent = "nada por enviar" if not waiting else f"{waiting} por enviar"
        if self._sync.refusal:
            return f"{TROUBLES[self._sync.refusal].what}; {unsent}, nada se pierde"
        if contact_s is None:
            former = number(self._database, LAST_CONTACT)
            when = f" (antes, el {in_lima(Micros(former)):%d/%m/%Y a las %H:%M})" if former else ""
            return f"sin contacto desde que arrancó{when}; {unsent}"
        return f"último contacto hace {_span(self._clock.monotonic_s() - contact_s)}; {unsent}"

    def _disk(self) -> str:
        try:
            disk = shutil.disk_usage(self._folder)
        except OSError as error:
            return f"no responde: {error.strerror}"
        return f"{disk.free / _GIB:.1f} GB libres ({100 * disk.free // disk.total} %)"

    def _store(self) -> str:
        found = self._database.value("PRAGMA quick_check(1)")
        pages, size = (int(self._database.value(f"PRAGMA {name}")) for name in ("page_count", "cipher_page_size"))
        return f"{'íntegro' if found == 'ok' else 'dañado'}, {pages * size / _MIB:.1f} MB"

    def _number(self) -> str:
        if self._series.is_due:
            code = text(self._database, SYNC_TROUBLE)
            if code in NO_TURNS:
                return TROUBLES[code].what
            return "espera del servidor una serie nueva; hasta entonces no da turnos"
        last = self._database.rows("SELECT business_day, series, n FROM counter ORDER BY business_day DESC LIMIT 1")
        return "ninguno todavía" if not last else f"{QueueNumber(last[0]['series'], last[0]['n'])}, {_day(last[0])}"


def _orders(visit: Visit) -> Rows:
    """Why the machine gives out no turns, or what stands on its screen, where that is not the staff's own doing."""
    told = ["fuera de servicio por orden de la oficina: solo ella lo cambia"] if visit.ordered_out else []
    told += [f"mensaje en la pantalla: «{visit.message}»"] if visit.message else []
    return (("staff.orders", "; ".join(told)),) if told else ()


def printer_words(status: Status) -> str:
    """How the printer is, for somebody who stands before it."""
    if status.state is State.BLOCKED:
        return _BLOCKED.get(status.reason or Reason.OTHER, "detenida por un fallo")
    return _PRINTER[status.state]


def _day(row: dict[str, str]) -> str:
    year, month, day = row["business_day"].split("-")
    return f"{day}/{month}/{year}"


def _span(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    minutes = seconds / _MINUTE_S
    return f"{minutes:.0f} min" if minutes < _MINUTE_S else f"{minutes / _MINUTE_S:.0f} h"
