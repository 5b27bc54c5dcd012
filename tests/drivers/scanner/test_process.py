"""The scanner as the kiosk has it: a real child process, from being started to leaving nothing behind."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.scanner.process import CameraScanner
from drivers.scanner.virtual.card import Code
from drivers.scanner.virtual.people import JOSE, MARIA
from drivers.scanner.words import CameraState, DocumentReading, Hint, Rule, TicketReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.tracking import Token
    from tests.drivers.scanner.conftest import Ear

    OpenScanner = Callable[..., CameraScanner]
    CardFolder = Callable[..., Path]
    WaitUntil = Callable[[Callable[[], bool]], None]


# --- what is read -----------------------------------------------------------------------------------------------


def test_a_card_held_up_to_the_virtual_camera_is_read(ear: Ear, open_scanner: OpenScanner) -> None:
    scanner = open_scanner("virtual:dni:87654321", keep_name=True)
    scanner.start()
    reading = ear.wait_for_reading()
    assert isinstance(reading, DocumentReading)
    assert (reading.document.number, reading.name) == (JOSE.number, JOSE.name)


@pytest.mark.parametrize("turned_deg", [0, 180, 90])
@pytest.mark.parametrize(
    ("code", "rule"), [(Code.CODE39, Rule.CODE39_TWO_FRAMES), (Code.PDF417, Rule.PDF417_TWO_FRAMES)]
)
def test_a_card_is_read_by_either_code_however_it_is_held(
    ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder, code: Code, rule: Rule, turned_deg: int
) -> None:
    open_scanner(f"images:{card_folder(codes=frozenset({code}), turned_deg=turned_deg)}").start()
    reading = ear.wait_for_reading()
    assert isinstance(reading, DocumentReading)
    assert (reading.document.number, reading.rule, reading.name) == (MARIA.number, rule, None)


def test_a_ticket_is_read(ear: Ear, open_scanner: OpenScanner, token: Token, ticket_url: str) -> None:
    open_scanner(f"virtual:ticket:{ticket_url}").start()
    assert ear.wait_for_reading() == TicketReading(token)


def test_a_card_without_its_codes_brings_a_hint(ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder) -> None:
    open_scanner(f"images:{card_folder(codes=frozenset())}").start()
    assert ear.wait_for(lambda heard: isinstance(heard, Hint)) is Hint.TURN_OVER


# --- on and off -------------------------------------------------------------------------------------------------


def test_the_camera_is_on_only_while_somebody_looks(ear: Ear, open_scanner: OpenScanner, wait_until: WaitUntil) -> None:
    scanner = open_scanner("virtual:nothing")
    assert scanner.preview() is None

    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    wait_until(lambda: scanner.preview() is not None)

    scanner.stop()
    assert scanner.preview() is None
    ear.wait_for_state(CameraState.OFF)
    assert ear.heard == [CameraState.STARTING, CameraState.WATCHING, CameraState.OFF]


def test_scanning_stops_with_the_reading(ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder) -> None:
    scanner = open_scanner(f"images:{card_folder()}")
    scanner.start()
    ear.wait_for_reading()
    assert scanner.preview() is None
    assert ear.heard[-2] is CameraState.OFF


def test_the_next_visitor_is_read_too(ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder) -> None:
    scanner = open_scanner(f"images:{card_folder()}")
    for _ in range(2):
        before = len(ear.heard)
        scanner.start()
        assert isinstance(ear.wait_for_reading(since=before), DocumentReading)


def test_starting_anew_forgets_what_was_ordered_before(
    ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder
) -> None:
    scanner = open_scanner(f"images:{card_folder()}")
    for _ in range(5):
        scanner.start()
        scanner.stop()
    scanner.start()
    ear.wait_for_reading()
    assert sum(isinstance(heard, DocumentReading) for heard in ear.heard) == 1


def test_starting_again_while_it_looks_leaves_the_camera_on_and_hints_anew(
    ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder, wait_until: WaitUntil
) -> None:
    scanner = open_scanner(f"images:{card_folder(codes=frozenset())}")
    scanner.start(lit=False)
    ear.wait_for(lambda heard: isinstance(heard, Hint))
    before = len(ear.heard)
    scanner.start()
    wait_until(lambda: scanner.preview() is not None)
    assert ear.wait_for(lambda heard: isinstance(heard, Hint), before) is Hint.TURN_OVER
    assert ear.heard.count(CameraState.WATCHING) == 1
    assert CameraState.OFF not in ear.heard


def test_a_sample_is_held_up_when_it_is_asked_for(ear: Ear, open_scanner: OpenScanner) -> None:
    scanner = open_scanner("virtual:dni")
    scanner.start(lit=False)
    ear.wait_for_state(CameraState.WATCHING)
    time.sleep(3)  # a card that was held up would have been read
    assert not any(isinstance(heard, DocumentReading) for heard in ear.heard)
    scanner.start()
    assert isinstance(ear.wait_for_reading(), DocumentReading)


def test_a_source_that_names_none_is_refused_at_once(ear: Ear) -> None:
    with pytest.raises(ValueError, match="Fuente"):
        CameraScanner("webcam", ear)


# --- the end ----------------------------------------------------------------------------------------------------


def open_files() -> set[str]:
    return {file.name for file in Path("/proc/self/fd").iterdir()}


def shared_pictures() -> int:
    """How many previews this process has in its memory."""
    return Path("/proc/self/maps").read_text().count("scanner-preview")


def test_nothing_is_left_after_closing(ear: Ear, card_folder: CardFolder) -> None:
    before = open_files()
    scanner = CameraScanner(f"images:{card_folder()}", ear)
    scanner.start()
    ear.wait_for_reading()
    child = scanner._child
    assert child is not None
    assert shared_pictures() == 1

    began_s = time.monotonic()
    scanner.close()
    scanner.close()

    assert time.monotonic() - began_s < 2
    assert child.process.returncode is not None
    assert not Path(f"/proc/{child.process.pid}").exists()
    assert open_files() <= before
    assert shared_pictures() == 0


def test_closing_in_the_middle_of_everything_takes_no_longer(ear: Ear, wait_until: WaitUntil) -> None:
    scanner = CameraScanner("virtual:dni", ear)
    scanner.start()
    wait_until(lambda: scanner._child is not None)
    began_s = time.monotonic()
    scanner.close()
    assert time.monotonic() - began_s < 2


PARENT = """
import os, signal, sys, time
from drivers.scanner.process import CameraScanner
class Deaf:
    def scanned(self, reading): pass
    def hinted(self, hint): pass
    def camera_changed(self, state):
        if state.value == "watching":
            print(scanner._child.process.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
scanner = CameraScanner("virtual:nothing", Deaf())
scanner.start()
time.sleep(60)
"""


def test_the_child_ends_with_a_parent_that_was_killed(wait_until: WaitUntil) -> None:
    parent = subprocess.run(
        [sys.executable, "-c", PARENT], capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    child = Path(f"/proc/{int(parent.stdout)}")

    def is_gone() -> bool:
        return not child.exists() or "(zombie)" in (child / "status").read_text()

    wait_until(is_gone)


# --- what the child may know ------------------------------------------------------------------------------------


def test_the_child_loads_neither_the_screen_nor_the_rest_of_ours() -> None:
    script = "import drivers.scanner.child, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=30).stdout
    modules = [name.split(".") for name in json.loads(loaded)]

    assert not {name[0] for name in modules} & {"kivy", "kiosk", "server", "assets", "serial", "escpos", "sqlite3"}
    assert {".".join(name) for name in modules if name[0] == "domain"} == {
        "domain", "domain.documents", "domain.mrz", "domain.tracking",
    }  # fmt: skip
    assert {name[1] for name in modules if name[0] == "drivers" and len(name) > 1} == {"scanner"}


def test_no_log_carries_what_was_read(
    ear: Ear, open_scanner: OpenScanner, card_folder: CardFolder, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    scanner = open_scanner(f"images:{card_folder(number=JOSE.number)}", keep_name=True)
    scanner.start()
    reading = ear.wait_for_reading()
    scanner.close()

    written = caplog.text + "".join(capfd.readouterr()) + repr(ear.heard) + repr(reading) + str(reading)
    assert "scanner.camera state=watching" in caplog.text
    assert reading.document.number == JOSE.number
    for secret in (JOSE.number, "QUIÑONES", "JOSE", JOSE.register):
        assert secret not in written
