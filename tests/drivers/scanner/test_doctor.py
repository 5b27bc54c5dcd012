"""The commissioning screen in words: what is wrong is named, numbers are masked, and it ends by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.scanner import __main__ as command_line
from drivers.scanner import doctor
from drivers.scanner.doctor import HINTS, WHY, described
from drivers.scanner.frames import Why
from drivers.scanner.symbols import Symbol
from drivers.scanner.virtual.card import Code
from drivers.scanner.virtual.people import MARIA
from drivers.scanner.words import Hint

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _no_devices_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "cameras", lambda: ())
    monkeypatch.setattr("serial.tools.list_ports.comports", list)


def run(*arguments: object) -> int:
    return command_line.main(["doctor", *map(str, arguments)])


# --- faults -----------------------------------------------------------------------------------------------------


def test_nothing_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 3
    said = capsys.readouterr().out
    for told in ("Ninguna cámara conectada", "Ningún puerto serie USB", "--learn"):
        assert told in said


@pytest.mark.parametrize("wrong", [("--source", "webcam"), ("--light", "gpio:4"), ("--usb", "on")])
def test_a_wrong_word_is_refused(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*wrong) == 2
    assert "Use" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "why"), [("busy", Why.BUSY), ("rows", Why.WRONG_FORMAT), ("frozen", Why.FROZEN)])
def test_a_camera_that_gives_nothing_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, why: Why
) -> None:
    device = tmp_path / "cam"
    device.write_text(words)
    assert run("--source", f"virtual:camera:{device}") == 1
    assert WHY[why] in capsys.readouterr().out


def test_a_small_picture_is_to_be_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    device = tmp_path / "cam"
    device.write_text("small")
    assert run("--source", f"virtual:camera:{device}", "--seconds", 0.3) == 1
    said = capsys.readouterr().out
    assert "640 x 480" in said
    assert "REVISE" in said
    assert "no se ve ninguno" in said


def test_every_reason_and_hint_has_its_words() -> None:
    assert set(WHY) == set(Why)
    assert set(HINTS) == set(Hint)


def test_few_pixels_a_bar_are_said() -> None:
    assert "acerque" in described(Symbol("PDF417", 472, 0.5, 2.1))
    assert "acerque" not in described(Symbol("PDF417", 472, 0.5, 2.4))
    assert described(Symbol("QRCode", 20)) == "QRCode · 20 caracteres · ajeno al kiosco"


# --- what is seen -----------------------------------------------------------------------------------------------


def test_a_sample_card_is_read_and_nothing_but_its_end_is_shown(
    tmp_path: Path,
    card_folder: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "LEAST_RATE", 1.0)  # whatever else this machine does now
    device = tmp_path / "cam"
    device.write_text(f"picture {card_folder(codes=frozenset({Code.CODE39, Code.PDF417}))}")
    switch = tmp_path / "log"
    light = f"command:sh -c 'echo $0 >> {switch}'"
    assert run("--source", f"virtual:camera:{device}", "--seconds", 20, "--light", light, "--usb", "off") == 0
    said = capsys.readouterr().out
    for told in (
        "1920 x 1080",
        "nitidez",
        "luz",
        "Code39 · 8",
        "PDF417 · 472",
        "píxeles por barra",
        "LEÍDO: DNI ••••5678",
    ):
        assert told in said
    for secret in (MARIA.number, "MARIA", MARIA.register):
        assert secret not in said
    assert switch.read_text().split()[-1] == "off"


# --- what the manual says ---------------------------------------------------------------------------------------

OPERATIONS = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_option_of_the_doctor_is_in_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    assert options
    assert [option for option in options if f"`{option}" not in OPERATIONS] == []


def test_every_command_is_in_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    commands = re.findall(r"^    ([a-z-]+)  ", capsys.readouterr().out, re.MULTILINE)
    assert commands
    assert [name for name in commands if f"`python -m drivers.scanner {name}" not in OPERATIONS] == []


@pytest.mark.parametrize("why", Why)
def test_every_reason_in_the_log_is_in_the_manual(why: Why) -> None:
    assert f"| `{why.value}` |" in OPERATIONS
