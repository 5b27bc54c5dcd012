"""The server's own program as a process of the nursery, where wanted with a wrong clock or a small disk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import server.compose
import server.store.writer
from domain.clock import Micros
from server.__main__ import main as program
from server.clock import SystemClock


def main(config: str, host: str, port: str, shift_s: str = "0", pages: str = "", group: str = "0") -> int:
    """``pages`` is a file that says how many pages the database may have, looked at before each transaction.

    ``group`` is how many requests may share a commit, 0 for as many as the server itself would let.
    """
    if int(group):
        server.store.writer.LARGEST_GROUP = int(group)
    if int(shift_s):
        shift = int(shift_s) * 1_000_000

        class ShiftedClock(SystemClock):
            def now(self) -> Micros:
                return Micros(super().now() + shift)

        server.compose.SystemClock = ShiftedClock  # type: ignore[misc]
    if pages:
        _bound(Path(pages))
    return program(["--config", config, "run", "--host", host, "--port", port])


def _bound(pages: Path) -> None:
    from sqlalchemy import Engine, event  # noqa: PLC0415 only here

    @event.listens_for(Engine, "begin")
    def begin(connection: Any) -> None:
        allowed = pages.read_text(encoding="ascii") if pages.exists() else "4294967294"
        connection.exec_driver_sql(f"PRAGMA max_page_count = {int(allowed)}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
