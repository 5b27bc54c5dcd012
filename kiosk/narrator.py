"""Gives the voice its words: what has to be said of the visit, in the language in which it can be said."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kiosk.flow.effects import Effect, SayAgain
from kiosk.flow.narration import spoken_in, to_say
from kiosk.flow.said import Said, Wording, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.voice import Speaker

log = logging.getLogger(__name__)


class Narrator:
    """Follows the visit from one state to the next."""

    def __init__(self, voice: Speaker, texts: Callable[[str], Wording]) -> None:
        """``texts`` are asked for by language."""
        self._voice = voice
        self._texts = texts

    def follow(self, before: State, after: State, event: Event, effects: Iterable[Effect] = ()) -> None:
        """Says what ``event`` has changed, if it should be said; stops what means nothing any more."""
        again = any(isinstance(effect, SayAgain) for effect in effects)
        said = to_say(before, after, event, self._voice.languages, again=again)
        if said is None:
            return
        if not said:
            self._voice.hush()
            return
        language = spoken_in(after.language, self._voice.languages)
        # the keys, which are the program's: what the visitor said is in no sentence, and no sentence is logged
        log.info("voice.says language=%s keys=%s", language, ",".join(one.key or "plain" for one in said))
        self.speak(said, after.language)

    def speak(self, said: Sequence[Said], language: str) -> None:
        """Says it to a visitor of ``language``; logged nowhere, for the keys under a finger would tell a number."""
        spoken = spoken_in(language, self._voice.languages)
        self._voice.say(in_words(said, self._texts(spoken)), spoken)
