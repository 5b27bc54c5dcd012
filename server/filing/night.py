"""The clock's own step: what was not corrected in time ends by itself (art. 125.4)."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from domain.clock import in_lima

if TYPE_CHECKING:
    from domain.clock import Clock, Micros
    from server.filing.office import Filings

HOUR_S = 3600.0
AFTER_MIDNIGHT = timedelta(minutes=1)
"""So long after the day has changed in Lima; a clock that is put right by seconds does no harm."""
SOON_S = 60.0
"""How long after it could not be done it is tried again."""

_log = logging.getLogger(__name__)


def seconds_to_next(now: Micros) -> float:
    """How long until it is looked again: an hour, or until just after midnight in Lima if that comes first."""
    moment = in_lima(now)
    midnight = datetime.combine(moment.date() + timedelta(1), time(0), moment.tzinfo)
    return min(HOUR_S, (midnight + AFTER_MIDNIGHT - moment).total_seconds())


class Night:
    """A thread that ends what lapsed: when the server starts, every hour and just after midnight.

    Each worker process has one. They do not wait for each other: whoever comes first takes the rows, and everybody
    else passes over them.
    """

    def __init__(self, *, filings: Filings, clock: Clock) -> None:
        self._filings = filings
        self._clock = clock
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins, at once with a look."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, name="night", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends; waits for a look that is under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def look(self) -> float:
        """Ends what lapsed by now; returns after how many seconds to look again. Never raises."""
        try:
            ended = self._filings.lapse()
        except Exception as error:  # noqa: BLE001 whatever it is, the next look finds the same
            _log.warning("filing.lapse_failed why=%s", type(error).__name__)
            return SOON_S
        if ended:
            _log.info("filing.lapsed n=%d", ended)
        return seconds_to_next(self._clock.now())

    def _run(self) -> None:
        wait = self.look()
        while not self._stopped.wait(wait):
            wait = self.look()
