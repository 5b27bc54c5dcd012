"""The printer's settings: what can be set, and what is refused in words a technician understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from drivers.printer.profile import CLONE_80, EPSON_80, PROFILES
from drivers.printer.words import FlowControl, LogoMemory, Tier
from kiosk.config import ConfigError, PrinterSettings
from kiosk.parts import printer_of
from kiosk.store.database import Database, load_key
from kiosk.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path


def test_every_kind_of_printer_can_be_set() -> None:
    assert set(get_args(PrinterSettings.model_fields["model"].annotation)) == set(PROFILES)


def test_a_unit_that_differs_from_its_kind_is_what_was_set() -> None:
    port, profile = printer_of(
        PrinterSettings(
            port="usb-serial:1a86:7523", baud=19200, flow=FlowControl.XON_XOFF, model="clone-80",
            tier=Tier.STATUS, native_qr=False, logo=LogoMemory.NV,
        )
    )  # fmt: skip
    assert (port.address, port.baud, port.flow) == ("usb-serial:1a86:7523", 19200, FlowControl.XON_XOFF)
    assert (profile.tier, profile.native_qr, profile.logo) == (Tier.STATUS, False, LogoMemory.NV)
    assert profile.clears == CLONE_80.clears
    assert printer_of(PrinterSettings())[1] == EPSON_80


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (PrinterSettings(port="ttyUSB0"), "no es un puerto conocido"),
        (PrinterSettings(port="file:/tmp/x"), "no responde"),
        (PrinterSettings(tier=Tier.NONE), "no responde"),
    ],
)
def test_what_can_give_no_ticket_is_refused(settings: PrinterSettings, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        printer_of(settings)


def test_a_store_of_the_first_version_keeps_every_job(tmp_path: Path) -> None:
    """As the first version made it: only its migration had run."""
    path, key = tmp_path / "kiosk.db", load_key(tmp_path / "kiosk.key", store=tmp_path / "kiosk.db")
    states = ("issued", "sending", "confirmed", "probable", "not_printed", "uncertain", "confirmed_late")
    with pytest.MonkeyPatch.context() as first:
        first.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:1])
        old = Database(path, key)
        with old.immediate() as tables:
            tables.execute("INSERT INTO counter VALUES ('lima-centro', '2026-11-23', 'A', 7)")
            for n, state in enumerate(states, start=1):
                ticket = f"00000000-0000-0000-0000-{n:012}"
                tables.execute(
                    "INSERT INTO ticket VALUES (?, 'lima-centro', '2026-11-23', 'A', ?, 'x', 0, 1, ?)",
                    (ticket, n, bytes([n])),
                )
                tables.execute(
                    "INSERT INTO print_job VALUES (?, ?, '2026-11-23', ?, '', '0001', 1)", (ticket, ticket, state)
                )
        old.close()
    new = Database(path, key)
    jobs = new.rows("SELECT id, ticket, copy, request, state FROM print_job ORDER BY id")
    assert [job["state"] for job in jobs] == list(states)
    assert all(job["id"] == job["ticket"] and job["copy"] == 0 and job["request"] is None for job in jobs)
    new.close()
