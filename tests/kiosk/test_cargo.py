"""The cargo from the printer at a counter: the server's own words on any paper, each request once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from domain.messages import (
    CargoCopy,
    CargoList,
    CargoRow,
    Event,
    PrintOutcome,
    PrintRequested,
    Reprinted,
    from_json,
    to_json,
)
from drivers.printer.encode import MAX_BYTES, encode
from drivers.printer.profile import PROFILES, Profile
from drivers.printer.words import Slip, Text
from kiosk.counter import Counter
from kiosk.slip import cargo_slip
from kiosk.store.jobs import PrintJournal
from kiosk.texts import Texts
from tests.drivers.printer.emulator import Emulator
from tests.drivers.printer.test_emulator import on_the_twin
from tests.samples import MONDAY_10AM, OFFICE

if TYPE_CHECKING:
    from drivers.printer.words import Job
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox
    from tests.samples import HandClock

CARGO = CargoCopy(
    filing=UUID(int=7),
    received_at=MONDAY_10AM,
    entity="Entidad de Ejemplo",
    office="Mesa de partes",
    place="Av. de la Prueba 12",
    title="Cargo de recepción del expediente",
    number="INS20260000123",
    rows=(
        CargoRow("Registro de ingreso", "2026-lima-000123"),
        CargoRow("Recibido", "lunes 23/11/2026, 10:00:00 horas"),
        CargoRow("Administrado", "MARIA PRUEBA EJEMPLO, DNI 12345678"),
        CargoRow("Asunto", "Solicito copia de mi resolución"),
        CargoRow("Folios", "3 folios"),
    ),
    lists=(CargoList("Documentos presentados", ("Solicitud (documento principal)", "Recibo de pago")),),
    warning=("DOCUMENTO OBSERVADO", "Falta: Firma.", "Tiene hasta el miércoles 25/11/2026 para subsanar."),
    receiver=CargoRow("Recibido por", "ANA PRUEBA EJEMPLO"),
    by_hand="Firma de quien recibe",
    url="HTTPS://TURNOS.EJEMPLO.PE/E/AAAAAAAAAAAAAAAAAAAAAAAAAA",
    follow=("Siga su trámite con este código QR.", "Sin QR: número INS20260000123 y clave WXYZ23."),
    code="K7QM-2XTP-R4VZ",
    check=("Código de verificación del cargo:", "turnos.ejemplo.pe/verify"),
    foot="Conserve este cargo.",
)
LONGEST = msgspec.structs.replace(
    CARGO,
    entity="Instituto Nacional de Ejemplo de la Ñ " * 4,
    place="Avenida " * 20,
    number="EXP 2026-" + "1" * 50,
    rows=tuple(CargoRow("Tipo de documento", "Ñandú y çedilla " * 40) for _ in range(11)),
    lists=tuple(
        CargoList("Documentos", tuple(f"Anexo {n}: copia de la resolución " * 4 for n in range(200))) for _ in "ab"
    ),
    warning=(*("Falta el recibo de pago por derecho de trámite " * 20 for _ in range(3)), CARGO.warning[-1]),
    copy=12,
)


def lines(slip: Slip) -> list[str]:
    return [element.text for element in slip.elements if isinstance(element, Text)]


def slip(cargo: CargoCopy = CARGO) -> Slip:
    return cargo_slip(cargo, Texts(strict=True))


def test_an_emulator_of_others_reads_the_whole_cargo_and_so_does_our_twin() -> None:
    emulator = Emulator()
    emulator.send(encode(slip(), "K001").data)
    [printed] = emulator.prints
    assert printed.lines == (
        "Entidad de Ejemplo",
        "Mesa de partes",
        "CARGO DE RECEPCIÓN DEL EXPEDIENTE",
        "INS20260000123",
        "Registro de ingreso: 2026-lima-000123",
        "Recibido: lunes 23/11/2026, 10:00:00 horas",
        "Administrado: MARIA PRUEBA EJEMPLO, DNI 12345678",
        "Asunto: Solicito copia de mi resolución",
        "Folios: 3 folios",
        "Documentos presentados",
        "1. Solicitud (documento principal)",
        "2. Recibo de pago",
        "DOCUMENTO OBSERVADO",
        "Falta: Firma.",
        "Tiene hasta el miércoles 25/11/2026 para",
        "subsanar.",
        "Recibido por: ANA PRUEBA EJEMPLO",
        "_" * 28,
        "Firma de quien recibe",
        "Siga su trámite con este código QR.",
        "Sin QR: número INS20260000123 y clave WXYZ23.",
        "Código de verificación del cargo:",
        "K7QM-2XTP-R4VZ",
        "turnos.ejemplo.pe/verify",
        "Conserve este cargo.",
    )
    assert printed.blocks == (("qr", CARGO.url),)
    assert printed.lines == on_the_twin(slip()).lines


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_longest_cargo_fits_every_printers_buffer(profile: Profile) -> None:
    assert len(encode(slip(LONGEST), "0001", profile).data) <= MAX_BYTES
    assert len(encode(slip(), "0001", profile).data) <= MAX_BYTES


def test_what_is_too_long_says_that_there_is_more_and_everything_else_stands() -> None:
    printed = lines(slip(LONGEST))
    assert printed[0] == "*** DUPLICADO 11 ***"
    assert [line for line in printed if line.startswith("+ ")] == ["+ 199", "+ 199"]
    assert "Tipo de documento: Ñandú y çedilla Ñandú y çedilla Ñandú y çedilla Ñandú y ç..." in printed
    for words in (LONGEST.code, LONGEST.foot, LONGEST.warning[-1], *LONGEST.follow):
        assert words in printed


def test_the_first_paper_is_no_duplicate() -> None:
    assert lines(slip())[0] == CARGO.entity
    assert lines(slip(msgspec.structs.replace(CARGO, copy=2)))[0] == "*** DUPLICADO 1 ***"


# --- the machine at the counter ----------------------------------------------------------------------------------


class Anyone:
    """A health that nobody asks, and a sync that counts how often it is woken."""

    woken = 0

    def wake(self) -> None:
        self.woken += 1


@dataclass
class Drawer:
    """A printer that only takes jobs."""

    jobs: list[Job] = field(default_factory=list)

    def print(self, job: Job) -> None:
        self.jobs.append(job)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def sync() -> Anyone:
    return Anyone()


@pytest.fixture
def counter(database: Database, outbox: Outbox, clock: HandClock, drawer: Drawer, sync: Anyone) -> Counter:
    counter = Counter(OFFICE, PrintJournal(database, outbox, clock), None, sync.wake)  # type: ignore[arg-type]
    counter.serve(drawer)  # type: ignore[arg-type]
    return counter


def told(database: Database) -> list[tuple[str, bytes]]:
    events = (from_json(row["payload"], Event) for row in database.rows("SELECT payload FROM event ORDER BY seq"))
    return [(event.kind, bytes(event.body)) for event in events]


def test_a_cargo_is_printed_once_however_often_it_is_asked_for(
    counter: Counter, drawer: Drawer, database: Database
) -> None:
    request = PrintRequested(UUID(int=1), CARGO, CARGO.filing)
    for _ in range(3):
        counter.heard("prints", msgspec.Raw(to_json(request)))
    [job] = drawer.jobs
    assert (job.id, job.slip) == (str(request.id), slip())
    [(kind, body)] = told(database)
    assert (kind, from_json(body, Reprinted)) == ("ticket.reprinted", Reprinted(CARGO.filing, 1, request.id))
    assert "MARIA" not in repr([tuple(row.values()) for row in database.rows("SELECT * FROM print_job")])


def test_what_this_program_does_not_know_is_answered_once_and_nothing_is_printed(
    counter: Counter, drawer: Drawer, database: Database, sync: Anyone
) -> None:
    wanted = {"id": str(UUID(int=2)), "document": {"type": "label", "words": 7}, "subject": str(UUID(int=9))}
    for _ in range(3):
        counter.heard("prints", msgspec.Raw(msgspec.json.encode(wanted)))
    [(kind, body)] = told(database)
    assert kind == "ticket.print_outcome"
    answer = PrintOutcome(UUID(int=9), 0, "not_printed", "unknown_document", UUID(int=2))
    assert from_json(body, PrintOutcome) == answer
    assert (drawer.jobs, sync.woken) == ([], 1)


def test_an_older_servers_unknown_paper_is_left_alone(counter: Counter, database: Database) -> None:
    wanted = {"id": str(UUID(int=2)), "document": {"type": "label"}}
    counter.heard("prints", msgspec.Raw(msgspec.json.encode(wanted)))
    assert told(database) == []
    with pytest.raises(msgspec.ValidationError):  # the exchange passes over what is no request at all
        counter.heard("prints", msgspec.Raw(b'{"id":7}'))
