"""Notices by SMS, over whatever gateway the entity has: one HTTP request a message.

The gateway's address gets ``POST {"id", "to", "text"}`` with the entity's token; it answers 2xx when it has taken the
message, and treats an ``id`` that it had before as taken. Most providers want other names: a few lines between them
and this are the entity's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from domain.delivery import Delivered, Later, Outcome, Refused

if TYPE_CHECKING:
    from server.config import SmsConfig
    from server.delivery.notice import Notices
    from server.store.deliveries import Delivery

TIMEOUT_S = 15.0
_MOBILE = re.compile(r"(?:\+?51)?(9\d{8})")
_CLIENT_FAULTS = range(400, 500)
_MAY_PASS = frozenset({401, 403, 408, 425, 429})


class Sms:
    """A carrier."""

    def __init__(self, config: SmsConfig, token: str, *, notices: Notices) -> None:
        self._config = config
        self._token = token
        self._notices = notices

    def carry(self, delivery: Delivery) -> Outcome:
        """Hands it to the gateway."""
        notice = self._notices.word(delivery)
        number = None if notice is None else mobile(notice.phone)
        if notice is None or number is None:
            return Refused("nobody_to_tell")
        told = {"id": str(delivery.id), "to": number, "text": notice.short}
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with httpx.stream(
                "POST", self._config.url, json=told, headers=headers, timeout=TIMEOUT_S, trust_env=False
            ) as answer:  # its body is left unread, however long
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Later(type(error).__name__)
        if httpx.codes.is_success(status):
            return Delivered()
        is_final = status in _CLIENT_FAULTS and status not in _MAY_PASS
        return Refused(f"http_{status}") if is_final else Later(f"http_{status}")


def mobile(typed: str) -> str | None:
    """A Peruvian mobile number as gateways want it (+51…); None for what is none."""
    found = _MOBILE.fullmatch(re.sub(r"[\s().-]", "", typed))
    return None if found is None else f"+51{found[1]}"
