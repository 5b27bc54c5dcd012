"""The commands about machines: ``kiosk-server enrol | revoke | join``."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from domain.clock import in_lima
from domain.enrolment import parse_code
from domain.messages import Enrolment, to_json
from exchange.enrol import MISTYPED, EnrolError
from exchange.signing import DeviceKeyError
from server.clock import SystemClock
from server.codes import MadeCode, is_machine_name, make_code, office_of
from server.command import USAGE, CommandError
from server.compose import open_store
from server.door import counter_number
from server.enrolment import AlreadyEnrolled, CounterServed, DeviceEnrolled, NoSeries, OtherKind, Registry
from server.keys import write_private
from server.store.accounts import note_action
from server.store.codes import Wanted
from server.store.versions import bump, desk_topic, office_topic
from server.upstream import join, upstream_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from server.compose import Store
    from server.config import Config
    from server.enrolment import NotEnrolled

_OFFICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DEVICE_KEY = re.compile(r"[0-9a-f]{64}")


def add_parsers(commands: argparse._SubParsersAction[Any]) -> None:
    """What can be typed about machines."""
    enrol = commands.add_parser("enrol", help="da un código de un solo uso para inscribir un equipo")
    enrol.add_argument("--kiosk", required=True, metavar="NOMBRE", help="minúsculas, cifras y guiones")
    kind = enrol.add_mutually_exclusive_group()
    kind.add_argument("--counter", metavar="NÚMERO", help="maneja la impresora de esa ventanilla; no da turnos")
    kind.add_argument("--node", metavar="OFICINA", help="es el servidor de esa oficina («kiosk-server join»)")
    enrol.add_argument("--replace", action="store_true", help="reemplaza al equipo de ese nombre, o de esa ventanilla")
    enrol.add_argument(
        "--out", metavar="ARCHIVO", help="para un equipo sin red: escribe su inscripción; con --device-key"
    )
    enrol.add_argument("--device-key", metavar="CLAVE", help="la que muestra «kiosk setup --key» en ese equipo")
    enrol.add_argument("--server-url", metavar="URL", help="cómo llega el equipo al servidor (si falta: public_url)")
    revoke = commands.add_parser("revoke", help="anula un equipo: lo que mande ya no se acepta")
    revoke.add_argument("--kiosk", required=True, metavar="NOMBRE")
    joining = commands.add_parser("join", help="inscribe este servidor en el de la sede central")
    joining.add_argument("--server", required=True, metavar="URL", help="dirección del servidor central")
    joining.add_argument("--code", metavar="CÓDIGO", help="si falta, se pregunta")


def enrol_command(config: Config, options: argparse.Namespace, tell: Callable[[Store], None]) -> int:
    """Shows a code, or writes an enrolment for a machine that cannot reach this server."""
    wanted = _wanted(config, options)
    if (options.out is None) != (options.device_key is None):
        raise CommandError("--out y --device-key van juntos: la clave la muestra «kiosk setup --key».", USAGE)
    store = open_store(config, SystemClock())
    tell(store)
    try:
        if options.out is None:
            _show_code(config, options, store, wanted)
        else:
            _write(config, options, store, wanted)
    finally:
        store.engines.dispose()
    return 0


def _wanted(config: Config, options: argparse.Namespace) -> Wanted:
    if not is_machine_name(options.kiosk):
        raise CommandError("El nombre del equipo: hasta 32 minúsculas, cifras y guiones, p. ej. sala-1.", USAGE)
    counter = "" if options.counter is None else counter_number(options.counter)
    if counter is None:
        raise CommandError("La ventanilla es un número del 1 al 99.", USAGE)
    if options.node is not None and not _OFFICE.fullmatch(options.node):
        raise CommandError("La oficina se nombra con su id, el de [office] en su configuración.", USAGE)
    if options.node == config.office.id:
        raise CommandError("Esa oficina es la de este servidor; --node es para el servidor de otra.", USAGE)
    if options.node is not None and options.out is not None:
        raise CommandError("El servidor de una oficina se inscribe con su código: kiosk-server join.", USAGE)
    return Wanted(
        options.kiosk,
        options.node or config.office.id,
        counter,
        is_node=options.node is not None,
        replaces=options.replace,
    )


def _show_code(config: Config, options: argparse.Namespace, store: Store, wanted: Wanted) -> None:
    registry = Registry(node=store.node, keys=store.keys)
    with store.engines.write.begin() as connection:
        made = make_code(connection, registry, store.keys, wanted, by="", now=SystemClock().now())
    if not isinstance(made, MadeCode):
        raise CommandError(_not_enrolled(made, wanted))
    order = "kiosk-server join" if wanted.is_node else "kiosk setup"
    print(f"""Código para {_task(wanted)} «{wanted.name}»:

    {made.code.text}

