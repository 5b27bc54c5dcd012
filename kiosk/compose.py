"""The kiosk's parts, put together here and nowhere else, and let go in reverse order."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
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
from exchange.client import SyncClient
from exchange.wire import Wire
from kiosk.ask import Enquiry
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.config import ConfigError, load_device, load_enrolment
from kiosk.desk import Desk
from kiosk.diagnosis import Diagnosis
from kiosk.every import Every
from kiosk.flow.events import NumbersSwitched
from kiosk.flow.state import State
from kiosk.health import Health
from kiosk.heartbeat import beat_every_s, notify
from kiosk.housekeeping import Housekeeping
from kiosk.issue import Issuer
from kiosk.narrator import Narrator
from kiosk.news import News, OfficeRecord, OrdersRecord
from kiosk.parts import open_store, printer_of
from kiosk.pin import Pin
from kiosk.rehearsal import Rehearsal
from kiosk.run import Ears, Visit
from kiosk.series import SeriesRecord
from kiosk.slip import void_slip
from kiosk.staff import StaffDesk
from kiosk.store.jobs import PrintJournal
from kiosk.store.settings import CLOCK_OFFSET, OUT_OF_SERVICE, number
from kiosk.texts import SOURCE_LANGUAGE, Texts, UnknownLanguageError, offered
from kiosk.ui.boot import Display, open_app
from kiosk.ui.line import Line
from kiosk.ui.post import Post
from kiosk.voice import Silence, Voice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.messages import KioskOrders
    from domain.office import Office
    from drivers.printer.words import Status
    from drivers.scanner.words import Listener, Scanner
    from kiosk.config import KioskSettings, ScannerSettings
    from kiosk.store.database import Database
    from kiosk.ui.app import KioskApp


@dataclass(frozen=True, slots=True)
class Composed:
    """The kiosk, ready to run; ``restarts`` is set when staff want it started anew."""

    app: KioskApp
    restarts: threading.Event


@contextmanager
def compose(settings: KioskSettings, rehearsal: Path | None = None) -> Iterator[Composed]:
    """The whole kiosk; ``rehearsal`` lets a scripted visitor in, who leaves pictures there.

    Raises:
        ConfigError: not enrolled, or already running.
        StoreError: the store cannot be used.
    """
    enrolment = load_enrolment(settings.enrolment_path)
    if enrolment.is_node:
        raise ConfigError("Esta inscripción es de un servidor, no de un kiosco")
    if enrolment.counter:
        raise ConfigError("Esta inscripción es de una ventanilla, no de un kiosco: use «kiosk counter»")
    with ExitStack() as stack:
        database, outbox = stack.enter_context(open_store(settings, enrolment))
        clock = SystemClock(number(database, CLOCK_OFFSET))
        port, profile = printer_of(settings.printer)
        journal = PrintJournal(database, outbox, clock, settings.printer.roll_m * 1000)
        texts = cache(Texts)
        post, restarts = Post(), threading.Event()
        health = Health(database, outbox, clock, journal)
        office, series = OfficeRecord(enrolment.office, database), SeriesRecord(enrolment, database)
        orders = OrdersRecord(database)
        device = load_device(settings.device_key_path)
        sync = SyncClient(
            enrolment.kiosk,
            book=KioskBook(database, outbox, lambda: post(NumbersSwitched(are_given=not series.is_due))),
            wire=Wire(enrolment, device),
            clock=clock,
            listener=News(post, office, series, orders),
            credential=lambda: series.now.credential,
            afterwards=Housekeeping(database, outbox, clock).exchanged,
        )
        stack.callback(sync.stop)
        ears = Ears(post, sync.wake, health)
        printer = EscPosPrinter(port, journal, ears, profile=profile, void=void_slip(texts(SOURCE_LANGUAGE)))
        stack.callback(printer.close)
        scanner, keyboard = _scanner(settings.scanner, ears)
        stack.callback(scanner.close)
        diagnosis = Diagnosis(
            database=database, outbox=outbox, journal=journal, sync=sync, series=series, clock=clock,
            folder=settings.data_dir,
        )  # fmt: skip
        staff = StaffDesk(
            pin=Pin(settings.pin_path, database, clock),
            diagnosis=diagnosis,
            database=database,
            journal=journal,
            printer=printer,
            health=health,
            texts=texts(SOURCE_LANGUAGE),
            restart=lambda: _restart(app, restarts),
        )
        desk = Desk(
            issuer=Issuer(enrolment, database, outbox, clock, series),
            journal=journal,
            printer=printer,
            sync=sync,
            health=health,
            staff=staff,
            texts=texts,
            post=post,
        )
        stack.callback(desk.close)
        questions = Enquiry(enrolment, device, clock)
        stack.callback(questions.close)
        state = _first_state(settings, database, clock, office=office.now, orders=orders.now, printer=printer.status)
        state = replace(state, has_series=not series.is_due)
        state = replace(state, screen=state.first_screen)
        voice = Voice() if settings.screen.voice else Silence()
        stack.callback(voice.close)
        narrator = Narrator(voice, texts)
        visit = Visit(state, desk=desk, scanner=scanner, questions=questions, clock=clock, post=post, narrator=narrator)
        stack.callback(visit.close)
        app = open_app(
            _display(settings),
            Line(
                post=post,
                state=visit.state,
                handle=visit.happen,
                tick=visit.tick,
                texts=texts,
                logo=sample_logo(),
                preview=scanner.preview,
                keys=keyboard,
                motion=settings.screen.motion,
                voice=narrator.speak,
                sound=settings.screen.sound,
                first_frame=lambda: notify("READY=1"),
            ),
        )
        stack.callback(notify, "STOPPING=1")
        if (beat_s := beat_every_s()) is not None:
            stack.callback(Every(beat_s, lambda: app.after_frame(lambda: notify("WATCHDOG=1")), "heartbeat").stop)
        if rehearsal is not None:
            Rehearsal(app, lambda: visit.state, rehearsal).start()
        sync.start()
        yield Composed(app, restarts)


def _first_state(
    settings: KioskSettings,
    database: Database,
    clock: SystemClock,
    *,
    office: Office,
    orders: KioskOrders,
    printer: Status,
) -> State:
    """What is known before anything happens."""
    languages = _languages(settings)
    return State(
        office=office,
        now_s=clock.monotonic_s(),
        now=clock.now(),
        languages=languages,
        language=languages[0],
        printer=printer,
        is_out=bool(number(database, OUT_OF_SERVICE)),
        ordered_out=orders.out_of_service,
        message=orders.message,
    )


def _languages(settings: KioskSettings) -> tuple[str, ...]:
    try:
        return offered(settings.screen.languages)
    except UnknownLanguageError as error:
        known = ", ".join(error.known)
        raise ConfigError(f"screen.languages: no hay textos en «{error.language}»; hay {known}") from error


def _display(settings: KioskSettings) -> Display:
    screen = settings.screen
    return Display(
        screen.width, screen.height, screen.fullscreen, home=settings.data_dir / "kivy", rotation=screen.rotation
    )


def _restart(app: KioskApp, restarts: threading.Event) -> None:
    """Ends the program soon, with the exit status by which whoever started it knows that it is to be started anew."""
    restarts.set()
    app.quit()


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
