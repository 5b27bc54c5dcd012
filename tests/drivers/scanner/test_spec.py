"""One line of configuration names one source, or is refused when the scanner is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.scanner import spec
from drivers.scanner.spec import (
    Camera,
    Images,
    Nothing,
    Sample,
    SampleTicket,
    SimulatedCamera,
    Spec,
    Video,
    parse_spec,
)
from drivers.scanner.virtual import optics, samples


@pytest.mark.parametrize(
    "text",
    ["", "camera", "camera:", "video:", "images:", "virtual", "virtual:", "virtual:dni:11111111",
     "virtual:visa", "virtual:dni:", "virtual:dni@", "virtual:dni@harder", "virtual:dni@hard:11111111", "virtual:@hard",
     "virtual:nothing@hard", "virtual:ticket:", "virtual:nothing:else", "virtual:camera:", "webcam:0", "/dev/video0"],
)  # fmt: skip
def test_what_names_no_source_is_refused_in_spanish(text: str) -> None:
    with pytest.raises(ValueError, match="Fuente de imágenes desconocida"):
        parse_spec(text)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("camera:auto", Camera(None)),
        ("camera:/dev/video0", Camera(Path("/dev/video0"))),
        ("camera:/dev/v4l/by-id/usb-046d:0825-video-index0", Camera(Path("/dev/v4l/by-id/usb-046d:0825-video-index0"))),
        ("video:/a/b.mp4", Video(Path("/a/b.mp4"))),
        ("images:pictures", Images(Path("pictures"))),
        ("virtual:dni", Sample("dni", "12345678")),
        ("virtual:dni:87654321", Sample("dni", "87654321")),
        ("virtual:dni-front@typical", Sample("dni-front", "12345678", "typical")),
        ("virtual:passport@hard:87654321", Sample("passport", "87654321", "hard")),
        ("virtual:ticket", Sample("ticket")),
        ("virtual:ticket:http://127.0.0.1:8080/T/X", SampleTicket("http://127.0.0.1:8080/T/X")),
        ("virtual:nothing", Nothing()),
        ("virtual:camera:/a/cam", SimulatedCamera(Path("/a/cam"))),
    ],
)
def test_a_source_is_named(text: str, source: Spec) -> None:
    assert parse_spec(text) == source


def test_every_sample_can_be_named_and_no_other() -> None:
    assert spec.SAMPLES == samples.KINDS
    assert set(spec.LEVELS) == set(optics.LEVELS)
    assert [parse_spec(f"virtual:{kind}") for kind in samples.KINDS] == [Sample(kind) for kind in samples.KINDS]
