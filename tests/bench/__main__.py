"""``python -m tests.bench [PREFIX]``: measures what begins with PREFIX, or everything."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import history, issue, live, printer, scanner, screens, sync, waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.figures import Figure

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "ticket": printer.figures,
    "issue": issue.figures,
    "ui": screens.figures,
    "scan": scanner.figures,
    "estimate": waits.figures,
    "call": live.call_figures,
    "sse": live.sse_figures,
    "track": live.track_figures,
    "history": history.figures,
    "sync": sync.figures,
}
"""By the first word of the figures' names."""
OUT = Path(__file__).parents[2] / "build" / "bench.jsonl"


def main(only: str = "") -> int:
    """Prints each figure as it is known, and keeps the lines in build/bench.jsonl."""
    logging.disable(logging.WARNING)
    OUT.parent.mkdir(exist_ok=True)
    count = 0
    with OUT.open("w", encoding="utf-8") as kept:
        for part, measure in PARTS.items():
            if not (part.startswith(only) or only.startswith(f"{part}.") or only == part):
                continue
            for figure in measure():
                if figure.name.startswith(only):
                    print(figure.line, flush=True)
                    print(figure.line, file=kept, flush=True)
                    count += 1
    if not count:
        print(f"no figure begins with {only!r}", file=sys.stderr)
    return 0 if count else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
