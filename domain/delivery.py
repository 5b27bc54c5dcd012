"""What goes out of the office by itself: when it is tried again, and when a person has to see to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from domain.clock import Micros

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE_US = 60 * 1_000_000
FIRST_WAIT_US = _MINUTE_US
LONGEST_WAIT_US = 6 * 60 * _MINUTE_US
GIVEN_UP_AFTER_US = 3 * 24 * 60 * _MINUTE_US
"""A weekend without a line must lose nothing; after that the word comes too late to be of use."""
LEASE_US = 5 * _MINUTE_US
"""So long one process has to deliver what it took; then it is taken for dead."""


class Channel(Enum):
    """By which way."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


class DeliveryState(Enum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    """Handed to a carrier; after `LEASE_US` without a word it is tried again."""
    SENT = "sent"
    REFUSED = "refused"
    """The other side will never take it."""
    GIVEN_UP = "given_up"


class Occasion(Enum):
    """On which a citizen is told."""

    RECEIVED = "received"
    OBSERVED = "observed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has taken it."""


@dataclass(frozen=True, slots=True)
class Later:
    """It was not taken now, for a reason that may pass."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken."""

    reason: str


Outcome = Delivered | Later | Refused


def next_try(created_at: Micros, attempts: int, now: Micros, chance: Callable[[], float]) -> Micros | None:
    """When to try again after ``attempts`` in vain; None when it is to be given up.

    The wait doubles from a minute to six hours, and ``chance`` (0 to 1) spreads it over its second half, so that what
    failed together does not come back together.
    """
    if now - created_at >= GIVEN_UP_AFTER_US:
        return None
    wait = min(FIRST_WAIT_US << min(attempts - 1, 16), LONGEST_WAIT_US) if attempts > 0 else 0
    return Micros(now + wait // 2 + int(wait / 2 * chance()))
