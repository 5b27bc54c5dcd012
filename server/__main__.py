"""The command line: ``kiosk-server run | migrate | enrol | revoke | join | user | backup | restore | import | …``."""

from __future__ import annotations

import argparse
import getpass
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sqlalchemy.exc import SQLAlchemyError

from exchange.letters import PaperError, write_receipts
from exchange.whole import WriteError
from server import dates, machines
from server.backup.archive import BackupError
from server.backup.commands import backup, describe, put_back
from server.carried import take_in
from server.clock import SystemClock
from server.command import FAILED, USAGE, CommandError
from server.compose import compose, http_server, open_store, receiving
from server.config import PATH_VARIABLE, Config, ConfigError, config_path, load_config
from server.door import account_name
from server.keys import KeyFileError
from server.passwords import hash_password, new_password, password_fault
from server.store import accounts
from server.store.accounts import Role
from server.store.engine import StoreError
from server.store.settings import FromFile, read_settings
from server.store.versions import bump, office_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.office import Office
    from server.compose import Store

_OVERRULED = "La oficina queda como dice el archivo, que cambió: lo cambiado en el navegador antes ya no rige."


class SpanishParser(argparse.ArgumentParser):
    """argparse in the administrator's language."""

    def error(self, message: str) -> NoReturn:
        """Ends with status 2."""
        del message  # argparse's own are English; the usage line shows what is missing
        self.exit(USAGE, f"{self.prog}: argumentos no válidos.\n{self.format_usage()}Ayuda: {self.prog} --help\n")

    def format_usage(self) -> str:
        """The usage line."""
        return super().format_usage().replace("usage: ", "Uso: ", 1)

    def format_help(self) -> str:
        """The help, with its headings in Spanish."""
        text = super().format_help().replace("usage: ", "Uso: ", 1)
        text = text.replace("positional arguments:", "Argumentos:").replace("options:", "Opciones:")
        return text.replace("show this help message and exit", "muestra esta ayuda")


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = SpanishParser(prog="kiosk-server", description="Servidor de turnos: ventanillas, tablero y seguimiento.")
    top.add_argument("--config", type=Path, help=f"archivo TOML (si falta: {PATH_VARIABLE} o /etc/kiosk/server.toml)")
    commands = top.add_subparsers(dest="command", required=True, metavar="ORDEN", parser_class=SpanishParser)
    run = commands.add_parser("run", help="atiende a kioscos y navegadores hasta que se le detenga")
    run.add_argument("--host", help="dirección donde escucha (si falta: la de la configuración)")
    run.add_argument("--port", type=int, help="puerto donde escucha; 0 elige uno libre")
    commands.add_parser("migrate", help="crea la base y sus claves si faltan, y la pone al día")
    machines.add_parsers(commands)
    user = commands.add_parser("user", help="cuentas de ventanilla")
    actions = user.add_subparsers(dest="action", required=True, metavar="ACCIÓN", parser_class=SpanishParser)
    add_user = actions.add_parser("add", help="crea una cuenta y muestra su contraseña si no se le dio una")
    add_user.add_argument("name", metavar="NOMBRE")
    add_user.add_argument("--password-stdin", action="store_true", help="lee la contraseña de la entrada estándar")
    add_user.add_argument(
        "--role", choices=[role.value for role in Role], default=None,
        help="clerk atiende, supervisor ve y organiza, administrator también cuentas (si falta: clerk)",
    )  # fmt: skip
    add_user.add_argument(
        "--replace", action="store_true", help="si ya existe, le cambia la contraseña (y el papel, si se le da)"
    )
    describe(commands.add_parser)
    carried = commands.add_parser("import", help="toma lo que un kiosco sin red exportó, y escribe su recibo")
    carried.add_argument("file", type=Path, metavar="ARCHIVO", help="de «kiosk export»; el recibo va a ARCHIVO.receipt")
    dates.describe(commands.add_parser)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    options = parser().parse_args(arguments)
    path = options.config or config_path()
    try:
        if options.command == "dates" and not options.office:
            return _dates(None, options)
        config = load_config(path)
        return _COMMANDS[options.command](config, options)
    except ConfigError as error:
        print(
            f"La configuración {path} no sirve:", *(f"  - {fault}" for fault in error.args), sep="\n", file=sys.stderr
        )
        return USAGE
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.status
    except (KeyFileError, StoreError, BackupError, PaperError, WriteError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"No se puede usar {error.filename or config.data_dir}: {error.strerror}.", file=sys.stderr)
    except SQLAlchemyError as error:
        print(f"La base de datos no responde: {getattr(error, 'orig', None) or error}", file=sys.stderr)
    return FAILED


