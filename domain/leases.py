"""Blocks of numbers that the centre leases, what a database that was put back may have forgotten, and the gaps.

Offices of an entity that wants one series of expedientes get their numbers from it in blocks, each of two days' need
and always two ahead, so that they number on while the centre is out of reach. What is here is pure; the tables are in
`server.store.blocks`, who leases and who takes in `server.filing.blocks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

BLOCKS = "blocks"
"""The down-flow scope by which an office asks for them."""

DAYS_IN_A_BLOCK = 2
BLOCKS_AHEAD = 2
SMALLEST_BLOCK = 20
LARGEST_BLOCK = 2_000
LATELY_DAYS = 14
"""An office's need is measured over so many days."""
TURN_OF_THE_YEAR = (12, 18)
"""From this month and day on an office holds blocks of the next year, too: the line may be cut over New Year."""


def block_size(used_a_day: Sequence[int]) -> int:
    """How many numbers make a block; ``used_a_day`` are those that the office used on its last days with any.

    By the busiest of these days, so that a block lasts two days in a busy week as well.
    """
    busiest = max(used_a_day, default=0)
    return min(max(SMALLEST_BLOCK, DAYS_IN_A_BLOCK * busiest), LARGEST_BLOCK)


def blocks_needed(free: int, size: int) -> int:
    """How many blocks of ``size`` an office gets that has ``free`` numbers left, those on their way included."""
    return max(0, ceil((BLOCKS_AHEAD * size - free) / size))


def lease_years(today: date) -> tuple[int, ...]:
    """The years of which an office holds blocks on that day."""
    is_late = (today.month, today.day) >= TURN_OF_THE_YEAR
    return (today.year, today.year + 1) if is_late else (today.year,)


# --- after a copy was put back ----------------------------------------------------------------------------------

PASSED_OVER_A_LIFE = 200
"""Numbers of an office's own that a life passes over: more than an office gives out between two nightly copies."""
LEAST_MARGIN = 1_000
MARGIN_DAYS = 28
"""No older copy is put back (`domain.sync.OLDEST_COPY_US`)."""


def lease_margin(leased_lately: int) -> int:
    """How many numbers a centre passes over that was put back; ``leased_lately`` are those of `MARGIN_DAYS`.

    What it leased after the copy was made it does not know, and twice what it leased in as long a time before is
    beyond it. The offices tell it again of what they hold; numbers of the margin that they have are then in no gap.
    """
    return max(LEAST_MARGIN, 2 * leased_lately)


class Former(msgspec.Struct, frozen=True):
    """What a database that was put back knows of the one whose place it took: where the node's own streams ended.

    ``upto`` is by the life. Of lives before ``since`` nothing is known. The restore writes it, if it could read the
    other; a disk that is gone says nothing.
    """

    since: int
    upto: dict[int, int]


def knows_all(former: Former | None, given_in: int, present: int, stored: Mapping[int, int]) -> bool:
    """Whether a node that is in life ``present`` knows every number that was given out since life ``given_in``.

    ``stored`` is how far its own streams are here, by the life. It does where it had what the former database had
    from the start, or was told it again from above: then no number can be in somebody's hands without its knowing.
    """
    if given_in == present:
        return True
    if former is None or given_in < former.since:
        return False
    return all(stored.get(life, 0) >= upto for life, upto in former.upto.items())


# --- gaps -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that nobody has, ``first`` and ``last`` included. ``reason`` is empty where nothing explains it."""

    first: int
    last: int
    reason: str

    @property
    def size(self) -> int:
        """How many."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Passed:
    """Numbers that were passed over, and why; some may have turned up since."""

    first: int
    last: int
    reason: str


def explained(unused: Iterable[tuple[int, int]], passed: Iterable[Passed]) -> list[Gap]:
    """Each stretch of ``unused`` numbers, in order, cut where its reason changes.

    Where two reasons hold, the one that was said for the earlier first number stands.
    """
    reasons = sorted(passed, key=lambda one: (one.first, one.last))
    return [gap for first, last in sorted(unused) for gap in _cut(first, last, reasons)]


def _cut(first: int, last: int, reasons: Sequence[Passed]) -> Iterator[Gap]:
    at = first
    for one in reasons:
        if one.last < at or one.first > last:
            continue
        if one.first > at:
            yield Gap(at, one.first - 1, "")
        begin, at = max(at, one.first), min(last, one.last) + 1
        yield Gap(begin, at - 1, one.reason)
    if at <= last:
        yield Gap(at, last, "")


def within(stretches: Iterable[tuple[int, int]], others: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of ``stretches`` that lie in one of ``others``, in order; numbers that are in two are told once."""
    parts = {
        (max(first, begin), min(last, end))
        for first, last in stretches
        for begin, end in others
        if first <= end and begin <= last
    }
    merged: list[tuple[int, int]] = []
    for first, last in sorted(parts):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
