"""The lamp: on only while somebody looks, and whatever its program does, the scanner scans."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from drivers.scanner import light
from drivers.scanner.light import CommandLight, NoLight, open_light, parse_light
from drivers.scanner.words import CameraState, DocumentReading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear

    WaitUntil = Callable[[Callable[[], bool]], None]


class Switch:
    """A program that writes down what it was called with, and then does ``more``."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.path = folder / "switch"
        self._log = folder / "log"
        self.path.write_text(f'#!/bin/sh\necho "$@" >> {self._log}\n{more}\n')
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    @property
    def calls(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


# --- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "on", "command:", "command: ", "gpio:4", 'command:"open'])
def test_what_names_no_lamp_is_refused_in_spanish(text: str) -> None:
    with pytest.raises(ValueError, match="Luz desconocida"):
        parse_light(text)


def test_a_program_that_is_not_there_is_logged_once(
    tmp_path: Path, wait_until: WaitUntil, caplog: pytest.LogCaptureFixture
) -> None:
    lamp = CommandLight((str(tmp_path / "nothing"),))
    wait_until(lambda: "worked=False" in caplog.text)
    lamp.switch(on=True)
    lamp.close()
    assert caplog.text.count("worked=") == 1


def test_a_program_that_hangs_is_ended_and_the_newest_wish_is_done(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(light, "PATIENCE_S", 0.3)
    switch = Switch(tmp_path, "sleep 600")
    lamp = CommandLight((str(switch.path),))
    wait_until(lambda: switch.calls == ["off"])
    lamp.switch(on=True)
    lamp.switch(on=False)
    lamp.switch(on=True)
    wait_until(lambda: switch.calls == ["off", "on"])
    lamp.close()
    assert not lamp._thread.is_alive()
    assert switch.calls == ["off", "on", "off"]


def test_a_lamp_that_hangs_delays_no_reading(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path, card_folder: Callable[..., Path]
) -> None:
    lamp = CommandLight((str(Switch(tmp_path, "sleep 600").path),))
    scanner = open_scanner(f"images:{card_folder()}", light=lamp)
    scanner.start()
    assert isinstance(ear.wait_for_reading(), DocumentReading)
    scanner.close()
    assert not lamp._thread.is_alive()


# --- on and off -------------------------------------------------------------------------------------------------


def test_it_is_on_while_somebody_looks(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path, wait_until: WaitUntil
) -> None:
    switch = Switch(tmp_path)
    scanner = open_scanner("virtual:nothing", light=open_light(f"command:{switch.path} --relay '1 2'"))
    wait_until(lambda: switch.calls == ["--relay 1 2 off"])
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    wait_until(lambda: switch.calls[1:] == ["--relay 1 2 on"])
    scanner.stop()
    wait_until(lambda: switch.calls[2:] == ["--relay 1 2 off"])
    scanner.start()
    wait_until(lambda: len(switch.calls) == 4)
    scanner.close()
    assert switch.calls[4:] == ["--relay 1 2 off"]


def test_it_is_off_while_a_document_is_only_waited_for_and_on_when_one_is_asked_for(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path, wait_until: WaitUntil
) -> None:
    switch = Switch(tmp_path)
    scanner = open_scanner("virtual:nothing", light=open_light(f"command:{switch.path}"))
    scanner.start(lit=False)
    ear.wait_for_state(CameraState.WATCHING)
    assert switch.calls in ([], ["off"])
    for lit, calls in ((True, ["off", "on"]), (False, ["off", "on", "off"]), (True, ["off", "on", "off", "on"])):
        scanner.start(lit=lit)
        wait_until(lambda calls=calls: switch.calls == calls)  # type: ignore[misc]
    assert ear.heard == [CameraState.STARTING, CameraState.WATCHING], "the camera went off and on with the lamp"


def test_none_is_none() -> None:
    lamp = open_light("none")
    assert isinstance(lamp, NoLight)
    lamp.switch(on=True)
    lamp.close()
