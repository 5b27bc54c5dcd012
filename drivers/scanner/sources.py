"""Opens what a `spec` names: a V4L2 camera, a video, pictures, or the virtual camera.

Facts of OpenCV's V4L2 backend that shape this file: it prefers YUYV, ten frames a second at this size, unless MJPG is
asked for before width and height; what it says it has set may not be so, and only the first frame tells; a hung
camera blocks ``read`` for as long as `devices.OPENCV_ENVIRONMENT` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import cv2
import numpy as np

from drivers.scanner.devices import cameras
from drivers.scanner.frames import Frame, Gone, Look, NoFrame, Source
from drivers.scanner.spec import Camera, Images, Nothing, SampleDni, SampleTicket, Spec, Video
from drivers.scanner.virtual import camera as virtual

if TYPE_CHECKING:
    from pathlib import Path

CAMERA_WIDTH: Final = 1920
CAMERA_HEIGHT: Final = 1080
CAMERA_FPS: Final = 30
MISSES_UNTIL_GONE: Final = 3
"""Failed reads in a row after which a camera counts as unplugged."""

PICTURE_INTERVAL_S: Final = 0.1
PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp"})


def open_source(spec: Spec, *, repeat: bool = True) -> Source | Gone:
    """The source, or `Gone` where it is not there now. ``repeat`` starts recorded ones again at their end.

    A camera may take some seconds to give its first frame; a virtual one takes one to draw its document.
    """
    match spec:
        case Camera(device):
            return _open_camera(device)
        case Video(path):
            return _open_video(path, repeat=repeat)
        case Images(path):
            return _open_pictures(path, repeat=repeat)
        case SampleDni(number):
            return virtual.showing_dni(number)
        case SampleTicket(url):
            return virtual.showing_ticket(url)
        case Nothing():
            return virtual.showing_nothing()
        case _:
            assert_never(spec)


class CaptureSource:
    """Frames from OpenCV's capture; ``misses_until_gone`` failed reads in a row end it."""

    def __init__(self, capture: cv2.VideoCapture, *, interval_s: float, misses_until_gone: int) -> None:
        self.interval_s = interval_s
        self._capture = capture
        self._misses_until_gone = misses_until_gone
        self._misses = 0
        self._next = 0

    def read(self) -> Look:
        """The next frame, in colour."""
        got, pixels = self._capture.read()
        if not got or pixels is None or pixels.ndim != 3:  # noqa: PLR2004 a node for metadata gives rows of bytes
            self._misses += 1
            return Gone() if self._misses >= self._misses_until_gone else NoFrame()
        self._misses = 0
        number, self._next = self._next, self._next + 1
        return Frame(pixels, number)

    def close(self) -> None:
        """Releases the device."""
        self._capture.release()


class VideoSource(CaptureSource):
    """A video file that starts again at its end."""

    def read(self) -> Look:
        """The next frame, the first again after the last."""
        look = super().read()
        if isinstance(look, Gone) and self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0):
            return super().read()
        return look


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


def _open_camera(device: Path | None) -> Source | Gone:
    found = device if device is not None else next(iter(cameras()), None)
    if found is None or not found.exists():
        return Gone()
    capture = cv2.VideoCapture(str(found.resolve()), cv2.CAP_V4L2)
    if not capture.isOpened():
        return Gone()
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # first, see the head of this file
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, CAMERA_WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, CAMERA_HEIGHT)
    capture.set(cv2.CAP_PROP_FPS, CAMERA_FPS)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    source = CaptureSource(capture, interval_s=0.0, misses_until_gone=MISSES_UNTIL_GONE)
    if isinstance(source.read(), Frame):
        return source
    source.close()
    return Gone()


def _open_video(path: Path, *, repeat: bool) -> Source | Gone:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        return Gone()
    fps = capture.get(cv2.CAP_PROP_FPS) or CAMERA_FPS
    return (VideoSource if repeat else CaptureSource)(capture, interval_s=1 / fps, misses_until_gone=1)


def _open_pictures(path: Path, *, repeat: bool) -> Source | Gone:
    try:
        found = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        return Gone()
    paths = tuple(each for each in found if each.suffix.lower() in PICTURES and each.is_file())
    return PictureSource(paths, repeat=repeat) if paths else Gone()
