"""The staff's PIN: kept as a hash that is slow to try out, checked in constant time, with a wait after wrong ones.

It keeps visitors from the staff's page and no thief from the machine: whoever has the file can try out all PINs in
minutes, so it must be no number that opens anything else.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
from typing import TYPE_CHECKING

from kiosk.flow.filling import PIN_DIGITS
from kiosk.flow.state import Problem
from kiosk.store.database import StoreUnusableError
from kiosk.store.settings import PIN_WAIT_UNTIL, PIN_WRONG, keep, number

if TYPE_CHECKING:
    from pathlib import Path

    from domain.clock import Clock
    from kiosk.store.database import Database

log = logging.getLogger(__name__)

LEAST_DIGITS = 4
MOST_WRONG = 5
WAIT_US = 5 * 60 * 1_000_000
"""After so many wrong ones, so long (microseconds) none is looked at."""

_SALT_BYTES, _HASH_BYTES = 16, 32
_KIND = "scrypt-14-8-1"
"""How it is hashed: 16 MB of memory and some 100 ms a try."""


def is_pin(text: str) -> bool:
    """Whether it can be typed at the machine: four to eight digits."""
    return re.fullmatch(rf"[0-9]{{{LEAST_DIGITS},{PIN_DIGITS}}}", text) is not None


def write_pin(path: Path, pin: str) -> None:
    """Sets the PIN; whole or not at all, readable by its owner only.

    Raises:
        ValueError: it is not one.
        OSError: the file cannot be written.
    """
    if not is_pin(pin):
        raise ValueError(f"El PIN tiene de {LEAST_DIGITS} a {PIN_DIGITS} cifras")
    salt = secrets.token_bytes(_SALT_BYTES)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{_KIND} {salt.hex()} {_hash(pin, salt).hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Pin:
    """Checks what was typed. How often it was wrong outlives the program: switching it off buys no more tries."""

    def __init__(self, path: Path, database: Database, clock: Clock) -> None:
        """``path`` may be missing: then every PIN is wrong."""
        self._path = path
        self._database = database
        self._clock = clock
        self._wrong = number(database, PIN_WRONG)
        self._wait_until = number(database, PIN_WAIT_UNTIL)

    def check(self, typed: str) -> Problem | None:
        """None when it is the PIN; PIN_WRONG, or PIN_WAIT while none is looked at. Some 100 ms."""
        now = self._clock.now()
        if self._wait_until > now + WAIT_US:  # the clock was set back: from now on, then
            self._note(self._wrong, now + WAIT_US)
        if now < self._wait_until:
            return Problem.PIN_WAIT
        kept = self._kept()
        if kept is None:
            return Problem.PIN_WRONG
        salt, right = kept
        if hmac.compare_digest(_hash(typed, salt), right):
            self._note(0, 0)
            return None
        if self._wrong + 1 < MOST_WRONG:
            self._note(self._wrong + 1, 0)
            return Problem.PIN_WRONG
        log.warning("pin.wrong_too_often")
        self._note(0, now + WAIT_US)
        return Problem.PIN_WAIT

    def _kept(self) -> tuple[bytes, bytes] | None:
        """Salt and hash, or None where there is no PIN."""
        try:
            kind, salt, right = self._path.read_text(encoding="ascii").split()
            if kind == _KIND:
                return bytes.fromhex(salt), bytes.fromhex(right)
        except (OSError, ValueError) as error:
            log.warning("pin.unreadable why=%s", type(error).__name__)
        return None

    def _note(self, wrong: int, wait_until: int) -> None:
        """Counts here in any case: staff need their page most when the disk is full."""
        if (wrong, wait_until) == (self._wrong, self._wait_until):
            return
        self._wrong, self._wait_until = wrong, wait_until
        try:
            with self._database.immediate() as tables:
                keep(tables, PIN_WRONG, wrong)
                keep(tables, PIN_WAIT_UNTIL, wait_until)
        except StoreUnusableError as error:
            log.warning("pin.not_counted why=%s", error)


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=_HASH_BYTES)
