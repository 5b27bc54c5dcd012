"""From one page to another: what is shown there again, what is kept, and what is wiped."""

from __future__ import annotations

from dataclasses import replace

from domain.documents import DocumentKind
from kiosk.flow.state import Draft, Part, Screen, State

_BEFORE = {
    Screen.INFO: Screen.WELCOME,
    Screen.CLOSED: Screen.WELCOME,
    Screen.ASK: Screen.WELCOME,
    Screen.STATUS: Screen.ASK,
    Screen.IDENTIFY: Screen.WELCOME,
    Screen.CHECK_DOCUMENT: Screen.IDENTIFY,
    Screen.EARLIER: Screen.IDENTIFY,
    Screen.PRINCIPAL: Screen.CHECK_DOCUMENT,
    Screen.SERVICE: Screen.IDENTIFY,
    Screen.REQUEST: Screen.SERVICE,
    Screen.DESCRIBE: Screen.REQUEST,
    Screen.FOLIOS: Screen.REQUEST,
    Screen.CONTACT: Screen.REQUEST,
    Screen.REVIEW: Screen.CONTACT,
    Screen.PIN: Screen.WELCOME,
    Screen.STAFF: Screen.WELCOME,
}
_TYPED_KINDS = (DocumentKind.DNI, DocumentKind.CE, DocumentKind.PASSPORT)


def at(state: State, screen: Screen) -> State:
    """``state`` on another screen, which shows again what was said there before."""
    draft, kind, typed = state.draft, state.kind, ""
    match screen:
        case Screen.IDENTIFY:
            kind = draft.document.kind if draft.document.kind in _TYPED_KINDS else DocumentKind.DNI
            typed = draft.document.number
        case Screen.PRINCIPAL:
            kind = DocumentKind.RUC if draft.principal.kind is DocumentKind.RUC else DocumentKind.DNI
            typed = draft.principal.number
        case Screen.DESCRIBE:
            typed = draft.description
        case Screen.CONTACT:
            typed = draft.contact
        case _:
            pass
    return replace(
        state,
        screen=screen,
        kind=kind,
        part=Part.DESCRIPTION,
        typed=typed,
        expediente="",
        problem=None,
        hint=None,
        saving=False,
    )


def back(state: State) -> State:
    """One page back. From where there is none, or while a turn is being committed, nothing changes."""
    before = _BEFORE.get(state.screen)
    if before is None or (state.saving and state.screen is Screen.REVIEW):
        return state
    if state.screen is Screen.ASK and state.expediente:
        return replace(at(state, Screen.ASK), typed=state.expediente)
    if before is Screen.WELCOME:  # the same person stands there, who still needs their language and the voice
        return replace(wiped(state), language=state.language, aids=state.aids)
    return at(with_text(state), before)


def with_text(state: State) -> State:
    """``state`` with what is being written put into the draft, so that no way out of that page loses it."""
    if state.screen is not Screen.DESCRIBE:
        return state
    name = "subject" if state.part is Part.SUBJECT else "description"
    return replace(state, draft=replace(state.draft, **{name: state.typed.strip()}))  # type: ignore[arg-type]


def wiped(state: State) -> State:
    """The first page, with nothing of the last visitor left; only time, devices and office stay."""
    return State(
        office=state.office,
        now_s=state.now_s,
        now=state.now,
        screen=state.first_screen,
        languages=state.languages,
        language=state.languages[0],
        draft=Draft(),
        quiet_since_s=state.now_s,
        helped_s=state.helped_s,
        printer=state.printer,
        camera=state.camera,
        has_reader=state.has_reader,
        scanning=state.scanning,
        queue=state.queue,
        elsewhere=state.elsewhere,
        extended_until=state.extended_until,
        is_out=state.is_out,
        has_series=state.has_series,
        ordered_out=state.ordered_out,
        message=state.message,
    )
