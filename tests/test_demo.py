"""The whole line, as `make demo` plays it: real programs, real touches, real frames, a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from domain.tracking import read_ticket_qr

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "build" / "demo"
SCREENS = ("welcome", "identify", "check_document", "service", "describe", "request", "contact", "review", "ticket")


@pytest.mark.browser
def test_from_a_sample_card_to_a_called_number() -> None:
    played = subprocess.run(
        [sys.executable, "scripts/demo.py"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert played.returncode == 0, played.stdout + played.stderr

    result = json.loads((DEMO / "result.json").read_text(encoding="utf-8"))
    assert (result["dni"], result["number"], result["identified_by"]) == ("12345678", "A-001", "camera")
    assert result["paper"] == "printed"
    times = [step["at_s"] for step in result["steps"]]
    assert times == sorted(times)

    (code,) = zxingcpp.read_barcodes(Image.open(DEMO / "ticket.png").convert("L"))
    token = read_ticket_qr(code.text)
    assert code.text == result["tracking_url"]
    assert token is not None
    assert token.n == 1

    passed = [step["step"] for step in result["steps"] if "picture" in step]
    assert passed == [*SCREENS, "ticket-printed"]
    pictures = [step["picture"] for step in result["steps"] if "picture" in step]
    for picture in (*pictures, "ticket.png", "desk.png", "board.png", "tracking.png"):
        with Image.open(DEMO / picture) as image:
            assert len(image.convert("L").getcolors(maxcolors=2**20) or []) > 2, f"{picture} is blank"
