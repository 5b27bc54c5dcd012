"""What goes down to a machine with each exchange: the queue, how the office is set up, what to print, its series."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from domain.messages import Down, QueueSnapshot, to_json
from domain.queue import LATELY_US, wait_minutes
from server.projection import start_of_today
from server.store import tickets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import Pull
    from server.copies import Copies
    from server.enrolment import Registry
    from server.offices import Offices
    from server.store.kiosks import Kiosk
    from server.store.node import Node

_VERSION_BYTES = 6  # as a number it must stand in JSON without losing a digit


class DownFlow:
    """Answers each scope with all that there is of it now; it is never so much that a child must ask for a part."""

    def __init__(self, *, node: Node, offices: Offices, copies: Copies, registry: Registry) -> None:
        self._node = node
        self._registry = registry
        self._offices = offices
        self._copies = copies

    def answers(
        self,
        connection: Connection,
        machine: Kiosk,
        pulls: Iterable[Pull],
        now: Micros,
        known: dict[str, QueueSnapshot] | None = None,
    ) -> tuple[Down, ...]:
        """What ``machine`` asked for, each scope once; those that this version does not know are left out.

        ``known`` are the queues that were counted already for others who asked at the same moment.
        """
        known = {} if known is None else known
        asked = {pull.scope: pull for pull in pulls}.values()
        found = (self._answer(connection, machine, pull, now, known) for pull in asked)
        return tuple(down for down in found if down is not None)

    def _answer(
        self, connection: Connection, machine: Kiosk, pull: Pull, now: Micros, known: dict[str, QueueSnapshot]
    ) -> Down | None:
        match pull.scope:
            case "queue":
                return self._down(pull.scope, self._queues(connection, machine, now, known), now)
            case "prints":
                return self._down(pull.scope, self._copies.wanted(connection, machine, now), now)
            case "office":
                return self._office(machine, pull)
            case "series":
                return self._series(connection, machine, pull)
            case _:
                return None

    def _queues(
        self, connection: Connection, machine: Kiosk, now: Micros, known: dict[str, QueueSnapshot]
    ) -> list[QueueSnapshot]:
        """The machine's own office first, then the others; of offices that are called elsewhere nothing is known."""
        here = sorted(self._offices.here, key=lambda office: office.id != machine.office)
        for office in here:
            if office.id not in known:
                known[office.id] = _snapshot(connection, office.id, now)
        return [
            msgspec.structs.replace(known[office.id], office="") if office.id == machine.office else known[office.id]
            for office in here
        ]

    def _office(self, machine: Kiosk, pull: Pull) -> Down:
        """The machine's office as it is set up here, unless that is what the machine says it has."""
        office = self._offices.of(machine.office)
        if office is None:
            return self._down(pull.scope, (), 0)
        version = int.from_bytes(hashlib.sha256(to_json(office)).digest()[:_VERSION_BYTES], "big")
        is_known = pull.epoch == self._node.epoch and pull.after == version
        return self._down(pull.scope, () if is_known else (office,), version)

    def _series(self, connection: Connection, machine: Kiosk, pull: Pull) -> Down:
        """What a kiosk gives out numbers under in its present life, unless that is what it says it has."""
        given = self._registry.series_of(connection, machine) if machine.gives_numbers else None
        is_known = given is None or (pull.epoch == self._node.epoch and pull.after == given.epoch)
        return self._down(pull.scope, () if given is None or is_known else (given,), given.epoch if given else 0)

    def _down(self, scope: str, items: Iterable[msgspec.Struct], next_: int) -> Down:
        return Down(scope, self._node.epoch, tuple(msgspec.Raw(to_json(item)) for item in items), next_)


def _snapshot(connection: Connection, office: str, now: Micros) -> QueueSnapshot:
    waiting = tickets.count_waiting(connection, office, start_of_today(now))
    calls = tickets.called_since(connection, office, now - LATELY_US)
    return QueueSnapshot(
        waiting=waiting.all,
        at=now,
        preferential=waiting.preferential,
        minutes=wait_minutes(waiting.all, calls, now),
        office=office,
    )
