"""A kiosk is emptied before it is handed on, but never while it holds the only copy of anything."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from kiosk.__main__ import main
from kiosk.config import load_settings
from kiosk.parts import open_store
from tests.kiosk.test_command import installed as installed  # noqa: PLC0414 the fixture
from tests.kiosk.test_export import Server, backlog, issue
from tests.samples import ENROLMENT

if TYPE_CHECKING:
    from pathlib import Path


def typed(monkeypatch: pytest.MonkeyPatch, name: str = "kiosco-1") -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(name + "\n"))


def confirm_all(folder: Path) -> None:
    assert main(["export", str(folder / "f")]) == 0
    assert main(["import", str(Server().take(folder / "f"))]) == 0


def test_what_the_server_has_not_confirmed_keeps_it_from_being_emptied(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(3)
    typed(monkeypatch)
    assert main(["export", str(installed / "f")]) == 0  # on its way is not there yet
    for options in ([], ["--unreadable"]):
        assert main(["wipe", *options]) == 1
        told = capsys.readouterr().err
        assert "no ha confirmado 3 eventos" in told
        assert "kiosk export" in told
    assert backlog() == 3


def test_once_all_is_confirmed_nothing_of_it_is_left(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(2)
    confirm_all(installed)
    for name in ("device.key", "staff.pin"):
        (installed / name).write_text("x")
    typed(monkeypatch, "otro")
    assert main(["wipe"]) == 1
    assert "no se borró nada" in capsys.readouterr().err
    assert (installed / "kiosk.db").exists()
    typed(monkeypatch)
    assert main(["wipe"]) == 0
    assert "«kiosco-1»" in capsys.readouterr().out
    assert {path.name for path in installed.iterdir()} == {"kiosk.toml", "f", "f.receipt"}


def test_a_kiosk_that_runs_is_not_emptied(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(load_settings(), ENROLMENT):
        assert main(["wipe"]) == 2
    assert "Ya hay un kiosco en marcha" in capsys.readouterr().err
    assert installed.exists()


def test_a_store_that_does_not_open_is_emptied_by_whoever_says_that_they_know(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(1)
    (installed / "kiosk.key").write_text("00" * 32)
    typed(monkeypatch)
    assert main(["wipe"]) == 1
    assert "--unreadable" in capsys.readouterr().err
    assert (installed / "kiosk.db").exists()
    assert main(["wipe", "--unreadable"]) == 0
    assert not (installed / "kiosk.db").exists()


def test_one_that_was_interrupted_is_finished(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(1)
    confirm_all(installed)

    def no_power(_path: Path) -> None:
        raise OSError

    typed(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.wipe.sync_folder", _second_time(no_power))
        assert main(["wipe"]) == 1
    assert not (installed / "kiosk.key").exists()
    assert (installed / "kiosk.db").exists()
    typed(monkeypatch)
    assert main(["wipe"]) == 0
    assert not (installed / "kiosk.db").exists()


def _second_time(fail: object) -> object:
    calls = []

    def once(path: Path) -> None:
        calls.append(path)
        if len(calls) == 2:
            fail(path)  # type: ignore[operator]

    return once


def test_the_key_is_overwritten_before_its_name_is_gone(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(1)
    confirm_all(installed)
    key = (installed / "kiosk.key").read_bytes()
    second = installed / "second-name"
    second.hardlink_to(installed / "kiosk.key")
    typed(monkeypatch)
    assert main(["wipe"]) == 0
    assert len(second.read_bytes()) == len(key)
    assert second.read_bytes() != key
