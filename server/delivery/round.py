"""Carries what is due, one after the other, for as long as the server runs.

A delivery is taken in a transaction of its own before anything goes out, and ended in another after the other side's
answer. A process that dies in between leaves it taken; after the lease it is carried again under the same id, by which
whoever got it twice can tell.
"""

from __future__ import annotations

import logging
import random
import threading
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError

from domain.delivery import Delivered, DeliveryState, Later, Outcome, Refused, next_try
from server.faults import Refusal
from server.store.deliveries import end_delivery, next_due, take_due

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Engine

    from domain.clock import Clock, Micros
    from domain.delivery import Channel
    from server.store.deliveries import Delivery
    from server.store.writer import Transaction, Writer

_log = logging.getLogger(__name__)

LONGEST_REST_S = 30.0
_STOP_S = 40.0


class Carrier(Protocol):
    """One way out. Each step of its talk has a time-out; what it takes longer than a lease may be sent twice."""

    def carry(self, delivery: Delivery) -> Outcome:
        """Hands it over."""


class Carriers:
    """Takes what is due to whoever carries it; what goes by a way that is not set up waits.

    Each way has one of its own, so that a system that does not answer keeps no citizen waiting for a message.

    Its thread starts and stops with the server.
    """

    def __init__(self, carriers: Mapping[Channel, Carrier], *, clock: Clock, writer: Writer, read: Engine) -> None:
        self._carriers = carriers
        self._clock = clock
        self._writer = writer
        self._read = read
        self._awake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins."""
        self._thread = threading.Thread(target=self._run, name="carriers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after what is just being carried, or when its patience is over."""
        self._stopping = True
        self._awake.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def wake(self) -> None:
        """Something may be due now."""
        self._awake.set()

    def go_round(self) -> int:
        """Carries all that is due now; returns how many."""
        carried = 0
        while not self._stopping and (taken := self._writer.do(self._take)) is not None:
            self._carry(taken)
            carried += 1
        return carried

    def _take(self, transaction: Transaction) -> Delivery | None:
        return take_due(transaction.connection, self._clock.now(), self._carriers)

    def _carry(self, taken: Delivery) -> None:
        try:
            outcome = self._carriers[taken.channel].carry(taken)
        except Exception as error:  # noqa: BLE001 one message that nobody foresaw must not end all others
            outcome = Later(type(error).__name__)
        attempts = taken.attempts + 1
        if not isinstance(outcome, Delivered):  # never the address
            _log.warning(
                "delivery.failed channel=%s id=%s attempt=%d reason=%s",
                taken.channel.value,
                taken.id,
                attempts,
                outcome.reason,
            )
        self._writer.do(lambda transaction: self._end(transaction, taken, outcome, attempts))

    def _end(self, transaction: Transaction, taken: Delivery, outcome: Outcome, attempts: int) -> None:
        now, due_at = self._clock.now(), None
        match outcome:
            case Delivered():
                state, reason = DeliveryState.SENT, ""
            case Refused(reason):
                state = DeliveryState.REFUSED
            case Later(reason):
                due_at = next_try(taken.created_at, attempts, now, random.random)
                state = DeliveryState.GIVEN_UP if due_at is None else DeliveryState.QUEUED
        end_delivery(transaction.connection, taken.id, state, now, due_at=due_at, reason=reason)

    def _run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                self.go_round()
                rest_s = self._rest_s()
            except (SQLAlchemyError, Refusal):  # away or busy for a moment: that must not end it for good
                _log.exception("delivery.round_failed")
                rest_s = LONGEST_REST_S
            self._awake.wait(rest_s)

    def _rest_s(self) -> float:
        with self._read.connect() as connection:
            due: Micros | None = next_due(connection, self._carriers)
        return LONGEST_REST_S if due is None else min(max((due - self._clock.now()) / 1e6, 0.05), LONGEST_REST_S)


def name_of(id_: UUID, host: str) -> str:
    """The message's name for ever, by which one that comes twice is known for the same (RFC 5322 3.6.4)."""
    return f"<{id_}@{host}>"
