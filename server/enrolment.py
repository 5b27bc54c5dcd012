"""Makes a machine a kiosk of this office, or the driver of the printer at one of its counters."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.messages import Enrolment
from domain.tickets import series_names
from server.store.kiosks import add_kiosk, last_life, machine_at, next_number, series_given

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.office import Office


@dataclass(frozen=True, slots=True)
class AlreadyEnrolled:
    """There is a machine of that name; another enrolment would cut it off."""


@dataclass(frozen=True, slots=True)
class OtherKind:
    """The name is a kiosk's where a counter's machine was asked for, or the other way round; it stays what it is."""


@dataclass(frozen=True, slots=True)
class CounterServed:
    """There is a machine at that counter, called ``name``; another enrolment would cut it off."""

    name: str


def enrol(
    connection: Connection,
    *,
    name: str,
    office: Office,
    server_url: str,
    seal_key: bytes,
    now: Micros,
    replace: bool,
    counter: str = "",
) -> Enrolment | AlreadyEnrolled | OtherKind | CounterServed:
    """Enrols a machine of ``office``; its keys leave this function only in the answer.

    Without ``counter`` it is a kiosk under the next free series. With one it drives the printer there, and takes no
    series. ``replace`` enrols a name again, for a machine that lost its disk: a kiosk with a series never given
    before, because nobody knows which numbers it had already put into people's hands; or it enrols another machine
    for a counter in the place of the one that is there.

    Raises:
        IntegrityError: another enrolment took the series, counter or number at the same moment; try again.
    """
    last = last_life(connection, name)
    if last is not None and (last.counter is None) != (counter == ""):
        return OtherKind()
    if last is not None and not (replace and last.office == office.id):
        return AlreadyEnrolled()
    served = machine_at(connection, office.id, counter) if counter else None
    if served is not None and not replace:
        return CounterServed(served)
    enrolment = Enrolment(
        kiosk=name,
        kiosk_no=next_number(connection),
        series="" if counter else _next_series(connection, office),
        epoch=1 if last is None else last.epoch + 1,
        mac_key=secrets.token_bytes(32),
        secret=secrets.token_urlsafe(32),
        server_url=server_url,
        seal_key=seal_key,
        office=office,
        counter=counter,
    )
    row = {
        "no": enrolment.kiosk_no,
        "id": name,
        "office": office.id,
        "series": enrolment.series or None,
        "counter": enrolment.counter or None,
        "epoch": enrolment.epoch,
        "mac_key": enrolment.mac_key,
        "secret_hash": hashlib.sha256(enrolment.secret.encode()).digest(),
    }
    add_kiosk(connection, row, now)
    return enrolment


def _next_series(connection: Connection, office: Office) -> str:
    given = series_given(connection, office.id)
    return next(candidate for candidate in series_names() if candidate not in given)
