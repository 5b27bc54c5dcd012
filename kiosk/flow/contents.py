"""What matters on a page, for the voice: what it shows between its title and its choices.

All of it can be heard by whoever stands near, so nothing of the visitor is in it: no document's number, no name, no
contact, no text of theirs, and not that they have priority (its reasons are health, Ley 27408). The turn is said,
number and all (EN 301 549, 5.1.3.16), for it is called out aloud in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.documents import DocumentKind
from drivers.scanner.words import CameraState
from kiosk.flow.filling import NUMBERED, limit, takes_digits_only
from kiosk.flow.said import Said, spelled
from kiosk.flow.standing import standing
from kiosk.flow.state import Medium, Paper, Screen, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import time

_ASKS_FOR = {
    DocumentKind.DNI: "voice.type_dni",
    DocumentKind.CE: "voice.type_ce",
    DocumentKind.PASSPORT: "voice.type_passport",
    DocumentKind.RUC: "voice.type_ruc",
}
_PAPER = {
    Paper.PRINTING: "voice.printing",
    Paper.PRINTED: "voice.printed",
    Paper.NOT_PRINTED: "voice.not_printed",
    Paper.UNCERTAIN: "voice.uncertain",
    Paper.GIVEN_UP: "voice.given_up",
}
_STATUS = {
    "waiting": "voice.turn_waiting",
    "called": "voice.turn_called",
    "serving": "voice.turn_serving",
    "done": "voice.turn_done",
    "absent": "voice.turn_absent",
    "parked": "voice.turn_parked",
    "cancelled": "voice.turn_cancelled",
    "coming": "voice.turn_coming",
    "past": "voice.turn_past",
}
"""By `domain.messages.TurnStatus.state`."""


def contents(state: State) -> Iterator[Said]:
    """What matters on the page."""
    if state.saving:
        yield Said("voice.moment")
    elif state.screen in _CONTENTS:
        yield from _CONTENTS[state.screen](state)


def controller(state: State) -> Mapping[str, object]:
    """Who answers for the data, as the privacy texts name it."""
    office = state.office
    return {
        "entity": office.entity,
        "address": office.address,
        "contact": office.privacy.contact,
        "bank": office.privacy.bank,
        "days": office.privacy.days_kept,
    }


def paper(state: State) -> Said:
    """What became of the ticket's paper, as far as anybody knows."""
    return Said(_PAPER[state.paper])


def written(state: State) -> Said | None:
    """How much is written, or lacks; never what. None where that says nothing."""
    if state.screen is Screen.PIN:
        return None
    if state.screen in NUMBERED and takes_digits_only(state):
        left = limit(state) - len(state.typed)
        return Said("voice.digits_left", {"count": left}) if left else None
    return Said("voice.written", {"count": len(state.typed)})


def counts(state: State) -> tuple[Said, ...]:
    """What is counted on this page."""
    if state.screen is not Screen.FOLIOS:
        return ()
    folios, filings = state.draft.folios or 0, state.draft.filings
    return Said("voice.folios", {"count": folios}), Said("voice.filings", {"count": filings})


def marks(state: State) -> Mapping[str, str]:
    """How what can be ticked on this page stands: by the choice's key, the key of a text with a {choice} in it."""
    draft = state.draft
    match state.screen:
        case Screen.REQUEST if state.chosen is not None:
            return {
                f"request.requirement.{place}": "voice.lacks" if place in draft.missing else "voice.has"
                for place in range(len(state.chosen.requirements))
            }
        case Screen.FOLIOS:
            return {f"folios.medium.{medium.value}": _tick(ticked=medium in draft.media) for medium in Medium}
        case Screen.CONTACT:
            return {"contact.notices": _tick(ticked=draft.notices)}
        case _:
            return {}


def _tick(*, ticked: bool) -> str:
    return "voice.ticked" if ticked else "voice.not_ticked"


def _welcome(state: State) -> Iterator[Said]:
    yield Said(plain=f"{state.office.entity}. {state.office.name}.")
    if not state.is_open:
        yield Said("voice.closed")
        return
    yield Said("voice.open_until", {"time": _clock(state.office.hours.until(state.now))})
    yield from _waiting(state.people_waiting)


