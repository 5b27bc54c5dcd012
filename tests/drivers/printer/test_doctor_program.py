"""The doctor as a program: a terminal with somebody at it, answers that are none, and an input that ends."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.printer.__main__ import main
from drivers.printer.doctor.technician import Gone, Terminal
from drivers.printer.spoken import OK, SILENT, USAGE
from drivers.printer.virtual.printer import VirtualPrinter

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(tmp_path / "port", tmp_path / "tickets")
    yield printer
    printer.close()


class Keys:
    """What is typed at a terminal, and what it shows."""

    def __init__(self) -> None:
        self.ear, self._hand = os.pipe()
        self.shown = io.StringIO()
        self.terminal = Terminal(self.ear, self.shown)

    def types(self, text: str) -> None:
        os.write(self._hand, text.encode())

    def leaves(self) -> None:
        os.close(self._hand)


@pytest.fixture
def keys() -> Iterator[Keys]:
    keys = Keys()
    yield keys
    os.close(keys.ear)


@pytest.mark.parametrize(
    ("typed", "answer", "times"),
    [("s\n", True, 1), (" Sí \n", True, 1), ("n\n", False, 1), ("NO\n", False, 1), ("\nquizá\n\ns\n", True, 4)],
)
def test_enter_and_anything_else_repeats_the_question(keys: Keys, typed: str, answer: object, times: int) -> None:
    keys.types(typed)
    assert keys.terminal.agrees("¿Salió?") is answer
    assert keys.shown.getvalue() == "¿Salió? [s/n]\n" * times
    keys.leaves()


def test_several_lines_typed_ahead_answer_several_questions(keys: Keys) -> None:
    keys.types("s\nn\n2\n")
    assert (keys.terminal.agrees("a"), keys.terminal.agrees("b")) == (True, False)
    assert keys.terminal.chooses("¿Cuál?", ["uno", "dos"]) == 1
    assert keys.shown.getvalue().endswith("  1. uno\n  2. dos\n¿Cuál? [1-2]\n")
    keys.leaves()


def test_a_choice_that_is_none_is_asked_again(keys: Keys) -> None:
    keys.types("0\n3\nx\n1\n")
    assert keys.terminal.chooses("¿Cuál?", ["uno", "dos"]) == 0
    assert keys.shown.getvalue().count("¿Cuál?") == 4
    keys.leaves()


def test_an_input_that_ends_is_nobody(keys: Keys) -> None:
    keys.leaves()
    with pytest.raises(Gone):
        keys.terminal.agrees("¿Salió?")
    assert keys.terminal.interrupts(0.01) is False


def test_enter_interrupts_a_wait_and_nothing_else_does(keys: Keys) -> None:
    assert keys.terminal.interrupts(0.01) is False
    keys.types("\n")
    assert keys.terminal.interrupts(10) is True
    keys.leaves()


def test_nobody_is_asked_nothing() -> None:
    terminal = Terminal(None, io.StringIO())
    assert not terminal.answers
    assert terminal.interrupts(0.01) is False
    with pytest.raises(Gone):
        terminal.agrees("¿Salió?")


ANSWERS = {
    "hoja de prueba": "s",
    "1.": "s",
    "2.": "s",
    "3.": "s",
    "5.": "s",
    "Cortó": "s",
    "sensores": "n",
    "Escribirla": "s",
}


def test_somebody_at_a_terminal(printer: VirtualPrinter, tmp_path: Path) -> None:
    """A whole commissioning: every question comes alone, and is answered when it has come."""
    terminal, theirs = os.openpty()
    command = [sys.executable, "-m", "drivers.printer", "doctor", "--port", str(tmp_path / "port"), "--baud", "115200"]
    command += ["--config", str(tmp_path / "kiosk.toml")]
    said = []
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True) as program:
        watchdog = threading.Timer(60, program.kill)
        watchdog.start()
        try:
            assert program.stdout
            for line in program.stdout:
                said.append(line)
                if line.rstrip().endswith("[s/n]"):
                    answer = next(answer for about, answer in ANSWERS.items() if about in line)
                    os.write(terminal, f"{answer}\n".encode())
            assert program.wait() == OK, said
        finally:
            watchdog.cancel()
            program.kill()
            os.close(terminal)
            os.close(theirs)
    assert (tmp_path / "kiosk.toml").read_text() == (
        f'[printer]\nport = "{tmp_path / "port"}"\nbaud = 115200\nflow = "none"\nmodel = "epson-80"\n'
    )
    assert len(printer.tickets) == 1
    assert printer.violations == ()


def test_a_program_that_calls_it_is_asked_nothing(
    printer: VirtualPrinter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text("[printer]\nport = 3\n", encoding="utf-8")
    order = ["doctor", "--port", str(tmp_path / "port"), "--no-questions", "--config", str(file)]
    assert main(order) == OK
    assert file.read_text(encoding="utf-8") == "[printer]\nport = 3\n"
    assert main([*order, "--write"]) == OK
    assert re.search(r'^model = "epson-80"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    file.write_text("[", encoding="utf-8")
    assert main([*order, "--write"]) == USAGE
    assert "no es TOML válido" in capsys.readouterr().out
    assert printer.tickets == ()


def test_the_whole_search_as_a_program(
    printer: VirtualPrinter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del printer
    silent, theirs = os.openpty()
    ports = ["--port", os.ttyname(theirs), "--port", str(tmp_path / "port")]
    assert main(["doctor", "--no-questions", *ports]) == USAGE
    assert main(["doctor", "--no-questions", "--yes", *ports]) == OK
    assert "responde una impresora a 9600 baudios" in capsys.readouterr().out
    assert main(["doctor", "--no-questions", "--port", os.ttyname(theirs), "--baud", "9600"]) == SILENT
    os.close(silent)
    os.close(theirs)


def test_a_speed_that_no_printer_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--port", "/dev/null", "--baud", "1234"]) == USAGE
    assert "9600, 19200" in capsys.readouterr().err


def test_ctrl_c_ends_it_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("drivers.printer.__main__.commission", interrupt)
    assert main(["doctor", "--port", "/dev/null"]) == USAGE
    assert "Interrumpido" in capsys.readouterr().out


def test_every_option_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    operations = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(options) >= 9
    assert [option for option in sorted(options) if f"| `{option}" not in operations] == []
