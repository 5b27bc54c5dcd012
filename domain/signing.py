"""The bytes that are signed between a machine and its server: what the words of either bind, without the signing.

A machine signs what it asks with its own key; the server signs what it answers to that very request. Each kind of
words begins in its own way, so that what was signed as one can never be shown as another.
"""

from __future__ import annotations

import hashlib

DEVICE_HEADER = "Kiosk-Device"
"""The machine's public key, 64 hexadecimal digits."""
TURN_HEADER = "Kiosk-Turn"
"""A number that grows with every request of the machine."""
SIGNATURE_HEADER = "Kiosk-Signature"
"""The machine's signature, 128 hexadecimal digits."""
ANSWER_HEADER = "Kiosk-Server-Signature"
"""The server's signature of its answer, 128 hexadecimal digits."""

DELIVERY_HEADER = "Kiosk-Delivery"
"""The id of what the server tells a system of the entity; one that comes again has the same."""
TIME_HEADER = "Kiosk-Time"
"""When the server sent it, in microseconds since 1970."""

KEY_BYTES = 32
SIGNATURE_BYTES = 64
LARGEST_TURN = 2**53
"""As a number a turn must stand in JSON without losing a digit; in microseconds that is the year 2255."""


def request_words(method: str, path: str, turn: int, body: bytes) -> bytes:
    """What a machine signs of a request; ``path`` is without its query, which no signed request has."""
    return f"kiosk-1\n{method}\n{path}\n{turn}\n{hashlib.sha256(body).hexdigest()}".encode()


def answer_words(request_signature: bytes, status: int, body: bytes) -> bytes:
    """What the server signs of its answer to the request of that signature."""
    digest = hashlib.sha256(body).hexdigest()
    return f"kiosk-answer-1\n{request_signature.hex()}\n{status}\n{digest}".encode()


def credential_words(credential: bytes) -> bytes:
    """What a server signs of a machine's credential, to know it again."""
    return b"kiosk-credential-1\n" + credential


def enrolment_words(request: bytes, answer: bytes) -> bytes:
    """What a server signs of an enrolment: the answer, to that very request."""
    return b"kiosk-enrolment-1\n" + hashlib.sha256(request).hexdigest().encode() + b"\n" + answer


def device_words(server_key: bytes, secret: str) -> bytes:
    """What a machine signs at its enrolment, to show that the key is its own and for which server and code."""
    return f"kiosk-device-1\n{server_key.hex()}\n{secret}".encode()


def webhook_words(delivery: str, at: int, body: bytes) -> bytes:
    """What a server signs of what it tells a system of the entity."""
    return f"kiosk-webhook-1\n{delivery}\n{at}\n{hashlib.sha256(body).hexdigest()}".encode()


def next_turn(last: int, wall: int) -> int:
    """The turn of a machine's next request: its clock in microseconds, but always later than the last one."""
    return max(last + 1, wall)
