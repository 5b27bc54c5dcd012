"""What the server tells: how many wait, here and elsewhere, how the office is set up now, and what it orders."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

import msgspec

from domain.messages import KioskOrders, QueueSnapshot, SeriesGiven, from_json, to_json
from domain.office import Office
from kiosk.flow import events as happened
from kiosk.store.database import StoreUnusableError
from kiosk.store.settings import OFFICE, ORDERS, keep, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.series import SeriesRecord
    from kiosk.store.database import Database

log = logging.getLogger(__name__)


class _Kept(msgspec.Struct, frozen=True):
    """An office that was told, and the enrolment's that it took the place of."""

    instead_of: bytes
    office: Office


class OfficeRecord:
    """The office as it is known: the enrolment's, until the server tells of another, which a restart remembers.

    A machine that is enrolled anew begins with its enrolment's.
    """

    def __init__(self, enrolled: Office, database: Database) -> None:
        self._enrolled = enrolled
        self._instead_of = hashlib.sha256(to_json(enrolled)).digest()
        self._database = database
        self.now = self._kept() or enrolled
        """The last that is known."""

    def change(self, office: Office) -> bool:
        """Takes what the server told; whether it is another one. A full disk only forgets it with the program."""
        if office.id != self._enrolled.id:
            log.error("office.not_ours")
            return False
        if office == self.now:
            return False
        self.now = office
        try:
            with self._database.immediate() as tables:
                keep(tables, OFFICE, to_json(_Kept(self._instead_of, office)).decode())
        except StoreUnusableError as error:
            log.warning("office.not_kept why=%s", error)
        return True

    def _kept(self) -> Office | None:
        try:
            kept = from_json(text(self._database, OFFICE).encode(), _Kept)
        except msgspec.DecodeError:  # none yet, or of a later version
            return None
        ours = kept.instead_of == self._instead_of and kept.office.id == self._enrolled.id
        return kept.office if ours else None


NO_ORDERS = KioskOrders(out_of_service=False, message="", version=0)


class OrdersRecord:
    """What the office last told this machine to do; a restart without a network remembers it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.now = read_orders(database)
        """The last that is known."""

    def change(self, orders: KioskOrders) -> bool:
        """Takes what the server told; whether it is another thing. A full disk only forgets it with the program."""
        is_new = orders != self.now
        self.now = orders
        if is_new:
            try:
                with self._database.immediate() as tables:
                    keep(tables, ORDERS, to_json(orders).decode())
            except StoreUnusableError as error:
                log.warning("orders.not_kept why=%s", error)
        return is_new


def read_orders(database: Database) -> KioskOrders:
    """What the office last told this machine to do."""
    try:
        return from_json(text(database, ORDERS).encode(), KioskOrders)
    except msgspec.DecodeError:  # none yet, or of a later version
        return NO_ORDERS


class News:
    """Hears the server, in the sync's thread, and posts it to the visit's."""

    scopes = ("queue", "office", "series", "kiosk")

    def __init__(
        self,
        post: Callable[[happened.Event], None],
        office: OfficeRecord,
        series: SeriesRecord,
        orders: OrdersRecord,
    ) -> None:
        """``post`` may be called from any thread."""
        self._post = post
        self._office = office
        self._series = series
        self._orders = orders

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        """The last version of one fact.

        Raises:
            msgspec.DecodeError: it is of another shape.
        """
        match scope:
            case "queue":
                queue = from_json(item, QueueSnapshot)
                self._post(happened.QueueHeard(queue.waiting, queue.preferential, queue.minutes, queue.office))
            case "office":
                office = from_json(item, Office)
                if self._office.change(office):
                    log.info("office.changed")
                    self._post(happened.OfficeChanged(office))
            case "kiosk":
                self._heard_orders(from_json(item, KioskOrders))
            case _:
                self._heard_series(from_json(item, SeriesGiven))

    def _heard_orders(self, orders: KioskOrders) -> None:
        if self._orders.change(orders):
            log.warning("orders.changed version=%d out_of_service=%s", orders.version, orders.out_of_service)
            self._post(happened.Ordered(orders.out_of_service, orders.message))

    def _heard_series(self, given: SeriesGiven) -> None:
        try:
            if self._series.change(given):
                log.warning("series.changed series=%s epoch=%d", given.series, given.epoch)
            self._post(happened.NumbersSwitched(are_given=not self._series.is_due))
        except StoreUnusableError as error:  # a full disk; it is told again in the next run
            log.critical("series.not_kept why=%s", error)
