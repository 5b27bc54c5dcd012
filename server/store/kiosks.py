"""The machines that this node knows: who they are, and what they last said of themselves.

A machine is a kiosk, which gives out numbers under its series, or it drives the printer at a counter and has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import structs
from sqlalchemy import bindparam, delete, or_, select, update

from domain.asked import MachineTold
from domain.health import Condition, Help, PaperLevel
from domain.messages import KioskHealth
from server.store.dialect import upsert
from server.store.schema import kiosk, kiosk_contact, kiosk_health

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Kiosk:
    """An enrolled machine, or an office's node, which has neither series nor counter.

    ``series`` are all that it ever had in its office, the present one included; empty for a counter's machine.
    ``counter`` is where it prints now, None for a kiosk; ``counters`` are all where it ever did. ``epoch`` is its last
    enrolment's, and ``is_revoked`` whether that counts no more. An office's server has neither series nor counter.
    """

    id: str
    office: str
    series: frozenset[str] = field(default_factory=frozenset)
    counter: str | None = None
    counters: frozenset[str] = field(default_factory=frozenset)
    epoch: int = 1
    is_revoked: bool = False

    @property
    def gives_numbers(self) -> bool:
        """Whether it gives out numbers under a series."""
        return self.counter is None and bool(self.series)

    @property
    def is_node(self) -> bool:
        """Whether this is the server of an office, which hands on the streams of its machines."""
        return not self.series and not self.counters


def kiosk_of_device(connection: Connection, device_key: bytes) -> Kiosk | None:
    """The machine whose public key this is, revoked or not; None for one that was never enrolled."""
    return _kiosk(connection, connection.execute(select(kiosk).where(kiosk.c.device_key == device_key)).all())


def kiosk_of_name(connection: Connection, name: str) -> Kiosk | None:
    """The machine of that name, revoked or not; None for one that was never enrolled."""
    return _kiosk(connection, connection.execute(select(kiosk).where(kiosk.c.id == name)).all())


def keys_of(connection: Connection, name: str) -> frozenset[bytes]:
    """Every key that a machine of that name ever had; none where no such machine may speak now."""
    rows = connection.execute(select(kiosk.c.device_key, kiosk.c.revoked_at).where(kiosk.c.id == name)).all()
    may_speak = any(row.revoked_at is None for row in rows)
    return frozenset(row.device_key for row in rows if may_speak and row.device_key is not None)


def _kiosk(connection: Connection, holders: Sequence[Any]) -> Kiosk | None:
    """Of several enrolments the one that counts, or else the last."""
    if not holders:
        return None
    row = max(holders, key=lambda holder: (holder.revoked_at is None, holder.epoch))
    mine = (kiosk.c.id == row.id) & (kiosk.c.office == row.office)
    lives = connection.execute(select(kiosk.c.series, kiosk.c.counter).where(mine)).all()
    series = frozenset(life.series for life in lives if life.series is not None)
    counters = frozenset(life.counter for life in lives if life.counter is not None)
    return Kiosk(row.id, row.office, series, row.counter, counters, row.epoch, row.revoked_at is not None)


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
class Life:
    """One enrolment under a name."""

    name: str
    no: int
    office: str
    epoch: int
    series: str | None
    counter: str | None
    mac_key: bytes = field(repr=False)
    device_key: bytes | None
    is_revoked: bool


def last_life(connection: Connection, name: str) -> Life | None:
    """The last enrolment under ``name``, revoked or not; None if there never was one."""
    lives = select(kiosk).where(kiosk.c.id == name)
    row = connection.execute(lives.order_by(kiosk.c.epoch.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Life(
        row.id, row.no, row.office, row.epoch, row.series, row.counter, row.mac_key, row.device_key,
        row.revoked_at is not None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Renewals:
    """How many new lives a machine began by itself under its present enrolment, and how many of them ``lately``."""

    lately: int
    all: int


def renewals(connection: Connection, name: str, since: Micros) -> Renewals:
    """The new lives of the machine of that name, and those that began after ``since``.

    They keep the key that a person's enrolment gave, so that another enrolment counts from nothing.
    """
    life = last_life(connection, name)
    if life is None:
        return Renewals(0, 0)
    same = (kiosk.c.id == name) & (kiosk.c.mac_key == life.mac_key)
    begun = connection.execute(select(kiosk.c.enrolled_at).where(same).order_by(kiosk.c.epoch)).scalars().all()[1:]
    return Renewals(sum(at > since for at in begun), len(begun))


def is_taken(connection: Connection, *, no: int, office: str, series: str | None, but: str) -> bool:
    """Whether a machine other than ``but`` has that number, or had that series."""
    same = kiosk.c.no == no
    if series is not None:
        same = or_(same, (kiosk.c.office == office) & (kiosk.c.series == series))
    return connection.execute(select(kiosk.c.no).where(same, kiosk.c.id != but).limit(1)).scalar() is not None


def series_given(connection: Connection, office: str) -> frozenset[str]:
    """Every series ever given out in ``office``."""
    given = select(kiosk.c.series).where(kiosk.c.office == office, kiosk.c.series.is_not(None))
    return frozenset(connection.execute(given).scalars())


def machine_at(connection: Connection, office: str, counter: str) -> str | None:
    """The name of the machine that drives the printer at ``counter``."""
    here = (kiosk.c.office == office) & (kiosk.c.counter == counter) & kiosk.c.revoked_at.is_(None)
    return connection.execute(select(kiosk.c.id).where(here)).scalar()


def add_kiosk(connection: Connection, row: Mapping[str, Any], now: Micros, *, is_same_machine: bool = False) -> None:
    """Adds an enrolment and revokes those that it takes the place of: of its name, and at its counter.

    What the machine of that name last said of itself is forgotten, unless it is the same machine (`is_same_machine`).

    Raises:
        IntegrityError: its number, series, counter, key or epoch has just been taken by another.
    """
    former = kiosk.c.id == row["id"]
    if row["counter"] is not None:
        former |= (kiosk.c.office == row["office"]) & (kiosk.c.counter == row["counter"])
    connection.execute(update(kiosk).where(former, kiosk.c.revoked_at.is_(None)).values(revoked_at=now))
    if not is_same_machine:  # by the machine that was there before; the new one has not spoken yet
        for said in (kiosk_contact, kiosk_health):
            connection.execute(delete(said).where(said.c.kiosk == row["id"]))
    connection.execute(kiosk.insert().values(**row, enrolled_at=now))


def revoke(connection: Connection, name: str, now: Micros) -> Life | None:
    """Lets the machine of that name speak no more: the enrolment that ended; None where there was none."""
    life = last_life(connection, name)
    if life is None or life.is_revoked:
        return None
    connection.execute(update(kiosk).where(kiosk.c.id == name, kiosk.c.revoked_at.is_(None)).values(revoked_at=now))
    return life


def revoke_up_to(connection: Connection, name: str, epoch: int, now: Micros) -> None:
    """Lets no enrolment of that name up to ``epoch`` speak; one that came after stays."""
    mine = (kiosk.c.id == name) & (kiosk.c.epoch <= epoch) & kiosk.c.revoked_at.is_(None)
    connection.execute(update(kiosk).where(mine).values(revoked_at=now))


def next_number(connection: Connection) -> int:
    """A number that no enrolment has had."""
    last = connection.execute(select(kiosk.c.no).order_by(kiosk.c.no.desc()).limit(1)).scalar()
    return 1 if last is None else last + 1


# made once: to build a statement costs several times what it takes to run it
_LAST_TURNS = (
    select(kiosk_contact.c.kiosk, kiosk_contact.c.turn)
    .where(kiosk_contact.c.kiosk.in_(bindparam("whose", expanding=True)))
    .order_by(kiosk_contact.c.kiosk)
    .with_for_update()
)


def last_turns(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """The last turn of each of these machines that ever spoke, held against others until the commit."""
    return {row.kiosk: row.turn for row in connection.execute(_LAST_TURNS, {"whose": sorted(names)})}


def note_contacts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keeps what machines last said of themselves."""
    upsert(connection, kiosk_contact, rows)


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


def condition_of(row: Any) -> Condition:
    """What a row of `kiosk_health` says."""
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
    return None if row is None else Heard((row.epoch, row.seq), condition_of(row))


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
            None if row.printer is None else condition_of(row),
        )
        for row in connection.execute(_MACHINES, {"office": office})
    ]  # fmt: skip


def machines_told(connection: Connection, office: str) -> list[MachineTold]:
    """The machines of ``office`` that may speak, as the node above hears of them."""
    mine = (kiosk.c.office == office) & kiosk.c.revoked_at.is_(None) & kiosk.c.device_key.is_not(None)
    rows = connection.execute(select(kiosk).where(mine).order_by(kiosk.c.id))
    return [MachineTold(row.id, row.series or "", row.counter or "", row.device_key) for row in rows]


def is_of(connection: Connection, name: str, office: str) -> bool:
    """Whether the machine called ``name`` is one of ``office`` that may speak."""
    mine = (kiosk.c.id == name) & (kiosk.c.office == office) & kiosk.c.revoked_at.is_(None)
    return connection.execute(select(kiosk.c.no).where(mine)).scalar() is not None
