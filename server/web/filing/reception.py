"""Reception at the desk: the form, what it would do before it is sent, and what it did."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Template
from msgspec.structs import replace as with_fields

from domain.clock import in_lima
from domain.filings import FilingRules
from domain.office import Office
from server.door import Door
from server.faults import Refusal
from server.filing.doubts import Circumstance, doubts
from server.filing.office import Filings
from server.filing.reception import Presented, dated
from server.offices import Offices
from server.store.accounts import Clerk, Role
from server.store.tickets import Turn
from server.web.admin.forms import Sheet
from server.web.desk import DeskRequest, Form, Seat, address_of, cookie_name, is_https
from server.web.faults import Explainer
from server.web.filing.reception_form import (
    LANGUAGES,
    Read,
    Sent,
    blank,
    field_of,
    filled,
    is_of_today,
    mark_of_requirements,
    requirements_of,
    ticked,
    uuid_of,
)
from server.web.pages import capitalise

NEW = "/desk/filing/new"
_MEDIA = {"usb": "medium.usb", "cd": "medium.cd", "diagnosis": "medium.diagnosis", "test": "medium.test"}
_UNFIT, _GONE, _SIGNED_OUT, _MADE = 400, 409, 401, 201


def must_receive(clerk: Clerk) -> None:
    """Lets pass whoever sits at a counter or supervises; who works in a unit sees the filings of that unit elsewhere.

    Raises:
        Refusal: 403.
    """
    if not clerk.counter and not clerk.role.covers(Role.SUPERVISOR):
        raise Refusal(403, "not_allowed")


class Intake:
    """A request to the form of reception. Not a dataclass, because Litestar would build one.

    ``clerk`` is None where the session ended while somebody typed: they get their form back, and see nothing else.
    """

    def __init__(
        self,
        request: DeskRequest,
        visitor: Seat | None,
        *,
        filings: Filings,
        offices: Offices,
        explainer: Explainer,
    ) -> None:
        self.request = request
        self.seat = visitor
        self.clerk: Clerk | None = None if visitor is None else visitor.clerk
        self.filings = filings
        self.explainer = explainer
        self._offices = offices

    @property
    def office(self) -> Office:
        """The office where it is received."""
        known = None if self.clerk is None else self._offices.of(self.clerk.office)
        return known or self._offices.main

    @property
    def rules(self) -> FilingRules:
        """How it files."""
        return self.filings.rules(self.office.id)

    def media_words(self) -> dict[str, str]:
        """What is no paper, in words that stand on the cargo."""
        return {code: capitalise(self.explainer.text(key)) for code, key in _MEDIA.items()}

    # --- the form -----------------------------------------------------------------------------------------------

    def opened(self, clerk: Clerk, ticket: UUID | None) -> Template:
        """The form as it is before anybody types; with what the kiosk took while the turn is at this counter."""
        office, rules, query = self.office, self.rules, self.request.query_params
        values, alert, status = blank(office, rules), "", 200
        if ticket is not None:
            turn, person, received = self.filings.look(clerk, ticket, address_of(self.request))
            if turn is None:
                alert, status = self._gone(clerk, ticket), _GONE
            else:
                values |= filled(turn, person, self.media_words(), is_first=not received)
                asked = requirements_of(office, values["service"])
                values |= ticked(asked, () if person is None else person.missing) if person is not None else {}
                values |= {"asked": mark_of_requirements(asked)}
                values |= _count(len(received), 1 if person is None else person.filings)
        values["about"] = query.get("about", "")[:64]
        return self.page(values, alert=alert, status=status)

    def _gone(self, clerk: Clerk, ticket: UUID) -> str:
        turn = self.filings.turn(clerk, ticket)
        if turn is None:
            return self.explainer.message(Refusal(404, "unknown_turn"))
        return self.explainer.message(Refusal(409, "turn_left", number=str(turn.number)))

    def page(
        self, values: Mapping[str, str], sent: Sent | None = None, read: Read | None = None, *, alert: str = "",
        status: int = 200, signing: str = "", warned: bool = False,
    ) -> Template:  # fmt: skip
        """The form with ``values``; ``signing`` is why somebody could not sign in, where they have to."""
        office, rules, now = self.office, self.rules, self.filings.now()
        service = values.get("service", "")
        asked = requirements_of(office, service)
        context = {
            "clerk": self.clerk,
            "form": Sheet(dict(values) | {"asked": mark_of_requirements(asked)}, faults=sent.faults if sent else {}),
            "options": {
                "types": [(one.code, one.name) for one in rules.types],
                "units": [(one.code, one.name) for one in rules.units],
                "services": [(one.code, one.name) for one in office.services],
            },
            "requirements": [(field_of(one), one, bool(values.get(field_of(one)))) for one in asked],
            "missing": [one for one in asked if not values.get(field_of(one))],
            "until": self.filings.calendar(office.id).deadline(in_lima(now).date(), rules.correction_days),
            "presented_on": None,
            "doubts": [],
            "languages": LANGUAGES,
            "alert": alert,
            "signing": signing,
            "warned": warned,
            "sends_sms": self.filings.sends_sms,
        }
        if sent is not None and read is not None:
            context |= self._foreseen(sent, read)
        name = "_filing_aside.html" if "x-fragment" in self.request.headers and warned else "filing_new.html"
        return Template(name, context=context, status_code=status)

    def _foreseen(self, sent: Sent, read: Read) -> dict[str, Any]:
        """What would become of the form now."""
        now, office = self.filings.now(), self.office.id
        presented = read.presented
        day = dated(self.filings.calendar(office), now, presented.came_at).presented_on
        declared = read.declared if sent.shown.get("folios", "").strip() else None
        known = Circumstance(declared, bool(self.rules.units), self.is_unknown(read.reference))
        return {
            "presented_on": None if day == in_lima(now).date() else day,
            "doubts": [doubt.value for doubt in doubts(presented, known)],
        }

    def is_unknown(self, expediente: str) -> bool:
        """Whether no filing of the office has that number; an empty one is not unknown."""
        return bool(expediente and self.clerk and self.filings.of_expediente(self.clerk, expediente) is None)

    # --- what was sent ------------------------------------------------------------------------------------------

    def turn_of(self, sent: Sent) -> Turn | None:
        """The turn that brought it, which is at this counter or was here last today.

        Raises:
            Refusal: 409, it went elsewhere meanwhile.
        """
        if sent.ticket is None or self.clerk is None:
            return None
        turn = self.filings.turn(self.clerk, sent.ticket)
        here = turn is not None and (turn.counter, turn.clerk) == (self.clerk.counter, self.clerk.name)
        if turn is None or not here or not is_of_today(turn, self.filings.now()):
            raise Refusal(409, "turn_left_typed", number=sent.shown.get("turn_number", "")[:8])
        return turn

    def checked(self, sent: Sent) -> Template:
        """What would become of the form if it were sent now; nothing is kept."""
        if self.clerk is None:
            return self.signed_out(sent)
        try:
            turn = self.turn_of(sent)
        except Refusal:
            turn = None
        read = sent.read(self.office, self.rules, turn)
        sent.faults.clear()  # nobody is told before they have finished
        return self.page(sent.shown, sent, read, warned=True)

    def received(self, sent: Sent) -> Response[Any] | Template:
        """Receives, or shows the form as it was typed and why not."""
        clerk = self.clerk
        if clerk is None:
            return self.signed_out(sent)
        if sent.id is None:
            values = sent.shown | {"form": blank(self.office, self.rules)["form"]}
            return self.page(values, sent, alert=self.explainer.text("filing.old_page"), status=_UNFIT)
        known = self.filings.known(clerk, sent.id)
        if known is not None:
            return self.on(f"/desk/filing/{known.id}/received?done=twice")
        try:
            turn = self.turn_of(sent)
        except Refusal as refusal:  # the papers are here all the same: as it stands it goes in without the turn
            values = sent.shown | {"ticket": "", "turn_number": ""}
            return self.page(values, sent, alert=self.explainer.message(refusal), status=refusal.status)
        read = sent.read(self.office, self.rules, turn)
        if sent.faults:
            return self.page(sent.shown, sent, alert=self.explainer.text("filing.mend"), status=_UNFIT)
        if read.asked_otherwise:
            return self.page(sent.shown, sent, alert=self.explainer.text("filing.other_requirements"), status=_GONE)
        try:
            filing = self.filings.receive(clerk, self._presented(read), address_of(self.request))
        except Refusal as refusal:
            return self.page(sent.shown, sent, alert=self.explainer.message(refusal), status=refusal.status)
        if self.seat is not None:
            self.seat.door.note_activity(clerk)
        return self.on(f"/desk/filing/{filing.id}/received?done=received")

    def _presented(self, read: Read) -> Presented:
        """As it goes into the register; a number that nobody here knows stays with the subject."""
        presented = read.presented
        if not read.reference:
            return presented
        if not self.is_unknown(read.reference):
            return replace(presented, about=read.reference)
        subject = f"{presented.personal.subject} (Ref.: {read.reference})".strip()
        return replace(presented, personal=with_fields(presented.personal, subject=subject))

    def on(self, address: str) -> Response[Any]:
        """Leads on; the page's own script is told where, so that it does not read that page twice."""
        if "x-fragment" in self.request.headers:
            return Response("", status_code=_MADE, headers={"Location": address})
        return Redirect(address, status_code=303)

    def signed_out(self, sent: Sent, why: str = "", status: int = _SIGNED_OUT) -> Template:
        """The form as it was typed, with the fields to sign in again: the session ended, what was typed is not lost."""
        message = why or self.explainer.message(Refusal(401, "signed_out"))
        return self.page(sent.shown, status=status, signing=message)


