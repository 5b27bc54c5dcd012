"""When a sighting is believed. A wrong number is worse than no number; the visitor still confirms what is accepted.

    R0  the code is on the allow-list and its value is well formed (kept by the decoder)
    R1  MRZ with every check digit right, possible dates and no doubtful character: at once
    R2  MRZ: the same number, in agreement with its own check digit, in two frames; DNI and CE only
    R3  Code 39 or Code 128: the same eight digits in two frames, or in one and in an MRZ
    R4  PDF417 with error correction to spare: the same number in two frames, or in one and in another source
    R5  two sources of one presentation disagree: all of it is forgotten, and seen anew
    R6  the visitor confirms what is accepted (kept by the screens)
    R7  payloads are neither logged nor stored (kept by all)
    --  one of our tickets: at once, for its code is long, ours by form, and opens nothing but a public page

R2 leaves passports out: their numbers have letters, and a pair of wrong ones may satisfy the digit (66 and LL do), the
same in every frame. A number under R1 has been proved by four digits and a floor; nothing weaker is believed once.

Pure: a state, a frame's yield, a time; out come the next state and what to tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from domain.documents import DocumentKind
from drivers.scanner.advice import advice, shows_something
from drivers.scanner.sightings import CargoSighting, DocumentSighting, MrzSighting, Origin, TicketSighting
from drivers.scanner.words import CargoReading, DocumentReading, Hint, Reading, Rule, TicketReading

if TYPE_CHECKING:
    from domain.documents import Document
    from drivers.scanner.sightings import Looked

FRAMES_NEEDED: Final = 2
TWO_FRAME_MRZ: Final = frozenset({DocumentKind.DNI, DocumentKind.CE})
"""Whose numbers are digits only, so that one wrong character is always found by the check digit."""

NAME_WAIT_S: Final = 0.5
"""How long a number that is believed waits for the name, where one is wanted and the card may still give it."""

FIRST_HINT_S: Final = 0.7
"""What five frames did not read needs another pose or light, so say which."""
NEXT_HINT_S: Final = 2.0
KEYPAD_HINT_S: Final = 8.0
DISPUTES_TO_HINT: Final = 3
"""One disagreement is a misread and passes; these many are two documents, or a card that contradicts itself."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What one presentation has shown so far; all times are seconds of the same monotonic clock."""

    began_s: float
    keep_name: bool = False
    document: Document | None = None
    """The one on which every source so far agrees."""
    linear_frames: int = 0
    pdf417_frames: int = 0
    mrz_frames: int = 0
    names: frozenset[str] = field(default=frozenset(), repr=False)
    believed_s: float | None = None
    """Since when only the name is waited for."""
    disputes: int = 0
    """How often all was forgotten since the last hint about it."""
    unread_s: float | None = None
    """Since when something is held up that gives nothing."""
    hinted_s: float | None = None
    keypad_hinted_s: float | None = None


Told = Reading | Hint | None


def step(state: Acceptance, looked: Looked, now_s: float) -> tuple[Acceptance, Told]:
    """Takes one frame's yield, seen at ``now_s``. After a reading the presentation is over."""
    papers = {_paper(seen) for seen in looked.sightings if isinstance(seen, TicketSighting | CargoSighting)}
    if len(papers) == 1:
        return state, papers.pop()
    codes = tuple(seen for seen in looked.sightings if isinstance(seen, DocumentSighting))
    zones = tuple(seen for seen in looked.sightings if isinstance(seen, MrzSighting))
    state = _count(state, codes, zones)
    if state.document is not None:
        if any(zone.whole for zone in zones):
            return state, DocumentReading(state.document, Rule.MRZ_WHOLE, _name(state))
        rule = _rule(state, state.document.kind)
        if rule is not None:
            if _is_complete(state, now_s):
                return state, DocumentReading(state.document, rule, _name(state))
            if state.believed_s is None:
                state = replace(state, believed_s=now_s)
    return _advise(state, looked, now_s)


