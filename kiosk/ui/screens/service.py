"""What the visitor came for: one card a service, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.flow.events import ServiceChosen
from kiosk.flow.state import Screen
from kiosk.ui.kit.buttons import Action, Card
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from domain.office import Service
    from kiosk.flow.state import State

CARDS = 6
"""As many as stand on a page at sizes that hit well; the rest are one touch further."""


class ServiceCard(Card):
    """One service. Lowered, its name must do."""

    explains = StringProperty("")
    is_scarce = BooleanProperty(False)
    """Whether there are so many that room is."""


class MoreAction(Action):
    """The way to the services that do not fit."""


class ServicePage(Page):
    """The services in the office's own order. ``first`` is the first one on this page of them."""

    screen = Screen.SERVICE

    first = NumericProperty(0)

    services: tuple[Service, ...] = ()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        if state.services != self.services:
            self.services = state.services
            self.first = 0
            self._fill()

    def forget(self) -> None:
        """The next visitor starts at the first services."""
        if self.first:
            self.first = 0
            self._fill()

    def more(self, *_action: object) -> None:
        """The next few, and after the last the first again."""
        self.first = self.first + CARDS if self.first + CARDS < len(self.services) else 0
        self._fill()

    def _fill(self) -> None:
        cards = self.ids.cards
        cards.clear_widgets()
        for service in self.services[int(self.first) : int(self.first) + CARDS]:
            card = ServiceCard(key=f"service.{service.code}", title_text=service.name, explains=service.hint)
            card.is_scarce = len(self.services) > CARDS
            card.bind(on_release=lambda _card, code=service.code: self.post(ServiceChosen(code)))
            cards.add_widget(card)
        self.ids.more.clear_widgets()
        if len(self.services) > CARDS:
            action = MoreAction(key="service.more")
            action.bind(on_release=self.more)
            self.ids.more.add_widget(action)
