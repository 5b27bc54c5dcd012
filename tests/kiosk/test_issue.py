"""Giving out a turn: all of it or nothing, never the same number twice, nothing personal in the clear."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from nacl.public import SealedBox

from domain.clock import Micros
from domain.documents import NO_DOCUMENT, Document, DocumentKind
from domain.messages import Personal, TicketIssued, from_json, to_json
from domain.tracking import read_ticket_qr
from drivers.printer.words import Outcome, Paper, Reason, Result
from kiosk.flow.state import Draft, Medium
from kiosk.issue import Issuer
from kiosk.series import NoSeriesError
from kiosk.store.database import Database, StoreKeyError, StoreLostError, StoreUnusableError, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from tests.bench.issue import fsyncs_an_issue
from tests.samples import DEVICE, ENROLMENT, OFFICE, SEAL, HandClock, pending

DRAFT = Draft(
    document=Document(DocumentKind.DNI, "12345678"),
    name="MARIA ELENA PRUEBA EJEMPLO",
    service="documentos",
    description="Solicito copia de mi expediente",
    contact="987654321",
)


def _issue(issuer: Issuer, *, ready: bool = True) -> str:
    return str(issuer.issue(DRAFT, OFFICE, "es", printer_ready=ready).ticket.number)


def test_number_ticket_job_and_event_are_one_commit(issuer: Issuer, database: Database, outbox: Outbox) -> None:
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    assert str(turn.ticket.number) == "A-001"
    assert turn.sending is not None
    assert turn.sending.attempt == 1
    job = database.rows("SELECT * FROM print_job")[0]
    assert (job["ticket"], job["state"], job["process_id"]) == (str(turn.ticket.id), "sending", turn.sending.process_id)

    (push,) = pending(outbox, 10)
    (event,) = push.events
    body = event.body_as(TicketIssued)
    assert (event.kind, event.seq, body.series, body.n) == ("ticket.issued", 1, "A", 1)
    assert body.ticket == turn.ticket.id
    assert event.sealed is not None
    personal = from_json(SealedBox(SEAL).decrypt(event.sealed), Personal)
    token = read_ticket_qr(turn.ticket.url)
    assert token is not None
    assert personal.token == token.text
    assert token.nonce_hash == body.nonce_hash
    assert token.is_genuine(ENROLMENT.mac_key)
    assert (personal.document_number, personal.contact) == ("12345678", "987654321")


def test_an_issue_takes_one_fsync_also_where_its_document_is_remembered() -> None:
    assert fsyncs_an_issue() == 1


def test_all_that_was_said_reaches_the_clerk_sealed(issuer: Issuer, outbox: Outbox) -> None:
    said = replace(
        DRAFT,
        for_another=True,
        principal=Document(DocumentKind.RUC, "20100070970"),
        missing=frozenset({1}),
        subject="Copia de expediente",
        folios=12,
        filings=2,
        media=frozenset({Medium.TEST, Medium.USB}),
        notices=True,
    )
    issuer.issue(said, OFFICE, "es", printer_ready=True)
    assert _told(outbox) == Personal(
        document_kind="dni",
        document_number="12345678",
        description="Solicito copia de mi expediente",
        contact="987654321",
        token=_told(outbox).token,
        name="MARIA ELENA PRUEBA EJEMPLO",
        subject="Copia de expediente",
        principal_kind="ruc",
        principal_number="20100070970",
        for_another=True,
        missing=("Copia simple de su DNI",),
        folios=12,
        filings=2,
        media=("usb", "test"),
        notices=True,
    )


def test_a_person_who_comes_for_another_and_does_not_say_for_whom_still_gets_a_turn(
    issuer: Issuer, outbox: Outbox
) -> None:
    issuer.issue(replace(DRAFT, for_another=True), OFFICE, "es", printer_ready=True)
    told = _told(outbox)
    assert (told.for_another, told.principal_kind, told.principal_number) == (True, "", "")


def _told(outbox: Outbox) -> Personal:
    sealed = pending(outbox, 100)[0].events[-1].sealed
    assert sealed is not None
    return from_json(SealedBox(SEAL).decrypt(sealed), Personal)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (Document(DocumentKind.DNI, "12345678"), "DNI ••••5678"),
        (Document(DocumentKind.CE, "001234567"), "CE •••••4567"),
        (Document(DocumentKind.PASSPORT, "AB123456"), "Pasaporte ••••3456"),
        (NO_DOCUMENT, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind.value,
)
def test_the_paper_names_the_document_and_shows_four_characters(issuer: Issuer, document: Document, told: str) -> None:
    assert issuer.issue(replace(DRAFT, document=document), OFFICE, "es", printer_ready=True).facts.document == told


def test_a_printer_that_is_not_ready_leaves_the_job_unsent(issuer: Issuer, database: Database) -> None:
    assert issuer.issue(DRAFT, OFFICE, "es", printer_ready=False).sending is None
    assert database.value("SELECT state FROM print_job") == "issued"


def test_a_day_starts_at_one_and_a_clock_set_back_goes_on_counting(issuer: Issuer, clock: HandClock) -> None:
    assert [_issue(issuer), _issue(issuer)] == ["A-001", "A-002"]
    clock.pass_s(86_400)
    assert _issue(issuer) == "A-001"
    clock.pass_s(-3 * 86_400)
    assert _issue(issuer) == "A-002"
    clock.pass_s(-40 * 365 * 86_400)
    assert _issue(issuer) == "A-003"


@pytest.mark.parametrize("machine", [0, 946_684_800_000_000])
def test_a_machine_without_a_clock_still_gives_turns(issuer: Issuer, clock: HandClock, machine: int) -> None:
    clock.machine = Micros(machine)
    assert _issue(issuer) == "A-001"


def test_threads_that_issue_at_once_share_no_number(issuer: Issuer) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: _issue(issuer), range(100)))
    assert sorted(numbers) == [f"A-{n:03d}" for n in range(1, 101)]


def test_the_constraint_catches_what_the_counter_would_let_through(issuer: Issuer, database: Database) -> None:
    _issue(issuer)
    with database.immediate() as tables:
        tables.execute("UPDATE counter SET n = 0")
    with pytest.raises(StoreUnusableError, match="UNIQUE"):
        _issue(issuer)
    assert database.value("SELECT count(*) FROM ticket") == 1
    assert database.value("SELECT last_seq FROM stream") == 1


def test_a_full_disk_gives_out_nothing_and_goes_on_when_there_is_room(issuer: Issuer, database: Database) -> None:
    pages = database.value("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages}")
    issued = 0
    with pytest.raises(StoreUnusableError, match="full"):  # noqa: PT012 - how many fit is the page size's affair
        for _ in range(1000):
            _issue(issuer)
            issued += 1
    database.rows("PRAGMA max_page_count = 100000")
    assert _issue(issuer) == f"A-{issued + 1:03d}"
    assert database.value("SELECT last_seq FROM stream") == issued + 1


def test_nothing_personal_stands_in_the_clear(issuer: Issuer, database: Database, tmp_path: Path) -> None:
    _issue(issuer)
    every_row = b"".join(
        repr(tuple(row.values())).encode()
        for table in ("ticket", "print_job", "event", "setting", "day_key", "remembered")
        for row in database.rows(f"SELECT * FROM {table}")  # noqa: S608 - our own names
    )
    files = b"".join(path.read_bytes() for path in tmp_path.glob("kiosk.db*"))
    for secret in (b"12345678", b"PRUEBA", b"987654321", b"Solicito"):
        assert secret not in every_row
        assert secret not in files
    assert b"ticket.issued" not in files, "the file is not encrypted"
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("kiosk.db*")} == {0o600}
    assert "12345678" not in repr(from_json(to_json(Personal("dni", "12345678", "", "", "")), Personal))
    assert repr(ENROLMENT.mac_key) not in repr(ENROLMENT)
    assert repr(DEVICE.seed) not in repr(DEVICE)
    assert (tmp_path / "kiosk.key").stat().st_mode & 0o777 == 0o600


def test_a_kiosk_that_died_while_printing_does_not_claim_it_printed(
    issuer: Issuer, outbox: Outbox, clock: HandClock, open_database: Callable[[], Database]
) -> None:
    sent = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    unsent = issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
    again = open_database()
    PrintJournal(again, outbox, clock)
    states = {row["ticket"]: (row["state"], row["reason"]) for row in again.rows("SELECT * FROM print_job")}
    assert states == {
        str(sent.ticket.id): ("uncertain", "crashed"),
        str(unsent.ticket.id): ("not_printed", "crashed"),
    }
    assert [event.kind for event in pending(outbox, 10)[0].events][2:] == ["ticket.print_outcome"] * 2


def test_a_full_disk_at_start_leaves_jobs_open_and_the_kiosk_running(
    issuer: Issuer, outbox: Outbox, database: Database, clock: HandClock
) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    database.rows("PRAGMA query_only = ON")  # refuses every write, as a full disk does
    PrintJournal(database, outbox, clock)
    database.rows("PRAGMA query_only = OFF")
    assert database.value("SELECT state FROM print_job") == "sending"
    PrintJournal(database, outbox, clock)
    assert database.value("SELECT state FROM print_job") == "uncertain"


def test_the_journal_counts_attempts_and_tells_the_server(
    issuer: Issuer, outbox: Outbox, database: Database, clock: HandClock
) -> None:
    journal = PrintJournal(database, outbox, clock)
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
    job = str(turn.ticket.id)
    first, second = journal.start_sending(job), journal.start_sending(job)
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.process_id != second.process_id
    journal.finish(job, 2, Outcome(Result.NOT_PRINTED, Reason.PAPER), Paper())
    assert database.rows("SELECT state, reason FROM print_job")[0] == {"state": "not_printed", "reason": "paper"}


def test_another_key_opens_nothing(issuer: Issuer, database: Database, tmp_path: Path) -> None:
    _issue(issuer)
    database.close()
    with pytest.raises(StoreKeyError):
        Database(tmp_path / "kiosk.db", bytes(32))


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_damaged_key_file_says_so(tmp_path: Path, content: str) -> None:
    path, store = tmp_path / "kiosk.key", tmp_path / "kiosk.db"
    path.write_text(content)
    store.write_bytes(b"something")
    with pytest.raises(StoreKeyError, match="clave"):
        load_key(path, store=store)


def test_a_lost_store_does_not_begin_again_at_one(issuer: Issuer, database: Database, tmp_path: Path) -> None:
    _issue(issuer)
    database.close()
    for file in tmp_path.glob("kiosk.db*"):
        file.unlink()
    with pytest.raises(StoreLostError, match="--replace"):
        load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db")
    (tmp_path / "kiosk.db").touch()
    with pytest.raises(StoreLostError, match="--replace"):
        load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db")


def test_a_new_enrolment_begins_a_new_stream_and_the_old_one_is_still_sent(
    issuer: Issuer, outbox: Outbox, database: Database, clock: HandClock
) -> None:
    _issue(issuer)
    again = msgspec.structs.replace(ENROLMENT, epoch=ENROLMENT.epoch + 1, series="B")
    renewed = Outbox(database, origin=again.kiosk, office=OFFICE.id, epoch=again.epoch)
    with pytest.raises(NoSeriesError):  # the former one's series is not good any more
        _issue(issuer)
    _issue(Issuer(again, database, renewed, clock))
    assert [(push.stream.epoch, [event.seq for event in push.events]) for push in pending(renewed, 10)] == [
        (1, [1]),
        (2, [1]),
    ]
    assert outbox.backlog == 2


def test_a_key_that_is_missing_beside_its_store_is_not_made_anew(issuer: Issuer, tmp_path: Path) -> None:
    _issue(issuer)
    (tmp_path / "kiosk.key").unlink()
    with pytest.raises(StoreKeyError, match="falta la clave"):
        load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db")


def test_the_store_keeps_no_token_and_no_part_of_a_document(issuer: Issuer, database: Database) -> None:
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    tables = ("ticket", "print_job", "setting", "day_key", "remembered")
    every_row = repr([database.rows(f"SELECT * FROM {table}") for table in tables])  # noqa: S608 - our own names
    assert turn.ticket.url.rpartition("/")[2] not in every_row
    assert "5678" not in every_row
