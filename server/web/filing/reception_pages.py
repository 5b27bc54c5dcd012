"""What was received, for those who work at the desk: the result, the day's list, one filing and what comes next."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from domain.clock import in_lima
from domain.filings import FilingMove, moves_from
from domain.messages import FilingWords
from server.faults import Refusal
from server.filing.office import Filings
from server.filing.reception import MOST_ANNEXES, MOST_FOLIOS, Reception, last_day_to_correct
from server.store.filings import Filing
from server.web.admin.forms import Sheet
from server.web.desk import DeskRequest, Form, Seat, address_of
from server.web.filing.reception_form import LONGEST_ANNEX, LONGEST_WORDS, Sent

_REGISTER = re.compile(r"(?:(20[0-9]{2})-[a-z0-9-]+-)?0*([1-9][0-9]{0,6})")
_LONGEST_SOUGHT = 64
_UNFIT = 400


class Files:
    """A clerk's request about what was received. Not a dataclass, because Litestar would build one."""

    def __init__(self, request: DeskRequest, seat: Seat, filings: Filings) -> None:
        self.request = request
        self.seat = seat
        self.clerk = seat.clerk
        self.filings = filings

    @property
    def today(self) -> date:
        """The day in Lima."""
        return in_lima(self.filings.now()).date()

    def known(self, id_: UUID) -> Filing:
        """A filing without anything personal.

        Raises:
            Refusal: 404.
        """
        found = self.filings.known(self.clerk, id_)
        if found is None:
            raise Refusal(404, "unknown_filing")
        return found

    def page(self, name: str, status: int = 200, **context: Any) -> Template:
        """A page, with what each of them needs."""
        office = self.seat.offices.of(self.clerk.office) or self.seat.offices.main
        common = {
            "clerk": self.clerk,
            "rules": self.filings.rules(self.clerk.office),
            "called_here": self.seat.offices.called_here(self.clerk.office),
            "place": office,
            "today": self.today,
            "done": self.request.query_params.get("done", ""),
        }
        return Template(name, context=common | context, status_code=status)

    def result(self, id_: UUID) -> Template:
        """What was just received, to be said across the counter."""
        filing = self.known(id_)
        held = self.seat.desk.held(self.clerk) if self.clerk.counter else None
        turn = held if held is not None and held.ticket == filing.ticket else None
        return self.page("filing_received.html", filing=filing, turn=turn)

    def found(self, sought: str, day: str) -> Template:
        """The day's list, or what has that number; nothing personal."""
        wanted = sought.strip()[:_LONGEST_SOUGHT]
        chosen = _day(day) or self.today
        rows = self._of_number(wanted) if wanted else self.filings.of_days(self.clerk, chosen, chosen)
        return self.page("filing_list.html", rows=rows, sought=wanted, day=chosen, empty=not rows)

    def _of_number(self, wanted: str) -> Sequence[Filing]:
        by_expediente = self.filings.of_expediente(self.clerk, wanted.upper())
        if by_expediente is not None:
            return [by_expediente]
        number = _REGISTER.fullmatch(wanted.lower())
        year = int(number[1]) if number and number[1] else self.today.year
        by_register = self.filings.of_register(self.clerk, year, int(number[2])) if number else None
        return [] if by_register is None else [by_register]

    def one(self, id_: UUID, refusal: Refusal | None = None, sent: Sent | None = None) -> Template:
        """A filing with all of it, and what may be done next; the look is audited."""
        view = self.filings.view(self.clerk, id_, address_of(self.request))
        until = last_day_to_correct(
            view.filing, self.filings.calendar(self.clerk.office), self.filings.rules(self.clerk.office)
        )
        status = 200 if refusal is None else refusal.status
        if sent is not None and sent.faults:
            status = _UNFIT
        alert = "" if refusal is None else self.seat.explainer.message(refusal)
        if not alert and sent is not None and sent.faults:
            alert = self.seat.explainer.text("filing.mend")
        return self.page(
            "filing_one.html",
            status,
            view=view,
            filing=view.filing,
            moves=moves_from(view.filing.status),
            FilingMove=FilingMove,
            form=Sheet({} if sent is None else sent.shown, faults=sent.faults if sent else {}),
            alert=alert,
            until=until,
            is_late=until is not None and until < self.today,
            too_late=refusal is not None and refusal.code == "too_late",
        )

    def act(self, id_: UUID, sent: Sent, work: Callable[[Reception], None], action: str) -> Response[Any]:
        """Does it, and leads back to the filing; or shows it as it is now, with what was typed and why not."""
        if sent.faults:
            return self.one(id_, sent=sent)
        filing = self.known(id_)
        try:
            self.filings.do(self.clerk, work, action=action, subject=filing.expediente)
        except Refusal as refusal:
            return self.one(id_, refusal, sent)
        self.seat.door.note_activity(self.clerk)
        return Redirect(f"/desk/filing/{id_}?done={action.removeprefix('filing.')}", status_code=303)


def files(request: DeskRequest, seat: NamedDependency[Seat], filings: NamedDependency[Filings]) -> Files:
    """The request of whoever works at the desk."""
    return Files(request, seat, filings)


_FILES = {"files": Provide(files, sync_to_thread=False)}


@get("/filing", dependencies=_FILES, sync_to_thread=True)
def listed(files: NamedDependency[Files]) -> Template:
    """What was received today, or another day, or under a number."""
    query = files.request.query_params
    return files.found(query.get("q", "").replace("\0", "\N{REPLACEMENT CHARACTER}"), query.get("day", ""))


@get("/filing/{id_:uuid}/received", dependencies=_FILES, sync_to_thread=True)
def result(files: NamedDependency[Files], id_: FromPath[UUID]) -> Template:
    """The numbers of what was just received."""
    return files.result(id_)


@get("/filing/{id_:uuid}", dependencies=_FILES, sync_to_thread=True)
def one(files: NamedDependency[Files], id_: FromPath[UUID]) -> Template:
    """A filing with everything."""
    return files.one(id_)


@post("/filing/{id_:uuid}/corrected", dependencies=_FILES, status_code=200, sync_to_thread=True)
def correct(files: NamedDependency[Files], id_: FromPath[UUID], data: Form) -> Response[Any]:
    """Takes in what was missing."""
    sent = Sent(data)
    folios = sent.number("folios", 0, MOST_FOLIOS) if sent.shown.get("folios", "").strip() else 0
    annexes = sent.lines("annexes", most=LONGEST_ANNEX, most_lines=MOST_ANNEXES)
    words = FilingWords(sent.line("note", most=LONGEST_WORDS), annexes=annexes)
    turn = files.filings.turn_here(files.clerk)  # who brings it may have taken a turn within hours
    came_at = None if turn is None else turn.issued_at
    return files.act(
        id_, sent, lambda hall: hall.correct(id_, words, folios=folios, came_at=came_at), "filing.corrected"
    )


@post("/filing/{id_:uuid}/forwarded", dependencies=_FILES, status_code=200, sync_to_thread=True)
def forward(files: NamedDependency[Files], id_: FromPath[UUID], data: Form) -> Response[Any]:
    """Hands it to a unit."""
    sent = Sent(data)
    unit = sent.choice("unit", [unit.code for unit in files.filings.rules(files.clerk.office).units] or [""])
    words = FilingWords(sent.line("words", most=LONGEST_WORDS))
    return files.act(id_, sent, lambda hall: hall.forward(id_, unit, words), "filing.forwarded")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


HANDLERS: list[HTTPRouteHandler] = [listed, result, one, correct, forward]
