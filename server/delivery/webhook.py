"""Tells the entity's own systems at once what happened to a filing; nothing personal, they ask for that (docs/api.md).

Each message is signed with the server's key: the system that gets it keeps the public half, and no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from domain.delivery import Delivered, Later, Outcome, Refused
from domain.signing import ANSWER_HEADER, DELIVERY_HEADER, TIME_HEADER, webhook_words
from server.store.integrations import integration_by_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.keys import Keys
    from server.store.deliveries import Delivery

TIMEOUT_S = 15.0
_GONE = 410
"""The system's own word that it wants no more of this message."""


class Webhooks:
    """A carrier."""

    def __init__(self, *, keys: Keys, clock: Clock, read: Engine) -> None:
        self._keys = keys
        self._clock = clock
        self._read = read

    def carry(self, delivery: Delivery) -> Outcome:
        """Posts it; any 2xx means taken."""
        with self._read.connect() as connection:
            system = None if delivery.target is None else integration_by_id(connection, delivery.target)
        if system is None or system.revoked_at is not None or not system.url or delivery.body is None:
            return Refused("revoked")
        at = self._clock.now()
        signature = self._keys.signature(webhook_words(str(delivery.id), at, delivery.body))
        headers = {
            "Content-Type": "application/json",
            DELIVERY_HEADER: str(delivery.id),
            TIME_HEADER: str(at),
            ANSWER_HEADER: signature.hex(),
        }
        try:
            with httpx.stream(
                "POST", system.url, content=delivery.body, headers=headers, timeout=TIMEOUT_S, trust_env=False
            ) as answer:  # its body is left unread, however long
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Later(type(error).__name__)
        if httpx.codes.is_success(status):
            return Delivered()
        return Refused("http_410") if status == _GONE else Later(f"http_{status}")
