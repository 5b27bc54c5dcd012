"""The kiosk's parts, put together here and nowhere else, and let go in reverse order."""

from __future__ import annotations

import fcntl
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import IO, TYPE_CHECKING

from assets import sample_logo
from drivers.printer.driver import SerialPrinter
from drivers.scanner.process import CameraScanner
from kiosk.clock import SystemClock
from kiosk.config import ConfigError, load_enrolment
from kiosk.every import Every
from kiosk.flow.state import State
from kiosk.heartbeat import beat_every_s, notify
from kiosk.issue import Issuer
from kiosk.rehearsal import Rehearsal
from kiosk.run import Ears, Visit
from kiosk.store.database import Database, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.store.settings import CLOCK_OFFSET, number
from kiosk.sync.client import SyncClient
from kiosk.sync.wire import Wire
from kiosk.texts import SOURCE_LANGUAGE, Texts
from kiosk.ui.boot import Display, open_app
from kiosk.ui.line import Line
from kiosk.ui.post import Post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.messages import Enrolment
    from kiosk.config import KioskSettings, ScannerSettings
    from kiosk.ui.app import KioskApp


@contextmanager
def open_store(settings: KioskSettings, enrolment: Enrolment) -> Iterator[tuple[Database, Outbox]]:
    """The store of this kiosk, held by this program alone.

    Raises:
        ConfigError: another program has it open.
        StoreError: it cannot be used.
    """
    with ExitStack() as stack:
        stack.enter_context(_alone(settings.data_dir / "kiosk.lock"))
        database = Database(settings.store_path, load_key(settings.key_path, store=settings.store_path))
        stack.callback(database.close)
        yield database, Outbox(database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)


@contextmanager
def compose(settings: KioskSettings, rehearsal: Path | None = None) -> Iterator[KioskApp]:
    """The whole kiosk, ready to run; ``rehearsal`` lets a scripted visitor in, who leaves pictures there.

    Raises:
        ConfigError: not enrolled, or already running.
        StoreError: the store cannot be used.
    """
    enrolment = load_enrolment(settings.enrolment_path)
    with ExitStack() as stack:
        database, outbox = stack.enter_context(open_store(settings, enrolment))
        clock = SystemClock(number(database, CLOCK_OFFSET))
        journal = PrintJournal(database, outbox, clock)
        issuer = Issuer(enrolment, database, outbox, clock)
        texts = cache(Texts)
        post = Post()
        ears = Ears(post, lambda: sync.wake())  # noqa: PLW0108 - each needs the other; sync is made next
        wire = Wire(enrolment)
        sync = SyncClient(enrolment.kiosk, database=database, outbox=outbox, wire=wire, clock=clock, listener=ears)
        stack.callback(sync.stop)
        printer = SerialPrinter(settings.printer.port, settings.printer.baud, journal, ears)
        stack.callback(printer.close)
        scanner = _scanner(settings.scanner, ears)
        stack.callback(scanner.close)
        visit = Visit(
            State(office=enrolment.office, now_s=clock.monotonic_s(), now=clock.now(), printer=printer.status),
            issuer=issuer,
            printer=printer,
            scanner=scanner,
            sync=sync,
            texts=texts,
            clock=clock,
            post=post,
        )
        stack.callback(visit.close)
        app = open_app(
            Display(**settings.screen.model_dump(), home=settings.data_dir / "kivy"),
            Line(
                post=post,
                state=visit.state,
                handle=visit.happen,
                tick=visit.tick,
                texts=texts(SOURCE_LANGUAGE),
                logo=sample_logo(),
                preview=scanner.preview,
                first_frame=lambda: notify("READY=1"),
            ),
        )
        stack.callback(notify, "STOPPING=1")
        if (beat_s := beat_every_s()) is not None:
            stack.callback(Every(beat_s, lambda: app.after_frame(lambda: notify("WATCHDOG=1")), "heartbeat").stop)
        if rehearsal is not None:
            Rehearsal(app, lambda: visit.state, rehearsal).start()
        sync.start()
        yield app


def _scanner(settings: ScannerSettings, ears: Ears) -> CameraScanner:
    try:
        return CameraScanner(settings.source, ears, keep_name=settings.keep_name)
    except ValueError as error:
        raise ConfigError(f"scanner.source: no es una fuente conocida: {settings.source}") from error


@contextmanager
def _alone(path: Path) -> Iterator[IO[str]]:
    """Holds ``path`` locked; the lock ends with the process, however it ends."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"Ya hay un kiosco en marcha con {path.parent}") from error
        yield lock