def _paper(seen: TicketSighting | CargoSighting) -> TicketReading | CargoReading:
    """A paper of ours proves itself by its code, so one frame is enough; of two at once neither is meant."""
    return TicketReading(seen.token) if isinstance(seen, TicketSighting) else CargoReading(seen.code)


def _count(state: Acceptance, codes: tuple[DocumentSighting, ...], zones: tuple[MrzSighting, ...]) -> Acceptance:
    """Adds a frame's documents, or forgets all (R5) where they or earlier ones disagree, in kind or in number."""
    documents = {code.document for code in codes} | {zone.document for zone in zones}
    if not documents:
        return state
    if len(documents | ({state.document} if state.document else set())) > 1:
        return _forget(state)
    origins = {code.origin for code in codes}
    return replace(
        state,
        document=documents.pop(),
        linear_frames=state.linear_frames + bool(origins & {Origin.CODE39, Origin.CODE128}),
        pdf417_frames=state.pdf417_frames + (Origin.PDF417 in origins),
        mrz_frames=state.mrz_frames + bool(zones),
        names=state.names | {code.name for code in codes if code.name},
    )


def _forget(state: Acceptance) -> Acceptance:
    return replace(
        state,
        document=None,
        linear_frames=0,
        pdf417_frames=0,
        mrz_frames=0,
        names=frozenset(),
        believed_s=None,
        disputes=state.disputes + 1,
    )


def _rule(state: Acceptance, kind: DocumentKind) -> Rule | None:
    """The strongest rule by which what was counted is believed. Each source is one witness, whatever it repeats."""
    linear, pdf417, mrz = state.linear_frames, state.pdf417_frames, state.mrz_frames
    if pdf417 >= FRAMES_NEEDED or (pdf417 and (linear or mrz)):
        return Rule.PDF417_TWO_FRAMES
    if linear >= FRAMES_NEEDED or (linear and mrz):
        return Rule.CODE39_TWO_FRAMES
    return Rule.MRZ_TWO_FRAMES if mrz >= FRAMES_NEEDED and kind in TWO_FRAME_MRZ else None


def _name(state: Acceptance) -> str | None:
    """The PDF417's name, where its frames agree; an MRZ's never, for it would stand on paper as if it were whole."""
    return next(iter(state.names)) if state.keep_name and len(state.names) == 1 else None


def _is_complete(state: Acceptance, now_s: float) -> bool:
    """Whether there is nothing to wait for: a face with an MRZ has no PDF417, so no name will come from it."""
    if not state.keep_name or state.names or state.mrz_frames:
        return True
    return state.believed_s is not None and now_s - state.believed_s >= NAME_WAIT_S


def _advise(state: Acceptance, looked: Looked, now_s: float) -> tuple[Acceptance, Told]:
    """The hint that is due, if one is."""
    facts = looked.facts
    if looked.sightings or (facts and not shows_something(facts)):
        state = replace(state, unread_s=None)
    elif facts and state.unread_s is None:
        state = replace(state, unread_s=now_s)
    rested = state.hinted_s is None or now_s - state.hinted_s >= NEXT_HINT_S
    keypad_since_s = state.began_s if state.keypad_hinted_s is None else state.keypad_hinted_s
    if now_s - keypad_since_s >= KEYPAD_HINT_S or (rested and _contradicts_itself(state, now_s)):
        return replace(state, hinted_s=now_s, keypad_hinted_s=now_s, disputes=0), Hint.USE_KEYPAD
    if facts and rested and state.unread_s is not None and now_s - state.unread_s >= FIRST_HINT_S:
        return replace(state, hinted_s=now_s), advice(facts)
    return state, None


def _contradicts_itself(state: Acceptance, now_s: float) -> bool:
    return state.disputes >= DISPUTES_TO_HINT and now_s - state.began_s >= FIRST_HINT_S
