"""The camera's picture, so that visitors see what the scanner sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

if TYPE_CHECKING:
    import numpy.typing as npt

_LARGEST_PX = 1280


class CameraView(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """Shows frames; ``say`` is a text's key for while there is none."""

    texture = ObjectProperty(None, allownone=True)
    say = StringProperty("")
    live = BooleanProperty(False)

    def show_frame(self, frame: npt.NDArray[np.uint8]) -> None:
        """Draws an RGB picture, height x width x 3, cropped about its middle to this view's shape.

        One texture is kept and filled again: making one for every frame leaks on some drivers (kivy#5171).
        """
        if min(self.size) < 1:
            return  # it has not been laid out yet
        picture = _crop(frame, self.width / max(self.height, 1))
        height, width, _ = picture.shape
        if self.texture is None or self.texture.size != (width, height):
            self.texture = Texture.create(size=(width, height), colorfmt="rgb")
        self.texture.blit_buffer(picture.reshape(-1), colorfmt="rgb", bufferfmt="ubyte")
        self.live = True
        self.canvas.ask_update()

    def forget(self) -> None:
        """Lets the last picture go: it may show a person."""
        self.texture, self.live = None, False


def _crop(frame: npt.NDArray[np.uint8], shape: float) -> npt.NDArray[np.uint8]:
    """The largest part about the middle that is ``shape`` times as wide as high, thinned out where it is huge."""
    height, width, _ = frame.shape
    part_width = min(width, max(1, int(height * shape)))
    part_height = min(height, max(1, int(width / shape)))
    left, top = (width - part_width) // 2, (height - part_height) // 2
    thin = -(-part_width // _LARGEST_PX)
    return np.ascontiguousarray(frame[top : top + part_height : thin, left : left + part_width : thin])
