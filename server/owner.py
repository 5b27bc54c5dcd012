"""Whom a file belongs to that an administrator makes with a command: the service must be able to open it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def hand_over(path: Path, like: Path) -> None:
    """Gives ``path`` to the owner of ``like``, where root made it; nobody else can, or need.

    Raises:
        OSError: the disk does not allow it.
    """
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
