"""The voice of the boards: what a call says, and the program beside ours that makes it sound (espeak-ng).

It is made here and not in the browser, so that every board speaks alike, with no network and no voice of its own. Only
numbers and counters are ever said. Where the program is missing, or fails, boards have their chime.
"""

from __future__ import annotations

import logging
import re
import struct
import subprocess
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from assets import languages_of, translations

if TYPE_CHECKING:
    import gettext
    from collections.abc import Sequence

    from domain.tickets import QueueNumber

_log = logging.getLogger(__name__)

USUAL_LANGUAGE = "es"
"""Every call is said in it first."""
VOICES = {"es": "es-419", "en": "en-us", "qu": "qu"}
"""The voice of each language, as espeak-ng names it. It has none for Aymara."""
SPEED_WPM = 140
"""Words a minute; espeak-ng's usual 175 is quick for a hall full of people."""
REMEMBERED_CALLS = 24
"""Some 300 kB each."""

_LONGEST_S = 10.0
"""The longest that a call may take to be made; the usual one takes 0.1 s."""
_HEAD_BYTES = 44
_MARKUP = re.compile("<[^>]*>")


def spelled(number: QueueNumber) -> str:
    """A number as it is said: letters by their names, each leading zero, then the rest as one number.

    «A-017» is said "A, cero, diecisiete", as people read it from their ticket; with the letters marked up (SSML), since
    a voice would take a lone A or Y for a word.
    """
    letters = [f'<say-as interpret-as="characters">{letter}</say-as>' for letter in number.series]
    digits = f"{number.n:03d}"
    zeros = len(digits) - len(str(number.n))
    return ", ".join([*letters, *"0" * zeros, str(number.n)])


def plain(text: str) -> str:
    """The same without the marks, for people."""
    return _MARKUP.sub("", text)


class Voice:
    """Makes calls sound. Asks the synthesiser which voices it has when it is first needed (some 20 ms)."""

    def __init__(self, *, synthesiser: Sequence[str] = ("espeak-ng",)) -> None:
        self._synthesiser = tuple(synthesiser)
        self._texts: dict[str, gettext.NullTranslations] = {}
        self._languages: frozenset[str] | None = None
        self._made: OrderedDict[tuple[tuple[str, str], ...], bytes] = OrderedDict()
        self._fault = ""
        self._lock = Lock()  # several boards ask for the same call at once: it is made once

    @property
    def languages(self) -> frozenset[str]:
        """The languages that it can say a call in; none where there is no synthesiser, or it lacks Spanish."""
        with self._lock:
            if self._languages is None:
                self._languages = self._find_voices()
            return self._languages

    def sentences(self, number: QueueNumber, counter: str, language: str) -> tuple[tuple[str, str], ...]:
        """What is said of a call, each with its language: Spanish, then the ticket's own if there is a voice for it."""
        wanted = [USUAL_LANGUAGE] + [language] * (language != USUAL_LANGUAGE and language in self.languages)
        values = {"number": spelled(number), "counter": counter}
        return tuple((one, self._words(one) % values) for one in wanted)

    def call(self, number: QueueNumber, counter: str, language: str) -> bytes | None:
        """A call as a WAV file, 22,050 Hz, 16 bits, mono; None where it cannot be said. At most 10 s a language."""
        if not self.languages:
            return None
        said = self.sentences(number, counter, language)
        with self._lock:
            if said in self._made:
                self._made.move_to_end(said)
                return self._made[said]
            sounds = [self._made_of(text, one) for one, text in said]
            if not sounds[0]:
                return None
            whole = _joined([sound for sound in sounds if sound])
            self._made[said] = whole
            if len(self._made) > REMEMBERED_CALLS:
                self._made.popitem(last=False)
            return whole

    def _words(self, language: str) -> str:
        if language not in self._texts:
            self._texts[language] = translations("board", language)
        return self._texts[language].gettext("board.said")

    def _made_of(self, text: str, language: str) -> bytes:
        """The sound of ``text``; empty if the program failed."""
        how = ("-v", VOICES[language], "-s", str(SPEED_WPM), "-b", "1", "-m", "--stdin", "--stdout")
        return self._run(how, text.encode())

    def _find_voices(self) -> frozenset[str]:
        listed = self._run(("--voices",), b"").decode(errors="replace")
        names = {fields[1] for line in listed.splitlines() if len(fields := line.split()) > 1}
        found = {one for one in languages_of("board") if VOICES.get(one) in names}
        return frozenset(found) if USUAL_LANGUAGE in found else frozenset()

    def _run(self, how: Sequence[str], given: bytes) -> bytes:
        """What the program answers; empty if it is absent or failed, which is logged when it is new."""
        try:
            done = subprocess.run(
                (*self._synthesiser, *how), input=given, capture_output=True, timeout=_LONGEST_S, check=True
            )
        except FileNotFoundError:
            self._heard("voice.absent")
        except (OSError, subprocess.SubprocessError) as error:
            self._heard(f"voice.failed kind={type(error).__name__}")
        else:
            self._heard("")
            return done.stdout
        return b""

    def _heard(self, fault: str) -> None:
        """Logs a fault, "" for none, where it is another than before."""
        if fault != self._fault:
            self._fault = fault
            _log.log(logging.WARNING if fault else logging.INFO, "%s", fault or "voice.works_again")


def _joined(sounds: Sequence[bytes]) -> bytes:
    """One WAV file of several of one kind; written into a pipe, none of them could say how long it is."""
    samples = b"".join(sound[_HEAD_BYTES:] for sound in sounds)
    head = sounds[0][:_HEAD_BYTES]
    return head[:4] + struct.pack("<I", len(samples) + 36) + head[8:40] + struct.pack("<I", len(samples)) + samples
