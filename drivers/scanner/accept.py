"""When a sighting is believed. A wrong number is worse than no number; the visitor still confirms what is accepted.

    R0  the code is on the allow-list and its value is well formed (kept by the decoder)
    R3  Code 39: the same eight digits in two frames, for it carries no check digit
    R4  PDF417: the same number in two frames, each with error correction to spare (the decoder's share)
    R5  two codes of one presentation disagree: all of it is forgotten, and seen anew
    --  one of our tickets: at once, for its code is long, ours by form, and opens nothing but a public page

Pure: a state, a frame's yield, a time; out come the next state and what to tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from drivers.scanner.sightings import DocumentSighting, Origin, TicketSighting
from drivers.scanner.words import DocumentReading, Hint, Reading, Rule, TicketReading

if TYPE_CHECKING:
    from domain.documents import Document
    from drivers.scanner.sightings import Facts, Looked

FRAMES_NEEDED: Final = 2
NAME_WAIT_S: Final = 0.5
"""How long a number that is believed waits for the name, where one is wanted and the card may still give it."""

FIRST_HINT_S: Final = 0.7
"""What five frames did not read needs another pose or light, so say which."""
NEXT_HINT_S: Final = 2.0
KEYPAD_HINT_S: Final = 8.0

IN_VIEW_TEXTURE: Final = 0.02
GLARING: Final = 0.02
TILTED_DEG: Final = 15.0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What one presentation has shown so far; all times are seconds of the same monotonic clock."""

    began_s: float
    keep_name: bool = False
    document: Document | None = None
    """The one on which every code so far agrees."""
    code39_frames: int = 0
    pdf417_frames: int = 0
    names: frozenset[str] = field(default=frozenset(), repr=False)
    believed_s: float | None = None
    """Since when only the name is waited for."""
    unread_s: float | None = None
    """Since when something is held up that gives nothing."""
    hinted_s: float | None = None
    keypad_hinted_s: float | None = None


Told = Reading | Hint | None


def step(state: Acceptance, looked: Looked, now_s: float) -> tuple[Acceptance, Told]:
    """Takes one frame's yield, seen at ``now_s``. After a reading the presentation is over."""
    tokens = {seen.token for seen in looked.sightings if isinstance(seen, TicketSighting)}
    if len(tokens) == 1:
        return state, TicketReading(tokens.pop())
    state = _count(state, tuple(seen for seen in looked.sightings if isinstance(seen, DocumentSighting)))
    rule = _rule(state)
    if state.document is not None and rule is not None:
        if _is_complete(state, now_s):
            name = next(iter(state.names)) if state.keep_name and len(state.names) == 1 else None
            return state, DocumentReading(state.document, rule, name)
        if state.believed_s is None:
            state = replace(state, believed_s=now_s)
    return _advise(state, looked, now_s)


def _count(state: Acceptance, seen: tuple[DocumentSighting, ...]) -> Acceptance:
    """Adds a frame's documents, or forgets all (R5) where they or earlier ones disagree."""
    if not seen:
        return state
    documents = {sighting.document for sighting in seen} | ({state.document} if state.document else set())
    if len(documents) > 1:
        return replace(state, document=None, code39_frames=0, pdf417_frames=0, names=frozenset(), believed_s=None)
    origins = {sighting.origin for sighting in seen}
    return replace(
        state,
        document=documents.pop(),
        code39_frames=state.code39_frames + (Origin.CODE39 in origins),
        pdf417_frames=state.pdf417_frames + (Origin.PDF417 in origins),
        names=state.names | {sighting.name for sighting in seen if sighting.name},
    )


def _rule(state: Acceptance) -> Rule | None:
    if state.pdf417_frames >= FRAMES_NEEDED:
        return Rule.PDF417_TWO_FRAMES
    return Rule.CODE39_TWO_FRAMES if state.code39_frames >= FRAMES_NEEDED else None


def _is_complete(state: Acceptance, now_s: float) -> bool:
    if not state.keep_name or state.names:
        return True
    return state.believed_s is not None and now_s - state.believed_s >= NAME_WAIT_S


def _advise(state: Acceptance, looked: Looked, now_s: float) -> tuple[Acceptance, Told]:
    """The hint that is due, if one is."""
    facts = looked.facts
    unread = facts is not None and not looked.sightings and _shows_something(facts)
    state = replace(state, unread_s=(now_s if state.unread_s is None else state.unread_s) if unread else None)
    keypad_since_s = state.began_s if state.keypad_hinted_s is None else state.keypad_hinted_s
    if now_s - keypad_since_s >= KEYPAD_HINT_S:
        return replace(state, hinted_s=now_s, keypad_hinted_s=now_s), Hint.USE_KEYPAD
    rested = state.hinted_s is None or now_s - state.hinted_s >= NEXT_HINT_S
    if facts and rested and state.unread_s is not None and now_s - state.unread_s >= FIRST_HINT_S:
        return replace(state, hinted_s=now_s), advice(facts)
    return state, None


def _shows_something(facts: Facts) -> bool:
    return facts.code is not None or facts.texture >= IN_VIEW_TEXTURE


def advice(facts: Facts) -> Hint:
    """What would help most for a document that is in view but gives nothing.

    What looks like a code and lies straight is too small or out of focus: nearer to the bracket mends both.
    """
    if facts.glare >= GLARING:
        return Hint.AVOID_GLARE
    if facts.code is None:
        return Hint.TURN_OVER
    return Hint.STRAIGHTEN if abs(facts.code.tilt_deg) >= TILTED_DEG else Hint.CLOSER
