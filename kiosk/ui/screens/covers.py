"""What lies over a page without leaving it: all that is done with one's data, and that help is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.flow.state import Cover
from kiosk.ui.screens.over import Over

if TYPE_CHECKING:
    from kiosk.flow.state import State


class NextPage(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """The way to the next page of a long text; after the last comes the first."""

    cover = ObjectProperty()


class HelpCover(Over):
    """The desks know; the visit can go on meanwhile."""

    cover = Cover.HELP


class PrivacyCover(Over):
    """The whole text that the law asks for (Ley 29733 art. 18, D.S. 016-2024-JUS art. 6), a page at a time."""

    cover = Cover.PRIVACY

    whole = StringProperty("")
    pages = NumericProperty(1)

    def on_pages(self, *_changed: object) -> None:
        """A way to the next page where there is one."""
        self.ids.more.clear_widgets()
        if self.pages > 1:
            self.ids.more.add_widget(NextPage(cover=self))

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
