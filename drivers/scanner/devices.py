"""Which cameras are plugged in, by the names that Linux gives them, and what OpenCV must know first. Starts none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.scanner.controls import Capability, capability

if TYPE_CHECKING:
    from collections.abc import Callable

DEV: Final = Path("/dev")

OPENCV_ENVIRONMENT: Final = {
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    "OPENCV_LOG_LEVEL": "OFF",
    "OMP_NUM_THREADS": "1",
}
"""Read by OpenCV when it is loaded: a hung camera is noticed after two seconds, and a missing one is no news."""


LASTING: Final = ("by-id", "by-path")
"""Under v4l: names that stay the same. By what the camera says of itself, or by the socket it is in (Raspberry's
ribbon cameras, and twins without a serial number, have only that)."""


def cameras(dev: Path = DEV, capability_of: Callable[[Path], Capability | None] = capability) -> tuple[Path, ...]:
    """The cameras' pictures, those with a lasting name first.

    A USB camera has two nodes; the second ("index1") carries no pictures, only data about them. A Raspberry has a
    dozen more nodes, for its codecs. What a driver says to be no camera is left out; who cannot be asked stays in.
    Nodes reached by a lasting name are not named again as videoN.
    """
    found: list[Path] = []
    named: set[Path] = set()
    for kind in LASTING:
        links = sorted((dev / "v4l" / kind).glob("*"))
        found += [link for link in links if link.name.endswith("-video-index0") and link.resolve() not in named]
        named |= {link.resolve() for link in links}
    found += sorted(node for node in dev.glob("video*") if node.resolve() not in named)
    return tuple(node for node in found if (said := capability_of(node)) is None or said.captures)