def _count(received: int, brought: int) -> dict[str, str]:
    """Which of how many filings of the visit this is."""
    return {"nth": str(received + 1), "of": str(max(brought, received + 1))}


def intake(
    request: DeskRequest,
    visitor: NamedDependency[Seat | None],
    *,
    filings: NamedDependency[Filings],
    offices: NamedDependency[Offices],
    explainer: NamedDependency[Explainer],
) -> Intake:
    """The request of whoever receives.

    Raises:
        Refusal: 403, they work in a unit.
    """
    if visitor is not None:
        must_receive(visitor.clerk)
    return Intake(request, visitor, filings=filings, offices=offices, explainer=explainer)


INTAKE = {"intake": Provide(intake, sync_to_thread=True)}


@get("/filing/new", dependencies=INTAKE, sync_to_thread=True)
def new(seat: NamedDependency[Seat], intake: NamedDependency[Intake]) -> Template:
    """The form, for the turn in the address or for what came without one."""
    asked = intake.request.query_params.get("ticket", "")
    return intake.opened(seat.clerk, uuid_of(asked) if asked else None)


@post("/filing/new", dependencies=INTAKE, status_code=200, sync_to_thread=True)
def receive(intake: NamedDependency[Intake], data: Form) -> Response[Any]:
    """Receives what was presented."""
    return intake.received(Sent(data))


