"""Which of the nodes that Linux makes are cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
