"""A kiosk's store is put back to an earlier day without a word: no number is given twice, and every turn arrives."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from domain.messages import Enrolment, from_json
from exchange.client import SyncClient
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.news import News, OfficeRecord, OrdersRecord
from kiosk.series import NoSeriesError, SeriesRecord
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from tests.failures.test_server_away import Server, server  # noqa: F401 - a fixture
from tests.samples import DEVICE


class Kiosk:
    """A kiosk's store, issue and sync over the network, without its screen."""

    def __init__(self, folder: Path, enrolment: Enrolment) -> None:
        self.database = Database(folder / "kiosk.db", load_key(folder / "kiosk.key", store=folder / "kiosk.db"))
        self.outbox = Outbox(self.database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
        clock, series = SystemClock(), SeriesRecord(enrolment, self.database)
        self._office = enrolment.office
        self._issuer = Issuer(enrolment, self.database, self.outbox, clock, series)
        self.sync = SyncClient(
            enrolment.kiosk,
            book=KioskBook(self.database, self.outbox),
            wire=Wire(enrolment, DEVICE),
            clock=clock,
            listener=News(
                lambda _: None, OfficeRecord(enrolment.office, self.database), series, OrdersRecord(self.database)
            ),
        )

    def issue(self) -> str:
        turn = self._issuer.issue(Draft(service="documentos"), self._office, "es", printer_ready=False)
        return str(turn.ticket.number)

    def send(self) -> None:
        for _ in range(20):
            assert self.sync.exchange_once()
            if not self.outbox.backlog:
                return

    def close(self) -> None:
        self.sync.stop()
        self.database.close()


def test_it_notices_and_goes_on_under_a_series_that_nobody_had(server: Server, tmp_path: Path) -> None:  # noqa: F811
    enrolment = from_json((tmp_path / "enrolment.json").read_bytes(), Enrolment)
    server.start()
    with closing(Kiosk(tmp_path, enrolment)) as kiosk:
        given = [kiosk.issue()]
        kiosk.send()
    shutil.copy(tmp_path / "kiosk.db", tmp_path / "kept.db")
    with closing(Kiosk(tmp_path, enrolment)) as kiosk:
        given += [kiosk.issue(), kiosk.issue()]
        kiosk.send()
    shutil.copy(tmp_path / "kept.db", tmp_path / "kiosk.db")
    with closing(Kiosk(tmp_path, enrolment)) as kiosk:
        assert kiosk.sync.exchange_once()
        assert kiosk.outbox.own.epoch == 2
        try:
            given.append(kiosk.issue())
        except NoSeriesError:
            assert kiosk.sync.exchange_once()
            given.append(kiosk.issue())
        kiosk.send()
    with closing(Kiosk(tmp_path, enrolment)) as kiosk:  # and after a restart
        given.append(kiosk.issue())
        kiosk.send()
    assert given == ["A-001", "A-002", "A-003", "B-001", "B-002"]
    assert len(server.waiting(enrolment.office.id)) == 5
