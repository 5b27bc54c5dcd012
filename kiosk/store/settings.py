"""Small facts that outlive the program: where the sync stands, how far the clock is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite_utils

    from kiosk.store.database import Database

PARENT_EPOCH = "parent_epoch"
SYNC_FAILURES = "sync_failures"
"""How often in a row the exchange failed."""
SYNC_TROUBLE = "sync_trouble"
"""What somebody has to see to before the exchange goes on (`exchange.wire.TROUBLES`); empty for nothing."""
CLOCK_OFFSET = "clock_offset"
"""Microseconds to add to the machine's clock."""
STRIP_HANGS = "strip_hangs"
"""1 while an unfinished strip may hang from the printer."""
ROLL_USED_MM = "roll_used_mm"
"""Millimetres of the present roll that are gone."""
TICKET_MM = "ticket_mm"
"""What the last printed ticket took."""
PRINTED_AT = "printed_at"
"""When a ticket was last printed, in corrected microseconds."""
OUT_OF_SERVICE = "out_of_service"
"""1 while staff have taken the machine out of service."""
PIN_WRONG = "pin_wrong"
"""How many wrong PINs were typed in a row."""
PIN_WAIT_UNTIL = "pin_wait_until"
"""Until when no PIN is looked at, in corrected microseconds."""
SERIES = "series"
"""The series as the server last told it, and instead of which enrolment's; JSON."""
ORDERS = "orders"
"""What the office last told this machine to do (`domain.messages.KioskOrders`); JSON."""
RIPENING = "ripening"
"""How far each stream may be forgotten (`domain.sync.Ripening`), by epoch; JSON."""
LAST_CONTACT = "last_contact"
"""When the server last answered, in corrected microseconds, to the minute."""
RECEIPT_TURN = "receipt_turn"
"""The turn of the last receipt that was taken in."""
OFFICE = "office"
"""The office as the server last told it, and instead of which; JSON."""


def number(database: Database, name: str) -> int:
    """The value of a setting; 0 where it was never set."""
    return int(database.value("SELECT value FROM setting WHERE name = ?", name) or 0)


def text(database: Database, name: str) -> str:
    """The value of a setting that is a text; empty where it was never set."""
    return str(database.value("SELECT value FROM setting WHERE name = ?", name) or "")


def keep(tables: sqlite_utils.Database, name: str, value: int | str) -> None:
    """Sets a value, inside the caller's transaction."""
    tables.table("setting").upsert({"name": name, "value": value}, pk="name")
