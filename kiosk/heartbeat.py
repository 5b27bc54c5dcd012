"""Telling systemd that the kiosk is up and that it lives (sd_notify(3)); silent where there is no systemd."""

from __future__ import annotations

import os
import socket


def notify(message: str) -> None:
    """Sends ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1`` to the service manager, if one is listening."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.send(message.encode("ascii"))


def beat_every_s() -> float | None:
    """How often ``WATCHDOG=1`` is due (a third of the service's limit), or None where nobody waits for it."""
    limit_us = int(os.environ.get("WATCHDOG_USEC", "0"))
    return limit_us / 3e6 if limit_us else None
