"""The kiosk's parts, put together here and nowhere else, and let go in reverse order."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

from assets import sample_logo
from drivers.printer.driver import EscPosPrinter
from drivers.scanner.keyboard import KeyboardScanner
from drivers.scanner.light import open_light, parse_light
from drivers.scanner.process import CameraScanner
from drivers.scanner.serial_scanner.driver import UsbScanner
from drivers.scanner.serial_scanner.ports import OFF, parse_wanted
from drivers.scanner.spec import NO_CAMERA, parse_spec
from drivers.scanner.together import CompositeScanner
from drivers.scanner.words import CameraState
from kiosk.clock import SystemClock
from kiosk.config import ConfigError, load_enrolment
from kiosk.every import Every
from kiosk.flow.state import State
from kiosk.health import Health
from kiosk.heartbeat import beat_every_s, notify
from kiosk.issue import Issuer
from kiosk.parts import open_store, printer_of
from kiosk.rehearsal import Rehearsal
from kiosk.run import Ears, Visit
from kiosk.slip import void_slip
from kiosk.store.jobs import PrintJournal
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

    from drivers.scanner.words import Listener, Scanner
    from kiosk.config import KioskSettings, ScannerSettings
    from kiosk.ui.app import KioskApp


@contextmanager
def compose(settings: KioskSettings, rehearsal: Path | None = None) -> Iterator[KioskApp]:
    """The whole kiosk, ready to run; ``rehearsal`` lets a scripted visitor in, who leaves pictures there.

    Raises:
        ConfigError: not enrolled, or already running.
        StoreError: the store cannot be used.
    """
    enrolment = load_enrolment(settings.enrolment_path)
    if enrolment.counter:
        raise ConfigError("Esta inscripción es de una ventanilla, no de un kiosco: use «kiosk counter»")
    with ExitStack() as stack:
        database, outbox = stack.enter_context(open_store(settings, enrolment))
        clock = SystemClock(number(database, CLOCK_OFFSET))
        port, profile = printer_of(settings.printer)
        journal = PrintJournal(database, outbox, clock, settings.printer.roll_m * 1000)
        issuer = Issuer(enrolment, database, outbox, clock)
        texts = cache(Texts)
        post = Post()
        health = Health(database, outbox, clock, journal)
        ears = Ears(post, lambda: sync.wake(), health)  # noqa: PLW0108 - each needs the other; sync is made next
        wire = Wire(enrolment)
        sync = SyncClient(enrolment.kiosk, database=database, outbox=outbox, wire=wire, clock=clock, listener=ears)
        stack.callback(sync.stop)
        printer = EscPosPrinter(port, journal, ears, profile=profile, void=void_slip(texts(SOURCE_LANGUAGE)))
        stack.callback(printer.close)
        scanner, keyboard = _scanner(settings.scanner, ears)
        stack.callback(scanner.close)
        visit = Visit(
            State(office=enrolment.office, now_s=clock.monotonic_s(), now=clock.now(), printer=printer.status),
            issuer=issuer,
            journal=journal,
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
                texts=texts,
                logo=sample_logo(),
                preview=scanner.preview,
                keys=keyboard,
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


def _scanner(settings: ScannerSettings, ears: Ears) -> tuple[CompositeScanner, KeyboardScanner]:
    """All that reads documents; the keyboard's part apart, too, for the screen tells it the keys."""
    _check(settings)
    keyboards: list[KeyboardScanner] = []

    def keyboard(listener: Listener) -> Scanner:
        keyboards.append(KeyboardScanner(listener, keep_name=settings.keep_name))
        return keyboards[0]

    def camera(listener: Listener) -> Scanner:
        light = open_light(settings.light)
        return CameraScanner(settings.source, listener, keep_name=settings.keep_name, light=light)

    def usb(listener: Listener) -> Scanner:
        return UsbScanner(settings.usb, listener, keep_name=settings.keep_name, ready_changed=usb_changed)

    def usb_changed(is_ready: bool) -> None:  # noqa: FBT001 - the scanner's signature
        ears.reader_changed(is_ready or settings.keyboard)

    if settings.keyboard:  # nothing but the configuration can know
        ears.reader_changed(True)
    makers = [keyboard]
    if settings.usb != OFF:
        makers.append(usb)
    if settings.source != NO_CAMERA:
        makers.append(camera)
    else:
        ears.camera_changed(CameraState.ABSENT)
    return CompositeScanner(ears, makers), keyboards[0]


def _check(settings: ScannerSettings) -> None:
    """Refuses what names no scanner before any is made."""
    if settings.source != NO_CAMERA:
        try:
            parse_spec(settings.source)
        except ValueError as error:
            raise ConfigError(f"scanner.source: {error}") from error
    try:
        parse_wanted(settings.usb)
    except ValueError as error:
        raise ConfigError(f"scanner.usb: {error}") from error
    try:
        parse_light(settings.light)
    except ValueError as error:
        raise ConfigError(f"scanner.light: {error}") from error
