"""Which turn a document already has today, in a form that only the same document opens, and that ends with the day.

A row is found by the HMAC of kind and number and opened by a key that is made of them, both with a random key of the
business day; neither number nor turn stands here. When the day changes its key is destroyed, and with it what anybody
could try numbers against (Ley 29733 art. 8: no longer than it is needed).
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

if TYPE_CHECKING:
    from datetime import date

    import sqlite_utils

    from domain.documents import Document
    from kiosk.store.database import Database

_KEY_BYTES = 32


def keep(tables: sqlite_utils.Database, day: date, document: Document, turn: bytes) -> None:
    """Remembers a document's newest turn of that ``day``, inside the caller's transaction."""
    key = _key_of(tables, day)
    tables.execute(
        """INSERT INTO remembered (found_by, sealed) VALUES (?, ?)
           ON CONFLICT DO UPDATE SET sealed = excluded.sealed""",
        (_derived(key, "find", document), _box(key, document).encrypt(turn)),
    )


def find(database: Database, day: date, document: Document) -> bytes | None:
    """What was kept of that document on that ``day``; None when nothing was.

    Raises:
        StoreUnusableError: the disk fails.
    """
    key = database.value("SELECT key FROM day_key WHERE business_day = ?", day.isoformat())
    if key is None:
        return None
    sealed = database.value("SELECT sealed FROM remembered WHERE found_by = ?", _derived(key, "find", document))
    try:
        return None if sealed is None else _box(key, document).decrypt(sealed)
    except CryptoError:  # a page that was changed by something else
        return None


def begin_day(tables: sqlite_utils.Database, day: date) -> None:
    """Destroys what is remembered of other days, inside the caller's transaction."""
    if tables.execute("SELECT 1 FROM day_key WHERE business_day <> ?", (day.isoformat(),)).fetchone():
        tables.execute("DELETE FROM remembered")
        tables.execute("DELETE FROM day_key")


def forget_other_days(database: Database, day: date) -> None:
    """Destroys what is remembered of other days, also where nobody takes a turn any more; does nothing mostly.

    Raises:
        StoreUnusableError: the disk is full or fails; what was remembered opens nothing on another day all the same.
    """
    if database.value("SELECT 1 FROM day_key WHERE business_day <> ?", day.isoformat()) is None:
        return
    with database.immediate() as tables:
        begin_day(tables, day)
    database.fold()  # the old key stands in the write-ahead log, too


def _key_of(tables: sqlite_utils.Database, day: date) -> bytes:
    begin_day(tables, day)
    found = tables.execute("SELECT key FROM day_key WHERE business_day = ?", (day.isoformat(),)).fetchone()
    if found is not None:
        return bytes(found[0])
    key = secrets.token_bytes(_KEY_BYTES)
    tables.table("day_key").insert({"business_day": day.isoformat(), "key": key})
    return key


def _box(key: bytes, document: Document) -> SecretBox:
    return SecretBox(_derived(key, "open", document))


def _derived(key: bytes, purpose: str, document: Document) -> bytes:
    return hmac.digest(key, f"{purpose}|{document.kind.value}|{document.number}".encode(), "sha256")
