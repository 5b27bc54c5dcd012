"""What the keyboard types, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.flow.events import Typed
from tests.screens.moments import MOMENTS

if TYPE_CHECKING:
    from tests.screens.stage import Stage

ACUTE, DIAERESIS = "\u00b4", "\u00a8"


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["ñ"], "ñ"),
        ([ACUTE, "a"], "á"),
        ([DIAERESIS, "u"], "ü"),
        (["shift", "ñ"], "Ñ"),
        (["shift", ACUTE, "e", "s"], "És"),
        ([ACUTE, ACUTE, "a"], "a"),
        ([ACUTE, "t", "a"], "ta"),
        (["shift", "shift", "a"], "a"),
        (["a", "space", "b"], "a b"),
        (["layer", "1", "@", "layer", "a"], "1@a"),
        (["n", ".", "layer", "º"], "n.º"),
        (["q", "'", "o"], "q'o"),
    ],
)
def test_keys_make_text(stage: Stage, keys: list[str], text: str) -> None:
    stage.show(MOMENTS["describe"])
    for key in keys:
        stage.tap(f"keyboard.{key}")
    assert "".join(event.character for event in stage.posted if isinstance(event, Typed)) == text


def test_an_accent_shows_on_the_vowels_before_they_are_pressed(stage: Stage) -> None:
    stage.show(MOMENTS["describe"])
    stage.tap(f"keyboard.{ACUTE}")
    assert stage.finger.find("keyboard.a").label == "á"
    assert stage.finger.find("keyboard.t").label == "t"
    assert stage.finger.find(f"keyboard.{ACUTE}").held


def test_an_address_needs_no_second_layer(stage: Stage) -> None:
    stage.show(MOMENTS["contact"])
    for key in "maria_1-x":
        stage.tap(f"keyboard.{key}")
    stage.tap("@gmail.com")
    typed = "".join(event.character for event in stage.posted if isinstance(event, Typed))
    assert typed == "maria_1-x@gmail.com"


def test_the_next_visitor_finds_plain_letters(stage: Stage) -> None:
    stage.show(MOMENTS["describe"])
    stage.tap("keyboard.shift")
    stage.tap("keyboard.layer")
    stage.show(MOMENTS["welcome"])
    stage.show(MOMENTS["describe"])
    assert stage.finger.find("keyboard.q").label == "q"
