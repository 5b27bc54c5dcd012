"""What an office's past days tell of its visits: how long they take, who goes before the others, when clerks pause."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from domain.clock import Micros, in_lima

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PAUSE = ""
"""The service of a `Stay` or `Attention` that is a counter's pause."""
FEWEST_STAYS = 30
"""With fewer visits behind it an office has no history; the pace of the last calls tells more (`domain.queue`)."""
LONGEST_STAY_S = 60 * 60.0
"""A longer stay counts as one hour: most are attentions that somebody forgot to end."""
BETWEEN_CALLS_S = 3 * 60.0
"""What a clerk does between two visitors belongs to the first one's stay; if it takes longer, nobody was waiting."""
SERVICE_WEIGHT = 25
"""An hour of a service leans on the whole service as if so many stays had been like it: hours differ little."""
OFFICE_WEIGHT = 5
"""The same of a service within its office: services differ much."""
HOUR_US = 3600 * 1_000_000
"""Lima's hours begin with those of the world's clock."""


@dataclass(frozen=True, slots=True)
class Stay:
    """How long one turn kept a counter busy, in ``seconds`` from its call; ``hour`` (0 to 23, Lima) is the call's.

    A counter's pause is one, too (`PAUSE`), from its beginning until the counter is open again.
    """

    service: str
    hour: int
    seconds: float

    @classmethod
    def between(cls, service: str, called: Micros, ended: Micros, next_call: Micros | None = None) -> Stay:
        """A stay from the office's log: until the counter's ``next_call`` if that came soon after, else to its end.

        ``ended`` is the end of the attention, or when the turn was marked absent. ``next_call`` is None when the
        counter called nobody after it.
        """
        until = ended
        if next_call is not None and 0 <= next_call - ended <= BETWEEN_CALLS_S * 1_000_000:
            until = next_call
        return cls(service, in_lima(called).hour, max(0.0, (until - called) / 1_000_000))


class Usual(NamedTuple):
    """What is known of stays: of how many, their mean in seconds and their variance."""

    n: int
    mean: float
    variance: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Usual:
        """Of none at all, nothing."""
        if not seconds:
            return cls(0, 0.0, 0.0)
        mean = sum(seconds) / len(seconds)
        return cls(len(seconds), mean, sum((stay - mean) ** 2 for stay in seconds) / len(seconds))

    def leaning(self, on: Usual, weight: int) -> Usual:
        """Drawn towards ``on``, as if ``weight`` more stays had been like those."""
        own = self.n / (self.n + weight)
        return Usual(self.n, own * self.mean + (1 - own) * on.mean, own * self.variance + (1 - own) * on.variance)


NOTHING = Usual(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class History:
    """What an office's past days tell: how long visits take, who goes before the others, how often clerks pause."""

    stays: Mapping[tuple[str, int], Usual] = field(default_factory=dict)
    services: Mapping[str, Usual] = field(default_factory=dict)
    office: Usual = NOTHING
    preferential: Mapping[tuple[str, int], float] = field(default_factory=dict)
    """Preferential turns a minute, by service and hour of issue."""
    pauses: Mapping[int, float] = field(default_factory=dict)
    """Pauses a second that one counter is open, by hour."""

    @classmethod
    def of(
        cls,
        stays: Iterable[Stay],
        preferential: Iterable[tuple[str, int]] = (),
        shifts: Iterable[tuple[Micros, Micros]] = (),
        days: int = 1,
    ) -> History:
        """Summed up once, from ``days`` past days.

        Args:
            stays: Every turn that was called, and every pause.
            preferential: Service and hour (0 to 23, Lima) of the issue of each preferential turn.
            shifts: From when until when a counter was open, pauses not counted, each time at each counter. Without
                them counters count as open only while somebody was there, so that in a quiet office clerks seem to
                pause more often than they do.
            days: How many days these are of, those on which nobody came among them; at least one.
        """
        by_hour: dict[tuple[str, int], list[float]] = defaultdict(list)
        by_service: dict[str, list[float]] = defaultdict(list)
        busy: Counter[int] = Counter()
        for stay in stays:
            by_hour[stay.service, stay.hour].append(min(stay.seconds, LONGEST_STAY_S))
        for (service, hour), seconds in by_hour.items():
            by_service[service] += seconds
            busy[hour] += 0 if service == PAUSE else ceil(sum(seconds))
        opened = _by_hour(shifts)
        return cls(
            stays={key: Usual.of(seconds) for key, seconds in by_hour.items()},
            services={service: Usual.of(seconds) for service, seconds in by_service.items()},
            office=Usual.of([stay for service, seconds in by_service.items() if service != PAUSE for stay in seconds]),
            preferential={key: n / (60 * max(days, 1)) for key, n in Counter(preferential).items()},
            pauses={
                hour: len(seconds) / max(opened.get(hour, 0.0), busy[hour], 1)
                for (service, hour), seconds in by_hour.items()
                if service == PAUSE
            },
        )

    @property
    def enough(self) -> bool:
        """Whether it tells anything; else the pace of the last calls tells more (`domain.queue.wait_minutes`)."""
        return self.office.n >= FEWEST_STAYS

    def stay(self, service: str, hour: int) -> Usual:
        """What a visit for ``service`` that is called at that ``hour`` takes.

        The mean of few visits is luck, so each hour leans on its service and each service on its office, the more the
        fewer visits it has of its own (shrinkage): without any it is theirs, and with each one less so, without a jump.
        """
        within = self.services.get(service, NOTHING).leaning(self.office, OFFICE_WEIGHT)
        return self.stays.get((service, hour), NOTHING).leaning(within, SERVICE_WEIGHT)


def _by_hour(shifts: Iterable[tuple[Micros, Micros]]) -> dict[int, float]:
    """The seconds of all ``shifts`` in each hour of the day."""
    seconds: dict[int, float] = defaultdict(float)
    for start, end in shifts:
        at: int = start
        while at < end:
            until = min(end, (at // HOUR_US + 1) * HOUR_US)
            seconds[in_lima(Micros(at)).hour] += (until - at) / 1_000_000
            at = until
    return seconds
