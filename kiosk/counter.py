"""The printer at a clerk's counter: a program without a screen, enrolled like a kiosk, that gives out no numbers.

It fetches what the desk asks for, prints each request once, and says what is true of the paper; the driver, the
journal, the outbox and the sync are the kiosk's own.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from domain.clock import in_lima
from domain.messages import CargoCopy, PaperWanted, PrintRequested, TicketCopy, from_json
from domain.tickets import QueueNumber
from domain.tracking import read_ticket_qr, short_code
from drivers.printer.driver import EscPosPrinter
from drivers.printer.words import Job
from exchange.client import SyncClient
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.config import ConfigError, load_device, load_enrolment
from kiosk.health import Health
from kiosk.heartbeat import beat_every_s, notify
from kiosk.housekeeping import Housekeeping
from kiosk.parts import open_store, printer_of
from kiosk.slip import SlipFacts, cargo_slip, ticket_slip, void_slip
from kiosk.store.database import StoreError
from kiosk.store.jobs import PrintJournal
from kiosk.store.settings import CLOCK_OFFSET, number
from kiosk.texts import SOURCE_LANGUAGE, Texts, UnknownLanguageError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from domain.office import Office
    from drivers.printer.words import Outcome, Printer, Sending, Slip, Status
    from kiosk.config import KioskSettings

log = logging.getLogger(__name__)

NEWS_EVERY_S = 1.0
"""A clerk and a citizen wait for this paper."""
UNKNOWN_DOCUMENT = "unknown_document"
"""Why nothing came out: this program is older than what it was asked for."""


class Counter:
    """Hears the server and the printer, each in its own thread, and brings the one's wishes to the other."""

    scopes = ("prints",)

    def __init__(self, office: Office, journal: PrintJournal, health: Health, wake_sync: Callable[[], None]) -> None:
        """`serve` gives it its printer."""
        self._office = office
        self._journal = journal
        self._health = health
        self._wake_sync = wake_sync
        self._texts = cache(Texts)
        self._printer: Printer | None = None

    def serve(self, printer: Printer) -> None:
        """What is asked for from now on goes to ``printer``."""
        self._printer = printer

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        """A desk wants paper; it says so again and again until it hears what became of it."""
        del scope
        if self._printer is None:
            return
        try:
            request = from_json(item, PrintRequested)
        except msgspec.ValidationError:
            self._refuse(from_json(item, PaperWanted))
            return
        try:
            sending = self._start(request)
        except StoreError as error:
            log.critical("copy.not_saved why=%s", error)  # it is asked for again
            return
        if sending is not None:
            self._printer.print(Job(str(request.id), self._slip(request.document), sending))

    def _start(self, request: PrintRequested) -> Sending | None:
        document, job = request.document, str(request.id)
        if isinstance(document, CargoCopy):
            return self._journal.start_copy(job, document.filing, None, document.copy, request=request.id)
        day = in_lima(document.issued_at).date()
        return self._journal.start_copy(job, document.ticket, day, document.copy, request=request.id)

    def _refuse(self, wanted: PaperWanted) -> None:
        """A newer server wants what this program does not know: the desk should hear so, not wait."""
        log.error("copy.unknown_document request=%s", wanted.id)
        if wanted.subject is None:
            return
        try:
            if self._journal.refuse_copy(str(wanted.id), wanted.subject, request=wanted.id, reason=UNKNOWN_DOCUMENT):
                self._wake_sync()
        except StoreError as error:
            log.critical("copy.not_saved why=%s", error)

    def printer_changed(self, status: Status) -> None:
        """The printer's status is another one."""
        self._health.printer_changed(status)
        self._wake_sync()

    def printed(self, _job: str, _attempt: int, _outcome: Outcome) -> None:
        """A job ended, and its event is in the outbox."""
        self._health.printed()
        self._wake_sync()

    def _slip(self, document: TicketCopy | CargoCopy) -> Slip:
        if isinstance(document, CargoCopy):
            return cargo_slip(document, self._texts(SOURCE_LANGUAGE))
        queue_number = QueueNumber(document.series, document.n)
        token = read_ticket_qr(document.url)
        facts = SlipFacts(
            number=queue_number,
            service=document.service,
            document=document.document,
            issued_at=document.issued_at,
            code=short_code(str(queue_number), token.nonce) if token else str(queue_number),
            url=document.url,
        )
        return ticket_slip(facts, self._office, self._language(document.language), copy=document.copy)

    def _language(self, language: str) -> Texts:
        try:
            return self._texts(language)
        except UnknownLanguageError:  # of a newer kiosk
            return self._texts(SOURCE_LANGUAGE)


@contextmanager
def compose(settings: KioskSettings) -> Iterator[None]:
    """The whole program, at work until the block ends.

    Raises:
        ConfigError: not enrolled for a counter, or already running.
        StoreError: the store cannot be used.
    """
    enrolment = load_enrolment(settings.enrolment_path)
    if not enrolment.counter:
        raise ConfigError("Esta inscripción es de un kiosco, no de una ventanilla: use «kiosk run»")
    with ExitStack() as stack:
        port, profile = printer_of(settings.printer)
        database, outbox = stack.enter_context(open_store(settings, enrolment))
        clock = SystemClock(number(database, CLOCK_OFFSET))
        journal = PrintJournal(database, outbox, clock, settings.printer.roll_m * 1000)
        health = Health(database, outbox, clock, journal)
        counter = Counter(enrolment.office, journal, health, lambda: sync.wake())  # noqa: PLW0108 - made next
        sync = SyncClient(
            enrolment.kiosk,
            book=KioskBook(database, outbox),
            wire=Wire(enrolment, load_device(settings.device_key_path)),
            clock=clock,
            listener=counter,
            news_every_s=NEWS_EVERY_S,
            credential=lambda: enrolment.credential,
            afterwards=Housekeeping(database, outbox, clock).exchanged,
        )
        stack.callback(sync.stop)
        printer = EscPosPrinter(port, journal, counter, profile=profile, void=void_slip(Texts()))
        stack.callback(printer.close)
        counter.serve(printer)
        sync.start()
        yield


def run(settings: KioskSettings, stopped: threading.Event) -> None:
    """Serves the counter until ``stopped``; tells the service manager that it lives. Raises: as `compose`."""
    with compose(settings):
        notify("READY=1")
        while not stopped.wait(beat_every_s()):
            notify("WATCHDOG=1")
        notify("STOPPING=1")
