"""The one line of configuration that says where frames come from.

camera:auto              the first camera that is plugged in
camera:/dev/video0       this one; better a path under /dev/v4l/by-id, which stays the same
video:PATH               a video file, over and over
images:PATH              a picture, or a folder of pictures in the order of their names, over and over
virtual:dni              a sample card held up to a camera that is not there; also dni-front, dnie, ce, passport,
                         ticket…, see `SAMPLES`
virtual:dni:87654321     the same with another of the sample persons
virtual:dni@hard         the same in another light, hand and focus every three seconds; good, typical or hard, see
                         `virtual.optics`
virtual:ticket:URL       a ticket with this address in its QR
virtual:nothing          an empty room
virtual:camera:PATH      a camera with faults, as the words in that file say, see `virtual.v4l2`
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

AUTO: Final = "auto"
NO_CAMERA: Final = "none"
"""What stands in the configuration where a USB scanner is all there is; it names no source."""

SAMPLE_NUMBERS: Final = ("12345678", "87654321", "00000009")
"""The sample persons that `virtual.people` knows; the first is the usual one."""
SAMPLES: Final = (
    "dni", "dni-code39", "dni-pdf417", "dni-front", "dnie", "dnie3", "ce", "passport", "ticket",
)  # fmt: skip
"""The documents that `virtual.samples` draws. Names alone: drawing takes libraries that the screen does not need."""
LEVELS: Final = ("good", "typical", "hard")
"""How well a document is held up and seen, as `virtual.optics` has it."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A V4L2 device; None for whichever is there."""

    device: Path | None


@dataclass(frozen=True, slots=True)
class Video:
    """A video file."""

    path: Path


@dataclass(frozen=True, slots=True)
class Images:
    """A picture or a folder of them."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sample:
    """A document (of `SAMPLES`) of the sample person ``number`` before the virtual camera.

    ``level`` is one of `LEVELS`; None for a camera without faults and a hand that hardly trembles.
    """

    document: str
    number: str = field(default=SAMPLE_NUMBERS[0], repr=False)
    level: str | None = None


@dataclass(frozen=True, slots=True)
class SampleTicket:
    """A ticket with an address of one's own before the virtual camera."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Nothing:
    """The virtual camera in an empty room."""


@dataclass(frozen=True, slots=True)
class SimulatedCamera:
    """A camera whose faults a file dictates."""

    path: Path


Spec = Camera | Video | Images | Sample | SampleTicket | Nothing | SimulatedCamera


def unasked(source: str) -> str:
    """The source while nobody is asked for a document: whoever holds up a sample waits until it is wanted."""
    is_sample = source.startswith("virtual:") and not source.startswith("virtual:camera:")
    return "virtual:nothing" if is_sample else source


def parse_spec(text: str) -> Spec:
    """The source that a line of configuration names.

    Raises:
        ValueError: it names none; the message says what is possible, in Spanish, for whoever configures.
    """
    kind, _, rest = text.partition(":")
    match kind, rest.partition(":"):
        case "camera", _ if rest:
            return Camera(None if rest == AUTO else Path(rest))
        case "video", _ if rest:
            return Video(Path(rest))
        case "images", _ if rest:
            return Images(Path(rest))
        case "virtual", ("nothing", "", ""):
            return Nothing()
        case "virtual", ("camera", _, path) if path:
            return SimulatedCamera(Path(path))
        case "virtual", (shown, colon, number) if sample := _sample(shown, number if colon else SAMPLE_NUMBERS[0]):
            return sample
        case "virtual", ("ticket", _, url) if url:
            return SampleTicket(url)
        case _:
            raise ValueError(
                "Fuente de imágenes desconocida. Use camera:auto, camera:/dev/video0, video:ARCHIVO, images:CARPETA, "
                f"virtual:DOCUMENTO ({', '.join(SAMPLES)}), también con @NIVEL ({', '.join(LEVELS)}) y "
                f":NÚMERO ({', '.join(SAMPLE_NUMBERS)}), virtual:ticket:DIRECCIÓN, virtual:nothing o "
                "virtual:camera:ARCHIVO."
            )


def _sample(shown: str, number: str) -> Sample | None:
    """What ``DOCUMENT`` or ``DOCUMENT@LEVEL`` names, or None."""
    document, at, level = shown.partition("@")
    is_known = document in SAMPLES and number in SAMPLE_NUMBERS and (level in LEVELS or not at)
    return Sample(document, number, level or None) if is_known else None
