"""What goes down with each exchange: the queue, how the office is set up, what to print, its series, its orders.

To an office's node: what was asked for here of its turns and of itself, other offices' queues, and what it has lost of
its streams.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from domain.clock import Micros
from domain.leases import BLOCKS
from domain.messages import Down, QueueSnapshot, to_json
from domain.queue import LATELY_US, wait_minutes
from domain.sync import LARGEST_BATCH, stream_of_log
from server.filing.blocks import offers
from server.offices import STALE_US
from server.projection import LARGEST_INSTANT, start_of_today
from server.store import asked, tickets
from server.store.log import logged, stored_as
from server.store.orders import orders
from server.store.requests import unanswered
from server.store.upstream import branches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from domain.messages import Pull, Stream
    from server.copies import Copies
    from server.enrolment import Registry
    from server.offices import Offices
    from server.store.kiosks import Kiosk

    _Facts = tuple[str, Sequence[object], int]

_VERSION_BYTES = 6  # as a number it must stand in JSON without losing a digit


class DownFlow:
    """Answers each scope with all that there is of it now, but for the log, of which there may be much."""

    def __init__(self, *, offices: Offices, copies: Copies, registry: Registry) -> None:
        self._registry = registry
        self._offices = offices
        self._copies = copies

    def answers(
        self,
        connection: Connection,
        machine: Kiosk,
        pulls: Iterable[Pull],
        epoch: int,
        now: Micros,
        *,
        known: dict[str, QueueSnapshot] | None = None,
    ) -> tuple[Down, ...]:
        """What ``machine`` asked for, each scope once; those that this version does not know are left out.

        ``epoch`` is this node's life. ``known`` are the queues that were counted already for others who asked at the
        same moment.
        """
        known = {} if known is None else known
        wanted = {pull.scope: pull for pull in pulls}.values()
        found = (self._answer(connection, machine, pull, epoch, now, known=known) for pull in wanted)
        return tuple(
            Down(scope, epoch, tuple(msgspec.Raw(to_json(item)) for item in items), next_)
            for scope, items, next_ in (one for one in found if one is not None)
        )

    def _answer(
        self,
        connection: Connection,
        machine: Kiosk,
        pull: Pull,
        epoch: int,
        now: Micros,
        *,
        known: dict[str, QueueSnapshot],
    ) -> _Facts | None:
        wanted = stream_of_log(pull.scope)
        if wanted is not None:
            return _log(connection, machine, wanted, pull)
        match pull.scope:
            case "queue":
                return pull.scope, self._queues(connection, machine, now, known), now
            case "prints":
                return pull.scope, self._copies.wanted(connection, machine, now), now
            case "office":
                return self._office(machine, pull, epoch)
            case "series":
                return self._series(connection, machine, pull, epoch)
            case "kiosk":
                return orders(connection, machine, pull, epoch)
            case "requests" if machine.is_node:
                return pull.scope, unanswered(connection, machine.office, start_of_today(now)), now
            case _ if pull.scope == BLOCKS and machine.is_node:
                rules = self._offices.filing_rules_of(machine.office)
                return pull.scope, offers(connection, machine.office, rules, now), now
            case "asked" if machine.is_node:
                return pull.scope, asked.unanswered(connection, machine.office), now
            case _:
                return None

    def _queues(
        self, connection: Connection, machine: Kiosk, now: Micros, known: dict[str, QueueSnapshot]
    ) -> list[QueueSnapshot]:
        """The machine's own office first, then its branches; of an office that is silent nothing is said."""
        mine = self._offices.of(machine.office)
        wanted = [self._offices.main.id] if mine is None else [mine.id, *(branch.id for branch in mine.branches)]
        here = filter(self._offices.is_known, dict.fromkeys(wanted))
        heard = [id_ for id_ in here if self._offices.stale_since(id_, now) is None]
        for id_ in heard:
            if id_ not in known:
                known[id_] = _snapshot(connection, id_, now)
        told = [
            msgspec.structs.replace(known[id_], office="") if id_ == machine.office else known[id_] for id_ in heard
        ]
        if machine.is_node:
            return told
        return told + [
            QueueSnapshot(row.waiting, row.heard_at, row.preferential, row.minutes, row.office)
            for row in branches(connection, Micros(now - STALE_US))
            if row.office not in heard
        ]

    def _office(self, machine: Kiosk, pull: Pull, epoch: int) -> _Facts:
        """The machine's office as it is set up here, unless that is what the machine says it has."""
        office = self._offices.of(machine.office)
        if office is None:
            return pull.scope, (), 0
        version = int.from_bytes(hashlib.sha256(to_json(office)).digest()[:_VERSION_BYTES], "big")
        is_known = pull.epoch == epoch and pull.after == version
        return pull.scope, () if is_known else (office,), version

    def _series(self, connection: Connection, machine: Kiosk, pull: Pull, epoch: int) -> _Facts:
        """What a kiosk gives out numbers under in its present life, unless that is what it says it has."""
        given = self._registry.series_of(connection, machine) if machine.gives_numbers else None
        is_known = given is None or (pull.epoch == epoch and pull.after == given.epoch)
        return pull.scope, () if given is None or is_known else (given,), given.epoch if given else 0


def _log(connection: Connection, machine: Kiosk, wanted: Stream, pull: Pull) -> _Facts | None:
    """What is here of a stream that the machine wrote or handed on, after what it still has."""
    if not machine.is_node and wanted.origin != machine.id:
        return None
    stored = stored_as(wanted, machine.office if machine.is_node else "")
    after = min(max(pull.after, 0), LARGEST_INSTANT)
    found = logged(connection, stored, after, LARGEST_BATCH)
    return pull.scope, found, after + len(found)


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
