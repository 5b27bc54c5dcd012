"""The kiosks that this node knows: who they are, and what they last said of themselves."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from server.store.dialect import upsert
from server.store.schema import kiosk, kiosk_contact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Kiosk:
    """An enrolled kiosk. ``series`` are all that it ever had in its office, the present one included."""

    id: str
    office: str
    series: frozenset[str] = field(default_factory=frozenset)


def kiosk_of_secret(connection: Connection, secret: str) -> Kiosk | None:
    """The kiosk whose bearer word this is, None for a wrong or revoked one.

    The look-up is by the SHA-256 of a word of 256 random bits, so its timing tells nothing of the word.
    """
    digest = hashlib.sha256(secret.encode()).digest()
    row = connection.execute(
        select(kiosk).where(kiosk.c.secret_hash == digest, kiosk.c.revoked_at.is_(None))
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, digest):
        return None
    lives = connection.execute(select(kiosk.c.series).where(kiosk.c.id == row.id, kiosk.c.office == row.office))
    return Kiosk(row.id, row.office, frozenset(lives.scalars()))


@dataclass(frozen=True, slots=True)
class TokenMaker:
    """What is known of the kiosk that a tracking token names."""

    mac_key: bytes = field(repr=False)
    office: str
    series: str


def token_maker(connection: Connection, number: int) -> TokenMaker | None:
    """The kiosk of that number, revoked or not: the tickets that it gave out stay good."""
    maker = select(kiosk.c.mac_key, kiosk.c.office, kiosk.c.series).where(kiosk.c.no == number)
    row = connection.execute(maker).one_or_none()
    return None if row is None else TokenMaker(row.mac_key, row.office, row.series)


def lives_of(connection: Connection, name: str) -> tuple[str | None, int]:
    """The office and the last epoch of the enrolments under ``name``; (None, 0) if there is none."""
    lives = select(kiosk.c.office, kiosk.c.epoch).where(kiosk.c.id == name).order_by(kiosk.c.epoch.desc()).limit(1)
    row = connection.execute(lives).one_or_none()
    return (None, 0) if row is None else (row.office, row.epoch)


def series_given(connection: Connection, office: str) -> frozenset[str]:
    """Every series ever given out in ``office``."""
    return frozenset(connection.execute(select(kiosk.c.series).where(kiosk.c.office == office)).scalars())


def add_kiosk(connection: Connection, row: Mapping[str, Any], now: Micros) -> None:
    """Adds an enrolment and revokes the earlier ones of its name.

    Raises:
        IntegrityError: its number, series or epoch has just been taken by another.
    """
    former = (kiosk.c.id == row["id"]) & kiosk.c.revoked_at.is_(None)
    connection.execute(update(kiosk).where(former).values(revoked_at=now))
    connection.execute(kiosk.insert().values(**row, enrolled_at=now))


def next_number(connection: Connection) -> int:
    """A number that no enrolment has had."""
    last = connection.execute(select(kiosk.c.no).order_by(kiosk.c.no.desc()).limit(1)).scalar()
    return 1 if last is None else last + 1


def note_contact(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keeps what a kiosk last said of itself."""
    upsert(connection, kiosk_contact, [row])
