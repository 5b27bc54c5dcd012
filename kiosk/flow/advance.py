"""The visit: ``advance(state, event) -> (state, effects)``, and nothing else decides what a screen shows.

Within hours it refuses nobody: whatever cannot be read, typed or reached can be skipped, and the visit still ends
with a turn (Ley 27444 art. 124.1). A device that fails changes what a screen says, never where the visit goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from domain.contact import parse_contact
from domain.documents import DNI_DIGITS, NO_DOCUMENT, DniFault, Document, DocumentKind, parse_dni
from drivers.printer.words import Outcome, Result
from drivers.scanner.words import DocumentReading, Reading
from kiosk.flow import events as happened
from kiosk.flow.effects import Effect, IssueTicket, PrintAgain, StartScanning, StopScanning
from kiosk.flow.state import (
    IDLE_ANSWER_S,
    IDLE_ASK_S,
    MOST_COPIES,
    STEPS,
    TICKET_S,
    Draft,
    Paper,
    Problem,
    QueueView,
    Screen,
    State,
    Ticket,
)

DESCRIPTION_CHARS = 160
CONTACT_CHARS = 80

_FAULTS = {
    DniFault.EMPTY: Problem.DNI_EMPTY,
    DniFault.TOO_SHORT: Problem.DNI_SHORT,
    DniFault.TOO_LONG: Problem.DNI_NOT_DIGITS,
    DniFault.NOT_DIGITS: Problem.DNI_NOT_DIGITS,
}
_LIMITS = {Screen.IDENTIFY: DNI_DIGITS, Screen.DESCRIBE: DESCRIPTION_CHARS, Screen.CONTACT: CONTACT_CHARS}
_PAPER = {
    Result.CONFIRMED: Paper.PRINTED,
    Result.PROBABLE: Paper.PRINTED,
    Result.CONFIRMED_LATE: Paper.PRINTED,
    Result.NOT_PRINTED: Paper.NOT_PRINTED,
    Result.UNCERTAIN: Paper.UNCERTAIN,
}


def advance(state: State, event: happened.Event) -> tuple[State, tuple[Effect, ...]]:
    """The state after ``event``, and what must be done for it.

    An event that means nothing where it arrives changes nothing. Whatever shows that somebody is there starts the
    quiet time anew. The scanner looks exactly while the identification
    screen waits for a document, so its effects follow from the two states alone.
    """
    after, effects = _next(state, event)
    if isinstance(event, happened.Visitor | happened.Scanned | happened.Issued):
        after = replace(after, quiet_since_s=after.now_s)
    if _scans(after) and (not _scans(state) or isinstance(event, happened.Scanned)):
        effects = (*effects, StartScanning())
    elif _scans(state) and not _scans(after):
        effects = (*effects, StopScanning())
    return after, effects


def _next(state: State, event: happened.Event) -> tuple[State, tuple[Effect, ...]]:
    match event:
        case happened.Begun(preferential):
            return _begin(state, preferential=preferential), ()
        case happened.Typed() | happened.Erased() | happened.Cleared() | happened.PhraseChosen():
            return _type(state, event), ()
        case happened.Continued():
            return _continue(state)
        case happened.Skipped():
            return _skip(state), ()
        case happened.ServiceChosen(code):
            return _choose(state, code), ()
        case happened.WentBack():
            return _back(state), ()
        case happened.PaperSeen(whole):
            return _see_paper(state, whole=whole)
        case happened.Left():
            return (state if state.saving else _wiped(state)), ()
        case happened.Touched():
            return state, ()
        case happened.Printed() | happened.PrinterChanged():
            return _retry(_told(state, event))
        case _:
            return _told(state, event), ()


def _told(state: State, event: happened.World) -> State:
    """What devices, store, server and clock have to say."""
    match event:
        case happened.Scanned(reading):
            return _scanned(state, reading)
        case happened.Hinted(hint):
            return replace(state, hint=hint) if _scans(state) else state
        case happened.CameraChanged(camera):
            return replace(state, camera=camera)
        case happened.ReaderChanged(is_there):
            return replace(state, has_reader=is_there)
        case happened.PrinterChanged(status):
            return replace(state, printer=status)
        case happened.Issued(ticket):
            return _show(state, ticket) if state.saving else state
        case happened.NotSaved():
            return replace(state, saving=False, problem=Problem.NOT_SAVED) if state.saving else state
        case happened.Printed(ticket_id, copy, outcome):
            shown = state.ticket is not None and state.ticket.id == ticket_id and state.copies == copy
            return _printed(state, outcome) if shown else state
        case happened.QueueHeard(waiting):
            return replace(state, queue=QueueView(waiting, state.now_s))
        case happened.Tick(now_s, now):
            return _pass_time(replace(state, now_s=now_s, now=now))
        case _:
            assert_never(event)


def _begin(state: State, *, preferential: bool) -> State:
    if state.screen is not Screen.WELCOME:
        return state
    if not state.is_open:
        return _at(state, Screen.CLOSED)
    return replace(_at(state, Screen.IDENTIFY), draft=Draft(preferential=preferential))


def _type(state: State, event: happened.Filling) -> State:
    limit = _LIMITS.get(state.screen)
    if limit is None:
        return state
    match event:
        case happened.Erased():
            typed = state.typed[:-1]
        case happened.Cleared():
            typed = ""
        case happened.PhraseChosen(text):
            typed = text if state.screen is Screen.DESCRIBE else state.typed
        case happened.Typed(character):
            if state.screen is Screen.IDENTIFY and not (character.isascii() and character.isdigit()):
                return replace(state, problem=Problem.DNI_NOT_DIGITS)
            typed = state.typed + character if character.isprintable() else state.typed
    return replace(state, typed=typed[:limit], problem=None)


def _continue(state: State) -> tuple[State, tuple[Effect, ...]]:
    match state.screen:
        case Screen.IDENTIFY:
            return _identify(state), ()
        case Screen.CHECK_DOCUMENT:
            return _at(state, Screen.SERVICE), ()
        case Screen.DESCRIBE:
            return _describe(state), ()
        case Screen.CONTACT:
            return _take_contact(state), ()
        case Screen.REVIEW if not state.saving:
            return replace(state, saving=True, problem=None), (IssueTicket(state.draft, state.language),)
        case _:
            return state, ()


def _identify(state: State) -> State:
    parsed = parse_dni(state.typed)
    if isinstance(parsed, Document):
        return replace(_at(state, Screen.SERVICE), draft=replace(state.draft, document=parsed, name=""))
    return replace(state, problem=_FAULTS[parsed])


def _describe(state: State) -> State:
    text = state.typed.strip()
    if not text:
        return replace(state, problem=Problem.DESCRIPTION_MISSING)
    return _at(replace(state, draft=replace(state.draft, description=text)), Screen.CONTACT)


def _take_contact(state: State) -> State:
    contact = parse_contact(state.typed)
    if contact is None:
        return replace(state, problem=Problem.CONTACT_UNREADABLE)
    return _at(replace(state, draft=replace(state.draft, contact=contact)), Screen.REVIEW)


def _skip(state: State) -> State:
    match state.screen:
        case Screen.IDENTIFY:
            draft, screen = replace(state.draft, document=NO_DOCUMENT, name=""), Screen.SERVICE
        case Screen.DESCRIBE:
            draft, screen = replace(state.draft, description=""), Screen.CONTACT
        case Screen.CONTACT:
            draft, screen = replace(state.draft, contact=""), Screen.REVIEW
        case _:
            return state
    return _at(replace(state, draft=draft), screen)


def _choose(state: State, code: str) -> State:
    if state.screen is not Screen.SERVICE or state.office.service(code) is None:
        return state
    return _at(replace(state, draft=replace(state.draft, service=code)), Screen.DESCRIBE)


_BEFORE = {
    Screen.CLOSED: Screen.WELCOME,
    Screen.IDENTIFY: Screen.WELCOME,
    Screen.CHECK_DOCUMENT: Screen.IDENTIFY,
    Screen.SERVICE: Screen.IDENTIFY,
    Screen.DESCRIBE: Screen.SERVICE,
    Screen.CONTACT: Screen.DESCRIBE,
    Screen.REVIEW: Screen.CONTACT,
}


def _back(state: State) -> State:
    before = _BEFORE.get(state.screen)
    if before is None or state.saving:
        return state
    return _wiped(state) if before is Screen.WELCOME else _at(state, before)


def _scanned(state: State, reading: Reading) -> State:
    if not _scans(state):
        return state
    if not isinstance(reading, DocumentReading):
        return replace(state, problem=Problem.NOT_A_DOCUMENT)
    draft = replace(state.draft, document=reading.document, name=reading.name or "")
    return _at(replace(state, draft=draft), Screen.CHECK_DOCUMENT)


def _show(state: State, ticket: Ticket) -> State:
    ahead = None if state.draft.preferential else state.people_waiting
    return replace(_wiped(state), screen=Screen.TICKET, ticket=ticket, ahead=ahead, language=state.language)


def _printed(state: State, outcome: Outcome) -> State:
    paper = _PAPER[outcome.result]
    if paper is Paper.UNCERTAIN and state.copies == MOST_COPIES:
        paper = Paper.GIVEN_UP
    return replace(state, paper=paper, paper_reason=outcome.reason)


def _retry(state: State) -> tuple[State, tuple[Effect, ...]]:
    """Where nothing came out, once more as soon as the printer can, while the visitor is still there."""
    again = state.paper is Paper.NOT_PRINTED and not state.is_retried and state.printer.can_print
    if state.ticket is None or not again:
        return state, ()
    # somebody has just mended the printer: there must be time to take the ticket
    after = replace(state, paper=Paper.PRINTING, paper_reason=None, is_retried=True, quiet_since_s=state.now_s)
    return after, (PrintAgain(state.ticket.id, state.copies, state.language),)


def _see_paper(state: State, *, whole: bool) -> tuple[State, tuple[Effect, ...]]:
    """Only the visitor sees the slot. What they did not get, they get again, marked: the first may be found later."""
    if state.paper is not Paper.UNCERTAIN or state.ticket is None:
        return state, ()
    if whole:
        return replace(state, paper=Paper.PRINTED, paper_reason=None), ()
    after = replace(state, paper=Paper.PRINTING, paper_reason=None, copies=state.copies + 1)
    return after, (PrintAgain(state.ticket.id, after.copies, state.language),)


def _pass_time(state: State) -> State:
    quiet_s = state.now_s - state.quiet_since_s
    if state.screen in STEPS:
        gone = quiet_s >= IDLE_ASK_S + IDLE_ANSWER_S and not state.saving
    else:
        gone = state.screen is not Screen.WELCOME and quiet_s >= TICKET_S
    return _wiped(state) if gone else state


def _at(state: State, screen: Screen) -> State:
    """``state`` on another screen, which shows again what was said there before."""
    draft = state.draft
    said = {
        Screen.IDENTIFY: draft.document.number if draft.document.kind is DocumentKind.DNI else "",
        Screen.DESCRIBE: draft.description,
        Screen.CONTACT: draft.contact,
    }
    return replace(state, screen=screen, typed=said.get(screen, ""), problem=None, hint=None)


def _wiped(state: State) -> State:
    """The welcome screen, with nothing of the last visitor left; only time, devices and office stay."""
    return State(
        office=state.office,
        now_s=state.now_s,
        now=state.now,
        quiet_since_s=state.now_s,
        printer=state.printer,
        camera=state.camera,
        has_reader=state.has_reader,
        queue=state.queue,
    )


def _scans(state: State) -> bool:
    return state.screen is Screen.IDENTIFY and not state.asks_still_there
