"""The machines that this node knows: who they are, and what they last said of themselves.

A machine is a kiosk, which gives out numbers under its series, or it drives the printer at a counter and has none.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import structs
from sqlalchemy import bindparam, delete, select, update

from domain.health import Condition, Help, PaperLevel
from domain.messages import KioskHealth
from server.store.dialect import upsert
from server.store.schema import kiosk, kiosk_contact, kiosk_health

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Kiosk:
    """An enrolled machine.

    ``series`` are all that it ever had in its office, the present one included; empty for a counter's machine.
    ``counter`` is where it prints now, None for a kiosk; ``counters`` are all where it ever did.
    """

    id: str
    office: str
    series: frozenset[str] = field(default_factory=frozenset)
    counter: str | None = None
    counters: frozenset[str] = field(default_factory=frozenset)


def kiosk_of_secret(connection: Connection, secret: str) -> Kiosk | None:
    """The machine whose bearer word this is, None for a wrong or revoked one.

    The look-up is by the SHA-256 of a word of 256 random bits, so its timing tells nothing of the word.
    """
    digest = hashlib.sha256(secret.encode()).digest()
    row = connection.execute(
        select(kiosk).where(kiosk.c.secret_hash == digest, kiosk.c.revoked_at.is_(None))
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, digest):
        return None
    return _with_its_past(connection, row)


def live_kiosk(connection: Connection, name: str) -> Kiosk | None:
    """The machine that is enrolled under ``name`` now, None for none and for a revoked one."""
    row = connection.execute(select(kiosk).where(kiosk.c.id == name, kiosk.c.revoked_at.is_(None))).one_or_none()
    return None if row is None else _with_its_past(connection, row)


def _with_its_past(connection: Connection, row: Any) -> Kiosk:
    mine = (kiosk.c.id == row.id) & (kiosk.c.office == row.office)
    lives = connection.execute(select(kiosk.c.series, kiosk.c.counter).where(mine)).all()
    series = frozenset(life.series for life in lives if life.series is not None)
    counters = frozenset(life.counter for life in lives if life.counter is not None)
    return Kiosk(row.id, row.office, series, row.counter, counters)


@dataclass(frozen=True, slots=True)
class TokenMaker:
    """What is known of the kiosk that a tracking token names."""

    mac_key: bytes = field(repr=False)
    office: str
    series: str


def token_maker(connection: Connection, number: int) -> TokenMaker | None:
    """The kiosk of that number, revoked or not: the tickets that it gave out stay good."""
    maker = select(kiosk.c.mac_key, kiosk.c.office, kiosk.c.series).where(
        kiosk.c.no == number, kiosk.c.series.is_not(None)
    )
    row = connection.execute(maker).one_or_none()
    return None if row is None else TokenMaker(row.mac_key, row.office, row.series)


@dataclass(frozen=True, slots=True)
class LastLife:
    """The last enrolment under a name."""

    office: str
    epoch: int
    counter: str | None


def last_life(connection: Connection, name: str) -> LastLife | None:
    """The last enrolment under ``name``, revoked or not; None if there never was one."""
    lives = select(kiosk.c.office, kiosk.c.epoch, kiosk.c.counter).where(kiosk.c.id == name)
    row = connection.execute(lives.order_by(kiosk.c.epoch.desc()).limit(1)).one_or_none()
    return None if row is None else LastLife(row.office, row.epoch, row.counter)


def series_given(connection: Connection, office: str) -> frozenset[str]:
    """Every series ever given out in ``office``."""
    given = select(kiosk.c.series).where(kiosk.c.office == office, kiosk.c.series.is_not(None))
    return frozenset(connection.execute(given).scalars())


def machine_at(connection: Connection, office: str, counter: str) -> str | None:
    """The name of the machine that drives the printer at ``counter``."""
    here = (kiosk.c.office == office) & (kiosk.c.counter == counter) & kiosk.c.revoked_at.is_(None)
    return connection.execute(select(kiosk.c.id).where(here)).scalar()


def add_kiosk(connection: Connection, row: Mapping[str, Any], now: Micros) -> None:
    """Adds an enrolment and revokes those that it takes the place of: of its name, and at its counter.

    Raises:
        IntegrityError: its number, series, counter or epoch has just been taken by another.
    """
    former = kiosk.c.id == row["id"]
    if row["counter"] is not None:
        former |= (kiosk.c.office == row["office"]) & (kiosk.c.counter == row["counter"])
    connection.execute(update(kiosk).where(former, kiosk.c.revoked_at.is_(None)).values(revoked_at=now))
    for said in (kiosk_contact, kiosk_health):  # by the machine that was there before; the new one has not spoken yet
        connection.execute(delete(said).where(said.c.kiosk == row["id"]))
    connection.execute(kiosk.insert().values(**row, enrolled_at=now))


def next_number(connection: Connection) -> int:
    """A number that no enrolment has had."""
    last = connection.execute(select(kiosk.c.no).order_by(kiosk.c.no.desc()).limit(1)).scalar()
    return 1 if last is None else last + 1


def note_contact(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keeps what a kiosk last said of itself."""
    upsert(connection, kiosk_contact, [row])


