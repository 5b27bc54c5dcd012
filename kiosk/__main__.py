"""The ``kiosk`` command."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from domain.enrolment import parse_code
from domain.tickets import QueueNumber
from exchange.enrol import MISTYPED, EnrolError, enrol, keep_enrolment
from exchange.letters import PaperError
from exchange.signing import DeviceKeyError, own_device_key
from exchange.whole import WriteError
from kiosk import stick
from kiosk.clock import SystemClock
from kiosk.config import ConfigError, load_device, load_enrolment, load_settings
from kiosk.flow.filling import PIN_DIGITS
from kiosk.news import read_orders
from kiosk.pin import LEAST_DIGITS, write_pin
from kiosk.store.database import Database, StoreError, load_key
from kiosk.store.outbox import Outbox
from kiosk.store.settings import LAST_CONTACT, OUT_OF_SERVICE, SYNC_TROUBLE, number, text
from kiosk.texts import UnknownLanguageError, drafts
from kiosk.trouble import NO_TURNS, trouble
from kiosk.wipe import unsent, wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.messages import Enrolment
    from kiosk.config import KioskSettings

FAILED, USAGE, RESTART = 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    The exit status is 0, 1 if it failed, 2 if it was asked or set up wrongly, or 3 if it wants to be run again.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every exchange
    command: Callable[[KioskSettings, argparse.Namespace], int] = options.command
    try:
        return command(load_settings(), options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return USAGE
    except (StoreError, OSError, PaperError, WriteError) as error:
        print(error, file=sys.stderr)
        return FAILED


def _run(settings: KioskSettings, options: argparse.Namespace) -> int:
    from kiosk.compose import compose  # noqa: PLC0415 - the other commands need no device and no screen

    with compose(settings, options.rehearse) as kiosk:
        kiosk.app.run()
        if kiosk.app.failed:
            return FAILED
        return RESTART if kiosk.restarts.is_set() else 0


def _counter(settings: KioskSettings, _options: argparse.Namespace) -> int:
    from kiosk.counter import run  # noqa: PLC0415 - the other commands need no printer

    stopped = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: stopped.set())
    run(settings, stopped)
    return 0


def _setup(settings: KioskSettings, options: argparse.Namespace) -> int:
    """Enrols this machine, or shows its key, or sets the staff's PIN."""
    if options.key:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        print(own_device_key(settings.device_key_path).public.hex())
        return 0
    if options.server:
        return _enrol(settings, options)
    if options.code:
        raise ConfigError("Con --code hace falta --server: la dirección del servidor")
    return _set_pin(settings, options)


def _enrol(settings: KioskSettings, options: argparse.Namespace) -> int:
    """Enrols this machine with a code that somebody reads from the server."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    code = options.code or _typed_code()
    try:
        enrolment = enrol(options.server, code, own_device_key(settings.device_key_path))
    except (EnrolError, DeviceKeyError) as error:
        raise ConfigError(f"{error}.") from error
    keep_enrolment(settings.enrolment_path, enrolment)
    print(f"Este equipo es ahora «{enrolment.kiosk}»: {_task(enrolment)}, {enrolment.office.name}.")
    print("Si el programa estaba en marcha, reinícielo.")
    return 0


def _typed_code() -> str:
    while True:
        try:
            typed = input("Código de inscripción: ")
        except EOFError:
            raise ConfigError("Falta el código de inscripción") from None
        if parse_code(typed) is not None:
            return typed
        print(f"{MISTYPED}.", file=sys.stderr)


def _task(enrolment: Enrolment) -> str:
    return f"ventanilla {enrolment.counter}" if enrolment.counter else f"serie {enrolment.series}"


def _set_pin(settings: KioskSettings, options: argparse.Namespace) -> int:
    """The staff's PIN, typed twice, or from a file (``-``: the standard input)."""
    if options.pin_file is None:
        pin = getpass.getpass(f"PIN del personal, de {LEAST_DIGITS} a {PIN_DIGITS} cifras: ")
        if getpass.getpass("Otra vez: ") != pin:
            raise ConfigError("Los dos PIN no son iguales")
    else:
        pin = (sys.stdin.readline() if options.pin_file == "-" else Path(options.pin_file).read_text("utf-8")).strip()
    try:
        write_pin(settings.pin_path, pin)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    print(f"PIN del personal guardado en {settings.pin_path}")
    return 0


