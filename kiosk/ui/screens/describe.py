"""The request in the visitor's own words: a subject and a short description, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from kiosk.flow.events import PartChosen, PhraseChosen, Typed
from kiosk.flow.filling import DESCRIPTION_CHARS, SUBJECT_CHARS
from kiosk.flow.state import Part, Screen
from kiosk.ui.kit.pressable import Pressable
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class Phrase(Pressable):
    """A ready-made subject; ``chosen`` while it is the subject."""

    chosen = BooleanProperty(False)
    page = ObjectProperty()


class DescribePage(Page):
    """Two boxes, of which the keyboard writes into one; phrases to touch instead of typing a subject."""

    screen = Screen.DESCRIBE

    part = StringProperty(Part.DESCRIPTION.value)
    subject = StringProperty("")
    description = StringProperty("")
    subject_limit = SUBJECT_CHARS
    description_limit = DESCRIPTION_CHARS
    wordless = BooleanProperty(True)
    """Whether there is nothing to go on with."""

    def show(self, state: State) -> None:
        """Draws ``state``: what is being written is in ``typed``, the other text in the draft."""
        super().show(state)
        self.part = state.part.value
        writes_subject = state.part is Part.SUBJECT
        self.subject = state.typed if writes_subject else state.draft.subject
        self.description = state.draft.description if writes_subject else state.typed
        self.wordless = not (self.subject.strip() or self.description.strip())
        for phrase in self.ids.phrases.children:
            phrase.chosen = self.texts.t(phrase.key) == self.subject

    def turn_to(self, part: str) -> None:
        """A box was touched."""
        self.post(PartChosen(Part(part)))

    def type_character(self, character: str) -> None:
        """A key of the keyboard."""
        self.post(Typed(character))

    def choose_phrase(self, key: str) -> None:
        """A phrase was touched; it goes into the visit as it reads."""
        self.post(PhraseChosen(self.texts.t(key)))

    def forget(self) -> None:
        """What was written, and the keyboard as it is for a new visitor."""
        self.typed = self.subject = self.description = ""
        self.ids.keyboard.reset()
