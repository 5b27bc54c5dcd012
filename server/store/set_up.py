"""How an office is set up, whole: as its home node tells it, and as the centre keeps it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from domain.messages import BoardPlace, CounterPlace, NoticeWords, OfficeSetUp, to_json
from server.store import boards
from server.store.counters import counters
from server.store.dialect import upsert
from server.store.schema import board, counter, notice, office_settings
from server.store.settings import cargo_keys, read_filing_rules, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros


def read_set_up(connection: Connection, office: str) -> OfficeSetUp | None:
    """The office as it is set up here; None for one that never was."""
    settings = read_settings(connection, office)
    if settings is None:
        return None
    return OfficeSetUp(
        *settings,
        counters=tuple(CounterPlace(place.number, place.label) for place in counters(connection, office)),
        boards=tuple(BoardPlace(zone.name, zone.title, zone.counters) for zone in boards.zones(connection, office)[1:]),
        notices=tuple(NoticeWords(one.words, one.from_day, one.to_day) for one in boards.notices(connection, office)),
        filing=read_filing_rules(connection, office),
        cargo_keys=tuple(sorted(cargo_keys(connection).get(office, ()))),
    )


def take_set_up(connection: Connection, told: OfficeSetUp, now: Micros) -> None:
    """Keeps how an office is set up that is called elsewhere."""
    id_ = told.office.id
    known = connection.execute(select(office_settings.c.file_digest).where(office_settings.c.office == id_)).scalar()
    row = {
        "office": id_, "body": to_json(told.office), "rules": to_json(told.rules), "file_digest": known or b"",
        "changed_at": now, "changed_by": "", "filing": None if told.filing is None else to_json(told.filing),
        "cargo_keys": to_json(told.cargo_keys) if told.cargo_keys else None,
    }  # fmt: skip
    upsert(connection, office_settings, [row])
    for table in (counter, board, notice):
        connection.execute(delete(table).where(table.c.office == id_))
    places = [{"office": id_, "counter": one.counter, "label": one.label} for one in told.counters]
    zones = [
        {"office": id_, "name": one.name, "title": one.title, "counters": json.dumps(one.counters)}
        for one in told.boards
    ]
    words = [
        {"office": id_, "words": one.words, "from_day": one.from_day, "to_day": one.to_day} for one in told.notices
    ]
    for table, rows in ((counter, places), (board, zones), (notice, words)):
        if rows:
            connection.execute(insert(table), rows)
