"""What a technician types, and reads in Spanish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.scanner import __main__ as command_line

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_document_is_named_masked_with_its_rule(
    card_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["decode", f"images:{card_folder()}"]) == 0
    said = capsys.readouterr().out
    assert said == "DNI ••••5678 · regla R3 (código de barras lineal, igual en dos imágenes) · 2 imágenes\n"


def test_one_picture_is_not_enough(card_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["decode", f"images:{card_folder() / '0.jpg'}"]) == 1
    assert capsys.readouterr().out == "No se leyó ningún documento en 1 imágenes.\n"


def test_a_source_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["decode", f"video:{tmp_path / 'no.mp4'}"]) == 1
    assert "la fuente no existe" in capsys.readouterr().out


def test_an_unknown_source_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["decode", "webcam"])
    assert "Fuente de imágenes desconocida" in capsys.readouterr().err


def test_the_doctor_says_when_there_is_no_camera(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.doctor(()) == 1
    assert "No hay ninguna cámara conectada" in capsys.readouterr().out


def test_the_doctor_says_which_camera_gives_no_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "video0").touch()
    assert command_line.doctor((tmp_path / "video0", Path("/dev/null"))) == 1
    said = capsys.readouterr().out
    assert said.count("no da imágenes") == 2
