"""The voice: one program makes a sentence sound (espeak-ng), another plays it (aplay), and either can be stopped.

Both are processes, so that a sound driver that hangs, or a voice that dies, costs the sound and never the visit. What
is said goes through pipes: it is on no disk, and in no list of processes.
"""

from __future__ import annotations

import logging
import struct
import subprocess
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

SPEED_WPM = 155
"""Words a minute; espeak-ng's usual 175 is quick for a hall."""

_VOICES = {"es": "es-419", "en": "en-us", "qu": "qu"}
"""The voice of each language, as espeak-ng names it. It has none for Aymara."""
_SYNTHESISER = ("espeak-ng",)
_PLAYER = ("aplay", "-q", "-")
_SYNTHESIS_S = 10.0
"""The longest that sentences may take to be made; the usual page takes 0.1 s."""
_PLAYING_S = 5.0
"""How much longer than it sounds a sentence may take to be played."""
_HEAD_BYTES = 44


class Speaker(Protocol):
    """What says sentences aloud."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages that it has a voice for."""
        ...

    def say(self, texts: Sequence[str], language: str) -> None:
        """Says them, from now on and instead of whatever is being said; never waits."""
        ...

    def hush(self) -> None:
        """Stops at once."""
        ...

    def close(self) -> None:
        """Stops for good."""
        ...


class Silence:
    """A kiosk without a voice. ``said`` are the last sentences that it was given."""

    languages: frozenset[str] = frozenset(_VOICES)

    def __init__(self) -> None:
        self.said: tuple[str, ...] = ()

    def say(self, texts: Sequence[str], language: str) -> None:
        """Keeps them."""
        del language
        self.said = tuple(texts)

    def hush(self) -> None:
        """Nothing is to be heard any more."""
        self.said = ()

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Sentences, and the number of this job: only the newest is ever heard."""

    number: int
    text: str
    language: str


class Voice:
    """Says one thing at a time, in a thread of its own; what it is told meanwhile takes its place.

    Where the programs are missing or fail it is silent: that is logged once, until it works again.
    """

    def __init__(
        self,
        *,
        synthesiser: Sequence[str] = _SYNTHESISER,
        player: Sequence[str] = _PLAYER,
        keep: Path | None = None,
    ) -> None:
        """Asks the synthesiser which voices it has (some 20 ms). ``keep`` is a directory that every sound is put in.

        Tests listen there; elsewhere it stays None.
        """
        self._synthesiser = tuple(synthesiser)
        self._player = tuple(player)
        self._keep = keep
        self._faults: dict[str, str] = {}
        self._changed = Condition()
        self._number = 0
        self._wanted: _Job | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.languages = self._find_voices()
        self._thread = Thread(target=self._work, name="voice", daemon=True)
        self._thread.start()

    def say(self, texts: Sequence[str], language: str) -> None:
        """Says ``texts`` instead of whatever is being said. A language without a voice is read by the Spanish one."""
        self._want("\n".join(map(_sentence, texts)), language)

    def hush(self) -> None:
        """Stops at once."""
        self._want("", "")

    def close(self) -> None:
        """Stops for good; at most a second."""
        with self._changed:
            self._closed = True
        self.hush()
        self._thread.join(1.0)

    # --- one job after the other ----------------------------------------------------------------------------

    def _want(self, text: str, language: str) -> None:
        with self._changed:
            self._number += 1
            self._wanted = _Job(self._number, text, language) if text else None
            if self._process is not None:
                self._process.kill()
            self._changed.notify()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            sound = self._run(
                job, (*self._synthesiser, *_how(job), "--stdin", "--stdout"), job.text.encode(), _SYNTHESIS_S
            )
            if not sound:
                continue
            sound = _whole(sound)
            if self._keep is not None:
                (self._keep / f"{job.number:04d}-{job.language}.wav").write_bytes(sound)
            seconds = _seconds(sound)
            log.debug("voice.sounds language=%s seconds=%.1f", job.language, seconds)
            self._run(job, self._player, sound, seconds + _PLAYING_S)

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._wanted is not None)
            job, self._wanted = self._wanted, None
            return None if self._closed else job

    def _run(self, job: _Job, command: Sequence[str], given: bytes, longest_s: float) -> bytes | None:
        """What the program answers to ``given``; None if it failed, or ``job`` is no longer the newest."""
        process = self._start(job, command)
        if process is None:
            return None
        try:
            answer, _ = process.communicate(given, timeout=longest_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            answer = b""
        with self._changed:
            self._process = None
            stopped = job.number != self._number
        if stopped:
            return None
        self._heard(command[0], f"voice.failed code={process.returncode}" if process.returncode else "")
        return answer if process.returncode == 0 else None

    def _start(self, job: _Job, command: Sequence[str]) -> subprocess.Popen[bytes] | None:
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        try:
            with self._changed:  # so that whoever wants something else finds the process, or keeps it from starting
                if job.number != self._number:
                    return None
                self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nothing)
                return self._process
        except OSError:
            self._heard(command[0], "voice.absent")
            return None

    def _heard(self, program: str, fault: str) -> None:
        """Logs a program's fault, "" for none, where it is another than before. What was to be said is in no line."""
        if fault != self._faults.get(program, ""):
            self._faults[program] = fault
            log.log(logging.WARNING if fault else logging.INFO, "%s program=%s", fault or "voice.works_again", program)

    def _find_voices(self) -> frozenset[str]:
        try:
            listed = subprocess.run(
                (*self._synthesiser, "--voices"), capture_output=True, text=True, timeout=_SYNTHESIS_S, check=True
            ).stdout
        except (OSError, subprocess.SubprocessError):
            self._heard(self._synthesiser[0], "voice.absent")
            return frozenset()
        names = {fields[1] for line in listed.splitlines() if len(fields := line.split()) > 1}
        return frozenset(language for language, voice in _VOICES.items() if voice in names)


def _how(job: _Job) -> tuple[str, ...]:
    """The voice, and its pace. A sign alone, which is a key, is said by its name."""
    voice = _VOICES.get(job.language, _VOICES["es"])
    punctuation = ("--punct",) if len(job.text) == 1 else ()
    return ("-v", voice, "-s", str(SPEED_WPM), "-b", "1", *punctuation)


def _sentence(text: str) -> str:
    """With a stop at its end, where the voice pauses; a key alone has none. A point in the middle would be read out."""
    text = text.strip().replace(" · ", ", ")
    return text if len(text) <= 1 or text[-1] in ".:;,?!…" else f"{text}."


def _whole(sound: bytes) -> bytes:
    """A WAV that says how long it is: written into a pipe, it could not know."""
    size = len(sound) - _HEAD_BYTES
    return sound[:4] + struct.pack("<I", size + 36) + sound[8:40] + struct.pack("<I", size) + sound[_HEAD_BYTES:]


def _seconds(sound: bytes) -> float:
    bytes_a_second = int.from_bytes(sound[28:32], "little")
    return (len(sound) - _HEAD_BYTES) / max(bytes_a_second, 1)
