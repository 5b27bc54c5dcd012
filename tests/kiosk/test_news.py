"""What the server tells of queue and office; the last office known outlives a restart without a network."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from domain.messages import KioskOrders, QueueSnapshot, to_json
from domain.office import Office, Service
from kiosk.flow import events as happened
from kiosk.news import NO_ORDERS, News, OfficeRecord, OrdersRecord
from kiosk.series import SeriesRecord
from kiosk.store.database import Database
from tests.samples import ENROLMENT, MONDAY_10AM, OFFICE

TOLD = msgspec.structs.replace(OFFICE, name="Mesa de partes nueva", services=(Service("uno", "Uno"),))


class Letters(list[happened.Event]):
    __call__ = list.append


def _raw(told: object) -> msgspec.Raw:
    return msgspec.Raw(to_json(told))


def _news(letters: Letters, office: OfficeRecord, database: Database) -> News:
    return News(letters, office, SeriesRecord(ENROLMENT, database), OrdersRecord(database))


def _hear(database: Database, *offices: Office, enrolled: Office = OFFICE) -> tuple[Letters, OfficeRecord]:
    letters, record = Letters(), OfficeRecord(enrolled, database)
    for office in offices:
        _news(letters, record, database).heard("office", _raw(office))
    return letters, record


def test_the_queue_here_and_elsewhere(database: Database) -> None:
    letters = Letters()
    news = _news(letters, OfficeRecord(OFFICE, database), database)
    news.heard("queue", _raw(QueueSnapshot(7, MONDAY_10AM, preferential=2, minutes=35)))
    news.heard("queue", _raw(QueueSnapshot(0, MONDAY_10AM, office="sede-sur")))
    assert letters == [happened.QueueHeard(7, 2, 35), happened.QueueHeard(0, branch="sede-sur")]
    assert news.scopes == ("queue", "office", "series", "kiosk")


def test_another_office_is_told_once_and_outlives_the_program(
    database: Database, open_database: Callable[[], Database]
) -> None:
    letters, record = _hear(database, OFFICE, TOLD, TOLD)
    assert letters == [happened.OfficeChanged(TOLD)]
    assert record.now == TOLD
    assert OfficeRecord(OFFICE, open_database()).now == TOLD


def test_who_is_enrolled_anew_begins_with_the_enrolments_office(database: Database) -> None:
    _hear(database, TOLD)
    anew = msgspec.structs.replace(OFFICE, tracking_base_url="http://127.0.0.1:9090")
    assert OfficeRecord(anew, database).now == anew
    assert OfficeRecord(OFFICE, database).now == TOLD


def test_somebody_elses_office_is_not_taken(database: Database) -> None:
    letters, record = _hear(database, msgspec.structs.replace(TOLD, id="otra-sede"))
    assert (letters, record.now) == ([], OFFICE)


@pytest.mark.parametrize("scope", ["queue", "office", "series", "kiosk"])
def test_what_is_of_another_shape_is_refused(database: Database, scope: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        _news(Letters(), OfficeRecord(OFFICE, database), database).heard(scope, msgspec.Raw(b'{"waiting": "many"}'))


def test_what_a_later_version_kept_is_not_believed(database: Database) -> None:
    with database.immediate() as tables:
        tables.execute("INSERT INTO setting VALUES ('office', '{}')")
    assert OfficeRecord(OFFICE, database).now == OFFICE


def test_a_full_disk_forgets_it_with_the_program_and_no_sooner(
    database: Database, open_database: Callable[[], Database]
) -> None:
    database.rows("PRAGMA query_only = ON")
    letters, record = _hear(database, TOLD)
    database.rows("PRAGMA query_only = OFF")
    assert (letters, record.now) == ([happened.OfficeChanged(TOLD)], TOLD)
    assert OfficeRecord(OFFICE, open_database()).now == OFFICE


def test_orders_are_told_once_and_outlive_the_program(
    database: Database, open_database: Callable[[], Database]
) -> None:
    letters, record = Letters(), OrdersRecord(database)
    assert record.now == NO_ORDERS
    news = News(letters, OfficeRecord(OFFICE, database), SeriesRecord(ENROLMENT, database), record)
    out = KioskOrders(out_of_service=True, message="Pase a la sala B", version=3)
    for _ in range(2):
        news.heard("kiosk", _raw(out))
    assert letters == [happened.Ordered(out_of_service=True, message="Pase a la sala B")]
    assert OrdersRecord(open_database()).now == out
    news.heard("kiosk", _raw(NO_ORDERS))
    assert letters[-1] == happened.Ordered(out_of_service=False)
    assert OrdersRecord(open_database()).now == NO_ORDERS
