"""The tokens as KV uses them: there ``look`` names the one `Look` of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.lang.parser import global_idmap
from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from assets import FONT_WEIGHTS, font, icon_font
from assets.icons import Icon
from assets.theme import DAY, RADIUS_U, REFERENCE_PX, TYPE_U, Scheme, rgba

if TYPE_CHECKING:
    from kiosk.texts import Texts

Say = str | tuple[str, dict[str, object]]
"""A text's key, alone or with what fills its braces: one value, so that the two never change apart; "" is none."""

_NO_VALUES: dict[str, object] = {}
_CLEAR = (0.0, 0.0, 0.0, 0.0)


class Look(EventDispatcher):  # type: ignore[misc]  # Kivy has no types
    """How everything is drawn: the unit, the colours, the language. KV follows its properties by itself.

    Functions that KV calls take the property they depend on as their last argument, so that KV sees the dependence.
    """

    u = NumericProperty(1.0)
    """Pixels a unit."""
    wide = BooleanProperty(False)
    """Whether the panel lies on its side."""
    scheme_name = StringProperty("day")
    """Changes last when the colours change."""
    language = StringProperty("es")
    """Changes last when the texts change."""

    def __init__(self, texts: Texts, scheme: Scheme = DAY) -> None:
        super().__init__()
        self._texts = texts
        self._scheme = scheme
        self.language = texts.language

    def fit(self, width: float, height: float) -> None:
        """Takes the measure of the window, in pixels."""
        self.u = min(width, height) / REFERENCE_PX
        self.wide = width > height

    # --- for KV ---------------------------------------------------------------------------------------------

    def colour(self, role: str, _scheme_name: str) -> tuple[float, float, float, float]:
        """A colour by role; "" is none."""
        return rgba(getattr(self._scheme, role)) if role else _CLEAR

    def blend(self, role: str, other: str, share: float, _scheme_name: str) -> tuple[float, ...]:
        """``role`` with a ``share`` (0 to 1) of ``other`` in it."""
        one, two = self.colour(role, ""), self.colour(other, "")
        return tuple(a + (b - a) * share for a, b in zip(one, two, strict=True))

    def said(self, say: Say, plain: str, _language: str) -> str:
        """The text of a key; without one, ``plain`` as it is."""
        key, values = (say, _NO_VALUES) if isinstance(say, str) else say
        return self._texts.t(key, **values) if key else plain

    @staticmethod
    def type_px(role: str, u: float) -> float:
        """A text size in pixels."""
        return TYPE_U[role] * u

    @staticmethod
    def radius_px(role: str, u: float) -> float:
        """A corner's radius in pixels."""
        return RADIUS_U[role] * u

    @staticmethod
    def icon(name: str) -> str:
        """The character of an icon, by its name in `assets.icons`; "" is none."""
        return Icon[name].char if name else ""


def install(look: Look) -> None:
    """Registers the fonts and names ``look`` in KV; before the first widget is made."""
    for weight in FONT_WEIGHTS:
        LabelBase.register(f"w{weight}", str(font(weight)))
    LabelBase.register("icons", str(icon_font()))
    global_idmap["look"] = look
