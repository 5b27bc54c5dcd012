"""The pages behind a ticket's QR, for whoever holds it: how the turn stands, and what may be done with it."""

from collections.abc import Callable, Sequence
from string import digits
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, SkipValidation, URLEncodedBody
from litestar.response import Redirect, Template

from domain.clock import Clock, in_lima
from server.faults import Refusal
from server.filing.tracking import FilingTracking
from server.hub import Hub
from server.offices import Offices
from server.phone import LONGEST_WORDS, MOST_ADDITIONS, Phone
from server.public import TrackedTurn, Tracking
from server.store.versions import queue_topic
from server.web.desk import address_of
from server.web.headers import same_origin
from server.web.languages import Words, words_for
from server.web.pages import static_url, theme_colour
from server.web.remembered import KEPT_S, page_key

PhoneRequest = Request[Any, Any, State]
Form = URLEncodedBody[dict[str, str]]

_SECRET = {"Referrer-Policy": "no-referrer"}  # the address is the key to the turn
_OUR_FORMS = {"Referrer-Policy": "same-origin"}  # with no-referrer browsers would hide the Origin of our own forms too
_ACTS = ("let-pass", "cancel", "describe")
_TELLS = frozenset({"let-pass", "cancel"})
"""Acts whose outcome the turn's page tells; the other is told where one goes on writing."""


class Holder:
    """A request of somebody who holds a ticket, with all that answering it takes. Not a dataclass: see `Seat`."""

    def __init__(
        self,
        token: str,
        request: PhoneRequest,
        *,
        tracking: Tracking,
        filing_tracking: FilingTracking,
        phone: Phone,
        offices: Offices,
        hub: Hub,
        clock: Clock,
    ) -> None:
        self.request = request
        self.phone = phone
        self._token = token.upper()
        self._tracking = tracking
        self._filing_tracking = filing_tracking
        self._offices = offices
        self._clock = clock
        self._versions = hub.versions()  # before the turn, whose office says which of them counts
        self.found: TrackedTurn = tracking.find(token)
        self.words: Words = words_for(request, offices, self.found.language)

    def at(self, act: str = "", done: str = "") -> str:
        """The address of the turn's page, or of one of its acts; ``done`` is what was just done."""
        address = self.words.address(f"/T/{self._token}/{act}".rstrip("/"))
        return f"{address}{'&' if '?' in address else '?'}ok={done}" if done else address

    def page(self) -> Template:
        """The turn as it stands."""
        done = self.request.query_params.get("ok", "")
        context = self.context() | self._received() | {"done": done if done in _TELLS else ""}
        name = "_turn_parts.html" if "x-fragment" in self.request.headers else "turn.html"
        return self.words.page(name, context, headers=_SECRET)

    def ask(self, act: str, refusal: Refusal | None = None, typed: str = "") -> Template:
        """The page that says what an act will do, or why it was refused, and has the button that does it."""
        seconds = refusal.details.get("seconds") if refusal else None
        context = self.context() | {
            "act": act,
            "alert": self.words.why(refusal) if refusal else None,
            "typed": typed,
            "times": self.found.turn.let_pass if self.found.turn else 0,
            "written": self.phone.additions(self.found) if act == "describe" else 0,
            "most_written": MOST_ADDITIONS,
            "longest": LONGEST_WORDS,
            "sent": refusal is None and self.request.query_params.get("ok") == act,
        }
        headers = _OUR_FORMS | ({"Retry-After": seconds} if seconds else {})
        return self.words.page("act.html", context, status=refusal.status if refusal else 200, headers=headers)

    def do(self, act: str, does: Callable[[], None], typed: str = "") -> Response[Any]:
        """Does it and goes on to the page that tells so; a refusal is told where it was asked."""
        try:
            does()
        except Refusal as refusal:
            self.found = self._tracking.find(self._token)  # as it is by now
            return self.ask(act, refusal, typed)
        return Redirect(self.at("" if act in _TELLS else act, done=act), status_code=303)

    def _received(self) -> dict[str, Any]:
        """What was received from the turn; nobody who was never called brought anything yet."""
        turn, today = self.found.turn, in_lima(self._clock.now()).date()
        was_called = turn is not None and turn.called_at is not None
        return {
            "filings": self._filing_tracking.of_ticket(turn.ticket) if turn is not None and was_called else [],
            "long": lambda day: self.words.whole_date(day, today),
            "heading": "h2",
        }

    def context(self) -> dict[str, Any]:
        """What each page of the turn needs."""
        found, topic = self.found, queue_topic(self.found.office)
        office = self._offices.of(found.office) or self._offices.main
        named = "" if office.id == self._offices.main.id else f"office={office.id}"
        address = self.words.address("/office")
        return {
            "office": lambda: office,
            "office_page": f"{address}{'&' if '?' in address else '?'}{named}" if named else address,
            "turn": found,
            "at": self.at,
            "offers": self.phone.offers(found),
            "topic": topic,
            "version": self._versions.get(topic, 0),
            "queue_url": f"/q/{found.office}.{found.view}.json" if found.view else "",
        }


