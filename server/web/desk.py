"""The clerks' pages.

Annotations are evaluated here and in the other modules of handlers: Litestar reads them at run time.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from domain.clock import Micros
from domain.deadlines import Alert
from domain.queue import ordinary_too_long, reasons
from domain.tickets import CALLS_BEFORE_ABSENT
from server.calling import absent_from, counts_from, undo_until
from server.copies import Copies, PaperAtDesk
from server.desk import Desk, Lines
from server.door import Door
from server.faults import Refusal
from server.filing.deadlines import Deadlines, Pending
from server.filing.office import Filings
from server.fleet import Fleet
from server.hub import Hub
from server.offices import Offices
from server.store.accounts import Clerk, Role
from server.store.tickets import Turn
from server.store.versions import desk_topic
from server.web.faults import Explainer
from server.web.headers import same_origin, session_cookie

DeskRequest = Request[Any, Any, State]
Form = URLEncodedBody[dict[str, str]]

SIGN_INS_AT_ONCE = 2
"""Each takes 46 MiB and a core; more at once would let anybody stop the office by typing passwords."""


def is_https(request: DeskRequest) -> bool:
    """Whether browsers come over TLS."""
    return bool(request.app.state.is_https)


def cookie_name(request: DeskRequest) -> str:
    """The cookie of the session."""
    return session_cookie(is_https=is_https(request))


def address_of(request: DeskRequest) -> str:
    """Where the request comes from; uvicorn has put the proxy's word in, if the proxy is trusted."""
    return request.client.host[:64] if request.client else ""


def home_of(clerk: Clerk) -> str:
    """The page of somebody without a counter: of who supervises, or of who works for a unit."""
    return "/admin" if clerk.role.covers(Role.SUPERVISOR) else "/units"


def sign_in_page(alert: str | None, status: int, form: dict[str, str] | None = None) -> Template:
    """The form to sign in, with what was typed except the password."""
    typed = {"name": "", "counter": ""} | {key: text[:64] for key, text in (form or {}).items() if key != "password"}
    return Template("sign_in.html", context={"alert": alert, "typed": typed}, status_code=status)


def ordered_alerts(pending: Pending) -> list[tuple[Alert, int]]:
    """How many filings there are of each alert, the worst first."""
    return [(alert, pending.alerts[alert]) for alert in Alert if alert in pending.alerts]


class Seat:
    """A clerk's request, with all that answering it takes. Not a dataclass, because Litestar would build one."""

    def __init__(
        self,
        request: DeskRequest,
        clerk: Clerk,
        *,
        desk: Desk,
        copies: Copies,
        fleet: Fleet,
        door: Door,
        hub: Hub,
        offices: Offices,
        filings: Filings,
        explainer: Explainer,
        deadlines: Deadlines,
    ) -> None:
        self.request = request
        self.clerk = clerk
        self.deadlines = deadlines
        self.desk = desk
        self.copies = copies
        self.fleet = fleet
        self.door = door
        self.hub = hub
        self.offices = offices
        self.filings = filings
        self.explainer = explainer

    def page(self, refusal: Refusal | None = None) -> Template:
        """The desk as it is now, and why something was refused."""
        topic = desk_topic(self.clerk.office)
        version = self.hub.version(topic)  # before the state, so that nothing falls between
        view = self.desk.view(self.clerk, address_of(self.request))
        context = self.line(view.lines, view.turn, len(view.notes), view.now) | {
            "view": view,
            "paper": self.paper(view.turn),
            "received": self.filings.of_turn(self.clerk, view.turn.ticket) if view.turn else [],
            "notices": self.fleet.notices(self.clerk),
            "topic": topic,
            "version": version,
            "alert": self.explainer.message(refusal) if refusal else None,
        }
        name = "_desk.html" if "x-fragment" in self.request.headers else "desk.html"
        return Template(name, context=context, status_code=refusal.status if refusal else 200)

    def live(self) -> Template:
        """What changes by itself, and the turn at the counter by its number only: nobody is looked at."""
        held = self.desk.held(self.clerk)
        written = self.desk.notes_written(held) if held else 0
        context = {"paper": self.paper(held), "notices": self.fleet.notices(self.clerk)}
        line = self.line(self.desk.lines(self.clerk), held, written, self.desk.now())
        return Template("_live.html", context=context | line)

    def line(self, lines: Lines, held: Turn | None, notes: int, now: Micros) -> dict[str, Any]:
        """What the page says of the line."""
        office, duty, alert_min = self.offices.main, self.clerk.duty, self.offices.rules.ordinary_alert_min
        late = ordinary_too_long(lines.waiting, now, alert_min)
        return {
            "clerk": self.clerk,
            "lines": lines,
            "held": held,
            "held_notes": notes,
            "moment": now,
            "late": late,
            "late_tickets": {turn.ticket for turn in late},
            "alert_min": alert_min,
            "closed_at": office.hours.closed_today_at(now),
            "why": lambda turn: [reason.value for reason in reasons(turn, duty)],
            "calls_before_absent": CALLS_BEFORE_ABSENT,
            "absent_from": absent_from,
            "counts_from": counts_from,
            "undo_until": undo_until,
            "pending": self.deadlines.of(self.clerk.office),
            "ordered_alerts": ordered_alerts,
        }

    def notices(self) -> Template:
        """Only what a clerk should know of the machines."""
        context = {"notices": self.fleet.notices(self.clerk), "now": self.fleet.now()}
        return Template("_notices.html", context=context)

    def paper(self, turn: Turn | None) -> PaperAtDesk | None:
        """What is known of the paper of the turn at the counter; None for no turn."""
        return None if turn is None else self.copies.at_desk(self.clerk, turn)

    def act(self, act: Callable[[], None]) -> Response[Any]:
        """Does it and shows the desk as it is then, refused or not."""
        try:
            act()
        except Refusal as refusal:
            if not self.clerk.counter:  # supervises, and has no page to be shown again
                raise
            return self.page(refusal)
        self.door.note_activity(self.clerk)
        return self.page() if "x-fragment" in self.request.headers else Redirect("/desk", status_code=303)


