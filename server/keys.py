"""The server's own keys: files that only its user can read, made once and never written over."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from domain.messages import FilingPersonal, FilingWords, Note, Personal, from_json, to_json
from exchange.signing import signing_key

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
SIGN_KEY = "sign.key"

_S = TypeVar("_S", bound=msgspec.Struct)


class KeyFileError(Exception):
    """A key file is missing where there is already a database, is another's, or is no key. ``args[0]`` is Spanish."""


@dataclass(frozen=True, slots=True)
class Keys:
    """``database`` encrypts the SQLite file; ``seal`` opens what kiosks sealed to this node (X25519).

    ``sign`` signs what this server says (Ed25519): by it alone machines know their server.
    """

    database: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    sign: bytes = field(repr=False, default=b"")

    @property
    def seal_public(self) -> bytes:
        """The 32 bytes that kiosks seal to."""
        return bytes(PrivateKey(self.seal).public_key)

    @property
    def sign_public(self) -> bytes:
        """The 32 bytes by which machines know this server."""
        return bytes(signing_key(self.sign).verify_key)

    def signature(self, words: bytes) -> bytes:
        """This server's signature of ``words`` (`domain.signing`), 64 bytes."""
        return bytes(signing_key(self.sign).sign(words).signature)

    def open_signing(self, sealed: bytes) -> bytes | None:
        """What was sealed to the signing key; None for what was not."""
        try:
            return bytes(SealedBox(signing_key(self.sign).to_curve25519_private_key()).decrypt(sealed))
        except CryptoError:
            return None

    def open(self, sealed: bytes) -> Personal | None:
        """What a kiosk sealed to this node; None if it was sealed to another, damaged, or of an unknown shape."""
        return self._open(sealed, Personal)

    def open_note(self, sealed: bytes) -> Note | None:
        """What was written to a turn at this node; None as with `open`."""
        return self._open(sealed, Note)

    def seal_note(self, note: Note) -> bytes:
        """What was written to a turn, so that only this node reads it."""
        return self._seal(note)

    def open_filing(self, sealed: bytes) -> FilingPersonal | None:
        """What is personal of a filing; None as with `open`."""
        return self._open(sealed, FilingPersonal)

    def seal_filing(self, personal: FilingPersonal) -> bytes:
        """What is personal of a filing, so that only this node reads it."""
        return self._seal(personal)

    def open_words(self, sealed: bytes) -> FilingWords | None:
        """What was written when a filing was moved; None as with `open`."""
        return self._open(sealed, FilingWords)

    def seal_words(self, words: FilingWords) -> bytes:
        """What was written when a filing was moved, so that only this node reads it."""
        return self._seal(words)

    def _seal(self, secret: msgspec.Struct) -> bytes:
        return SealedBox(PrivateKey(self.seal).public_key).encrypt(to_json(secret))

    def open_text(self, sealed: bytes) -> str | None:
        """What `seal_text` sealed to this node; None as with `open`."""
        try:
            return SealedBox(PrivateKey(self.seal)).decrypt(sealed).decode()
        except (CryptoError, UnicodeDecodeError):
            return None

    def _open(self, sealed: bytes, shape: type[_S]) -> _S | None:
        try:
            return from_json(SealedBox(PrivateKey(self.seal)).decrypt(sealed), shape)
        except (CryptoError, msgspec.DecodeError):
            return None


def seal_text(public: bytes, text: str) -> bytes:
    """``text`` so that only the node with that public key (32 bytes) reads it."""
    return SealedBox(PublicKey(public)).encrypt(text.encode())


def load_keys(folder: Path, *, may_create: bool) -> Keys:
    """The keys in ``folder``, made now where ``may_create`` says that nothing depends on them yet.

    A signing key that is missing is left empty: only the database knows whether there was one (`with_sign_key`).

    Raises:
        KeyFileError: one is missing and must not be made anew, or does not hold 32 bytes in hexadecimal.
        OSError: the folder cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database, seal = (_load(folder / name, may_create=may_create) for name in ("database.key", "seal.key"))
    sign = folder / SIGN_KEY
    return Keys(database, seal, _load(sign, may_create=may_create) if may_create or sign.exists() else b"")


def with_sign_key(keys: Keys, folder: Path, *, noted: bytes | None) -> Keys:
    """``keys`` with the signing key, made now if no database ever ``noted`` its public half.

    Raises:
        KeyFileError: it is missing, or another's.
        OSError: the folder cannot be used.
    """
    path = folder / SIGN_KEY
    if not keys.sign:
        keys = replace(keys, sign=_load(path, may_create=noted is None))
    if noted is not None and keys.sign_public != noted:
        raise KeyFileError(f"La clave {path} no es la de esta base. Recupérela de su copia.")
    return keys


def _load(path: Path, *, may_create: bool) -> bytes:
    if not path.exists():
        if not may_create:
            raise KeyFileError(f"Falta la clave {path} de una base que ya tiene datos. Recupérela de su copia.")
        write_private(path, secrets.token_hex(KEY_BYTES).encode("ascii"))
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError as error:
        raise KeyFileError(f"{path} no es una clave.") from error
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{path} no es una clave.")
    return key


def write_private(path: Path, content: bytes) -> None:
    """Writes a new file that only its owner reads, safe on disk before this returns.

    Raises:
        FileExistsError: there is one already; it is left alone.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
