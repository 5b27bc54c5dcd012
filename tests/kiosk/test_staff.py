"""What staff can have done at the machine, and what it tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.clock import Micros
from drivers.printer.words import Job, Outcome, Paper, Reason, Result, Status, Text
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState
from kiosk.diagnosis import Diagnosis, printer_words
from kiosk.flow.effects import StaffAction
from kiosk.flow.state import State
from kiosk.health import Health
from kiosk.issue import IssuedTurn, Issuer
from kiosk.pin import Pin, write_pin
from kiosk.run import Ears
from kiosk.staff import StaffDesk
from kiosk.store.database import Database
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.store.settings import LAST_CONTACT, OUT_OF_SERVICE, keep, number
from kiosk.texts import Texts
from tests.kiosk.test_issue import DRAFT
from tests.samples import MONDAY_10AM, OFFICE, HandClock

SEEN = State(office=OFFICE, now_s=1000.0, now=MONDAY_10AM, printer=Status(PrinterState.READY))


class Machine:
    """A printer that keeps its jobs, a sync that heard the server three seconds ago, and a program to be restarted."""

    status = Status(PrinterState.READY)
    last_contact_s: float | None = 997.0
    refusal = ""
    is_due = False

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.restarts = 0

    def print(self, job: Job) -> None:
        self.jobs.append(job)

    def restart(self) -> None:
        self.restarts += 1

    def close(self) -> None: ...


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def journal(database: Database, outbox: Outbox, clock: HandClock) -> PrintJournal:
    return PrintJournal(database, outbox, clock, 80_000.0)


@pytest.fixture
def staff(
    machine: Machine, database: Database, outbox: Outbox, clock: HandClock, journal: PrintJournal, tmp_path: Path
) -> StaffDesk:
    write_pin(tmp_path / "staff.pin", "2580")
    return StaffDesk(
        pin=Pin(tmp_path / "staff.pin", database, clock),
        diagnosis=Diagnosis(
            database=database,
            outbox=outbox,
            journal=journal,
            sync=machine,
            series=machine,
            clock=clock,
            folder=tmp_path,
        ),
        database=database,
        journal=journal,
        printer=machine,
        health=Health(database, outbox, clock, journal),
        texts=Texts(strict=True),
        restart=machine.restart,
    )


def _told(staff: StaffDesk, action: StaffAction, seen: State = SEEN, last: IssuedTurn | None = None) -> str:
    """What came of it: the row of the action's own."""
    return dict(staff.do(action, seen, last))[f"staff.{action.value}"]


def test_the_page_tells_of_every_part(staff: StaffDesk, issuer: Issuer) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
    rows = dict(staff.do(StaffAction.DIAGNOSE, replace(SEEN, camera=CameraState.ABSENT), None))
    assert list(rows) == [
        *("staff.printer", "staff.camera", "staff.sync", "staff.disk", "staff.store", "staff.version", "staff.number"),
    ]
    assert rows["staff.printer"] == "lista; papel 100 %"
    assert rows["staff.camera"] == "no da imagen: revise el cable"
    assert rows["staff.sync"] == "último contacto hace 3 s; 1 por enviar"
    assert rows["staff.number"] == "A-001, 23/11/2026"
    assert rows["staff.store"].startswith("íntegro, ")
    assert "GB libres" in rows["staff.disk"]


def test_a_machine_on_its_first_day_without_a_server(staff: StaffDesk, machine: Machine) -> None:
    machine.last_contact_s = None
    rows = dict(staff.do(StaffAction.DIAGNOSE, SEEN, None))
    assert rows["staff.number"] == "ninguno todavía"
    assert rows["staff.sync"] == "sin contacto desde que arrancó; nada por enviar"


def test_a_contact_of_before_the_start_is_told_with_its_day(
    staff: StaffDesk, machine: Machine, database: Database, issuer: Issuer
) -> None:
    machine.last_contact_s = None
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
    with database.immediate() as tables:
        keep(tables, LAST_CONTACT, MONDAY_10AM)
    rows = dict(staff.do(StaffAction.DIAGNOSE, SEEN, None))
    assert rows["staff.sync"] == ("sin contacto desde que arrancó (antes, el 23/11/2026 a las 10:00); 1 por enviar")


@pytest.mark.parametrize("state", PrinterState)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_status_has_its_words(state: PrinterState, reason: Reason | None) -> None:
    assert printer_words(Status(state, reason))


def test_a_store_that_does_not_answer_is_told_and_nothing_breaks(staff: StaffDesk, database: Database) -> None:
    database.rows("DROP TABLE counter")
    rows = dict(staff.do(StaffAction.DIAGNOSE, SEEN, None))
    assert rows["staff.store"].startswith("no responde: ")
    assert rows["staff.printer"] == "lista"