def visitor(
    request: DeskRequest,
    *,
    desk: NamedDependency[Desk],
    copies: NamedDependency[Copies],
    fleet: NamedDependency[Fleet],
    door: NamedDependency[Door],
    hub: NamedDependency[Hub],
    offices: NamedDependency[Offices],
    filings: NamedDependency[Filings],
    explainer: NamedDependency[Explainer],
    deadlines: NamedDependency[Deadlines],
) -> Seat | None:
    """The seat of whoever sent the request; None for nobody who is signed in (any more)."""
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        return None
    return Seat(
        request,
        clerk,
        desk=desk,
        copies=copies,
        fleet=fleet,
        door=door,
        hub=hub,
        offices=offices,
        filings=filings,
        explainer=explainer,
        deadlines=deadlines,
    )


def seat(visitor: NamedDependency[Seat | None]) -> Seat:
    """The seat of whoever sent the request.

    Raises:
        Refusal: 401 nobody is signed in, 403 whoever is works for a unit, and has no business with turns.
    """
    if visitor is None:
        raise Refusal(401, "signed_out")
    if not visitor.clerk.counter and not visitor.clerk.role.covers(Role.SUPERVISOR):
        raise Refusal(403, "not_allowed")
    return visitor


def signed_out(request: DeskRequest, refusal: Refusal) -> Response[Any]:
    """Leads to the form to sign in; every other refusal goes the common way."""
    explainer: Explainer = request.app.state.explainer
    if refusal.status != 401:  # noqa: PLR2004 HTTP
        return explainer.refused(request, refusal)
    return sign_in_page(explainer.message(refusal), refusal.status)


@get("/", sync_to_thread=True)
def show(visitor: NamedDependency[Seat | None]) -> Template | Redirect:
    """The clerk's desk, or the form to sign in."""
    if visitor is None:
        return sign_in_page(None, 200)
    if not visitor.clerk.counter:  # calls nobody
        return Redirect(home_of(visitor.clerk), status_code=303)
    return visitor.page()


@get("/waiting", sync_to_thread=True)
def waiting(seat: NamedDependency[Seat]) -> Template:
    """Who waits, what is known of the paper and the machines, and the turn at the counter by its number only.

    It is fetched at every change and every few seconds, so it is not a look at a person.
    """
    return seat.live()


@post("/sign-in", status_code=200)
async def sign_in(
    request: DeskRequest,
    data: Form,
    *,
    door: NamedDependency[Door],
    offices: NamedDependency[Offices],
    slots: NamedDependency[CapacityLimiter],
    explainer: NamedDependency[Explainer],
) -> Response[Any]:
    """Opens a session at a counter."""
    enter = partial(
        door.sign_in,
        office=offices.main.id,
        name=data.get("name", ""),
        password=data.get("password", ""),
        counter=data.get("counter", ""),
        address=address_of(request),
    )
    try:
        token = await to_thread.run_sync(enter, limiter=slots)
    except Refusal as refusal:
        return sign_in_page(explainer.message(refusal), refusal.status, data)
    cookie = Cookie(cookie_name(request), value=token, httponly=True, samesite="strict", secure=is_https(request))
    return Redirect("/desk", status_code=303, cookies=[cookie])  # which leads on whoever has no counter


@post("/copy/{ticket:uuid}", status_code=200, sync_to_thread=True)
def ask_copy(seat: NamedDependency[Seat], ticket: FromPath[UUID]) -> Response[Any]:
    """Asks the printer at the counter for a copy of the ticket of the turn there."""
    return seat.act(lambda: seat.copies.ask(seat.clerk, ticket, address_of(seat.request)))


@post("/help/{machine:str}/{since:int}", status_code=200, sync_to_thread=True)
def answer_help(seat: NamedDependency[Seat], machine: FromPath[str], since: FromPath[int]) -> Response[Any]:
    """Goes to whoever asks for help; the page names the call, so that an old page cannot end a new one."""
    seat.fleet.answer_help(seat.clerk, machine, since, address_of(seat.request))
    seat.door.note_activity(seat.clerk)
    if "x-fragment" not in seat.request.headers:
        return Redirect("/desk", status_code=303)
    return seat.notices()


@post("/sign-out", status_code=200, sync_to_thread=True)
def sign_out(visitor: NamedDependency[Seat | None]) -> Response[Any]:
    """Leaves the counter, unless somebody is being attended there."""
    if visitor is None:
        raise Refusal(401, "signed_out")
    seat = visitor
    held = seat.desk.held(seat.clerk) if seat.clerk.counter else None
    if held is not None:
        return seat.page(Refusal(409, "leave_busy", number=str(held.number)))
    seat.door.sign_out(seat.clerk, address_of(seat.request))
    answer: Response[Any] = Redirect("/desk", status_code=303)
    answer.delete_cookie(cookie_name(seat.request))
    return answer


def router(acts: Sequence[HTTPRouteHandler]) -> Router:
    """The desk under /desk, with what clerks do to turns; its limit of sign-ins belongs to one process."""
    slots = CapacityLimiter(SIGN_INS_AT_ONCE)
    return Router(
        "/desk",
        route_handlers=[show, waiting, sign_in, sign_out, ask_copy, answer_help, *acts],
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={
            "slots": Provide(lambda: slots, sync_to_thread=False),
            "visitor": Provide(visitor, sync_to_thread=True),
            "seat": Provide(seat, sync_to_thread=False),
        },
    )
