"""The bar at the bottom edge, where everybody can reach it: what makes the screen easier, and help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.flow.state import Aid
from kiosk.ui.kit.pressable import Pressable


@dataclass(frozen=True, slots=True)
class _Offer:
    """A tool of the bar; ``aid`` None is help."""

    key: str
    icon: str
    aid: Aid | None


_OFFERS = (
    _Offer("aid.large", "LARGE_TEXT", Aid.LARGE),
    _Offer("aid.contrast", "CONTRAST", Aid.CONTRAST),
    _Offer("aid.reach", "REACH", Aid.REACH),
    _Offer("aid.voice", "SPEAK", Aid.VOICE),
    _Offer("aid.explore", "TOUCH", Aid.EXPLORE),
    _Offer("help.ask", "HELP", None),
)


class Tool(Pressable):
    """An aid. One that is on is filled and carries a tick, so that no colour need be seen."""

    say = StringProperty("")
    icon = StringProperty("")
    aid = ObjectProperty(None, allownone=True)
    is_on = BooleanProperty(False)
    is_tall = BooleanProperty(False)


class AidBar(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Dispatches ``on_aid`` with the aid that was touched, and ``on_help``.

    Exploring by touch is offered where the voice is on, for without it nothing would be said. A page that ``has_room``
    may have a tall bar; whether it is, KV says.
    """

    __events__ = ("on_aid", "on_help")

    aids = ObjectProperty(frozenset())
    has_room = BooleanProperty(False)
    is_tall = BooleanProperty(False)
    is_shown = BooleanProperty(True)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.fbind("aids", self._mark)
        self.fbind("is_tall", self._mark)
        self.fbind("is_shown", self._mark)
        self._tools: tuple[Tool, ...] = tuple(
            Tool(key=offer.key, say=offer.key, icon=offer.icon, aid=offer.aid) for offer in _OFFERS
        )
        for tool in self._tools:
            tool.bind(on_release=self._touched)
        self._mark()

    def on_aid(self, aid: Aid) -> None:
        """An aid was touched."""

    def on_help(self) -> None:
        """Somebody should come."""

    def _touched(self, tool: Tool) -> None:
        if tool.aid is None:
            self.dispatch("on_help")
        else:
            self.dispatch("on_aid", tool.aid)

    def _mark(self, *_changed: object) -> None:
        offered = [tool for tool in self._tools if self.is_shown and self._offers(tool)]
        for tool in self._tools:
            tool.is_on = tool.aid in self.aids
            tool.is_tall = self.is_tall
        if offered != self.children[::-1]:
            self.clear_widgets()
            for tool in offered:
                self.add_widget(tool)

    def _offers(self, tool: Tool) -> bool:
        return tool.aid is not Aid.EXPLORE or Aid.VOICE in self.aids
