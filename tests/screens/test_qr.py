"""The code on the glass, read as a phone reads it: from the pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp

from kiosk.flow.state import Aid
from tests.screens.moments import MOMENTS
from tests.screens.stage import FLOOR, LANDSCAPE, PORTRAIT, PORTRAIT_SMALL

if TYPE_CHECKING:
    from tests.screens.stage import Stage


@pytest.mark.parametrize("size", [PORTRAIT_SMALL, PORTRAIT, LANDSCAPE, FLOOR])
def test_the_tickets_qr_is_read_off_the_glass(stage: Stage, size: tuple[int, int]) -> None:
    stage.resize(size)
    stage.show(MOMENTS["ticket_printed"])
    (code,) = zxingcpp.read_barcodes(np.asarray(stage.picture()))
    ticket = MOMENTS["ticket_printed"].ticket
    assert ticket is not None
    assert code.text == ticket.url


@pytest.mark.parametrize("aid", Aid)
@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE, FLOOR])
def test_its_modules_are_large_enough_for_a_phone_at_arms_length(stage: Stage, size: tuple[int, int], aid: Aid) -> None:
    """1 mm a module on a 21.5-inch panel, where 1u is 0.25 mm."""
    stage.resize(size)
    stage.show(replace(MOMENTS["ticket_printed"], aids=frozenset({aid})))
    views = [widget for widget in stage.app._root.page.walk() if type(widget).__name__ == "QrView"]
    assert views[0].side_px / views[0].modules / stage.app.look.u >= 4


def test_another_turn_draws_another_code(stage: Stage) -> None:
    stage.show(MOMENTS["ticket_printed"])
    before = stage.picture()
    stage.show(MOMENTS["welcome"])
    stage.show(MOMENTS["ticket_printed"])
    assert stage.picture().tobytes() == before.tobytes()
