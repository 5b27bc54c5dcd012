"""The code behind the ticket's QR: a secret that opens one turn's page, and says who it may be from.

The cargo's QR is a smaller one: 16 random bytes open the page of one filing (26 characters of base32), and no more.

The 128 random bits are the whole permission; whoever holds them may see the turn, so the page behind them shows
no name, no document and no subject. The short MAC only lets the server answer "genuine, not synchronised yet"
instead of "unknown" while the kiosk is offline. Layout (32 bytes, 52 characters of RFC 4648 base32, so that the
QR stays in its alphanumeric mode): version 1 · kiosk 3 · day 2 · n 2 · nonce 16 · MAC 8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass, field
from datetime import date, timedelta

VERSION = 1
NONCE_BYTES = 16
TOKEN_CHARS = 52
SHORT_CHARS = 4
FILING_BYTES = 16
FILING_CHARS = 26
LARGEST_KIOSK_NO = 2**24 - 1
FIRST_DAY = date(2020, 1, 1)
"""The first day that a token can carry; older than anything here."""

_HEAD = struct.Struct(">B3sHH16s")
_MAC_BYTES = 8


@dataclass(frozen=True, slots=True)
class Token:
    """One turn's tracking code. ``kiosk`` is the number that its server gave it, 0 to 2^24-1; ``n`` the day's count."""

    kiosk: int
    day: date
    n: int
    nonce: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The 52 characters, upper case."""
        return _encode(_head(self.kiosk, self.day, self.n, self.nonce) + self.mac)

    @property
    def nonce_hash(self) -> bytes:
        """What servers store to recognise it: SHA-256 of the nonce, 32 bytes."""
        return hashlib.sha256(self.nonce).digest()

    def is_genuine(self, key: bytes) -> bool:
        """Whether the kiosk that holds ``key`` made it. Compares in constant time."""
        return hmac.compare_digest(self.mac, _mac(_head(self.kiosk, self.day, self.n, self.nonce), key))


def mint(*, kiosk: int, day: date, n: int, nonce: bytes, key: bytes) -> Token:
    """A new token; ``nonce`` is 16 bytes from the system's secure source, ``key`` the kiosk's own."""
    return Token(kiosk, day, n, nonce, _mac(_head(kiosk, day, n, nonce), key))


def parse_token(text: str) -> Token | None:
    """The token in 52 characters of any case, or None for anything else."""
    if len(text) != TOKEN_CHARS or not text.isascii():
        return None
    try:
        raw = base64.b32decode(text.upper() + "====")
    except binascii.Error:
        return None
    version, kiosk, days, n, nonce = _HEAD.unpack(raw[: _HEAD.size])
    if version != VERSION or _encode(raw) != text.upper():
        return None
    return Token(int.from_bytes(kiosk, "big"), FIRST_DAY + timedelta(days), n, nonce, raw[_HEAD.size :])


def tracking_url(base_url: str, token: Token) -> str:
    """The address in the QR, all upper case: scheme and host do not mind, and the QR gets smaller."""
    return f"{base_url.rstrip('/').upper()}/T/{token.text}"


def short_code(number: str, nonce: bytes) -> str:
    """What a person types who cannot scan: ``A-017-K7QM``, the number and four characters (20 bits) of the nonce.

    Good that day in that office only, and with a limit of tries: a number alone opens nothing, it stands on the board.
    The alphabet has no 0, 1, 8 or 9, so a typed O or I is never a digit.
    """
    return f"{number}-{_encode(nonce)[:SHORT_CHARS]}"


_TYPED_CODE = re.compile(r"([A-Z]{1,2})-?([0-9]{3,})-?([A-Z2-7]{4})")


def parse_short_code(text: str) -> str | None:
    """The code that a person typed, as `short_code` writes it; blanks, small letters, missing hyphens are forgiven."""
    found = _TYPED_CODE.fullmatch(re.sub(r"\s", "", text).upper())
    return "-".join(found.groups()) if found else None


def read_ticket_qr(payload: str) -> Token | None:
    """The token in a QR that a camera read; None for every QR that is not one of our tickets."""
    return parse_token(_tail_of(payload, "/T"))


def _tail_of(payload: str, folder: str) -> str:
    """What stands behind ``folder`` at the end of a web address; empty where it is no such address."""
    head, _, tail = payload.rpartition("/")
    is_ours = head.upper().endswith(folder) and head.upper().startswith(("HTTP://", "HTTPS://"))
    return tail if is_ours else ""


# --- the cargo's ------------------------------------------------------------------------------------------------


def filing_code(token: bytes) -> str:
    """A filing's token of 16 bytes in 26 characters, upper case, as it stands in its address.

    Raises:
        ValueError: it has another length.
    """
    if len(token) != FILING_BYTES:
        raise ValueError("a filing's token has 16 bytes")
    return _encode(token)


def parse_filing_code(text: str) -> bytes | None:
    """The token in 26 characters of any case, or None for anything else."""
    if len(text) != FILING_CHARS or not text.isascii():
        return None
    try:
        raw = base64.b32decode(text.upper() + "======")
    except binascii.Error:
        return None
    return raw if _encode(raw) == text.upper() else None


def filing_url(base_url: str, token: bytes) -> str:
    """The address in the cargo's QR, all upper case as the ticket's."""
    return f"{base_url.rstrip('/').upper()}/E/{filing_code(token)}"


def read_cargo_qr(payload: str) -> str | None:
    """The filing's code in a QR that a camera read, upper case; None for every QR that is not one of our cargos."""
    token = parse_filing_code(_tail_of(payload, "/E"))
    return None if token is None else filing_code(token)


def _head(kiosk: int, day: date, n: int, nonce: bytes) -> bytes:
    return _HEAD.pack(VERSION, kiosk.to_bytes(3, "big"), (day - FIRST_DAY).days, n, nonce)


def _mac(head: bytes, key: bytes) -> bytes:
    return hmac.digest(key, head, "sha256")[:_MAC_BYTES]


def _encode(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")
