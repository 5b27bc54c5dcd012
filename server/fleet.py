"""The machines of an office: what a clerk is told of them, and what a monitor may read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from domain.clock import Micros
from domain.health import Alarm, AlarmKind, Severity, alarms
from domain.messages import KioskOrders
from server.acts import tidy
from server.enrolment import is_spent
from server.faults import Refusal
from server.store import kiosks, office_machines
from server.store.accounts import Role, note_action
from server.store.orders import LONGEST_MESSAGE, NO_ORDERS, give_orders, orders_of
from server.store.upstream import look_above
from server.store.versions import desk_topic

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.clock import Clock
    from domain.office import Office
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.kiosks import Machine
    from server.store.orders import Standing
    from server.store.upstream import Above
    from server.store.writer import Transaction, Writer


@dataclass(frozen=True, slots=True)
class MachineNow:
    """A machine, what somebody should put right there, the most urgent first, and what it is told; None for nothing.

    ``is_spent`` is whether it gets no more series by itself (`server.enrolment.is_spent`).
    """

    machine: Machine
    alarms: tuple[Alarm, ...]
    standing: Standing | None = None
    is_spent: bool = False


@dataclass(frozen=True, slots=True)
class OfficeMachines:
    """An office with a server of its own, and its machines; ``as_of`` as in `OfficeState`."""

    office: Office
    as_of: Micros | None
    machines: tuple[MachineNow, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A line at a clerk's desk. ``own`` is whether the machine is at the clerk's own counter."""

    machine: Machine
    alarm: Alarm
    own: bool


class AlarmState(msgspec.Struct, frozen=True):
    """An alarm for a monitor: words of `domain.health`, and since when."""

    kind: str
    severity: str
    since: Micros


class MachineState(msgspec.Struct, frozen=True):
    """A machine for a monitor. A kiosk has a series, another one the counter where it prints.

    None is what is not known: ``seen_at`` of a machine that never came, the printer of one that said nothing of it.
    """

    name: str
    series: str | None
    counter: str | None
    seen_at: Micros | None
    backlog: int
    version: str
    printer: str | None
    reason: str | None
    printer_since: Micros | None
    paper_left_pct: int | None
    tickets_left: int | None
    printed_at: Micros | None
    alarms: tuple[AlarmState, ...]


class OfficeState(msgspec.Struct, frozen=True):
    """The machines of an office with a server of its own, as far as its words have come here.

    ``as_of`` is since when it is silent, None while it is heard. Of its machines ``seen_at`` is when the last word of
    them was said; their backlog and version only the office knows.
    """

    office: str
    name: str
    as_of: Micros | None
    machines: tuple[MachineState, ...]


class FleetState(msgspec.Struct, frozen=True):
    """The machines of ``office`` as of ``at``, by their names; ``elsewhere`` is for whoever administers a centre."""

    office: str
    at: Micros
    machines: tuple[MachineState, ...]
    elsewhere: tuple[OfficeState, ...] = ()


