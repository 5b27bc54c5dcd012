"""Where the visitor wants to be told, or nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty

from kiosk.flow import events as happened
from kiosk.flow.state import Cover, Screen
from kiosk.ui.kit.buttons import Pill
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State

_HOSTS = ("@gmail.com", "@hotmail.com", "@outlook.com")


class HostPill(Pill):
    """The end of an address, as one touch."""


class ContactPage(Page):
    """An address or a mobile number, typed; the usual mail hosts are one touch.

    That notices may be sent by e-mail is a consent of its own, in a box that is never ticked beforehand.
    """

    screen = Screen.CONTACT

    wordless = BooleanProperty(True)
    notices = BooleanProperty(False)
    hosts = NumericProperty(len(_HOSTS))
    """How many there is room for; KV says so."""

    def on_kv_post(self, _base: object) -> None:
        """KV has made the rest."""
        self.fbind("hosts", self._arrange)
        self._arrange()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.notices = state.draft.notices

    def on_typed(self, _page: object, typed: str) -> None:
        """Whether there is anything to go on with."""
        self.wordless = not typed.strip()

    def type_text(self, text: str) -> None:
        """A key of the keyboard, or a host's whole name."""
        for character in text:
            self.post(happened.Typed(character))

    def open_privacy(self) -> None:
        """The whole privacy text is wanted."""
        self.post(happened.Covered(Cover.PRIVACY))

    def forget(self) -> None:
        """The keyboard as it is for a new visitor."""
        self.typed = ""
        self.notices = False
        self.ids.keyboard.reset()

    def _arrange(self, *_changed: object) -> None:
        self.ids.hosts.clear_widgets()
        for host in _HOSTS[: int(self.hosts)]:
            pill = HostPill(key=host, plain=host)
            pill.bind(on_release=lambda _pill, host=host: self.type_text(host))
            self.ids.hosts.add_widget(pill)
