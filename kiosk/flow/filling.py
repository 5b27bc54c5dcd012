"""Filling in: what may be typed where, what is ticked and counted, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

from domain.contact import parse_contact
from domain.documents import MOST_CHARACTERS, NO_DOCUMENT, Document, DocumentKind, NumberFault, parse_number
from kiosk.flow import events as happened
from kiosk.flow.state import Draft, Part, Problem, Quantity, Screen, State
from kiosk.flow.ways import at, with_text

SUBJECT_CHARS = 60
DESCRIPTION_CHARS = 160
CONTACT_CHARS = 80
CODE_CHARS = 32
"""A ticket's code has twelve, an expediente's number may have more."""
KEY_LIMIT = 8
"""A key, with room for a hyphen or two."""
PIN_DIGITS = 8
MOST = {Quantity.FOLIOS: 9999, Quantity.FILINGS: 99}
_LEAST = {Quantity.FOLIOS: 0, Quantity.FILINGS: 1}

NUMBERED = frozenset({Screen.IDENTIFY, Screen.PRINCIPAL})
"""Where a document's number is typed."""

_FAULTS = {
    (DocumentKind.DNI, NumberFault.EMPTY): Problem.DNI_EMPTY,
    (DocumentKind.DNI, NumberFault.TOO_SHORT): Problem.DNI_SHORT,
    (DocumentKind.CE, NumberFault.EMPTY): Problem.CE_SHORT,
    (DocumentKind.CE, NumberFault.TOO_SHORT): Problem.CE_SHORT,
    (DocumentKind.PASSPORT, NumberFault.EMPTY): Problem.PASSPORT_SHORT,
    (DocumentKind.PASSPORT, NumberFault.TOO_SHORT): Problem.PASSPORT_SHORT,
    (DocumentKind.PASSPORT, NumberFault.NOT_DIGITS): Problem.PASSPORT_SIGNS,
    (DocumentKind.RUC, NumberFault.EMPTY): Problem.RUC_SHORT,
    (DocumentKind.RUC, NumberFault.TOO_SHORT): Problem.RUC_SHORT,
    (DocumentKind.RUC, NumberFault.WRONG): Problem.RUC_WRONG,
}


def takes_digits_only(state: State) -> bool:
    """Whether nothing but digits can be typed on this page."""
    return state.screen is Screen.PIN or (state.screen in NUMBERED and state.kind is not DocumentKind.PASSPORT)


def limit(state: State) -> int:
    """How many characters the text of this page can have; 0 where nothing is typed."""
    match state.screen:
        case Screen.IDENTIFY | Screen.PRINCIPAL:
            return MOST_CHARACTERS[state.kind]
        case Screen.DESCRIBE:
            return SUBJECT_CHARS if state.part is Part.SUBJECT else DESCRIPTION_CHARS
        case Screen.CONTACT:
            return CONTACT_CHARS
        case Screen.ASK:
            return KEY_LIMIT if state.expediente else CODE_CHARS
        case Screen.PIN:
            return PIN_DIGITS
        case _:
            return 0


def fill(state: State, event: happened.Filling) -> State:
    """Takes a key. What cannot be part of the text says so and leaves it as it is."""
    most = limit(state)
    if not most or state.saving:
        return state
    typed = state.typed
    match event:
        case happened.Erased():
            typed = typed[:-1]
        case happened.Cleared():
            typed = ""
        case happened.PartChosen(part):
            return _turn_to(state, part)
        case happened.PhraseChosen(text):
            return _choose_phrase(state, text)
        case happened.Typed(character):
            if takes_digits_only(state) and not (character.isascii() and character.isdigit()):
                return replace(state, problem=Problem.DNI_NOT_DIGITS)
            if is_full(state):  # one comes back to a whole number only if it is wrong; the pad has no key to erase
                typed = ""
            typed += _as_written(state, character)
    return replace(state, typed=typed[:most], problem=None)


