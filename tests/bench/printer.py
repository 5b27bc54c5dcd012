"""The reference ticket: its bytes, its time on the wire, and how soon after the mechanics it is acknowledged."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from drivers.printer.encode import encode
from drivers.printer.ports import SPEEDS
from drivers.printer.profile import EPSON_80, PROFILES
from drivers.printer.virtual.device import Mechanics
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.words import LogoMemory
from tests.bench.figures import Figure
from tests.drivers.printer.subjects import OurDriver, textbook_bytes
from tests.reference import install_logo, logo, reference_slip

if TYPE_CHECKING:
    from collections.abc import Iterator

MECHANICS = Mechanics(mm_s=200.0, cut_s=0.35)
WITH_LOGO = replace(EPSON_80, logo=LogoMemory.NV)
RUNS = 3


def figures() -> Iterator[Figure]:
    """Bytes and wire time are exact; the acknowledgement is measured on a real line with real pacing."""
    ours = len(encode(reference_slip(), "0001", WITH_LOGO).data)
    theirs = len(textbook_bytes(reference_slip(), logo()))
    peer = "python-escpos 3.1 as documented: raster logo, text, raster QR"
    yield Figure(
        "ticket.bytes", ours, "bytes", f"tests/reference_ticket.toml, logo in the printer; limit: {peer}", theirs
    )
    wire = "those bytes at 9600 baud, 8N1; limit: the peer's"
    yield Figure("ticket.wire_9600_s", ours / 960, "s", wire, theirs / 960)
    longest = max(len(encode(reference_slip(), "0001", profile).data) for profile in PROFILES.values())
    yield Figure(
        "ticket.bytes_worst_profile", longest, "bytes", "printers that draw no QR; limit: receive buffer", 3900
    )
    worst = None
    for baud in SPEEDS:
        taken_s, mechanics_s = _acknowledged(baud)
        figure = Figure(
            f"ticket.ack_{baud}_s",
            taken_s,
            "s",
            f"print() to the answer after the cut, median of {RUNS}, virtual printer; limit: 200 mm/s + 0.35 s cut",
            mechanics_s,
        )
        yield figure
        if worst is None or figure.value / mechanics_s > worst.value / (worst.limit or 1):
            worst = figure
    assert worst
    yield replace(worst, name="ticket.ack_over_mechanics", how=f"the worst of all speeds ({worst.name}); {worst.how}")


def _acknowledged(baud: int) -> tuple[float, float]:
    """Seconds until the driver knew, and what the machine alone takes."""
    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder) / "port"
        install_logo(Path(folder) / "tickets")
        virtual = VirtualPrinter(port, Path(folder) / "tickets", baud=baud, mechanics=MECHANICS)
        with closing(virtual):
            with closing(OurDriver(str(port), baud, WITH_LOGO)) as driver:
                driver.print("A-001", lambda: None)  # the first one loads python-escpos
                taken = [driver.timed(f"A-{n:03}") for n in range(2, RUNS + 2)]
            return median(taken), virtual.tickets[-1].length_mm / MECHANICS.mm_s + MECHANICS.cut_s
