"""``kiosk-server backup`` and ``kiosk-server restore``, as they are typed; each tells in Spanish what came of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from domain.clock import in_lima
from server.backup.archive import BackupError, pack_keys, unpack_keys
from server.backup.copying import back_up, kind_of
from server.backup.restoring import restore, try_out
from server.clock import SystemClock
from server.keys import load_keys

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from domain.clock import Micros
    from server.config import Config

_DAY_US = 24 * 3_600_000_000
_NAME = re.compile(r"copia-[0-9]{8}-[0-9]{6}\.tar")


def describe(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds both to the command line."""
    copy = add("backup", help="copia la base a un archivo, con el servidor en marcha; o prueba una copia")
    copy.add_argument(
        "file", type=Path, metavar="ARCHIVO", help="archivo nuevo, o una carpeta (el nombre lo pone sola)"
    )
    copy.add_argument("--check", action="store_true", help="restaura esa copia aparte y compara todo; no copia nada")
    copy.add_argument("--keys", type=Path, metavar="CLAVES", help="además, las claves en un archivo aparte")
    copy.add_argument("--keep", type=int, metavar="N", help="en la carpeta deja solo las N copias más nuevas")
    back = add("restore", help="pone una copia en lugar de la base; el servidor debe estar detenido")
    back.add_argument("file", type=Path, metavar="ARCHIVO")
    back.add_argument("--force", action="store_true", help="aunque la base actual sea más nueva, o la copia muy vieja")
    back.add_argument("--keys", type=Path, metavar="CLAVES", help="pone primero las claves que falten, de ese archivo")


def backup(config: Config, options: argparse.Namespace) -> Iterator[str]:
    """Makes a copy, or tries one out. Raises: BackupError, WriteError, OSError, and what opening the keys raises."""
    now = SystemClock().now()
    if options.keep is not None and (options.keep < 1 or not options.file.is_dir()):
        raise BackupError("--keep va con una carpeta, y deja una copia por lo menos.")
    keys = load_keys(config.keys, may_create=False)
    if options.check:
        path = _newest(options.file)
        manifest = try_out(config, keys, path, now)
        yield f"{path} sirve: restaurada aparte y comparada, {len(manifest.tables)} tablas, {manifest.rows} filas."
        yield f"Es del {_moment(manifest.made_at)}."
        return
    path = options.file / f"copia-{in_lima(now):%Y%m%d-%H%M%S}.tar" if options.file.is_dir() else options.file
    manifest = back_up(kind_of(config, keys), path, now)
    yield f"Copia hecha: {path}, {manifest.size / 1e6:.1f} MB, {manifest.rows} filas."
    yield "Está cifrada: sin las claves de este servidor no se abre."
    if options.keys is not None:
        count = pack_keys(options.keys, config.keys)
        yield f"Claves: {count} en {options.keys}. Guárdelas en otro lugar que la copia: quien tenga ambas lo lee todo."
    if options.keep is not None:
        _forget_halves(options.file, now)
        for old in _copies(options.file)[: -options.keep]:
            old.unlink()
            yield f"Se borró la copia antigua {old.name}."


def put_back(config: Config, options: argparse.Namespace) -> Iterator[str]:
    """Restores a copy. Raises: as `backup`."""
    if options.keys is not None:
        unpack_keys(options.keys, config.keys)
    keys = load_keys(config.keys, may_create=False)
    done = restore(config, keys, options.file, SystemClock().now(), force=options.force)
    yield f"Base restaurada: {done.manifest.node}, copia del {_moment(done.manifest.made_at)}, vida {done.epoch}."
    if done.kept:
        yield f"La anterior quedó en {done.kept}. Bórrela cuando ya no haga falta."
    yield "Ahora arranque el servidor (systemctl start kiosk-server):"
    yield "- los kioscos reenvían solos, al conectarse, los turnos dados después de la copia;"
    yield "- los sin red: «kiosk export» en cada uno y «kiosk-server import» aquí;"
    yield "- si hay un centro, devuelve lo que esta oficina hizo después de la copia; si no, quien ya fue atendido"
    yield "  vuelve a aparecer en espera: llámelo y termínelo, o márquelo ausente;"
    yield "- todos ingresan otra vez en su ventanilla."


def _moment(at: Micros) -> str:
    return f"{in_lima(at):%d/%m/%Y %H:%M}"


def _copies(folder: Path) -> list[Path]:
    """The copies in a folder that were named here, the oldest first."""
    return sorted(file for file in folder.iterdir() if _NAME.fullmatch(file.name))


def _forget_halves(folder: Path, now: Micros) -> None:
    """Removes what copies left that were killed: it is hidden, and was never finished."""
    for left in folder.glob(".copia-*"):
        if left.stat().st_mtime < (now - _DAY_US) / 1e6:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _newest(file: Path) -> Path:
    if not file.is_dir():
        return file
    copies = _copies(file)
    if not copies:
        raise BackupError(f"No hay ninguna copia en {file}.")
    return copies[-1]
