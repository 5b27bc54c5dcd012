"""What of an office's filings needs somebody: to be handed over today, to be answered, to be looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.deadlines import Alert, Horizon
from domain.filings import FilingStatus
from server.filing.units import WITH_RECEPTION
from server.store import filings
from server.store.versions import filing_topic, office_topic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Engine

    from domain.clock import Clock, Micros
    from server.filing.office import Filings
    from server.hub import Hub

AWAITED = tuple(status for status in FilingStatus if not status.is_over)


@dataclass(frozen=True, slots=True)
class AtReception:
    """A filing that reception has still. ``unit`` is the name of where it goes; empty where that has to be chosen."""

    expediente: str
    unit: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What needs somebody, as of ``at``: what is done to all of it is done to nothing that came later."""

    at: Micros
    to_forward: tuple[AtReception, ...]
    alerts: Mapping[Alert, int]
    """How many there are of each; those of which there are none are not there."""

    @property
    def can_go(self) -> bool:
        """Whether any of those at reception has a unit to go to."""
        return any(one.unit for one in self.to_forward)


class Deadlines:
    """Read again only when a filing or the office changed, or another day began: every desk shows it all the time."""

    def __init__(self, *, office_filings: Filings, clock: Clock, hub: Hub, read: Engine) -> None:
        self._filings = office_filings
        self._clock = clock
        self._hub = hub
        self._read = read
        self._memory: dict[str, tuple[tuple[int, int, date], Pending]] = {}

    def of(self, office: str) -> Pending:
        """What of that office's filings needs somebody now."""
        now = self._clock.now()
        today = in_lima(now).date()
        key = (self._hub.version(filing_topic(office)), self._hub.version(office_topic(office)), today)
        memory = self._memory.get(office)
        if memory is None or memory[0] != key:
            memory = self._memory[office] = (key, self._now(office, now))
        return memory[1]

    def _now(self, office: str, now: Micros) -> Pending:
        horizon = Horizon.on(in_lima(now).date(), self._filings.calendar(office))
        rules = self._filings.rules(office)
        with self._read.connect() as connection:
            awaited = filings.awaited(connection, office, AWAITED)
        alerts = Counter(
            alert
            for one in awaited
            if (
                alert := horizon.alert(
                    one.status,
                    due_on=one.due_on,
                    correct_until=one.correct_until,
                    changed_on=in_lima(one.changed_at).date(),
                )
            )
        )
        names = {unit.code: unit.name for unit in rules.units}
        at_reception = tuple(
            AtReception(one.expediente, names.get(one.unit, "")) for one in awaited if one.status in WITH_RECEPTION
        )
        return Pending(now, at_reception, alerts)
