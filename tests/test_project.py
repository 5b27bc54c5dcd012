"""What the project promises around its code: the service, the documents, the lock files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import domain
from kiosk.config import KioskSettings

ROOT = Path(__file__).parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "command", "watchdog"),
    [("kiosk.service", "run", "WatchdogSec=20"), ("kiosk-counter.service", "counter", "WatchdogSec=30")],
)
def test_the_services_are_what_systemd_accepts(tmp_path: Path, name: str, command: str, watchdog: str) -> None:
    """A unit names the installed program; verified with this checkout's in its place."""
    unit = (ROOT / name).read_text(encoding="utf-8")
    assert f"/opt/kiosk/.venv/bin/kiosk {command}\n" in unit
    assert_accepted(tmp_path / name, unit.replace("/opt/kiosk/.venv/bin", str(Path(sys.executable).parent)))
    for line in ("Type=notify", watchdog, "Restart=always"):
        assert line in unit.splitlines()


def assert_accepted(file: Path, unit: str) -> None:
    """Systemd has nothing to say against the unit."""
    file.write_text(unit)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_the_boards_service_is_what_systemd_accepts(tmp_path: Path) -> None:
    """Of a PC that has a browser and shows nothing else; neither needs to be here."""
    name = "kiosk-board.service"
    unit = (ROOT / name).read_text(encoding="utf-8")
    assert_accepted(tmp_path / name, unit.replace("/usr/bin/cage", "/usr/bin/env"))
    assert "Restart=always" in unit.splitlines()
    for said in (name, "BOARD_URL", "--autoplay-policy=no-user-gesture-required"):
        assert said in unit + name
        assert said in OPERATIONS


def test_the_servers_service_is_what_systemd_accepts(tmp_path: Path) -> None:
    name = "kiosk-server.service"
    unit = (ROOT / name).read_text(encoding="utf-8")
    assert "/opt/kiosk/.venv/bin/kiosk-server run\n" in unit
    assert_accepted(tmp_path / name, unit.replace("/opt/kiosk/.venv/bin/kiosk-server", sys.executable))
    assert "Restart=always" in unit.splitlines()
    assert f"cp {name} " in OPERATIONS


def test_the_copys_service_and_timer_are_what_systemd_accepts(tmp_path: Path) -> None:
    """A copy is made and tried out, every night."""
    service = (ROOT / "kiosk-server-backup.service").read_text(encoding="utf-8")
    orders = re.findall(r"^ExecStart=/opt/kiosk/.venv/bin/(.*)$", service, re.MULTILINE)
    assert orders == [
        "kiosk-server backup /var/backups/kiosk --keep 8",
        "kiosk-server backup --check /var/backups/kiosk",
    ]
    here = service.replace("/opt/kiosk/.venv/bin/kiosk-server", sys.executable)
    assert_accepted(tmp_path / "kiosk-server-backup.service", here)
    timer = (ROOT / "kiosk-server-backup.timer").read_text(encoding="utf-8")
    assert_accepted(tmp_path / "kiosk-server-backup.timer", timer)
    for said in ("kiosk-server-backup.service", "kiosk-server-backup.timer", "/var/backups/kiosk"):
        assert said in OPERATIONS


def test_the_changelog_starts_with_the_codes_version() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == domain.__version__


@pytest.mark.parametrize("program", ["kiosk", "server"])
def test_every_command_is_documented(program: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^    (\w+)  ", told.stdout, re.MULTILINE)
    assert commands
    name = {"kiosk": "kiosk", "server": "kiosk-server"}[program]
    assert [command for command in commands if f"`{name} {command}" not in OPERATIONS] == []


def test_every_setting_of_the_kiosk_is_documented() -> None:
    fields = KioskSettings.model_json_schema()
    names = list(fields["properties"]) + [
        name for part in fields["$defs"].values() for name in part.get("properties", {})
    ]
    assert [name for name in names if not re.search(rf"^\s*(\[{name}\]|{name} =)", OPERATIONS, re.MULTILINE)] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock", "requirements-emulator.lock"])
def test_a_lock_pins_by_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)
    pins = re.split(r"\n(?=\S)", text)
    assert [pin for pin in pins if "==" in pin.splitlines()[0] and "--hash=sha256:" not in pin] == []


def test_every_relative_link_in_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
