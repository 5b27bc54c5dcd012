"""Which cameras are plugged in, by the names that Linux gives them, and what OpenCV must know first. Opens none."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DEV: Final = Path("/dev")

OPENCV_ENVIRONMENT: Final = {
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    "OPENCV_LOG_LEVEL": "OFF",
    "OMP_NUM_THREADS": "1",
}
"""Read by OpenCV when it is loaded: a hung camera is noticed after two seconds, and a missing one is no news."""


def cameras(dev: Path = DEV) -> tuple[Path, ...]:
    """The cameras' pictures, those with a lasting name first.

    A USB camera has two nodes; the second ("index1") carries no pictures, only data about them. Nodes reached by
    a lasting name under v4l/by-id are not named again as videoN.
    """
    lasting = sorted((dev / "v4l" / "by-id").glob("*-video-index0"))
    named = {link.resolve() for link in (dev / "v4l" / "by-id").glob("*")}
    others = sorted(node for node in dev.glob("video*") if node.resolve() not in named)
    return (*lasting, *others)
