"""The one-time code that enrols a machine: typed by a person, it carries whom to trust and a secret to be trusted by.

Seven groups of four letters and digits (RFC 4648 base32): sixteen are the first 80 bits of the SHA-256 of the server's
public key, so nobody in between can play the server; eight name the code and prove it (the first two find it, the other
six are the secret); the last four catch a slip of the finger before anything is sent.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from domain.signing import KEY_BYTES, SIGNATURE_BYTES

VALID_US = 3_600_000_000
"""How long a code is good, in microseconds: an hour."""
MOST_TRIES = 5
"""So many wrong secrets and a code is worth nothing any more."""

HASH_CHARS = 16
HANDLE_CHARS = 2
SECRET_CHARS = 8
"""The handle is the first two of these."""
CHECK_CHARS = 4
CODE_CHARS = HASH_CHARS + SECRET_CHARS + CHECK_CHARS
GROUP = 4

_ALPHABET = re.compile(rf"[A-Z2-7]{{{CODE_CHARS}}}")
_SECRET = re.compile(rf"[A-Z2-7]{{{SECRET_CHARS}}}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015.,_]+")
_MISTAKEN = str.maketrans("018", "OIB")
"""The alphabet has none of these digits: whoever types one means the letter that looks like it."""


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A code. ``server`` is the hash of the key of the server that made it, 16 characters; ``secret`` 8 of them."""

    server: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """As it is shown and typed, in groups of four."""
        whole = self.server + self.secret
        whole += _check(whole)
        return "-".join(whole[place : place + GROUP] for place in range(0, CODE_CHARS, GROUP))

    def is_of(self, server_key: bytes) -> bool:
        """Whether the server that has this public key made it."""
        return self.server == server_hash(server_key)


def server_hash(server_key: bytes) -> str:
    """The 16 characters by which a code names the server of that public key."""
    return _encode(hashlib.sha256(server_key).digest())[:HASH_CHARS]


def secret_of(random: bytes) -> str:
    """The secret part of a new code, of at least 5 random bytes."""
    return _encode(random)[:SECRET_CHARS]


def handle_of(secret: str) -> str:
    """What a server finds a code by; the rest of the secret must be right, too."""
    return secret[:HANDLE_CHARS]


def is_secret(text: str) -> bool:
    """Whether ``text`` has the form of a code's secret."""
    return _SECRET.fullmatch(text) is not None


def parse_code(text: str) -> EnrolmentCode | None:
    """The code that a person typed, or None for anything else.

    Blanks, hyphens, small letters and the digits 0, 1 and 8 (for O, I and B) are forgiven; a wrong letter is not.
    """
    typed = _BETWEEN.sub("", text).upper().translate(_MISTAKEN)
    if not typed.isascii() or not _ALPHABET.fullmatch(typed) or _check(typed[:-CHECK_CHARS]) != typed[-CHECK_CHARS:]:
        return None
    return EnrolmentCode(typed[:HASH_CHARS], typed[HASH_CHARS:-CHECK_CHARS])


def _check(text: str) -> str:
    return _encode(hashlib.sha256(text.encode()).digest())[:CHECK_CHARS]


def _encode(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")


# --- what is said at an enrolment (POST /sync/v1/enrol) ---------------------------------------------------------

Key = Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
Signature = Annotated[bytes, msgspec.Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]
LARGEST_SEALED = 2048


class ServerKey(msgspec.Struct, frozen=True):
    """The server's public signing key (Ed25519, 32 bytes); worth nothing unless the code names it."""

    key: bytes


class EnrolRequest(msgspec.Struct, frozen=True):
    """An `EnrolAsked`, sealed to the server's key."""

    sealed: Annotated[bytes, msgspec.Meta(max_length=LARGEST_SEALED)]


class EnrolAnswer(msgspec.Struct, frozen=True):
    """An `EnrolGiven`, sealed to the machine's key."""

    sealed: bytes


class EnrolAsked(msgspec.Struct, frozen=True):
    """What a machine says to be enrolled.

    ``device_key`` is its public key and ``proof`` its signature of `domain.signing.device_words`. ``is_node`` says that
    an office's server asks, not a machine.
    """

    secret: Annotated[str, msgspec.Meta(max_length=SECRET_CHARS)]
    device_key: Key
    proof: Signature
    is_node: bool = False

    def __repr__(self) -> str:
        """Without the secret."""
        return "EnrolAsked(…)"


class EnrolGiven(msgspec.Struct, frozen=True):
    """What a machine is given: its `domain.messages.Enrolment` as JSON, and the server's signature of it.

    The signature is over `domain.signing.enrolment_words` with the sealed request.
    """

    enrolment: bytes
    signature: Signature

    def __repr__(self) -> str:
        """Without the keys in it."""
        return "EnrolGiven(…)"


class Credential(msgspec.Struct, frozen=True):
    """What a server must know of a machine to take it in again after it forgot it.

    The server signs it and seals it to itself: the machine only keeps it. ``server_epoch`` is the life of the server's
    database in which it was given out.
    """

    kiosk: str
    kiosk_no: int
    series: str
    counter: str
    epoch: int
    device_key: Key
    mac_key: Key
    office: str
    server_epoch: int

    def __repr__(self) -> str:
        """Without its key."""
        return f"Credential({self.kiosk}, epoch {self.epoch})"