def holder(
    token: FromPath[str],
    request: PhoneRequest,
    *,
    tracking: NamedDependency[Tracking],
    filing_tracking: NamedDependency[FilingTracking],
    phone: NamedDependency[Phone],
    offices: NamedDependency[Offices],
    hub: NamedDependency[Hub],
    clock: NamedDependency[SkipValidation[Clock]],
) -> Holder:
    """Whoever holds the ticket of that token.

    Raises:
        Refusal: 404, no kiosk of ours made it.
    """
    return Holder(
        token,
        request,
        tracking=tracking,
        filing_tracking=filing_tracking,
        phone=phone,
        offices=offices,
        hub=hub,
        clock=clock,
    )


@get(["/T/{token:str}", "/t/{token:str}"], sync_to_thread=False, cache=KEPT_S, cache_key_builder=page_key)
def show(holder: NamedDependency[Holder]) -> Template:
    """A turn, or only what changes on its page."""
    return holder.page()


@get("/T/{token:str}/manifest.webmanifest", media_type="application/manifest+json", sync_to_thread=False)
def manifest(holder: NamedDependency[Holder]) -> Response[dict[str, Any]]:
    """By which a phone keeps the turn's page among its applications."""
    words, number = holder.words, str(holder.found.number)
    icons = [
        {"src": static_url("sample.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static_url("sample.png"), "sizes": "256x256", "type": "image/png"},
    ]
    said = {
        "name": str(words.say("track.title", number=number)),
        "short_name": number,
        "lang": words.language,
        "start_url": holder.at(),
        "display": "standalone",
        "theme_color": theme_colour("surface"),
        "background_color": theme_colour("bg"),
        "icons": icons,
    }
    return Response(said, headers=_SECRET)


@get("/T/{token:str}/{act:str}", sync_to_thread=True)
def ask(holder: NamedDependency[Holder], act: FromPath[str]) -> Template:
    """The page before an act. It is not read again by itself, so nobody is interrupted who types."""
    if act not in _ACTS:
        raise Refusal(404, "not_found")
    return holder.ask(act)


@post("/T/{token:str}/{act:str}", guards=[same_origin], sync_to_thread=True)
def do(holder: NamedDependency[Holder], act: FromPath[str], data: Form) -> Response[Any]:
    """Does what the page said that it will do.

    What was written and refused stands in the field again; what was sent is never shown.
    """
    phone, found, address = holder.phone, holder.found, address_of(holder.request)
    match act:
        case "let-pass":  # the page says how often it had been done, so that a second tap of one does nothing
            times = small_number(data.get("times", ""))
            return holder.do(act, lambda: phone.let_pass(found, address, times))
        case "cancel":
            return holder.do(act, lambda: phone.cancel(found, address))
        case "describe":
            typed = data.get("words", "")
            return holder.do(act, lambda: phone.describe(found, address, typed), typed[: 2 * LONGEST_WORDS])
        case _:
            raise Refusal(404, "not_found")


def small_number(text: str) -> int:
    """A number of one digit, as our own page sends it.

    Raises:
        Refusal: 400, it is none.
    """
    if len(text) != 1 or text not in digits:
        raise Refusal(400, "bad_request")
    return int(text)


def refused(request: PhoneRequest, refusal: Refusal) -> Response[Any]:
    """A refusal as a page in the citizen's language."""
    words = words_for(request, request.app.state.offices)
    context = {"message": words.why(refusal), "status": refusal.status}
    return words.page("phone_fault.html", context, status=refusal.status, headers=_SECRET)


def router(more: Sequence[HTTPRouteHandler] = ()) -> Router:
    """Everything under /T, with ``more`` pages of a turn.

    The token is the permission, so there are no cookies, and no token of a form.
    """
    return Router(
        "/",
        route_handlers=[show, manifest, ask, do, *more],
        include_in_schema=False,
        opt={"exclude_from_csrf": True},
        exception_handlers={Refusal: refused},
        dependencies={"holder": Provide(holder, sync_to_thread=True)},
    )
