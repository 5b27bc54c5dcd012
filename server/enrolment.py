"""Makes a machine a kiosk of this office."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.messages import Enrolment
from domain.tickets import series_names
from server.store.kiosks import add_kiosk, lives_of, next_number, series_given

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.office import Office


@dataclass(frozen=True, slots=True)
class AlreadyEnrolled:
    """There is a kiosk of that name; another enrolment would cut it off."""


def enrol(
    connection: Connection, *, name: str, office: Office, server_url: str, seal_key: bytes, now: Micros, replace: bool
) -> Enrolment | AlreadyEnrolled:
    """Enrols a kiosk under the next free series of ``office``; its keys leave this function only in the answer.

    ``replace`` enrols a name again, for a machine that lost its disk: with a series never given before, because
    nobody knows which numbers it had already put into people's hands.

    Raises:
        IntegrityError: another enrolment took the series or number at the same moment; try again.
    """
    other_office, last_epoch = lives_of(connection, name)
    if other_office is not None and not (replace and other_office == office.id):
        return AlreadyEnrolled()
    given = series_given(connection, office.id)
    series = next(candidate for candidate in series_names() if candidate not in given)
    enrolment = Enrolment(
        kiosk=name,
        kiosk_no=next_number(connection),
        series=series,
        epoch=last_epoch + 1,
        mac_key=secrets.token_bytes(32),
        secret=secrets.token_urlsafe(32),
        server_url=server_url,
        seal_key=seal_key,
        office=office,
    )
    row = {
        "no": enrolment.kiosk_no,
        "id": name,
        "office": office.id,
        "series": series,
        "epoch": enrolment.epoch,
        "mac_key": enrolment.mac_key,
        "secret_hash": hashlib.sha256(enrolment.secret.encode()).digest(),
    }
    add_kiosk(connection, row, now)
    return enrolment
