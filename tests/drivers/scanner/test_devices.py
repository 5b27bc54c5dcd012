"""Which of the nodes that Linux makes are cameras."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from drivers.scanner.controls import Capability, DeviceControls, Knob, capability, parse_capability
from drivers.scanner.devices import cameras

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_camera_there_is_none(tmp_path: Path) -> None:
    assert cameras(tmp_path) == ()


def test_lasting_names_come_first_and_metadata_nodes_never(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"video{n}").touch()
    by_id = tmp_path / "v4l" / "by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-Cam-video-index0").symlink_to("../../video1")
    (by_id / "usb-Cam-video-index1").symlink_to("../../video2")

    assert cameras(tmp_path) == (by_id / "usb-Cam-video-index0", tmp_path / "video0")


def test_a_ribbon_camera_is_found_by_its_socket_and_a_codec_is_none(tmp_path: Path) -> None:
    for n in (0, 10, 11):
        (tmp_path / f"video{n}").touch()
    by_path = tmp_path / "v4l" / "by-path"
    by_path.mkdir(parents=True)
    (by_path / "platform-fe801000.csi-video-index0").symlink_to("../../video0")
    (by_path / "platform-codec-video-index0").symlink_to("../../video10")

    def said(node: Path) -> Capability | None:
        return {"video0": Capability("unicam", captures=True), "video10": Capability("codec", captures=False)}.get(
            node.resolve().name
        )

    assert cameras(tmp_path, said) == (by_path / "platform-fe801000.csi-video-index0", tmp_path / "video11")


@pytest.mark.parametrize(
    ("whole_device", "this_node", "captures"),
    [(0x8420_0001, 0x0420_0001, True), (0x84A0_0001, 0x04A0_0000, False), (0x0420_0001, 0, True),
     (0x8000_8000, 0x8000, False)],
    ids=["camera", "its metadata", "an old driver", "a codec"],
)  # fmt: skip
def test_what_a_node_says_it_is(whole_device: int, this_node: int, captures: bool) -> None:  # noqa: FBT001
    raw = struct.pack("=16s32s32sIII12x", b"uvcvideo", "Cámara: 1".encode(), b"usb-1", 0, whole_device, this_node)
    assert len(raw) == 104
    assert parse_capability(raw) == Capability("Cámara: 1", captures)


def test_what_is_no_device_has_no_knobs_and_says_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path / "file"):
        if path.name == "file":
            path.touch()
        controls = DeviceControls(path)
        assert not controls.set(Knob.FOCUS_AUTO, 0)
        assert controls.get(Knob.FOCUS_AUTO) is None
        controls.close()
        assert capability(path) is None
