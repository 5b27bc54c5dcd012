"""A machine's own key: made on it, never sent anywhere, by which its server knows it; and what the server's is for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.public import SealedBox
from nacl.signing import SigningKey, VerifyKey

from domain.signing import (
    ANSWER_HEADER,
    DEVICE_HEADER,
    KEY_BYTES,
    SIGNATURE_BYTES,
    SIGNATURE_HEADER,
    TURN_HEADER,
    answer_words,
    request_words,
)
from exchange.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class DeviceKeyError(Exception):
    """The key file holds no key. ``args[0]`` is Spanish, for the technician."""


@lru_cache(maxsize=16)
def signing_key(seed: bytes) -> SigningKey:
    """The key of that secret half; to derive it takes as long as to sign."""
    return SigningKey(seed)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The headers by which a request is known, and the signature that its answer must answer."""

    headers: dict[str, str]
    signature: bytes


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A machine's Ed25519 key. ``seed`` is its secret half, 32 bytes."""

    seed: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """What the server knows the machine by, 32 bytes."""
        return bytes(signing_key(self.seed).verify_key)

    def sign(self, words: bytes) -> bytes:
        """The signature of ``words``, 64 bytes."""
        return bytes(signing_key(self.seed).sign(words).signature)

    def sign_request(self, method: str, path: str, turn: int, body: bytes = b"") -> SignedRequest:
        """What a request of this machine carries."""
        signature = self.sign(request_words(method, path, turn, body))
        headers = {
            DEVICE_HEADER: self.public.hex(),
            TURN_HEADER: str(turn),
            SIGNATURE_HEADER: signature.hex(),
        }
        return SignedRequest(headers, signature)

    def open(self, sealed: bytes) -> bytes | None:
        """What was sealed to this machine; None for what was not."""
        try:
            return bytes(SealedBox(signing_key(self.seed).to_curve25519_private_key()).decrypt(sealed))
        except CryptoError:
            return None


def load_device_key(path: Path) -> DeviceKey | None:
    """The key in ``path``; None where there is none yet.

    Raises:
        DeviceKeyError: the file holds no key.
        OSError: it cannot be read.
    """
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DeviceKeyError(f"{path} no contiene la clave de este equipo") from error
    if len(seed) != KEY_BYTES:
        raise DeviceKeyError(f"{path} no contiene la clave de este equipo")
    return DeviceKey(seed)


def own_device_key(path: Path) -> DeviceKey:
    """The key in ``path``, made now where there is none yet. Raises: as `load_device_key`, or OSError."""
    known = load_device_key(path)
    if known is not None:
        return known
    made = DeviceKey(secrets.token_bytes(KEY_BYTES))
    write_whole(path, made.seed.hex().encode("ascii") + b"\n")
    return made


def is_signed(key: bytes, words: bytes, signature: bytes) -> bool:
    """Whether whoever holds the secret half of ``key`` signed ``words``."""
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        VerifyKey(key).verify(words, signature)
    except CryptoError:
        return False
    return True


def is_answer(
    server_key: bytes, request_signature: bytes, status: int, body: bytes, headers: Mapping[str, str]
) -> bool:
    """Whether this is what the server said to that very request; anything else means nothing, whatever it says."""
    try:
        signature = bytes.fromhex(headers.get(ANSWER_HEADER, ""))
    except ValueError:
        return False
    return is_signed(server_key, answer_words(request_signature, status, body), signature)


def seal_to(key: bytes, content: bytes) -> bytes | None:
    """``content`` for the eyes of whoever holds the secret half of the Ed25519 key ``key``; None if that is no key."""
    try:
        return bytes(SealedBox(VerifyKey(key).to_curve25519_public_key()).encrypt(content))
    except (CryptoError, RuntimeError):  # the library's word for a point that is not on the curve
        return None
