"""The tokens as KV uses them: there ``look`` names the one `Look` of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.lang.parser import global_idmap
from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from assets import FONT_WEIGHTS, font, icon_font
from assets.icons import Icon
from assets.theme import FIXED_ROLES, LARGE, RADIUS_U, REFERENCE_PX, SCHEMES, TYPE_U, rgba
from kiosk.flow.state import Aid

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.flow.state import State
    from kiosk.texts import Texts

Say = str | tuple[str, dict[str, object]]
"""A text's key, alone or with what fills its braces: one value, so that the two never change apart; "" is none."""

_NO_VALUES: dict[str, object] = {}
_CLEAR = (0.0, 0.0, 0.0, 0.0)


class Look(EventDispatcher):  # type: ignore[misc]  # Kivy has no types
    """How everything is drawn: the unit, the colours, the language, what the visitor has asked for.

    KV follows its properties by itself. Functions that KV calls take the property they depend on as their last
    argument, so that KV sees the dependence.
    """

    u = NumericProperty(1.0)
    """Pixels a unit."""
    text_u = NumericProperty(1.0)
    """The unit of content text, and of the height of what holds it: ``u``, or more while ``large`` is on."""
    wide = BooleanProperty(False)
    """Whether the panel lies on its side."""
    large = BooleanProperty(False)
    """Whether content is written larger: not the header, the keys of a keyboard, the ticket's number."""
    reach = BooleanProperty(False)
    """Whether the visitor cannot reach up."""
    low = BooleanProperty(False)
    """Whether everything that is touched stands in the lower half: for who cannot reach up, on an upright panel.

    One that lies on its side is 27 cm high (21.5 inches): whoever reaches its middle reaches its top.
    """
    motion = BooleanProperty(True)
    """Whether anything may move."""
    scheme_name = StringProperty("day")
    """Changes last when the colours change."""
    language = StringProperty("es")
    """Changes last when the texts change."""

    def __init__(self, texts: Callable[[str], Texts], language: str = "es", *, motion: bool = True) -> None:
        """``texts`` gives those of a language."""
        super().__init__()
        self._texts_of = texts
        self._texts = texts(language)
        self._scheme = SCHEMES[self.scheme_name]
        self.language = language
        self.motion = motion

    def fit(self, width: float, height: float) -> None:
        """Takes the measure of the window, in pixels.

        The unit comes last, also where it stays the same: a rule of a KV class that follows ``wide`` would else have
        the last word over what a page says instead, which follows the unit.
        """
        unit = min(width, height) / REFERENCE_PX
        turned, same = self.wide != (width > height), self.u == unit
        self.wide = width > height
        self.low = self.reach and not self.wide
        self.text_u = unit * (LARGE if self.large else 1)
        self.u = unit
        if turned and same:
            self.property("u").dispatch(self)

    def follow(self, state: State) -> None:
        """Takes over the visitor's language and aids; before ``state`` is drawn."""
        self.large = Aid.LARGE in state.aids
        self.text_u = self.u * (LARGE if self.large else 1)
        self.reach = Aid.REACH in state.aids
        self.low = self.reach and not self.wide
        wanted = "contrast" if Aid.CONTRAST in state.aids else "day"
        self._scheme = SCHEMES[wanted]
        self.scheme_name = wanted
        self._texts = self._texts_of(state.language)
        self.language = state.language

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
    def type_px(role: str, u: float, text_u: float) -> float:
        """A text size in pixels; what is large anyhow does not grow with the content."""
        return TYPE_U[role] * (u if role in FIXED_ROLES else text_u)

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
