"""A QR code that phones read off the glass: whole pixels, black on white in every scheme."""

from __future__ import annotations

from typing import Any

import qrcode
from kivy.graphics.texture import Texture
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

QUIET_MODULES = 4
"""The white margin that the standard asks for (ISO/IEC 18004, 9.1)."""


class QrView(Widget):  # type: ignore[misc]  # Kivy has no types
    """Draws ``data``; nothing for "". Each module is a whole number of pixels, ``side_px`` in all."""

    data = StringProperty("")
    texture = ObjectProperty(None, allownone=True)
    modules = NumericProperty(0)
    side_px = NumericProperty(0)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.fbind("data", self._draw)
        self.fbind("size", self._measure)
        self._draw()

    def _draw(self, *_changed: object) -> None:
        if not self.data:
            self.texture, self.modules = None, 0
            return
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_MODULES)
        code.add_data(self.data)
        code.make(fit=True)
        rows = code.get_matrix()
        texture = Texture.create(size=(len(rows), len(rows)), colorfmt="rgb")
        upwards = b"".join(b"\x00\x00\x00" if dark else b"\xff\xff\xff" for row in reversed(rows) for dark in row)
        texture.blit_buffer(upwards, colorfmt="rgb", bufferfmt="ubyte")
        texture.min_filter = texture.mag_filter = "nearest"
        self.texture, self.modules = texture, len(rows)
        self._measure()

    def _measure(self, *_changed: object) -> None:
        if self.modules:
            self.side_px = max(1, int(min(self.size) // self.modules)) * self.modules
