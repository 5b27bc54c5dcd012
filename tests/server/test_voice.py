"""What the boards say aloud: the words of a call, real sounds of the real program, and silence where it is missing."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import wave
from typing import TYPE_CHECKING

import pytest

from domain.tickets import QueueNumber
from server.voice import REMEMBERED_CALLS, VOICES, Voice, plain, spelled

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = QueueNumber("A", 17)


def phonemes(words: str, language: str = "es") -> str:
    """How espeak-ng pronounces them, without its pauses."""
    command = ("espeak-ng", "-v", VOICES[language], "-m", "-q", "-x", "--stdin")
    said = subprocess.run(command, input=words, capture_output=True, text=True, check=True).stdout
    return "".join(letter for letter in said if letter not in "_:!\n ',")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (QueueNumber("A", 17), "A, 0, 17"),
        (QueueNumber("B", 5), "B, 0, 0, 5"),
        (QueueNumber("AC", 230), "A, C, 230"),
        (QueueNumber("Z", 1004), "Z, 1004"),
        (QueueNumber("A", 100), "A, 100"),
    ],
)
def test_a_number_is_said_as_people_read_it(number: QueueNumber, words: str) -> None:
    assert plain(spelled(number)) == words


@pytest.mark.parametrize(
    ("number", "language", "heard"),
    [
        (NUMBER, "es", "a, cero, diecisiete"),
        (QueueNumber("B", 105), "es", "be, ciento cinco"),
        (QueueNumber("Y", 1), "es", "i griega, cero, cero, uno"),
        (QueueNumber("H", 1000), "es", "hache, mil"),
        (QueueNumber("K", 40), "en", "kay, zero, forty"),
    ],
)
def test_the_voice_reads_figures_and_letters_by_their_names(number: QueueNumber, language: str, heard: str) -> None:
    assert phonemes(spelled(number), language).lower() == phonemes(heard, language).lower()


def test_a_call_is_said_in_spanish_and_then_in_the_tickets_language() -> None:
    voice = Voice()
    assert voice.languages == {"es", "en", "qu"}
    said = {
        language: [(one, plain(text)) for one, text in voice.sentences(NUMBER, "3", language)]
        for language in ("es", "en", "qu", "ay", "xx")
    }
    spanish = ("es", "Turno A, 0, 17. Ventanilla 3.")
    assert said == {
        "es": [spanish],
        "en": [spanish, ("en", "Ticket A, 0, 17. Counter 3.")],
        "qu": [spanish, ("qu", "Turno A, 0, 17. Ventanilla 3 nisqanman riy.")],
        "ay": [spanish],  # there is no voice for it
        "xx": [spanish],
    }


def test_a_call_is_a_whole_sound_and_another_language_makes_it_longer() -> None:
    voice = Voice()
    frames = {}
    for language in ("es", "en"):
        content = voice.call(NUMBER, "3", language)
        assert content is not None
        with wave.open(io.BytesIO(content)) as sound:
            assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 22_050)
            assert sound.getnframes() == (len(content) - 44) // 2
            frames[language] = sound.readframes(sound.getnframes())
        assert max(frames[language]) > 0
    assert frames["en"].startswith(frames["es"])
    assert len(frames["en"]) > 1.4 * len(frames["es"])


COUNTS = (
    "import pathlib, sys; log = pathlib.Path(sys.argv[1]); log.open('a').write('x'); sys.stdin.buffer.read();"
    "print('5 es-419 - - - - es-419') if '--voices' in sys.argv else sys.stdout.buffer.write(b'0' * 44 + b'..')"
)


def test_a_call_is_made_once_however_many_boards_ask_and_little_is_remembered(tmp_path: Path) -> None:
    log = tmp_path / "log"
    voice = Voice(synthesiser=(sys.executable, "-c", COUNTS, str(log)))
    made = [voice.call(NUMBER, "3", "es") for _ in range(3)]
    assert made[0] is made[1] is made[2] is not None
    assert log.read_text("ascii") == "xx"  # which voices there are, and the call
    voice._made.update({(("es", str(n)),): b"another call" for n in range(1, REMEMBERED_CALLS)})
    voice.call(QueueNumber("A", 18), "3", "es")
    assert len(voice._made) == REMEMBERED_CALLS
    assert voice.sentences(NUMBER, "3", "es") not in voice._made  # the one that nobody asked for the longest


def test_without_the_program_there_is_no_voice_and_it_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    voice = Voice(synthesiser=("no-such-program",))
    assert voice.languages == frozenset()
    assert voice.call(NUMBER, "3", "es") is None
    assert [record.message for record in caplog.records] == ["voice.absent"]


def test_a_program_that_fails_leaves_the_chime(caplog: pytest.LogCaptureFixture) -> None:
    fails = "import sys; print('5 es-419') if '--voices' in sys.argv else sys.exit(3)"
    voice = Voice(synthesiser=(sys.executable, "-c", fails))
    voice._languages = frozenset({"es"})
    assert voice.call(NUMBER, "3", "es") is None
    assert "voice.failed kind=CalledProcessError" in caplog.text
    assert "17" not in caplog.text
