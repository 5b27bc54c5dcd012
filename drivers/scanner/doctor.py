"""Setting up what reads documents, in words: what each camera gives and what is read in it, and the USB scanner.

Nothing is stored, numbers are masked, and every part ends by itself after the seconds that it is given.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from drivers.scanner import accept
from drivers.scanner.controls import EXPOSURE_BY_CAMERA, DeviceControls, Knob, capability
from drivers.scanner.decode import look
from drivers.scanner.frames import Frame, Gone, Why
from drivers.scanner.settle import measure
from drivers.scanner.sources import open_source
from drivers.scanner.spec import Camera
from drivers.scanner.symbols import Symbol, symbols
from drivers.scanner.words import DocumentReading, Hint, Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.frames import Image, Source
    from drivers.scanner.spec import Spec

    Say = Callable[[str], None]

RATE_FRAMES: Final = 30
RATE_S: Final = 3.0
LEAST_HEIGHT: Final = 1080
LEAST_RATE: Final = 10.0
DARK, BRIGHT, BURNT = 40.0, 215.0, 0.02
_BURNT_LEVEL: Final = 250

LEAST_MODULE_PX: Final = {"Code39": 1.6, "Code128": 1.6, "PDF417": 2.2, "QRCode": 2.0}
"""Pixels a narrow bar below which codes were seen to fail."""

WHY: Final = {
    Why.MISSING: "no está conectada (o no existe ese archivo)",
    Why.DENIED: "sin permiso: agregue el usuario al grupo video",
    Why.BUSY: "no se abre: la usa otro programa (pare el kiosco) o no es una cámara",
    Why.WRONG_FORMAT: "no da imágenes de vídeo, o cambian de tamaño",
    Why.SILENT: "dejó de dar imágenes: revise el cable y el puerto USB",
    Why.FROZEN: "repite siempre la misma imagen: desconéctela y vuelva a conectarla",
    Why.BLACK: "solo da imágenes negras: quite la tapa y encienda la luz",
}
HINTS: Final = {
    Hint.CLOSER: "acerque el documento",
    Hint.STRAIGHTEN: "enderece el documento",
    Hint.AVOID_GLARE: "evite el brillo",
    Hint.TURN_OVER: "dé la vuelta al documento",
    Hint.USE_KEYPAD: "use el teclado",
}


@dataclass(slots=True)
class Seen:
    """What a camera has shown so far."""

    best: dict[tuple[str, int, str | None], Symbol]
    frames: int = 0


def examine(spec: Spec, name: str, seconds: float, say: Say) -> bool:
    """Opens one source, says what it gives and reads it for ``seconds``; whether it will do. Some seconds more."""
    say(f"Cámara {name}")
    if isinstance(spec, Camera) and spec.device is not None:
        _say_device(spec.device, say)
    source = open_source(spec)
    if isinstance(source, Gone):
        say(f"  {WHY[source.why]}.")
        return False
    try:
        good = _say_pictures(source, say)
        return _read(source, seconds, say) and good
    finally:
        source.close()


def _say_device(device: Path, say: Say) -> None:
    said = capability(device)
    if said is not None:
        say(f"  modelo: {said.card}")
    controls = DeviceControls(device)
    focus, exposure = controls.get(Knob.FOCUS_AUTO), controls.get(Knob.EXPOSURE_AUTO)
    controls.close()
    if said is not None:
        say("  enfoque: " + {None: "fijo, sin mando", 0: "detenido"}.get(focus, "automático"))
        say("  exposición: " + {None: "sin mando", EXPOSURE_BY_CAMERA: "automática"}.get(exposure, "detenida"))


def _say_pictures(source: Source, say: Say) -> bool:
    """Size and rate; whether both will do."""
    frames, last = 0, None
    began_s = due_s = time.monotonic()
    while frames < RATE_FRAMES and time.monotonic() - began_s < RATE_S:
        seen = source.read()
        if isinstance(seen, Gone):
            say(f"  {WHY[seen.why]}.")
            return False
        if isinstance(seen, Frame):
            frames, last = frames + 1, seen.pixels
            due_s += source.interval_s
            time.sleep(max(0.0, due_s - time.monotonic()))
    if last is None:
        say("  se abre, pero no da imágenes.")
        return False
    rate = frames / (time.monotonic() - began_s)
    height, width = last.shape[:2]
    say(f"  imagen: {width} x {height} píxeles, {rate:.0f} por segundo")
    if height < LEAST_HEIGHT:
        say("  REVISE: para los códigos del DNI hacen falta 1920 x 1080 píxeles.")
    if rate < LEAST_RATE:
        say("  REVISE: muy pocas imágenes por segundo; use un puerto USB directo y más luz.")
    return height >= LEAST_HEIGHT and rate >= LEAST_RATE


def _read(source: Source, seconds: float, say: Say) -> bool:
    """Reads until a document is accepted, which is told, or time is over."""
    say(f"  muestre un documento de ejemplo ({seconds:.0f} segundos)…")
    seen, state = Seen({}), accept.Acceptance(0.0)
    began_s = said_s = time.monotonic()
    while (now_s := time.monotonic()) - began_s < seconds:
        frame = source.read()
        if isinstance(frame, Gone):
            say(f"  {WHY[frame.why]}.")
            return False
        if not isinstance(frame, Frame):
            continue
        gray = cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
        _note(seen, gray, say)
        if now_s - said_s >= 1.0 or seen.frames == 1:
            said_s = now_s
            _say_light(frame.pixels, gray, say)
        state, told = accept.step(state, look(gray, turn=seen.frames), now_s - began_s)
        if isinstance(told, Hint):
            say(f"  consejo al ciudadano: {HINTS[told]}")
        elif told is not None:
            _say_reading(told, seen.frames, now_s - began_s, say)
            return True
    say("  no se leyó ningún documento: " + ("los códigos se ven, pero no bastan" if seen.best else "no se ve ninguno"))
    return False


def _note(seen: Seen, gray: Image, say: Say) -> None:
    """Says each code when it is first read."""
    seen.frames += 1
    for symbol in symbols(gray):
        key = (symbol.format, symbol.length, symbol.meaning)
        if key not in seen.best:
            seen.best[key] = symbol
            say(f"  código: {described(symbol)}")


def described(symbol: Symbol) -> str:
    """A code in words, its content masked."""
    parts = [symbol.format, f"{symbol.length} caracteres"]
    if symbol.module_px is not None:
        least = LEAST_MODULE_PX.get(symbol.format, 0.0)
        few = ", pocos: acerque" if symbol.module_px < least else ""
        parts.append(f"{symbol.module_px:.1f} píxeles por barra fina{few}")
    if symbol.unused_correction is not None:
        parts.append(f"corrección sin usar {symbol.unused_correction:.0%}")
    parts.append(symbol.meaning or "ajeno al kiosco")
    return " · ".join(parts)


def _say_light(pixels: Image, gray: Image, say: Say) -> None:
    measures = measure(pixels)
    burnt = float(np.mean(gray[::4, ::4] >= _BURNT_LEVEL))
    light = "poca luz" if measures.light < DARK else "demasiada luz" if measures.light > BRIGHT else "bien"
    glare = "evite el reflejo" if burnt > BURNT else "bien"
    say(
        f"  nitidez {measures.sharpness:.0f} (más es mejor) · luz {measures.light:.0f} de 255 ({light}) · "
        f"quemado {burnt:.1%} ({glare})"
    )


def _say_reading(reading: Reading, frames: int, seconds: float, say: Say) -> None:
    what = (
        f"{reading.document.kind.value.upper()} {reading.document.masked}"
        if isinstance(reading, DocumentReading)
        else "ticket de turno"
    )
    say(f"  LEÍDO: {what} · regla {reading.rule.value} · {frames} imágenes · {seconds:.1f} s")
