"""The widgets that the pages are made of: a ``.py`` for what they do, a ``.kv`` beside it for how they look."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder

from kiosk.ui.kit import (
    aids,
    buttons,
    camera_view,
    choices,
    countdown,
    field,
    header,
    icon,
    keyboard,
    keypad,
    knock,
    languages,
    paged_text,
    pin_dots,
    pressable,
    privacy_line,
    qr_view,
    sample_ticket,
    sheet,
    stack,
    surfaces,
    text_box,
    words,
    written,
)

_WIDGETS = (
    words,
    written,
    icon,
    pressable,
    buttons,
    surfaces,
    keypad,
    keyboard,
    text_box,
    field,
    paged_text,
    pin_dots,
    sample_ticket,
    choices,
    privacy_line,
    languages,
    knock,
    header,
    aids,
    sheet,
    stack,
    camera_view,
    qr_view,
    countdown,
)


def load_kv() -> None:
    """Reads how the widgets look, once, before the first is made; what others build on comes first."""
    for module in _WIDGETS:
        Builder.load_file(str(Path(module.__file__ or "").with_suffix(".kv")))
