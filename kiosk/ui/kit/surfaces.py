"""What things stand on: panels, tiles, the woven hero, a notice, a picture of a DNI."""

from __future__ import annotations

from typing import Any

from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

STEP_FRET = (
    "1111111111111110",
    "1000000000000010",
    "1011111111111010",
    "1010000000001010",
    "1010111111101010",
    "1010100000101010",
    "1010101110101010",
    "1010101010101010",
    "1010101000101010",
    "1010101111101010",
    "1010100000001010",
    "1010111111111010",
    "1010000000000010",
    "1011111111111110",
    "1000000000000000",
    "1000000000000000",
)
"""The weavers' step-fret, one tile."""


class Panel(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A white sheet with a hairline and a soft shadow."""

    fill = StringProperty("surface")
    radius_role = StringProperty("card")
    raised = BooleanProperty(True)


class IconTile(AnchorLayout):  # type: ignore[misc]  # Kivy has no types
    """An icon on a tinted square."""

    icon = StringProperty("")
    reversed_out = BooleanProperty(False)
    side_u = NumericProperty(132)


class Hero(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """The red ground of the welcome, with the weave in a part of it. ``weave_u`` is a tile's side."""

    weave = ObjectProperty()
    gradient = ObjectProperty()
    weave_u = NumericProperty(214)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.weave = _weave()
        self.gradient = _gradient()


class Notice(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A line that must be seen: an icon, words, and a colour that agrees with them."""

    kind = OptionProperty("err", options=["err", "warn", "info"])
    say = ObjectProperty("")
    high_u = NumericProperty(96)


class IconLine(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A picture and what it stands for, on one line or two; nothing for ""."""

    icon = StringProperty("")
    say = ObjectProperty("")
    role = StringProperty("body")
    high_u = NumericProperty(60)


class Drawing(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """A blank card in the middle of what it stands in, as large as fits; off the glass while it is not shown."""

    is_shown = BooleanProperty(True)


class SampleCard(Drawing):
    """Where the number stands on a DNI, drawn for those who look for it."""


class SampleBack(Drawing):
    """A DNI's back with its bars, drawn for those who hold it before a scanner."""


def _weave() -> Texture:
    texture = Texture.create(size=(16, 16), colorfmt="rgba")
    pixels = b"".join(b"\xff\xff\xff\xff" if bit == "1" else b"\xff\xff\xff\x00" for row in STEP_FRET for bit in row)
    texture.blit_buffer(pixels, colorfmt="rgba", bufferfmt="ubyte")
    texture.mag_filter, texture.wrap = "nearest", "repeat"
    return texture


def _gradient() -> Texture:
    """From nothing at the bottom to all at the top, for one colour over another."""
    texture = Texture.create(size=(1, 2), colorfmt="rgba")
    texture.blit_buffer(b"\xff\xff\xff\x00\xff\xff\xff\xff", colorfmt="rgba", bufferfmt="ubyte")
    texture.mag_filter, texture.wrap = "linear", "clamp_to_edge"
    return texture
