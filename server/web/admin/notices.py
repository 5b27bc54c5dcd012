"""/admin/notices: what the boards tell everybody who waits."""

import hashlib
from dataclasses import replace

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template
from msgspec import structs
from sqlalchemy import Connection

from domain.clock import in_lima
from domain.messages import NoticeWords, OfficeSetUp, to_json
from server.asking import set_up_asked
from server.faults import Refusal
from server.store import boards
from server.store.boards import Notice
from server.store.writer import Transaction
from server.web.admin.hall import Hall, Typed, day_in, words_in

HOME = "/admin/notices"
LONGEST_WORDS = 160
"""Read in the twelve seconds that it stands."""
MOST_NOTICES = 20

Form = URLEncodedBody[dict[str, str]]


def _page(hall: Hall, refusal: Refusal | None = None, typed: Typed | None = None, of: int = 0) -> Template:
    with hall.read.connect() as connection:
        notices = _notices(hall, connection)
    today = in_lima(hall.person.clock.now()).date()
    context = {"notices": notices, "today": today, "most": LONGEST_WORDS}
    return hall.page("admin_notices.html", "notices", refusal, typed=typed or {}, of=of, **context)


def _notice(typed: Typed, id_: int) -> Notice:
    notice = Notice(id_, words_in(typed, "words", LONGEST_WORDS), day_in(typed, "from"), day_in(typed, "to"))
    if notice.from_day and notice.to_day and notice.to_day < notice.from_day:
        raise Refusal(400, "days_crossed")
    return notice


def _notices(hall: Hall, connection: Connection) -> list[Notice]:
    """The notices; those of an office that is called elsewhere with what is asked of it, each under a made id."""
    if not hall.is_elsewhere:
        return boards.notices(connection, hall.office)
    return [_numbered(one) for one in set_up_asked(connection, hall.office).notices]


def _numbered(told: NoticeWords) -> Notice:
    """A notice of another node: its id there is not told, so its words and days make one."""
    id_ = int.from_bytes(hashlib.sha256(to_json(told)).digest()[:6], "big")
    return Notice(id_, told.words, told.from_day, told.to_day)


def _ask(hall: Hall, id_: int, notice: Notice | None) -> None:
    """Asks for a notice in the place of the one of that id, 0 for one more; None takes it away."""

    def wanted(there: OfficeSetUp) -> OfficeSetUp:
        kept = tuple(one for one in there.notices if _numbered(one).id != id_)
        if id_ and len(kept) == len(there.notices):
            if notice is None:
                return there
            raise Refusal(404, "gone")
        told = () if notice is None else (NoticeWords(notice.words, notice.from_day, notice.to_day),)
        if told and told[0] in kept:
            return there
        if len(kept) + len(told) > MOST_NOTICES:
            raise Refusal(409, "notices_full", most=str(MOST_NOTICES))
        return structs.replace(there, notices=(*kept, *told))

    action = "notice.removed" if notice is None else "notice.changed" if id_ else "notice.added"
    words = "" if notice is None else notice.words
    hall.ask(wanted, lambda transaction: hall.person.note(transaction, action, "", words))


def _save(hall: Hall, notice: Notice) -> None:
    if hall.is_elsewhere:
        _ask(hall, notice.id, notice)
        return

    def work(transaction: Transaction) -> None:
        there = boards.notices(transaction.connection, hall.office)
        if notice in there or (not notice.id and any(replace(one, id=0) == notice for one in there)):
            return  # sent twice
        if not notice.id and len(there) >= MOST_NOTICES:
            raise Refusal(409, "notices_full", most=str(MOST_NOTICES))
        if not boards.save_notice(transaction.connection, hall.office, notice):
            raise Refusal(404, "gone")
        hall.person.note(transaction, "notice.changed" if notice.id else "notice.added", str(notice.id), notice.words)

    hall.change(work)


@get("/notices", sync_to_thread=True)
def show_notices(hall: NamedDependency[Hall]) -> Template:
    """Every notice, those of other days too."""
    return _page(hall)


@post("/notices", status_code=200, sync_to_thread=True)
def add_notice(hall: NamedDependency[Hall], data: Form) -> Response[object]:
    """Adds a notice."""
    return hall.settle(
        lambda: _save(hall, _notice(data, 0)), lambda refusal, typed: _page(hall, refusal, typed), data, HOME
    )


@post("/notices/{id_:int}", status_code=200, sync_to_thread=True)
def change_notice(hall: NamedDependency[Hall], id_: FromPath[int], data: Form) -> Response[object]:
    """Changes a notice's words and its days."""

    def act() -> None:
        if id_ < 1:
            raise Refusal(404, "gone")
        _save(hall, _notice(data, id_))

    return hall.settle(act, lambda refusal, typed: _page(hall, refusal, typed, id_), data, HOME)


@post("/notices/{id_:int}/remove", status_code=200, sync_to_thread=True)
def remove_notice(hall: NamedDependency[Hall], id_: FromPath[int]) -> Response[object]:
    """Takes a notice away; one that is away already stays so."""

    def work(transaction: Transaction) -> None:
        if boards.drop_notice(transaction.connection, hall.office, id_):
            hall.person.note(transaction, "notice.removed", str(id_))

    def act() -> None:
        if hall.is_elsewhere:
            _ask(hall, id_, None)
        else:
            hall.change(work)

    return hall.settle(act, lambda refusal, typed: _page(hall, refusal, typed), {}, HOME)


PAGES = [show_notices, add_notice, change_notice, remove_notice]