@post("/filing/check", dependencies=INTAKE, status_code=200, sync_to_thread=True)
def check(intake: NamedDependency[Intake], data: Form) -> Response[Any]:
    """What would be observed, and what looks odd, before it is sent."""
    return intake.checked(Sent(data))


@post("/filing/sign-in", dependencies=INTAKE, status_code=200)
async def sign_in_again(
    intake: NamedDependency[Intake],
    data: Form,
    *,
    door: NamedDependency[Door],
    slots: NamedDependency[CapacityLimiter],
) -> Response[Any]:
    """Opens a session for whoever lost theirs while they typed, and shows the form as they left it."""
    sent, request = Sent(data), intake.request
    enter = partial(
        door.sign_in,
        office=intake.office.id,
        name=data.get("session_name", ""),
        password=data.get("password", ""),
        counter=data.get("session_counter", ""),
        address=address_of(request),
    )
    try:
        token = await to_thread.run_sync(enter, limiter=slots)
    except Refusal as refusal:
        return intake.signed_out(sent, intake.explainer.message(refusal), refusal.status)
    intake.clerk = await to_thread.run_sync(door.who, token)
    answer = await to_thread.run_sync(intake.page, sent.shown)
    answer.set_cookie(
        Cookie(cookie_name(request), value=token, httponly=True, samesite="strict", secure=is_https(request))
    )
    return answer


HANDLERS: list[HTTPRouteHandler] = [new, receive, check, sign_in_again]
