"""What the commands of ``kiosk-server`` have in common."""

from __future__ import annotations

USAGE = 2
FAILED = 1


class CommandError(Exception):
    """The command cannot be carried out. ``args[0]`` is Spanish; ``status`` is the exit status."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status