class Fleet:
    """The machines, as this node knows them. Not a dataclass, because Litestar would build one."""

    def __init__(
        self, *, offices: Offices, clock: Clock, writer: Writer, read: Engine, below: tuple[str, str] | None = None
    ) -> None:
        """``below`` is the office and the node that have a centre above them, None where there is none."""
        self._below = below
        self._offices = offices
        self._clock = clock
        self._writer = writer
        self._read = read

    def now(self) -> Micros:
        """The time by which alarms are raised."""
        return self._clock.now()

    def machines(self, office: str) -> list[MachineNow]:
        """Every machine of ``office`` that may speak, by its name."""
        now = self._clock.now()
        known = self._offices.of(office)
        is_open = known is not None and known.hours.is_open(now)
        with self._read.connect() as connection:
            found = kiosks.machines(connection, office)
            told = {one.name: orders_of(connection, one.name) for one in found if one.counter is None}
            spent = {name for name in told if is_spent(connection, name, now)}
        return [
            MachineNow(
                one,
                alarms(one.condition, seen_at=one.seen_at, now=now, is_open=is_open),
                told.get(one.name),
                one.name in spent,
            )
            for one in found
        ]

    def elsewhere(self, clerk: Clerk) -> list[OfficeMachines]:
        """The machines of every office with a server of its own, for administrators; none for anybody else.

        Nothing is ordered there, and who goes to a visitor that asks for help is between them and their office.
        """
        if not clerk.role.covers(Role.ADMINISTRATOR):
            return []
        now = self._clock.now()
        offices = [office for office in self._offices.known if not self._offices.called_here(office.id)]
        with self._read.connect() as connection:
            found = {office.id: office_machines.machines_of(connection, office.id) for office in offices}
        return [
            OfficeMachines(
                office,
                self._offices.stale_since(office.id, now),
                tuple(MachineNow(one, _troubles(one, now)) for one in found[office.id]),
            )
            for office in offices
        ]

    def above(self) -> Above | None:
        """How it stands with the centre; None where there is none."""
        if self._below is None:
            return None
        with self._read.connect() as connection:
            return look_above(connection, *self._below)

    def kiosk(self, office: str, name: str) -> MachineNow:
        """The kiosk of ``office`` that is called so.

        Raises:
            Refusal: 404, there is none.
        """
        found = next((one for one in self.machines(office) if one.machine.name == name), None)
        if found is None or found.machine.series is None:
            raise Refusal(404, "not_found")
        return found

    def order(self, clerk: Clerk, kiosk: str, *, out_of_service: bool, message: str, address: str) -> None:
        """Tells a kiosk whether to give out turns and what to say on its screen; does nothing where it is told so.

        Raises:
            Refusal: 400 too many words, 403 only supervisors do, 404 no such kiosk, 409 the office is called elsewhere.
        """
        if not clerk.role.covers(Role.SUPERVISOR):
            raise Refusal(403, "not_allowed")
        self._offices.must_call_here(clerk.office)
        self.kiosk(clerk.office, kiosk)
        words = " ".join(tidy(message, 4 * LONGEST_MESSAGE).split())
        if len(words) > LONGEST_MESSAGE:
            raise Refusal(400, "message_too_long", most=str(LONGEST_MESSAGE))
        wanted = KioskOrders(out_of_service=out_of_service, message=words, version=0)
        self._writer.do(lambda transaction: self._order(transaction, clerk, kiosk, wanted, address))

    def _order(self, transaction: Transaction, clerk: Clerk, kiosk: str, wanted: KioskOrders, address: str) -> None:
        connection, now = transaction.connection, self._clock.now()
        standing = orders_of(connection, kiosk, to_change=True)
        before = NO_ORDERS if standing is None else standing.orders
        after = msgspec.structs.replace(wanted, version=before.version + 1)
        if msgspec.structs.replace(after, version=before.version) == before:
            return
        give_orders(connection, kiosk, after, by=clerk.name, now=now)
        row = {
            "at": now, "office": clerk.office, "actor": clerk.name, "action": "kiosk.ordered", "subject": kiosk,
            "address": address, "detail": "; ".join(["out_of_service"] * after.out_of_service + [after.message]),
        }  # fmt: skip
        note_action(connection, row)
        transaction.touch(desk_topic(clerk.office))

    def notices(self, clerk: Clerk) -> list[Notice]:
        """What a clerk should know: who asks for help, then kiosks and the own printer, the urgent before the rest."""
        notices = [
            Notice(one.machine, alarm, own=one.machine.counter == clerk.counter)
            for one in self.machines(clerk.office)
            for alarm in one.alarms
        ]
        return sorted(notices, key=_order)

    def answer_help(self, clerk: Clerk, machine: str, since: int, address: str) -> None:
        """Notes that the clerk goes to whoever asked for help at ``machine`` at ``since``: no desk shows it any more.

        Does nothing where somebody goes already, or where the call is over: the page it was read on is old.
        """
        self._offices.must_call_here(clerk.office)
        self._writer.do(lambda transaction: self._answer_help(transaction, clerk, machine, since, address))

    def _answer_help(self, transaction: Transaction, clerk: Clerk, machine: str, since: int, address: str) -> None:
        connection, now = transaction.connection, self._clock.now()
        last = kiosks.last_heard(connection, machine) if kiosks.is_of(connection, machine, clerk.office) else None
        call = None if last is None else last.condition.help
        if last is None or call is None or call.since != since or not call.is_open(now):
            return
        answered = replace(last.condition, help=replace(call, answered_at=now))
        kiosks.note_heard(connection, machine, replace(last, condition=answered))
        row = {
            "at": now, "office": clerk.office, "actor": clerk.name, "action": "help.answered", "subject": machine,
            "address": address,
        }  # fmt: skip
        note_action(connection, row)
        transaction.touch(desk_topic(clerk.office))

    def state(self, clerk: Clerk) -> FleetState:
        """The machines of the clerk's office for a monitor, and those of other offices where they may be seen."""
        elsewhere = tuple(
            OfficeState(one.office.id, one.office.name, one.as_of, tuple(map(_state, one.machines)))
            for one in self.elsewhere(clerk)
        )
        machines = tuple(map(_state, self.machines(clerk.office)))
        return FleetState(clerk.office, self._clock.now(), machines, elsewhere)


def _troubles(machine: Machine, now: Micros) -> tuple[Alarm, ...]:
    """What is wrong with a machine of another office. Its silence tells nothing here: it speaks to its office."""
    found = alarms(machine.condition, seen_at=now, now=now, is_open=True)
    return tuple(alarm for alarm in found if alarm.kind is not AlarmKind.HELP)


def _order(notice: Notice) -> tuple[bool, bool, bool, Micros, str]:
    elsewhere = notice.machine.counter is not None and not notice.own
    alarm = notice.alarm
    return (
        alarm.kind is not AlarmKind.HELP,
        elsewhere,
        alarm.severity is Severity.SOON,
        alarm.since,
        notice.machine.name,
    )


def _state(one: MachineNow) -> MachineState:
    machine, condition = one.machine, one.machine.condition
    health = None if condition is None else condition.health
    return MachineState(
        name=machine.name,
        series=machine.series,
        counter=machine.counter,
        seen_at=machine.seen_at,
        backlog=machine.backlog,
        version=machine.app_version,
        printer=None if health is None else health.printer,
        reason=None if health is None else health.reason,
        printer_since=None if condition is None else condition.printer_since,
        paper_left_pct=None if health is None else health.paper_left_pct,
        tickets_left=None if health is None else health.tickets_left,
        printed_at=None if health is None else health.printed_at,
        alarms=tuple(AlarmState(alarm.kind.value, alarm.severity.value, alarm.since) for alarm in one.alarms),
    )
