"""What exchanges that are taken in together read and write: one statement a table for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.store.kiosks import note_contacts
from server.store.log import append_rows, event_row, lock_stream, lock_streams, move_streams
from server.store.tickets import add_tickets, note_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import Event, Stream
    from server.store.log import Position
    from server.store.writer import Transaction


class CollisionError(Exception):
    """A ticket takes what another has; whose it is shows when each exchange is taken in by itself."""


@dataclass(slots=True)
class Entry:
    """Collects; `write` writes. With ``is_alone`` tickets are written at once, so that it is known which collide."""

    transaction: Transaction
    is_alone: bool
    arrived: dict[str, list[UUID]] = field(default_factory=dict)
    _positions: dict[Stream, Position] = field(default_factory=dict)
    _moved: dict[Stream, Position] = field(default_factory=dict)
    _events: list[Mapping[str, Any]] = field(default_factory=list)
    _tickets: list[Mapping[str, Any]] = field(default_factory=list)
    _outcomes: list[Mapping[str, Any]] = field(default_factory=list)
    _contacts: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        """Where to read."""
        return self.transaction.connection

    def touch(self, *topics: str) -> None:
        """Marks topics as changed."""
        self.transaction.touch(*topics)

    def lock(self, streams: Iterable[Stream]) -> None:
        """Holds these streams against others until the commit, always in the same order; new ones begin later."""
        self._positions |= lock_streams(self.connection, sorted(set(streams)))

    def position(self, stream: Stream, office: str) -> Position:
        """Where a stream stands, held until the commit; one that is new, of ``office``, begins now."""
        if stream in self._moved:  # said twice in one breath: what was said first must be there to compare with
            self.write()
        if stream not in self._positions:
            self._positions[stream] = lock_stream(self.connection, stream, office)
        return self._positions[stream]

    def move(self, stream: Stream, to: Position) -> None:
        """Notes a stream's new position."""
        self._positions[stream] = self._moved[stream] = to

    def append(self, of: Stream, events: Iterable[Event], settled: Mapping[int, Micros], now: Micros) -> None:
        """Adds events to the log of a stream. ``settled`` says by sequence number when each happened."""
        self._events += [event_row(of, event, settled[event.seq], now) for event in events]

    def arrive(self, office: str, tickets: Iterable[UUID]) -> None:
        """Notes turns that are new here; what their office has said of them already is to be told of them."""
        self.arrived.setdefault(office, []).extend(tickets)

    def add_tickets(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Adds tickets of one stream; False, and none is added, where one of them is known to take what is taken."""
        if self.is_alone:
            return add_tickets(self.connection, rows)
        self._tickets += rows
        return True

    def note_outcomes(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keeps what is last known of tickets' paper."""
        self._outcomes += rows

    def note_contact(self, row: Mapping[str, Any]) -> None:
        """Keeps what a machine last said of itself."""
        self._contacts.append(row)

    def write(self) -> None:
        """Writes all that was collected.

        Raises:
            CollisionError: somebody's ticket takes what is taken; nothing of all this may be kept.
        """
        if self._tickets and not add_tickets(self.connection, self._tickets):
            raise CollisionError
        append_rows(self.connection, self._events)
        note_outcomes(self.connection, self._outcomes)
        move_streams(self.connection, self._moved)
        note_contacts(self.connection, self._contacts)
        for rows in (self._events, self._tickets, self._outcomes, self._contacts):
            rows.clear()
        self._moved.clear()
