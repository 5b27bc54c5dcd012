"""Makes the sounds of the screens, out of sines: ``python -m assets.sounds``. What it makes is committed.

To the extent possible under law, whoever wrote this has waived all rights to the sounds that it makes (CC0 1.0).
"""

from __future__ import annotations

import wave
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets import sound

RATE = 22_050
Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Note:
    """A struck bar: ``pitch_hz`` and its octave, from ``at_s``, gone after some ``lasts_s``; ``loud`` of 1."""

    pitch_hz: float
    at_s: float
    lasts_s: float
    loud: float


SOUNDS = {
    "touch": (Note(660.0, 0.0, 0.06, 0.22),),
    "success": (Note(523.25, 0.0, 0.45, 0.30), Note(783.99, 0.14, 0.60, 0.30)),  # C and G: something is complete
    "error": (Note(329.63, 0.0, 0.22, 0.30), Note(261.63, 0.16, 0.34, 0.30)),  # E to C, low: not alarming
    # E and C, slowly, like the bell of a door: it carries across a hall and frightens nobody
    "call": (Note(659.26, 0.0, 0.90, 0.42), Note(523.25, 0.50, 1.30, 0.42)),
}
"""Soft and short, for a hall in which somebody waits all day."""


def drawn(notes: tuple[Note, ...]) -> Wave:
    """The sound of ``notes``, from -1 to 1."""
    length = round(RATE * max(note.at_s + note.lasts_s for note in notes))
    whole = np.zeros(length)
    for note in notes:
        start = round(RATE * note.at_s)
        t = np.arange(min(round(RATE * note.lasts_s), length - start)) / RATE
        attack = np.minimum(1.0, t / 0.004)  # a sine that begins at once clicks
        release = np.clip((note.lasts_s - t) / 0.01, 0.0, 1.0)
        body = np.sin(2 * np.pi * note.pitch_hz * t) + 0.25 * np.sin(4 * np.pi * note.pitch_hz * t)
        whole[start : start + len(t)] += note.loud * body * attack * release * np.exp(-5.0 * t / note.lasts_s)
    return whole


def build() -> None:
    """Writes every sound, mono, 16 bits."""
    for name, notes in SOUNDS.items():
        samples = np.round(drawn(notes) * 32_767).astype("<i2")
        sound(name).parent.mkdir(exist_ok=True)
        with wave.open(str(sound(name)), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(samples.tobytes())


if __name__ == "__main__":
    build()
