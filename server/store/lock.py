"""Who uses a SQLite file: any number of programs of ours together, or one that exchanges it for another, alone."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from server.owner import hand_over

if TYPE_CHECKING:
    from pathlib import Path


class FileLock:
    """Holds a file beside the database locked until it is let go, or the process ends, however it ends.

    The database itself cannot be locked so: exchanging it would leave the lock with the old one.
    """

    def __init__(self, database: Path, *, alone: bool) -> None:
        """Takes the lock, or does not wait.

        Raises:
            BlockingIOError: somebody else uses the database, or is exchanging it.
            OSError: the folder cannot be used.
        """
        file = database.resolve()
        file = file.with_name(file.name + ".lock")
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            hand_over(file, file.parent)
            fcntl.flock(self._handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Lets the database go; a second time does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        """A command that failed must not hold it."""
        self.release()
