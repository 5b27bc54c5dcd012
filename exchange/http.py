"""The connection to a server: bounded in time and size, and believed as far as its certificate goes.

The certificate must be of the server's name and of an authority that this machine trusts; its dates are not looked at.
A machine whose clock stands in 1970, or whose server's certificate ran out on a holiday, goes on: what decides is the
server's own key, which the machine has known since its enrolment and by which every answer is signed.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python's ssl does not name."""


class TooMuchError(Exception):
    """The server goes on sending."""


NO_ANSWER = (
    httpx.HTTPError,
    httpx.InvalidURL,
    TooMuchError,
    msgspec.DecodeError,
    UnicodeError,
    RecursionError,  # JSON that is nested without end
    RuntimeError,  # the client was closed meanwhile
    ssl.SSLError,
)
"""Whatever a network or a server can do instead of answering."""


def open_client(url: str, *, timeout_s: float) -> httpx.Client:
    """A client for the server at ``url``; nothing is sent yet. ``timeout_s`` bounds each step, not the whole."""
    verify: ssl.SSLContext | bool = _trusted() if url.lower().startswith("https:") else True
    return httpx.Client(base_url=url, timeout=timeout_s, trust_env=False, verify=verify)


def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    return context


def ask(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    largest: int,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes, Mapping[str, str]]:
    """One request: status, body and headers of its answer.

    Raises:
        TooMuchError: the body is larger than ``largest`` bytes. And whatever else is in `NO_ANSWER`.
    """
    body = bytearray()
    with client.stream(method, path, content=content or None, headers=dict(headers or {})) as response:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > largest:
                raise TooMuchError("the answer is too large")
        return response.status_code, bytes(body), response.headers
