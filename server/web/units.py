"""The pages of the units: what was handed to them, and what they do with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from domain.clock import Micros
from domain.filings import FilingMove, moves_from
from server.door import Door
from server.faults import Refusal
from server.filing.office import Filings
from server.filing.units import DONE_BY_UNITS, LONGEST_WORDS, Units
from server.hub import Hub
from server.offices import Offices
from server.store.accounts import Clerk, Role
from server.store.versions import filing_topic
from server.web.board import shown_as
from server.web.desk import address_of, cookie_name, signed_out
from server.web.faults import Explainer
from server.web.headers import same_origin

UnitRequest = Request[Any, Any, State]
Form = URLEncodedBody[dict[str, str]]

_MOST_DIGITS = 18
_DONE = {
    FilingMove.TAKE: "taken",
    FilingMove.FORWARD: "forwarded",
    FilingMove.OBSERVE: "observed",
    FilingMove.RESOLVE: "resolved",
    FilingMove.ARCHIVE: "archived",
}


class Colleague:
    """A request of somebody who works for a unit, or supervises. Not a dataclass: see `server.web.desk.Seat`."""

    def __init__(
        self,
        request: UnitRequest,
        clerk: Clerk,
        *,
        units: Units,
        filings: Filings,
        offices: Offices,
        hub: Hub,
        explainer: Explainer,
        door: Door,
    ) -> None:
        self.request = request
        self.clerk = clerk
        self.units = units
        self._filings = filings
        self._offices = offices
        self._hub = hub
        self._explainer = explainer
        self._door = door

    def bench(self, refusal: Refusal | None = None) -> Template:
        """The lists of the unit as they are now, and why something was refused."""
        query = self.request.query_params
        unit = self.units.unit_of(self.clerk, query.get("unit", "")[:32])
        topic = filing_topic(self.clerk.office)
        version = self._hub.version(topic)  # before the state, so that nothing falls between
        context = self._context() | {
            "bench": self.units.bench(self.clerk, unit),
            "topic": topic,
            "version": version,
            "alert": self._explainer.message(refusal) if refusal else None,
            "done": query.get("done", ""),
        }
        name = "_bench.html" if "x-fragment" in self.request.headers else "units.html"
        return Template(name, context=context, status_code=refusal.status if refusal else 200)

    def filing(self, id_: UUID, refusal: Refusal | None = None, typed: dict[str, str] | None = None) -> Template:
        """A filing with what is personal of it, and what may be done to it."""
        view = self.units.view(self.clerk, id_, address_of(self.request))
        moves = [move for move in moves_from(view.filing.status) if move in DONE_BY_UNITS]
        context = self._context() | {
            "view": view,
            "filing": view.filing,
            "moves": {move.value for move in moves} if self._offices.called_here(self.clerk.office) else set(),
            "typed": {"unit": "", "words": ""} | (typed or {}),
            "longest": LONGEST_WORDS,
            "alert": self._explainer.message(refusal) if refusal else None,
        }
        return Template("unit_filing.html", context=context, status_code=refusal.status if refusal else 200)

    def do(self, id_: UUID, move: FilingMove, data: dict[str, str]) -> Response[Any]:
        """Does it and goes back to the lists; a refusal is told over the filing as it is then."""
        unit, words = data.get("unit", "")[:32], data.get("words", "")
        try:
            self.units.act(self.clerk, id_, move, instant(data.get("seen", "")), unit=unit, words=words)
        except Refusal as refusal:
            return self._refused(id_, refusal, {"unit": unit, "words": words[:LONGEST_WORDS]})
        return self.back(_DONE[move], data)

    def _refused(self, id_: UUID, refusal: Refusal, typed: dict[str, str]) -> Template:
        if refusal.status == 403:  # noqa: PLR2004 HTTP
            raise refusal
        try:
            return self.filing(id_, refusal, typed)
        except Refusal:  # it is another unit's by now
            return self.bench(refusal)

    def all(self, does: Callable[[Micros], int], done: str, data: dict[str, str]) -> Response[Any]:
        """Does something to all that the page showed."""
        try:
            does(instant(data.get("until", "")))
        except Refusal as refusal:
            if refusal.status == 403:  # noqa: PLR2004 HTTP
                raise
            return self.bench(refusal)
        return self.back(done, data)

    def back(self, done: str, data: dict[str, str]) -> Redirect:
        """To the lists, of the unit that was looked at."""
        self._door.note_activity(self.clerk)
        unit, chooses = data.get("of", ""), self.clerk.role.covers(Role.SUPERVISOR)
        known = chooses and self._filings.rules(self.clerk.office).unit(unit) is not None
        return Redirect(f"/units?done={done}{f'&unit={unit}' if known else ''}", status_code=303)

    def _context(self) -> dict[str, Any]:
        clerk, rules = self.clerk, self._filings.rules(self.clerk.office)
        office = self._offices.of(clerk.office) or self._offices.main

        def unit_name(code: str) -> str:
            unit = rules.unit(code)
            return code if unit is None else unit.name

        return shown_as(office, self._offices, self._filings.now()) | {
            "clerk": clerk,
            "supervises": clerk.role.covers(Role.SUPERVISOR),
            "rules": rules,
            "unit_name": unit_name,
            "here": self._offices.called_here(clerk.office),
        }


def instant(text: str) -> Micros:
    """A moment, as our own page sends it.

    Raises:
        Refusal: 400, it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Refusal(400, "bad_request")
    return Micros(int(text))


