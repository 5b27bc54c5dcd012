"""What this kiosk gives out numbers under: the enrolment's series, until a new life of its store needs another.

A series is good for one life. A store that was put back to an earlier day begins a new life as soon as it notices
(`kiosk.book`); which numbers its former self had put into people's hands by then, nobody here knows. So no turn is
given until the server has told of a series that nobody ever had.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from domain.messages import SeriesGiven, from_json, to_json
from kiosk.store.database import StoreError
from kiosk.store.settings import SERIES, keep, text

if TYPE_CHECKING:
    import sqlite_utils

    from domain.messages import Enrolment
    from kiosk.store.database import Database

_LIFE = "SELECT max(epoch) AS epoch FROM stream"


class NoSeriesError(StoreError):
    """The store began a new life, and the server has not yet told of a series for it; nothing was given out."""

    def __init__(self) -> None:
        super().__init__("el kiosco espera del servidor una serie nueva")


class _Kept(msgspec.Struct, frozen=True):
    """A series that was told, and the enrolment whose series it took the place of."""

    instead_of: bytes
    given: SeriesGiven


class SeriesRecord:
    """The series as it is known: the enrolment's, until the server tells of a later one, which a restart remembers."""

    def __init__(self, enrolment: Enrolment, database: Database) -> None:
        """A machine that is enrolled anew begins with its enrolment's."""
        self._instead_of = hashlib.sha256(
            to_json((enrolment.kiosk, enrolment.server_key, enrolment.epoch, enrolment.series))
        ).digest()
        self._database = database
        enrolled = SeriesGiven(enrolment.epoch, enrolment.series, enrolment.kiosk_no, enrolment.credential)
        self.now = self._kept() or enrolled
        """The last that is known."""

    @property
    def is_due(self) -> bool:
        """Whether one is waited for, so that no turn can be given. Raises: StoreUnusableError, the disk fails."""
        return not self._is_for(int(self._database.value(_LIFE) or 0))

    def needed(self, tables: sqlite_utils.Database) -> SeriesGiven:
        """What the next number is given out under, inside the transaction that gives it out.

        Raises:
            NoSeriesError: none is known yet for the present life.
        """
        if not self._is_for(int(next(tables.query(_LIFE))["epoch"] or 0)):
            raise NoSeriesError
        return self.now

    def change(self, given: SeriesGiven) -> bool:
        """Takes what the server told; whether it is a later one than was known.

        Raises:
            StoreUnusableError: it cannot be remembered, so it is not taken either.
        """
        if given.epoch <= self.now.epoch:
            return False
        with self._database.immediate() as tables:
            keep(tables, SERIES, to_json(_Kept(self._instead_of, given)).decode())
        self.now = given
        return True

    def _is_for(self, life: int) -> bool:
        return self.now.epoch >= life

    def _kept(self) -> SeriesGiven | None:
        try:
            kept = from_json(text(self._database, SERIES).encode(), _Kept)
        except msgspec.DecodeError:  # none yet
            return None
        return kept.given if kept.instead_of == self._instead_of else None
