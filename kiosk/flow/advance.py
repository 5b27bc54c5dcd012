"""The visit: ``advance(state, event) -> (state, effects)``, and nothing else decides what a screen shows.

Within hours it refuses nobody: whatever cannot be read, typed or reached can be skipped, and the visit still ends
with a turn (Ley 27444 art. 124.1). A device that fails changes what a screen says, never where the visit goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from domain.documents import Document
from drivers.scanner.words import DocumentReading, Reading
from kiosk.flow import asking, filling, paper, staff
from kiosk.flow import events as happened
from kiosk.flow.effects import CallHelp, Effect, IssueTicket, Recall, SayAgain, StartScanning, StopScanning
from kiosk.flow.pad import Again, meaning
from kiosk.flow.state import (
    ALONE_S,
    ASKING,
    HELP_AGAIN_S,
    IDLE_ANSWER_S,
    IDLE_ASK_S,
    Aid,
    Cover,
    Draft,
    Intent,
    Problem,
    QueueView,
    Screen,
    State,
)
from kiosk.flow.ways import at, back, wiped

Step = tuple[State, tuple[Effect, ...]]
"""A state, and what is to be done for it."""

_THROUGH_A_COVER = (happened.Touched, happened.KeyPressed, happened.Left, *happened.Helping.__args__)
"""What a visitor can do while a page of text lies over the page."""


def advance(state: State, event: happened.Event) -> Step:
    """The state after ``event``, and what must be done for it.

    An event that means nothing where it arrives changes nothing. Whatever shows that somebody is there starts the
    quiet time anew. Whether the scanner looks follows from the state alone, so its effects do, too.
    """
    after, effects = _next(state, event)
    if isinstance(event, happened.Visitor | happened.Scanned | happened.Issued):
        after = replace(after, quiet_since_s=after.now_s)
    if isinstance(event, happened.Scanned):
        after = replace(after, scanning=None)  # a scanner stops by itself once it has read something
    wanted = _scans(after)
    if wanted != after.scanning:
        effects = (*effects, StopScanning() if wanted is None else StartScanning(lit=wanted))
    return replace(after, scanning=wanted), effects


def _next(state: State, event: happened.Event) -> Step:
    if isinstance(event, happened.World):
        return _told(state, event)
    if state.cover is not None and not isinstance(event, _THROUGH_A_COVER):
        return state, ()
    return _wanted(state, event)


def _wanted(state: State, event: happened.Visitor) -> Step:
    """What the visitor does."""
    match event:
        case happened.KeyPressed(character):
            meant = meaning(state, character)
            if isinstance(meant, Again):
                return state, (SayAgain(),)
            return _next(state, meant) if meant is not None else (state, ())
        case happened.LanguageChosen() | happened.AidSwitched() | happened.Covered() | happened.HelpAsked():
            return _helped(state, event)
        case happened.Continued():
            return _continue(state)
        case happened.ReprintChosen():
            return paper.reprint(state)
        case happened.PaperSeen(whole):
            return paper.see(state, whole=whole)
        case happened.StaffChose():
            return staff.choose(state, event)
        case happened.Touched():
            return state, ()
        case _ if isinstance(event, happened.Filling | happened.Ticking | happened.KindChosen):
            return _fill(state, event)
        case _:
            return _go(state, event), ()


def _fill(state: State, event: happened.Filling | happened.Ticking | happened.KindChosen) -> Step:
    """What is typed, ticked and counted; a number goes on by itself with its last digit."""
    match event:
        case happened.KindChosen(kind):
            return filling.choose_kind(state, kind), ()
        case happened.RequirementTicked() | happened.MediumTicked() | happened.NoticesTicked() | happened.Counted():
            return filling.tick(state, event), ()
        case _:
            after = filling.fill(state, event)
            has_grown = len(after.typed) > len(state.typed)
            return _continue(after) if has_grown and filling.is_full(after) else (after, ())


def _go(
    state: State,
    event: happened.Beginning
    | happened.ForAnother
    | happened.Skipped
    | happened.ServiceChosen
    | happened.DescribeOpened
    | happened.FoliosOpened
    | happened.WentBack
    | happened.Left
    | happened.StaffKnocked,
) -> State:
    """From page to page."""
    match event:
        case happened.Begun() | happened.AskBegun() | happened.InfoOpened():
            return _begin(state, event)
        case happened.Left():
            return state if state.saving and state.screen is Screen.REVIEW else wiped(state)
        case happened.WentBack():
            return back(state)
        case happened.StaffKnocked():
            return staff.knock(state)
        case happened.Skipped():
            return _skip(state)
        case happened.ForAnother():
            if state.screen is not Screen.CHECK_DOCUMENT:
                return state
            return at(replace(state, draft=replace(state.draft, for_another=True)), Screen.PRINCIPAL)
        case happened.ServiceChosen(code):
            return _choose(state, code)
        case happened.DescribeOpened() | happened.FoliosOpened():
            opened = Screen.DESCRIBE if isinstance(event, happened.DescribeOpened) else Screen.FOLIOS
            return at(state, opened) if state.screen is Screen.REQUEST else state
        case _:
            assert_never(event)


def _told(state: State, event: happened.World) -> Step:
    """What devices, store, server and clock have to say."""
    match event:
        case happened.Scanned(reading):
            return _scanned(state, reading)
        case happened.Issued(ticket):
            return (paper.show(state, ticket) if state.saving else state), ()
        case happened.Printed(ticket_id, copy, outcome):
            shown = state.ticket is not None and state.ticket.id == ticket_id and state.copies == copy
            return paper.retry(paper.printed(state, outcome)) if shown else (state, ())
        case happened.PrinterChanged(status):
            return paper.retry(replace(state, printer=status))
        case happened.PinChecked(problem):
            return staff.pin_checked(state, problem)
        case _:
            return _heard(state, event), ()


def _heard(
    state: State,
    event: happened.Hinted
    | happened.CameraChanged
    | happened.ReaderChanged
    | happened.Remembered
    | happened.StatusHeard
    | happened.NotSaved
    | happened.QueueHeard
    | happened.OfficeChanged
    | happened.Ordered
    | happened.ServiceSwitched
    | happened.NumbersSwitched
    | happened.Diagnosed
    | happened.Tick,
) -> State:
    match event:
        case happened.Hinted(hint):
            return replace(state, hint=hint) if state.screen is Screen.IDENTIFY and state.scanning else state
        case happened.CameraChanged(camera):
            return replace(state, camera=camera)
        case happened.ReaderChanged(is_there):
            return replace(state, has_reader=is_there)
        case happened.Remembered(ticket, copies):
            known = replace(state, earlier=ticket, earlier_copies=copies)
            return at(known, Screen.EARLIER) if state.screen is Screen.CHECK_DOCUMENT else state
        case happened.StatusHeard(answer):
            return asking.answered(state, answer)
        case happened.NotSaved():
            return replace(state, saving=False, problem=Problem.NOT_SAVED) if state.saving else state
        case happened.QueueHeard():
            return _queue(state, event)
        case happened.OfficeChanged(office):
            return replace(state, office=office)
        case happened.ServiceSwitched() | happened.NumbersSwitched() | happened.Ordered():
            return _switched(state, event)
        case happened.Diagnosed(rows):
            return replace(state, diagnosis=rows) if state.screen is Screen.STAFF else state
        case happened.Tick(now_s, now):
            return _pass_time(replace(state, now_s=now_s, now=now))
        case _:
            assert_never(event)


def _switched(state: State, event: happened.ServiceSwitched | happened.NumbersSwitched | happened.Ordered) -> State:
    """Turns are given here or not, and what the office says; whoever is in the middle of a visit goes on."""
    match event:
        case happened.ServiceSwitched(is_out):
            after = replace(state, is_out=is_out)
        case happened.NumbersSwitched(are_given):
            after = replace(state, has_series=are_given)
        case happened.Ordered(is_out, message):
            after = replace(state, ordered_out=is_out, message=message)
    is_first_page = state.screen in {Screen.WELCOME, Screen.OUT_OF_SERVICE}
    return wiped(after) if is_first_page and after != state else after


def _begin(state: State, event: happened.Beginning) -> State:
    asks_again = isinstance(event, happened.AskBegun) and state.screen in {Screen.CLOSED, Screen.STATUS}
    if state.screen is not Screen.WELCOME and not asks_again:
        return state
    match event:
        case happened.AskBegun():
            return at(state, Screen.ASK)
        case happened.InfoOpened():
            return at(state, Screen.INFO)
        case happened.Begun(intent, preferential):
            if not state.is_open:
                return at(state, Screen.CLOSED)
            begun = replace(state, intent=Intent.ANY if preferential else intent)
            return replace(at(begun, Screen.IDENTIFY), draft=Draft(preferential=preferential))


def _helped(state: State, event: happened.Helping) -> Step:
    """What is to be had on every page, without leaving it."""
    match event:
        case happened.LanguageChosen(language):
            return (replace(state, language=language) if language in state.languages else state), ()
        case happened.AidSwitched(aid):
            aids = state.aids ^ {aid}
            if aid is Aid.EXPLORE and aid in aids:
                aids |= {Aid.VOICE}
            return replace(state, aids=aids if Aid.VOICE in aids else aids - {Aid.EXPLORE}), ()
        case happened.Covered(cover):
            return replace(state, cover=cover), ()
        case happened.HelpAsked():
            shown = replace(state, cover=Cover.HELP)
            if state.helped_s is not None and state.now_s - state.helped_s < HELP_AGAIN_S:
                return shown, ()
            return replace(shown, helped_s=state.now_s), (CallHelp(),)


def _continue(state: State) -> Step:
    match state.screen:
        case Screen.IDENTIFY | Screen.PRINCIPAL:
            return _numbered(state), ()
        case Screen.CHECK_DOCUMENT | Screen.EARLIER:
            return at(replace(state, draft=replace(state.draft, for_another=False)), Screen.SERVICE), ()
        case Screen.REQUEST:
            return at(state, Screen.CONTACT), ()
        case Screen.DESCRIBE:
            return filling.finish_text(state), ()
        case Screen.FOLIOS:
            return at(state, Screen.REQUEST), ()
        case Screen.CONTACT:
            return filling.finish_contact(state), ()
        case Screen.REVIEW if not state.saving:
            return replace(state, saving=True, problem=None), (IssueTicket(state.draft, state.language),)
        case Screen.ASK if not state.saving:
            return asking.go_on(state)
        case Screen.PIN:
            return staff.offer_pin(state)
        case _:
            return state, ()


def _numbered(state: State) -> State:
    """A number was typed. Whose it is, is shown for confirmation, as if it had been scanned."""
    typed = filling.number(state)
    if not isinstance(typed, Document):
        return replace(state, problem=typed)
    if state.screen is Screen.PRINCIPAL:
        return at(replace(state, draft=replace(state.draft, principal=typed)), Screen.SERVICE)
    return at(replace(state, draft=replace(state.draft, document=typed, name="")), Screen.CHECK_DOCUMENT)


def _skip(state: State) -> State:
    match state.screen:
        case Screen.IDENTIFY:
            return at(replace(state, draft=filling.without_document(state.draft)), Screen.SERVICE)
        case Screen.PRINCIPAL:
            return at(state, Screen.SERVICE)
        case Screen.REQUEST:
            return at(state, Screen.CONTACT)
        case Screen.DESCRIBE:
            return at(replace(state, draft=replace(state.draft, subject="", description="")), Screen.REQUEST)
        case Screen.CONTACT:
            return at(replace(state, draft=replace(state.draft, contact="", notices=False)), Screen.REVIEW)
        case _:
            return state


def _choose(state: State, code: str) -> State:
    if state.screen is not Screen.SERVICE or state.office.service(code) is None:
        return state
    missing = state.draft.missing if code == state.draft.service else frozenset[int]()
    return at(replace(state, draft=replace(state.draft, service=code, missing=missing)), Screen.REQUEST)


def _scanned(state: State, reading: Reading) -> Step:
    """What was shown starts the right visit by itself; where something else is asked for, it says so."""
    if _scans(state) is None or state.saving:
        return state, ()
    if not isinstance(reading, DocumentReading) and state.screen is Screen.IDENTIFY:
        return replace(state, problem=Problem.NOT_A_DOCUMENT), ()
    if not isinstance(reading, DocumentReading) or state.screen is Screen.ASK:
        return asking.shown(state, reading)
    begun = replace(state, intent=Intent.ANY) if state.screen is Screen.WELCOME else state
    draft = replace(begun.draft, document=reading.document, name=reading.name or "")
    return at(replace(begun, draft=draft), Screen.CHECK_DOCUMENT), (Recall(reading.document),)


def _queue(state: State, event: happened.QueueHeard) -> State:
    heard = QueueView(event.waiting, state.now_s, event.preferential, event.minutes)
    if not event.branch:
        return replace(state, queue=heard)
    others = {branch: view for branch, view in state.elsewhere if branch != event.branch}
    return replace(state, elsewhere=tuple(sorted((others | {event.branch: heard}).items())))


def _pass_time(state: State) -> State:
    if state.screen in ASKING:
        gone = state.quiet_s >= IDLE_ASK_S + IDLE_ANSWER_S and not state.saving
    elif state.screen in ALONE_S:
        gone = state.quiet_s >= ALONE_S[state.screen]
    else:  # the first page: whoever set it for themselves has gone
        changed = state.aids or state.cover or state.language != state.languages[0]
        gone = bool(changed) and state.quiet_s >= IDLE_ASK_S
    return wiped(state) if gone else state


def _scans(state: State) -> bool | None:
    """Whether the scanner should look with its lamp on; None: it should not look."""
    match state.screen:
        case Screen.IDENTIFY | Screen.ASK if not state.asks_still_there and not state.saving:
            return True
        case Screen.WELCOME if state.is_open:
            return False
        case _:
            return None
