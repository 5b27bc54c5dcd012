"""The same document again that day finds its turn; another one, another day, or a thief of the file finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.documents import NO_DOCUMENT, Document, DocumentKind
from drivers.printer.words import Outcome, Paper, Reason, Result
from kiosk.issue import Issuer
from kiosk.store import remembered
from kiosk.store.database import Database, StoreUnusableError
from kiosk.store.jobs import PrintJournal, job_id
from kiosk.store.outbox import Outbox
from tests.kiosk.test_issue import DRAFT
from tests.samples import DAY, ENROLMENT, OFFICE, HandClock

SAME = Document(DocumentKind.DNI, "12345678")
OTHERS = [
    Document(DocumentKind.DNI, "12345679"),
    Document(DocumentKind.CE, "12345678"),
    Document(DocumentKind.PASSPORT, "12345678"),
    NO_DOCUMENT,
]


def test_the_same_document_finds_its_turn_with_all_that_its_paper_says(issuer: Issuer) -> None:
    turn = issuer.issue(replace(DRAFT, folios=3, missing=frozenset({0})), OFFICE, "es", printer_ready=True)
    assert issuer.recall(SAME) == (replace(turn, sending=None), 0)
    assert turn.facts.bring == ("Solicitud firmada",)


def test_a_restart_does_not_forget_it(issuer: Issuer, outbox: Outbox, open_database: Callable[[], Database]) -> None:
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    found = Issuer(ENROLMENT, open_database(), outbox, HandClock()).recall(SAME)
    assert found is not None
    assert found[0].ticket == turn.ticket


def test_the_newest_turn_counts(issuer: Issuer) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    second = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    found = issuer.recall(SAME)
    assert found is not None
    assert found[0].ticket == second.ticket


@pytest.mark.parametrize("other", OTHERS, ids=lambda document: document.kind.value)
def test_another_document_finds_nothing(issuer: Issuer, other: Document) -> None:
    assert issuer.recall(other) is None
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    assert issuer.recall(other) is None


def test_who_has_no_document_is_not_remembered(issuer: Issuer, database: Database) -> None:
    issuer.issue(replace(DRAFT, document=NO_DOCUMENT), OFFICE, "es", printer_ready=True)
    assert issuer.recall(NO_DOCUMENT) is None
    assert database.value("SELECT count(*) FROM remembered") == 0


def test_copies_are_counted(issuer: Issuer, database: Database, outbox: Outbox, clock: HandClock) -> None:
    journal = PrintJournal(database, outbox, clock)
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    for copy in (1, 2):
        job = job_id(turn.ticket.id, copy)
        journal.start_copy(job, turn.ticket.id, turn.day, copy)
        journal.finish(job, 1, Outcome(Result.NOT_PRINTED, Reason.PAPER), Paper())
        found = issuer.recall(SAME)
        assert found is not None
        assert found[1] == copy


def test_the_next_day_begins_with_nothing_and_the_old_key_is_gone(
    issuer: Issuer, database: Database, clock: HandClock
) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    old = database.value("SELECT key FROM day_key")
    clock.pass_s(86_400)
    assert issuer.recall(SAME) is None, "the day is over, whether or not somebody has cleared up"
    issuer.issue(replace(DRAFT, document=NO_DOCUMENT), OFFICE, "es", printer_ready=True)
    assert database.rows("SELECT * FROM day_key") == []
    assert database.rows("SELECT * FROM remembered") == []
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    assert database.value("SELECT key FROM day_key") != old


def test_a_day_that_ends_with_nobody_there_is_forgotten_too(
    issuer: Issuer, database: Database, clock: HandClock, tmp_path: Path
) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    issuer.forget_other_days()
    assert issuer.recall(SAME) is not None
    clock.pass_s(86_400)
    issuer.forget_other_days()
    assert database.rows("SELECT * FROM day_key") == []
    assert (tmp_path / "kiosk.db-wal").stat().st_size == 0, "the key may stand in the write-ahead log"


def test_a_clock_set_back_does_not_reopen_yesterday(issuer: Issuer, clock: HandClock) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    clock.pass_s(86_400)
    issuer.issue(replace(DRAFT, document=OTHERS[0]), OFFICE, "es", printer_ready=True)
    clock.pass_s(-86_400)
    assert issuer.recall(SAME) is None
    assert issuer.recall(OTHERS[0]) is not None


def test_what_was_wiped_or_changed_finds_nothing(issuer: Issuer, database: Database) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    with database.immediate() as tables:
        tables.execute("UPDATE remembered SET sealed = zeroblob(80)")
    assert issuer.recall(SAME) is None
    with database.immediate() as tables:
        tables.execute("DELETE FROM day_key")
    assert issuer.recall(SAME) is None


def test_one_who_reads_the_rows_learns_nothing_and_no_key_opens_two_turns(issuer: Issuer, database: Database) -> None:
    first = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    issuer.issue(replace(DRAFT, document=OTHERS[0]), OFFICE, "es", printer_ready=True)
    rows = database.rows("SELECT * FROM remembered")
    token = first.ticket.url.rpartition("/")[2]
    told = repr(rows) + repr(b"".join(row["sealed"] for row in rows))
    for secret in ("12345678", "5678", token, "Presentar", first.facts.code):
        assert secret not in told
    mine, other = rows
    with database.immediate() as tables:
        tables.execute("UPDATE remembered SET sealed = ? WHERE found_by = ?", (other["sealed"], mine["found_by"]))
        tables.execute("UPDATE remembered SET sealed = ? WHERE found_by = ?", (mine["sealed"], other["found_by"]))
    assert (issuer.recall(SAME), issuer.recall(OTHERS[0])) == (None, None)


def test_nothing_is_kept_where_the_turn_was_not_committed(database: Database) -> None:
    def fail() -> None:
        with database.immediate() as tables:
            remembered.keep(tables, DAY, SAME, b"turn")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - our own
        fail()
    assert remembered.find(database, DAY, SAME) is None
    assert remembered.find(database, DAY + timedelta(1), SAME) is None


def test_a_full_disk_says_so(issuer: Issuer, database: Database, clock: HandClock) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    clock.pass_s(86_400)
    database.rows("PRAGMA query_only = ON")
    with pytest.raises(StoreUnusableError):
        issuer.forget_other_days()
    database.rows("PRAGMA query_only = OFF")
