"""Empties a machine before it is handed on (D.S. 016-2024-JUS art. 50.1.5): the store, its key, who it was."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from exchange.whole import sync_folder
from kiosk.store.database import Database, StoreError, load_key
from kiosk.store.outbox import Outbox

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.config import KioskSettings

_MARK = "wiping"
"""Stands in the folder from the decision on, so that whoever is interrupted can go on without the store."""


def unsent(settings: KioskSettings) -> int | None:
    """How many events the server has not confirmed; None where the store cannot be read. 0 without one.

    An emptying that was interrupted is decided already: 0.
    """
    if _mark(settings).exists() or not settings.store_path.exists():
        return 0
    try:
        key = load_key(settings.key_path, store=settings.store_path)
        database = Database(settings.store_path, key, read_only=True)
    except StoreError:
        return None
    try:
        return Outbox(database, origin="", office="", epoch=None).backlog
    except StoreError:
        return None
    finally:
        database.close()


def wipe(settings: KioskSettings) -> None:
    """Deletes all that makes the machine a kiosk of its office; the secrets first, overwritten.

    On flash memory what was overwritten may stand in a spare block for a while: without its key the store opens to
    nobody, which is what counts.

    Raises:
        OSError: a file cannot be deleted; then call it again.
    """
    folder = settings.data_dir
    _mark(settings).touch()
    sync_folder(folder)
    device_key = folder / "device.key"
    for path in (settings.key_path, device_key, settings.enrolment_path, settings.pin_path):
        _overwrite(path)
        path.unlink(missing_ok=True)
        sync_folder(folder)
    store = settings.store_path
    for path in (store, *(store.with_name(store.name + side) for side in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)
    sync_folder(folder)
    _mark(settings).unlink()
    sync_folder(folder)


def _mark(settings: KioskSettings) -> Path:
    return settings.data_dir / _MARK


def _overwrite(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.write(os.urandom(size))
        file.flush()
        os.fsync(file.fileno())
