"""The settings: all faults at once, in the technician's language."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from domain.messages import to_json
from kiosk.config import ConfigError, load_enrolment, load_settings
from tests.samples import ENROLMENT


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kiosk.toml"
    monkeypatch.setenv("KIOSK_CONFIG", str(path))
    return path


def test_what_is_not_said_has_a_value(config: Path) -> None:
    config.write_text('data_dir = "/srv/kiosk"\n[printer]\nport = "/dev/ttyUSB0"\n')
    settings = load_settings()
    assert settings.store_path == Path("/srv/kiosk/kiosk.db")
    assert (settings.printer.port, settings.printer.baud) == ("/dev/ttyUSB0", 9600)
    assert settings.screen.fullscreen


def test_every_fault_is_told_at_once(config: Path) -> None:
    config.write_text('colour = "red"\n[printer]\nbaud = 1200\n[screen]\nwidth = 10\nheight = "alto"\n')
    with pytest.raises(ConfigError) as told:
        load_settings()
    text = str(told.value)
    for fault in (
        "colour: no se conoce",
        "printer.baud: debe ser",
        "screen.width: debe ser 540",
        "screen.height: debe",
    ):
        assert fault in text


def test_the_screen_is_as_it_is_told(config: Path) -> None:
    config.write_text("")
    assert load_settings().screen.languages == ("es", "en")
    config.write_text(
        '[screen]\nlanguages = ["qu", "es"]\nrotation = 90\nmotion = false\nsound = false\nvoice = false\n'
    )
    screen = load_settings().screen
    assert (screen.languages, screen.rotation) == (("qu", "es"), 90)
    assert [screen.motion, screen.sound, screen.voice] == [False] * 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("languages = []", "screen.languages: valor no válido"),
        ('languages = "es"', "screen.languages: debe ser una lista"),
        ('languages = ["ES"]', "screen.languages.0: debe ser el código"),
        ("rotation = 45", "screen.rotation: debe ser 0, 90, 180 or 270"),
        ('motion = "quizás"', "screen.motion: debe ser true o false"),
    ],
)
def test_a_screen_that_cannot_be_says_why(config: Path, line: str, told: str) -> None:
    config.write_text(f"[screen]\n{line}\n")
    with pytest.raises(ConfigError, match=told):
        load_settings()


@pytest.mark.parametrize("content", [b"data_dir = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_says_so(config: Path, content: bytes) -> None:
    config.write_bytes(content)
    with pytest.raises(ConfigError, match="TOML"):
        load_settings()


def test_a_missing_file_is_named(config: Path) -> None:
    with pytest.raises(ConfigError, match=str(config)):
        load_settings()


def test_the_environment_changes_no_setting(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("")
    monkeypatch.setenv("DATA_DIR", "/somewhere/else")
    assert load_settings().data_dir == Path("/var/lib/kiosk")


def test_an_enrolment_is_read_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "enrolment.json"
    path.write_bytes(to_json(ENROLMENT))
    assert load_enrolment(path) == ENROLMENT


@pytest.mark.parametrize(
    ("content", "told"), [(None, "no está inscrito"), (b"{}", "no es una"), (b"\xff", "no es una")]
)
def test_without_a_good_enrolment_there_is_no_kiosk(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "enrolment.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        load_enrolment(path)


@pytest.mark.parametrize(
    "wrong",
    [{"seal_key": b"abc"}, {"kiosk_no": 2**24}, {"series": "A-1"}, {"epoch": 0}, {"server_url": "no es url"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_enrolment_that_could_not_work_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / "enrolment.json"
    path.write_bytes(to_json(msgspec.structs.replace(ENROLMENT, **wrong)))
    with pytest.raises(ConfigError, match="no es una inscripción"):
        load_enrolment(path)
