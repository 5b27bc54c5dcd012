"""A simulated camera under a clock that only its own reading moves."""

from __future__ import annotations

from pathlib import Path

from drivers.scanner.frames import Frame, Gone, Look
from drivers.scanner.v4l2 import CameraSource, open_camera
from drivers.scanner.virtual.v4l2 import SimulatedCapture, SimulatedControls


class Bench:
    """``behave`` writes the device's words; reads take simulated time only."""

    def __init__(self, folder: Path) -> None:
        self.device = folder / "cam"
        self.now_s = 100.0
        self.captures: list[SimulatedCapture] = []
        self.controls = SimulatedControls()

    def behave(self, words: str) -> None:
        self.device.write_text(words)

    def open(self) -> CameraSource | Gone:
        return open_camera(
            self.device,
            capture_of=self._capture,
            controls_of=lambda _device: self.controls,
            monotonic_s=lambda: self.now_s,
        )

    def opened(self, words: str = "picture") -> CameraSource:
        self.behave(words)
        source = self.open()
        assert isinstance(source, CameraSource)
        return source

    def read_until_gone(self, source: CameraSource, most: int = 400) -> tuple[Gone, list[Look]]:
        """What ended it, and what came before."""
        before: list[Look] = []
        for _ in range(most):
            look = source.read()
            if isinstance(look, Gone):
                return look, before
            before.append(look)
        raise AssertionError(f"still alive after {sum(isinstance(look, Frame) for look in before)} frames")

    def _capture(self, device: Path) -> SimulatedCapture:
        self.captures.append(SimulatedCapture(device, sleep=self._sleep, monotonic_s=lambda: self.now_s))
        return self.captures[-1]

    def _sleep(self, wait_s: float) -> None:
        self.now_s += wait_s
