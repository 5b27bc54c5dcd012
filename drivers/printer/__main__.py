"""The technician's tools: ``python -m drivers.printer virtual | doctor | print``."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

from drivers.printer.doctor.commission import Wish, commission
from drivers.printer.doctor.settings import default_file
from drivers.printer.doctor.technician import Terminal
from drivers.printer.driver import EscPosPrinter
from drivers.printer.link import Doorbell
from drivers.printer.ports import SPEEDS, Port
from drivers.printer.spoken import ABSENT, CANNOT_PRINT, CODES, OK, REASONS, RESULTS, SILENT, USAGE
from drivers.printer.virtual.actions import ACTIONS
from drivers.printer.virtual.device import Mechanics
from drivers.printer.virtual.models import EPSON, MODELS
from drivers.printer.virtual.page import Page
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.words import Cut, Feed, Job, Outcome, Paper, Reason, Sending, Slip, Status, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    return int(options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m drivers.printer", description="Impresora de tickets ESC/POS.")
    each = parser.add_subparsers(title="órdenes", required=True, metavar="ORDEN")

    virtual = each.add_parser(
        "virtual",
        help="una impresora simulada, que dibuja sus tickets",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Una impresora simulada detrás de un puerto. Termina con Ctrl-C o SIGTERM.",
        epilog="Por la entrada estándar acepta, una por línea:\n"
        + "\n".join(f"  {words:<12} {action.meaning}" for words, action in ACTIONS.items())
        + "\n\nModelos:\n"
        + "\n".join(f"  {key:<16} {model.label}" for key, model in MODELS.items()),
    )
    virtual.add_argument("--link", type=Path, required=True, help="nombre del puerto que se crea")
    virtual.add_argument("--tickets", type=Path, required=True, help="carpeta de las imágenes: NNNN.png y latest.png")
    virtual.add_argument("--speed", type=float, metavar="MM_S", help="velocidad del papel; sin ella, al instante")
    virtual.add_argument("--baud", type=int, help="velocidad de la línea; sin ella, al instante y cualquiera vale")
    virtual.add_argument("--model", choices=MODELS, default=EPSON.key, metavar="MODELO", help=f"modelo ({EPSON.key})")
    virtual.add_argument(
        "--page",
        type=int,
        nargs="?",
        const=0,
        metavar="PUERTO",
        help="página para manejarla, solo en esta máquina; sin número, un puerto libre",
    )
    virtual.set_defaults(run=_virtual)

    doctor = each.add_parser("doctor", help="encuentra la impresora, la prueba y escribe su configuración")
    doctor.description = f"Puesta en marcha de la impresora, paso a paso. {CODES}"
    doctor.add_argument(
        "--port", action="append", default=[], metavar="PUERTO", help="puerto; sin él, los busca (puede repetirse)"
    )
    doctor.add_argument("--baud", type=int, metavar="N", help="velocidad; sin ella, prueba todas")
    doctor.add_argument("--yes", action="store_true", help="probar varios puertos sin preguntar")
    doctor.add_argument("--no-questions", action="store_true", help="para programas: no pregunta ni imprime")
    doctor.add_argument("--print", action="store_true", help="imprime la hoja de prueba sin preguntar")
    doctor.add_argument("--watch", action="store_true", help="solo mira los sensores: tapa y papel, en vivo")
    doctor.add_argument("--logo", type=Path, metavar="PNG", help="graba este logotipo en la impresora")
    doctor.add_argument("--config", type=Path, metavar="TOML", help="archivo ($KIOSK_CONFIG, /etc/kiosk/kiosk.toml)")
    doctor.add_argument("--write", action="store_true", help="escribe la configuración sin preguntar")
    doctor.set_defaults(run=_doctor)
    slip = each.add_parser("print", help="imprime un archivo de texto", description=CODES)
    slip.add_argument("file", type=Path, metavar="ARCHIVO", help="texto en UTF-8")
    slip.add_argument("--port", required=True, help="puerto, p. ej. /dev/kiosk-printer")
    slip.add_argument("--baud", type=int, default=9600, help="velocidad (9600)")
    slip.set_defaults(run=_print)
    return parser


# --- virtual ----------------------------------------------------------------------------------------------------


def _virtual(options: argparse.Namespace) -> int:
    ended, doorbell = Event(), Doorbell()

    def end(*_: object) -> None:
        ended.set()
        doorbell.ring()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    printer = VirtualPrinter(
        options.link,
        options.tickets,
        model=MODELS[options.model],
        baud=options.baud,
        mechanics=Mechanics(mm_s=options.speed) if options.speed else None,
        on_ticket=lambda path, _text, _qr: print(path, flush=True),
    )
    try:
        page = None if options.page is None else Page(printer, options.page)
    except OSError as error:
        print(f"El puerto {options.page} no se puede usar ({error}).", file=sys.stderr)
        printer.close()
        return USAGE
    print(options.link, flush=True)
    if page:
        print(page.url, flush=True)
    lines = _lines(doorbell)
    while not ended.is_set():
        _obey(printer, next(lines))
    if page:
        page.close()
    printer.close()
    for violation in printer.violations:
        print(f"Error en los datos: {violation}", file=sys.stderr)
    return CANNOT_PRINT if printer.violations else OK


def _lines(doorbell: Doorbell) -> Iterator[str]:
    """The lines of standard input, an empty one at each ring, and only these after its end."""
    part, sources = b"", [doorbell.fileno(), *([sys.stdin.fileno()] if sys.stdin else [])]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if ready[0] == doorbell.fileno():
            doorbell.answered()
            yield ""
            continue
        got = os.read(ready[0], 4096)
        if not got:
            sources.pop()
        *whole, part = (part + got).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)


def _obey(printer: VirtualPrinter, line: str) -> None:
    words = " ".join(line.split())
    if words in ACTIONS:
        ACTIONS[words].do(printer)
        print(words, flush=True)
    elif words:
        print(f"No entiendo «{words}». Órdenes: {', '.join(ACTIONS)}", file=sys.stderr)


# --- doctor -----------------------------------------------------------------------------------------------------


def _doctor(options: argparse.Namespace) -> int:
    if options.baud is not None and options.baud not in SPEEDS:
        print(f"Velocidades: {', '.join(map(str, SPEEDS))}", file=sys.stderr)
        return USAGE
    asks = bool(sys.stdin) and sys.stdin.isatty() and not options.no_questions
    wish = Wish(
        ports=tuple(options.port),
        config=options.config or default_file(),
        baud=options.baud,
        yes=options.yes,
        prints=options.print,
        only_watches=options.watch,
        logo=options.logo,
        writes=options.write,
    )
    try:
        return commission(wish, Terminal(sys.stdin.fileno() if asks else None, sys.stdout))
    except KeyboardInterrupt:
        print("Interrumpido: no se cambió la configuración.")
        return USAGE


# --- print ------------------------------------------------------------------------------------------------------


class _Once:
    """Journal and listener of a single job that nobody will ask about later."""

    def __init__(self) -> None:
        self.ready = Event()
        self.outcomes: SimpleQueue[Outcome] = SimpleQueue()

    def start_sending(self, job_id: str) -> Sending:
        """The only attempt."""
        return Sending(job_id, 1)

    strip_hangs = False

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None:
        """Nothing is kept."""

    def strip_voided(self, paper: Paper) -> None:
        """Nothing is kept."""

    def roll_changed(self) -> None:
        """Nothing is kept."""

    def printer_changed(self, status: Status) -> None:
        """The outcome says enough."""

    def printed(self, job_id: str, attempt: int, outcome: Outcome) -> None:  # noqa: ARG002 - Listener's
        """The end."""
        self.outcomes.put(outcome)


def _print(options: argparse.Namespace) -> int:
    try:
        text = options.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"No se puede leer {options.file}: {error}", file=sys.stderr)
        return USAGE
    once = _Once()
    printer = EscPosPrinter(Port(options.port, options.baud), once, once)
    printer.print(Job("0001", Slip((Text(text), Feed(3), Cut()))))
    outcome = once.outcomes.get()
    printer.close()
    print(RESULTS[outcome.result] + (f": {REASONS[outcome.reason]}." if outcome.reason else ""))
    if outcome.is_printed:
        return OK
    return {Reason.SILENT: SILENT, Reason.ABSENT: ABSENT}.get(outcome.reason or Reason.OTHER, CANNOT_PRINT)


if __name__ == "__main__":
    sys.exit(main())
