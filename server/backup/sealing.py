"""Encrypts what PostgreSQL dumps, piece by piece, with the server's own key: such a dump is plain text otherwise."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from nacl import bindings
from nacl.exceptions import CryptoError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 256 * 1024
_TAG = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES


class SealedError(Exception):
    """The key does not open it, or it was changed or cut off."""


def _key(key: bytes) -> bytes:
    """Not the database's key itself: one key, one use."""
    return hashlib.blake2b(b"backup", key=key, digest_size=32).digest()


def seal(source: IO[bytes], target: IO[bytes], key: bytes) -> None:
    """Encrypts everything that ``source`` has."""
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    target.write(bindings.crypto_secretstream_xchacha20poly1305_init_push(state, _key(key)))
    piece = source.read(_PIECE)
    while True:
        following = source.read(_PIECE) if piece else b""
        tag = _TAG if following else _LAST
        target.write(bindings.crypto_secretstream_xchacha20poly1305_push(state, piece, None, tag))
        if not following:
            return
        piece = following


def unseal(source: IO[bytes], key: bytes) -> Iterator[bytes]:
    """What was encrypted, piece by piece; each is genuine, and the last one is known to be the last.

    Raises:
        SealedError: at the first piece that is not.
    """
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    try:
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, source.read(_HEADER), _key(key))
        while True:
            piece, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, source.read(_PIECE + _OVERHEAD))
            yield piece
            if tag == _LAST:
                return
    except (CryptoError, RuntimeError, ValueError) as error:
        raise SealedError from error
