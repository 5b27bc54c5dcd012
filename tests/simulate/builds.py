"""The build that is simulated: ours, whose rules are `domain.sync`'s, or one that was broken on purpose.

Nodes ask the build for every rule, so a broken one differs in one function or one habit and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from domain import sync, tickets
from domain.sync import Cursor, Held, Taken, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from domain.clock import Micros
    from domain.messages import Event, ExchangeRequest, ExchangeResponse, Stream


@dataclass(frozen=True, slots=True)
class Build:
    """Rules, and the habits of the programs around them."""

    name: str = "ours"
    judge: Callable[..., Verdict] = sync.judge
    take: Callable[..., Taken] = sync.take
    ripened: Callable[..., sync.Ripening] = sync.ripened
    stored_at_top: Callable[..., int] = sync.stored_at_top
    is_forgotten_life: Callable[[int, int], bool] = sync.is_forgotten_life
    retry_delay_s: Callable[[int, float], float] = sync.retry_delay_s
    business_day: Callable[[date | None, Micros], date] = tickets.business_day
    syncs_at_commit: bool = True
    """Whether what is committed survives the power cut that comes next."""
    commits_before_ack: bool = True
    restores_open_a_life: bool = True
    new_disk_new_series: bool = True
    keeps_ids: bool = True
    """Whether the ids of deleted events are kept, to be compared with what comes from an older copy."""
    waits_for_a_refill: bool = True
    """Whether a child whose parent wants deleted events waits until that has them from above."""
    believes_only_its_answer: bool = True
    """Whether a child listens only to the answer to the request in flight."""


OURS = Build()


def _any_order(upto: int, events: Sequence[Event], stored_id: Callable[[int], UUID | None]) -> Verdict:
    """No contiguity check: whatever is later than what is here is new."""
    del stored_id
    fresh = tuple(event for event in events if event.seq > upto)
    return Verdict(fresh, max([upto, *(event.seq for event in fresh)]))


def _blind(upto: int, events: Sequence[Event], stored_id: Callable[[int], UUID | None]) -> Verdict:
    """No fork check: a number that is known is taken for the event that is known."""
    del stored_id
    return sync.judge(upto, events, lambda _seq: None)


def _purged_by_upto(before: sync.Ripening, cursor: Cursor, now: Micros) -> sync.Ripening:
    return sync.ripened(before, replace(cursor, central_upto=cursor.upto), now)


def _purged_by_age(before: sync.Ripening, cursor: Cursor, now: Micros) -> sync.Ripening:
    """Counts a month from when the events happened: here, from the last time that anything was safe."""
    del before
    return sync.Ripening(cursor.central_upto, cursor.central_upto, now)


def _only_forward(
    known_epoch: int, held: Mapping[Stream, Held], response: ExchangeResponse, *, request: ExchangeRequest
) -> Taken:
    taken = sync.take(known_epoch, held, response, request=request)
    moved = {stream: cursor for stream, cursor in taken.moved.items() if cursor.upto >= held[stream].cursor.upto}
    return replace(taken, moved=moved)


def _former_believed(
    known_epoch: int, held: Mapping[Stream, Held], response: ExchangeResponse, *, request: ExchangeRequest
) -> Taken:
    return sync.take(min(known_epoch, response.parent_epoch), held, response, request=request)


def _believed_uncompared(
    known_epoch: int, held: Mapping[Stream, Held], response: ExchangeResponse, *, request: ExchangeRequest
) -> Taken:
    """Believes what a parent says that it has, events too that it was not shown."""
    taken = sync.take(known_epoch, held, response, request=request)
    if taken.take_stock:
        return taken
    said = {ack.stream: ack for ack in response.acks if ack.stream in held and not ack.fork}
    moved = {
        stream: Cursor(min(ack.upto, held[stream].last), min(ack.central_upto, held[stream].last))
        for stream, ack in said.items()
    }
    return replace(taken, moved=taken.moved | moved)


def _everything_carried(
    known_epoch: int, held: Mapping[Stream, Held], response: ExchangeResponse, *, request: ExchangeRequest
) -> Taken:
    """After a fork, all goes to the new life that the parent had not acknowledged before."""
    taken = sync.take(known_epoch, held, response, request=request)
    return replace(taken, moved={stream: at for stream, at in taken.moved.items() if stream not in taken.forked})


BROKEN: dict[str, dict[str, Any]] = {
    "no epoch at a restore": {"restores_open_a_life": False},
    "no contiguity check": {"judge": _any_order},
    "no fork check": {"judge": _blind},
    "ack before commit": {"commits_before_ack": False},
    "no fsync": {"syncs_at_commit": False},
    "purge on upto": {"ripened": _purged_by_upto},
    "purge at once": {"ripened": _purged_by_age},
    "an old word of the top is passed on": {
        "stored_at_top": lambda upto, above, _silent: sync.stored_at_top(upto, above)
    },
    "cursor only forward": {"take": _only_forward},
    "late answers of a former life believed": {"take": _former_believed, "believes_only_its_answer": False},
    "believed beyond what was compared": {"take": _believed_uncompared},
    "a fork carries all that was not acknowledged": {"take": _everything_carried},
    "a forgotten life is not noticed": {"is_forgotten_life": lambda _epoch, _told: False},
    "ids deleted with their events": {"keeps_ids": False},
    "series reused after a disk loss": {"new_disk_new_series": False},
    "deleted events are not waited for": {"waits_for_a_refill": False},
    "the day follows the clock": {"business_day": lambda _last, now: tickets.business_day(None, now)},
    "delay without a bound": {"retry_delay_s": lambda failures, jitter: 2.0**failures * (1 + jitter)},
}
"""What must not pass: each is ours but for one thing."""


def broken(name: str) -> Build:
    """The build that is broken so."""
    return Build(name=name, **BROKEN[name])
