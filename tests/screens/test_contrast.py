"""What is written can be read: contrast is taken from the drawn pixels, not from the tokens (WCAG 1.4.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assets.theme import contrast
from kiosk.flow.state import Aid
from tests.screens.gallery import pages
from tests.screens.measure import box, seen
from tests.screens.moments import MOMENTS

if TYPE_CHECKING:
    from kivy.uix.label import Label
    from PIL.Image import Image

    from kiosk.flow.state import State
    from tests.screens.stage import Stage

LEAST = 7.0
LEAST_ICON = 3.0
"""A picture beside words (WCAG 1.4.11)."""
_AS_ONE_NUMBER = np.array([1 << 16, 1 << 8, 1], np.uint32)
"""Of red, green and blue: numbers are counted in a tenth of the time."""
_MIXED = 0.02
"""Pixels of letters' edges are of neither colour; a ground is more than this share of a text's box."""


@pytest.mark.parametrize("aids", [frozenset(), frozenset({Aid.CONTRAST})], ids=["day", "contrast"])
def test_every_text_stands_out_from_what_is_painted_behind_it(stage: Stage, aids: frozenset[Aid]) -> None:
    """All pages in one test: other colours paint every page anew."""
    assert {name: weak for name in pages() if (weak := _weak(stage, replace(MOMENTS[name], aids=aids)))} == {}


def _weak(stage: Stage, state: State) -> dict[str, float]:
    """The texts that stand out too little, with their contrast."""
    stage.show(replace(state, languages=("es", "en")))
    picture = stage.picture()
    ratios = [(label, _ratio(label, picture)) for label in _texts(stage)]
    assert ratios
    return {label.text: round(ratio, 2) for label, ratio in ratios if ratio < _asked(label)}


def _texts(stage: Stage) -> list[Label]:
    from kiosk.ui.kit.icon import Symbol  # noqa: PLC0415  # Kivy after its preparation
    from kiosk.ui.kit.words import Words  # noqa: PLC0415

    return [each for each in seen(stage) if isinstance(each, Words | Symbol) and each.text.strip() and _is_shown(each)]


def _asked(label: Label) -> float:
    from kiosk.ui.kit.icon import Symbol  # noqa: PLC0415  # Kivy after its preparation

    return LEAST_ICON if isinstance(label, Symbol) else LEAST


def _is_shown(label: Label) -> bool:
    window = label.get_root_window()
    at = box(label)
    return (
        at.left >= 0 and at.bottom >= 0 and at.right <= window.width and at.top <= window.height and label.opacity > 0
    )


def _ratio(label: Label, picture: Image) -> float:
    """The text's colour against the most of what is painted in its box and is not the text."""
    at = box(label)
    cut = picture.crop((int(at.left), picture.height - int(at.top), int(at.right) + 1, picture.height - int(at.bottom)))
    ink = "#{:02X}{:02X}{:02X}".format(*(round(255 * part) for part in label.color[:3]))
    pixels, counts = np.unique(np.asarray(cut).astype(np.uint32) @ _AS_ONE_NUMBER, return_counts=True)
    order = np.argsort(-counts)[:3]
    painted = [(f"#{int(pixels[at]):06X}", int(counts[at])) for at in order]
    grounds = [colour for colour, count in painted if count > _MIXED * cut.width * cut.height]
    return max((contrast(ink, colour) for colour in grounds), default=1.0)
