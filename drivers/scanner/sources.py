"""Opens what a `spec` names: a V4L2 camera, a video, pictures, or a virtual camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import cv2
import numpy as np

from drivers.scanner.devices import cameras
from drivers.scanner.frames import Frame, Gone, Look, NoFrame, Source, Why
from drivers.scanner.spec import Camera, Images, Nothing, Sample, SampleTicket, SimulatedCamera, Spec, Video
from drivers.scanner.v4l2 import CAMERA_FPS, open_camera
from drivers.scanner.virtual import camera as virtual
from drivers.scanner.virtual.v4l2 import SimulatedCapture, SimulatedControls

if TYPE_CHECKING:
    from pathlib import Path

PICTURE_INTERVAL_S: Final = 0.1
PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp"})


def open_source(spec: Spec, *, repeat: bool = True) -> Source | Gone:
    """The source, or `Gone` where it is not there now. ``repeat`` starts recorded ones again at their end.

    A camera may take some seconds to give its first frame; a virtual one takes one to draw its document.
    """
    match spec:
        case Camera(device):
            return open_camera(device) if device is not None else _open_any_camera()
        case SimulatedCamera(path):
            return open_camera(path, capture_of=SimulatedCapture, controls_of=lambda _path: SimulatedControls())
        case Video(path):
            return _open_video(path, repeat=repeat)
        case Images(path):
            return _open_pictures(path, repeat=repeat)
        case Sample(document, number, level):
            return virtual.DocumentCamera(document, number, level) if level else virtual.showing(document, number)
        case SampleTicket(url):
            return virtual.showing_ticket(url)
        case Nothing():
            return virtual.showing_nothing()
        case _:
            assert_never(spec)


class VideoSource:
    """A video file; where ``repeat`` is wanted it starts again at its end."""

    def __init__(self, capture: cv2.VideoCapture, *, interval_s: float, repeat: bool) -> None:
        self.interval_s = interval_s
        self._capture = capture
        self._repeat = repeat
        self._next = 0

    def read(self) -> Look:
        """The next frame, in colour; the first again after the last."""
        got, pixels = self._capture.read()
        if not got and self._repeat and self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0):
            got, pixels = self._capture.read()
        if not got:
            return Gone()
        number, self._next = self._next, self._next + 1
        return Frame(pixels, number)

    def close(self) -> None:
        """Closes the file."""
        self._capture.release()


class PictureSource:
    """Picture files in the order of their names; what is no picture is passed over."""

    interval_s = PICTURE_INTERVAL_S

    def __init__(self, paths: tuple[Path, ...], *, repeat: bool) -> None:
        self._paths = paths
        self._repeat = repeat
        self._next = 0

    def read(self) -> Look:
        """The next picture."""
        if self._next >= len(self._paths) and not self._repeat:
            return Gone()
        number, self._next = self._next, self._next + 1
        path = self._paths[number % len(self._paths)]
        try:
            content = np.fromfile(path, np.uint8)
        except OSError:
            return Gone()
        pixels = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
        return NoFrame() if pixels is None else Frame(pixels, number)

    def close(self) -> None:
        """Nothing is held open."""


def _open_any_camera() -> Source | Gone:
    """The first that gives pictures; if none does, why the last does not."""
    gone = Gone()
    for device in cameras():
        opened = open_camera(device)
        if not isinstance(opened, Gone):
            return opened
        gone = opened
    return gone


def _open_video(path: Path, *, repeat: bool) -> Source | Gone:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        return Gone(Why.WRONG_FORMAT if path.is_file() else Why.MISSING)
    fps = capture.get(cv2.CAP_PROP_FPS) or CAMERA_FPS
    return VideoSource(capture, interval_s=1 / fps, repeat=repeat)


def _open_pictures(path: Path, *, repeat: bool) -> Source | Gone:
    try:
        found = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        return Gone()
    paths = tuple(each for each in found if each.suffix.lower() in PICTURES and each.is_file())
    return PictureSource(paths, repeat=repeat) if paths else Gone()