def test_a_test_slip_is_printed_counted_and_told_to_no_server(
    staff: StaffDesk, machine: Machine, journal: PrintJournal, outbox: Outbox, database: Database
) -> None:
    assert _told(staff, StaffAction.TEST_PRINT) == "enviada a la impresora"
    (job,) = machine.jobs
    assert "PRUEBA" in "".join(element.text for element in job.slip.elements if isinstance(element, Text))
    assert job.sending is not None
    journal.finish(job.id, job.sending.attempt, Outcome(Result.CONFIRMED), Paper(40))
    assert outbox.backlog == 0
    assert journal.roll.used_mm == 40
    assert database.value("SELECT state FROM print_job") == "confirmed"


def test_a_test_slip_that_was_under_way_when_the_power_went_hinders_no_start(
    staff: StaffDesk, outbox: Outbox, database: Database, clock: HandClock
) -> None:
    staff.do(StaffAction.TEST_PRINT, SEEN, None)
    assert PrintJournal(database, outbox, clock).strip_hangs
    assert outbox.backlog == 0


def test_the_printers_word_on_a_test_slip_means_nothing_to_a_visit(staff: StaffDesk, machine: Machine) -> None:
    class NoHealth:
        def printed(self) -> None: ...

    staff.do(StaffAction.TEST_PRINT, SEEN, None)
    letters: list[object] = []
    ears = Ears(letters.append, lambda: None, NoHealth())  # type: ignore[arg-type]
    ears.printed(machine.jobs[0].id, 1, Outcome(Result.CONFIRMED))
    assert len(letters) == 1


def test_a_new_roll_is_counted_from_its_beginning_and_the_server_hears(
    staff: StaffDesk, journal: PrintJournal, issuer: Issuer
) -> None:
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    journal.finish(str(turn.ticket.id), 1, Outcome(Result.CONFIRMED), Paper(40_000))
    assert dict(staff.do(StaffAction.DIAGNOSE, SEEN, None))["staff.printer"] == "lista; papel 50 %, para unos 1 tickets"
    _told(staff, StaffAction.NEW_ROLL)
    assert journal.roll.left_pct == 100


def test_the_last_ticket_is_printed_again_each_time_under_a_number_of_its_own(
    staff: StaffDesk, machine: Machine, issuer: Issuer
) -> None:
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    told = [_told(staff, StaffAction.REPRINT, last=turn) for _ in range(2)]
    assert told == ["A-001, duplicado 1", "A-001, duplicado 2"]
    assert [job.id for job in machine.jobs] == [f"{turn.ticket.id}/1", f"{turn.ticket.id}/2"]
    assert _told(staff, StaffAction.REPRINT) == "no hay un ticket reciente"


def test_more_time_is_told_by_the_clock(staff: StaffDesk) -> None:
    extended = replace(SEEN, extended_until=Micros(MONDAY_10AM + 15 * 60 * 1_000_000))
    assert _told(staff, StaffAction.EXTEND, extended) == "se dan turnos hasta las 10:15"


def test_out_of_service_outlives_a_restart(staff: StaffDesk, open_database: Callable[[], Database]) -> None:
    _told(staff, StaffAction.OUT_OF_SERVICE)
    assert number(open_database(), OUT_OF_SERVICE) == 1
    _told(staff, StaffAction.IN_SERVICE)
    assert number(open_database(), OUT_OF_SERVICE) == 0


def test_staff_are_told_what_the_office_ordered(staff: StaffDesk) -> None:
    ordered = replace(SEEN, ordered_out=True, message="Pase a la sala B")
    rows = dict(staff.do(StaffAction.IN_SERVICE, ordered, None))
    assert rows["staff.in_service"] == "sigue fuera de servicio por orden de la oficina"
    assert rows["staff.orders"] == (
        "fuera de servicio por orden de la oficina: solo ella lo cambia; mensaje en la pantalla: «Pase a la sala B»"
    )


def test_a_restart_is_asked_for_once(staff: StaffDesk, machine: Machine) -> None:
    assert _told(staff, StaffAction.RESTART) == "se está reiniciando"
    assert machine.restarts == 1


@pytest.mark.parametrize("action", [StaffAction.TEST_PRINT, StaffAction.NEW_ROLL, StaffAction.OUT_OF_SERVICE])
def test_what_a_full_disk_cannot_write_down_is_not_done_and_told(
    staff: StaffDesk, machine: Machine, database: Database, action: StaffAction
) -> None:
    database.rows("PRAGMA query_only = ON")
    assert _told(staff, action).startswith("no se pudo: ")
    database.rows("PRAGMA query_only = OFF")
    assert machine.jobs == []


def test_the_pin_is_the_files(staff: StaffDesk) -> None:
    assert staff.check_pin("2580") is None
    assert staff.check_pin("0000") is not None
