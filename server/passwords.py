"""Passwords: hashed so that a stolen database does not give them away, made so that people can read them out."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 200
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""No l, i, o, 0 or 1: it is read from a screen or a note."""

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""OWASP's argon2id with 46 MiB: about 40 ms of one core."""

_NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _hasher.hash(password)


def is_right(password: str, hashed: str | None) -> bool:
    """Whether the password is the one; takes as long for an account that does not exist (``hashed`` None)."""
    try:
        return _hasher.verify(hashed or _NOBODY, password[: LONGEST + 1]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


_MOST_MEMORY_KIB = 256 * 1024
_MOST_ROUNDS = 8


def is_usable(hashed: str) -> bool:
    """Whether a hash that was made elsewhere can be kept: one that costs too much would stop every sign-in."""
    try:
        made = extract_parameters(hashed)
    except InvalidHashError:
        return False
    is_cheap = made.memory_cost <= _MOST_MEMORY_KIB and made.time_cost <= _MOST_ROUNDS >= made.parallelism
    return made.type is Type.ID and is_cheap and len(hashed) <= LONGEST


def mark_of(hashed: str) -> str:
    """Another one for another password. It tells nothing of it: the hash has a salt, which stays where it is."""
    return hashlib.sha256(hashed.encode()).hexdigest()[:16]


def new_password() -> str:
    """A random one of 79 bits, in four groups."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def password_fault(password: str) -> str | None:
    """What is wrong with a chosen password, in Spanish; None if it will do."""
    if len(password) < SHORTEST:
        return f"La contraseña debe tener al menos {SHORTEST} caracteres."
    return f"La contraseña no puede pasar de {LONGEST} caracteres." if len(password) > LONGEST else None