def colleague(
    request: UnitRequest,
    *,
    door: NamedDependency[Door],
    units: NamedDependency[Units],
    filings: NamedDependency[Filings],
    offices: NamedDependency[Offices],
    hub: NamedDependency[Hub],
    explainer: NamedDependency[Explainer],
) -> Colleague:
    """Whoever sent the request.

    Raises:
        Refusal: 401 nobody is signed in, 403 somebody who works for no unit.
    """
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    if not units.may_work(clerk):
        raise Refusal(403, "not_allowed")
    if "x-fragment" not in request.headers:  # a page that refreshes itself is nobody's activity
        door.note_activity(clerk)
    return Colleague(
        request, clerk, units=units, filings=filings, offices=offices, hub=hub, explainer=explainer, door=door
    )


@get("/", sync_to_thread=True)
def lists(colleague: NamedDependency[Colleague]) -> Template:
    """What waits to be taken over, what is in process, what is resolved."""
    return colleague.bench()


@get("/filing/{filing:uuid}", sync_to_thread=True)
def one(colleague: NamedDependency[Colleague], filing: FromPath[UUID]) -> Template:
    """A filing; the look is noted."""
    return colleague.filing(filing)


@post("/filing/{filing:uuid}/{move:str}", status_code=200, sync_to_thread=True)
def act(
    colleague: NamedDependency[Colleague], filing: FromPath[UUID], move: FromPath[str], data: Form
) -> Response[Any]:
    """Takes over, hands on, resolves or archives."""
    known = next((one for one in DONE_BY_UNITS if one.value == move), None)
    if known is None:
        raise Refusal(404, "not_found")
    return colleague.do(filing, known, data)


@post("/take-all", status_code=200, sync_to_thread=True)
def take_all(colleague: NamedDependency[Colleague], data: Form) -> Response[Any]:
    """Takes over all that waits for the unit."""
    unit = data.get("of", "")[:32]
    return colleague.all(lambda until: colleague.units.take_all(colleague.clerk, unit, until), "all_taken", data)


@post("/forward-all", status_code=200, sync_to_thread=True)
def forward_all(colleague: NamedDependency[Colleague], data: Form) -> Response[Any]:
    """Hands all that reception has to the units to which it is addressed."""
    return colleague.all(lambda until: colleague.units.forward_all(colleague.clerk, until), "all_forwarded", data)


def router() -> Router:
    """The pages under /units."""
    return Router(
        "/units",
        route_handlers=[lists, one, act, take_all, forward_all],
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={"colleague": Provide(colleague, sync_to_thread=True)},
    )
