"""What the window really shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.core.window import Window
from kivy.graphics.opengl import GL_RENDERER, GL_RGBA, GL_UNSIGNED_BYTE, glGetString, glReadPixels
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def read_window() -> Image.Image:
    """The picture that is about to be flipped to the glass.

    Only inside a handler of ``Window.on_flip``: at any other time the buffer holds the frame before, or nothing.
    """
    width, height = Window.size
    pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    upside_down = Image.frombytes("RGBA", (width, height), pixels)
    return upside_down.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGB")


def save_window(path: Path) -> None:
    """`read_window` as a PNG file; its directory must exist."""
    read_window().save(path)


def gl_renderer() -> str:
    """What draws: a graphics card's name, or ``llvmpipe`` where the processor must. Only in the window's thread."""
    return str(glGetString(GL_RENDERER).decode())
