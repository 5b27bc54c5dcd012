"""What is done when the server has just answered: remembering that it did, forgetting what nobody needs any more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kiosk.store.database import StoreError
from kiosk.store.purge import purge_some, ripen
from kiosk.store.settings import LAST_CONTACT, keep

if TYPE_CHECKING:
    from domain.clock import Clock
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)

_CONTACT_EVERY_S = 60.0
_PURGE_EVERY_S = 3600.0


class Housekeeping:
    """`exchanged` is called in the sync's thread after each exchange, when the clock has just been compared."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock) -> None:
        """Does nothing yet."""
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._note_from_s = self._purge_from_s = clock.monotonic_s()

    def exchanged(self) -> None:
        """Notes the contact once a minute; purges once an hour, a little each time while nothing is to be sent.

        Never raises: a disk that is full must not stop what is on its way to the server.
        """
        try:
            self._note_contact()
            self._purge()
        except StoreError as error:
            log.warning("store.not_kept_house why=%s", error)

    def _note_contact(self) -> None:
        if self._clock.monotonic_s() < self._note_from_s:
            return
        with self._database.immediate() as tables:
            keep(tables, LAST_CONTACT, self._clock.now())
        self._note_from_s = self._clock.monotonic_s() + _CONTACT_EVERY_S

    def _purge(self) -> None:
        if self._clock.monotonic_s() < self._purge_from_s or self._outbox.backlog:
            return
        held, now = self._outbox.held(), self._clock.now()
        if not purge_some(self._database, held, ripen(self._database, held, now), now):
            self._purge_from_s = self._clock.monotonic_s() + _PURGE_EVERY_S
