"""The code on the glass, read as a phone reads it: from the pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import zxingcpp

from kiosk.flow.state import Aid
from tests.screens.moments import MOMENTS
from tests.screens.stage import FLOOR, LANDSCAPE, PORTRAIT, PORTRAIT_SMALL

if TYPE_CHECKING:
    from tests.screens.stage import Stage

LEAST_MODULE_U = 4.0
"""1 mm on a 21.5-inch panel, where 1u is 0.25 mm."""


def test_the_code_is_read_off_the_glass_and_large_enough_for_a_phone_at_arms_length(stage: Stage) -> None:
    """All panels in one test: to turn to another one measures every page anew."""
    for size in (PORTRAIT_SMALL, PORTRAIT, LANDSCAPE, FLOOR):
        stage.resize(size)
        stage.show(MOMENTS["ticket_printed"])
        assert _read(stage) == [_ticket_url()], size
        least = {aid: _module_u(stage, aid) for aid in Aid if size != PORTRAIT_SMALL}
        assert {aid: side_u for aid, side_u in least.items() if side_u < LEAST_MODULE_U} == {}, size


def _read(stage: Stage) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(np.asarray(stage.picture()))]


def _ticket_url() -> str:
    ticket = MOMENTS["ticket_printed"].ticket
    assert ticket is not None
    return ticket.url


def _module_u(stage: Stage, aid: Aid) -> float:
    """How large a module is drawn for who has switched ``aid`` on."""
    stage.show(replace(MOMENTS["ticket_printed"], aids=frozenset({aid})))
    views = [widget for widget in stage.app._root.page.walk() if type(widget).__name__ == "QrView"]
    return float(views[0].side_px / views[0].modules / stage.app.look.u)


def test_another_turn_draws_another_code(stage: Stage) -> None:
    stage.show(MOMENTS["ticket_printed"])
    before = stage.picture()
    stage.show(MOMENTS["welcome"])
    stage.show(MOMENTS["ticket_printed"])
    assert stage.picture().tobytes() == before.tobytes()
