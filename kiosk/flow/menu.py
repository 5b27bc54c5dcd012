"""What can be chosen on a page, as a list: for the voice that reads it out, the pad whose digits choose, and tests.

The keys are those of the drawn buttons, so the list and the page can be held against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.documents import DocumentKind
from kiosk.flow import events as happened
from kiosk.flow.effects import StaffAction
from kiosk.flow.state import STEPS, Cover, Intent, Medium, Paper, Quantity, Screen, State

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them: the button's key, what it does, and its words, by key (``say``) or as they are (``plain``)."""

    key: str
    event: happened.Visitor
    say: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    plain: str = ""

    @property
    def text_key(self) -> str:
        """The key of its text; the button's own unless another is named."""
        return self.say or self.key


def menu(state: State) -> tuple[Choice, ...]:
    """The choices of the page, the most usual first."""
    if state.cover is not None:
        return (Choice("cover.close", happened.Covered(None)),)
    if state.asks_still_there:
        return (Choice("still_there.yes", happened.Touched()), Choice("still_there.no", happened.Left()))
    choices = _CHOICES[state.screen](state)
    if state.screen in STEPS:
        leaving = () if state.saving else (Choice("nav.leave", happened.Left(), "action.leave"),)
        back = Choice("nav.back", happened.WentBack(), "action.back")
        return (*choices, back, *leaving)
    return choices


def _welcome(state: State) -> tuple[Choice, ...]:
    has_others = any(not service.is_filing for service in state.office.services)
    return (
        Choice("welcome.hand_in", happened.Begun(Intent.HAND_IN)),
        Choice("welcome.ask", happened.AskBegun()),
        *((Choice("welcome.other", happened.Begun(Intent.OTHER)),) if has_others else ()),
        Choice("welcome.preferential", happened.Begun(Intent.ANY, preferential=True)),
        Choice("welcome.info", happened.InfoOpened()),
    )


def _info(_: State) -> tuple[Choice, ...]:
    return (
        Choice("info.privacy", happened.Covered(Cover.PRIVACY), "privacy.more"),
        Choice("nav.back", happened.WentBack(), "action.back"),
    )


def _closed(_: State) -> tuple[Choice, ...]:
    return (Choice("closed.ask", happened.AskBegun()), Choice("closed.back", happened.WentBack()))


def _ask(state: State) -> tuple[Choice, ...]:
    back = Choice("nav.back", happened.WentBack(), "action.back")
    return (back,) if state.saving else (Choice("ask.continue", happened.Continued(), "action.continue"), back)


def _status(_: State) -> tuple[Choice, ...]:
    return (Choice("status.done", happened.Left()), Choice("status.another", happened.AskBegun()))


def _identify(state: State) -> tuple[Choice, ...]:
    others = [kind for kind in (DocumentKind.DNI, DocumentKind.CE, DocumentKind.PASSPORT) if kind is not state.kind]
    return (
        Choice("identify.continue", happened.Continued(), "action.continue"),
        Choice("identify.skip", happened.Skipped()),
        *(Choice(f"identify.{kind.value}", happened.KindChosen(kind)) for kind in others),
    )


def _check_document(_: State) -> tuple[Choice, ...]:
    return (
        Choice("check_document.yes", happened.Continued()),
        Choice("check_document.another", happened.ForAnother()),
        Choice("check_document.no", happened.WentBack()),
    )


def _earlier(_: State) -> tuple[Choice, ...]:
    return (
        Choice("earlier.reprint", happened.ReprintChosen()),
        Choice("earlier.other", happened.Continued()),
    )


def _principal(state: State) -> tuple[Choice, ...]:
    other = DocumentKind.RUC if state.kind is DocumentKind.DNI else DocumentKind.DNI
    return (
        Choice("principal.continue", happened.Continued(), "action.continue"),
        Choice("principal.skip", happened.Skipped()),
        Choice(f"principal.{other.value}", happened.KindChosen(other)),
    )


def _service(state: State) -> tuple[Choice, ...]:
    return tuple(
        Choice(f"service.{service.code}", happened.ServiceChosen(service.code), plain=service.name)
        for service in state.services
    )


def _request(state: State) -> tuple[Choice, ...]:
    on = "action.continue" if state.draft.is_detailed else "request.skip"
    requirements = state.chosen.requirements if state.chosen else ()
    return (
        Choice("request.continue", happened.Continued(), on),
        Choice("request.describe", happened.DescribeOpened()),
        Choice("request.folios", happened.FoliosOpened()),
        *(
            Choice(f"request.requirement.{place}", happened.RequirementTicked(place), plain=requirement)
            for place, requirement in enumerate(requirements)
        ),
    )


def _describe(_: State) -> tuple[Choice, ...]:
    return (
        Choice("describe.continue", happened.Continued(), "action.continue"),
        Choice("describe.skip", happened.Skipped()),
    )


def _folios(_: State) -> tuple[Choice, ...]:
    counted = [
        Choice(f"folios.{quantity.value}.{name}", happened.Counted(quantity, by), f"folios.{quantity.value}_{name}")
        for quantity in Quantity
        for name, by in (("more", 1), ("less", -1))
    ]
    media = [Choice(f"folios.medium.{medium.value}", happened.MediumTicked(medium)) for medium in Medium]
    return (Choice("folios.continue", happened.Continued(), "action.continue"), *counted, *media)


def _contact(_: State) -> tuple[Choice, ...]:
    return (
        Choice("contact.continue", happened.Continued(), "action.continue"),
        Choice("contact.skip", happened.Skipped()),
        Choice("contact.notices", happened.NoticesTicked()),
    )


def _review(state: State) -> tuple[Choice, ...]:
    return () if state.saving else (Choice("review.confirm", happened.Continued()),)


def _ticket(state: State) -> tuple[Choice, ...]:
    if state.paper is Paper.UNCERTAIN:
        return (
            Choice("ticket.came", happened.PaperSeen(whole=True)),
            Choice("ticket.did_not_come", happened.PaperSeen(whole=False)),
        )
    return (Choice("ticket.finish", happened.Left()),)


def _pin(_: State) -> tuple[Choice, ...]:
    return (
        Choice("pin.continue", happened.Continued(), "action.continue"),
        Choice("nav.back", happened.WentBack(), "action.back"),
    )


def _staff(state: State) -> tuple[Choice, ...]:
    absent = StaffAction.OUT_OF_SERVICE if state.is_out else StaffAction.IN_SERVICE
    return (
        *(
            Choice(f"staff.{action.value}", happened.StaffChose(action))
            for action in StaffAction
            if action is not absent
        ),
        Choice("staff.leave", happened.Left(), "action.leave"),
    )


def _nothing(_: State) -> tuple[Choice, ...]:
    return ()


_CHOICES = {
    Screen.WELCOME: _welcome,
    Screen.INFO: _info,
    Screen.CLOSED: _closed,
    Screen.ASK: _ask,
    Screen.STATUS: _status,
    Screen.IDENTIFY: _identify,
    Screen.CHECK_DOCUMENT: _check_document,
    Screen.EARLIER: _earlier,
    Screen.PRINCIPAL: _principal,
    Screen.SERVICE: _service,
    Screen.REQUEST: _request,
    Screen.DESCRIBE: _describe,
    Screen.FOLIOS: _folios,
    Screen.CONTACT: _contact,
    Screen.REVIEW: _review,
    Screen.TICKET: _ticket,
    Screen.PIN: _pin,
    Screen.STAFF: _staff,
    Screen.OUT_OF_SERVICE: _nothing,
}
