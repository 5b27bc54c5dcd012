"""What goes down to a machine with each exchange: how many wait, how the office is set up, what to print."""

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
    from server.offices import Offices
    from server.store.kiosks import Kiosk

_VERSION_BYTES = 6  # as a number it must stand in JSON without losing a digit


class DownFlow:
    """Answers each scope with all that there is of it now; it is never so much that a child must ask for a part."""

    def __init__(self, *, offices: Offices, copies: Copies) -> None:
        self._offices = offices
        self._copies = copies

    def answers(
        self, connection: Connection, machine: Kiosk, pulls: Iterable[Pull], epoch: int, now: Micros
    ) -> tuple[Down, ...]:
        """What ``machine`` asked for, each scope once; those that this version does not know are left out.

        ``epoch`` is this node's life.
        """
        asked = {pull.scope: pull for pull in pulls}.values()
        found = (self._answer(connection, machine, pull, epoch, now) for pull in asked)
        return tuple(down for down in found if down is not None)

    def _answer(self, connection: Connection, machine: Kiosk, pull: Pull, epoch: int, now: Micros) -> Down | None:
        match pull.scope:
            case "queue":
                return _down(pull.scope, epoch, self._queues(connection, machine, now), now)
            case "prints":
                return _down(pull.scope, epoch, self._copies.wanted(connection, machine, now), now)
            case "office":
                return self._office(machine, pull, epoch)
            case _:
                return None

    def _queues(self, connection: Connection, machine: Kiosk, now: Micros) -> list[QueueSnapshot]:
        """The machine's own office first, then the others; of offices that are called elsewhere nothing is known."""
        here = sorted(self._offices.here, key=lambda office: office.id != machine.office)
        return [
            _snapshot(connection, office.id, "" if office.id == machine.office else office.id, now) for office in here
        ]

    def _office(self, machine: Kiosk, pull: Pull, epoch: int) -> Down:
        """The machine's office as it is set up here, unless that is what the machine says it has."""
        office = self._offices.of(machine.office)
        if office is None:
            return _down(pull.scope, epoch, (), 0)
        version = int.from_bytes(hashlib.sha256(to_json(office)).digest()[:_VERSION_BYTES], "big")
        is_known = pull.epoch == epoch and pull.after == version
        return _down(pull.scope, epoch, () if is_known else (office,), version)


def _down(scope: str, epoch: int, items: Iterable[msgspec.Struct], next_: int) -> Down:
    return Down(scope, epoch, tuple(msgspec.Raw(to_json(item)) for item in items), next_)


def _snapshot(connection: Connection, office: str, told: str, now: Micros) -> QueueSnapshot:
    waiting = tickets.count_waiting(connection, office, start_of_today(now))
    calls = tickets.called_since(connection, office, now - LATELY_US)
    return QueueSnapshot(
        waiting=waiting.all,
        at=now,
        preferential=waiting.preferential,
        minutes=wait_minutes(waiting.all, calls, now),
        office=told,
    )
