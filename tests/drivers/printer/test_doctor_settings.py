"""The configuration: what the doctor writes, the kiosk reads; what it does not write, stays to the letter."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

import kiosk.config
from drivers.printer.doctor import settings
from drivers.printer.doctor.settings import SettingsError, default_file, merged, table_of, write
from kiosk.config import load_settings
from kiosk.parts import printer_of

if TYPE_CHECKING:
    from pathlib import Path

COMMENTED = """\
# De la sede central. No borrar.
data_dir = "/var/lib/kiosk"

[printer]                    # lo escribe el doctor
port = "/dev/ttyUSB0"        # el de antes
baud    =   9600
flow = "rtscts"              # así lo pide el cable
model = "epson-80"
tier = "sensor"              # difiere
native_qr = true
logo = "nv"
roll_m = 50                  # rollos cortos

[scanner]
source = "camera:auto"       # la primera
"""


def test_only_what_changed_is_another() -> None:
    fresh = merged(COMMENTED, "/dev/kiosk-printer", 9600, "epson-80", {})
    assert fresh == COMMENTED.replace('"/dev/ttyUSB0"  ', '"/dev/kiosk-printer"  ').replace(
        'tier = "sensor" ', 'tier = "process_id" '
    )


def test_another_model_leaves_nothing_of_the_old_one() -> None:
    fresh = merged(COMMENTED, "/dev/ttyUSB0", 19200, "plain-80", {"tier": "sensor"})
    for line in ('model = "plain-80"', 'tier = "sensor"  ', "native_qr = false", 'logo = "none"', "roll_m = 50  "):
        assert line in fresh
    assert 'flow = "rtscts"              # así lo pide el cable' in fresh
    assert "baud    =   19200" in fresh


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# nada más que esto\n",
        'data_dir = "/x"\n\n[scanner]\nsource = "camera:auto"\n',
        "[printer]\n",
        'printer = { port = "/dev/ttyUSB9" }\n',
        'printer.port = "/dev/ttyUSB9"\n[screen]\nfullscreen = false\n',
        COMMENTED,
    ],
)
def test_the_kiosk_accepts_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(before, encoding="utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(file))
    write(file, "usb-serial:0403:6001", 19200, "clone-80", {"tier": "status", "native_qr": False, "logo": "nv"})
    port, profile = printer_of(load_settings().printer)
    assert (port.address, port.baud) == ("usb-serial:0403:6001", 19200)
    assert (profile.name, profile.tier, profile.native_qr, profile.logo) == ("clone-80", "status", False, "nv")
    for line in before.splitlines():
        if line.startswith(("#", "data_dir", "source", "fullscreen")):
            assert line in file.read_text(encoding="utf-8").splitlines()


def test_a_file_that_is_missing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kiosk.toml"
    write(file, "/dev/kiosk-printer", 9600, "epson-80", {})
    assert file.read_text() == table_of("/dev/kiosk-printer", 9600, "epson-80", {})
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    monkeypatch.setenv("KIOSK_CONFIG", str(file))
    assert load_settings().printer.model == "epson-80"


def test_mode_and_link_stay_and_nothing_is_left_beside(tmp_path: Path) -> None:
    file, link = tmp_path / "real" / "kiosk.toml", tmp_path / "kiosk.toml"
    file.parent.mkdir()
    file.write_text(COMMENTED, encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    write(link, "/dev/kiosk-printer", 9600, "mini-58", {})
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert 'model = "mini-58"' in file.read_text(encoding="utf-8")
    assert [path.name for path in file.parent.iterdir()] == ["kiosk.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text("", encoding="utf-8")
    os.chown(file, 65534, 65534)
    write(file, "/dev/kiosk-printer", 9600, "epson-80", {})
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65534)


@pytest.mark.parametrize("before", ["[printer\n", "printer = 3\n", "a = 1\na = 2\n"])
def test_a_file_that_is_no_configuration_stays_as_it_is(tmp_path: Path, before: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(before, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"kiosk\.toml: "):
        write(file, "/dev/kiosk-printer", 9600, "epson-80", {})
    assert file.read_text(encoding="utf-8") == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No se puede escribir"):
        write(tmp_path / "none" / "kiosk.toml", "/dev/kiosk-printer", 9600, "epson-80", {})


def test_a_folder_that_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root writes everywhere, so the refusal is made up where the kernel's would be."""
    file = tmp_path / "kiosk.toml"
    file.write_text(COMMENTED, encoding="utf-8")

    def refuse(**_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(settings.tempfile, "mkstemp", refuse)
    with pytest.raises(SettingsError, match=r"Permission denied\); repita con sudo"):
        write(file, "/dev/kiosk-printer", 9600, "epson-80", {})
    assert file.read_text(encoding="utf-8") == COMMENTED


def test_a_full_disk_leaves_the_old_file_and_nothing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(COMMENTED, encoding="utf-8")

    def refuse(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(SettingsError, match="No space"):
        write(file, "/dev/kiosk-printer", 9600, "epson-80", {})
    assert file.read_text(encoding="utf-8") == COMMENTED
    assert [path.name for path in tmp_path.iterdir()] == ["kiosk.toml"]


def test_the_doctor_and_the_kiosk_mean_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIOSK_CONFIG", raising=False)
    assert default_file() == kiosk.config.config_path()
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "x"))
    assert default_file() == kiosk.config.config_path() == tmp_path / "x"