def _check(settings: KioskSettings, _options: argparse.Namespace) -> int:
    """Every fault at once; what only makes the kiosk poorer is a warning."""
    from kiosk.parts import printer_of  # noqa: PLC0415 - the other commands need no device

    faults = 0
    try:
        enrolment = load_enrolment(settings.enrolment_path)
        load_device(settings.device_key_path)
        print(f"Inscripción: {enrolment.kiosk}, {_task(enrolment)}, {enrolment.office.name}")
    except ConfigError as error:
        faults += 1
        print(f"Inscripción: {error}", file=sys.stderr)
    try:
        store = _look(settings)
        print("Almacén: " + ("se abre" if store else "se creará al arrancar"))
        if store:
            store.close()
    except StoreError as error:
        faults += 1
        print(f"Almacén: {error}", file=sys.stderr)
    try:
        for language in drafts(settings.screen.languages):
            print(f"Aviso: los textos en «{language}» son un borrador: ningún traductor nativo los ha revisado.")
    except UnknownLanguageError as error:
        faults += 1
        print(f"Lenguas: no hay textos en «{error.language}»; hay {', '.join(error.known)}", file=sys.stderr)
    try:
        printer_of(settings.printer)
    except ConfigError as error:
        faults += 1
        print(f"Impresora: {error}", file=sys.stderr)
    for name, path in (("impresora", settings.printer.port), ("cámara", settings.scanner.source.partition(":")[2])):
        if path.startswith("/") and not Path(path).exists():
            print(f"Aviso: no está la {name} en {path}. Habrá turnos igual, en la pantalla y con el teclado.")
    for warning in _poorer(settings):
        print(f"Aviso: {warning}")
    return FAILED if faults else 0


def _poorer(settings: KioskSettings) -> Iterator[str]:
    """What is missing and stops nothing."""
    if not settings.pin_path.exists():
        yield "no hay PIN del personal, así que nadie entra a su página. Póngalo con «kiosk setup»."
    if settings.screen.voice and shutil.which("espeak-ng") is None:
        yield "no está espeak-ng: la guía de voz no se oirá."


def _status(settings: KioskSettings, _options: argparse.Namespace) -> int:
    database = _look(settings)
    if database is None:
        print("Todavía no hay turnos: el almacén se creará al arrancar.")
        return 0
    last = database.rows("SELECT business_day, series, n FROM counter ORDER BY business_day DESC LIMIT 1")
    for row in last:
        print(f"Día de atención: {row['business_day']}")
        print(f"Último número: {QueueNumber(row['series'], row['n'])}")
        papers = database.rows(
            """SELECT state, count(*) AS jobs FROM print_job WHERE business_day = ? AND ticket <> ''
               GROUP BY state ORDER BY state""",
            row["business_day"],
        )
        print("Tickets de ese día: " + ", ".join(f"{PAPERS[paper['state']]} {paper['jobs']}" for paper in papers))
    if number(database, OUT_OF_SERVICE):
        print("Fuera de servicio: el personal lo puso así en la pantalla.")
    orders = read_orders(database)
    if orders.out_of_service:
        print("Fuera de servicio: la oficina lo ordenó desde su servidor.")
    if orders.message:
        print(f"Mensaje de la oficina en la pantalla: {orders.message}")
    outbox = Outbox(database, origin="", office="", epoch=None)
    print(f"Por enviar al servidor: {outbox.backlog}")
    contact = number(database, LAST_CONTACT)
    print("Último contacto con el servidor: " + (_moment(Micros(contact)) if contact else "ninguno todavía"))
    code = text(database, SYNC_TROUBLE)
    known = trouble(code)
    if known is not None:
        print(f"Atención: {known.what}.\nQué hacer: {known.to_do}")
        print("Nada se pierde." if code in NO_TURNS else "Mientras tanto da turnos, y nada se pierde.")
    database.close()
    return 0


def _moment(instant: Micros) -> str:
    return f"{in_lima(instant):%d/%m/%Y %H:%M}"


PAPERS = {
    "issued": "sin enviar",
    "sending": "imprimiendo",
    "confirmed": "impresos",
    "confirmed_late": "impresos tarde",
    "probable": "probablemente impresos",
    "not_printed": "sin papel",
    "uncertain": "dudosos",
}


def _export(settings: KioskSettings, options: argparse.Namespace) -> int:
    """What the server has not confirmed, as a file for a stick."""
    child = load_enrolment(settings.enrolment_path).kiosk
    database = _look(settings)
    if database is None:
        print("Todavía no hay turnos: no hay nada que exportar.")
        return 0
    outbox = Outbox(database, origin=child, office="", epoch=None)
    device = load_device(settings.device_key_path)
    told = stick.export(options.file, child, database=database, outbox=outbox, clock=SystemClock(), device=device)
    database.close()
    if not told.events or told.first is None or told.last is None:
        print("El servidor ya confirmó todo: no hay nada que exportar.")
        return 0
    span = f"del {_moment(told.first)} al {_moment(told.last)}"
    print(f"{told.events} eventos, {span}, en {options.file}.")
    print(f"En el servidor: kiosk-server import {options.file.name}. Traiga el recibo y dé aquí «kiosk import».")
    return 0


def _import(settings: KioskSettings, options: argparse.Namespace) -> int:
    """The server's receipt for what was exported."""
    enrolment, device = load_enrolment(settings.enrolment_path), load_device(settings.device_key_path)
    if not settings.store_path.exists():
        raise ConfigError(f"No existe el almacén {settings.store_path}")
    database = Database(settings.store_path, load_key(settings.key_path, store=settings.store_path))
    try:
        outbox = Outbox(database, origin=enrolment.kiosk, office="", epoch=None)
        told = stick.receive(options.file, enrolment, device, database=database, outbox=outbox)
    finally:
        database.close()
    if told.is_old:
        print("Este recibo ya se había importado, o es anterior a otro: no cambia nada.")
    else:
        print(f"El servidor confirma {max(told.confirmed, 0)} eventos más.")
    print(f"Por enviar al servidor: {told.left}")
    return 0


