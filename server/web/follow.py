"""The pages by which a citizen follows a filing: behind the cargo's QR, or with number and key."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation, URLEncodedBody
from litestar.response import Template

from domain.clock import Clock, in_lima
from domain.filings import KEY_CHARS
from server.faults import Refusal
from server.filing.tracking import LONGEST_TYPED, FilingTracking, FollowedFiling
from server.hub import Hub
from server.offices import Offices
from server.store.versions import filing_topic
from server.web.desk import address_of
from server.web.headers import same_origin
from server.web.languages import Words, words_for
from server.web.phone import refused
from server.web.remembered import KEPT_S, page_key

FollowRequest = Request[Any, Any, State]
Form = URLEncodedBody[dict[str, str]]

_SECRET = {"Referrer-Policy": "no-referrer"}  # the address is the key to the filing


def context_of(filing: FollowedFiling, words: Words, offices: Offices, clock: Clock) -> dict[str, Any]:
    """What the pages of a filing need beside it: its office, and how to say its days."""
    office = offices.of(filing.office) or offices.main
    address = words.address("/office")
    named = "" if office.id == offices.main.id else f"office={office.id}"
    today = in_lima(clock.now()).date()
    return {
        "office": lambda: office,
        "office_page": f"{address}{'&' if '?' in address else '?'}{named}" if named else address,
        "long": lambda day: words.whole_date(day, today),
    }


class Cargo:
    """A request of somebody who holds a cargo. Not a dataclass: see `server.web.desk.Seat`."""

    def __init__(self, code: str, request: FollowRequest, *, filing_tracking: FilingTracking, hub: Hub) -> None:
        self.request = request
        self.code = code.upper()
        self._versions = hub.versions()  # before the filing, whose office says which of them counts
        self.filing = filing_tracking.by_code(code)

    @property
    def live(self) -> tuple[str, int]:
        """The topic that its page follows, and the version that it shows."""
        topic = filing_topic(self.filing.office)
        return topic, self._versions.get(topic, 0)


def cargo(
    code: FromPath[str],
    request: FollowRequest,
    *,
    filing_tracking: NamedDependency[FilingTracking],
    hub: NamedDependency[Hub],
) -> Cargo:
    """Whoever holds the cargo of that code.

    Raises:
        Refusal: 404, none here has that code.
    """
    return Cargo(code, request, filing_tracking=filing_tracking, hub=hub)


@get(["/E/{code:str}", "/e/{code:str}"], sync_to_thread=False, cache=KEPT_S, cache_key_builder=page_key)
def show(
    cargo: NamedDependency[Cargo],
    offices: NamedDependency[Offices],
    clock: NamedDependency[SkipValidation[Clock]],
) -> Template:
    """A filing as it stands, or only what changes on its page."""
    words, (topic, version) = words_for(cargo.request, offices), cargo.live
    context = context_of(cargo.filing, words, offices, clock) | {
        "filing": cargo.filing,
        "address": words.address(f"/E/{cargo.code}"),
        "topic": topic,
        "version": version,
        "again": None,
    }
    name = "_follow_filing.html" if "x-fragment" in cargo.request.headers else "follow_filing.html"
    return words.page(name, context | {"heading": "h1"}, headers=_SECRET)


@get(["/E", "/e"], sync_to_thread=False)
def ask(request: FollowRequest, offices: NamedDependency[Offices]) -> Template:
    """Where number and key are typed."""
    return _form(words_for(request, offices), {})


@post("/E", status_code=200, guards=[same_origin], sync_to_thread=True)
def find(
    request: FollowRequest,
    data: Form,
    *,
    filing_tracking: NamedDependency[FilingTracking],
    offices: NamedDependency[Offices],
    clock: NamedDependency[SkipValidation[Clock]],
) -> Template:
    """The filing of that number and key.

    It is shown at once and not behind an address of its own, which whoever sits at that browser next would find.
    """
    words = words_for(request, offices)
    typed = {name: data.get(name, "").strip()[:LONGEST_TYPED] for name in ("number", "key")}
    try:
        filing = filing_tracking.by_number(typed["number"], typed["key"], address_of(request))
    except Refusal as refusal:
        return _form(words, typed, refusal)
    context = context_of(filing, words, offices, clock) | {
        "filing": filing, "address": words.address("/E"), "topic": "", "version": 0, "again": typed,
    }  # fmt: skip
    return words.page("follow_filing.html", context | {"heading": "h1"})


def _form(words: Words, typed: dict[str, str], refusal: Refusal | None = None) -> Template:
    seconds = refusal.details.get("seconds") if refusal else None
    context = {
        "typed": {"number": "", "key": ""} | typed,
        "alert": words.why(refusal) if refusal else None,
        "action": words.address("/E"),
        "key_chars": KEY_CHARS,
        "longest": LONGEST_TYPED,
    }
    headers = {"Retry-After": seconds} if seconds else {}
    return words.page("follow.html", context, status=refusal.status if refusal else 200, headers=headers)


def fault(request: FollowRequest, refusal: Refusal) -> Response[Any]:
    """A refusal as a page in the citizen's language; what no address of ours opens may still be on its way."""
    if refusal.code != "unknown_cargo":
        return refused(request, refusal)
    words = words_for(request, request.app.state.offices)
    return words.page("follow_unknown.html", {"form": words.address("/E")}, status=404, headers=_SECRET)


def router() -> Router:
    """Everything under /E. What opens a filing's page is the permission, so there are no cookies."""
    return Router(
        "/",
        route_handlers=[show, ask, find],
        include_in_schema=False,
        opt={"exclude_from_csrf": True},
        exception_handlers={Refusal: fault},
        dependencies={"cargo": Provide(cargo, sync_to_thread=True)},
    )