def known_offset(connection: Connection, name: str) -> int:
    """What the machine's clock was off at its last exchange, in microseconds to add; 0 for one that never came."""
    found = select(kiosk_contact.c.clock_offset).where(kiosk_contact.c.kiosk == name)
    return connection.execute(found).scalar() or 0


# --- how they are -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """What a machine last said of itself, and which event of its stream that was: (epoch, seq)."""

    place: tuple[int, int]
    condition: Condition


def _condition(row: Any) -> Condition:
    return Condition(
        health=KioskHealth(row.printer, row.reason, row.paper_left_pct, row.tickets_left, row.printed_at, row.help_at),
        printer_since=row.printer_since,
        paper=PaperLevel(row.paper),
        paper_since=row.paper_since,
        help=None if row.help_at is None else Help(row.help_at, row.help_since, row.help_answered_at),
    )


def last_heard(connection: Connection, name: str) -> Heard | None:
    """What the machine called ``name`` last said of itself, held for this transaction; None before its first word."""
    mine = select(kiosk_health).where(kiosk_health.c.kiosk == name).with_for_update()
    row = connection.execute(mine).one_or_none()
    return None if row is None else Heard((row.epoch, row.seq), _condition(row))


def note_heard(connection: Connection, name: str, heard: Heard) -> None:
    """Keeps what a machine now says of itself."""
    condition, call = heard.condition, heard.condition.help
    row = structs.asdict(condition.health) | {
        "kiosk": name, "epoch": heard.place[0], "seq": heard.place[1], "printer_since": condition.printer_since,
        "paper": condition.paper.value, "paper_since": condition.paper_since,
        "help_at": call and call.told, "help_since": call and call.since,
        "help_answered_at": call and call.answered_at,
    }  # fmt: skip
    upsert(connection, kiosk_health, [row])


@dataclass(frozen=True, slots=True)
class Machine:
    """An enrolled machine as it is known here. ``series`` is a kiosk's, ``counter`` where another one prints.

    ``seen_at`` is its last exchange, None for one that never came; ``condition`` None for one that said nothing.
    """

    name: str
    series: str | None
    counter: str | None
    seen_at: Micros | None
    backlog: int
    app_version: str
    condition: Condition | None


_MACHINES = (
    select(
        kiosk.c.id, kiosk.c.series, kiosk.c.counter, kiosk_contact.c.seen_at, kiosk_contact.c.backlog,
        kiosk_contact.c.app_version, *(column for column in kiosk_health.columns if column.name != "kiosk"),
    )
    .outerjoin(kiosk_contact, kiosk_contact.c.kiosk == kiosk.c.id)
    .outerjoin(kiosk_health, kiosk_health.c.kiosk == kiosk.c.id)
    .where(kiosk.c.office == bindparam("office"), kiosk.c.revoked_at.is_(None))
    .order_by(kiosk.c.id)
)  # fmt: skip


def machines(connection: Connection, office: str) -> list[Machine]:
    """The machines of ``office`` that may speak, by their names."""
    return [
        Machine(
            row.id, row.series, row.counter, row.seen_at, row.backlog or 0, row.app_version or "",
            None if row.printer is None else _condition(row),
        )
        for row in connection.execute(_MACHINES, {"office": office})
    ]  # fmt: skip


def is_of(connection: Connection, name: str, office: str) -> bool:
    """Whether the machine called ``name`` is one of ``office`` that may speak."""
    mine = (kiosk.c.id == name) & (kiosk.c.office == office) & kiosk.c.revoked_at.is_(None)
    return connection.execute(select(kiosk.c.no).where(mine)).scalar() is not None
