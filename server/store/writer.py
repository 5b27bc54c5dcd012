"""The one writer of a process: merges what arrives while it commits into the next commit.

A commit costs a sync of the disk, whatever is in it; one for all who wait is five to ten times cheaper than one
each. On SQLite it is also the only fair way: connections that compete for the file's lock starve one another.
"""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError

from server.faults import Refusal
from server.store.dialect import notify
from server.store.versions import bump

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Engine

LARGEST_GROUP = 1024
"""Events and acts in one commit, so that a clerk who calls does not wait behind many kiosks' long backlogs."""
LONGEST_QUEUE = 1000
"""Beyond this the server is hopelessly behind, and says so rather than letting requests time out."""

_log = logging.getLogger(__name__)
_I = TypeVar("_I")
_T = TypeVar("_T")


@dataclass(slots=True)
class Transaction:
    """What a unit of work writes with. ``touch`` names the topics whose watchers must hear of it."""

    connection: Connection
    touched: set[str] = field(default_factory=set)

    def touch(self, *topics: str) -> None:
        """Marks ``topics`` as changed by this unit."""
        self.touched.update(topics)


_ALONE = object()


@dataclass(slots=True, eq=False)
class _Unit:
    work: Callable[..., Any]
    done: Future[Any]
    item: Any = _ALONE
    """What is given to ``work`` together with other units' items."""
    weight: int = 1
    result: Any = None
    error: Exception | None = None

    def attempt(self, connection: Connection) -> set[str]:
        """Runs in a savepoint of its own; returns the topics touched. What undid it is kept in ``error``.

        Raises:
            DBAPIError: the connection is gone, and with it everybody's work.
        """
        transaction = Transaction(connection)
        self.error = None
        try:
            with connection.begin_nested():
                self.result = self.work(transaction) if self.item is _ALONE else self.work(transaction, [self.item])[0]
        except Exception as error:  # it is handed to whoever submitted the unit
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            self.error = error
            return set()
        return transaction.touched

    def answer(self) -> None:
        """Tells whoever waits."""
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


def _attempt(units: Sequence[_Unit], connection: Connection) -> set[str]:
    """Attempts units in their order, those together that are next to each other and can be; the topics touched."""
    touched: set[str] = set()
    for _, alike in groupby(units, key=lambda unit: unit if unit.item is _ALONE else unit.work):
        several = list(alike)
        touched |= several[0].attempt(connection) if len(several) == 1 else _attempt_together(several, connection)
    return touched


def _attempt_together(units: Sequence[_Unit], connection: Connection) -> set[str]:
    transaction = Transaction(connection)
    try:
        with connection.begin_nested():
            results = units[0].work(transaction, [unit.item for unit in units])
    except Exception as error:  # it is one of them; which one shows when each is done by itself
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        return set().union(*(unit.attempt(connection) for unit in units))
    for unit, result in zip(units, results, strict=True):
        unit.result, unit.error = result, None
    return transaction.touched


class Writer:
    """Runs units of work, each all or nothing, in commits that they share.

    A unit must be able to run twice: one that the database refused (a deadlock, a race on a constraint, a lost
    connection) is tried once more, alone. A unit's own exception undoes that unit only and goes to its future.
    """

    def __init__(self, engine: Engine, publish: Callable[[Mapping[str, int]], None]) -> None:
        self._engine = engine
        self._publish = publish
        self._units: queue.Queue[_Unit | None] = queue.Queue(LONGEST_QUEUE)
        self._closing = False
        self._door = threading.Lock()  # nothing comes in between the last word and the end
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes what is queued, refuses the rest, and returns when the last commit is done."""
        with self._door:
            first, self._closing = not self._closing, True
        if first:
            self._units.put(None)  # behind every unit ever accepted, so none is left without an answer
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether there is somebody to do the work."""
        return self._thread.is_alive()

    @property
    def backoff_ms(self) -> int:
        """How long children should hold back: 0 up to half a queue, then from 1 s to 5 s at a full one."""
        beyond_half = self._units.qsize() / LONGEST_QUEUE - 0.5
        return round(1000 + 8000 * beyond_half) if beyond_half > 0 else 0

    def submit(self, work: Callable[[Transaction], _T]) -> Future[_T]:
        """Queues ``work``; the future is done after the commit that holds it.

        Raises:
            Refusal: 503, the server is stopping or too far behind.
        """
        return self._queue(_Unit(work, Future()))

    def submit_together(
        self, work: Callable[[Transaction, Sequence[_I]], Sequence[_T]], item: _I, weight: int = 1
    ) -> Future[_T]:
        """Queues ``item`` for ``work``, which is given those that wait next to each other at once, in their order.

        ``work`` answers one result an item. Where it raises, each item is given to it by itself. ``weight`` counts the
        events in ``item`` (see `LARGEST_GROUP`).

        Raises:
            Refusal: 503, the server is stopping or too far behind.
        """
        return self._queue(_Unit(work, Future(), item, weight=weight))

    def _queue(self, unit: _Unit) -> Future[Any]:
        with self._door:
            if self._closing:
                raise Refusal(503, "stopping")
            try:
                self._units.put_nowait(unit)
            except queue.Full:
                raise Refusal(503, "busy") from None
        return unit.done

    def do(self, work: Callable[[Transaction], _T]) -> _T:
        """`submit` for a thread that waits."""
        return self.submit(work).result()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._next_group()
            wanted = [unit for unit in group if unit.done.set_running_or_notify_cancel()]
            if wanted:
                for unit in self._commit(wanted, last_try=False):
                    self._commit([unit], last_try=True)

    def _next_group(self) -> tuple[list[_Unit], bool]:
        """Waits for a unit and takes those that arrived with it; True after the last one ever."""
        unit = self._units.get()
        group: list[_Unit] = []
        weight = 0
        while unit is not None:
            group.append(unit)
            weight += unit.weight
            if weight >= LARGEST_GROUP:
                return group, False
            try:
                unit = self._units.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, units: list[_Unit], *, last_try: bool) -> list[_Unit]:
        """Commits ``units`` together and answers them; returns those to be tried again alone."""
        versions: dict[str, int] = {}
        try:
            with self._engine.begin() as connection:
                versions = bump(connection, _attempt(units, connection))
                notify(connection, versions)
        except Exception as error:  # noqa: BLE001 all work is undone and nobody told yet; this thread must live on
            _log.warning("store.commit_failed kind=%s units=%d last_try=%s", type(error).__name__, len(units), last_try)
            if not last_try:
                return units
            versions = {}
            for unit in units:
                unit.error = unit.error or error
        again = [] if last_try else [unit for unit in units if isinstance(unit.error, DBAPIError)]
        if versions:
            self._publish(versions)
        for unit in units:
            if unit not in again:
                unit.answer()
        return again
