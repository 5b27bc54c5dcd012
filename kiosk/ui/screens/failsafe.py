"""What is shown when the program itself has failed, until it has restarted."""

from __future__ import annotations

from kiosk.ui.screens.page import Page


class FailsafePage(Page):
    """Calm, and with a way out: the people of the office."""

    screen = None
    has_aids = False
