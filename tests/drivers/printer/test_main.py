"""The technician's commands, as programs."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drivers.printer.__main__ import main
from drivers.printer.spoken import ABSENT, CANNOT_PRINT, OK, SILENT, USAGE
from drivers.printer.virtual.device import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench


def test_the_doctor_finds_a_printer(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--no-questions", "--port", str(bench.port)]) == OK
    said = capsys.readouterr().out
    assert "DLE EOT 4: 12h" in said
    assert "Marca: VIRTUAL. Modelo: TM-T20III." in said
    assert "Lista para imprimir." in said
    assert bench.virtual.tickets == ()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault.PAPER_OUT, CANNOT_PRINT, "no tiene papel"),
        (Fault.COVER_OPEN, CANNOT_PRINT, "la tapa está abierta"),
        (Fault.POWER_OFF, SILENT, "no responde"),
        (Fault.UNPLUGGED, ABSENT, "no se puede abrir"),
    ],
)
def test_the_doctor_says_what_is_wrong(
    bench: Bench, capsys: pytest.CaptureFixture[str], fault: Fault, code: int, words: str
) -> None:
    bench.virtual.fail(fault)
    assert main(["doctor", "--no-questions", "--port", str(bench.port)]) == code
    assert words in capsys.readouterr().out


def test_a_file_is_printed(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "prueba.txt"
    text.write_text("Prueba de impresión: ñ á ü", encoding="utf-8")
    assert main(["print", "--port", str(bench.port), str(text)]) == OK
    assert "lo confirmó" in capsys.readouterr().out
    assert bench.virtual.tickets[0].text == "Prueba de impresión: ñ á ü"
    bench.virtual.fail(Fault.PAPER_OUT)
    assert main(["print", "--port", str(bench.port), str(text)]) == CANNOT_PRINT
    assert "no tiene papel" in capsys.readouterr().out
    assert main(["print", "--port", str(tmp_path / "none"), str(text)]) == ABSENT
    assert main(["print", "--port", str(bench.port), str(tmp_path / "none.txt")]) == USAGE


def test_the_virtual_printer_obeys_its_lines_and_ends_at_sigterm(tmp_path: Path) -> None:
    link, tickets, text = tmp_path / "port", tmp_path / "tickets", tmp_path / "prueba.txt"
    text.write_text("Hola", encoding="utf-8")
    command = [sys.executable, "-m", "drivers.printer", "virtual", "--link", str(link), "--tickets", str(tickets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:
        try:
            assert program.stdin
            assert program.stdout
            assert program.stdout.readline().strip() == str(link)
            assert main(["print", "--port", str(link), str(text)]) == OK
            assert program.stdout.readline().strip() == str(tickets / "0001.png")
            program.stdin.write("cover open\n")
            assert program.stdout.readline().strip() == "cover open"
            assert main(["doctor", "--no-questions", "--port", str(link)]) == CANNOT_PRINT
            program.send_signal(signal.SIGTERM)
            assert program.wait(10) == OK
        finally:
            program.kill()
    assert not link.is_symlink()
