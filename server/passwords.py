"""Passwords: hashed so that a stolen database does not give them away, made so that people can read them out."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
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


def new_password() -> str:
    """A random one of 79 bits, in four groups."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def password_fault(password: str) -> str | None:
    """What is wrong with a chosen password, in Spanish; None if it will do."""
    if len(password) < SHORTEST:
        return f"La contraseña debe tener al menos {SHORTEST} caracteres."
    return f"La contraseña no puede pasar de {LONGEST} caracteres." if len(password) > LONGEST else None
