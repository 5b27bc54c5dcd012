"""A series is good for one life of the store: no turn without one, and it goes on by itself once it is heard."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from domain.messages import SeriesGiven, to_json
from domain.sync import Taken
from domain.tracking import read_ticket_qr
from kiosk.book import KioskBook
from kiosk.flow import events as happened
from kiosk.issue import Issuer
from kiosk.news import News, OfficeRecord, OrdersRecord
from kiosk.series import NoSeriesError, SeriesRecord
from kiosk.store.database import Database, StoreUnusableError
from kiosk.store.outbox import Outbox
from tests.kiosk.test_issue import DRAFT
from tests.samples import ENROLMENT, OFFICE, HandClock, begin_life

GIVEN = SeriesGiven(2, "F", 77, b"later credential")


def _issue(issuer: Issuer) -> str:
    return str(issuer.issue(DRAFT, OFFICE, "es", printer_ready=False).ticket.number)


def _raw(given: SeriesGiven) -> msgspec.Raw:
    return msgspec.Raw(to_json(given))


def test_a_new_life_gives_no_turn_until_its_series_is_heard_and_then_goes_on_by_itself(
    database: Database, outbox: Outbox, clock: HandClock, open_database: Callable[[], Database]
) -> None:
    letters: list[happened.Event] = []
    series = SeriesRecord(ENROLMENT, database)
    issuer = Issuer(ENROLMENT, database, outbox, clock, series)
    news = News(letters.append, OfficeRecord(OFFICE, database), series, OrdersRecord(database))
    book = KioskBook(database, outbox, lambda: letters.append(happened.NumbersSwitched(are_given=not series.is_due)))
    assert _issue(issuer) == "A-001"
    book.take(Taken(1, {}, 0.0, forked=frozenset({outbox.own})))
    assert outbox.own.epoch == 2
    assert letters == [happened.NumbersSwitched(are_given=False)]
    for restarted in (issuer, Issuer(ENROLMENT, open_database(), outbox, clock)):
        with pytest.raises(NoSeriesError, match="serie nueva"):
            _issue(restarted)
    assert database.value("SELECT max(n) FROM counter") == 1
    news.heard("series", _raw(SeriesGiven(1, "A", 1)))  # of the life before: late
    assert letters[-1] == happened.NumbersSwitched(are_given=False)
    news.heard("series", _raw(GIVEN))
    assert letters[-1] == happened.NumbersSwitched(are_given=True)
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
    assert str(turn.ticket.number) == "F-001"
    token = read_ticket_qr(turn.ticket.url)
    assert token is not None
    assert token.kiosk == 77
    assert token.is_genuine(ENROLMENT.mac_key)
    assert series.now.credential == b"later credential"
    again = SeriesRecord(ENROLMENT, open_database())  # it outlives the program
    assert (again.now, again.is_due) == (GIVEN, False)


def test_who_is_enrolled_anew_begins_with_the_enrolments_series(database: Database, outbox: Outbox) -> None:
    begin_life(database, outbox)
    SeriesRecord(ENROLMENT, database).change(GIVEN)
    anew = msgspec.structs.replace(ENROLMENT, epoch=3, series="H")
    Outbox(database, origin=anew.kiosk, office=OFFICE.id, epoch=anew.epoch)
    assert SeriesRecord(anew, database).now.series == "H"
    assert not SeriesRecord(anew, database).is_due
    elsewhere = msgspec.structs.replace(ENROLMENT, server_key=b"\x01" * 32)  # another server counts from 1 again
    assert SeriesRecord(elsewhere, database).is_due


def test_a_series_that_cannot_be_remembered_is_not_taken(
    database: Database, outbox: Outbox, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_life(database, outbox)
    series = SeriesRecord(ENROLMENT, database)

    def fail(*_: object) -> None:
        raise StoreUnusableError("disk full")

    letters: list[happened.Event] = []
    with monkeypatch.context() as full:
        full.setattr(database, "immediate", fail)
        News(letters.append, OfficeRecord(OFFICE, database), series, OrdersRecord(database)).heard(
            "series", _raw(GIVEN)
        )
    assert letters == []
    with pytest.raises(NoSeriesError):
        _issue(Issuer(ENROLMENT, database, outbox, clock, series))


@pytest.mark.parametrize(
    "raw", [b"{}", b'{"epoch":2,"series":"I","kiosk_no":1}', b'{"epoch":0,"series":"B","kiosk_no":1}']
)
def test_a_series_that_cannot_be_is_refused(database: Database, raw: bytes) -> None:
    news = News(
        lambda _: None, OfficeRecord(OFFICE, database), SeriesRecord(ENROLMENT, database), OrdersRecord(database)
    )
    with pytest.raises(msgspec.DecodeError):
        news.heard("series", msgspec.Raw(raw))
