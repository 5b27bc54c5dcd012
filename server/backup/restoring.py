"""Puts a copy in the place of the database: into a new life, so that everybody who knows more gives it back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from domain.clock import in_lima
from domain.sync import OLDEST_COPY_US
from server import sitting
from server.acts import Act
from server.backup.archive import BackupError
from server.backup.copying import kind_of, revived, workplace
from server.store import accounts
from server.store.accounts import Clerk
from server.store.migrate import migrate
from server.store.node import open_life, read_node
from server.store.schema import session
from server.store.writer import Transaction

if TYPE_CHECKING:
    from pathlib import Path

    from domain.clock import Micros
    from domain.office import Office
    from server.backup.archive import Manifest
    from server.backup.contents import Facts
    from server.backup.kinds import Kind
    from server.config import Config
    from server.keys import Keys
    from server.store.engine import Engines

_LEFT = "restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it: the copy's manifest, the new life's epoch, and where the old database is (empty: none was)."""

    manifest: Manifest
    epoch: int
    kept: str


def restore(config: Config, keys: Keys, path: Path, now: Micros, *, force: bool) -> Restored:
    """Puts the copy at ``path`` in the place of the database; whatever fails or is killed, one of the two is there.

    Raises:
        BackupError: a server uses the database, the copy is no good, or something would be lost without ``force``.
        OSError: a disk fails or is full.
    """
    kind = kind_of(config, keys)
    with kind.alone():
        for left in kind.workplace.glob(f"{_LEFT}*"):  # of one that was killed
            shutil.rmtree(left, ignore_errors=True)
        with (
            workplace(kind.workplace, _LEFT) as folder,
            revived(kind, path, keys, folder) as (manifest, copied, url, engines),
        ):
            present = _present(kind, force=force)
            if not force:
                _must_lose_nothing(present, copied, manifest, now)
            mine = present if present is not None and present.node == copied.node else None
            epoch = begin_life(engines, keys, config.office, manifest, now, replaced=mine)
            engines.dispose()  # folds the write-ahead log in: what takes the place is one file
            return Restored(manifest, epoch, kind.exchange(url, f"antes-{in_lima(now):%Y%m%d-%H%M%S}-{epoch}"))


def try_out(config: Config, keys: Keys, path: Path, now: Micros) -> Manifest:
    """Restores the copy at ``path`` beside the database, which goes on, and compares all of it; nothing of it stays.

    Raises:
        BackupError: it would not restore, or to something else.
        OSError: it cannot be read, or there is no room for it.
    """
    kind = kind_of(config, keys)
    with (
        workplace(config.data_dir, "check-") as folder,
        revived(kind, path, keys, folder) as (manifest, _, _, engines),
    ):
        begin_life(engines, keys, config.office, manifest, now)
        return manifest


def _present(kind: Kind, *, force: bool) -> Facts | None:
    try:
        return kind.present()
    except BackupError as error:
        if force:
            return None
        raise BackupError(
            f"{error} No se sabe si es más nueva que la copia. Con --force se restaura igual; la actual queda guardada."
        ) from error


def _must_lose_nothing(present: Facts | None, copied: Facts, manifest: Manifest, now: Micros) -> None:
    made = f"{in_lima(manifest.made_at):%d/%m/%Y %H:%M}"
    if present is not None and present.is_newer_than(copied):
        other = present.node != copied.node
        what = "es de otro servidor" if other else f"tiene cosas posteriores a la copia (del {made})"
        raise BackupError(f"La base actual {what}. Con --force se restaura igual; la actual queda guardada.")
    if now - manifest.made_at >= OLDEST_COPY_US:
        raise BackupError(
            f"La copia es del {made}: los kioscos ya no guardan lo que tenían entonces y no podrán completarla. "
            "Con --force se restaura igual."
        )


def begin_life(
    engines: Engines, keys: Keys, office: Office, manifest: Manifest, now: Micros, *, replaced: Facts | None = None
) -> int:
    """Brings a database that was copied up to date, and begins its next life, in which nobody is signed in.

    ``replaced`` is the same node's database whose place it takes, None where there is none that can be read.

    Raises:
        BackupError: it was sealed to another key than this server has.
    """
    migrate(engines.write)
    with engines.write.begin() as connection:
        node = read_node(connection)
        if node is None or node.seal_public not in {None, keys.seal_public}:
            raise BackupError("La clave del sello (seal.key) no es la de esa copia. Recupérela de su copia.")
        above, former = (0, None) if replaced is None else (replaced.epoch, replaced.former)
        epoch = open_life(connection, now, above=above, former=former)
        sessions = connection.execute(select(session.c.office, session.c.counter, session.c.account)).all()
        connection.execute(delete(session))
        for one in sessions:
            if one.counter:  # it was open until the copy; what was after that nobody knows
                clerk = Clerk(one.account, one.counter, one.office, b"", manifest.made_at)
                sitting.closed(Act(Transaction(connection), node, clerk, manifest.made_at), "restored")
        accounts.note_action(
            connection,
            {
                "at": now, "office": office.id, "actor": "", "action": "node.restored",
                "subject": str(epoch), "address": "", "detail": f"copia del {in_lima(manifest.made_at):%d/%m/%Y %H:%M}",
            },
        )  # fmt: skip
    return epoch