def _run(config: Config, options: argparse.Namespace) -> int:
    port = config.port if options.port is None else options.port
    if not 0 <= port <= 65535:  # noqa: PLR2004 TCP
        raise CommandError("El puerto va de 0 a 65535.", USAGE)
    for stop in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when it has stopped: that is no failure
        signal.signal(stop, lambda *_: sys.exit(0))
    composed = compose(config)
    _tell(composed.from_file)
    if composed.fault:
        print(composed.fault, file=sys.stderr)
    http_server(composed, host=options.host or config.host, port=port).run()
    return 0


def _tell(from_file: FromFile) -> None:
    """Whoever edited the file should know that it overrules what others changed in the browser."""
    if from_file is FromFile.TAKEN:
        print(_OVERRULED, file=sys.stderr)


def _migrate(config: Config, options: argparse.Namespace) -> int:
    del options
    store = open_store(config, SystemClock())
    store.engines.dispose()
    _tell(store.from_file)
    print(f"Base al día: revisión {store.revision}, nodo {store.node.id}.")
    return 0


def _about_machines(
    command: Callable[[Config, argparse.Namespace, Callable[[Store], None]], int],
) -> Callable[[Config, argparse.Namespace], int]:
    return lambda config, options: command(config, options, lambda store: _tell(store.from_file))


def _user(config: Config, options: argparse.Namespace) -> int:
    name = account_name(options.name)
    if name is None:
        raise CommandError("El nombre de la cuenta: letras sin tilde, cifras, punto y guion.", USAGE)
    password = _typed_password() if options.password_stdin else new_password()
    fault = password_fault(password)
    if fault:
        raise CommandError(fault, USAGE)
    store = open_store(config, SystemClock())
    _tell(store.from_file)
    with store.engines.write.begin() as connection:
        role = None if options.role is None else Role(options.role)
        now = SystemClock().now()
        if not accounts.account_exists(connection, name):
            accounts.add_account(connection, name, hash_password(password), now, role=role or Role.CLERK)
        elif options.replace:
            accounts.set_password(connection, name, hash_password(password))
            if role is not None:
                accounts.set_role(connection, name, role, now)
        else:
            raise CommandError(f"Ya hay una cuenta «{name}». Para darle otra contraseña, use --replace.")
        bump(connection, [office_topic(config.office.id)])
    store.engines.dispose()
    print(f"Cuenta: {name}")
    if not options.password_stdin:
        print(f"Contraseña: {password}")
    return 0


def _backup(config: Config, options: argparse.Namespace) -> int:
    print(*backup(config, options), sep="\n")
    return 0


def _restore(config: Config, options: argparse.Namespace) -> int:
    print(*put_back(config, options), sep="\n")
    return 0


def _import(config: Config, options: argparse.Namespace) -> int:
    with receiving(config, SystemClock()) as (ingest, keys, read):
        told = take_in(options.file, ingest, keys, read)
    receipt = options.file.with_name(options.file.name + ".receipt")
    write_receipts(receipt, told.receipts)
    print(f"{told.child}: {told.fresh} eventos nuevos, {told.known} que ya estaban, {told.apart} en cuarentena.")
    if told.missing:
        print("Faltan eventos anteriores: con el recibo el kiosco lo sabrá. Expórtelo después otra vez.")
    if told.forked:
        print(
            "Hay otros eventos con los mismos números: con el recibo el kiosco los numera de nuevo. Expórtelo otra vez."
        )
    print(f"Lleve {receipt} al kiosco: «kiosk import {receipt.name}».")
    return 0


def _dates(config: Config | None, options: argparse.Namespace) -> int:
    print(dates.tell(options, None if config is None else _office_now(config)))
    return 0


def _office_now(config: Config) -> Office:
    """The office as it is set up now, by the file or in the browser."""
    store = open_store(config, SystemClock())
    _tell(store.from_file)
    with store.engines.read.connect() as connection:
        found = read_settings(connection, config.office.id)
    store.engines.dispose()
    return config.office if found is None else found[0]


def _typed_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Contraseña: ")
    return sys.stdin.readline().rstrip("\r\n")


_COMMANDS = {
    "run": _run,
    "migrate": _migrate,
    "enrol": _about_machines(machines.enrol_command),
    "revoke": _about_machines(machines.revoke_command),
    "join": _about_machines(machines.join_command),
    "user": _user,
    "backup": _backup,
    "restore": _restore,
    "import": _import,
    "dates": _dates,
}

if __name__ == "__main__":
    sys.exit(main())