def is_full(state: State) -> bool:
    """Whether a number has all its digits, so that the page may go on by itself."""
    return state.screen in NUMBERED and takes_digits_only(state) and len(state.typed) == limit(state)


def number(state: State) -> Document | Problem:
    """The document that was typed, or what to mend in it."""
    parsed = parse_number(state.kind, state.typed)
    return parsed if isinstance(parsed, Document) else _FAULTS.get((state.kind, parsed), Problem.DNI_NOT_DIGITS)


def choose_kind(state: State, kind: DocumentKind) -> State:
    """Another kind of document is typed from now on; the digits so far were another's."""
    if state.screen not in NUMBERED or kind is DocumentKind.NONE or kind is state.kind:
        return state
    return replace(state, kind=kind, typed="", problem=None)


def finish_text(state: State) -> State:
    """The request in words is written; back to the request."""
    after = with_text(state)
    if not (after.draft.subject or after.draft.description):
        return replace(state, problem=Problem.DESCRIPTION_MISSING)
    return at(after, Screen.REQUEST)


def finish_contact(state: State) -> State:
    """The contact is given. Consent to e-mails means nothing without an address."""
    contact = parse_contact(state.typed)
    if contact is None:
        return replace(state, problem=Problem.CONTACT_UNREADABLE)
    draft = replace(state.draft, contact=contact, notices=state.draft.notices and "@" in contact)
    return at(replace(state, draft=draft), Screen.REVIEW)


def tick(state: State, event: happened.Ticking) -> State:
    """Takes a box or a step of a counter on the page where it stands."""
    draft = state.draft
    match event, state.screen:
        case happened.RequirementTicked(place), Screen.REQUEST:
            known = state.chosen is not None and 0 <= place < len(state.chosen.requirements)
            draft = replace(draft, missing=draft.missing ^ {place}) if known else draft
        case happened.MediumTicked(medium), Screen.FOLIOS:
            draft = replace(draft, media=draft.media ^ {medium})
        case happened.NoticesTicked(), Screen.CONTACT:
            draft = replace(draft, notices=not draft.notices)
        case happened.Counted(quantity, by), Screen.FOLIOS:
            draft = _count(draft, quantity, by)
        case _:
            pass
    return replace(state, draft=draft)


def without_document(draft: Draft) -> Draft:
    """They have none, or do not want to show it."""
    return replace(draft, document=NO_DOCUMENT, name="", for_another=False, principal=NO_DOCUMENT)


def _count(draft: Draft, quantity: Quantity, by: int) -> Draft:
    now = (draft.folios or 0) if quantity is Quantity.FOLIOS else draft.filings
    then = min(max(now + by, _LEAST[quantity]), MOST[quantity])
    return replace(draft, folios=then or None) if quantity is Quantity.FOLIOS else replace(draft, filings=then)


def _turn_to(state: State, part: Part) -> State:
    if state.screen is not Screen.DESCRIBE:
        return state
    after = with_text(state)
    typed = after.draft.subject if part is Part.SUBJECT else after.draft.description
    return replace(after, part=part, typed=typed, problem=None)


def _choose_phrase(state: State, text: str) -> State:
    """A phrase is the subject; touched again it is taken back."""
    if state.screen is not Screen.DESCRIBE:
        return state
    after = with_text(state)
    subject = "" if after.draft.subject == text else text[:SUBJECT_CHARS]
    after = replace(after, draft=replace(after.draft, subject=subject), problem=None)
    return replace(after, typed=subject) if after.part is Part.SUBJECT else after


def _as_written(state: State, character: str) -> str:
    """A character as it goes into the text of this page; "" where it cannot."""
    if state.screen in NUMBERED or state.screen is Screen.ASK:
        character = character.upper()
        fits = character.isascii() and (character.isalnum() or (character == "-" and state.screen is Screen.ASK))
        return character if fits else ""
    return character if character.isprintable() else ""
