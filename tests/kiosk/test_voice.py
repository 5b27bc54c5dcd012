"""The voice: real sounds of real programs, stopped at once, and silence where something is missing."""

from __future__ import annotations

import logging
import sys
import time
import wave
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.flow import events as happened
from kiosk.flow.state import Aid, Screen, State
from kiosk.narrator import Narrator
from kiosk.texts import Texts
from kiosk.voice import Silence, Voice
from tests.flows.visitor import TICKET, Visitor
from tests.samples import MONDAY_10AM, OFFICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LISTENS = (sys.executable, "-c", "import sys; sys.stdin.buffer.read()")
"""A player that takes a sound and makes none: here is no sound card."""
PLAYS_FOR_EVER = (sys.executable, "-c", "import sys, time; sys.stdin.buffer.read(); time.sleep(60)")


@pytest.fixture
def speak(tmp_path: Path) -> Iterator[Callable[..., Voice]]:
    """Makes voices whose sounds lie in the test's directory."""
    voices: list[Voice] = []

    def make(**parts: object) -> Voice:
        voices.append(Voice(**{"player": LISTENS, "keep": tmp_path, **parts}))  # type: ignore[arg-type]
        return voices[-1]

    yield make
    for voice in voices:
        voice.close()


def _until(holds: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _sound(directory: Path, number: int, language: str) -> wave.Wave_read:
    path = directory / f"{number:04d}-{language}.wav"
    _until(lambda: path.is_file() and path.stat().st_size)
    return wave.open(str(path))


def test_every_language_with_a_voice_sounds_different(speak: Callable[..., Voice], tmp_path: Path) -> None:
    voice = speak()
    assert voice.languages == {"es", "en", "qu"}
    frames = {}
    for number, language in enumerate(("es", "en", "qu"), 1):
        voice.say(["Su número es A, 0 17."], language)
        with _sound(tmp_path, number, language) as sound:
            assert sound.getnframes() / sound.getframerate() > 1.0
            assert sound.getnframes() == (Path(tmp_path / f"{number:04d}-{language}.wav").stat().st_size - 44) // 2
            frames[language] = sound.readframes(sound.getnframes())
        assert max(frames[language]) > 0
    assert len(set(frames.values())) == 3


def test_aymara_is_read_by_the_spanish_voice(speak: Callable[..., Voice], tmp_path: Path) -> None:
    voice = speak()
    voice.say(["Elija su trámite"], "ay")
    voice_of = _sound(tmp_path, 1, "ay")
    voice.say(["Elija su trámite"], "es")
    spanish = _sound(tmp_path, 2, "es")
    assert voice_of.readframes(10**7) == spanish.readframes(10**7)


def test_more_words_sound_longer_and_a_sign_alone_has_a_name(speak: Callable[..., Voice], tmp_path: Path) -> None:
    voice = speak()
    lengths = []
    for number, texts in enumerate((["Sí"], ["Elija su trámite", "Presentar documentos: marque 1"], ["."]), 1):
        voice.say(texts, "es")
        lengths.append(_sound(tmp_path, number, "es").getnframes())
    assert lengths[1] > 3 * lengths[0]
    assert lengths[2] > 4000


def test_a_sign_that_only_the_eye_needs_is_not_read_out(speak: Callable[..., Voice], tmp_path: Path) -> None:
    voice = speak()
    frames = []
    for number, text in enumerate(("Mesa de partes · Sede central", "Mesa de partes, Sede central."), 1):
        voice.say([text], "es")
        frames.append(_sound(tmp_path, number, "es").readframes(10**7))
    assert frames[0] == frames[1]


def _processes_of(command: tuple[str, ...]) -> int:
    wanted = "\0".join(command).encode()
    count = 0
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += wanted in place.read_bytes()
        except OSError:
            continue
    return count


def test_what_is_said_stops_at_once_and_never_keeps_the_caller(speak: Callable[..., Voice]) -> None:
    player = (*PLAYS_FOR_EVER, str(time.monotonic_ns()))
    voice = speak(player=player)
    started = time.monotonic()
    voice.say(["Un texto"], "es")
    assert time.monotonic() - started < 0.1
    _until(lambda: _processes_of(player) == 1)
    started = time.monotonic()
    voice.hush()
    assert time.monotonic() - started < 0.1
    _until(lambda: _processes_of(player) == 0, within_s=1.0)


def test_only_the_newest_is_waiting(speak: Callable[..., Voice], tmp_path: Path) -> None:
    voice = speak(player=PLAYS_FOR_EVER)
    for n in range(50):
        voice.say([f"Número {n}"], "es")
    _sound(tmp_path, 50, "es")
    assert len(list(tmp_path.glob("*.wav"))) < 10


def test_nothing_that_is_said_is_seen_in_the_list_of_processes(speak: Callable[..., Voice]) -> None:
    voice = speak(player=PLAYS_FOR_EVER)
    voice.say(["palabra reservada"], "es")
    for _ in range(20):
        assert _processes_of(("reservada",)) == 0
        time.sleep(0.005)


@pytest.mark.parametrize("parts", [{"synthesiser": ("no-such-program",)}, {"player": ("no-such-program",)}])
def test_without_a_program_it_is_silent_and_says_so_once(
    speak: Callable[..., Voice], caplog: pytest.LogCaptureFixture, parts: dict[str, object]
) -> None:
    caplog.set_level(logging.INFO)
    voice = speak(**parts)
    for _ in range(3):
        voice.say(["palabra reservada"], "es")
        time.sleep(0.2)
    assert [record.getMessage() for record in caplog.records] == ["voice.absent program=no-such-program"]


def test_a_player_that_fails_is_logged_once_and_so_is_its_return(
    speak: Callable[..., Voice], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    works = tmp_path / "works"
    program = f"import sys, pathlib; sys.stdin.buffer.read(); sys.exit(not pathlib.Path({str(works)!r}).exists())"
    voice = speak(player=(sys.executable, "-c", program))

    def lines() -> list[str]:
        return [record.getMessage().split(" program=")[0] for record in caplog.records]

    for number in (1, 2):
        voice.say(["palabra reservada"], "es")
        _sound(tmp_path, number, "es")
        time.sleep(0.2)
    _until(lambda: lines() == ["voice.failed code=1"])
    works.touch()
    voice.say(["otra vez"], "es")
    _until(lambda: lines() == ["voice.failed code=1", "voice.works_again"])
    assert "reservada" not in caplog.text


def test_a_closed_voice_says_nothing(speak: Callable[..., Voice], tmp_path: Path) -> None:
    voice = speak()
    voice.close()
    voice.say(["Tarde"], "es")
    assert list(tmp_path.glob("*.wav")) == []


# --- the narrator -----------------------------------------------------------------------------------------------


def test_a_visit_is_told_and_the_log_has_its_keys_and_nothing_of_the_visitor(
    speak: Callable[..., Voice], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    voice = speak()
    narrator = Narrator(voice, Texts)
    visitor = Visitor(State(office=OFFICE, now_s=0.0, now=MONDAY_10AM))

    def do(event: happened.Event) -> None:
        before, done = visitor.state, len(visitor.effects)
        visitor.do(event)
        narrator.follow(before, visitor.state, event, visitor.effects[done:])

    for key in "*1" + "12345678" + "11##1":
        do(happened.KeyPressed(key))
    do(happened.Issued(TICKET))
    assert visitor.state.screen is Screen.TICKET
    newest = max(int(path.name[:4]) for path in tmp_path.glob("*.wav")) if list(tmp_path.glob("*.wav")) else 0
    do(happened.KeyPressed("*"))
    _until(lambda: any(int(path.name[:4]) > newest for path in tmp_path.glob("*.wav")))
    says = [record.getMessage() for record in caplog.records if record.getMessage().startswith("voice.says")]
    assert says[0].startswith("voice.says language=es keys=voice.welcome,plain,voice.open_until")
    assert "voice.digits_left" in says[2]
    assert "voice.your_number,voice.printing" in says[-1]
    for personal in ("12345678", "A, 0 17", "A-017", "5678"):
        assert personal not in caplog.text


def test_a_voice_that_is_off_is_never_asked() -> None:
    silence = Silence()
    narrator = Narrator(silence, Texts)
    visitor = Visitor(State(office=OFFICE, now_s=0.0, now=MONDAY_10AM))
    before = visitor.state
    narrator.follow(before, visitor.do(happened.Begun()).state, happened.Begun())
    assert silence.said == ()


def test_aymara_hears_that_it_is_spanish_once() -> None:
    silence = Silence()
    narrator = Narrator(silence, lambda _language: Texts("es"))
    state = State(office=OFFICE, now_s=0.0, now=MONDAY_10AM, languages=("es", "ay"), aids=frozenset({Aid.VOICE}))
    chosen = replace(state, language="ay")
    narrator.follow(state, chosen, happened.LanguageChosen("ay"))
    assert silence.said[0] == "Todavía no tenemos voz en ese idioma. Le hablamos en español."
    narrator.follow(chosen, replace(chosen, screen=Screen.SERVICE), happened.Continued())
    assert "Todavía no tenemos voz" not in " ".join(silence.said)