En ese equipo: {order} --server {options.server_url or config.public_url}
y escriba ahí el código. Vale para un solo equipo, hasta las {in_lima(made.expires_at):%H:%M}.""")


def _write(config: Config, options: argparse.Namespace, store: Store, wanted: Wanted) -> None:
    out = Path(options.out)
    if out.exists():
        raise CommandError(f"{out} ya existe; no se sobrescribe.", USAGE)
    if not _DEVICE_KEY.fullmatch(options.device_key):
        raise CommandError("La clave son las 64 cifras que muestra «kiosk setup --key» en ese equipo.", USAGE)
    registry = Registry(node=store.node, keys=store.keys)
    with ExitStack() as undo, store.engines.write.begin() as connection:
        enrolment = registry.enrol(
            connection,
            wanted,
            bytes.fromhex(options.device_key),
            office=office_of(connection, config.office, wanted.office),
            server_url=options.server_url or config.public_url,
            now=SystemClock().now(),
        )
        if not isinstance(enrolment, Enrolment):
            raise CommandError(_not_enrolled(enrolment, wanted))
        # before the commit: a series whose file could not be written would be lost
        write_private(out, to_json(enrolment))
        undo.callback(out.unlink)
        bump(connection, [desk_topic(wanted.office), office_topic(wanted.office)])
        connection.commit()
        undo.pop_all()
    task = f"impresora de la ventanilla {wanted.counter}" if wanted.counter else f"serie {enrolment.series}"
    print(f"Equipo {enrolment.kiosk}: {task}. Copie {out} a ese equipo, como enrolment.json; no lo deje a la vista.")


def _task(wanted: Wanted) -> str:
    if wanted.is_node:
        return f"el servidor de la oficina {wanted.office},"
    return f"la impresora de la ventanilla {wanted.counter}," if wanted.counter else "el kiosco"


def _not_enrolled(why: NotEnrolled, wanted: Wanted) -> str:
    match why:
        case AlreadyEnrolled():
            return f"Ya hay un equipo «{wanted.name}». Si perdió su disco, use --replace."
        case OtherKind():
            return f"Ya hay un equipo «{wanted.name}» que hace otra tarea. Elija otro nombre."
        case CounterServed(served):
            return (
                f"La ventanilla {wanted.counter} ya tiene el equipo «{served}». Para cambiarlo por otro, use --replace."
            )
        case DeviceEnrolled(other):
            return f"Ese equipo ya está inscrito como «{other}». Anúlelo primero: kiosk-server revoke --kiosk {other}"
        case NoSeries():
            return "La oficina ya no tiene series libres."
        case never:
            assert_never(never)


def revoke_command(config: Config, options: argparse.Namespace, tell: Callable[[Store], None]) -> int:
    """Lets a machine speak no more."""
    store = open_store(config, SystemClock())
    tell(store)
    try:
        with store.engines.write.begin() as connection:
            now = SystemClock().now()
            if not Registry(node=store.node, keys=store.keys).revoke(connection, options.kiosk, now):
                raise CommandError(f"No hay un equipo «{options.kiosk}».")
            row = {
                "at": now, "office": config.office.id, "actor": "", "action": "machine.revoked",
                "subject": options.kiosk, "address": "", "detail": "",
            }  # fmt: skip
            note_action(connection, row)
            bump(connection, [desk_topic(config.office.id), office_topic(config.office.id)])
    finally:
        store.engines.dispose()
    print(f"Equipo {options.kiosk} anulado: lo que mande ya no se acepta. Los turnos que dio siguen valiendo.")
    return 0


def join_command(config: Config, options: argparse.Namespace, _tell: Callable[[Store], None]) -> int:
    """Joins a centre."""
    code = options.code if options.code is not None else _typed_code()
    try:
        enrolment = join(config, options.server, code)
    except (EnrolError, DeviceKeyError) as error:
        raise CommandError(f"{error}.") from error
    print(f"Este servidor es ahora «{enrolment.kiosk}» de {enrolment.server_url}; consta en {upstream_path(config)}.")
    return 0


def _typed_code() -> str:
    while True:
        try:
            typed = input("Código de inscripción: ")
        except EOFError:
            raise CommandError("Falta el código.", USAGE) from None
        if parse_code(typed) is not None:
            return typed
        print(f"{MISTYPED}.", file=sys.stderr)
