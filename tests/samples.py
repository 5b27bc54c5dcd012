"""What every test may need: a sample office, its enrolment, a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from nacl.public import PrivateKey

from domain.calendar import Hours
from domain.clock import Micros, micros
from domain.messages import Enrolment, Push
from domain.office import Office, Service
from domain.signing import ANSWER_HEADER, SIGNATURE_HEADER, answer_words
from domain.sync import spans
from exchange.signing import DeviceKey
from kiosk.store.database import Database
from kiosk.store.outbox import Outbox

OPEN_ALWAYS = Hours(opens=time(0, 0), closes=time.max, weekdays=(1, 2, 3, 4, 5, 6, 7), national_holidays_closed=False)
OFFICE = Office(
    id="lima-centro",
    entity="Instituto Nacional de Salud",
    entity_short="INS",
    name="Mesa de partes · Sede central",
    address="Av. de Ejemplo 123, Lima",
    tracking_base_url="http://127.0.0.1:8080",
    services=(
        Service("documentos", "Presentar documentos", requirements=("Solicitud firmada", "Copia simple de su DNI")),
        Service("consulta", "Consultar un trámite"),
        Service("orientacion", "Orientación", is_filing=False),
    ),
    hours=OPEN_ALWAYS,
)
SEAL = PrivateKey(b"\x07" * 32)
DEVICE = DeviceKey(b"\x08" * 32)
"""The sample kiosk's own key."""
SERVER = DeviceKey(b"\x09" * 32)
"""The key by which the sample kiosk's server signs; any Ed25519 key can."""
ENROLMENT = Enrolment(
    kiosk="kiosco-1",
    kiosk_no=1,
    series="A",
    epoch=1,
    mac_key=b"k" * 32,
    server_url="http://127.0.0.1:8080",
    seal_key=bytes(SEAL.public_key),
    office=OFFICE,
    server_key=SERVER.public,
    credential=b"sealed by the server to itself",
)
MONDAY_10AM = micros(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
"""Monday 23 November 2026, 10:00 in Lima."""

DAY = date(2026, 11, 23)


class HandClock:
    """A clock that only moves when told; both its hands move together."""

    def __init__(self, now: Micros = MONDAY_10AM) -> None:
        self.machine = now
        self.seconds = 1000.0
        self.offset = 0

    def now(self) -> Micros:
        return Micros(self.machine + self.offset)

    def wall(self) -> Micros:
        return self.machine

    def monotonic_s(self) -> float:
        return self.seconds

    def pass_s(self, seconds: float) -> None:
        self.seconds += seconds
        self.machine = Micros(self.machine + round(seconds * 1_000_000))


def answer_headers(request: Mapping[str, str], status: int, body: bytes, server: DeviceKey = SERVER) -> dict[str, str]:
    """What a server signs its answer with, to a request of these headers."""
    signature = bytes.fromhex(request.get(SIGNATURE_HEADER) or "00" * 64)
    return {ANSWER_HEADER: server.sign(answer_words(signature, status, body)).hex()}


def pending(outbox: Outbox, limit: int) -> tuple[Push, ...]:
    """What a kiosk would send next."""
    return tuple(Push(span.stream, span.after + 1, outbox.events(span)) for span in spans(outbox.held(), limit))


def begin_life(database: Database, outbox: Outbox) -> None:
    """As a store does that finds out that it was put back."""
    with database.immediate() as tables:
        outbox.begin_life(tables, outbox.own.epoch + 1)
