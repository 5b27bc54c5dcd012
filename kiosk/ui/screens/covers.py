"""What lies over a page without leaving it: all that is done with one's data, and that help is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.flow.state import Cover
from kiosk.ui.kit.buttons import Action
from kiosk.ui.screens.over import Over

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.texts import Texts


class NextPage(Action):
    """The way to the next page of a long text; after the last comes the first."""


class PrivacyAside(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Beside the text, on a panel that lies on its side."""


class HelpCover(Over):
    """The desks know; the visit can go on meanwhile."""

    cover = Cover.HELP


class PrivacyCover(Over):
    """The whole text that the law asks for (Ley 29733 art. 18, D.S. 016-2024-JUS art. 6), a page at a time."""

    cover = Cover.PRIVACY

    whole = StringProperty("")
    pages = NumericProperty(1)
    wide = BooleanProperty(False)

    def __init__(self, post: Callable[[Event], None], texts: Callable[[str], Texts]) -> None:
        super().__init__(post, texts)
        self._next = NextPage()
        self._next.bind(on_release=lambda _button: self.turn())
        self._aside = PrivacyAside()
        # KV's own references are weak: what stands nowhere for a moment would be gone
        self._parts = tuple(part.__self__ for part in (self.ids.heading, self.ids.text, self.ids.buttons))
        self.fbind("wide", self._arrange)
        self.fbind("pages", self._offer_pages)
        self.ids.text.fbind("at", self._count)
        self._arrange()
        self._offer_pages()

    def _arrange(self, *_changed: object) -> None:
        """Heading and buttons beside the text where there is width, else above and below it."""
        panel, (heading, text, buttons) = self.ids.panel, self._parts
        for part in (heading, buttons):
            part.parent.remove_widget(part)
        panel.clear_widgets()
        self._aside.clear_widgets()
        if self.wide:
            for part in (heading, Widget(), buttons):
                self._aside.add_widget(part)
        for part in (text, self._aside) if self.wide else (heading, text, buttons):
            panel.add_widget(part)

    def _offer_pages(self, *_changed: object) -> None:
        """A way to the next page where there is one."""
        self.ids.buttons.remove_widget(self._next)
        if self.pages > 1:
            self.ids.buttons.add_widget(self._next, len(self.ids.buttons.children))
        self._count()

    def _count(self, *_changed: object) -> None:
        self._next.say = ("cover.more", {"page": int(self.ids.text.at) + 1, "pages": int(self.pages)})

    def show(self, state: State) -> None:
        """Fills in who is responsible, where, and for how long."""
        super().show(state)
        office = state.office
        self.whole = self.texts.t(
            "privacy.text",
            entity=office.entity,
            address=office.address or office.name,
            contact=office.privacy.contact or self.texts.t("privacy.contact_desk"),
            bank=office.privacy.bank or self.texts.t("privacy.bank_unnamed"),
            days=office.privacy.days_kept,
        )

    def turn(self) -> None:
        """Pages on."""
        text = self.ids.text
        text.at = (text.at + 1) % text.pages