def _closed(state: State) -> Iterator[Said]:
    opening = state.office.hours.next_opening(state.now)
    yield Said("voice.opens", {"day": opening, "time": _clock(opening.time())})


def _info(state: State) -> Iterator[Said]:
    office = state.office
    yield Said(plain=f"{office.name}. {office.address}.")
    yield Said("voice.hours", {"opens": _clock(office.hours.opens), "closes": _clock(office.hours.closes)})
    yield from _waiting(state.people_waiting)
    for branch in office.branches:
        yield Said(plain=f"{branch.name}. {branch.address}.")
        yield from _waiting(state.waiting_at(branch.id))
    yield Said("voice.complaints")


def _ask(state: State) -> Iterator[Said]:
    yield Said("voice.type_key" if state.expediente else "voice.show_or_type_code")


def _status(state: State) -> Iterator[Said]:
    if state.filing is not None:
        yield from standing(state.filing, office=state.office.name)
        if state.more_filings:
            yield Said("filing.more", {"n": state.more_filings})
        return
    status = state.status
    if status is None:
        return
    yield Said("voice.turn", {"number": spelled(status.number)})
    if status.state in _STATUS:
        yield Said(_STATUS[status.state])
    if status.counter:
        yield Said("voice.counter", {"counter": status.counter})
    yield from _ahead(status.ahead, status.minutes)


def _number(state: State) -> Iterator[Said]:
    shows = state.screen is Screen.IDENTIFY and state.camera is not CameraState.ABSENT
    yield Said("voice.show_or_type_dni" if shows and state.kind is DocumentKind.DNI else _ASKS_FOR[state.kind])
    if state.typed and (how_much := written(state)):
        yield how_much
    if state.screen is Screen.IDENTIFY:
        yield Said("privacy.line", controller(state))


def _check_document(_: State) -> Iterator[Said]:
    yield Said("voice.document_is_known")


def _earlier(state: State) -> Iterator[Said]:
    if state.earlier is not None:
        yield Said("voice.earlier", {"number": spelled(str(state.earlier.number))})


def _request(state: State) -> Iterator[Said]:
    if state.chosen is not None:
        yield Said("voice.service", {"service": state.chosen.name})


def _contact(_: State) -> Iterator[Said]:
    yield Said("voice.type_contact")


def _review(state: State) -> Iterator[Said]:
    yield from _request(state)
    if state.people_ahead is None:
        yield Said("voice.ahead_unknown")
    yield from _ahead(state.people_ahead, state.minutes_ahead)


def _ticket(state: State) -> Iterator[Said]:
    if state.ticket is not None:
        yield Said("voice.your_number", {"number": spelled(str(state.ticket.number))})
        yield paper(state)
        yield from _ahead(state.ahead, state.minutes)
        yield Said("voice.wait_for_call")


def _waiting(waiting: int | None) -> Iterator[Said]:
    if waiting is not None:
        yield Said("voice.waiting", {"count": waiting}) if waiting else Said("voice.nobody_waits")


def _ahead(ahead: int | None, minutes: int | None) -> Iterator[Said]:
    if ahead is not None:
        yield Said("voice.ahead", {"count": ahead}) if ahead else Said("voice.nobody_ahead")
    if minutes:
        yield Said("voice.minutes", {"count": minutes})


def _clock(moment: time) -> str:
    """An hour as it is said: nobody says "eight zero zero"."""
    return f"{moment.hour}:{moment.minute:02d}" if moment.minute else str(moment.hour)


_CONTENTS = {
    Screen.WELCOME: _welcome,
    Screen.CLOSED: _closed,
    Screen.INFO: _info,
    Screen.ASK: _ask,
    Screen.STATUS: _status,
    Screen.IDENTIFY: _number,
    Screen.CHECK_DOCUMENT: _check_document,
    Screen.EARLIER: _earlier,
    Screen.PRINCIPAL: _number,
    Screen.REQUEST: _request,
    Screen.FOLIOS: counts,
    Screen.CONTACT: _contact,
    Screen.REVIEW: _review,
    Screen.TICKET: _ticket,
}
"""The other pages are their title and their choices."""