def _wipe(settings: KioskSettings, options: argparse.Namespace) -> int:
    """Empties the machine, if nothing is lost by it, once its name was typed."""
    from kiosk.parts import alone  # noqa: PLC0415 - the other commands need no device

    with alone(settings):
        left = unsent(settings)
        if left:
            print(_UNSENT.format(left=left), file=sys.stderr)
            return FAILED
        if left is None and not options.unreadable:
            print(_UNREADABLE.format(store=settings.store_path), file=sys.stderr)
            return FAILED
        try:
            name = load_enrolment(settings.enrolment_path).kiosk
        except ConfigError:
            name = "kiosco"  # nobody knows any more who it was
        print(f"Se borran los turnos, las claves y la inscripción de este equipo. Para seguir escriba «{name}»:")
        if sys.stdin.readline().strip() != name:
            print("No es ese nombre: no se borró nada.", file=sys.stderr)
            return FAILED
        wipe(settings)
    (settings.data_dir / "kiosk.lock").unlink(missing_ok=True)
    print("Borrado. En el servidor, anule la inscripción del equipo.")
    return 0


_UNSENT = (
    "No se borra nada: el servidor no ha confirmado {left} eventos, y aquí está su única copia.\n"
    "Conecte el equipo hasta que «kiosk status» diga 0 por enviar, o llévelos en una memoria USB:\n"
    "«kiosk export ARCHIVO» aquí, «kiosk-server import ARCHIVO» en el servidor, «kiosk import RECIBO» aquí."
)
_UNREADABLE = (
    "No se borra nada: {store} no se puede abrir, así que nadie sabe si el servidor tiene todos sus turnos.\n"
    "Si de todas formas hay que borrarlo: «kiosk wipe --unreadable». Lo que no se envió se pierde."
)


def _db(settings: KioskSettings, options: argparse.Namespace) -> int:
    """One query, or one a line from the standard input; each row as a JSON object."""
    database = _look(settings)
    if database is None:
        raise ConfigError(f"No existe el almacén {settings.store_path}")
    for query in [options.query] if options.query else sys.stdin:
        for row in database.rows(query):
            print(json.dumps(row, ensure_ascii=False, default=repr))
    database.close()
    return 0


def _look(settings: KioskSettings) -> Database | None:
    """The store, for reading only, or None before its first day: looking must not make files that others own."""
    if not settings.store_path.exists():
        return None
    return Database(settings.store_path, load_key(settings.key_path, store=settings.store_path), read_only=True)


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="kiosk", description="El kiosco de la mesa de partes.")
    commands = top.add_subparsers(required=True, metavar="ORDEN")
    run = commands.add_parser("run", help="la pantalla, hasta que se le diga que pare")
    run.add_argument("--rehearse", type=Path, metavar="CARPETA", help="un visitante de ejemplo deja ahí sus imágenes")
    run.set_defaults(command=_run)
    counter = commands.add_parser("counter", help="la impresora de una ventanilla, sin pantalla")
    counter.set_defaults(command=_counter)
    setup = commands.add_parser("setup", help="pone el PIN del personal; con --server, inscribe este equipo")
    setup.add_argument("--pin-file", metavar="ARCHIVO", help="leerlo de un archivo; «-»: de la entrada estándar")
    setup.add_argument("--server", metavar="URL", help="inscribe este equipo en ese servidor (kiosk-server enrol)")
    setup.add_argument("--code", metavar="CÓDIGO", help="el código de inscripción; si falta, se pregunta")
    setup.add_argument("--key", action="store_true", help="muestra la clave pública de este equipo")
    setup.set_defaults(command=_setup)
    check = commands.add_parser("check", help="revisa configuración, inscripción y almacén")
    check.set_defaults(command=_check)
    status = commands.add_parser("status", help="turnos de hoy y lo que falta enviar")
    status.set_defaults(command=_status)
    export = commands.add_parser("export", help="guarda en un archivo lo que falta enviar, para llevarlo al servidor")
    export.add_argument("file", type=Path, metavar="ARCHIVO", help="archivo nuevo, p. ej. en una memoria USB")
    export.set_defaults(command=_export)
    receipt = commands.add_parser("import", help="toma el recibo que el servidor dio por lo exportado")
    receipt.add_argument("file", type=Path, metavar="RECIBO", help="el archivo .receipt")
    receipt.set_defaults(command=_import)
    emptying = commands.add_parser("wipe", help="borra turnos, claves e inscripción, antes de entregar el equipo")
    emptying.add_argument("--unreadable", action="store_true", help="aunque el almacén no se pueda abrir")
    emptying.set_defaults(command=_wipe)
    database = commands.add_parser("db", help="consulta el almacén cifrado (solo lectura)")
    database.add_argument("query", nargs="?", metavar="SQL", help="si falta, una consulta por línea de la entrada")
    database.set_defaults(command=_db)
    return top


if __name__ == "__main__":
    sys.exit(main())
