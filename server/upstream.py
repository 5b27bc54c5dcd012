"""This office's place under a centre: the key by which the centre knows it, and what it was given when it joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.enrol import enrol, keep_enrolment
from exchange.signing import own_device_key

if TYPE_CHECKING:
    from pathlib import Path

    from domain.messages import Enrolment
    from server.config import Config


def upstream_path(config: Config) -> Path:
    """The file of this office's enrolment at its centre."""
    return config.upstream_enrolment or config.data_dir / "upstream.json"


def join(config: Config, url: str, code: str) -> Enrolment:
    """Enrols this office's server at the centre at ``url``, and keeps what it was given.

    Raises:
        exchange.enrol.EnrolError: the centre did not enrol it; nothing was changed.
        exchange.signing.DeviceKeyError: the key file holds no key.
        OSError: a file cannot be written.
    """
    config.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    enrolment = enrol(url, code, own_device_key(device_path(config)), is_node=True)
    keep_enrolment(upstream_path(config), enrolment)
    return enrolment


def device_path(config: Config) -> Path:
    """The file of the key by which the centre knows this office's server."""
    return config.keys / "device.key"
