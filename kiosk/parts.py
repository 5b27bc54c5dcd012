"""What the programs of this package are made of alike: the store, held by one program alone, and the printer."""

from __future__ import annotations

import fcntl
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.printer.ports import Port, is_port
from drivers.printer.profile import PROFILES, Profile
from drivers.printer.words import Tier
from kiosk.config import ConfigError
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.messages import Enrolment
    from kiosk.config import KioskSettings, PrinterSettings


@contextmanager
def open_store(settings: KioskSettings, enrolment: Enrolment) -> Iterator[tuple[Database, Outbox]]:
    """The store of this kiosk, held by this program alone.

    Raises:
        ConfigError: another program has it open.
        StoreError: it cannot be used.
    """
    with ExitStack() as stack:
        stack.enter_context(alone(settings))
        database = Database(settings.store_path, load_key(settings.key_path, store=settings.store_path))
        stack.callback(database.close)
        yield database, Outbox(database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)


def printer_of(settings: PrinterSettings) -> tuple[Port, Profile]:
    """Where the printer is, and what it can do.

    Raises:
        ConfigError: the port is none, or brings no answer: what such a printer says could never be believed.
    """
    if not is_port(settings.port):
        raise ConfigError(f"printer.port: no es un puerto conocido: {settings.port}")
    profile = PROFILES[settings.model]
    told = {"tier": settings.tier, "native_qr": settings.native_qr, "logo": settings.logo}
    profile = replace(profile, **{name: value for name, value in told.items() if value is not None})  # type: ignore[arg-type]
    if profile.tier is Tier.NONE or settings.port.startswith("file:"):
        raise ConfigError("printer: una impresora que no responde no puede dar tickets; revise el cable y su doctor")
    return Port(settings.port, settings.baud, settings.flow), profile


@contextmanager
def alone(settings: KioskSettings) -> Iterator[None]:
    """Keeps other programs out of the kiosk's folder; the lock ends with the process, however it ends.

    Raises:
        ConfigError: there is one.
    """
    with (settings.data_dir / "kiosk.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"Ya hay un kiosco en marcha con {settings.data_dir}") from error
        yield
