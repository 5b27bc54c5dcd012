"""A camera's knobs, by V4L2's own calls: they work while another part of the program streams, and need no tool.

OpenCV reaches only some of them (not the mains frequency), and ``v4l2-ctl`` would make these very calls. Numbers:
linux/v4l2-controls.h and linux/videodev2.h; they are part of the kernel's promise to programs.
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from pathlib import Path

_VIDIOC_QUERYCAP: Final = 0x80685600
_VIDIOC_G_CTRL: Final = 0xC008561B
_VIDIOC_S_CTRL: Final = 0xC008561C
_CONTROL: Final = struct.Struct("=Ii")
_CAPABILITY: Final = struct.Struct("=16s32s32sIII12x")
_CAN_CAPTURE: Final = 0x0000_0001 | 0x0000_1000
"""Single- or multi-planar capture. A codec (memory to memory) sets neither."""
_HAS_DEVICE_CAPS: Final = 0x8000_0000


class Knob(IntEnum):
    """V4L2's number for each control that we turn."""

    POWER_LINE_FREQUENCY = 0x0098_0918
    EXPOSURE_AUTO = 0x009A_0901
    EXPOSURE_DYNAMIC_FRAMERATE = 0x009A_0903
    FOCUS_AUTO = 0x009A_090C


HZ_60: Final = 2
"""Peru's mains: with another value lamps make bands wander through the picture."""
EXPOSURE_BY_CAMERA: Final = 3
"""Aperture priority, which is what "automatic" is called in cameras without an iris."""
EXPOSURE_BY_HAND: Final = 1


class Controls(Protocol):
    """What can be turned at a camera. Nothing raises: a camera without a knob has none."""

    def set(self, knob: Knob, value: int) -> bool:
        """Turns it; whether the camera took it. A few milliseconds."""
        ...

    def get(self, knob: Knob) -> int | None:
        """How it stands, or None where there is none."""
        ...

    def close(self) -> None:
        """Lets go of the device."""
        ...


class DeviceControls:
    """The knobs of a V4L2 device, through a descriptor of its own."""

    def __init__(self, device: Path) -> None:
        try:
            self._descriptor: int | None = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._descriptor = None

    def set(self, knob: Knob, value: int) -> bool:
        """Turns it; whether the camera took it."""
        return self._call(_VIDIOC_S_CTRL, knob, value) is not None

    def get(self, knob: Knob) -> int | None:
        """How it stands, or None where there is none."""
        return self._call(_VIDIOC_G_CTRL, knob, 0)

    def close(self) -> None:
        """Lets go of the device."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _call(self, request: int, knob: Knob, value: int) -> int | None:
        if self._descriptor is None:
            return None
        try:
            answer = fcntl.ioctl(self._descriptor, request, _CONTROL.pack(knob, value))
        except OSError:
            return None
        return int(_CONTROL.unpack(answer)[1])


@dataclass(frozen=True, slots=True)
class Capability:
    """What a V4L2 node says it is. ``captures`` is False for metadata, codecs and outputs."""

    card: str
    captures: bool


def parse_capability(raw: bytes) -> Capability:
    """The answer to VIDIOC_QUERYCAP, 104 bytes."""
    _, card, _, _, capabilities, of_node = _CAPABILITY.unpack(raw)
    own = of_node if capabilities & _HAS_DEVICE_CAPS else capabilities
    return Capability(card.split(b"\0")[0].decode("utf-8", "replace"), bool(own & _CAN_CAPTURE))


def capability(device: Path) -> Capability | None:
    """What ``device`` says it is; None if it does not say. Lights no lamp and disturbs nobody who streams."""
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return parse_capability(fcntl.ioctl(descriptor, _VIDIOC_QUERYCAP, bytes(_CAPABILITY.size)))
    except OSError:
        return None
    finally:
        os.close(descriptor)
