"""Plays the fault matrix for our driver and for python-escpos by its documentation; writes docs/printer-faults.md.

Some ten minutes, nearly all of it waiting: every case is played on a real line with real pacing.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.drivers.printer.matrix import TROUBLES, run  # noqa: E402 - the checkout's own
from tests.drivers.printer.subjects import PROFILES, OurDriver, Textbook, lies_whole  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.drivers.printer.matrix import Row, Subject

COLUMNS: dict[str, tuple[str, Callable[[str, int], Subject]]] = {
    **{
        key: (key, lambda port, baud, profile=profile: OurDriver(port, baud, profile))  # type: ignore[misc]
        for key, profile in PROFILES.items()
    },
    "python-escpos": ("epson-tm-t20iii", Textbook),
}
"""Whom the table judges: our driver at each model of the virtual printer, and the other way at the best of them."""
AT_ONCE = 6

HEAD = """# What is said of a ticket when something goes wrong

Made by `scripts/printer_faults.py`: the reference ticket on a real line (a pty at 9600 baud), the virtual printer
behind it with real pacing (200 mm/s, 0.35 s for the blade), one fault, somebody who mends it, the next ticket. Every
number here is a measurement against the virtual printer, never against hardware.

A cell says what was told, after how many seconds, and what lay there: **false** for something untrue, *later* for a
ticket that came out after it had been called doubtful.

"""


def main() -> None:
    """Plays everything, some cases at a time: they wait for paper, not for the processor."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        cases = {
            (column, trouble): pool.submit(
                run, Path(folder) / column / trouble.replace(" ", "-"), model, TROUBLES[trouble], opened, lies_whole
            )
            for column, (model, opened) in COLUMNS.items()
            for trouble in TROUBLES
        }
        rows = {case: played.result() for case, played in cases.items()}
    (ROOT / "docs" / "printer-faults.md").write_text(HEAD + _table(rows), encoding="utf-8")


def _table(rows: dict[tuple[str, str], Row]) -> str:
    lines = [f"| fault | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    lines += [
        f"| {trouble} | {' | '.join(_cell(rows[column, trouble]) for column in COLUMNS)} |" for trouble in TROUBLES
    ]
    for name, count in (
        ("**false statements**", lambda row: row.is_false),
        ("came out later", lambda row: row.ghost),
        ("next ticket printed", lambda row: bool(row.next_printed and row.next_on_paper)),
    ):
        counts = (sum(count(rows[column, trouble]) for trouble in TROUBLES) for column in COLUMNS)
        lines.append(f"| {name} | " + " | ".join(f"{n} of {len(TROUBLES)}" for n in counts) + " |")
    return "\n".join(lines) + "\n"


def _cell(row: Row) -> str:
    marks = [" **false**"] * row.is_false + [" *later*"] * row.ghost
    return f"{row.said.words} {row.taken_s:.2f} s{''.join(marks)}"


if __name__ == "__main__":
    main()
