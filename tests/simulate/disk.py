"""What stands on a machine's disk: all that a crash leaves, and all that an old copy brings back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.sync import Cursor, Held

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from domain.messages import Event, Stream
    from domain.sync import Ripening, Span

Number = tuple[str, "date", str, int]
"""Office, business day, series, n: what stands on the paper."""


@dataclass(slots=True)
class Log:
    """A stream's events after ``base``; those up to there were deleted, and only their ids are ``left``."""

    base: int = 0
    events: list[Event] = field(default_factory=list)
    left: list[UUID] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.base + len(self.events)

    def copy(self) -> Log:
        return Log(self.base, self.events.copy(), self.left.copy())

    def id_at(self, seq: int) -> UUID | None:
        """The id at ``seq``; None where it was deleted, too."""
        if seq > self.base:
            return self.events[seq - self.base - 1].id
        return self.left[seq - 1] if self.left else None

    def of(self, span: Span) -> tuple[Event, ...]:
        start = max(0, span.after - self.base)
        return tuple(self.events[start : start + span.count])

    def purge(self, upto: int, *, keeps_ids: bool) -> None:
        if keeps_ids:
            self.left.extend(event.id for event in self.events[: upto - self.base])
        del self.events[: upto - self.base]
        self.base = upto

    def cut(self, after: int) -> list[Event]:
        """Takes away what stands after ``after``."""
        taken = self.events[after - self.base :]
        del self.events[after - self.base :]
        return taken


@dataclass(slots=True)
class Disk:
    """A node's store, as far as every node has one. ``turn`` is the last one taken to its parent."""

    own: Stream
    logs: dict[Stream, Log] = field(default_factory=dict)
    cursors: dict[Stream, Cursor] = field(default_factory=dict)
    ripening: dict[Stream, Ripening] = field(default_factory=dict)
    parent_epoch: int = 0
    failures: int = 0
    turn: int = 0

    def held(self) -> dict[Stream, Held]:
        cursors = self.cursors
        return {
            stream: Held(log.base + len(log.events), cursors.get(stream, _NOWHERE), log.base + 1)
            for stream, log in self.logs.items()
        }

    def has(self) -> set[UUID]:
        """The tickets that stand here."""
        return {event.id for log in self.logs.values() for event in log.events if event.kind == "ticket.issued"}

    def _common(self) -> tuple[object, ...]:
        logs = {stream: log.copy() for stream, log in self.logs.items()}
        cursors, ripening = self.cursors.copy(), self.ripening.copy()
        return self.own, logs, cursors, ripening, self.parent_epoch, self.failures, self.turn


_NOWHERE = Cursor()


@dataclass(slots=True)
class KioskDisk(Disk):
    """A kiosk's store. It is to issue nothing while it ``awaits_series``."""

    series: str = ""
    awaits_series: bool = False
    day: date | None = None
    n: int = 0

    def copy(self) -> KioskDisk:
        return KioskDisk(*self._common(), self.series, self.awaits_series, self.day, self.n)  # type: ignore[arg-type]


@dataclass(slots=True)
class ServerDisk(Disk):
    """A server's store: the streams as they came, and what they tell.

    ``heard_at`` is when its parent last answered, by its own clock. ``turns`` are its children's last ones; ``given``
    the series of each life of a kiosk, ``lives`` the last life of each machine that was enrolled here. ``floor`` is the
    first series that no kiosk had, as far as is known: not all is where the store ``is_old``.
    """

    heard_at: int = 0
    turns: dict[str, int] = field(default_factory=dict)
    tickets: dict[UUID, Number] = field(default_factory=dict)
    numbers: dict[Number, UUID] = field(default_factory=dict)
    calls: set[UUID] = field(default_factory=set)
    rejected: set[UUID] = field(default_factory=set)
    given: dict[Stream, str] = field(default_factory=dict)
    lives: dict[str, int] = field(default_factory=dict)
    floor: int = 0
    is_old: bool = False

    def has(self) -> set[UUID]:
        return set(self.tickets)

    def copy(self) -> ServerDisk:
        return ServerDisk(
            *self._common(),  # type: ignore[arg-type]
            self.heard_at,
            self.turns.copy(),
            self.tickets.copy(),
            self.numbers.copy(),
            self.calls.copy(),
            self.rejected.copy(),
            self.given.copy(),
            self.lives.copy(),
            self.floor,
            self.is_old,
        )
