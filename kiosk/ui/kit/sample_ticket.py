"""Where the code stands on a ticket, drawn for those who look for it."""

from __future__ import annotations

from kivy.uix.floatlayout import FloatLayout


class SampleTicket(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """The upper part of a slip: number, QR, and the code in a frame."""
